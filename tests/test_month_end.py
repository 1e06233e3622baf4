"""Before the month is closed, what is missing is told, what would distort the figure most first."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from mail_house import HOUSE, SCHOOL, SOCIAL

from compliance import month_end
from compliance.month_end import Ask, Omission, omissions
from compliance.rule_entries import Rules
from compliance.rules import read_rules
from compliance.shipped import shipped

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def rules() -> Rules:
    return replace(read_rules(shipped("rules")), departments=HOUSE.departments, units=HOUSE.units)


@pytest.fixture
def register(tmp_path: Path) -> list[Path]:
    file = tmp_path / "register.xlsx"
    file.touch()
    then = datetime(2026, 11, 20, tzinfo=UTC).timestamp()
    os.utime(file, (then, then))
    return [file]


def asking(
    months: dict[str, int] | None = None, departments: dict[str, int] | None = None, waiting: int = 0,
    rejected: int = 0, ahead: int = 0, left_out: list[dict[str, Any]] | None = None,
    gone: list[dict[str, Any]] | None = None,
) -> Ask:  # fmt: skip
    months = {f"2026-{m:02}": 100 for m in range(1, 11)} if months is None else months
    answers: dict[str, list[dict[str, Any]]] = {
        month_end._MONTHS: [
            {"period": date.fromisoformat(f"{m}-01"), "amount_sek": Decimal(v)} for m, v in months.items()
        ],
        month_end._DEPARTMENTS: [
            {"department": d, "amount_sek": Decimal(v)} for d, v in (departments or {}).items()
        ],
        month_end._WAITING: [{"vendors": int(waiting > 0), "amount_sek": Decimal(waiting) or None}],
        month_end._REJECTED: [{"rows": int(rejected > 0), "amount_sek": Decimal(rejected) or None}],
        month_end._AHEAD: [{"rows": ahead, "last_date": date(2027, 10, 5)}],
        month_end._LEFT_OUT: left_out or [],
        month_end._GONE: gone or [],
        month_end._SINCE: [{"amount_sek": Decimal(777)}],
    }  # fmt: skip
    return lambda sql, _: answers[sql]


def told(found: tuple[Omission, ...]) -> list[str]:
    return [one.what for one in found]


def test_nothing_missing_says_nothing(rules: Rules, register: list[Path]) -> None:
    assert omissions(asking(), rules, register, TODAY) == ()


def test_what_distorts_the_figure_most_stands_first(rules: Rules, register: list[Path]) -> None:
    months = {f"2026-{m:02}": 100 for m in (1, 2, 4, 5, 6, 7, 8, 9)} | {"2026-10": 30}
    departments = {"Okänd enhet": 9_000, SCHOOL.title: 5}
    mute = replace(rules, departments=(SOCIAL, replace(SCHOOL, email="")))
    found = omissions(asking(months, departments, waiting=80, rejected=500), mute, register, TODAY)

    assert told(found) == [
        "ledger rows that could not be read: 1",
        "no ledger for 2026-03",
        "vendors that wait for somebody to say whose they are: 1",
        "the ledger for 2026-10 holds 30% of a usual month",
        "unit `Okänd enhet` has no department",
        "`Barn- och utbildningsförvaltningen` has no manager's address",
    ]
    assert str(found[1]).startswith("month end: no ledger for 2026-03 (100 SEK); fix: put the")


def test_the_month_that_has_just_ended_is_asked_for(rules: Rules, register: list[Path]) -> None:
    months = {"2026-08": 100, "2026-09": 100}
    assert told(omissions(asking(months), rules, register, TODAY)) == ["no ledger for 2026-10"]
    assert omissions(asking(months), rules, register, date(2026, 10, 31)) == ()


def test_months_that_follow_each_other_are_one_line(rules: Rules, register: list[Path]) -> None:
    months = {"2025-11": 100, "2026-02": 100, "2026-10": 100}
    found = omissions(asking(months), rules, register, TODAY)
    assert told(found) == [
        "no ledger for 2026-03 to 2026-09 (7 months)",
        "no ledger for 2025-12 to 2026-01 (2 months)",
    ]
    assert found[0].amount_sek == 700


def test_months_whose_kronor_take_each_other_out_are_no_fault_of_ours(
    rules: Rules, register: list[Path]
) -> None:
    months = {"2026-09": 1000, "2026-10": -1000}
    assert omissions(asking(months), rules, register, TODAY) == ()


def test_an_old_order_s_date_is_no_ledger_of_its_year() -> None:
    db = duckdb.connect()
    db.execute("create table kpi_monthly (period date, volume_sek decimal, exempt_sek decimal)")
    db.execute("insert into kpi_monthly values ('2021-03-01', 1, 0), ('2026-01-01', 2, 0)")
    db.execute("create table ledger_lines (booking_date date, purchase_date date)")
    db.execute("insert into ledger_lines values ('2026-01-31', '2021-03-05')")
    db.execute("insert into ledger_lines values ('2026-01-31', '2026-01-05')")
    found = db.execute(month_end._MONTHS).fetchall()
    assert [period for period, _ in found] == [date(2026, 1, 1)]


def test_a_register_nobody_touched_for_a_quarter_is_told_with_what_was_bought_since(
    rules: Rules, register: list[Path]
) -> None:
    [found] = omissions(asking({"2027-01": 1, "2027-02": 1}), rules, register, date(2027, 3, 1))
    assert found.what == "the contract register was last changed 101 days ago, on 2026-11-20"
    assert found.amount_sek == 777
    assert omissions(None, rules, register, date(2027, 2, 20)) == ()


def test_a_year_without_target_is_told(rules: Rules, register: list[Path]) -> None:
    without = replace(rules, policy=replace(rules.policy, targets=()))
    assert told(omissions(asking(), without, register, TODAY)) == ["no target for 2026"]


def test_what_makes_the_whole_figure_doubtful_comes_before_any_sum(rules: Rules) -> None:
    found = omissions(asking(rejected=10**9), rules, [], TODAY, is_current=False)
    assert told(found)[0].startswith("the published figures were made from other inputs")
    assert told(found)[1] == "there is no contract register"
    assert all(one.amount_sek.is_finite() for one in found)


@pytest.mark.parametrize(
    ("manager", "email", "what", "fix"),
    [
        ("", "x@y.example", "has no manager's name", "write manager in"),
        ("Chef", "", "has no manager's address; no letter", "write email in"),
        ("", "", "has no manager's address; no letter", "write manager and email in"),
    ],
)
def test_only_a_missing_address_keeps_a_letter_back(
    rules: Rules, register: list[Path], manager: str, email: str, what: str, fix: str
) -> None:
    department = replace(HOUSE.departments[0], manager=manager, email=email)
    [found] = omissions(
        asking(departments={department.title: 1}),
        replace(rules, departments=(department,)),
        register,
        TODAY,
    )
    named, _, kept_back = what.partition("; ")
    assert found.what == f"`{department.title}` {named}"
    assert found.fix.startswith(fix)
    assert ("it gets no letter now" in found.fix) is bool(kept_back)


def test_a_posting_dated_after_today_is_told_before_any_sum(
    rules: Rules, register: list[Path]
) -> None:
    found = told(omissions(asking(ahead=1, rejected=10**9), rules, register, TODAY))
    assert found[0] == "postings dated after today: 1, the latest 2027-10-05"


def test_closed_months_whose_postings_are_gone_are_told(rules: Rules, register: list[Path]) -> None:
    row = {"example": "month 2023-11-01", "row_count": 2, "amount_sek": Decimal(150)}
    [found] = omissions(asking(gone=[row]), rules, register, TODAY)
    assert found.what == "closed months without a posting in the ledger: 2, the first 2023-11"
    assert found.amount_sek == 150


def test_rows_of_a_replaced_file_that_no_file_has_are_told_with_their_kronor(
    rules: Rules, register: list[Path]
) -> None:
    row = {
        "example": "ledger/b.csv replaces ledger/a.csv", "row_count": 12,
        "amount_sek": Decimal(-391_001),
    }  # fmt: skip
    [found] = omissions(asking(left_out=[row]), rules, register, TODAY)
    assert found.what == (
        "ledger/b.csv replaces ledger/a.csv, and rows of what is replaced are in no file: 12"
    )
    assert found.amount_sek == 391_001
