"""Which days are public holidays in Sweden? Lagen (1989:253) om allmänna helgdagar.

Sundays are left out: they say nothing about a posting's date. Easter by the Gregorian computus in
the form of Meeus (Astronomical Algorithms, chapter 8), right for every year from 1583.
"""

from __future__ import annotations

from datetime import date, timedelta

NATIONAL_DAY_SINCE = 2005


def easter(year: int) -> date:
    """Return Easter Sunday."""
    golden, century, rest = year % 19, year // 100, year % 100
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def public_holidays(year: int) -> list[date]:
    """Return the year's public holidays that are no ordinary Sundays, in order."""
    sunday = easter(year)
    fixed = [(1, 1), (1, 6), (5, 1), (12, 25), (12, 26)]
    if year >= NATIONAL_DAY_SINCE:
        fixed.append((6, 6))
    moving = [sunday + timedelta(days) for days in (-2, 0, 1, 39, 49)]
    return sorted(
        [
            *(date(year, month, day) for month, day in fixed),
            *moving,
            _saturday_from(date(year, 6, 20)),
            _saturday_from(date(year, 10, 31)),
        ]
    )


def _saturday_from(day: date) -> date:
    return day + timedelta((5 - day.weekday()) % 7)
