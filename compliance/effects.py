"""What would the last twelve months' uncovered kronor be after some changes? Exactly, and soon.

A change touches some vendors: those that are (or would become) suppliers of its contracts, those
whose match it decides, and those who sell under the same ceiling as one of these. All other
vendors' postings keep their side, since a contract of another supplier moves them among uncovered
states only. So coverage is computed again, by the same models, for the touched vendors' postings
alone; and of changes one after another, for those that the last touches. Changes that touch
different vendors are computed together.

Postings that were bought past a contract and are redirected to it leave nothing behind: they are
only added up. Under a ceiling they take room from those who sell under it, who are touched. A
posting that is decided takes its room whoever sold it, and nothing that others do moves it: where
others sell under its ceiling it is there, alone of all that its vendor sold.
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
    """The inputs after some changes, whose postings to compute again, and what moves besides.

    `vendors` has vendor_id and is_limited: whether it may call off under a ceiling.
    """

    inputs: Inputs
    who: Identity
    vendors: pl.DataFrame
    moved: Mapping[str, Decimal]


@dataclass
class Effects:
    """Computes changes, one after another, against one finished build.

    `who` is the build's identity, `identify` makes it anew for changed inputs. `uncovered` are the
    window's uncovered kronor by vendor_id in the finished build; `again` gives those of vendors
    (vendor_id, is_limited) with other inputs and identity; `prepare` is told all vendors first, and
    line_id and vendor_id of what is decided under ceilings. `postings` gives line_id, vendor_id and
    passed_sek: its kronor, if a posting was bought past another supplier's contract in the window.
    """

    inputs: Inputs
    who: Identity
    identify: Callable[[Inputs], Identity]
    uncovered: Mapping[str, Decimal]
    again: Callable[[Inputs, Identity, pl.DataFrame], Mapping[str, Decimal]]
    prepare: Callable[[pl.DataFrame, pl.DataFrame], None]
    postings: Callable[[pl.Series], pl.DataFrame]
    _kept: list[tuple[pl.DataFrame, pl.DataFrame, Identity]] = field(default_factory=list)
    _known: pl.DataFrame = field(default_factory=pl.DataFrame)  # of `postings`, all that is asked

    def uncovered_less(self, changes: Sequence[Change]) -> list[Decimal]:
        """Return by how many kronor the first 1, 2 … changes lower the window's uncovered_sek."""
        after = changed(self.inputs, changes)
        self._known = self.postings(_decided_lines(after)["line_id"].unique().sort())
        tries = self._tries(changes)
        asked = [one.vendors for one in tries if one.vendors.height]
        if asked:
            lines = _under_ceilings(after).join(self._known, on="line_id")
            self.prepare(
                _together(asked), lines.select("line_id", "vendor_id").unique().sort(pl.all())
            )
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
        anew = pl.Series(dtype=pl.String)  # vendors whose postings no longer stand as in the build
        redirected = pl.Series(dtype=pl.Int64)
        for change in changes:
            last = who
            inputs = changed(inputs, [change])
            who = self._identity(inputs)
            passed = self._passed(change, redirected)
            if passed is None:
                touched = self._touched(change, inputs, last, who)
                vendors, moved = self._with_limits(touched, inputs, (last, who)), {}
            else:
                again = passed.filter(pl.col("vendor_id").is_in(anew.implode()))["vendor_id"]
                vendors = self._with_limits(again.unique(), inputs, (who,), _contract(change))
                rest = passed.join(vendors, on="vendor_id", how="anti").group_by("vendor_id")
                moved = dict(rest.agg(pl.col("passed_sek").sum()).iter_rows())
            anew = pl.concat([anew, vendors["vendor_id"]]).unique()
            if isinstance(change, Redirect):
                redirected = pl.concat([redirected, _lines(change)])
            tries.append(_Try(inputs, who, vendors, moved))
        return tries

    def _passed(self, change: Change, redirected: pl.Series) -> pl.DataFrame | None:
        """Return the postings that a change only takes from those bought past a contract."""
        if not isinstance(change, Redirect):
            return None
        lines = _lines(change).to_frame("line_id").unique()
        found = self._known.join(lines, on="line_id", how="semi").drop_nulls("passed_sek")
        once = found.filter(~pl.col("line_id").is_in(redirected.implode()))
        return found if once.height == lines.height else None

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

    def _touched(self, change: Change, inputs: Inputs, last: Identity, who: Identity) -> pl.Series:
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
        decided = [change.vendor_id] if isinstance(change, AcceptMatch) else []
        touched = [frame["vendor_id"] for frame in (moved, *sellers)]
        if isinstance(change, Redirect):
            lines = _lines(change).to_frame("line_id")
            touched.append(self._known.join(lines, on="line_id", how="semi")["vendor_id"])
        touched.append(pl.Series("vendor_id", decided, dtype=pl.String))
        return pl.concat(touched).unique()

    def _with_limits(
        self,
        vendors: pl.Series,
        inputs: Inputs,
        identities: Sequence[Identity],
        contract_id: str | None = None,
    ) -> pl.DataFrame:
        """Return vendor_id, is_limited: the vendors, and all who sell under a ceiling with them.

        The ceilings are those under which the vendors sell or have postings decided, and those of
        the contract.
        """
        limited = _limited(inputs)
        parties = inputs.register.contract_parties.join(limited, on=_LOT, how="semi")
        selling = pl.concat(
            known.tables[IDENTITIES].join(parties, on="supplier_id").select("vendor_id", *_LOT)
            for known in identities
        ).unique()
        lines = _under_ceilings(inputs).join(self._known, on="line_id")
        buying = lines.select("vendor_id", *_LOT).unique()
        mine = pl.col("vendor_id").is_in(vendors.implode())
        lots = pl.concat(
            [
                selling.filter(mine).select(_LOT),
                buying.filter(mine).select(_LOT),
                limited.filter(pl.col("contract_id") == (contract_id or "")),
            ]
        ).unique()
        wider = _with_shared_ceilings(vendors, lots, selling)
        calling = pl.concat([selling["vendor_id"], buying["vendor_id"]]).unique().implode()
        return pl.DataFrame({"vendor_id": wider}, schema={"vendor_id": pl.String}).with_columns(
            is_limited=pl.col("vendor_id").is_in(calling)
        )


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


def _with_shared_ceilings(
    vendors: pl.Series, lots: pl.DataFrame, selling: pl.DataFrame
) -> pl.Series:
    """Return the vendors, and all who sell under one of the lots, directly or by another's lots."""
    while True:
        sharing = selling.join(lots, on=_LOT, how="semi")["vendor_id"]
        wider = pl.concat([vendors, sharing]).unique()
        if len(wider) == len(vendors):
            return wider.sort()
        vendors = wider
        lots = selling.filter(pl.col("vendor_id").is_in(vendors.implode())).select(_LOT).unique()


def _limited(inputs: Inputs) -> pl.DataFrame:
    """Return contract_id, lot of those with a ceiling."""
    return inputs.register.contracts.filter(pl.col("ceiling_sek").is_not_null()).select(_LOT)


def _decided_lines(inputs: Inputs) -> pl.DataFrame:
    """Return line_id, named of each decision on a posting that names a contract."""
    return (
        inputs.decisions.filter(pl.col("subject") == "line")
        .select(line_id=pl.col("key").cast(pl.Int64, strict=False), named=_as_named("contract_id"))
        .drop_nulls()
    )


def _as_named(column: str) -> pl.Expr:
    """Return a contract's name as work_line_decisions compares it."""
    return pl.col(column).str.strip_chars().str.to_uppercase()


def _under_ceilings(inputs: Inputs) -> pl.DataFrame:
    """Return line_id, contract_id, lot: under which ceilings a decided posting may be called off.

    A decision names a contract: whichever of its lots the posting goes to.
    """
    lots = _limited(inputs).with_columns(named=_as_named("contract_id"))
    return _decided_lines(inputs).join(lots, on="named").select("line_id", *_LOT)


def _lines(change: Redirect) -> pl.Series:
    return pl.Series(change.line_ids, dtype=pl.Int64)


def _contract(change: Change) -> str | None:
    match change:
        case Extend() | RaiseCeiling() | Entitle() | Procure() | Redirect():
            return change.contract_id
        case AcceptMatch():
            return None
