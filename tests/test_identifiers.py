"""What a cell with an organisation number really holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.identifiers import check_digit_fits, each, one_slip_apart, parse


@pytest.mark.parametrize(
    "written",
    [
        "556769-6090",
        "5567696090",
        " 556769 6090 ",
        "165567696090",
        "16556769-6090",
        "SE556769609001",
        "SE 556769-6090 01",
        "556769609001",
        "0007:5567696090",
        "5567696090.0",
        "Org nr 556769-6090",
        "VAT: SE556769609001",
        "VAT-nr: SE556769609001",
        "VAT no. SE556769609001",
        "Momsreg.nr SE556769609001",
        "Momsregistreringsnummer: SE556769609001",
        "Org.nr: 556769-6090",
        "5567696090 (gammalt)",
        "556769\u22126090",  # a minus
        "556769\u00ad6090",  # a soft hyphen
        "\ufeff556769-6090\u200b",
    ],
)
def test_one_company_has_one_number_however_it_is_written(written: str) -> None:
    assert parse(written)[:2] == ("5567696090", "organisation")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("SE202100197501", "2021001975"),
        ("202100197501", "2021001975"),
        ("SE202100488801", "2021004888"),
        ("202100488801", "2021004888"),
        ("SE 202100-2460 01", "2021002460"),
        ("202100246001", "2021002460"),
        ("SE212000163701", "2120001637"),
    ],
)
def test_a_public_bodys_vat_number_begins_with_no_century(written: str, number: str) -> None:
    assert parse(written)[:2] == (number, "organisation")


def test_a_day_of_birth_behind_a_century_is_no_vat_number() -> None:
    for born in ("20020516", "19670203"):
        for last in range(100):
            written = f"{born}{last:02}01"
            assert parse(written).number == written[2:]
            if check_digit_fits(written[2:]):
                assert parse(f"SE{written}")[:2] == (written[2:], "person")


@pytest.mark.parametrize(
    ("written", "state"),
    [
        (None, "absent"),
        ("  ", "absent"),
        ("SAKNAS", "placeholder"),
        ("NULL", "placeholder"),
        ("000000-0000", "placeholder"),
        ("-", "placeholder"),
        ("5.56E+09", "lossy"),
        ("020516-XXXX", "masked"),
        ("20020516-****", "masked"),
        ("12345", "internal"),
        ("792-9018", "internal"),
        ("556769-6091", "mistyped"),
        ("19800208-7495", "person"),
        ("NO987654321MVA", "foreign"),
        ("DE 123 456 789", "foreign"),
        ("Kalle", "other"),
        ("\u200b", "absent"),
        ("Org.nr:", "placeholder"),
        ("Vattenfall", "other"),
        ("5567696090 (5560125790)", "other"),  # two numbers, and no note
        ("5567696090 (byt 1)", "other"),
        ("VAT NO987654321MVA", "foreign"),
        ("VAT-nr: NO 987 654 321 MVA", "foreign"),
        ("850101\u2212XXXX", "masked"),
    ],
)
def test_what_is_no_organisation_number_says_why(written: str | None, state: str) -> None:
    assert parse(written).state == state


def test_two_numbers_in_one_cell_are_both_kept() -> None:
    found = parse("556769-6090 / 556012-5790")
    assert found.number == "5567696090"
    assert found.others == ("5560125790",)


def test_a_personal_number_loses_its_century_and_keeps_its_leading_zero() -> None:
    assert parse("20020516-2380").number == "0205162380"


def test_the_plus_of_who_is_a_hundred_years_old_is_no_mark_between_two_numbers() -> None:
    assert parse("120314+1237")[:2] == ("1203141237", "person")
    assert [found.number for found in each("120314+1237")] == ["1203141237"]


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_and_a_trusted_number_is_ten_digits(text: str) -> None:
    found = parse(text)
    assert not found.is_trusted or (len(found.number) == 10 and check_digit_fits(found.number))


@given(st.text("0123456789", min_size=10, max_size=10), st.integers(0, 9), st.integers(1, 9))
def test_one_changed_digit_is_one_slip_and_is_always_noticed(
    number: str, place: int, step: int
) -> None:
    other = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert one_slip_apart(number, other)
    assert not (check_digit_fits(number) and check_digit_fits(other))


def test_swapped_neighbours_are_one_slip_and_two_changes_are_not() -> None:
    assert one_slip_apart("5567696090", "5576696090")
    assert not one_slip_apart("5567696090", "5567696111")
