"""The published sample municipality, every posting of it, read again by the slow reader."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.second_reading import compared


def test_the_slow_reader_finds_every_part_of_the_sample_as_published(demo: Path) -> None:
    found = compared(demo)
    assert found.postings > 30_000
    assert found.differing == 0


def test_one_ore_more_in_one_posting_is_noticed(demo: Path) -> None:
    assert compared(demo, Decimal("0.1"), ore=1).ore == 1
