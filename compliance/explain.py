"""Why does this posting stand where it stands? Its whole way, told from the published tables.

The tests of the public contract are made again here, one by one, with the values they compared: a
reading of its own, so that a state that SQL got wrong shows as a contradiction. Gets rows, gives
lines of text; knows neither files nor the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from compliance.errors import Place, UsageError, nearest

Row = Mapping[str, Any]
Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]

_OPEN_END = date(9999, 12, 31)
_UNIT = """
select contract_id, lot, unit from contract_units
where contract_id = $contract_id and lot = $lot order by unit
"""
_SCOPE = """
select scheme, prefix from contract_scopes
where contract_id = $contract_id and lot = $lot order by scheme, prefix
"""
_LINE = """
select
    ledger_lines.*, source_files.path, source_files.source, vendors.vendor_name,
    vendors.org_number, vendors.is_person, vendors.is_usable, categories.cpv,
    categories.name_sv as category_name,
from ledger_lines
inner join source_files on ledger_lines.file_id = source_files.file_id
left join vendors on ledger_lines.vendor_id = vendors.vendor_id
left join categories on ledger_lines.category_code = categories.category_code
where ledger_lines.line_id = $line_id
"""
_MATCH = """
select
    vendor_matches.*, suppliers.supplier_name, suppliers.org_number as supplier_org_number
from vendor_matches
left join suppliers on vendor_matches.supplier_id = suppliers.supplier_id
where vendor_matches.vendor_id = $vendor_id
"""
_PARTS = """
select coverage.*, purchases.supplier_id
from coverage
inner join purchases
    on coverage.line_id = purchases.line_id and coverage.part = purchases.part
where coverage.line_id = $line_id order by coverage.part
"""
_SUPPLIERS_CONTRACTS = """
select contracts.*, contract_parties.rank
from contract_parties
inner join contracts
    on contract_parties.contract_id = contracts.contract_id
    and contract_parties.lot = contracts.lot
where contract_parties.supplier_id = $supplier_id
order by contracts.contract_id, contracts.lot
"""
_ONE_CONTRACT = """
select contracts.*, null as rank from contracts
where contract_id = $contract_id and lot = $lot
"""
_FIGURES = """
select uncovered_share, target_share, volume_sek, uncovered_sek
from kpi_monthly where period = $period
"""


@dataclass(frozen=True)
class Tested:
    """What the tests of one contract say of one posting; None is "cannot be tested"."""

    is_valid: bool
    in_tail: bool
    in_scope: bool | None
    is_entitled: bool


def explain(ask: Ask, key: str, identify: Mapping[str, str] | None = None) -> list[str]:
    """Tell the way of a posting (line_id), of an invoice's postings, or of a vendor.

    `identify` maps a person's vendor_id to the real name; without it the pseudonym stands.
    Raises UsageError when nothing in the database has that key.
    """
    if key.isdigit() and ask(
        "select 1 as found from ledger_lines where line_id = $k", {"k": int(key)}
    ):
        return explain_line(ask, int(key), identify or {})
    invoice = ask(
        "select line_id from ledger_lines where invoice_no = $k or voucher_no = $k"
        " order by line_id",
        {"k": key},
    )
    if invoice:
        told = [f"{key}: {len(invoice)} postings"]
        for row in invoice:
            told += ["", *explain_line(ask, row["line_id"], identify or {})]
        return told
    vendor = ask(
        "select vendor_id from vendors where vendor_id = $k or vendor_name = $k or org_number = $k"
        " order by vendor_id",
        {"k": key},
    )
    if vendor:
        return [line for row in vendor for line in explain_vendor(ask, row["vendor_id"])]
    names = [row["vendor_name"] for row in ask("select vendor_name from vendors", {})]
    raise UsageError(
        f"nothing has the key {key!r}",
        at=Place("compliance explain"),
        why="no line_id, invoice, voucher, vendor_id, vendor name or org number is called that",
        fix=nearest(key, [name for name in names if name][:20_000])
        if not key.isdigit()
        else 'find one: compliance sql "select line_id from ledger_lines limit 5"',
    )


def explain_line(ask: Ask, line_id: int, identify: Mapping[str, str]) -> list[str]:
    """Tell one posting's way: file and row, vendor, match, every test, state, and its figures."""
    line = ask(_LINE, {"line_id": line_id})[0]
    policy = ask("select * from build_info", {})[0]
    parts = ask(_PARTS, {"line_id": line_id})
    told = [
        f"posting {line_id}",
        f"  file      {line['path']}, row {line['file_row']} (profile {line['source']})",
        f"  voucher   {_or_dash(line['voucher_no'])}, invoice {_or_dash(line['invoice_no'])}",
        f"  date      {line['purchase_date']} ({line['date_source']} date)",
        f"  amount    {_sek(line['amount_sek'])}",
        f"  account   {_or_dash(line['account_code'])} {line['account_name'] or ''}".rstrip(),
        f"  category  {_or_dash(line['category_code'])} {line['category_name'] or ''}".rstrip(),
        f"  unit      {_or_dash(line['unit'])} → {_or_dash(line['department'])}",
        f"  names     {_or_dash(line['contract_ref'])} as its contract",
        *_told_vendor(ask, line, identify),
        *_told_exclusion(ask, parts),
        *_told_contracts(ask, line, parts, policy),
        "so it is",
        *[_told_part(part) for part in parts],
    ]
    return told + _told_figures(ask, line)


def explain_vendor(ask: Ask, vendor_id: str) -> list[str]:
    """Tell who a vendor is held to be, how that is known, and how its purchases stand."""
    row = ask("select * from vendors where vendor_id = $vendor_id", {"vendor_id": vendor_id})[0]
    told = [f"vendor {vendor_id}", *_told_vendor(ask, row, {})]
    states = ask(
        "select state, side, count(*) as postings, sum(amount_sek) as amount_sek from purchases"
        " where vendor_id = $vendor_id group by state, side order by state, side",
        {"vendor_id": vendor_id},
    )
    told += ["purchases"]
    return told + [
        f"  {row['state']:<18} {row['side']:<9} {row['postings']:>7} postings  "
        f"{_sek(row['amount_sek'])}"
        for row in states
    ]


def _told_vendor(ask: Ask, line: Row, identify: Mapping[str, str]) -> list[str]:
    if line["vendor_id"] is None:
        return ["vendor", "  none is named"]
    name = identify.get(line["vendor_id"], line["vendor_name"])
    told = [
        "vendor",
        f"  {_or_dash(name)}, org number {_or_dash(line['org_number'])} ({line['vendor_id']})",
    ]
    if not line["is_usable"]:
        return [*told, "  a blank or generic name: nobody can say who sold it"]
    match = ask(_MATCH, {"vendor_id": line["vendor_id"]})
    if not match:
        return [*told, "  no match was tried"]
    found = match[0]
    supplier = found["supplier_name"] or "no supplier of the register"
    if found["probability"] is not None:
        told.append(f"  {found['outcome']}: {supplier} (probability {found['probability']:.3f})")
    else:
        told.append(f"  {found['outcome']}: {supplier}")
    return [*told, f"  by {_or_dash(found['method'])}: {found['evidence'] or 'no evidence'}"]


def _told_exclusion(ask: Ask, parts: Sequence[Row]) -> list[str]:
    rule = parts[0]["rule_id"]
    if rule is None:
        return ["exclusions", "  none applies: it is a purchase"]
    words = ask(
        "select title, why from exclusion_rules where exclusion_id = $rule_id", {"rule_id": rule}
    )
    title = f"{words[0]['title']}: {words[0]['why']}" if words else "a decision of the reviewers"
    return ["exclusions", f"  {rule} applies. {title}"]


def _told_contracts(ask: Ask, line: Row, parts: Sequence[Row], policy: Row) -> list[str]:
    """Tell each contract of the posting's supplier, test by test; then the one chosen."""
    first = parts[0]
    if first["side"] == "exempt":
        return []
    contracts: list[dict[str, Any]] = []
    if first["supplier_id"] is None:
        told = ["contracts", "  the vendor is no supplier of the register"]
    else:
        told = ["contracts of the supplier"]
        contracts = ask(_SUPPLIERS_CONTRACTS, {"supplier_id": first["supplier_id"]})
    for contract in contracts:
        told += _told_contract(ask, contract, line, policy["tail_days"])
    chosen = (first["contract_id"], first["lot"])
    if first["contract_id"] is None:
        return [*told, "  none is chosen"]
    if chosen in {(contract["contract_id"], contract["lot"]) for contract in contracts}:
        named = ", named by the posting" if first["is_named"] else ""
        return [*told, f"  chosen: {_contract_name(*chosen)}{named}"]
    told.append("contract of another supplier that should have been used")
    for contract in ask(_ONE_CONTRACT, {"contract_id": chosen[0], "lot": chosen[1]}):
        told += _told_contract(ask, contract, line, policy["tail_days"])
    return told


def _told_contract(ask: Ask, contract: Row, line: Row, tail_days: int) -> list[str]:
    key = {"contract_id": contract["contract_id"], "lot": contract["lot"]}
    scopes, units = ask(_SCOPE, key), ask(_UNIT, key)
    tested = contract_tests(contract, scopes, [row["unit"] for row in units], line, tail_days)
    entries = ", ".join(f"{row['scheme']}:{row['prefix']}" for row in scopes)
    listed = ", ".join(row["unit"] for row in units)
    told = [
        f"  {_contract_name(key['contract_id'], key['lot'])} {contract['title'] or ''}".rstrip()
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
            f"    ceiling {_sek(contract['ceiling_sek'])}, called off in all "
            f"{_sek(contract['called_off_sek'])}"
        )
    return told


def contract_tests(
    contract: Row, scopes: Sequence[Row], units: Sequence[str], line: Row, tail_days: int
) -> Tested:
    """Make the tests of the public contract, section 6, on one contract lot and one posting.

    A scope entry can be compared when the posting has what its scheme speaks of (category,
    account, CPV); in scope is a prefix. Units are compared without case, with the posting's unit
    and its department.
    """
    day, last_day = line["purchase_date"], contract["last_day"] or _OPEN_END
    has = {
        "category": line["category_code"],
        "account": line["account_code"],
        "cpv": line["cpv"],
    }
    comparable = [row for row in scopes if has.get(row["scheme"])]
    in_scope = any(has[row["scheme"]].startswith(row["prefix"]) for row in comparable)
    own = {(line[name] or "").casefold() for name in ("unit", "department")}
    return Tested(
        is_valid=contract["valid_from"] <= day <= last_day,
        in_tail=last_day < day <= last_day + timedelta(days=tail_days),
        in_scope=in_scope if comparable else None,
        is_entitled=not units or any(unit.casefold() in own for unit in units),
    )


def _date_words(tested: Tested, contract: Row, line: Row) -> str:
    if tested.is_valid:
        return "valid"
    if line["purchase_date"] < contract["valid_from"]:
        return f"{(contract['valid_from'] - line['purchase_date']).days} days before its first day"
    days = (line["purchase_date"] - contract["last_day"]).days
    return f"{days} days after its last day{', within the tail' if tested.in_tail else ''}"


def _scope_words(in_scope: bool | None) -> str:  # noqa: FBT001 - a three-valued answer
    return {True: "in scope", False: "not in scope", None: "cannot be tested"}[in_scope]


def _told_part(part: Row) -> str:
    decided = ", as decided" if part["is_decided"] else ""
    before = part["called_off_before_sek"]
    ceiling = f", called off before it {_sek(before)}" if before is not None else ""
    contract = _contract_name(part["contract_id"], part["lot"]) if part["contract_id"] else "–"
    return (
        f"  part {part['part']}: {part['state']} ({part['side']}), {_sek(part['amount_sek'])}, "
        f"contract {contract}{ceiling}{decided}"
    )


def _told_figures(ask: Ask, line: Row) -> list[str]:
    period = line["purchase_date"].replace(day=1)
    month = ask(_FIGURES, {"period": period})
    if not month or month[0]["uncovered_share"] is None:
        return [f"it counts in {period:%Y-%m}, which has no share"]
    share = month[0]
    return [
        (
            f"it counts in kpi_monthly {period:%Y-%m}: {share['uncovered_share']:.1%} uncovered of "
            f"{_sek(share['volume_sek'])}, in kpi_yearly {period.year}, in the twelve months of "
            f"kpi_rolling_12 from {period:%Y-%m} on, and in its department's and category's figures"
        )
    ]


def _contract_name(contract_id: str, lot: str | None) -> str:
    return f"{contract_id} lot {lot}" if lot else contract_id


def _or_dash(value: object) -> object:
    return "–" if value in (None, "") else value


def _sek(amount: Decimal | None) -> str:
    """Write kronor to the öre, thousands apart: an auditor copies it into a calculator."""
    return "–" if amount is None else f"{amount:,.2f} SEK".replace(",", " ")
