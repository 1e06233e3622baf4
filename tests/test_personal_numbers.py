"""personal_numbers.py: whose number, and where."""

from __future__ import annotations

import random

import pytest
from stdnum import luhn
from stdnum.se import personnummer

from compliance.personal_numbers import (
    MASK,
    SHORTEST,
    canonical,
    is_dated,
    is_personal,
    mask_text,
)


@pytest.mark.parametrize(
    "number",
    [
        "850709-9805",
        "8507099805",
        "19850709-9805",
        "198507099805",
        "850709+9805",
        "850709–9805",
        "850709 9805",
        "1985-07-09-9805",
        "SE850709980501",
        "168507099805",
        "701063-2391",  # a coordination number: day + 60
        "000101-R220",  # an interim number
        "680606-XXXX",
        "680606-****",
        "850709-9804",  # the check digit is wrong; it is still a person's
        "８５０７０９-９８０５",
        "8507\u200b09-9805",
        "850709_9805",
        "850709\t9805",
        "850709-\n9805",
    ],
)
def test_a_personal_number_is_masked_in_all_its_forms(number: str) -> None:
    assert is_personal(number)
    assert mask_text(f"avser {number}, mars") == f"avser {MASK}, mars"
    assert mask_text(f"({number})") == f"({MASK})"
    assert MASK in str(mask_text(f"Pnr:{number}"))


def test_the_shortest_form_is_as_short_as_is_told() -> None:
    assert is_personal("8507099805")
    assert len("8507099805") == SHORTEST


@pytest.mark.parametrize(
    "text",
    [
        "556036-0793",  # a third digit of 2 or more: a legal person
        "SE556036079301",
        "232100-0164",
        "Faktura 20250331",
        "Avtal 2024-0117",
        "kostnad 1 250,50 kr",
        "85070998051234",
        "850732-9805",
        "Åkes Plåt AB",
        "Åke ½ ² ٣",
    ],
)
def test_other_numbers_and_words_are_left_alone(text: str) -> None:
    assert mask_text(text) == text
    assert not is_personal(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pnr850709-9805", f"pnr{MASK}"),
        ("850709-9805kr", f"{MASK}kr"),
        ("F8507099805", f"F{MASK}"),
        ("F198507099805A", f"F{MASK}A"),
        ("anna850709-9805@example.org", f"anna{MASK}@example.org"),
        ("F8507099804", "F8507099804"),  # a code: one in eight looks like a day of birth
        ("F18507099805", "F18507099805"),
    ],
)
def test_where_a_letter_touches_the_number_the_check_digit_decides(text: str, shown: str) -> None:
    assert mask_text(text) == shown
    assert mask_text(text, checked=True) == shown


def test_forms_of_one_number_are_one_person() -> None:
    forms = ["850709-9805", "198507099805", "850709+9805", "SE850709980501", "168507099805"]
    assert {canonical(form) for form in forms} == {"8507099805"}
    assert canonical("556036-0793") is None


def test_in_invoice_numbers_the_check_digit_must_hold() -> None:
    assert mask_text("8507099805", checked=True) == MASK
    assert mask_text("8507099804", checked=True) == "8507099804"
    assert mask_text("000101-R220", checked=True) == MASK
    assert mask_text("680606-XXXX", checked=True) == MASK  # nothing to check: it was masked before
    assert mask_text(None) is None


def test_every_number_that_stdnum_calls_valid_is_masked() -> None:
    random_ = random.Random(22)
    found = 0
    while found < 300:
        number = f"{random_.randrange(1925, 2025)}{random_.randrange(1, 13):02}"
        number += f"{random_.randrange(1, 32):02}{random_.randrange(1000):03}"
        number += luhn.calc_check_digit(number[2:])
        if personnummer.is_valid(number):
            found += 1
            assert mask_text(number) == mask_text(number[2:], checked=True) == MASK


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("19670203-2384", True),
        ("2000 0203 2383", True),
        ("670203-2384", False),
        ("166702032384", False),
        ("195567000061", False),
        ("196713032384", False),
        ("SE670203238401", False),
    ],
)
def test_a_number_with_its_century_is_told_from_a_companys_twelve_digits(
    number: str, expected: bool
) -> None:
    assert is_dated(number) is expected
