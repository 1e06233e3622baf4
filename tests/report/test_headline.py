"""The first screen and the headings say what the figures can bear, and no more."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from compliance import months
from compliance.report.headline import headline
from compliance.report.sections import Row
from compliance.report.stories import STORIES
from compliance.words import Words

OCTOBER = date(2026, 10, 1)
ENGLISH = Words.of("en")


def month(period: date, volume: float, uncovered: float, **other: Any) -> Row:
    share = uncovered / volume if volume > 0 else None
    return {
        "period": period,
        "volume_sek": Decimal(volume),
        "covered_sek": Decimal(volume) - Decimal(uncovered),
        "uncovered_sek": Decimal(uncovered),
        "uncovered_share": share,
        "uncovered_share_low": share,
        "uncovered_share_high": share,
        "target_share": Decimal("0.12"),
        "is_preliminary": False,
        "closed_share": None,
        "rejected_count": 0,
        "volume_12m_sek": Decimal(12 * max(volume, 1)),
        "uncovered_12m_sek": Decimal(12 * max(uncovered, 0)),
        "volume_year_sek": Decimal(volume),
        "uncovered_year_sek": Decimal(uncovered),
        **other,
    }


def moved(vendor: str, this: float, previous: float, share: float) -> Row:
    return {
        "vendor_name": vendor,
        "this_sek": Decimal(this),
        "previous_sek": Decimal(previous),
        "change_share": share,
    }


@pytest.mark.parametrize(
    ("uncovered", "title"),
    [
        (0, "No purchases are booked for October 2026"),
        (20_000, "Credits cancelled out purchases in October"),
        (-20_000, "Credits cancelled out purchases in October"),
    ],
)
def test_a_month_that_nets_to_zero_is_no_month_without_purchases(
    uncovered: float, title: str
) -> None:
    head = headline([month(OCTOBER, 0, uncovered)], [], OCTOBER, ENGLISH)
    assert (head.title, head.share) == (title, None)


@pytest.mark.parametrize(
    ("uncovered", "title"),
    [
        (-10_000, "Credits exceeded purchases without a valid contract in October"),
        (110_000, "Credits exceeded purchases on contract in October"),
    ],
)
def test_a_side_below_zero_gives_no_share(uncovered: float, title: str) -> None:
    head = headline([month(OCTOBER, 100_000, uncovered)], [], OCTOBER, ENGLISH)
    assert head.title == title
    assert head.share is None
    assert "target" not in head.lead


def test_no_change_is_told_from_a_month_of_next_to_nothing() -> None:
    september = month(date(2026, 9, 1), 123, 100)
    head = headline([september, month(OCTOBER, 100_000, 10_000)], [], OCTOBER, ENGLISH)
    assert head.change is None
    assert not [key for key in head.keys if "Change" in key.label]


def test_a_vendor_whose_kronor_rose_is_no_cause_of_a_fall() -> None:
    figure = [month(date(2026, 9, 1), 1_000_000, 500_000), month(OCTOBER, 9_000_000, 900_000)]
    grown = moved("Valla Plåt AB", 600_000, 500_000, -0.43)
    head = headline(figure, [grown], OCTOBER, ENGLISH)
    assert "fell" in head.lead
    assert "Valla" not in head.lead


def test_a_vendor_whose_kronor_fell_is_the_cause_of_the_fall() -> None:
    figure = [month(date(2026, 9, 1), 1_000_000, 500_000), month(OCTOBER, 1_000_000, 100_000)]
    head = headline(figure, [moved("Valla Plåt AB", 0, 400_000, -0.4)], OCTOBER, ENGLISH)
    assert "due to Valla Plåt AB" in head.lead


def test_the_trend_is_compared_with_the_same_month_a_year_ago_when_a_month_is_missing() -> None:
    run = [months.before(OCTOBER, back) for back in range(30, -1, -1)]
    figure = [
        month(day, 100_000, 10_000, uncovered_12m_sek=Decimal(1_000 * n), volume_12m_sek=1_000_000)
        for n, day in enumerate(run)
        if day != date(2026, 3, 1)
    ]
    told = STORIES["trend"]([], figure, ENGLISH)
    assert told is not None
    assert "from 1.8% to 3.0%" in told


def test_no_trend_is_told_where_the_month_a_year_ago_has_no_purchases() -> None:
    run = [months.before(OCTOBER, back) for back in range(30, -1, -1)]
    figure = [month(day, 100_000, 10_000) for day in run if day != date(2025, 10, 1)]
    assert STORIES["trend"]([], figure, ENGLISH) is None
