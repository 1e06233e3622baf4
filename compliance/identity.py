"""Who sold, and what of it may be shown? From the ledger's spellings to vendors, matches and masks.

Joins the modules of the left bank; knows neither the database nor the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from compliance import identifiers, persons
from compliance.inputs import Inputs
from compliance.match import match_vendors
from compliance.vendors import identify


@dataclass(frozen=True)
class Identity:
    """What is known of the ledger's vendors.

    `tables` are the frames that the models read, `protected` the persons' real values, `outcomes`
    the number of vendors matched, in review and without a supplier.
    """

    tables: Mapping[str, pl.DataFrame]
    protected: pl.DataFrame
    outcomes: Mapping[str, int]


def identity(
    inputs: Inputs, ledger_vendors: pl.DataFrame, texts: pl.DataFrame, rejected: pl.DataFrame
) -> Identity:
    """Identify, match and mask.

    Takes the rows of the models work_ledger_vendors and work_texts, and the rejected rows, whose
    raw text is masked.
    """
    vendors = identify(
        ledger_vendors,
        inputs.person_rules,
        inputs.rules.generic_names,
        inputs.key,
        inputs.decisions,
    )
    matches = match_vendors(
        vendors.real,
        inputs.register.suppliers,
        inputs.match_settings,
        inputs.decisions,
        inputs.rules.groups,
    )
    names = pl.concat([vendors.protected["vendor_name"], inputs.register_persons])
    outcomes = matches.vendor_matches.group_by("outcome").len().sort("outcome")
    return Identity(
        tables={
            "input_vendors": vendors.vendors,
            "input_vendor_keys": vendors.keys,
            "input_vendor_protected": _canonical(vendors.real),
            "input_vendor_matches": matches.vendor_matches,
            "input_vendor_identities": matches.vendor_identities,
            "input_match_candidates": matches.match_candidates,
            "input_match_quality": matches.match_quality,
            "input_masks": persons.masks(texts, names),
            "input_rejected": _masked(rejected, inputs, names),
        },
        protected=vendors.protected,
        outcomes=dict(outcomes.iter_rows()),
    )


def _canonical(real: pl.DataFrame) -> pl.DataFrame:
    numbers = [identifiers.parse(number).number or None for number in real["org_number"]]
    return real.select("vendor_id", "vendor_name", org_number=pl.Series(numbers, dtype=pl.String))


def _masked(rejected: pl.DataFrame, inputs: Inputs, names: pl.Series) -> pl.DataFrame:
    """Rejected rows without persons: cell by cell, and whole when a known person is named."""
    masked = [
        raw if raw is None else persons.mask_row(raw, inputs.person_rules)
        for raw in rejected["raw"]
    ]
    shown = rejected.with_columns(raw=pl.Series(masked, dtype=pl.String))
    for column in ("raw", "reason"):
        values = shown.select(field=pl.lit("text"), value=column).drop_nulls().unique()
        masks = persons.masks(values, names)
        shown = shown.with_columns(
            pl.col(column).replace(masks["value"].to_list(), masks["masked"].to_list())
        )
    return shown
