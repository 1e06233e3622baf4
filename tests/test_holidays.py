"""Public holidays against the calendars of years that have been."""

from __future__ import annotations

from datetime import date

import pytest

from compliance.holidays import easter, public_holidays


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (1999, "04-04"),
        (2000, "04-23"),
        (2022, "04-17"),
        (2024, "03-31"),
        (2025, "04-20"),
        (2038, "04-25"),
    ],
)
def test_easter_is_the_calendars(year: int, day: str) -> None:
    assert easter(year) == date.fromisoformat(f"{year}-{day}")


def test_the_holidays_of_2024_are_those_of_the_almanac() -> None:
    assert [f"{day:%m-%d}" for day in public_holidays(2024)] == [
        "01-01", "01-06", "03-29", "03-31", "04-01", "05-01", "05-09", "05-19", "06-06", "06-22",
        "11-02", "12-25", "12-26",
    ]  # fmt: skip


def test_the_national_day_is_a_holiday_from_2005() -> None:
    assert date(2004, 6, 6) not in public_holidays(2004)
    assert date(2005, 6, 6) in public_holidays(2005)
