"""The way of the data, on one screen: load, identify, match, cover, measure, publish, report.

Says what happens in which order and nothing about how. If a line here wants an `if`, it belongs
in another module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from compliance import (
    batch,
    closing,
    database,
    deliver,
    files,
    findings,
    history,
    lock,
    persons,
    plan,
    review,
    scaffold,
    spark,
    stamps,
    standing,
    summary,
    whatifs,
)
from compliance import calibrate as calibration
from compliance import forget as forgetting
from compliance import report as reports
from compliance.ask import CONTENTS, Answer
from compliance.ask import ask as ask_apart
from compliance.batch import SendWishes
from compliance.catalog import CATALOG
from compliance.database import Database
from compliance.decisions import append_decisions, read_decisions
from compliance.drafts import draft_source
from compliance.effects import Effects
from compliance.errors import raise_all
from compliance.explain import explain as explain_key
from compliance.identity import Identity, identity
from compliance.inputs import Inputs, read_inputs
from compliance.inspection import inspect
from compliance.landing import REJECTED
from compliance.layout import POSTINGS
from compliance.rehearsal import rehearsal, uncovered
from compliance.report.sections import Ask
from compliance.review_queue import waiting
from compliance.rules import read_rules
from compliance.stages import Stages
from compliance.whatifs import Wish
from compliance.workspace import Workspace

Say = Callable[[str], None]
# Models that say what the postings hold, built first: who sold is found from them.
OF_POSTINGS = ("work_ledger_vendors", "work_texts")
# A row or more per posting, and read by other models only.
PASSING = ("work_lines", "work_line_contracts", "work_exempt_lines", "work_ceiling_runs")


def init(folder: Path, *, demo: bool) -> None:
    """Make `folder` a workspace."""
    scaffold.scaffold(folder, demo=demo)


def build(workspace: Workspace, say: Say) -> list[str]:
    """Read the inputs; publish the database, whole or not at all. Returns the figure in words."""
    stage = Stages(say)
    made = standing.made_of(workspace)
    inputs = read_inputs(workspace)
    stage("load", summary.loaded(inputs.ledger))
    with files.replacing(workspace.database) as unfinished:
        with _started(inputs, unfinished) as db:
            who = _identified(db, inputs)
            stage("match", summary.matched(who.outcomes))
            database.build(db, database.sql_files("models"), made=OF_POSTINGS, passing=PASSING)
            stage("cover", summary.covered(_asking(db)))
            findings.point(db, inputs.rules.findings)
            with _effects(db, inputs, who) as effects:
                actions = plan.action_plan(_asking(db), inputs, effects.uncovered_less)
            database.publish_frame(db, "action_plan", actions)
            stage("decide", summary.decided(_asking(db)))
            database.hold(db, database.sql_files("checks"))
            figure = summary.figure(_asking(db))
            stamps.stamp(db)
            stage("check", "every check holds")
        persons.write_protected(who.protected, workspace.persons)
    standing.keep(workspace, made)
    stage("publish", workspace.relative(workspace.database))
    return figure


def refresh(workspace: Workspace, say: Say) -> list[str]:
    """Build unless what is published was made of the same; then say so. Returns the figure."""
    make = _as_published if standing.stands(workspace) else build
    return make(workspace, say)


def _as_published(workspace: Workspace, say: Say) -> list[str]:
    stage = Stages(say)
    with database.open_published(workspace.database) as db:
        figure = summary.figure(_asking(db))
        stage("publish", f"{workspace.relative(workspace.database)} {summary.stands(_asking(db))}")
    return figure


def build_on_spark(workspace: Workspace, master: str | None, say: Say) -> list[str]:
    """Do as `build` with the models run by Spark; publish the tables as Parquet, a folder each.

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
        stage("load", summary.loaded(inputs.ledger))
        with (
            database.scratch(workspace.output / "spill") as path,
            _started(inputs, path) as db,
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
            who = _identity(db, inputs)
            database.load(db, who.tables)
            engine.load(who.tables)
            stage("match", summary.matched(who.outcomes))
            _built_on_spark(db, engine, models, models)
            stage("cover", summary.covered(_asking(db)))
            findings.point(db, inputs.rules.findings)
            with _effects(db, inputs, who) as effects:
                actions = plan.action_plan(_asking(db), inputs, effects.uncovered_less)
            engine.load({"action_plan": actions})
            engine.load({"findings": database.frame(db, "from findings")})
            engine.hold(database.sql_files("checks"))
            figure = summary.figure(_asking(db))
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


@contextmanager
def _started(inputs: Inputs, path: Path) -> Iterator[Database]:
    """Open a new database at `path` with all inputs in it."""
    settings, spill = inputs.workspace.settings, inputs.workspace.output / "spill"
    postings = [file.postings for file in inputs.ledger]
    with database.new_database(
        path, spill, threads=settings.threads, memory_limit=settings.memory_limit
    ) as db:
        database.scan(db, "input_postings", postings, POSTINGS)
        database.load(db, inputs.frames())
        yield db


def _identified(db: Database, inputs: Inputs) -> Identity:
    """Say who sold: identify the ledger's vendors, match them, and load what the models read."""
    database.build(db, database.sql_files("models"), OF_POSTINGS)
    database.scan(db, "input_rejected_raw", [file.rejected for file in inputs.ledger], REJECTED)
    who = _identity(db, inputs)
    database.load(db, who.tables)
    return who


def _identity(db: Database, inputs: Inputs) -> Identity:
    return identity(
        inputs,
        database.frame(db, "from work_ledger_vendors"),
        database.frame(db, "from work_texts"),
        database.frame(db, "from input_rejected_raw order by file_id, file_row"),
    )


@contextmanager
def _effects(db: Database, inputs: Inputs, who: Identity) -> Iterator[Effects]:
    """Give what computes the effect of changes against this build."""
    with rehearsal(db, inputs) as again:
        yield Effects(
            inputs=inputs,
            who=who,
            identify=lambda changed: _identity(db, changed),
            uncovered=uncovered(db),
            again=again.uncovered,
            vendors_of_lines=lambda lines: plan.vendors_of(_asking(db), lines),
        )


def _computing(workspace: Workspace) -> Callable[[Inputs, Sequence[str]], Any]:
    """Return what computes some tables from changed inputs, beside the build and unpublished."""

    @contextmanager
    def compute(inputs: Inputs, tables: Sequence[str]) -> Iterator[Ask]:
        with database.scratch(workspace.output / "spill") as path, _started(inputs, path) as db:
            _identified(db, inputs)
            database.build(db, database.sql_files("models"), tables)
            yield _asking(db)

    return compute


def _asking(db: Database) -> Ask:
    def ask(sql: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        return database.rows(db, sql, parameters)

    return ask


def run(workspace: Workspace, say: Say, make: Callable[..., list[str]] = refresh) -> list[str]:
    """Run the monthly batch, one at a time: build, report, and send when delivery is switched on.

    However it ends, the run log says so. `make` is `build` to build whatever is published.
    """
    with lock.held(workspace) as died, batch.logged(workspace):
        batch.tell_unfinished(workspace, died, say)
        figure = make(workspace, say)
        written = report(workspace, None, None, say)
        batch.deliver(workspace, summary.written_month(written), say)
        return figure + [str(path) for path in written]


def check(workspace: Workspace, today: date, tell: Say) -> None:
    """Read everything and publish nothing: tell what is odd, then raise every problem."""
    found = inspect(workspace, today)
    tell("\n".join(found.faults))
    raise_all(found.problems)


def review_export(workspace: Workspace, file: Path) -> list[str]:
    """Write the vendors that wait for a person to say whose they are, largest kronor first."""
    names = persons.read_protected(workspace.persons)
    with database.open_published(workspace.database) as db:
        queue = waiting(_asking(db), names)
    review.export(queue, file, language=workspace.settings.language)
    return [f"{file}: {len(queue)} vendors wait"]


def review_import(workspace: Workspace, file: Path, who: str, today: date, tell: Say) -> None:
    """Add the reviewer's decisions, tell how many, then raise every cell that was refused."""
    names = persons.read_protected(workspace.persons)
    with lock.held(workspace), database.open_published(workspace.database) as db:
        queue, held = waiting(_asking(db), names), read_decisions(workspace).live.to_dicts()
        reviewed = review.read(file, queue, held, decided_on=today, decided_by=who)
        append_decisions(workspace, reviewed.decisions)
    tell(str(reviewed))
    raise_all(reviewed.refusals)


def letters(workspace: Workspace, month: date | None) -> list[str]:
    """Show who would get what."""
    with database.open_published(workspace.database) as db:
        asked = summary.month(_asking(db), month)
    return [str(one) for one in deliver.plan(workspace, read_rules(workspace.rules), asked)]


def send(workspace: Workspace, month: date | None, wishes: SendWishes, say: Say) -> list[str]:
    """Send the month's letters, each to its reader, at most once."""
    with database.open_published(workspace.database) as db:
        asked = summary.month(_asking(db), month)
    with lock.held(workspace), batch.logged(workspace):
        delivery = deliver.send(
            workspace,
            read_rules(workspace.rules),
            asked,
            resend=wishes.resend,
            arrived=wishes.arrived,
            correct=wishes.correct,
            say=say,
        )
    return [f"{known.state:<9} {known.department} → {known.address}" for known in delivery.done]


def report(workspace: Workspace, month: date | None, lang: str | None, say: Say) -> list[Path]:
    """Write a month's report, letters and workbooks; the latest month unless one is named."""
    stage = Stages(say)
    rules = read_rules(workspace.rules)
    with database.open_published(workspace.database) as db:
        asked = _asking(db)
        written = reports.write_month(
            asked,
            workspace,
            rules,
            summary.month(asked, month),
            lang or workspace.settings.language,
        )
    stage("report", f"{written.month:%Y-%m}")
    return [written.report]


def explain(workspace: Workspace, key: str, *, identify: bool) -> list[str]:
    """Tell the way of a posting, an invoice or a vendor."""
    names = persons.read_protected(workspace.persons) if identify else {}
    with database.open_published(workspace.database) as db:
        return explain_key(_asking(db), key, names)


def close(workspace: Workspace, month: date, now: datetime) -> Path:
    """Freeze the month's published figures, with the inputs and the rules they were made from."""
    with database.open_published(workspace.database) as db:
        closed = closing.closed_month(_asking(db), workspace, month, now)
    return history.close(workspace.history, closed)


def calibrate(workspace: Workspace) -> list[str]:
    """Compare the baseline year under today's rules with the published baseline."""
    return calibration.told(calibration.calibrate(read_inputs(workspace), _computing(workspace)))


def bridge(workspace: Workspace, month: date) -> list[str]:
    """Go from a closed month's reported figure to today's, step by step."""
    closed = history.of(workspace.history, month)
    steps = calibration.bridge(read_inputs(workspace), closed, _computing(workspace))
    return calibration.told_bridge(month, steps)


def whatif(workspace: Workspace, wishes: Sequence[Wish]) -> list[str]:
    """Compute the figure as it would be with the register changed."""
    return whatifs.whatif(read_inputs(workspace), wishes, _computing(workspace))


def sql(workspace: Workspace, query: str | None) -> Answer:
    """Answer a query on the published file, locked down; without one, list its tables."""
    return ask_apart(workspace.database, query or CONTENTS)


def source(file: Path) -> str:
    """Draft a source profile from a ledger file that no profile fits."""
    return draft_source(file)


def protect(workspace: Workspace, identity: str) -> str:
    """Return the entry of rules/persons.toml for a person, given by number or name."""
    return persons.protected_entry(persons.load_or_make_key(workspace.persons_key), identity)


def forget(workspace: Workspace, before: date, *, remove: bool) -> list[str]:
    """List what holds nothing but rows before the day; with `remove`, remove it."""
    found = forgetting.forgettable(workspace, before)
    gone = forgetting.forget(found) if remove else (*found.delivered, *found.made)
    verb = "removed" if remove else "would remove"
    return [
        *(f"{verb} {workspace.relative(path)}" for path in gone),
        *(f"holds newer rows as well: {workspace.relative(path)}" for path in found.mixed),
    ]
