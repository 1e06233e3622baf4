"""How do the numbers of a vendor and a supplier stand to each other?

A relation is evidence among other evidence, not a verdict: what each is worth is calibrated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from compliance.identifiers import Identifier, is_personal, one_slip_apart

Ints = npt.NDArray[np.int64]

RELATIONS = (
    "none",  # neither side has one that says anything
    "equal",
    "conflict",  # both check digits are right, and they differ
    "slip",  # one digit or two neighbours apart, and a check digit is wrong
    "vendor_absent",
    "supplier_absent",
    "lent_equal",  # an equal spelling in the ledger carries the supplier's number
    "lent_conflict",  # … and carries another
    "lent_ambiguous",  # several, the supplier's among them
    "masked_equal",  # the day of birth of a redacted personal number
    "masked_conflict",
    "unreadable",  # a wrong check digit, and far apart
    "foreign",  # against a Swedish number, or one of another country or kind
    "foreign_open",  # … against none
    "shared_equal",  # the number of a factoring company, or of many
    "shared_conflict",
)
# The number is evidence for the supplier; against it. The rest says nothing, or nothing clear.
AGREEING = ("equal", "slip", "lent_equal", "masked_equal")
CONFLICTING = ("conflict", "lent_conflict", "masked_conflict", "unreadable")
# The register has no number: any company of that name may be meant.
NUMBERLESS = ("none", "supplier_absent", "foreign_open")
AT = {name: place for place, name in enumerate(RELATIONS)}


def relate(
    vendor: Identifier, lent: tuple[str, ...], supplier: Identifier, shared: frozenset[str]
) -> str:
    """Return the relation's name."""
    held = supplier.number if supplier.state != "masked" else ""
    others = supplier.others
    if vendor.number and vendor.number in shared:
        if vendor.number == held:
            return "shared_equal"
        return "shared_conflict" if held and not lent else _lent(lent, held, others)
    if vendor.state == "masked" and held and not lent:
        if is_personal(held):
            return "masked_equal" if held.startswith(vendor.number) else "masked_conflict"
        return "masked_conflict"
    if vendor.state in ("organisation", "person", "mistyped", "foreign"):
        return _own(vendor, supplier, held)
    return _lent(lent, held, others)


def is_of_several(vendor: Identifier, supplier: Identifier) -> bool:
    """The register's cell holds several numbers, and the vendor's is not the one that counts.

    Whose it is, is nobody's guess: it speaks neither for the supplier nor against it.
    """
    numbers = (vendor.number, *vendor.others)
    return supplier.number not in numbers and not set(numbers).isdisjoint(supplier.others)


def _own(vendor: Identifier, supplier: Identifier, held: str) -> str:
    if not held:
        return "foreign_open" if vendor.state == "foreign" else "supplier_absent"
    if held == vendor.number or held in vendor.others:
        return "equal"
    if is_of_several(vendor, supplier):
        return "supplier_absent"
    if "foreign" in (vendor.state, supplier.state):
        return _foreign(vendor.number, held)
    if vendor.is_trusted and supplier.is_trusted:
        return "conflict"
    return "slip" if one_slip_apart(vendor.number, held) else "unreadable"


def _foreign(own: str, held: str) -> str:
    """Two numbers of one country and kind differ as two Swedish ones do."""
    own, held = own.removesuffix("MVA"), held.removesuffix("MVA")  # Norway's VAT numbers
    if own == held:
        return "equal"
    return "conflict" if _kind(own) == _kind(held) else "foreign"


def _kind(number: str) -> str:
    """The country, and where letters and digits stand; empty of a Swedish number."""
    return re.sub("[0-9]", "0", number) if number[:2].isalpha() else ""


def _lent(lent: tuple[str, ...], held: str, others: tuple[str, ...]) -> str:
    if lent and held:
        if held not in lent:
            return "lent_conflict" if set(lent).isdisjoint(others) else "vendor_absent"
        return "lent_equal" if len(lent) == 1 else "lent_ambiguous"
    return "vendor_absent" if held else "none"


class Relations:
    """The relations of pairs of rows, as places in RELATIONS.

    Two trusted numbers, and a vendor without any, are most pairs: those are told by codes.
    """

    def __init__(
        self,
        vendors: Sequence[Identifier],
        lent: Sequence[tuple[str, ...]],
        suppliers: Sequence[Identifier],
        shared: frozenset[str],
    ) -> None:
        self._vendors, self._lent, self._suppliers, self._shared = vendors, lent, suppliers, shared
        codes = {number: code for code, number in enumerate({i.number for i in suppliers})}
        self._vendor_number = _coded((i.number for i in vendors), codes, len(vendors))
        self._held_number = _coded((i.number for i in suppliers), codes, len(suppliers))
        # One trusted number, not of many; nothing at all, of its own or lent.
        self._is_own = _marked(
            (i.is_trusted and not i.others and i.number not in shared for i in vendors), vendors
        )
        self._is_blank = _marked(
            (not (i.number or some) for i, some in zip(vendors, lent, strict=True)), vendors
        )
        self._is_trusted = _marked((i.is_trusted and not i.others for i in suppliers), suppliers)
        self._is_held = _marked((i.number and i.state != "masked" for i in suppliers), suppliers)

    def of(self, v: Ints, o: Ints) -> Ints:
        own, blank = self._is_own[v], self._is_blank[v]
        trusted, held = self._is_trusted[o], self._is_held[o]
        equal = self._vendor_number[v] == self._held_number[o]
        found = np.select(
            [own & trusted & equal, own & trusted, own & ~held, blank & held, blank],
            [AT[n] for n in ("equal", "conflict", "supplier_absent", "vendor_absent", "none")],
            default=-1,
        )
        for row in np.flatnonzero(found < 0).tolist():
            vendor, other = int(v[row]), int(o[row])
            found[row] = AT[
                relate(
                    self._vendors[vendor], self._lent[vendor], self._suppliers[other], self._shared
                )
            ]
        return found


def _coded(numbers: Iterable[str], codes: dict[str, int], count: int) -> Ints:
    return np.fromiter((codes.get(number, -1) for number in numbers), np.int64, count)


def _marked(marks: Iterable[object], rows: Sequence[Identifier]) -> npt.NDArray[np.bool_]:
    return np.fromiter(map(bool, marks), np.bool_, len(rows))
