"""Who is one of few private persons is singled out by no table of a page and no mailed workbook."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import toy
from lxml import html as lxml_html
from test_worlds import OCTOBER, SMALL, made, october, said


def test_few_merged_persons_alone_are_no_row_and_still_the_total(tmp_path: Path) -> None:
    written = made(tmp_path, dataclasses.replace(SMALL, lines=_persons_paid(0, {0: 2})))
    text = written.report.read_text("utf-8")
    assert _suppliers(lxml_html.fromstring(text)) == {
        "En annan leverantör": ["180", "180"],
        "Totalt": ["180", "180"],
    }
    assert "Inget köptes utan giltigt avtal" not in text
    assert "Privatperson<" not in text


def test_a_month_of_few_merged_persons_is_told_only_in_the_total(tmp_path: Path) -> None:
    # Five in August and September, one of them in October too.
    paid = _persons_paid(10, {2: 5, 1: 5, 0: 1})
    tree = lxml_html.parse(str(made(tmp_path, dataclasses.replace(SMALL, lines=paid)).report))
    told = _suppliers(tree)
    assert told["Privatperson"] == ["–", "990"]
    assert told["Bolag 8"] == ["90", "270"]
    # The tenth company and October's one person, whom a subtraction cannot tell from each other.
    assert told["En annan leverantör"] == ["180", "270"]
    assert told["Totalt"] == ["990", "3\u00a0690"]
    [trend] = tree.xpath("//section[@id='suppliers']//tr[th='Privatperson']//*[@class='spark']")
    assert len(trend) == 2
    assert not trend.find_class("c-bad")  # the month's


def test_where_no_others_hide_the_month_of_few_merged_persons_they_have_no_row(
    tmp_path: Path,
) -> None:
    paid = _persons_paid(1, {1: 5, 0: 1})
    tree = lxml_html.parse(str(made(tmp_path, dataclasses.replace(SMALL, lines=paid)).report))
    assert _suppliers(tree) == {
        "Bolag 0": ["90", "180"],
        "En annan leverantör": ["90", "540"],
        "Totalt": ["180", "720"],
    }


@pytest.mark.parametrize(
    ("before", "now", "is_shown"),
    [(5, 6, True), (0, 5, True), (5, 0, True), (6, 1, False), (1, 6, False), (0, 4, False)],
)
def test_a_change_names_merged_persons_only_when_neither_month_is_of_few(
    tmp_path: Path, before: int, now: int, is_shown: bool
) -> None:
    paid = _persons_paid(1, {1: before, 0: now}, company="confirmed")
    written = made(tmp_path, dataclasses.replace(SMALL, lines=paid))
    tree = lxml_html.parse(str(written.report))
    changed = [th.text for th in tree.xpath("//section[@id='change']//tbody//th")]
    assert changed == ["Privatperson"] * is_shown
    assert ("Privatperson" in said(written.report, "p[@class='lead']")) == is_shown


def test_no_example_of_a_trouble_is_a_merged_persons_posting(tmp_path: Path) -> None:
    tree = lxml_html.parse(str(made(tmp_path, SMALL).report))
    assert [row[-1] for row in _troubles(tree)].count("–") == 0
    # The toy's examples are its fourth vendor and its third posting.
    merged = dataclasses.replace(SMALL, lines=_persons_paid(1, {1: 3, 0: 5}))
    (tmp_path / "merged").mkdir()
    troubles = _troubles(lxml_html.parse(str(made(tmp_path / "merged", merged).report)))
    examples = {row[0]: row[-1] for row in troubles}
    assert examples["Leverantörer vars koppling väntar på beslut"] == "–"
    assert examples["Inköp utan användbar leverantör"] == "–"


def _troubles(tree: Any) -> list[list[str]]:
    rows = tree.xpath("//section[@id='quality']//tbody/tr")
    return [[cell.text_content().strip() for cell in row] for row in rows]


POINTS_AT_A_PURCHASE = (
    "Datum", "Faktura", "Verifikation", "Org.nr", "Enhet", "Konto", "Kategori", "Avtal", "Regel",
    "Fil", "Rad",
)  # fmt: skip


@pytest.mark.parametrize(("persons", "name"), [(4, "Ospecificerat"), (5, "Privatperson")])
def test_a_workbook_has_merged_persons_as_sums_that_point_at_no_purchase(
    tmp_path: Path, persons: int, name: str
) -> None:
    paid = _persons_paid(1, {1: persons, 0: persons})

    def mixed(vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        lines = [{**line, "state": "expired"} for line in paid(vendors)]  # a contract's
        # Two postings of the last person are another department's, and one is not counted.
        last, *_ = (line for line in reversed(lines) if line["vendor"]["is_merged"])
        elsewhere = {**last, "department": toy.DEPARTMENTS[1], "amount_sek": Decimal("100.01")}
        return [*lines, elsewhere, elsewhere, {**last, "state": "exempt", "rule_id": "X01"}]

    written = made(tmp_path, dataclasses.replace(SMALL, lines=mixed))
    whole, (first, second) = written.workbook, (written.workbooks[d] for d in toy.DEPARTMENTS[:2])
    kronor = Decimal(90_000) * persons
    off = "Utan giltigt avtal"
    assert _merged(whole, "Månadens konteringar", "Räknas som") == [
        (name, off, kronor),
        ("Ospecificerat", "Räknas inte", Decimal(90_000)),
        ("Ospecificerat", off, Decimal("200.02")),
    ]
    assert _merged(first, "Månadens konteringar", "Räknas som") == [
        (name, off, kronor),
        ("Ospecificerat", "Räknas inte", Decimal(90_000)),
    ]
    assert _merged(first, "Utan avtal, 12 månader", "Månad") == [
        (name, datetime(2026, 9, 1), kronor),
        (name, datetime(2026, 10, 1), kronor),
    ]
    assert _merged(second, "Utan avtal, 12 månader", "Månad") == [
        ("Ospecificerat", datetime(2026, 10, 1), Decimal("200.02")),
    ]


def _merged(path: Path, sheet: str, told: str) -> list[tuple[Any, Any, Decimal]]:
    """Read the rows that are no company's: whose, one more column, kronor; nothing else is told."""
    table = list(openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(values_only=True))
    start = next(n for n, row in enumerate(table) if "Kronor" in row)
    rows = [dict(zip(table[start], row, strict=True)) for row in table[start + 1 : -1]]
    merged = [row for row in rows if not str(row["Leverantör"]).startswith("Bolag")]
    assert not any(row.get(name) for row in merged for name in POINTS_AT_A_PURCHASE)
    return [
        (row["Leverantör"], row[told], Decimal(str(row["Kronor"])).quantize(Decimal("0.01")))
        for row in merged
    ]


def _persons_paid(
    companies: int, months: dict[int, int], company: str = "no_contract"
) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """Draw months, counted back from October: so many companies, so many merged persons in each."""

    def paid(vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for n, vendor in enumerate(vendors[:companies]):
            vendor |= {"vendor_name": f"Bolag {n}", "state": company}
        persons = vendors[companies:]
        for vendor in persons:
            name = f"Privatperson P{vendor['vendor_id'][-4:]}"
            vendor |= {"vendor_name": name, "org_number": None, "is_person": True,
                       "is_merged": True, "state": "no_contract"}  # fmt: skip
        return [
            {
                **line,
                "purchase_date": toy.month_before(OCTOBER, back),
                "state": line["vendor"]["state"],
            }
            for back, count in sorted(months.items(), reverse=True)
            for line in october([*vendors[:companies], *persons[:count]])
        ]

    return paid


def _suppliers(tree: Any) -> dict[str, list[str]]:
    """Read each row's kronor of the month and of the year, the foot's too."""
    rows = tree.xpath("//section[@id='suppliers']//tr[th[@scope='row']]")
    return {row[0].text: [cell.text_content() for cell in row[-2:]] for row in rows}
