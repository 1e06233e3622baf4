"""The steps of a build that others take too: begun, who sold, what if, asked.

Each stands on a database that is open and says nothing of what comes before or after it;
pipeline.py has the order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from compliance import building, database
from compliance.database import Database
from compliance.effects import Effects
from compliance.identity import Identity, identity, rematched
from compliance.inputs import Inputs
from compliance.landing import REJECTED
from compliance.layout import POSTINGS
from compliance.rehearsal import postings, rehearsal, uncovered
from compliance.report.sections import Ask
from compliance.workspace import Workspace

# Models that say what the postings hold, built first: who sold is found from them.
OF_POSTINGS = ("work_ledger_vendors", "work_texts")


@contextmanager
def started(inputs: Inputs, path: Path) -> Iterator[Database]:
    """Open a new database at `path` with all inputs in it."""
    settings, spill = inputs.workspace.settings, inputs.workspace.output / "spill"
    postings = [file.postings for file in inputs.ledger]
    with database.new_database(
        path, spill, threads=settings.threads, memory_limit=settings.memory_limit
    ) as db:
        database.scan(db, "input_postings", postings, POSTINGS)
        database.load(db, inputs.frames())
        yield db


def identified(db: Database, inputs: Inputs) -> Identity:
    """Say who sold: identify the ledger's vendors, match them, and load what the models read."""
    building.build(db, database.sql_files("models"), OF_POSTINGS)
    database.scan(db, "input_rejected_raw", [file.rejected for file in inputs.ledger], REJECTED)
    who = who_sold(db, inputs)
    database.load(db, who.tables)
    return who


def who_sold(db: Database, inputs: Inputs) -> Identity:
    """Identify and match the vendors of a ledger whose postings are described; load nothing."""
    return identity(
        inputs,
        database.frame(db, "from work_ledger_vendors"),
        database.frame(db, "from work_texts"),
        database.frame(db, "from input_rejected_raw order by file_id, file_row"),
    )


@contextmanager
def effects_of(db: Database, inputs: Inputs, who: Identity) -> Iterator[Effects]:
    """Give what computes the effect of changes against this build."""
    now = uncovered(db)
    with rehearsal(db, inputs) as again:
        yield Effects(
            inputs=inputs,
            who=who,
            identify=lambda changed: rematched(who, changed),
            uncovered=now,
            again=again.uncovered,
            prepare=again.prepare,
            postings=lambda line_ids: postings(db, line_ids),
        )


def computing(workspace: Workspace) -> Callable[[Inputs, Sequence[str]], Any]:
    """Return what computes some tables from changed inputs, beside the build and unpublished."""

    @contextmanager
    def compute(inputs: Inputs, tables: Sequence[str]) -> Iterator[Ask]:
        with database.scratch(workspace.output / "spill") as path, started(inputs, path) as db:
            identified(db, inputs)
            building.build(db, database.sql_files("models"), tables)
            yield asking(db)

    return compute


def asking(db: Database) -> Ask:
    """Return what answers SQL with rows, for those who may not know the database."""

    def ask(sql: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        return database.rows(db, sql, parameters)

    return ask
