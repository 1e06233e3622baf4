"""Every model and check keeps to the SQL that DuckDB and Spark mean alike: models/PORTABLE.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from compliance import database
from compliance.spark import translated

ROOT = Path(database.__file__).parent
FILES = {
    f"{folder}/{name}": sql
    for folder in ("models", "checks")
    for name, sql in database.sql_files(folder).items()
}
# sqlglot's names for what is spelt otherwise in the files.
SPELT = {
    "ARRAY_SORT": "list_sort",
    "DATEDIFF": "date_diff",
    "DATE_FROM_PARTS": "make_date",
    "TIMESTAMP_TRUNC": "date_trunc",
    "TIME_TO_STR": "strftime",
    "IF": "case",
}
# Functions to sqlglot, operators to everybody else.
OPERATORS = (exp.And, exp.Or)
RANKS = (exp.Lag, exp.Lead, exp.DenseRank)  # have no frame
NEVER = (
    exp.Qualify,
    exp.Filter,
    exp.Unnest,
    exp.Lambda,
    exp.Pivot,
    exp.Struct,
    exp.Array,
    exp.Map,
    exp.Bracket,
    exp.Lateral,
    exp.ReadCSV,
    exp.ReadParquet,
)


def faults(sql: str) -> list[str]:
    """What in the select is outside the subset, each in a few words."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    found = [f"{type(node).__name__}: {node.sql()}" for node in tree.find_all(*NEVER)]
    known = set(re.findall(r"`([a-z_]+)`", _section("Only these functions")))
    for node in tree.find_all(exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        if not isinstance(node, OPERATORS) and SPELT.get(name, name.lower()) not in known:
            found.append(f"function {SPELT.get(name, name.lower())}")
    for node in tree.find_all(exp.Div):
        if not (is_double(node.this) and is_double(node.expression)):
            found.append(f"divides what is not cast to double: {node.sql()}")
    for node in tree.find_all(exp.Window):
        runs = isinstance(node.this, exp.AggFunc) and not isinstance(node.this, RANKS)
        spec = node.args.get("spec")
        if (
            runs
            and node.args.get("order")
            and (spec is None or spec.args["kind"].upper() != "ROWS")
        ):
            found.append(f"a running sum without ROWS: {node.sql()}")
    found += [f"using: {node.sql()}" for node in tree.find_all(exp.Join) if node.args.get("using")]
    for node in tree.find_all(exp.Star):
        found += [f"* {word}" for word in ("except_", "except", "replace") if node.args.get(word)]
    for node in tree.find_all(exp.Select):
        if node.args.get("limit") and not node.args.get("order"):
            found.append("limit without order by")
        group, distinct = node.args.get("group"), node.args.get("distinct")
        if group is not None and group.args.get("all"):
            found.append("group by all")
        if distinct is not None and distinct.args.get("on"):
            found.append("distinct on")
    return found


def is_double(node: exp.Expression) -> bool:
    if isinstance(node, exp.Cast):
        return bool(node.to.this == exp.DType.DOUBLE)
    if isinstance(node, exp.Paren | exp.Nullif | exp.Neg):
        return is_double(node.this)
    if isinstance(node, exp.Mul | exp.Add | exp.Sub | exp.Div):
        return is_double(node.this) or is_double(node.expression)
    return False


def _section(start: str) -> str:
    text = (ROOT / "models" / "PORTABLE.md").read_text("utf-8")
    return next(part for part in text.split("\n- ") if part.startswith(f"**{start}"))


@pytest.mark.parametrize("name", FILES)
def test_every_model_and_check_keeps_to_the_portable_subset(name: str) -> None:
    assert faults(FILES[name]) == []


@pytest.mark.parametrize("name", FILES)
def test_every_model_and_check_translates_and_spark_can_read_it(name: str) -> None:
    assert sqlglot.parse_one(translated(FILES[name]), read="spark").find(exp.Select)


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("select a / b from t", "divides"),
        ("select cast(a as double) / count(*) from t", "divides"),
        ("select sum(a) over (order by b) from t", "running sum"),
        ("select sum(a) over (order by b range unbounded preceding) from t", "running sum"),
        ("select a from t qualify row_number() over (order by b) = 1", "Qualify"),
        ("select sum(a) filter (where b) from t", "Filter"),
        ("select unnest(a) from t", "function explode"),
        ("select string_agg(a) from t", "function"),
        ("select list_sum(a) from t", "function"),
        ("select a from t inner join u using (a)", "using"),
        ("select * exclude (a) from t", "* except"),
        ("select distinct on (a) a, b from t", "distinct on"),
        ("select a, count(*) from t group by all", "group by all"),
        ("select a from t limit 1", "limit"),
        ("select [1, 2] as a from t", "Array"),
        ("select * from read_parquet('x')", "ReadParquet"),
    ],
)
def test_what_is_outside_the_subset_is_found(sql: str, fault: str) -> None:
    assert any(fault in one for one in faults(sql)), faults(sql)
