"""A small municipality, drawn from a seed: what it bought, from whom, and under which contracts.

Everything is public contract: the national ledger layout, the register's English headers, the
shipped rules. Nothing here knows how the program works.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from stdnum import luhn

from compliance.shipped import shipped

HEADER = (
    "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;"
    "bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr"
)
REGISTER = (
    "contract_id;lot;title;supplier_name;org_number;kind;valid_from;valid_to;extended_to;"
    "ceiling_sek;scope;units"
)
SETTINGS = """
[organisation]
name = "Provköpings kommun"
org_number = "212000-0001"
municipality = "0000"
language = "sv"

[engine]
threads = 2
memory_limit = "1GB"
"""
ACCOUNTS = {"6100": "Kontorsmateriel", "6551": "Konsulter", "7020": "Transporter", "4521": "Bidrag"}
UNITS = ("Kommunstyrelsen", "Barn och utbildning", "Vård och omsorg", "IFO Familjehem")
WORDS = ("Bygg", "Plåt", "Städ", "Konsult", "Åkeri", "Papper", "Trädgård", "Teknik", "Måleri")
PLACES = ("Nora", "Åmål", "Habo", "Örebro", "Växjö", "Kalix", "Höör", "Ystad", "Mora")
GIVEN = ("Anna", "Erik", "Åsa", "Mohamed", "Karin", "Lars")
SURNAMES = ("Provsson", "Testberg", "Fältström", "Exempelqvist", "Mallgren")


@dataclass(frozen=True)
class Posting:
    """One row of a ledger file, as text but for its amount."""

    voucher: str
    vendor: str
    number: str
    account: str
    day: date
    unit: str
    invoice: str
    amount: Decimal
    contract: str = ""

    def line(self) -> str:
        fields = (
            "212000-0001", "Provköpings kommun", self.voucher, self.vendor, self.number,
            self.account, ACCOUNTS.get(self.account, ""), self.day.isoformat(), self.unit,
            self.invoice, str(self.amount), "", self.contract, "0000", "",
        )  # fmt: skip
        return ";".join(fields)


@dataclass
class World:
    """The municipality: vendors (name, number), contracts as register lines, postings a month."""

    vendors: list[tuple[str, str]] = field(default_factory=list)
    contracts: list[str] = field(default_factory=list)
    months: dict[str, list[Posting]] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return sum((p.amount for postings in self.months.values() for p in postings), Decimal(0))


def organisation_number(source: random.Random) -> str:
    """A legal person's number with a right check digit."""
    digits = f"55{source.randrange(2, 10)}{source.randrange(10**6):06}"
    return f"{digits[:6]}-{digits[6:]}{luhn.calc_check_digit(digits)}"


def personal_number(source: random.Random) -> str:
    """A person's number, ten digits with a hyphen, with a right check digit."""
    born = date(1940, 1, 1) + timedelta(days=source.randrange(24000))
    digits = f"{born:%y%m%d}{source.randrange(1000):03}"
    return f"{digits[:6]}-{digits[6:]}{luhn.calc_check_digit(digits)}"


def draw(
    seed: int, *, months: int = 3, rows: int = 120, vendors: int = 40, is_covered: bool = False
) -> World:
    """Draw a municipality. The same seed gives the same one, whatever the machine.

    In a covered one every purchase is on contract: there is nothing to plan, and a build is short.
    """
    source = random.Random(seed)
    world = World()
    for i in range(vendors):
        if i % 8 == 6:  # a sole trader or a private person
            name = f"{source.choice(GIVEN)} {source.choice(SURNAMES)}"
            world.vendors.append((name, personal_number(source)))
        else:
            name = f"{source.choice(WORDS)} i {source.choice(PLACES)} {i} AB"
            world.vendors.append((name, organisation_number(source)))
    if is_covered:
        world.contracts = [
            f"A{i:03};;Ramavtal {i};{name};{number};framework;2020-01-01;2035-12-31;;;;"
            for i, (name, number) in enumerate(world.vendors)
        ]
    for i, (name, number) in enumerate(() if is_covered else world.vendors[: vendors // 2]):
        start = date(2024, 1, 1) + timedelta(days=source.randrange(300))
        end = start + timedelta(days=source.randrange(200, 800))
        ceiling = source.choice(["", "", str(source.randrange(1000, 90000))])
        scope = source.choice(["", "account:61", '"account:65;account:70"'])
        units = source.choice(["", "", '"Kommunstyrelsen;Vård och omsorg"'])
        world.contracts.append(
            f"A{i:03};;Ramavtal {i};{name};{number};framework;{start};{end};;{ceiling};{scope};{units}"
        )
    voucher = 0
    for m in range(months):
        first = date(2025, m + 1, 1)
        postings = []
        for _ in range(rows):
            voucher += 1
            name, number = source.choice(world.vendors)
            postings.append(
                Posting(
                    voucher=f"V{voucher:06}",
                    vendor=name,
                    number=number if is_covered or source.random() < 0.8 else "",
                    account=source.choice(list(ACCOUNTS)),
                    day=first + timedelta(days=source.randrange(28)),
                    unit=source.choice(UNITS),
                    invoice=str(source.randrange(10**6)),
                    amount=Decimal(source.randrange(-20000, 900000)) / 100,
                    contract=""
                    if is_covered
                    else source.choice(["", "", "", f"A{source.randrange(20):03}"]),
                )
            )
        world.months[f"2025-{m + 1:02}"] = postings
    return world


def ledger_text(postings: Sequence[Posting]) -> str:
    return "\n".join([HEADER, *(posting.line() for posting in postings)]) + "\n"


def scaffold(folder: Path) -> Path:
    """A workspace without ledger files: settings, shipped rules, an empty decisions file."""
    for name in ("ledger", "contracts", "tenders", "orders", "history", "output"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "compliance.toml").write_text(SETTINGS, "utf-8")
    shutil.copytree(shipped("rules"), folder / "rules", dirs_exist_ok=True)
    (folder / "decisions.csv").write_text(
        "decided_on,decided_by,subject,key,decision,supplier_org_number,contract_id,"
        "valid_from,valid_to,note\n"
    )
    key = folder / "persons.key"
    key.write_text("17" * 32 + "\n")
    key.chmod(0o600)
    return folder


def write(world: World, folder: Path) -> Path:
    """Write the whole municipality as a workspace; return its folder."""
    scaffold(folder)
    (folder / "contracts" / "register.csv").write_text(
        "\n".join([REGISTER, *world.contracts]) + "\n", "utf-8"
    )
    for month, postings in world.months.items():
        (folder / "ledger" / f"{month}.csv").write_text(ledger_text(postings), "utf-8")
    return folder
