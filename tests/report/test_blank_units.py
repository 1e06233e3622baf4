"""A month with postings of no unit, and of few private persons, is reported and sent whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import worlds
from runs import run

from compliance.report.evidence import Evidence
from compliance.report.sections import Section

ORGANISATION = """
[about]
why = "a test"
source = "a test"

[[departments]]
id = "D1"
title = "Omsorgsförvaltningen"
manager = "Anna Provsson"
email = "omsorg@example.se"
language = "sv"
units = ["Vård och omsorg", "IFO Familjehem"]
"""
DELIVERY = """
[delivery]
send = false
method = "folder"
folder = "output/outbox"
from = "inkop@example.se"
reply_to = "inkop@example.se"
contact = "inkop@example.se"
report_url = "https://avtal.example.se"
allowed_domains = ["example.se"]
"""


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = worlds.draw(5, months=1, rows=60)
    for month, postings in world.months.items():
        world.months[month] = [
            replace(posting, unit="") if number % 9 == 0 else posting
            for number, posting in enumerate(postings)
        ]
    folder = worlds.write(world, tmp_path_factory.mktemp("blank") / "workspace")
    (folder / "rules" / "organisation.toml").write_text(ORGANISATION, "utf-8")
    with (folder / "compliance.toml").open("a") as settings:
        settings.write(DELIVERY)
    run("run", folder)
    return folder


def test_rows_without_department_are_dealt_to_the_whole_alone() -> None:
    section = Section("month", "month.sql", "select", {}, {})
    rows = [{"department": "School", "n": 1}, {"department": None, "n": 2}]
    evidence = Evidence.ask([section], lambda *_: rows, date(2026, 1, 1))
    asked = {who: evidence.rows(lambda *_: [], date(2026, 1, 1), who) for who in (None, "School")}
    assert asked == {None: {"month": rows}, "School": {"month": rows[:1]}}


def test_postings_without_unit_stand_in_the_wholes_workbook(reported: Path) -> None:
    path = reported / "output" / "reports" / "2025-01" / "evidence.xlsx"
    rows = list(openpyxl.load_workbook(path)["Månadens konteringar"].iter_rows(values_only=True))
    head = next(row for row in rows if "Enhet" in row)
    day, unit = head.index("Datum"), head.index("Enhet")
    assert len([row for row in rows if isinstance(row[day], date) and not row[unit]]) >= 5


def test_a_letter_with_a_sum_of_few_private_persons_is_sent(reported: Path) -> None:
    said = run("send", reported, "--send").stdout
    assert "stopped" not in said
    assert len(list((reported / "output" / "outbox").glob("*.eml"))) == 1
