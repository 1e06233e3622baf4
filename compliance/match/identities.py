"""When is a vendor which supplier, once people and rules have been heard?

Who a vendor is, is one answer a day: a decision; else its number, as groups.toml knows it under
other numbers; else the likeness. Under that stand the contracts of all numbers of the business,
and beside them those that an affiliate sells under. A day on which a decision says that it is not
a supplier is taken from that supplier alone.

A likeness in review is asked the same way: what would be so, if its best candidate were right?
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from compliance.match.businesses import Businesses
from compliance.match.decided import Days, Identity, Settled, remaining, shared_days

EVER: Days = (None, None)
Match = tuple[str | None, str, str, float, str]  # supplier, outcome, method, sure, evidence


class Known(NamedTuple):
    """What is known of one vendor.

    `open` is what would be so if the candidate in review were right; `rejected` are the days on
    which a decision took away whom the vendor would be.
    """

    match: Match
    identities: list[Identity]
    open: list[Identity]
    rejected: list[Days]


def known(
    likely: Match, number: str, settled: Settled, businesses: Businesses, said: Iterable[str]
) -> Known:
    """Lay decisions over groups over likeness: each only where the one above says nothing.

    `number` is the vendor's own, empty when it says nothing of who it is.
    """
    supplier, outcome, method, sure, text = likely
    text = "; by likeness: ".join(filter(None, ("; ".join(dict.fromkeys(said)), text)))
    likely = (supplier, outcome, method, sure, text)
    found = _Stretches(settled)
    accepted = [(one.first, one.last) for one in settled.accepted]
    for one in settled.accepted:
        found.hold(one)
    renamed = businesses.suppliers(number) if businesses.is_renamed(number) else []
    for other in renamed:
        is_likely = outcome == "matched" and other == supplier
        found.add(other, EVER, method if is_likely else "group", accepted)
    settled_days = [(one.first, one.last) for one in found.identities]
    lent = businesses.lent(number)
    # An entry that names both says how the one stands to the other, and that they are two.
    asked = (
        supplier if supplier not in {*renamed, *(lender.supplier_id for lender in lent)} else None
    )
    if outcome == "matched" and asked:
        found.add(asked, EVER, method, settled_days)
    own = list(found.identities)
    _widen(found, own, businesses)
    for lender in lent:
        found.add(lender.supplier_id, (lender.first, lender.last), "group")
    would = _Stretches(settled)
    if outcome == "review" and asked:
        would.add(asked, EVER, method, settled_days)
        _widen(would, list(would.identities), businesses)
    denied = [
        days
        for first, last in settled.rejects(supplier)
        for days in remaining(first, last, accepted)
    ]
    rejected = list(dict.fromkeys([*denied, *found.rejected, *would.rejected]))
    match = likely if would.identities else _shown(likely, settled, own, found.identities)
    return Known(match, found.identities, would.identities, rejected)


class _Stretches:
    """Who a vendor is, stretch by stretch: what is said first holds."""

    def __init__(self, settled: Settled) -> None:
        self.identities: list[Identity] = []
        self.rejected: list[Days] = []
        self._settled = settled

    def hold(self, identity: Identity) -> None:
        self.identities.append(identity)

    def add(self, supplier_id: str, days: Days, method: str, outside: Sequence[Days] = ()) -> None:
        """It is this supplier on these days, but for those outside, and those rejected."""
        held = [(one.first, one.last) for one in self.identities if one.supplier_id == supplier_id]
        rejects = self._settled.rejects(supplier_id)
        for first, last in remaining(*days, [*outside, *held]):
            self.rejected += shared_days((first, last), rejects)
            self.identities += [
                Identity(supplier_id, a, b, method) for a, b in remaining(first, last, rejects)
            ]


def _widen(found: _Stretches, own: Iterable[Identity], businesses: Businesses) -> None:
    """Add what stands under who it is: the business's other numbers, and what it is lent."""
    for one in own:
        number, days = businesses.number_of.get(one.supplier_id, ""), (one.first, one.last)
        if not businesses.concerns(number):
            continue
        for other in businesses.suppliers(number):
            found.add(other, days, "group")
        for lent in businesses.lent(number):
            for stretch in shared_days(days, [(lent.first, lent.last)]):
                found.add(lent.supplier_id, stretch, "group")


def _shown(
    likely: Match, settled: Settled, own: Sequence[Identity], identities: Sequence[Identity]
) -> Match:
    """The one row of a vendor that no longer waits: who it is, before under whom it sells too."""
    supplier, outcome, method, sure, text = likely
    if identities:
        shown = (
            settled.accepted[-1]
            if settled.accepted
            else max(
                own or identities,
                key=lambda one: (
                    one.last or date.max,
                    one.method != "group",
                    one.first or date.min,
                    one.supplier_id,
                ),
            )
        )
        sure = 1.0 if shown.method in ("decision", "group") else sure
        return shown.supplier_id, "matched", shown.method, sure, text
    if any(not remaining(*EVER, settled.rejects(one)) for one in ("", supplier)):
        return None, "none", "decision", 0.0, text
    return supplier, outcome, method, sure, text
