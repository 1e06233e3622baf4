"""What is frozen when a month is closed: its figures, and all that they were made from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from compliance.calibrate import rule_texts
from compliance.errors import Place, UsageError
from compliance.history import ClosedMonth
from compliance.months import last_day
from compliance.workspace import Workspace

_KEPT = "keep it with a note of who and why, and close again when the month is whole"
Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]


def closed_month(ask: Ask, workspace: Workspace, month: date, now: datetime) -> ClosedMonth:
    """Return the month as the published database has it.

    Raises UsageError when it has no postings, when it has not ended, or when the rules have
    changed since the build: what is closed must be what was reported.
    """
    if now.date() <= last_day(month):
        raise UsageError(
            f"{month:%Y-%m} has not ended",
            at=Place("compliance close"),
            why="what is closed is never rewritten, and the month's purchases are not all made",
            fix=f"close it after {last_day(month)}, when its figure has been reported",
        )
    figures = ask("select * from kpi_monthly where period = $period", {"period": month})
    if not figures:
        raise UsageError(
            f"there are no postings in {month:%Y-%m}",
            at=Place("compliance close"),
            why="there is no figure to freeze",
            fix="close a month that the ledger holds",
        )
    build = ask("select * from build_info", {})[0]
    return ClosedMonth(
        period=month,
        closed_at=now,
        version=build["version"],
        rules_digest=build["rules_digest"],
        inputs_digest=build["inputs_digest"],
        figures=figures[0],
        departments=ask(
            "select * from kpi_department_monthly where period = $period order by department",
            {"period": month},
        ),
        inputs={
            row["path"]: row["sha256"]
            for row in ask("select path, sha256 from source_files order by path", {})
        },
        rules=_rules(workspace, build["rules_digest"]),
    )


def cautions(ask: Ask, closed: ClosedMonth) -> list[str]:
    """Say what may still move the month, and what to do when it was closed by mistake."""
    if not closed.figures["is_preliminary"]:
        return []
    last = ask("select max(last_date) as day from source_files", {})[0]["day"]
    name = f"{closed.period:%Y-%m}"
    return [
        f"warning: {name} is closed while it is preliminary: the ledger's last day is {last}",
        "why: invoices that arrive later are a difference in kpi_reported; the closed month stands",
        f"fix: if it was too early, move history/closed-{name}.json out of history/, {_KEPT}",
    ]


def _rules(workspace: Workspace, digest: str) -> Mapping[str, str]:
    texts = rule_texts(workspace.rules)
    found = hashlib.sha256()
    for name, text in sorted(texts.items()):
        content = text.encode()
        found.update(f"{name}\0{len(content)}\0".encode())
        found.update(content)
    if found.hexdigest() != digest:
        raise UsageError(
            "the rules have changed since the database was built",
            at=Place("rules/"),
            why="a closed month keeps the rules that its figures were made under",
            fix="run `compliance build` and look at the figure, then close",
        )
    return texts
