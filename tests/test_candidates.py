"""candidates.py beside the same said in plain loops, over small worlds of names."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict

import numpy as np
import polars as pl
import pytest

from compliance.match import read_settings
from compliance.match.candidates import build_index, find_candidates
from compliance.match.coded import code_sides
from compliance.match.reading import Side, read_side
from compliance.names import stem

LEXICON = read_settings().lexicon
SUPPLIERS = 25
WORDS = ("Berg", "Bergs", "Bygg", "Byggservice", "Service", "Dykeri", "El", "Nybro", "i", "AB", "HB",
         "Åkeri", "Lundqvist", "Lundkvists", "X", "A", "/", "c/o", "Svea", "Bank", "Nybros")  # fmt: skip


def drawn(seed: int, count: int, prefix: str) -> Side:
    chance = random.Random(seed)
    names = [" ".join(chance.choices(WORDS, k=chance.randint(0, 4))) for _ in range(count)]
    return read_side(
        pl.DataFrame(
            {
                f"{prefix}_id": [f"{row:04}" for row in range(count)],
                f"{prefix}_name": names,
                "org_number": [None] * count,
            },
            schema_overrides={"org_number": pl.String},
        ),
        prefix,
        LEXICON,
    )


def words(side: Side, row: int) -> set[str]:
    return {form for token in side.names[row].tokens for form in (token, stem(token))}


def pieces(side: Side, row: int) -> set[str]:
    text = f"^{side.joined[row]}$"
    return {text[i : i + 4] for i in range(max(len(text) - 3, 1))}


def expected(vendors: Side, others: Side) -> set[tuple[int, int, int]]:
    """The eight heaviest suppliers and strangers of each vendor, with their weights."""
    held = {}
    for keys in (words, pieces):
        lists = defaultdict(set)
        for row in range(len(others)):
            for key in keys(others, row):
                lists[key].add(row)
        held[keys] = {key: rows for key, rows in lists.items() if len(rows) <= 256}
    found = set()
    for v in range(len(vendors)):
        weight: Counter[int] = Counter()
        for keys, rarest, most, step in ((words, 3, 1360, 105), (pieces, 7, 534, 42)):
            lists = held[keys]
            known = [key for key in keys(vendors, v) if key in lists]
            known.sort(key=lambda key, of=lists: (int(math.log2(len(of[key]))), key))
            met: Counter[int] = Counter()
            hits: Counter[int] = Counter()
            for key in known[:rarest]:
                for o in lists[key]:
                    met[o] += most - step * int(math.log2(len(lists[key])))
                    hits[o] += 1
            is_chance = keys is pieces and len(known) > 3
            weight.update({o: w for o, w in met.items() if hits[o] > 1 or not is_chance})
        name = vendors.names[v]
        for asked, of, worth in (
            ({vendors.keys[v]}, others.keys, 6000),
            ({vendors.joined[v]}, others.joined, 6000),
            ({name.placeless}, others.joined, 4000),
            ({vendors.joined[v]}, [n.placeless for n in others.names], 4000),
            (set(name.alternatives), others.keys, 4000),
        ):
            same = [o for o in range(len(others)) if of[o] and of[o] in asked]
            weight.update(dict.fromkeys(same[:20], worth))
        for is_stranger in (False, True):
            some = [(w, o) for o, w in weight.items() if (o >= SUPPLIERS) == is_stranger]
            some.sort(key=lambda pair: (-pair[0], pair[1]))
            found |= {(v, o, w) for w, o in some[:8]}
    return found


@pytest.mark.parametrize("seed", range(40))
def test_the_heaviest_candidates_are_those_of_plain_loops(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.match.candidates._VENDORS_AT_ONCE", 7)
    vendors, others = drawn(seed, 20, "vendor"), drawn(seed + 1000, 60, "supplier")
    sides = code_sides(vendors, others)
    rows = np.arange(len(vendors))
    found = find_candidates(sides, build_index(sides), rows, SUPPLIERS)
    assert set(zip(*map(list, (c.tolist() for c in found)), strict=True)) == expected(
        vendors, others
    )
