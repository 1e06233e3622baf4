"""Which rows are worth a look? Runs the rules of rules/findings; the figure never hears of it.

A finding points. It reads one table by the closed grammar of conditions.py and gives one row of
`findings` for each key that its condition holds for, with the kronor of its rows (a posting may
have two parts): once its own cases have proved the condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from compliance import database
from compliance.catalog import CATALOG
from compliance.conditions import RESERVED, Condition, read_condition
from compliance.database import Database
from compliance.errors import ComplianceError, Place, RuleError, nearest, raise_all
from compliance.rule_entries import Case, Finding

_EMPTY = """
create or replace temp table work_findings (
    rule_code varchar, subject varchar, key varchar,
    amount_sek decimal(18, 2), purchase_date date, department varchar
)
"""
_ORDERED = """
create or replace table findings as
select * from work_findings order by rule_code, subject, key
"""
# Made after the rules have been run.
_LATER = ("findings", "action_plan")
# What stands where a rule's table has no such column.
_NOTHING = {
    "amount": "cast(null as decimal(18, 2))",
    "day": "cast(null as date)",
    "department": "cast(null as varchar)",
}


def point(db: Database, findings: Iterable[Finding]) -> None:
    """Write the table `findings`. Raises RuleError, or Problems, for rules that cannot be run."""
    chosen = tuple(findings)
    raise_all(faults(db, chosen))
    db.execute(_EMPTY)
    errors = list[ComplianceError]()
    for finding in chosen:
        with _told(finding, errors):
            _point(db, finding)
    raise_all(errors)
    db.execute(_ORDERED)
    database.describe(db, "findings")


def faults(db: Database, findings: Iterable[Finding]) -> list[ComplianceError]:
    """Return what is wrong with the rules: names that nothing has, and cases that fail.

    Reads no table, so any database will do.
    """
    errors = list[ComplianceError]()
    for finding in findings:
        with _told(finding, errors):
            columns = _columns(finding)
            _key(finding)
            for use, column in finding.columns.items():
                if column not in columns:
                    raise _wrong(
                        finding,
                        f"[columns] `{use}` names no column of {finding.subject}: {column}",
                        why="every row that is pointed at says where it stands",
                        fix=nearest(column, columns),
                    )
            errors += [_contradicted(finding, case) for case in failing_cases(db, finding)]
    return errors


def failing_cases(db: Database, finding: Finding) -> list[Case]:
    """Return the rule's own cases that its condition gets wrong.

    A case tells the columns that matter; the others are null in its row. The types are those of
    the table, so that a case is compared as the table's rows are. Raises RuleError for a case
    that no row of the table can be.
    """
    columns = _columns(finding)
    condition = _condition(finding)
    row = ", ".join(
        f'try_cast(${RESERVED}given_{name} as {kind}) as "{name}"' for name, kind in columns.items()
    )
    wrong = []
    for case in finding.cases:
        told = {f"{RESERVED}given_{name}": case.given.get(name) for name in columns}
        for name in case.given:
            if name not in columns:
                raise _wrong(
                    finding,
                    f"[[cases]] `{case.name}`, key `given`: no column `{name}`",
                    why=f"the case draws a row of {finding.subject}",
                    fix=nearest(name, columns),
                )
        drawn = database.rows(db, f"select {row}", told)[0]
        for name, value in case.given.items():
            if drawn[name] is None:
                raise _wrong(
                    finding,
                    f"[[cases]] `{case.name}`, key `given`: `{name}` cannot be {value!r}",
                    why=f"the column is {columns[name]}",
                    fix="write a value of its type",
                )
        flagged = database.rows(
            db,
            f"select coalesce({condition.sql}, false) as flagged from (select {row}) as drawn",
            {**condition.parameters, **told},
        )[0]["flagged"]
        if flagged is not case.flagged:
            wrong.append(case)
    return wrong


def _contradicted(finding: Finding, case: Case) -> RuleError:
    given = ", ".join(f"{name} = {value}" for name, value in case.given.items())
    does, says = ("does not flag", "does") if case.flagged else ("flags", "does not")
    return _wrong(
        finding,
        f"[[cases]] `{case.name}`: `when` {does} {given}",
        why=f"the case says that it {says}: {finding.when}",
        fix="correct `when`, a parameter, or the case",
    )


def _point(db: Database, finding: Finding) -> None:
    condition = _condition(finding)
    amount, day, department = (
        f'"{finding.columns[use]}"' if use in finding.columns else nothing
        for use, nothing in _NOTHING.items()
    )
    db.execute(
        f"insert into work_findings select ${RESERVED}rule_code, "
        f"${RESERVED}rule_subject, {_key(finding)}, "
        f"sum(cast({amount} as decimal(18, 2))), min({day}), min({department}) "
        f"from {finding.subject} where {condition.sql} group by 3",
        {
            **condition.parameters,
            f"{RESERVED}rule_code": finding.code,
            f"{RESERVED}rule_subject": finding.subject.removeprefix("work_"),
        },
    )


def _condition(finding: Finding) -> Condition:
    return read_condition(finding.when, _columns(finding), finding.parameters, finding.file)


@contextmanager
def _told(finding: Finding, errors: list[ComplianceError]) -> Iterator[None]:
    """Add what is wrong with the rule to `errors`, so that the others are tried too."""
    try:
        yield
    except RuleError as error:
        errors.append(error)
    except database.UNANSWERABLE as error:  # text compared with a number, say
        why = str(error).partition("\n")[0]
        errors.append(
            _wrong(finding, "`when` cannot be run", why=why, fix="compare values of one type")
        )


def _wrong(finding: Finding, what: str, *, why: str, fix: str) -> RuleError:
    return RuleError(what, at=Place(finding.file), why=why, fix=fix)


def _columns(finding: Finding) -> Mapping[str, str]:
    """Return the columns of the rule's table and their types."""
    known = [name for name in (*CATALOG.tables, *CATALOG.subjects) if name not in _LATER]
    if finding.subject not in known:
        raise _wrong(
            finding,
            f"`subject` is no table that a rule may read: {finding.subject}",
            why="a rule points at rows of one table that the program knows",
            fix=nearest(finding.subject, known),
        )
    return CATALOG.types(finding.subject)


def _key(finding: Finding) -> str:
    """Return the SQL of a row's key: the column told, or the table's grain joined by `/`."""
    grain: Sequence[str] = (
        [finding.columns["key"]]
        if "key" in finding.columns
        else CATALOG.tables[finding.subject].grain
        if finding.subject in CATALOG.tables
        else []
    )
    if not grain:
        raise RuleError(
            "[columns] does not say `key`",
            at=Place(finding.file),
            why=f"{finding.subject} has no grain of its own that could tell its rows apart",
            fix='add key = "…" below [columns]',
        )
    return "concat_ws('/', " + ", ".join(f'cast("{name}" as varchar)' for name in grain) + ")"
