"""forget.py: what is old goes, what must be kept stays."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import worlds

from compliance.forget import forget, forgettable
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
