"""Both sides as numbers: each distinct word and spelling is one, so that many pairs go at once.

Codes are common to both sides. Those of words are in the order of the words, so that a choice by
code is a choice by text, and one name more moves no other choice.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from compliance.match.reading import Side
from compliance.names import Name, stem

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Text = TypeVar("Text", bound=Hashable)

NOTHING = -1  # the code of an empty text, and of one that stands nowhere else


@dataclass(frozen=True)
class Ragged:
    """Several numbers a row: those of row r stand in `flat[start[r] : start[r] + count[r]]`."""

    flat: Ints
    start: Ints
    count: Ints

    @classmethod
    def of(cls, flat: Ints, count: Ints) -> Ragged:
        return cls(flat, np.cumsum(count) - count, count)

    def picked(self, rows: Ints) -> Ragged:
        """Return these rows, one after another."""
        count = self.count[rows]
        return Ragged.of(self.flat[spread(self.start[rows], count)], count)

    @property
    def rows(self) -> Ints:
        """The row of each number in `flat`."""
        return np.repeat(np.arange(len(self.count)), self.count)


def picked(texts: Sequence[str], rows: Ints) -> list[str]:
    """Return the texts of these rows."""
    return [texts[row] for row in rows.tolist()]


def spread(start: Ints, count: Ints) -> Ints:
    """Return start, start + 1, … count times, for each start."""
    before = np.cumsum(count) - count
    return np.repeat(start - before, count) + np.arange(count.sum())


@dataclass(frozen=True)
class Coded:
    """One side, row by row as in its Side; NOTHING for what is empty."""

    side: Side
    tokens: Ragged
    joined: Ints
    key: Ints
    placeless: Ints  # as `joined`; NOTHING too for one that is no row's whole name
    parts: Ragged  # the name's alternatives, as `key`; those that are no row's key are left out
    form: Ints
    digits: Ints
    city: Ints
    first: Ints  # the first token
    ordered: Sequence[str]  # the tokens, sorted, with blanks between
    length: Ints  # letters of the joined tokens
    is_foreign: Bools  # by its form
    is_cut: Bools
    is_factored: Bools
    has_initials: Bools
    ends_in_place: Bools  # it has a placeless part
    has_place: Bools  # in the name, beside it, or at its end
    can_join: Bools  # two neighbouring tokens, joined, are a token of some name


@dataclass(frozen=True)
class Sides:
    """The vendors and the others in common codes."""

    vendors: Coded
    others: Coded
    words: Sequence[str]  # by code, sorted; with the stem of each
    stems: Ints  # the code of each token's stem
    forms: int  # how many there are
    cities: int
    keys: int


def code_sides(vendors: Side, others: Side) -> Sides:
    """Give every word and spelling its number."""
    names = [*vendors.names, *others.names]
    tokens = set(chain.from_iterable(_column(names, "tokens")))
    words = sorted(tokens | set(map(stem, tokens)))
    word = {text: code for code, text in enumerate(words)}
    codes = _Codes(
        word,
        _numbered(chain(vendors.joined, others.joined)),
        _numbered(chain(vendors.keys, others.keys)),
        _numbered(_column(names, "form")),
        _numbered(_column(names, "digits")),
        _numbered(chain(vendors.cities, others.cities)),
    )
    stems = _looked_up(map(stem, words), word, len(words))
    coded = _coded(vendors, codes), _coded(others, codes)
    return Sides(*coded, words, stems, len(codes.form), len(codes.city), len(codes.key))


def _column(names: Sequence[Name], field: str) -> Iterator[Any]:
    """One field of all names."""
    return map(attrgetter(field), names)


class _Codes(NamedTuple):
    word: Mapping[str, int]
    joined: Mapping[str, int]
    key: Mapping[str, int]
    form: Mapping[str, int]
    digits: Mapping[frozenset[str], int]
    city: Mapping[str, int]


def _numbered(texts: Iterable[Text]) -> dict[Text, int]:
    """Number what is not empty."""
    return {text: code for code, text in enumerate(filter(None, dict.fromkeys(texts)))}


def _coded(side: Side, codes: _Codes) -> Coded:
    count, names = len(side), side.names

    def holds(field: str) -> Bools:
        return np.fromiter(map(bool, _column(names, field)), np.bool_, count)

    tokens = _ragged(_column(names, "tokens"), codes.word)
    held = tokens.count > 0
    first = np.full(count, NOTHING)
    first[held] = tokens.flat[tokens.start[held]]
    known = [
        tuple(text for text in some if text in codes.key) if some else ()
        for some in _column(names, "alternatives")
    ]
    return Coded(
        side,
        tokens,
        _looked_up(side.joined, codes.joined, count),
        _looked_up(side.keys, codes.key, count),
        _looked_up(_column(names, "placeless"), codes.joined, count),
        _ragged(known, codes.key),
        _looked_up(_column(names, "form"), codes.form, count),
        _looked_up(_column(names, "digits"), codes.digits, count),
        _looked_up(side.cities, codes.city, count),
        first,
        [" ".join(sorted(some)) for some in _column(names, "tokens")],
        np.fromiter(map(len, side.joined), np.int64, count),
        np.fromiter(map("FOR".__eq__, _column(names, "form")), np.bool_, count),
        holds("is_cut"),
        holds("is_factored"),
        holds("has_initials"),
        holds("placeless"),
        holds("places") | holds("address") | holds("placeless"),
        _can_join(tokens, codes.word),
    )


def _looked_up(texts: Iterable[Text], codes: Mapping[Text, int], count: int) -> Ints:
    return np.fromiter(map(codes.get, texts, repeat(NOTHING)), np.int64, count)


def _ragged(texts: Iterable[tuple[str, ...]], codes: Mapping[str, int]) -> Ragged:
    some = list(texts)
    count = np.fromiter(map(len, some), np.int64, len(some))
    flat = map(codes.__getitem__, chain.from_iterable(some))
    return Ragged.of(np.fromiter(flat, np.int64, count.sum()), count)


def _can_join(tokens: Ragged, word: Mapping[str, int]) -> Bools:
    """Which rows have two neighbours that somebody writes as one word."""
    words = list(word)
    rows = tokens.rows
    beside = np.flatnonzero(rows[1:] == rows[:-1])
    pairs = tokens.flat[beside] * len(words) + tokens.flat[beside + 1]
    distinct, where = np.unique(pairs, return_inverse=True)
    known = np.fromiter(
        (
            words[left] + words[right] in word
            for left, right in zip(
                (distinct // len(words)).tolist(), (distinct % len(words)).tolist(), strict=True
            )
        ),
        np.bool_,
        len(distinct),
    )
    found = np.zeros(len(tokens.count), dtype=np.bool_)
    found[rows[beside][known[where]]] = True
    return found
