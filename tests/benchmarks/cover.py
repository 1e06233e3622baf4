"""What does coverage cost, beside a plain join-and-aggregate of the same rows in DuckDB?

    python -m tests.benchmarks cover             250,000, 500,000 and 1,000,000 postings
    python -m tests.benchmarks cover 10000000    × 10,000 contracts

Coverage is every model from the postings to `coverage`; the peer joins each posting to its
supplier's contracts that are valid on its day and adds up what has one. Promised: at most 1.5
times the CPU of the peer.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from . import _workspace
from ._measure import cost, machine

MOST = 1.5
PLAIN = """
create or replace table plain as
select postings.line_id, postings.amount_sek, min(contracts.contract_id) as contract_id
from input_postings as postings
left join input_vendor_keys as keys
    on postings.vendor_name is not distinct from keys.vendor_name
    and postings.org_number is not distinct from keys.org_number
    and postings.vendor_number is not distinct from keys.vendor_number
left join input_vendor_identities as identities on keys.vendor_id = identities.vendor_id
left join input_contract_parties as parties on identities.supplier_id = parties.supplier_id
left join input_contracts as contracts
    on parties.contract_id = contracts.contract_id and parties.lot = contracts.lot
    and postings.booking_date between contracts.valid_from and contracts.last_day
group by postings.line_id, postings.amount_sek
"""
SUMS = """
select contract_id is not null as is_covered, sum(amount_sek) from plain group by all order by all
"""


def main(arguments: list[str]) -> int:
    """Print the table; 0 when the promise is kept at the largest size."""
    sizes = [int(word) for word in arguments] or [250_000, 500_000, 1_000_000]
    print(f"\ncover: {machine()}")
    print(
        f"{'':26} {'coverage CPU s':>15} {'plain CPU s':>12} {'ratio':>6} {'µs a line':>10} {'peak MB':>8}"
    )
    ratio = 0.0
    for rows in sizes:
        contracts = 10_000 if rows >= 10_000_000 else 1_000
        with tempfile.TemporaryDirectory() as room:
            folder = _workspace.make(Path(room) / "workspace", _workspace.Size(rows, contracts))
            done = cost("-m", "tests.benchmarks.cover", "--in", folder)
        found = json.loads(done.said.splitlines()[0])
        ratio = found["coverage"] / found["plain"]
        print(
            f"{f'{rows:,} × {contracts:,}':26} {found['coverage']:15.2f} {found['plain']:12.2f}"
            f" {ratio:6.2f} {found['coverage'] / rows * 1e6:10.2f} {done.megabytes:8.0f}"
        )
    print(f"coverage / plain: {ratio:.2f} (at most {MOST})")
    return 0 if ratio <= MOST else 1


def _inside(folder: Path) -> None:
    """Measure both in this process, on the inputs of a build."""
    from compliance import database, pipeline
    from compliance.inputs import read_inputs
    from compliance.workspace import Workspace

    workspace = Workspace.open(folder)
    inputs = read_inputs(workspace)
    with (
        database.scratch(workspace.output / "spill") as path,
        pipeline._started(inputs, path) as db,
    ):
        pipeline._identified(db, inputs)
        started = time.process_time()
        database.build(db, database.sql_files("models"), ["coverage"])
        covered = time.process_time()
        db.execute(PLAIN)
        db.execute(SUMS).fetchall()
        ended = time.process_time()
    print(json.dumps({"coverage": covered - started, "plain": ended - covered}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--in"]:
        _inside(Path(sys.argv[2]))
    else:
        raise SystemExit(main(sys.argv[1:]))
