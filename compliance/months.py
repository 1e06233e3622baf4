"""Which month comes next, and which day is a month's last?"""

from __future__ import annotations

from datetime import date, timedelta


def following(day: date) -> date:
    """Return the first day of the month after the one of `day`."""
    year, number = divmod(day.year * 12 + day.month, 12)
    return date(year, number + 1, 1)


def last_day(day: date) -> date:
    """Return the last day of the month of `day`."""
    return following(day) - timedelta(days=1)
