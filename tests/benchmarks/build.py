"""What does a build cost: from nothing, with one month more, with nothing new?

    python -m tests.benchmarks build             250,000, 500,000 and 1,000,000 postings
    python -m tests.benchmarks build 10000000    as many as you like, once

Promised: one month more costs at most a tenth of a build from nothing.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from . import _workspace
from ._measure import HEAD, Cost, cost, machine

MONTH_MORE = 0.1


def main(arguments: list[str]) -> int:
    """Print the table; 0 when the promise is kept at the largest size."""
    sizes = [int(word) for word in arguments] or [250_000, 500_000, 1_000_000]
    print(f"\nbuild: {machine()}\n{HEAD}")
    ratio, last = 0.0, None
    for rows in sizes:
        contracts = 10_000 if rows >= 10_000_000 else 1_000
        cold, more, same = _builds(_workspace.Size(rows, contracts))
        for name, one in (("from nothing", cold), ("one month more", more), ("nothing new", same)):
            print(
                f"{f'{rows:,} × {contracts:,}: {name}':34} {one}  {one.cpu / cold.cpu:.2f} × cold"
            )
        if last:
            grown = (cold.cpu / last[1]) / (rows / last[0])
            print(f"{'':34} CPU a posting: {grown:.2f} × that of {last[0]:,}")
        ratio, last = more.cpu / cold.cpu, (rows, cold.cpu)
    print(f"one month more / from nothing: {ratio:.2f} (at most {MONTH_MORE})")
    return 0 if ratio <= MONTH_MORE else 1


def _builds(size: _workspace.Size) -> tuple[Cost, Cost, Cost]:
    with tempfile.TemporaryDirectory() as room:
        folder = _workspace.make(Path(room) / "workspace", size, size.months - 1)
        cold = _build(folder)
        _workspace.add_month(folder, size, size.months - 1)
        return cold, _build(folder), _build(folder)


def _build(folder: Path) -> Cost:
    return cost("-m", "compliance", "build", folder)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
