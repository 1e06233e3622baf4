"""Text → typed cells, or a reason why not. Each notation is settled here and nowhere else.

Whole columns in, whole columns out: a cell that its notation does not fit exactly becomes null, and
`*_fault` says, for that one text, what was wrong with it. Knows no files, headers or postings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from compliance.personal_numbers import mask_text
from compliance.profiles import DATE_SHAPES, MONTH_ONLY

AMOUNT = pl.Decimal(18, 2)
# What parts thousands besides the declared sign: blank, no-break, narrow no-break, thin.
_BLANKS = (" ", "\u00a0", "\u202f", "\u2009")
_BLANK = "[ \u00a0\u202f\u2009]"
_MINUS = "[-\u2212]"
_NAMING = r"[1-9]|\p{L}"  # a letter, or a digit that is no zero
_UNIT = f"(?:{_BLANK}?(?:kr|KR|Kr|SEK|sek))?"
EARLIEST_YEAR, LATEST_YEAR = 1990, 2099

_STRPTIME = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "hh": "%H", "mm": "%M", "ss": "%S"}


@dataclass(frozen=True)
class Notation:
    """How one layout writes amounts: the decimal sign, and what else may part thousands."""

    decimal: str
    thousands: str = " "

    def digits(self) -> str:
        marks = [*_BLANKS, *([] if self.thousands == " " else [self.thousands])]
        groups = "|".join(f"(?:{re.escape(mark)}[0-9]{{3}}){{1,4}}" for mark in marks)
        return (
            f"(?:[0-9]{{1,13}}|[0-9]{{1,3}}(?:{groups}))(?:{re.escape(self.decimal)}[0-9]{{1,2}})?"
        )

    def plain(self) -> str:
        return f"^-?[0-9]{{1,13}}(?:{re.escape(self.decimal)}[0-9]{{1,2}})?$"

    def full(self) -> str:
        number = self.digits()
        signed = f"[-+\u2212]?{_BLANK}?{number}|{number}{_BLANK}?{_MINUS}|\\({number}\\)"
        return f"^(?:{signed}){_UNIT}$"


def read_amounts(texts: pl.Series, notation: Notation) -> pl.Series:
    """Return DECIMAL(18,2), exact, or null where the whole cell is not one amount.

    Surrounding blanks do not count. At most 13 digits before the decimal sign and two after: a cast
    alone would round a third one away.
    """
    plain = texts.str.contains(notation.plain())
    if plain.all() and not plain.null_count():
        return _exact(texts, notation.decimal)
    read = _exact(texts.set(~plain.fill_null(value=False), None), notation.decimal)
    rest = (~plain).fill_null(value=False)
    if rest.any():
        where = rest.arg_true()
        read = read.scatter(where, _elaborate(texts.filter(rest).str.strip_chars(), notation))
    return read


def _elaborate(texts: pl.Series, notation: Notation) -> pl.Series:
    texts = texts.set(~texts.str.contains(notation.full()), None)
    negative = texts.str.contains(f"{_MINUS}|\\(")
    digits = texts.str.replace_all(f"[^0-9{re.escape(notation.decimal)}]", "")
    return _exact(pl.select(pl.when(negative).then("-" + digits).otherwise(digits)).to_series(),
                  notation.decimal)  # fmt: skip


def _exact(texts: pl.Series, decimal: str) -> pl.Series:
    if decimal != ".":
        texts = texts.str.replace(decimal, ".", literal=True)
    return texts.cast(AMOUNT, strict=False)


def amount_fault(text: str | None, notation: Notation) -> str:
    """Say why a cell that `read_amounts` left null is not an amount."""
    text = (text or "").strip()
    decimal, other = notation.decimal, "." if notation.decimal == "," else ","
    if not text or text in {"-", "\u2212", "\u2013"}:
        return "no amount"
    if text.startswith("#"):
        return f"`{short(text)}` is an error of the spreadsheet it came from"
    if re.fullmatch(r"[-+]?(nan|inf(inity)?)", text, re.IGNORECASE):
        return f"`{short(text)}` is no amount"
    if re.fullmatch(r"[-+]?[0-9]+([.,][0-9]+)?[eE][-+]?[0-9]+", text):
        return f"`{short(text)}` is in exponent form; digits are lost"
    if re.search(r"\d", text) and not re.search("[0-9]", text):
        return f"`{short(text)}` is written in other digits than 0–9"
    if re.fullmatch(f"[-+]?[0-9\\s]+{re.escape(decimal)}[0-9]{{3,}}", text):
        return f"`{short(text)}` has more than two decimals"
    if other in text:
        return (
            f"`{short(text)}` is ambiguous: `{other}` is not how this layout writes amounts "
            f"(decimal sign `{decimal}`)"
        )
    if re.fullmatch(r"[-+]?[0-9]{14,}([.,][0-9]*)?", text):
        return f"`{short(text)}` is beyond any amount in a ledger"
    return f"cannot read `{short(text)}` as an amount"


def read_dates(texts: pl.Series, shapes: tuple[str, ...]) -> pl.Series:
    """Return DATE, or null where the whole cell is not a day in one of the declared notations.

    A day that the calendar does not have, or a year outside 1990–2099, is null too.
    """
    read = pl.Series(texts.name, [None], dtype=pl.Date).new_from_index(0, len(texts))
    for shape in shapes:
        if read.null_count() == 0:
            break
        fits = texts.str.contains(f"^[\\s]*{DATE_SHAPES[shape]}[\\s]*$")
        whole = fits.all() and not fits.null_count()
        fitting = texts if whole else texts.set(~fits.fill_null(value=False), None)
        found = _in_shape(fitting.str.strip_chars(), shape)
        read = found if read.null_count() == len(read) else read.zip_with(read.is_not_null(), found)
    years = read.dt.year()
    return read.set((years < EARLIEST_YEAR) | (years > LATEST_YEAR), None)


def _in_shape(texts: pl.Series, shape: str) -> pl.Series:
    if shape == "serial":
        days = texts.cast(pl.Int32, strict=False)
        # Day 1 of a spreadsheet is 1900-01-01, and it believes in 1900-02-29.
        return (days - 25569).cast(pl.Date)
    if shape in MONTH_ONLY:
        texts, shape = (
            texts + ("-01" if "-" in shape else "01"),
            shape + ("-DD" if "-" in shape else "DD"),
        )
    pattern = re.sub("YYYY|YY|MM|DD|hh|mm|ss", lambda part: _STRPTIME[part[0]], shape)
    return texts.str.to_date(pattern, strict=False)


def date_fault(text: str | None, shapes: tuple[str, ...]) -> str:
    """Say why a cell that `read_dates` left null is not a date."""
    text = (text or "").strip()
    if not text:
        return "no date"
    if text.startswith("#"):
        return f"`{short(text)}` is an error of the spreadsheet it came from"
    if any(re.fullmatch(DATE_SHAPES[shape], text) for shape in shapes):
        return f"`{short(text)}` is not a day of the calendar between 1990 and 2099"
    return f"cannot read `{short(text)}` as a date written {' or '.join(shapes)}"


def clean(texts: pl.Series) -> pl.Series:
    """Trim text, let one blank stand for each run of blanks, compose letters; empty is null."""
    # One look tells whether there is anything to do; trimming each cell costs thrice as much.
    if texts.str.contains("^\\s|\\s$|\\s\\s|[^\\S ]|[\u0300-\u036f\u212a\u212b]").any():
        texts = texts.str.replace_all(r"\s+", " ").str.strip_chars().str.normalize("NFC")
    return texts.set(texts == "", None)


def references(texts: pl.Series) -> pl.Series:
    """Take away what names nothing: `-` or `0`, which systems write where there is no contract."""
    named = texts.str.contains(_NAMING)
    return texts if named.all() else texts.set(~named.fill_null(value=False), None)


def reference(text: str) -> str | None:
    """Return one text as `references` does its own; None where it names nothing."""
    return text if re.search(r"[1-9]|[^\W\d_]", text) else None


def first_word(texts: pl.Series) -> pl.Series:
    """Return the number that opens a cell such as `60150 Lokalhyror`; null where none does."""
    return texts.str.extract("^([0-9]+)(?:[ :;,.-]|$)", 1)


def after_first_word(texts: pl.Series) -> pl.Series:
    """Return what follows that number; the whole cell where none opens it; null when empty."""
    rest = texts.str.replace("^[0-9]+(?:[ :;,.-]+|$)", "")
    return rest.set(rest == "", None)


def short(text: str) -> str:
    """Return at most 40 characters of a cell, a person's number in it masked."""
    text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    text = mask_text(text) or ""
    return text if len(text) <= 40 else text[:39] + "…"
