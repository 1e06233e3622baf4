"""What did it cost? A command in a process of its own: CPU and wall seconds, peak memory."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Cost:
    """CPU and wall seconds, and peak MB, of a process and those it waited for."""

    cpu: float
    wall: float
    megabytes: float
    said: str = ""

    def __str__(self) -> str:
        return f"{self.cpu:8.2f} {self.wall:8.1f} {self.megabytes:8.0f}"


HEAD = f"{'':34} {'CPU s':>8} {'wall s':>8} {'peak MB':>8}"


def cost(*command: str | Path, python: str = sys.executable) -> Cost:
    """Run Python with these arguments. Raises RuntimeError with what it said when it fails."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    compiled = {
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(ROOT / ".pytest_cache" / "compiled"),
    }
    started = time.monotonic()
    child = subprocess.Popen(
        [python, *map(str, command)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, **compiled},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert child.stdout is not None
    said = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(said)
    wall = time.monotonic() - started
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, said)


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of repeated runs, by CPU; the wall and memory are those of the same run."""
    wanted = statistics.median_low([one.cpu for one in costs])
    return next(one for one in costs if one.cpu == wanted)


def middle_inside(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """CPU and wall seconds of work repeated in this process: the run of the median CPU."""
    found = []
    for _ in range(runs):
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        found.append((time.process_time() - cpu, time.perf_counter() - wall))
    return statistics.median_low(found)


def machine() -> str:
    """The machine and the versions, for the table of results."""
    engines = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "polars"))
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {engines}"
