"""Why does this posting stand where it stands? Its whole way, told from the published tables.

The tests that decide its state are made again, one by one, with the values they compared
(contract_tests.py): a reading of its own, so that a state that SQL got wrong shows as a
contradiction. Gets rows, gives lines of text; knows neither files nor the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compliance.contract_tests import contract_name, registered, sek, told_contracts
from compliance.errors import Place, UsageError, counted, nearest
from compliance.identifiers import parse

Row = Mapping[str, Any]
Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]

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
_DECISION = """
select decision_row, decided_on, decided_by, decision, contract_id, note
from decisions
where
    subject = 'line' and key = $key and standing = 'live'
    and (valid_from is null or valid_from <= $day)
    and (valid_to is null or valid_to >= $day)
order by decided_on desc nulls last, decision_row desc
limit 1
"""
# By its own number, or as what it was matched to: the evidence shows both numbers.
_VENDORS = """
select vendors.vendor_id
from vendors
left join vendor_matches
    on vendors.vendor_id = vendor_matches.vendor_id and vendor_matches.outcome = 'matched'
left join suppliers on vendor_matches.supplier_id = suppliers.supplier_id
where
    vendors.vendor_id = $k or vendors.vendor_name = $k or vendors.org_number = $number
    or suppliers.org_number = $number
order by vendors.vendor_id
"""
# An ordinary shell's command as it stands, with a part of the name to write in it.
_FIND = (
    'look for a part of its name: compliance sql "select vendor_id, vendor_name from vendors '
    "where vendor_name ilike '%PART%'\""
)
_FIGURES = """
select uncovered_share, target_share, volume_sek, uncovered_sek
from kpi_monthly where period = $period
"""


def explain(ask: Ask, key: str, identify: Mapping[str, str] | None = None) -> list[str]:
    """Tell the way of a posting (line_id), of an invoice's postings, or of a vendor.

    `identify` maps a person's vendor_id to the real name; without it the pseudonym stands.
    Raises UsageError when nothing in the database has that key.
    """
    names = identify or {}
    is_number = bool(re.fullmatch("[0-9]+", key)) and len(key) < 20 and int(key) < 1 << 63
    if is_number and ask("select 1 as found from ledger_lines where line_id = $k", {"k": int(key)}):
        return explain_line(ask, int(key), names)
    invoice = ask(
        "select line_id from ledger_lines where invoice_no = $k or voucher_no = $k"
        " order by line_id",
        {"k": key},
    )
    if invoice:
        told = [f"{key}: {counted(len(invoice), 'posting')}"]
        for row in invoice:
            told += ["", *explain_line(ask, row["line_id"], names)]
        return told
    vendors = [row["vendor_id"] for row in ask(_VENDORS, {"k": key, "number": _number(key)})]
    vendors += sorted(vendor for vendor, name in names.items() if name == key)
    if vendors:
        return [line for vendor in vendors for line in explain_vendor(ask, vendor, names)]
    known = [
        row["vendor_name"]
        for row in ask(
            "select distinct vendor_name from vendors where vendor_name is not null"
            " order by vendor_name limit 20000",
            {},
        )
    ]
    raise UsageError(
        f"nothing has the key {key!r}",
        at=Place("compliance explain"),
        why="no line_id, invoice, voucher, vendor_id, vendor name or org number is called that",
        fix=nearest(key, known, otherwise=_FIND)
        if not is_number
        else 'find one: compliance sql "select line_id from ledger_lines limit 5"',
    )


def _number(key: str) -> str:
    """Return ten digits for an org number in any of its forms, such as that of the evidence."""
    found = parse(key)
    return found.number if found.state in ("organisation", "mistyped") else key


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
        f"  amount    {sek(line['amount_sek'])}",
        f"  account   {_or_dash(line['account_code'])} {line['account_name'] or ''}".rstrip(),
        f"  category  {_or_dash(line['category_code'])} {line['category_name'] or ''}".rstrip(),
        f"  unit      {_or_dash(line['unit'])} → {_or_dash(line['department'])}",
        f"  names     {_or_dash(line['contract_ref'])} as its contract"
        + registered(ask, line, parts[0]),
        *_told_vendor(ask, line, identify),
        *_told_exclusion(ask, parts),
        *told_contracts(ask, line, parts, policy),
        "so it is",
        *[_told_part(part) for part in parts],
        *_told_decision(ask, line, parts),
    ]
    return told + _told_figures(ask, line)


def explain_vendor(ask: Ask, vendor_id: str, identify: Mapping[str, str]) -> list[str]:
    """Tell who a vendor is held to be, how that is known, and how its purchases stand."""
    row = ask("select * from vendors where vendor_id = $vendor_id", {"vendor_id": vendor_id})[0]
    told = [f"vendor {vendor_id}", *_told_vendor(ask, row, identify)]
    states = ask(
        "select state, side, count(*) as postings, sum(amount_sek) as amount_sek from purchases"
        " where vendor_id = $vendor_id group by state, side order by state, side",
        {"vendor_id": vendor_id},
    )
    told += ["purchases"]
    return told + [
        f"  {row['state']:<18} {row['side']:<9} {row['postings']:>7} "
        f"{'posting ' if row['postings'] == 1 else 'postings'}  "
        f"{sek(row['amount_sek'])}"
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
    title = f"{words[0]['title']}: {words[0]['why']}" if words else "a decision, see below"
    return ["exclusions", f"  {rule} applies. {title}"]


def _told_part(part: Row) -> str:
    decided = ", as decided" if part["is_decided"] else ""
    before = part["called_off_before_sek"]
    ceiling = f", called off before it {sek(before)}" if before is not None else ""
    contract = contract_name(part["contract_id"], part["lot"]) if part["contract_id"] else "–"
    return (
        f"  part {part['part']}: {part['state']} ({part['side']}), {sek(part['amount_sek'])}, "
        f"contract {contract}{ceiling}{decided}"
    )


def _told_decision(ask: Ask, line: Row, parts: Sequence[Row]) -> list[str]:
    """Tell who decided about the posting itself, when and why, where a person did."""
    if not any(part["is_decided"] for part in parts):
        return []
    values = {"key": str(line["line_id"]), "day": line["purchase_date"]}
    for row in ask(_DECISION, values):
        contract = f" under {row['contract_id']}" if row["contract_id"] else ""
        note = f": {row['note']}" if row["note"] else ", without a note"
        return [
            "decided",
            f"  {row['decision']}{contract} by {row['decided_by']} on {row['decided_on']}{note}",
            f"  decisions.csv, row {row['decision_row']}",
        ]
    return []


def _told_figures(ask: Ask, line: Row) -> list[str]:
    period = line["purchase_date"].replace(day=1)
    month = ask(_FIGURES, {"period": period})
    if not month or month[0]["uncovered_share"] is None:
        return [f"it counts in {period:%Y-%m}, which has no share"]
    share = month[0]
    return [
        "it counts in",
        (
            f"  kpi_monthly {period:%Y-%m}: {share['uncovered_share']:.1%} uncovered of "
            f"{sek(share['volume_sek'])}"
        ),
        f"  kpi_yearly {period.year}",
        f"  the twelve months of kpi_rolling_12 from {period:%Y-%m} on",
        "  its department's and category's figures",
    ]


def _or_dash(value: object) -> object:
    return "–" if value in (None, "") else value
