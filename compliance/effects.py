"""What would the last twelve months' uncovered kronor be after some changes? Exactly, and soon.

A change touches some vendors: those that are (or would become) suppliers of its contracts, those
whose match it decides, those whose postings it moves, and those who call off under the same ceiling
as one of these. All other vendors' postings keep their side, since a contract of another supplier
moves them among uncovered states only. So coverage is computed again, by the same models, for the
touched vendors' postings alone; and of changes one after another, for those that the last touches.
Changes that touch different vendors are computed together.

Postings that are redirected to a contract without a ceiling move alone, and are only added up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
_LOT = ("contract_id", "lot")


@dataclass(frozen=True)
class _Try:
    """The inputs after some changes, whose postings to compute again, and what moves besides."""

    inputs: Inputs
    who: Identity
    vendors: pl.DataFrame
    moved: Mapping[str, Decimal]


@dataclass
class Effects:
    """Computes changes, one after another, against one finished build.

    `who` is the build's identity, `identify` makes it anew for changed inputs. `uncovered` are the
    window's uncovered kronor by vendor_id in the finished build; `again` gives those of vendors
    (vendor_id, and is_limited: whether it may call off under a ceiling) with other inputs and
    identity; `prepare` is told all vendors first. `vendors_of_lines` gives line_id and vendor_id of
    postings; `passed_by` gives line_id, vendor_id and uncovered_sek of those of them that were
    bought past another supplier's contract in the window.
    """

    inputs: Inputs
    who: Identity
    identify: Callable[[Inputs], Identity]
    uncovered: Mapping[str, Decimal]
    again: Callable[[Inputs, Identity, pl.DataFrame], Mapping[str, Decimal]]
    prepare: Callable[[pl.DataFrame], None]
    vendors_of_lines: Callable[[Sequence[int]], pl.DataFrame]
    passed_by: Callable[[Sequence[int]], pl.DataFrame]
    _kept: list[tuple[pl.DataFrame, pl.DataFrame, Identity]] = field(default_factory=list)

    def uncovered_less(self, changes: Sequence[Change]) -> list[Decimal]:
        """Return by how many kronor the first 1, 2 … changes lower the window's uncovered_sek."""
        tries = self._tries(changes)
        asked = [one.vendors for one in tries if one.vendors.height]
        if asked:
            self.prepare(_together(asked))
        now = dict(self.uncovered)
        before = sum(now.values(), Decimal(0))
        found = []
        for batch in _batches(tries):
            last, vendors = batch[-1], _together([one.vendors for one in batch])
            again = self.again(last.inputs, last.who, vendors) if vendors.height else {}
            for one in batch:
                touched = one.vendors["vendor_id"]
                now |= {vendor: again.get(vendor, Decimal(0)) for vendor in touched}
                now |= {vendor: now[vendor] - moved for vendor, moved in one.moved.items()}
                found.append(before - sum(now.values(), Decimal(0)))
        return found

    def _tries(self, changes: Sequence[Change]) -> list[_Try]:
        inputs, who, tries = self.inputs, self.who, list[_Try]()
        anew: set[str] = set()  # vendors whose postings no longer stand as in the build
        redirected: set[int] = set()
        for change in changes:
            last = who
            inputs = changed(inputs, [change])
            who = self._identity(inputs)
            alone = self._alone(change, inputs, redirected)
            if alone is None:
                vendors, moved = self._touched(change, inputs, last, who), {}
            else:
                again = alone.filter(pl.col("vendor_id").is_in(anew))["vendor_id"].unique()
                vendors = self._with_limits(again, inputs, (who,))
                rest = alone.join(vendors, on="vendor_id", how="anti").group_by("vendor_id")
                moved = dict(rest.agg(pl.col("uncovered_sek").sum()).iter_rows())
            anew |= set(vendors["vendor_id"])
            redirected |= set(change.line_ids) if isinstance(change, Redirect) else set()
            tries.append(_Try(inputs, who, vendors, moved))
        return tries

    def _alone(self, change: Change, inputs: Inputs, redirected: set[int]) -> pl.DataFrame | None:
        """Return the postings, as `passed_by` does, that a change moves, when it moves no other."""
        if not isinstance(change, Redirect) or redirected & set(change.line_ids):
            return None
        limited = inputs.register.contracts.filter(
            (pl.col("contract_id") == change.contract_id) & pl.col("ceiling_sek").is_not_null()
        )
        if limited.height:
            return None
        found = self.passed_by(change.line_ids)
        return found if len(found) == len(set(change.line_ids)) else None

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

    def _touched(
        self, change: Change, inputs: Inputs, last: Identity, who: Identity
    ) -> pl.DataFrame:
        parties = inputs.register.contract_parties.filter(
            pl.col("contract_id") == (_contract(change) or "")
        )
        before, after = last.tables[IDENTITIES], who.tables[IDENTITIES]
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
        lines = change.line_ids if isinstance(change, Redirect) else ()
        decided = [change.vendor_id] if isinstance(change, AcceptMatch) else []
        touched = pl.concat(
            [
                *(frame["vendor_id"] for frame in (moved, *sellers)),
                self.vendors_of_lines(lines)["vendor_id"],
                pl.Series("vendor_id", decided, dtype=pl.String),
            ]
        )
        return self._with_limits(touched.unique(), inputs, (last, who))

    def _with_limits(
        self, vendors: pl.Series, inputs: Inputs, identities: Sequence[Identity]
    ) -> pl.DataFrame:
        """Return vendor_id, is_limited: the vendors, and all who share a ceiling with them."""
        if vendors.is_empty():
            return pl.DataFrame(schema={"vendor_id": pl.String, "is_limited": pl.Boolean})
        callers = self._callers(inputs, [known.tables[IDENTITIES] for known in identities])
        wider = _with_shared_ceilings(vendors, callers)
        limited = callers["vendor_id"].unique().implode()
        return pl.DataFrame({"vendor_id": wider}).with_columns(
            is_limited=pl.col("vendor_id").is_in(limited)
        )

    def _callers(self, inputs: Inputs, identities: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """Return vendor_id, contract_id, lot: who may call off under a lot with a ceiling."""
        limited = inputs.register.contracts.filter(pl.col("ceiling_sek").is_not_null())
        parties = inputs.register.contract_parties.join(limited.select(_LOT), on=_LOT, how="semi")
        selling = [
            known.join(parties, on="supplier_id").select("vendor_id", *_LOT) for known in identities
        ]
        # What a person decided calls off as well, whoever sold it.
        decided = inputs.decisions.filter(
            (pl.col("subject") == "line") & pl.col("contract_id").is_not_null()
        ).select(line_id=pl.col("key").cast(pl.Int64, strict=False), contract_id="contract_id")
        decided = decided.join(limited.select(_LOT), on="contract_id")
        lines = self.vendors_of_lines(decided["line_id"].drop_nulls().unique().to_list())
        buying = decided.join(lines, on="line_id").select("vendor_id", *_LOT)
        return pl.concat([*selling, buying]).unique()


def _batches(tries: Sequence[_Try]) -> list[list[_Try]]:
    """Split tries, in their order, where one touches a vendor that its batch has touched.

    What a change does not touch stays as it was: a vendor touched once in a batch has after the
    last of its changes what it had after its own, and one computation serves them all.
    """
    batches: list[list[_Try]] = []
    reached: set[str] = set()
    for one in tries:
        touched = set(one.vendors["vendor_id"])
        if not batches or touched & reached:
            batches.append([])
            reached = set()
        batches[-1].append(one)
        reached |= touched
    return batches


def _together(vendors: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return vendor_id, is_limited of all, each vendor once."""
    return (
        pl.concat(vendors).group_by("vendor_id").agg(pl.col("is_limited").any()).sort("vendor_id")
    )


def _with_shared_ceilings(vendors: pl.Series, callers: pl.DataFrame) -> pl.Series:
    """Return the vendors, and all who share a ceiling with one of them, directly or by another."""
    while True:
        lots = callers.filter(pl.col("vendor_id").is_in(vendors.implode())).select(_LOT).unique()
        sharing = callers.join(lots, on=_LOT, how="semi")["vendor_id"]
        wider = pl.concat([vendors, sharing]).unique()
        if len(wider) == len(vendors):
            return wider.sort()
        vendors = wider


def _contract(change: Change) -> str | None:
    match change:
        case Extend() | RaiseCeiling() | Entitle() | Procure() | Redirect():
            return change.contract_id
        case AcceptMatch():
            return None
