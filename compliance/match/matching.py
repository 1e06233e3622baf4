"""Which supplier, if any, is this vendor, and how do we know?

Pure: frames in, frames out; the order of their rows does not matter. Knows nothing of files, dates
of purchase or the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl
from rapidfuzz import fuzz, process

from compliance import identifiers, names
from compliance.match.settings import Settings
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
_CANDIDATES = {
    "vendor_id": pl.String,
    "position": pl.Int32,
    "supplier_id": pl.String,
    "probability": pl.Float64,
    "evidence": pl.String,
}


class Matches(NamedTuple):
    """Frames in the order of vendor_id."""

    vendor_matches: pl.DataFrame
    """One row a vendor: vendor_id, supplier_id (null for `none`; the best candidate in `review`),
    outcome (matched, review, none), method, probability 0..1, evidence."""
    vendor_identities: pl.DataFrame
    """What coverage joins on, matched ones only: vendor_id, supplier_id, valid_from, valid_to
    (null: open), method. A vendor may have several, at different times."""
    match_candidates: pl.DataFrame
    """For review: vendor_id, position 1–3, supplier_id, probability, evidence."""
    match_quality: pl.DataFrame
    """For data_quality: name, severity, row_count, amount_sek, example."""


def match_vendors(
    vendors: pl.DataFrame,
    suppliers: pl.DataFrame,
    settings: Settings,
    decisions: pl.DataFrame | None = None,
    groups: Iterable[Group] = (),
) -> Matches:
    """Find each vendor's supplier.

    Takes vendors (vendor_id, vendor_name, org_number, vendor_number, is_person, is_usable,
    amount_sek: real values, see vendors.Vendors.real), suppliers (supplier_id, supplier_name,
    org_number) and what was decided.
    """
    _ = decisions, groups
    held = {
        identifiers.parse(number).number: supplier
        for supplier, number in suppliers.sort("supplier_id", descending=True)
        .select("supplier_id", "org_number")
        .iter_rows()
        if identifiers.parse(number).is_trusted
    }
    read = suppliers.sort("supplier_id").select("supplier_id", "supplier_name")
    keys = [names.parse(name, settings.lexicon).joined for name in read["supplier_name"]]
    rows: list[tuple[str | float | None, ...]] = []
    for vendor_id, name, number, is_usable in (
        vendors.sort("vendor_id")
        .select("vendor_id", "vendor_name", "org_number", "is_usable")
        .iter_rows()
    ):
        found = identifiers.parse(number).number
        if not is_usable:
            rows.append((vendor_id, None, "none", "unusable", 0.0, "no usable name or number"))
        elif found in held:
            rows.append((vendor_id, held[found], "matched", "org_number", 0.99, "same org number"))
        else:
            rows.append((vendor_id, *_by_name(name, keys, read["supplier_id"], settings)))
    matches = pl.DataFrame(rows, schema=_MATCHES, orient="row")
    matched = matches.filter(pl.col("outcome") == "matched")
    open_ends = [pl.lit(None, pl.Date).alias("valid_from"), pl.lit(None, pl.Date).alias("valid_to")]
    return Matches(
        matches,
        matched.with_columns(open_ends).select(list(_IDENTITIES)),
        matches.filter(pl.col("outcome") == "review")
        .with_columns(position=pl.lit(1, pl.Int32))
        .select(list(_CANDIDATES)),
        pl.DataFrame(
            schema={
                "name": pl.String,
                "severity": pl.String,
                "row_count": pl.Int64,
                "amount_sek": pl.Decimal(18, 2),
                "example": pl.String,
            }
        ),
    )


def _by_name(
    name: str | None, keys: list[str], ids: pl.Series, settings: Settings
) -> tuple[str | None, str, str, float, str]:
    key = names.parse(name, settings.lexicon).joined
    best = process.extractOne(key, keys, scorer=fuzz.ratio, score_cutoff=85) if key else None
    if best is None:
        return None, "none", "none", 0.0, "no supplier has a like name"
    share = best[1] / 100
    outcome = "matched" if share == 1 else "review"
    return ids[best[2]], outcome, "name", 0.97 if share == 1 else 0.5, f"names agree to {share:.0%}"
