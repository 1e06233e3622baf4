"""Is a big build right? One posting in a hundred, judged again by the slow reader of the tests.

    python -m tests.benchmarks sample              1,000,000 postings × 10,000 contracts
    python -m tests.benchmarks sample 10000000     as many as you like

Promised: nothing differs (second_reading.py, which also reads a workspace that is there already).
"""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

from tests.second_reading import compared

from . import _workspace
from ._measure import cost, machine

SHARE = Decimal("0.01")


def main(arguments: list[str]) -> int:
    """Make, build and compare; 0 when nothing differs."""
    print(f"\nsample: {machine()}")
    differing = 0
    for rows in [int(word) for word in arguments] or [1_000_000]:
        with tempfile.TemporaryDirectory() as room:
            folder = _workspace.make(Path(room) / "workspace", _workspace.Size(rows, 10_000))
            cost("-m", "compliance", "build", folder)
            found = compared(folder, SHARE)
        print(f"{rows:,} × 10,000: {found}")
        differing += found.differing
    return 1 if differing else 0
