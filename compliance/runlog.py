"""Which runs were made, on what, with what result? One chained line a run in history/.

Each entry also remembers how long decisions.csv was and the digests of its bytes and of its
decisions, so that one changed or removed afterwards is found; one that was added since is no
alteration, nor is a file that a spreadsheet program saved in its own manner. Holds digests,
versions and counts, and nothing about persons.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from compliance.chain import Log
from compliance.decisions import COLUMNS, decisions_of
from compliance.errors import ComplianceError, InputError, Place, counted
from compliance.journal import DELIVERIES
from compliance.sheets import DELIMITERS, Sheet, text_sheet
from compliance.workspace import Workspace

RUNS = "runs.jsonl"


def append(
    workspace: Workspace, entry: Mapping[str, object], *, at: datetime | None = None
) -> None:
    """Add one run: what it did, on which digests, with which version and exit code.

    `at` is when it ended, by default now. Raises InputError when the log was altered.
    """
    moment = (at or datetime.now(UTC)).isoformat(timespec="seconds")
    _log(workspace).append({"at": moment, **entry, "decisions": _decisions(workspace.decisions)})


def entries(workspace: Workspace) -> tuple[dict[str, object], ...]:
    """Return every run, first first. Raises InputError when the log was altered."""
    return _log(workspace).entries()


def verify(workspace: Workspace) -> tuple[ComplianceError, ...]:
    """Say what was altered: the run log, the delivery journal, or decisions made before a run.

    Empty means that all three hold together.
    """
    problems = list(_log(workspace).problems())
    problems += Log(workspace.history / DELIVERIES).problems()
    if not problems:
        problems += _altered_decisions(workspace)
    return tuple(problems)


def _log(workspace: Workspace) -> Log:
    return Log(workspace.history / RUNS)


def _decisions(file: Path) -> dict[str, object]:
    content = file.read_bytes() if file.is_file() else b""
    told: dict[str, object] = {"bytes": len(content), "sha256": _sha256(content)}
    held = _read(file.name, content)
    if held is not None:
        told |= {"rows": len(held), "rows_sha256": _rows_digest(held)}
    return told


def _altered_decisions(workspace: Workspace) -> list[ComplianceError]:
    file = workspace.decisions
    content = file.read_bytes() if file.is_file() else b""
    resaved: _Resaved | None = None
    for entry in _log(workspace).entries():
        known = entry.get("decisions")
        if not isinstance(known, dict):
            continue
        length = int(known["bytes"])
        if _sha256(content[:length]) == known["sha256"]:
            continue
        resaved = resaved or _Resaved.of(file.name, content)
        if resaved.holds(known):
            continue
        told = f"its first {length} bytes"
        if "rows" in known:
            told = f"its first {counted(int(known['rows']), 'decision')}"
        return [
            InputError(
                "decisions were changed or removed after they were used",
                at=Place(file.name),
                why=f"{told} are not those of the run at {entry['at']}",
                fix="restore the file from a backup; a decision is changed by a new line below",
            )
        ]
    return []


@dataclass(frozen=True)
class _Resaved:
    """The file as another program wrote it: other bytes, and perhaps the same decisions.

    Entries of older versions know bytes alone: theirs are looked for among the ways in which the
    rows that stand there now may have been written.
    """

    rows: tuple[str, ...] | None  # None where they cannot be read
    manners: tuple[bytes, ...]

    @classmethod
    def of(cls, shown: str, content: bytes) -> _Resaved:
        rows = _read(shown, content)
        return cls(rows, () if rows is None else tuple(_written(text_sheet(content, shown))))

    def holds(self, known: Mapping[str, object]) -> bool:
        """Whether what an entry remembers still stands at the beginning."""
        if self.rows is None:
            return False
        if "rows" in known:
            return _rows_digest(self.rows[: int(str(known["rows"]))]) == known["rows_sha256"]
        length = int(str(known["bytes"]))
        return any(_sha256(written[:length]) == known["sha256"] for written in self.manners)


def _read(shown: str, content: bytes) -> tuple[str, ...] | None:
    """Return the decisions, one text each, without their rows; None when one cannot be read."""
    if not content.strip():
        return ()
    errors: list[ComplianceError] = []
    try:
        found = decisions_of([text_sheet(content, shown)], errors)
    except InputError:
        return None
    if errors:
        return None
    return tuple(
        json.dumps([str(getattr(decision, name) or "") for name in COLUMNS], ensure_ascii=False)
        for decision in found
    )


def _rows_digest(rows: Sequence[str]) -> str:
    return _sha256("\n".join(rows).encode("utf-8", "surrogatepass"))


def _written(sheet: Sheet) -> Iterator[bytes]:
    """Give the sheet's rows in the ways in which this program and spreadsheets write them."""
    rows = [[str(cell) for cell in row] for _, row in sheet.rows]
    width = max((at for row in rows[:1] for at, cell in enumerate(row, 1) if cell), default=0)
    for delimiter, line_end in product(DELIMITERS, ("\n", "\r\n")):
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
        writer.writerows(row[:width] for row in rows)
        for encoding in ("utf-8", "utf-8-sig", "cp1252"):
            yield text.getvalue().encode(encoding, "replace")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
