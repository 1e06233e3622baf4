"""One batch at a time in a workspace; the others are told whose, and a dead one is no obstacle."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from promises import Kept

from compliance import batch, lock
from compliance.cli import main
from compliance.errors import RuleError
from compliance.workspace import Workspace

HOLDS = "held = lock.held(place); held.__enter__()"

# Forks {count} children that all try at the same moment; the winner holds until the others ended.
STARTS = """
import os, sys, time
from pathlib import Path
from compliance import lock
from compliance.errors import RuleError
from compliance.workspace import Workspace

workspace, count = Workspace.open(Path(sys.argv[1])), int(sys.argv[2])
ready, go = os.pipe(), os.pipe()
for _ in range(count):
    if os.fork() == 0:
        os.close(go[1])
        os.read(go[0], 1)
        start = time.monotonic()
        try:
            with lock.held(workspace):
                print("works", os.getpid(), flush=True)
                while len(Path(sys.argv[1], "lost").read_text().splitlines()) < count - 1:
                    time.sleep(0.01)
        except RuleError as error:
            with Path(sys.argv[1], "lost").open("a") as file:
                file.write(f"{error.exit_code} {time.monotonic() - start:.3f} {error.why}\\n")
        os._exit(0)
os.close(go[0])
Path(sys.argv[1], "lost").write_text("")
os.close(go[1])
for _ in range(count):
    os.wait()
"""


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    (tmp_path / "compliance.toml").write_text('[organisation]\nname = "B"\n')
    return Workspace.open(tmp_path)


@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.trust)])
def test_of_many_starts_at_once_exactly_one_works(place: Workspace, count: int, kept: Kept) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTS, str(place.root), str(count)],
        capture_output=True, text=True, timeout=100, check=True, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    winners = re.findall(r"works (\d+)", done.stdout)
    lost = (place.root / "lost").read_text().splitlines()
    slowest = max(float(line.split()[1]) for line in lost)

    assert len(winners) == 1, done.stdout
    assert len(lost) == count - 1
    for line in lost:
        assert line.startswith("4 ")
        assert f"process {winners[0]} on " in line
        assert "since 20" in line
    assert slowest < 5
    with lock.held(place) as died:
        assert died is None  # the winner ended well
    kept(
        "R29",
        f"{count} starts at once: 1 worked, {len(lost)} told its pid and start within {slowest:.1f} s",
        proof="test_without_the_kernels_lock_two_work_at_once",
    )


def test_without_the_kernels_lock_two_work_at_once(
    place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock.fcntl, "lockf", lambda *_: None)
    with lock.held(place):
        lock._held_here.clear()
        with lock.held(place) as died:
            assert died is not None


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_dead_holders_lock_is_taken_over_and_it_is_named(
    place: Workspace, how: signal.Signals
) -> None:
    child = os.fork()
    if child == 0:
        # A grandchild that outlives the holder does not keep its lock.
        with lock.held(place):
            if os.fork() == 0:
                time.sleep(3)
                os._exit(0)
            (place.root / "held").touch()
            time.sleep(30)
    while not (place.root / "held").exists():
        time.sleep(0.01)
    with pytest.raises(RuleError, match="another run is at work") as error, lock.held(place):
        pass
    assert f"process {child} " in error.value.why
    os.kill(child, how)
    os.waitpid(child, 0)

    with lock.held(place) as died:
        assert died is not None
        assert died.pid == child


def test_a_holder_that_fails_lets_go_and_is_not_taken_for_dead(place: Workspace) -> None:
    with pytest.raises(ValueError, match="mine"), lock.held(place):
        raise ValueError("mine")
    with lock.held(place) as died:
        assert died is None


def test_the_same_process_cannot_hold_it_twice(place: Workspace) -> None:
    with (
        lock.held(place),
        pytest.raises(RuleError, match="another run is at work") as error,
        lock.held(place),
    ):
        pass
    assert f"process {os.getpid()} " in error.value.why
    with lock.held(place):
        pass


@contextmanager
def another(place: Workspace, does: str) -> Iterator[None]:
    """Another process that does this, says so, and stays for the length of the block."""
    program = (
        "import fcntl, sys; from pathlib import Path; from compliance import lock;"
        " from compliance.workspace import Workspace; place = Workspace.open(Path(sys.argv[1]));"
        f" {does}; print('done', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(place.root)], cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "done\n"
            yield
        finally:
            process.kill()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was slept, on a clock that only sleeping and looking at it (by a little) move."""
    slept: list[float] = []
    looks: list[None] = []

    def now() -> float:
        looks.append(None)
        return round(sum(slept), 6) + (len(looks) > 500)

    monkeypatch.setattr(lock.time, "monotonic", now)
    monkeypatch.setattr(lock.time, "sleep", slept.append)
    return slept


def test_a_holder_that_has_said_its_name_is_not_waited_for(
    place: Workspace, naps: list[float]
) -> None:
    with (
        another(place, HOLDS),
        pytest.raises(RuleError, match=r"held by process \d"),
        lock.held(place),
    ):
        pass
    assert naps == []


def test_a_holder_without_a_name_is_waited_for_one_second(
    place: Workspace, naps: list[float]
) -> None:
    takes = "place.output.mkdir(); file = (place.output / lock.FILE).open('w'); fcntl.lockf(file, fcntl.LOCK_EX)"
    with (
        another(place, takes),
        pytest.raises(RuleError, match="not yet said its name"),
        lock.held(place),
    ):
        pass
    assert naps == [0.02] * 50


def test_the_lock_is_free_as_soon_as_the_block_has_ended(place: Workspace) -> None:
    with lock.held(place):
        pass
    with another(place, HOLDS):
        pass


def test_the_holders_name_outlives_a_power_cut(
    place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    durable: list[bytes] = []
    monkeypatch.setattr(lock.os, "fsync", lambda file: durable.append(os.pread(file, 4096, 0)))
    with lock.held(place):
        assert durable == [(place.output / lock.FILE).read_bytes()]
    assert durable[1:] == [b""]


@pytest.mark.parametrize(
    "verb",
    [
        ["run"], ["build"], ["build", "--anew"], ["build", "--engine", "spark"], ["report"],
        ["close", "2026-10"], ["forget", "--before", "2020-01-01", "--remove"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_whatever_writes_leaves_with_4_while_another_is_at_work(
    place: Workspace, verb: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with another(place, HOLDS):
        code = main([*verb, str(place.root)])
    assert code == 4
    assert "another run is at work in this workspace" in capsys.readouterr().err


def test_what_dead_processes_left_is_cleared_and_what_a_living_one_writes_stays(
    place: Workspace,
) -> None:
    (place.output / "spill").mkdir(parents=True)
    writes = (
        "from compliance import files, database;"
        " one = files.replacing(place.database); one.__enter__().touch();"
        " two = database.scratch(place.output / 'spill'); two.__enter__().touch()"
    )
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    (place.output / "spill" / f"duckdb_temp_{dead}_0_storage_DEFAULT-0.tmp").touch()
    (
        place.output / f".compliance.duckdb.{dead}@{lock.socket.gethostname()[:32]}.unfinished"
    ).touch()
    with another(place, writes):
        before = {path for path in place.output.rglob("*") if dead not in path.name}
        with batch.alone(place, print):
            assert set(place.output.rglob("*")) == {*before, place.output / lock.FILE}
    with batch.alone(place, print):
        left = {place.output / "spill", place.output / lock.FILE}
        assert set(place.output.rglob("*")) == left


def test_the_lock_is_among_what_the_program_writes_and_nowhere_else(place: Workspace) -> None:
    with lock.held(place):
        pass
    assert {path.name for path in place.root.iterdir()} == {"compliance.toml", "output"}


def test_a_workspace_whose_output_was_removed_can_be_held_again(place: Workspace) -> None:
    with lock.held(place):
        pass
    shutil.rmtree(place.output)
    with lock.held(place) as died:
        assert died is None


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_groups_own_may_take_the_lock_in_turn_under_any_umask(
    place: Workspace, umask: int
) -> None:
    before = os.umask(umask)
    try:
        with lock.held(place):
            mode = (place.output / lock.FILE).stat().st_mode
    finally:
        os.umask(before)
    assert mode & 0o777 == 0o640
