"""R12: a damaged database, cache or workbook is noticed, never silently wrong."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest
import worlds
from promises import Kept
from runs import DATABASE, Zygote, contents, run, scale

PAGE = 4096


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = worlds.write(
        worlds.draw(12, rows=40, is_covered=True), tmp_path_factory.mktemp("damage")
    )
    run("build", folder)
    return folder


def damage(data: bytearray, source: random.Random) -> str:
    """Change the file's bytes in one of five ways; return which."""
    kind = source.choice(["bit", "page", "cut", "swap", "noise"])
    at = source.randrange(len(data))
    if kind == "bit":
        data[at] ^= 1 << source.randrange(8)
    elif kind == "page":
        data[at : at + PAGE] = bytes(len(data[at : at + PAGE]))
    elif kind == "cut":
        del data[at:]
    elif kind == "swap":
        size = min(PAGE, len(data) // 2)
        other = source.randrange(len(data) - size)
        at = min(at, len(data) - size)
        data[at : at + size], data[other : other + size] = (
            data[other : other + size],
            data[at : at + size],
        )
    else:
        data[at : at + 16] = source.randbytes(len(data[at : at + 16]))
    return kind


def opened(zygote: Zygote, workspace: Path, expected: str, safeguard: str = "nothing") -> str:
    """Open the database as every command does, in a process of its own; say what came of it."""
    log = workspace / "log"
    child = zygote.start(workspace, expected, log=log, safeguard=safeguard, call="runs:looked_at")
    code = zygote.wait(child)
    return {0: "same", 1: "SILENTLY WRONG", 2: "told"}.get(code, f"crashed {code}")


def flipped(workspace: Path, folder: Path, seed: int, times: int) -> Counter[str]:
    source, tally = random.Random(seed), Counter[str]()
    whole, expected = (workspace / DATABASE).read_bytes(), json.dumps(contents(workspace))
    zygote = Zygote()
    target = folder / DATABASE
    target.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(times):
        data = bytearray(whole)
        damage(data, source)
        target.write_bytes(data)
        tally[opened(zygote, folder, expected)] += 1
    return tally


def test_a_few_damages_are_told_or_harmless(workspace: Path, tmp_path: Path) -> None:
    tally = flipped(workspace, tmp_path, 1, 25)
    assert set(tally) <= {"told", "same"}, tally
    assert tally["told"] > 0


@pytest.mark.trust
def test_a_thousand_damages_are_told_or_harmless(
    workspace: Path, tmp_path: Path, kept: Kept
) -> None:
    times = int(1000 * scale())
    tally = flipped(workspace, tmp_path, 12, times)
    assert set(tally) <= {"told", "same"}, tally
    changed = changed_by_hand(workspace, tmp_path)
    kept(
        "R12",
        f"{times} damages of the database (seed 12): {tally['told']} told, {tally['same']} hit"
        " nothing that is read, 0 silently different, 0 crashes",
        proof=f"the answer is compared with {changed} tables' hashes; one öre changed is told, and"
        " is silently wrong when no stamps are compared",
    )


def changed_by_hand(workspace: Path, folder: Path) -> int:
    """Change one öre with a sound DuckDB: no checksum of the file notices, the stamps must.

    Without the stamps the same comparison has to call it silently wrong.
    """
    import duckdb

    target = folder / DATABASE
    shutil.copy(workspace / DATABASE, target)
    target.chmod(0o640)
    with duckdb.connect(str(target)) as db:
        db.execute(
            "update coverage set amount_sek = amount_sek + 0.01 where line_id = (select min(line_id) from coverage)"
        )
    tables = contents(workspace)
    zygote, expected = Zygote(), json.dumps(tables)
    assert opened(zygote, folder, expected) == "told"
    assert opened(zygote, folder, expected, safeguard="no_stamps") == "SILENTLY WRONG"
    return len(tables)


@pytest.mark.trust
def test_a_damaged_cache_costs_time_and_no_figure(workspace: Path, tmp_path: Path) -> None:
    copy = tmp_path / "w"
    shutil.copytree(workspace, copy)
    whole, source = contents(copy), random.Random(3)
    entries = [path for path in (copy / "output" / "cache").rglob("*") if path.is_file()]
    assert entries
    for path in entries:
        data = bytearray(path.read_bytes())
        damage(data, source)
        path.write_bytes(data)
        run("build", copy, "--anew")
        assert contents(copy) == whole, path.name
