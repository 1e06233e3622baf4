"""Which few suppliers could a vendor be at all?

An inverted index on rare words and rare four-letter pieces, and exact keys. Never all pairs.
Every choice is made by counts in steps of two, then by the text itself: one name more on either
side moves no unrelated candidate, and the order of rows moves none at all. Weights are whole
hundredths, so their sums are exact in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from compliance.match.coded import NOTHING, Ints, Ragged, Sides, spread

_RARE_WORDS = 3
_RARE_PIECES = 7
_PIECE = 4
_LONGEST_LIST = 256  # a word in more names than this says nothing about one of them
_KEPT = 8
_EXACT_KEPT = 20
_VENDORS_AT_ONCE = 2_000
# In hundredths: what a key of the rarest kind weighs, and each step that it is commoner takes.
_WORD_WEIGHT, _WORD_STEP = 1_360, 105
_PIECE_WEIGHT, _PIECE_STEP = 534, 42
_EXACT_WEIGHT, _NEAR_EXACT_WEIGHT = 6_000, 4_000
# A vendor's row, a weight and another row are packed into one number, which sorts fast.
_WEIGHT_BITS, _OTHER_BITS = 16, 30
_HEAVIEST = (1 << _WEIGHT_BITS) - 1
_OTHER = (1 << _OTHER_BITS) - 1
_CODE_BITS = 32
_CODE = (1 << _CODE_BITS) - 1


class Candidates(NamedTuple):
    """Rows of vendors and of others, and the weight of each pair in hundredths."""

    vendor: Ints
    other: Ints
    weight: Ints

    def where(self, kept: npt.NDArray[np.bool_]) -> Candidates:
        return Candidates(*(column[kept] for column in self))


def packed(row: Ints, other: Ints) -> Ints:
    """One number for a pair of rows, in the order of both."""
    return (row << _OTHER_BITS) | other


def unpacked(pair: Ints) -> tuple[Ints, Ints]:
    """The two rows again."""
    return pair >> _OTHER_BITS, pair & _OTHER


def starts(ordered: Ints) -> npt.NDArray[np.bool_]:
    """Where another value begins."""
    found = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=found[1:])
    return found


def place_in_group(ordered: Ints) -> Ints:
    """How many of the same value stand before each."""
    start = np.flatnonzero(starts(ordered))
    return np.arange(len(ordered)) - np.repeat(start, np.diff(start, append=len(ordered)))


@dataclass(frozen=True)
class Lists:
    """For each key, rarest first, then by its text: which rows of the other side carry it.

    `codes` are sorted, `rank` tells the place of each among the rest: `steps` is the count in steps
    of two, `start` and `count` tell where its rows stand in `rows`.
    """

    codes: Ints
    rank: Ints
    steps: Ints
    start: Ints
    count: Ints
    rows: Ints

    def ranks(self, asked: Ints) -> Ints:
        """The rank of each code; NOTHING for one that is not held."""
        if not len(self.codes):
            return np.full(len(asked), NOTHING)
        place = np.minimum(np.searchsorted(self.codes, asked), len(self.codes) - 1)
        return np.where(self.codes[place] == asked, self.rank[place], NOTHING)


@dataclass(frozen=True)
class Index:
    """Where each key stands on the side of the suppliers and strangers."""

    words: Lists
    pieces: Lists
    keys: Lists
    joined: Lists
    placeless: Lists


def build_index(sides: Sides) -> Index:
    """Index the suppliers and strangers by their row."""
    others = sides.others
    return Index(
        _lists(*_words(others.tokens, sides.stems), _LONGEST_LIST),
        _lists(*_pieces(others.side.joined), _LONGEST_LIST),
        *(_lists(*_filled(code)) for code in (others.key, others.joined, others.placeless)),
    )


def find_candidates(sides: Sides, index: Index, rows: Ints, supplier_count: int) -> Candidates:
    """Return the heaviest suppliers and the heaviest strangers of each vendor of neighbouring rows.

    Rows of others from supplier_count on are strangers.
    """
    found = [Candidates(*(np.zeros(0, np.int64) for _ in Candidates._fields))]
    for start in range(0, len(rows), _VENDORS_AT_ONCE):
        batch = rows[start : start + _VENDORS_AT_ONCE]
        pair, weight = _candidates_of(sides, batch, index)
        is_strange = unpacked(pair)[1] >= supplier_count
        for some in (~is_strange, is_strange):
            vendor, other, heavy = _heaviest(pair[some], weight[some])
            found.append(Candidates(vendor + batch[0], other, heavy))
    return Candidates(*map(np.concatenate, zip(*found, strict=True)))


def _candidates_of(sides: Sides, batch: Ints, index: Index) -> tuple[Ints, Ints]:
    """The pairs of a batch (a row within the batch and another, packed) and their weights."""
    vendors = sides.vendors
    words = _words(vendors.tokens.picked(batch), sides.stems)
    pieces = _pieces(vendors.side.joined[batch[0] : batch[-1] + 1])
    by_words = _meeting(*words, index.words, _RARE_WORDS, _WORD_WEIGHT, _WORD_STEP)
    by_pieces = _meeting(*pieces, index.pieces, _RARE_PIECES, _PIECE_WEIGHT, _PIECE_STEP)
    # One shared piece of many is chance.
    by_pieces = by_pieces.where((by_pieces.hits > 1) | (by_pieces.asked <= 3))
    parts = vendors.parts.picked(batch)
    key, joined = _filled(vendors.key[batch]), _filled(vendors.joined[batch])
    exact = [
        (_same(*key, index.keys), _EXACT_WEIGHT),
        (_same(*joined, index.joined), _EXACT_WEIGHT),
        (_same(*_filled(vendors.placeless[batch]), index.joined), _NEAR_EXACT_WEIGHT),
        (_same(*joined, index.placeless), _NEAR_EXACT_WEIGHT),
        (_same(parts.rows, parts.flat, index.keys), _NEAR_EXACT_WEIGHT),
    ]
    pair = np.concatenate([by_words.pair, by_pieces.pair, *(pair for pair, _ in exact)])
    weights = [np.full(len(pair), weight) for pair, weight in exact]
    return _summed(pair, np.concatenate([by_words.weight, by_pieces.weight, *weights]))[:2]


def _heaviest(pair: Ints, weight: Ints) -> tuple[Ints, Ints, Ints]:
    """The first few of each vendor; of equal weight the first rows, which are sorted by id."""
    row, other = unpacked(pair)
    ordered = packed((row << _WEIGHT_BITS) | (_HEAVIEST - weight), other)
    ordered.sort()
    first, other = unpacked(ordered)
    kept = place_in_group(first >> _WEIGHT_BITS) < _KEPT
    return first[kept] >> _WEIGHT_BITS, other[kept], _HEAVIEST - (first[kept] & _HEAVIEST)


# ── keys: of each, the row that has it and its code; a row has a key once ───────────────────────


def _words(tokens: Ragged, stems: Ints) -> tuple[Ints, Ints]:
    """The words of each row, and their stems."""
    return _once(np.tile(tokens.rows, 2), np.concatenate([tokens.flat, stems[tokens.flat]]))


def _pieces(joined: Sequence[str]) -> tuple[Ints, Ints]:
    """Every four neighbouring letters, with a sign for the beginning and the end.

    Their bytes are the code, so that it is in the order of the text; a shorter text is one piece.
    """
    text = np.frombuffer("".join([f"^{name:<2}$" for name in joined]).encode("ascii"), np.uint8)
    count = np.maximum(np.fromiter(map(len, joined), np.int64, len(joined)), 2) + 2
    start = np.cumsum(count) - count
    at = spread(start, count - _PIECE + 1)
    code = np.zeros(len(at), np.int64)
    for place in range(_PIECE):
        code = (code << 8) | text[at + place]
    return _once(np.repeat(np.arange(len(joined)), count - _PIECE + 1), code)


def _filled(code: Ints) -> tuple[Ints, Ints]:
    rows = np.flatnonzero(code != NOTHING)
    return rows, code[rows]


def _once(row: Ints, code: Ints) -> tuple[Ints, Ints]:
    ordered = (row << _CODE_BITS) | code
    ordered.sort()
    ordered = ordered[starts(ordered)]
    return ordered >> _CODE_BITS, ordered & _CODE


def _lists(row: Ints, code: Ints, longest: int | None = None) -> Lists:
    """Keys that stand in too many rows are left out."""
    order = np.lexsort((row, code))
    row, code = row[order], code[order]
    start = np.flatnonzero(starts(code))
    count = np.diff(start, append=len(code))
    if longest is not None:
        start, count = start[count <= longest], count[count <= longest]
    codes = code[start]
    steps = np.floor(np.log2(count)).astype(np.int64)
    ranked = np.lexsort((codes, steps))
    rank = np.empty_like(ranked)
    rank[ranked] = np.arange(len(ranked))
    return Lists(codes, rank, steps[ranked], start[ranked], count[ranked], row)


# ── meetings ────────────────────────────────────────────────────────────────────────────────────


class _Met(NamedTuple):
    """Packed pairs, each once: the summed weight, by how many keys, of how many asked for."""

    pair: Ints
    weight: Ints
    hits: Ints
    asked: Ints

    def where(self, kept: npt.NDArray[np.bool_]) -> _Met:
        return _Met(*(column[kept] for column in self))


def _meeting(row: Ints, code: Ints, lists: Lists, rarest: int, most: int, step: int) -> _Met:
    """Who shares the vendor's rarest keys, weighed by how rare they are."""
    rank = lists.ranks(code)
    ordered = (row[rank != NOTHING] << _CODE_BITS) | rank[rank != NOTHING]
    ordered.sort()
    ordered = ordered[place_in_group(ordered >> _CODE_BITS) < rarest]
    row, rank = ordered >> _CODE_BITS, ordered & _CODE
    asked = np.bincount(row, minlength=1)
    count = lists.count[rank]
    other = lists.rows[spread(lists.start[rank], count)]
    weight = np.repeat(most - step * lists.steps[rank], count)
    pair, weight, hits = _summed(packed(np.repeat(row, count), other), weight)
    return _Met(pair, weight, hits, asked[pair >> _OTHER_BITS])


def _same(row: Ints, code: Ints, held: Lists) -> Ints:
    """The packed pairs with the same key: each once, and of each vendor the first few."""
    rank = held.ranks(code)
    row, rank = row[rank != NOTHING], rank[rank != NOTHING]
    count = held.count[rank]
    pair = packed(np.repeat(row, count), held.rows[spread(held.start[rank], count)])
    pair.sort()
    pair = pair[starts(pair)]
    return pair[place_in_group(pair >> _OTHER_BITS) < _EXACT_KEPT]


def _summed(pair: Ints, weight: Ints) -> tuple[Ints, Ints, Ints]:
    """Each pair once, its summed weight, and how often it stood there."""
    ordered = (pair << _WEIGHT_BITS) | weight
    ordered.sort()
    pair = ordered >> _WEIGHT_BITS
    start = np.flatnonzero(starts(pair))
    if not len(start):
        return pair, pair, pair
    total = np.add.reduceat(ordered & _HEAVIEST, start)
    return pair[start], total, np.diff(start, append=len(pair))
