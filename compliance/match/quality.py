"""What in the vendors and the register makes matching doubtful, with the kronor it concerns."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import polars as pl

from compliance.match.reading import Side

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "name": pl.String,
    "severity": pl.String,
    "row_count": pl.Int64,
    "amount_sek": pl.Decimal(18, 2),
    "example": pl.String,
}


def match_quality(
    vendors: pl.DataFrame,
    side: Side,
    suppliers: Side,
    party: list[int],
    matches: pl.DataFrame,
    shared: frozenset[str],
) -> pl.DataFrame:
    """Return SCHEMA, one row for each thing found. `vendors` in the order of the side."""
    amounts = vendors["amount_sek"].to_list()
    is_person = vendors["is_person"].to_list()
    names = vendors["vendor_name"].to_list()
    found = []

    def add(name: str, severity: str, rows: list[int], count: int | None = None) -> None:
        if rows:
            example = next((row for row in rows if not is_person[row] and names[row]), None)
            text = names[example] if example is not None else f"vendor_id {side.ids[rows[0]]}"
            total = sum((amounts[row] or Decimal(0) for row in rows), Decimal(0))
            found.append((name, severity, count or len(rows), total, text))

    numbers = side.numbers
    mistyped = [row for row, i in enumerate(numbers) if i.state == "mistyped"]
    collective = [row for row, i in enumerate(numbers) if i.number in shared]
    add("vendor_number_mistyped", "info", mistyped)
    add("vendor_number_shared", "warning", collective)
    several = _several(side, shared)
    add(
        "vendor_several_identities", "info", [row for rows in several for row in rows], len(several)
    )
    found += _register(matches, amounts, side, suppliers, party)
    return pl.DataFrame(found, schema=SCHEMA, orient="row").sort("name")


def _several(side: Side, shared: frozenset[str]) -> list[list[int]]:
    """Vendors of one name and form with several numbers: sisters, or one number after another."""
    named: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, identifier in enumerate(side.numbers):
        if identifier.state == "organisation" and identifier.number not in shared:
            named[side.keys[row], side.names[row].form].append(row)
    several = {
        key: rows
        for key, rows in named.items()
        if key[0] and len(rows) > 1 and len({side.numbers[row].number for row in rows}) > 1
    }
    return [rows for _, rows in sorted(several.items())]


def _register(
    matches: pl.DataFrame,
    amounts: list[Decimal | None],
    side: Side,
    suppliers: Side,
    party: list[int],
) -> list[tuple[str, str, int, Decimal, str]]:
    row_of = {vendor: row for row, vendor in enumerate(side.ids)}
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for vendor, supplier in matches.select("vendor_id", "supplier_id").drop_nulls().iter_rows():
        paid[supplier] += amounts[row_of[vendor]] or Decimal(0)
    found = []
    numberless = [row for row, i in enumerate(suppliers.numbers) if not i.number]
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, one in enumerate(party):
        rows_of[one].append(row)
    twice = [one for _, one in sorted(rows_of.items()) if len(one) > 1]
    for name, rows, count in (
        ("register_party_without_number", numberless, len(numberless)),
        ("register_parties_that_are_one", [row for one in twice for row in one], len(twice)),
    ):
        if rows:
            total = sum((paid[suppliers.ids[row]] for row in rows), Decimal(0))
            found.append((name, "warning", count, total, f"supplier_id {suppliers.ids[rows[0]]}"))
    return found
