"""The action plan promises what a rebuild keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

import pytest
import worlds
from runs import query, run
from taking_actions import take

from compliance import steps
from compliance.changes import Change, Redirect
from compliance.inputs import read_inputs
from compliance.plan import Action, moving
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

    take(demo, own_demo, promised)
    workspace = Workspace.open(own_demo)
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
