"""What is promised of the matching, on labelled vendors that nothing was learnt from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from shared_data import shared

from compliance.match.__main__ import main

Found = pl.DataFrame


@pytest.fixture(scope="module")
def dev() -> tuple[Found, int]:
    """Outcome and probability of every vendor, whether it is right, and how many could be."""
    return _found(False)


def _found(names_only: bool) -> tuple[Found, int]:
    folder = shared("swedish-vendors/dev")
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        options = ["--no-numbers"] if names_only else []
        assert main([str(folder / "vendors.csv"), str(folder / "suppliers.csv"), *options]) == 0
    held = {row["supplier_key"]: row["entity"] for row in _rows(folder / "suppliers.csv")}
    truth = {row["vendor_key"]: row["entity"] for row in _rows(folder / "truth.csv")}
    found = pl.read_csv(io.StringIO(out.getvalue()), infer_schema=False).with_columns(
        pl.col("probability").cast(pl.Float64)
    )
    right = [
        vendor in truth and truth[vendor] == held.get(supplier)
        for vendor, supplier in found.select("vendor_id", "supplier_id").iter_rows()
    ]
    return found.with_columns(right=pl.Series(right)), len(truth)


def _rows(path: object) -> Iterator[dict[str, str]]:
    with open(str(path), encoding="utf-8", newline="") as file:  # noqa: PTH123 - a str is enough
        yield from csv.DictReader(file)


def _best_f1(found: Found, positives: int) -> float:
    ordered = found.sort("probability", descending=True)["right"].to_numpy()
    hits = np.cumsum(ordered)
    precision, recall = hits / np.arange(1, len(ordered) + 1), hits / positives
    return float((2 * precision * recall / np.maximum(precision + recall, 1e-9)).max())


def test_matched_is_right_in_99_of_100_and_finds_85_and_95_with_review(
    dev: tuple[Found, int],
) -> None:
    found, positives = dev
    matched = found.filter(pl.col("outcome") == "matched")
    shown = found.filter(pl.col("outcome") != "none")
    assert matched["right"].mean() >= 0.99
    assert matched["right"].sum() / positives >= 0.85
    assert shown["right"].sum() / positives >= 0.95
    assert found.filter(pl.col("outcome") == "review").height / found.height <= 0.15
    assert _best_f1(found, positives) >= 0.95


def test_a_probability_means_what_it_says(dev: tuple[Found, int]) -> None:
    found, _ = dev
    tenths = found.group_by((pl.col("probability") * 10).floor().clip(0, 9).alias("tenth")).agg(
        pl.col("probability").mean(), pl.col("right").mean()
    )
    for tenth, said, true in tenths.iter_rows():
        assert abs(said - true) <= 0.05, f"tenth {tenth}: {said:.3f} said, {true:.3f} true"


def test_by_names_only_nine_of_ten() -> None:
    assert _best_f1(*_found(True)) >= 0.90
