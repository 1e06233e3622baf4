"""One line for every promise of reliability that a run has kept, with its figure and its proof.

A test that shows a promise takes the fixture `kept` and calls it with the promise's number (R1 …
R30), what was counted, and how it was shown that the test can fail. The lines are printed at the
end of the run, also when it was spread over processes; of a test in parts the counts are summed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

Kept = Callable[..., None]


@pytest.fixture
def kept(record_property: Callable[[str, object], None]) -> Kept:
    """Give the function that writes a promise's line: kept("R25", "61 statements …", proof="…").

    With a seed, counts stand in the texts as {name}: parts that differ in these alone are one.
    """

    def write(
        number: str, figure: str, *, proof: str, seed: int | None = None, **counts: int
    ) -> None:
        assert re.fullmatch(r"R\d+", number)
        if seed is None:
            figure, proof = (text.replace("{", "{{").replace("}", "}}") for text in (figure, proof))
        told = {"number": number, "figure": figure, "proof": proof, "seed": seed, "counts": counts}
        record_property("promise", told)

    return write


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what writes a promise's line, so that `make trust` prints those of quick tests too."""
    for item in items:
        if "kept" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.promise)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    kept, broken, absent = [], [], []
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            properties = getattr(report, "user_properties", ())
            told = [value for name, value in properties if name == "promise"]
            (kept if outcome == "passed" else broken).extend(told)
            if outcome in ("failed", "error") and "/trust/" in report.nodeid:
                absent.append(f"NOT KEPT: {report.nodeid}")
            if outcome == "skipped" and "/trust/" in report.nodeid:
                absent.append(f"not shown: {report.nodeid}: {report.longrepr[2]}")
    if kept or broken or absent:
        terminalreporter.section("promises")
    for line in [*lines(kept), *(f"NOT KEPT: {one}" for one in lines(broken)), *sorted(absent)]:
        terminalreporter.write_line(line)


def lines(told: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return one line a promise number, in their order; parts of one text are summed first."""
    parts: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for one in told:
        parts.setdefault((one["number"], one["figure"], one["proof"]), []).append(one)
    found: dict[str, list[str]] = {}
    for (number, figure, proof), same in sorted(parts.items()):
        total = Counter[str]()
        for one in same:
            total.update(one["counts"])
        seeds = sorted(one["seed"] for one in same if one["seed"] is not None)
        seed = f" (seed {_span(seeds)})" if seeds else ""
        text = f"{figure}{seed} · can fail: {proof}".format_map(total)
        found.setdefault(number, []).append(text)
    return [f"{number:<4}{' ‖ '.join(found[number])}" for number in sorted(found, key=_order)]


def _span(seeds: list[int]) -> str:
    return str(seeds[0]) if seeds[0] == seeds[-1] else f"{seeds[0]}–{seeds[-1]}"


def _order(number: str) -> int:
    return int(number[1:])
