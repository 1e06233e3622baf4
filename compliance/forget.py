"""What can be removed because its time is over, and removing it.

Everything that was read from a ledger file is a copy; the ledger system keeps the originals. What
the law wants kept stays: the run log, the journal, the decisions and the closed months. The
journal names who got a letter, a decision who took it and perhaps the person it is about. Archive
rules are the municipality's own: nothing is removed by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from compliance import files
from compliance.invoices import invoice_paths
from compliance.ledger import read_ledgers
from compliance.workspace import Workspace

# UBL's own day of issue, whatever the prefix; the invoice is read as text, not as XML.
_ISSUED = re.compile(rb"<(?:\w+:)?IssueDate>\s*(\d{4}-\d{2}-\d{2})")
_MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True)
class Forgettable:
    """What is older than the day: deliveries, and all that was made from them.

    `delivered` are source files whose last posting is older; `made` is the database, the persons'
    real values, the cache and the reports of older months; `mixed` are deliveries that hold both
    older and newer rows, which only their owner can part.
    """

    delivered: tuple[Path, ...]
    made: tuple[Path, ...]
    mixed: tuple[Path, ...]


def forgettable(workspace: Workspace, before: date) -> Forgettable:
    """List what holds nothing but rows before the day. Removes nothing.

    Without an old delivery the database and the cache stay, and `made` is old reports only.
    Raises what reading the ledger raises: a file that cannot be read has no known age.
    """
    delivered, mixed = [], []
    for ledger in read_ledgers(workspace):
        path = workspace.root / ledger.path
        if ledger.last_date is not None and ledger.last_date < before:
            delivered.append(path)
        elif ledger.first_date is not None and ledger.first_date < before:
            mixed.append(path)
    invoices = invoice_paths(workspace)
    old = [path for path in invoices if (_issued(path) or before) < before]
    delivered += [path for path in old if path not in delivered]  # alone they are the ledger
    made = [path for path in _reports(workspace) if path.name < f"{before:%Y-%m}"]
    if delivered:
        copies = (workspace.database, workspace.persons, workspace.cache)
        made = [*(path for path in copies if path.exists()), *made]
    return Forgettable(tuple(delivered), tuple(made), tuple(mixed))


def forget(found: Forgettable) -> Sequence[Path]:
    """Remove what was listed, what was made first; return what is gone.

    A killed removal is finished by running it again: deliveries go last, and they are what tells
    the age of the rest.
    """
    gone = [*found.made, *found.delivered]
    for path in gone:
        files.remove(path)
    for folder in sorted({path.parent for path in gone}):
        files.flush_folder(folder)
    return gone


def _issued(path: Path) -> date | None:
    found = _ISSUED.search(path.read_bytes())
    try:
        return date.fromisoformat(found[1].decode()) if found else None
    except ValueError:
        return None


def _reports(workspace: Workspace) -> list[Path]:
    folder = workspace.output / "reports"
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _MONTH.fullmatch(path.name))
