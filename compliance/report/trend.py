"""How do the shares by month lie on an unbroken run of months?

A month without purchases has no row; the line breaks there, the target does not: it holds whether
or not anything is bought. Knows no markup and no drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from compliance import months
from compliance.report.sections import Row
from compliance.report.vocabulary import trend_told
from compliance.words import Words


@dataclass(frozen=True)
class Trend:
    """A line of shares and what it says to those who see it, and to those who hear it."""

    months: list[date]
    shares: list[Any]  # one value a month, or None; so the three below
    lows: list[Any]
    highs: list[Any]
    targets: list[Any]
    latest: Row  # the last row with a share
    title: str
    told: str
    goal: str  # what stands at the target's line; nothing where the last month has no target

    @property
    def is_over(self) -> bool:
        """Say whether the latest share is above the target of its month."""
        target = self.latest["target_share"]
        return target is not None and self.latest["uncovered_share"] > target


def trend_of(rows: Sequence[Row], words: Words) -> Trend | None:
    """Return the line of these rows, in order by `period`; None when no row has a share."""
    known = [row for row in rows if row["uncovered_share"] is not None]
    if not known:
        return None
    run = months.every(rows[0]["period"], rows[-1]["period"])
    by_month = {row["period"]: row for row in rows}

    def series(name: str) -> list[Any]:
        return [by_month[month].get(name) if month in by_month else None for month in run]

    targets: list[Any] = []
    for month in run:
        targets.append(by_month[month]["target_share"] if month in by_month else targets[-1])
    title, told = trend_told(known, words)
    return Trend(
        months=run,
        shares=series("uncovered_share"),
        lows=series("uncovered_share_low"),
        highs=series("uncovered_share_high"),
        targets=targets,
        latest=known[-1],
        title=title,
        told=told,
        goal=""
        if targets[-1] is None
        else words.say("Target at most {t}", t=words.goal(targets[-1])),
    )
