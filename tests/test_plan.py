"""The action plan promises what a rebuild keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

import polars as pl
import pytest
import worlds
from runs import query, run
from taking_actions import take
from world import World, empty_world

from compliance import steps
from compliance.changes import Change, Redirect
from compliance.inputs import read_inputs
from compliance.plan import Action, moving, procurement
from compliance.workspace import Workspace

_WINDOW = """
select sum(uncovered_sek) as uncovered_sek, sum(volume_sek) as volume_sek from kpi_monthly
where period >= (select date_trunc('month', as_of) - interval 11 months from build_info)
"""


def plan(workspace: Path) -> list[dict[str, object]]:
    columns = ["rank", "action", "subject", "uncovered_share_after", "uncovered_after_sek"]
    rows = query(workspace, f"select {', '.join(columns)} from action_plan order by rank")
    return [dict(zip(columns, row, strict=True)) for row in rows]


@pytest.mark.parametrize("count", [1, 3, 10])
def test_taking_the_first_actions_gives_the_promised_share_to_the_ore(
    demo: Path, own_demo: Path, count: int
) -> None:
    promised = plan(demo)[:count]
    assert len(promised) == count
    taken(own_demo, demo, promised)


def test_after_a_review_the_plan_promises_to_the_ore_what_is_left(own_demo: Path) -> None:
    candidates = query(
        own_demo,
        "select vendor_id, coalesce(org_number, suppliers.supplier_id) from vendor_matches"
        " inner join suppliers on vendor_matches.supplier_id = suppliers.supplier_id"
        " where outcome = 'review' order by vendor_id",
    )
    assert len(candidates) > 1
    told = [
        f"2026-11-20,Inköp,vendor_match,{vendor},{('accept', 'reject')[number % 2]},{supplier},,,,\n"
        for number, (vendor, supplier) in enumerate(candidates)
    ]
    decisions = own_demo / "decisions.csv"
    decisions.write_text(decisions.read_text("utf-8") + "".join(told), "utf-8")
    run("build", own_demo, timeout=300)
    taken(own_demo, own_demo, plan(own_demo))


def taken(folder: Path, built: Path, promised: list[dict[str, object]]) -> None:
    """Take the actions that `built` promises, and hold its last row against what then comes."""
    take(built, folder, promised)
    workspace = Workspace.open(folder)
    compute = steps.computing(workspace)
    with compute(read_inputs(workspace), ["kpi_monthly", "build_info"]) as ask:
        after = ask(_WINDOW, {})[0]

    assert after["uncovered_sek"] == promised[-1]["uncovered_after_sek"]
    share = float(after["uncovered_sek"]) / float(after["volume_sek"])
    assert share == promised[-1]["uncovered_share_after"]


def test_an_action_that_moves_nothing_is_no_row_and_the_others_are_tried_without_it() -> None:
    """Two is of no use, and what three does rests on it: both are tried again, and both go."""
    one, two, three = (
        Action("redirect", name, Decimal(9), None, Redirect(name, ())) for name in ("A", "B", "C")
    )

    def less(changes: Sequence[Change]) -> list[Decimal]:
        both = {"A": 5, "B": 0, "C": 2 if two.change in changes else 0}
        return list(accumulate(Decimal(both[change.contract_id]) for change in changes))

    assert moving([one, two, three], less) == ([one], [Decimal(5)])


def test_no_krona_is_promised_twice(demo: Path) -> None:
    """Each uncovered krona is named by one action, and what is left falls with every action.

    An action may free more than it names: a procured contract also covers what its parties sold
    past somebody else's, and that is named by the action that would redirect it.
    """
    ((uncovered,),) = query(
        demo,
        "select sum(uncovered_sek) from kpi_monthly where period >="
        " (select date_trunc('month', as_of) - interval 11 months from build_info)",
    )
    rows = query(demo, "select amount_12m_sek, uncovered_after_sek from action_plan order by rank")
    left = [uncovered, *(after for _, after in rows)]
    assert left == sorted(left, reverse=True)
    assert len(set(left)) == len(left)
    assert sum(amount for amount, _ in rows) <= uncovered


def test_the_plan_is_ordered_by_kronor(demo: Path) -> None:
    amounts = [
        row[0] for row in query(demo, "select amount_12m_sek from action_plan order by rank")
    ]
    assert amounts == sorted(amounts, reverse=True)
    assert amounts


def test_a_workspace_without_purchases_has_an_empty_plan(own_demo: Path) -> None:
    rules = own_demo / "rules" / "exclusions.toml"
    rules.write_text(
        rules.read_text("utf-8")
        + "\n[[exclusions]]\nid = 'ALL'\ntitle = 'All'\ntitle_sv = 'Allt'\nwhy = 'a test'\n"
        + "source = 'a test'\n[[exclusions.tests]]\naccount = ['1', '2', '3', '4', '5', '6', '7', '8']\n",
        "utf-8",
    )
    run("build", own_demo, timeout=300)
    assert query(own_demo, "select count(*) from action_plan") == [(0,)]


def test_a_lot_called_by_a_person_is_changed_by_its_own_name_and_told_by_its_mask(
    tmp_path: Path,
) -> None:
    world = worlds.draw(5, rows=1, months=1)
    (month,) = world.months
    bought = replace(
        world.months[month][0],
        vendor="Nordkajens Plåt AB",
        number="556036-0793",
        account="6100",
        amount=Decimal(5000),
        contract="",
    )
    person = replace(bought, voucher="P1", vendor="Karl Roos", number="731008-9789", account="4521")
    world.months[month] = [bought, person]
    world.contracts = [
        f"K;{lot};Delat;{bought.vendor};{bought.number};contract;2024-01-01;2026-12-31;;{ceiling};{scope};"
        for lot, ceiling, scope in (("Karl Roos", 1000, "account:61"), ("Öst", "", "account:99"))
    ]
    folder = worlds.write(world, tmp_path / "w")
    run("build", folder)
    ((uncovered,),) = query(folder, "select sum(uncovered_sek) from kpi_monthly")
    told = "select subject, amount_12m_sek, uncovered_after_sek from action_plan"
    assert query(folder, told) == [("K/[namn]", Decimal(4000), uncovered - 4000)]


def beside_one_contract(
    folder: Path, seller: tuple[str, str, str], amounts: Sequence[int], contract: str
) -> Path:
    """Write a workspace: a vendor's postings of these amounts, and one contract of another's.

    The seller is its name, number and account; the contract the party, its number and the ceiling.
    """
    world = worlds.draw(5, rows=1, months=1)
    (month,) = world.months
    vendor, number, account = seller
    posting = replace(
        world.months[month][0], vendor=vendor, number=number, account=account, contract=""
    )
    world.months[month] = [
        replace(posting, voucher=f"V{amount}", amount=Decimal(amount)) for amount in amounts
    ]
    party, registered, ceiling = contract.split(";")
    world.contracts = [
        f"K;;Ett;{party};{registered};contract;2024-01-01;2026-12-31;;{ceiling};account:61;"
    ]
    return worlds.write(world, folder / "w")


PLATE = ("Södra Plåt AB", "556000-0019", "6100")


def test_of_what_is_redirected_only_what_there_is_room_for_moves(tmp_path: Path) -> None:
    contract = "Nordkajens Plåt AB;556036-0793;600"
    folder = beside_one_contract(tmp_path, PLATE, (900, 300, 200), contract)
    run("build", folder)
    told = "select action, subject, amount_12m_sek, uncovered_after_sek from action_plan"
    assert query(folder, told) == [("redirect", "K", Decimal(600), Decimal(900))]


def test_what_has_room_for_no_posting_is_no_action(tmp_path: Path) -> None:
    contract = "Nordkajens Plåt AB;556036-0793;50"
    folder = beside_one_contract(tmp_path, PLATE, (500,), contract)
    run("build", folder)
    assert query(folder, "select state from coverage") == [("covered_elsewhere",)]
    assert query(folder, "select count(*) from action_plan") == [(0,)]


def test_a_sole_trader_who_is_decided_to_be_a_company_is_procured_from_as_that_one(
    tmp_path: Path,
) -> None:
    painter = ("Östs Måleri", "640823-3234", "6810")
    folder = beside_one_contract(tmp_path, painter, (500,), "Östs Måleri AB;556036-0793;")
    decisions = folder / "decisions.csv"
    told = "2026-04-01,Inköp,vendor_match,Östs Måleri,accept,556036-0793,,,,\n"
    decisions.write_text(decisions.read_text("utf-8") + told, "utf-8")
    run("build", folder)
    assert query(folder, "select action, amount_12m_sek, uncovered_after_sek from action_plan") == [
        ("procure", Decimal(500), Decimal(0))
    ]


def test_what_would_be_procured_takes_the_number_of_no_contract(demo: Path) -> None:
    workspace = Workspace.open(demo)
    inputs = read_inputs(workspace)
    taken = inputs.register.contracts.with_columns(contract_id=pl.lit("NEW-FOOD-DAIRY"))
    inputs = replace(inputs, register=replace(inputs.register, contracts=taken))
    days = [{"first_day": date(2026, 1, 1)}]
    new = procurement(lambda sql, _: days if "first_day" in sql else [], inputs, "FOOD-DAIRY")
    assert new.contract_id == "NEW-FOOD-DAIRY+"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[World]:
    with empty_world(tmp_path) as drawn:
        for category in ("65", "66"):
            drawn.put("rule_categories", category_code=category, procurable=True)
        yield drawn


def test_an_option_that_ended_before_the_purchase_is_none_left(small: World) -> None:
    """The option reaches to 31 March, and its tail thirty days more."""
    small.draw("""
        input_contracts
        contract_id | valid_from | valid_to   | max_end
        A           | 2023-01-01 | 2023-12-31 | 2024-03-31

        input_contract_parties
        contract_id | supplier_id
        A           | Acme

        input_postings
        line_id | vendor_name | org_number | booking_date
        1       | Acme        | 5560160680 | 2024-04-30
        2       | Acme        | 5560160680 | 2024-05-01
    """)
    assert small.ask("work_action_parts", "line_id | action | subject") == [
        ("1", "extend", "A"),
        ("2", "procure", "65"),
    ]


DECIDED = {
    "accepted": """
        input_vendor_identities
        vendor_id | supplier_id | method
        Acne      | Acme        | decision
    """,
    "rejected": """
        input_vendor_identities
        vendor_id | supplier_id | method
        Acme      | Acme        | name

        input_vendor_rejections
        vendor_id | valid_from
        Acne      | 2024-01-01
    """,
    "posting": """
        input_decisions
        subject | key | decision | contract_id
        line    | 1   | expired  | A
    """,
}
SOLD = """
    input_contracts
    contract_id | valid_from | valid_to   | max_end
    A           | 2023-01-01 | 2023-12-31 | 2024-06-30

    input_contract_parties
    contract_id | supplier_id
    A           | Acme

    input_suppliers
    supplier_id | supplier_name | org_number
    Acme        | Acme          | 5560160680

    input_postings
    line_id | vendor_name | org_number | booking_date
    1       | Acne        | 5565020697 | 2024-06-01
    2       | Acne        | 5565020697 | 2024-12-01
"""


@pytest.mark.parametrize(
    ("decided", "actions"),
    [
        ("accepted", [("1", "extend", "A"), ("2", "procure", "65")]),
        ("rejected", [("1", "procure", "65"), ("2", "procure", "65")]),
        ("posting", [("2", "procure", "65")]),
    ],
)
def test_only_what_is_decided_of_the_posting_itself_is_out_of_the_plan(
    small: World, decided: str, actions: list[tuple[str, str, str]]
) -> None:
    small.draw(SOLD).draw(DECIDED[decided])
    assert small.ask("work_action_parts", "line_id | action | subject") == actions


def test_who_is_decided_to_be_a_supplier_is_procured_from_as_that_one(small: World) -> None:
    small.draw(SOLD).draw(DECIDED["accepted"])
    assert small.ask("work_action_parts", "action | org_number") == [
        ("extend", "5560160680"),
        ("procure", "5560160680"),
    ]


def test_whose_own_number_was_rejected_is_procured_from_by_no_number(small: World) -> None:
    small.draw(SOLD).draw(DECIDED["rejected"])
    small.db.execute("update input_suppliers set org_number = '5565020697'")
    assert small.ask("work_action_parts", "line_id") == []


def test_nothing_is_redirected_to_a_contract_that_is_full(small: World) -> None:
    small.draw("""
        input_contracts
        contract_id | ceiling_sek
        A           | 100
        B           | 100

        input_contract_scopes
        contract_id | scheme   | prefix
        A           | category | 65
        B           | category | 66

        input_contract_parties
        contract_id | supplier_id
        A           | Acme
        B           | Bolt

        input_postings
        line_id | vendor_name | account_code | booking_date | amount_sek
        1       | Acme        | 6500         | 2024-04-01   | 40
        2       | Bolt        | 6600         | 2024-04-01   | 100
        3       | Cert        | 6500         | 2024-05-01   | 90
        4       | Cert        | 6600         | 2024-05-01   | 90
    """)
    assert small.ask("work_action_parts", "line_id | action | subject | room_sek") == [
        ("3", "redirect", "A", "60.00")
    ]
