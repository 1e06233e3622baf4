"""Real names as they were met, judged by eye: what must be found, and what must never be joined."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from compliance.match import match_vendors, read_settings

CASES = pl.read_csv(Path(__file__).with_name("hard_cases.csv"), infer_schema=False)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[str | None, str]]:
    """All cases in one world: every vendor meets every supplier."""
    vendors = CASES.select(
        vendor_id="vendor_name",
        vendor_name="vendor_name",
        org_number="vendor_number",
        vendor_number=pl.lit(None, pl.String),
        is_person=pl.lit(value=False),
        is_usable=pl.lit(value=True),
        amount_sek=pl.lit(Decimal(1)).cast(pl.Decimal(18, 2)),
    )
    suppliers = CASES.select(
        supplier_id="supplier_name", supplier_name="supplier_name", org_number="supplier_number"
    ).unique(maintain_order=True)
    found = match_vendors(vendors, suppliers, read_settings()).vendor_matches
    return {
        vendor: (supplier, outcome)
        for vendor, supplier, outcome in found.select(
            "vendor_id", "supplier_id", "outcome"
        ).iter_rows()
    }


@pytest.mark.parametrize("case", CASES.to_dicts(), ids=lambda case: case["vendor_name"])
def test_a_hard_case_comes_out_as_judged_by_eye(
    case: dict[str, str], outcomes: dict[str, tuple[str | None, str]]
) -> None:
    supplier, outcome = outcomes[case["vendor_name"]]
    match case["expected"]:
        case "matched":
            assert (supplier, outcome) == (case["supplier_name"], "matched"), case["why"]
        case "found":
            assert supplier == case["supplier_name"], case["why"]
        case "not_matched":
            assert outcome != "matched", case["why"]
