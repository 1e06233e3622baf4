"""What a build kept from the last one never shows: it equals a build from nothing.

Random sequences of changes to a small municipality: a new month, a replaced one, a contract
extended, a decision, a rule. After each the workspace is built on what is there, and at the end a
copy without output/ is built from nothing; every table must be the same, row for row.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
import worlds
from runs import contents

from compliance import pipeline
from compliance.workspace import Workspace


def _new_month(folder: Path, source: random.Random) -> None:
    number = len(list((folder / "ledger").glob("*.csv"))) + 1
    drawn = worlds.draw(source.randrange(10**6), months=1, rows=30)
    postings = [
        worlds.Posting(
            **{
                **vars(one),
                "voucher": f"N{number}-{one.voucher}",
                "day": one.day.replace(month=number),
            }
        )
        for one in drawn.months["2025-01"]
    ]
    file = folder / "ledger" / f"2025-{number:02}.csv"
    file.write_text(worlds.ledger_text(postings), "utf-8")


def _replaced_month(folder: Path, source: random.Random) -> None:
    file = source.choice(sorted((folder / "ledger").glob("*.csv")))
    lines = file.read_text("utf-8").splitlines()
    del lines[source.randrange(1, len(lines))]
    file.write_text("\n".join(lines) + "\n", "utf-8")


def _extended_contract(folder: Path, source: random.Random) -> None:
    file = folder / "contracts" / "register.csv"
    lines = file.read_text("utf-8").splitlines()
    at = source.randrange(1, len(lines))
    cells = lines[at].split(";")
    cells[8] = f"2027-{source.randrange(1, 13):02}-28"
    lines[at] = ";".join(cells)
    file.write_text("\n".join(lines) + "\n", "utf-8")


def _decision(folder: Path, source: random.Random) -> None:
    register = (folder / "contracts" / "register.csv").read_text("utf-8").splitlines()
    number = source.choice(register[1:]).split(";")[4]
    drawn = worlds.organisation_number(source)
    with (folder / "decisions.csv").open("a", encoding="utf-8") as file:
        file.write(f"2025-06-01,Inköp,vendor_match,{drawn},accept,{number},,,,\n")


def _rule(folder: Path, source: random.Random) -> None:
    file = folder / "rules" / "policy.toml"
    text = file.read_text("utf-8")
    days = source.randrange(0, 90)
    changed = [
        f"tail_days = {days}" if line.startswith("tail_days") else line
        for line in text.splitlines()
    ]
    file.write_text("\n".join(changed) + "\n", "utf-8")


CHANGES = (_new_month, _replaced_month, _extended_contract, _decision, _rule)


def _sequence_holds(folder: Path, seed: int, length: int) -> None:
    source = random.Random(seed)
    world = worlds.draw(seed, months=2, rows=40, vendors=16)
    # The scopes and units of the drawn register hold its own separator.
    world.contracts = [
        ";".join([*(one.split(";") + [""] * 12)[:10], "", ""]) for one in world.contracts
    ]
    worlds.write(world, folder)
    _build(folder)
    for _ in range(length):
        source.choice(CHANGES)(folder, source)
        _build(folder)
    kept = contents(folder)
    shutil.rmtree(folder / "output")
    (folder / "output").mkdir()
    _build(folder)
    assert contents(folder) == kept, f"seed {seed}"


def _build(folder: Path) -> None:
    pipeline.refresh(Workspace.open(folder), lambda _: None)


@pytest.mark.parametrize("seed", range(2))
def test_a_build_on_what_is_there_equals_one_from_nothing(seed: int, tmp_path: Path) -> None:
    _sequence_holds(tmp_path / "workspace", seed, 2)


@pytest.mark.trust
@pytest.mark.parametrize("seed", range(100, 300))
def test_two_hundred_random_sequences_equal_builds_from_nothing(seed: int, tmp_path: Path) -> None:
    _sequence_holds(tmp_path / "workspace", seed, 4)
