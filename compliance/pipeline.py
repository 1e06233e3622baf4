"""The way of the data, on one screen: load, identify, match, cover, measure, publish, report.

Says what happens in which order and nothing about how. If a line here wants an `if`, it belongs
in another module.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from compliance import (
    batch,
    building,
    database,
    files,
    findings,
    persons,
    plan,
    stamps,
    standing,
    summary,
)
from compliance import report as reports
from compliance.delivery_settings import settings_of
from compliance.errors import InputError
from compliance.inputs import read_inputs
from compliance.rules import read_rules
from compliance.stages import Stages
from compliance.steps import OF_POSTINGS, asking, effects_of, identified, started
from compliance.workspace import Workspace

Say = Callable[[str], None]
# A row or more per posting, and read by other models only.
PASSING = ("work_lines", "work_exempt_lines", "work_ceiling_runs")


def build(workspace: Workspace, say: Say) -> list[str]:
    """Read the inputs; publish the database, whole or not at all. Returns the figure in words."""
    stage = Stages(say)
    made = standing.made_of(workspace)
    inputs = read_inputs(workspace)
    stage("load", summary.loaded(inputs.ledger, inputs.register))
    with files.replacing(workspace.database) as unfinished:
        with started(inputs, unfinished) as db:
            who = identified(db, inputs)
            stage("match", summary.matched(who.outcomes))
            building.build(db, database.sql_files("models"), made=OF_POSTINGS, passing=PASSING)
            stage("cover", summary.covered(asking(db)))
            findings.point(db, inputs.rules.findings)
            with effects_of(db, inputs, who) as effects:
                actions = plan.action_plan(asking(db), inputs, effects.uncovered_less)
            database.publish_frame(db, "action_plan", actions)
            stage("decide", summary.decided(asking(db)))
            database.hold(db, database.sql_files("checks"))
            figure = summary.figure(asking(db))
            stamps.stamp(db)
            stage("check", "every check holds")
        persons.write_protected(who.protected, workspace.persons)
    standing.keep(workspace, made)
    stage("publish", workspace.relative(workspace.database))
    return figure


def refresh(workspace: Workspace, say: Say) -> list[str]:
    """Build unless what is published was made of the same; then say so. Returns the figure.

    What does not hold against its own stamps is built anew, and stands until then.
    """
    if standing.stands(workspace):
        try:
            return _as_published(workspace, say)
        except InputError as damaged:
            say(f"build    anew: {damaged.what} ({damaged.why})")
    return build(workspace, say)


def _as_published(workspace: Workspace, say: Say) -> list[str]:
    stage = Stages(say)
    with database.open_published(workspace.database) as db:
        figure = summary.figure(asking(db))
        stage(
            "publish",
            f"{workspace.relative(workspace.database)} {summary.stands(asking(db))}",
        )
    return figure


def report(workspace: Workspace, month: date | None, lang: str | None, say: Say) -> list[Path]:
    """Write a month's report, letters and workbooks; the latest month unless one is named."""
    stage = Stages(say)
    _reportable(workspace)
    rules = read_rules(workspace.rules)
    with database.open_published(workspace.database) as db:
        asked = asking(db)
        chosen = summary.month(asked, month)
        for doubt in [*summary.other_rules(asked, rules.digest), *summary.doubts(asked, chosen)]:
            say(doubt)
        written = reports.write_month(
            asked, workspace, rules, chosen, lang or workspace.settings.language
        )
    stage("report", f"{written.month:%Y-%m}")
    return [written.report]


def _reportable(workspace: Workspace) -> None:
    """Refuse what no report could be made with or mailed, before anything is made for it."""
    settings_of(workspace)  # the letters take words from it
    reports.check_definitions(workspace.reports)


def run(
    workspace: Workspace,
    say: Say,
    result: list[str],
    make: Callable[..., list[str]] = refresh,
) -> None:
    """Run the monthly batch, one at a time: build, report, and send when delivery is switched on.

    However it ends, the run log says so. `result` gets the figure and the report's files once they
    are written: letters that did not leave take nothing from them. `make` is `build` to build
    whatever is published.
    """
    with batch.alone(workspace, say), batch.logged(workspace):
        _reportable(workspace)
        figure = make(workspace, say)
        written = report(workspace, None, None, say)
        result += [*figure, *map(str, written)]
        batch.deliver(workspace, summary.written_month(written), say)
