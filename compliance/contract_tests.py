"""Which contracts has the posting's supplier, and which test of each does the posting pass?

The tests that decide a state, made again on the published tables by a reading of its own, and told
line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from compliance.errors import counted
from compliance.masking import NAME_MASK
from compliance.personal_numbers import MASK

Row = Mapping[str, Any]
Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]

_OPEN_END = date(9999, 12, 31)
_UNIT = """
select contract_id, lot, unit from contract_units
where contract_id = $contract_id and lot = $lot order by unit
"""
_FORMER_NAMES = """
select former_name from former_names where department = $department order by former_name
"""
_SCOPE = """
select scheme, prefix from contract_scopes
where contract_id = $contract_id and lot = $lot order by scheme, prefix
"""
# A business with several numbers, or an affiliate, is several suppliers on one day.
_SUPPLIERS = """
select supplier_id from vendor_identities
where vendor_id = $vendor_id
    and (valid_from is null or valid_from <= $day) and (valid_to is null or $day <= valid_to)
"""
_SUPPLIERS_CONTRACTS = """
select * from contracts
where (contract_id, lot) in (
    select (contract_parties.contract_id, contract_parties.lot)
    from contract_parties
    inner join vendor_identities
        on contract_parties.supplier_id = vendor_identities.supplier_id
    where vendor_id = $vendor_id
        and (valid_from is null or valid_from <= $day) and (valid_to is null or $day <= valid_to)
)
order by contract_id, lot
"""
_ONE_CONTRACT = """
select * from contracts
where contract_id = $contract_id and lot = $lot
"""
_REGISTERED = """
select
    contracts.contract_id, contract_parties.supplier_id
from contracts
left join contract_parties
    on contracts.contract_id = contract_parties.contract_id
    and contracts.lot = contract_parties.lot
where upper(trim(contracts.contract_id)) = upper(trim($written))
"""


@dataclass(frozen=True)
class Tested:
    """What the tests of one contract say of one posting; None is "cannot be tested"."""

    is_valid: bool
    in_tail: bool
    in_scope: bool | None
    is_entitled: bool


def registered(ask: Ask, line: Row, part: Row) -> str:
    """Say of a contract that is named and not chosen whether the register has it, and for whom."""
    written = line["contract_ref"]
    # A reference that is masked cannot be looked up.
    if written in (None, "") or part["is_named"] or MASK in written or NAME_MASK in written:
        return ""
    parties = ask(_REGISTERED, {"written": written})
    if not parties:
        return "; the register has no such contract"
    suppliers = {row["supplier_id"] for row in ask(_SUPPLIERS, _seller(line))}
    if suppliers and suppliers.isdisjoint(row["supplier_id"] for row in parties):
        return "; its supplier is no party to it"
    return ""


def told_contracts(ask: Ask, line: Row, parts: Sequence[Row], policy: Row) -> list[str]:
    """Tell each contract of the posting's supplier, test by test; then the one chosen."""
    first = parts[0]
    if first["side"] == "exempt":
        return []
    contracts: list[dict[str, Any]] = []
    if first["supplier_id"] is None:
        told = ["contracts", "  the vendor is no supplier of the register"]
    else:
        told = ["contracts of the supplier"]
        contracts = ask(_SUPPLIERS_CONTRACTS, _seller(line))
    for contract in contracts:
        told += _told_contract(ask, contract, line, policy["tail_days"])
    chosen = (first["contract_id"], first["lot"])
    if first["contract_id"] is None:
        return [*told, "  none is chosen"]
    if chosen in {(contract["contract_id"], contract["lot"]) for contract in contracts}:
        named = ", named by the posting" if first["is_named"] else ""
        return [*told, f"  chosen: {contract_name(*chosen)}{named}"]
    is_decided = first["is_decided"] and first["side"] == "covered"
    told.append(
        "contract of another supplier that it is decided to be bought under"
        if is_decided
        else "contract of another supplier that should have been used"
    )
    for contract in ask(_ONE_CONTRACT, {"contract_id": chosen[0], "lot": chosen[1]}):
        told += _told_contract(ask, contract, line, policy["tail_days"])
    return told


def _seller(line: Row) -> dict[str, object]:
    return {"vendor_id": line["vendor_id"], "day": line["purchase_date"]}


def _told_contract(ask: Ask, contract: Row, line: Row, tail_days: int) -> list[str]:
    key = {"contract_id": contract["contract_id"], "lot": contract["lot"]}
    scopes, units = ask(_SCOPE, key), [row["unit"] for row in ask(_UNIT, key)]
    former = {
        row["former_name"].casefold()
        for row in ask(_FORMER_NAMES, {"department": line["department"]})
    }
    tested = contract_tests(contract, scopes, units, [*_own(line), *former], line, tail_days)
    entries = ", ".join(f"{row['scheme']}:{row['prefix']}" for row in scopes)
    listed = ", ".join(
        f"{unit} (now {line['department']})"
        if unit.casefold() in former.difference(_own(line))
        else unit
        for unit in units
    )
    told = [
        f"  {contract_name(key['contract_id'], key['lot'])} {contract['title'] or ''}".rstrip()
        + f" ({contract['kind']})",
        (
            f"    date    {line['purchase_date']} in {contract['valid_from']} … "
            f"{contract['last_day']}: {_date_words(tested, contract, line)}"
        ),
        f"    scope   {entries or 'not told'}: {_scope_words(tested.in_scope)}",
        (
            f"    unit    {listed or 'open to all'}: "
            f"{'entitled' if tested.is_entitled else 'not entitled'}"
        ),
    ]
    if contract["ceiling_sek"] is not None:
        told.append(
            f"    ceiling {sek(contract['ceiling_sek'])}, called off in all "
            f"{sek(contract['called_off_sek'])}"
        )
    return told


def contract_tests(
    contract: Row,
    scopes: Sequence[Row],
    units: Sequence[str],
    buyers: Sequence[str],
    line: Row,
    tail_days: int,
) -> Tested:
    """Make the tests that decide a state on one contract lot and one posting.

    A scope entry can be compared when the posting has what its scheme speaks of (category,
    account, CPV); in scope is a prefix. Units are compared without case, with the buyers: the
    posting's unit, its department, and what the department was called before.
    """
    day, last_day = line["purchase_date"], contract["last_day"] or _OPEN_END
    has = {
        "category": line["category_code"],
        "account": line["account_code"],
        "cpv": line["cpv"],
    }
    comparable = [row for row in scopes if has.get(row["scheme"])]
    in_scope = any(has[row["scheme"]].startswith(row["prefix"]) for row in comparable)
    return Tested(
        is_valid=contract["valid_from"] <= day <= last_day,
        in_tail=last_day < day <= last_day + timedelta(days=tail_days),
        in_scope=in_scope if comparable else None,
        is_entitled=not units or any(unit.casefold() in buyers for unit in units),
    )


def _own(line: Row) -> list[str]:
    return [line[name].casefold() for name in ("unit", "department") if line[name]]


def _date_words(tested: Tested, contract: Row, line: Row) -> str:
    if tested.is_valid:
        return "valid"
    if line["purchase_date"] < contract["valid_from"]:
        days = (contract["valid_from"] - line["purchase_date"]).days
        return f"{counted(days, 'day')} before its first day"
    days = (line["purchase_date"] - contract["last_day"]).days
    return (
        f"{counted(days, 'day')} after its last day{', within the tail' if tested.in_tail else ''}"
    )


def _scope_words(in_scope: bool | None) -> str:  # noqa: FBT001 - a three-valued answer
    return {True: "in scope", False: "not in scope", None: "cannot be tested"}[in_scope]


def contract_name(contract_id: str, lot: str | None) -> str:
    """Write a contract as its reader knows it."""
    return f"{contract_id} lot {lot}" if lot else contract_id


def sek(amount: Decimal | None) -> str:
    """Write kronor to the öre, thousands apart: an auditor copies it into a calculator."""
    return "–" if amount is None else f"{amount:,.2f} SEK".replace(",", " ")
