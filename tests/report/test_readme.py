"""The example in reports/README.md is a section that works."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import toy

from compliance.report.facts import Facts
from compliance.report.month import write

REPORTS = Path(__file__).resolve().parents[2] / "reports"


def test_the_readmes_section_is_drawn_as_a_table(tmp_path: Path) -> None:
    text = (REPORTS / "README.md").read_text("utf-8")
    [example] = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    (tmp_path / "reports/sections").mkdir(parents=True)
    (tmp_path / "reports/sections/45_schools.sql").write_text(example, "utf-8")
    ask = toy.ask_of(toy.build(tmp_path / "toy.duckdb", toy.World(months=2, lines_a_month=20)))
    folders = [REPORTS, tmp_path / "reports"]
    written = write(ask, tmp_path / "out", folders, Facts("x"), date(2026, 10, 1), "sv")
    page = written.report.read_text("utf-8")
    assert '<h2 id="schools-h">Skolor</h2>' in page
    assert "Inköp per skola i oktober 2026." in page
    assert '<th scope="col" class="r">Inköp, tkr</th>' in page
