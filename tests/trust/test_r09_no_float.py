"""R9: no floating point on the way of the money."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlglot
import worlds
from promises import Kept
from runs import ROOT, query, run
from sqlglot import exp

# Every query that makes or shows an amount: the models, the checks on them, and the reports.
QUERIES = sorted(
    path
    for folder in ("compliance/models", "compliance/checks", "reports")
    for path in (ROOT / folder).rglob("*.sql")
)
FLOATING = {"DOUBLE", "FLOAT", "REAL"}
# Estimates of what is to come, not kronor that were paid; each is cast to DECIMAL at its end.
ESTIMATES: frozenset[str] = frozenset()


def floats(sql: str) -> list[str]:
    """Return every amount (an expression called *_sek) that is reckoned with floating point.

    A division gives DOUBLE in DuckDB, so does an average; a literal with an exponent is one.
    """
    found = []
    for alias in sqlglot.parse_one(_plain(sql), dialect="duckdb").find_all(exp.Alias):
        if not alias.alias.endswith("_sek") or alias.alias in ESTIMATES:
            continue
        for node in alias.this.walk():
            if isinstance(node, exp.Div | exp.Avg | exp.Pow | exp.Sqrt):
                found.append(f"{alias.alias}: {node.sql('duckdb')}")
            if isinstance(node, exp.Cast) and node.to.sql("duckdb").upper() in FLOATING:
                found.append(f"{alias.alias}: {node.sql('duckdb')}")
            if isinstance(node, exp.Literal) and not node.is_string and "e" in node.name.lower():
                found.append(f"{alias.alias}: {node.name}")
    return found


def _plain(sql: str) -> str:
    return re.sub(r"\$(\w+)", r"'\1'", sql)


def test_no_query_reckons_an_amount_with_floating_point(kept: Kept) -> None:
    wrong = {path.name: floats(path.read_text("utf-8")) for path in QUERIES}
    assert {name: told for name, told in wrong.items() if told} == {}
    planted = "select cast(sum(amount_sek) as double) / 100 as volume_sek from coverage"
    assert len(floats(planted)) == 2
    kept(
        "R9",
        f"{len(QUERIES)} models, checks and report queries: no amount is divided, averaged or cast to DOUBLE",
        proof="a planted `/ 100` and a planted cast are told",
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = worlds.write(
        worlds.draw(9, rows=60, is_covered=True), tmp_path_factory.mktemp("money")
    )
    run("build", folder)
    return folder


def test_every_published_amount_is_decimal_and_every_krona_is_there(
    workspace: Path, kept: Kept
) -> None:
    columns = query(
        workspace,
        "select table_name, column_name, data_type from duckdb_columns()"
        " where column_name like '%\\_sek' escape '\\' and not internal",
    )
    assert len(columns) > 20
    assert [column for column in columns if not column[2].startswith("DECIMAL(")] == []
    truth = worlds.draw(9, rows=60, is_covered=True).total
    for table in ("ledger_lines", "coverage", "purchases"):
        assert query(workspace, f"select sum(amount_sek) from {table}") == [(truth,)]
    kept(
        "R9",
        f"{len(columns)} published amounts are DECIMAL; {truth} kronor in, {truth} out",
        proof="the sum is that of the drawn postings, reckoned by Python's Decimal",
    )


def test_no_plan_of_a_money_query_holds_a_float(workspace: Path) -> None:
    for sql in (
        "explain select side, sum(amount_sek) from coverage group by side",
        "explain select sum(amount_sek) from ledger_lines",
        "explain select sum(volume_sek), sum(uncovered_sek) from kpi_monthly",
    ):
        assert not re.search("double|float|real", str(query(workspace, sql)), re.IGNORECASE)
