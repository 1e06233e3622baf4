"""stamps.py: is the published file as it was built?"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from compliance import stamps
from compliance.errors import InputError


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as db:
        db.execute(
            "create table coverage as select range as line_id, range * 1.5 as amount_sek from range(9)"
        )
        db.execute("create table empty_one (a int)")
        db.execute("create temp table work_x as select 1 as a")
        stamps.stamp(db)
        yield db


def test_what_was_not_touched_is_in_order(db: duckdb.DuckDBPyConnection) -> None:
    stamps.verify(db, "compliance.duckdb")
    assert db.execute("select table_name, row_count from table_stamps order by 1").fetchall() == [
        ("coverage", 9),
        ("empty_one", 0),
    ]
    comments = "select count(*) from duckdb_columns() where table_name = 'table_stamps' and comment is null"
    assert db.execute(comments).fetchall() == [(0,)]


@pytest.mark.parametrize(
    "change",
    [
        "update coverage set amount_sek = amount_sek + 0.1 where line_id = 4",
        "delete from coverage where line_id = 8",
        "insert into coverage select * from coverage where line_id = 1",
        "update coverage set line_id = case line_id when 1 then 2 when 2 then 1 else line_id end",
        "create or replace table coverage as select * from coverage order by line_id desc",
        "insert into empty_one values (null)",
        "drop table empty_one",
        "create table added as select 1",
        "update table_stamps set row_count = 8 where table_name = 'coverage'",
        "drop table table_stamps",
    ],
)
def test_any_change_is_noticed(db: duckdb.DuckDBPyConnection, change: str) -> None:
    db.execute(change)
    with pytest.raises(InputError, match="damaged or was changed") as refused:
        stamps.verify(db, "output/compliance.duckdb")
    assert "output/compliance.duckdb" in str(refused.value)
    assert "compliance build" in refused.value.fix


def test_another_engines_hashes_are_not_compared_but_its_counts_are(
    db: duckdb.DuckDBPyConnection,
) -> None:
    db.execute("update table_stamps set engine = 'v1.4.2', row_hash = '1'")
    stamps.verify(db, "compliance.duckdb")
    db.execute("delete from coverage where line_id = 8")
    with pytest.raises(InputError):
        stamps.verify(db, "compliance.duckdb")
