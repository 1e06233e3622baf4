"""Does Spark publish what DuckDB publishes, of as many postings as you like?

    python -m tests.benchmarks spark              1,000,000 postings × 1,000 contracts
    python -m tests.benchmarks spark 100000       as many as you like

Promised: every published table has the same rows, order and types. Needs PySpark and Java 17.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from pathlib import Path

from compliance.catalog import CATALOG
from tests.engines import differences

from . import _workspace
from ._measure import HEAD, cost, machine


def main(arguments: list[str]) -> int:
    """Build with both engines and compare; 0 when nothing differs, or Spark is not here."""
    print(f"\nspark: {machine()}\n{HEAD}", flush=True)
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        print('left out: needs Java 17, and PySpark (pip install "compliance[spark]")')
        return 0
    differing = 0
    for rows in [int(word) for word in arguments] or [1_000_000]:
        with tempfile.TemporaryDirectory() as room:
            folder = _workspace.make(Path(room) / "workspace", _workspace.Size(rows))
            for engine in ("duckdb", "spark"):
                done = cost("-m", "compliance", "build", folder, "--engine", engine)
                print(f"{f'{rows:,} × 1,000 by {engine}':34} {done}", flush=True)
            found = differences(folder)
        print(f"{'':34} {len(CATALOG.tables) - len(found)} of {len(CATALOG.tables)} tables equal")
        for table, why in found.items():
            print(f"{'':34} {table}: {why}")
        differing += len(found)
    return 1 if differing else 0
