"""What about a vendor should make someone ask: what a ledger can tell, and nobody has settled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from world import World, empty_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with empty_world(tmp_path) as drawn:
        yield drawn


def test_nobody_is_new_in_a_ledger_that_is_younger_than_a_year(world: World) -> None:
    world.draw("""
        input_postings
        line_id | vendor_name | booking_date | order_date
        1       | Old         | 2024-03-05   | 2022-01-01
        2       | Same        | 2025-03-04   |
        3       | New         | 2025-03-05   |
        4       | Old         | 2025-06-13   |
    """)
    assert world.ask("work_vendor_changes", "vendor_id | days_known") == [
        ("New", "100"),
        ("Old", None),
        ("Same", None),
    ]


@pytest.mark.parametrize(
    ("method", "is_told"),
    [("org_number_mistyped", "true"), ("group", "false"), ("decision", "false")],
)
def test_another_number_that_a_group_or_a_person_has_settled_is_not_asked_about(
    world: World, method: str, is_told: str
) -> None:
    world.put("input_suppliers", supplier_id="S", supplier_name="Acme AB", org_number="5560001234")
    world.put("input_vendor_identities", vendor_id="Acme", supplier_id="S", method=method)
    world.put(
        "input_postings",
        line_id=1,
        vendor_name="Acme",
        org_number="5560001243",
        booking_date="2024-05-01",
    )
    assert world.ask("work_vendor_changes", "is_under_other_number") == [(is_told,)]
