"""R29: of batches that start at once exactly one works; the others say who does, and leave."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
import worlds
from promises import Kept
from runs import Zygote, contents, kill, scale

VERBS = (("run",), ("build", "--anew"), ("build",), ("report",))


def race(
    zygote: Zygote, workspace: Path, folder: Path, starts: int
) -> tuple[list[int], list[str], float]:
    """Start so many batches at once, each of another verb that writes.

    Returns exit codes, what was said, and the slowest refusal.
    """
    began = time.monotonic()
    children = {}
    for i in range(starts):
        log = folder / f"log{i}"
        verb = VERBS[i % len(VERBS)]
        children[zygote.start(*verb, workspace, log=log)] = log
    codes, refusals, slowest = [], [], 0.0
    for child, log in children.items():
        code = zygote.wait(child)
        codes.append(code)
        if code != 0:
            refusals.append(log.read_text("utf-8", "replace"))
            slowest = max(slowest, log.stat().st_mtime - time.time() + time.monotonic() - began)
    return codes, refusals, slowest


def races(folder: Path, seed: int, times: int) -> tuple[int, int, float]:
    source, zygote = random.Random(seed), Zygote()
    workspace = worlds.write(worlds.draw(29, rows=20, months=1, is_covered=True), folder / "w")
    assert zygote.wait(zygote.start("run", workspace, log=folder / "log")) == 0
    whole = contents(workspace)
    batches = refused = 0
    slowest = 0.0
    for _ in range(times):
        starts = source.randrange(2, 5)
        codes, refusals, took = race(zygote, workspace, folder, starts)
        batches += starts
        refused += len(refusals)
        slowest = max(slowest, took)
        assert 0 in codes, (codes, refusals)
        assert set(codes) <= {0, 4}, (codes, refusals)
        for refusal in refusals:
            assert "process " in refusal, refusal
        assert contents(workspace) == whole
    return batches, refused, slowest


@pytest.mark.trust
def test_a_batch_beside_a_running_one_leaves_with_4(tmp_path: Path) -> None:
    _, refused, _ = races(tmp_path, 1, 2)
    assert refused >= 1


@pytest.mark.trust
def test_two_hundred_starts_at_once(tmp_path: Path, kept: Kept) -> None:
    times = max(2, int(70 * scale()))
    batches, refused, slowest = races(tmp_path, 29, times)
    assert refused >= times / 2
    assert slowest < 5
    zygote, workspace, log = Zygote(), tmp_path / "w", tmp_path / "log"
    taken = 0
    for i in range(10):
        child = zygote.start("run", workspace, log=log)
        time.sleep(0.05 + 0.05 * i)
        kill(child)
        killed = zygote.wait(child) == -9
        assert zygote.wait(zygote.start("run", workspace, log=log)) == 0, log.read_text()
        taken += killed
    open_door = sum(race_without_lock(zygote, workspace, tmp_path) for _ in range(3))
    assert open_door > 3, "without the lock more than one of each race must work"
    kept(
        "R29",
        f"{batches} batches in {times} races (seed 29): one works at a time, {refused} left with 4"
        f" within {slowest:.1f} s, naming its process; {taken} locks of killed runs taken over",
        proof=f"without the lock {open_door} of 6 batches work at once",
    )


def race_without_lock(zygote: Zygote, workspace: Path, folder: Path) -> int:
    children = [
        zygote.start("run", workspace, log=folder / f"l{i}", safeguard="no_lock") for i in range(2)
    ]
    time.sleep(0.05)
    return sum(zygote.wait(child) != 4 for child in children)
