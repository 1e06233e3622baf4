"""What do the rows of a small delivered table say, under headers in either language?

For tenders, orders and decisions: the header is looked for among the first rows, columns may stand
in any order, a column that nobody asked for is left alone unless it may be a known one misspelt.
Every cell that cannot be read is an error with file, row and column, and all of them are collected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from compliance import register_cells as cells
from compliance.errors import ComplianceError, InputError, Place, nearest, raise_all, slip
from compliance.listing import files_below
from compliance.register_cells import CellError
from compliance.register_profiles import header_key
from compliance.sheets import BREAKS_OFF, EXPORT_AGAIN, SUFFIXES, Cell, Sheet
from compliance.workspace import Workspace

HEADER_WITHIN = 15
Read = TypeVar("Read")


@dataclass(frozen=True)
class Layout:
    """The columns of one kind of table: field → accepted headers.

    `others` says of columns that it does not know when they are refused: where they are `near` to a
    known one that the table lacks, where it lacks `any`, or `never`, in an export as it is.
    """

    id: str
    columns: Mapping[str, Sequence[str]]
    required: Collection[str]
    others: Literal["near", "any", "never"] = "near"

    def places(self, headers: Sequence[str]) -> dict[str, list[int]]:
        """Return the columns of each field that is there: one, if the header is sound."""
        keys = {
            field: {header_key(name) for name in names} for field, names in self.columns.items()
        }
        found = {
            field: [at for at, header in enumerate(headers) if header in names]
            for field, names in keys.items()
        }
        return {field: places for field, places in found.items() if places}


class Row:
    """One row: its cells by field. What cannot be read is added to `errors` and reads as None."""

    def __init__(
        self,
        sheet: Sheet,
        number: int,
        said: Mapping[str, Cell],
        headers: Mapping[str, str],
        errors: list[ComplianceError],
    ) -> None:
        self.file, self.number = sheet.file, number
        self._sheet, self._said, self._headers, self.errors = sheet, said, headers, errors

    def refuse(self, field: str | None, what: str, *, fix: str) -> None:
        """Add an error about a cell; about the row, without a field."""
        column = None if field is None else self._headers.get(field, field)
        place = Place(self._sheet.place, self.number, column)
        self.errors.append(InputError(what, at=place, fix=fix))

    def read(self, field: str, reader: Callable[[Cell], Read | None]) -> Read | None:
        try:
            return reader(self._said.get(field, ""))
        except CellError as error:
            self.refuse(field, error.why, fix=error.fix)
            return None

    def text(self, field: str) -> str:
        return cells.text(self._said.get(field, ""))

    def needed(self, field: str) -> str:
        found = self.text(field)
        if not found:
            self.refuse(field, f"no {field}", fix="fill in the cell, or remove the row")
        return found


def fitting(sheets: Sequence[Sheet], layouts: Sequence[Layout]) -> list[tuple[Sheet, int, Layout]]:
    """Return each sheet with a header of one of the layouts, its place, and the layout.

    Of several layouts that fit one header, the first in `layouts`. A sheet a year is usual; one
    without such a header is somebody's notes.
    """
    found = (_fit(sheet, layouts) for sheet in sheets)
    return [fit for fit in found if fit is not None]


def _fit(sheet: Sheet, layouts: Sequence[Layout]) -> tuple[Sheet, int, Layout] | None:
    for at, (_, row) in enumerate(sheet.rows[:HEADER_WITHIN]):
        headers = [header_key(cells.text(cell)) for cell in row]
        for layout in layouts:
            if set(layout.required) <= set(layout.places(headers)):
                return sheet, at, layout
    return None


def rows(sheet: Sheet, at: int, layout: Layout, errors: list[ComplianceError]) -> Iterator[Row]:
    """Give the rows below the header at position `at`; none when the header is not sound."""
    header_row, header = sheet.rows[at]
    keys = [header_key(cells.text(cell)) for cell in header]
    found = layout.places(keys)
    twice = [
        InputError(
            f"two columns say {field}: "
            + " and ".join(f"`{cells.text(header[place])}`" for place in places),
            at=Place(sheet.place, header_row),
            why="which of them to believe would be a guess",
            fix="remove one, or give it another name",
        )
        for field, places in found.items()
        if len(places) > 1
    ]
    wrong = [*twice, *_unknown(sheet, at, layout, keys)]
    if wrong:
        errors += wrong
        return
    places = {field: place for field, [place] in found.items()}
    names = {field: cells.text(header[place]) for field, place in places.items()}
    for number, row in sheet.rows[at + 1 :]:
        said = {field: row[place] for field, place in places.items() if place < len(row)}
        one = Row(sheet, number, said, names, errors)
        if sheet.breaks_off(number, row, at):
            one.refuse(None, BREAKS_OFF, fix=EXPORT_AGAIN)
        elif _is_sound(sheet, one, row, keys, places):
            yield one


def _unknown(sheet: Sheet, at: int, layout: Layout, keys: Sequence[str]) -> Iterator[InputError]:
    """Say which headers are not known, and would lose what their cells say."""
    if layout.others == "never":
        return
    header_row, header = sheet.rows[at]
    found = layout.places(keys)
    known = {header_key(name) for names in layout.columns.values() for name in names}
    lacking = {
        header_key(name): name
        for field, names in layout.columns.items()
        for name in names
        if field not in found
    }
    for place, key in enumerate(keys):
        if key and key not in known and lacking:
            fix = nearest(key, lacking) if layout.others == "any" else slip(key, lacking)
            if fix:
                yield InputError(
                    f"the column `{cells.text(header[place])}` is not known",
                    at=Place(sheet.place, header_row),
                    why="what stands in it would be left out in silence",
                    fix=_as_written(fix, lacking),
                )


def _as_written(fix: str, names: Mapping[str, str]) -> str:
    """Give the keys of headers in a cure the look that they have in a table."""
    return re.sub(r"\w+", lambda word: names.get(word[0], word[0]), fix)


def _is_sound(
    sheet: Sheet, one: Row, row: Sequence[Cell], keys: Sequence[str], places: Mapping[str, int]
) -> bool:
    """Tell whether the row can be read cell by cell; refuse it if not."""
    for field, place in places.items():
        unreadable = sheet.unreadable(one.number, place)
        if unreadable:
            one.refuse(field, unreadable[0], fix=unreadable[1])
            return False
    if [header_key(cells.text(cell)) for cell in row][: len(keys)] == keys:
        one.refuse(None, "a second header", fix="keep one table a sheet")
    elif any(cells.text(cell) for cell in row[len(keys) :]):
        one.refuse(
            None,
            f"the row has {len(row)} cells, the header {len(keys)}",
            fix="put a text that holds the separator in quotation marks",
        )
    else:
        return True
    return False


def unknown_table(file: str, sheets: Sequence[Sheet], layouts: Sequence[Layout]) -> InputError:
    """The error for a file that no layout fits: what the nearest one lacks."""
    best: tuple[int, int | None, str] = (-1, None, "the file has no rows")
    for sheet in sheets:
        for number, row in sheet.rows[:HEADER_WITHIN]:
            keys = [header_key(cells.text(cell)) for cell in row]
            for layout in layouts:
                missing = sorted(set(layout.required) - set(layout.places(keys)))
                score = len(layout.required) - len(missing)
                if score > best[0]:
                    best = (score, number, f"`{layout.id}` lacks {', '.join(missing)}")
    own = layouts[-1]  # others before it are somebody's export
    return InputError(
        "no known table has these headers",
        at=Place(file, best[1]),
        why=best[2],
        fix=f"give it a header row with {', '.join(own.required)}; other columns are optional",
    )


def delivered(workspace: Workspace, folder: Path) -> list[tuple[Path, str]]:
    """Return the folder's tables and their names in messages, in order; no folder, no tables."""
    files = [
        path
        for path in files_below(workspace, folder)
        if not path.name.startswith((".", "~$", "README", "LICENSE"))
    ]
    named = [
        (
            path,
            path.relative_to(workspace.root).as_posix()
            if path.is_relative_to(workspace.root)
            else path.name,
        )
        for path in files
    ]
    raise_all(
        [
            InputError(
                "a table is xlsx, xls or csv",
                at=Place(shown),
                why="what lies in the folder and is not read would be left out in silence",
                fix="export it again as one of these, or move the file out of the folder",
            )
            for path, shown in named
            if path.suffix.lower() not in SUFFIXES
        ]
    )
    return named
