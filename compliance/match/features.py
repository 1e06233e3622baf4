"""How are a vendor and a supplier alike, and in what not? One row of numbers a pair.

Names are compared as wholes (rapidfuzz) and word by word, each word weighed by how rare it is:
that two firms are both called `Bygg` says little, that one is called `Dykeri` and the other is not
says much. Pure numbers: what they are worth is for model.py to say.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler

from compliance.match.reading import Side

Floats = npt.NDArray[np.float64]
Scorer = Callable[..., Any]
Ints = npt.NDArray[np.int64]

# A word seen once weighs so many bits; each doubling of the names it stands in takes one.
_BITS = 12.0
_AGREES, _SAME = 0.5, 0.9

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


class Weights:
    """How much each word says, in bits: from how many names of both sides it stands in.

    In whole steps, so that a name more moves the weight of hardly any word.
    """

    def __init__(self, sides: Iterable[Side], general: frozenset[str] = GENERAL) -> None:
        self.general = general
        seen = {
            (joined, name.form): name.tokens
            for side in sides
            for joined, name in zip(side.joined, side.names, strict=True)
        }
        counts = Counter(word for tokens in seen.values() for word in set(tokens))
        self._bits = {
            word: max(1.0, _BITS - math.floor(math.log2(count))) for word, count in counts.items()
        }

    def of(self, word: str) -> float:
        bits = self._bits.get(word, _BITS)
        return min(bits, _GENERAL_BITS) if word in self.general or word.isdigit() else bits


def stage_one(vendors: Side, others: Side, pairs: pl.DataFrame, workers: int) -> Floats:
    """A cheap likeness 0..1 that prunes: the best of letters, sorted words, and shared words."""
    v, o = _rows(pairs)
    left, right = _picked(vendors.joined, v), _picked(others.joined, o)
    left_words, right_words = _texts(vendors, v), _texts(others, o)
    best = _compared(left, right, fuzz.ratio, workers)
    best = np.maximum(best, _compared(left_words, right_words, fuzz.token_sort_ratio, workers))
    shared = 0.93 * _compared(left_words, right_words, fuzz.token_set_ratio, workers)
    return np.round(np.maximum(best, shared) / 100, 6)


def pair_features(
    vendors: Side, others: Side, pairs: pl.DataFrame, weights: Weights, workers: int
) -> Floats:
    """Return one row a pair with the columns NAMES."""
    v, o = _rows(pairs)
    table = np.zeros((len(v), len(NAMES)))
    if not len(v):
        return table
    _whole_names(table, vendors, others, v, o, workers)
    _words(table, vendors, others, v, o, weights)
    _facts(table, vendors, others, v, o)
    same = table[:, AT["same_joined"]] > 0
    table[same, AT["cover_vendor"]] = table[same, AT["cover_supplier"]] = 1
    for name in ("lost_vendor", "lost_supplier", "lost_vendor_sum", "lost_supplier_sum",
                 "extra_vendor", "extra_supplier"):  # fmt: skip
        table[same, AT[name]] = 0
    table[:, AT["cover_least"]] = np.minimum(
        table[:, AT["cover_vendor"]], table[:, AT["cover_supplier"]]
    )
    return table


def _rows(pairs: pl.DataFrame) -> tuple[Ints, Ints]:
    return pairs["vendor"].cast(pl.Int64).to_numpy(), pairs["other"].cast(pl.Int64).to_numpy()


def _picked(values: Sequence[str], rows: Ints) -> list[str]:
    return [values[row] for row in rows]


def _texts(side: Side, rows: Ints) -> list[str]:
    return [" ".join(side.names[row].tokens) for row in rows]


def _compared(left: list[str], right: list[str], scorer: Scorer, workers: int) -> Floats:
    found = process.cpdist(left, right, scorer=scorer, workers=workers, dtype=np.float64)
    return np.asarray(found, dtype=np.float64)


def _whole_names(
    table: Floats, vendors: Side, others: Side, v: Ints, o: Ints, workers: int
) -> None:
    left, right = _picked(vendors.joined, v), _picked(others.joined, o)
    left_words, right_words = _texts(vendors, v), _texts(others, o)
    table[:, AT["ratio"]] = _compared(left, right, fuzz.ratio, workers) / 100
    table[:, AT["jaro_winkler"]] = _compared(
        left, right, JaroWinkler.normalized_similarity, workers
    )
    for name, scorer in (
        ("token_sort", fuzz.token_sort_ratio),
        ("token_set", fuzz.token_set_ratio),
    ):
        table[:, AT[name]] = _compared(left_words, right_words, scorer, workers) / 100
    table[:, AT["partial"]] = _compared(left, right, fuzz.partial_ratio, workers) / 100
    apart = _compared(left, right, OSA.distance, workers)
    table[:, AT["letters_apart"]] = np.minimum(apart, 10) / 10
    bare_left = [vendors.names[row].placeless or vendors.joined[row] for row in v]
    bare_right = [others.names[row].placeless or others.joined[row] for row in o]
    table[:, AT["placeless_ratio"]] = np.maximum(
        table[:, AT["ratio"]], _compared(bare_left, bare_right, fuzz.ratio, workers) / 100
    )
    firsts = [
        [(side.names[row].tokens or ("",))[0] for row in rows]
        for side, rows in ((vendors, v), (others, o))
    ]
    table[:, AT["first_word_ratio"]] = _compared(firsts[0], firsts[1], fuzz.ratio, workers) / 100


# ── word by word ────────────────────────────────────────────────────────────────────────────────


class _Vocabulary:
    """Words as numbers, with the weight of each."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._numbers: dict[str, int] = {}
        self.words: list[str] = []
        self.bits: list[float] = []

    def numbers(self, side: Side, rows: Ints) -> tuple[Ints, Ints]:
        """The words of the rows, one after another, and how many each row has."""
        known = self._numbers
        flat: list[int] = []
        counts: list[int] = []
        for row in rows:
            tokens = side.names[row].tokens
            counts.append(len(tokens))
            for token in tokens:
                number = known.get(token)
                if number is None:
                    number = known[token] = len(self.words)
                    self.words.append(token)
                    self.bits.append(self._weights.of(token))
                flat.append(number)
        return np.asarray(flat, dtype=np.int64), np.asarray(counts, dtype=np.int64)


def _words(table: Floats, vendors: Side, others: Side, v: Ints, o: Ints, weights: Weights) -> None:
    """Align the words of each pair: every word with the most alike one of the other side."""
    vocabulary = _Vocabulary(weights)
    left, left_counts = vocabulary.numbers(vendors, v)
    right, right_counts = vocabulary.numbers(others, o)
    bits = np.asarray(vocabulary.bits)
    general = np.asarray([word in weights.general for word in vocabulary.words])
    left_start = np.cumsum(left_counts) - left_counts
    right_start = np.cumsum(right_counts) - right_counts
    # Every word of the left with every word of the right, pair after pair.
    crossed = left_counts * right_counts
    pair = np.repeat(np.arange(len(v)), crossed)
    within = np.arange(crossed.sum()) - np.repeat(np.cumsum(crossed) - crossed, crossed)
    wide = right_counts[pair]
    left_at = left_start[pair] + within // wide
    right_at = right_start[pair] + within % wide
    likeness, begins = _word_likeness(vocabulary.words, left[left_at], right[right_at])
    is_cut = np.asarray([vendors.names[row].is_cut for row in v], dtype=bool)
    last = (within // wide == left_counts[pair] - 1) & is_cut[pair]
    alike = np.where(last & (begins > 0), np.maximum(likeness, 0.9), likeness)
    best_left = np.zeros(len(left))
    best_right = np.zeros(len(right))
    np.maximum.at(best_left, left_at, alike)
    np.maximum.at(best_right, right_at, alike)
    rarest = np.zeros(len(v))
    shared = np.where(alike > _SAME, np.minimum(bits[left[left_at]], bits[right[right_at]]), 0.0)
    np.maximum.at(rarest, pair, shared)
    table[:, AT["rarest_shared"]] = rarest / _BITS
    sides = (
        ("vendor", left, left_counts, best_left),
        ("supplier", right, right_counts, best_right),
    )
    for side, words, counts, best in sides:
        _coverage(table, side, words, counts, best, bits, general)


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


def _word_likeness(words: list[str], left: Ints, right: Ints) -> tuple[Floats, Floats]:
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


def _facts(table: Floats, vendors: Side, others: Side, v: Ints, o: Ints) -> None:
    for row, (left, right) in enumerate(zip(v.tolist(), o.tolist(), strict=True)):
        found = _pair_facts(vendors, others, left, right)
        for name, value in found:
            table[row, AT[name]] = value


def _pair_facts(vendors: Side, others: Side, v: int, o: int) -> list[tuple[str, float]]:
    """The features of one pair that are not zero."""
    a, b = vendors.names[v], others.names[o]
    left, right = vendors.joined[v], others.joined[o]
    short, long = sorted((len(left), len(right)))
    found = [("length_ratio", short / max(long, 1)), ("shortness", 1 / max(short, 1))]
    if left == right:
        found.append(("same_joined", 1.0))
    elif left and right:
        begins = right.startswith(left)
        if begins or left.startswith(right):
            found.append(("begins", 1.0))
        if begins and a.is_cut and len(left) >= 8:
            found.append(("cut_begins", 1.0))
        if not (a.neighbours.isdisjoint(b.tokens) and b.neighbours.isdisjoint(a.tokens)):
            found.append(("word_joined", 1.0))
    if vendors.keys[v] == others.keys[o] and left:
        found.append(("same_key", 1.0))
    if a.is_cut:
        found.append(("cut", 1.0))
    if a.form and b.form:
        found.append(("form_same" if a.form == b.form else "form_other", 1.0))
    else:
        found.append(("form_one", float(bool(a.form or b.form))))
    if "FOR" in (a.form, b.form):
        found.append(("foreign_form", 1.0))
    found += _place_facts(vendors, others, v, o)
    if a.digits != b.digits:
        found.append(("digits_other", 1.0))
    if a.tokens and b.tokens and a.tokens[0] == b.tokens[0]:
        found.append(("first_same", 1.0))
    if a.is_factored:
        found.append(("factored", 1.0))
    if others.keys[o] in a.alternatives:
        found.append(("part_same", 1.0))
    if a.has_initials or b.has_initials:
        found.append(("initials", 1.0))
    return found


def _place_facts(vendors: Side, others: Side, v: int, o: int) -> list[tuple[str, float]]:
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
