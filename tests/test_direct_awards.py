"""What is bought of one kind in a year is one award, held to its kind's limit of the day.

What is bought of one company adds up under however many names the ledger has it.
"""

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
            is_merged=(name or "").startswith("Privatperson"),
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
        Privatperson P2345 | | 60000 | 2024
        Privatperson P6723 | | 60000 | 2024
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


def test_an_older_invoice_is_no_first_year_of_the_ledger(world: World) -> None:
    world.draw("""
        input_postings
        line_id | vendor_name | org_number | invoice_date | booking_date
        1       | Bolt        | 5560001234 | 2023-12-28   | 2024-01-02
        2       | Cert        | 5560009999 | 2024-05-01   | 2024-05-02
    """)
    assert ("2024", None) in world.ask("category_vendors", "year | new_vendor_count")


# ── the limit: whose, of which day, and how sure ──────────────────────────────────────────────────

HELD = "status | limit_sek | is_limit_verified"


def spend(world: World, *bought: tuple[str, str]) -> None:
    """Buy of one vendor without a contract: kronor and day."""
    for n, (amount, day) in enumerate(bought, 1):
        world.put("input_postings", line_id=n, booking_date=day, vendor_name="A", amount_sek=amount)


def test_a_social_service_is_held_to_its_own_limit(world: World) -> None:
    world.put("rule_categories", category_code="65", limit_kind="social")
    world.put("rule_limits", kind="social", amount_sek="8109450")
    spend(world, ("900000", "2024-03-01"))
    assert world.ask("direct_award_watch", HELD) == [("below", "8109450.00", "true")]


def test_a_category_that_says_nothing_is_held_to_the_general_limit(world: World) -> None:
    world.put("rule_categories", category_code="65")
    world.put("rule_limits", kind="social", amount_sek="8109450")
    spend(world, ("900000", "2024-03-01"))
    assert world.ask("direct_award_watch", HELD) == [("over", "700000.00", "true")]


@pytest.mark.parametrize("drawn", [{"amount_sek": None}, {"valid_from": "2025-01-01"}])
def test_without_an_amount_in_kronor_nothing_is_accused(
    drawn: dict[str, str], world: World
) -> None:
    world.put("rule_categories", category_code="65", limit_kind="social")
    world.put("rule_limits", kind="social", is_verified=False, **drawn)
    spend(world, ("90000000", "2024-03-01"))
    assert world.ask("direct_award_watch", f"{HELD} | used_share | authority_would_flag") == [
        ("no_limit", None, None, None, "false")
    ]


def test_a_limit_that_nobody_verified_is_marked(world: World) -> None:
    world.put("rule_categories", category_code="65", limit_kind="social")
    world.put("rule_limits", kind="social", amount_sek="8109450", is_verified=False)
    spend(world, ("900000", "2024-03-01"))
    assert world.ask("direct_award_watch", HELD) == [("below", "8109450.00", "false")]


@pytest.fixture
def raised(world: World) -> World:
    """The limit that is 600 000 in January, and 700 000 from February."""
    world.put("rule_categories", category_code="65", limit_kind="social")
    world.put("rule_limits", kind="social", amount_sek="600000", valid_to="2022-01-31")
    world.put("rule_limits", kind="social", amount_sek="700000", valid_from="2022-02-01")
    return world


def test_the_limit_is_that_of_the_day_of_the_years_first_purchase(raised: World) -> None:
    spend(raised, ("10", "2022-01-15"), ("650000", "2022-03-01"))
    assert raised.ask("direct_award_watch", HELD) == [("over", "600000.00", "true")]


def test_a_credit_note_begins_no_award(raised: World) -> None:
    spend(raised, ("-10", "2022-01-15"), ("650000", "2022-03-01"))
    assert raised.ask("direct_award_watch", HELD) == [("near", "700000.00", "true")]


def test_a_year_of_credit_notes_alone_has_the_limit_of_the_first(raised: World) -> None:
    spend(raised, ("-10", "2022-01-15"), ("-10", "2022-03-01"))
    assert raised.ask("direct_award_watch", HELD) == [("below", "600000.00", "true")]


def test_two_invoices_of_a_month_are_held_to_the_limit_of_their_kind(world: World) -> None:
    world.put("rule_categories", category_code="65", limit_kind="social")
    world.put("rule_limits", kind="social", amount_sek="8109450")
    spend(world, ("400000", "2024-03-01"), ("400000", "2024-03-02"))
    assert world.ask("work_split_purchases", "invoice_count | limit_sek") == [("2", "8109450.00")]


# ── the duty to document ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("is_above", "amount", "due"),
    [
        (False, "99999.99", "false"),
        (False, "100000.00", "true"),
        (True, "100000.00", "false"),
        (True, "100000.01", "true"),
    ],
)
def test_the_rule_says_whether_the_duty_begins_at_the_amount_or_above_it(
    is_above: bool,
    amount: str,
    due: str,
    tmp_path: Path,
) -> None:
    with empty_world(tmp_path) as world:
        world.put("rule_limits", kind="documentation", amount_sek="100000", is_above=is_above)
        spend(world, (amount, "2021-03-01"))
        assert world.ask("direct_award_watch", "documentation_due") == [(due,)]


# ── what an authority would see ───────────────────────────────────────────────────────────────────

FLAG = "amount_sek | authority_would_flag"


def agree(world: World, **contract: object) -> None:
    world.put("input_contracts", contract_id="K", **contract)
    world.put("input_contract_parties", contract_id="K", supplier_id="A")


def test_what_nobody_has_a_contract_for_would_be_flagged(world: World) -> None:
    spend(world, ("800001", "2024-03-01"))
    assert world.ask("direct_award_watch", FLAG) == [("800001.00", "true")]


def test_what_was_bought_of_nobody_known_would_be_flagged(world: World) -> None:
    world.put("input_postings", line_id=1, booking_date="2024-03-01", amount_sek="800001")
    assert world.states() == {"1": "unidentified"}
    assert world.ask("direct_award_watch", FLAG) == [("800001.00", "true")]


def test_what_another_supplier_has_the_contract_for_would_be_flagged(world: World) -> None:
    world.put("input_contracts", contract_id="K")
    world.put("input_contract_parties", contract_id="K", supplier_id="B")
    world.put("input_contract_scopes", contract_id="K", scheme="category", prefix="65")
    spend(world, ("800001", "2024-03-01"))
    assert world.states() == {"1": "covered_elsewhere"}
    assert world.ask("direct_award_watch", FLAG) == [("800001.00", "true")]


@pytest.mark.parametrize(
    ("contract", "state"),
    [
        ({"ceiling_sek": "1"}, "ceiling_exceeded"),
        ({"valid_to": "2024-01-01", "last_day": "2024-01-01"}, "expired"),
        ({"kind": "direct_award", "ceiling_sek": "1"}, "ceiling_exceeded"),
    ],
)
def test_a_registered_contract_of_the_supplier_is_not_no_contract_at_all(
    contract: dict[str, str], state: str, world: World
) -> None:
    agree(world, **{"last_day": "2024-12-31", **contract})
    spend(world, ("800001", "2024-03-01"))
    assert state in world.states()["1"]
    [(_, flagged)] = world.ask("direct_award_watch", FLAG)
    assert flagged == "false"


@pytest.mark.parametrize(
    ("awarded", "flagged"),
    [
        ("2025-06-30", "false"),
        ("2022-07-01", "false"),
        ("2021-06-30", "true"),
        ("2025-07-01", "true"),
    ],
)
@pytest.mark.parametrize("told", ["awarded", "published"])
def test_a_procurement_counts_in_the_fiscal_year_that_it_was_awarded_in(
    told: str, awarded: str, flagged: str, tmp_path: Path
) -> None:
    with empty_world(tmp_path) as world:
        world.put(
            "rule_policy",
            out_of_scope_counts_as="uncovered",
            direct_award_counts_as="covered",
            tail_days=30,
            date_basis="order",
            closing_lag_days=45,
            fiscal_year_start_month=7,
            baseline_year=2022,
            baseline_share=0.17,
            baseline_uncovered_sek=1,
            warn_low=0.7,
            warn_high=0.9,
        )
        world.put("rule_limits", kind="direct_award", amount_sek="700000")
        # The national statistics tell no award: the year of publication is what is known.
        world.put("input_tenders", procurement_id="P", category_code="65", **{told: awarded})
        spend(world, ("800001", "2024-07-01"))
        assert world.ask("direct_award_watch", f"fiscal_year | {FLAG}") == [
            ("2024", "800001.00", flagged)
        ]


def test_a_credit_note_takes_from_what_may_have_been_split_and_is_no_invoice(world: World) -> None:
    world.put("input_vendors", vendor_id="v", vendor_name="v", is_merged=False, is_usable=True)
    world.put("input_vendor_keys", vendor_name="v", vendor_id="v")
    for n, amount in enumerate(("400000", "400000", "-400000"), 1):
        world.put(
            "input_postings",
            line_id=n,
            booking_date=f"2024-03-0{n}",
            vendor_name="v",
            account_code="6410",
            invoice_no=str(n),
            amount_sek=amount,
        )
    found = world.ask(
        "work_split_purchases", "invoice_count | largest_sek | amount_sek | purchase_date"
    )
    assert found == [("2", "400000.00", "400000.00", "2024-03-02")]
