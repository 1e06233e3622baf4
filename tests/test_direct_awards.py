"""What is bought of one company adds up to one award, under however many names the ledger has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from world import World, empty_world

WATCHED = "amount_sek | vendor_count | documentation_due"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with empty_world(tmp_path) as drawn:
        drawn.put("rule_limits", kind="documentation", amount_sek="100000")
        drawn.put("rule_limits", kind="direct_award", amount_sek="700000")
        yield drawn


def buy(world: World, drawing: str) -> None:
    """Buy of the same kind; each line: the ledger's name and number, kronor, year."""
    for n, line in enumerate(drawing.strip().splitlines(), 1):
        name, number, amount, year = (cell.strip() or None for cell in line.split("|"))
        world.put(
            "input_vendors",
            vendor_id=f"v{n}",
            vendor_name=name,
            org_number=number,
            is_merged=name == "Privatperson",
            is_usable=True,
        )
        key = f"{name} {n}"
        world.put("input_vendor_keys", vendor_name=key, vendor_id=f"v{n}")
        world.put(
            "input_postings",
            line_id=n,
            booking_date=f"{year}-03-01",
            vendor_name=key,
            amount_sek=amount,
        )


def test_two_spellings_of_one_company_make_one_award(world: World) -> None:
    buy(
        world,
        """
        Plåt & Tak i Norr AB   | 5560001234 | 60000 | 2024
        PLÅT OCH TAK I NORR AB | 5560001234 | 60000 | 2024
        """,
    )
    assert world.ask("direct_award_watch", WATCHED) == [("120000.00", "1", "true")]


def test_two_companies_make_two_awards(world: World) -> None:
    buy(
        world,
        """
        Plåt & Tak i Norr AB | 5560001234 | 60000 | 2024
        Göta Plåt HB         | 5560009999 | 60000 | 2024
        """,
    )
    assert world.ask("direct_award_watch", WATCHED) == [("120000.00", "2", "false")]


def test_persons_who_are_shown_together_are_counted_one_by_one(world: World) -> None:
    buy(
        world,
        """
        Privatperson | | 60000 | 2024
        Privatperson | | 60000 | 2024
        """,
    )
    assert world.ask("direct_award_watch", WATCHED) == [("120000.00", "2", "false")]


def test_a_new_spelling_is_no_new_seller_of_a_category(world: World) -> None:
    buy(
        world,
        """
        Valla Plåt AB | 5560001234 | 60000 | 2024
        VALLA PLÅT AB | 5560001234 | 60000 | 2025
        Göta Tak HB   | 5560009999 | 60000 | 2025
        """,
    )
    found = world.ask("category_vendors", "year | vendor_count | new_vendor_count | largest_share")
    assert found == [("2024", "1", None, "1.0"), ("2025", "2", "1", "0.5")]
