"""Who may sell what to whom, until when? The contract register, from all its files.

`read_register` gives the frames that the build loads as input_*: suppliers, contracts (one row a
lot), parties, scopes, units, and what is odd (hygiene), each row with file and row number. Rows of
one contract (lot) must agree on its dates, kind and ceiling: which of two holds is nobody's guess.
Knows nothing of the ledger or of what was bought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from compliance.confined import confined
from compliance.errors import ComplianceError, InputError, Place, Problems, raise_all
from compliance.listing import files_below
from compliance.person_key import key_of
from compliance.person_rules import PersonRules, read_person_rules
from compliance.register_hygiene import contract_remarks
from compliance.register_lots import (
    Key,
    by_lot,
    disagreements,
    in_one_spelling,
    merged_row,
    remark,
    row_of,
)
from compliance.register_profiles import read_register_profiles
from compliance.register_rows import PartyRow, RegisterFile, Remark, read_register_file
from compliance.register_scopes import ScopeEntry, ScopeReader
from compliance.register_suppliers import Suppliers
from compliance.rule_entries import MONEY, Rules
from compliance.sheets import SUFFIXES
from compliance.shipped import shipped
from compliance.workspace import Workspace

Schema = Mapping[str, type[pl.DataType] | pl.DataType]


@dataclass(frozen=True)
class Register:
    """The register as frames; names, order and types are those of the build's input_ tables."""

    suppliers: pl.DataFrame
    contracts: pl.DataFrame
    contract_parties: pl.DataFrame
    contract_scopes: pl.DataFrame
    contract_units: pl.DataFrame
    hygiene: pl.DataFrame
    files: tuple[str, ...]
    dated_suppliers: frozenset[str] = frozenset()

    def tables(self) -> dict[str, pl.DataFrame]:
        return {
            "input_suppliers": self.suppliers,
            "input_contracts": self.contracts,
            "input_contract_parties": self.contract_parties,
            "input_contract_scopes": self.contract_scopes,
            "input_contract_units": self.contract_units,
            "input_register_hygiene": self.hygiene,
        }


_DAY = pl.Date
_SUPPLIERS: Schema = {
    "supplier_id": pl.String,
    "supplier_name": pl.String,
    "org_number": pl.String,
    "is_person": pl.Boolean,
}
_CONTRACTS: Schema = {
    "contract_id": pl.String,
    "lot": pl.String,
    "title": pl.String,
    "kind": pl.String,
    "valid_from": _DAY,
    "valid_to": _DAY,
    "extended_to": _DAY,
    "max_end": _DAY,
    "notice_date": _DAY,
    "last_day": _DAY,
    "ceiling_sek": MONEY,
    "reference": pl.String,
    "owner": pl.String,
    "replaces": pl.String,
    "register_path": pl.String,
    "register_row": pl.Int32,
}
_KEY: Schema = {"contract_id": pl.String, "lot": pl.String}
_PARTIES: Schema = {**_KEY, "supplier_id": pl.String, "rank": pl.Int32}
_SCOPES: Schema = {**_KEY, "scheme": pl.String, "prefix": pl.String}
_UNITS: Schema = {**_KEY, "unit": pl.String}
_HYGIENE: Schema = {
    **_KEY,
    "row": pl.Int32,
    "check": pl.String,
    "message": pl.String,
    "severity": pl.String,
    "path": pl.String,
}


def read_register(workspace: Workspace, rules: Rules, key: bytes | None = None) -> Register:
    """Read every file of the register, in the order of their names.

    `key` is the secret behind pseudonyms; it is read from the workspace when a supplier is a
    person. Raises InputError, or Problems with every one in every file; RuleError for a profile.
    """
    files = _files(workspace)
    found = _read(workspace, files)
    errors: list[ComplianceError] = [error for file in found for error in file.errors]
    rows, remarks = in_one_spelling(found)
    lots = by_lot(rows)
    errors += [error for held in lots.values() for error in disagreements(held)]
    raise_all(errors)

    def secret() -> bytes:
        if key:
            return key
        file = workspace.rules / "persons.toml"  # that it is missing, others say
        listed = read_person_rules(file) if file.exists() else PersonRules()
        return key_of(workspace.persons_key, listed)

    suppliers = Suppliers(rows, secret)
    scopes = _scopes(lots, ScopeReader(rules), remarks)
    merged = {lot: merged_row(held, remarks) for lot, held in lots.items()}
    remarks += suppliers.remarks
    remarks += contract_remarks(merged, lots, scopes, suppliers.id_of, rules)
    return Register(
        suppliers=_frame(_SUPPLIERS, suppliers.rows()),
        contracts=_frame(_CONTRACTS, (_contract(row) for row in merged.values())),
        contract_parties=_frame(_PARTIES, _parties(lots, suppliers, remarks)),
        contract_scopes=_frame(
            _SCOPES, ((*lot, s.scheme, s.prefix) for lot, held in scopes.items() for s in held)
        ),
        contract_units=_frame(
            _UNITS, ((*lot, unit) for lot, row in merged.items() for unit in _units(row))
        ),
        hygiene=_frame(
            _HYGIENE,
            sorted(
                {
                    (r.contract_id, r.lot, r.row, r.check, r.message, r.severity, r.path)
                    for r in remarks
                },
                key=lambda row: (row[6], row[2] or 0, row[3], row[4]),
            ),
        ),
        files=tuple(file.path for file in found),
        dated_suppliers=suppliers.dated,
    )


def register_check(
    workspace: Workspace, rules: Rules
) -> tuple[list[ComplianceError], list[dict[str, Any]]]:
    """Return everything wrong with the register and, when it can be read, what is odd about it.

    The second are rows of the hygiene frame. For `compliance check`: raises nothing of ours.
    """
    try:
        return [], read_register(workspace, rules).hygiene.to_dicts()
    except Problems as problems:
        return list(problems.errors), []
    except ComplianceError as error:
        return [error], []


def _frame(schema: Schema, rows: Iterable[Sequence[object]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema, orient="row", strict=True)


# ── files ─────────────────────────────────────────────────────────────────────────────────────────


def _files(workspace: Workspace) -> list[Path]:
    folder = workspace.contracts
    shown = _shown(workspace, folder)
    if not folder.is_dir():
        raise InputError(
            "there is no folder for the contract register",
            at=Place(shown),
            why="without contracts every purchase would be without one",
            fix="make the folder and put the register in it, as xlsx or csv",
        )
    files = [
        path
        for path in files_below(workspace, folder)
        if not path.name.startswith((".", "~$", "README"))
    ]
    if not files:
        raise InputError(
            "the folder for the contract register is empty",
            at=Place(shown),
            why="without contracts every purchase would be without one",
            fix="put the register in it, as xlsx or csv",
        )
    raise_all(
        [
            InputError(
                "a contract register is xlsx, xls or csv",
                at=Place(_shown(workspace, path)),
                why="a contract that is silently left out makes its purchases uncovered",
                fix="export it again as one of these, or move the file out of the folder",
            )
            for path in files
            if path.suffix.lower() not in SUFFIXES
        ]
    )
    return files


def _shown(workspace: Workspace, path: Path) -> str:
    return (
        path.relative_to(workspace.root).as_posix()
        if path.is_relative_to(workspace.root)
        else path.name
    )


def _read(workspace: Workspace, files: Iterable[Path]) -> list[RegisterFile]:
    folder = workspace.rules / "registers"
    profiles = read_register_profiles(folder if folder.is_dir() else shipped("rules") / "registers")
    with confined() as room:
        return [read_register_file(path, _shown(workspace, path), profiles, room) for path in files]


# ── tables ────────────────────────────────────────────────────────────────────────────────────────


def _contract(row: PartyRow) -> tuple[object, ...]:
    return (
        row.contract_id,
        row.lot,
        row.title or None,
        row.kind,
        row.valid_from,
        row.valid_to,
        row.extended_to,
        row.max_end,
        row.notice_date,
        row.last_day,
        row.ceiling_sek,
        row.reference or None,
        row.owner or None,
        row.replaces or None,
        row.path,
        row.row,
    )


def _units(row: PartyRow) -> tuple[str, ...]:
    if any(unit.casefold() in {"alla", "all", "samtliga"} for unit in row.units):
        return ()
    return row.units


def _scopes(
    lots: dict[Key, list[PartyRow]], reader: ScopeReader, remarks: list[Remark]
) -> dict[Key, tuple[ScopeEntry, ...]]:
    found = {}
    for lot, rows in lots.items():
        entries: dict[ScopeEntry, None] = {}
        for row in rows:
            for written in row.scope:
                entry = reader.read(written)
                if isinstance(entry, ScopeEntry):
                    entries[entry] = None
                else:
                    remark(remarks, row, "unknown_scope", entry, "error")
        found[lot] = tuple(entries)
    return found


def _parties(
    lots: dict[Key, list[PartyRow]], suppliers: Suppliers, remarks: list[Remark]
) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for lot, rows in lots.items():
        seen: dict[str, PartyRow] = {}
        for row in rows:
            supplier = suppliers.id_of(row)
            if supplier not in seen:
                seen[supplier] = row
                found.append((*lot, supplier, row.rank))
            else:
                message = f"the same party as on {row_of(seen[supplier], row)}"
                remark(remarks, row, "duplicate_row", message, "warning")
    return found
