"""A month that was closed while it was preliminary says what was reported of it, and what is new."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
import toy

from compliance.report.facts import Facts
from compliance.report.month import write

ROOT = Path(__file__).resolve().parents[2]
OCTOBER = date(2026, 10, 1)
SMALL = toy.World(months=3, lines_a_month=20, departments=toy.DEPARTMENTS[:2])


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "sv",
            "13,1 % redovisades när månaden stängdes. Fakturor för oktober som kommer in senare",
        ),
        (
            "en",
            "13.1% was reported when the month was closed. Invoices for October that arrive later",
        ),
    ],
)
def test_a_closed_month_says_what_was_reported(lang: str, said: str, tmp_path: Path) -> None:
    path = toy.build(tmp_path / "toy.duckdb", SMALL)
    with duckdb.connect(str(path)) as db:
        db.execute("insert into kpi_reported values (date '2026-10-01', 0.131, 0.128, -0.003)")
    written = write(
        toy.ask_of(path), tmp_path / "out", [ROOT / "reports"], Facts("K"), OCTOBER, lang
    )
    text = " ".join(written.report.read_text("utf-8").split()).replace("\u00a0", " ")
    assert said in text
    for page in written.departments.values():  # a department's share was not closed by itself
        assert said not in page.read_text("utf-8").replace("\u00a0", " ")
