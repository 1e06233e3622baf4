"""Months of the series as whole numbers, and how the year breathes: July low, December high."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

FIRST = date(2022, 1, 1)
LAST = date(2026, 10, 31)
MONTHS = tuple(
    (year, month)
    for year in range(FIRST.year, LAST.year + 1)
    for month in range(1, 13)
    if date(year, month, 1) <= LAST
)
_SEASON = (0.92, 0.90, 1.02, 0.98, 1.03, 1.06, 0.66, 0.93, 1.05, 1.08, 1.10, 1.27)
_SNOW = (2.6, 2.4, 1.8, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1, 0.5, 1.4, 2.3)
_HEATING = (1.8, 1.7, 1.4, 1.0, 0.6, 0.4, 0.3, 0.4, 0.6, 1.0, 1.3, 1.5)
_BUILDING = (0.7, 0.75, 0.9, 0.95, 1.1, 1.2, 0.7, 0.95, 1.15, 1.2, 1.15, 1.25)
_SCHOOL = (1.1, 1.0, 1.15, 1.1, 1.15, 0.9, 0.12, 0.8, 1.15, 1.2, 1.15, 1.18)
_OWN = {
    "snow": _SNOW,
    "heat": _HEATING,
    "power": _HEATING,
    "roads": _BUILDING,
    "building": _BUILDING,
    "painting": _BUILDING,
    "schoolbus": _SCHOOL,
    "books": _SCHOOL,
}


def season(trade: str, month: int) -> float:
    """Return the month's part of a year's twelve, about 1."""
    return _OWN.get(trade, _SEASON)[month - 1]


def last_day(year: int, month: int) -> date:
    """Return the month's last day."""
    return date(year, month, monthrange(year, month)[1])


def years_on(day: date, years: int) -> date:
    """Return the last day of a term of `years` that begins on the first of a month."""
    return date(day.year + years, day.month, day.day) - timedelta(days=1)


def months_on(day: date, months: int) -> date:
    """Return the first of the month that lies `months` after (or before) `day`'s month."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
