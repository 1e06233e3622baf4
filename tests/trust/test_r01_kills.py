"""R1: kill -9 at a random moment never loses, doubles or tears what is published."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from pathlib import Path

import duckdb
import pytest
import worlds
from promises import Kept
from runs import DATABASE, Zygote, contents, kill, run, scale

STAGES = ("load", "match", "cover", "decide", "check", "publish")
PARTS = 8


@pytest.mark.trust
@pytest.mark.parametrize("part", range(PARTS))
def test_a_killed_build_leaves_the_old_database_or_the_new_one(
    tmp_path: Path, part: int, kept: Kept
) -> None:
    times = int(2000 * scale()) // PARTS
    seed = 100 + part
    tally = killed(tmp_path, seed, times, "nothing")

    assert tally["torn"] == 0
    assert tally["left behind"] == 0
    assert tally["killed"] >= 0.6 * times, "most kills must land in a run"
    for stage in STAGES:
        assert tally[stage] >= 0.05 * tally["killed"] or scale() < 1, stage  # of a few, chance
    in_place = killed(tmp_path / "in place", seed, max(6, times // 10), "in_place")
    assert in_place["torn"] > 0, "writing in place must tear"
    kept(
        "R1",
        f"{tally['killed']} kills of {times} runs (seed {seed}): {tally['old']} old,"
        f" {tally['new']} new, 0 torn, lost, doubled or left behind",
        proof=f"written in place, {in_place['torn']} of {in_place['killed']} are torn",
    )


@pytest.mark.trust
def test_a_few_kills_in_every_run_of_the_suite(tmp_path: Path) -> None:
    tally = killed(tmp_path, 7, 6, "nothing")
    assert tally["torn"] == tally["left behind"] == 0
    assert tally["old"] + tally["new"] == 6


def killed(folder: Path, seed: int, times: int, safeguard: str) -> Counter[str]:
    """Kill `times` builds, each in a random stage; tally what stands afterwards.

    Every build reads other figures than the one before it, so that a mixture would show.
    """
    source, zygote, tally = random.Random(seed), Zygote(), Counter[str]()
    drawn = [worlds.draw(seed * 2 + i, rows=20, vendors=12, is_covered=True) for i in range(2)]
    undisturbed = []
    for i, world in enumerate(drawn):
        whole = worlds.write(world, folder / f"whole {i}")
        took = _timed(zygote, whole, folder / "log")
        undisturbed.append(contents(whole))
    workspace = worlds.write(drawn[0], folder / "workspace")
    log = folder / "log"
    assert zygote.wait(zygote.start("build", workspace, "--anew", log=log)) == 0
    standing = 0
    for i in range(times):
        wanted = (i + 1) % 2
        worlds.write(drawn[wanted], workspace)
        if source.random() < 0.5:
            shutil.rmtree(workspace / "output" / "cache", ignore_errors=True)
        stage = source.choice(STAGES)
        tally[_kill(zygote, workspace, log, stage, took[stage], source, safeguard)] += 1
        found = _standing(workspace, undisturbed)
        if found is None:
            tally["torn"] += 1
            shutil.rmtree(workspace / "output", ignore_errors=True)
            assert zygote.wait(zygote.start("build", workspace, "--anew", log=log)) == 0
            found = wanted
        else:
            tally["old" if found == standing else "new"] += 1
        standing = found
    tally["killed"] = sum(tally[stage] for stage in STAGES)
    if safeguard != "nothing":
        return tally
    worlds.write(drawn[1], workspace)
    assert zygote.wait(zygote.start("build", workspace, "--anew", log=log)) == 0
    assert _standing(workspace, undisturbed) == 1, "the next run must be as if nothing had happened"
    tally["left behind"] = len(_left_behind(workspace))
    return tally


def _timed(zygote: Zygote, workspace: Path, log: Path) -> dict[str, float]:
    """Build once; return how long each stage took."""
    child = zygote.start("build", workspace, "--anew", log=log)
    took, since = {}, time.monotonic()
    for stage in STAGES:
        zygote.wait_for(child, log, f"{stage} ")
        now = time.monotonic()
        took[stage], since = now - since, now
    assert zygote.wait(child) == 0, log.read_text()
    return took


def _kill(
    zygote: Zygote,
    workspace: Path,
    log: Path,
    stage: str,
    took: float,
    source: random.Random,
    safeguard: str,
) -> str:
    """Kill a build within the stage; return the stage, or `ended` when it was too late."""
    child = zygote.start("build", workspace, "--anew", log=log, safeguard=safeguard)
    before = STAGES[STAGES.index(stage) - 1] if stage != STAGES[0] else ""
    if not zygote.wait_for(child, log, f"{before} " if before else ""):
        zygote.wait(child)
        return "ended"
    time.sleep(source.random() * took)
    kill(child)
    return stage if zygote.wait(child) == -9 else "ended"


def _standing(workspace: Path, undisturbed: list[dict[str, tuple[int, str]]]) -> int | None:
    """Say which whole generation is published, or null for neither."""
    try:
        found = contents(workspace)
    except duckdb.Error:
        return None
    return undisturbed.index(found) if found in undisturbed else None


def _left_behind(workspace: Path) -> list[str]:
    return [
        path.name
        for path in workspace.rglob("*")
        if path.name != ".lock"
        and (path.name.startswith(".") or path.name.endswith((".wal", ".tmp")))
    ]


@pytest.mark.trust
def test_a_killed_report_leaves_whole_pages(tmp_path: Path) -> None:
    workspace = worlds.write(worlds.draw(5, rows=60, is_covered=True), tmp_path / "w")
    run("build", workspace)
    zygote, log, source = Zygote(), tmp_path / "log", random.Random(5)
    for _ in range(int(8 * max(scale(), 1))):
        child = zygote.start("report", workspace, log=log)
        time.sleep(source.random() * 0.6)
        kill(child)
        zygote.wait(child)
        for page in (workspace / "output" / "reports").rglob("*.html"):
            assert page.read_text("utf-8").rstrip().endswith("</html>"), page
    assert (workspace / DATABASE).exists()
