"""The same way of the data with the models run by Spark, and every table published as Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import polars as pl

from compliance import database, findings, persons, plan, spark, summary
from compliance.catalog import CATALOG
from compliance.database import Database
from compliance.inputs import read_inputs
from compliance.landing import REJECTED
from compliance.layout import POSTINGS
from compliance.stages import Stages
from compliance.steps import OF_POSTINGS, asking, effects_of, started, who_sold
from compliance.workspace import Workspace

Say = Callable[[str], None]


def build(workspace: Workspace, master: str | None, say: Say) -> list[str]:
    """Do as `pipeline.build`, the models run by Spark; publish the tables as Parquet folders.

    `master` is the cluster's URL, else this machine. What is said of single rows (findings and the
    plan) is asked of the same Parquet by DuckDB. The published database is left as it is.
    """
    stage = Stages(say)
    settings, models = workspace.settings, database.sql_files("models")
    with spark.engine(
        workspace.output / "spark.work",
        master=master or f"local[{settings.threads}]",
        threads=settings.threads,
        memory_limit=settings.memory_limit,
    ) as engine:
        inputs = read_inputs(workspace)
        stage("load", summary.loaded(inputs.ledger, inputs.register))
        with (
            database.scratch(workspace.output / "spill") as path,
            started(inputs, path) as db,
        ):
            engine.scan(
                "input_postings",
                [file.postings for file in inputs.ledger],
                pl.DataFrame(schema=POSTINGS),
            )
            engine.load(inputs.frames())
            _built_on_spark(db, engine, models, OF_POSTINGS)
            rejected = [file.rejected for file in inputs.ledger]
            database.scan(db, "input_rejected_raw", rejected, REJECTED)
            who = who_sold(db, inputs)
            database.load(db, who.tables)
            engine.load(who.tables)
            stage("match", summary.matched(who.outcomes))
            _built_on_spark(db, engine, models, models)
            stage("cover", summary.covered(asking(db)))
            findings.point(db, inputs.rules.findings)
            with effects_of(db, inputs, who) as effects:
                actions = plan.action_plan(asking(db), inputs, effects.uncovered_less)
            engine.load({"action_plan": actions})
            engine.load({"findings": database.frame(db, "from findings")})
            engine.hold(database.sql_files("checks"))
            figure = summary.figure(asking(db))
            stage("check", "every check holds")
        engine.publish(workspace.output / "spark", CATALOG.tables)
        persons.write_protected(who.protected, workspace.persons)
    stage("publish", workspace.relative(workspace.output / "spark"))
    return figure


def _built_on_spark(
    db: Database, engine: spark.Engine, models: Mapping[str, str], wanted: Iterable[str]
) -> None:
    """Build models on Spark, and let DuckDB read their Parquet under the same names."""
    for table in engine.build(models, wanted):
        database.scan(db, table, engine.parts(table), {})
