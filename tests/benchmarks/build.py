"""What does a build cost: from nothing, with one month more, with nothing new?

    python -m tests.benchmarks build             250,000, 500,000 and 1,000,000 postings
    python -m tests.benchmarks build 10000000    as many as you like

Each is made RUNS times, of which the median by CPU is told. The peer is DuckDB alone: a typed load
of the same text, each posting joined by number and day to the contracts, and the sums of each month
and unit, in a database file. It reads no cell strictly, matches no name, and explains nothing.

A build makes its file anew. What that alone costs is told too: the published tables, ready in one
file, are written into another, and nothing is read, matched or judged.

Promised: one month more costs at most a tenth of a build from nothing.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests import worlds

from . import _workspace
from ._measure import HEAD, Cost, cost, machine, middle

RUNS = 3
MONTH_MORE = 0.1
TYPES = {"bokforingsdatum": "DATE", "nettobelopp": "DECIMAL(18, 2)"}
CONTRACTS = """
create table contracts as
select contract_id, org_number, valid_from, valid_to
from read_csv(?, delim = ';', header = true,
    types = {'valid_from': 'DATE', 'valid_to': 'DATE', 'org_number': 'VARCHAR'})
"""
POSTINGS = """
create table postings as
select row_number() over () as line_id, * from read_csv(?, delim = ';', header = true, columns = {})
"""
COVERED = """
create table covered as
select postings.line_id, postings.nettobelopp, min(contracts.contract_id) as contract_id
from postings
left join contracts on postings.leverantor_id = contracts.org_number
    and postings.bokforingsdatum between contracts.valid_from and contracts.valid_to
group by all
"""
SUMS = """
create table sums as
select date_trunc('month', bokforingsdatum) as month, forvaltning, contract_id is null as is_bare,
    sum(covered.nettobelopp) as amount_sek, count(*) as postings
from covered inner join postings using (line_id)
group by all
order by all
"""


def main(arguments: list[str]) -> int:
    """Print the table; 0 when the promise is kept at the largest size."""
    sizes = [int(word) for word in arguments] or [250_000, 500_000, 1_000_000]
    print(f"\nbuild: {machine()}; the median of {RUNS} runs\n{HEAD}")
    ratio, last = 0.0, None
    for rows in sizes:
        contracts = 10_000 if rows >= 10_000_000 else 1_000
        ratio, cpu = _told(_workspace.Size(rows, contracts))
        if last:
            grown = (cpu / last[1]) / (rows / last[0])
            print(f"{'':34} CPU a posting: {grown:.2f} × that of {last[0]:,}")
        last = (rows, cpu)
    print(f"one month more / from nothing: {ratio:.2f} (at most {MONTH_MORE})")
    return 0 if ratio <= MONTH_MORE else 1


def _told(size: _workspace.Size) -> tuple[float, float]:
    """Print one size; return one month more as a part of cold, and the CPU of cold."""
    found = dict(_costs(size))
    cold = found["from nothing"].cpu
    for name, one in found.items():
        row = f"{size.rows:,} × {size.contracts:,}: {name}"
        print(f"{row:34} {one}  {one.cpu / cold:.2f} × cold", flush=True)
    return found["one month more"].cpu / cold, cold


def _costs(size: _workspace.Size) -> Iterator[tuple[str, Cost]]:
    with tempfile.TemporaryDirectory() as room:
        folder = _workspace.make(Path(room) / "workspace", size, size.months - 1)
        output, kept = folder / "output", Path(room) / "kept"
        yield "from nothing", middle([_build(folder, anew=output) for _ in range(RUNS)])
        output.rename(kept)
        _workspace.add_month(folder, size, size.months - 1)
        yield "one month more", middle([_build(folder, kept, output) for _ in range(RUNS)])
        yield "nothing new", middle([_build(folder) for _ in range(RUNS)])
        yield "its tables written anew", middle([written_anew(folder) for _ in range(RUNS)])
        plain = ("-m", "tests.benchmarks.build", "--plain", folder, Path(room) / "plain.duckdb")
        yield "DuckDB alone", middle([cost(*plain) for _ in range(RUNS)])


def _build(folder: Path, kept: Path | None = None, anew: Path | None = None) -> Cost:
    """Build; with `anew` that folder is as `kept` was before, or is gone."""
    if anew:
        shutil.rmtree(anew, ignore_errors=True)
        if kept:
            shutil.copytree(kept, anew)
    return cost("-m", "compliance", "build", folder)


def written_anew(folder: Path) -> Cost:
    """Write the published tables of a workspace, which are ready, into another file."""
    with tempfile.TemporaryDirectory() as room:
        published = folder / "output" / "compliance.duckdb"
        return cost(
            "-m", "tests.benchmarks.build", "--written", published, Path(room) / "other.duckdb"
        )


def _written(published: Path, other: Path) -> None:
    import duckdb

    from compliance.database import STORAGE_VERSION

    db = duckdb.connect(config={"threads": "2"})
    db.execute(f"attach '{published}' as published (read_only)")
    db.execute(f"attach '{other}' as other (storage_version '{STORAGE_VERSION}')")
    db.execute("select table_name from duckdb_tables() where database_name = 'published'")
    for (table,) in db.fetchall():
        db.execute(f"create table other.{table} as select * from published.{table}")
    db.execute("checkpoint other")


def _plain(folder: Path, database: Path) -> None:
    import duckdb

    database.unlink(missing_ok=True)
    db = duckdb.connect(database, config={"threads": "2"})
    columns = {name: TYPES.get(name, "VARCHAR") for name in worlds.HEADER.split(";")}
    db.execute(CONTRACTS, [str(folder / "contracts" / "register.csv")])
    db.execute(POSTINGS.format(columns), [str(folder / "ledger" / "*.csv")])
    db.execute(COVERED)
    db.execute(SUMS)
    db.execute("checkpoint")


if __name__ == "__main__":
    inside = {"--plain": _plain, "--written": _written}.get(sys.argv[1] if sys.argv[1:] else "")
    if inside:
        inside(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        raise SystemExit(main(sys.argv[1:]))
