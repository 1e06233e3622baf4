"""ask.py: other people's SQL on the published file."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import pytest

from compliance.ask import CONTENTS, Answer, Limits, as_csv, as_table, ask
from compliance.errors import InputError, UsageError


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "compliance.duckdb"
    with duckdb.connect(str(path)) as db:
        db.execute(
            "create table coverage as select range as line_id, 'covered' as side from range(5)"
        )
        db.execute("comment on table coverage is 'One row per posting part.'")
        db.execute("create view purchases as from coverage")
        db.execute("comment on view purchases is 'The wide table.'")
    path.chmod(0o440)
    return path


def test_a_query_gives_columns_and_rows_as_text(published: Path) -> None:
    found = ask(published, "select line_id, null as nothing from coverage order by 1 limit 2")
    assert found == Answer(("line_id", "nothing"), (("0", None), ("1", None)), is_cut=False)


def test_every_type_comes_out_as_duckdb_writes_it(published: Path) -> None:
    sql = "select 1.50::decimal(18,2), date '2025-03-31', [1, 2], {'a': true}, timestamp '2025-01-02 03:04:05'"
    assert ask(published, sql).rows == (
        ("1.50", "2025-03-31", "[1, 2]", "{'a': true}", "2025-01-02 03:04:05"),
    )


def test_what_a_table_means_is_told_without_a_query(published: Path) -> None:
    assert ask(published, CONTENTS).rows == (
        ("coverage", "One row per posting part."),
        ("purchases", "The wide table."),
    )


def test_a_cut_answer_says_so(published: Path) -> None:
    found = ask(published, "from coverage", Limits(rows=2))
    assert (len(found.rows), found.is_cut) == (2, True)
    assert not ask(published, "from coverage", Limits(rows=5)).is_cut


@pytest.mark.parametrize(
    "sql",
    [
        "drop table coverage",
        "update coverage set side = 'x'",
        "copy coverage to '/srv/stolen.csv'",
        "from read_text('/etc/hostname')",
        "install httpfs",
        "set threads = 9",
        "attach '/srv/other.duckdb'",
        "nonsense",
    ],
)
def test_what_would_reach_further_is_refused(published: Path, sql: str) -> None:
    before = published.read_bytes()
    with pytest.raises(UsageError) as refused:
        ask(published, sql)
    assert refused.value.exit_code == 2
    assert published.read_bytes() == before


def test_a_query_that_hears_no_interrupt_is_stopped(published: Path) -> None:
    started = time.monotonic()
    with pytest.raises(UsageError, match="stopped"):
        ask(published, "select count(*) from range(100000000000)", Limits(seconds=1))
    assert time.monotonic() - started < 3
    with pytest.raises(UsageError, match="Memory"):
        ask(published, "select length(repeat('x', 4000000000))", Limits(memory_mb=256))


def test_the_query_sees_nothing_of_the_environment(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "hunter2")
    settings = ask(published, "select string_agg(value, '|') from duckdb_settings()")
    assert "hunter2" not in str(settings)
    assert "/root" not in str(settings)


def test_without_a_database_the_cure_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no database"):
        ask(tmp_path / "compliance.duckdb", "select 1")


def test_a_damaged_database_is_not_the_query_s_fault(tmp_path: Path) -> None:
    file = tmp_path / "compliance.duckdb"
    file.write_bytes(b"junk" * 10_000)
    with pytest.raises(InputError, match="the database cannot be opened") as refused:
        ask(file, "select 1")
    assert refused.value.at.file == str(file)
    assert "compliance build" in refused.value.fix


def test_a_table_is_aligned_and_a_terminal_obeys_no_cell() -> None:
    found = Answer(("name", "n"), (("a\x1b[31m\n", "1"), ("x" * 80, None)), is_cut=False)
    lines = as_table(found).splitlines()
    assert lines[2].startswith("a·[31m·  ")
    assert lines[3] == "x" * 59 + "…"
    assert "\x1b" not in as_table(found)


def test_csv_is_whole() -> None:
    found = Answer(("a", "b"), (('x,"y"', None), ("line\nbreak", "é")), is_cut=False)
    assert as_csv(found) == 'a,b\n"x,""y""",\n"line\nbreak",é'


def test_an_answer_that_would_be_lost_is_refused_and_a_statement_without_one_is_not(
    published: Path,
) -> None:
    with pytest.raises(UsageError, match="2 queries were asked at once"):
        ask(published, "select 1; select 2")
    assert ask(published, "create temp table t as select 7 as n; select n from t;").rows == (
        ("7",),
    )
