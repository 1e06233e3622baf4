"""Which supplier, if any, is this vendor, and how do we know?

Pure: frames in, frames out; the order of their rows does not matter. Knows nothing of files, dates
of purchase or the database. It does not find renames and trading names by spelling: those need a
number, groups.toml or a decision.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from compliance.match.businesses import Businesses
from compliance.match.decided import Identity, Settled, settle
from compliance.match.doubts import doubt
from compliance.match.evidence import DOUBTS, name_evidence, number_evidence, percent
from compliance.match.identities import EVER, Known, Match, known
from compliance.match.marks import Habit
from compliance.match.model import shipped_model
from compliance.match.pairing import Pairs, find_pairs
from compliance.match.reading import Side, have_namesakes, own_numbers, read_side
from compliance.match.relations import AGREEING, AT, CONFLICTING, RELATIONS
from compliance.match.settings import Settings
from compliance.match.verdict import Verdicts, judge

if TYPE_CHECKING:  # matching two CSV files needs no rules
    from compliance.rule_entries import Group

_MATCHES = {
    "vendor_id": pl.String,
    "supplier_id": pl.String,
    "outcome": pl.String,
    "method": pl.String,
    "probability": pl.Float64,
    "evidence": pl.String,
}
_IDENTITIES = {
    "vendor_id": pl.String,
    "supplier_id": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "method": pl.String,
}
_REVIEWS = {name: kind for name, kind in _IDENTITIES.items() if name != "method"}
_REJECTIONS = {name: kind for name, kind in _REVIEWS.items() if name != "supplier_id"}
_CANDIDATES = {
    "vendor_id": pl.String,
    "position": pl.Int32,
    "supplier_id": pl.String,
    "probability": pl.Float64,
    "evidence": pl.String,
}
_METHODS = {
    "equal": "org_number",
    "slip": "org_number_mistyped",
    "lent_equal": "org_number_of_same_name",
}


class Matches(NamedTuple):
    """Frames in the order of vendor_id."""

    vendor_matches: pl.DataFrame
    """One row a vendor: vendor_id, supplier_id (null for `none`; the best candidate in `review`),
    outcome (matched, review, none), method (decision, group, org_number, org_number_mistyped,
    org_number_of_same_name, name, unusable, none), probability 0..1, evidence. It is `review`
    while on some day it waits for a person to say who it is."""
    vendor_identities: pl.DataFrame
    """What coverage joins on, matched ones only: vendor_id, supplier_id, valid_from, valid_to
    (null: open), method. A vendor may have several, at different times or, as a business with
    several numbers or an affiliate that is a party itself, at once: then all but one are the
    group's."""
    vendor_reviews: pl.DataFrame
    """What would be so besides, if the best candidate of each match in review were right:
    vendor_id, supplier_id, valid_from, valid_to."""
    vendor_rejections: pl.DataFrame
    """On which days a decision says that a vendor is not whom it would be: vendor_id, valid_from,
    valid_to."""
    match_candidates: pl.DataFrame
    """For review: vendor_id, position 1 or 2, supplier_id, probability, evidence."""


def match_vendors(
    vendors: pl.DataFrame,
    suppliers: pl.DataFrame,
    settings: Settings,
    decisions: pl.DataFrame | None = None,
    groups: Iterable[Group] = (),
) -> Matches:
    """Find each vendor's supplier.

    Takes vendors (vendor_id, vendor_name, org_number, vendor_number, is_person, is_usable,
    amount_sek: real values, see vendors.Vendors.real; city if known), suppliers (supplier_id,
    supplier_name, org_number; city and is_person if known), the live decisions and the groups. Of
    the decisions those with the subject `vendor_match` count.
    """
    ordered = vendors.sort("vendor_id")
    match = _Matching(ordered, suppliers, settings)
    settled = settle(
        match.vendors,
        ordered["vendor_name"].to_list(),
        match.suppliers,
        decisions,
        match.pairs.shared,
    )
    return match.matches(settled, Businesses(groups, match.suppliers))


def _private(suppliers: pl.DataFrame, side: Side) -> list[bool]:
    """Which suppliers are persons: by their number, or by what else is known of them."""
    by_number = [number.state in ("person", "masked") for number in side.numbers]
    if "is_person" not in suppliers.columns:
        return by_number
    said = suppliers.sort("supplier_id")["is_person"].fill_null(value=False)
    return [one or other for one, other in zip(by_number, said, strict=True)]


class _Matching:
    """One comparison of all vendors with all suppliers, and the texts about it."""

    def __init__(self, vendors: pl.DataFrame, suppliers: pl.DataFrame, settings: Settings) -> None:
        self.settings = settings
        self.vendors: Side = read_side(vendors, "vendor", settings.lexicon)
        self.suppliers: Side = read_side(suppliers, "supplier", settings.lexicon)
        self.supplier_names = suppliers.sort("supplier_id")["supplier_name"].to_list()
        self.habits = (Habit.of(self.vendors.names), Habit.of(self.suppliers.names))
        self.is_person = vendors["is_person"].fill_null(value=False).to_list()
        self.is_private = _private(suppliers, self.suppliers)
        self.is_usable = vendors["is_usable"].fill_null(value=True).to_list()
        self.pairs: Pairs = find_pairs(self.vendors, self.suppliers)
        own = own_numbers(self.vendors, self.pairs.shared)
        self.has_namesakes = have_namesakes(self.vendors, own)
        self.found: Verdicts = judge(self.pairs, shipped_model())
        self.verdict_of = {v: row for row, v in enumerate(self.found.vendor.tolist())}
        # One by one, a list is read several times faster than an array.
        self.best: list[int] = self.found.best.tolist()
        self.runner_up: list[int] = self.found.runner_up.tolist()
        self.sure: list[float] = self.found.probability.tolist()
        self._put_own_numbers_first()
        self._doubts: dict[int, str] = {}  # by pair: asked for the outcome, and for each text

    def _put_own_numbers_first(self) -> None:
        """Whom nobody resembles enough may have a supplier's number: that one a person looks at."""
        is_equal = self.pairs.relation == AT["equal"]
        for pair in np.flatnonzero(is_equal & (self.pairs.other < len(self.suppliers))).tolist():
            verdict = self.verdict_of[int(self.pairs.vendor[pair])]
            best = self.best[verdict]
            if self.sure[verdict] < self.settings.review and not is_equal[best]:
                self.best[verdict], self.runner_up[verdict] = pair, best

    def matches(self, settled: dict[int, Settled], businesses: Businesses) -> Matches:
        rows, identities, reviews, rejections, candidates = [], [], [], [], []
        for row, vendor_id in enumerate(self.vendors.ids):
            about = self._known(row, settled.get(row), businesses)
            rows.append((vendor_id, *about.match))
            identities += [
                (vendor_id, i.supplier_id, i.first, i.last, i.method) for i in about.identities
            ]
            reviews += [(vendor_id, i.supplier_id, i.first, i.last) for i in about.open]
            rejections += [(vendor_id, *days) for days in about.rejected]
            if about.match[1] == "review":
                candidates += [(vendor_id, *candidate) for candidate in self._candidates(row)]
        matches = pl.DataFrame(list(zip(*rows, strict=True)), schema=_MATCHES)
        return Matches(
            matches,
            pl.DataFrame(identities, schema=_IDENTITIES, orient="row").sort(
                "vendor_id", "valid_from", "supplier_id", nulls_last=False
            ),
            pl.DataFrame(reviews, schema=_REVIEWS, orient="row"),
            pl.DataFrame(rejections, schema=_REJECTIONS, orient="row"),
            pl.DataFrame(candidates, schema=_CANDIDATES, orient="row"),
        )

    def _known(self, row: int, settled: Settled | None, businesses: Businesses) -> Known:
        likely = self._likely(row)
        supplier, outcome, method, _, _ = likely
        identifier = self.vendors.numbers[row]
        is_own = identifier.is_trusted and identifier.number not in self.pairs.shared
        number = identifier.number if is_own and self.is_usable[row] else ""
        about = {number, *self._numbers(supplier, settled, businesses)}
        concerned = sorted(one for one in about if businesses.concerns(one))
        if settled is None and not concerned:
            own = [Identity(supplier, *EVER, method)] if supplier else []
            matched, in_review = outcome == "matched", outcome == "review"
            return Known(likely, own if matched else [], own if in_review else [], [])
        said = [*settled.said] if settled else []
        for one in concerned:
            said += businesses.said(one, is_person=self.is_person[row])
        return known(likely, number, settled or Settled(), businesses, said)

    def _numbers(
        self, supplier: str | None, settled: Settled | None, businesses: Businesses
    ) -> set[str]:
        """The numbers of whom it is by likeness or decision."""
        accepted = [one.supplier_id for one in settled.accepted] if settled else []
        return {businesses.number_of.get(one or "", "") for one in (supplier, *accepted)}

    def _likely(self, row: int) -> Match:
        if not self.is_usable[row]:
            return None, "none", "unusable", 0.0, "no usable name or org number"
        verdict = self.verdict_of.get(row)
        if verdict is None:
            return None, "none", "none", 0.0, "no supplier in the register resembles it"
        best = self.best[verdict]
        sure = self.sure[verdict]
        relation = RELATIONS[self.pairs.relation[best]]
        if sure < self.settings.review and relation != "equal":
            text = f"{self._too_unlike(row, best)}; {percent(sure)} sure"
            if relation == "shared_equal":
                text = f"{self._number_evidence(row, best)}; {text}"
            return None, "none", "none", sure, text
        text = self._evidence(row, verdict, sure)
        outcome = "matched" if sure >= self._enough(row, best) else "review"
        method = _METHODS.get(relation, "name")
        return self.suppliers.ids[int(self.pairs.other[best])], outcome, method, sure, text

    def _enough(self, row: int, pair: int) -> float:
        """From when on it is a match: a name alone must say more than a name and a number.

        A number that speaks against the supplier, or a doubt, is never passed over: a person
        decides.
        """
        relation = RELATIONS[self.pairs.relation[pair]]
        if relation in CONFLICTING or self._doubt(row, pair):
            return math.inf
        if relation in AGREEING:
            return self.settings.matched
        return self.settings.matched_by_name

    def _doubt(self, row: int, pair: int) -> str:
        """Why a person decides, however alike the names are."""
        if pair not in self._doubts:
            other = int(self.pairs.other[pair])
            self._doubts[pair] = doubt(
                self.vendors.names[row],
                self.suppliers.names[other],
                RELATIONS[self.pairs.relation[pair]],
                self.habits,
                (self.is_person[row], self._is_personal(other)),
                has_namesakes=self.has_namesakes[row],
            )
        return self._doubts[pair]

    def _is_personal(self, other: int) -> bool:
        return self.is_private[other]

    def _evidence(self, row: int, verdict: int, sure: float) -> str:
        best = self.best[verdict]
        text = f"{self._pair_evidence(row, best)}; {percent(sure)} sure"
        runner_up = self.runner_up[verdict]
        if runner_up >= 0 and not self.is_person[row]:
            text += f"; next: {self._supplier_name(int(self.pairs.other[runner_up]))}"
        if int(self.found.stranger[verdict]) >= 0 and sure < self._enough(row, best):
            text += "; a company outside the register has a like name"
        return text

    def _too_unlike(self, row: int, pair: int) -> str:
        """Of a person not by name: `Fjällmos Måleri` is near where a Fjällmo has the pseudonym."""
        if self.is_person[row]:
            return "nobody in the register is like enough"
        nearest = self._supplier_name(int(self.pairs.other[pair]))
        return f"nearest in the register, and too unlike: {nearest}"

    def _pair_evidence(self, row: int, pair: int) -> str:
        other = int(self.pairs.other[pair])
        hidden = self.is_person[row] or self._is_personal(other)
        numbers = self._number_evidence(row, pair)
        names = name_evidence(self.vendors, row, self.suppliers, other, is_person=hidden)
        doubted = self._doubt(row, pair)
        return f"{numbers}; {names}; {DOUBTS[doubted]}" if doubted else f"{numbers}; {names}"

    def _number_evidence(self, row: int, pair: int) -> str:
        other = int(self.pairs.other[pair])
        return number_evidence(
            self.vendors.numbers[row],
            self.pairs.lent[row],
            self.suppliers.numbers[other],
            self.pairs.shared,
            (self.is_person[row], self._is_personal(other)),
        )

    def _supplier_name(self, other: int) -> str:
        """A sole trader's name is not told."""
        if self._is_personal(other):
            return self.suppliers.ids[other]
        return str(self.supplier_names[other])

    def _candidates(self, row: int) -> list[tuple[int, str, float, str]]:
        """The best two, of different parties; only the first has a calibrated probability."""
        verdict = self.verdict_of[row]
        pairs = [self.best[verdict], self.runner_up[verdict]]
        first = self.sure[verdict]
        found = []
        for position, pair in enumerate((p for p in pairs if p >= 0), start=1):
            supplier = self.suppliers.ids[int(self.pairs.other[pair])]
            share = first if position == 1 else round(min(first, 1 - first), 6)
            found.append((position, supplier, share, self._pair_evidence(row, pair)))
        return found
