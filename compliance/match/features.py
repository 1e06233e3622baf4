"""How are a vendor and a supplier alike, and in what not? One row of numbers a pair.

Names are compared as wholes (rapidfuzz) and word by word, each word weighed by how rare it is:
that two firms are both called `Bygg` says little, that one is called `Dykeri` and the other is not
says much. Pure numbers: what they are worth is for model.py to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import add
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler

from compliance.match.coded import NOTHING, Coded, Ints, Ragged, Sides
from compliance.match.reading import Side
from compliance.names import Name

Floats = npt.NDArray[np.float64]
Scorer = Callable[..., Any]

# A word seen once weighs so many bits; each doubling of the names it stands in takes one.
_BITS = 12.0
_AGREES, _SAME = 0.5, 0.9
_FORM_BITS = 8
_FAR_APART = 10  # letters: so many say as much as more

# Trades and other words that firms extend their names with: a firm that has one more is often the
# sister of the firm without it. Also when a small register has seen them only once.
GENERAL = frozenset(
    re.findall(
        "[a-z]+",
        """
    advokatbyra akeri anlaggning assistans atervinning bageri bank behandling bemanning bil bilar
    bostader brf broderna buss butik bygg byggnads catering consulting dack data digital drift
    ekonomi el elektriska energi entreprenad europe export fastighet fastigheter film finans firma
    fisk forlag forsaljning forskola forskolan forskolor forvaltning foto fritid glas golv
    grafiska group gruppen halsa handel handels hemtjanst holding hotell hus hyr import industri
    industrier international invest it jord juridik kommun konferens konsult konsulting kott kurs
    kyl lager lan lantbruk larm las livs livsmedel logistik lokalvard mal maleri management mark
    maskin maskiner maskinuthyrning mat media miljo mitt mjolk motor musik nord norden nordic
    nordisk nordiska norr norra omsorg ost oster ostra partner partners personal plat produktion
    redovisning redovisningsbyra region reklam reklambyra rekrytering resor restaurang revision
    ror sakerhet scandinavia schakt service services skandinavien skog skola skolor smide snickeri
    soder sodra solutions soner spedition sport stad stadservice stiftelsen svenska sverige svets
    syd system systems tak tandvard taxi teater teknik tjanst tjanster tra trad tradgard transport
    transporter tryck tryckeri tvatt tvatteri utbildning uthyrning vard varme vast vaster vastra
    vatten ventilation verksamhet verkstad verkstader vvs
    """,
    )
)
_GENERAL_BITS = 5.0  # at most, for a general word

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


def weights(sides: Sides, suppliers: int, general: frozenset[str] = GENERAL) -> Weights:
    """How much each word says, in bits: from how many names of both sides it stands in.

    Of the others the first `suppliers` count; the strangers are vendors. In whole steps, so that a
    name more moves the weight of hardly any word.
    """
    supplier = np.arange(suppliers)
    parts = ((sides.others, supplier), (sides.vendors, np.arange(len(sides.vendors.key))))
    name = np.concatenate(
        [(side.joined[row] << 8) | (side.form[row] & 0xFF) for side, row in parts]
    )
    words = [side.tokens.picked(row) for side, row in parts]
    tokens = Ragged.of(
        np.concatenate([part.flat for part in words]),
        np.concatenate([part.count for part in words]),
    )
    # Of names written with and without a blank the last tells its words.
    last = len(name) - 1 - np.unique(name[::-1], return_index=True)[1]
    one = tokens.picked(last)
    said = np.unique((one.rows << 32) | one.flat) & 0xFFFFFFFF
    count = np.bincount(said, minlength=len(sides.words))
    bits = np.maximum(1.0, _BITS - np.floor(np.log2(np.maximum(count, 1))))
    is_general = np.asarray([word in general for word in sides.words], dtype=np.bool_)
    is_number = np.asarray([word.isdigit() for word in sides.words], dtype=np.bool_)
    bits = np.where(is_general | is_number, np.minimum(bits, _GENERAL_BITS), bits)
    return Weights(bits, is_general)


class Weights(NamedTuple):
    """By the code of a word: its bits, and whether it is a general word."""

    bits: Floats
    general: npt.NDArray[np.bool_]


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


def scores(sides: Sides, v: Ints, o: Ints, workers: int) -> Scores:
    """Compare the names of pairs of rows as wholes."""
    left, right = sides.vendors, sides.others
    joined = _picked(left.side.joined, v), _picked(right.side.joined, o)
    # The words of both are sorted already: what token_sort_ratio would do anew for every pair.
    ordered = _picked(left.ordered, v), _picked(right.ordered, o)
    return Scores(
        _compared(*joined, fuzz.ratio, workers),
        _compared(*ordered, fuzz.ratio, workers),
        _compared(*ordered, fuzz.token_set_ratio, workers),
    )


def pair_features(
    sides: Sides, v: Ints, o: Ints, known: Scores, weights: Weights, workers: int
) -> Floats:
    """Return one row a pair with the columns NAMES."""
    table = np.zeros((len(v), len(NAMES)))
    if not len(v):
        return table
    _whole_names(table, sides, v, o, known, workers)
    _words(table, sides, v, o, weights)
    _facts(table, sides, v, o)
    same = table[:, AT["same_joined"]] > 0
    table[same, AT["cover_vendor"]] = table[same, AT["cover_supplier"]] = 1
    for name in ("lost_vendor", "lost_supplier", "lost_vendor_sum", "lost_supplier_sum",
                 "extra_vendor", "extra_supplier"):  # fmt: skip
        table[same, AT[name]] = 0
    table[:, AT["cover_least"]] = np.minimum(
        table[:, AT["cover_vendor"]], table[:, AT["cover_supplier"]]
    )
    return table


def _picked(values: Sequence[str], rows: Ints) -> list[str]:
    return [values[row] for row in rows.tolist()]


def _compared(
    left: list[str], right: list[str], scorer: Scorer, workers: int, cutoff: float | None = None
) -> Floats:
    found = process.cpdist(
        left, right, scorer=scorer, workers=workers, dtype=np.float64, score_cutoff=cutoff
    )
    return np.asarray(found, dtype=np.float64)


def _whole_names(
    table: Floats, sides: Sides, v: Ints, o: Ints, known: Scores, workers: int
) -> None:
    vendors, others = sides.vendors, sides.others
    left, right = _picked(vendors.side.joined, v), _picked(others.side.joined, o)
    for name, score in zip(("ratio", "token_sort", "token_set"), known, strict=True):
        table[:, AT[name]] = score / 100
    table[:, AT["jaro_winkler"]] = _compared(
        left, right, JaroWinkler.normalized_similarity, workers
    )
    table[:, AT["partial"]] = _compared(left, right, fuzz.partial_ratio, workers) / 100
    apart = _compared(left, right, OSA.distance, workers, cutoff=_FAR_APART)
    table[:, AT["letters_apart"]] = np.minimum(apart, _FAR_APART) / _FAR_APART
    table[:, AT["placeless_ratio"]] = table[:, AT["ratio"]]
    bare = np.flatnonzero(vendors.ends_in_place[v] | others.ends_in_place[o])
    short, other = _without_place(vendors, v[bare]), _without_place(others, o[bare])
    table[bare, AT["placeless_ratio"]] = np.maximum(
        table[bare, AT["ratio"]], _compared(short, other, fuzz.ratio, workers) / 100
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
    ratio = _compared(_picked(words, one), _picked(words, other), fuzz.ratio, 1)
    return (ratio / 100)[where]


# ── word by word ────────────────────────────────────────────────────────────────────────────────


def _words(table: Floats, sides: Sides, v: Ints, o: Ints, weights: Weights) -> None:
    """Align the words of each pair: every word with the most alike one of the other side."""
    left, right = sides.vendors.tokens.picked(v), sides.others.tokens.picked(o)
    bits, general = weights
    # Every word of the left with every word of the right, pair after pair.
    crossed = left.count * right.count
    pair = np.repeat(np.arange(len(v)), crossed)
    within = np.arange(crossed.sum()) - np.repeat(np.cumsum(crossed) - crossed, crossed)
    wide = right.count[pair]
    row, column = np.divmod(within, wide)
    left_at, right_at = left.start[pair] + row, right.start[pair] + column
    one, other = left.flat[left_at], right.flat[right_at]
    likeness, begins = _word_likeness(sides.words, one, other)
    last = (row == left.count[pair] - 1) & sides.vendors.is_cut[v][pair]
    alike = np.where(last & (begins > 0), np.maximum(likeness, 0.9), likeness)
    best_left = np.zeros(len(left.flat))
    best_right = np.zeros(len(right.flat))
    np.maximum.at(best_left, left_at, alike)
    np.maximum.at(best_right, right_at, alike)
    rarest = np.zeros(len(v))
    shared = np.where(alike > _SAME, np.minimum(bits[one], bits[other]), 0.0)
    np.maximum.at(rarest, pair, shared)
    table[:, AT["rarest_shared"]] = rarest / _BITS
    _coverage(table, "vendor", left.flat, left.count, best_left, bits, general)
    _coverage(table, "supplier", right.flat, right.count, best_right, bits, general)


def _coverage(
    table: Floats, side: str, words: Ints, counts: Ints, best: Floats, bits: Floats,
    general: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    """What part of one side's information the other explains, and what it does not."""
    pair = np.repeat(np.arange(len(counts)), counts)
    weight = bits[words]
    explained = best >= _AGREES
    total = np.bincount(pair, weight, len(counts))
    met = np.bincount(pair, weight * np.where(explained, best, 0), len(counts))
    lost = np.where(explained, 0.0, weight)
    table[:, AT[f"cover_{side}"]] = met / np.maximum(total, 1e-9)
    worst = np.zeros(len(counts))
    np.maximum.at(worst, pair, lost)
    table[:, AT[f"lost_{side}"]] = worst / _BITS
    table[:, AT[f"lost_{side}_sum"]] = np.minimum(np.bincount(pair, lost, len(counts)), 36) / 36
    extra = (~explained & general[words]).astype(float)
    table[:, AT[f"extra_{side}"]] = np.minimum(np.bincount(pair, extra, len(counts)), 1)
    table[:, AT[f"{side}_words"]] = np.minimum(counts, 6) / 6


def _word_likeness(words: Sequence[str], left: Ints, right: Ints) -> tuple[Floats, Floats]:
    """Likeness 0..1 of word pairs, and whether the right one begins with the left one.

    Each distinct pair is looked at once.
    """
    code = left * len(words) + right
    distinct, where = np.unique(code, return_inverse=True)
    one = [words[number] for number in distinct // len(words)]
    other = [words[number] for number in distinct % len(words)]
    edit = np.asarray(
        process.cpdist(one, other, scorer=OSA.normalized_similarity, dtype=np.float64)
    )
    frame = pl.DataFrame({"one": one, "other": other, "edit": edit}).with_columns(
        one_long=pl.col("one").str.len_bytes().cast(pl.Float64),
        other_long=pl.col("other").str.len_bytes().cast(pl.Float64),
    )
    shorter = pl.min_horizontal("one_long", "other_long")
    longer = pl.max_horizontal("one_long", "other_long")
    prefix = pl.col("other").str.starts_with(pl.col("one"))
    either = prefix | pl.col("one").str.starts_with(pl.col("other"))
    genitive = (
        (pl.col("one") + "s" == pl.col("other")) | (pl.col("other") + "s" == pl.col("one"))
    ) & (shorter > 3)
    slip = pl.when((shorter > 3) & (longer - shorter <= 2) & (pl.col("edit") >= 0.7)).then(
        pl.col("edit") ** 2
    )
    found = frame.select(
        likeness=pl.when(pl.col("one") == pl.col("other"))
        .then(1.0)
        .when(genitive)
        .then(0.97)
        .when(either & (shorter >= 3))
        .then(pl.max_horizontal(pl.when(shorter / longer > 0.5).then(0.82).otherwise(0.62), slip))
        .when(either & (shorter == 1) & (longer > 1))
        .then(0.6)
        .otherwise(slip.fill_null(0.0)),
        begins=prefix.cast(pl.Float64),
    )
    return found["likeness"].to_numpy()[where], found["begins"].to_numpy()[where]


# ── what stands beside the words ────────────────────────────────────────────────────────────────


def _facts(table: Floats, sides: Sides, v: Ints, o: Ints) -> None:
    a, b = sides.vendors, sides.others

    def put(name: str, holds: npt.NDArray[Any]) -> None:
        table[:, AT[name]] = holds

    short, long = np.minimum(a.length[v], b.length[o]), np.maximum(a.length[v], b.length[o])
    put("length_ratio", short / np.maximum(long, 1))
    put("shortness", 1 / np.maximum(short, 1))
    same = a.joined[v] == b.joined[o]
    put("same_joined", same)
    put("same_key", (a.key[v] == b.key[o]) & (a.joined[v] != NOTHING))
    put("cut", a.is_cut[v])
    both = (a.form[v] != NOTHING) & (b.form[o] != NOTHING)
    put("form_same", both & (a.form[v] == b.form[o]))
    put("form_other", both & (a.form[v] != b.form[o]))
    put("form_one", (a.form[v] != NOTHING) ^ (b.form[o] != NOTHING))
    put("foreign_form", a.is_foreign[v] | b.is_foreign[o])
    put("digits_other", a.digits[v] != b.digits[o])
    put("first_same", (a.first[v] == b.first[o]) & (a.first[v] != NOTHING))
    put("factored", a.is_factored[v])
    put("initials", a.has_initials[v] | b.has_initials[o])
    put("part_same", _one_part(a.parts.picked(v), b.key[o]))
    _beginnings(table, sides, v, o, same)
    _place_facts(table, sides, v, o)


def _one_part(parts: Ragged, key: Ints) -> npt.NDArray[np.bool_]:
    """Whether one part of the vendor's name is the whole of the supplier's."""
    return np.bincount(parts.rows, parts.flat == key[parts.rows], len(key)) > 0


def _beginnings(table: Floats, sides: Sides, v: Ints, o: Ints, same: npt.NDArray[np.bool_]) -> None:
    """Where one name is the beginning of the other, or writes two words of it as one."""
    a, b = sides.vendors, sides.others
    rows = np.flatnonzero(~same & (a.joined[v] != NOTHING) & (b.joined[o] != NOTHING))
    left, right = _picked(a.side.joined, v[rows]), _picked(b.side.joined, o[rows])
    begins = np.fromiter(map(str.startswith, right, left), np.bool_, len(rows))
    begun = np.fromiter(map(str.startswith, left, right), np.bool_, len(rows))
    table[rows, AT["begins"]] = begins | begun
    table[rows, AT["cut_begins"]] = begins & a.is_cut[v[rows]] & (a.length[v[rows]] >= 8)
    rows = rows[a.can_join[v[rows]] | b.can_join[o[rows]]]
    names = zip(_named(a, v[rows]), _named(b, o[rows]), strict=True)
    table[rows, AT["word_joined"]] = [
        not (_neighbours(one).isdisjoint(other) and _neighbours(other).isdisjoint(one))
        for one, other in ((left.tokens, right.tokens) for left, right in names)
    ]


def _neighbours(tokens: tuple[str, ...]) -> set[str]:
    """Every two words in a row, written as one."""
    return set(map(add, tokens, tokens[1:]))


def _named(side: Coded, rows: Ints) -> list[Name]:
    return [side.side.names[row] for row in rows.tolist()]


def _place_facts(table: Floats, sides: Sides, v: Ints, o: Ints) -> None:
    """Most names hold no place; of those only the towns are compared."""
    a, b = sides.vendors, sides.others
    towns = (a.city[v] != NOTHING) & (b.city[o] != NOTHING)
    table[:, AT["city_same"]] = towns & (a.city[v] == b.city[o])
    table[:, AT["city_other"]] = towns & (a.city[v] != b.city[o])
    rows = np.flatnonzero(a.has_place[v] | b.has_place[o])
    for row, left, right in zip(rows.tolist(), v[rows].tolist(), o[rows].tolist(), strict=True):
        for name, value in _places_of(a.side, b.side, left, right):
            table[row, AT[name]] = value


def _places_of(vendors: Side, others: Side, v: int, o: int) -> list[tuple[str, float]]:
    """The features of one pair's places that are not zero."""
    a, b = vendors.names[v], others.names[o]
    city_a, city_b = vendors.cities[v], others.cities[o]
    found: list[tuple[str, float]] = []
    if a.places and b.places:
        found.append(("place_same" if a.places & b.places else "place_other", 1.0))
    elif a.places or b.places:
        found.append(("place_one", 1.0))
    towns_a = {city_a} if city_a else a.address
    towns_b = {city_b} if city_b else b.address
    if towns_a and towns_b:
        found.append(("city_same" if towns_a & towns_b else "city_other", 1.0))
    elif (towns_a and towns_a & b.places) or (towns_b and towns_b & a.places):
        found.append(("town_in_name", 1.0))
    if a.placeless and a.placeless == others.joined[o]:
        found.append(("placeless_vendor", 1.0))
        if towns_b:
            same = a.tail_place in towns_b
            found.append(("placeless_city" if same else "placeless_elsewhere", 1.0))
    elif b.placeless and b.placeless == vendors.joined[v]:
        found.append(("placeless_supplier", 1.0))
        if towns_a:
            same = b.tail_place in towns_a
            found.append(("placeless_city" if same else "placeless_elsewhere", 1.0))
    return found
