"""Which words of two names agree, each weighed by how rare it is?

That two firms are both called `Bygg` says little, that one is called `Dykeri` and the other is not
says much.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from compliance.match.coded import Ints, Ragged, Sides, picked

Floats = npt.NDArray[np.float64]

# A word seen once weighs so many bits; each doubling of the names it stands in takes one.
_BITS = 12.0
_AGREES, _SAME = 0.5, 0.9
_SLIP = 0.7  # so alike are two spellings of one word, at least

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


def word_features(sides: Sides, v: Ints, o: Ints, weights: Weights) -> dict[str, Floats]:
    """Align the words of pairs of rows: every word with the most alike one of the other side."""
    left, right = sides.vendors.tokens.picked(v), sides.others.tokens.picked(o)
    bits = weights.bits
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
    return {
        "rarest_shared": rarest / _BITS,
        **_coverage("vendor", left, best_left, weights),
        **_coverage("supplier", right, best_right, weights),
    }


def _coverage(side: str, words: Ragged, best: Floats, weights: Weights) -> dict[str, Floats]:
    """What part of one side's information the other explains, and what it does not."""
    pair, count = words.rows, len(words.count)
    weight = weights.bits[words.flat]
    explained = best >= _AGREES
    total = np.bincount(pair, weight, count)
    met = np.bincount(pair, weight * np.where(explained, best, 0), count)
    lost = np.where(explained, 0.0, weight)
    worst = np.zeros(count)
    np.maximum.at(worst, pair, lost)
    extra = (~explained & weights.general[words.flat]).astype(float)
    return {
        f"cover_{side}": met / np.maximum(total, 1e-9),
        f"lost_{side}": worst / _BITS,
        f"lost_{side}_sum": np.minimum(np.bincount(pair, lost, count), 36) / 36,
        f"extra_{side}": np.minimum(np.bincount(pair, extra, count), 1),
        f"{side}_words": np.minimum(words.count, 6) / 6,
    }


def _word_likeness(words: Sequence[str], left: Ints, right: Ints) -> tuple[Floats, Floats]:
    """Likeness 0..1 of word pairs, and whether the right one begins with the left one.

    Each distinct pair is looked at once, and most are told apart by their lengths and first letter.
    """
    distinct, where = np.unique(left * len(words) + right, return_inverse=True)
    one, other = np.divmod(distinct, len(words))
    length = np.fromiter(map(len, words), np.int64, len(words))
    initial = np.fromiter((ord(word[0]) for word in words), np.int64, len(words))
    ends_in_s = np.fromiter((word[-1] == "s" for word in words), np.bool_, len(words))
    shorter, longer = np.minimum(length[one], length[other]), np.maximum(length[one], length[other])
    prefix, begun = np.zeros(len(one), np.bool_), np.zeros(len(one), np.bool_)
    rows = np.flatnonzero(initial[one] == initial[other])
    for found, start, text in ((prefix, one, other), (begun, other, one)):
        pairs = (picked(words, text[rows]), picked(words, start[rows]))
        found[rows] = np.fromiter(map(str.startswith, *pairs), np.bool_, len(rows))
    either = prefix | begun
    likeness = np.zeros(len(one))
    rows = np.flatnonzero((shorter > 3) & (longer - shorter <= 2) & (one != other))
    edit = _edits(picked(words, one[rows]), picked(words, other[rows]))
    likeness[rows] = np.where(edit >= _SLIP, edit**2, 0.0)
    likeness[either & (shorter == 1)] = 0.6
    begins = either & (shorter >= 3)
    likeness[begins] = np.maximum(
        likeness[begins], np.where(shorter[begins] / longer[begins] > 0.5, 0.82, 0.62)
    )
    ends = ends_in_s[np.where(prefix, other, one)]
    likeness[either & (shorter > 3) & (longer - shorter == 1) & ends] = 0.97
    likeness[one == other] = 1.0
    return likeness[where], prefix.astype(np.float64)[where]


def _edits(one: list[str], other: list[str]) -> Floats:
    found = process.cpdist(one, other, scorer=OSA.normalized_similarity, dtype=np.float64)
    return np.asarray(found)
