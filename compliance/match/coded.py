"""Both sides as numbers: each distinct word and spelling is one, so that many pairs go at once.

Codes are common to both sides. Those of words are in the order of the words, so that a choice by
code is a choice by text, and one name more moves no other choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from compliance.match.reading import Side
from compliance.names import stem

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

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


def code_sides(vendors: Side, others: Side) -> Sides:
    """Give every word and spelling its number."""
    names = [*vendors.names, *others.names]
    tokens = set(chain.from_iterable(name.tokens for name in names))
    words = sorted(tokens | {stem(token) for token in tokens})
    word = {text: code for code, text in enumerate(words)}
    joined = _numbered(chain(vendors.joined, others.joined))
    keys = _numbered(chain(vendors.keys, others.keys))
    forms = _numbered(name.form for name in names)
    digits = {name.digits: 0 for name in names if name.digits}
    digits = {some: code for code, some in enumerate(digits)}
    cities = _numbered(chain(vendors.cities, others.cities))
    codes = (word, joined, keys, forms, digits, cities)
    stems = np.fromiter((word.get(stem(text), NOTHING) for text in words), np.int64, len(words))
    return Sides(_coded(vendors, *codes), _coded(others, *codes), words, stems)


def _numbered(texts: Iterable[str]) -> dict[str, int]:
    distinct = dict.fromkeys(texts)
    distinct.pop("", None)
    return {text: code for code, text in enumerate(distinct)}


def _coded(
    side: Side,
    word: Mapping[str, int],
    joined: Mapping[str, int],
    keys: Mapping[str, int],
    forms: Mapping[str, int],
    digits: Mapping[frozenset[str], int],
    cities: Mapping[str, int],
) -> Coded:
    names, count = side.names, len(side)
    tokens = _ragged((name.tokens for name in names), count, word)
    held = tokens.count > 0
    first = np.full(count, NOTHING)
    first[held] = tokens.flat[tokens.start[held]]
    return Coded(
        side,
        tokens,
        _looked_up(side.joined, count, joined),
        _looked_up(side.keys, count, keys),
        _looked_up((name.placeless for name in names), count, joined),
        _parts((name.alternatives for name in names), count, keys),
        _looked_up((name.form for name in names), count, forms),
        np.fromiter((digits.get(name.digits, NOTHING) for name in names), np.int64, count),
        _looked_up(side.cities, count, cities),
        first,
        [" ".join(sorted(name.tokens)) for name in names],
        np.fromiter(map(len, side.joined), np.int64, count),
        np.fromiter((name.form == "FOR" for name in names), np.bool_, count),
        np.fromiter((name.is_cut for name in names), np.bool_, count),
        np.fromiter((name.is_factored for name in names), np.bool_, count),
        np.fromiter((name.has_initials for name in names), np.bool_, count),
        np.fromiter((bool(name.placeless) for name in names), np.bool_, count),
        np.fromiter(
            (bool(name.places or name.address or name.placeless) for name in names), np.bool_, count
        ),
        _can_join(tokens, word),
    )


def _looked_up(texts: Iterable[str], count: int, codes: Mapping[str, int]) -> Ints:
    return np.fromiter((codes.get(text, NOTHING) for text in texts), np.int64, count)


def _ragged(texts: Iterable[tuple[str, ...]], count: int, codes: Mapping[str, int]) -> Ragged:
    some = list(texts)
    counts = np.fromiter(map(len, some), np.int64, count)
    return Ragged.of(
        np.fromiter(map(codes.__getitem__, chain.from_iterable(some)), np.int64, counts.sum()),
        counts,
    )


def _parts(texts: Iterable[tuple[str, ...]], count: int, codes: Mapping[str, int]) -> Ragged:
    return _ragged(
        (tuple(t for t in some if t in codes) if some else () for some in texts), count, codes
    )


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
