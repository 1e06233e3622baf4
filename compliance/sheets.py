"""Which cells does a small delivered table hold: a register, tenders, orders?

Workbooks (xlsx, xls) and delimited text → sheets of rows as a person sees them, each cell with its
own type. A cell that its program could not calculate is known as spoiled, since the reader of
workbooks gives it as empty; so is one that is merged with another, whose value is the other's alone
to the reader and both's to the eye. Ledgers have readers of their own: they are large, and a bad
row there is data, here it is an error.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from compliance.confined import Confined
from compliance.errors import InputError, Place
from compliance.readers.archive import bad_cells
from compliance.readers.biff import error_cells
from compliance.readers.workbook import Workbook

BREAKS_OFF = "the file breaks off in this row"
EXPORT_AGAIN = "export the file again; if the row is whole, end it as the others, with a line end"
Cell = int | float | str | bool | time | date | datetime | timedelta

SUFFIXES = (".xlsx", ".xls", ".csv", ".txt")
DELIMITERS = (";", ",", "\t")
_MERGED = "a cell merged with another"
_ENCODINGS = "UTF-8, UTF-16 with a byte order mark, or Windows-1252"


@dataclass(frozen=True)
class Sheet:
    """One sheet, or a whole text file. Rows are numbered as a spreadsheet shows them, from 1."""

    file: str  # as shown in messages
    name: str  # empty for text
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]  # without the blank ones
    # (row, column from 0) of the cells that nobody can read → what they hold
    spoiled: Mapping[tuple[int, int], str] = field(default_factory=dict)
    delimiter: str = ""  # of text: how it was parted
    encoding: str = ""  # and decoded
    is_unended: bool = False  # of text: its last line has no end, though the others have

    @property
    def place(self) -> str:
        return f"{self.file}, sheet `{self.name}`" if self.name else self.file

    def breaks_off(self, number: int, row: Sequence[Cell], header: int) -> bool:
        """Tell whether the file breaks off in this row: it has no end, and fewer cells than others.

        `header` is the header's place among the rows. Many programs end no last line: a row that is
        as long as the header is taken as whole.
        """
        if not self.is_unended or number != self.rows[-1][0]:
            return False
        width = len(self.rows[header][1])
        return len(row) < width and all(len(one) >= width for _, one in self.rows[header:-1])

    def unreadable(self, row: int, column: int) -> tuple[str, str] | None:
        """Return why the cell cannot be read and how to mend it; None for one that can."""
        held = self.spoiled.get((row, column))
        if held is None:
            return None
        if held == _MERGED:
            return f"the cell holds {held}", "undo the merging in Excel and fill in each cell"
        return f"the cell holds {held}", "open the workbook in Excel, mend the cell and save"


def read_sheets(
    path: Path, shown: str, room: Confined, fits: Callable[[Sheet], bool] | None = None
) -> list[Sheet]:
    """Return the sheets of a file, in order. Raises InputError when it is not what it claims.

    `fits` tells a sheet that has a known header: of text, by which separator to part it.
    A workbook is parsed in `room`, a child process: one that makes the reader crash is refused.
    """
    start = _start(path, shown)
    suffix = path.suffix.lower()
    is_zip, is_ole = start.startswith(b"PK\x03\x04"), start.startswith(b"\xd0\xcf\x11\xe0")
    if suffix in {".csv", ".txt"}:
        if is_zip or is_ole:
            raise InputError(
                "this is an Excel workbook with the name of a text file",
                at=Place(shown),
                why="how a file is read follows from its name",
                fix=f"rename it to {path.stem}.xlsx, or save it from Excel as CSV",
            )
        return [text_sheet(path.read_bytes(), shown, fits)]
    if (suffix, is_zip) == (".xlsx", True) or (suffix, is_ole) == (".xls", True):
        found = room.call("compliance.sheets:read_workbook", path, shown)
        assert isinstance(found, list)  # what read_workbook returns, through a pipe
        return found
    raise InputError(
        "this is not the Excel workbook that its name says",
        at=Place(shown),
        why=f"it begins with {start[:4].hex(' ') or 'nothing'}",
        fix="open it in Excel and save it as .xlsx, or name it .csv if it is text",
    )


def _start(path: Path, shown: str) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise InputError(
            "cannot be opened",
            at=Place(shown),
            why=error.strerror or str(error),
            fix="check that the file is there and that you may read it",
        ) from None
    if not start.strip():
        raise InputError(
            "the file is empty",
            at=Place(shown),
            why="a table without rows has a header still",
            fix="export it again, or take it away",
        )
    return start


# ── workbooks ─────────────────────────────────────────────────────────────────────────────────────


def read_workbook(path: Path, shown: str) -> list[Sheet]:
    """Return a workbook's sheets. To be called where a crash does no harm: see confined.py."""
    book = Workbook.open(path, shown)
    found = []
    for name in book.book.sheet_names:
        rows = [*book.rows(name)]
        filled = tuple(_filled(enumerate(rows, start=1)))
        found.append(Sheet(shown, name, filled, _spoiled(book, path, name, rows)))
    return found


def _spoiled(
    book: Workbook, path: Path, name: str, rows: Sequence[Sequence[Cell]]
) -> dict[tuple[int, int], str]:
    bad = bad_cells(path, name) if book.is_zip else error_cells(path, book.file, name)
    merged = (book.sheet(name).merged_cell_ranges or []) if book.is_zip else []
    return {
        # A row from 1, a column from 0. Merged cells without a value have lost none.
        (row + 1, column): _MERGED
        for (top, left), (bottom, right) in merged
        if top < len(rows) and left < len(rows[top]) and rows[top][left] != ""
        for row in range(top, min(bottom + 1, len(rows)))
        for column in range(left, min(right + 1, len(rows[row])))
        if (row, column) != (top, left)
    } | {(cell.row, cell.column - 1): cell.reason for cell in bad}


def _filled(
    rows: Iterator[tuple[int, list[Cell]]] | enumerate[list[Cell]],
) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    for number, cells in rows:
        if any(not isinstance(cell, str) or cell.strip() for cell in cells):
            yield number, tuple(cells)


# ── delimited text ────────────────────────────────────────────────────────────────────────────────


def text_sheet(content: bytes, shown: str, fits: Callable[[Sheet], bool] | None = None) -> Sheet:
    """Return delimited text as one sheet. Raises InputError when it cannot be read as such.

    It is parted as evenly as can be; where a cell is a list with separators of its own, that may be
    wrong, and the first separator under which it `fits` is taken.
    """
    text, encoding = _decoded(content, shown)
    if "\0" in text:
        raise InputError(
            "the file holds NUL",
            at=Place(shown),
            why="no text holds this sign: the file is damaged, or in another encoding",
            fix="export it again, as text",
        )
    ordered = sorted(DELIMITERS, key=lambda delimiter: -_evenness(text, delimiter))
    for delimiter in ordered if fits else ():
        with contextlib.suppress(InputError):  # told below, of the likeliest one
            sheet = _sheet_of(text, shown, delimiter, encoding)
            if fits and fits(sheet):
                return sheet
    return _sheet_of(text, shown, ordered[0], encoding)


def _sheet_of(text: str, shown: str, delimiter: str, encoding: str) -> Sheet:
    rows, error = _parted(text, delimiter)
    if error:
        raise InputError(
            "a quoted cell does not end where it should",
            at=Place(shown, rows[-1][0] if rows else 1),
            why=error,
            fix='write a quotation mark inside a quoted cell twice: ""',
        )
    filled = tuple(_filled(iter(rows)))
    is_unended = text[-1:] not in {"\n", "\r"} and len(rows) > 1
    return Sheet(shown, "", filled, delimiter=delimiter, encoding=encoding, is_unended=is_unended)


def _parted(text: str, delimiter: str) -> tuple[list[tuple[int, list[Cell]]], str]:
    """The rows with the numbers of their first lines, and why the last one ends too early."""
    rows: list[tuple[int, list[Cell]]] = []
    before = 0
    # The statistics agency parts its cells by `; `: a blank after the separator is no content.
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    try:
        for cells in reader:
            rows.append((before + 1, list[Cell](cells)))
            before = reader.line_num
    except csv.Error as error:
        rows.append((before + 1, []))
        return rows, str(error)
    return rows, ""


def _evenness(text: str, delimiter: str) -> int:
    """How much of the beginning falls into rows of one width: a note may hold any separator."""
    rows, _ = _parted("".join(text.splitlines(keepends=True)[:15]), delimiter)
    widths = [len(cells) for _, cells in rows if len(cells) > 1]
    return max((widths.count(width) * width for width in widths), default=0)


def _decoded(content: bytes, shown: str) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise InputError(
        "the letters cannot be read",
        at=Place(shown),
        why=f"the file is neither {_ENCODINGS}",
        fix="save it as CSV UTF-8",
    )
