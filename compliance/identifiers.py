"""What does a cell that should hold an organisation number really hold?

Ledgers hold numbers with and without hyphen, with a century, as VAT or Peppol numbers, cut by
spreadsheets, mistyped, two in a cell, internal vendor numbers and `SAKNAS`. A cell is read to one
number and a state that says how far it may be trusted. Formats: organisationsnummer (SFS
1974:174), personnummer and samordningsnummer (SFS 1991:481), VAT number SE + ten digits + 01,
Peppol scheme 0007. Check digits by python-stdnum. Knows nothing of names or frames.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from stdnum import luhn

State = Literal[
    "organisation",  # ten digits, check digit right, third digit 2–9
    "person",  # a personal or co-ordination number: a sole trader's org number
    "mistyped",  # ten digits, check digit wrong
    "masked",  # a personal number with letters X or stars at its end
    "foreign",  # another country's VAT or company number, squeezed
    "placeholder",  # typed to get past a field: zeros, `saknas`, 1234567890
    "lossy",  # a spreadsheet made 5.56E+09 of it
    "internal",  # digits, but no organisation number: a vendor or bankgiro number
    "other",  # text
    "absent",  # nothing
]


class Identifier(NamedTuple):
    """`number` is ten digits, the squeezed foreign number, or the six digits left of a masked one;
    empty for all other states.
    """

    number: str
    state: State
    others: tuple[str, ...] = ()  # further organisation numbers in the same cell

    @property
    def is_trusted(self) -> bool:
        """The check digit is right, so that another number means another legal person."""
        return self.state in ("organisation", "person")


ABSENT = Identifier("", "absent")
_PLACEHOLDER = frozenset(
    ("1234567890", "0123456789", "1234567897", "9876543210", "5500000000", "5560000000")
)
_PLACEHOLDER_WORDS = frozenset(
    ("SAKNAS", "NULL", "NONE", "NA", "NAN", "OKÄND", "OKÄNT", "OKAND", "EJANGIVET", "UTLÄNDSK")
)
_COUNTRIES = (
    "AT|BE|BG|CH|CY|CZ|DE|DK|EE|EL|ES|EU|FI|FR|GB|GR|HR|HU|IE|IS|IT|LI|LT|LU|LV|MT|NL|NO|PL|PT|RO"
    "|SI|SK|US|XI"
)
_FOREIGN = re.compile(rf"(?:{_COUNTRIES})(?=[0-9A-Z]*[0-9]{{4}})[0-9A-Z]{{5,14}}(?:MVA)?")
_SEVERAL = re.compile(
    r"[/;,|+&\r\n]|\soch\s|\s(?=[0-9]{6}-?[0-9]{4}(?![0-9]))|\s{2,}", re.IGNORECASE
)
# Other dashes than the hyphen, and what is pasted in without being seen.
_SIGNS = str.maketrans(
    {**dict.fromkeys("‐‑‒–—−﹣－", "-"), **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff")}
)
_NOISE = re.compile(r"[\s.\-_']")
# What the number is called, before it. `No` is Norway's, but with a stop or a colon.
_CALLED = re.compile(
    r"(?:ORG(?:ANISATIONS)?|VAT|MOMS(?:[\s.-]*REG(?:ISTRERINGS)?)?)[\s.-]*"
    r"(?:NUMMER|NUMBER|NR|NO(?=[.:]))?[\s.]*:?\s*"
)
_NOTE = re.compile(r"\s*\([^()0-9]*\)$")  # "(gammalt)"
_MASKED = re.compile(r"(?:18|19|20)?[0-9]{6}[X*][0-9X*]{3}")
_PLAIN = re.compile(r"[0-9]{6}-?[0-9]{4}")
# From the year in which a person becomes a hundred (SFS 1991:481, 18 §).
_CENTENARIAN = re.compile(r"([0-9]{6})\+([0-9]{4})")
_SWEDISH = re.compile(r"(?:SE)?(?:00|16|18|19|20)?([0-9]{10})(?:01)?")


@lru_cache(maxsize=200_000)
def parse(raw: str | None) -> Identifier:
    """Read one cell.

    A cell with several numbers gives the first with a right check digit, and the rest as `others`.
    """
    raw = (raw or "").translate(_SIGNS)
    if not raw.strip():
        return ABSENT
    whole = _parse_one(raw)
    if whole.state not in ("other", "internal"):
        return whole
    parts = [_parse_one(part) for part in _SEVERAL.split(raw) if part.strip()]
    found = [part for part in parts if part.is_trusted]
    if len(parts) > 1 and found:
        others = tuple(dict.fromkeys(f.number for f in found[1:] if f.number != found[0].number))
        return found[0]._replace(others=others)
    return whole


def each(raw: str) -> tuple[Identifier, ...]:
    """Return every number in the cell once, also those whose check digit is wrong."""
    raw = raw.translate(_SIGNS)
    whole = _parse_one(raw)
    parts = [whole]
    if whole.state in ("other", "internal"):
        parts = [_parse_one(part) for part in _SEVERAL.split(raw) if part.strip()]
    return tuple({part.number: part for part in parts if part.number}.values())


def check_digit_fits(number: str) -> bool:
    """Luhn's check digit over ten digits, as both kinds of Swedish number carry it."""
    return bool(luhn.is_valid(number))


def is_personal(number: str) -> bool:
    """Ten digits whose third and fourth are a month: a person's, never a company's (those ≥ 20)."""
    return len(number) == 10 and number[2] in "01"


def one_slip_apart(left: str, right: str) -> bool:
    """One digit changed, or two neighbours swapped: what a hand does to ten digits."""
    if len(left) != len(right):
        return False
    wrong = [
        place for place, pair in enumerate(zip(left, right, strict=True)) if pair[0] != pair[1]
    ]
    if len(wrong) == 1:
        return True
    if len(wrong) != 2 or wrong[1] - wrong[0] != 1:
        return False
    first, second = wrong
    return left[first] == right[second] and left[second] == right[first]


def _parse_one(raw: str) -> Identifier:
    text = raw.strip().upper().removesuffix(".0")
    if _PLAIN.fullmatch(text):
        return _swedish(text.replace("-", ""))
    if (aged := _CENTENARIAN.fullmatch(text)) and _is_day_of_birth("".join(aged.groups())):
        return _swedish("".join(aged.groups()))
    if re.fullmatch(r"[0-9][.,][0-9]+E\+?[0-9]+", text):
        return Identifier("", "lossy")
    text = re.sub(r"^(?:0007|9955)\s*:", "", text)
    called = _CALLED.match(text)
    text = _NOTE.sub("", text[called.end() :] if called else text)
    squeezed = _NOISE.sub("", text)
    if not squeezed or squeezed in _PLACEHOLDER_WORDS or squeezed == "N/A":
        return Identifier("", "placeholder")
    if _MASKED.fullmatch(squeezed):
        return Identifier(re.split("[X*]", squeezed)[0][-6:], "masked")
    if _FOREIGN.fullmatch(squeezed):
        return Identifier(squeezed, "foreign")
    return _swedish(squeezed)


def _swedish(squeezed: str) -> Identifier:
    found = _SWEDISH.fullmatch(squeezed)
    if squeezed.isdigit() and len(set(squeezed)) == 1:
        return Identifier("", "placeholder")
    if found is None:
        if squeezed.isdigit() and len(squeezed) == 9 and _is_person("0" + squeezed):
            return Identifier("0" + squeezed, "person")  # a spreadsheet ate the leading zero
        state: State = "internal" if squeezed.isdigit() else "other"
        return Identifier("", state)
    number = found.group(1)
    digits = squeezed.removeprefix("SE")
    if len(digits) == 12 and digits.endswith("01"):
        number = _of_vat(digits, has_country=digits != squeezed)
    elif len(squeezed) == 12 and squeezed.isdigit() and not squeezed.startswith(_CENTURIES):
        return Identifier("", "internal")
    if number in _PLACEHOLDER or len(set(number)) == 1 or number.startswith("00000"):
        return Identifier("", "placeholder")
    if not check_digit_fits(number):
        return Identifier(number, "mistyped")
    return Identifier(number, "person" if is_personal(number) else "organisation")


_CENTURIES = ("00", "16", "18", "19", "20")


def _of_vat(digits: str, *, has_country: bool) -> str:
    """Ten digits and 01, or a century and ten digits?

    Of state bodies (202100-1975) both fit the form. A day of birth behind a century is somebody's.
    """
    first, last = digits[:10], digits[2:]
    if not digits.startswith(_CENTURIES):
        return first
    if has_country:
        is_vat = not _is_person(last)
    else:
        is_legal = digits.startswith("20") and not is_personal(first) and check_digit_fits(first)
        is_vat = is_legal and not _is_day_of_birth(last)
    return first if is_vat else last


def _is_person(number: str) -> bool:
    return check_digit_fits(number) and _is_day_of_birth(number)


def _is_day_of_birth(number: str) -> bool:
    day = int(number[4:6])
    return 1 <= int(number[2:4]) <= 12 and (1 <= day <= 31 or 61 <= day <= 91)
