"""Is this a person's identity number, and where in a text does one stand?

A Swedish organisation number with a third digit below 2 is somebody's personal identity number:
day of birth, or day + 60 in a coordination number (samordningsnummer), then three digits, or one
of twelve letters and two digits in an interim number, then a check digit (folkbokföringslagen
1991:481, 18 §; Skatteverket). A mistyped number is still somebody's, so a wrong check digit
excuses nothing where the number stands in a number's or a text's place. Knows no names.
"""

from __future__ import annotations

import re
import unicodedata

from stdnum import luhn

MASK = "[personnummer]"
SHORTEST = 10  # characters, in any form that is found: a day and four more

# The letter stands for the kind of person; the check digit is reckoned with a 1 in its place.
INTERIM_LETTERS = "TRSUWXJKLMNP"

_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])"
_LAST = rf"[0-9{INTERIM_LETTERS}{INTERIM_LETTERS.lower()}][0-9]{{3}}|[Xx*]{{4}}"
_PATTERN = re.compile(
    # As VAT number too (SE…01), with a century, with 16 before it as some ledgers do; the date
    # in one piece or in three.
    r"(?<![0-9])(?P<before>SE ?)?(?:16|18|19|20)?"
    rf"(?P<number>[0-9]{{2}}[-./ ]?{_MONTH}[-./ ]?{_DAY}\s?[-+/._]?\s?(?:{_LAST}))"
    r"(?(before) ?[0-9]{2})(?![0-9*])"
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−﹣－"), "-")


def mask_text(text: str | None, *, checked: bool = False) -> str | None:
    """Return the text with every personal number replaced by `MASK`; null stays null.

    In names and free text the pattern is enough. With `checked` the check digit must hold too:
    for fields full of other long numbers, such as invoice numbers, of which one in eight looks
    like a day of birth. It must where a letter touches the number, as in a code.
    """
    if text is None:
        return None
    plain = _plain(text)

    def masked(found: re.Match[str]) -> str:
        beside = plain[: found.start()][-1:] + plain[found.end() :][:1]
        if (checked or any(map(str.isalpha, beside))) and not _checks(found["number"]):
            return found[0]
        return MASK

    hidden = _PATTERN.sub(masked, plain)
    return text if hidden == plain else hidden


def is_personal(number: str) -> bool:
    """Say whether the text as a whole is a personal number in any of its forms, mistyped or not."""
    return _PATTERN.fullmatch(_plain(number).strip()) is not None


def is_dated(number: str) -> bool:
    """Say whether the text as a whole is a personal number with its century, mistyped or not."""
    digits = re.sub(r"[^0-9A-Za-z*]", "", _plain(number))
    return len(digits) == 12 and digits.startswith(("19", "20")) and is_personal(number)


def canonical(number: str) -> str | None:
    """Return the ten characters that all forms of a personal number share, or null for no such.

    The century is dropped with the separators: ledgers mix both forms for one person, and within
    one municipality's ledger two persons a hundred years apart do not share a number.
    """
    found = _PATTERN.fullmatch(_plain(number).strip())
    return re.sub(r"[^0-9A-Z*]", "", found["number"].upper()) if found else None


def _checks(number: str) -> bool:
    digits = re.sub(r"[^0-9A-Z*]", "", number.upper())
    if digits.endswith(("XXXX", "****")):
        return True
    return bool(luhn.is_valid(re.sub("[A-Z]", "1", digits)))


def _plain(text: str) -> str:
    """Return the text with the digits, dashes and blanks of other scripts as those of ASCII."""
    if text.isascii():
        return text
    return "".join(
        str(digit)
        if (digit := unicodedata.digit(letter, None)) is not None
        else " "
        if unicodedata.category(letter) == "Zs"
        else letter
        for letter in text.translate(_DASHES)
        if unicodedata.category(letter) != "Cf"  # invisible: a number may hide behind one
    )
