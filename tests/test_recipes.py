"""Each recipe of RECIPES.md runs on the sample as an analyst would run it, and answers something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from runs import ROOT

from compliance.ask import ask

TEXT = (ROOT / "RECIPES.md").read_text("utf-8")
RECIPES = re.findall(r"### (.+?)\n```sql\n(.+?)```", TEXT, re.DOTALL)


def test_there_are_twenty_recipes() -> None:
    assert len(RECIPES) == 20


@pytest.mark.parametrize(("question", "sql"), RECIPES, ids=[question for question, _ in RECIPES])
def test_a_recipe_runs_locked_down_and_finds_rows(demo: Path, question: str, sql: str) -> None:
    answer = ask(demo / "output" / "compliance.duckdb", sql)
    assert answer.rows, question
