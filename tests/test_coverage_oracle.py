"""The coverage models agree with a slow reader who follows the contract's words, on any data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from random_world import put, random_world
from slow_reader import Part, Posting, read
from world import World, empty_world

# 20 worlds of 500 postings: 10,000 postings, each world with a register of its own.
SEEDS, SIZE = range(20), 500


def sql_parts(world: World) -> list[Part]:
    world.build("coverage")
    found = world.db.execute(
        "select line_id, part, state, side, contract_id, lot, rule_id, amount_sek"
        " from coverage order by line_id, part"
    ).fetchall()
    return [Part(*row) for row in found]


@pytest.mark.parametrize("seed", SEEDS)
def test_sql_and_the_slow_reader_agree_on_every_part_of_every_posting(
    seed: int, tmp_path: Path
) -> None:
    drawn = random_world(seed, SIZE)
    with empty_world(tmp_path) as world:
        put(world, drawn)
        found = sql_parts(world)
        assert found == read(drawn.books, drawn.postings)
        world.hold()


# In 216 a posting that fills one lot would, were its open match right, be another lot's.
@pytest.mark.parametrize("seed", [100, 101, 102, 103, 104, 105, 216])
def test_the_interval_is_what_the_slow_reader_finds_when_every_open_match_is_right_or_wrong(
    seed: int, tmp_path: Path
) -> None:
    drawn = random_world(seed, 300)
    with empty_world(tmp_path) as world:
        put(world, drawn)
        world.build("kpi_monthly")
        found = world.db.execute(
            "select period, uncovered_low_sek, uncovered_sek, uncovered_high_sek from kpi_monthly"
        ).fetchall()

    low = uncovered(drawn.postings, read(drawn.review_right(), drawn.postings))
    figure = uncovered(drawn.postings, read(drawn.books, drawn.postings))
    high = uncovered(drawn.postings, read(drawn.review_wrong(), drawn.postings))
    assert found == [(month, low[month], figure[month], high[month]) for month in sorted(figure)]
    assert any(low[month] != high[month] for month in figure)


def uncovered(postings: Sequence[Posting], parts: Sequence[Part]) -> dict[date, Decimal]:
    """Sum the uncovered kronor by month; every month with a posting is there."""
    day = {posting.line_id: posting.day for posting in postings}
    sums: dict[date, Decimal] = defaultdict(Decimal)
    for part in parts:
        sums[day[part.line_id].replace(day=1)] += part.amount if part.side == "uncovered" else 0
    return sums
