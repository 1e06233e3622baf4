"""Which state does each posting get? The public table read once more, one posting at a time.

This is the truth beside the sample. It shares no code with the program, knows which seller a
vendor really is, and keeps the ceilings' running sums as the table says: by day, then row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from maker.companies import Company
from maker.postings import Posting
from maker.register import Contract
from maker.trades import category_of

TAIL = timedelta(days=30)
EXEMPT = "exempt"
NOBODIES = ("", "SAKNAS", "Diverse leverantörer", "[innehåller personuppgifter]")
COVERED = ("confirmed", "supplier_only", "direct_award", "tail")


@dataclass(frozen=True)
class Part:
    """A part of a posting in one state; a posting has two only where it crosses a ceiling."""

    state: str
    amount: int
    contract: Contract | None = None


class Reader:
    """Reads postings against the register. `dated` gives the day that a posting counts on."""

    def __init__(self, contracts: Sequence[Contract]) -> None:
        self._of: dict[str, list[Contract]] = defaultdict(list)
        self._tested: dict[str, list[Contract]] = defaultdict(list)
        for contract in contracts:
            for company, _ in contract.parties:
                self._of[company.key].append(contract)
            for entry in contract.scope:
                self._tested[entry].append(contract)
        self._called: dict[tuple[str, str], int] = defaultdict(int)

    def called_off(self, contract: Contract) -> int:
        return self._called[contract.contract_id, contract.lot]

    def read(
        self, postings: Iterable[Posting], seller: dict[int, Company | None]
    ) -> list[list[Part]]:
        """Return the parts of each posting, in the order given (which is day, then row).

        `seller` holds, by id of the posting, whom the program is to see; None is nobody known.
        """
        return [self._parts(posting, seller[id(posting)]) for posting in postings]

    def _parts(self, posting: Posting, seller: Company | None) -> list[Part]:
        if exclusion(posting):
            return [Part(EXEMPT, posting.amount)]
        if is_nobody(posting):
            return [Part("unidentified", posting.amount)]
        own = self._of[seller.key] if seller else []
        state, contract = self._choose(posting, own)
        if contract is None or contract.ceiling is None:
            if contract is not None:
                self._called[contract.contract_id, contract.lot] += posting.amount
            return [Part(state, posting.amount, contract)]
        return self._under_ceiling(posting, state, contract)

    def _under_ceiling(self, posting: Posting, state: str, contract: Contract) -> list[Part]:
        key = (contract.contract_id, contract.lot)
        before, limit = self._called[key], (contract.ceiling or 0) * 100
        self._called[key] = before + posting.amount
        under = min(before + posting.amount, limit) - min(before, limit)
        over = posting.amount - under
        parts = [Part(state, under, contract)] if under or not over else []
        return [*parts, Part("ceiling_exceeded", over, contract)] if over else parts

    def _choose(self, posting: Posting, own: list[Contract]) -> tuple[str, Contract | None]:
        day = posting.order_day or posting.day
        fitting = []
        for contract in own:
            is_alive = contract.valid_from <= day and day - TAIL <= contract.last_day
            if is_alive and entitled(contract, posting):
                named = posting.contract_ref == contract.contract_id and day <= contract.last_day
                width = scope(contract, posting)
                if named or width is None or width > 0:
                    fitting.append((contract, named, width, day > contract.last_day))
        if not fitting:
            return self._uncovered(posting, own)
        contract, named, width, is_tail = min(
            fitting,
            key=lambda entry: (
                entry[3],
                not entry[1],
                -(entry[2] or 0),
                -entry[0].valid_from.toordinal(),
                entry[0].contract_id,
                entry[0].lot,
            ),
        )
        if is_tail:
            return "tail", contract
        if contract.kind == "direktupphandling":
            return "direct_award", contract
        return ("confirmed" if named or width else "supplier_only"), contract

    def _uncovered(self, posting: Posting, own: list[Contract]) -> tuple[str, None]:
        day = posting.order_day or posting.day
        valid = [c for c in own if c.valid_from <= day <= c.last_day]
        if any(scope(c, posting) != 0 and not entitled(c, posting) for c in valid):
            return "not_entitled", None
        if valid:
            return "out_of_scope", None
        fits = [c for c in own if scope(c, posting) != 0 and entitled(c, posting)]
        other = self._other(posting, own)
        if any(day - TAIL > c.last_day for c in fits):
            return ("superseded" if other else "expired"), None
        if any(day < c.valid_from for c in fits):
            return "not_started", None
        return ("covered_elsewhere" if other else "no_contract"), None

    def _other(self, posting: Posting, own: list[Contract]) -> bool:
        day = posting.order_day or posting.day
        mine = {id(contract) for contract in own}
        return any(
            id(contract) not in mine
            and contract.valid_from <= day <= contract.last_day
            and entitled(contract, posting)
            for entry in _entries(posting)
            for contract in self._tested.get(entry, ())
        )


def exclusion(posting: Posting) -> str:
    """Return the exclusion that is meant to take the posting, or an empty text."""
    if posting.why.startswith("X"):
        return posting.why
    return "X15" if posting.company.is_person and posting.account.startswith("46") else ""


def is_nobody(posting: Posting) -> bool:
    """Tell whether the ledger names nobody: a blank, a collective name, a removed name."""
    return posting.vendor is not None and posting.vendor in NOBODIES


def _entries(posting: Posting) -> list[str]:
    """Return every scope entry that this posting would meet."""
    category, cpv, _ = category_of(posting.account)
    found = [f"account:{posting.account[:n]}" for n in range(1, len(posting.account) + 1)]
    found += [category[:n] for n in range(1, len(category) + 1)]
    return found + [f"cpv:{cpv[:n]}" for n in range(1, len(cpv) + 1)]


def scope(contract: Contract, posting: Posting) -> int | None:
    """Return the length of the longest scope entry that holds, 0 when none does, None: no scope."""
    if not contract.scope:
        return None
    met = set(_entries(posting))
    held = [len(entry.split(":")[-1]) for entry in contract.scope if entry in met]
    return max(held, default=0)


def entitled(contract: Contract, posting: Posting) -> bool:
    """Tell whether the posting's unit, or its department, may call off."""
    return not contract.units or bool(
        {posting.unit.name, posting.unit.old, posting.department} & set(contract.units)
    )
