"""From two sides to the few pairs worth judging, with all that is known of each pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from compliance.match import context
from compliance.match.candidates import Index, build_index, find_candidates
from compliance.match.features import GENERAL, Weights, pair_features, stage_one
from compliance.match.reading import Side, lent_numbers, shared_numbers, strangers
from compliance.match.relations import relations_of

_BATCH = 50_000
_ALIKE_ENOUGH = 0.52
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

    others: Side  # the suppliers, then the strangers
    supplier_count: int
    index: Index
    by_number: dict[str, list[int]]
    shared: frozenset[str]


def find_pairs(
    vendors: Side, suppliers: Side, workers: int = 2, general: frozenset[str] = GENERAL
) -> Pairs:
    """Return the pairs worth judging: at most four suppliers and two strangers a vendor."""
    shared = shared_numbers(vendors)
    held = frozenset(i.number for i in suppliers.numbers if i.number)
    lent = lent_numbers(vendors, shared)
    others = suppliers + vendors.pick(strangers(vendors, held, shared))
    weights = Weights((suppliers, vendors), general)
    world = _World(others, len(suppliers), build_index(others), _rows_by_number(suppliers), shared)
    ledger = context.Context(vendors, others, shared)
    parts = []
    for start in range(0, len(vendors), _BATCH):
        batch = vendors.cut(start, start + _BATCH)
        asked = _pairs_of(batch, lent[start : start + _BATCH], world, workers)
        table = pair_features(batch, others, asked, weights, workers)
        rows = (asked["vendor"].cast(pl.Int64).to_numpy(), asked["other"].cast(pl.Int64).to_numpy())
        table = np.hstack([table, ledger.features(rows[0] + start, rows[1])])
        relation = relations_of(
            batch.numbers, lent[start : start + _BATCH], others.numbers, rows, shared
        )
        parts.append((rows[0] + start, rows[1], table, relation))
    return Pairs(
        np.concatenate([part[0] for part in parts]) if parts else np.zeros(0, np.int64),
        np.concatenate([part[1] for part in parts]) if parts else np.zeros(0, np.int64),
        np.vstack([part[2] for part in parts]) if parts else np.zeros((0, 0)),
        np.concatenate([part[3] for part in parts]) if parts else np.zeros(0, np.int64),
        len(suppliers),
        parties(suppliers),
        shared,
        lent,
    )


def _pairs_of(
    batch: Side, lent: Sequence[tuple[str, ...]], world: _World, workers: int
) -> pl.DataFrame:
    """The suppliers and strangers of a batch that are worth a closer look."""
    found = find_candidates(batch, world.index, world.supplier_count).with_columns(
        stranger=pl.col("other") >= world.supplier_count
    )
    has_number = [i.is_trusted and i.number not in world.shared for i in batch.numbers]
    # Strangers compete for vendors that could be anybody; a number of one's own says who one is.
    numbered_rows = [row for row, known in enumerate(has_number) if known]
    pruned = found.filter(~pl.col("stranger") | ~pl.col("vendor").is_in(numbered_rows))
    pruned = pruned.with_columns(
        likeness=pl.Series(stage_one(batch, world.others, pruned, workers), dtype=pl.Float64)
    ).filter(pl.col("likeness") >= _ALIKE_ENOUGH)
    order = (pl.col("likeness") + 0.002 * pl.col("weight").clip(0, 40)).round(6)
    ranked = pruned.with_columns(order=order).sort(
        "vendor", "order", "other", descending=[False, True, False]
    )
    kept = pl.concat(
        [
            ranked.filter(pl.col("stranger") == is_stranger)
            .group_by("vendor", maintain_order=True)
            .head(count)
            .select("vendor", "other")
            for is_stranger, count in ((False, _SUPPLIERS_KEPT), (True, _STRANGERS_KEPT))
        ]
    )
    numbered = pl.DataFrame(
        [
            (row, other)
            for row, (identifier, borrowed) in enumerate(zip(batch.numbers, lent, strict=True))
            for number in (identifier.number, *identifier.others, *borrowed)
            for other in world.by_number.get(number, ())
        ],
        schema={"vendor": pl.Int32, "other": pl.Int32},
        orient="row",
    )
    return pl.concat([kept, numbered]).unique().sort("vendor", "other")


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
            found[row] = next(iter(known)) if len(known) == 1 else first.setdefault(name, row)
    return found
