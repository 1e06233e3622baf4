"""stamps.py: is the published file as it was built?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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


def test_the_stamps_say_what_they_are(db: duckdb.DuckDBPyConnection) -> None:
    comment = "select comment from duckdb_tables() where table_name = 'table_stamps'"
    assert db.execute(comment).fetchall() == [(stamps.ABOUT,)]


def test_why_no_stamps_can_be_read_is_said_on_one_line(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("drop table table_stamps")
    with pytest.raises(InputError) as refused:
        stamps.verify(db, "compliance.duckdb")
    told = "it has no readable stamps: Catalog Error: Table with name table_stamps does not exist!"
    assert refused.value.why == told


def test_a_table_that_cannot_be_read_is_damage_like_any_other(tmp_path: Path) -> None:
    file = tmp_path / "compliance.duckdb"
    with duckdb.connect(file) as db:
        db.execute("set force_compression = 'uncompressed'")
        db.execute("create table a_table as select md5(range::varchar) as text from range(50_000)")
        stamps.stamp(db)
    content = bytearray(file.read_bytes())
    content[content.index(b"c4ca4238a0b923820dcc509a6f75849b")] ^= 1  # within the text of row 1
    file.write_bytes(content)
    with duckdb.connect(file, read_only=True) as db:
        assert len(db.execute("from table_stamps").fetchall()) == 1, "the stamps are whole"
        with pytest.raises(InputError, match="damaged or was changed"):
            stamps.verify(db, "compliance.duckdb")


def hashes(db: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    stamps.stamp(db)
    found = db.execute("select table_name, row_count, row_hash from table_stamps").fetchall()
    return {name: (count, total) for name, count, total in found}


def test_equal_tables_have_equal_hashes_and_another_order_has_another(
    db: duckdb.DuckDBPyConnection,
) -> None:
    built = hashes(db)
    assert {name: count for name, (count, _) in built.items()} == {"coverage": 9, "empty_one": 0}
    assert hashes(db) == built
    db.execute("create or replace table coverage as from coverage order by line_id desc")
    other = hashes(db)
    assert other["coverage"] != built["coverage"]
    assert other["empty_one"] == built["empty_one"]


def test_when_a_table_was_built_is_no_part_of_its_hash() -> None:
    found = []
    for hour, figure in ((1, 1), (2, 1), (2, 2)):
        with duckdb.connect(":memory:") as db:
            db.execute(
                f"create table build_info as select timestamp '2026-01-01 0{hour}:00:00' as built_at,"
                f" {figure} as figure"
            )
            found.append(hashes(db))
    assert found[0] == found[1]
    assert found[1] != found[2]
