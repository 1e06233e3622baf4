"""What can be removed because its time is over, and removing it.

Everything that was read from a ledger file is a copy; the ledger system keeps the originals. What
the law wants kept stays: the run log, the journal, the decisions and the closed months. The
journal names who got a letter, a decision who took it and perhaps the person it is about. Archive
rules are the municipality's own: nothing is removed by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from compliance import files
from compliance.errors import counted
from compliance.invoices import invoice_paths
from compliance.ledger import read_ledgers
from compliance.workspace import Workspace

# UBL's own day of issue, whatever the prefix; the invoice is read as text, not as XML.
_ISSUED = re.compile(rb"<(?:\w+:)?IssueDate>\s*(\d{4}-\d{2}-\d{2})")
_MONTH = re.compile(r"\d{4}-\d{2}")

Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]

# Still open on the data's last day, as contract_calendar counts days.
_OPEN_STILL = """
select
    count(distinct (coverage.contract_id, coverage.lot)) as contracts,
    sum(coverage.amount_sek) as amount_sek
from coverage
inner join ledger_lines on coverage.line_id = ledger_lines.line_id
inner join source_files on ledger_lines.file_id = source_files.file_id
inner join contracts
    on coverage.contract_id = contracts.contract_id
    and coverage.lot is not distinct from contracts.lot
where
    list_contains($paths, source_files.path)
    and coverage.called_off_before_sek is not null
    and contracts.last_day >= (select max(purchase_date) from ledger_lines)
"""


@dataclass(frozen=True)
class Forgettable:
    """What is older than the day: deliveries, and all that was made from them.

    `delivered` are source files whose last posting is older, and those they stand instead of;
    `made` is the database, the persons' real values, the cache and the reports of older months;
    `mixed` are deliveries that hold both older and newer rows, which only their owner can part.
    """

    delivered: tuple[Path, ...]
    made: tuple[Path, ...]
    mixed: tuple[Path, ...]
    part_years: tuple[int, ...] = ()  # of which some postings go and some stay


def forgettable(workspace: Workspace, before: date) -> Forgettable:
    """List what holds nothing but rows before the day. Removes nothing.

    Without an old delivery the database and the cache stay, and `made` is old reports only.
    Raises what reading the ledger raises: a file that cannot be read has no known age.
    """
    delivered, mixed = [], []
    going, staying = set[int](), set[int]()
    for ledger in read_ledgers(workspace):
        path = workspace.root / ledger.path
        is_old = ledger.last_date is not None and ledger.last_date < before
        (going if is_old else staying).update(_years(ledger.first_date, ledger.last_date))
        if is_old:
            delivered += [path, *_replaced(workspace, ledger.path)]
        elif ledger.first_date is not None and ledger.first_date < before:
            mixed.append(path)
    invoices = invoice_paths(workspace)
    old = [path for path in invoices if (_issued(path) or before) < before]
    delivered += [path for path in old if path not in delivered]  # alone they are the ledger
    made = [path for path in _reports(workspace) if path.name < f"{before:%Y-%m}"]
    if delivered:
        spark = workspace.output / "spark"  # the same tables, see spark_pipeline.py
        copies = (workspace.database, workspace.persons, workspace.cache, spark)
        made = [*(path for path in copies if path.exists()), *made]
    part = tuple(sorted(going & staying))
    return Forgettable(tuple(delivered), tuple(made), tuple(mixed), part)


def losses(ask: Ask, workspace: Workspace, found: Forgettable) -> list[str]:
    """Say what the figures of the newer postings lose with what goes.

    A call-off that is forgotten leaves its room under the ceiling to those that stay, and purchases
    over the ceiling become covered: the figure gets better, and nobody has bought otherwise.
    """
    paths = [workspace.relative(path) for path in found.delivered]
    open_still = ask(_OPEN_STILL, {"paths": paths})[0]
    told = []
    if open_still["contracts"]:
        one = open_still["contracts"] == 1
        told.append(
            f"note: {counted(open_still['contracts'], 'contract')} with a ceiling "
            f"{'is' if one else 'are'} still open, and {open_still['amount_sek']:,.2f} SEK called "
            f"off under {'it' if one else 'them'} goes: later call-offs get that room, and the "
            "figure looks better than it is; an earlier --before keeps them"
        )
    return told


def part_years(found: Forgettable) -> list[str]:
    """Say of which years only a part is left."""
    return [
        f"note: of {year} only a part is left: figures of that year, and of twelve months that "
        "reach into it, are of that part"
        for year in found.part_years
    ]


def _years(first: date | None, last: date | None) -> range:
    return range(first.year, last.year + 1) if first and last else range(0)


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


def _replaced(workspace: Workspace, stands: str) -> list[Path]:
    """Return the files that this one stands instead of: they hold what it holds, and count for it.

    Left behind they would come back into the figure once their successor is gone.
    """
    found, asked = dict[str, None](), [stands]
    while asked:
        name = asked.pop()
        older = [one.replaces for one in workspace.settings.replaces if one.file == name]
        asked += [one for one in older if one not in found and one != stands]
        found.update(dict.fromkeys(older))
    paths = [workspace.root / name for name in sorted(found) if name != stands]
    return [path for path in paths if path.is_file()]


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
