"""Many names in the ledger: which are one company, and which of them stands for all?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from world import World, empty_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with empty_world(tmp_path) as drawn:
        yield drawn


def shown(world: World, drawing: str) -> dict[str, str]:
    """Return {name: the name that stands for it}."""
    for n, line in enumerate(drawing.strip().splitlines(), 1):
        name, number, supplier = (cell.strip() or None for cell in line.split("|"))
        world.put(
            "input_vendors",
            vendor_id=f"v{n}",
            vendor_name=name,
            org_number=number,
            is_merged=(name or "").startswith("Privatperson P"),
        )
        if supplier:
            world.put(
                "input_vendor_matches", vendor_id=f"v{n}", supplier_id=supplier, outcome="matched"
            )
    rows = world.ask("vendor_companies", "vendor_name | company_name")
    assert len({name for name, _ in rows}) == len(rows)  # a join by name multiplies nothing
    return {str(name): str(company) for name, company in rows}


def test_names_of_one_number_that_begin_alike_are_one_company_under_the_plainest(
    world: World,
) -> None:
    assert shown(
        world,
        """
        VALLA PLÅT AB         | 5560001234 |
        Valla Plåt AB, Box 12 | 5560001234 |
        Valla Plåt AB         | 5560001234 |
        """,
    ) == dict.fromkeys(("VALLA PLÅT AB", "Valla Plåt AB, Box 12", "Valla Plåt AB"), "Valla Plåt AB")


def test_a_number_alone_makes_no_company(world: World) -> None:
    assert shown(
        world,
        """
        Valla Plåt AB | 5560001234 |
        Göta Städ HB  | 5560001234 |
        """,
    ) == {"Valla Plåt AB": "Valla Plåt AB", "Göta Städ HB": "Göta Städ HB"}


def test_names_that_only_case_stops_and_an_ampersand_tell_apart_are_one_company(
    world: World,
) -> None:
    names = ("Plåt & Tak i Norr AB", "PLÅT OCH TAK I NORR AB", "Plåt och Tak i Norr A.B.")
    assert shown(world, "\n".join(f"{name} | |" for name in (*names, "Plåt Tak i Norr AB"))) == {
        **dict.fromkeys(names, "Plåt & Tak i Norr AB"),
        "Plåt Tak i Norr AB": "Plåt Tak i Norr AB",
    }


def test_a_spelling_without_number_follows_the_number_of_its_name(world: World) -> None:
    assert shown(
        world,
        """
        VALLA PLÅT AB   | |
        Valla Plåt AB   | 5560001234 |
        Valla Plåt & Co | 5560001234 |
        """,
    ) == dict.fromkeys(("VALLA PLÅT AB", "Valla Plåt AB", "Valla Plåt & Co"), "Valla Plåt AB")


def test_names_of_one_supplier_are_one_company_whatever_their_numbers(world: World) -> None:
    assert shown(
        world,
        """
        Valla Plåt AB | 5560001234 | s1
        Valla AB      |            | s1
        Valla i Lund  | 5560001234 | s2
        """,
    ) == {"Valla Plåt AB": "Valla AB", "Valla AB": "Valla AB", "Valla i Lund": "Valla i Lund"}


def test_a_match_that_waits_for_a_person_makes_no_company(world: World) -> None:
    world.put("input_vendor_matches", vendor_id="v1", supplier_id="s1", outcome="review")
    world.put("input_vendor_matches", vendor_id="v2", supplier_id="s1", outcome="review")
    assert shown(world, "Valla Plåt AB | |\nValla AB | |") == {
        "Valla Plåt AB": "Valla Plåt AB",
        "Valla AB": "Valla AB",
    }


def test_one_name_under_two_numbers_is_one_row_and_a_blank_name_none(world: World) -> None:
    assert shown(
        world,
        """
        Valla Plåt AB | 5560001234 |
        Valla Plåt AB | 5560009999 |
                      | 5560001234 |
        """,
    ) == {"Valla Plåt AB": "Valla Plåt AB"}


def test_persons_who_are_shown_together_are_one_name_and_nobodys_company(world: World) -> None:
    assert shown(
        world,
        """
        Privatperson P2345 | | s1
        Privatperson P6723 | |
        PRIVATPERSON       | |
        Valla AB           | | s1
        """,
    ) == {
        "Privatperson P2345": "Privatperson",
        "Privatperson P6723": "Privatperson",
        "PRIVATPERSON": "PRIVATPERSON",
        "Valla AB": "Valla AB",
    }
