"""A what-if equals a rebuild with the change made in the register, to the öre."""

from __future__ import annotations

import random
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from runs import query, run

from compliance import steps
from compliance.changes import Change, Extend, RaiseCeiling, changed
from compliance.inputs import read_inputs
from compliance.workspace import Workspace

_YEARS = "select period, volume_sek, uncovered_sek, gap_sek, expired_sek, ceiling_sek from kpi_yearly order by period"
SEED = 20261123


def drawn(demo: Path, count: int) -> list[Change]:
    """Draw changes of the register: a contract extended, or shortened ceilings raised and lowered."""
    rng = random.Random(SEED)
    lots = query(
        demo, "select contract_id, lot, last_day, called_off_sek from contracts order by all"
    )
    changes: list[Change] = []
    while len(changes) < count:
        contract, lot, last_day, called_off = rng.choice(lots)
        if rng.random() < 0.5:
            to = min(last_day + timedelta(rng.randrange(1, 900)), date(2031, 12, 31))
            changes.append(Extend(contract, to, lot))
        else:
            ceiling = Decimal(rng.randrange(1, int(called_off) + 2_000_000))
            changes.append(RaiseCeiling(contract, ceiling, lot))
    return changes


def write(workspace: Path, change: Change) -> None:
    """Make the change where its owner would: in every row of the lot in the register."""
    register = next((workspace / "contracts").glob("*.xlsx"))
    book = openpyxl.load_workbook(register)
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        lot = str(sheet.cell(row, columns["Delområde"]).value or "")
        if (
            str(sheet.cell(row, columns["Avtalsnummer"]).value) != change.contract_id
            or lot != change.lot
        ):
            continue
        if isinstance(change, Extend):
            day = datetime(change.to.year, change.to.month, change.to.day)
            sheet.cell(row, columns["Förlängd till"], day)
        else:
            sheet.cell(row, columns["Takbelopp"], int(change.ceiling_sek))
    book.save(register)


def hold(demo: Path, own: Path, count: int) -> None:
    inputs = read_inputs(Workspace.open(demo))
    compute = steps.computing(Workspace.open(demo))
    register = next((own / "contracts").glob("*.xlsx"))
    before = register.read_bytes()
    for change in drawn(demo, count):
        with compute(changed(inputs, [change]), ["kpi_yearly"]) as ask:
            promised = ask(_YEARS, {})
        write(own, change)
        with compute(read_inputs(Workspace.open(own)), ["kpi_yearly"]) as ask:
            assert ask(_YEARS, {}) == promised, change
        register.write_bytes(before)


def test_three_drawn_changes_equal_rebuilds(demo: Path, own_demo: Path) -> None:
    hold(demo, own_demo, 3)


@pytest.mark.trust
def test_fifty_drawn_changes_equal_rebuilds(demo: Path, own_demo: Path) -> None:
    hold(demo, own_demo, 50)


def test_the_command_says_before_and_after(demo: Path) -> None:
    ((contract, lot),) = query(
        demo,
        "select contract_id, lot from purchases where state = 'expired'"
        " group by all order by sum(amount_sek) desc limit 1",
    )
    name = f"{contract}/{lot}" if lot else contract
    told = run("whatif", demo, "--extend", f"{name}=2027-12-31").stdout
    assert re.search(r"^last 12 months +\d+\.\d{3}% → \d+\.\d{3}%", told, re.MULTILINE)


def test_a_category_is_procured_by_its_name_as_by_its_code(demo: Path) -> None:
    ((code, name),) = query(
        demo,
        "select category_code, name_sv from categories where category_code like 'IT-%' order by all limit 1",
    )
    by_code, by_name = (run("whatif", demo, "--procure", one).stdout for one in (code, name))
    assert by_code == by_name


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (["--extend", "X=2027-13-01"], "cannot be read"),
        (["--extend", "NOT-THERE=2027-12-31"], "no contract NOT-THERE"),
        (["--procure", "NOTHING"], "there is no category 'NOTHING'"),
        ([], "nothing to change was named"),
    ],
)
def test_a_wish_that_cannot_be_granted_says_why(demo: Path, option: list[str], told: str) -> None:
    done = run("whatif", demo, *option, check=False)
    assert done.returncode == 2
    assert told in done.stderr
    assert "fix: " in done.stderr
