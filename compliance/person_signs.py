"""What in a number or a name says that it is a person's? Expressions over a vendors' frame.

persons.py weighs the signs; nothing here decides. The columns that begin with an underscore are
those that persons.classify makes: `_ten`, `_dated`, `_name`, `_padded`, `_company`, `_personal`,
`_in_name`.
Of them masking.strangers makes `_name` alone.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import add

import polars as pl

from compliance.person_rules import PersonRules
from compliance.personal_numbers import INTERIM_LETTERS

# "Karl Roos 731008-9789": some ledgers have no better place for the number.
NUMBER_IN_NAME = (
    rf"\b(?:16|18|19|20)?([0-9]{{6}})[-+– ]?([0-9{INTERIM_LETTERS.lower()}][0-9]{{3}}|xxxx|\*{{4}})"
)
_NAME_PARTS = r"^[\p{L}'´’.-]+$"


# ── the number ──────────────────────────────────────────────────────────────────────────────────


def squeezed(number: pl.Expr) -> pl.Expr:
    """Letters and digits only, in upper case; a spreadsheet's `.0` and redacting stars undone.

    `ten`, `dated` and `padded` read it often: make it a column first, or each reads it anew.
    """
    return (
        number.str.normalize("NFKC")
        .str.strip_chars()
        .str.replace(r"\.0$", "")
        .str.to_uppercase()
        .str.replace_all("*", "X", literal=True)
        .str.replace_all(r"[^0-9A-Z]", "")
    )


def ten(squeezed: pl.Expr) -> pl.Expr:
    """The ten characters of a Swedish number of any kind and form, or null for something else."""
    last = rf"(?:[0-9{INTERIM_LETTERS}][0-9]{{3}}|XXXX)"
    ten = pl.coalesce(
        # A state body's VAT number without its SE: no day of birth has a month 00.
        squeezed.str.extract(r"^(202100[0-9]{4})01$"),
        _born_behind_se(squeezed),
        squeezed.str.extract(rf"^(?:00|16|18|19|20)?([0-9]{{6}}{last})$"),
        squeezed.str.extract(r"^SE([0-9]{10})(?:[0-9]{2})?$"),
        squeezed.str.extract(rf"^SE(?:16|18|19|20)([0-9]{{6}}{last})(?:[0-9]{{2}})?$"),
    )
    # 000000-0000 and 111111-1111 are what people type to get past a field that must be filled.
    junk = [digit * 10 for digit in "0123456789"]
    return pl.when(ten.is_in(junk).not_()).then(ten)


def _born_behind_se(squeezed: pl.Expr) -> pl.Expr:
    """SE, a century and a personal number: not a company's ten digits and two more.

    Those two are 01 but in rare cases, so that a mistyped number without them is somebody's too.
    """
    ten = squeezed.str.extract("^SE(?:16|18|19|20)([0-9]{10})$")
    return pl.when(_is_day_of_birth(ten) & (_checks(ten) | ~ten.str.ends_with("01"))).then(ten)


def dated(squeezed: pl.Expr) -> pl.Expr:
    """Twelve characters that begin with a day of birth, century and all.

    An organisation number of twelve has 16 before it, never 19 or 20: such a number is somebody's,
    also when it is mistyped and whatever the name says.
    """
    last = rf"(?:[0-9{INTERIM_LETTERS}][0-9]{{3}}|XXXX)"
    ten = squeezed.str.extract(rf"^(?:19|20)([0-9]{{6}}{last})$")
    return _is_day_of_birth(ten).fill_null(value=False)


def number_in(name: pl.Expr) -> pl.Expr:
    """The ten characters of a personal number that stands in the (folded) name."""
    day, last = (name.str.extract(NUMBER_IN_NAME, group) for group in (1, 2))
    ten = (day + last).str.to_uppercase().str.replace("****", "XXXX", literal=True)
    return pl.when(_is_day_of_birth(ten)).then(ten)


def padded(squeezed: pl.Expr) -> pl.Expr:
    """Ten digits of a number whose leading zeros a spreadsheet has eaten."""
    return squeezed.str.extract("^([0-9]{8,9})$").str.zfill(10)


def certain(ten: pl.Expr) -> pl.Expr:
    """Vendor numbers are often ten digits by chance: only a whole personal number counts."""
    return pl.when(_is_day_of_birth(ten) & _checks(ten)).then(ten)


def _is_day_of_birth(ten: pl.Expr) -> pl.Expr:
    month = ten.str.slice(2, 2).cast(pl.Int8)
    day = ten.str.slice(4, 2).cast(pl.Int8)
    return month.is_between(1, 12) & (day.is_between(1, 31) | day.is_between(61, 91))


def _checks(ten: pl.Expr) -> pl.Expr:
    """Luhn's check digit; the last four redacted count as right, an interim letter as 1."""
    digits = ten.str.replace(r"[A-WYZ]", "1")
    weighed = []
    for position in range(10):
        digit = digits.str.slice(position, 1).cast(pl.Int8, strict=False)
        double = digit * 2
        weighed.append(
            digit if position % 2 else double - pl.when(double >= 10).then(9).otherwise(0)
        )
    return (reduce(add, weighed) % 10 == 0) | ten.str.ends_with("XXXX")


def is_personal_number() -> pl.Expr:
    """A third digit below 2, unless a company's word says that a company's number was mistyped.

    A whole personal number, by its check digit, its century or an interim number's letter, is
    nobody's mistyped one.
    """
    ten = pl.col("_ten")
    third = ten.str.contains(r"^..[01]")
    has_letter = ten.str.contains("[A-Z]")
    whole = (_is_day_of_birth(ten) & (_checks(ten) | has_letter)) | pl.col("_dated")
    mistyped_company = pl.col("_company") & ~whole
    return (third & ~mistyped_company).fill_null(value=False)


def person_number() -> pl.Expr:
    """The ten characters of the person, or null when the number is a company's or unreadable."""
    padded = pl.col("_padded")
    unpadded = certain(padded)
    return (
        pl.when(pl.col("_personal"))
        .then("_ten")
        .when(pl.col("_ten").is_null() & ~pl.col("_company"))
        .then(pl.coalesce("_in_name", unpadded))
    )


# ── the name ────────────────────────────────────────────────────────────────────────────────────


def folded(name: pl.Expr) -> pl.Expr:
    """Composed, lower case, inner blanks squeezed: one text for what a reader takes for one."""
    return (
        name.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    )


def _words(name: pl.Expr) -> pl.Expr:
    return (
        name.str.replace_all(r"[,/()]", " ")
        .str.strip_chars()
        .str.split(" ")
        .list.eval(pl.element().str.strip_chars(".").filter(pl.element() != ""))
    )


def has_word(words: tuple[str, ...]) -> pl.Expr:
    """One of these stands in the name as a whole word; dots do not count (`A.B.`, `e.f.`)."""
    if not words:
        return pl.lit(value=False)
    dotless = pl.col("_name").str.replace_all(".", "", literal=True)
    any_of = "|".join(re.escape(word.replace(".", "")) for word in words)
    pattern = rf"(?:^|[ ,/()])(?:{any_of})(?:[ ,/()]|$)"
    return dotless.str.contains(pattern).fill_null(value=False)


def has_company(rules: PersonRules, paid_as_person: pl.Expr | None = None) -> pl.Expr:
    """A legal form, a trade, a digit or an `&`: no person is called that.

    A trade may be a part of a word, but not of a given name (`ica` stands in Monica), nor of a
    surname that ends like one (`kyl` in Lars Kylander). Other surnames hold one too, so a trade
    says nothing of one who was `paid_as_person`.
    """
    name = pl.col("_name")
    person = reads_as_person(rules)
    words = _words(name).list.eval(pl.element().filter(~_is_given(pl.element(), rules)))
    others = words.list.eval(pl.element().filter(~_is_surname(pl.element(), rules)))
    trade = pl.when(person).then(_holds_trade(others, rules)).otherwise(_holds_trade(words, rules))
    if paid_as_person is not None:
        trade &= ~(paid_as_person & person)
    return (trade | name.str.contains(r"[&0-9]") | has_word(rules.company_forms)).fill_null(
        value=False
    ) & ~has_word(rules.sole_trader_words)


def _holds_trade(words: pl.Expr, rules: PersonRules) -> pl.Expr:
    if not rules.company_words:
        return pl.lit(value=False)
    return words.list.join(" ").str.contains_any(list(rules.company_words))


def _is_surname(word: pl.Expr, rules: PersonRules) -> pl.Expr:
    endings = "|".join(map(re.escape, rules.surname_endings))
    return word.str.contains(rf".(?:{endings})$") if endings else pl.lit(value=False)


def _is_given(word: pl.Expr, rules: PersonRules) -> pl.Expr:
    return word.str.extract(r"^([^-]+)").is_in(list(rules.given_names))


def begins_with_given(rules: PersonRules) -> pl.Expr:
    """The first word is a given name, as in `Karin Lindgren Konsult`."""
    return _is_given(_words(pl.col("_name")).list.first(), rules).fill_null(value=False)


def reads_as_person(rules: PersonRules) -> pl.Expr:
    """Two to four words of letters, the first or, of two, the last one a given name.

    The surname first is told by a comma, or by the given name at the end of two words.
    """
    words = _words(pl.col("_name"))
    count = words.list.len()
    letters = words.list.eval(pl.element().str.contains(_NAME_PARTS).all()).list.first()

    first = _is_given(words.list.first(), rules)
    last = _is_given(words.list.last(), rules)
    comma = pl.col("_name").str.contains(r"^[^,]+, ?[^,]+$")
    second = _is_given(words.list.get(1, null_on_oob=True), rules)
    return (
        count.is_between(2, 4) & letters & (first | (comma & second) | ((count == 2) & last))
    ).fill_null(value=False)
