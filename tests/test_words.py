"""Sentences and forms: nothing untranslated, halves away from zero, no blank that breaks."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract

from compliance.errors import RuleError
from compliance.words import Words
from compliance.words.catalogue import fill, fill_markup, read_po

ROOT = Path(__file__).resolve().parent.parent
SV, EN = Words.of("sv"), Words.of("en")
KEYWORDS: dict[str, Any] = {"say": None, "say_n": (1, 2), "sentence": None, "_": None}


def sentences() -> set[str | tuple[str, str]]:
    """Every sentence that the code and the shipped templates say."""
    found: set[Any] = set()
    # Only what a reader reads: the commands speak English to whoever runs them.
    code = [*(ROOT / "compliance/report").glob("*.py"), ROOT / "compliance/workbook.py"]
    code.append(ROOT / "compliance/match/evidence.py")
    for path in code:
        with path.open("rb") as file:
            found |= {message for _, message, _, _ in extract("python", file, KEYWORDS)}
    for path in (ROOT / "reports/templates").rglob("*.j2"):
        with path.open("rb") as file:
            method = "jinja2.ext:babel_extract"
            found |= {m for _, m, _, _ in extract(method, file, KEYWORDS, options={"silent": "no"})}
    return found


def test_every_sentence_is_in_the_swedish_catalogue_and_none_is_left_over() -> None:
    catalogue = read_po((ROOT / "compliance/words/sv.po").read_text("utf-8"))
    said = {s if isinstance(s, str) else s[0] for s in sentences()}
    assert said - catalogue.keys() == set()
    assert catalogue.keys() - said == set()
    assert [msgid for msgid, forms in catalogue.items() if not all(forms)] == []


def test_a_translation_has_the_fields_of_its_sentence_and_no_others() -> None:
    catalogue = read_po((ROOT / "compliance/words/sv.po").read_text("utf-8"))
    for msgid, forms in catalogue.items():
        for form in forms if len(forms) == 1 else forms[1:]:
            assert set(re.findall(r"\{\w+\}", form)) - {"{n}"} == set(
                re.findall(r"\{\w+\}", msgid)
            ) - {"{n}"}, msgid


def test_halves_are_rounded_away_from_zero() -> None:
    assert SV.percent(Decimal("0.1225")) == "12,3\u00a0%"
    assert SV.percent(0.1225) == "12,3\u00a0%"
    assert SV.number(Decimal("-2.5")) == "\u22123"


@pytest.mark.parametrize(
    ("amount", "swedish", "english"),
    [
        ("0", "0 kr", "SEK 0"),
        ("999.49", "999 kr", "SEK 999"),
        ("999.50", "1 tkr", "SEK 1k"),
        ("642000", "642 tkr", "SEK 642k"),
        ("999499.99", "999 tkr", "SEK 999k"),
        ("999500", "1,0 mnkr", "SEK 1.0m"),
        ("3150000", "3,2 mnkr", "SEK 3.2m"),
        ("1234567890", "1,2 mdkr", "SEK 1.2bn"),
        ("-642000", "−642 tkr", "−SEK 642k"),
    ],
)
def test_an_amount_is_written_in_the_unit_a_municipality_writes(
    amount: str, swedish: str, english: str
) -> None:
    assert SV.kronor(Decimal(amount)) == swedish.replace(" ", "\u00a0")
    assert EN.kronor(Decimal(amount)) == english.replace(" ", "\u00a0")


def test_no_figure_holds_a_blank_that_breaks() -> None:
    day = date(2026, 11, 3)
    for words in (SV, EN):
        for text in (
            words.number(-1234567.25, 1), words.kronor(3_200_000), words.percent(0.1),
            words.thousands(12_345_678), words.change(-0.013), words.unit,
        ):  # fmt: skip
            assert " " not in text
    assert SV.day(day) == "3\u00a0november 2026"
    assert EN.month_year(day) == "November 2026"


def test_what_is_not_known_is_a_dash() -> None:
    assert {SV.number(None), SV.kronor(None), SV.percent(None), SV.change(None), SV.day(None)} == {
        "–"
    }


def test_a_change_shows_its_direction_without_colour() -> None:
    assert SV.change(0.013) == "▲\u00a01,3"
    assert SV.change(-0.013) == "▼\u00a01,3"
    assert SV.change(0.0004) == "■\u00a00,0"


def test_a_field_is_never_looked_into() -> None:
    assert fill("{month.year} {0[x]}", {"month": "maj"}) == "{month.year} {0[x]}"
    with pytest.raises(KeyError):
        fill("{year}", {})


def test_fields_are_escaped_on_a_page() -> None:
    assert fill_markup("{a} & {b}", {"a": "<b>", "b": "{a}"}) == "&lt;b&gt; &amp; {a}"


def test_a_line_that_is_not_gettext_is_refused_with_its_row() -> None:
    with pytest.raises(RuleError) as error:
        read_po('msgid "a"\nmsgstr "b"\n\nmsgstring "c"\n', "sv.po")
    assert "sv.po, row 4" in str(error.value)


def test_a_sentence_translated_twice_is_refused() -> None:
    with pytest.raises(RuleError, match="twice"):
        read_po('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n')


def test_one_and_many_have_their_own_sentences() -> None:
    one, many = "One other supplier", "{n} other suppliers"
    assert SV.say_n(one, many, 1) == "En annan leverantör"
    assert SV.say_n(one, many, 1234) == "1\u00a0234 andra leverantörer"
    assert EN.say_n(one, many, 2) == "2 other suppliers"
