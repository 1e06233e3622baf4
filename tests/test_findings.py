"""Every shipped finding keeps its own cases, on both sides of its border, and never moves the figure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from runs import query, run
from world import empty_world

from compliance import building, database, steps
from compliance.catalog import CATALOG
from compliance.findings import failing_cases, point
from compliance.inputs import read_inputs
from compliance.landing import MONTHS_ONLY
from compliance.rule_entries import Case
from compliance.rules import read_rules
from compliance.shipped import shipped
from compliance.workspace import Workspace

RULES = read_rules(shipped("rules"))


@pytest.fixture(scope="module")
def db(demo: Path, tmp_path_factory: pytest.TempPathFactory):
    inputs = read_inputs(Workspace.open(demo))
    with steps.started(inputs, tmp_path_factory.mktemp("findings") / "f.duckdb") as held:
        steps.identified(held, inputs)
        building.build(held, database.sql_files("models"), [*CATALOG.subjects, "kpi_yearly"])
        yield held


@pytest.mark.parametrize("finding", RULES.findings, ids=lambda finding: finding.code)
def test_a_finding_decides_its_own_cases_as_they_say(db: database.Database, finding) -> None:
    assert failing_cases(db, finding) == []


@pytest.mark.parametrize("subject", CATALOG.subjects)
def test_a_rule_may_read_the_columns_that_its_table_has(
    db: database.Database, subject: str
) -> None:
    made = db.execute(
        "select column_name, data_type from duckdb_columns() where table_name = $name"
        " order by column_index",
        {"name": subject},
    ).fetchall()
    assert list(CATALOG.types(subject).items()) == made


EXPIRED = "rules/findings/bought_after_expiry.toml"
WRONG_RULES = {  # what is written instead, and what is told of it
    "a case that fails": (
        ("days_past_end = 60 }\nflagged = false", "days_past_end = 60 }\nflagged = true"),
        "[[cases]] `60 days past the end is not`: `when` does not flag state = expired",
    ),
    "a case that is flagged against its word": (
        ('state = "tail", days_past_end', 'state = "expired", days_past_end'),
        "[[cases]] `a purchase in the tail is not`: `when` flags state = expired",
    ),
    "a column of a case that the table has not": (
        ("days_past_end = 61 }", "days_past_ends = 61 }"),
        (
            "no column `days_past_ends`\nwhy: the case draws a row of work_posting_facts\n"
            "fix: did you mean `days_past_end`?"
        ),
    ),
    "a value of a case that the column cannot hold": (
        ("days_past_end = 61 }", 'days_past_end = "many" }'),
        "`days_past_end` cannot be 'many'\nwhy: the column is INTEGER",
    ),
    "a column that the table has not": (
        ("days_past_end >", "days_past_ends >"),
        "`when` names no column: days_past_ends",
    ),
    "a subject that is no table": (
        ('"work_posting_facts"', '"work_posting_fact"'),
        "fix: did you mean `work_posting_facts`?",
    ),
    "a subject that is made of the rules": (
        ('"work_posting_facts"', '"findings"'),
        "no table that",
    ),
    "a column told that the table has not": (
        ('"purchase_date"', '"purchase_day"'),
        "[columns] `day` names no column of work_posting_facts: purchase_day",
    ),
    "a text compared with a number": (("state = 'expired'", "state > 5"), "cannot be run"),
    "what is no condition": (("$grace_days", "$grace_days); drop table coverage; --"), "`when`"),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one posting and one contract: the smallest that builds."""
    folder = tmp_path_factory.mktemp("findings") / "kommun"
    run("init", folder)
    (folder / "ledger" / "2024-03.csv").write_text(
        "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;"
        "bokforingsdatum;forvaltning;fakturanummer;nettobelopp\n"
        "2120000001;Provkommun;1;Åkes Plåt AB;5560160680;6410;Konto;2024-03-05;Skolan;77;1250.50\n",
        "utf-8",
    )
    (folder / "contracts" / "register.csv").write_text(
        "avtalsnummer;leverantör;giltig från;giltig till\nA-1;Åkes Plåt AB;2023-01-01;2025-12-31\n",
        "utf-8",
    )
    return folder


@pytest.mark.parametrize("verb", ["check", "build"])
@pytest.mark.parametrize("wrong", WRONG_RULES)
def test_a_rule_that_its_own_cases_do_not_prove_is_refused(
    small: Path, wrong: str, verb: str
) -> None:
    file = small / EXPIRED
    shipped_rule = file.read_text("utf-8")
    (old, new), told = WRONG_RULES[wrong]
    assert old in shipped_rule
    file.write_text(shipped_rule.replace(old, new, 1), "utf-8")
    done = run(verb, small, check=False)
    file.write_text(shipped_rule, "utf-8")
    said = done.stdout + done.stderr
    assert (done.returncode, f"error: {EXPIRED}: " in said, told in said) == (4, True, True), said
    assert not (small / "output" / "compliance.duckdb").exists()


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


def test_the_parts_of_a_posting_are_one_finding(tmp_path: Path) -> None:
    finding = next(one for one in RULES.findings if one.code == "REFERENCE_FAILS")
    with empty_world(tmp_path) as world:
        world.db.execute("create temp table input_holidays (day date)")
        world.draw("""
            input_contracts
            contract_id | ceiling_sek
            A           | 60

            input_contract_parties
            contract_id | supplier_id
            A           | Acme

            input_postings
            line_id | vendor_name | booking_date | contract_ref
            1       | Acme        | 2024-05-01   | NONE
        """)
        world.build("work_posting_facts")
        point(world.db, [finding])
        found = database.rows(world.db, "select key, amount_sek from findings")
    assert found == [{"key": "1", "amount_sek": Decimal(100)}]


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
