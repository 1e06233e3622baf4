"""Which few actions reach the target soonest, and what is the share after each?

The candidates come from the model work_action_parts, where each uncovered krona has one action.
They are put in the order of the kronor that they can reach, and the share after each of the first
rows is computed with the inputs changed as the action says, by the same models: a promise that a
rebuild keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from compliance.changes import (
    AcceptMatch,
    Change,
    Entitle,
    Extend,
    Party,
    Procure,
    RaiseCeiling,
    Redirect,
)
from compliance.inputs import Inputs
from compliance.register_suppliers import supplier_id

Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]

# Each row of the plan is a computation of its own; beyond these nobody reads.
LONGEST = 12
SCHEMA: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "rank": pl.Int32,
    "action": pl.String,
    "subject": pl.String,
    "amount_12m_sek": pl.Decimal(18, 2),
    "uncovered_share_after": pl.Float64,
    "department": pl.String,
    "uncovered_after_sek": pl.Decimal(18, 2),
}
_CANDIDATES = """
select action, subject, least(sum(amount_sek), min(room_sek)) as reach_sek,
    min(contract_id) as contract_id, min(lot) as lot, min(real_lot) as real_lot,
    min(candidate_org_number) as candidate_org_number, min(vendor_id) as vendor_id,
    min(category_code) as category_code,
from work_action_parts group by action, subject
having sum(amount_sek) > 0 order by reach_sek desc, action, subject limit $longest
"""
_DEPARTMENT = """
select department from work_action_parts where action = $action and subject = $subject
group by department order by sum(amount_sek) desc, department limit 1
"""
_WINDOW = """
select sum(uncovered_sek) as uncovered_sek, sum(volume_sek) as volume_sek from kpi_monthly
where period >= (select date_trunc('month', as_of) - interval 11 months from build_info)
"""
# An action of a country has millions of parts: each asks for what it needs of them, never all.
# Of what is redirected, the smallest postings that there is room for, if for any: no ceiling parts
# one.
_LINES = """
select coalesce(list(line_id order by line_id, part), []) as line_ids from (
    select line_id, part, room_sek, sum(amount_sek) over (order by amount_sek, line_id, part
        rows between unbounded preceding and current row) as running_sek
    from work_action_parts where action = $action and subject = $subject
) where coalesce(running_sek <= room_sek, true)
"""
_UNITS = """
select distinct unit from work_action_parts
where action = $action and subject = $subject and unit <> '' order by unit
"""
_SELLERS = """
select org_number, max_by(vendor_id, line_id) as vendor_id from work_action_parts
where action = $action and subject = $subject group by org_number order by org_number
"""


@dataclass(frozen=True)
class Action:
    """One row of the plan before its effect is known."""

    action: str
    subject: str
    amount_sek: Decimal
    department: str | None
    change: Change


def action_plan(
    ask: Ask, inputs: Inputs, uncovered_less: Callable[[Sequence[Change]], list[Decimal]]
) -> pl.DataFrame:
    """Return the table `action_plan`, one row per action that moves the figure, in their order.

    `uncovered_less` says by how many kronor the first 1, 2, 3 … changes lower the window's
    uncovered_sek.
    """
    now = ask(_WINDOW, {})[0]
    if now["volume_sek"] is None or now["volume_sek"] <= 0:
        return pl.DataFrame(schema=SCHEMA)
    actions, effects = moving(candidates(ask, inputs), uncovered_less)
    rows = []
    for rank, (action, less) in enumerate(zip(actions, effects, strict=True), start=1):
        left = now["uncovered_sek"] - less
        rows.append(
            (
                rank,
                action.action,
                action.subject,
                action.amount_sek,
                float(left) / float(now["volume_sek"]),
                action.department,
                left,
            )
        )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def moving(
    actions: Sequence[Action], uncovered_less: Callable[[Sequence[Change]], list[Decimal]]
) -> tuple[Sequence[Action], list[Decimal]]:
    """Return the actions that each lower the figure after those before, and what all up to each do.

    One that moves nothing (to a contract that is full, say) is left out, and the others are tried
    again without it: what a later one promises may have rested on it.
    """
    while True:
        effects = uncovered_less([action.change for action in actions])
        kept = [
            action
            for action, less, before in zip(actions, effects, [Decimal(0), *effects], strict=False)
            if less > before
        ]
        if len(kept) == len(actions):
            return actions, effects
        actions = kept


def candidates(ask: Ask, inputs: Inputs) -> list[Action]:
    """Return the actions worth most kronor, each with the change that it is."""
    found = []
    for row in ask(_CANDIDATES, {"longest": LONGEST}):
        key = {"action": row["action"], "subject": row["subject"]}
        whose = ask(_DEPARTMENT, key) if row["action"] == "redirect" else []
        found.append(
            Action(
                row["action"],
                row["subject"],
                row["reach_sek"],
                whose[0]["department"] if whose else None,
                _change(ask, inputs, row),
            )
        )
    return found


def _change(ask: Ask, inputs: Inputs, row: Mapping[str, Any]) -> Change:
    # The register is changed under the lot's own name, whatever stands in the tables for it.
    contract_id, lot, real_lot = row["contract_id"], row["lot"], row["real_lot"]
    match row["action"]:
        case "review_match":
            return AcceptMatch(row["vendor_id"], row["candidate_org_number"])
        case "redirect":
            return Redirect(contract_id, tuple(_asked(ask, _LINES, row)[0]["line_ids"]))
        case "raise_ceiling":
            called_off = ask(
                "select called_off_sek from contracts"
                " where contract_id = $contract_id and lot = $lot",
                {"contract_id": contract_id, "lot": lot},
            )[0]["called_off_sek"]
            return RaiseCeiling(contract_id, called_off, real_lot)
        case "fix_register":
            units = tuple(r["unit"] for r in _asked(ask, _UNITS, row))
            return Entitle(contract_id, units, real_lot)
        case "extend":
            return Extend(contract_id, _last_option(inputs, contract_id, real_lot), real_lot)
        case _:
            return procurement(ask, inputs, row["category_code"])


def procurement(ask: Ask, inputs: Inputs, category_code: str) -> Procure:
    """Return a contract from the window's first day with those companies that sold the category.

    Only what was bought from them without a contract moves: a vendor without an org number could
    not be recognised as a party. A supplier of the register bears its name there: its vendor may be
    a person, decided to be that supplier.
    """
    asked = {"action": "procure", "subject": category_code}
    sellers = {row["org_number"]: row["vendor_id"] for row in _asked(ask, _SELLERS, asked)}
    registered = {
        number: Party(supplier, name, number)
        for number, supplier, name in inputs.register.suppliers.filter(
            pl.col("org_number").is_not_null()
        )
        .select("org_number", "supplier_id", "supplier_name")
        .iter_rows()
    }
    named = ask("select vendor_id, vendor_name from vendors where not is_person", {})
    names = {vendor["vendor_id"]: vendor["vendor_name"] for vendor in named}
    parties = tuple(
        registered.get(number) or Party(supplier_id(number), names[vendor], number)
        for number, vendor in sorted(sellers.items())
    )
    first = ask(
        "select cast(date_trunc('month', as_of) - interval 11 months as date) as first_day"
        " from build_info",
        {},
    )[0]["first_day"]
    new = Procure(category_code, first, date(inputs.as_of.year + 4, 12, 31), parties)
    held = set(inputs.register.contracts["contract_id"])
    while new.contract_id in held:
        new = replace(new, mark=f"{new.mark}+")
    return new


def _asked(ask: Ask, sql: str, row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return ask(sql, {"action": row["action"], "subject": row["subject"]})


def _last_option(inputs: Inputs, contract_id: str, lot: str) -> date:
    held = inputs.register.contracts.filter(
        (pl.col("contract_id") == contract_id) & (pl.col("lot") == lot)
    )
    last: date = held["max_end"].item()  # work_action_parts asks for an option left
    return last
