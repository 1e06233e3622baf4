"""What have people decided about who a vendor is?

A decision on one spelling serves every vendor of the same entity: the same trusted number, or the
same name and form without number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from compliance import identifiers
from compliance.match.businesses import suppliers_by_number
from compliance.match.marks import letters_differ
from compliance.match.reading import Side

Days = tuple[date | None, date | None]  # both included; None is open
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Identity:
    """A stretch of time, both days included; None is open."""

    supplier_id: str
    first: date | None
    last: date | None
    method: str


@dataclass
class Settled:
    """Of one vendor: who it is by decision, and who it is not."""

    accepted: list[Identity] = field(default_factory=list)
    rejected: list[tuple[str, date | None, date | None]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def rejects(self, supplier_id: str | None) -> list[Days]:
        """The stretches in which it is not this supplier; an empty supplier means any."""
        return [
            (first, last) for who, first, last in self.rejected if who in ("", supplier_id or "")
        ]


def settle(
    vendors: Side,
    raw_names: Sequence[str | None],
    suppliers: Side,
    decisions: pl.DataFrame | None,
    shared: frozenset[str],
) -> dict[int, Settled]:
    """Return what is settled, by the vendor's row."""
    found: dict[int, Settled] = defaultdict(Settled)
    by_number = suppliers_by_number(suppliers)
    if decisions is not None and not decisions.is_empty():
        entities = _Entities(vendors, raw_names, shared)
        rows = decisions.filter(pl.col("subject") == "vendor_match")
        for row in rows.sort("decided_on", "decision_row").iter_rows(named=True):
            for vendor, is_direct in entities.meant(row["key"]):
                _apply(found[vendor], row, suppliers, by_number, is_direct=is_direct)
    return dict(found)


def remaining(first: date | None, last: date | None, taken: Iterable[Days]) -> list[Days]:
    """What is left of a stretch outside others; None is open."""
    left = [(first or date.min, last or date.max)]
    for start, end in taken:
        low, high = start or date.min, end or date.max
        left = [
            piece
            for a, b in left
            for piece in (
                [(a, b)]
                if high < a or low > b
                else [
                    *([(a, low - _ONE_DAY)] if a < low else []),
                    *([(high + _ONE_DAY, b)] if high < b else []),
                ]
            )
        ]
    return [(None if a == date.min else a, None if b == date.max else b) for a, b in left]


def shared_days(days: Days, others: Iterable[Days]) -> list[Days]:
    """What of a stretch lies in each of the others."""
    low, high = days[0] or date.min, days[1] or date.max
    both = [(max(low, a or date.min), min(high, b or date.max)) for a, b in others]
    return [(None if a == date.min else a, None if b == date.max else b) for a, b in both if a <= b]


class _Entities:
    """Which vendors does a decision's key mean, and who is the same entity?"""

    def __init__(
        self, vendors: Side, raw_names: Sequence[str | None], shared: frozenset[str]
    ) -> None:
        self._rows = {vendor: row for row, vendor in enumerate(vendors.ids)}
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._by_number: dict[str, list[int]] = defaultdict(list)
        self._by_key: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._vendors, self._shared = vendors, shared
        for row, name in enumerate(raw_names):
            self._by_name[_squeezed(name)].append(row)
            identifier = vendors.numbers[row]
            if identifier.is_trusted and identifier.number not in shared:
                self._by_number[identifier.number].append(row)
            elif vendors.keys[row]:
                self._by_key[vendors.keys[row], vendors.names[row].form].append(row)

    def meant(self, key: str) -> list[tuple[int, bool]]:
        """Rows, and whether the key names them itself."""
        direct = set(self._by_name.get(_squeezed(key), ()))
        if key in self._rows:
            direct.add(self._rows[key])
        number = identifiers.parse(key).number
        if number:
            direct.update(self._by_number.get(number, ()))
        found = dict.fromkeys(sorted(direct), True)
        for row in sorted(direct):
            identifier = self._vendors.numbers[row]
            if identifier.is_trusted and identifier.number not in self._shared:
                others = self._by_number[identifier.number]
            else:
                name = self._vendors.names[row]
                others = [
                    other
                    for other in self._by_key.get((self._vendors.keys[row], name.form), [])
                    if not letters_differ(name, self._vendors.names[other])
                ]
            for other in others:
                found.setdefault(other, False)
        return list(found.items())


def _apply(
    settled: Settled,
    row: Mapping[str, object],
    suppliers: Side,
    by_number: Mapping[str, str],
    *,
    is_direct: bool,
) -> None:
    who = str(row["supplier_org_number"] or "")
    supplier = who if who in suppliers.ids else by_number.get(identifiers.parse(who).number, "")
    first, last = row["valid_from"], row["valid_to"]
    days = (
        first if isinstance(first, date) else None,
        last if isinstance(last, date) else None,
    )
    about = "" if is_direct else " on another spelling of the same vendor"
    settled.said.append(
        f"decided by {row['decided_by']} on {row['decided_on']}{about}: {row['decision']}"
    )
    if row["decision"] == "reject":
        if supplier or not who:
            settled.accepted = _accepted_without(settled, days, supplier)
            settled.rejected.append((supplier, *days))
    elif supplier:
        settled.accepted = _accepted_without(settled, days)
        settled.accepted.append(Identity(supplier, *days, "decision"))


def _accepted_without(settled: Settled, days: Days, supplier: str = "") -> list[Identity]:
    """What was accepted before, less what a later decision takes: of one supplier, or of any.

    decisions.py has done so for one key; here two keys (a name and a number, say) are one vendor.
    """
    return [
        Identity(old.supplier_id, a, b, old.method)
        for old in settled.accepted
        for a, b in remaining(
            old.first, old.last, [days] if supplier in ("", old.supplier_id) else []
        )
    ]


def _squeezed(name: str | None) -> str:
    return " ".join((name or "").lower().split()) or "\0"
