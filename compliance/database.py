"""The DuckDB file: opening it, loading frames, asking, describing, holding the checks.

The only module that imports duckdb. The SQL lies beside it, one select a file:

    models/<table>.sql  the file's name is the table's name
    checks/<claim>.sql  a select of the rows that contradict the claim; none is a pass

A table that the catalog names is published, stored in the order of its grain, and commented. All
else (`input_*`, `rule_*`, `work_*`) is temporary: what is not in the published file cannot leak
from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import duckdb
import polars as pl

from compliance import stamps
from compliance.catalog import CATALOG
from compliance.errors import (
    CheckError,
    ComplianceError,
    InputError,
    Place,
    RuleError,
    UsageError,
)
from compliance.files import maker

Database: TypeAlias = duckdb.DuckDBPyConnection
FieldType: TypeAlias = type[pl.DataType] | pl.DataType

# What is wrong with the question itself, or with the values it meets; never the machine's fault.
UNANSWERABLE = (duckdb.DataError, duckdb.ProgrammingError)
# Files of DuckDB 2's own storage are refused by 1.x clients; this one all of them can read.
STORAGE_VERSION = "v1.0.0"
# A connection that reaches the file it opened, what is loaded into it, and nothing else.
_CONFINED: Mapping[str, bool] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    # Off, or a misspelt table would quietly read a Python variable of that name.
    "python_enable_replacements": False,
}
_ANSWER = duckdb.ExpectedResultType.QUERY_RESULT
_SELECTS = (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI)  # the latter is a pivot
_SELECTED = set[str]()  # looked at once: a workspace's own section may be asked for each department
# DuckDB has no kind of error for it: only the system's words, in an error of several kinds.
_FULL = re.compile("No space left|File too large|quota exceeded|max_temp_directory_size", re.I)


@contextmanager
def new_database(
    path: Path, spill: Path, *, threads: int, memory_limit: str, ordered: bool = True
) -> Iterator[Database]:
    """Open a new database beside `path`, as the default of an in-memory connection.

    `path` is the file to write, not the published one: files.py swaps it in. Temporary tables
    spill into `spill`, never into the system's temp folder, where others could read them.
    Unless `ordered`, tables may hold their rows in any order, which takes less memory.
    Raises RuleError when `memory_limit` is too little, ComplianceError when the disk is full or
    cannot be written.
    """
    path.unlink(missing_ok=True)
    spill.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(spill),
        "threads": threads,
        "memory_limit": memory_limit,
        # Off, or a misspelt table would quietly read a Python variable of that name.
        "python_enable_replacements": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": ordered,
    }
    db = duckdb.connect(":memory:", config=settings)
    try:
        db.execute(
            f"attach {_quoted(str(path))} as published (storage_version '{STORAGE_VERSION}')"
        )
        db.execute("use published")
        yield db
        db.execute("checkpoint published")
    except duckdb.Error as error:
        too_small = _of_the_machine(error, spill)
        if too_small:
            raise too_small from error
        raise
    finally:
        db.close()


@contextmanager
def empty() -> Iterator[Database]:
    """Open a database that is nowhere, for questions that read no table."""
    db = duckdb.connect(":memory:", config={"python_enable_replacements": False, "threads": 1})
    try:
        yield db
    finally:
        db.close()


def _of_the_machine(error: duckdb.Error, spill: Path) -> ComplianceError | None:
    """Say what the machine, or its share of it, was too small for; None for anything else."""
    stands = "the last good database stands"
    if _FULL.search(str(error)):
        return ComplianceError(
            "the disk is full",
            at=Place(str(spill)),
            why=f"what does not fit in `memory_limit` is kept there meanwhile; {stands}",
            fix="free space there, or raise memory_limit in compliance.toml, and run again",
        )
    if isinstance(error, duckdb.IOException):
        # Every one is the system's own no: `Cannot open file "…": Read-only file system`.
        return ComplianceError(
            "the database cannot be written",
            at=Place(str(spill.parent)),
            why=f"{str(error).partition(chr(10))[0].removeprefix('IO Error: ')}; {stands}",
            fix="see that whoever runs this may write there, or name another folder as `output` "
            "under [paths] in compliance.toml, and run again",
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return RuleError(
            "`memory_limit` is too little for these postings",
            at=Place("compliance.toml", column="memory_limit"),
            why=stands,
            fix='write more, such as memory_limit = "4GB", and run again',
        )
    return None


class OtherVersionError(InputError):
    """The published file is whole, and not what this version publishes."""


@contextmanager
def open_published(path: Path) -> Iterator[Database]:
    """Open the published file for reading, after comparing it with its stamps.

    A workspace's own sections are asked here, and whoever wrote them may be anybody: no file beside
    it (the persons' names lie there), no network and no extension can be reached.
    Raises InputError when it is missing, damaged or was changed after it was built, and
    OtherVersionError when it has not what this version reads.
    """
    if not path.is_file():
        raise InputError(
            "there is no database yet",
            at=Place(str(path)),
            why="every figure is read from what a build has published",
            fix="run `compliance build` first",
        )
    db = _connected(path, dict(_CONFINED))
    try:
        stamps.verify(db, str(path))
        _demand_columns(db, path)
        yield db
    finally:
        db.close()


def _demand_columns(db: Database, path: Path) -> None:
    """Refuse a file that lacks a table or column which the catalogue has: it is an older one."""
    held = set(
        db.execute(
            "select table_name, column_name from duckdb_columns()"
            " where database_name = current_database() and not internal"
        ).fetchall()
    )
    needed = [(name, column) for name in CATALOG.tables for column in CATALOG.types(name)]
    if missing := [f"{name}.{column}" for name, column in needed if (name, column) not in held]:
        raise OtherVersionError(
            "the database was built by another version of this program",
            at=Place(str(path)),
            why=f"this one reads `{missing[0]}`, which is not there",
            fix="run `compliance build`: it is made anew from the inputs",
        )


@contextmanager
def open_locked(path: Path, *, threads: int, memory_limit: str) -> Iterator[Database]:
    """Open the published file for somebody else's SQL: it reads this file and nothing else.

    No other file, no network, no extension, no setting can be reached or changed, and nothing
    spills to disk. DuckDB gives no bound on the memory of one scalar call; ask.py does, around
    a process of its own. Raises InputError for a file that is damaged so that it cannot be opened;
    its stamps are not compared, which would cost more than most questions.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        **_CONFINED,
        "temp_directory": "",
        "threads": threads,
        "memory_limit": memory_limit,
        "lock_configuration": True,
    }
    db = _connected(path, settings)
    try:
        yield db
    finally:
        db.close()


def _connected(
    path: Path, config: dict[str, str | bool | int | float | list[str]]
) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=True, config=config)
    except duckdb.Error as error:
        raise InputError(
            "the database cannot be opened",
            at=Place(str(path)),
            why=str(error).partition("\n")[0],
            fix="run `compliance build` again: it is made anew from the inputs",
        ) from None


def as_text(db: Database, sql: str, limit: int) -> tuple[list[str], list[tuple[str | None, ...]]]:
    """Run the statements; return the last one's columns and its first `limit` rows, all as text.

    As DuckDB writes them, whatever their types. A statement without rows gives no columns. Raises
    UsageError when another than the last one has an answer, which would be lost.
    """
    statements = db.extract_statements(sql)
    answers = [s for s in statements[:-1] if s.expected_result_type == [_ANSWER]]
    if answers:
        raise UsageError(
            f"{len(answers) + 1} queries were asked at once",
            at=Place("query"),
            why="one answer is shown",
            fix="ask them one by one, or join them with `union all`",
        )
    for statement in statements[:-1]:
        db.execute(statement).fetchall()  # to its end: the next one needs the connection
    found = db.sql(statements[-1].query) if statements else None
    if found is None:
        return [], []
    names = found.columns
    texts = found.project("columns(*)::varchar").limit(limit)
    return names, texts.fetchall()


def sql_files(folder: str) -> dict[str, str]:
    """Return {name: text} of the .sql files in a folder of this package, in name order."""
    found = sorted(files("compliance").joinpath(folder).iterdir(), key=lambda file: file.name)
    return {
        file.name.removesuffix(".sql"): file.read_text("utf-8")
        for file in found
        if file.name.endswith(".sql")
    }


def load(db: Database, frames: Mapping[str, pl.DataFrame]) -> None:
    """Write each frame to the temporary table of its name. The one crossing from polars to SQL."""
    for table, frame in frames.items():
        db.register("incoming", _ArrowStream(frame))
        db.execute(f"create or replace temp table {table} as select * from incoming")
        db.unregister("incoming")


def scan(
    db: Database,
    view: str,
    parquet: Sequence[Path],
    schema: Mapping[str, FieldType],
    *,
    only: pl.DataFrame | None = None,
) -> None:
    """Name a set of Parquet files as one temporary view, read when asked and never copied.

    Without files it is an empty table of `schema`. With `only`, the rows that have the values of
    one of its rows in the columns of the same names, null for null; other columns do not count.
    """
    if not parquet:
        load(db, {view: pl.DataFrame(schema=schema)})
        return
    listed = ", ".join(_quoted(_to_the_letter(path)) for path in parquet)
    kept = ""
    if only is not None:
        load(db, {f"{view}_only": only})
        same = " and ".join(
            f"found.{name} is not distinct from kept.{name}"
            for name in only.columns
            if name in schema
        )
        kept = f" where exists (select 1 from {view}_only as kept where {same})"
    rows = f"select * from read_parquet([{listed}]) as found{kept}"
    db.execute(f"create or replace temp view {view} as {rows}")


def _to_the_letter(path: Path) -> str:
    """Return the path as a pattern that only it fits: DuckDB reads `*`, `?` and `[` as such."""
    return re.sub(r"[*?[]", r"[\g<0>]", str(path))


def write_parquet(db: Database, sql: str, path: Path) -> None:
    """Write what a select gives to a Parquet file, in the select's order."""
    db.execute(f"copy (\n{sql}\n) to {_quoted(str(path))} (format parquet)")


def publish_frame(db: Database, table: str, frame: pl.DataFrame) -> None:
    """Write a frame as the published table of its name, in the frame's order, and describe it."""
    db.register("incoming", _ArrowStream(frame))
    db.execute(f"create or replace table {table} as select * from incoming")
    db.unregister("incoming")
    describe(db, table)


@contextmanager
def scratch(spill: Path) -> Iterator[Path]:
    """Give the path of a database that is computed with and thrown away."""
    spill.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Its maker stands in its name: a run that clears the spill of killed ones leaves it be.
    with TemporaryDirectory(prefix=f"{maker()}-", dir=spill) as folder:
        yield Path(folder) / "scratch.duckdb"


def memory_limit(db: Database) -> str:
    """Return how much memory `db` may use, in words that can be set again."""
    (limit,) = db.execute("select current_setting('memory_limit')").fetchall()[0]
    return str(limit)


def share_memory(limit: str, *, busy: Database, waiting: Database) -> None:
    """Split a limit between two databases: a quarter for the one that has only tables to keep.

    Tables can wait on the disk; what is being joined cannot.
    """
    number, unit = limit.split()  # as memory_limit gives it: "1.8 GiB"
    for db, share in ((waiting, 0.25), (busy, 0.75)):
        limit_memory(db, f"{float(number) * share:.2f} {unit}")


def limit_memory(db: Database, limit: str) -> None:
    """Say how much memory `db` may use."""
    db.execute(f"set memory_limit = {_quoted(limit)}")


_READS: dict[str, frozenset[str]] = {}  # by select: one build asks for many orders


def reads(selects: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return which tables each select reads."""
    asked = list(selects)
    new = [select for select in asked if select not in _READS]
    if new:
        # A connection of its own: where the tables exist, DuckDB would look into their views too.
        with duckdb.connect(":memory:") as blank:
            _READS.update((select, frozenset(blank.get_table_names(select))) for select in new)
    return {select: _READS[select] for select in asked}


def describe(db: Database, table: str) -> None:
    """Copy the catalog's words into the database, where every SQL tool shows them."""
    entry = CATALOG.tables[table]
    comments = [f"comment on table {table} is {_quoted(entry.about)}"]
    for column in entry.columns:
        about = _quoted(CATALOG.about(table, column))
        comments.append(f"comment on column {table}.{column} is {about}")
    # Each commit is flushed to the disk: one for all of them takes a third off a small build.
    db.execute(";\n".join(["begin", *comments, "commit"]))


def hold(db: Database, checks: Mapping[str, str]) -> None:
    """Run every check. Raises CheckError at the first claim that the data contradicts."""
    for claim, sql in checks.items():
        counterexamples = rows(db, sql)
        if counterexamples:
            first = ", ".join(f"{name}={value}" for name, value in counterexamples[0].items())
            raise CheckError(
                f"{len(counterexamples)} row(s) contradict this; the first is {first}",
                at=Place(f"checks/{claim}.sql"),
                why=_claim(sql),
                fix="nothing was published, the last good database stands; send us the row",
            )


def rows(
    db: Database, sql: str, parameters: Mapping[str, object] | None = None
) -> list[dict[str, Any]]:
    """Run a select and return its rows by column name. Unused parameters are left out.

    Raises UsageError for another statement than one select.
    """
    _one_select(db, sql)
    asked = set(re.findall(r"\$(\w+)", sql))
    wanted = {name: value for name, value in (parameters or {}).items() if name in asked}
    db.execute(sql, wanted)
    names = [column[0] for column in db.description or ()]
    return [dict(zip(names, row, strict=True)) for row in db.fetchall()]


def _one_select(db: Database, sql: str) -> None:
    if sql in _SELECTED:
        return
    statements = db.extract_statements(sql)
    if len(statements) == 1 and statements[0].type in _SELECTS:
        _SELECTED.add(sql)
        return
    what = f"{len(statements)} statements" if len(statements) != 1 else "another statement"
    raise UsageError(
        f"{what} where one select is asked for",
        at=Place("query"),
        why="a question is answered with rows, and changes nothing",
        fix="write one select",
    )


def frame(db: Database, sql: str) -> pl.DataFrame:
    """Run a select and return it as a frame. The one crossing from SQL to polars."""
    return pl.DataFrame(db.sql(sql))


class _ArrowStream:
    """A frame reduced to the Arrow C stream protocol.

    Given a polars frame as it is, DuckDB wants pyarrow to read it for us.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def _claim(sql: str) -> str:
    """Return the sentence on top of a check: the comment lines before its select."""
    lines = [line.removeprefix("--").strip() for line in sql.splitlines() if line.startswith("--")]
    return " ".join(lines)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
