"""What would the figure be if a contract were extended, its ceiling raised, a category procured?

Reads the wishes as a person types them, changes the inputs as the register would be changed, and
computes before and after by the same models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from compliance.category_names import code_of, cure
from compliance.changes import Change, Extend, RaiseCeiling, changed
from compliance.errors import InputError, Place, UsageError
from compliance.inputs import Inputs
from compliance.plan import procurement

Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]
Compute = Callable[[Inputs, Sequence[str]], AbstractContextManager[Ask]]

_FIGURES = """
select 'this year' as period_name, kpi_yearly.* from kpi_yearly
where period = (select max(period) from kpi_yearly)
union all
select 'last 12 months' as period_name, kpi_rolling_12.* from kpi_rolling_12
where period = (select max(period) from kpi_rolling_12)
order by period_name desc
"""
_TABLES = ("kpi_yearly", "kpi_rolling_12", "build_info")
HIGHEST_SEK = Decimal(10) ** 16  # what DECIMAL(18, 2) holds
_PARTS = ("gap", "leakage", "expired", "ceiling", "entitlement", "scope", "unknown")


@dataclass(frozen=True)
class Wish:
    """One option of the command line: what to change, and its text."""

    option: str  # extend | ceiling | procure
    text: str


def whatif(inputs: Inputs, wishes: Sequence[Wish], compute: Compute) -> list[str]:
    """Say the figure before and after, and the parts that move.

    Raises UsageError for a wish, and InputError without postings.
    """
    if not wishes:
        raise UsageError(
            "nothing to change was named",
            at=Place("compliance whatif"),
            why="the figure is told before and after a change",
            fix="add --extend CONTRACT=2027-12-31, --ceiling CONTRACT=5000000, --procure CATEGORY",
        )
    if not any(file.rows_loaded for file in inputs.ledger):
        raise InputError(
            "there are no postings to try it on",
            at=Place("compliance whatif"),
            why="every row was rejected, or the ledger files hold none",
            fix="run `compliance check`: it tells every row that is not loaded",
        )
    needed = (*_TABLES, "work_action_parts") if _procures(wishes) else _TABLES
    with compute(inputs, needed) as ask:
        before = ask(_FIGURES, {})
        changes = [_change(ask, inputs, wish) for wish in wishes]
    with compute(changed(inputs, changes), _TABLES) as ask:
        after = ask(_FIGURES, {})
    return [line for old, new in zip(before, after, strict=True) for line in _told(old, new)]


def _procures(wishes: Sequence[Wish]) -> bool:
    return any(wish.option == "procure" for wish in wishes)


def _change(ask: Ask, inputs: Inputs, wish: Wish) -> Change:
    if wish.option == "procure":
        return _procured(ask, inputs, wish.text)
    name, _, value = wish.text.rpartition("=")  # a diary number may hold one too
    contract_id, lot = _named(inputs, name)
    try:
        if wish.option == "extend":
            return _extended(inputs, contract_id, date.fromisoformat(value), lot)
        return RaiseCeiling(contract_id, _ceiling(value), lot)
    except (ValueError, InvalidOperation):
        shape = "CONTRACT=2027-12-31" if wish.option == "extend" else "CONTRACT=5000000"
        raise UsageError(
            f"{wish.text!r} cannot be read",
            at=Place(f"--{wish.option}"),
            why=f"the last part must be a {'day' if wish.option == 'extend' else 'sum in kronor'}",
            fix=f"write --{wish.option} {shape}, or CONTRACT/LOT=… for one lot",
        ) from None


def _named(inputs: Inputs, name: str) -> tuple[str, str | None]:
    """Return contract and lot: `KS 2024/118` is a contract when the register has it.

    Of `K/B/2` it is the lot `2` of `K/B`, or `B/2` of `K`, whichever the register has.
    """
    held = set(inputs.register.contracts.select("contract_id", "lot").iter_rows())
    contracts = {contract_id for contract_id, _ in held}
    if "/" not in name or name in contracts:
        return name, None
    parts = name.split("/")
    ways = [("/".join(parts[:at]), "/".join(parts[at:])) for at in range(len(parts) - 1, 0, -1)]
    contract_id, lot = next((way for way in ways if way in held), ways[0])
    return contract_id, lot or None


def _ceiling(text: str) -> Decimal:
    """Read the kronor of a ceiling. Raises ValueError for what no register could hold."""
    ceiling = Decimal(text.replace(" ", ""))
    if not ceiling.is_finite() or not 0 <= ceiling < HIGHEST_SEK:
        raise ValueError(text)
    return ceiling


def _extended(inputs: Inputs, contract_id: str, to: date, lot: str | None) -> Extend:
    """Return the wish. Raises UsageError when no lot would last longer than it does."""
    lots = inputs.register.contracts.filter(contract_id=contract_id)
    if lot is not None:
        lots = lots.filter(lot=lot)
    last = lots["last_day"].min()
    if isinstance(last, date) and to <= last:
        raise UsageError(
            f"{contract_id} lasts until {last} already",
            at=Place("--extend"),
            why="a contract is extended to a day after its last one",
            fix=f"name a day after {last}",
        )
    return Extend(contract_id, to, lot)


def _procured(ask: Ask, inputs: Inputs, category: str) -> Change:
    categories = inputs.rules.categories
    code = code_of(category, categories)
    if code is None:
        raise UsageError(
            f"there is no category {category!r}",
            at=Place("--procure"),
            why="what would be procured is a category of rules/categories.toml",
            fix=cure(category, categories),
        )
    return procurement(ask, inputs, code)


def _told(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    lines = [
        (
            f"{old['period_name']:<15} {_share(old)} → {_share(new)}   uncovered "
            f"{old['uncovered_sek']:,.2f} → {new['uncovered_sek']:,.2f} SEK"
        )
    ]
    for part in _PARTS:
        before, after = old[f"{part}_sek"], new[f"{part}_sek"]
        if before != after:
            lines.append(f"  {part:<13} {before:>18,.2f} → {after:>18,.2f} SEK")
    return lines


def _share(row: Mapping[str, Any]) -> str:
    return "–" if row["uncovered_share"] is None else f"{row['uncovered_share']:.3%}"
