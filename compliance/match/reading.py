"""Both sides of the comparison, read once: names, numbers and places in arrays of one order.

Also what a ledger says about itself: which numbers are nobody's own, and which spellings without a
number have a twin that carries one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from compliance import identifiers, names
from compliance.identifiers import Identifier
from compliance.names import Lexicon, Name

# So many unlike names behind one number: a factoring company or a collective account.
_UNLIKE_NAMES = 5
_LETTERS_COMPARED = 4


@dataclass(frozen=True)
class Side:
    """One side, in the order of its ids. All sequences are of one length."""

    ids: Sequence[str]
    names: Sequence[Name]
    numbers: Sequence[Identifier]
    cities: Sequence[str]  # folded; empty when not known
    joined: Sequence[str]
    keys: Sequence[str]

    def __len__(self) -> int:
        return len(self.ids)

    def pick(self, rows: Sequence[int]) -> Side:
        """Return these rows."""
        return Side(
            [self.ids[row] for row in rows],
            [self.names[row] for row in rows],
            [self.numbers[row] for row in rows],
            [self.cities[row] for row in rows],
            [self.joined[row] for row in rows],
            [self.keys[row] for row in rows],
        )

    def __add__(self, other: Side) -> Side:
        return Side(
            [*self.ids, *other.ids],
            [*self.names, *other.names],
            [*self.numbers, *other.numbers],
            [*self.cities, *other.cities],
            [*self.joined, *other.joined],
            [*self.keys, *other.keys],
        )


def read_side(frame: pl.DataFrame, prefix: str, lexicon: Lexicon) -> Side:
    """Read `<prefix>_id`, `<prefix>_name`, org_number and, when there is one, city."""
    ordered = frame.sort(f"{prefix}_id")
    spellings = ordered[f"{prefix}_name"]
    once = {name: names.parse(name, lexicon) for name in spellings.unique()}
    read = [once[name] for name in spellings]
    cities = [""] * len(read)
    if "city" in ordered.columns:
        folded = {city: names.place_key(city or "") for city in ordered["city"].unique()}
        cities = [folded[city] for city in ordered["city"]]
    return Side(
        ordered[f"{prefix}_id"].to_list(),
        read,
        [identifiers.parse(number) for number in ordered["org_number"]],
        cities,
        [name.joined for name in read],
        [name.key for name in read],
    )


def shared_numbers(side: Side) -> frozenset[str]:
    """Numbers that many unlike names carry: they belong to who was paid, or to nobody."""
    beginnings: dict[str, set[str]] = defaultdict(set)
    for name, identifier in zip(side.joined, side.numbers, strict=True):
        if identifier.number and name:
            beginnings[identifier.number].add(name[:_LETTERS_COMPARED])
    return frozenset(n for n, starts in beginnings.items() if len(starts) >= _UNLIKE_NAMES)


def own_numbers(side: Side, shared: frozenset[str]) -> list[str]:
    """For each row the number that says who it is; empty without one."""
    return [i.number if i.is_trusted and i.number not in shared else "" for i in side.numbers]


def lent_numbers(side: Side, own: Sequence[str]) -> list[tuple[str, ...]]:
    """For each row without a number of its own: the numbers that equal spellings carry, sorted.

    A spelling with a legal form borrows from its like with the same form only: "Berg AB" and
    "Berg HB" are two companies.
    """
    carried = _carried(side, own)
    lent: list[tuple[str, ...]] = []
    for row, (number, identifier) in enumerate(zip(own, side.numbers, strict=True)):
        if number or identifier.state == "mistyped":
            lent.append(())
            continue
        found = tuple(sorted(carried.get((side.keys[row], side.names[row].form), ())))
        if identifier.state == "masked":
            # A masked number is a person's, and tells the day of birth.
            found = tuple(n for n in found if n.startswith(identifier.number))
        lent.append(found)
    return lent


def have_namesakes(side: Side, own: Sequence[str]) -> list[bool]:
    """For each row whether two numbers or more stand beside its name: of as many companies."""
    carried = _carried(side, own)
    return [
        len(carried.get((key, name.form), ())) > 1
        for key, name in zip(side.keys, side.names, strict=True)
    ]


def _carried(side: Side, own: Sequence[str]) -> dict[tuple[str, str], set[str]]:
    """The numbers of each name and form; without a form those of all forms."""
    carried: dict[tuple[str, str], set[str]] = defaultdict(set)
    for key, name, number in zip(side.keys, side.names, own, strict=True):
        if number and len(key) > 3:
            carried[key, name.form].add(number)
            if name.form:
                carried[key, ""].add(number)
    return carried


def strangers(side: Side, own: Sequence[str], held: frozenset[str]) -> list[int]:
    """Rows of other known companies: their number is their own, and not in the register.

    One row for each number and way of writing the name. They compete for the vendors without
    number: who resembles a stranger as much as a supplier is no match.
    """
    seen: dict[tuple[str, str, str], int] = {}
    for row, (number, key) in enumerate(zip(own, side.keys, strict=True)):
        if number and key and number not in held:
            seen.setdefault((number, key, side.names[row].form), row)
    return list(seen.values())
