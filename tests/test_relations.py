"""How numbers stand to each other: many pairs told by codes, beside the rule for one."""

from __future__ import annotations

import random

import numpy as np

from compliance import identifiers
from compliance.match.relations import AT, RELATIONS, Relations, relate

CELLS = (
    "556036-0793", "SE556036079301", "556036-0794", "556012-5790", "202100-5489", "202100-5498",
    "556036-0793 / 556012-5790", "0007:5560360793", "121212-1212", "121212-XXXX", "810101-XXXX",
    "811218-9876", "DE123456789", "NO987654321MVA", "SAKNAS", "123", "5.56E+09", "000000-0000", "", None,
)  # fmt: skip
LENT = ((), (), ("5560360793",), ("5560360793", "5560125790"), ("2021005489",))


def test_relations_told_by_codes_are_those_of_the_rule_for_one_pair() -> None:
    chance = random.Random(3)
    vendors = [identifiers.parse(chance.choice(CELLS)) for _ in range(300)]
    others = [identifiers.parse(chance.choice(CELLS)) for _ in range(200)]
    lent = [chance.choice(LENT) for _ in vendors]
    shared = frozenset(["5560125790"])
    v, o = (grid.ravel() for grid in np.meshgrid(np.arange(300), np.arange(200)))
    expected = [
        AT[relate(vendors[a], lent[a], others[b], shared)]
        for a, b in zip(v.tolist(), o.tolist(), strict=True)
    ]
    assert Relations(vendors, lent, others, shared).of(v, o).tolist() == expected
    assert set(expected) == set(range(len(RELATIONS))), "each relation is among them"
