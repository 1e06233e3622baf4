"""Which rows are worth a look? Runs the rules of rules/findings; the figure never hears of it.

A finding points. It reads one table by the closed grammar of conditions.py and gives one row of
`findings` for each row that its condition holds for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compliance import database
from compliance.catalog import CATALOG
from compliance.conditions import RESERVED, read_condition
from compliance.database import Database
from compliance.errors import ComplianceError, Place, RuleError, nearest, raise_all
from compliance.rule_entries import Finding

# Beside the published tables, those made for rules that ask about more than one row.
SUBJECTS = (
    "work_posting_facts",
    "work_invoice_repeats",
    "work_split_purchases",
    "work_vendor_changes",
    "work_contract_use",
)
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
# What stands where a rule's table has no such column.
_NOTHING = {
    "amount": "cast(null as decimal(18, 2))",
    "day": "cast(null as date)",
    "department": "cast(null as varchar)",
}


def point(db: Database, findings: Iterable[Finding]) -> None:
    """Write the table `findings`. Raises RuleError, or Problems, for rules that cannot be run."""
    errors: list[ComplianceError] = []
    db.execute(_EMPTY)
    for finding in findings:
        try:
            _point(db, finding)
        except RuleError as error:
            errors.append(error)
    raise_all(errors)
    db.execute(_ORDERED)
    database.describe(db, "findings")


def failing_cases(db: Database, finding: Finding) -> list[str]:
    """Return the names of the rule's own cases that its condition gets wrong.

    A case tells the columns that matter; the others are null in its row. The types are those of
    the table, so that a case is compared as the table's rows are.
    """
    columns = _columns(db, finding)
    condition = read_condition(finding.when, columns, finding.parameters, finding.file)
    wrong = []
    for case in finding.cases:
        row = ", ".join(
            f'cast(${RESERVED}given_{name} as {kind}) as "{name}"' for name, kind in columns.items()
        )
        flagged = database.rows(
            db,
            f"select coalesce({condition.sql}, false) as flagged from (select {row}) as drawn",
            {
                **condition.parameters,
                **{f"{RESERVED}given_{name}": case.given.get(name) for name in columns},
            },
        )[0]["flagged"]
        if flagged is not case.flagged:
            wrong.append(case.name)
    return wrong


def _point(db: Database, finding: Finding) -> None:
    columns = _columns(db, finding)
    for use, column in finding.columns.items():
        if column not in columns:
            raise RuleError(
                f"[columns] `{use}` names no column of {finding.subject}: {column}",
                at=Place(finding.file),
                fix=nearest(column, columns),
            )
    condition = read_condition(finding.when, columns, finding.parameters, finding.file)
    told = [
        f'"{finding.columns[use]}"' if use in finding.columns else nothing
        for use, nothing in _NOTHING.items()
    ]
    db.execute(
        f"insert into work_findings select ${RESERVED}rule_code, "
        f"${RESERVED}rule_subject, {_key(finding)}, "
        f"{', '.join(told)} from {finding.subject} where {condition.sql}",
        {
            **condition.parameters,
            f"{RESERVED}rule_code": finding.code,
            f"{RESERVED}rule_subject": finding.subject.removeprefix("work_"),
        },
    )


def _columns(db: Database, finding: Finding) -> dict[str, str]:
    """Return the columns of the rule's table and their types."""
    known = [*CATALOG.tables, *SUBJECTS]
    if finding.subject not in known:
        raise RuleError(
            f"`subject` is no table that a rule may read: {finding.subject}",
            at=Place(finding.file),
            fix=nearest(finding.subject, known),
        )
    found = database.rows(
        db,
        "select column_name, data_type from duckdb_columns()"
        " where table_name = $table_name order by column_index",
        {"table_name": finding.subject},
    )
    return {row["column_name"]: row["data_type"] for row in found}


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
