"""normalise.py: each notation's cells exactly, and of what is no such cell the reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from compliance.normalise import (
    Notation,
    after_first_word,
    amount_fault,
    clean,
    date_fault,
    first_word,
    read_amounts,
    read_dates,
    reference,
    references,
    short,
)

COMMA, POINT = Notation(","), Notation(".")


def amounts(*texts: str | None, notation: Notation = COMMA) -> list[Decimal | None]:
    return read_amounts(pl.Series(texts, dtype=pl.String), notation).to_list()


def days(*texts: str | None, shapes: tuple[str, ...]) -> list[date | None]:
    return read_dates(pl.Series(texts, dtype=pl.String), shapes).to_list()


# ── amounts ────────────────────────────────────────────────────────────────────


def test_plain_amounts_are_exact_to_the_last_of_their_thirteen_digits() -> None:
    read = read_amounts(pl.Series(["9999999999999,99", "-0,5", "7"]), COMMA)
    assert read.dtype == pl.Decimal(18, 2)
    assert read.to_list() == [Decimal("9999999999999.99"), Decimal("-0.50"), Decimal(7)]


def test_one_odd_cell_changes_none_of_its_neighbours() -> None:
    assert amounts("1,50", None, "1 000,25-", "x", "2,75") == [
        Decimal("1.50"), None, Decimal("-1000.25"), None, Decimal("2.75"),
    ]  # fmt: skip


def test_nothing_else_than_the_whole_cell_is_an_amount() -> None:
    for text in ("", " ", "x", "1,005", "1.50", "1,5 kronor", "1,5 1,5", "10 00", "12345678901234"):
        assert amounts(text) == [None], text


@pytest.mark.parametrize("text", ["-1 250,5", "\u22121250,50", "1250,5-", "(1250,50)", " - 1250,5"])
def test_a_minus_stands_before_or_after_or_is_a_bracket(text: str) -> None:
    assert amounts(text) == [Decimal("-1250.50")]


def test_the_decimal_sign_is_the_declared_one() -> None:
    assert amounts("1250.5", " 1250.5 ", "1250,5", notation=POINT) == [
        Decimal("1250.50"), Decimal("1250.50"), None,
    ]  # fmt: skip


def test_a_declared_sign_parts_thousands_and_an_undeclared_one_does_not() -> None:
    declared = Notation(",", ".")
    assert amounts("1.250.000,5", "1 250", notation=declared) == [Decimal("1250000.50"), 1250]
    assert amounts("1.250.000,5") == [None]


@pytest.mark.parametrize(
    ("text", "notation", "told"),
    [
        (None, COMMA, "no amount"),
        ("  ", COMMA, "no amount"),
        ("-", COMMA, "no amount"),
        ("#REF!", COMMA, "`#REF!` is an error of the spreadsheet it came from"),
        ("-Inf", COMMA, "`-Inf` is no amount"),
        ("1,5E+3", COMMA, "`1,5E+3` is in exponent form; digits are lost"),
        ("٣٤", COMMA, "`٣٤` is written in other digits than 0–9"),
        ("٣4", COMMA, "cannot read `٣4` as an amount"),
        ("1 000,005", COMMA, "`1 000,005` has more than two decimals"),
        ("1.005", POINT, "`1.005` has more than two decimals"),
        (
            "1.50",
            COMMA,
            "`1.50` is ambiguous: `.` is not how this layout writes amounts (decimal sign `,`)",
        ),
        (
            "1,50",
            POINT,
            "`1,50` is ambiguous: `,` is not how this layout writes amounts (decimal sign `.`)",
        ),
        ("99999999999999", COMMA, "`99999999999999` is beyond any amount in a ledger"),
        ("tolv", COMMA, "cannot read `tolv` as an amount"),
    ],
)
def test_why_a_cell_is_no_amount(text: str | None, notation: Notation, told: str) -> None:
    assert amount_fault(text, notation) == told


# ── dates ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("shape", "text", "day"),
    [
        ("YYYY-MM-DD", "2024-03-05", date(2024, 3, 5)),
        ("YYYYMMDD", "20240305", date(2024, 3, 5)),
        ("YYYY-MM", "2024-03", date(2024, 3, 1)),
        ("YYYYMM", "202403", date(2024, 3, 1)),
        ("DD/MM/YYYY", "05/03/2024", date(2024, 3, 5)),
        ("YYMMDD", "240305", date(2024, 3, 5)),
        ("YYYY-MM-DD hh:mm:ss", "2024-03-05 23:59:58", date(2024, 3, 5)),
        ("serial", "45356", date(2024, 3, 5)),
        ("serial", "32874", date(1990, 1, 1)),
    ],
)
def test_a_day_is_read_in_its_notation(shape: str, text: str, day: date) -> None:
    assert days(text, shapes=(shape,)) == [day]
    assert days(None, f" {text} ", "x", shapes=(shape,)) == [None, day, None]


def test_each_cell_may_have_another_of_the_declared_notations() -> None:
    shapes = ("YYYYMMDD", "YYYY-MM-DD", "DD.MM.YYYY")
    assert days("2024-03-05", "20240306", None, "07.03.2024", shapes=shapes) == [
        date(2024, 3, 5), date(2024, 3, 6), None, date(2024, 3, 7),
    ]  # fmt: skip


def test_the_first_notation_that_fits_counts() -> None:
    shapes = ("DD/MM/YYYY", "MM/DD/YYYY")
    assert days("05/03/2024", "05/13/2024", shapes=shapes) == [date(2024, 3, 5), date(2024, 5, 13)]


def test_a_cell_that_only_nearly_fits_is_no_day() -> None:
    assert days("2024-03-05", "2024-3-5", shapes=("YYYY-MM-DD",)) == [date(2024, 3, 5), None]


def test_days_that_no_calendar_has_are_null() -> None:
    assert days("2024-02-30", shapes=("YYYY-MM-DD",)) == [None]
    assert days("2024-02-30 10:00:00", shapes=("YYYY-MM-DD hh:mm:ss",)) == [None]


def test_an_hour_that_no_clock_has_spoils_the_day_and_a_leap_second_does_not() -> None:
    texts = ("2024-03-05 24:00:00", "2024-03-05 23:59:60")
    assert days(*texts, shapes=("YYYY-MM-DD hh:mm:ss",)) == [None, date(2024, 3, 5)]


def test_the_years_1990_and_2099_are_the_first_and_the_last() -> None:
    texts = ("1989-12-31", "1990-01-01", "2099-12-31", "2100-01-01")
    assert days(*texts, shapes=("YYYY-MM-DD",)) == [
        None, date(1990, 1, 1), date(2099, 12, 31), None,
    ]  # fmt: skip


def test_no_cells_are_no_days() -> None:
    assert read_dates(pl.Series([], dtype=pl.String), ("YYYY-MM-DD",)).dtype == pl.Date


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "no date"),
        (" ", "no date"),
        ("#N/A", "`#N/A` is an error of the spreadsheet it came from"),
        ("20240230", "`20240230` is not a day of the calendar between 1990 and 2099"),
        ("mars", "cannot read `mars` as a date written YYYY-MM-DD or YYYYMMDD"),
    ],
)
def test_why_a_cell_is_no_date(text: str | None, told: str) -> None:
    assert date_fault(text, ("YYYY-MM-DD", "YYYYMMDD")) == told


# ── texts ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (" Acme  AB\u00a0", "Acme AB"),
        ("A\u030akes", "Åkes"),
        ("Acme", "Acme"),
        ("", None),
        (" ", None),
        (None, None),
    ],
)
def test_text_is_trimmed_and_composed_and_empty_is_null(
    text: str | None, cleaned: str | None
) -> None:
    assert clean(pl.Series([text], dtype=pl.String)).to_list() == [cleaned]


@pytest.mark.parametrize(
    ("text", "named"),
    [("A-1", "A-1"), ("7", "7"), ("Å", "Å"), ("-", None), ("0", None), ("00-0", None), ("", None)],
)
def test_a_reference_without_letter_or_digit_names_nothing(text: str, named: str | None) -> None:
    assert references(pl.Series([text, "B-2", None])).to_list() == [named, "B-2", None]
    assert reference(text) == named


def test_a_cell_of_number_and_words_is_taken_apart() -> None:
    cells = pl.Series(
        ["60150 Lokalhyror", "60150", "Hyror 60150", "60150: Hyror", "6O Hyror", None]
    )
    assert first_word(cells).to_list() == ["60150", "60150", None, "60150", None, None]
    assert after_first_word(cells).to_list() == [
        "Lokalhyror", None, "Hyror 60150", "Hyror", "6O Hyror", None,
    ]  # fmt: skip


def test_a_cell_is_told_in_forty_characters_without_a_persons_number() -> None:
    assert short("x" * 40) == "x" * 40
    assert short("x" * 41) == "x" * 39 + "…"
    assert short("Jan 19731008-9789") == "Jan [personnummer]"
    assert short("a\x00b\nc") == "a\ufffdb\ufffdc"
