"""What does the first screen say: the figure, the target, the change and its cause?

Chosen by rules from the rows of `10_figure.sql` and `35_change.sql`: above or below the target ×
rising, falling or level, and the months for which no share should be said at all. A cause is named
only if it explains at least half of the change. Knows no SQL, no file and no markup but the
emphasis on the figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from compliance import months
from compliance.report.sections import Row
from compliance.report.shares import TINY_SEK, sayable, share_of
from compliance.report.vocabulary import vendor_told
from compliance.words import Words
from compliance.words.catalogue import fill_markup
from compliance.words.forms import rounded

LEVEL = Decimal("0.5")  # percentage points; a smaller change is called none
MOST = 0.5  # a cause is named from this part of the change


@dataclass(frozen=True)
class Key:
    """One of the figures below the headline."""

    label: str
    value: str
    note: str


@dataclass(frozen=True)
class Headline:
    """The first screen. `share` is None when no share is said for the month."""

    title: str
    title_html: Markup
    lead: str
    share: float | None
    target: float | None
    volume_sek: Decimal
    uncovered_sek: Decimal
    covered_sek: Decimal
    is_above: bool
    is_preliminary: bool
    keys: tuple[Key, ...]
    split: tuple[str, str] | None  # what stands over the split bar's two sides
    goal: str  # what stands at the target's mark
    certainty: str  # one sentence: how sure the figure is
    change: float | None  # of the share, since the month before
    share_12m: Decimal | None


def headline(figure: Sequence[Row], change: Sequence[Row], month: date, words: Words) -> Headline:
    """Return the first screen for `month`; the rows are those of the two sections, in order."""
    now = figure[-1] if figure and figure[-1]["period"] == month else None
    earlier = months.before(month)
    before = next((row for row in figure if row["period"] == earlier), None)
    title, title_html, share = _title(now, month, words)
    target = None if now is None else _float(now["target_share"])
    volume, uncovered, covered = (
        Decimal(0) if now is None else Decimal(now[name])
        for name in ("volume_sek", "uncovered_sek", "covered_sek")
    )
    is_above = share is not None and target is not None and share > target
    lead = _lead(now, before, len(figure) > 1, change, share, month, words)
    return Headline(
        title=title,
        title_html=title_html,
        lead=lead,
        share=share,
        target=target,
        volume_sek=volume,
        uncovered_sek=uncovered,
        covered_sek=covered,
        is_above=is_above,
        is_preliminary=bool(now and now["is_preliminary"]),
        keys=_keys(now, before, share, month, words),
        split=None
        if share is None
        else (
            words.say("Without a valid contract {amount}", amount=words.kronor(uncovered)),
            words.say("On contract {amount}", amount=words.kronor(covered)),
        ),
        goal="" if target is None else words.say("Target at most {t}", t=words.goal(target)),
        certainty=_certainty(now, share, words),
        change=_difference(now, before),
        share_12m=None
        if now is None
        else share_of(now["uncovered_12m_sek"], now["volume_12m_sek"]),
    )


def _share(row: Row | None) -> float | None:
    """Return the share that may be said of a month."""
    return None if row is None else _float(sayable(row["uncovered_share"], row["volume_sek"]))


def _difference(now: Row | None, before: Row | None) -> float | None:
    one, other = _share(now), _share(before)
    return None if one is None or other is None else one - other


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _title(now: Row | None, month: date, words: Words) -> tuple[str, Markup, float | None]:
    """Return the headline plain and with its figure emphasised, and the share that it says."""
    name = words.month(month)
    if now is None or (now["covered_sek"] == 0 and now["uncovered_sek"] == 0):
        return _plain(
            words.say("No purchases are booked for {month}", month=words.month_year(month))
        )
    if now["volume_sek"] == 0:
        return _plain(words.say("Credits cancelled out purchases in {month}", month=name))
    if now["uncovered_share"] is None:
        return _plain(words.say("Credits exceeded purchases in {month}", month=name))
    if now["volume_sek"] < TINY_SEK:
        volume = words.kronor(now["volume_sek"])
        return _plain(
            words.say(
                "Purchases in {month} were only {volume}, too little for a share",
                volume=volume,
                month=name,
            )
        )
    if now["uncovered_sek"] < 0:
        return _plain(
            words.say("Credits exceeded purchases without a valid contract in {month}", month=name)
        )
    if now["covered_sek"] < 0:
        return _plain(words.say("Credits exceeded purchases on contract in {month}", month=name))
    share = float(now["uncovered_share"])
    if now["uncovered_sek"] == 0:
        said = words.say("All purchases in {month} were made on valid contracts", month=name)
        return said, Markup.escape(said), share
    if now["covered_sek"] == 0:
        said = words.say("No purchase in {month} was made on a valid contract", month=name)
        return said, Markup.escape(said), share
    sentence = words.sentence("{share} of purchases in {month} were made without a valid contract")
    figure = words.percent(share)
    plain = words.say(
        "{share} of purchases in {month} were made without a valid contract",
        share=figure,
        month=name,
    )
    emphasis = Markup("<em>{}</em>").format(figure)
    return plain, fill_markup(sentence, {"share": emphasis, "month": name}), share


def _plain(said: str) -> tuple[str, Markup, None]:
    return said, Markup.escape(said), None


def _lead(
    now: Row | None,
    before: Row | None,
    has_history: bool,  # noqa: FBT001 - one of the facts the sentences are chosen by
    change: Sequence[Row],
    share: float | None,
    month: date,
    words: Words,
) -> str:
    if now is None:
        return words.say("When the ledger for the month has been read, the figure is shown here.")
    said: list[str] = []
    if share is not None:
        said.append(_about_target(now, share, month, words))
        said += _about_change(now, before, has_history, change, month, words)
    else:
        has_year = share_of(now["uncovered_12m_sek"], now["volume_12m_sek"]) is not None
        said.append(
            words.say("Look at the last 12 months instead.")
            if has_year
            else words.say("There is no share for the last 12 months either.")
        )
    if now["is_preliminary"]:
        said.append(_about_what_may_come(now, month, words))
    return " ".join(said)


def _about_what_may_come(now: Row, month: date, words: Words) -> str:
    """A closed month's reported share stands; the figure on the page is today's all the same."""
    if now["closed_share"] is None:
        return words.say(
            "The figure is preliminary: invoices for {month} may still arrive.",
            month=words.month(month),
        )
    return words.say(
        "The figure is preliminary: {share} was reported when the month was closed. Invoices for "
        "{month} that arrive later change the figure here, not the reported one.",
        month=words.month(month),
        share=words.percent(now["closed_share"]),
    )


def excess_sek(now: Row) -> Decimal | None:
    """Return the kronor above the target (negative: below it); None without a target."""
    if now["target_share"] is None:
        return None
    return Decimal(now["uncovered_sek"]) - Decimal(str(now["target_share"])) * Decimal(
        now["volume_sek"]
    )


def _about_target(now: Row, share: float, month: date, words: Words) -> str:
    target = _float(now["target_share"])
    if target is None:
        return words.say("No target is set for {year}.", year=month.year)
    if share <= target:
        return words.say("The target of at most {t} is met.", t=words.goal(target))
    return words.say(
        "The target is at most {t}: another {amount} should have been bought on contract.",
        t=words.goal(target),
        amount=words.kronor(excess_sek(now)),
    )


def _about_change(
    now: Row,
    before: Row | None,
    has_history: bool,  # noqa: FBT001 - see _lead
    change: Sequence[Row],
    month: date,
    words: Words,
) -> list[str]:
    previous = words.month(months.before(month))
    if not has_history:
        return [
            words.say("This is the first month with figures, so there is nothing to compare with.")
        ]
    difference = _difference(now, before)
    if difference is None:
        return [words.say("There is no share for {previous} to compare with.", previous=previous)]
    if abs(rounded(difference * 100, 1)) < LEVEL:
        return [
            words.say("The share is about the same as in {previous}.", previous=previous),
        ]
    points = words.points(difference)
    said = (
        words.say("The share rose {points} percentage points from {previous}.", points=points,
                  previous=previous)
        if difference > 0
        else words.say("The share fell {points} percentage points from {previous}.", points=points,
                       previous=previous)
    )  # fmt: skip
    return [said, _cause(now, change, difference, month, words)]


def _cause(now: Row, change: Sequence[Row], difference: float, month: date, words: Words) -> str:
    """Name the one vendor behind at least half of the change, or say that there is none.

    A vendor's part of the volume may move against its own kronor, when the others' move more: that
    is no cause that a reader would find in the ledger.
    """
    way = 1 if difference > 0 else -1
    along = [row for row in change if (row["this_sek"] - row["previous_sek"]) * way > 0]
    largest = max(along, key=lambda row: row["change_share"] / difference, default=None)
    if largest is None or largest["change_share"] / difference < MOST:
        return words.say("No single supplier explains the change.")
    fields = {
        "vendor": vendor_told(largest["vendor_name"], words)
        or words.say("purchases without a supplier’s name"),
        "amount": words.kronor(largest["this_sek"]),
        "month": words.month(month),
        "before": words.kronor(largest["previous_sek"]),
        "previous": words.month(months.before(month)),
    }
    if difference < 0:
        return words.say(
            "Most of the fall is due to {vendor}: {amount} without a valid contract in {month}, "
            "against {before} in {previous}.",
            **fields,
        )
    otherwise = share_of(
        Decimal(now["uncovered_sek"]) - Decimal(largest["this_sek"]), Decimal(now["volume_sek"])
    )
    if otherwise is None:
        return words.say(
            "Most of the rise is due to {vendor}: {amount} without a valid contract in {month}, "
            "against {before} in {previous}.",
            **fields,
        )
    return words.say(
        "Most of the rise is due to {vendor}: {amount} without a valid contract in {month}, "
        "against {before} in {previous}. On contract, the share would have been {otherwise}.",
        **fields,
        otherwise=words.percent(otherwise),
    )


def _keys(
    now: Row | None, before: Row | None, share: float | None, month: date, words: Words
) -> tuple[Key, ...]:
    if now is None:
        return ()
    keys = [
        Key(
            words.say("Without a valid contract"),
            words.kronor(now["uncovered_sek"]),
            words.say("of {volume}", volume=words.kronor(now["volume_sek"])),
        )
    ]
    excess = excess_sek(now)
    if share is not None and excess is not None:
        keys.append(
            Key(
                words.say("Above the target"),
                words.kronor(excess),
                words.say("should have been bought on contract"),
            )
            if excess > 0
            else Key(
                words.say("Margin to the target"),
                words.kronor(-excess),
                words.say("below the limit of {t}", t=words.goal(now["target_share"])),
            )
        )
    difference = _difference(now, before)
    if difference is not None:
        keys.append(_change_key(difference, month, words))
    if now["volume_12m_sek"] > 0:
        keys.append(
            Key(
                words.say("Last 12 months"),
                words.percent(share_of(now["uncovered_12m_sek"], now["volume_12m_sek"])),
                words.say(
                    "so far in {year}: {share}",
                    year=month.year,
                    share=words.percent(
                        share_of(now["uncovered_year_sek"], now["volume_year_sek"])
                    ),
                ),
            )
        )
    return tuple(keys)


def _change_key(difference: float, month: date, words: Words) -> Key:
    label = words.say("Change from {previous}", previous=words.month(months.before(month)))
    points = rounded(difference * 100, 1)
    if points > 0:
        note = words.say("percentage points higher")
    elif points < 0:
        note = words.say("percentage points lower")
    else:
        note = words.say("percentage points, no change")
    return Key(label, words.change(difference), note)


def _certainty(now: Row | None, share: float | None, words: Words) -> str:
    if now is None or share is None:
        return ""
    volume = now["volume_sek"]
    low, high = (sayable(now[f"uncovered_share_{end}"], volume) for end in ("low", "high"))
    if low is None or high is None:
        return ""
    if words.percent(low) == words.percent(high):
        if now["rejected_count"]:
            return words.say_n(
                "One row could not be read; it could change the figure.",
                "{n} rows could not be read; they could change the figure.",
                int(now["rejected_count"]),
            )
        return (
            words.say("Only invoices that are still to come could change the figure.")
            if now["is_preliminary"]
            else words.say("No open question could change the figure.")
        )
    return words.say(
        "Between {low} and {high}, depending on how open matches and disputed cases are settled.",
        low=words.percent(low),
        high=words.percent(high),
    )
