"""Spark publishes what DuckDB publishes: the same tables, rows, order and types, to the öre."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest
from engines import differences
from runs import run

from compliance import cli, spark
from compliance.errors import UsageError


def needs_spark() -> None:
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip('needs PySpark: pip install "compliance[spark]"')
    if shutil.which("java") is None:
        pytest.skip("needs Java 17")


def test_without_pyspark_the_message_says_how_to_get_it(
    demo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    assert cli.main(["build", str(demo), "--engine", "spark"]) == 2
    said = capsys.readouterr().err
    assert "error: --engine spark: the Spark engine needs pyspark, which is not installed" in said
    assert 'fix: pip install "compliance[spark]"' in said
    assert not (demo / "output" / "spark").exists()


def test_without_sqlglot_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    with pytest.raises(UsageError, match="needs sqlglot"):
        spark.translated("select 1 as one")


def test_a_publication_replaces_the_last_one_whole(tmp_path: Path) -> None:
    engine = spark.Engine(None, tmp_path / "work")
    for number in (1, 2):
        folder = tmp_path / "work" / "sums"
        folder.mkdir(parents=True, exist_ok=True)
        pl.DataFrame({"number": [number]}).write_parquet(folder / "part-0.parquet")
        (folder / "_SUCCESS").touch()
        engine.publish(tmp_path / "spark", ["sums"])
        (tmp_path / "spark" / "sums" / f"left_by_{number}").touch()
    assert pl.read_parquet(tmp_path / "spark" / "sums" / "*.parquet")["number"].to_list() == [2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spark", "work"]
    assert sorted(path.name for path in (tmp_path / "spark" / "sums").iterdir()) == [
        "left_by_2",
        "part-0.parquet",
    ]


@pytest.mark.trust
def test_spark_and_duckdb_publish_the_same_sample(own_demo: Path) -> None:
    """Minutes: Spark needs seconds for each model, however few the rows."""
    needs_spark()
    told = run("build", own_demo, "--engine", "spark", timeout=1800)
    assert "12 months to 2026-10" in told.stdout
    assert not (own_demo / "output" / "spark.work").exists()
    assert differences(own_demo) == {}
