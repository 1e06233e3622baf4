"""How are a vendor and a supplier alike, and in what not? One row of numbers a pair.

Names are compared as wholes (rapidfuzz), word by word (words.py), and by what stands beside the
words (facts.py). Pure numbers: what they are worth is for model.py to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler

from compliance.match.coded import Coded, Ints, Sides, picked
from compliance.match.facts import fact_features
from compliance.match.words import Weights, word_features

Floats = npt.NDArray[np.float64]
Scorer = Callable[..., Any]

_FAR_APART = 10  # letters: so many say as much as more

NAMES = (
    "ratio", "jaro_winkler", "token_sort", "token_set", "partial", "begins", "cover_vendor",
    "cover_supplier", "cover_least", "rarest_shared", "lost_vendor", "lost_supplier",
    "length_ratio", "form_same", "form_other", "form_one", "place_same", "place_other",
    "place_one", "digits_other", "cut_begins", "same_joined", "same_key", "shortness",
    "city_same", "city_other", "extra_vendor", "extra_supplier", "first_same", "factored",
    "placeless_vendor", "placeless_supplier", "placeless_city", "placeless_elsewhere",
    "part_same", "placeless_ratio", "word_joined", "initials", "lost_vendor_sum",
    "lost_supplier_sum", "first_word_ratio", "vendor_words", "supplier_words", "letters_apart",
    "cut", "foreign_form", "town_in_name",
)  # fmt: skip
AT = {name: column for column, name in enumerate(NAMES)}


class Scores(NamedTuple):
    """How alike whole names are, 0..100, one row a pair: letters, sorted words, shared words."""

    ratio: Floats
    token_sort: Floats
    token_set: Floats

    @property
    def likeness(self) -> Floats:
        """A cheap likeness 0..1 that prunes."""
        best = np.maximum(np.maximum(self.ratio, self.token_sort), 0.93 * self.token_set)
        return np.round(best / 100, 6)

    def where(self, kept: npt.NDArray[np.bool_]) -> Scores:
        return Scores(*(column[kept] for column in self))


def scores(sides: Sides, v: Ints, o: Ints) -> Scores:
    """Compare the names of pairs of rows as wholes."""
    left, right = sides.vendors, sides.others
    joined = picked(left.side.joined, v), picked(right.side.joined, o)
    # The words of both are sorted already: what token_sort_ratio would do anew for every pair.
    ordered = picked(left.ordered, v), picked(right.ordered, o)
    return Scores(
        _compared(*joined, fuzz.ratio),
        _compared(*ordered, fuzz.ratio),
        _compared(*ordered, fuzz.token_set_ratio),
    )


def pair_features(sides: Sides, v: Ints, o: Ints, known: Scores, weights: Weights) -> Floats:
    """Return one row a pair with the columns NAMES."""
    table = np.zeros((len(v), len(NAMES)))
    if not len(v):
        return table
    _whole_names(table, sides, v, o, known)
    told = {**word_features(sides, v, o, weights), **fact_features(sides, v, o)}
    for name, column in told.items():
        table[:, AT[name]] = column
    same = table[:, AT["same_joined"]] > 0
    table[same, AT["cover_vendor"]] = table[same, AT["cover_supplier"]] = 1
    for name in ("lost_vendor", "lost_supplier", "lost_vendor_sum", "lost_supplier_sum",
                 "extra_vendor", "extra_supplier"):  # fmt: skip
        table[same, AT[name]] = 0
    table[:, AT["cover_least"]] = np.minimum(
        table[:, AT["cover_vendor"]], table[:, AT["cover_supplier"]]
    )
    return table


def _compared(
    left: list[str], right: list[str], scorer: Scorer, cutoff: float | None = None
) -> Floats:
    found = process.cpdist(left, right, scorer=scorer, dtype=np.float64, score_cutoff=cutoff)
    return np.asarray(found, dtype=np.float64)


def _whole_names(table: Floats, sides: Sides, v: Ints, o: Ints, known: Scores) -> None:
    vendors, others = sides.vendors, sides.others
    left, right = picked(vendors.side.joined, v), picked(others.side.joined, o)
    for name, score in zip(("ratio", "token_sort", "token_set"), known, strict=True):
        table[:, AT[name]] = score / 100
    table[:, AT["jaro_winkler"]] = _compared(left, right, JaroWinkler.normalized_similarity)
    table[:, AT["partial"]] = _compared(left, right, fuzz.partial_ratio) / 100
    apart = _compared(left, right, OSA.distance, cutoff=_FAR_APART)
    table[:, AT["letters_apart"]] = np.minimum(apart, _FAR_APART) / _FAR_APART
    table[:, AT["placeless_ratio"]] = table[:, AT["ratio"]]
    bare = np.flatnonzero(vendors.ends_in_place[v] | others.ends_in_place[o])
    short, other = _without_place(vendors, v[bare]), _without_place(others, o[bare])
    table[bare, AT["placeless_ratio"]] = np.maximum(
        table[bare, AT["ratio"]], _compared(short, other, fuzz.ratio) / 100
    )
    table[:, AT["first_word_ratio"]] = _first_words(sides, vendors.first[v], others.first[o])


def _without_place(side: Coded, rows: Ints) -> list[str]:
    names, joined = side.side.names, side.side.joined
    return [names[row].placeless or joined[row] for row in rows.tolist()]


def _first_words(sides: Sides, left: Ints, right: Ints) -> Floats:
    """Each distinct pair of words is looked at once."""
    words = [*sides.words, ""]  # NOTHING is the last one
    distinct, where = np.unique((left << 32) | (right & 0xFFFFFFFF), return_inverse=True)
    one, other = distinct >> 32, (distinct & 0xFFFFFFFF).astype(np.uint32).astype(np.int32)
    ratio = _compared(picked(words, one), picked(words, other), fuzz.ratio)
    return (ratio / 100)[where]
