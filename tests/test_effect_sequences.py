"""What several changes do, one after another, is what a rebuild with them gives: in drawn worlds.

Few suppliers and many ceilings: lots and parties share some, what people decided takes room under
others, and whoever is redirected has often been touched before.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import worlds
from test_effects import promised, rebuilt, rebuilt_after_each

from compliance import steps
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
from compliance.inputs import read_inputs
from compliance.register_suppliers import supplier_id
from compliance.workspace import Workspace

REGISTER = (
    "contract_id", "lot", "title", "supplier_name", "org_number", "kind", "valid_from",
    "valid_to", "ceiling_sek", "scope", "units",
)  # fmt: skip
SCOPES = ("account:64", "account:6410", "account:6551")
ACCOUNTS = ("6410", "6420", "6551")
CONTRACTS = tuple(f"A{number}" for number in range(9))
UNITS = ("Norr", "Söder", "Öster")
NAMES = (
    "Alma Gran AB", "Bodil Tall AB", "Cilla Ek AB", "Doris Alm AB", "Edit Björk AB",
    "Frida Lind AB", "Greta Asp AB", "Hedda Rönn AB", "Inga Hassel AB",
)  # fmt: skip
POSTINGS = """
select coverage.line_id, coverage.contract_id, ledger_lines.vendor_id,
    coverage.state in ('superseded', 'covered_elsewhere') and ledger_lines.purchase_date
    >= (select date_trunc('month', as_of) - interval 11 months from build_info) as is_passed,
from coverage inner join ledger_lines on coverage.line_id = ledger_lines.line_id
where coverage.part = 1 order by coverage.line_id
"""


def drawn(source: random.Random, folder: Path) -> tuple[Workspace, list[Party]]:
    """Write a workspace; return it and those who sell in it."""
    worlds.scaffold(folder)
    numbers = [worlds.organisation_number(source) for _ in NAMES]
    sellers = [
        Party(supplier_id(number), name, number)
        for name, number in zip(NAMES, numbers, strict=True)
    ]
    register: list[Sequence[object]] = [REGISTER]
    for contract in CONTRACTS:
        for lot in source.choice([("",), ("",), ("1", "2")]):
            first = date(2023, 1, 1) + timedelta(days=source.randrange(700))
            last = first + timedelta(days=source.choice([300, 1500, 1500]))
            kind = source.choice(["framework", "framework", "direct_award"])
            ceiling = source.choice(["", source.randrange(20, 200), source.randrange(20, 200)])
            units = source.choice(["", "", "Norr;Söder"])
            rest = (kind, first, last, ceiling, source.choice(SCOPES), units)
            for party in source.sample(sellers[:6], source.choice([1, 1, 1, 2])):
                named = (contract, lot, "Avtal", party.supplier_name, party.org_number)
                register.append((*named, *rest))
    with (folder / "contracts" / "register.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(register)
    rows = [worlds.HEADER]
    for number in range(120):
        seller = source.choice(sellers)
        day = date(2024, 1, 1) + timedelta(days=source.randrange(700))
        amount = Decimal(source.randrange(-2000, 9000)) / 100
        named = source.choice([*CONTRACTS, *[""] * 20])
        known = seller.org_number if source.random() < 0.85 else ""
        rows.append(
            f"212000-0001;Kommun;V{number};{seller.supplier_name};{known};{source.choice(ACCOUNTS)}"
            f";;{day};{source.choice(UNITS)};{number};{amount};;{named};0000;"
        )
    (folder / "ledger" / "ledger.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return Workspace.open(folder), sellers


def a_change(
    source: random.Random, sellers: Sequence[Party], postings: Sequence[dict[str, Any]]
) -> Change:
    contract = source.choice(CONTRACTS)
    match source.choice(
        ["redirect", "redirect", "redirect", "move", "extend", "raise", "unit", "buy", "accept"]
    ):
        case "redirect":
            past = [row for row in postings if row["is_passed"]]
            if past:
                contract = source.choice(past)["contract_id"]
            lines = [row["line_id"] for row in past if row["contract_id"] == contract]
            return Redirect(contract, tuple(lines))
        case "move":
            return Redirect(
                contract, tuple(row["line_id"] for row in source.sample(list(postings), 3))
            )
        case "extend":
            return Extend(contract, date(2026, source.randrange(1, 13), 1))
        case "raise":
            return RaiseCeiling(contract, Decimal(source.randrange(100, 900)))
        case "unit":
            return Entitle(contract, (source.choice(UNITS),))
        case "buy":
            category = source.choice(["EQUIP-OTHER", "CONSULT"])
            parties = tuple(source.sample(list(sellers), 2))
            return Procure(category, date(2025, 1, 1), date(2029, 12, 31), parties)
        case _:
            vendor = source.choice([row["vendor_id"] for row in postings])
            return AcceptMatch(vendor, source.choice(sellers[:4]).org_number)


@pytest.mark.parametrize("seed", [1, 3])
def test_each_change_gives_what_a_rebuild_with_all_up_to_it_gives(
    tmp_path: Path, seed: int
) -> None:
    source = random.Random(seed)
    space, sellers = drawn(source, tmp_path)
    with steps.computing(space)(
        read_inputs(space), ["coverage", "ledger_lines", "build_info"]
    ) as ask:
        postings = ask(POSTINGS, {})
    with (tmp_path / "decisions.csv").open("a", encoding="utf-8") as file:
        for row in source.sample(postings, 6):
            contract = source.choice(CONTRACTS)
            row["is_passed"] = False
            file.write(f"2026-01-02,Inköp,line,{row['line_id']},covered,,{contract},,,\n")
    inputs = read_inputs(space)
    changes, procured = list[Change](), set[str]()
    while len(changes) < 5:
        change = a_change(source, sellers, postings)
        if isinstance(change, Procure):
            if change.category_code in procured:
                continue
            procured.add(change.category_code)
        changes.append(change)

    after = rebuilt_after_each(space, inputs, changes)

    assert promised(inputs, tmp_path, changes) == after
    assert {rebuilt(space, inputs), *after} != {after[0]}
