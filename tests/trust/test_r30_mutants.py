"""R30: the tests notice when a line is wrong."""

from __future__ import annotations

import mutants
import pytest
from promises import Kept
from runs import scale


@pytest.mark.trust
def test_nine_of_ten_broken_lines_are_noticed(kept: Kept) -> None:
    killed, lived = mutants.run(sample=int(40 * scale()), seed=30, only="")
    reasons = mutants.read_reasons()
    for mutant in lived:
        print(f"survived: {mutant.name} · {reasons.get(mutant.name, 'NO REASON GIVEN')}")
    total = killed + len(lived)
    assert killed / total >= 0.9, f"{killed} of {total}"
    explained = sum(mutant.name in reasons for mutant in lived)
    kept(
        "R30",
        f"{killed} of {total} mutants killed (seed 30) in {len(mutants.TARGETS)} files;"
        f" {explained} of {len(lived)} survivors have a reason",
        proof="each file's tests pass before anything is broken, and a mutant that lives counts",
    )


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
