"""A sheet holds so many rows; the rest stand on further sheets, and every sum is of all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import toy

from compliance import workbook
from compliance.report.facts import Facts
from compliance.report.month import write
from compliance.workbook import Column, Properties, Sheet, write_workbook

ROOT = Path(__file__).resolve().parents[2]
SMALL = toy.World(months=3, lines_a_month=40, departments=toy.DEPARTMENTS[:2])
PART = r"SUMIFS\('([^']+)'!\$(\w)\$(\d+):\$\w\$(\d+),'\1'!\$(\w)\$\3:\$\w\$\4,\"(.+?)\"\)"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The whole's workbook of a month whose 40 postings stand on sheets of 15."""
    folder = tmp_path_factory.mktemp("rows")
    path = toy.build(folder / "toy.duckdb", SMALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbook, "MOST_ROWS", 15)
        written = write(
            toy.ask_of(path), folder / "out", [ROOT / "reports"], Facts("K"), date(2026, 9, 1), "en"
        )
    return openpyxl.load_workbook(written.workbook)


def sheets_of_the_month(book: Any) -> list[Any]:
    return [sheet for sheet in book.worksheets if sheet.title.startswith("Postings of the month")]


def rows_of(sheet: Any) -> list[tuple[Any, ...]]:
    rows = list(sheet.iter_rows(values_only=True))
    head = next(n for n, row in enumerate(rows) if row[1] is not None)
    return rows[head + 1 : -1]


def test_the_rows_beyond_a_sheet_stand_on_the_next(book: Any) -> None:
    sheets = sheets_of_the_month(book)
    assert [sheet.title.removeprefix("Postings of the month") for sheet in sheets] == [
        "",
        " 2",
        " 3",
    ]
    rows = [rows_of(sheet) for sheet in sheets]
    assert [len(part) for part in rows] == [15, 15, 10]
    assert len({row for part in rows for row in part}) == 40


def test_each_sheets_total_says_which_part_it_is(book: Any) -> None:
    totals = [sheet.cell(sheet.max_row, 1).value for sheet in sheets_of_the_month(book)]
    assert totals == [f"On this sheet, {number} of 3" for number in (1, 2, 3)]


def test_the_summary_sums_all_of_them(book: Any) -> None:
    sheets = {sheet.title: sheet for sheet in sheets_of_the_month(book)}
    total = Decimal(0)
    for label in ("on contract", "without a valid contract", "not counted"):
        row = next(r for r in book.worksheets[0].iter_rows() if str(r[0].value).lower() == label)
        parts = re.findall(PART, row[1].value)
        assert [title for title, *_ in parts] == [*sheets]
        for title, amount, first, last, side, said in parts:
            for n in range(int(first), int(last) + 1):
                if sheets[title][f"{side}{n}"].value == said:
                    total += Decimal(str(sheets[title][f"{amount}{n}"].value))
    amounts = [row for sheet in sheets.values() for row in rows_of(sheet)]
    column = next(n for n, cell in enumerate(amounts[0]) if isinstance(cell, float))
    assert total == sum(Decimal(str(row[column])) for row in amounts)


def test_a_sheet_of_more_rows_than_excel_has_is_never_written(tmp_path: Path) -> None:
    sheet = Sheet("a", "t", [Column("n", "count", is_summed=True)], [(1,)] * 1_048_600, total="sum")
    with pytest.raises(ValueError, match="1048600 rows"):
        write_workbook(tmp_path / "big.xlsx", Properties("t", "a", "c", date(2026, 1, 1), [sheet]))
    assert not list(tmp_path.iterdir())
