"""Of the pairs of a vendor: which is the best, how sure, and what stands against it?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from compliance.match import context, features, relations
from compliance.match.candidates import starts
from compliance.match.model import Model, Network, probability
from compliance.match.pairing import Pairs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NONE = -12.0  # the log odds of somebody who is not there
_CLOSE = 1.0
_AT_ONCE = 100_000


@dataclass(frozen=True)
class Verdicts:
    """One row a vendor with at least one supplier to judge; -1 where there is nobody."""

    vendor: Ints
    best: Ints  # row in the pairs
    runner_up: Ints  # the best pair with another party
    stranger: Ints  # the most alike company outside the register
    probability: Floats


def pair_table(
    pairs: Pairs, *, by_name_only: bool = False, rows: slice | Ints = slice(None)
) -> Floats:
    """The first network's input. A stranger is judged by its name: its number is another's."""
    relation = pairs.relation[rows].copy()
    relation[pairs.other[rows] >= pairs.supplier_count] = relations.AT["none"]
    if by_name_only:
        relation[:] = relations.AT["none"]
    marks = np.zeros((len(relation), len(relations.RELATIONS)))
    marks[np.arange(len(relation)), relation] = 1
    return np.hstack([pairs.features[rows], marks])


def pair_logits(
    pairs: Pairs, network: Network, *, by_name_only: bool = False, rows: Ints | None = None
) -> Floats:
    """The first network's answer for every pair, or for these rows; a part of them at a time."""
    count = len(pairs.vendor) if rows is None else len(rows)
    parts = [slice(start, start + _AT_ONCE) for start in range(0, count, _AT_ONCE)]
    found = [
        network.logits(
            pair_table(pairs, by_name_only=by_name_only, rows=part if rows is None else rows[part])
        )
        for part in parts
    ]
    return np.concatenate(found) if found else np.zeros(0)


def vendor_table(
    pairs: Pairs, z: Floats, by_name: Callable[[Ints], Floats]
) -> tuple[Ints, Ints, Ints, Ints, Floats]:
    """Best, runner-up and stranger of each vendor, and the second network's input.

    `z` is the first network's answer for every pair, `by_name` tells that of some by name only.
    """
    own = pairs.other < pairs.supplier_count
    rows = np.flatnonzero(own)
    order = rows[np.lexsort((pairs.other[rows], -np.round(z[rows], 6), pairs.vendor[rows]))]
    vendor = pairs.vendor[order]
    first = np.flatnonzero(starts(vendor))
    vendors, best = vendor[first], order[first]
    group = np.cumsum(starts(vendor)) - 1
    party = pairs.party[pairs.other[order]]
    rival = party != party[first][group]
    runner_up = _first_of_group(order[rival], group[rival], len(best))
    strange = np.flatnonzero(~own & np.isin(pairs.vendor, vendors))
    place = np.searchsorted(vendors, pairs.vendor[strange])
    ranked = np.lexsort((pairs.other[strange], -np.round(by_name(strange), 6), place))
    stranger = _first_of_group(strange[ranked], place[ranked], len(best))
    close = np.bincount(group[rival], z[order][rival] > z[best][group[rival]] - _CLOSE, len(best))
    table = _table(pairs, z, by_name, (best, runner_up, stranger), close)
    return vendors, best, runner_up, stranger, table


def judge(pairs: Pairs, model: Model) -> Verdicts:
    """Return the best supplier of each vendor and the probability that it is the vendor."""
    if not len(pairs.vendor):
        empty = np.zeros(0, np.int64)
        return Verdicts(empty, empty, empty, empty, np.zeros(0))
    z = pair_logits(pairs, model.pair)

    def by_name(rows: Ints) -> Floats:
        found = z[rows]  # a stranger is judged so in any case
        own = np.flatnonzero(pairs.other[rows] < pairs.supplier_count)
        found[own] = pair_logits(pairs, model.pair, by_name_only=True, rows=rows[own])
        return found

    vendors, best, runner_up, stranger, table = vendor_table(pairs, z, by_name)
    share = probability(model.vendor.logits(table))
    sure = np.round(model.calibration.of(share), 6)
    return Verdicts(vendors, best, runner_up, stranger, sure)


def _first_of_group(rows: Ints, group: Ints, count: int) -> Ints:
    found = np.full(count, -1, dtype=np.int64)
    if len(rows):
        first = np.flatnonzero(starts(group))
        found[group[first]] = rows[first]
    return found


_BESIDE = ("same_joined", "same_key", "shortness", "form_same", "form_other", "form_one",
           "city_same", "city_other", "rarest_shared", "cover_least", "cut", "factored",
           "placeless_vendor", "placeless_supplier", *context.NAMES)  # fmt: skip
_AT = {name: column for column, name in enumerate((*features.NAMES, *context.NAMES))}


def _table(
    pairs: Pairs,
    z: Floats,
    by_name: Callable[[Ints], Floats],
    rows: tuple[Ints, Ints, Ints],
    close: npt.NDArray[Any],
) -> Floats:
    best, runner_up, stranger = rows

    def of(values: Callable[[Ints], Floats], row: Ints) -> Floats:
        found = np.full(len(row), _NONE)
        found[row >= 0] = values(row[row >= 0])
        return np.asarray(np.clip(found, _NONE, 14))

    first, second = of(z.__getitem__, best), of(z.__getitem__, runner_up)
    name, second_name, outside = of(by_name, best), of(by_name, runner_up), of(by_name, stranger)
    marks = np.zeros((len(best), len(relations.RELATIONS)))
    marks[np.arange(len(best)), pairs.relation[best]] = 1
    columns = [
        first,
        np.maximum(first, 0),
        np.maximum(first - 3, 0),
        name,
        second,
        np.log1p(np.exp(second)),
        np.clip(first - second, 0, 4),
        np.clip(name - second_name, -4, 4),
        outside,
        np.log1p(np.exp(outside)),
        np.clip(outside - name, -4, 4) * (stranger >= 0),
        (stranger >= 0).astype(float),
        (close > 0).astype(float),
    ]
    beside = pairs.features[best][:, [_AT[name] for name in _BESIDE]]
    return np.hstack([np.stack(columns, axis=1), beside, marks])
