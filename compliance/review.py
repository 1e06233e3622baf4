"""What did the reviewer decide, and about whom? The review queue as a workbook, there and back.

A row is known by its key and a digest of what it asked, never by where it stands: rows may be
sorted, filtered, removed and saved by another program. An answer carries the mark of its own
question. Whatever does not fit word for word is refused, cell by cell, and changes nothing; what
fits comes back as rows for decisions.csv. Writes no decision itself.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import cast

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from compliance.errors import ComplianceError, InputError, Place, counted
from compliance.match.decided import Days, remaining
from compliance.review_queue import Waiting, squeezed
from compliance.review_workbook import COLUMNS, NOBODY, export

__all__ = ["Reviewed", "export", "read"]

# What openpyxl raises for a zip, or XML in it, that is broken off or altered.
_DAMAGED = (
    *(OSError, InvalidFileException, zipfile.BadZipFile, zlib.error, EOFError),
    *(SyntaxError, LookupError, ValueError, TypeError, AttributeError),
)
_WHOM = re.compile(r", ([^,\[\]]+) \[[^\[\]]*\]$")  # the supplier's number in an answer
_NEEDED = ("decision", "note", "vendor", "org_number", "key", "digest")


@dataclass(frozen=True)
class Reviewed:
    """What a workbook says: rows for decisions.csv, what was refused, and what was known already.

    Each decision maps the columns of decisions.csv to values.
    """

    decisions: tuple[Mapping[str, object], ...]
    refusals: tuple[ComplianceError, ...]
    known: int = 0  # answers that decisions.csv holds already
    empty: int = 0  # rows without an answer

    def __str__(self) -> str:
        return (
            f"{counted(len(self.decisions), 'decision')} added, {self.known} known before, "
            f"{len(self.refusals)} refused, {counted(self.empty, 'row')} without an answer"
        )


@dataclass(frozen=True)
class _Answer:
    """A row with something in its decision or note, as text, and where that stands."""

    row: int
    cells: Mapping[str, str]
    place: Mapping[str, Place]
    names: Mapping[str, str]  # column name → cell, A12
    is_formula: bool

    def refused(self, column: str, what: str, *, why: str = "", fix: str) -> InputError:
        return InputError(
            f"cell {self.names[column]}: {what}", at=self.place[column], why=why, fix=fix
        )


@dataclass
class _Reading:
    queue: Mapping[str, Waiting]
    taken: Mapping[str, Sequence[Mapping[str, object]]]
    decided_on: date
    decided_by: str
    decisions: dict[str, Mapping[str, object]] = field(default_factory=dict)
    refusals: list[ComplianceError] = field(default_factory=list)
    known: int = 0
    empty: int = 0


def read(
    path: Path,
    queue: Sequence[Waiting],
    taken: Sequence[Mapping[str, object]],
    *,
    decided_on: date,
    decided_by: str,
) -> Reviewed:
    """Read a reviewed workbook against today's queue.

    `taken` are the rows of decisions.csv that hold (input_decisions): what another reviewer has
    said since is not said again, and not overruled either. Raises InputError when the file is no
    review workbook; a single cell that cannot be used is among the refusals.
    """
    sheet, columns = _sheet(path)
    by_vendor: dict[str, list[Mapping[str, object]]] = {}
    for decision in taken:
        if decision["subject"] == "vendor_match":
            by_vendor.setdefault(str(decision["key"]), []).append(decision)
    reading = _Reading({one.vendor_id: one for one in queue}, by_vendor, decided_on, decided_by)
    answers = list(_rows(sheet, columns, path.name))
    told: dict[str, list[_Answer]] = {}
    for answer in answers:
        if not answer.cells["decision"]:
            _without_answer(answer, reading)
            continue
        told.setdefault(answer.cells["key"], []).append(answer)
    for key, said in told.items():
        if len({answer.cells["decision"] for answer in said}) > 1:
            reading.refusals += [_ambiguous(answer, said) for answer in said]
            continue
        _judge(key, said[0], reading)
    reading.refusals.sort(key=lambda error: error.at.row or 0)
    return Reviewed(
        tuple(reading.decisions.values()), tuple(reading.refusals), reading.known, reading.empty
    )


def _without_answer(answer: _Answer, reading: _Reading) -> None:
    if answer.cells["note"]:
        reading.refusals.append(
            answer.refused(
                "note", "a note without a decision is not kept", fix="choose an answer beside it"
            )
        )
    else:
        reading.empty += 1


def _ambiguous(answer: _Answer, said: Sequence[_Answer]) -> InputError:
    rows = ", ".join(one.names["decision"] for one in said)
    return answer.refused(
        "decision",
        "one vendor has two different answers",
        why=f"they stand in {rows}",
        fix="keep the row that is meant, and remove the others",
    )


def _judge(key: str, answer: _Answer, reading: _Reading) -> None:
    one = reading.queue.get(key)
    if one is None and _is_said(answer.cells["decision"], reading.taken.get(key, ())):
        reading.known += 1
        return
    taken = reading.taken.get(key)
    if one is None and taken:
        reading.refusals.append(_decided(answer, taken[-1], reading))
        return
    refusal = _stale(key, answer, one)
    if refusal is not None or one is None:
        reading.refusals += [refusal] if refusal else []
        return
    said = answer.cells["decision"]
    fitting = one.answers(NOBODY["sv"]) | one.answers(NOBODY["en"])
    if answer.is_formula or said not in fitting:
        reading.refusals.append(
            answer.refused(
                "decision",
                f"`{said[:60]}` is none of this row's answers",
                why="it was typed, or slid here from another row",
                fix="choose an answer from the cell's list",
            )
        )
        return
    candidate = fitting[said]
    decision: dict[str, object] = {
        "decided_on": reading.decided_on,
        "decided_by": reading.decided_by,
        "subject": "vendor_match",
        "key": key,
        "decision": "accept" if candidate else "reject",
        "supplier_org_number": candidate.number if candidate else "",
        "note": answer.cells["note"],
    }
    _add(key, decision, answer, reading)


def _is_said(answer: str, taken: Sequence[Mapping[str, object]]) -> bool:
    """Tell whether a vendor that waits no longer was decided as this answer has it."""
    return any(
        f", {decision['supplier_org_number']} [" in answer
        if decision["decision"] == "accept"
        else not decision["supplier_org_number"] and answer.startswith(tuple(NOBODY.values()))
        for decision in taken
    )


def _add(key: str, decision: Mapping[str, object], answer: _Answer, reading: _Reading) -> None:
    """Take the answer for the days that nobody has decided: an ended decision answers no later day.

    Nothing is overruled here: what stands in decisions.csv keeps its days.
    """
    meant, is_said, days = str(decision["supplier_org_number"]), False, list[Days]()
    otherwise = None
    for taken in reading.taken.get(key, ()):
        whom = str(taken["supplier_org_number"] or "")
        if (taken["decision"], whom) == (decision["decision"], meant):
            is_said = True
        # That somebody else said "not that one" leaves every other supplier open.
        elif taken["decision"] == "reject" and whom and whom != meant:
            continue
        else:
            otherwise = taken
        days.append((cast("date | None", taken.get("valid_from")),
                     cast("date | None", taken.get("valid_to"))))  # fmt: skip
    left = remaining(None, None, days)
    if len(left) == 1:
        first, last = left[0]
        reading.decisions[key] = {**decision, "valid_from": first, "valid_to": last}
    elif not left and is_said:
        reading.known += 1
    elif left:
        stretches = " and ".join(f"{first or 'ever'} to {last or 'ever'}" for first, last in left)
        reading.refusals.append(
            answer.refused(
                "decision",
                "one answer would stand in several rows",
                why=f"decisions.csv leaves the days {stretches} open",
                fix="add a row for each to decisions.csv by hand",
            )
        )
    elif otherwise:
        reading.refusals.append(_decided(answer, otherwise, reading))


def _decided(answer: _Answer, held: Mapping[str, object], reading: _Reading) -> InputError:
    """Say who has decided otherwise, and the row of decisions.csv that would change it.

    The queue asks a decided vendor no more, so another export would not hold the row either.
    """
    row = f", row {held['decision_row']}" if held.get("decision_row") else ""
    note = f" ({held['note']})" if held.get("note") else ""
    whom = _WHOM.search(answer.cells["decision"])
    said = f"accept,{whom[1]}" if whom else "reject,"
    who = f'"{reading.decided_by}"' if "," in reading.decided_by else reading.decided_by
    new = f"{reading.decided_on},{who},vendor_match,{held['key']},{said},,,,"
    return answer.refused(
        "decision",
        "somebody has decided otherwise",
        why=f"decisions.csv{row}: {held['decision']} {held['supplier_org_number'] or 'nobody'} "
        f"by {held['decided_by']} on {held['decided_on']}{note}",
        fix=f"agree on one; to change it, add a later row to decisions.csv: {new}",
    )


def _stale(key: str, answer: _Answer, one: Waiting | None) -> InputError | None:
    """Say why this row is not about what waits today; None when it is."""
    again = "run `compliance review export` and decide in the new file"
    if not key:
        return answer.refused("key", "the row has no key", fix=again)
    if one is None:
        return answer.refused("key", f"`{key[:40]}` does not wait for a decision", fix=again)
    if answer.cells["digest"] != one.digest:
        return answer.refused(
            "digest",
            "the row asks something else than today's queue",
            why="the vendor's candidates have changed since the export, or cells have moved",
            fix=again,
        )
    if squeezed(answer.cells["vendor"]) != squeezed(one.vendor_name):
        return answer.refused(
            "vendor",
            f"`{answer.cells['vendor'][:60]}` is not the vendor of this row's key",
            fix="undo the change: sort whole rows, never a part of the columns",
        )
    # A spreadsheet that took the number for a number has lost its zeros; no digit is another's.
    shown = answer.cells["org_number"].removesuffix(".0")
    if shown.lstrip("0") != one.org_number.lstrip("0"):
        return answer.refused(
            "org_number",
            f"`{shown[:40]}` is not the number of this row's vendor",
            fix="undo the change: sort whole rows, never a part of the columns",
        )
    return None


def _sheet(path: Path) -> tuple[Worksheet, dict[str, int]]:
    """Return the sheet that holds the review, and its columns by name."""
    if not path.is_file():
        raise InputError(
            "there is no such file",
            at=Place(str(path)),
            fix="name the workbook that `compliance review export` wrote",
        )
    try:
        book = load_workbook(path)
    except _DAMAGED as error:
        raise InputError(
            "this cannot be read as a workbook",
            at=Place(path.name),
            why=f"{type(error).__name__}: {error}",
            fix="name the workbook that `compliance review export` wrote, saved as .xlsx",
        ) from None
    lacks, whole = "", list[tuple[Worksheet, dict[str, int]]]()
    for sheet in book.worksheets:
        found: dict[str, list[int]] = {}
        for number, cell in enumerate(sheet[1], 1):
            head = squeezed(str(cell.value or "")).casefold()
            for name, swedish, english, _ in COLUMNS:
                if head in (swedish.casefold(), english.casefold()):
                    found.setdefault(name, []).append(number)
        wrong = [name for name in _NEEDED if len(found.get(name, [])) != 1]
        if not wrong:
            whole.append((sheet, {name: numbers[0] for name, numbers in found.items()}))
        elif len(wrong) < len(_NEEDED):
            heads = [swedish for name, swedish, _, _ in COLUMNS if name in wrong]
            lacks = f"sheet `{sheet.title}` has no, or two, " + ", ".join(heads)
    if len(whole) == 1:
        return whole[0]
    if whole:
        titles = " and ".join(f"`{sheet.title}`" for sheet, _ in whole)
        raise InputError(
            f"the sheets {titles} are both a review",
            at=Place(path.name, 1),
            why="nothing tells which of them has the answers",
            fix="delete all of them but the one that was answered",
        )
    raise InputError(
        "this is no review workbook",
        at=Place(path.name, 1),
        why=lacks or "no sheet has the heads of one in its first row",
        fix="use the file that `compliance review export` wrote, with its first row as it was",
    )


def _rows(sheet: Worksheet, columns: Mapping[str, int], name: str) -> Iterator[_Answer]:
    heads = {column: str(sheet.cell(1, number).value) for column, number in columns.items()}
    for row in range(2, sheet.max_row + 1):
        found = {column: sheet.cell(row, number) for column, number in columns.items()}
        cells = {column: _text(cell) for column, cell in found.items()}
        if not any(cells[column] for column in (*_NEEDED, "amount") if column in cells):
            continue
        decision = found["decision"]
        yield _Answer(
            row=row,
            cells=cells,
            place={
                column: Place(f"{name}, sheet `{sheet.title}`", row, head)
                for column, head in heads.items()
            },
            names={column: cell.coordinate for column, cell in found.items()},
            is_formula=isinstance(decision, Cell) and decision.data_type == "f",
        )


def _text(cell: object) -> str:
    value = getattr(cell, "value", None)  # a merged cell's rest has none
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else squeezed(str(value))
