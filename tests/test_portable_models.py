"""Every model keeps to the SQL that DuckDB and Spark read alike.

sqlglot must translate it with nothing left over, and what the two engines would read differently
(division of decimals, sums over a window without a frame, DuckDB's own clauses) may not be there.
"""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from compliance.database import sql_files

MODELS = sql_files("models")


@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_model_is_one_select_that_spark_can_read(model: str) -> None:
    statements = sqlglot.transpile(
        MODELS[model], read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    assert len(statements) == 1
    assert sqlglot.parse_one(statements[0], read="spark").find(exp.Select)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_model_divides_nothing_but_doubles(model: str) -> None:
    for division in sqlglot.parse_one(MODELS[model], read="duckdb").find_all(exp.Div):
        for side in (division.left, division.right):
            casts = [side, *side.find_all(exp.Cast)]
            assert any(
                isinstance(cast, exp.Cast) and cast.to.is_type("double") for cast in casts
            ), division.sql()


@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_model_does_without_what_only_duckdb_has(model: str) -> None:
    tree = sqlglot.parse_one(MODELS[model], read="duckdb")
    assert not list(tree.find_all(exp.Qualify))
    assert not [star for star in tree.find_all(exp.Star) if star.args.get("except_")]
    assert not [join for join in tree.find_all(exp.Join) if join.args.get("using")]
    for window in tree.find_all(exp.Window):
        if isinstance(window.this, exp.Sum) and window.args.get("order"):
            assert window.args.get("spec"), f"a running sum without a frame: {window.sql()}"
