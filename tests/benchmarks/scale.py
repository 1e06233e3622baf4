"""A municipality, a region, a country: what a build costs at each size, and is it right?

    python -m tests.benchmarks scale                      1, 10 and 100 million postings
    python -m tests.benchmarks scale 1000000 10000000     as many as you like

Every size has 10,000 contracts, and a build of its own from text to published database. Of each one
posting in a hundred is judged again by the slow reader of the tests. The whole takes an hour of a
quiet machine, and 75 GB of its disk: 20 of ledgers and database, 46 of spill, and slack.

Promised: one month more costs at most a tenth of the smallest; ten times the postings at most 1.15
times ten times the CPU, in 4 GB; 100 million at most an hour, in 12 GB; nothing differs.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.second_reading import compared

from . import _workspace
from ._measure import HEAD, Cost, cost, machine
from .build import MONTH_MORE, written_anew
from .sample import SHARE

CONTRACTS = 10_000
COUNTRY = 100_000_000
GROWTH = 1.15  # times the CPU a posting of the smallest size
MEGABYTES = {False: 4_000, True: 12_000}  # of a country: True
LIMIT = {False: "2GB", True: "8GB"}  # of DuckDB's own memory, which is not all that is used
SECONDS = 3_600


def main(arguments: list[str]) -> int:
    """Print the table line by line; 0 when every promise is kept."""
    sizes = sorted(int(word) for word in arguments) or [1_000_000, 10_000_000, COUNTRY]
    print(f"\nscale: {machine()}\n{HEAD}", flush=True)
    kept = [_month_more(sizes[0])]
    smallest = 0.0
    for rows in sizes:
        with tempfile.TemporaryDirectory() as room:
            folder = _made(Path(room) / "workspace", rows)
            cold = _build(f"{rows:,} × {CONTRACTS:,}: from nothing", folder)
            each = cold.cpu / rows
            smallest = smallest or each
            kept += _bounds(rows, cold, each / smallest)
            found = compared(folder, SHARE)
            print(f"{'':34} read again: {found}", flush=True)
            kept.append(found.differing == 0)
    return 0 if all(kept) else 1


def _bounds(rows: int, cold: Cost, grown: float) -> list[bool]:
    most = MEGABYTES[rows >= COUNTRY]
    print(f"{'':34} CPU a posting: {grown:.2f} × that of the smallest (at most {GROWTH})")
    print(f"{'':34} memory: {cold.megabytes:,.0f} MB (at most {most:,})")
    if rows >= COUNTRY:
        print(f"{'':34} time: {cold.wall / 60:.1f} min (at most {SECONDS / 60:.0f})")
    return [grown <= GROWTH, cold.megabytes <= most, rows < COUNTRY or cold.wall <= SECONDS]


def _month_more(rows: int) -> bool:
    with tempfile.TemporaryDirectory() as room:
        folder = _made(Path(room) / "workspace", rows, but=1)
        cold = _build(f"{rows:,} less a month: from nothing", folder)
        size = _workspace.Size(rows, CONTRACTS)
        _workspace.add_month(folder, size, size.months - 1)
        more = _build(f"{'':34}"[: len(f"{rows:,} ")] + "with that month", folder)
        _build(f"{'':34}"[: len(f"{rows:,} ")] + "nothing new", folder)
        written = written_anew(folder)
        print(f"{'its tables written anew':>34} {written}  {written.cpu / cold.cpu:.2f} × cold")
    ratio = more.cpu / cold.cpu
    print(f"{'':34} one month more: {ratio:.2f} × cold (at most {MONTH_MORE})", flush=True)
    return ratio <= MONTH_MORE


def _made(folder: Path, rows: int, but: int = 0) -> Path:
    size = _workspace.Size(rows, CONTRACTS)
    _workspace.make(folder, size, size.months - but)
    settings = folder / "compliance.toml"
    limit = LIMIT[rows >= COUNTRY]
    settings.write_text(settings.read_text("utf-8").replace("4GB", limit), "utf-8")
    return folder


def _build(name: str, folder: Path) -> Cost:
    one = cost("-m", "compliance", "build", folder)
    print(f"{name:34} {one}", flush=True)
    return one
