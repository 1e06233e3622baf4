"""One line for every promise of reliability that a run has kept, with its figure and its proof.

A test that shows a promise takes the fixture `kept` and calls it with the promise's number (R1 …
R30), what was counted, and how it was shown that the test can fail. The lines are printed at the
end of the run, also when it was spread over processes.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

Kept = Callable[..., None]


@pytest.fixture
def kept(record_property: Callable[[str, object], None]) -> Kept:
    """Give the function that writes a promise's line: kept("R25", "61 statements …", proof="…")."""

    def write(number: str, figure: str, *, proof: str) -> None:
        assert re.fullmatch(r"R\d+", number)
        record_property("promise", f"{number:<4}{figure} · can fail: {proof}")

    return write


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines, absent = [], []
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            told = [
                value for name, value in getattr(report, "user_properties", ()) if name == "promise"
            ]
            lines += told if outcome == "passed" else [f"NOT KEPT: {line}" for line in told]
            if outcome == "skipped" and "/trust/" in report.nodeid:
                absent.append(f"not shown: {report.nodeid}: {report.longrepr[2]}")
    if lines or absent:
        terminalreporter.section("promises")
    for line in [*sorted(lines, key=_number), *sorted(absent)]:
        terminalreporter.write_line(line)


def _number(line: str) -> tuple[int, str]:
    found = re.search(r"R(\d+)", line)
    return (int(found[1]) if found else 99, line)
