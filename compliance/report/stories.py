"""Which heading tells what a section's rows say?

One function per topic, looked up by its name; None leaves the heading that the section's file
gives. A heading never says more than its rows do. Knows no markup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from compliance import months
from compliance.report.sections import Row
from compliance.report.shares import share_of
from compliance.words import Words

Story = Callable[[Sequence[Row], Sequence[Row], Words], str | None]


def actions_title(count: int, words: Words) -> str | None:
    """Say how many things there are to act on."""
    return {
        1: words.say("One thing to act on"),
        2: words.say("Two things to act on"),
        3: words.say("Three things to act on"),
    }.get(count)


def _trend(_rows: Sequence[Row], figure: Sequence[Row], words: Words) -> str | None:
    """Compare the last twelve months with the twelve before: one wild month says nothing."""
    if not figure:  # a workspace may have removed the section
        return None
    by_month = {row["period"]: row for row in figure}
    last, first = figure[-1]["period"], figure[0]["period"]
    a_year_ago = last.replace(year=last.year - 1)  # a month without purchases has no row
    if a_year_ago not in by_month or months.between(first, a_year_ago) < 11:
        return None
    now, before = (
        share_of(row["uncovered_12m_sek"], row["volume_12m_sek"])
        for row in (by_month[last], by_month[a_year_ago])
    )
    if now is None or before is None:
        return None
    told = {"before": words.percent(before), "now": words.percent(now)}
    if abs(now - before) < Decimal("0.005"):
        return words.say("Over 12 months the share is about where it was a year ago")
    if now < before:
        return words.say("Over 12 months the share has fallen from {before} to {now}", **told)
    return words.say("Over 12 months the share has risen from {before} to {now}", **told)


def _units(rows: Sequence[Row], _figure: Sequence[Row], words: Words) -> str | None:
    whole = sum((max(row["uncovered_sek"], Decimal(0)) for row in rows), Decimal(0))
    if len(rows) < 2 or whole <= 0:
        return None
    first = rows[0]
    if first["uncovered_sek"] <= rows[1]["uncovered_sek"] or first["uncovered_sek"] * 5 < whole:
        return None
    return words.say(
        "{unit} has most kronor without a valid contract",
        unit=first["unit_name"] or words.say("No unit"),
    )


def _causes(rows: Sequence[Row], _figure: Sequence[Row], words: Words) -> str | None:
    whole = sum((max(row["amount_12m_sek"], Decimal(0)) for row in rows), Decimal(0))
    if whole <= 0:
        return None
    largest = max(rows, key=lambda row: row["amount_12m_sek"])
    if largest["amount_12m_sek"] * 2 < whole:
        return None
    return {
        "leakage": words.say("More than half can be mended by ordering on contracts that exist"),
        "expired": words.say("More than half was bought outside the contract’s term"),
        "gap": words.say("More than half lacks a contract altogether"),
        "contract": words.say("More than half fell outside what the contracts allow"),
        "unknown": words.say("More than half could not be tied to a supplier"),
    }.get(largest["cause"])


def _direct_awards(rows: Sequence[Row], _figure: Sequence[Row], words: Words) -> str | None:
    over = rows[0]["over_count"]
    if not over:
        return None
    return words.say_n(
        "One category is above the direct-award limit",
        "{n} categories are above the direct-award limit",
        over,
    )


STORIES: Mapping[str, Story] = {
    "trend": _trend,
    "units": _units,
    "causes": _causes,
    "direct_awards": _direct_awards,
}
