"""A workspace of any size, drawn from a seed: the same bytes every time, on every machine.

Ledger in the national layout, one file a month; vendors by a long tail, some rows without their
number; accounts of the shipped categories; a register of which most suppliers sell. Every third
contract has a ceiling, every second names its units, every fourth has no scope.
"""

from __future__ import annotations

import csv
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from stdnum import luhn

from tests import worlds

STEP = 500_000
UNITS = [f"Förvaltning {number:02}" for number in range(1, 61)]
REGISTER = (
    "contract_id", "title", "supplier_name", "org_number", "kind", "valid_from", "valid_to",
    "ceiling_sek", "scope", "units",
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How much, over how many months, and from which one on."""

    rows: int
    contracts: int = 1_000
    months: int = 36
    seed: int = 7
    first: date = date(2020, 1, 1)

    @property
    def vendors(self) -> int:
        return min(max(200, self.rows // 50), 50_000)

    def month(self, number: int) -> date:
        index = self.first.year * 12 + self.first.month - 1 + number
        return date(index // 12, index % 12 + 1, 1)


def make(folder: Path, size: Size, months: int | None = None) -> Path:
    """Write the workspace; with `months`, only the first of its months."""
    worlds.scaffold(folder)
    settings = folder / "compliance.toml"
    settings.write_text(settings.read_text("utf-8").replace("1GB", "4GB"), "utf-8")
    _organisation(folder / "rules" / "organisation.toml")
    sellers = vendors(size)
    _register(folder / "contracts" / "register.csv", size, sellers)
    for number in range(size.months if months is None else months):
        add_month(folder, size, number, sellers)
    return folder


def add_month(folder: Path, size: Size, number: int, sellers: pl.DataFrame | None = None) -> None:
    """Write one month's ledger file, the same whatever else is there."""
    sellers = vendors(size) if sellers is None else sellers
    first = number * size.rows // size.months
    last = (number + 1) * size.rows // size.months
    with (folder / "ledger" / f"{size.month(number):%Y-%m}.csv").open("wb") as file:
        file.write((worlds.HEADER + "\n").encode())
        for frame in _postings(size, sellers, number, first, last):
            lines = frame.select(
                pl.concat_str(
                    pl.lit("212000-0001;Provköpings kommun"), "voucher", "vendor_name", "number",
                    "account", pl.lit(""), "day", "unit", "invoice", "amount", pl.lit(""),
                    "contract", pl.lit("0000"), pl.lit(""), separator=";",
                )
            ).to_series()  # fmt: skip
            file.write(("\n".join(lines) + "\n").encode())


def vendors(size: Size) -> pl.DataFrame:
    """The vendors, the largest first: vendor_name, org_number."""
    source = random.Random(size.seed)
    names, numbers = [], []
    for i in range(size.vendors):
        digits = f"556{i:06}"
        numbers.append(f"{digits[:6]}-{digits[6:]}{luhn.calc_check_digit(digits)}")
        words = f"{source.choice(worlds.WORDS)} i {source.choice(worlds.PLACES)}"
        names.append(f"{source.choice(worlds.SURNAMES)}s {words} {i:05} AB")
    return pl.DataFrame({"vendor_name": names, "org_number": numbers})


def accounts() -> list[str]:
    """Four-digit accounts of the shipped categories, and some that have none."""
    rules = tomllib.loads((worlds.shipped("rules") / "categories.toml").read_text("utf-8"))
    prefixes = [a for entry in rules["categories"] for a in entry.get("accounts", ())]
    return sorted({str(prefix).ljust(4, "0")[:4] for prefix in prefixes} | {"3999", "9999"})


def _postings(
    size: Size, sellers: pl.DataFrame, number: int, first: int, last: int
) -> Iterator[pl.DataFrame]:
    known = accounts()
    for start in range(first, last, STEP):
        i = pl.col("i")
        spread = (i * 2654435761 + size.seed * 40503) % 4294967296
        other = (i * 40503 + size.seed * 97 + 12345) % 1000003
        # Squared, so that a tenth of the vendors has a third of the postings.
        tail = (spread.cast(pl.Float64) / 4294967296.0) ** 2
        ore = (spread * 7 + other) % 4_999_999 + 100
        frame = pl.DataFrame({"i": pl.int_range(start, min(start + STEP, last), eager=True)})
        day = pl.lit(size.month(number)) + pl.duration(days=other % 28)
        yield frame.with_columns(
            seller=(tail * len(sellers)).cast(pl.Int64),
            voucher="V" + (i // 3).cast(pl.String),
            account=pl.lit(pl.Series(known)).gather((other % len(known)).cast(pl.Int64)),
            day=day.dt.strftime("%Y-%m-%d"),
            unit=pl.lit(pl.Series(UNITS)).gather((other // 7 % len(UNITS)).cast(pl.Int64)),
            invoice=(spread // 3 % 100_000_000).cast(pl.String),
            amount=pl.when(other % 29 == 0).then(pl.lit("-")).otherwise(pl.lit(""))
            + (ore // 100).cast(pl.String)
            + "."
            + (ore % 100).cast(pl.String).str.zfill(2),
            contract=pl.when(other % 20 == 3)
            .then("A" + (other % size.contracts).cast(pl.String).str.zfill(6))
            .otherwise(pl.lit("")),
        ).with_columns(
            vendor_name=pl.lit(sellers["vendor_name"]).gather("seller"),
            number=pl.when(other % 10 == 1)
            .then(pl.lit(""))
            .otherwise(pl.lit(sellers["org_number"]).gather("seller")),
        )


def _register(path: Path, size: Size, sellers: pl.DataFrame) -> None:
    source = random.Random(size.seed + 1)
    known = sorted({account[:2] for account in accounts()})
    suppliers = sellers.head(max(1, size.vendors // 2)).rows()
    before, last = size.first - timedelta(days=365), size.month(size.months - 1)
    span = max(1100, 30 * size.months)  # contracts begin over the whole time
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(REGISTER)
        for i in range(size.contracts):
            name, number = suppliers[i % len(suppliers)]
            start = before + timedelta(days=source.randrange(span))
            end = min(start + timedelta(days=source.randrange(200, 1500)), last + timedelta(900))
            scope = ";".join(f"account:{word}" for word in sorted(source.sample(known, 3)))
            units = ";".join(sorted(source.sample(UNITS, 20)))
            ceiling = str(source.randrange(10_000, 900_000)) if i % 3 == 0 else ""
            writer.writerow(
                [
                    f"A{i:06}", f"Ramavtal {i}", name.replace(" AB", " Aktiebolag"), number,
                    "direct_award" if i % 17 == 0 else "framework", start, end, ceiling,
                    "" if i % 4 == 0 else scope, units if i % 2 else "",
                ]
            )  # fmt: skip


def _organisation(path: Path) -> None:
    entries = [
        f'[[departments]]\nid = "D{number:02}"\ntitle = "{unit}"\nmanager = "Anna Provsson"\n'
        f'email = "d{number:02}@example.se"\nlanguage = "sv"\nunits = ["{unit}"]\n'
        for number, unit in enumerate(UNITS, start=1)
    ]
    about = '[about]\nwhy = "Benchmark"\nsource = "invented"\n\n'
    path.write_text(about + "\n".join(entries), "utf-8")
