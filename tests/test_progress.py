"""A bar on a terminal, silence in a pipe."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from compliance import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _told(stream: io.StringIO) -> str:
    with progress.shown(lambda line: print(line, file=stream), ("load", "match"), stream) as tell:
        tell("load     1 file")
        tell("a remark")
        tell("match    none")
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _a_terminal_that_can_erase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


def test_nothing_but_the_lines_goes_into_a_pipe():
    assert _told(io.StringIO()) == "load     1 file\na remark\nmatch    none\n"


def test_a_terminal_that_cannot_erase_has_no_bar(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "dumb")
    assert _told(Terminal()) == "load     1 file\na remark\nmatch    none\n"


def test_the_bar_grows_by_the_stages_that_are_done():
    bars = [part for part in _told(Terminal()).split("\r\x1b[K") if part.startswith("[")]
    half = "[############............] match (2 of 2)"
    assert bars == ["[........................] load (1 of 2)", half, half]


def test_each_line_stands_on_its_own_and_no_bar_is_left():
    parts = _told(Terminal()).split("\r\x1b[K")
    lines = [part for part in parts if part and not part.startswith("[")]
    assert lines == ["load     1 file\n", "a remark\n", "match    none\n"]
    assert parts[-1] == ""


def test_a_bar_is_gone_before_an_error_is_told():
    stream = Terminal()
    with pytest.raises(ValueError, match="x"), progress.shown(print, ("load",), stream):
        raise ValueError("x")
    assert stream.getvalue().endswith("\r\x1b[K")


def test_a_sign_that_the_output_cannot_hold_loses_no_line(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "compliance", "init", str(tmp_path / "Åmål")],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.endswith("\\xc5m\\xe5l\n")
