"""Which month comes before or after, how far apart are two, and which day is a month's last?"""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def before(month: date, count: int = 1) -> date:
    """Return the first day of the month `count` months earlier."""
    index = month.year * 12 + month.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def between(first: date, last: date) -> int:
    """Return how many months `last` lies after `first`."""
    return (last.year - first.year) * 12 + last.month - first.month


def every(first: date, last: date) -> list[date]:
    """Return the first day of each month from `first` to `last`, both included."""
    return [before(last, back) for back in range(between(first, last), -1, -1)]


def following(day: date) -> date:
    """Return the first day of the month after the one of `day`."""
    year, number = divmod(day.year * 12 + day.month, 12)
    return date(year, number + 1, 1)


def last_day(day: date) -> date:
    """Return the last day of the month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])
