"""Workbooks, xlsx and xls: cells as the text that the layout's own notation would write.

python-calamine reads the cells, each with its type; what it shows as empty though it is not (error
cells, formulas never calculated) is looked up in the sheet itself. Knows cells, not fields.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import polars as pl
import python_calamine

from compliance.errors import InputError, Place
from compliance.personal_numbers import mask_text
from compliance.profiles import DATE_FIELDS, Profile, header_key
from compliance.readers import Block, Head, Spoiled, Tally
from compliance.readers.archive import bad_cells, inspect, overlaid
from compliance.readers.biff import error_cells
from compliance.readers.encodings import Letters
from compliance.readers.padded import as_shown, padded_cells

_HEAD_ROWS = 50
_BLOCK_ROWS = 50_000
_LARGEST_EXACT = 2**53
_TOLERANCE = Decimal("0.000001")

Cell = (
    int
    | float
    | str
    | bool
    | datetime.time
    | datetime.date
    | datetime.datetime
    | datetime.timedelta
)


@dataclass
class Workbook:
    """One workbook, inspected and opened."""

    path: Path
    file: str
    sha256: str
    book: python_calamine.CalamineWorkbook
    is_zip: bool
    sheets: dict[str, python_calamine.CalamineSheet] = field(default_factory=dict)
    padded: dict[str, dict[int, dict[int, int]]] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path, file: str) -> Workbook:
        """Open a workbook. Raises InputError when it is damaged or may not be opened."""
        with path.open("rb") as opened:
            start = opened.read(4)
            opened.seek(0)
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        if start.startswith(b"PK"):
            inspect(path, file)
        try:
            book = (
                # By content: many systems name an xlsx file .xls, and the name would decide.
                python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
                if start.startswith(b"PK") and path.suffix.lower() == ".xls"
                else python_calamine.CalamineWorkbook.from_path(path)
            )
        except python_calamine.CalamineError as error:
            raise _damaged(file, error) from None
        return cls(path, file, sha256, book, start.startswith(b"PK"))

    def sheet(self, name: str) -> python_calamine.CalamineSheet:
        """Return a sheet, parsed once."""
        if name not in self.sheets:
            try:
                self.sheets[name] = self.book.get_sheet_by_name(name)
            except python_calamine.CalamineError as error:
                raise _damaged(self.file, error) from None
        return self.sheets[name]

    def rows(self, name: str) -> Iterator[list[Cell]]:
        """Give the rows of a sheet from row 1, column A."""
        sheet = self.sheet(name)
        # What is left of the first cell is not given; what is above it is.
        margin: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
        padded = self._padded(name)
        for number, row in enumerate(sheet.iter_rows(), start=1):
            cells = margin + list(row)
            for position, digits in padded.get(number, {}).items():
                if position < len(cells):
                    shown = as_shown(cells[position], digits)
                    cells[position] = cells[position] if shown is None else shown
            yield cells

    def _padded(self, name: str) -> dict[int, dict[int, int]]:
        """Return the cells that show zeros which are not in them, looked for once."""
        if name not in self.padded:
            self.padded[name] = padded_cells(self.path, name) if self.is_zip else {}
        return self.padded[name]

    def heads(self) -> list[Head]:
        """Give the first rows of every sheet as candidates for the header."""
        heads = []
        for sheet in self.book.sheet_names:
            first = itertools.islice(self.rows(sheet), _HEAD_ROWS)
            for number, row in enumerate(first, start=1):
                names = tuple(plain(cell) for cell in row)
                while names and not names[-1].strip():
                    names = names[:-1]
                if names:
                    heads.append(Head(number, names, sheet=sheet))
        return heads

    def bound(self, profile: Profile) -> Sheet:
        """Return the table that renders cells as `profile` writes them."""
        return Sheet(self, profile)


def _damaged(file: str, error: Exception) -> InputError:
    return InputError(
        "the workbook is damaged or protected",
        at=Place(file),
        why=str(error)[:160],
        fix="open it in Excel and save it as a new .xlsx",
    )


@dataclass
class Sheet:
    """One sheet under one profile."""

    book: Workbook
    profile: Profile
    tally: Tally = field(default_factory=Tally)

    def blocks(self, head: Head, positions: tuple[int, ...]) -> Iterator[Block]:
        """Give the rows below the header; cells beside the header's columns must be empty."""
        rows = self.book.rows(head.sheet)
        self.tally.lines = self.book.sheet(head.sheet).total_height
        others = [name for name in self.book.book.sheet_names if name != head.sheet]
        if others:
            names = mask_text(", ".join(others))  # a sheet may be named after a person
            self.tally.notes.append(f"other sheets are not read: {names}")
        self._above([*itertools.islice(rows, head.row)][:-1], head)
        self._refuse_overlaid(head)
        bad = self._unreadable(head, positions)
        letters = Letters()
        letters.add("".join(head.names))
        roles = self._roles(head)
        start = head.row
        while part := [*itertools.islice(rows, _BLOCK_ROWS)]:
            block = self._block(part, start, head, positions, bad, roles)
            for raw in block.raw:
                letters.add(raw)
            yield block
            start += len(part)
        letters.refuse_garbled(self.book.file)
        self.tally.garbled_cells = letters.garbled

    def _refuse_overlaid(self, head: Head) -> None:
        found = overlaid(self.book.path, head.sheet) if self.book.is_zip else None
        if found is not None:
            raise InputError(
                found[1],
                at=Place(self.book.file, row=found[0]),
                why="a reader shows one of the two, and the other's kronor would be lost",
                fix="open it in Excel, look at that row, and save it as a new .xlsx",
            )

    def _above(self, rows: Sequence[Sequence[Cell]], head: Head) -> None:
        for number, row in enumerate(rows, start=1):
            filled = sum(1 for cell in row if plain(cell).strip())
            if filled * 2 > len(head.names) and filled >= 3:
                raise InputError(
                    "a row stands above the header",
                    at=Place(self.book.file, row=number),
                    why=f"the header is on row {head.row}, and what is above it is not read",
                    fix="put the header first, or take the row away",
                )

    def _roles(self, head: Head) -> dict[int, str]:
        keys = [header_key(name) for name in head.names]
        roles = {}
        for column in self.profile.columns:
            key = header_key(column.header)
            if key in keys:
                kind = "amount" if column.field == "amount_sek" else "text"
                roles[keys.index(key)] = "date" if column.field in DATE_FIELDS else kind
        if self.profile.vat_column:
            roles[keys.index(header_key(self.profile.vat_column))] = "amount"
        return roles

    def _unreadable(self, head: Head, positions: tuple[int, ...]) -> dict[int, tuple[int, str]]:
        """Return, by row, the first cell among `positions` that holds no value of its own."""
        found: dict[int, tuple[int, str]] = {}
        if self.book.is_zip:
            cells = bad_cells(self.book.path, head.sheet)
        else:
            cells = error_cells(self.book.path, self.book.file, head.sheet)
        for cell in cells:
            if cell.column - 1 in positions:
                found.setdefault(cell.row, (cell.column - 1, cell.reason))
        merged = self.book.sheet(head.sheet).merged_cell_ranges if self.book.is_zip else []
        for (top, left), (bottom, right) in merged or []:
            if (
                top <= head.row - 1 <= bottom
                and right > left
                and {*range(left, right + 1)} & {*positions}
            ):
                raise InputError(
                    "a header cell is merged over several columns",
                    at=Place(self.book.file, head.row, head.names[left].strip()),
                    why="nothing tells which of them it names",
                    fix="split the cell in Excel and name each column",
                )
            for position in positions:
                if left <= position <= right and top > head.row - 1:
                    for row in range(top, bottom + 1):
                        if row > top or position > left:
                            found.setdefault(row + 1, (position, "a cell merged with another"))
        return found

    def _block(
        self,
        rows: Sequence[Sequence[Cell]],
        start: int,
        head: Head,
        positions: tuple[int, ...],
        bad: dict[int, tuple[int, str]],
        roles: dict[int, str],
    ) -> Block:
        out: list[list[object]] = []
        raws: list[str] = []
        spoiled: list[Spoiled] = []
        for number, row in enumerate(rows, start=start + 1):
            raw = _raw([self._cell(row, p, roles.get(p, "text")) for p in range(len(row))])
            if not raw.replace(";", "").strip():
                self.tally.blank_rows += 1 if number not in bad else 0
                if number not in bad:
                    continue
            fault = bad.get(number) or self._too_long(row, positions, roles)
            if fault is None and any(plain(c).strip() for c in row[len(head.names) :]):
                spoiled.append(
                    Spoiled(number, None, "a cell stands beside the header's columns", raw)
                )
            elif fault:
                name = head.names[fault[0]].strip() if fault[0] < len(head.names) else None
                spoiled.append(Spoiled(number, name, f"the cell holds {fault[1]}", raw))
            else:
                cells = (self._cell(row, p, roles.get(p, "text")) for p in positions)
                out.append([number, *cells])
                raws.append(raw)
        schema = {"row": pl.Int64, **{str(p): pl.String for p in positions}}
        frame = pl.DataFrame(out, schema=schema, orient="row")
        return Block(frame, pl.Series("raw", raws, dtype=pl.String), tuple(spoiled))

    def _too_long(
        self, row: Sequence[Cell], positions: tuple[int, ...], roles: dict[int, str]
    ) -> tuple[int, str] | None:
        for position in positions:
            cell = row[position] if position < len(row) else ""
            if isinstance(cell, bool) or not isinstance(cell, int | float):
                continue
            if roles.get(position) == "text" and abs(cell) > _LARGEST_EXACT:
                return position, "a number with more digits than a spreadsheet keeps"
        return None

    def _cell(self, row: Sequence[Cell], position: int, role: str) -> str:
        cell = row[position] if position < len(row) else ""
        if role == "amount" and isinstance(cell, int | float) and not isinstance(cell, bool):
            return _amount(cell).replace(".", self.profile.decimal)
        return plain(cell)


def _amount(cell: int | float) -> str:
    """Write a number as kronor and öre when it is a whole number of öre; else as it is."""
    exact = Decimal(repr(cell))
    if not exact.is_finite():
        return repr(cell)
    whole = exact.quantize(Decimal("0.01")) if abs(exact) < 10**15 else exact
    return f"{whole:f}" if abs(exact - whole) * 100 <= _TOLERANCE else repr(cell)


def plain(cell: Cell) -> str:
    """Return a cell as text: whole numbers without decimals, days as ISO."""
    if isinstance(cell, str):
        return cell.replace("_x000D_", " ").replace("\x00", "\ufffd")
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= _LARGEST_EXACT:
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)


def _raw(cells: Sequence[str]) -> str:
    """Return a row as delimited text, cells quoted where they must be."""
    return ";".join(
        '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ';"\n\r') else cell
        for cell in cells
    )
