"""R7: the order, the number and the parts in which deliveries come change nothing.
R8: the same inputs give the same bytes, wherever and whenever they are read."""

from __future__ import annotations

import os
import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import worlds
from promises import Kept
from runs import Zygote, contents, kill, query, run, scale

PARTS = 8
# A posting by what is written on it, not by the file and row it came in.
POSTINGS = """
select
    ledger_lines.voucher_no, ledger_lines.purchase_date, ledger_lines.vendor_id,
    ledger_lines.amount_sek as line_sek, coverage.state, coverage.side, coverage.contract_id,
    coverage.amount_sek
from coverage inner join ledger_lines on coverage.line_id = ledger_lines.line_id
order by all
"""


def final(workspace: Path) -> tuple[list[tuple[Any, ...]], ...]:
    tables = ("kpi_monthly", "kpi_yearly", "kpi_department_monthly")
    return (
        query(workspace, POSTINGS),
        *(query(workspace, f"from {t} order by all") for t in tables),
    )


def without_ceilings(world: worlds.World) -> worlds.World:
    """Which of two postings of a day passes a ceiling is told by their rows: a split file moves
    rows, so here no contract has one."""
    world.contracts = [
        re.sub(r"(;\d{4}-\d\d-\d\d;;)\d*;", r"\1;", line) for line in world.contracts
    ]
    return world


class Schedule:
    """One way in which the same three months can come."""

    def __init__(self, folder: Path, world: worlds.World, source: random.Random) -> None:
        self.folder, self.world, self.source = folder, world, source
        self.zygote, self.log = Zygote(), folder.parent / "log"

    def follow(self) -> None:
        """Deliver in random order and parts, building, failing and being killed on the way."""
        worlds.write(worlds.World(contracts=self.world.contracts), self.folder)
        months = list(self.world.months)
        self.source.shuffle(months)
        for month in months:
            self.deliver(month)
            if self.source.random() < 0.4:
                self.build(killed=self.source.random() < 0.5)
            if self.source.random() < 0.25:
                self.double(month)
        self.build(killed=False)

    def deliver(self, month: str) -> None:
        postings = self.world.months[month]
        ledger = self.folder / "ledger"
        if self.source.random() < 0.3:
            at = self.source.randrange(1, len(postings))
            parts = [postings[:at], postings[at:]]
            self.source.shuffle(parts)
            for i, part in enumerate(parts):
                (ledger / f"{month}-part{i}.csv").write_text(worlds.ledger_text(part), "utf-8")
        elif self.source.random() < 0.3:
            wrong = [p if i else self._raised(p) for i, p in enumerate(postings)]
            (ledger / f"{month}.csv").write_text(worlds.ledger_text(wrong), "utf-8")
            self.build(killed=False)
            (ledger / f"{month}.csv").write_text(worlds.ledger_text(postings), "utf-8")
        else:
            (ledger / f"{month}.csv").write_text(worlds.ledger_text(postings), "utf-8")

    def _raised(self, posting: worlds.Posting) -> worlds.Posting:
        from dataclasses import replace

        return replace(posting, amount=posting.amount + 1000)

    def double(self, month: str) -> None:
        """The same file again under another name is refused; then it is taken away."""
        again = self.folder / "ledger" / "again.csv"
        again.write_text(worlds.ledger_text(self.world.months[month]), "utf-8")
        code = self.zygote.wait(self.zygote.start("build", self.folder, log=self.log))
        assert code == 3, f"the same vouchers twice must be refused: {self.log.read_text()}"
        again.unlink()

    def build(self, *, killed: bool) -> None:
        child = self.zygote.start("build", self.folder, log=self.log)
        if killed:
            import time

            time.sleep(self.source.random() * 0.8)
            kill(child)
            self.zygote.wait(child)
        else:
            assert self.zygote.wait(child) == 0, self.log.read_text()


def schedules(folder: Path, seed: int, times: int) -> None:
    world = without_ceilings(worlds.draw(seed, rows=15, vendors=10))
    whole = worlds.write(world, folder / "whole")
    run("build", whole)
    expected = final(whole)
    for i in range(times):
        workspace = folder / f"s{i}"
        Schedule(workspace, world, random.Random(seed * 10_000 + i)).follow()
        assert final(workspace) == expected, f"seed {seed}, schedule {i}"
        shutil.rmtree(workspace)


@pytest.mark.trust
def test_a_few_schedules_end_alike(tmp_path: Path) -> None:
    schedules(tmp_path, 7, 3)


@pytest.mark.trust
@pytest.mark.parametrize("part", range(PARTS))
def test_a_thousand_schedules_end_alike(tmp_path: Path, part: int, kept: Kept) -> None:
    times = int(1000 * scale()) // PARTS
    schedules(tmp_path, 70 + part, times)
    world = without_ceilings(worlds.draw(70 + part, rows=15, vendors=10))
    world.months["2025-01"].pop()
    less = worlds.write(world, tmp_path / "less")
    run("build", less)
    assert final(less) != final(tmp_path / "whole"), "one posting less must be told"
    kept(
        "R7",
        f"{times} schedules (seed {70 + part}): shuffled, doubled, split, corrected, stopped and"
        " resumed; the same postings, states and figures at the end",
        proof="one posting less gives another end",
    )


# ── R8 ──────────────────────────────────────────────────────────────────────────────────────────

PLACES: list[dict[str, str]] = [
    {},
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"},
    {"PYTHONHASHSEED": "2", "TZ": "America/Caracas", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "3", "TZ": "Europe/Stockholm", "LC_ALL": "sv_SE.UTF-8"},
    {"PYTHONHASHSEED": "4", "TZ": "Asia/Kolkata", "LC_ALL": "tr_TR.UTF-8"},
    {"PYTHONHASHSEED": "5", "LC_ALL": "ar_EG.UTF-8"},
    {"PYTHONHASHSEED": "6", "POLARS_MAX_THREADS": "1"},
    {"PYTHONHASHSEED": "7", "LANG": "de_DE.UTF-8", "TZ": "UTC"},
    {"PYTHONHASHSEED": "8", "PYTHONUTF8": "0", "LC_ALL": "POSIX"},
    {"PYTHONHASHSEED": "9"},
]


def made(workspace: Path) -> dict[str, bytes]:
    """What the report wrote, byte by byte."""
    reports = workspace / "output" / "reports"
    return {
        path.relative_to(reports).as_posix(): path.read_bytes()
        for path in sorted(reports.rglob("*"))
        if path.is_file()
    }


@pytest.mark.trust
def test_same_inputs_same_bytes_everywhere(tmp_path: Path, kept: Kept) -> None:
    world = worlds.draw(8, rows=60)
    seen_tables, seen_bytes, runs = [], [], 0
    for threads in (1, 2):
        for i, place in enumerate(PLACES):
            workspace = worlds.write(world, tmp_path / f"{threads}-{i}")
            settings = workspace / "compliance.toml"
            settings.write_text(settings.read_text().replace("threads = 2", f"threads = {threads}"))
            env = {**place, "COMPLIANCE_TEST_PLACE": str(i)}
            run("build", workspace, env=env)
            run("report", workspace, env=env)
            tables = contents(workspace)
            tables.pop("build_info")  # its inputs_digest holds compliance.toml, where threads stand
            seen_tables.append(tables)
            seen_bytes.append(made(workspace))
            runs += 1
    assert all(tables == seen_tables[0] for tables in seen_tables)
    assert len(seen_bytes[0]) >= 1
    for other in seen_bytes[1:]:
        assert other.keys() == seen_bytes[0].keys()
        assert [name for name in other if other[name] != seen_bytes[0][name]] == []
    unordered = []
    for i in range(2):
        workspace = worlds.write(world, tmp_path / f"unordered-{i}")
        run("build", workspace, safeguard="no_order")
        unordered.append(contents(workspace))
    assert unordered[0] != unordered[1], "without an order two builds must differ"
    kept(
        "R8",
        f"{runs} runs over threads 1/2, hash seeds, time zones and locales: {len(seen_tables[0])}"
        f" tables and {len(seen_bytes[0])} files equal, byte by byte",
        proof="with ORDER BY taken out two builds differ",
    )


@pytest.mark.trust
def test_two_builds_in_two_places_are_equal(tmp_path: Path) -> None:
    world = worlds.draw(8, rows=30, months=2, is_covered=True)
    found = []
    for i, place in enumerate(PLACES[3:5]):
        workspace = worlds.write(world, tmp_path / str(i))
        run("build", workspace, env=place)
        run("report", workspace, env=place)
        found.append((contents(workspace), made(workspace)))
    assert found[0] == found[1]
    assert os.environ.get("TZ") is None or found
