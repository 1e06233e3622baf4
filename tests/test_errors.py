"""Every problem is said in one shape: where and what, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compliance import cli
from compliance.errors import ComplianceError, Place


def _kinds(kind: type[ComplianceError]) -> Iterator[type[ComplianceError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)


@pytest.mark.parametrize("kind", list(_kinds(ComplianceError)), ids=lambda kind: kind.__name__)
def test_a_problem_says_why_even_when_it_has_no_reason_of_its_own(kind):
    lines = str(kind("what is wrong", at=Place("a.csv", 2, "x"), fix="mend it")).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["error:", "why:", "fix:"]
    assert lines[0] == "error: a.csv, row 2, column `x`: what is wrong"
    assert lines[1] != "why: "


def test_a_reason_of_its_own_goes_before_that_of_its_kind():
    told = ComplianceError("what is wrong", at=Place("a.csv"), why="thus", fix="mend it")
    assert "why: thus" in str(told).splitlines()


@pytest.mark.parametrize(
    ("line", "what", "fix"),
    [
        (["biuld"], "compliance: 'biuld' is no COMMAND", "did you mean `build`?"),
        (["report", "--lang", "de"], "compliance report: 'de' is no --lang", "use one of: en, sv"),
        (["close"], "compliance close: the following arguments are required: YYYY-MM", "--help"),
        (["check", "--nosuch"], "compliance: unrecognized arguments: --nosuch", "--help"),
        ([], "compliance: the following arguments are required: COMMAND", "--help"),
    ],
)
def test_a_command_line_that_cannot_be_understood_is_told_as_every_problem(line, what, fix, capsys):
    assert cli.main(line) == 2
    told = capsys.readouterr()
    error, why, cure = told.err.splitlines()
    assert error == f"error: {what}"
    assert why.startswith("why: usage: compliance")
    assert cure.startswith("fix: ")
    assert fix in cure
    assert not told.out
