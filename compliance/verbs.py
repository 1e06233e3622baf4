"""What the program does beside the monthly way of the data: one function a verb.

Each reads the workspace or the published database, does its one thing and returns what to print.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path

from compliance import (
    batch,
    closing,
    database,
    deliver,
    history,
    lock,
    persons,
    review,
    scaffold,
    summary,
    whatifs,
)
from compliance import calibrate as calibration
from compliance import forget as forgetting
from compliance.ask import CONTENTS, Answer
from compliance.ask import ask as ask_apart
from compliance.batch import SendWishes
from compliance.decisions import read_decisions
from compliance.drafts import draft_source
from compliance.errors import InputError, counted, raise_all
from compliance.explain import explain as explain_key
from compliance.inputs import read_inputs
from compliance.inspection import inspect
from compliance.new_decisions import append_decisions
from compliance.person_key import check_key, load_or_make_key, protected_entry
from compliance.person_rules import read_person_rules
from compliance.review_queue import waiting
from compliance.rules import read_rules
from compliance.steps import asking, computing
from compliance.whatifs import Wish
from compliance.workspace import Workspace

Say = Callable[[str], None]


def init(folder: Path, *, demo: bool) -> None:
    """Make `folder` a workspace."""
    scaffold.scaffold(folder, demo=demo)


def check(workspace: Workspace, today: date, tell: Say) -> None:
    """Read everything and publish nothing: tell what is odd, then raise every problem."""
    found = inspect(workspace, today)
    tell("\n".join(found.faults))
    raise_all(found.problems)


def review_export(workspace: Workspace, file: Path) -> list[str]:
    """Write the vendors that wait for a person to say whose they are, largest kronor first."""
    names = persons.read_protected(workspace.persons)
    with database.open_published(workspace.database) as db:
        queue = waiting(asking(db), names)
    review.export(queue, file, language=workspace.settings.language)
    return [f"{file}: {counted(len(queue), 'vendor')} {'waits' if len(queue) == 1 else 'wait'}"]


def review_import(workspace: Workspace, file: Path, who: str, today: date, tell: Say) -> None:
    """Add the reviewer's decisions, tell how many, then raise every cell that was refused."""
    names = persons.read_protected(workspace.persons)
    with lock.held(workspace), database.open_published(workspace.database) as db:
        queue, held = waiting(asking(db), names), read_decisions(workspace).live.to_dicts()
        reviewed = review.read(file, queue, held, decided_on=today, decided_by=who)
        append_decisions(workspace, reviewed.decisions)
    tell(str(reviewed))
    raise_all(reviewed.refusals)


def letters(workspace: Workspace, month: date | None) -> list[str]:
    """Show who would get what, what is owed of other months, and what is missing before a start."""
    with database.open_published(workspace.database) as db:
        asked = summary.month(asking(db), month)
    rules = read_rules(workspace.rules)
    planned = deliver.plan(workspace, rules, asked)
    owed = [line for one in batch.owed(workspace, rules, asked) for line in ("", str(one))]
    missing = deliver.not_set(workspace)
    return [*map(str, planned), *owed, *([""] if planned and missing else []), *missing]


def send(
    workspace: Workspace,
    month: date | None,
    wishes: SendWishes,
    say: Say,
    *,
    only_named: bool = False,
) -> list[str]:
    """Send the month's letters, each to its reader, at most once; say what other months owe.

    With `only_named`, what the wishes name is settled or sent, and nothing else.
    """
    with database.open_published(workspace.database) as db:
        asked = summary.month(asking(db), month)
    rules = read_rules(workspace.rules)
    with batch.alone(workspace, say), batch.logged(workspace):
        if month is None and not only_named:
            batch.hold_back(workspace, rules, asked)
        try:
            delivery = deliver.send(
                workspace,
                rules,
                asked,
                resend=wishes.resend,
                arrived=wishes.arrived,
                correct=wishes.correct,
                drop=wishes.drop,
                only_named=only_named,
                say=say,
            )
        finally:
            for one in batch.owed(workspace, rules, asked):
                say(str(one))
    done = [f"{known.state:<9} {known.department} → {known.address}" for known in delivery.done]
    if delivery.waiting:
        command = f"compliance send --month {asked:%Y-%m} --send"
        done.append(f"{counted(delivery.waiting, 'letter')} more can go: `{command}` mails them")
    return done or [f"nothing to send of {asked:%Y-%m}: `compliance send` shows why"]


def explain(workspace: Workspace, key: str, *, identify: bool) -> list[str]:
    """Tell the way of a posting, an invoice or a vendor."""
    names = persons.read_protected(workspace.persons) if identify else {}
    with database.open_published(workspace.database) as db:
        return explain_key(asking(db), key, names)


def close(workspace: Workspace, month: date, now: datetime, say: Say) -> Path:
    """Freeze the month's published figures, with the inputs and the rules they were made from."""
    with batch.alone(workspace, say):
        with database.open_published(workspace.database) as db:
            closed = closing.closed_month(asking(db), workspace, month, now)
            cautions = closing.cautions(asking(db), closed)
        file = history.close(workspace.history, closed)
    for line in cautions:
        say(line)
    return file


def calibrate(workspace: Workspace) -> list[str]:
    """Compare the baseline year under today's rules with the published baseline."""
    return calibration.told(calibration.calibrate(read_inputs(workspace), computing(workspace)))


def bridge(workspace: Workspace, month: date) -> list[str]:
    """Go from a closed month's reported figure to today's, step by step."""
    closed = history.of(workspace.history, month)
    steps = calibration.bridge(read_inputs(workspace), closed, computing(workspace))
    return calibration.told_bridge(month, steps)


def whatif(workspace: Workspace, wishes: Sequence[Wish]) -> list[str]:
    """Compute the figure as it would be with the register changed."""
    return whatifs.whatif(read_inputs(workspace), wishes, computing(workspace))


def sql(workspace: Workspace, query: str | None) -> Answer:
    """Answer a query on the published file, locked down; without one, list its tables."""
    return ask_apart(workspace.database, query or CONTENTS)


def source(file: Path) -> str:
    """Draft a source profile from a ledger file that no profile fits."""
    return draft_source(file)


def protect(workspace: Workspace, identity: str) -> str:
    """Return the entry of rules/persons.toml for a person, given by number or name."""
    if not workspace.persons_key.exists():  # a new one, and the list as it is would match nobody
        listed = read_person_rules(workspace.rules / "persons.toml")
        check_key(workspace.persons_key, listed)
    return protected_entry(load_or_make_key(workspace.persons_key), identity)


def forget(workspace: Workspace, before: date, say: Say, *, remove: bool) -> list[str]:
    """List what holds nothing but rows before the day; with `remove`, remove it."""
    with batch.alone(workspace, say) if remove else nullcontext():
        found = forgetting.forgettable(workspace, before)
        lost = _lost(workspace, found)
        gone = forgetting.forget(found) if remove else (*found.delivered, *found.made)
    verb = "removed" if remove else "would remove"
    return [
        *(f"{verb} {workspace.relative(path)}" for path in gone),
        *(f"holds newer rows as well: {workspace.relative(path)}" for path in found.mixed),
        *lost,
    ]


def _lost(workspace: Workspace, found: forgetting.Forgettable) -> list[str]:
    if not found.delivered:
        return []
    years = forgetting.part_years(found)
    try:
        with database.open_published(workspace.database) as db:
            return [*forgetting.losses(asking(db), workspace, found), *years]
    except InputError:  # none, or a damaged one: what is asked for is its removal
        told = "note: without a database nobody can say what open contracts lose of their call-offs"
        return [f"{told}; `compliance build` first shows it", *years]
