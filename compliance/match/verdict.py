"""Of the pairs of a vendor: which is the best, how sure, and what stands against it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from compliance.match import context, features, relations
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


def pair_table(pairs: Pairs, *, by_name_only: bool = False, rows: slice = slice(None)) -> Floats:
    """The first network's input. A stranger is judged by its name: its number is another's."""
    relation = pairs.relation[rows].copy()
    relation[pairs.other[rows] >= pairs.supplier_count] = relations.AT["none"]
    if by_name_only:
        relation[:] = relations.AT["none"]
    marks = np.zeros((len(relation), len(relations.RELATIONS)))
    marks[np.arange(len(relation)), relation] = 1
    return np.hstack([pairs.features[rows], marks])


def pair_logits(pairs: Pairs, network: Network, *, by_name_only: bool = False) -> Floats:
    """The first network's answer for every pair; a part of them at a time."""
    found = [
        network.logits(
            pair_table(pairs, by_name_only=by_name_only, rows=slice(start, start + _AT_ONCE))
        )
        for start in range(0, len(pairs.vendor), _AT_ONCE)
    ]
    return np.concatenate(found) if found else np.zeros(0)


def vendor_table(pairs: Pairs, z: Floats, z_name: Floats) -> tuple[Ints, Ints, Ints, Ints, Floats]:
    """Best, runner-up and stranger of each vendor, and the second network's input."""
    own = pairs.other < pairs.supplier_count
    rows = np.flatnonzero(own)
    order = rows[np.lexsort((pairs.other[rows], -np.round(z[rows], 6), pairs.vendor[rows]))]
    vendor = pairs.vendor[order]
    first = np.flatnonzero(np.r_[True, vendor[1:] != vendor[:-1]]) if len(order) else order
    vendors, best = vendor[first], order[first]
    group = np.cumsum(np.r_[True, vendor[1:] != vendor[:-1]]) - 1 if len(order) else order
    party = pairs.party[pairs.other[order]]
    rival = party != party[first][group]
    runner_up = _first_of_group(order[rival], group[rival], len(best))
    strange = np.flatnonzero(~own & np.isin(pairs.vendor, vendors))
    place = np.searchsorted(vendors, pairs.vendor[strange])
    ranked = np.lexsort((pairs.other[strange], -np.round(z_name[strange], 6), place))
    stranger = _first_of_group(strange[ranked], place[ranked], len(best))
    close = np.bincount(group[rival], z[order][rival] > z[best][group[rival]] - _CLOSE, len(best))
    table = _table(pairs, z, z_name, (best, runner_up, stranger), close)
    return vendors, best, runner_up, stranger, table


def judge(pairs: Pairs, model: Model) -> Verdicts:
    """Return the best supplier of each vendor and the probability that it is the vendor."""
    if not len(pairs.vendor):
        empty = np.zeros(0, np.int64)
        return Verdicts(empty, empty, empty, empty, np.zeros(0))
    z, z_name = pair_logits(pairs, model.pair), pair_logits(pairs, model.pair, by_name_only=True)
    vendors, best, runner_up, stranger, table = vendor_table(pairs, z, z_name)
    share = probability(model.vendor.logits(table))
    sure = np.round(model.calibration.of(share), 6)
    return Verdicts(vendors, best, runner_up, stranger, sure)


def _first_of_group(rows: Ints, group: Ints, count: int) -> Ints:
    found = np.full(count, -1, dtype=np.int64)
    if len(rows):
        starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
        found[group[starts]] = rows[starts]
    return found


_BESIDE = ("same_joined", "same_key", "shortness", "form_same", "form_other", "form_one",
           "city_same", "city_other", "rarest_shared", "cover_least", "cut", "factored",
           "placeless_vendor", "placeless_supplier", *context.NAMES)  # fmt: skip
_AT = {name: column for column, name in enumerate((*features.NAMES, *context.NAMES))}


def _table(
    pairs: Pairs, z: Floats, z_name: Floats, rows: tuple[Ints, Ints, Ints], close: npt.NDArray[Any]
) -> Floats:
    best, runner_up, stranger = rows

    def of(values: Floats, row: Ints) -> Floats:
        return np.clip(np.where(row >= 0, values[row], _NONE), _NONE, 14)

    first, second, outside = of(z, best), of(z, runner_up), of(z_name, stranger)
    name, second_name = of(z_name, best), of(z_name, runner_up)
    marks = np.zeros((len(best), len(relations.RELATIONS)))
    marks[np.arange(len(best)), pairs.relation[best]] = 1
    columns = [
        first,
        np.maximum(first, 0),
        np.maximum(first - 3, 0),
        name,
        second,
        np.log1p(np.exp(np.clip(second, -20, 20))),
        np.clip(first - second, 0, 4),
        np.clip(name - second_name, -4, 4),
        outside,
        np.log1p(np.exp(np.clip(outside, -20, 20))),
        np.clip(outside - name, -4, 4) * (stranger >= 0),
        (stranger >= 0).astype(float),
        (close > 0).astype(float),
    ]
    beside = pairs.features[best][:, [_AT[name] for name in _BESIDE]]
    return np.hstack([np.stack(columns, axis=1), beside, marks])
