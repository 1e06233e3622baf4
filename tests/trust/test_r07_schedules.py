"""R7: the order, the number and the parts in which deliveries come change nothing.

A thousand schedules are followed in one process, which reads, identifies and measures as a build
does and publishes nothing; a few are followed by whole builds that are killed on the way.
"""

from __future__ import annotations

import contextlib
import gc
import random
import re
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
import worlds
from promises import Kept
from runs import Zygote, kill, query, run, scale

from compliance import building, confined, database, steps
from compliance.errors import ComplianceError, Problems
from compliance.inputs import read_inputs
from compliance.workspace import Workspace

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
FIGURES = ("kpi_monthly", "kpi_yearly", "kpi_department_monthly")
End = tuple[list[tuple[Any, ...]], ...]

# An alarm that falls into a library's callback stops nothing there and is a warning: the run ends.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def end_of(ask: Callable[[str], list[tuple[Any, ...]]]) -> End:
    return (ask(POSTINGS), *(ask(f"from {table} order by all") for table in FIGURES))


# ── who builds ──────────────────────────────────────────────────────────────────────────────────


class Builder(Protocol):
    """Builds the workspace, to the end or not, and says how it would stand."""

    def build(self) -> None: ...
    def is_refused(self) -> bool: ...
    def stop(self, moment: float) -> bool: ...
    def end(self) -> End: ...


class Apart:
    """Whole builds, each in a process that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log, self.zygote = folder, folder.parent / "log", Zygote()

    def build(self) -> None:
        assert self._code() == 0, self.log.read_text()

    def is_refused(self) -> bool:
        return self._code() == 3

    def stop(self, moment: float) -> bool:
        child = self.zygote.start("build", self.folder, log=self.log)
        time.sleep(moment * 1.2)
        kill(child)
        return self.zygote.wait(child) == -9

    def end(self) -> End:
        return end_of(lambda sql: query(self.folder, sql))

    def _code(self) -> int:
        return self.zygote.wait(self.zygote.start("build", self.folder, log=self.log))


class Stopped(BaseException):
    """What a stop from outside raises wherever the program is, as Ctrl-C does."""


class Within:
    """The same reading, matching and measuring in this process, and no table that is not asked."""

    def __init__(self, folder: Path, room: Room) -> None:
        self.folder, self.room = folder, room

    def build(self) -> None:
        read_inputs(Workspace.open(self.folder))

    def is_refused(self) -> bool:
        try:
            self.build()
        except (ComplianceError, Problems):
            return True
        return False

    def stop(self, moment: float) -> bool:
        is_running, has_stopped = True, False

        def raise_stopped(*_: object) -> None:
            nonlocal has_stopped
            if is_running:
                has_stopped = True
                raise Stopped

        gc.disable()  # raised in a collector's callback it would stop nothing, and be a warning
        before = signal.signal(signal.SIGALRM, raise_stopped)
        signal.setitimer(signal.ITIMER_REAL, 0.001 + moment * 0.4)
        try:
            self.end()
        except (Stopped, Exception):  # DuckDB makes another error of what is raised inside it
            if not has_stopped:
                raise
            self.room.leave_half_way()
        finally:
            is_running = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            gc.enable()
        return has_stopped

    def end(self) -> End:
        workspace = Workspace.open(self.folder)
        inputs = read_inputs(workspace)
        spill, models = workspace.output / "spill", database.sql_files("models")
        with (
            database.scratch(spill) as path,
            steps.started(inputs, path) as db,
        ):
            steps.identified(db, inputs)
            wanted = ["coverage", "ledger_lines", *FIGURES]
            building.build(db, models, wanted, published=False)
            return end_of(lambda sql: db.execute(sql).fetchall())


class Child(confined.Confined):
    """The child, and whether it still owes an answer."""

    is_asked = False

    def call(self, function: str, path: Path, file: str, *arguments: object) -> object:
        self.is_asked = True
        answer = super().call(function, path, file, *arguments)
        self.is_asked = False
        return answer


class Room:
    """One room for parsing that outlives its builds: starting one takes longer than a schedule."""

    def __init__(self) -> None:
        self.child = Child()

    @contextlib.contextmanager
    def entered(self) -> Iterator[confined.Confined]:
        yield self.child

    def leave_half_way(self) -> None:
        if self.child.is_asked:
            self.leave()

    def leave(self) -> None:
        self.child.close()
        self.child.is_asked = False


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """Let every reader use the same room."""
    import compliance.cli  # noqa: F401 - all modules that read are to be there

    room, original, found = Room(), confined.confined, 0
    for name, module in list(sys.modules.items()):
        if name.startswith("compliance.") and getattr(module, "confined", None) is original:
            monkeypatch.setattr(module, "confined", room.entered)
            found += 1
    assert found > 1, "nobody reads in a room any more"
    yield room
    room.leave()


# ── schedules ───────────────────────────────────────────────────────────────────────────────────


def without_ceilings(world: worlds.World) -> worlds.World:
    """Which of two postings of a day passes a ceiling is told by their rows: a split file moves
    rows, so here no contract has one."""
    world.contracts = [
        re.sub(r"(;\d{4}-\d\d-\d\d;;)\d*;", r"\1;", line) for line in world.contracts
    ]
    return world


class Schedule:
    """One way in which the same three months can come."""

    def __init__(self, builder: Builder, folder: Path, world: worlds.World, seed: int) -> None:
        self.builder, self.folder, self.world = builder, folder, world
        self.source, self.tally = random.Random(seed), Counter[str]()

    def follow(self) -> None:
        """Deliver in random order and parts, building, failing and being stopped on the way."""
        worlds.write(worlds.World(contracts=self.world.contracts), self.folder)
        months = list(self.world.months)
        self.source.shuffle(months)
        self.tally["shuffled"] += months != sorted(months)
        for month in months:
            self.deliver(month)
            chance = self.source.random()
            if chance < 0.2:
                self.builder.build()
            elif chance < 0.45:
                self.tally["stopped"] += self.builder.stop(self.source.random())
            if self.source.random() < 0.25:
                self.double(month)
        self.builder.build()

    def deliver(self, month: str) -> None:
        postings, chance = self.world.months[month], self.source.random()
        if chance < 0.3:
            self.tally["split"] += 1
            at = self.source.randrange(1, len(postings))
            self.write(f"{month}-part{self.source.randrange(2)}", postings[at:])
            if self.source.random() < 0.3:
                self.builder.build()
            self.write(f"{month}-part{self.source.randrange(2, 4)}", postings[:at])
        elif chance < 0.5:
            self.tally["corrected"] += 1
            first = replace(postings[0], amount=postings[0].amount + 1000)
            self.write(month, [first, *postings[1:]])
            self.builder.build()
            self.write(month, postings)
        else:
            self.write(month, postings)

    def double(self, month: str) -> None:
        """The same vouchers again under another name are refused; then the file is taken away."""
        self.tally["doubled"] += 1
        self.write("again", self.world.months[month])
        assert self.builder.is_refused(), "the same vouchers twice must be refused"
        (self.folder / "ledger" / "again.csv").unlink()

    def write(self, name: str, postings: list[worlds.Posting]) -> None:
        text = worlds.ledger_text(postings)
        (self.folder / "ledger" / f"{name}.csv").write_text(text, "utf-8")


def schedules(
    folder: Path, seed: int, times: int, builder: Callable[[Path], Builder]
) -> Counter[str]:
    """Follow so many schedules; every end must be that of a whole build of one delivery."""
    world, tally = without_ceilings(worlds.draw(seed, rows=8, vendors=8)), Counter[str]()
    whole = worlds.write(world, folder / "whole")
    run("build", whole)
    expected = end_of(lambda sql: query(whole, sql))
    assert all(expected), "an empty table is equal to everything"
    for i in range(times):
        workspace = folder / f"s{i}"
        schedule = Schedule(builder(workspace), workspace, world, seed * 10_000 + i)
        schedule.follow()
        assert schedule.builder.end() == expected, f"seed {seed}, schedule {i}"
        tally.update(schedule.tally)
        shutil.rmtree(workspace)
    return tally


@pytest.mark.trust
def test_a_few_schedules_of_whole_builds_end_alike(tmp_path: Path) -> None:
    assert schedules(tmp_path, 7, int(max(3, 24 * scale())), Apart)["stopped"] > 0


def test_a_few_schedules_end_alike(tmp_path: Path, room: Room) -> None:
    schedules(tmp_path, 7, 4, lambda folder: Within(folder, room))


@pytest.mark.trust
@pytest.mark.parametrize("part", range(PARTS))
def test_a_thousand_schedules_end_alike(tmp_path: Path, part: int, kept: Kept, room: Room) -> None:
    times, seed = int(1000 * scale()) // PARTS, 70 + part
    tally = schedules(tmp_path, seed, times, lambda folder: Within(folder, room))
    for what in ("shuffled", "doubled", "split", "corrected", "stopped"):
        assert tally[what] >= 0.05 * times or scale() < 1, what  # of a few, it is chance
    world = without_ceilings(worlds.draw(seed, rows=8, vendors=8))
    world.months["2025-01"].pop()
    less = worlds.write(world, tmp_path / "less")
    whole = Within(tmp_path / "whole", room).end()
    assert Within(less, room).end() != whole, "one posting less must be told"
    kept(
        "R7",
        "{schedules} schedules: {shuffled} times shuffled, {doubled} doubled, {split} split,"
        " {corrected} corrected, {stopped} stopped and resumed; the same postings, states and"
        " figures at the end",
        proof="one posting less gives another end, in {parts} of {parts} worlds",
        seed=seed,
        schedules=times,
        parts=1,
        **tally,
    )
