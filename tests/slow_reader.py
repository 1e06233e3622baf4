"""One posting at a time, in the words of the public contract (section 6): slow, plain, and apart.

An oracle for the coverage models. It shares no code and no idea of order with them: it asks every
contract that could have an answer every question, keeps all answers, and picks in words. Money is
Decimal, days inclusive.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")

COVERED_BY_CONTRACT = ("confirmed", "supplier_only", "direct_award", "tail")


@dataclass(frozen=True)
class Lot:
    """One contract lot, with everything that the register says of it."""

    contract_id: str
    lot: str
    kind: str
    valid_from: date
    valid_to: date
    extended_to: date | None
    ceiling: Decimal | None
    suppliers: frozenset[str]
    scopes: tuple[tuple[str, str], ...]
    units: frozenset[str]

    @cached_property
    def last_day(self) -> date:
        return max(self.valid_to, self.extended_to or self.valid_to)

    @cached_property
    def lowered_units(self) -> frozenset[str]:
        return frozenset(unit.lower() for unit in self.units)


@dataclass(frozen=True)
class Posting:
    """One posting, its dates, category and department already settled."""

    line_id: int
    day: date
    amount: Decimal
    vendor: str | None
    usable: bool
    account: str | None
    category: str | None
    cpv: str | None
    unit: str | None
    department: str | None
    reference: str | None
    org_number: str | None = None
    is_person: bool = False
    text: str | None = None
    vendor_name: str | None = None  # when it is not `vendor`


@dataclass(frozen=True)
class Identity:
    vendor: str
    supplier: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Exclusion:
    """Alternatives of field → values; applies when every field of one alternative does."""

    id: str
    alternatives: tuple[dict[str, list[str]], ...]
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Decision:
    line_id: int
    decided_on: date
    row: int
    decision: str
    contract_id: str | None = None


@dataclass(frozen=True)
class Part:
    line_id: int
    part: int
    state: str
    side: str
    contract_id: str | None
    lot: str | None
    rule_id: str | None
    amount: Decimal


@dataclass
class Books:
    """All that a posting is judged by."""

    lots: Sequence[Lot]
    identities: Sequence[Identity]
    exclusions: Sequence[Exclusion] = ()
    decisions: Sequence[Decision] = ()
    tail_days: int = 30
    out_of_scope_counts_as: str = "uncovered"
    direct_award_counts_as: str = "covered"
    called_off: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def lots_of(self, supplier: str) -> Sequence[Lot]:
        """Return the lots that the supplier may sell under."""
        return self._by_supplier.get(supplier, ())

    def lots_about(self, posting: Posting) -> Sequence[Lot]:
        """Return every lot whose scope holds for the posting's codes, the narrowest first."""
        codes = tuple((scheme, code) for scheme, code in _codes(posting).items() if code)
        if codes not in self._about:
            entries = [(scheme, code[:n]) for scheme, code in codes for n in range(len(code) + 1)]
            found = [lot for entry in entries for lot in self._by_scope.get(entry, ())]
            lots = {_name(lot): lot for lot in found}.values()
            self._about[codes] = sorted(lots, key=lambda lot: _narrowest(posting, lot))
        return self._about[codes]

    @cached_property
    def _about(self) -> dict[Hashable, list[Lot]]:
        return {}

    @cached_property
    def _by_supplier(self) -> Mapping[Hashable, list[Lot]]:
        return _shelved((supplier, lot) for lot in self.lots for supplier in lot.suppliers)

    @cached_property
    def _by_scope(self) -> Mapping[Hashable, list[Lot]]:
        return _shelved((entry, lot) for lot in self.lots for entry in lot.scopes)

    @cached_property
    def by_contract(self) -> Mapping[Hashable, list[Lot]]:
        return _shelved((lot.contract_id, lot) for lot in self.lots)

    @cached_property
    def identities_of(self) -> Mapping[Hashable, list[Identity]]:
        return _shelved((identity.vendor, identity) for identity in self.identities)

    @cached_property
    def decisions_on(self) -> Mapping[Hashable, list[Decision]]:
        return _shelved((decision.line_id, decision) for decision in self.decisions)


def _shelved(labelled: Iterable[tuple[Hashable, T]]) -> Mapping[Hashable, list[T]]:
    shelves: dict[Hashable, list[T]] = defaultdict(list)
    for label, thing in labelled:
        shelves[label].append(thing)
    return dict(shelves)


def read(books: Books, postings: Iterable[Posting]) -> list[Part]:
    """Return every part of every posting, in the order of line_id and part.

    Postings are gone through in the order of date and line_id, because ceilings run in it.
    """
    books.called_off.clear()
    parts: list[Part] = []
    for posting in sorted(postings, key=lambda p: (p.day, p.line_id)):
        parts += read_one(books, posting)
    return sorted(parts, key=lambda p: (p.line_id, p.part))


def read_one(books: Books, posting: Posting) -> list[Part]:
    """Return the one or two parts of a posting, and note what it calls off."""
    decision = live_decision(books, posting)
    if decision is not None:
        state = {"covered": "confirmed", "uncovered": "no_contract"}.get(
            decision.decision, decision.decision
        )
        lot = decided_lot(books, posting, decision)
        if lot and state in (*COVERED_BY_CONTRACT, "ceiling_exceeded"):
            _call_off(books, lot, posting.amount)
        rule = "decision" if state == "exempt" else None
        return [_part(books, posting, 1, state, lot, rule, posting.amount)]
    rule = exclusion_of(books, posting)
    if rule is not None:
        return [_part(books, posting, 1, "exempt", None, rule, posting.amount)]
    if posting.vendor is None or not posting.usable:
        return [_part(books, posting, 1, "unidentified", None, None, posting.amount)]
    state, lot = state_and_lot(books, posting)
    if state not in COVERED_BY_CONTRACT or lot is None or lot.ceiling is None:
        return [_part(books, posting, 1, state, lot, None, posting.amount)]
    p, a, ceiling = _call_off(books, lot, posting.amount), posting.amount, lot.ceiling
    under = min(p + a, ceiling) - min(p, ceiling)
    over = a - under
    if over == 0:
        return [_part(books, posting, 1, state, lot, None, a)]
    if under == 0:
        return [_part(books, posting, 1, "ceiling_exceeded", lot, None, a)]
    return [
        _part(books, posting, 1, state, lot, None, under),
        _part(books, posting, 2, "ceiling_exceeded", lot, None, over),
    ]


def state_and_lot(books: Books, posting: Posting) -> tuple[str, Lot | None]:
    """Return the state before ceilings of a purchase with a usable vendor, and its contract."""
    suppliers = suppliers_of(books, posting)
    theirs = (lot for supplier in sorted(suppliers) for lot in books.lots_of(supplier))
    own = list({_name(lot): lot for lot in theirs}.values())

    usable = [lot for lot in own if fits_or_named(books, posting, lot)]
    if usable:
        lot = min(usable, key=lambda lot: _preference(posting, lot))
        named = is_named(posting, lot)
        if not is_valid(posting, lot):
            return "tail", lot
        if lot.kind == "direct_award":
            return "direct_award", lot
        if named or scope_holds(posting, lot) is True:
            return "confirmed", lot
        return "supplier_only", lot

    valid = [lot for lot in own if is_valid(posting, lot)]
    barred = [lot for lot in valid if scope_holds(posting, lot) is not False]
    if barred:
        return "not_entitled", min(barred, key=lambda lot: _narrowest(posting, lot))
    if valid:
        return "out_of_scope", min(valid, key=lambda lot: _narrowest(posting, lot))

    elsewhere = (
        lot
        for lot in books.lots_about(posting)
        if lot.suppliers - suppliers and is_valid(posting, lot) and is_entitled(posting, lot)
    )
    best_elsewhere = next(elsewhere, None)
    fitting = [
        lot for lot in own if scope_holds(posting, lot) is not False and is_entitled(posting, lot)
    ]
    ended = [lot for lot in fitting if posting.day > lot.last_day + timedelta(days=books.tail_days)]
    if ended and best_elsewhere:
        return "superseded", best_elsewhere
    if ended:
        return "expired", min(ended, key=lambda lot: _narrowest(posting, lot))
    early = [lot for lot in fitting if posting.day < lot.valid_from]
    if early:
        return "not_started", min(early, key=lambda lot: _narrowest(posting, lot))
    if best_elsewhere:
        return "covered_elsewhere", best_elsewhere
    return "no_contract", None


def fits_or_named(books: Books, posting: Posting, lot: Lot) -> bool:
    """Does the lot cover the posting, on the date or in the tail?"""
    in_tail = lot.last_day < posting.day <= lot.last_day + timedelta(days=books.tail_days)
    if not (is_valid(posting, lot) or in_tail) or not is_entitled(posting, lot):
        return False
    return is_named(posting, lot) or scope_holds(posting, lot) is not False


def is_valid(posting: Posting, lot: Lot) -> bool:
    return lot.valid_from <= posting.day <= lot.last_day


def is_entitled(posting: Posting, lot: Lot) -> bool:
    units = lot.lowered_units
    return not units or bool(
        units & {(posting.unit or "").lower(), (posting.department or "").lower()} - {""}
    )


def is_named(posting: Posting, lot: Lot) -> bool:
    return (posting.reference or "").strip().upper() == lot.contract_id.strip().upper()


def scope_holds(posting: Posting, lot: Lot) -> bool | None:
    """Return whether some scope entry is a prefix; None when nothing can be compared."""
    codes = _codes(posting)
    comparable = [(prefix, code) for scheme, prefix in lot.scopes if (code := codes[scheme])]
    if not comparable:
        return None
    return any(code.startswith(prefix) for prefix, code in comparable)


def _codes(posting: Posting) -> dict[str, str | None]:
    return {"account": posting.account, "category": posting.category, "cpv": posting.cpv}


def prefix_length(posting: Posting, lot: Lot) -> int:
    codes = _codes(posting)
    return max(len(p) for s, p in lot.scopes if (codes[s] or "").startswith(p))


def suppliers_of(books: Books, posting: Posting) -> set[str]:
    """Return whose contracts are the vendor's on the day: a group's companies may be several."""
    return {
        identity.supplier
        for identity in books.identities_of.get(posting.vendor, ())
        if (identity.first is None or identity.first <= posting.day)
        and (identity.last is None or posting.day <= identity.last)
    }


def live_decision(books: Books, posting: Posting) -> Decision | None:
    about = books.decisions_on.get(posting.line_id, ())
    return max(about, key=lambda d: (d.decided_on, d.row), default=None)


def decided_lot(books: Books, posting: Posting, decision: Decision) -> Lot | None:
    """Return the lot of the contract that is decided: a decision names none.

    One of the posting's suppliers sells under it, if they do under any; of several one that is valid on
    the day; of several the smallest.
    """
    lots = list(books.by_contract.get(decision.contract_id, ()))
    suppliers = suppliers_of(books, posting)
    lots = [lot for lot in lots if lot.suppliers & suppliers] or lots
    lots = [lot for lot in lots if is_valid(posting, lot)] or lots
    return min(lots, key=_name, default=None)


def exclusion_of(books: Books, posting: Posting) -> str | None:
    """Return the id of the first exclusion that applies."""
    for exclusion in books.exclusions:
        in_time = (exclusion.first is None or exclusion.first <= posting.day) and (
            exclusion.last is None or posting.day <= exclusion.last
        )
        if in_time and any(
            all(_field_fits(posting, name, values) for name, values in alternative.items())
            for alternative in exclusion.alternatives
        ):
            return exclusion.id
    return None


def _field_fits(posting: Posting, name: str, values: list[str]) -> bool:
    if name.endswith("_not"):
        return not _field_fits(posting, name.removesuffix("_not"), values)
    if name == "account":
        return any((posting.account or "").startswith(value) for value in values)
    if name == "counterparty":
        return any((posting.org_number or "").startswith(value) for value in values)
    if name == "unit":
        return (posting.unit or "").lower() in {value.lower() for value in values}
    if name == "vendor":
        return (posting.vendor_name or posting.vendor or "").lower() in {
            value.lower() for value in values
        }
    if name == "text":
        return any(value.lower() in (posting.text or "").lower() for value in values)
    assert name == "person"
    return str(posting.is_person).lower() in values


def _preference(posting: Posting, lot: Lot) -> tuple[object, ...]:
    """Valid before tail; the named one; the narrowest scope; the latest start; the smallest id."""
    return (not is_valid(posting, lot), not is_named(posting, lot), *_narrowest(posting, lot))


def _narrowest(posting: Posting, lot: Lot) -> tuple[object, ...]:
    holds = scope_holds(posting, lot)
    width = {True: 0, None: 1000, False: 1001}[holds]
    if holds:
        width = 100 - prefix_length(posting, lot)
    return (width, -lot.valid_from.toordinal(), lot.contract_id, lot.lot)


def _name(lot: Lot) -> tuple[str, str]:
    return (lot.contract_id, lot.lot)


def _call_off(books: Books, lot: Lot, amount: Decimal) -> Decimal:
    """Add to what the lot has called off; return what it was before."""
    before = books.called_off.get(_name(lot), Decimal(0))
    books.called_off[_name(lot)] = before + amount
    return before


def _part(
    books: Books,
    posting: Posting,
    part: int,
    state: str,
    lot: Lot | None,
    rule: str | None,
    amount: Decimal,
) -> Part:
    sides = {
        "exempt": "exempt",
        "confirmed": "covered",
        "supplier_only": "covered",
        "tail": "covered",
        "direct_award": books.direct_award_counts_as,
        "out_of_scope": books.out_of_scope_counts_as,
    }
    return Part(
        posting.line_id,
        part,
        state,
        sides.get(state, "uncovered"),
        lot.contract_id if lot else None,
        lot.lot if lot else None,
        rule,
        amount,
    )
