"""verdict.py beside the same said in plain loops, over many small worlds of pairs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from compliance.match import context, features, relations, verdict
from compliance.match.model import Network, probability, shipped_model
from compliance.match.pairing import Pairs

NAMES = (*features.NAMES, *context.NAMES)
NOBODY = -12.0
SUPPLIERS = 6


def drawn(seed: int) -> tuple[Pairs, verdict.Floats, verdict.Floats]:
    """Vendors with zero to five of six suppliers and of three strangers; ties are common."""
    chance = np.random.default_rng(seed)
    vendor, other = [], []
    for v in range(0, 2 * int(chance.integers(1, 9)), 2):
        for o in sorted(chance.choice(SUPPLIERS + 3, int(chance.integers(1, 6)), replace=False)):
            vendor.append(v)
            other.append(o)
    count = len(vendor)
    pairs = Pairs(
        np.array(vendor), np.array(other), chance.random((count, len(NAMES))),
        chance.integers(0, len(relations.RELATIONS), count), SUPPLIERS,
        np.array([0, 1, 1, 2, 3, 4, 5, 6, 7]), frozenset(), [()] * count,
    )  # fmt: skip
    z, z_name = (np.round(chance.normal(2, 12, count)) / 2 for _ in range(2))
    return pairs, z, z_name


def clipped(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def expected(pairs: Pairs, z: verdict.Floats, z_name: verdict.Floats) -> list[tuple[object, ...]]:
    """Vendor, best, runner-up, stranger and the table's row, of one vendor after another."""
    found = []
    for v in sorted(set(pairs.vendor.tolist())):
        rows = [r for r in range(len(pairs.vendor)) if pairs.vendor[r] == v]
        own = sorted(
            (r for r in rows if pairs.other[r] < SUPPLIERS), key=lambda r: (-z[r], pairs.other[r])
        )
        if not own:
            continue
        strangers = sorted(set(rows) - set(own), key=lambda r: (-z_name[r], pairs.other[r]))
        best = own[0]
        rivals = [r for r in own if pairs.party[pairs.other[r]] != pairs.party[pairs.other[best]]]
        runner, stranger = [*rivals, -1][0], [*strangers, -1][0]
        first, name = (clipped(of[best], NOBODY, 14) for of in (z, z_name))
        second, second_name = (
            clipped(of[runner], NOBODY, 14) if rivals else NOBODY for of in (z, z_name)
        )
        outside = clipped(z_name[stranger], NOBODY, 14) if strangers else NOBODY
        columns = [
            first, max(first, 0), max(first - 3, 0), name, second, math.log1p(math.exp(second)),
            clipped(first - second, 0, 4), clipped(name - second_name, -4, 4), outside,
            math.log1p(math.exp(outside)),
            clipped(outside - name, -4, 4) if strangers else 0.0,
            float(bool(strangers)), float(any(z[r] > z[best] - 1 for r in rivals)),
        ]  # fmt: skip
        beside = [pairs.features[best][NAMES.index(name)] for name in verdict._BESIDE]
        marks = [float(pairs.relation[best] == r) for r in range(len(relations.RELATIONS))]
        found.append((v, best, runner, stranger, [*columns, *beside, *marks]))
    return found


@pytest.mark.parametrize("seed", range(120))
def test_the_best_the_runner_up_and_the_stranger_are_those_of_plain_loops(seed: int) -> None:
    pairs, z, z_name = drawn(seed)
    *rows, table = verdict.vendor_table(pairs, z, z_name.__getitem__)
    asked = expected(pairs, z, z_name)
    for found, column in zip(rows, zip(*[one[:4] for one in asked], strict=True), strict=False):
        assert found.tolist() == list(column)
    rights = np.reshape([one[4] for one in asked], table.shape)
    np.testing.assert_allclose(table, rights, rtol=1e-12, atol=1e-12)


def test_vendors_with_strangers_alone_have_no_row() -> None:
    pairs, z, z_name = drawn(1)
    alone = replace(pairs, other=np.full(len(pairs.other), SUPPLIERS))
    vendors, best, runner_up, stranger, table = verdict.vendor_table(alone, z, z_name.__getitem__)
    assert len(vendors) == len(best) == len(runner_up) == len(stranger) == len(table) == 0


def test_a_pair_is_marked_with_its_relation_and_a_stranger_with_none() -> None:
    pairs, _, _ = drawn(3)
    none = relations.AT["none"]
    for by_name_only in (False, True):
        told = verdict.pair_table(pairs, by_name_only=by_name_only)
        for row, marks in enumerate(told[:, len(NAMES) :]):
            is_told = pairs.other[row] < SUPPLIERS and not by_name_only
            mark = pairs.relation[row] if is_told else none
            assert marks.tolist() == [float(r == mark) for r in range(len(relations.RELATIONS))]
        np.testing.assert_array_equal(told[:, : len(NAMES)], pairs.features)
    assert pairs.relation.tolist() == drawn(3)[0].relation.tolist(), "the pairs are as they were"


def test_pairs_are_judged_a_part_at_a_time_and_each_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pairs, _, _ = drawn(7)
    width = len(NAMES) + len(relations.RELATIONS)
    chance = np.random.default_rng(0)
    member = (chance.normal(size=(width, 3)), chance.normal(size=3), chance.normal(size=3), 0.1)
    network = Network(np.zeros(width), np.ones(width), (member,))
    whole = {by: verdict.pair_logits(pairs, network, by_name_only=by) for by in (False, True)}
    np.testing.assert_allclose(whole[False], network.logits(verdict.pair_table(pairs)))
    np.testing.assert_array_equal(whole[False], verdict.pair_logits(pairs, network))
    assert not np.allclose(whole[False], whole[True])
    monkeypatch.setattr(verdict, "_AT_ONCE", 2)
    for by, logits in whole.items():
        np.testing.assert_allclose(verdict.pair_logits(pairs, network, by_name_only=by), logits)
    some = np.array([3, 1])
    np.testing.assert_allclose(
        verdict.pair_logits(pairs, network, by_name_only=True, rows=some), whole[True][some]
    )
    empty = replace(pairs, vendor=pairs.vendor[:0])
    assert verdict.pair_logits(empty, network).tolist() == []


def test_a_pair_by_name_only_is_asked_of_the_network_where_its_number_told_something() -> None:
    pairs, _, _ = drawn(11)
    model = shipped_model()
    found = verdict.judge(pairs, model)
    z_name = verdict.pair_logits(pairs, model.pair, by_name_only=True)
    z = verdict.pair_logits(pairs, model.pair)
    *_, table = verdict.vendor_table(pairs, z, z_name.__getitem__)
    sure = model.calibration.of(probability(model.vendor.logits(table)))
    np.testing.assert_allclose(found.probability, sure, atol=2e-6)


def few(others: list[int], z: list[float]) -> tuple[Pairs, verdict.Floats]:
    """One vendor's pairs with these others, as alike as told."""
    pairs, _, _ = drawn(1)
    count = len(others)
    return replace(
        pairs, vendor=np.zeros(count, np.int64), other=np.array(others),
        features=np.zeros((count, len(NAMES))), relation=np.zeros(count, np.int64),
    ), np.array(z)  # fmt: skip


def test_what_differs_in_the_seventh_decimal_is_equally_alike() -> None:
    for difference, first in ((3e-7, True), (1e-6, False)):
        z = [1.0, 1.0 + difference, 1.0, 1.0 + difference]
        pairs, z_name = few([1, 3, SUPPLIERS, SUPPLIERS + 1], z)
        _, best, _, stranger, _ = verdict.vendor_table(pairs, z_name, z_name.__getitem__)
        assert (best[0] == 0, stranger[0] == 2) == (first, first)


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_the_pairs_tells_nothing(seed: int) -> None:
    pairs, z, z_name = drawn(seed)
    order = np.random.default_rng(seed).permutation(len(z))
    other = replace(
        pairs, vendor=pairs.vendor[order], other=pairs.other[order],
        features=pairs.features[order], relation=pairs.relation[order],
    )  # fmt: skip
    *rows, table = verdict.vendor_table(pairs, z, z_name.__getitem__)
    *moved, same = verdict.vendor_table(other, z[order], z_name[order].__getitem__)
    np.testing.assert_array_equal(same, table)
    for was, now in zip(rows[1:], moved[1:], strict=True):
        assert [order[row] if row >= 0 else -1 for row in now] == was.tolist()


def test_a_stranger_in_the_first_row_counts_like_any_other() -> None:
    pairs, z = few([SUPPLIERS, 1], [2.0, 1.0])
    *_, stranger, table = verdict.vendor_table(pairs, z, z.__getitem__)
    assert stranger.tolist() == [0]
    assert table[0, 10:12].tolist() == [1.0, 1.0]  # how far beyond the best, and that it is there


def test_a_probability_has_six_decimals() -> None:
    judged = verdict.judge(drawn(5)[0], shipped_model())
    assert len(judged.probability)
    assert judged.probability.tolist() == [round(one, 6) for one in judged.probability.tolist()]


def test_where_there_are_no_pairs_there_is_no_verdict() -> None:
    pairs, _ = few([], [])
    judged = verdict.judge(pairs, shipped_model())
    columns = (judged.vendor, judged.best, judged.runner_up, judged.stranger, judged.probability)
    assert [len(column) for column in columns] == [0] * 5
