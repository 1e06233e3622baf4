"""How do new decisions come to stand at the end of decisions.csv, in the file's own manner?

People save the file with whatever program they have: its header, separator, letters and line ends
are the reader's to find, and what is added follows them. What stands there is never written again.
Whatever could not be read back as it was meant is refused, with the file untouched.
"""

from __future__ import annotations

import csv
import fcntl
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from compliance import files
from compliance import register_cells as cells
from compliance.decisions import COLUMNS, LAYOUT, Decision, decisions_of
from compliance.errors import ComplianceError, InputError, Place, raise_all
from compliance.register_profiles import header_key
from compliance.sheets import Cell, Sheet, text_sheet
from compliance.small_tables import fitting, unknown_table
from compliance.workspace import Workspace


def append_decisions(workspace: Workspace, decisions: Iterable[Mapping[str, object]]) -> int:
    """Add decisions at the end of decisions.csv, all or none, and return how many.

    Each maps COLUMNS to values; absent and None are empty, dates may be dates. Raises InputError
    for one that could not be read back. Durable when it returns; two writers take turns.
    """
    texts = [[_written(decision.get(name)) for name in COLUMNS] for decision in decisions]
    if not texts:
        return 0
    file = workspace.decisions
    meant = _read_as(Sheet("the decisions to add", "", tuple(enumerate(_table(texts), start=1))))
    is_new = not file.exists()
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, files.SHARED)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if is_new:
            os.fchmod(descriptor, files.SHARED)
        before = file.read_bytes()
        added = _added(file, before, texts)
        _refuse_misread(file, before, added, meant)
        files.append(descriptor, added, len(before))
    except OSError as error:
        raise InputError(
            "the decisions could not be added",
            at=Place(file.name),
            why=error.strerror or str(error),
            fix="make room or ask for permission to write, and try again: nothing was added",
        ) from None
    finally:
        os.close(descriptor)
    return len(texts)


@dataclass(frozen=True)
class _Manner:
    """How the file is written: what new rows must look like to be read as the others are."""

    delimiter: str
    encoding: str  # one that writes no byte order mark
    line_end: str
    places: Mapping[str, int]  # by column
    width: int


_OURS = _Manner(",", "utf-8", "\n", {name: at for at, name in enumerate(COLUMNS)}, len(COLUMNS))


def _manner(file: Path, content: bytes) -> _Manner:
    sheet = text_sheet(content, file.name)
    fits = fitting([sheet], [LAYOUT])
    if not fits:
        raise unknown_table(file.name, [sheet], [LAYOUT])
    [(_, at, layout)] = fits
    header = sheet.rows[at][1]
    found = layout.places([header_key(cells.text(cell)) for cell in header])
    # A header that says a column twice is refused below, when the file is read as it will be.
    places = {name: at for name, [at, *_] in found.items()}
    text = content.decode(sheet.encoding)
    return _Manner(
        sheet.delimiter,
        {"utf-8-sig": "utf-8", "utf-16": _utf_16(content)}.get(sheet.encoding, sheet.encoding),
        "\r\n" if "\r\n" in text else "\n",
        places,
        len(header),
    )


def _utf_16(content: bytes) -> str:
    return "utf-16-le" if content.startswith(b"\xff\xfe") else "utf-16-be"


def _added(file: Path, before: bytes, texts: Sequence[Sequence[str]]) -> bytes:
    """Return the bytes to add: rows in the file's manner, below a header when there is none."""
    manner = _manner(file, before) if before.strip() else _OURS
    rows = []
    for row in texts:
        said = {name: text for name, text in zip(COLUMNS, row, strict=True) if text}
        if homeless := sorted(said.keys() - manner.places.keys()):
            raise InputError(
                f"there is no column `{homeless[0]}` to write in",
                at=Place(file.name),
                why=f"a decision to add says `{said[homeless[0]]}` there",
                fix=f"add `{homeless[0]}` to the file's header, and try again: nothing was added",
            )
        cells_of = dict.fromkeys(range(manner.width), "")
        cells_of.update({manner.places[name]: text for name, text in said.items()})
        rows.append([cells_of[at] for at in range(manner.width)])
    if not before.strip():
        rows.insert(0, list(COLUMNS))
    text = io.StringIO(newline="")
    end = manner.line_end.encode(manner.encoding)
    if before and not before.endswith((end, "\n".encode(manner.encoding))):
        text.write(manner.line_end)
    csv.writer(text, delimiter=manner.delimiter, lineterminator=manner.line_end).writerows(rows)
    try:
        return text.getvalue().encode(manner.encoding)
    except UnicodeEncodeError as error:
        raise InputError(
            f"the file's letters ({manner.encoding}) have no `{error.object[error.start]}`",
            at=Place(file.name),
            why="a decision to add holds it",
            fix="save the file as CSV UTF-8, and try again: nothing was added",
        ) from None


def _refuse_misread(file: Path, before: bytes, added: bytes, meant: Sequence[Decision]) -> None:
    """Read the file as it will be: every decision that stood there, and the new ones as meant."""
    stood = _read_as(text_sheet(before, file.name)) if before.strip() else []
    found = _read_as(text_sheet(before + added, file.name))
    new = [replace(decision, row=0) for decision in found[len(stood) :]]
    if found[: len(stood)] != stood or new != [replace(decision, row=0) for decision in meant]:
        raise InputError(
            "the decisions to add would not be read back as they are meant",
            at=Place(file.name),
            why="of its header, separators and letters the new rows would be read otherwise",
            fix="save the file as CSV UTF-8 with the columns that `compliance init` gives it, and "
            "try again: nothing was added",
        )


def _read_as(sheet: Sheet) -> list[Decision]:
    errors: list[ComplianceError] = []
    found = decisions_of([sheet], errors)
    raise_all(errors)
    return found


def _table(texts: Sequence[Sequence[str]]) -> list[tuple[Cell, ...]]:
    return [COLUMNS, *(tuple[Cell, ...](row) for row in texts)]


def _written(value: object) -> str:
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, date) else str(value)
    return " ".join(text.split())  # one decision, one line
