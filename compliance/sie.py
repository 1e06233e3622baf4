"""What does the general ledger say, by account and month? The control beside the supplier ledger.

Reads ledger/sie/ through the confined child. Knows no posting of the supplier ledger; the two are
compared in SQL.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl

from compliance.cache import Kept
from compliance.confined import Confined, confined
from compliance.errors import ComplianceError, InputError, Place, raise_all
from compliance.layout import FieldType
from compliance.ledger import RejectedRowError
from compliance.normalise import AMOUNT
from compliance.readers.sie import SieFile
from compliance.workspace import Workspace

SIE: dict[str, FieldType] = {
    "month": pl.Date, "account_code": pl.String, "account_name": pl.String, "amount_sek": AMOUNT,
    "path": pl.String,
}  # fmt: skip
# A voucher that is left out of the control, whole.
ASIDE: dict[str, FieldType] = {"path": pl.String, "file_row": pl.Int32, "reason": pl.String}
_VERSION = "2"


def read_sie(workspace: Workspace) -> pl.DataFrame:
    """Return SIE, one row a file, month and account, in that order; debit is positive.

    A voucher that does not balance is left out whole and told by `check_sie` and `set_aside`.
    Raises InputError or Problems with every file that is no SIE file, and with vouchers that two
    files hold.
    """
    frame, errors, _ = _read(workspace)
    raise_all(errors)
    return frame


def check_sie(workspace: Workspace) -> list[ComplianceError]:
    """Return every problem of every file, vouchers set aside among them."""
    _, errors, aside = _read(workspace)
    return [*errors, *aside]


def set_aside(workspace: Workspace) -> pl.DataFrame:
    """Return ASIDE, in the order of the files and their rows."""
    _, _, aside = _read(workspace)
    rows = [(error.at.file, error.at.row, error.what) for error in aside]
    return pl.DataFrame(rows, schema=ASIDE, orient="row")


def sie_paths(workspace: Workspace) -> list[Path]:
    """Return the SIE files of the workspace, sorted."""
    return workspace.in_ledger("sie")


def _read(
    workspace: Workspace,
) -> tuple[pl.DataFrame, list[ComplianceError], list[ComplianceError]]:
    rows: list[tuple[object, ...]] = []
    errors: list[ComplianceError] = []
    aside: list[ComplianceError] = []
    seen: dict[tuple[str, ...], str] = {}
    paths = sie_paths(workspace)
    if not paths:
        return pl.DataFrame(schema=SIE), errors, aside
    kept = Kept(workspace.cache, "sie", _VERSION)
    with confined() as room:
        for path in paths:
            name = workspace.relative(path)
            try:
                found = SieFile.from_plain(kept.get(path, partial(_parsed, room, path, name)))
            except ComplianceError as error:
                errors.append(error)
                continue
            errors += _doubled(found, name, seen)
            aside += _aside(found, name)
            rows += [
                (month, account, found.accounts.get(account) or None, amount, name)
                for (month, account), amount in sorted(found.months.items())
            ]
    kept.write()
    return pl.DataFrame(rows, schema=SIE, orient="row"), errors, aside


def _parsed(room: Confined, path: Path, name: str) -> object:
    found = room.call("compliance.readers.sie:read_sie_file", path, name)
    assert isinstance(found, SieFile)
    return found.as_plain()


def _doubled(found: SieFile, name: str, seen: dict[tuple[str, ...], str]) -> list[ComplianceError]:
    # Balances have no vouchers to be told apart by: a month is theirs alone. Files of vouchers may
    # share one, and hold it against balances that come after them.
    own, alone = ("month", ("balance",)) if found.kind == "4" else ("balance", ("balance", "month"))
    months = {str(month) for month, _ in found.months}
    keys = {("bytes", found.sha256), *found.vouchers}
    met = {*keys, *((kind, month) for kind in alone for month in months)}
    shared = sorted(key for key in met if key in seen)
    for key in (*keys, *((own, month) for month in months)):
        seen.setdefault(key, name)
    if not shared:
        return []
    return [
        InputError(
            f"vouchers or months that are also in {seen[shared[0]]}: {len(shared)}",
            at=Place(name),
            why="the general ledger would be counted twice",
            fix="take one of the two files out of the folder",
        )
    ]


def _aside(found: SieFile, name: str) -> list[ComplianceError]:
    return [
        RejectedRowError(
            voucher.reason,
            at=Place(name, voucher.row),
            why="the voucher is left out of the control, whole",
            fix="export the SIE file anew, or correct the voucher",
        )
        for voucher in found.aside
    ]
