"""Every problem is said in one shape: where and what, why, and what to do."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance import cli
from compliance.errors import ComplianceError, Place, of_the_machine


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
    ("line", "what", "why", "fix"),
    [
        (
            ["biuld"],
            "compliance: 'biuld' is no COMMAND",
            "COMMAND is one of build, ",
            "did you mean `build`?",
        ),
        (
            ["report", "--lang", "de"],
            "compliance report: 'de' is no --lang",
            "--lang is one of en, sv",
            "use one of: en, sv",
        ),
        (
            ["close"],
            "compliance close: the following arguments are required: YYYY-MM",
            "usage: compliance close ",
            "--help",
        ),
        (
            ["check", "--nosuch"],
            "compliance: unrecognized arguments: --nosuch",
            "usage: compliance ",
            "--help",
        ),
        (
            [],
            "compliance: the following arguments are required: COMMAND",
            "usage: compliance ",
            "--help",
        ),
    ],
)
def test_a_command_line_that_cannot_be_understood_is_told_as_every_problem(
    line, what, why, fix, capsys
):
    assert cli.main(line) == 2
    told = capsys.readouterr()
    error, reason, cure = told.err.splitlines()
    assert error == f"error: {what}"
    assert reason.startswith(f"why: {why}")
    assert cure.startswith("fix: ")
    assert fix in cure
    assert not told.out


def test_stopped_from_the_keyboard_while_it_loads_it_says_so_and_shows_no_traceback(tmp_path):
    (tmp_path / "polars.py").write_text("raise KeyboardInterrupt\n", "utf-8")
    stopped = subprocess.run(
        [sys.executable, "-m", "compliance", "--version"],
        cwd=Path(__file__).parents[1],
        env={"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert stopped.returncode == 130
    assert stopped.stderr == "stopped before anything was read\n"


@pytest.mark.parametrize("number", [errno.ENAMETOOLONG, errno.ELOOP])
def test_what_the_disk_says_of_a_name_is_told_with_its_cure(number):
    told = of_the_machine(OSError(number, os.strerror(number), "a.csv"))
    assert told is not None
    assert told.at.file == "a.csv"
    assert "run again" in told.fix


@pytest.mark.parametrize(
    "line",
    [
        ["explain", "KEY", "--identify", "PLACE"],
        ["explain", "--identify", "KEY", "PLACE"],
        ["review", "import", "FILE", "--by", "Eva Ek", "PLACE"],
        ["review", "import", "FILE", "--by=Eva Ek", "PLACE"],
        ["send", "--mon", "2026-10", "PLACE", "--drop", "x", "--drop", "y"],
        ["whatif", "--extend", "A=2026-10-01", "PLACE", "--procure", "65"],
    ],
)
def test_an_option_may_stand_before_the_workspace_or_behind_it(line: list[str]) -> None:
    asked = cli.parser().parse_args(line)
    assert asked.workspace == Path("PLACE")
    assert getattr(asked, "key", "KEY") == "KEY"
    assert getattr(asked, "by", "Eva Ek") == "Eva Ek"
    assert getattr(asked, "drop", ["x", "y"]) == ["x", "y"]


def test_what_stands_behind_two_dashes_is_no_option() -> None:
    asked = cli.parser().parse_args(["explain", "--identify", "--", "-x", "PLACE"])
    assert (asked.key, asked.workspace, asked.identify) == ("-x", Path("PLACE"), True)


def test_help_tells_every_place(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.parser().parse_args(["explain", "KEY", "--help"])
    told = capsys.readouterr().out
    assert "LINE_ID [WORKSPACE]" in told
    assert "--identify" in told
