"""What do the ledger files hold, and does each count once?

The way from the workspace's ledger folder to typed Parquet, file by file; problems are collected,
so that one run shows them all. Knows no SQL and no vendor.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from compliance import masking
from compliance.cache import Cache, Entry
from compliance.confined import Confined, confined
from compliance.deliveries import doubled, left_out
from compliance.errors import (
    ComplianceError,
    InputError,
    Place,
    Problems,
    raise_all,
)
from compliance.extract import LEDGER_SUFFIXES
from compliance.invoices import invoice_paths
from compliance.landing import BREAKS_OFF
from compliance.ledger_files import standing_paths
from compliance.line_ids import meeting
from compliance.person_rules import PersonRules
from compliance.profile_files import read_profiles
from compliance.profiles import Profile
from compliance.workspace import Workspace

_CHECK_ROWS = 50  # rejected rows that `check` shows for one file, column and kind of reason


class RejectedRowError(InputError):
    """A row that is not loaded, as `check` lists it; it stops no build."""


@dataclass(frozen=True)
class LedgerFile:
    """One delivered file, loaded. Kronor ex VAT, purchases positive."""

    file_id: str
    path: str
    sha256: str
    source: str
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    loaded_sek: Decimal
    rejected_sek: Decimal
    first_date: date | None
    last_date: date | None
    postings: Path
    rejected: Path
    notes: tuple[str, ...]
    row_bits: int  # of its line_ids
    replaced_paths: str | None = None  # the paths of the files that it stands instead of
    left_out_rows: int = 0  # of these, what no standing file of the source has
    left_out_sek: Decimal = Decimal(0)


def read_ledgers(workspace: Workspace) -> tuple[LedgerFile, ...]:
    """Load every ledger file of the workspace, sorted by path; from the cache where it can be.

    Raises Problems (or the one error) with everything that is wrong in any file, and with the
    deliveries that would count a posting twice.
    """
    files, errors = _load(workspace)
    errors += [*doubled(files, _written(workspace)), *meeting(files)]
    if not files and not errors:
        errors.append(_nothing(workspace))
    raise_all(errors)
    return files


def _written(workspace: Workspace) -> Callable[[str], float]:
    return lambda path: (workspace.root / path).stat().st_mtime


def check_ledgers(
    workspace: Workspace, person_rules: PersonRules
) -> tuple[tuple[LedgerFile, ...], list[ComplianceError]]:
    """Return what a build would load, if anything, and every problem of every ledger file.

    Rejected rows are among the problems, as `RejectedRowError`. A row's reason quotes a cell: not
    one that reads as a person's name or number.
    """
    try:
        files, errors = _load(workspace)
    except Problems as problems:
        return (), list(problems.errors)
    except ComplianceError as error:
        return (), [error]
    errors += [*doubled(files, _written(workspace)), *meeting(files)]
    if not files and not errors:
        errors.append(_nothing(workspace))
    rejected = [row for file in files for row in rejected_rows(file, person_rules)]
    return () if errors else files, [*errors, *rejected]


def rejected_rows(file: LedgerFile, person_rules: PersonRules) -> Iterator[RejectedRowError]:
    """Give the rows of a file that are not loaded, as errors; of many alike only the first."""
    shown: dict[tuple[str, str], int] = {}
    told, rejected = [], pl.read_parquet(file.rejected, glob=False)
    for at, row in enumerate(rejected.select("column", "reason").iter_rows(named=True)):
        kind = (row["column"] or "", re.sub("`[^`]*`", "", row["reason"]))
        shown[kind] = shown.get(kind, 0) + 1
        if shown[kind] <= _CHECK_ROWS:
            told.append(at)
    first = rejected[told]
    masked = masking.mask_rows(first.select("raw", "reason"), person_rules)["reason"]
    for row, reason in zip(first.iter_rows(named=True), masked, strict=True):
        yield RejectedRowError(
            reason,
            at=Place(file.path, row["file_row"], row["column"]),
            why=f"the row is not loaded; {_kronor(row['amount_sek'])}",
            fix="export the file again: rows behind it may be missing"
            if reason.startswith(BREAKS_OFF)
            else "correct it in the ledger system and export again",
        )
    for (column, reason), count in shown.items():
        if count > _CHECK_ROWS:
            yield RejectedRowError(
                f"{count - _CHECK_ROWS} more {'row' if count == _CHECK_ROWS + 1 else 'rows'}: "
                f"{reason.strip()}",
                at=Place(file.path, column=column or None),
                why="the rows are not loaded, for the reason of those above",
                fix="see the table rejected_rows after a build",
            )


def _kronor(amount: Decimal | None) -> str:
    return "its kronor are not known" if amount is None else f"{amount} kronor are in no figure"


def _load(workspace: Workspace) -> tuple[tuple[LedgerFile, ...], list[ComplianceError]]:
    profiles = read_profiles(workspace.rules / "sources")
    cache = Cache(workspace.cache)
    files: list[LedgerFile] = []
    used: list[Entry] = []
    paths, errors = standing_paths(workspace)
    invoices = frozenset(invoice_paths(workspace))
    sums: dict[str, str] = {}
    with confined() as room:
        for path in paths:
            name = workspace.relative(path)
            try:
                entry = _entry(cache, path, name, profiles, room, invoices)
            except ComplianceError as error:
                errors.append(error)
                continue
            used.append(entry)
            file = _file(name, entry)
            if file.sha256 in sums:
                errors.append(_same_bytes(name, sums[file.sha256]))
            else:
                sums[file.sha256] = name
                files.append(file)
        files = _with_left_out(
            workspace,
            files,
            used,
            lambda path: _entry(cache, path, workspace.relative(path), profiles, room, invoices),
        )
    if not errors:
        cache.keep(used)
    return tuple(files), errors


def _with_left_out(
    workspace: Workspace,
    files: Sequence[LedgerFile],
    used: list[Entry],
    read: Callable[[Path], Entry],
) -> list[LedgerFile]:
    """Say of each file that replaces others what they held that is in no file now.

    A replaced file that cannot be read may have been replaced for that: nothing is said of it.
    """
    instead = {entry.replaces: entry.file for entry in workspace.settings.replaces}
    found = {file.path: file for file in files}
    for name in sorted(instead):
        path, stands = workspace.root / name, instead[name]
        for _ in instead:  # from one to the next; of a circle none stands
            stands = stands if stands in found else instead.get(stands, stands)
        if stands not in found or not path.is_file():
            continue
        with contextlib.suppress(ComplianceError):
            entry = read(path)
            used.append(entry)
            lost = left_out(_file(name, entry), files)
            file = found[stands]
            found[stands] = replace(
                file,
                replaced_paths=f"{file.replaced_paths}, {name}" if file.replaced_paths else name,
                left_out_rows=file.left_out_rows + lost.rows,
                left_out_sek=file.left_out_sek + lost.amount_sek,
            )
    return list(found.values())


def _entry(
    cache: Cache,
    path: Path,
    name: str,
    profiles: Sequence[Profile],
    room: Confined,
    invoices: Container[Path],
) -> Entry:
    is_invoice = path.suffix.lower() == ".xml" and path in invoices
    if path.suffix.lower() not in LEDGER_SUFFIXES and not is_invoice:
        raise InputError(
            f"a {path.suffix or 'nameless'} file is no ledger format",
            at=Place(name),
            why="what lies in the folder and is not read would be missing from the figure",
            fix="deliver .csv, .txt, .xlsx, .xls or .json; put invoices in ledger/peppol and SIE "
            "files in ledger/sie; take other files out of the folder",
        )
    if not path.is_file():
        raise InputError(
            "this is no file, or a link to one that is gone",
            at=Place(name),
            why="its postings would be missing from the figure",
            fix="take it out of the folder",
        )
    try:
        return cache.entry(path, name, profiles, room)
    except PermissionError as error:
        raise InputError(
            f"{error.filename or name} may not be read or written",
            at=Place(name),
            why="its postings would be missing from the figure",
            fix="give this user the right to read the ledger and write the output folder",
        ) from None


def _file(name: str, entry: Entry) -> LedgerFile:
    facts = entry.facts
    day = {key: facts[key] for key in ("first_date", "last_date")}
    return LedgerFile(
        file_id=str(facts["file_id"]),
        path=name,
        sha256=str(facts["sha256"]),
        source=str(facts["source"]),
        rows_read=int(str(facts["rows_read"])),
        rows_loaded=int(str(facts["rows_loaded"])),
        rows_rejected=int(str(facts["rows_rejected"])),
        loaded_sek=Decimal(str(facts["loaded_sek"])),
        rejected_sek=Decimal(str(facts["rejected_sek"])),
        first_date=date.fromisoformat(str(day["first_date"])) if day["first_date"] else None,
        last_date=date.fromisoformat(str(day["last_date"])) if day["last_date"] else None,
        postings=entry.postings,
        rejected=entry.rejected,
        notes=tuple(facts["notes"]) if isinstance(facts["notes"], list) else (),
        row_bits=int(str(facts["row_bits"])),
    )


def _same_bytes(*names: str) -> InputError:
    # A copy is named after its original: `2026-03 (kopia).csv`, `2026-03_1.csv`.
    other, copy = sorted(names, key=lambda name: (len(name), name))
    return InputError(
        f"the same bytes are delivered as {other}",
        at=Place(copy),
        why="its postings would count twice",
        fix=f"take {copy} out of the folder",
    )


def _nothing(workspace: Workspace) -> InputError:
    return InputError(
        "there is no ledger file",
        at=Place(workspace.relative(workspace.ledger)),
        why="the figure is made from the postings of the supplier ledger",
        fix="put the exports of the ledger system (csv, xlsx, json) into this folder",
    )
