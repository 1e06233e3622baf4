"""Parts of one promise are printed as one line with their sums; braces in a text stay text."""

from __future__ import annotations

from typing import Any

import promises


def told(number: str, figure: str, seed: int | None = None, **counts: int) -> dict[str, Any]:
    return {"number": number, "figure": figure, "proof": "p", "seed": seed, "counts": counts}


def test_parts_are_summed_under_the_seeds_that_they_span() -> None:
    parts = [told("R7", "{n} ends", seed=70 + i, n=125) for i in range(8)]
    assert promises.lines(parts) == ["R7  1000 ends (seed 70–77) · can fail: p"]


def test_a_number_has_one_line_and_the_numbers_their_order() -> None:
    found = promises.lines([told("R10", "a {{b}}"), told("R9", "c"), told("R9", "d")])
    assert found == ["R9  c · can fail: p ‖ d · can fail: p", "R10 a {b} · can fail: p"]
