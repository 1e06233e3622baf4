"""Which texts tell of a person, by number or by name, and what stands there instead?

Works on whole frames of texts; who the persons are is for persons.py to say. Knows neither files
nor vendors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, count

import polars as pl

from compliance import person_signs as signs
from compliance.person_rules import PersonRules
from compliance.personal_numbers import SHORTEST, is_personal, mask_text

NAME_MASK = "[namn]"
_FREE = ("text", "note")
_LONG = 7  # characters: a shorter name may stand in a longer one by chance


def masks(values: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """Return what must not be published as it is, and what is to stand there.

    Takes distinct (field, value) of texts, and the names of all persons in every spelling.
    Returns field, value, masked: only values that change. In `text`, `account_name`, `unit` and
    the like the pattern of a personal number is enough; numbers (`*_no`, `*_ref`) must have a
    right check digit too. A text that names a person is masked whole: what is told of somebody
    who was named is personal as well.
    """
    checked = pl.col("field").str.contains("_(no|ref)$")
    suspects = values.filter(
        (pl.col("value").str.len_chars() >= SHORTEST)
        & pl.col("value").str.contains(r"\d\d.?\d\d.?\d\d|[^\x00-\x7f]{6}")
    )
    by_number = suspects.with_columns(
        masked=pl.Series(
            [
                mask_text(value, checked=strict)
                for value, strict in suspects.select("value", checked).iter_rows()
            ],
            dtype=pl.String,
        )
    ).filter(pl.col("masked") != pl.col("value"))
    named = values.filter(_is_named(pl.col("value"), names)).with_columns(masked=pl.lit(NAME_MASK))
    return pl.concat([named, by_number.join(named, on=["field", "value"], how="anti")])


def told_apart(masked: pl.DataFrame, values: pl.Series) -> pl.DataFrame:
    """Return masks of a key, as `masks` does, so that two of its `values` never become one.

    Of several that would be the same, the second and later in order of their values are numbered.
    """
    taken = set(values) - set(masked["value"])
    shown = []
    for mask in masked.sort("value")["masked"]:
        numbered = (f"{mask} {n}" for n in count(2))
        shown.append(next(name for name in chain([mask], numbered) if name not in taken))
        taken.add(shown[-1])
    return masked.sort("value").with_columns(masked=pl.Series(shown, dtype=pl.String))


def strangers(values: pl.DataFrame, rules: PersonRules) -> pl.DataFrame:
    """Return the masks, as `masks` does, of values that read as the name of someone not known here.

    A decision on a vendor that is no longer in the ledger is one: nobody can look its name up.
    """
    frame = values.with_columns(_name=signs.folded(pl.col("value")))
    reads = signs.reads_as_person(rules) & ~signs.has_company(rules)
    return frame.filter(reads).select("field", "value", masked=pl.lit(NAME_MASK))


def strangers_within(values: pl.DataFrame, rules: PersonRules) -> pl.DataFrame:
    """Return the masks, as `masks` does, of free texts that name someone not known here.

    A given name with a surname beside it, both with capitals: `Resa Anna Lindgren`. Only what is
    free text is looked at: in other fields such a name may be a school's or a foundation's.
    """
    if not (rules.given_names and rules.surname_endings):
        return values.clear().select("field", "value", masked="value")
    given = _either(name.title() for name in rules.given_names)
    surname = rf"\p{{Lu}}\p{{L}}*{_either(rules.surname_endings)}[sS]?"
    pattern = (
        rf"(?:^|[^\p{{L}}])(?:{given}(?:[ -]\p{{Lu}}[\p{{L}}.]*)? {surname}"
        rf"|{surname},? {given})(?:[^\p{{L}}]|$)"
    )
    composed = pl.col("value").str.normalize("NFKC").str.replace_all(r"\s+", " ")
    is_told = pl.col("field").is_in(_FREE) & composed.str.contains(pattern)
    return values.filter(is_told).select("field", "value", masked=pl.lit(NAME_MASK))


def _either(words: Iterable[str]) -> str:
    """One of these, as it is or in capitals."""
    forms = {form for word in words for form in (word, word.upper())}
    return f"(?:{'|'.join(map(re.escape, sorted(forms)))})"


def _is_named(text: pl.Expr, names: pl.Series) -> pl.Expr:
    """Does the text hold one of the names? A short one only as words of its own."""
    spoken = _spoken(names)
    folded = signs.folded(text)
    spaced = pl.concat_str(pl.lit(" "), folded.str.replace_all(r"[^\p{L}'´’-]+", " "), pl.lit(" "))
    long = [name for name in spoken if len(name) >= _LONG]
    short = [f" {name} " for name in spoken if len(name) < _LONG]
    return (folded.str.contains_any(long) if long else pl.lit(value=False)) | (
        spaced.str.contains_any(short) if short else pl.lit(value=False)
    )


def mask_row(raw: str, reason: str, rules: PersonRules) -> tuple[str, str]:
    """Return a rejected row's raw text, and its reason, with persons' numbers and names masked.

    A row that was never understood has no vendor to look up; each of its cells is judged by
    itself, by its number or by reading as a person's name. A reason quotes a cell.
    """
    hidden = mask_text(raw) or ""
    delimiter = max(";\t,|", key=hidden.count)
    cells = hidden.split(delimiter)
    bare = pl.DataFrame({"field": "raw_row", "value": [cell.strip(' "') for cell in cells]})
    names = set(strangers(bare, rules)["value"])
    told = delimiter.join(NAME_MASK if cell.strip(' "') in names else cell for cell in cells)
    for name in sorted(names):
        reason = reason.replace(f"`{name}`", f"`{NAME_MASK}`")
    return told, mask_text(reason) or ""


def _spoken(names: pl.Series) -> list[str]:
    """The names as a text may hold them: in both orders, without numbers and one-word names."""
    told = (
        names.drop_nulls()
        .unique()
        .to_frame("name")
        .select(signs.folded(pl.col("name")).str.replace_all(signs.NUMBER_IN_NAME, " "))
    )
    folded = {" ".join(name.replace(",", " ").split()) for name in told["name"]}
    both = {order for name in folded for order in (name, _turned(name)) if " " in name}
    return sorted(name for name in both if not is_personal(name))


def _turned(name: str) -> str:
    first, _, rest = name.partition(" ")
    return f"{rest} {first}" if rest else name
