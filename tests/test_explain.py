"""What `explain` prints of a posting retells the state that the SQL gave.

The reader below knows the printed text alone and the table of the public contract, section 6; it
shares nothing with the program.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from runs import query, run

from compliance import database, persons, steps
from compliance.contract_tests import registered
from compliance.explain import explain
from compliance.workspace import Workspace
from tests.second_reading import compared

SEED = 200


@dataclass
class Contract:
    """One contract as the text tells it."""

    name: str
    kind: str
    date: str
    scope: str
    unit: str
    ceiling: Decimal | None

    @property
    def fits_but_for_scope(self) -> bool:
        return self.unit == "entitled"

    @property
    def fits(self) -> bool:
        return self.unit == "entitled" and self.scope != "not in scope"


def sek(text: str) -> Decimal:
    return Decimal(text.replace(" ", "").removesuffix("SEK"))


def contracts(block: list[str]) -> Iterator[Contract]:
    for at, line in enumerate(block):
        head = re.fullmatch(r"  (\S.*) \((\w+)\)", line)
        if not head or not block[at + 1].startswith("    date"):
            continue
        told = {part.split()[0]: part.rpartition(": ")[2] for part in block[at + 1 : at + 4]}
        ceiling = None
        if at + 4 < len(block) and block[at + 4].startswith("    ceiling"):
            ceiling = sek(block[at + 4].split("ceiling ")[1].partition(",")[0])
        yield Contract(head[1], head[2], told["date"], told["scope"], told["unit"], ceiling)


def sections(lines: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith(" "):
            found[next(reversed(found))].append(line)
        else:
            found[line] = []
    return found


def state_retold(lines: list[str]) -> list[tuple[str, Decimal]]:
    """Follow the table of states from the printed tests alone: (state, kronor) of each part."""
    told = sections(lines)
    amount = sek(re.search(r"amount +(.+)", "\n".join(lines))[1])
    exclusions = told["exclusions"][0]
    if "none applies" not in exclusions:
        return [("exempt", amount)]
    vendor = "\n".join(told["vendor"])
    if "none is named" in vendor or "generic name" in vendor:
        return [("unidentified", amount)]
    own = list(contracts(told.get("contracts of the supplier", [])))
    named = re.search(r"names +(.+) as its contract", "\n".join(lines))[1]
    state = uncovered_or_chosen(own, named, told)
    if state != "chosen":
        return [(state, amount)]
    name = re.search(r"chosen: (.+?)(, named by the posting)?$", "\n".join(lines), re.MULTILINE)
    chosen = next(c for c in own if f"{c.name} ".startswith(f"{name[1]} "))
    return split(chosen, named_counts=bool(name[2]), amount=amount, lines=lines)


def uncovered_or_chosen(own: list[Contract], named: str, told: dict[str, list[str]]) -> str:
    held = [c for c in own if c.date == "valid"]
    named_and_valid = [c for c in held if c.name.split(" ")[0] == named and c.fits_but_for_scope]
    tails = [c for c in own if c.date.endswith("within the tail") and c.fits]
    if named_and_valid or any(c.fits for c in held) or tails:
        return "chosen"
    elsewhere = "contract of another supplier that should have been used" in told
    if any(c.unit == "not entitled" and c.scope != "not in scope" for c in held):
        return "not_entitled"
    if held:
        return "out_of_scope"
    if any(c.fits and "after its last day" in c.date for c in own):
        return "superseded" if elsewhere else "expired"
    if any(c.fits and "before its first day" in c.date for c in own):
        return "not_started"
    return "covered_elsewhere" if elsewhere else "no_contract"


def split(
    chosen: Contract, *, named_counts: bool, amount: Decimal, lines: list[str]
) -> list[tuple[str, Decimal]]:
    if chosen.date != "valid":
        state = "tail"
    elif chosen.kind == "direct_award":
        state = "direct_award"
    else:
        state = "confirmed" if named_counts or chosen.scope == "in scope" else "supplier_only"
    if chosen.ceiling is None:
        return [(state, amount)]
    before = sek(re.search(r"called off before it (-?[\d .]+ SEK)", "\n".join(lines))[1])
    under = min(before + amount, chosen.ceiling) - min(before, chosen.ceiling)
    parts = [(state, under), ("ceiling_exceeded", amount - under)]
    kept = [part for part in parts if part[1] != 0]
    return kept or [(state, amount)]


def test_the_printed_way_of_200_postings_retells_their_states(demo: Path) -> None:
    held = query(
        demo,
        "select state, list(line_id order by line_id) from coverage where not is_decided group by state",
    )
    rng = random.Random(SEED)
    drawn = {line for _, lines in held for line in rng.sample(lines, min(8, len(lines)))}
    every = query(demo, "select distinct line_id from coverage where not is_decided order by 1")
    drawn |= set(rng.sample([line for (line,) in every], 200 - len(drawn)))
    assert {state for state, _ in held} >= {
        "superseded",
        "ceiling_exceeded",
        "tail",
        "not_entitled",
    }

    differ = []
    with database.open_published(demo / "output" / "compliance.duckdb") as db:
        ask = steps.asking(db)
        for line in sorted(drawn):
            retold = state_retold(explain(ask, str(line)))
            stands = [
                (row["state"], row["amount_sek"])
                for row in ask(
                    "select state, amount_sek from coverage where line_id = $line order by part",
                    {"line": line},
                )
            ]
            if retold != stands:
                differ.append((line, retold, stands))
    assert differ == []


def test_an_invoice_is_told_posting_by_posting(demo: Path) -> None:
    ((invoice, count),) = query(
        demo,
        "select invoice_no, count(*) from ledger_lines where invoice_no is not null"
        " group by invoice_no having count(*) > 2 order by invoice_no limit 1",
    )
    told = run("explain", invoice, demo).stdout
    assert told.startswith(f"{invoice}: {count} postings")
    assert told.count("so it is") == count


def test_a_vendor_is_told_with_its_purchases(demo: Path) -> None:
    ((vendor, name),) = query(
        demo,
        "select vendor_id, vendor_name from vendors where not is_person and is_usable"
        " order by vendor_id limit 1",
    )
    told = run("explain", vendor, demo).stdout
    assert name in told
    assert "purchases" in told


def test_a_person_is_a_pseudonym_unless_identified(demo: Path) -> None:
    ((vendor, shown),) = query(
        demo,
        "select vendor_id, vendor_name from vendors where is_person order by vendor_id limit 1",
    )
    ((line,),) = query(demo, "select min(line_id) from ledger_lines where vendor_id = ?", [vendor])
    assert shown in run("explain", str(line), demo).stdout
    identified = run("explain", str(line), demo, "--identify").stdout
    assert identified != run("explain", str(line), demo).stdout


def test_a_vendor_who_is_a_person_is_named_only_when_identified(demo: Path) -> None:
    ((vendor, shown),) = query(
        demo,
        "select vendor_id, vendor_name from vendors where is_person order by vendor_id limit 1",
    )
    name = persons.read_protected(Workspace.open(demo).persons)[vendor]
    assert shown in run("explain", vendor, demo).stdout
    identified = run("explain", vendor, demo, "--identify").stdout
    assert f"  {name}, org number" in identified


def test_an_org_number_is_a_key_as_the_evidence_writes_it(demo: Path) -> None:
    ((vendor, number),) = query(
        demo,
        "select vendor_id, org_number from vendors where org_number is not null"
        " and length(org_number) = 10 order by vendor_id limit 1",
    )
    with database.open_published(demo / "output" / "compliance.duckdb") as db:
        told = explain(steps.asking(db), f"{number[:6]}-{number[6:]}")
    assert f"vendor {vendor}" in told


def test_a_suppliers_org_number_tells_the_vendors_that_were_matched_to_it(demo: Path) -> None:
    ((vendor, number),) = query(
        demo,
        "select vendor_id, suppliers.org_number from vendor_matches"
        " inner join suppliers using (supplier_id) inner join vendors using (vendor_id)"
        " where outcome = 'matched' and vendors.org_number is null"
        " and suppliers.org_number is not null order by vendor_id limit 1",
    )
    with database.open_published(demo / "output" / "compliance.duckdb") as db:
        told = explain(steps.asking(db), f"{number[:6]}-{number[6:]}")
    assert f"vendor {vendor}" in told


def test_a_named_contract_that_does_not_hold_is_said_to_be_lacking_or_anothers(demo: Path) -> None:
    ((vendor, day, own, others),) = query(
        demo,
        "select vendor_id, purchase_date, a.contract_id, b.contract_id from contract_parties as a"
        " inner join purchases using (supplier_id)"
        " inner join contract_parties as b on a.supplier_id <> b.supplier_id"
        " where vendor_id in (select vendor_id from vendor_identities group by all having count(*) = 1)"
        " and b.contract_id not in (select contract_id from contract_parties"
        " where supplier_id = a.supplier_id) order by all limit 1",
    )
    part, line = {"is_named": False}, {"vendor_id": vendor, "purchase_date": day}
    with database.open_published(demo / "output" / "compliance.duckdb") as db:
        told = {
            written: registered(steps.asking(db), {**line, "contract_ref": written}, part)
            for written in ("0017", others, own.lower(), "[namn]", None)
        }
    assert told == {
        "0017": "; the register has no such contract",
        others: "; its supplier is no party to it",
        own.lower(): "",
        "[namn]": "",
        None: "",
    }


def test_a_contract_that_entitles_a_departments_former_name_is_told_so(own_demo: Path) -> None:
    rules = own_demo / "rules" / "organisation.toml"
    old, new = "Serviceförvaltningen", "Förvaltningen för service"
    text = rules.read_text("utf-8")
    title = f'title = "{old}"'
    assert title in text
    rules.write_text(text.replace(title, f'title = "{new}"\nformerly = ["{old}"]'), "utf-8")
    run("build", own_demo)
    lines = query(
        own_demo,
        "select distinct line_id from coverage inner join ledger_lines using (line_id)"
        " inner join contract_units using (contract_id, lot)"
        f" where department = '{new}' and contract_units.unit = '{old}'"
        " and state in ('confirmed', 'supplier_only') order by line_id limit 20",
    )
    assert lines
    with database.open_published(own_demo / "output" / "compliance.duckdb") as db:
        for (line,) in lines:
            told = explain(steps.asking(db), str(line))
            assert any(f"{old} (now {new})" in row for row in told)
            assert state_retold(told)[0][0] in {"confirmed", "supplier_only"}
    assert compared(own_demo).differing == 0


@pytest.mark.parametrize(
    ("key", "by", "told"),
    [
        (
            771354004595671131,
            (
                "covered under UPH-2024-016 by Inköp, L. Myrfält on 2026-11-03: "
                "Underleverantör till avtalsparten"
            ),
            "contract of another supplier that it is decided to be bought under",
        ),
        (
            4821653138391957764,
            "exempt by Inköp, L. Myrfält on 2026-11-03: Dubbelbokad",
            "a decision, see below",
        ),
    ],
)
def test_a_decided_posting_says_who_decided_when_and_why(
    demo: Path, key: int, by: str, told: str
) -> None:
    with database.open_published(demo / "output" / "compliance.duckdb") as db:
        lines = explain(steps.asking(db), str(key))
    at = lines.index("decided")
    assert lines[at + 1] == f"  {by}"
    assert lines[at + 2].startswith("  decisions.csv, row ")
    assert any(told in line for line in lines)
    assert not any("should have been used" in line for line in lines)


def test_where_a_posting_counts_fits_a_terminal(demo: Path) -> None:
    ((line,),) = query(demo, "select min(line_id) from purchases where side = 'uncovered'")
    with database.open_published(demo / "output" / "compliance.duckdb") as db:
        lines = explain(steps.asking(db), str(line))
    counted = lines[lines.index("it counts in") :]
    assert len(counted) == 5
    assert max(map(len, counted)) <= 80


@pytest.mark.parametrize("key", ["1", "²", "1" * 44, str(2**63), "No such vendor AB"])
def test_a_key_that_fits_nothing_says_what_would(demo: Path, key: str) -> None:
    done = run("explain", key, demo, check=False)
    assert done.returncode == 2
    assert "fix: " in done.stderr
