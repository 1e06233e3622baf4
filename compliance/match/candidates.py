"""Which few suppliers could a vendor be at all?

An inverted index on rare words and rare four-letter pieces, and exact keys. Never all pairs.
Every choice is made by counts in steps of two, then by the text itself: one name more on either
side moves no unrelated candidate, and the order of rows moves none at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from compliance.match.reading import Side
from compliance.names import stem

_RARE_WORDS = 3
_RARE_PIECES = 7
_PIECE = 4
_LONGEST_LIST = 256  # a word in more names than this says nothing about one of them
_KEPT = 8
_EXACT_WEIGHT, _NEAR_EXACT_WEIGHT = 60.0, 40.0


@dataclass(frozen=True)
class Index:
    """Where each key stands: frames of (key, steps, other) and (key, other)."""

    words: pl.DataFrame
    pieces: pl.DataFrame
    exact: tuple[pl.DataFrame, ...]


def build_index(side: Side) -> Index:
    """Index the suppliers (and strangers): `other` is the row in the side."""
    return Index(
        _posting_lists(_exploded(side, _words, "other")),
        _posting_lists(_exploded(side, _pieces, "other")),
        tuple(_exploded(side, keys, "other") for _, keys in _EXACT),
    )


def find_candidates(vendors: Side, index: Index) -> pl.DataFrame:
    """Return vendor, other (row numbers) and weight: at most eight a vendor, heaviest first."""
    words = _meeting(_exploded(vendors, _words, "vendor"), index.words, _RARE_WORDS, 1.5, 1.0)
    pieces = _meeting(_exploded(vendors, _pieces, "vendor"), index.pieces, _RARE_PIECES, 0.6, 0.3)
    # One shared piece of many is chance.
    pieces = pieces.filter((pl.col("hits") > 1) | (pl.col("asked") <= 3))
    found = [words.select(_COLUMNS), pieces.select(_COLUMNS)]
    for (keys, _), held, weight in zip(_EXACT, index.exact, _EXACT_WEIGHTS, strict=True):
        asked = _exploded(vendors, keys, "vendor")
        met = asked.join(held, on="key").sort("vendor", "other").unique(["vendor", "other"])
        found.append(
            met.with_columns(weight=pl.lit(weight))
            .sort("vendor", "other")
            .group_by("vendor", maintain_order=True)
            .head(20)
            .select(_COLUMNS)
        )
    return (
        pl.concat(found)
        .group_by("vendor", "other")
        .agg(pl.col("weight").sum().round(6))
        .sort("vendor", "weight", "other", descending=[False, True, False])
    )


def heaviest(candidates: pl.DataFrame, kept: int = _KEPT) -> pl.DataFrame:
    """Keep the first few of each vendor; those of equal weight with the last one stay too."""
    rank = pl.col("weight").rank("min", descending=True).over("vendor")
    return candidates.filter(rank <= kept)


_COLUMNS = ("vendor", "other", "weight")


def _words(side: Side, row: int) -> list[str]:
    tokens = side.names[row].tokens
    return list(dict.fromkeys([*tokens, *map(stem, tokens)]))


def _pieces(side: Side, row: int) -> list[str]:
    text = f"^{side.joined[row]}$"
    if len(text) <= _PIECE:
        return [text]
    return list(dict.fromkeys(text[i : i + _PIECE] for i in range(len(text) - _PIECE + 1)))


def _key(side: Side, row: int) -> list[str]:
    return [side.keys[row]] if side.keys[row] else []


def _joined(side: Side, row: int) -> list[str]:
    return [side.joined[row]] if side.joined[row] else []


def _placeless(side: Side, row: int) -> list[str]:
    shorter = side.names[row].placeless
    return [shorter] if shorter else []


def _parts(side: Side, row: int) -> list[str]:
    return list(side.names[row].alternatives)


Keys = Callable[[Side, int], list[str]]
# (the vendor's key, the supplier's key) that are compared as wholes.
_EXACT: tuple[tuple[Keys, Keys], ...] = (
    (_key, _key),
    (_joined, _joined),
    (_placeless, _joined),
    (_joined, _placeless),
    (_parts, _key),
)
_EXACT_WEIGHTS = (
    _EXACT_WEIGHT,
    _EXACT_WEIGHT,
    _NEAR_EXACT_WEIGHT,
    _NEAR_EXACT_WEIGHT,
    _NEAR_EXACT_WEIGHT,
)


def _exploded(side: Side, keys: Keys, row_name: str) -> pl.DataFrame:
    rows: list[int] = []
    texts: list[str] = []
    for row in range(len(side)):
        for key in keys(side, row):
            rows.append(row)
            texts.append(key)
    return pl.DataFrame(
        {row_name: rows, "key": texts}, schema={row_name: pl.Int32, "key": pl.String}
    )


def _posting_lists(entries: pl.DataFrame) -> pl.DataFrame:
    """With the count in steps of two; lists that are too long are left out."""
    counted = entries.group_by("key").len("count").filter(pl.col("count") <= _LONGEST_LIST)
    stepped = counted.select("key", steps=pl.col("count").log(2).floor())
    return entries.join(stepped, on="key")


def _meeting(
    asked: pl.DataFrame, lists: pl.DataFrame, rarest: int, slope: float, least: float
) -> pl.DataFrame:
    """Who shares the vendor's rarest keys, weighed by how rare they are."""
    known = lists.select("key", "steps").unique()
    chosen = (
        asked.join(known, on="key")
        .sort("vendor", "steps", "key")
        .group_by("vendor", maintain_order=True)
        .head(rarest)
    )
    chosen = chosen.with_columns(asked=pl.len().over("vendor"))
    weight = slope * (12.0 - pl.col("steps")).clip(0) * 0.7 + least
    return (
        chosen.join(lists.select("key", "other"), on="key")
        .group_by("vendor", "other")
        .agg(weight.sum().alias("weight"), pl.len().alias("hits"), pl.col("asked").first())
    )
