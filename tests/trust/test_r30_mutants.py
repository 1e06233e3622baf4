"""R30: the tests notice when a line is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import mutants
import pytest
from promises import Kept
from runs import scale


@pytest.mark.trust
def test_nine_of_ten_broken_lines_are_noticed(tmp_path: Path, kept: Kept) -> None:
    told = tmp_path / "told.json"
    # In a process of its own: one in which other tests have left threads must not be forked.
    subprocess.run(
        [
            sys.executable,
            mutants.__file__,
            "--sample",
            str(max(1, int(40 * scale()))),
            "--tell",
            str(told),
        ],
        check=False,
    )
    found = json.loads(told.read_text("utf-8"))
    killed, lived = found["killed"], [mutants.Mutant(**one) for one in found["lived"]]
    reasons = mutants.read_reasons()
    for mutant in lived:
        print(f"survived: {mutant.name} · {reasons.get(mutant.name, 'NO REASON GIVEN')}")
    assert mutants.too_few(killed, lived) == [], killed
    total = sum(killed.values()) + len(lived)
    explained = sum(mutant.name in reasons for mutant in lived)
    kept(
        "R30",
        f"{total - len(lived)} of {total} mutants killed (seed 30), nine of ten in each of"
        f" {len(killed)} files;"
        f" {explained} of {len(lived)} survivors have a reason",
        proof="each file's tests pass before anything is broken, and a mutant that lives counts",
    )


def test_nine_of_ten_are_asked_of_each_file_by_itself() -> None:
    lived = [mutants.Mutant("b.py", 1, "", "", ""), mutants.Mutant("c.py", 1, "", "", "")]
    assert mutants.too_few({"a.py": 100, "b.py": 8, "c.py": 9}, lived) == ["b.py"]


@pytest.mark.trust
def test_every_reason_is_of_a_mutant_that_there_is() -> None:
    """A line that was changed since has another mutant, whose reason nobody has thought of."""
    names = {mutant.name for file in mutants.TARGETS for mutant in mutants.mutants_of(file)}
    assert mutants.read_reasons().keys() <= names


def test_the_mutator_breaks_python_and_sql() -> None:
    python = "def f(a):\n    '''Words.'''\n    if a < 1 and not a:\n        return a + 2\n    raise ValueError(f'{a}')\n"
    changes = {mutant.change for mutant in mutants._of_python("f.py", python)}
    assert {
        "Lt→LtE",
        "→Or",
        "negation dropped",
        "condition negated",
        "+1",
        "Add→Sub",
        "returns None",
        "dropped",
    } <= changes
    sql = "-- a < b\nselect sum(a) from t left join u on t.a = u.a where a <= 'x < y' and b is null"
    told = {mutant.change for mutant in mutants._of_sql("m.sql", sql)}
    assert {
        "sum(→max(",
        "left join→inner join",
        "=→<>",
        "<=→<",
        "and→or",
        "is null→is not null",
    } <= told
    assert "<→<=" not in told, "neither comments nor texts are code"
