"""How numbers stand to each other: many pairs told by codes, beside the rule for one."""

from __future__ import annotations

import random

import numpy as np
import pytest

from compliance import identifiers
from compliance.match.relations import AT, RELATIONS, Relations, relate

CELLS = (
    "556036-0793", "SE556036079301", "556036-0794", "556012-5790", "202100-5489", "202100-5498",
    "556036-0793 / 556012-5790", "0007:5560360793", "121212-1212", "121212-XXXX", "810101-XXXX",
    "811218-9876", "DE123456789", "DE123456788", "NO987654321MVA",
    "NO 987654321", "SAKNAS", "123", "5.56E+09", "000000-0000", "", None,
)  # fmt: skip
LENT = ((), (), ("5560360793",), ("5560360793", "5560125790"), ("2021005489",))


@pytest.mark.parametrize(
    ("own", "held", "relation"),
    [
        ("DE123456789", "DE123456788", "conflict"),
        ("DE123456789", "DE 123 456 789", "equal"),
        ("NO987654321MVA", "NO 987654321", "equal"),
        ("NO987654321MVA", "NO912345678", "conflict"),
        ("DE123456789", "DK12345678", "foreign"),
        ("GB12345678", "GB123456789", "foreign"),  # a company's and a VAT number
        ("DE123456789", "556036-0793", "foreign"),
        ("556036-0793", "DE123456789", "foreign"),
        ("556012-5790", "556036-0793 / 556012-5790", "supplier_absent"),
        ("202100-5489", "556036-0793 / 556012-5790", "conflict"),
        ("556036-0793 / 556012-5790", "556012-5790", "equal"),
    ],
)
def test_numbers_that_a_cell_holds_are_compared_as_what_they_are(
    own: str, held: str, relation: str
) -> None:
    assert relate(identifiers.parse(own), (), identifiers.parse(held), frozenset()) == relation


def test_a_lent_number_is_looked_for_in_the_whole_of_the_register_s_cell() -> None:
    both = identifiers.parse("556036-0793 / 556012-5790")
    lent = {
        "5560360793": "lent_equal",
        "5560125790": "vendor_absent",
        "2021005489": "lent_conflict",
    }
    for number, relation in lent.items():
        assert relate(identifiers.ABSENT, (number,), both, frozenset()) == relation


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
