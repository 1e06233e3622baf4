"""Who sold, and what of it may be shown? From the ledger's spellings to vendors, matches and masks.

Joins the modules of the left bank; knows neither the database nor the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from compliance import identifiers, masking, persons
from compliance.inputs import Inputs
from compliance.match import Matches, match_vendors
from compliance.vendors import Vendors, identify


@dataclass(frozen=True)
class Identity:
    """What is known of the ledger's vendors.

    `tables` are the frames that the models read, `vendors` holds the persons' real values too,
    `outcomes` is the number of vendors matched, in review and without a supplier.
    """

    tables: Mapping[str, pl.DataFrame]
    vendors: Vendors
    outcomes: Mapping[str, int]

    @property
    def protected(self) -> pl.DataFrame:
        """The persons' real values, see Vendors.protected."""
        return self.vendors.protected


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
        persons.namesakes(inputs.known_suppliers(), inputs.person_rules),
    )
    suppliers, matches = _matched(inputs, vendors)
    registered = suppliers.filter("is_person")["vendor_name"]
    names = pl.concat([vendors.persons_names, registered])
    return Identity(
        tables={
            # Again: of the register alone nobody knows whom the ledger hides.
            "input_suppliers": inputs.shown_suppliers(suppliers),
            "input_vendors": vendors.vendors,
            "input_vendor_keys": vendors.keys,
            "input_vendor_protected": _canonical(vendors.real),
            **_tables(matches),
            "input_masks": _masks(texts, inputs, names),
            "input_rejected": _masked(rejected, inputs, names),
        },
        vendors=vendors,
        outcomes=_outcomes(matches),
    )


def rematched(known: Identity, inputs: Inputs) -> Identity:
    """Match the same vendors with other suppliers or decisions on matches; the masks stay."""
    suppliers, matches = _matched(inputs, known.vendors)
    tables = {"input_suppliers": inputs.shown_suppliers(suppliers), **_tables(matches)}
    return Identity({**known.tables, **tables}, known.vendors, _outcomes(matches))


def _matched(inputs: Inputs, vendors: Vendors) -> tuple[pl.DataFrame, Matches]:
    """Return the register's suppliers, with who of them is a person, and the matches with them.

    A person of the ledger's name is one too. So is whom a person of the ledger was matched to, with
    no number or that person's: its name would stand beside the pseudonym.
    """
    elsewhere = persons.namesakes(vendors.spelled, inputs.person_rules)
    suppliers = inputs.known_suppliers(elsewhere)
    matches = _matches(inputs, vendors, suppliers)
    if behind := _persons_behind(matches, vendors, inputs.register.suppliers, suppliers):
        suppliers = inputs.known_suppliers(elsewhere, behind)
        matches = _matches(inputs, vendors, suppliers)
    return suppliers, matches


def _persons_behind(
    matches: Matches, vendors: Vendors, register: pl.DataFrame, suppliers: pl.DataFrame
) -> frozenset[str]:
    private = _canonical(vendors.real.filter("is_person"))
    met = matches.vendor_identities.join(private, on="vendor_id", how="semi")["supplier_id"]
    theirs = private["org_number"].drop_nulls().to_list()
    number = pl.col("org_number")
    same = register.filter((number.is_null() | number.is_in(theirs)) & ~suppliers["is_person"])
    return frozenset(same["supplier_id"]) & frozenset(met)


def _matches(inputs: Inputs, vendors: Vendors, suppliers: pl.DataFrame) -> Matches:
    return match_vendors(
        vendors.real,
        inputs.register.suppliers.with_columns(suppliers["is_person"]),
        inputs.match_settings,
        inputs.decisions,
        inputs.rules.groups,
    )


def _tables(matches: Matches) -> dict[str, pl.DataFrame]:
    return {f"input_{name}": frame for name, frame in matches._asdict().items()}


def _outcomes(matches: Matches) -> dict[str, int]:
    return dict(matches.vendor_matches.group_by("outcome").len().sort("outcome").iter_rows())


def _canonical(real: pl.DataFrame) -> pl.DataFrame:
    numbers = [identifiers.parse(number).number or None for number in real["org_number"]]
    return real.select("vendor_id", "vendor_name", org_number=pl.Series(numbers, dtype=pl.String))


def _masks(texts: pl.DataFrame, inputs: Inputs, names: pl.Series) -> pl.DataFrame:
    within = masking.strangers_within(texts, inputs.person_rules)
    told = masking.masks(texts, names).join(within, on=["field", "value"], how="anti")
    found = pl.concat([within, told])
    is_lot = pl.col("field") == "lot"
    # A lot is a key: two that became one would be one contract with the sums of both.
    lots = masking.told_apart(found.filter(is_lot), texts.filter(is_lot)["value"])
    known = pl.concat([found.filter(~is_lot), lots])
    keys = texts.filter(pl.col("field") == "key").join(known, on=["field", "value"], how="anti")
    return pl.concat([known, masking.strangers(keys, inputs.person_rules)])


def _masked(rejected: pl.DataFrame, inputs: Inputs, names: pl.Series) -> pl.DataFrame:
    """Rejected rows without persons: piece by piece, and whole when a known person is named."""
    shown = masking.mask_rows(rejected, inputs.person_rules)
    for column in ("raw", "reason"):
        values = shown.select(field=pl.lit("text"), value=column).drop_nulls().unique()
        masks = masking.masks(values, names)
        shown = shown.with_columns(
            pl.col(column).replace(masks["value"].to_list(), masks["masked"].to_list())
        )
    return shown
