"""R25: ad-hoc SQL reads, writes and sets nothing outside the published file, and hogs are stopped."""

from __future__ import annotations

import hashlib
import resource
import time
from pathlib import Path

import duckdb
import pytest
from promises import Kept

from compliance.ask import Limits, ask
from compliance.errors import UsageError

CANARY = "CANARY-7f3a9"

# {secret}: a file that must not be read. {out}: a file that must not appear. {db}: another database.
HOSTILE = """
select * from read_text('{secret}')
select * from read_blob('{secret}')
select * from read_csv('{secret}')
select * from read_csv_auto('{secret}')
select * from read_json('{secret}')
select * from read_json_auto('{secret}')
select * from read_parquet('{secret}')
select * from parquet_metadata('{secret}')
select * from parquet_schema('{secret}')
select * from sniff_csv('{secret}')
select * from glob('{folder}/*')
select * from '{secret}'
select * from '{folder}/*.csv'
select * from 'https://example.org/x.csv'
select * from read_csv('http://127.0.0.1:1/x.csv')
select * from 's3://bucket/x.parquet'
from query('select * from read_text(''{secret}'')')
from query_table('{secret}')
copy coverage to '{out}'
copy (select 1) to '{out}' (format parquet)
copy (select 1) to '{out}' (format json)
copy coverage from '{secret}'
export database '{out}'
import database '{folder}'
attach '{db}' as other
attach '{out}' as made
attach ':memory:' as memory_too
attach 'https://example.org/x.duckdb' as far
attach '{db}' as other; select * from other.t
detach compliance
use other
install httpfs
install sqlite from community
install '{secret}'
load httpfs
load '{secret}'
force install json
update extensions
create secret stolen (type s3, key_id 'a', secret 'b')
create persistent secret stolen (type s3)
select * from duckdb_secrets()
set enable_external_access = true
set global enable_external_access = true
set lock_configuration = false
set memory_limit = '1TB'
set threads = 64
set temp_directory = '{folder}'
set autoinstall_known_extensions = true
set allow_unsigned_extensions = true
set home_directory = '{folder}'
set log_query_path = '{out}'
set secret_directory = '{folder}'
reset enable_external_access
pragma enable_profiling = 'json'
pragma profiling_output = '{out}'
pragma enable_logging
call enable_logging(storage_path = '{folder}')
drop table coverage
delete from coverage
create table made as select 1
create or replace view purchases as select 1
""".strip().splitlines()

HOGS = [
    "select length(repeat('x', 4000000000))",
    "select count(*) from range(1000000000000)",
    "with recursive r as (select 1 as i union all select i + 1 from r) select max(i) from r",
    "select count(*) from coverage a, coverage b, coverage c, coverage d, coverage e",
    "select list(range) from range(10000000000)",
    "select string_agg(repeat('x', 1000000), '') from range(100000)",
    "select sum(hash(a.range + b.range)) from range(10000000) a, range(100000) b",
    "create temp table hog as select range, repeat('x', 1000) as t from range(100000000)",
]


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.csv").write_text(f"name\n{CANARY}\n")
    with duckdb.connect(str(folder / "other.duckdb")) as other:
        other.execute(f"create table t as select '{CANARY}' as name")
    with duckdb.connect(str(tmp_path / "compliance.duckdb")) as db:
        db.execute("create table coverage as select range as line_id from range(20000)")
        db.execute("create view purchases as from coverage")
    return {
        "folder": str(folder),
        "secret": str(folder / "secret.csv"),
        "db": str(folder / "other.duckdb"),
        "out": str(folder / "made.csv"),
        "published": str(tmp_path / "compliance.duckdb"),
    }


def digests(root: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


SETTINGS = "select string_agg(name || '=' || value, chr(10) order by name) from duckdb_settings()"


@pytest.mark.trust
def test_hostile_statements_read_write_and_set_nothing(
    place: dict[str, str], tmp_path: Path, kept: Kept
) -> None:
    assert len(HOSTILE) == 61
    published = Path(place["published"])
    settings = ask(published, SETTINGS).rows
    before = digests(tmp_path)
    refused = 0
    for statement in HOSTILE:
        hostile = statement.format(**place)
        try:
            told = str(ask(published, hostile).rows)
        except UsageError as error:
            told, refused = str(error), refused + 1
        assert CANARY not in told, hostile
        try:
            after = ask(published, f"{hostile}; {SETTINGS}").rows
        except UsageError:
            after = settings
        assert after == settings, hostile
        assert digests(tmp_path) == before, hostile

    broken = sum(breaks_out(statement.format(**place)) for statement in HOSTILE)
    assert broken >= 10, "an open connection must let some of them through"
    kept(
        "R25",
        f"{len(HOSTILE)} hostile statements: 0 read, written or set outside ({refused} refused)",
        proof=f"on an open connection {broken} of them go through",
    )


def breaks_out(statement: str) -> bool:
    """Say whether a statement that reaches outside runs where nothing is locked."""
    far = ("http", "s3:", "install", "load ", "extensions", "community", "drop", "delete", "create")
    if any(word in statement.lower() for word in far):
        return False
    with duckdb.connect(":memory:") as db:
        try:
            db.execute("create table coverage as select 1 as line_id")
            db.execute(statement).fetchall()
        except duckdb.Error:
            return False
        return True


@pytest.mark.trust
def test_hogs_are_stopped(place: dict[str, str], kept: Kept) -> None:
    limits = Limits(seconds=3, memory_mb=400)
    slowest = 0.0
    largest_before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    for hog in HOGS:
        started = time.monotonic()
        with pytest.raises(UsageError):
            ask(Path(place["published"]), hog, limits)
        slowest = max(slowest, time.monotonic() - started)
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024

    assert slowest <= limits.seconds + 2
    # Another test's child in this process may have been larger; then this one was not.
    assert largest <= max(largest_before, 1.2 * limits.memory_mb)
    started = time.monotonic()
    with pytest.raises(UsageError):
        ask(Path(place["published"]), HOGS[1], Limits(seconds=6))
    assert time.monotonic() - started > 5.5, "with a wider limit the hog must run longer"
    kept(
        "R25",
        f"{len(HOGS)} hogs: slowest stopped after {slowest:.1f} s of {limits.seconds} s,"
        f" {largest} MB resident of {limits.memory_mb} MB",
        proof="with twice the seconds a hog runs twice as long",
    )
