"""Doing what the action plan says, as a reader of its rows would: in the register and decisions.csv.

Works from the published tables alone; shares nothing with the code that made the plan.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
from runs import query

# The plan's window and whose purchases an action means, from the public tables.
_WINDOW = """
    purchases.side = 'uncovered' and not purchases.is_line_decided
    and purchases.purchase_date
        >= (select date_trunc('month', as_of) - interval 11 months from build_info)
"""
_NOT_IN_REVIEW = """
    purchases.vendor_id not in (select vendor_id from vendor_matches where outcome = 'review')
"""
# The smallest of them, up to the room that the contract has.
_PASSED_BY = f"""
    select line_id from (
        select line_id, remaining_sek, sum(amount_sek)
            over (order by amount_sek, line_id rows unbounded preceding) as so_far
        from purchases
        inner join contracts
            on purchases.contract_id = contracts.contract_id and purchases.lot = contracts.lot
        where {_WINDOW} and {_NOT_IN_REVIEW}
        and state in ('superseded', 'covered_elsewhere')
        and concat(purchases.contract_id, case when purchases.lot <> '' then '/' else '' end,
            purchases.lot) = ?
    ) where remaining_sek is null or so_far <= remaining_sek
"""
# Who is decided to be a supplier sells as that one.
_SELLERS = f"""
    select distinct sellers.org_number, vendors.vendor_name
    from purchases inner join vendors on purchases.vendor_id = vendors.vendor_id
    left join suppliers on purchases.supplier_id = suppliers.supplier_id
    cross join lateral (select case when purchases.is_decided and purchases.supplier_id is not null
        then suppliers.org_number else vendors.org_number end as org_number) as sellers
    left join contracts
        on purchases.contract_id = contracts.contract_id and purchases.lot = contracts.lot
    where {_WINDOW} and {_NOT_IN_REVIEW} and sellers.org_number is not null
    and purchases.category_code = ?
    and (
        purchases.state in ('no_contract', 'out_of_scope')
        or (purchases.state = 'expired' and not coalesce(
            max_end > last_day and coalesce(remaining_sek > 0, true)
            and max_end + (select tail_days from build_info) >= purchase_date, false))
    )
"""


def take(built: Path, workspace: Path, actions: Sequence[dict[str, Any]]) -> None:
    """Apply rows of `built`'s action_plan to the inputs of `workspace`."""
    register = next((workspace / "contracts").glob("*.xlsx"))
    book = openpyxl.load_workbook(register)
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[1]}
    decided: list[dict[str, object]] = []
    for action in actions:
        kind, subject = action["action"], action["subject"]
        if kind == "redirect":
            lines = query(built, _PASSED_BY, [subject])
            contract = subject.partition("/")[0]
            decided += [
                {
                    "subject": "line",
                    "key": str(line),
                    "decision": "covered",
                    "contract_id": contract,
                }
                for (line,) in lines
            ]
        elif kind == "review_match":
            ((number,),) = query(
                built,
                # A sole trader's number is not published; decisions take the supplier's id as well.
                "select coalesce(suppliers.org_number, suppliers.supplier_id)"
                " from vendor_matches inner join suppliers"
                " on vendor_matches.supplier_id = suppliers.supplier_id where vendor_id = ?",
                [subject],
            )
            decided.append(
                {
                    "subject": "vendor_match",
                    "key": subject,
                    "decision": "accept",
                    "supplier_org_number": number,
                }
            )
        elif kind == "procure":
            for number, name in sorted(set(query(built, _SELLERS, [subject]))):
                _add(sheet, columns, subject, number, name, _first_day(built))
        else:
            _amend(built, sheet, columns, kind, subject)
    book.save(register)
    _decide(workspace / "decisions.csv", decided)


def _first_day(built: Path) -> date:
    ((day,),) = query(
        built,
        "select cast(date_trunc('month', as_of) - interval 11 months as date) from build_info",
    )
    return day


def _add(
    sheet: Any, columns: dict[str, int], category: str, number: str, name: str, first: date
) -> None:
    row = sheet.max_row + 1
    for column, value in {
        "Avtalsnummer": f"NEW-{category}",
        "Benämning": category,
        "Leverantör": name,
        "Organisationsnummer": number,
        "Avtalstyp": "ramavtal",
        "Giltig från": datetime(first.year, first.month, first.day),
        "Giltig till": datetime(first.year + 5, 12, 31),
        "Omfattning": category,
    }.items():
        sheet.cell(row, columns[column], value)


def _amend(built: Path, sheet: Any, columns: dict[str, int], kind: str, subject: str) -> None:
    contract, _, lot = subject.partition("/")
    held = query(
        built,
        "select max_end, called_off_sek from contracts where contract_id = ? and lot = ?",
        [contract, lot],
    )
    ((max_end, called_off),) = held
    for row in range(2, sheet.max_row + 1):
        same = str(sheet.cell(row, columns["Avtalsnummer"]).value or "") == contract
        if not same or str(sheet.cell(row, columns["Delområde"]).value or "") != lot:
            continue
        if kind == "extend":
            day = datetime(max_end.year, max_end.month, max_end.day)
            sheet.cell(row, columns["Förlängd till"], day)
        elif kind == "raise_ceiling":
            sheet.cell(row, columns["Takbelopp"], float(called_off))
        elif kind == "fix_register":
            units = query(
                built,
                f"select distinct unit from purchases where {_WINDOW} and {_NOT_IN_REVIEW}"
                " and state = 'not_entitled' and contract_id = ? and lot = ?",
                [contract, lot],
            )
            cell = sheet.cell(row, columns["Avropsberättigade"])
            cell.value = "; ".join([str(cell.value), *sorted(unit for (unit,) in units)])


def _decide(file: Path, rows: Sequence[dict[str, object]]) -> None:
    with file.open(encoding="utf-8", newline="") as handle:
        names = next(csv.reader(handle))
    with file.open("a", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, names, lineterminator="\n")
        for row in rows:
            writer.writerow({"decided_on": "2026-11-20", "decided_by": "Inköp", **row})
