"""Which runs were made, on what, with what result? One chained line a run in history/.

Each entry also remembers how long decisions.csv was and the digest of its bytes, so that a
decision changed or removed afterwards is found; one that was added since is no alteration. Holds
digests, versions and counts, and nothing about persons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from compliance.chain import Log
from compliance.errors import ComplianceError, InputError, Place
from compliance.journal import DELIVERIES
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
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _altered_decisions(workspace: Workspace) -> list[ComplianceError]:
    file = workspace.decisions
    content = file.read_bytes() if file.is_file() else b""
    for entry in _log(workspace).entries():
        known = entry.get("decisions")
        if not isinstance(known, dict):
            continue
        length = int(known["bytes"])
        if hashlib.sha256(content[:length]).hexdigest() == known["sha256"]:
            continue
        return [
            InputError(
                "decisions were changed or removed after they were used",
                at=Place(file.name),
                why=f"its first {length} bytes are not those of the run at {entry['at']}",
                fix="restore the file from a backup; a decision is changed by a new line below",
            )
        ]
    return []
