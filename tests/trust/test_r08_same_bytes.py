"""R8: the same inputs give the same bytes, wherever and whenever they are read."""

from __future__ import annotations

from pathlib import Path

import pytest
import worlds
from promises import Kept
from runs import contents, run

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
    for threads, safeguard in ((1, "one_thread"), (2, "nothing")):
        for i, place in enumerate(PLACES):
            workspace = worlds.write(world, tmp_path / f"{threads}-{i}")
            env = {**place, "COMPLIANCE_TEST_PLACE": str(i)}
            run("build", workspace, env=env, safeguard=safeguard)
            run("report", workspace, env=env)
            seen_tables.append(contents(workspace))
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
