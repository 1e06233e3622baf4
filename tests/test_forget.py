"""forget.py: what is old goes, what must be kept stays."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import worlds
from runs import run

from compliance.forget import forget, forgettable
from compliance.ledger import read_ledgers
from compliance.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    folder = worlds.write(worlds.draw(3, rows=10), tmp_path)
    for made in (
        "compliance.duckdb",
        "persons.parquet",
        "reports/2025-01/a.html",
        "reports/2025-03/b.html",
    ):
        path = folder / "output" / made
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("made")
    (folder / "history" / "2025-01.json").write_text("{}")
    peppol = folder / "ledger" / "peppol"
    peppol.mkdir()
    (peppol / "old.xml").write_text("<Invoice><cbc:IssueDate>2025-01-05</cbc:IssueDate></Invoice>")
    (peppol / "new.xml").write_text("<Invoice><cbc:IssueDate>2025-03-05</cbc:IssueDate></Invoice>")
    (peppol / "odd.xml").write_text("<Invoice/>")
    return Workspace.open(folder)


def names(workspace: Workspace, paths: tuple[Path, ...]) -> list[str]:
    return [workspace.relative(path) for path in paths]


def test_whole_months_before_the_day_are_listed_and_nothing_is_removed(
    workspace: Workspace,
) -> None:
    found = forgettable(workspace, date(2025, 2, 10))

    assert names(workspace, found.delivered) == ["ledger/2025-01.csv", "ledger/peppol/old.xml"]
    assert names(workspace, found.made) == [
        "output/compliance.duckdb",
        "output/persons.parquet",
        "output/cache",
        "output/reports/2025-01",
    ]
    assert names(workspace, found.mixed) == ["ledger/2025-02.csv"]
    assert all(path.exists() for path in (*found.delivered, *found.made))


def test_what_was_listed_is_gone_and_history_and_decisions_stay(workspace: Workspace) -> None:
    gone = forget(forgettable(workspace, date(2025, 2, 10)))

    assert len(gone) == 6
    assert not any(path.exists() for path in gone)
    left = {path.relative_to(workspace.root).as_posix() for path in workspace.root.rglob("*")}
    assert {"ledger/2025-02.csv", "ledger/2025-03.csv", "history/2025-01.json", "decisions.csv",
            "persons.key", "output/reports/2025-03/b.html"} <= left  # fmt: skip


def test_without_an_old_delivery_the_database_stays(workspace: Workspace) -> None:
    found = forgettable(workspace, date(2025, 1, 1))
    assert found.delivered == found.made == ()


def test_call_offs_that_open_contracts_lose_and_years_left_in_part_are_told(tmp_path: Path) -> None:
    world = worlds.draw(3, rows=10)
    world.contracts = [
        f"A{i:03};;Avtal {i};{name};{number};framework;2020-01-01;2035-12-31;;100;;"
        for i, (name, number) in enumerate(world.vendors)
    ]
    folder = worlds.write(world, tmp_path / "w")
    unbuilt = run("forget", folder, "--before", "2025-02-01").stdout
    run("build", folder)
    listed = run("forget", folder, "--before", "2025-02-01").stdout
    going = world.months["2025-01"]
    removed = run("forget", folder, "--before", "2025-02-01", "--remove").stdout

    assert "without a database nobody can say" in unbuilt
    for told in (listed, removed):
        assert re.search(r"note: \d contracts with a ceiling are still open, and [\d,.]+ SEK", told)
        assert "note: of 2025 only a part is left" in told
    contracts, amount = re.search(r"note: (\d) contracts.* and ([\d,.]+) SEK", listed).groups()
    lots = {p.contract for p in going} | {p.vendor for p in going}
    assert 0 < int(contracts) <= len(lots)
    assert Decimal(amount.replace(",", "")) <= sum(p.amount for p in going if p.amount > 0)


def test_a_year_that_goes_whole_is_no_part(tmp_path: Path) -> None:
    folder = worlds.write(worlds.draw(3, rows=10), tmp_path / "w")
    assert forgettable(Workspace.open(folder), date(2026, 1, 1)).part_years == ()
    assert forgettable(Workspace.open(folder), date(2025, 2, 1)).part_years == (2025,)


def test_a_file_that_another_stands_instead_of_is_forgotten_with_it(tmp_path: Path) -> None:
    folder = worlds.write(worlds.draw(3, rows=10), tmp_path)
    older = folder / "ledger" / "2025-01-old.csv"
    older.write_bytes((folder / "ledger" / "2025-01.csv").read_bytes() + b"\n")
    with (folder / "compliance.toml").open("a", encoding="utf-8") as settings:
        settings.write(
            "\n[ledger]\nreplaces = [{ file = 'ledger/2025-01.csv',"
            " replaces = 'ledger/2025-01-old.csv' }]\n"
        )
    found = forgettable(Workspace.open(folder), date(2025, 2, 10))
    assert names(Workspace.open(folder), found.delivered) == [
        "ledger/2025-01.csv",
        "ledger/2025-01-old.csv",
    ]
    forget(found)
    # What is declared of the two hinders no later build.
    left = [file.path for file in read_ledgers(Workspace.open(folder))]
    assert left == ["ledger/2025-02.csv", "ledger/2025-03.csv"]
