"""Does the published file still hold what was written to it?

A build ends by stamping every table with its row count and a hash over all rows and their order;
whoever opens the file compares. DuckDB's own checksums notice most damage; this notices the rest,
and a table that somebody has changed with another program. Knows no table by name but its own.
"""

from __future__ import annotations

from typing import Any, Protocol

from compliance.errors import InputError, Place

TABLE = "table_stamps"
CLOCK = "built_at"
ABOUT = "One row per table: what it held when it was published. Compared whenever it is opened."
COLUMNS = {
    "table_name": "The stamped table.",
    "row_count": "Its rows.",
    "row_hash": "The sum of hashes of every row with its position; equal only for equal tables.",
    "engine": "The DuckDB version that hashed, and what it left out; another may hash otherwise.",
}


class Connection(Protocol):
    """What is needed of a DuckDB connection."""

    def execute(self, query: str, parameters: Any = None, /) -> Any: ...


def stamp(db: Connection) -> None:
    """Write the stamps of all tables of the current database, as the last act of a build."""
    rows = ", ".join(
        f"({_quoted(name)}, {count}, {_quoted(total)}, {_quoted(engine)})"
        for name, count, total, engine in _measured(db)
    )
    db.execute(
        f"create or replace table {TABLE}"
        " (table_name varchar, row_count bigint, row_hash varchar, engine varchar)"
    )
    if rows:
        db.execute(f"insert into {TABLE} values {rows}")  # noqa: S608 - names and counts of our own
    db.execute(f"comment on table {TABLE} is {_quoted(ABOUT)}")
    for column, about in COLUMNS.items():
        db.execute(f"comment on column {TABLE}.{column} is {_quoted(about)}")


def verify(db: Connection, file: str) -> None:
    """Compare the opened database with its stamps. Raises InputError at the first difference.

    Hashes of another DuckDB version are not compared, row counts always.
    """
    try:
        found = db.execute(f"select * from {TABLE}").fetchall()  # noqa: S608 - a name of our own
    except Exception as error:  # noqa: BLE001 - duckdb's errors; only database.py may name them
        # Whatever DuckDB calls it: without stamps nothing can be said of the rest.
        raise _damaged(file, f"it has no readable stamps: {_first_line(error)}") from None
    stamped = {row[0]: row for row in found}
    try:
        present = _measured(db)
    except Exception as error:  # noqa: BLE001 - as above
        raise _damaged(file, _first_line(error)) from None
    if differing := sorted(stamped.keys() ^ {row[0] for row in present}):
        raise _damaged(file, f"table `{differing[0]}` was added or removed after the build")
    for row in present:
        expected = stamped[row[0]]
        same_engine = row[3] == expected[3]
        if row[1] != expected[1] or (same_engine and row[2] != expected[2]):
            raise _damaged(file, f"table `{row[0]}` is not as it was built")


def _measured(db: Connection) -> list[tuple[str, int, str, str]]:
    names = db.execute(
        "select table_name from duckdb_tables()"
        " where database_name = current_database() and not internal and not temporary"
        " and table_name <> ? order by table_name",
        [TABLE],
    ).fetchall()
    engine = f"{db.execute('select version()').fetchone()[0]}, without {CLOCK}"
    dated = {
        row[0]
        for row in db.execute(
            "select table_name from duckdb_columns()"
            " where database_name = current_database() and column_name = ?",
            [CLOCK],
        ).fetchall()
    }
    measured = []
    for (name,) in names:
        table = '"' + name.replace('"', '""') + '"'
        # When it was built is all in which two builds of the same inputs may differ.
        rest = f"(select * exclude ({CLOCK}), rowid as place from {table})" if name in dated else ""  # noqa: S608
        # The row's position goes into its hash: two builds must not differ in order either.
        select = (
            f"select count(*), sum(hash(held)::hugeint)::varchar from {rest} as held"  # noqa: S608
            if rest
            else f"select count(*), sum(hash({table}, rowid)::hugeint)::varchar from {table}"  # noqa: S608 - quoted
        )
        count, total = db.execute(select).fetchone()
        measured.append((name, count, total or "0", engine))
    return measured


def _damaged(file: str, why: str) -> InputError:
    return InputError(
        "the database is damaged or was changed after it was built",
        at=Place(file),
        why=why,
        fix="run `compliance build` again: it is made anew from the inputs",
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
