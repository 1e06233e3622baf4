"""What do two names say beside their letters: form, numbers, beginnings, places?"""

from __future__ import annotations

from operator import add
from typing import Any

import numpy as np
import numpy.typing as npt

from compliance.match.coded import NOTHING, Coded, Ints, Ragged, Sides
from compliance.match.reading import Side

Column = npt.NDArray[Any]

_PLACES = (
    "city_same", "city_other", "place_same", "place_other", "place_one", "town_in_name",
    "placeless_vendor", "placeless_supplier", "placeless_city", "placeless_elsewhere",
)  # fmt: skip


def fact_features(sides: Sides, v: Ints, o: Ints) -> dict[str, Column]:
    """Forms, numbers, beginnings and places of pairs of rows."""
    a, b = sides.vendors, sides.others
    short, long = np.minimum(a.length[v], b.length[o]), np.maximum(a.length[v], b.length[o])
    same = a.joined[v] == b.joined[o]
    both = (a.form[v] != NOTHING) & (b.form[o] != NOTHING)
    return {
        "length_ratio": short / np.maximum(long, 1),
        "shortness": 1 / np.maximum(short, 1),
        "same_joined": same,
        "same_key": (a.key[v] == b.key[o]) & (a.joined[v] != NOTHING),
        "cut": a.is_cut[v],
        "form_same": both & (a.form[v] == b.form[o]),
        "form_other": both & (a.form[v] != b.form[o]),
        "form_one": (a.form[v] != NOTHING) ^ (b.form[o] != NOTHING),
        "foreign_form": a.is_foreign[v] | b.is_foreign[o],
        "digits_other": a.digits[v] != b.digits[o],
        "first_same": (a.first[v] == b.first[o]) & (a.first[v] != NOTHING),
        "factored": a.is_factored[v],
        "initials": a.has_initials[v] | b.has_initials[o],
        "part_same": _one_part(a.parts.picked(v), b.key[o]),
        **_beginnings(sides, v, o, same),
        **_place_facts(sides, v, o),
    }


def _one_part(parts: Ragged, key: Ints) -> npt.NDArray[np.bool_]:
    """Whether one part of the vendor's name is the whole of the supplier's."""
    return np.bincount(parts.rows, parts.flat == key[parts.rows], len(key)) > 0


def _beginnings(sides: Sides, v: Ints, o: Ints, same: npt.NDArray[np.bool_]) -> dict[str, Column]:
    """Where one name is the beginning of the other, or writes two words of it as one."""
    a, b = sides.vendors, sides.others
    found = {name: np.zeros(len(v), np.bool_) for name in ("begins", "cut_begins", "word_joined")}
    rows = np.flatnonzero(~same & (a.joined[v] != NOTHING) & (b.joined[o] != NOTHING))
    left = [a.side.joined[row] for row in v[rows].tolist()]
    right = [b.side.joined[row] for row in o[rows].tolist()]
    begins = np.fromiter(map(str.startswith, right, left), np.bool_, len(rows))
    begun = np.fromiter(map(str.startswith, left, right), np.bool_, len(rows))
    found["begins"][rows] = begins | begun
    found["cut_begins"][rows] = begins & a.is_cut[v[rows]] & (a.length[v[rows]] >= 8)
    rows = rows[a.can_join[v[rows]] | b.can_join[o[rows]]]
    found["word_joined"][rows] = [
        not (_neighbours(one).isdisjoint(other) and _neighbours(other).isdisjoint(one))
        for one, other in zip(_tokens(a, v[rows]), _tokens(b, o[rows]), strict=True)
    ]
    return found


def _tokens(side: Coded, rows: Ints) -> list[tuple[str, ...]]:
    return [side.side.names[row].tokens for row in rows.tolist()]


def _neighbours(tokens: tuple[str, ...]) -> set[str]:
    """Every two words in a row, written as one."""
    return set(map(add, tokens, tokens[1:]))


def _place_facts(sides: Sides, v: Ints, o: Ints) -> dict[str, Column]:
    """Most names hold no place; of those only the towns are compared."""
    a, b = sides.vendors, sides.others
    found = {name: np.zeros(len(v), np.bool_) for name in _PLACES}
    towns = (a.city[v] != NOTHING) & (b.city[o] != NOTHING)
    found["city_same"] |= towns & (a.city[v] == b.city[o])
    found["city_other"] |= towns & (a.city[v] != b.city[o])
    rows = np.flatnonzero(a.has_place[v] | b.has_place[o])
    for row, left, right in zip(rows.tolist(), v[rows].tolist(), o[rows].tolist(), strict=True):
        for name in _places_of(a.side, b.side, left, right):
            found[name][row] = True
    return found


def _places_of(vendors: Side, others: Side, v: int, o: int) -> list[str]:
    """The facts about one pair's places that hold."""
    a, b = vendors.names[v], others.names[o]
    city_a, city_b = vendors.cities[v], others.cities[o]
    found: list[str] = []
    if a.places and b.places:
        found.append("place_same" if a.places & b.places else "place_other")
    elif a.places or b.places:
        found.append("place_one")
    towns_a = {city_a} if city_a else a.address
    towns_b = {city_b} if city_b else b.address
    if towns_a and towns_b:
        found.append("city_same" if towns_a & towns_b else "city_other")
    elif (towns_a and towns_a & b.places) or (towns_b and towns_b & a.places):
        found.append("town_in_name")
    if a.placeless and a.placeless == others.joined[o]:
        found.append("placeless_vendor")
        if towns_b:
            same = a.tail_place in towns_b
            found.append("placeless_city" if same else "placeless_elsewhere")
    elif b.placeless and b.placeless == vendors.joined[v]:
        found.append("placeless_supplier")
        if towns_a:
            same = b.tail_place in towns_a
            found.append("placeless_city" if same else "placeless_elsewhere")
    return found
