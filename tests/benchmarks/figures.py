"""What do the figures cost, once every posting is judged, beside one plain sum of the same rows?

    python -m tests.benchmarks figures           250,000, 500,000 and 1,000,000 × 1,000
    python -m tests.benchmarks figures 10000000  as many postings as you like

The figures are every model after `coverage`, `ledger_lines` and `purchases`: months, years,
departments, categories, forecasts, watches and lists. The peer adds up what an analyst would ask
first, öre and postings by month, department and side, into a table. Both are made RUNS times in one
process, of which the median by CPU is told.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from . import _workspace
from ._measure import cost, machine, middle_inside

RUNS = 3
JUDGED = ("coverage", "ledger_lines", "purchases")
PLAIN = """
create or replace table plain as
select
    date_trunc('month', ledger_lines.purchase_date) as month,
    ledger_lines.department,
    coverage.side,
    sum(coverage.amount_sek) as amount_sek,
    count(*) as parts
from coverage
inner join ledger_lines on coverage.line_id = ledger_lines.line_id
group by all
order by all
"""


def main(arguments: list[str]) -> int:
    """Print the table; 0, since nothing is promised of figures alone."""
    sizes = [int(word) for word in arguments] or [250_000, 500_000, 1_000_000]
    print(f"\nfigures: {machine()}; the median of {RUNS} runs")
    print(
        f"{'':26} {'CPU s':>8} {'wall s':>8} {'plain CPU s':>12} {'ratio':>6} {'µs a line':>10}"
        f" {'peak MB':>8}  models"
    )
    last = None
    for rows in sizes:
        with tempfile.TemporaryDirectory() as room:
            folder = _workspace.make(Path(room) / "workspace", _workspace.Size(rows))
            done = cost("-m", "tests.benchmarks.figures", "--in", folder)
        found = json.loads(done.said.splitlines()[0])
        cpu, plain = found["figures"], found["plain"]
        print(
            f"{f'{rows:,} × 1,000':26} {cpu:8.2f} {found['wall']:8.1f} {plain:12.2f}"
            f" {cpu / plain:6.1f} {cpu / rows * 1e6:10.2f} {done.megabytes:8.0f}  {found['models']}",
            flush=True,
        )
        if last:
            print(f"{'':26} {cpu / last[1]:.2f} × the CPU for {rows / last[0]:.2f} × the postings")
        last = (rows, cpu)
    return 0


def _inside(folder: Path) -> None:
    """Measure in this process, on the inputs of a build."""
    from compliance import building, database, steps
    from compliance.inputs import read_inputs
    from compliance.workspace import Workspace

    workspace = Workspace.open(folder)
    inputs = read_inputs(workspace)
    models = database.sql_files("models")
    judged = {*building.build_order(models, JUDGED), *steps.OF_POSTINGS}
    with (
        database.scratch(workspace.output / "spill") as path,
        steps.started(inputs, path) as db,
    ):
        steps.identified(db, inputs)
        building.build(db, models, JUDGED, made=steps.OF_POSTINGS)
        cpu, wall = middle_inside(lambda: building.build(db, models, made=judged), RUNS)
        plain, _ = middle_inside(lambda: db.execute(PLAIN), RUNS)
    count = len(models.keys() - judged)
    print(json.dumps({"figures": cpu, "wall": wall, "plain": plain, "models": count}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--in"]:
        _inside(Path(sys.argv[2]))
    else:
        raise SystemExit(main(sys.argv[1:]))
