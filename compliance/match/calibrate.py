"""How sure may the program be? Trains the two networks on labelled vendors and writes model.json.

    python -m compliance.match.calibrate FOLDER

FOLDER holds vendors.csv, suppliers.csv and truth.csv (vendor_key, entity). Everything is learnt
twice over: with the org numbers as they are, and with all of them removed. The second network
learns from pairs that the first one had not seen. What the networks say is drawn to the shares that
were right among vendors held back (three parts; vendors like the same supplier stand in one), and
the same vendors make the table that the thresholds of rules/matching.toml are chosen by. Nothing
else is looked at for it: other labelled folders are for the final measure.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from compliance.match import csv_files, features, words
from compliance.match.model import FILE, Calibration, Model, Network
from compliance.match.pairing import Pairs, find_pairs
from compliance.match.reading import Side, read_side
from compliance.match.relations import AGREEING, AT, CONFLICTING
from compliance.match.settings import read_settings
from compliance.match.training import train
from compliance.match.verdict import Verdicts, judge, pair_logits, pair_table, vendor_table

Floats = npt.NDArray[np.float64]

# A network's answer taken as it is: what is calibrated afterwards.
AS_SAID = Calibration(np.asarray([0.0, 1.0]), np.asarray([0.0, 1.0]))
# Between these there are too few labelled vendors to tell one share from another: all of them stand
# about where their common share is, in their order, and near enough to be read as one tenth.
_DOUBTFUL, _WIDTH = (0.2, 0.8), 0.06
_SURE = (0.8, 0.85, 0.9, 0.94, 0.97, 0.99, 1.0)  # from one to the next there are enough
_STEPS = (0.80, 0.85, 0.90, 0.925, 0.95, 0.96, 0.97, 0.975, 0.98, 0.985, 0.99)

_HIDDEN_PAIR, _HIDDEN_VENDOR = 24, 10
_MEMBERS = 4
_ROUNDS_PAIR, _ROUNDS_VENDOR = 14, 30


class Labelled:
    """One world: its pairs, which of them are right, and each vendor's entity."""

    def __init__(
        self,
        folder: Path,
        *,
        with_numbers: bool,
        third: int | None = None,
        general: frozenset[str] = words.GENERAL,
    ) -> None:
        settings = read_settings()
        vendors, suppliers = csv_files.read_world(folder, with_numbers=with_numbers)
        truth = pl.read_csv(folder / "truth.csv", infer_schema=False, glob=False)
        if third is not None:
            vendors, suppliers, truth = _third(vendors, suppliers, truth, third)
        self.vendors: Side = read_side(vendors, "vendor", settings.lexicon)
        self.suppliers: Side = read_side(suppliers, "supplier", settings.lexicon)
        self.pairs: Pairs = find_pairs(self.vendors, self.suppliers, general=general)
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
        self.fold = _folds(self.pairs, len(self.vendors))


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


def _folds(pairs: Pairs, vendors: int) -> npt.NDArray[np.int64]:
    """Vendors that resemble the same supplier most stand in the same fold, 0 to 5."""
    found = np.zeros(vendors, dtype=np.int64)
    own = np.flatnonzero(pairs.other < pairs.supplier_count)
    likeness = pairs.features[own, features.AT["token_sort"]]
    party = pairs.party[pairs.other[own]]
    order = np.lexsort((party, -likeness, pairs.vendor[own]))
    vendor, first = np.unique(pairs.vendor[own][order], return_index=True)
    found[vendor] = party[order][first] * 7919 % 6
    return found


def fit(worlds: list[Labelled], left_out: int | None = None) -> Model:
    """Train both networks: the second on pairs judged by a first that had not seen them.

    `left_out` (0, 1 or 2) leaves a third of the vendors out, for out_of_fold.
    """
    kept = [world.fold // 2 != left_out for world in worlds]
    halves = [
        _fit_pair(
            worlds, [k & (world.fold % 2 == part) for k, world in zip(kept, worlds, strict=True)]
        )
        for part in (0, 1)
    ]
    tables, truths = [], []
    for known, world in zip(kept, worlds, strict=True):
        z = [pair_logits(world.pairs, half) for half in halves]
        z_name = [pair_logits(world.pairs, half, by_name_only=True) for half in halves]
        unseen = 1 - world.fold[world.pairs.vendor] % 2  # judged by the other half's network
        first = np.where(unseen == 0, z[0], z[1])
        name = np.where(unseen == 0, z_name[0], z_name[1])
        vendors, best, _, _, table = vendor_table(world.pairs, first, name.__getitem__)
        tables.append(table[known[vendors]])
        truths.append(world.right[best][known[vendors]])
    second = train(
        np.vstack(tables),
        np.concatenate(truths),
        hidden=_HIDDEN_VENDOR,
        rounds=_ROUNDS_VENDOR,
        members=_MEMBERS,
        decay=1e-4,
    )
    return Model(_fit_pair(worlds, kept), second, AS_SAID)


def _fit_pair(worlds: list[Labelled], vendors: list[npt.NDArray[np.bool_]]) -> Network:
    tables, truths = [], []
    for place, world in enumerate(worlds):
        rows = world.is_own & vendors[place][world.pairs.vendor]
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


def out_of_fold(worlds: list[Labelled]) -> list[Verdicts]:
    """Judge every vendor of each world by a model that saw no vendor of its like."""
    models = [fit(worlds, left_out) for left_out in range(3)]
    found = []
    for world in worlds:
        parts = [judge(world.pairs, model) for model in models]
        third = world.fold[parts[0].vendor] // 2
        found.append(
            Verdicts(
                parts[0].vendor,
                *(
                    np.choose(third, [getattr(part, name) for part in parts])
                    for name in ("best", "runner_up", "stranger", "probability")
                ),
            )
        )
    return found


def figures(world: Labelled, found: Verdicts) -> dict[str, float]:
    """Best F1, recall at two precisions, and the largest gap between said and true shares."""
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


def calibrated(said: Floats, right: Floats, about: float) -> Calibration:
    """Draw what was said of unseen vendors to the share that was right; the doubtful to `about`."""
    low, high = _DOUBTFUL
    points = [(0.0, 0.0), (low - 1e-6, low - 1e-6), (low, about - _WIDTH / 2)]
    points += [(high - 1e-6, about + _WIDTH / 2), (high, high)]
    for start, end in pairwise(_SURE):
        among = (said >= start) & (said < end)
        points.append((float(said[among].mean()), float(right[among].mean())))
    points.append((1.0, 1.0))
    x, y = (np.asarray(column) for column in zip(*points, strict=True))
    return Calibration(x, np.maximum.accumulate(np.where(x >= high, np.maximum(y, high), y)))


def doubtful_share(worlds: list[Labelled], unseen: list[Verdicts]) -> float:
    """What share of the doubtful is right, in the mean of the worlds: strange words count alike."""
    low, high = _DOUBTFUL
    shares = []
    for world, found in zip(worlds, unseen, strict=True):
        doubtful = (found.probability >= low) & (found.probability < high)
        shares.append(float(world.right[found.best][doubtful].mean()))
    return float(np.mean(shares))


def threshold_table(world: Labelled, found: Verdicts) -> list[str]:
    """Precision and recall from each step on, by what the numbers say: to choose thresholds by."""
    relation, right = world.pairs.relation[found.best], world.right[found.best]
    positives = sum(entity is not None for entity in world.entity)
    agree = np.isin(relation, [AT[name] for name in AGREEING])
    against = np.isin(relation, [AT[name] for name in CONFLICTING])
    lines = []
    for name, kind in (("agree", agree), ("say nothing", ~agree & ~against), ("differ", against)):
        for step in _STEPS:
            matched = kind & (found.probability >= step)
            hits = right[matched].sum()
            lines.append(
                f"numbers {name:12} from {step:.3f}: {matched.sum():5} matched, "
                f"precision {hits / max(matched.sum(), 1):.4f}, recall {hits / positives:.4f}"
            )
    return lines


def _worlds(folder: Path) -> list[Labelled]:
    """The labelled world with numbers, by names only, and three smaller ones.

    In these the trades are strangers, or half of them: no word list is leant on.
    """
    general = words.GENERAL
    plan: tuple[tuple[int | None, bool, frozenset[str]], ...] = (
        (None, True, general),
        (None, False, general),
        (0, True, frozenset()),
        (1, False, frozenset()),
        (2, True, frozenset(sorted(general)[::2])),
    )
    return [
        Labelled(folder, with_numbers=numbers, third=third, general=words)
        for third, numbers, words in plan
    ]


def main(folder: str) -> None:
    """Train on a folder, write the model with its figures on vendors that were held back."""
    worlds = _worlds(Path(folder))
    unseen = out_of_fold(worlds)
    about = doubtful_share(worlds, unseen)
    whole = list(zip(worlds[:2], unseen[:2], strict=True))
    said = np.concatenate([found.probability for _, found in whole])
    right = np.concatenate([world.right[found.best] for world, found in whole])
    calibration = calibrated(said, right, about)
    model = dataclasses.replace(fit(worlds), calibration=calibration)
    judged = [
        (world, dataclasses.replace(f, probability=np.round(calibration.of(f.probability), 6)))
        for world, f in whole
    ]
    kept = {
        "out_of_fold": {
            name: figures(world, found)
            for name, (world, found) in zip(("with_numbers", "names_only"), judged, strict=True)
        },
        "calibration": {
            "said": np.round(calibration.said, 6).tolist(),
            "true": np.round(calibration.true, 6).tolist(),
        },
        "pair": model.pair.to_json(),
        "vendor": model.vendor.to_json(),
    }
    FILE.write_text(json.dumps(kept, separators=(",", ":")) + "\n", "utf-8")
    steps = [line for world, found in judged for line in threshold_table(world, found)]
    sys.stderr.write("\n".join([json.dumps(kept["out_of_fold"], indent=1), *steps, ""]))


if __name__ == "__main__":
    main(sys.argv[1])
