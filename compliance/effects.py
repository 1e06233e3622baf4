"""What would the last twelve months' uncovered kronor be after some changes? Exactly, and soon.

A change touches some vendors: those that are (or would become) suppliers of its contracts, those
whose match it decides, those whose postings it moves. All other vendors' postings keep their side,
since a contract of another supplier moves them among uncovered states only. So coverage is computed
again, by the same models, for the touched vendors' postings alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from compliance.changes import (
    AcceptMatch,
    Change,
    Entitle,
    Extend,
    Procure,
    RaiseCeiling,
    Redirect,
    changed,
)
from compliance.identity import Identity
from compliance.inputs import Inputs

IDENTITIES = "input_vendor_identities"


@dataclass
class Effects:
    """Computes changes against one finished build.

    `who` is the build's identity, `identify` makes it anew for changed inputs, and `uncovered`
    gives the window's uncovered kronor of some vendors: of the finished build when its inputs and
    identity are None, else computed with the ones given.
    """

    inputs: Inputs
    who: Identity
    identify: Callable[[Inputs], Identity]
    uncovered: Callable[[Inputs | None, Identity | None, pl.Series], Decimal]
    vendors_of_lines: Callable[[Sequence[int]], pl.Series]
    _kept: list[tuple[pl.DataFrame, pl.DataFrame, Identity]] = field(default_factory=list)

    def uncovered_less(self, changes: Sequence[Change]) -> Decimal:
        """Return by how many kronor the changes lower the window's uncovered_sek."""
        inputs = changed(self.inputs, changes)
        who = self._identity(inputs)
        vendors = self._touched(changes, inputs, who)
        return self.uncovered(None, None, vendors) - self.uncovered(inputs, who, vendors)

    def _identity(self, inputs: Inputs) -> Identity:
        """Match anew only when suppliers, or decisions on vendors, are new ones."""
        suppliers = inputs.register.suppliers
        decided = inputs.decisions.filter(pl.col("subject") != "line")
        if not self._kept:
            first = self.inputs
            about_vendors = first.decisions.filter(pl.col("subject") != "line")
            self._kept.append((first.register.suppliers, about_vendors, self.who))
        for known_suppliers, known_decided, known in self._kept:
            if known_suppliers.equals(suppliers) and known_decided.equals(decided):
                return known
        found = self.identify(inputs)
        self._kept.append((suppliers, decided, found))
        return found

    def _touched(self, changes: Sequence[Change], inputs: Inputs, who: Identity) -> pl.Series:
        contracts = [_contract(change) for change in changes]
        parties = inputs.register.contract_parties.filter(pl.col("contract_id").is_in(contracts))
        before, after = self.who.tables[IDENTITIES], who.tables[IDENTITIES]
        columns = ["vendor_id", "supplier_id", "valid_from", "valid_to"]
        moved = pl.concat(
            [
                before.join(after, on=columns, how="anti", nulls_equal=True),
                after.join(before, on=columns, how="anti", nulls_equal=True),
            ]
        )
        sellers = [
            known.join(parties.select("supplier_id").unique(), on="supplier_id", how="semi")
            for known in (before, after)
        ]
        lines = [line for c in changes if isinstance(c, Redirect) for line in c.line_ids]
        decided = [c.vendor_id for c in changes if isinstance(c, AcceptMatch)]
        return (
            pl.concat(
                [
                    *(frame["vendor_id"] for frame in (moved, *sellers)),
                    self.vendors_of_lines(lines),
                    pl.Series("vendor_id", decided, dtype=pl.String),
                ]
            )
            .unique()
            .sort()
        )


def _contract(change: Change) -> str | None:
    match change:
        case Extend() | RaiseCeiling() | Entitle() | Procure() | Redirect():
            return change.contract_id
        case AcceptMatch():
            return None
