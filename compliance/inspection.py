"""What is wrong, or merely odd, in anything that a build would read?

For `compliance check`: every reader runs, whatever the others found, so that one run tells all.
Publishes nothing. While rules are wrong the rows of the register and of orders are read by those
that ship: what cannot be read is told, and nothing is said of what only the own rules could judge.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from compliance import database, findings, match, runlog, summary
from compliance.decisions import Decision, read_decisions
from compliance.delivery_settings import settings_of
from compliance.digests import inputs_digest
from compliance.errors import ComplianceError, InputError, Place, Problems
from compliance.invoices import check_invoices
from compliance.ledger import check_ledgers
from compliance.ledger_files import unmet_replacements
from compliance.month_end import Omission, omissions
from compliance.orders import read_orders
from compliance.person_key import check_key
from compliance.person_rules import PersonRules, read_person_rules
from compliance.register import register_check
from compliance.repeats import repeated
from compliance.report import check_definitions
from compliance.rule_entries import Rules
from compliance.rules import read_rules, rules_check
from compliance.shipped import shipped
from compliance.sie import check_sie
from compliance.tenders import read_tenders
from compliance.workspace import Workspace

# By the check of a remark whose severity is error: what a build goes on with, wrongly.
FIXES = {
    "unknown_scope": "write a category's code or name, account:65 or cpv:39 in the register",
    "several_parties": "copy the row in the register: one name and one number on each",
}


class Inspection(NamedTuple):
    """What stops a build or makes its figure wrong, and what is merely odd, as lines to print."""

    problems: list[ComplianceError]
    faults: list[str]


def inspect(workspace: Workspace, today: date) -> Inspection:
    """Read everything in `workspace`, and say what is missing `today`. Raises nothing of ours."""
    of_rules, unverified = rules_check(workspace.rules)
    problems, faults = list(of_rules), list[str]()
    problems += _problems(lambda: read_person_rules(workspace.rules / "persons.toml"))
    key, listed = workspace.persons_key, _person_rules(workspace)
    problems += _problems(lambda: check_key(key, listed))
    problems += _problems(lambda: match.read_settings(workspace.rules))
    problems += _problems(lambda: settings_of(workspace))
    problems += _problems(lambda: check_definitions(workspace.reports))
    rules = read_rules(shipped("rules") if of_rules else workspace.rules)
    with database.empty() as db:
        problems += findings.faults(db, rules.findings)
    ledger, of_ledger = check_ledgers(workspace, listed)
    problems += of_ledger
    problems += check_invoices(workspace)
    problems += check_sie(workspace)
    rivals = list[tuple[Decision, Decision]]()
    problems += _problems(lambda: rivals.extend(read_decisions(workspace).contested))
    problems += runlog.verify(workspace)
    wrong, odd = register_check(workspace, rules)
    problems += wrong
    problems += _problems(lambda: read_orders(workspace, rules))
    if not of_rules:
        problems += [_as_error(row) for row in odd if row["severity"] == "error"]
        problems += _problems(lambda: read_tenders(workspace, rules))
        faults = summary.faults([row for row in odd if row["severity"] != "error"])
        missing = list[Omission]()
        problems += _problems(lambda: missing.extend(_missing(workspace, rules, today)))
        faults = [*map(str, missing), *faults]
    again = list[str]()
    problems += _problems(lambda: again.extend(repeated(workspace, ledger)))
    faults = [*again, *unmet_replacements(workspace), *map(_contest, rivals), *faults]
    problems = list({str(problem): problem for problem in problems}.values())
    if not problems and not faults:
        faults = ["nothing to mend was found"]
    return Inspection(problems, [*faults, *(f"unverified: rules/{note}" for note in unverified)])


def _missing(workspace: Workspace, rules: Rules, today: date) -> tuple[Omission, ...]:
    register = [file for file in workspace.contracts.rglob("*") if file.is_file()]
    if not workspace.database.exists():
        return omissions(None, rules, register, today)
    try:
        return _missing_in(workspace, rules, register, today)
    except database.OtherVersionError as error:
        other = Omission(f"{error.what} ({error.why})", error.fix, distorts=False)
        return (*omissions(None, rules, register, today), other)


def _missing_in(
    workspace: Workspace, rules: Rules, register: list[Path], today: date
) -> tuple[Omission, ...]:
    with database.open_published(workspace.database) as db:
        built = database.rows(db, "select inputs_digest, rules_digest from build_info")[0]
        now = {"inputs_digest": inputs_digest(workspace), "rules_digest": rules.digest}
        return omissions(
            lambda sql, values: database.rows(db, sql, values),
            rules,
            register,
            today,
            is_current=built == now,
        )


def _as_error(row: dict[str, Any]) -> InputError:
    return InputError(
        f"{row['contract_id']}: {row['message']}",
        at=Place(row["path"], row["row"]),
        why="a build goes on, and its figure is wrong until this is mended",
        fix=FIXES[row["check"]],
    )


def _contest(rivals: tuple[Decision, Decision]) -> str:
    lost, held = rivals  # not by their key: it may be a person's name
    return (
        f"warning: decisions.csv, rows {lost.row} and {held.row}: {lost.decided_by} and "
        f"{held.decided_by} decided differently on one {held.subject} on {held.decided_on}; row "
        f"{held.row} holds; fix: agree, and add a row with a later day that says which"
    )


def _person_rules(workspace: Workspace) -> PersonRules:
    with contextlib.suppress(ComplianceError, Problems):  # told already
        return read_person_rules(workspace.rules / "persons.toml")
    return PersonRules()


def _problems(reader: Callable[[], object]) -> list[ComplianceError]:
    try:
        reader()
    except Problems as problems:
        return list(problems.errors)
    except ComplianceError as error:
        return [error]
    return []
