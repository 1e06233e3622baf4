"""Which few suppliers could a vendor be at all?

An inverted index on rare words and rare four-letter pieces, and exact keys. Never all pairs.
Every choice is made by counts in steps of two, then by the text itself: one name more on either
side moves no unrelated candidate, and the order of rows moves none at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from compliance.match.reading import Side
from compliance.names import stem

_RARE_WORDS = 3
_RARE_PIECES = 7
_PIECE = 4
_LONGEST_LIST = 256  # a word in more names than this says nothing about one of them
_KEPT = 8
_EXACT_KEPT = 20
_VENDORS_AT_ONCE = 2_000
_NOBODY = pl.DataFrame(schema={"vendor": pl.Int32, "other": pl.Int32, "weight": pl.Float64})
_EXACT_WEIGHT, _NEAR_EXACT_WEIGHT = 60.0, 40.0


@dataclass(frozen=True)
class Lists:
    """For each key: how rare it is, and which rows of the other side carry it.

    `keys` has key, rank (rarest first, then by the text), steps (the count in steps of two), start
    and count: where its rows stand in `rows`.
    """

    keys: pl.DataFrame
    rows: npt.NDArray[np.int32]


@dataclass(frozen=True)
class Index:
    """Where each key stands on the side of the suppliers and strangers."""

    words: Lists
    pieces: Lists
    exact: tuple[pl.DataFrame, ...]


def build_index(side: Side) -> Index:
    """Index the suppliers and strangers by their row in the side."""
    return Index(
        _lists(_exploded(side, _words, "other")),
        _lists(_exploded(side, _pieces, "other")),
        tuple(_exploded(side, keys, "other") for _, keys in _EXACT),
    )


def find_candidates(vendors: Side, index: Index, supplier_count: int) -> pl.DataFrame:
    """Return vendor, other (row numbers) and weight: the heaviest suppliers and strangers of each.

    Rows of other from supplier_count on are strangers.
    """
    found = []
    for start in range(0, len(vendors), _VENDORS_AT_ONCE):
        part = _candidates_of(vendors.cut(start, start + _VENDORS_AT_ONCE), index)
        for are_strangers in (False, True):
            some = part.filter((pl.col("other") >= supplier_count) == are_strangers)
            found.append(_heaviest(some).with_columns(pl.col("vendor") + start))
    return pl.concat(found) if found else _NOBODY


def _candidates_of(vendors: Side, index: Index) -> pl.DataFrame:
    words = _meeting(_exploded(vendors, _words, "vendor"), index.words, _RARE_WORDS, 1.05, 1.0)
    pieces = _meeting(_exploded(vendors, _pieces, "vendor"), index.pieces, _RARE_PIECES, 0.42, 0.3)
    # One shared piece of many is chance.
    pieces = pieces.filter((pl.col("hits") > 1) | (pl.col("asked") <= 3))
    found = [words.select(_NOBODY.columns), pieces.select(_NOBODY.columns)]
    for (keys, _), held, weight in zip(_EXACT, index.exact, _EXACT_WEIGHTS, strict=True):
        asked = _exploded(vendors, keys, "vendor")
        met = asked.join(held, on="key").select("vendor", "other").unique()
        found.append(
            met.sort("vendor", "other")
            .group_by("vendor", maintain_order=True)
            .head(_EXACT_KEPT)
            .with_columns(weight=pl.lit(weight))
        )
    return pl.concat(found).group_by("vendor", "other").agg(pl.col("weight").sum().round(6))


def _heaviest(candidates: pl.DataFrame) -> pl.DataFrame:
    """The first few of each vendor; of equal weight the first rows, which are sorted by id."""
    ordered = candidates.sort("vendor", "weight", "other", descending=[False, True, False])
    return ordered.group_by("vendor", maintain_order=True).head(_KEPT)


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


def _lists(entries: pl.DataFrame) -> Lists:
    """Keys that stand in too many rows are left out."""
    counted = entries.group_by("key").len("count").filter(pl.col("count") <= _LONGEST_LIST)
    keys = (
        counted.with_columns(pl.col("count").cast(pl.Int64), steps=pl.col("count").log(2).floor())
        .sort("steps", "key")
        .with_columns(start=pl.col("count").cum_sum() - pl.col("count"))
        .with_row_index("rank")
    )
    rows = entries.join(keys.select("key", "rank"), on="key").sort("rank", "other")["other"]
    return Lists(keys, rows.to_numpy())


def _meeting(
    asked: pl.DataFrame, lists: Lists, rarest: int, slope: float, least: float
) -> pl.DataFrame:
    """Who shares the vendor's rarest keys, weighed by how rare they are."""
    chosen = (
        asked.join(lists.keys, on="key")
        .sort("vendor", "rank")
        .group_by("vendor", maintain_order=True)
        .head(rarest)
        .with_columns(
            asked=pl.len().over("vendor"), weight=slope * (12.0 - pl.col("steps")) + least
        )
    )
    count = chosen["count"].to_numpy()
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    place = np.repeat(chosen["start"].to_numpy(), count) + within
    met = pl.DataFrame(
        {
            "vendor": np.repeat(chosen["vendor"].to_numpy(), count),
            "other": lists.rows[place],
            "weight": np.repeat(chosen["weight"].to_numpy(), count),
            "asked": np.repeat(chosen["asked"].to_numpy(), count),
        }
    )
    return met.group_by("vendor", "other").agg(
        pl.col("weight").sum(), pl.len().alias("hits"), pl.col("asked").first()
    )
