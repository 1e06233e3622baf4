"""What do the register's rows say together? One contract (lot) in one spelling, and in one voice.

A contract's number and lot are compared without regard to case, as references and decisions name
them; the first spelling stands in all tables. Rows of one contract (lot) must agree on its dates,
kind and ceiling, in whatever order they stand: which of two holds is nobody's guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from compliance.errors import ComplianceError, InputError, Place
from compliance.register_rows import PartyRow, RegisterFile, Remark
from compliance.register_scopes import distinct

Key = tuple[str, str]  # contract_id, lot
_DECIDING = (
    "kind",
    "valid_from",
    "valid_to",
    "extended_to",
    "max_end",
    "notice_date",
    "ceiling_sek",
)
_TELLING = ("title", "replaces", "reference", "owner")


def in_one_spelling(files: Sequence[RegisterFile]) -> tuple[list[PartyRow], list[Remark]]:
    """Return the rows and remarks of all files, each contract and lot as it is first written."""
    ids: dict[str, str] = {}
    lots: dict[Key, PartyRow] = {}
    rows: list[PartyRow] = []
    remarks: list[Remark] = []
    for written in (row for file in files for row in file.rows):
        first_id = ids.setdefault(written.contract_id.casefold(), written.contract_id)
        first = lots.setdefault(_folded(written), written)
        row = replace(written, contract_id=first_id, lot=first.lot)
        rows.append(row)
        if _key(written) != _key(first):
            message = f"written otherwise than on {row_of(first, row)}; it is one contract"
            remark(remarks, row, "rows_differ", message, "info")
    # What is followed may stand below what follows it.
    rows = [replace(row, replaces=ids.get(row.replaces.casefold(), row.replaces)) for row in rows]
    for told in (remark for file in files for remark in file.remarks):
        first_id = ids.get(told.contract_id.casefold(), told.contract_id)
        known = lots.get(_folded(told))
        remarks.append(replace(told, contract_id=first_id, lot=known.lot if known else told.lot))
    return rows, remarks


def _key(row: PartyRow) -> Key:
    return row.contract_id, row.lot


def _folded(row: PartyRow | Remark) -> Key:
    return row.contract_id.casefold(), row.lot.casefold()


def by_lot(rows: Iterable[PartyRow]) -> dict[Key, list[PartyRow]]:
    """Return the rows of each contract lot, in its order."""
    lots: dict[Key, list[PartyRow]] = {}
    for row in rows:
        lots.setdefault((row.contract_id, row.lot), []).append(row)
    return dict(sorted(lots.items()))


def disagreements(rows: Sequence[PartyRow]) -> list[ComplianceError]:
    """Rows of one contract (lot) that decide differently when and for how much it holds.

    A row that leaves a cell empty says nothing of it: those that say something are compared.
    """
    errors: list[ComplianceError] = []
    for name in _DECIDING:
        saying = [row for row in rows if getattr(row, name) is not None]
        for row in saying[1:]:
            first, here, there = saying[0], getattr(row, name), getattr(saying[0], name)
            if here != there:
                errors.append(
                    InputError(
                        f"contract {_named(row)} has {name} {here} here and {there} on row "
                        f"{first.row} of {first.path}",
                        at=Place(row.path, row.row),
                        why="which of the two holds would be a guess",
                        fix="make them equal, or give the parties that differ a lot of their own",
                    )
                )
    return errors


def _named(row: PartyRow) -> str:
    return f"{row.contract_id}, lot {row.lot}" if row.lot else row.contract_id


def merged_row(rows: Sequence[PartyRow], remarks: list[Remark]) -> PartyRow:
    """The lot's own row: the first, with what only a later one says; units of all together."""
    merged = rows[0]
    said_by = dict.fromkeys(_TELLING, merged)
    for row in rows[1:]:
        for name in (*_DECIDING, *_TELLING):
            if getattr(merged, name) in {None, ""}:
                merged = replace(merged, **{name: getattr(row, name)})
                said_by[name] = row
            elif name in _TELLING and getattr(row, name) not in {"", getattr(merged, name)}:
                message = f"{name} differs from {row_of(said_by[name], row)}"
                remark(remarks, row, "rows_differ", message, "info")
        if set(map(str.casefold, row.units)) != set(map(str.casefold, merged.units)):
            remark(
                remarks,
                row,
                "rows_differ",
                f"units differ from {row_of(rows[0], row)}; all of them count",
                "warning",
            )
            # No units means all units: with one such row nobody is shut out.
            both = row.units and merged.units
            merged = replace(merged, units=distinct([*merged.units, *row.units]) if both else ())
    return replace(merged, kind=merged.kind or "contract")


def row_of(other: PartyRow, row: PartyRow) -> str:
    """Name another row in a message on this one: with its file, where that is another."""
    return f"row {other.row}" if other.path == row.path else f"row {other.row} of {other.path}"


def remark(remarks: list[Remark], row: PartyRow, check: str, message: str, severity: str) -> None:
    """Add a remark on one row."""
    remarks.append(Remark(row.path, row.row, row.contract_id, row.lot, check, message, severity))
