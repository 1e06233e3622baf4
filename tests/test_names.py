"""When two spellings are the same name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import names
from compliance.folding import fold, repair
from compliance.match import read_settings
from compliance.names import Name, key_of, parse

LEXICON = read_settings().lexicon


def read(text: str) -> Name:
    return parse(text, LEXICON)


@pytest.mark.parametrize(
    "spelling",
    [
        "Bergströms Plåtslageri AB",
        "BERGSTRÖMS PLÅTSLAGERI AKTIEBOLAG",
        "AB Bergströms Plåtslageri",
        "Aktiebolaget Bergstroms Platslageri",
        "Plåtslageri Bergströms A.B.",
        "Bergstroems Plaatslageri AB",
        "BergstrÃ¶ms PlÃ¥tslageri AB",
        "Bergstr”ms Pl†tslageri AB",
        "Bergströms Plåtslageri AB (publ)",
        "SPÄRRAD Bergströms Plåtslageri AB",
        "Bergströms Plåtslageri AB ANVÄND EJ",
        "Bergströms Plåtslageri AB =FEL",
        "Bergströms Plåtslageri AB i likvidation",
        "Svea Bank AB / Bergströms Plåtslageri AB",
        "Bergströms Plåtslageri AB c/o Anna Ek",
        "Bergströms Plåtslageri AB, Nybro",
        "Bergströms Plåtslageri AB i Nybro",
        "Bergströms Plåtslageri AB - Ekonomiavdelningen",
        "Bergström Plåtslageri Aktiebolga",
        "Bergströms Plåtslageri AB 4711",
        "Bergströms Plåtslageri AB nr 3",
        "AB Bergströms Plåtslageri 46112",
        "OBS! Bergströms Plåtslageri AB",
        "Bergströms Plåtslageri AB (gammal)",
        "Bergströms Plåtslageri AB - GAMMAL",
        "Bergströms Plåtslageri AB BG",
        "Bergströms Plåtslageri AB PG 12 34 56-7",
        "Bergströms Plåtslageri AB (BG)",
        "Svea Bank AB via Bergströms Plåtslageri AB",
        "Bergströms Plåtslageri AB via Fortus Finance",
    ],
)
def test_one_company_has_one_key_and_form_however_it_is_written(spelling: str) -> None:
    found = read(spelling)
    assert (found.key, found.form) == ("bergstrom platslageri", "AB")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Berg AB", "Berg HB"),
        ("Berg AB", "Berg & Son AB"),
        ("Berg i Nybro AB", "Berg i Tibro AB"),
        ("Byggkraft Ltd", "Byggkraft Ltd, filial i Sverige"),
        ("Berg Bygg AB", "Berg El AB"),
        ("Hemsö Omsorg 3 AB", "Hemsö Omsorg 4 AB"),
        ("Fastighets AB Björken 1", "Fastighets AB Björken 2"),
        ("Brf Solen nr 1", "Brf Solen nr 2"),
        ("Kontorsbolaget 2000 AB", "Kontorsbolaget AB"),
        ("Berglunds Ekonomi AB", "Berglunds AB"),  # 20 letters, as wide as some field
        ("Storsjö Handel", "Storsjö HB"),  # 14
        ("Papper & Co AB", "Papper AB"),
        ("NV Måleriteknik AB", "BV Måleriteknik AB"),
        ("SIA Glass AB", "Glass AB"),
        ("Furillens Spa AB", "Furillens AB"),
        ("BG Byggtjänst AB", "PG Byggtjänst AB"),
        ("OBS Konsult & Data AB", "Konsult & Data AB"),
        ("Gammal Handel AB", "Handel AB"),
        ("PRO VIA VÄGMÄRKNING AB", "Pro Vägmärkning AB"),
    ],
)
def test_what_tells_two_companies_apart_is_kept(left: str, right: str) -> None:
    assert (read(left).key, read(left).form) != (read(right).key, read(right).form)


def test_initials_are_one_word_joined_or_split() -> None:
    assert read("J.K. Bygg AB").key == read("JK Bygg AB").key == read("J K Bygg AB").key


def test_a_number_is_written_with_or_without_its_sign() -> None:
    assert read("Brf Solen nr 1").key == read("Bostadsrättsföreningen Solen 1").key


def test_och_and_an_ampersand_say_the_same() -> None:
    assert read("Malm & Söner").key == read("Malm och Söner").key == read("Malm o Söner").key


def test_a_name_as_long_as_its_field_loses_the_start_of_its_form() -> None:
    assert read("Personalkooperativet Trollet Ekonom").tokens == ("personalkooperativet", "trollet")
    assert read("Personalkooperativet Trollet Ekonom").is_cut


def test_a_name_that_ends_in_its_form_misses_nothing_however_wide_it_is() -> None:
    assert read("Berglunds Ekonomi AB").ends_in_form
    assert not read("AB Berglunds Ekonomi").ends_in_form


def test_co_belongs_to_the_name_but_in_the_form_of_a_german_company() -> None:
    assert read("Papper & Co").key == read("Papper & Co AB").key
    for form in ("GmbH & Co KG", "GmbH u. Co", "GmbH"):
        assert (read(f"Papper {form}").tokens, read(f"Papper {form}").form) == (("papper",), "FOR")


def test_a_spa_is_no_italian_company() -> None:
    assert read("Selma Spa").key == read("Selma Spa AB").key


@pytest.mark.parametrize("form", ["NV", "N.V.", "SIA", "S.p.A.", "Inc."])
def test_a_foreign_form_stands_last_or_has_its_stops(form: str) -> None:
    assert read(f"Papper {form}").key == "papper"
    assert read(f"Papper {form}").form == "FOR"
    assert read(f"Papper {form} Göteborg").form == ("FOR" if "." in form else "")


def test_the_village_is_no_legal_form_and_the_form_is_no_village() -> None:
    assert read("Brf Björken i Ås").form == "BRF"
    assert read("Brf Björken i Ås").places == {"as"}
    assert read("Nordisk Data A/S").form == "FOR"


def test_a_place_at_the_end_is_told_apart_from_the_name() -> None:
    found = read("Bergs Bygg i Tibro")
    assert (found.placeless, found.tail_place) == ("bergsbygg", "tibro")


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_and_keys_do_not_depend_on_word_order(text: str) -> None:
    found = read(repair(text))
    assert key_of(reversed(found.tokens)) == found.key
    assert all(token.isascii() and token.isalnum() for token in found.tokens)


@pytest.mark.parametrize(
    ("pattern", "signs"),
    [(names._MARKS, names._OF_MARKS), (names._SEPARATOR, names._OF_SEPARATORS)],
)
@given(data=st.data())
def test_no_mark_and_no_separator_is_passed_over_for_want_of_a_sign(
    pattern: re.Pattern[str], signs: tuple[str, ...], data: st.DataObject
) -> None:
    found = data.draw(st.from_regex(pattern, alphabet=st.characters(max_codepoint=127)))
    assert names._holds(found, signs)
