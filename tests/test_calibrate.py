"""Calibration finds the published baseline; a bridge adds up to the öre; a closed month stands."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from runs import query, run

from compliance import calibrate, history
from compliance.errors import ComplianceError, Problems
from compliance.inputs import read_inputs
from compliance.steps import computing
from compliance.workspace import Workspace

MONTH = date(2024, 3, 1)


@pytest.fixture(scope="module")
def calibrated(demo: Path) -> calibrate.Calibration:
    workspace = Workspace.open(demo)
    return calibrate.calibrate(read_inputs(workspace), computing(workspace))


def test_todays_rules_give_the_published_share_of_the_baseline_year(
    calibrated: calibrate.Calibration,
) -> None:
    assert calibrated.year == 2022
    assert calibrated.published_share == 0.17
    assert abs(calibrated.today.share - 0.17) <= calibrate.NEAR
    assert ((), calibrated.today) in calibrated.sets


def test_every_exclusion_and_switch_is_turned_and_the_largest_move_is_first(
    calibrated: calibrate.Calibration,
) -> None:
    names = " ".join(turn.name for turn in calibrated.turns)
    for expected in ("X06", "out_of_scope_counts_as", "direct_award_counts_as", "tail_days = 0"):
        assert expected in names
    turned = {turn.name for turn in calibrated.turns if turn.name.startswith("date_basis")}
    assert turned == {f"date_basis = {basis}" for basis in ("delivery", "invoice", "booking")}
    moves = [abs(turn.figure.share - calibrated.today.share) for turn in calibrated.turns]
    assert moves == sorted(moves, reverse=True)
    assert moves[0] > 0.001


def test_an_exclusion_turned_off_moves_its_kronor_into_the_volume(
    demo: Path, calibrated: calibrate.Calibration
) -> None:
    ((rents,),) = query(
        demo,
        "select sum(amount_sek) from purchases where rule_id = 'X06'"
        " and purchase_date between date '2022-01-01' and date '2022-12-31'",
    )
    turn = next(turn for turn in calibrated.turns if turn.name.startswith("without X06"))
    assert turn.figure.volume_sek - calibrated.today.volume_sek == rents


def test_the_lines_fit_a_terminal_and_name_the_largest_move(
    calibrated: calibrate.Calibration,
) -> None:
    lines = calibrate.told(calibrated)
    assert max(map(len, lines)) <= 100
    first = lines.index(next(line for line in lines if line.startswith("turned"))) + 1
    assert calibrated.turns[0].name[:40] in lines[first]


def test_a_baseline_year_that_the_ledger_lacks_is_said_to_be_lacking(demo: Path) -> None:
    workspace = Workspace.open(demo)
    inputs = read_inputs(workspace)
    policy = replace(inputs.rules.policy, baseline_year=1999)
    inputs = replace(inputs, rules=replace(inputs.rules, policy=policy))
    lines = calibrate.told(calibrate.calibrate(inputs, computing(workspace)))
    assert "  today's rules  nothing: the ledger holds no purchases of 1999" in lines
    assert not any("turn" in line for line in lines)


@pytest.fixture
def closed(own_demo: Path) -> Path:
    run("close", f"{MONTH:%Y-%m}", own_demo)
    return own_demo


def test_a_closed_month_cannot_be_closed_again(closed: Path) -> None:
    again = run("close", f"{MONTH:%Y-%m}", closed, check=False)
    assert again.returncode == 2
    assert "is closed already" in again.stderr


def test_a_changed_exclusion_gives_a_bridge_that_adds_up_to_the_ore(closed: Path) -> None:
    rules = closed / "rules" / "exclusions.toml"
    text = rules.read_text("utf-8")
    changed = re.sub(r'(id = "X06".*?account = \[)"60"', r'\1"6010"', text, flags=re.DOTALL)
    if changed == text:  # however the rents are written: take the exclusion out
        start = text.index('[[exclusions]]\nid = "X06"')
        changed = text[:start] + text[text.index("[[exclusions]]", start + 5) :]
    rules.write_text(changed, "utf-8")
    workspace = Workspace.open(closed)
    inputs, compute = read_inputs(workspace), computing(workspace)

    steps = calibrate.bridge(inputs, history.of(workspace.history, MONTH), compute)
    with compute(inputs, ["kpi_monthly"]) as ask:
        (now,) = ask("select * from kpi_monthly where period = $month", {"month": MONTH})

    ((reported,),) = query(
        closed, f"select uncovered_sek from kpi_monthly where period = date '{MONTH}'"
    )
    assert [step.name for step in steps][-1] == "rules/exclusions.toml"
    assert steps[0].figure.uncovered_sek == steps[1].figure.uncovered_sek == reported
    assert steps[-1].figure.uncovered_sek == now["uncovered_sek"]
    assert steps[-1].figure.volume_sek == now["volume_sek"] != steps[1].figure.volume_sek
    moved = [b.figure.uncovered_sek - a.figure.uncovered_sek for a, b in itertools.pairwise(steps)]
    assert reported + sum(moved, Decimal(0)) == now["uncovered_sek"]


def test_a_bridge_puts_a_threshold_s_change_on_its_own_step(closed: Path) -> None:
    rules = closed / "rules" / "matching.toml"
    text = rules.read_text("utf-8")
    rules.write_text(re.sub(r"(?m)^(matched\w*\s*=\s*)[0-9.]+", r"\g<1>1.0", text), "utf-8")
    profile = closed / "rules" / "sources" / "national-1.1.toml"
    profile.write_text(profile.read_text("utf-8") + "\n# read as before\n", "utf-8")
    workspace = Workspace.open(closed)
    inputs, month = read_inputs(workspace), history.of(workspace.history, MONTH)

    steps = calibrate.bridge(inputs, month, computing(workspace))

    assert [step.name for step in steps] == [
        "as reported",
        "later postings, contracts and decisions, and layouts",
        "rules/matching.toml",
    ]
    assert steps[0].figure == steps[1].figure
    assert steps[2].figure.uncovered_sek > steps[1].figure.uncovered_sek


@pytest.mark.parametrize(
    ("file", "spoilt"),
    [("policy.toml", "[tail_dayz]"), ("persons.toml", "[personz]"), ("matching.toml", "[matchz]")],
)
def test_rules_of_a_closed_month_that_are_none_any_more_are_named_in_it(
    demo: Path, file: str, spoilt: str
) -> None:
    inputs = read_inputs(Workspace.open(demo))
    rules = calibrate.rule_texts(demo / "rules")
    closed = history.ClosedMonth(
        MONTH, datetime(2025, 1, 1, tzinfo=UTC), "0.9", "", "",
        {"volume_sek": Decimal(1), "uncovered_sek": Decimal(1)}, (), {},
        {**rules, file: f"{rules[file]}\n{spoilt}\nvalue = 1\n"},
    )  # fmt: skip
    with pytest.raises((ComplianceError, Problems)) as caught:
        calibrate.bridge(inputs, closed, computing(inputs.workspace))
    for told in str(caught.value).split("\n\n"):
        assert told.startswith(f"error: history/closed-{MONTH:%Y-%m}.json, rules/{file}")
        assert told.endswith("fix: build the bridge with compliance 0.9, which closed the month")
    assert caught.value.exit_code == 4


def test_a_month_is_closed_under_rules_with_the_line_ends_of_windows(own_demo: Path) -> None:
    policy = own_demo / "rules" / "policy.toml"
    policy.write_bytes(policy.read_bytes().replace(b"\n", b"\r\n"))
    run("build", own_demo)
    run("close", f"{MONTH:%Y-%m}", own_demo)
    workspace = Workspace.open(own_demo)
    assert "\r\n" in history.of(workspace.history, MONTH).rules["policy.toml"]


def test_a_contract_registered_late_shows_as_reported_restated_and_difference(closed: Path) -> None:
    """The ledger of the month stands; a contract that covers a gap of it comes into the register."""
    ((number, name, category),) = query(
        closed,
        "select vendors.org_number, vendors.vendor_name, purchases.category_code from purchases"
        " inner join vendors on purchases.vendor_id = vendors.vendor_id"
        f" where state = 'no_contract' and date_trunc('month', purchase_date) = date '{MONTH}'"
        " and vendors.org_number is not null and purchases.category_code is not null"
        " group by all order by sum(purchases.amount_sek) desc limit 1",
    )
    register = closed / "contracts" / "late.csv"
    register.write_text(
        "avtalsnummer;leverantör;organisationsnummer;giltig från;giltig till;omfattning\n"
        f"LATE-1;{name};{number};2024-01-01;2027-12-31;{category}\n",
        "utf-8",
    )
    run("build", closed, timeout=300)
    ((reported, computed, difference),) = query(
        closed, "select reported_share, computed_share, difference from kpi_reported"
    )
    kept = json.loads((closed / "history" / f"closed-{MONTH:%Y-%m}.json").read_text("utf-8"))
    assert reported == kept["figures"]["uncovered_share"]
    assert computed < reported
    assert difference == computed - reported
