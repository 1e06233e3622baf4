"""masking.py: which texts tell of a person, and what stands there instead."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from compliance.masking import (
    NAME_MASK,
    mask_rows,
    masks,
    strangers,
    strangers_within,
    told_apart,
)
from compliance.person_rules import read_person_rules
from compliance.personal_numbers import MASK
from compliance.shipped import shipped

RULES = read_person_rules(shipped("rules") / "persons.toml")


def test_texts_lose_numbers_and_whoever_is_named() -> None:
    values = pl.DataFrame(
        {
            "field": ["text", "text", "text", "invoice_no", "invoice_no", "text"],
            "value": [
                "Arvode Claesson Jan mars",
                "avser 731008-9788",
                "Papper A4",
                "7310089788",  # the check digit is wrong: an ordinary invoice number
                "7310089789",
                "hyra 20250101",
            ],
        }
    )
    found = masks(values, pl.Series(["Jan Claesson", "Karl", None]))
    assert sorted(found.rows()) == [
        ("invoice_no", "7310089789", MASK),
        ("text", "Arvode Claesson Jan mars", NAME_MASK),
        ("text", "avser 731008-9788", f"avser {MASK}"),
    ]


def test_keys_that_would_be_masked_alike_are_numbered_past_those_that_are_taken() -> None:
    values = ["Karl Roos", "Anna Ek", "[namn] 2", "Jan Berg", "Öst"]
    alike = pl.DataFrame({"field": "lot", "value": ["Karl Roos", "Anna Ek", "Jan Berg"]})
    found = told_apart(alike.with_columns(masked=pl.lit(NAME_MASK)), pl.Series(values))
    assert found.rows() == [
        ("lot", "Anna Ek", "[namn]"),
        ("lot", "Jan Berg", "[namn] 3"),
        ("lot", "Karl Roos", "[namn] 4"),
    ]


def test_a_number_that_names_a_person_is_masked() -> None:
    values = pl.DataFrame({"field": ["invoice_no"], "value": ["Karl Roos okt"]})
    assert masks(values, pl.Series(["Karl Roos"]))["masked"].to_list() == [NAME_MASK]


def test_a_name_with_a_number_in_it_masks_the_texts_that_hold_the_name() -> None:
    values = pl.DataFrame({"field": ["text"], "value": ["Hyra åt Karl Roos"]})
    assert masks(values, pl.Series(["Karl Roos 731008-9789"])).height == 1


def test_a_text_with_a_name_and_a_number_is_masked_once() -> None:
    values = pl.DataFrame({"field": ["text"], "value": ["Karl Roos 731008-9789"]})
    assert masks(values, pl.Series(["Karl Roos"])).rows() == [
        ("text", "Karl Roos 731008-9789", NAME_MASK)
    ]


def test_a_short_name_masks_a_text_as_words_of_its_own_and_no_part_of_longer_ones() -> None:
    values = pl.DataFrame(
        {
            "field": ["text"] * 4,
            "value": ["resa bo ek, maj", "turbo ekdal", "möte bo ekarna", "anna"],
        }
    )
    names = pl.Series(["Bo Ek", "Bo Ekar", "Anna", "731008-9789"])
    assert set(masks(values, names)["value"]) == {"resa bo ek, maj", "möte bo ekarna"}
    assert masks(values, names.clear()).height == 0
    assert masks(values.clear(), names).height == 0


def rejected(raw: str | None, reason: str = "") -> tuple[str | None, str]:
    (found,) = mask_rows(pl.DataFrame({"raw": [raw], "reason": [reason]}), RULES).rows()
    return found


def test_a_rejected_row_shows_neither_name_nor_number() -> None:
    raw = '2025-13-41;"Karl Roos";731008-9789;Åkes Plåt AB;4521;12,5O'
    told = rejected(raw, "cannot read `12,5O` as an amount")
    assert told[0] == f'2025-13-41;"{NAME_MASK}";{MASK};Åkes Plåt AB;4521;12,5O'
    assert told[1] == "cannot read `12,5O` as an amount"
    assert rejected("") == ("", "")
    assert rejected(None) == (None, "")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ('1,G,"Roos, Karl",,A,12', '1,G,"[namn]",,A,12'),
        ('21;K;"Roos; Karl";x', '21;K;"[namn]";x'),
        ("[('leverantor', 'Karl Roos'), ('x', [1])]", "[('leverantor', '[namn]'), ('x', [1])]"),
        ("A;Karl R\ufffds;100", "A;[namn];100"),
        ("100.00 Karl Roos", "100.00 [namn]"),
        ("A,b\tKarl Roos\t1,2,3,4", "A,b\t[namn]\t1,2,3,4"),
        ("A;Resa Karl Lindgren i maj;x", "A;Resa [namn] i maj;x"),
        ("1;Ayaan Warsame;800101-1232;6410", "1;[namn];[personnummer];6410"),
        ("1;Karl Roos Snickeri;810203-1234;6410", "1;[namn];[personnummer];6410"),
        ("1;Karls Bygg AB;810203-1234;6410", "1;Karls Bygg AB;[personnummer];6410"),
        ("1;Åkes Plåt AB;556016-0680;Arkitekt, plan", "1;Åkes Plåt AB;556016-0680;Arkitekt, plan"),
    ],
)
def test_a_name_in_a_rejected_row_is_hidden_however_the_row_is_parted(raw: str, told: str) -> None:
    assert rejected(raw)[0] == told


def test_the_reason_of_a_rejected_row_shows_neither_name_nor_number() -> None:
    reason = "cannot read `Karl Roos` as an amount"
    assert rejected("2025;Karl Roos", reason)[1] == f"cannot read `{NAME_MASK}` as an amount"
    assert rejected("", "`731008-9789` is no amount")[1] == f"`{MASK}` is no amount"


@pytest.mark.parametrize(
    "text",
    [
        "Arvode Grzybowska, Zaneta",
        "mail zaneta.grzybowska@x.se",
        "ZANETA-GRZYBOWSKA maj",
        "Zaneta Grzybowskas resa",
    ],
)
def test_a_known_person_is_named_however_the_names_are_parted(text: str) -> None:
    values = pl.DataFrame({"field": ["text"], "value": [text]})
    assert masks(values, pl.Series(["Grzybowska, Zaneta"])).height == 1


def test_of_names_that_nobody_here_has_those_that_read_as_a_person_s_are_masked() -> None:
    told = ["Karl Roos", "Åkes Plåt AB", "Roos", "Papper A4", "Karl Roos AB", "Karlssons Städ"]
    values = pl.DataFrame({"field": ["key"] * len(told), "value": told})
    assert strangers(values, RULES).rows() == [("key", "Karl Roos", NAME_MASK)]


def test_free_text_that_names_someone_not_known_here_is_masked() -> None:
    told = ["Resa Anna Lindgren", "RESA LINDGREN, ANNA 3 MARS", "Anna Maria Lindgrens bok",
            "Möte  Karl-Erik  Öberg"]  # fmt: skip
    plain = ["Pris per tjänsten", "Papper A4", "Mats och golv", "Lindgren Bygg AB", "Mariannelund",
             "anna lindgren"]  # fmt: skip
    values = pl.DataFrame(
        {"field": [*["text"] * 10, "unit", "note"], "value": [*told, *plain, told[0], told[0]]}
    )
    found = strangers_within(values, RULES)
    assert found.rows() == [
        *(("text", text, NAME_MASK) for text in told),
        ("note", told[0], NAME_MASK),
    ]
    assert strangers_within(values, replace(RULES, given_names=frozenset())).height == 0
