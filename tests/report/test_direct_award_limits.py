"""A page's direct awards are those of its month's fiscal year, and of no other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import toy
from lxml import html as lxml_html

from compliance.report.facts import Facts
from compliance.report.month import Written, write

REPORTS = Path(__file__).resolve().parents[2] / "reports"
MARCH = date(2026, 3, 1)
NORTH, SOUTH = "Norra förvaltningen", "Södra förvaltningen"


def written(
    tmp_path: Path,
    watched: str,
    *,
    month: date = MARCH,
    start_month: int = 1,
    lang: str = "en",
    lines: tuple[tuple[str, str, str, str], ...] = ((NORTH, "65", "no_contract", "2026-03-10"),),
) -> Written:
    """Write a month of a ledger's lines and of what is watched.

    Each line: fiscal year, category, kronor, share of the limit, whether that is verified.
    """

    def drawn(vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {
                "purchase_date": date.fromisoformat(day),
                "vendor": vendors[0],
                "category_code": category,
                "account_code": f"{category}10",
                "department": department,
                "unit": "Norra",
                "state": state,
                "rule_id": None,
                "amount_sek": Decimal("90000.00"),
                "invoice_no": "1",
            }
            for department, category, state, day in lines
        ]

    path = toy.build(tmp_path / "toy.duckdb", toy.World(departments=(NORTH, SOUTH), lines=drawn))
    with duckdb.connect(str(path)) as db:
        db.execute("update build_info set fiscal_year_start_month = $1", [start_month])
        db.execute("update source_files set last_date = date '2026-07-31'")
        db.execute("delete from direct_award_watch")
        for line in watched.strip().splitlines():
            db.execute(
                "insert into direct_award_watch by name select $1::int as fiscal_year,"
                " $2 as category_code, $3::decimal(18, 2) as amount_sek, 700000 as limit_sek,"
                " $4::double as used_share, 1 as vendor_count, false as documentation_due,"
                " 'below' as status, $5 = 'yes' as is_limit_verified",
                [cell.strip() for cell in line.split("|")],
            )
    facts = Facts("Björkviks kommun", categories=toy.CATEGORIES)
    return write(toy.ask_of(path), tmp_path / "out", [REPORTS], facts, month, lang)


def section(page: Path) -> Any:
    [found] = lxml_html.fromstring(page.read_text("utf-8")).xpath("//section[@id='direct_awards']")
    return found


def read(page: Path) -> str:
    return " ".join(section(page).text_content().split())


def shares(page: Path) -> list[str]:
    rows = section(page).xpath(".//tbody/tr")
    return [" ".join(row[1].text_content().split()) for row in rows]


LAST_YEAR = "2025 | 65 | 300000 | 0.43 | yes"
THIS_YEAR = "2026 | 65 | 300000 | 0.43 | yes"
YEARS = f"""
    {LAST_YEAR}
    2026 | 65 | 900000 | 1.29 | yes
"""


def test_a_month_before_the_fiscal_year_starts_shows_the_one_that_it_ends_in(
    tmp_path: Path,
) -> None:
    assert shares(written(tmp_path, YEARS, start_month=7).report) == ["43%"]


def test_the_month_that_a_fiscal_year_starts_in_shows_that_year(tmp_path: Path) -> None:
    july = date(2026, 7, 1)
    assert shares(written(tmp_path, YEARS, start_month=7, month=july).report) == ["129%"]


def test_a_year_without_any_such_purchase_does_not_show_the_last_ones(tmp_path: Path) -> None:
    page = written(tmp_path, LAST_YEAR).report
    assert "No category has purchases in 2026 that count" in read(page)
    assert shares(page) == []


@pytest.mark.parametrize(
    ("start_month", "lang", "said"),
    [
        (1, "en", "of the same kind in 2026, the whole"),
        (7, "en", "of the same kind in 2025/2026, the whole"),
        (7, "sv", "av samma slag 2025/2026, hela"),
    ],
)
def test_a_fiscal_year_of_two_calendar_years_is_named_by_both(
    start_month: int, lang: str, said: str, tmp_path: Path
) -> None:
    assert said in read(written(tmp_path, YEARS, start_month=start_month, lang=lang).report)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "All that is booked up to 31 July 2026 is counted."),
        ("sv", "Allt som är bokfört till och med 31 juli 2026 räknas."),
    ],
)
def test_the_page_says_up_to_which_day_the_year_is_added_up(
    lang: str, said: str, tmp_path: Path
) -> None:
    assert said in read(written(tmp_path, YEARS, lang=lang).report)


@pytest.mark.parametrize("state", ["no_contract", "expired", "covered_elsewhere", "direct_award"])
def test_a_department_sees_every_category_that_it_has_added_to(state: str, tmp_path: Path) -> None:
    lines = ((SOUTH, "65", state, "2026-01-10"), (SOUTH, "41", "confirmed", "2026-03-10"))
    page = written(tmp_path, THIS_YEAR, lines=lines).departments[SOUTH]
    assert shares(page) == ["43%"]


def test_a_department_that_bought_the_year_before_has_added_nothing(tmp_path: Path) -> None:
    lines = ((SOUTH, "65", "no_contract", "2025-12-31"), (NORTH, "65", "no_contract", "2026-01-10"))
    page = written(tmp_path, THIS_YEAR, lines=lines).departments[SOUTH]
    assert shares(page) == []


@pytest.mark.parametrize(("lang", "mark"), [("en", "not verified"), ("sv", "overifierad")])
def test_a_limit_that_nobody_verified_is_marked(lang: str, mark: str, tmp_path: Path) -> None:
    watched = "2026 | 65 | 300000 | 0.43 | no\n2026 | 41 | 200000 | 0.29 | yes"
    rows = section(written(tmp_path, watched, lang=lang).report).xpath(".//tbody/tr")
    assert [mark in row.text_content() for row in rows] == [True, False]
