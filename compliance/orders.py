"""What was ordered, from whom, on which contract?

An order tells a posting's order date and contract, so each order is one row: rows of the same
order must agree on both, and their amounts are added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from compliance import identifiers
from compliance import register_cells as cells
from compliance.confined import confined
from compliance.errors import ComplianceError, InputError, raise_all
from compliance.normalise import reference
from compliance.rule_entries import MONEY, Rules
from compliance.sheets import read_sheets
from compliance.small_tables import Layout, Row, delivered, fitting, rows, unknown_table
from compliance.tenders import category_code
from compliance.workspace import Workspace

SCHEMA: Mapping[str, type[pl.DataType] | pl.DataType] = {
    "order_id": pl.String,
    "order_date": pl.Date,
    "vendor_name": pl.String,
    "org_number": pl.String,
    "unit": pl.String,
    "category_code": pl.String,
    "amount_sek": MONEY,
    "contract_id": pl.String,
}
LAYOUT = Layout(
    "orders",
    {
        "order_id": ("order_id", "ordernummer", "ordernr", "beställningsnummer", "order"),
        "order_date": ("order_date", "orderdatum", "beställningsdatum"),
        "vendor_name": ("vendor_name", "leverantör", "leverantörsnamn"),
        "org_number": ("org_number", "organisationsnummer", "orgnr"),
        "unit": ("unit", "enhet", "förvaltning"),
        "category": ("category", "kategori"),
        "amount_sek": ("amount_sek", "belopp", "nettobelopp"),
        "contract_id": ("contract_id", "avtal", "avtalsnummer", "avtalsnr"),
    },
    ("order_id", "order_date"),
)


@dataclass
class Order:
    """One order; empty text is null."""

    order_id: str
    order_date: date
    vendor_name: str | None
    org_number: str | None
    unit: str | None
    category_code: str | None
    amount_sek: Decimal | None
    contract_id: str | None
    file: str
    row: int


def read_orders(workspace: Workspace, rules: Rules) -> pl.DataFrame:
    """Return input_orders, in order of date and id; empty without a folder `orders`.

    Raises InputError, or Problems with every one.
    """
    errors: list[ComplianceError] = []
    found: dict[str, Order] = {}
    with confined() as room:
        for path, shown in delivered(workspace, workspace.orders):
            try:
                sheets = read_sheets(path, shown, room)
            except InputError as error:
                errors.append(error)
                continue
            fits = fitting(sheets, [LAYOUT])
            if not fits:
                errors.append(unknown_table(shown, sheets, [LAYOUT]))
                continue
            for row in (row for fit in fits for row in rows(*fit, errors)):
                order = _order(row, rules)
                if order is not None:
                    _add(order, found, row)
    raise_all(errors)
    ordered = sorted(found.values(), key=lambda order: (order.order_date, order.order_id))
    return pl.DataFrame(
        [tuple(getattr(order, name) for name in SCHEMA) for order in ordered],
        schema=SCHEMA,
        orient="row",
        strict=True,
    )


def _order(row: Row, rules: Rules) -> Order | None:
    before = len(row.errors)
    id, day = row.needed("order_id"), row.read("order_date", cells.day)
    amount, category = row.read("amount_sek", cells.money), category_code(row, rules)
    if day is None and len(row.errors) == before:
        row.refuse("order_date", "no order_date", fix="write the day of the order, as 2024-01-31")
    if day is None or len(row.errors) > before:
        return None
    return Order(
        order_id=id,
        order_date=day,
        vendor_name=row.text("vendor_name") or None,
        org_number=row.text("org_number") or None,
        unit=row.text("unit") or None,
        category_code=category,
        amount_sek=amount,
        contract_id=reference(row.text("contract_id")),
        file=row.file,
        row=row.number,
    )


def _folded(name: str, said: object) -> object:
    """Two writings of one number are one, as they are where orders meet contracts and vendors."""
    if name == "org_number" and isinstance(said, str):
        return identifiers.parse(said).number or said
    return said.upper() if isinstance(said, str) else said


_SAME = ("order_date", "vendor_name", "org_number", "contract_id")


def _add(order: Order, found: dict[str, Order], row: Row) -> None:
    first = found.setdefault(order.order_id.upper(), order)
    if first is order:
        return
    where = "above" if first.file == order.file else f"in {first.file}, row {first.row}"
    for name in _SAME:
        here, there = getattr(order, name), getattr(first, name)
        if _folded(name, here) != _folded(name, there):
            row.refuse(
                name,
                f"order {order.order_id} has {name} {here} here and {there} {where}",
                fix="give the two orders numbers of their own",
            )
    if order.amount_sek is not None:
        first.amount_sek = (first.amount_sek or Decimal(0)) + order.amount_sek
    if order.category_code != first.category_code:
        first.category_code = None  # several kinds in one order: none of them is the order's
    if order.unit != first.unit:
        first.unit = None
