"""What does a month's report cost: pages, letters and workbooks for 60 departments?

    python -m tests.benchmarks report            12, 36 and 120 months of 1,667 postings each
    python -m tests.benchmarks report 1000000    as many postings as you like over 120 months

Each size is built once and reported RUNS times, the latest month, every file written anew.
Promised: at most SECONDS of CPU and of wall for 60 departments over 120 months.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

from . import _workspace
from ._measure import HEAD, Cost, cost, machine, middle

RUNS = 3
SECONDS = 20.0
MONTHS = 120
A_MONTH = 1_667
LAST_YEAR = 2025  # the targets of the shipped policy reach it


def main(arguments: list[str]) -> int:
    """Print the table; 0 when the promise is kept at every size of MONTHS."""
    sizes = [(int(word), MONTHS) for word in arguments] or [
        (A_MONTH * months, months) for months in (12, 36, MONTHS)
    ]
    print(f"\nreport: {machine()}; the median of {RUNS} runs\n{HEAD}")
    kept, first = True, None
    for rows, months in sizes:
        one, said = _report(rows, months)
        print(f"{f'{rows:,} postings, {months} months':34} {one}  {said}")
        if first:
            grown, fold = one.cpu / first[0], rows / first[1]
            print(f"{'':34} {grown:.2f} × the CPU of the first for {fold:.2f} × the postings")
        first = first or (one.cpu, rows)
        kept = kept and (months < MONTHS or max(one.cpu, one.wall) <= SECONDS)
    print(f"{MONTHS} months within {SECONDS:.0f} s of CPU and of wall: {'yes' if kept else 'no'}")
    return 0 if kept else 1


def _report(rows: int, months: int) -> tuple[Cost, str]:
    size = _workspace.Size(rows, months=months, first=date(LAST_YEAR + 1 - months // 12, 1, 1))
    with tempfile.TemporaryDirectory() as room:
        folder = _workspace.make(Path(room) / "workspace", size)
        cost("-m", "compliance", "build", folder)
        runs = [cost("-m", "compliance", "report", folder) for _ in range(RUNS)]
        return middle(runs), _written(folder / "output" / "reports" / f"{LAST_YEAR}-12")


def _written(folder: Path) -> str:
    """Count what lies there; raises AssertionError when a department has not got all its files."""
    found = {kind: sorted(folder.glob(f"*{kind}")) for kind in (".html", ".eml", ".xlsx")}
    counts = [len(files) for files in found.values()]
    departments = len(_workspace.UNITS)
    assert counts == [departments + 1, departments, departments + 1], counts
    megabytes = sum(file.stat().st_size for files in found.values() for file in files) / 1e6
    return f"{counts[0]} pages, {counts[1]} letters, {counts[2]} workbooks, {megabytes:.1f} MB"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
