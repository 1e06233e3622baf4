"""Every shipped finding keeps its own cases, on both sides of its border, and never moves the figure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from runs import query
from world import empty_world

from compliance import building, database, steps
from compliance.findings import failing_cases, point
from compliance.inputs import read_inputs
from compliance.landing import MONTHS_ONLY
from compliance.rule_entries import Case
from compliance.rules import read_rules
from compliance.shipped import shipped
from compliance.workspace import Workspace

RULES = read_rules(shipped("rules"))
SUBJECTS = [
    "work_posting_facts",
    "work_invoice_repeats",
    "work_split_purchases",
    "work_vendor_changes",
    "work_contract_use",
]


@pytest.fixture(scope="module")
def db(demo: Path, tmp_path_factory: pytest.TempPathFactory):
    inputs = read_inputs(Workspace.open(demo))
    with steps.started(inputs, tmp_path_factory.mktemp("findings") / "f.duckdb") as held:
        steps.identified(held, inputs)
        building.build(held, database.sql_files("models"), [*SUBJECTS, "kpi_yearly"])
        yield held


@pytest.mark.parametrize("finding", RULES.findings, ids=lambda finding: finding.code)
def test_a_finding_decides_its_own_cases_as_they_say(db: database.Database, finding) -> None:
    assert failing_cases(db, finding) == []


def test_the_ten_questions_that_every_house_asks_are_shipped() -> None:
    assert {finding.code for finding in RULES.findings} >= {
        "EXPIRED_PURCHASE",
        "REFERENCE_FAILS",
        "CEILING_PASSED",
        "SPLIT_PURCHASE",
        "INVOICE_TWICE",
        "OTHER_ORG_NUMBER",
        "NAME_CHANGED",
        "REJECTED_MATCH",
        "NEW_VENDOR",
        "HOLIDAY_PERSON",
    }


def test_a_month_s_first_day_is_no_holiday_where_only_months_are_known(tmp_path: Path) -> None:
    with empty_world(tmp_path) as world:
        world.db.execute("create temp table input_holidays as select date '2024-05-01' as day")
        world.db.execute("insert into input_holidays values (date '2024-05-09')")
        postings = [(1, "months", "2024-05-01"), (2, "days", "2024-05-01"), (3, "days", "2024-05-02"),
                    (4, "months", "2024-05-09")]  # fmt: skip
        for line, file, day in postings:
            world.put("input_postings", line_id=line, file_id=file, booking_date=day)
        for file, notes in (
            ("months", f"{MONTHS_ONLY}; blank rows, passed over: 1"),
            ("days", None),
        ):
            world.put("input_source_files", file_id=file, path=file, rows_loaded=2, notes=notes)
        found = world.ask("work_posting_facts", "line_id | is_public_holiday")
    assert sorted(found) == [("1", "false"), ("2", "true"), ("3", "false"), ("4", "true")]


def test_a_finding_never_changes_the_figure(db: database.Database) -> None:
    figures = "from kpi_yearly order by period"
    before = database.rows(db, figures)
    point(db, ())
    none = database.rows(db, "select count(*) as found from findings")
    point(db, RULES.findings)
    assert none == [{"found": 0}]
    assert database.rows(db, "select count(*) as found from findings") != none
    assert database.rows(db, figures) == before


def test_a_rule_may_name_its_parameters_as_it_likes(db: database.Database) -> None:
    odd = {"rule_code": "expired", "rule_subject": "x", "given_state": "expired", "value_1": -5}
    finding = replace(
        next(finding for finding in RULES.findings if finding.code == "EXPIRED_PURCHASE"),
        subject="coverage",
        when="state = $rule_code and state = $given_state and state <> $rule_subject "
        "and amount_sek > -7 and amount_sek > $value_1",
        parameters=odd,
        cases=(
            Case("dearer than −5", {"state": "expired", "amount_sek": -4}, flagged=True),
            Case("−6 is not", {"state": "expired", "amount_sek": -6}, flagged=False),
        ),
        columns={"key": "line_id"},
    )
    assert failing_cases(db, finding) == []
    point(db, [finding])
    assert database.rows(db, "select distinct rule_code, subject from findings") == [
        {"rule_code": "EXPIRED_PURCHASE", "subject": "coverage"}
    ]


def test_findings_name_their_rule_row_and_kronor(demo: Path) -> None:
    assert query(demo, "select count(*) from findings where rule_code is null or key is null") == [
        (0,)
    ]
    passed = query(
        demo,
        "select count(*) from contracts where ceiling_sek is not null and called_off_sek > ceiling_sek",
    )
    told = query(demo, "select count(*) from findings where rule_code = 'CEILING_PASSED'")
    assert told == passed != [(0,)]
