"""Which numbers are one business, and which business sells under another's contract?

groups.toml says both, by org number. A `rename` is one business under a new number, however many
new numbers it has had; the contracts of all its numbers are its own. An `affiliate` sells under
the contracts of another business, for a time, and keeps its own. Group companies are never joined
by likeness.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from compliance import identifiers

if TYPE_CHECKING:  # matching two CSV files needs no rules
    from compliance.match.reading import Side
    from compliance.rule_entries import Group


class Lent(NamedTuple):
    """A supplier under whose contracts another business sells, both days included."""

    supplier_id: str
    first: date | None
    last: date | None


class Businesses:
    """What groups.toml says of the register's suppliers, asked by org number."""

    def __init__(self, groups: Iterable[Group], suppliers: Side) -> None:
        joined = [group for group in groups if group.kind in ("rename", "affiliate")]
        self._suppliers = suppliers_by_number(suppliers)
        self.number_of = {supplier: number for number, supplier in self._suppliers.items()}
        self._one: dict[str, tuple[str, ...]] = {}
        self._renames: dict[str, list[Group]] = defaultdict(list)
        self._lends: dict[str, list[Group]] = defaultdict(list)
        for group in joined:
            if group.kind == "rename":
                both = {*self.numbers(group.org_number), *self.numbers(group.successor_org_number)}
                self._one |= dict.fromkeys(both, tuple(sorted(both)))
                self._renames[group.org_number].append(group)
            else:
                self._lends[group.org_number].append(group)

    def numbers(self, number: str) -> tuple[str, ...]:
        """Return all numbers of the business that has this one."""
        return self._one.get(number, (number,))

    def concerns(self, number: str) -> bool:
        """Say whether anything here is about the number."""
        return number in self._one or number in self._lends

    def is_renamed(self, number: str) -> bool:
        return number in self._one

    def suppliers(self, number: str) -> list[str]:
        """Return who of the register is the business with this number."""
        found = (self._suppliers.get(other) for other in self.numbers(number))
        return [supplier for supplier in found if supplier is not None]

    def lent(self, number: str) -> list[Lent]:
        """Return under whose contracts the business sells besides its own, and when."""
        return [
            Lent(supplier, group.first, group.last)
            for group in self._affiliations(number)
            for supplier in self.suppliers(group.successor_org_number)
        ]

    def said(self, number: str, *, is_person: bool) -> list[str]:
        """Return the entries about the business; what might name a person is left out."""
        renames = [
            group for other in self.numbers(number) for group in self._renames.get(other, ())
        ]
        return [_told(group, is_person=is_person) for group in renames + self._affiliations(number)]

    def _affiliations(self, number: str) -> list[Group]:
        return [group for other in self.numbers(number) for group in self._lends.get(other, ())]


def suppliers_by_number(suppliers: Side) -> dict[str, str]:
    """Return the first supplier of each number; a masked one is nobody's."""
    found: dict[str, str] = {}
    for supplier, identifier in zip(suppliers.ids, suppliers.numbers, strict=True):
        if identifier.number and identifier.state != "masked":
            found.setdefault(identifier.number, supplier)
    return found


def _told(group: Group, *, is_person: bool) -> str:
    """A sole trader's entry has the name in its id and title: the evidence is published."""
    numbers: Sequence[str] = (group.org_number, group.successor_org_number)
    if is_person or any(identifiers.is_personal(number) for number in numbers):
        return f"groups.toml: {group.kind}"
    return f"groups.toml, `{group.id}`: {group.kind}, {group.title}"
