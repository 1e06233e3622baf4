"""What does coverage cost, beside a plain join-and-aggregate of the same rows in DuckDB?

    python -m tests.benchmarks cover             250,000 and 500,000 × 1,000, 1,000,000 × 10,000
    python -m tests.benchmarks cover 10000000    × 10,000 contracts

Coverage is every model from the postings to `coverage`; the peer joins each posting to its
supplier's contracts that are valid on its day and adds up what has one. Both are made RUNS times in
one process, of which the median by CPU is told. Promised: at most 1.5 times the CPU of the peer.
Beside them stands the least that any coverage costs: the peer's join and sums without its table, and
the rows of `coverage`, which are published, written when they are ready.

With COMPLIANCE_PEERS_PYTHON, an interpreter that has pandas and pyarrow, the last size of at most
a million is done by pandas too (_pandas_coverage.py), × 10,000 contracts: the same states and öre,
posting by posting. Promised: ours takes at most a twentieth of its time on the clock.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from . import _workspace
from ._measure import ROOT, cost, machine, middle_inside

RUNS = 3
MOST = 1.5
LEAST = 20
PANDAS_MOST = 1_000_000
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
WRITTEN = "create or replace table written as select * from coverage"
# What pandas is given: the postings, and the small tables worked out beforehand.
PANDAS = {
    "postings": "select line_id, vendor_name, org_number, vendor_number, account_code, unit,"
    " contract_ref, cast(coalesce(order_date, invoice_date, booking_date) as timestamp) as day,"
    " cast(amount_sek * 100 as bigint) as ore from input_postings",
    "keys": "select keys.vendor_name, keys.org_number, keys.vendor_number, vendor_no, is_usable"
    " from input_vendor_keys as keys left join work_vendors using (vendor_id)",
    "accounts": "select account_code, account_no, scope_no, account_code <> '' as has_account,"
    " category_code is not null as has_category, cpv is not null as has_cpv,"
    " cast(valid_from as timestamp) as valid_from, cast(valid_to as timestamp) as valid_to"
    " from work_accounts",
    "units": "select unit, unit_no, cast(valid_from as timestamp) as valid_from,"
    " cast(valid_to as timestamp) as valid_to from work_units",
    "exclusions": "select test_no, exclusion_id, exclusion_place, tests_account, tests_vendor,"
    " cast(valid_from as timestamp) as valid_from, cast(valid_to as timestamp) as valid_to"
    " from work_exclusion_tests",
    "exclusion_accounts": "select test_no, account_no from work_exclusion_accounts",
    "exclusion_vendors": "select test_no, vendor_no from work_exclusion_vendors",
    "lots": "select vendor_no, contract_no, reference_no as lot_reference, has_units,"
    " has_account_scope, has_category_scope, has_cpv_scope,"
    " cast(identity_from as timestamp) as identity_from,"
    " cast(identity_to as timestamp) as identity_to, cast(valid_from as timestamp) as valid_from,"
    " cast(last_day as timestamp) as last_day, cast(tail_day as timestamp) as tail_day"
    " from work_vendor_contracts where not is_review",
    "contracts": "select contract_no, reference_no, upper(trim(contract_id)) as written, kind,"
    " cast(valid_from as timestamp) as valid_from, cast(last_day as timestamp) as last_day,"
    " cast(ceiling_sek * 100 as bigint) as ceiling, has_units from work_contracts",
    "scopes": "select contract_no, scope_no, prefix_length from work_scopes",
    "entitlements": "select contract_no, unit_no from work_entitlements",
}
# What one has and the other has not.
DIFFERENCES = """
select count(*) from (
    (select line_id, part, state, cast(amount_sek * 100 as bigint) as ore from coverage
    except all select line_id, part, state, ore from read_parquet(?))
    union all
    (select line_id, part, state, ore from read_parquet(?)
    except all select line_id, part, state, cast(amount_sek * 100 as bigint) from coverage)
) as differences
"""


def main(arguments: list[str]) -> int:
    """Print the table; 0 when the promise is kept at the largest size."""
    sizes = [int(word) for word in arguments] or [250_000, 500_000, 1_000_000]
    print(f"\ncover: {machine()}; the median of {RUNS} runs, and one of pandas")
    print(
        f"{'':26} {'coverage CPU s':>15} {'plain CPU s':>12} {'ratio':>6} {'µs a line':>10} {'peak MB':>8}"
    )
    ratio, kept = 0.0, True
    peer = os.environ.get("COMPLIANCE_PEERS_PYTHON")
    if not peer:
        print("pandas is left out: COMPLIANCE_PEERS_PYTHON names no interpreter")
    for rows in sizes:
        contracts = 10_000 if rows >= 1_000_000 else 1_000
        with_pandas = peer and rows == max((n for n in sizes if n <= PANDAS_MOST), default=0)
        with tempfile.TemporaryDirectory() as room:
            folder = _workspace.make(Path(room) / "workspace", _workspace.Size(rows, contracts))
            done = cost(
                "-m", "tests.benchmarks.cover", "--in", folder, *([peer] if with_pandas else [])
            )
        found = json.loads(done.said.splitlines()[0])
        ratio = found["coverage"] / found["plain"]
        print(
            f"{f'{rows:,} × {contracts:,}':26} {found['coverage']:15.2f} {found['plain']:12.2f}"
            f" {ratio:6.2f} {found['coverage'] / rows * 1e6:10.2f} {done.megabytes:8.0f}"
        )
        joined, written = (found[name] / found["plain"] for name in ("joined", "written"))
        print(
            f"{'':26} the least: {joined:.2f} to join + {written:.2f} to write its rows"
            f" = {joined + written:.2f} × plain"
        )
        if with_pandas:
            times = found["pandas_wall"] / found["coverage_wall"]
            kept = found["differences"] == 0 and times >= LEAST
            print(
                f"{'':26} pandas {found['version']}: {found['pandas']:.1f} CPU s"
                f" ({found['pandas'] / found['coverage']:.1f} × ours), {found['pandas_wall']:.1f} s"
                f" on the clock ({times:.1f} × ours, at least {LEAST});"
                f" {found['differences']:,} postings differ"
            )
    print(f"coverage / plain: {ratio:.2f} (at most {MOST})")
    return 0 if kept and ratio <= MOST else 1


def _inside(folder: Path, peer: str | None = None) -> None:
    """Measure in this process, on the inputs of a build; pandas in one of its own."""
    from compliance import building, database, steps
    from compliance.inputs import read_inputs
    from compliance.workspace import Workspace

    workspace = Workspace.open(folder)
    inputs = read_inputs(workspace)
    with (
        database.scratch(workspace.output / "spill") as path,
        steps.started(inputs, path) as db,
    ):
        steps.identified(db, inputs)
        cover = partial(building.build, db, database.sql_files("models"), ["coverage"])
        covered, wall = middle_inside(cover, RUNS)
        plain, _ = middle_inside(partial(_plain, db), RUNS)
        joined, _ = middle_inside(partial(_joined, db), RUNS)
        written, _ = middle_inside(partial(db.execute, WRITTEN), RUNS)
        found = {"coverage": covered, "coverage_wall": wall, "plain": plain}
        found |= {"joined": joined, "written": written}
        if peer:
            found |= _by_pandas(db, folder / "output" / "pandas", peer)
    print(json.dumps(found))


def _plain(db: Any) -> None:
    db.execute(PLAIN)
    db.execute(SUMS).fetchall()


def _joined(db: Any) -> None:
    _, _, select = PLAIN.partition(" as\n")
    db.execute(f"select count(*), sum(amount_sek), max(contract_id) from ({select})").fetchall()


def _by_pandas(db: Any, room: Path, peer: str) -> dict[str, Any]:
    room.mkdir()
    for name, select in PANDAS.items():
        db.execute(f"copy ({select}) to '{room / name}.parquet' (format parquet)")
    done = cost(ROOT / "tests" / "benchmarks" / "_pandas_coverage.py", room, python=peer)
    answer = str(room / "states.out")
    differences = db.execute(DIFFERENCES, [answer, answer]).fetchone()[0]
    return {**json.loads(done.said.splitlines()[-1]), "differences": differences}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--in"]:
        _inside(Path(sys.argv[2]), *sys.argv[3:])
    else:
        raise SystemExit(main(sys.argv[1:]))
