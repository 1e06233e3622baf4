"""Which texts tell of a person, by number or by name, and what stands there instead?

Works on whole frames of texts; who the persons are is for persons.py to say. Knows neither files
nor vendors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, count

import polars as pl

from compliance import person_signs as signs
from compliance.person_rules import PersonRules
from compliance.personal_numbers import MASK, SHORTEST, is_personal, mask_text

NAME_MASK = "[namn]"
_FREE = ("text", "note")
_LETTERS = re.compile(r"[^\W\d_]+")
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
    pattern = _full_name(rules)
    if not pattern:
        return values.clear().select("field", "value", masked="value")
    is_told = pl.col("field").is_in(_FREE) & _composed(pl.col("value")).str.contains(pattern)
    return values.filter(is_told).select("field", "value", masked=pl.lit(NAME_MASK))


def _full_name(rules: PersonRules) -> str:
    """The pattern of a given name with a surname beside it; what bounds it are its two groups."""
    if not (rules.given_names and rules.surname_endings):
        return ""
    given = _either(name.title() for name in rules.given_names)
    surname = rf"\p{{Lu}}\p{{L}}*{_either(rules.surname_endings)}[sS]?"
    return (
        rf"(^|[^\p{{L}}])(?:{given}(?:[ -]\p{{Lu}}[\p{{L}}.]*)? {surname}"
        rf"|{surname},? {given})([^\p{{L}}]|$)"
    )


def _composed(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKC").str.replace_all(r"\s+", " ")


def _either(words: Iterable[str]) -> str:
    """One of these, as it is or in capitals."""
    forms = {form for word in words for form in (word, word.upper())}
    return f"(?:{'|'.join(map(re.escape, sorted(forms)))})"


def _is_named(text: pl.Expr, names: pl.Series) -> pl.Expr:
    """Does the text hold one of the names? A short one only as words of its own.

    Letters alone count: `Roos, Karl-Erik`, `karl.erik.roos@…` and `Karl Erik Roos` are one.
    """
    spoken = _spoken(names)
    letters = signs.folded(text).str.replace_all(r"[^\p{L}]+", " ")
    spaced = pl.concat_str(pl.lit(" "), letters, pl.lit(" "))
    wanted = [name if len(name) >= _LONG else f" {name} " for name in spoken]
    return spaced.str.contains_any(wanted) if wanted else pl.lit(value=False)


def mask_rows(rows: pl.DataFrame, rules: PersonRules) -> pl.DataFrame:
    """Return rejected rows (raw, reason) with persons' numbers and names masked in both.

    A row that was never understood has no vendor to look up, nor cells that are sure to be cells:
    each piece of it, however it is parted, is judged by its number or by reading as a person's
    name; beside a personal number whatever may be a name is one. A reason quotes a cell.
    """
    both = rows.select("raw", "reason")
    hidden = [(mask_text(raw), mask_text(reason)) for raw, reason in both.iter_rows()]
    pieces = {text: (_pieces(text), _beside_number(text)) for one in hidden for text in one if text}
    names = _names_among(pieces.values(), rules)

    def without(text: str | None) -> str | None:
        if text is None or text not in pieces:
            return text
        own = pieces[text]
        for name in sorted(names & (own[0] | own[1]), key=len, reverse=True):
            text = text.replace(name, NAME_MASK)
        return text

    told = [(without(raw), without(reason)) for raw, reason in hidden]
    shown = rows.with_columns(
        raw=pl.Series([raw for raw, _ in told], dtype=pl.String),
        reason=pl.Series([reason for _, reason in told], dtype=pl.String),
    )
    pattern = _full_name(rules)
    if not pattern:
        return shown
    return shown.with_columns(
        pl.when(_composed(pl.col(name)).str.contains(pattern))
        .then(_composed(pl.col(name)).str.replace_all(pattern, f"${{1}}{NAME_MASK}${{2}}"))
        .otherwise(name)
        .alias(name)
        for name in ("raw", "reason")
    )


_PARTS = (";", "\t", ",", "|")
_QUOTED = re.compile(r"\"([^\"]+)\"|'([^']+)'|`([^`]+)`")
_ENDS = re.compile(r"^[\W\d_]+|[^\w\ufffd.]+$|\s+[\d.,]+$")
_MAY_BE_NAME = re.compile(r"[^\W\d_][^\d;\t|]*")
_MOST_WORDS = 4
_LOST = "\ufffd"


def _names_among(
    pieces: Iterable[tuple[Iterable[str], Iterable[str]]], rules: PersonRules
) -> set[str]:
    """Which pieces of texts, or cells beside a personal number, are to be hidden as names?"""
    every = [*pieces]
    judged = {piece for own, _ in every for piece in own if 1 < len(piece.split()) <= _MOST_WORDS}
    named = strangers(_as_values(sorted(judged)), rules)["field"]
    beside = sorted({cell for _, cells in every for cell in cells})
    near = _as_values(beside).with_columns(_name=signs.folded(pl.col("value")))
    whose = near.filter(signs.begins_with_given(rules) | ~signs.has_company(rules))["field"]
    return {*named, *whose}


def _as_values(pieces: Sequence[str]) -> pl.DataFrame:
    """Each piece, and how it is judged: a letter lost with its encoding is a letter still."""
    judged = [piece.replace(_LOST, "o").replace(";", ",") for piece in pieces]
    return pl.DataFrame(
        {"field": pieces, "value": judged}, schema={"field": pl.String, "value": pl.String}
    )


def _pieces(text: str) -> set[str]:
    found = {part for quoted in _QUOTED.findall(text) for part in quoted if part}
    for mark in _PARTS:
        found.update(text.split(mark))
    return {bare for piece in found if (bare := _ENDS.sub("", _ENDS.sub("", piece.strip())))}


def _beside_number(text: str) -> set[str]:
    """The cells before and after a personal number that may hold whose it is."""
    if MASK not in text:
        return set()
    cells = text.split(max(_PARTS, key=text.count))
    at = [place for place, cell in enumerate(cells) if MASK in cell]
    near = {place + step for place in at for step in (-1, 1)} - {*at}
    bare = {_ENDS.sub("", cells[place].strip()) for place in near if 0 <= place < len(cells)}
    return {cell for cell in bare if _MAY_BE_NAME.fullmatch(cell)}


def _spoken(names: pl.Series) -> list[str]:
    """The names as a text may hold them: in both orders, without numbers and one-word names."""
    told = (
        names.drop_nulls()
        .unique()
        .to_frame("name")
        .select(signs.folded(pl.col("name")).str.replace_all(signs.NUMBER_IN_NAME, " "))
    )
    whole = {name for name in told["name"] if not is_personal(name)}
    folded = {" ".join(_LETTERS.findall(name)) for name in whole}
    return sorted(order for name in folded for order in {name, _turned(name)} if " " in name)


def _turned(name: str) -> str:
    first, _, rest = name.partition(" ")
    return f"{rest} {first}" if rest else name
