"""From two sides to the few pairs worth judging, with all that is known of each pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from compliance.match import context
from compliance.match.candidates import (
    Index,
    build_index,
    find_candidates,
    packed,
    place_in_group,
    unpacked,
)
from compliance.match.coded import Ints, Sides, code_sides
from compliance.match.features import NAMES, Floats, Scores, pair_features, scores
from compliance.match.marks import letters_differ, spelt
from compliance.match.reading import (
    Side,
    lent_numbers,
    own_numbers,
    shared_numbers,
    strangers,
)
from compliance.match.relations import Relations
from compliance.match.words import GENERAL, weights

_BATCH = 25_000
_ALIKE_ENOUGH = 0.52
_HEAVY = 40.0  # what an index weighs beyond this makes no difference
_SUPPLIERS_KEPT, _STRANGERS_KEPT = 4, 2


@dataclass(frozen=True)
class Pairs:
    """One row a pair, in the order of vendor, then other. Other ≥ supplier_count: a stranger."""

    vendor: npt.NDArray[np.int64]
    other: npt.NDArray[np.int64]
    features: npt.NDArray[np.float64]
    relation: npt.NDArray[np.int64]
    supplier_count: int
    party: npt.NDArray[np.int64]  # of each supplier row: equal for rows that are one party
    shared: frozenset[str]
    lent: list[tuple[str, ...]]


@dataclass(frozen=True)
class _World:
    """What a batch of vendors is compared with."""

    sides: Sides
    supplier_count: int
    index: Index
    by_number: dict[str, list[int]]
    own: Sequence[str]
    lent: Sequence[tuple[str, ...]]


def find_pairs(
    vendors: Side, suppliers: Side, workers: int = 2, general: frozenset[str] = GENERAL
) -> Pairs:
    """Return the pairs worth judging: at most four suppliers and two strangers a vendor."""
    shared = shared_numbers(vendors)
    held = frozenset(i.number for i in suppliers.numbers if i.number)
    own = own_numbers(vendors, shared)
    lent = lent_numbers(vendors, own)
    others = suppliers + vendors.pick(strangers(vendors, own, held))
    sides = code_sides(vendors, others)
    said = weights(sides, len(suppliers), general)
    index = build_index(sides)
    world = _World(sides, len(suppliers), index, _rows_by_number(suppliers), own, lent)
    ledger = context.Context(sides, shared)
    relations = Relations(vendors.numbers, lent, others.numbers, shared)

    def judged(batch: Ints) -> tuple[Ints, Ints, Floats, Ints]:
        v, o, known = _pairs_of(batch, world)
        table = np.hstack([pair_features(sides, v, o, known, said), ledger.features(v, o)])
        return v, o, table, relations.of(v, o)

    none = np.zeros(0, np.int64)
    nothing = (none, none, np.zeros((0, len(NAMES) + len(context.NAMES))), none)
    # numpy sorts and rapidfuzz compares without the lock.
    with ThreadPoolExecutor(workers) as threads:
        parts = [nothing, *threads.map(judged, _batches(len(vendors), workers))]
    vendor, other, features, relation = zip(*parts, strict=True)
    return Pairs(
        np.concatenate(vendor),
        np.concatenate(other),
        np.vstack(features),
        np.concatenate(relation),
        len(suppliers),
        parties(suppliers),
        shared,
        lent,
    )


def _batches(count: int, workers: int) -> list[Ints]:
    """Neighbouring rows: enough parts for all workers, and none too large for the memory."""
    size = max(1, min(_BATCH, -(-count // workers)))
    return [np.arange(first, min(first + size, count)) for first in range(0, count, size)]


def _pairs_of(batch: Ints, world: _World) -> tuple[Ints, Ints, Scores]:
    """The suppliers and strangers of a batch that are worth a closer look, and how alike."""
    found = find_candidates(world.sides, world.index, batch, world.supplier_count)
    # Strangers compete for vendors that could be anybody; a number of one's own says who one is.
    own = world.own[batch[0] : batch[-1] + 1]
    is_open = ~np.fromiter(map(bool, own), np.bool_, len(own))[found.vendor - batch[0]]
    found = found.where(is_open | (found.other < world.supplier_count))
    listed, numbered = packed(found.vendor, found.other), _by_number(batch, world)
    pair = np.unique(np.concatenate([listed, numbered]))
    v, o = unpacked(pair)
    weight = np.full(len(pair), np.nan)  # of those that an index found
    weight[np.searchsorted(pair, listed)] = np.minimum(found.weight / 100, _HEAVY)
    known = scores(world.sides, v, o)
    alike = np.flatnonzero(~np.isnan(weight) & (known.likeness >= _ALIKE_ENOUGH))
    order = np.round(known.likeness + 0.002 * weight, 6)[alike]
    is_strange = o[alike] >= world.supplier_count
    group = v[alike] * 2 + is_strange
    ranked = np.lexsort((o[alike], -order, group))
    limit = np.where(is_strange, _STRANGERS_KEPT, _SUPPLIERS_KEPT)[ranked]
    kept = np.zeros(len(pair), dtype=np.bool_)
    kept[alike[ranked[place_in_group(group[ranked]) < limit]]] = True
    kept[np.searchsorted(pair, numbered)] = True
    return v[kept], o[kept], known.where(kept)


def _by_number(batch: Ints, world: _World) -> Ints:
    """The packed pairs that a number of the vendor's, or one lent to it, names."""
    numbers, held = world.sides.vendors.side.numbers, world.by_number
    found = [
        (row, other)
        for row in batch.tolist()
        for number in (numbers[row].number, *numbers[row].others, *world.lent[row])
        if number in held
        for other in held[number]
    ]
    rows = np.asarray(found, dtype=np.int64).reshape(-1, 2)
    return packed(rows[:, 0], rows[:, 1])


def _rows_by_number(side: Side) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, identifier in enumerate(side.numbers):
        if identifier.number and identifier.state != "masked":
            rows[identifier.number].append(row)
    return rows


def parties(suppliers: Side) -> npt.NDArray[np.int64]:
    """Number the register's rows so that rows of one party have one number.

    One org number is one party. A row without number joins the only party of its exact name and
    form, if there is only one.
    """
    first: dict[object, int] = {}
    found = np.arange(len(suppliers))
    named: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row, identifier in enumerate(suppliers.numbers):
        if identifier.number:
            found[row] = first.setdefault(identifier.number, row)
            named[suppliers.keys[row], suppliers.names[row].form].add(int(found[row]))
    for row, identifier in enumerate(suppliers.numbers):
        if not identifier.number:
            name = (suppliers.keys[row], suppliers.names[row].form)
            known = named.get(name, set())
            like = next(iter(known)) if len(known) == 1 else first.setdefault(name, row)
            if letters_differ(suppliers.names[row], suppliers.names[like]):  # Habo is not Håbo
                like = first.setdefault((name, spelt(suppliers.names[row])), row)
            found[row] = like
    return found
