"""How do the numbers of a vendor and a supplier stand to each other?

A relation is evidence among other evidence, not a verdict: what each is worth is calibrated.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from compliance.identifiers import Identifier, is_personal, one_slip_apart

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
    "foreign",  # another country's number against a Swedish one
    "foreign_open",  # … against none
    "shared_equal",  # the number of a factoring company, or of many
    "shared_conflict",
)
# The number is evidence for the supplier; against it. The rest says nothing, or nothing clear.
AGREEING = ("equal", "slip", "lent_equal", "masked_equal")
CONFLICTING = ("conflict", "lent_conflict", "masked_conflict", "unreadable")
AT = {name: place for place, name in enumerate(RELATIONS)}


def relate(
    vendor: Identifier, lent: tuple[str, ...], supplier: Identifier, shared: frozenset[str]
) -> str:
    """Return the relation's name."""
    held = supplier.number if supplier.state != "masked" else ""
    if vendor.number and vendor.number in shared:
        if vendor.number == held:
            return "shared_equal"
        return "shared_conflict" if held and not lent else _lent(lent, held)
    if vendor.state == "masked" and held and not lent:
        if is_personal(held):
            return "masked_equal" if held.startswith(vendor.number) else "masked_conflict"
        return "masked_conflict"
    if vendor.state in ("organisation", "person", "mistyped", "foreign"):
        return _own(vendor, supplier, held)
    return _lent(lent, held)


def _own(vendor: Identifier, supplier: Identifier, held: str) -> str:
    if not held:
        return "foreign_open" if vendor.state == "foreign" else "supplier_absent"
    if held == vendor.number or held in vendor.others:
        return "equal"
    if "foreign" in (vendor.state, supplier.state):
        return "foreign"
    if vendor.is_trusted and supplier.is_trusted:
        return "conflict"
    return "slip" if one_slip_apart(vendor.number, held) else "unreadable"


def _lent(lent: tuple[str, ...], held: str) -> str:
    if lent and held:
        if held not in lent:
            return "lent_conflict"
        return "lent_equal" if len(lent) == 1 else "lent_ambiguous"
    return "vendor_absent" if held else "none"


def relations_of(
    vendors: Sequence[Identifier],
    lent: Sequence[tuple[str, ...]],
    suppliers: Sequence[Identifier],
    rows: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    shared: frozenset[str],
) -> npt.NDArray[np.int64]:
    """Return the relation of each pair of rows, as a place in RELATIONS."""
    return np.fromiter(
        (
            AT[relate(vendors[v], lent[v], suppliers[o], shared)]
            for v, o in zip(rows[0].tolist(), rows[1].tolist(), strict=True)
        ),
        dtype=np.int64,
        count=len(rows[0]),
    )
