"""What a change does is what a rebuild with the change gives, also to those it does not name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import worlds

from compliance import building, database, steps
from compliance.changes import Change, Extend, Party, Procure, Redirect, changed
from compliance.inputs import Inputs, read_inputs
from compliance.register_suppliers import supplier_id
from compliance.workspace import Workspace

WINDOW = """
select sum(uncovered_sek) as uncovered_sek from kpi_monthly
where period >= (select date_trunc('month', as_of) - interval 11 months from build_info)
"""
ALMA, BODIL, CILLA = "556000-0001", "556000-0019", "556000-0027"
# ALMA and BODIL share the ceiling of A-SHARED; ALMA's own, narrower contract ended in 2024.
REGISTER = f"""contract_id;title;supplier_name;org_number;kind;valid_from;valid_to;ceiling_sek;scope;units
A-OWN;Own;Alma Gran AB;{ALMA};framework;2022-01-01;2024-12-31;;account:6410;
A-SHARED;Shared;Alma Gran AB;{ALMA};framework;2022-01-01;2027-12-31;100;account:64;
A-SHARED;Shared;Bodil Tall AB;{BODIL};framework;2022-01-01;2027-12-31;100;account:64;
"""
POSTINGS = (
    ("2023-05-02", "Cilla Ek AB", CILLA, "30.00"),
    ("2025-02-01", "Alma Gran AB", ALMA, "80.00"),
    ("2025-03-01", "Bodil Tall AB", BODIL, "90.00"),
    ("2025-04-01", "Cilla Ek AB", CILLA, "50.00"),
)


def workspace(folder: Path) -> Workspace:
    worlds.scaffold(folder)
    (folder / "contracts" / "register.csv").write_text(REGISTER, "utf-8")
    for number, (day, name, org_number, amount) in enumerate(POSTINGS):
        row = f"212000-0001;Kommun;V{number};{name};{org_number};6410;;{day};Enhet;{number};{amount};;;0000;"
        (folder / "ledger" / f"{day}.csv").write_text(f"{worlds.HEADER}\n{row}\n", "utf-8")
    return Workspace.open(folder)


def promised(inputs: Inputs, folder: Path, changes: Sequence[Change]) -> list[Decimal]:
    """Uncovered kronor after the first 1, 2 … changes, as the action plan computes them."""
    with steps.started(inputs, folder / "before.duckdb") as db:
        who = steps.identified(db, inputs)
        building.build(db, database.sql_files("models"), made=steps.OF_POSTINGS)
        now = steps.asking(db)(WINDOW, {})[0]["uncovered_sek"]
        with steps.effects_of(db, inputs, who) as effects:
            return [now - less for less in effects.uncovered_less(changes)]


def rebuilt(space: Workspace, inputs: Inputs) -> Decimal:
    with steps.computing(space)(inputs, ["kpi_monthly", "build_info"]) as ask:
        return ask(WINDOW, {})[0]["uncovered_sek"]


def rebuilt_after_each(
    space: Workspace, inputs: Inputs, changes: Sequence[Change]
) -> list[Decimal]:
    taken = range(1, len(changes) + 1)
    return [rebuilt(space, changed(inputs, changes[:number])) for number in taken]


def line_of(space: Workspace, inputs: Inputs, day: str) -> int:
    with steps.computing(space)(inputs, ["ledger_lines"]) as ask:
        sql = "select line_id from ledger_lines where purchase_date = cast($day as date)"
        return int(ask(sql, {"day": day})[0]["line_id"])


def test_room_that_one_supplier_leaves_under_a_shared_ceiling_is_another_s(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    inputs = read_inputs(space)
    change = Extend("A-OWN", date(2026, 12, 31))
    after = rebuilt(space, changed(inputs, [change]))

    assert promised(inputs, tmp_path, [change]) == [after]
    assert after < rebuilt(space, inputs)


def test_a_posting_decided_under_a_ceiling_takes_room_from_before_the_window(
    tmp_path: Path,
) -> None:
    space = workspace(tmp_path)
    inputs = read_inputs(space)
    earlier, later = (line_of(space, inputs, day) for day in ("2023-05-02", "2025-04-01"))
    changes = [
        Redirect("A-SHARED", (earlier,)),
        Redirect("A-SHARED", (later,)),
        Extend("A-OWN", date(2026, 12, 31)),
    ]
    after = rebuilt_after_each(space, inputs, changes)

    assert promised(inputs, tmp_path, changes) == after
    assert len(set(after)) == 3


def test_postings_redirected_without_a_ceiling_move_alone_and_only_once(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    inputs = read_inputs(space)
    change = Redirect("A-OWN", (line_of(space, inputs, "2025-04-01"),))
    after = rebuilt(space, changed(inputs, [change]))

    assert promised(inputs, tmp_path, [change, change]) == [after, after]
    assert after < rebuilt(space, inputs)


def test_a_posting_that_an_earlier_change_has_covered_is_redirected_for_nothing(
    tmp_path: Path,
) -> None:
    space = workspace(tmp_path)
    inputs = read_inputs(space)
    party = Party(supplier_id(CILLA), "Cilla Ek AB", CILLA)
    changes = [
        Procure("EQUIP-OTHER", date(2024, 5, 1), date(2029, 12, 31), (party,)),
        Redirect("A-OWN", (line_of(space, inputs, "2025-04-01"),)),
    ]
    after = rebuilt_after_each(space, inputs, changes)

    assert promised(inputs, tmp_path, changes) == after
    assert after[0] == after[1] < rebuilt(space, inputs)


def test_changes_to_different_vendors_then_to_one_of_them_again_are_told_apart(
    tmp_path: Path,
) -> None:
    space = workspace(tmp_path)
    inputs = read_inputs(space)
    party = Party(supplier_id(CILLA), "Cilla Ek AB", CILLA)
    changes = [
        Procure("EQUIP-OTHER", date(2024, 5, 1), date(2029, 12, 31), (party,)),
        Extend("A-OWN", date(2025, 1, 31)),
        Extend("A-OWN", date(2026, 12, 31)),
    ]
    after = rebuilt_after_each(space, inputs, changes)

    assert promised(inputs, tmp_path, changes) == after
    assert after[0] > after[2]
