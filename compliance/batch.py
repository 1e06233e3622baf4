"""How does an unattended run end, and who hears of it? The run log, and sending where it is on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from compliance import __version__, database, files, lock, runlog, summary
from compliance import deliver as delivery
from compliance.delivery_settings import settings_of
from compliance.digests import inputs_digest
from compliance.errors import ComplianceError, DeliveryError, Place, Problems, counted, raise_all
from compliance.rule_entries import Rules
from compliance.rules import read_rules, rules_digest
from compliance.workspace import Workspace

Say = Callable[[str], None]


@dataclass(frozen=True)
class SendWishes:
    """What an operator asks for beside the ordinary sending, by delivery id."""

    resend: tuple[str, ...] = ()
    arrived: tuple[str, ...] = ()
    correct: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


@contextmanager
def logged(workspace: Workspace) -> Iterator[None]:
    """Write one line to the run log when the block ends, also when it fails.

    What the block works on is looked at first: a file that cannot be read is the run's failure.
    """
    entry: dict[str, object] = {"version": __version__}
    try:
        entry["rules"] = rules_digest(workspace.rules)
        entry["inputs"] = inputs_digest(workspace)
        yield
    except (ComplianceError, Problems) as error:
        runlog.append(workspace, {**entry, "exit_code": error.exit_code, "error": _first(error)})
        raise
    except BaseException as error:
        runlog.append(workspace, {**entry, "exit_code": 1, "error": type(error).__name__})
        raise
    runlog.append(workspace, {**entry, "exit_code": 0})


@contextmanager
def alone(workspace: Workspace, say: Say) -> Iterator[None]:
    """Hold the workspace for the length of the block, cleared of what killed runs left in it.

    Says so when the one before did not end. Raises RuleError when somebody else works here.
    """
    with lock.held(workspace) as died:
        if died is not None:
            say(f"the run before did not end ({died}); what it left is cleared away")
        files.sweep([workspace.output, workspace.root, workspace.cache, workspace.cache / "ledger"])
        _clear(workspace.output / "spill")
        yield


def deliver(workspace: Workspace, month: date, say: Say) -> None:
    """Send the month's letters when compliance.toml says so; else say that nothing was sent.

    Raises DeliveryError when the month is doubted, so that nothing is sent of it unasked, and while
    letters of earlier months have not reached their readers.
    """
    settings = settings_of(workspace)
    if settings is None or not settings.is_on:
        say("send     delivery is switched off; `compliance send` shows who would get what")
        return
    rules = read_rules(workspace.rules)
    wrong: list[ComplianceError] = []
    try:
        hold_back(workspace, rules, month)
        done = delivery.send(workspace, rules, month, say=say)
        say(f"send     {counted(len(done.done), 'letter')}{_since(done)}")
    except DeliveryError as error:
        wrong.append(error)
    raise_all([*wrong, *owed(workspace, rules, month)])


def _since(done: delivery.Delivery) -> str:
    if not done.changed:
        return ""
    were = "it was" if done.changed == 1 else "they were"
    command = f"compliance send --month {done.month:%Y-%m}"
    return f"; {done.changed} changed since {were} sent: `{command}` shows each, with --correct ID"


def hold_back(workspace: Workspace, rules: Rules, month: date) -> None:
    """Raise DeliveryError when letters would go out of a month that should perhaps not be reported.

    A letter cannot be recalled: of a month that nobody named, and that has not ended or is all but
    empty, none is sent.
    """
    with database.open_published(workspace.database) as db:
        doubt = summary.doubt(partial(database.rows, db), month)
        earlier = [one for one in summary.months(partial(database.rows, db)) if one < month]
    if not doubt:
        return
    if not any(line.action == "send" for line in delivery.plan(workspace, rules, month)):
        return
    fix = "look for a wrong date and run again"
    if earlier:
        fix += (
            f"; for {earlier[-1]:%Y-%m} `compliance report --month {earlier[-1]:%Y-%m}`, then "
            f"`compliance send --month {earlier[-1]:%Y-%m} --send`"
        )
    raise DeliveryError(
        f"the letters of {month:%Y-%m} are held back: none of them was sent",
        at=Place(f"output/reports/{month:%Y-%m}"),
        why=doubt,
        fix=f"{fix}; if {month:%Y-%m} is right, `compliance send --month {month:%Y-%m} --send`",
    )


def owed(workspace: Workspace, rules: Rules, month: date) -> tuple[DeliveryError, ...]:
    """Say which letters of the other published months have not reached their readers."""
    with database.open_published(workspace.database) as db:
        months = summary.months(partial(database.rows, db))
    return delivery.owed(workspace, rules, [one for one in months if one != month])


def _clear(spill: Path) -> None:
    """Remove what killed processes computed with; a `calibrate` beside this run keeps its own."""
    for path in spill.iterdir() if spill.is_dir() else ():
        of_duckdb = re.match(r"duckdb_temp_(\d+)_", path.name)
        by = files.maker_here(of_duckdb[1]) if of_duckdb else path.name.rpartition("-")[0]
        if not files.is_being_made(path, by):
            files.remove(path)


def _first(error: ComplianceError | Problems) -> str:
    """The kind of error and where, without the file's content: the log names no person."""
    one = error.errors[0] if isinstance(error, Problems) else error
    return f"{type(one).__name__} at {one.at}"
