"""R8: the same inputs give the same bytes, wherever and whenever they are read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import worlds
from promises import Kept
from runs import contents, run

PLACES: list[dict[str, str]] = [
    {},
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"},
    {"PYTHONHASHSEED": "2", "TZ": "America/Caracas", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "3", "TZ": "Europe/Stockholm"},
    {"PYTHONHASHSEED": "4", "TZ": "Asia/Kolkata"},
    {"PYTHONHASHSEED": "5", "POLARS_MAX_THREADS": "1"},
    {"PYTHONHASHSEED": "6", "TZ": "UTC"},
    {"PYTHONHASHSEED": "7", "PYTHONUTF8": "0", "LC_ALL": "POSIX"},
    {"PYTHONHASHSEED": "8"},
]
# Decimal commas, dotless i, other digits and another order: .ci/run makes them.
LOCALES = ("sv_SE.UTF-8", "tr_TR.UTF-8", "ar_EG.UTF-8", "de_DE.UTF-8")
_JANUARY = "import locale, time; locale.setlocale(locale.LC_ALL, ''); print(ascii(time.strftime('%B', (2026, 1, 1, 0, 0, 0, 3, 1, 0))))"


def january(locale: str) -> str | None:
    """What a program in this locale calls January, or None where the machine has no such one."""
    said = subprocess.run(
        [sys.executable, "-c", _JANUARY],
        capture_output=True, check=False, text=True, env={**os.environ, "LC_ALL": locale},
    )  # fmt: skip
    return said.stdout.strip() if said.returncode == 0 else None


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
        f"{runs} runs over threads 1/2, hash seeds and time zones: {len(seen_tables[0])}"
        f" tables and {len(seen_bytes[0])} files equal, byte by byte",
        proof="with ORDER BY taken out two builds differ",
    )


@pytest.fixture(scope="module")
def plainly(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, dict[str, bytes]]:
    """Tables and reports of a small world, made in the locale C."""
    return _made_in("C", tmp_path_factory.mktemp("plainly"))


def _made_in(locale: str, folder: Path) -> tuple[object, dict[str, bytes]]:
    workspace = worlds.write(worlds.draw(8, rows=40, months=2), folder / "w")
    for verb in ("build", "report"):
        run(verb, workspace, env={"LC_ALL": locale})
    return contents(workspace), made(workspace)


@pytest.mark.trust
@pytest.mark.parametrize("locale", LOCALES)
def test_no_byte_depends_on_the_locale(
    locale: str, plainly: tuple[object, dict[str, bytes]], tmp_path: Path, kept: Kept
) -> None:
    named = january(locale)
    if named is None:
        pytest.skip(f"this machine has no locale {locale}")
    assert named != january("C")
    tables, files = _made_in(locale, tmp_path)
    assert tables == plainly[0]
    assert files.keys() == plainly[1].keys()
    assert [name for name in files if files[name] != plainly[1][name]] == []
    kept(
        "R8",
        f"built and reported in {locale}: {len(files)} files as in C",
        proof="the locale is in force: its January is not that of C",
    )


@pytest.mark.trust
def test_two_builds_in_two_places_are_equal(tmp_path: Path) -> None:
    world = worlds.draw(8, rows=30, months=2, is_covered=True)
    found = []
    for i, place in enumerate(PLACES[1:3]):
        workspace = worlds.write(world, tmp_path / str(i))
        run("build", workspace, env=place)
        run("report", workspace, env=place)
        found.append((contents(workspace), made(workspace)))
    assert found[0] == found[1]
