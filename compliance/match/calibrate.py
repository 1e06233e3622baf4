"""How sure may the program be? Trains the two networks on labelled vendors and writes model.json.

    python -m compliance.match.calibrate FOLDER

FOLDER holds vendors.csv, suppliers.csv and truth.csv (vendor_key, entity). Everything is learnt
twice over: with the org numbers as they are, and with all of them removed. The second network
learns from pairs that the first one had not seen.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from compliance.match import csv_files
from compliance.match.model import FILE, Model, Network, probability
from compliance.match.pairing import Pairs, find_pairs
from compliance.match.reading import Side, read_side
from compliance.match.settings import read_settings
from compliance.match.verdict import judge, pair_logits, pair_table, vendor_table

Floats = npt.NDArray[np.float64]

_HIDDEN_PAIR, _HIDDEN_VENDOR = 24, 10
_MEMBERS = 4
_BATCH = 512
_ROUNDS_PAIR, _ROUNDS_VENDOR = 14, 30


def train(
    table: Floats, truth: Floats, *, hidden: int, rounds: int, members: int, decay: float
) -> Network:
    """Fit the mean of several networks by Adam on the log loss; the same seeds every time."""
    mean, scale = table.mean(axis=0), table.std(axis=0) + 1e-3
    standard = (table - mean) / scale
    found = tuple(
        _train_one(standard, truth, np.random.default_rng(seed), hidden, rounds, decay)
        for seed in range(members)
    )
    return Network(mean, scale, found)


def _train_one(
    x: Floats, y: Floats, random: np.random.Generator, hidden: int, rounds: int, decay: float
) -> tuple[Floats, Floats, Floats, float]:
    width = x.shape[1]
    weights = [
        random.normal(0, 1 / np.sqrt(width), (width, hidden)),
        np.zeros(hidden),
        random.normal(0, 1 / np.sqrt(hidden), hidden),
        np.asarray([np.log((y.mean() + 1e-6) / (1 - y.mean() + 1e-6))]),
    ]
    means = [np.zeros_like(w) for w in weights]
    squares = [np.zeros_like(w) for w in weights]
    steps = rounds * (len(x) // _BATCH + 1)
    for step, rows in enumerate(_batches(len(x), random, rounds), start=1):
        a = x[rows]
        h = np.tanh(a @ weights[0] + weights[1])
        error = (probability(h @ weights[2] + weights[3][0]) - y[rows]) / len(rows)
        back = np.outer(error, weights[2]) * (1 - h * h)
        slopes = [a.T @ back + decay * weights[0], back.sum(axis=0),
                  h.T @ error + decay * weights[2], np.asarray([error.sum()])]  # fmt: skip
        rate = 0.004 * 0.5 * (1 + np.cos(np.pi * step / steps))
        for w, m, s, slope in zip(weights, means, squares, slopes, strict=True):
            m += 0.1 * (slope - m)
            s += 0.001 * (slope * slope - s)
            w -= rate * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)
    return weights[0], weights[1], weights[2], float(weights[3][0])


def _batches(
    count: int, random: np.random.Generator, rounds: int
) -> Iterator[npt.NDArray[np.int64]]:
    for _ in range(rounds):
        order = random.permutation(count)
        for start in range(0, count, _BATCH):
            yield order[start : start + _BATCH]


class Labelled:
    """One world: its pairs, which of them are right, and each vendor's entity."""

    def __init__(
        self, folder: Path, *, with_numbers: bool, third: int | None = None, workers: int = 2
    ) -> None:
        settings = read_settings()
        vendors, suppliers = csv_files.read_world(folder, with_numbers=with_numbers)
        truth = pl.read_csv(folder / "truth.csv", infer_schema=False)
        if third is not None:
            vendors, suppliers, truth = _third(vendors, suppliers, truth, third)
        self.vendors: Side = read_side(vendors, "vendor", settings.lexicon)
        self.suppliers: Side = read_side(suppliers, "supplier", settings.lexicon)
        self.pairs: Pairs = find_pairs(self.vendors, self.suppliers, workers)
        entity_of = dict(truth.select("vendor_key", "entity").iter_rows())
        held = dict(suppliers.select("supplier_id", "entity").iter_rows())
        self.entity = [entity_of.get(vendor) for vendor in self.vendors.ids]
        party = [held[supplier] for supplier in self.suppliers.ids]
        count = self.pairs.supplier_count
        self.is_own = self.pairs.other < count
        self.right = np.asarray(
            [
                other < count and self.entity[vendor] == party[other]
                for vendor, other in zip(
                    self.pairs.vendor.tolist(), self.pairs.other.tolist(), strict=True
                )
            ],
            dtype=np.float64,
        )
        self.half = np.asarray([_half(name) for name in self.vendors.ids])


def _third(
    vendors: pl.DataFrame, suppliers: pl.DataFrame, truth: pl.DataFrame, third: int
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """A world of a third of the size with the same share of vendors that have a supplier."""
    kept = suppliers.filter(pl.col("entity").cast(pl.Int64) % 3 == third)
    own = truth.filter(pl.col("entity").is_in(kept["entity"].to_list()))
    nobody = vendors.join(truth, left_on="vendor_id", right_on="vendor_key", how="anti")
    nobody = nobody.filter(pl.col("vendor_id").cast(pl.Int64) % 3 == third)
    theirs = vendors.join(own, left_on="vendor_id", right_on="vendor_key", how="semi")
    return pl.concat([theirs, nobody]), kept, own


def _half(vendor_id: str) -> int:
    return int(vendor_id) % 2


def fit(worlds: list[Labelled]) -> Model:
    """Train both networks: the second on pairs judged by a first that had not seen them."""
    halves = [_fit_pair(worlds, [world.half == part for world in worlds]) for part in (0, 1)]
    tables, truths = [], []
    for world in worlds:
        z = [pair_logits(world.pairs, half) for half in halves]
        z_name = [pair_logits(world.pairs, half, by_name_only=True) for half in halves]
        unseen = 1 - world.half[world.pairs.vendor]  # judged by the other half's network
        first = np.where(unseen == 0, z[0], z[1])
        name = np.where(unseen == 0, z_name[0], z_name[1])
        _, best, _, _, table = vendor_table(world.pairs, first, name)
        tables.append(table)
        truths.append(world.right[best])
    second = train(
        np.vstack(tables),
        np.concatenate(truths),
        hidden=_HIDDEN_VENDOR,
        rounds=_ROUNDS_VENDOR,
        members=_MEMBERS,
        decay=1e-4,
    )
    return Model(_fit_pair(worlds, None), second)


def _fit_pair(worlds: list[Labelled], vendors: list[npt.NDArray[np.bool_]] | None) -> Network:
    tables, truths = [], []
    for place, world in enumerate(worlds):
        rows = world.is_own.copy()
        if vendors is not None:
            rows &= vendors[place][world.pairs.vendor]
        tables.append(pair_table(world.pairs)[rows])
        truths.append(world.right[rows])
    return train(
        np.vstack(tables),
        np.concatenate(truths),
        hidden=_HIDDEN_PAIR,
        rounds=_ROUNDS_PAIR,
        members=_MEMBERS,
        decay=4e-5,
    )


def figures(world: Labelled, model: Model) -> dict[str, float]:
    """Best F1, recall at two precisions, and the largest gap between said and true shares."""
    found = judge(world.pairs, model)
    right = world.right[found.best]
    positives = sum(entity is not None for entity in world.entity)
    order = np.argsort(-found.probability, kind="stable")
    hits = np.cumsum(right[order])
    precision = hits / np.arange(1, len(order) + 1)
    recall = hits / max(positives, 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    tenth = np.minimum((found.probability * 10).astype(int), 9)
    gaps = [
        abs(found.probability[tenth == i].mean() - right[tenth == i].mean())
        for i in range(10)
        if (tenth == i).any()
    ]
    return {
        "best_f1": round(float(f1.max()), 4),
        "recall_at_0.99": round(float(max(recall[precision >= 0.99], default=0.0)), 4),
        "recall_at_0.95": round(float(max(recall[precision >= 0.95], default=0.0)), 4),
        "largest_calibration_gap": round(float(max(gaps)), 4),
    }


def main(folder: str) -> None:
    """Train on a folder, write the model with its figures on that folder."""
    worlds = [
        Labelled(Path(folder), with_numbers=with_numbers, third=third)
        for third, with_numbers in ((None, True), (None, False), (0, True), (1, False), (2, True))
    ]
    model = fit(worlds)
    kept = {
        "trained_on": {
            "with_numbers": figures(worlds[0], model),
            "names_only": figures(worlds[1], model),
        },
        "pair": model.pair.to_json(),
        "vendor": model.vendor.to_json(),
    }
    FILE.write_text(json.dumps(kept, separators=(",", ":")) + "\n", "utf-8")
    sys.stderr.write(json.dumps(kept["trained_on"], indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
