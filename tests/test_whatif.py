"""A what-if equals a rebuild with the change made in the register, to the öre."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import worlds
from runs import query, run

from compliance import steps
from compliance.changes import Change, Extend, RaiseCeiling, changed
from compliance.errors import UsageError
from compliance.inputs import Inputs, read_inputs
from compliance.whatifs import Ask, Wish, whatif
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
        (["--ceiling", "X=NaN"], "cannot be read"),
        (["--ceiling", "X=1e40"], "cannot be read"),
        (["--ceiling", "X=-5"], "cannot be read"),
        ([], "nothing to change was named"),
    ],
)
def test_a_wish_that_cannot_be_granted_says_why(demo: Path, option: list[str], told: str) -> None:
    done = run("whatif", demo, *option, check=False)
    assert done.returncode == 2
    assert told in done.stderr
    assert "fix: " in done.stderr


def with_contract(demo: Path, contract_id: str) -> Inputs:
    """Return the demo's inputs with its first contract under another number."""
    inputs = read_inputs(Workspace.open(demo))
    first = inputs.register.contracts["contract_id"][0]
    contracts = inputs.register.contracts.with_columns(
        pl.col("contract_id").replace(first, contract_id)
    )
    return replace(inputs, register=replace(inputs.register, contracts=contracts))


def lots_after(inputs: Inputs, wish: Wish, contract_id: str) -> pl.DataFrame:
    """Return the contract's lots in the inputs that the figure after the wish is computed from."""
    seen: list[Inputs] = []

    @contextmanager
    def compute(given: Inputs, _tables: Sequence[str]) -> Iterator[Ask]:
        seen.append(given)
        yield lambda _sql, _parameters: []

    whatif(inputs, [wish], compute)
    return seen[-1].register.contracts.filter(contract_id=contract_id)


@pytest.mark.parametrize("contract_id", ["KS 2024/118", "KS=1", "KS-1"])
def test_a_wish_names_a_contract_by_the_number_that_the_register_has(
    demo: Path, contract_id: str
) -> None:
    inputs = with_contract(demo, contract_id)
    lots = lots_after(inputs, Wish("ceiling", f"{contract_id}=20 000 000"), contract_id)
    assert set(lots["ceiling_sek"]) == {Decimal(20_000_000)}


def test_a_lot_may_have_a_slash_in_its_name(demo: Path) -> None:
    inputs = with_contract(demo, "KS-1")
    first = pl.col("contract_id") == "KS-1"
    lots = pl.when(first).then(pl.lit("B/2")).otherwise("lot").alias("lot")
    inputs = replace(
        inputs,
        register=replace(
            inputs.register,
            contracts=inputs.register.contracts.with_columns(lots).unique(
                ["contract_id", "lot"], maintain_order=True
            ),
        ),
    )
    after = lots_after(inputs, Wish("ceiling", "KS-1/B/2=20 000 000"), "KS-1")
    assert after.select("lot", "ceiling_sek").rows() == [("B/2", Decimal(20_000_000))]


@pytest.mark.parametrize("wish", [["--procure", "FOOD-DAIRY"], ["--extend", "A=2030-01-01"]])
def test_a_ledger_without_postings_is_told_so(tmp_path: Path, wish: list[str]) -> None:
    worlds.scaffold(tmp_path)
    (tmp_path / "ledger" / "empty.csv").write_text(f"{worlds.HEADER}\n", "utf-8")
    register = f"{worlds.REGISTER}\nA;;Mat;Acme AB;;;2024-01-01;2026-12-31;;;;\n"
    (tmp_path / "contracts" / "register.csv").write_text(register, "utf-8")
    done = run("whatif", tmp_path, *wish, check=False)
    assert done.returncode == 3
    assert "there are no postings to try it on" in done.stderr


def test_an_extension_to_a_day_that_is_past_already_is_refused(demo: Path) -> None:
    inputs = with_contract(demo, "KS-1")
    last = inputs.register.contracts.filter(contract_id="KS-1")["last_day"].min()
    with pytest.raises(UsageError, match=f"lasts until {last} already"):
        lots_after(inputs, Wish("extend", f"KS-1={last}"), "KS-1")


def test_an_extension_never_shortens_a_lot(demo: Path) -> None:
    register = read_inputs(Workspace.open(demo)).register
    contract, last = register.contracts.select("contract_id", "last_day").row(0)
    inputs = replace(read_inputs(Workspace.open(demo)), register=register)
    earlier = changed(inputs, [Extend(contract, last - timedelta(30))]).register.contracts
    assert earlier.equals(register.contracts)
