"""R4: every krona of a delivery is loaded or rejected with its reason; none is lost or changed."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import worlds
from promises import Kept
from runs import scale

from compliance.errors import ComplianceError, Problems
from compliance.parse import parse
from compliance.profile_files import read_profiles
from compliance.shipped import shipped

PROFILES = tuple(read_profiles(shipped("rules") / "sources"))
# What happens to a delivery between the ledger system and us. Each gets a line, gives a line.
DAMAGES: dict[str, Callable[[str], str]] = {
    "amount is a word": lambda line: _field(line, 10, "okänt"),
    "amount is empty": lambda line: _field(line, 10, ""),
    "letter O for zero": lambda line: _field(line, 10, "1O5.00"),
    "three decimals": lambda line: _field(line, 10, "10.505"),
    "scientific": lambda line: _field(line, 10, "1.25E+03"),
    "not a number": lambda line: _field(line, 10, "NaN"),
    "30 February": lambda line: _field(line, 7, "2025-02-30"),
    "two-digit year": lambda line: _field(line, 7, "25-01-15"),
    "no date": lambda line: _field(line, 7, ""),
    "a cell too many": lambda line: line + ";x",
    "a cell too few": lambda line: line.rpartition(";")[0],
    "an open quote": lambda line: _field(line, 3, '"Bygg AB'),
    "a quote inside": lambda line: _field(line, 3, 'Bygg "AB'),
    "a separator in the name": lambda line: _field(line, 3, "Bygg; AB"),
    "a null byte": lambda line: _field(line, 3, "Bygg\x00AB"),
}
# Harmless: the row loads, to the öre.
HARMLESS: dict[str, Callable[[str], str]] = {
    "quoted": lambda line: ";".join(f'"{cell}"' for cell in line.split(";")),
    "blanks around": lambda line: ";".join(f" {cell} " for cell in line.split(";")),
    "no-break space": lambda line: _field(line, 3, "Bygg\u00a0AB"),
}


def _field(line: str, position: int, text: str) -> str:
    cells = line.split(";")
    cells[position] = text
    return ";".join(cells)


def outcome(text: str, folder: Path, number: int) -> tuple[int, int, int, set[tuple[str, Decimal]]]:
    """Parse one delivery; return rows read, loaded and rejected, and the postings it gave."""
    path = folder / f"2025-01-{number}.csv"
    path.write_text(text, "utf-8")
    work = folder / f"work-{number}"
    work.mkdir()
    try:
        facts = parse(path, path.name, PROFILES, work)
        rows = pl.read_parquet(work / "postings.parquet", columns=["voucher_no", "amount_sek"])
    except (ComplianceError, Problems):
        return (0, 0, -1, set())
    finally:
        for made in work.iterdir():
            made.unlink()
    counts = (facts["rows_read"], facts["rows_loaded"], facts["rows_rejected"])
    return (*map(int, map(str, counts)), set(rows.iter_rows()))  # type: ignore[return-value]


def reconcile(folder: Path, seed: int, files: int) -> tuple[int, int, int, list[str]]:
    """Damage deliveries; return rows loaded, rows rejected, files refused, and every difference."""
    source, loaded, rejected, refused, wrong = random.Random(seed), 0, 0, 0, list[str]()
    postings = worlds.draw(seed, months=1, rows=12).months["2025-01"]
    for number in range(files):
        lines, hurt = [], set()
        for posting in postings:
            line = posting.line()
            if source.random() < 0.15:
                damage = source.choice(list(DAMAGES))
                line = DAMAGES[damage](line)
                hurt.add(posting.voucher)
            elif source.random() < 0.1:
                line = source.choice(list(HARMLESS.values()))(line)
            lines.append(line)
        end = source.choice(["\n", "\r\n"])
        found = outcome(end.join([worlds.HEADER, *lines]) + end, folder, number)
        wrong += differences(number, found, {p.voucher: p.amount for p in postings}, hurt)
        loaded, rejected = loaded + found[1], rejected + max(found[2], 0)
        refused += found[2] < 0
    return loaded, rejected, refused, wrong


def differences(
    number: int,
    found: tuple[int, int, int, set[tuple[str, Decimal]]],
    truth: dict[str, Decimal],
    hurt: set[str],
) -> list[str]:
    read, loaded, rejected, rows = found
    if rejected < 0:
        return []  # refused whole: nothing of it is published
    told = []
    if read != loaded + rejected:
        told.append(f"file {number}: {read} read, {loaded} loaded, {rejected} rejected")
    told += [f"file {number}: {v} {a}" for v, a in rows if v in truth and truth[v] != a]
    sound = {(v, a) for v, a in truth.items() if v not in hurt}
    told += [f"file {number}: lost {v} {a}" for v, a in sound - rows]
    told += [f"file {number}: from nowhere {v} {a}" for v, a in rows if v not in truth]
    if loaded != len(rows):
        told.append(f"file {number}: {loaded} told as loaded, {len(rows)} are there")
    return told


def test_damaged_deliveries_reconcile(tmp_path: Path) -> None:
    _, rejected, _, wrong = reconcile(tmp_path, 4, 60)
    assert wrong == []
    assert rejected > 0


@pytest.mark.trust
def test_ten_thousand_damaged_deliveries_reconcile(tmp_path: Path, kept: Kept) -> None:
    files = int(10_000 * scale())
    loaded, rejected, refused, wrong = reconcile(tmp_path, 44, files)
    assert wrong == []

    truth = {"V1": Decimal("10.00"), "V2": Decimal("20.00")}
    mutants = {
        "dropped": (2, 1, 1, {("V1", Decimal("10.00"))}),
        "doubled": (2, 3, 0, set(truth.items())),
        "one öre more": (2, 2, 0, {("V1", Decimal("10.01")), ("V2", Decimal("20.00"))}),
    }
    for name, found in mutants.items():
        assert differences(0, found, truth, set()), f"{name} must be noticed"
    kept(
        "R4",
        f"{files} damaged deliveries (seed 44): {loaded} rows loaded exactly, {rejected} rejected"
        f" with a reason, {refused} files refused, 0 lost, doubled or changed",
        proof="a row dropped, doubled or one öre off is told",
    )
