"""How do the rows behind a letter become a workbook that a controller can check?

Sheets of typed columns in, one xlsx out. Text is written as text whatever it looks like, sums are
live formulas that carry their value, the same rows give the same bytes. Knows no figure's meaning
and no language: every word is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

from compliance import files

Kind = Literal["text", "prose", "amount", "share", "date", "moment", "month", "count"]

MOST_ROWS = 1_000_000  # of one sheet; Excel ends at 1,048,576 and says nothing of the rest
LARGE = 50_000  # rows from which a sheet is written row by row and has no native table
_FORMATS: Mapping[Kind, str] = {
    "text": "@",
    "prose": "@",
    "amount": "#,##0.00",
    "share": "0.0 %",
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
    "month": "yyyy-mm",
    "count": "#,##0",
}
_LEFT: frozenset[Kind] = frozenset({"text", "prose", "date", "moment", "month"})
_LINE = 15  # points; a row of wrapped text is as many of these as its longest cell needs
_LONGEST_TEXT = 32_767  # Excel's own limit for a cell
_FORBIDDEN = {ord(c): " " for c in "[]:*?/\\"}


@dataclass(frozen=True)
class Formula:
    """A live formula and the value it has when the file is written."""

    text: str
    value: Decimal | float | int | None


Cell = str | Decimal | float | int | date | Formula | None


@dataclass(frozen=True)
class Column:
    """One column: its head, its kind, and whether its foot holds the sum."""

    head: str
    kind: Kind = "text"
    width: float = 14
    is_summed: bool = False


@dataclass(frozen=True)
class Sheet:
    """A sheet with some lines of text above one table; `table` is the table's name in formulas."""

    name: str
    table: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    title: str = ""
    lines: Sequence[str] = ()
    total: str = ""  # the word before the sums; empty: no sums
    bars: str = ""  # the head of a share column that also gets bars
    frozen: int = 1  # columns that stay when scrolling


@dataclass(frozen=True)
class Prose:
    """A sheet of words and what they mean."""

    name: str
    title: str
    entries: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Properties:
    """What the file says about itself."""

    title: str
    author: str
    comment: str
    day: date
    sheets: Sequence[Sheet | Prose] = field(default=())


def parted(sheet: Sheet, total: Callable[[int, int], str]) -> list[Sheet]:
    """Return the sheet, or when it has too many rows for one, sheets numbered from the second on.

    Each one's sums are of its own rows: before them stands `total` of its number and their count.
    """
    count = -(-len(sheet.rows) // MOST_ROWS)
    if count < 2:
        return [sheet]
    return [
        replace(
            sheet,
            name=sheet.name if number == 1 else f"{sheet_name(sheet.name, 27)} {number}",
            table=sheet.table if number == 1 else f"{sheet.table}{number}",
            rows=sheet.rows[MOST_ROWS * (number - 1) : MOST_ROWS * number],
            total=total(number, count) if sheet.total else "",
        )
        for number in range(1, count + 1)
    ]


def write_workbook(path: Path, properties: Properties) -> Path:
    """Put the workbook in its place, whole; return the path.

    Raises ValueError for a sheet of more rows than one holds: see `parted`.
    """
    for sheet in properties.sheets:
        if isinstance(sheet, Sheet) and len(sheet.rows) > MOST_ROWS:
            raise ValueError(f"{sheet.name}: {len(sheet.rows)} rows are too many for one sheet")
    with files.replacing(path) as unfinished:
        _write_book(unfinished, properties)
    return path


def _write_book(path: Path, properties: Properties) -> None:
    is_large = any(
        isinstance(sheet, Sheet) and len(sheet.rows) > LARGE for sheet in properties.sheets
    )
    book = xlsxwriter.Workbook(
        str(path),
        {
            # Row by row through a file when it is large; otherwise nothing touches the disk.
            "constant_memory": is_large,
            "in_memory": not is_large,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": _FORMATS["date"],
        },
    )
    book.set_properties(
        {
            "title": properties.title,
            "author": properties.author,
            "comments": properties.comment,
            "created": datetime.combine(properties.day, time(6)),
        }
    )
    styles = _styles(book)
    for sheet in properties.sheets:
        page = book.add_worksheet(sheet_name(sheet.name))
        page.hide_gridlines(2)
        page.set_paper(9)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_footer("&L&A&R&P (&N)")
        if isinstance(sheet, Sheet):
            _write_sheet(page, sheet, styles, is_large=is_large)
        else:
            _write_prose(page, sheet, styles)
    book.close()


def sheet_name(name: str, longest: int = 31) -> str:
    """Return a name Excel accepts: 31 characters, none of its forbidden signs."""
    return name.translate(_FORBIDDEN)[:longest].strip("' ") or "–"


def _styles(book: Any) -> dict[str, Any]:
    plain = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
    head = {**plain, "bold": True, "font_color": "#FFFFFF", "bg_color": "#0B5673",
            "text_wrap": True, "valign": "vcenter"}  # fmt: skip
    styles = {
        "title": book.add_format({**plain, "bold": True, "font_size": 16}),
        "line": book.add_format({**plain, "font_color": "#45535F", "text_wrap": True}),
        "term_line": book.add_format({**plain, "font_color": "#45535F"}),
        "term": book.add_format({**plain, "bold": True}),
        "prose": book.add_format({**plain, "text_wrap": True}),
        "head": book.add_format({**head, "indent": 1}),
        "head_right": book.add_format({**head, "align": "right"}),
        "total": book.add_format({**plain, "bold": True, "top": 1}),
    }
    for kind, shown in _FORMATS.items():
        # Words stand off from the figures of the column before.
        extra: dict[str, Any] = {"align": "left", "indent": 1} if kind in _LEFT else {}
        extra |= {"text_wrap": True} if kind == "prose" else {}
        styles[kind] = book.add_format({**plain, "num_format": shown, **extra})
        styles[f"total_{kind}"] = book.add_format(
            {**plain, "num_format": shown, "bold": True, "top": 1}
        )
    return styles


def _write_sheet(page: Any, sheet: Sheet, styles: dict[str, Any], *, is_large: bool) -> None:
    head = _write_top(page, sheet, styles)
    last, width = head + len(sheet.rows), len(sheet.columns) - 1
    page.set_row(head, 2 * _LINE + 2)
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, column.width)
        style = "head" if column.kind in _LEFT else "head_right"
        page.write_string(head, number, column.head, styles[style])
    looks = [styles[column.kind] for column in sheet.columns]
    prose = [
        (number, round(column.width))
        for number, column in enumerate(sheet.columns)
        if column.kind == "prose"
    ]
    for row, cells in enumerate(sheet.rows, head + 1):
        for number, (look, cell) in enumerate(zip(looks, cells, strict=True)):
            _write(page, row, number, cell, look)
        lines = _lines_of(prose, cells)
        if lines > 1:
            page.set_row(row, lines * _LINE)
    if sheet.rows:
        _as_table(page, sheet, styles, (head, 0, last, width), is_large=is_large)
    if sheet.total and sheet.rows:
        _write_total(page, sheet, styles, head, last + 1)
    page.freeze_panes(head + 1, sheet.frozen)
    page.repeat_rows(head)
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})


def _write_top(page: Any, sheet: Sheet, styles: dict[str, Any]) -> int:
    """Write the title and the lines across the table's columns; return the row of the heads."""
    if sheet.title:
        page.set_row(0, 24)
        page.write_string(0, 0, sheet.title[:_LONGEST_TEXT], styles["title"])
    top = 1 if sheet.title else 0
    last = len(sheet.columns) - 1
    room = min(sum(column.width for column in sheet.columns), 130)
    for row, text in enumerate(sheet.lines, top):
        if len(text) > room and last > 0:
            page.merge_range(row, 0, row, last, "", styles["line"])
            page.set_row(row, _LINE * -(-len(text) // round(room)))
            page.write_string(row, 0, text[:_LONGEST_TEXT], styles["line"])
        else:
            page.write_string(row, 0, text[:_LONGEST_TEXT], styles["term_line"])
    top += len(sheet.lines)
    return top + 1 if top else 0


def _lines_of(prose: Sequence[tuple[int, int]], cells: Sequence[Cell]) -> int:
    """Return how many lines a row's longest prose needs; `prose` has its columns and widths."""
    return max(
        (
            -(-len(cell) // width)
            for number, width in prose
            if isinstance(cell := cells[number], str)
        ),
        default=1,
    )


def _as_table(
    page: Any, sheet: Sheet, styles: dict[str, Any], area: tuple[int, int, int, int],
    *, is_large: bool,
) -> None:  # fmt: skip
    if is_large:
        page.autofilter(*area)
    else:
        page.add_table(
            *area,
            {
                "name": sheet.table,
                "style": "Table Style Light 1",
                "columns": [
                    {
                        "header": column.head,
                        "header_format": styles["head" if column.kind in _LEFT else "head_right"],
                    }
                    for column in sheet.columns
                ],
            },
        )
    for number, column in enumerate(sheet.columns):
        if column.head == sheet.bars:
            page.conditional_format(
                area[0] + 1, number, area[2], number,
                {"type": "data_bar", "bar_color": "#C9744A", "bar_solid": True,
                 "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1},
            )  # fmt: skip


def _write(page: Any, row: int, number: int, cell: Cell, style: Any) -> None:
    match cell:
        case None:
            page.write_blank(row, number, None, style)
        case str():
            page.write_string(row, number, cell[:_LONGEST_TEXT], style)
        case Formula():
            value = "" if cell.value is None else cell.value
            page.write_formula(row, number, cell.text, style, _cached(value))
        case datetime():
            page.write_datetime(row, number, cell.replace(tzinfo=None), style)
        case date():
            page.write_datetime(row, number, datetime.combine(cell, time()), style)
        case _:
            page.write_number(row, number, cell, style)


def _cached(value: Decimal | float | str) -> float | int | str:
    # Kronor to the öre fit a double exactly up to 90 000 billion.
    return float(value) if isinstance(value, Decimal) else value


def _write_total(page: Any, sheet: Sheet, styles: dict[str, Any], head: int, row: int) -> None:
    page.write_string(row, 0, sheet.total, styles["total"])
    for number, column in enumerate(sheet.columns):
        if number == 0:
            continue
        if not column.is_summed:
            page.write_blank(row, number, None, styles["total"])
            continue
        letter = column_letter(number)
        values = [_value(cells[number]) for cells in sheet.rows]
        page.write_formula(
            row, number, f"=SUBTOTAL(109,{letter}{head + 2}:{letter}{row})",
            styles[f"total_{column.kind}"], float(sum(values, Decimal(0))),
        )  # fmt: skip


def _value(cell: Cell) -> Decimal:
    cell = cell.value if isinstance(cell, Formula) else cell
    return Decimal(str(cell)) if isinstance(cell, Decimal | int | float) else Decimal(0)


def column_letter(number: int) -> str:
    """Return a column's letters from its number, the first being 0."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _write_prose(page: Any, sheet: Prose, styles: dict[str, Any]) -> None:
    page.set_column(0, 0, 30)
    page.set_column(1, 1, 100)
    page.write_string(0, 0, sheet.title, styles["title"])
    page.set_row(0, 24)
    for row, (term, meaning) in enumerate(sheet.entries, 2):
        page.write_string(row, 0, term, styles["term"])
        page.write_string(row, 1, meaning[:_LONGEST_TEXT], styles["prose"])
        page.set_row(row, _LINE * -(-len(meaning) // 90))
