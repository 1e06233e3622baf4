"""Beyond one machine: how is the same SQL run by Apache Spark, over the same Parquet?

The models and checks are those of DuckDB, translated by sqlglot; models/PORTABLE.md says in which
subset of SQL they are written so that both give the same. Every table is a folder of Parquet files
below one folder that the driver and all workers see. PySpark is an extra that is imported when
asked for. Knows no model by name, and nothing of what the tables mean.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from compliance import building, files
from compliance.catalog import CATALOG
from compliance.errors import CheckError, Place, UsageError

_MISSING = 'pip install "compliance[spark]"'
# The smallest date of the models is before the calendar reform, where Spark asks which is meant.
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.crossJoin.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.sources.default": "parquet",
}


def translated(sql: str) -> str:
    """Return DuckDB's SQL as Spark's. Raises what sqlglot raises for what it cannot say there."""
    sqlglot = _imported("sqlglot")
    (select,) = sqlglot.transpile(
        sql,
        read="duckdb",
        write="spark",
        identify=True,
        comments=False,
        unsupported_level=sqlglot.ErrorLevel.RAISE,
    )
    return str(select)


@contextmanager
def engine(folder: Path, *, master: str, threads: int, memory_limit: str) -> Iterator[Engine]:
    """Start Spark, or join the cluster of the master URL, with its tables below `folder`.

    What stood in the folder is removed. Raises UsageError without PySpark, without Java, or when
    the master does not answer.
    """
    _imported("sqlglot")
    sessions = _imported("pyspark.sql").SparkSession
    files.remove(folder)
    files.make_folder(folder, files.PRIVATE_FOLDER)  # the postings are as delivered, names and all
    settings = {
        **_SETTINGS,
        "spark.driver.memory": _megabytes(memory_limit),
        "spark.local.dir": str(folder / "spill"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    if master.startswith("local"):
        settings |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": str(threads),
        }
    try:
        builder = sessions.builder.master(master).appName("compliance")
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("pyspark", "py4j"):
            raise
        raise UsageError(
            "Spark does not start",
            at=Place("--engine spark"),
            why=str(error).strip().partition("\n")[0],
            fix="Java 17 or later must be there, and the master named by --master must answer",
        ) from None
    try:
        yield Engine(session, folder)
    finally:
        session.stop()
        files.remove(folder)


class Engine:
    """A Spark session and its tables, each one a folder of Parquet files and a view."""

    def __init__(self, session: Any, folder: Path) -> None:
        self._session = session
        self._folder = folder

    def load(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """Write each frame as the table of its name."""
        for table, frame in frames.items():
            folder = self._folder / table
            files.remove(folder)
            folder.mkdir()
            frame.write_parquet(folder / "part-0.parquet")
            self.scan(table, [folder / "part-0.parquet"], frame)

    def scan(self, table: str, parquet: Sequence[Path], empty: pl.DataFrame) -> None:
        """Name a set of Parquet files as one table; without files it is like `empty`."""
        if not parquet:
            self.load({table: empty})
            return
        rows = self._session.read.parquet(*(path.resolve().as_uri() for path in parquet))
        rows.createOrReplaceTempView(table)

    def build(self, models: Mapping[str, str], wanted: Iterable[str]) -> list[str]:
        """Make the wanted tables, and what they read, that are not there; return which were made.

        Published rows are stored in the order of their grain, over all files of the folder.
        """
        made = [
            table
            for table in building.build_order(models, wanted)
            if not (self._folder / table).exists()
        ]
        for table in made:
            rows = self._session.sql(translated(models[table]))
            grain = CATALOG.tables[table].grain if table in CATALOG.tables else ()
            if grain:
                rows = rows.orderBy(*(rows[name].asc_nulls_last() for name in grain))
            rows.write.parquet((self._folder / table).resolve().as_uri())
            self.scan(table, [self._folder / table], pl.DataFrame())
        return made

    def hold(self, checks: Mapping[str, str]) -> None:
        """Run every check. Raises CheckError at the first claim that the data contradicts."""
        for claim, sql in checks.items():
            found = self._session.sql(translated(sql)).take(1)
            if found:
                raise CheckError(
                    f"a row contradicts this; the first is {found[0].asDict()}",
                    at=Place(f"checks/{claim}.sql"),
                    fix="nothing was published, the last tables stand; send us the row",
                )

    def parts(self, table: str) -> list[Path]:
        """Return the Parquet files of a table, in the order of its rows."""
        return sorted((self._folder / table).glob("*.parquet"))

    def frame(self, table: str) -> pl.DataFrame:
        """Return a whole table: for those that are small."""
        return pl.read_parquet(self.parts(table), glob=False)

    def publish(self, target: Path, tables: Iterable[str]) -> None:
        """Put the tables' folders where readers look, in place of those of the last build."""
        unfinished = files.unfinished_of(target)
        last = target.with_name(f".{target.name}.last")
        for path in (unfinished, last):
            files.remove(path)
        files.make_folder(unfinished)
        for table in tables:
            shutil.copytree(
                self._folder / table,
                unfinished / table,
                ignore=shutil.ignore_patterns(".*", "_*"),
            )
        if target.exists():
            target.rename(last)
        unfinished.rename(target)
        files.remove(last)
        files.flush_folder(target.parent)


def _imported(module: str) -> Any:
    """Import a module of the extra. Raises UsageError that says how to get it."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UsageError(
            f"the Spark engine needs {module.partition('.')[0]}, which is not installed",
            at=Place("--engine spark"),
            why=str(error),
            fix=_MISSING,
        ) from None


def _megabytes(limit: str) -> str:
    """Return DuckDB's memory limit as the JVM says it: '4000MB' is '4000m'."""
    return limit.removesuffix("MB") + "m"
