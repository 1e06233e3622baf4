"""Published rows are made some postings at a time, and nobody can tell."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import worlds
from runs import query

from compliance import building, database, pipeline
from compliance.workspace import Workspace

TABLES = ("ledger_lines", "coverage", "purchases")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.write(worlds.draw(11, rows=60, months=6), tmp_path_factory.mktemp("w") / "w")


def built(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    pipeline.build(Workspace.open(folder), print)
    return {table: query(folder, f"select * from {table}") for table in TABLES}


def test_slices_give_the_same_rows_in_the_same_order_as_all_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = built(folder)
    monkeypatch.setattr(building, "SLICE", 16)
    assert built(folder) == at_once


def test_every_posting_is_in_one_slice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(folder)
    lines = [line for (line,) in query(folder, "select line_id from ledger_lines")]
    monkeypatch.setattr(building, "SLICE", 16)
    with (
        database.scratch(folder / "spill") as path,
        database.new_database(path, folder / "spill", threads=1, memory_limit="1GB") as db,
    ):
        db.execute("create temp table input_postings (line_id bigint)")
        db.executemany("insert into input_postings values (?)", [[line] for line in lines])
        begins = building._slices(db)
    held = [sum(first <= line < after for line in lines) for first, after in pairwise(begins)]
    assert len(held) > 3
    assert sum(held) == len(lines)
    assert max(held) <= 32
