"""What could be changed, and what are the inputs then? One change, one function of the inputs.

A change says in data what somebody would write into the register or decisions.csv: `whatif` and
the action plan compute with the changed inputs by the same models, so that what they promise is
what a rebuild gives. Knows no database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias

import polars as pl

from compliance.errors import Place, UsageError, nearest
from compliance.inputs import Inputs
from compliance.register import Register

DECIDED_BY = "action plan"
PARTY = {"supplier_id": pl.String, "supplier_name": pl.String, "org_number": pl.String}


@dataclass(frozen=True)
class Extend:
    """The contract's last day is moved to `to`, as `extended_to` in the register says it."""

    contract_id: str
    to: date
    lot: str | None = None  # None: every lot


@dataclass(frozen=True)
class RaiseCeiling:
    """The contract's ceiling becomes `ceiling_sek`."""

    contract_id: str
    ceiling_sek: Decimal
    lot: str | None = None


@dataclass(frozen=True)
class Entitle:
    """The units may call off from the contract, beside those that may already."""

    contract_id: str
    units: tuple[str, ...]
    lot: str | None = None


@dataclass(frozen=True)
class Party:
    """A supplier of a new contract, as the register names it."""

    supplier_id: str
    supplier_name: str
    org_number: str


@dataclass(frozen=True)
class Procure:
    """A category gets a contract with these parties, for all units and without a ceiling."""

    category_code: str
    valid_from: date
    valid_to: date
    parties: tuple[Party, ...]
    mark: str = ""  # behind its number, which no contract of the register may have

    @property
    def contract_id(self) -> str:
        return f"NEW-{self.category_code}{self.mark}"


@dataclass(frozen=True)
class Redirect:
    """These postings are bought under the contract instead: each is decided so."""

    contract_id: str
    line_ids: tuple[int, ...]


@dataclass(frozen=True)
class AcceptMatch:
    """The vendor is the supplier: what a reviewer decides in the review."""

    vendor_id: str
    supplier_org_number: str


Change: TypeAlias = Extend | RaiseCeiling | Entitle | Procure | Redirect | AcceptMatch


def changed(inputs: Inputs, changes: Sequence[Change]) -> Inputs:
    """Return the inputs after all changes, in order; `inputs` itself stays as it is.

    Raises UsageError for a contract that is not in the register.
    """
    for change in changes:
        match change:
            case Extend() | RaiseCeiling() | Entitle() | Procure():
                inputs = replace(inputs, register=_register(inputs.register, change))
            case Redirect():
                inputs = _decided(inputs, _lines(change))
            case AcceptMatch():
                inputs = _decided(inputs, _match(change))
    return inputs


def _register(register: Register, change: Extend | RaiseCeiling | Entitle | Procure) -> Register:
    match change:
        case Extend():
            # A lot that lasts longer already keeps its day: nobody extends to an earlier one.
            held = _held(register, change.contract_id, change.lot)
            later = held & (pl.col("last_day") < pl.lit(change.to)).fill_null(value=True)
            return replace(
                register,
                contracts=register.contracts.with_columns(
                    pl.when(later).then(pl.lit(change.to)).otherwise(name).alias(name)
                    for name in ("extended_to", "last_day")
                ),
            )
        case RaiseCeiling():
            held = _held(register, change.contract_id, change.lot)
            ceiling = pl.lit(change.ceiling_sek).cast(pl.Decimal(18, 2))
            return replace(
                register,
                contracts=register.contracts.with_columns(
                    ceiling_sek=pl.when(held).then(ceiling).otherwise("ceiling_sek")
                ),
            )
        case Entitle():
            return _entitled(register, change)
        case Procure():
            return _procured(register, change)


def _held(register: Register, contract_id: str, lot: str | None) -> pl.Expr:
    """Return the condition that finds the contract's lots. Raises UsageError when there is none."""
    held = pl.col("contract_id") == contract_id
    if lot is not None:
        held &= pl.col("lot") == lot
    if register.contracts.filter(held).is_empty():
        raise UsageError(
            f"the register has no contract {contract_id}{f' lot {lot}' if lot else ''}",
            at=Place("compliance whatif"),
            why="only what the register holds can be changed in a trial",
            fix=nearest(contract_id, register.contracts["contract_id"].to_list()),
        )
    return held


def _entitled(register: Register, change: Entitle) -> Register:
    lots = register.contracts.filter(_held(register, change.contract_id, change.lot))
    # A lot that lists nobody is open to all: to list a unit there would shut the others out.
    listed = lots.join(
        register.contract_units.select("contract_id", "lot").unique(), on=["contract_id", "lot"]
    )
    units = pl.DataFrame({"unit": list(change.units)}, schema={"unit": pl.String})
    added = listed.select("contract_id", "lot").join(units, how="cross")
    return replace(
        register,
        contract_units=pl.concat([register.contract_units, added])
        .unique()
        .sort("contract_id", "lot", "unit"),
    )


def _procured(register: Register, change: Procure) -> Register:
    lot = pl.DataFrame({"contract_id": [change.contract_id], "lot": [""]})
    contract = lot.with_columns(
        title=pl.lit(f"{change.category_code} (whatif)"),
        kind=pl.lit("framework"),
        valid_from=pl.lit(change.valid_from),
        valid_to=pl.lit(change.valid_to),
        last_day=pl.lit(change.valid_to),
    )
    parties = pl.DataFrame(change.parties, schema=PARTY)
    new = parties.join(register.suppliers, on="supplier_id", how="anti").with_columns(
        is_person=pl.lit(value=False)
    )
    scope = lot.with_columns(scheme=pl.lit("category"), prefix=pl.lit(change.category_code))
    return replace(
        register,
        suppliers=_added(register.suppliers, new).sort("supplier_id"),
        contracts=_added(register.contracts, contract).sort("contract_id", "lot"),
        contract_parties=_added(
            register.contract_parties, lot.join(parties.select("supplier_id"), how="cross")
        ),
        contract_scopes=_added(register.contract_scopes, scope),
    )


def _lines(change: Redirect) -> pl.DataFrame:
    keys = pl.Series("key", change.line_ids, dtype=pl.Int64).cast(pl.String)
    return keys.to_frame().with_columns(
        subject=pl.lit("line"),
        decision=pl.lit("covered"),
        contract_id=pl.lit(change.contract_id),
    )


def _match(change: AcceptMatch) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "subject": ["vendor_match"],
            "key": [change.vendor_id],
            "decision": ["accept"],
            "supplier_org_number": [change.supplier_org_number],
        }
    )


def _decided(inputs: Inputs, rows: pl.DataFrame) -> Inputs:
    """Append rows as the last lines of decisions.csv.

    A frame, and no row by itself: a redirect decides thousands of postings.
    """
    known = inputs.decisions
    last = known["decision_row"].max()
    said = rows.with_row_index("decision_row", (last if isinstance(last, int) else 1) + 1)
    said = said.with_columns(
        decided_on=pl.lit(date.max),  # later than any other: the latest decision stands
        decided_by=pl.lit(DECIDED_BY),
    )
    return replace(inputs, decisions=_added(known, said))


def _added(frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Append rows in the frame's types; columns that they lack are null."""
    typed = rows.cast({name: frame.schema[name] for name in rows.columns})
    return pl.concat([frame, typed], how="diagonal")
