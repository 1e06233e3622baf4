"""coverage.sql and what it reads: each decision of section 6 of the contract, drawn as a world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from world import World, empty_world

# Acme has contract A for category 65, the whole of 2024, open to all; Bolt has none.
ACME = """
    input_contracts
    contract_id | valid_from | valid_to
    A           | 2024-01-01 | 2024-12-31

    input_contract_parties
    contract_id | supplier_id
    A           | Acme

    input_contract_scopes
    contract_id | scheme   | prefix
    A           | category | 65
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with empty_world(tmp_path) as world:
        yield world


def test_both_ends_of_a_contract_are_included(world: World) -> None:
    world.draw(ACME).draw("""
        input_postings
        line_id | vendor_name | booking_date
        1       | Acme        | 2023-12-31
        2       | Acme        | 2024-01-01
        3       | Acme        | 2024-12-31
        4       | Acme        | 2025-01-01
    """)
    assert world.states() == {"1": "not_started", "2": "confirmed", "3": "confirmed", "4": "tail"}


def test_the_tail_is_thirty_days_and_not_one_more(world: World) -> None:
    world.draw(ACME).draw("""
        input_postings
        line_id | vendor_name | booking_date
        1       | Acme        | 2025-01-30
        2       | Acme        | 2025-01-31
    """)
    assert world.states() == {"1": "tail", "2": "expired"}


def test_a_used_option_counts_when_later_and_an_unused_one_never(world: World) -> None:
    world.draw("""
        input_contracts
        contract_id | valid_to   | extended_to | max_end
        LONGER      | 2024-06-30 | 2024-12-31  |
        SHORTER     | 2024-06-30 | 2024-03-31  |
        UNUSED      | 2024-06-30 |             | 2026-06-30

        input_contract_parties
        contract_id | supplier_id
        LONGER      | Long
        SHORTER     | Short
        UNUSED      | Unused

        input_postings
        line_id | vendor_name | booking_date
        1       | Long        | 2024-12-31
        2       | Short       | 2024-06-30
        3       | Unused      | 2024-12-31
    """)
    assert world.states() == {"1": "supplier_only", "2": "supplier_only", "3": "expired"}


def test_a_scope_entry_is_a_prefix_of_account_category_or_cpv(world: World) -> None:
    world.draw("""
        rule_category_accounts
        account_prefix | category_code
        65             | it
        70             | transport

        rule_categories
        category_code | cpv
        it            | 72000000
        transport     | 60100000

        input_contracts
        contract_id
        BY-ACCOUNT
        BY-CATEGORY
        BY-CPV

        input_contract_parties
        contract_id | supplier_id
        BY-ACCOUNT  | A
        BY-CATEGORY | B
        BY-CPV      | C

        input_contract_scopes
        contract_id | scheme   | prefix
        BY-ACCOUNT  | account  | 655
        BY-CATEGORY | category | trans
        BY-CPV      | cpv      | 72

        input_postings
        line_id | vendor_name | account_code | booking_date
        1       | A           | 6551         | 2024-05-01
        2       | A           | 6561         | 2024-05-01
        3       | B           | 7020         | 2024-05-01
        4       | B           | 6551         | 2024-05-01
        5       | C           | 6551         | 2024-05-01
        6       | C           | 7020         | 2024-05-01
    """)
    assert world.states() == {
        "1": "confirmed",
        "2": "out_of_scope",
        "3": "confirmed",
        "4": "out_of_scope",
        "5": "confirmed",
        "6": "out_of_scope",
    }


def test_what_cannot_be_tested_is_supplier_only(world: World) -> None:
    # A has only a category to compare with, and 9999 has no category; NONE has no scope at all.
    world.draw(ACME).draw("""
        rule_category_accounts
        account_prefix | category_code
        65             | 65

        input_contracts
        contract_id
        NONE

        input_contract_parties
        contract_id | supplier_id
        NONE        | Bolt

        input_postings
        line_id | vendor_name | account_code | booking_date
        1       | Acme        | 9999         | 2024-05-01
        2       | Bolt        | 6500         | 2024-05-01
    """)
    assert world.states() == {"1": "supplier_only", "2": "supplier_only"}


def test_a_named_contract_does_without_the_scope_test(world: World) -> None:
    world.draw(ACME).draw("""
        input_postings
        line_id | vendor_name | account_code | booking_date | contract_ref
        1       | Acme        | 7000         | 2024-05-01   |
        2       | Acme        | 7000         | 2024-05-01   | a
        3       | Acme        | 7000         | 2025-01-10   | A
        4       | Acme        | 7000         | 2025-03-10   | A
        5       | Bolt        | 7000         | 2024-05-01   | A
    """)
    assert world.states() == {
        "1": "out_of_scope",
        "2": "confirmed",
        "3": "tail",
        "4": "no_contract",  # not valid, so the name does not count, and the scope does not hold
        "5": "no_contract",  # not a party
    }


def test_a_name_does_not_entitle_a_unit(world: World) -> None:
    world.draw(ACME).draw("""
        input_contract_units
        contract_id | unit
        A           | Library

        input_postings
        line_id | vendor_name | account_code | unit   | booking_date | contract_ref
        1       | Acme        | 6500         | School | 2024-05-01   | A
        2       | Acme        | 7000         | School | 2024-05-01   | A
    """)
    assert world.states() == {"1": "not_entitled", "2": "out_of_scope"}


def test_a_unit_is_entitled_by_its_own_name_or_its_departments_whatever_the_case(
    world: World,
) -> None:
    world.draw(ACME).draw("""
        rule_units
        unit   | department | valid_from | valid_to
        school | Education  |            | 2024-06-30
        school | Culture    | 2024-07-01 |

        input_contract_units
        contract_id | unit
        A           | EDUCATION
        A           | library

        input_postings
        line_id | vendor_name | unit    | booking_date
        1       | Acme        | School  | 2024-06-30
        2       | Acme        | School  | 2024-07-01
        3       | Acme        | LIBRARY | 2024-07-01
        4       | Acme        |         | 2024-07-01
    """)
    assert world.states() == {
        "1": "confirmed",
        "2": "not_entitled",
        "3": "confirmed",
        "4": "not_entitled",
    }


def test_a_departments_former_name_entitles_all_its_units_and_a_units_name_that_unit_alone(
    world: World,
) -> None:
    drawing = """
        rule_units
        unit             | department
        Culture          | Culture
        Culture and more | Culture
        Library          | Culture

        input_contract_units
        contract_id | unit
        A           | CULTURE AND MORE

        input_postings
        line_id | vendor_name | unit             | booking_date
        1       | Acme        | Culture and more | 2024-05-01
        2       | Acme        | Culture          | 2024-05-01
        3       | Acme        | Library          | 2024-05-01
    """
    world.draw(ACME).draw(drawing)
    assert world.states() == {"1": "confirmed", "2": "not_entitled", "3": "not_entitled"}
    world.put("rule_former_names", department="Culture", former_name="Culture and more")
    assert world.states() == {"1": "confirmed", "2": "confirmed", "3": "confirmed"}


def test_not_entitled_comes_before_out_of_scope_and_needs_a_scope_that_may_fit(
    world: World,
) -> None:
    world.draw(ACME).draw("""
        input_contracts
        contract_id
        B

        input_contract_parties
        contract_id | supplier_id
        B           | Acme

        input_contract_units
        contract_id | unit
        B           | Library

        input_postings
        line_id | vendor_name | account_code | unit   | booking_date
        1       | Acme        | 7000         | School | 2024-05-01
    """)
    assert world.ask("coverage", "state | contract_id") == [("not_entitled", "B")]


def test_a_registered_direct_award_is_its_own_state_and_its_tail_is_a_tail(world: World) -> None:
    world.draw("""
        input_contracts
        contract_id | kind
        D           | direct_award

        input_contract_parties
        contract_id | supplier_id
        D           | Acme

        input_postings
        line_id | vendor_name | booking_date | contract_ref
        1       | Acme        | 2024-05-01   |
        2       | Acme        | 2024-05-01   | D
        3       | Acme        | 2025-01-10   |
    """)
    assert world.states() == {"1": "direct_award", "2": "direct_award", "3": "tail"}


def test_the_switches_move_the_side_of_their_state_and_of_no_other(world: World) -> None:
    world.draw(ACME).draw("""
        rule_policy
        out_of_scope_counts_as | direct_award_counts_as | tail_days | date_basis | closing_lag_days | baseline_year
        covered                | uncovered              | 30        | order      | 45               | 2022

        input_contracts
        contract_id | kind
        D           | direct_award

        input_contract_parties
        contract_id | supplier_id
        D           | Bolt

        input_postings
        line_id | vendor_name | account_code | booking_date
        1       | Acme        | 7000         | 2024-05-01
        2       | Bolt        | 7000         | 2024-05-01
        3       | Acme        | 6500         | 2025-01-10
        4       | Cert        | 7000         | 2024-05-01
    """)
    assert world.ask("coverage", "state | side") == [
        ("out_of_scope", "covered"),
        ("direct_award", "uncovered"),
        ("tail", "covered"),
        ("no_contract", "uncovered"),
    ]


def test_a_posting_that_crosses_a_ceiling_is_split_to_the_ore(world: World) -> None:
    world.draw(ACME).draw("""
        input_postings
        line_id | vendor_name | booking_date | amount_sek
        1       | Acme        | 2024-03-01   | 60.01
        2       | Acme        | 2024-03-02   | 60.01
        3       | Acme        | 2024-03-03   | 0.01
    """)
    world.db.execute("update input_contracts set ceiling_sek = 100")
    assert world.ask("coverage", "line_id | part | state | amount_sek | called_off_before_sek") == [
        ("1", "1", "confirmed", "60.01", "0.00"),
        ("2", "1", "confirmed", "39.99", "60.01"),
        ("2", "2", "ceiling_exceeded", "20.02", "60.01"),
        ("3", "1", "ceiling_exceeded", "0.01", "120.02"),
    ]
    world.hold()


def test_a_credit_note_first_takes_back_what_lay_over_the_ceiling(world: World) -> None:
    # min(120 - 50, 100) - min(120, 100) = -30 under; the other -20 are over.
    world.draw(ACME).draw("""
        input_postings
        line_id | vendor_name | booking_date | amount_sek
        1       | Acme        | 2024-03-01   | 120
        2       | Acme        | 2024-03-02   | -50
        3       | Acme        | 2024-03-03   | 20
    """)
    world.db.execute("update input_contracts set ceiling_sek = 100")
    assert world.ask("coverage", "line_id | part | state | amount_sek") == [
        ("1", "1", "confirmed", "100.00"),
        ("1", "2", "ceiling_exceeded", "20.00"),
        ("2", "1", "confirmed", "-30.00"),
        ("2", "2", "ceiling_exceeded", "-20.00"),
        ("3", "1", "confirmed", "20.00"),
    ]
    world.hold()


def test_postings_run_under_a_ceiling_in_the_order_of_date_then_line(world: World) -> None:
    world.draw(ACME).draw("""
        input_postings
        line_id | vendor_name | booking_date | amount_sek
        1       | Acme        | 2024-03-02   | 60
        3       | Acme        | 2024-03-01   | 60
        2       | Acme        | 2024-03-02   | 60
    """)
    world.db.execute("update input_contracts set ceiling_sek = 120")
    assert world.states() == {"1": "confirmed", "2": "ceiling_exceeded", "3": "confirmed"}


def test_each_lot_has_a_ceiling_of_its_own(world: World) -> None:
    world.draw("""
        input_contracts
        contract_id | lot | ceiling_sek
        A           | 1   | 100
        A           | 2   | 100

        input_contract_parties
        contract_id | lot | supplier_id
        A           | 1   | Acme
        A           | 2   | Bolt

        input_postings
        line_id | vendor_name | booking_date | amount_sek
        1       | Acme        | 2024-03-01   | 100
        2       | Bolt        | 2024-03-01   | 100
    """)
    assert world.states() == {"1": "supplier_only", "2": "supplier_only"}


def test_the_contract_is_chosen_first_and_its_ceiling_applied_after(world: World) -> None:
    # B has room, but A has the narrower scope.
    world.draw(ACME).draw("""
        input_contracts
        contract_id
        B

        input_contract_parties
        contract_id | supplier_id
        B           | Acme

        input_postings
        line_id | vendor_name | booking_date | amount_sek
        1       | Acme        | 2024-03-01   | 100
    """)
    world.db.execute("update input_contracts set ceiling_sek = 0 where contract_id = 'A'")
    assert world.ask("coverage", "state | contract_id") == [("ceiling_exceeded", "A")]


@pytest.mark.parametrize(
    ("sentence", "contracts", "scopes", "reference", "chosen"),
    [
        (
            "valid goes before tail, even a named one in its tail",
            "B | | 2024-01-01 | 2024-04-20\nZ | | 2023-01-01 | 2024-12-31",
            "",
            "B",
            "Z",
        ),
        (
            "the named one goes before a narrower scope",
            "B | | 2024-01-01 | 2024-12-31\nZ | | 2023-01-01 | 2024-12-31",
            "B | category | 65",
            "Z",
            "Z",
        ),
        (
            "the longest prefix goes before a later start",
            "B | | 2024-02-01 | 2024-12-31\nZ | | 2023-01-01 | 2024-12-31",
            "B | category | 6\nZ | category | 65",
            "",
            "Z",
        ),
        (
            "a scope that holds goes before one that cannot be tested",
            "B | | 2024-02-01 | 2024-12-31\nZ | | 2023-01-01 | 2024-12-31",
            "Z | category | 6",
            "",
            "Z",
        ),
        (
            "the latest start goes before the smallest id",
            "B | | 2023-01-01 | 2024-12-31\nZ | | 2024-02-01 | 2024-12-31",
            "",
            "",
            "Z",
        ),
        (
            "the smallest id decides at last",
            "Z | | 2024-01-01 | 2024-12-31\nB | | 2024-01-01 | 2024-12-31",
            "",
            "",
            "B",
        ),
    ],
)
def test_which_contract_is_chosen(
    world: World, sentence: str, contracts: str, scopes: str, reference: str, chosen: str
) -> None:
    world.draw(f"input_contracts\ncontract_id | ceiling_sek | valid_from | valid_to\n{contracts}")
    world.draw("input_contract_parties\ncontract_id | supplier_id\nB | Acme\nZ | Acme")
    if scopes:
        world.draw(f"input_contract_scopes\ncontract_id | scheme | prefix\n{scopes}")
    world.put(
        "input_postings",
        line_id=1,
        vendor_name="Acme",
        booking_date="2024-05-01",
        contract_ref=reference or None,
    )
    assert world.ask("coverage", "contract_id") == [(chosen,)], sentence


def test_superseded_is_expired_with_another_suppliers_contract_in_its_place(world: World) -> None:
    world.draw(ACME).draw("""
        input_contracts
        contract_id | valid_from | valid_to
        NEW         | 2025-01-01 | 2025-12-31

        input_contract_parties
        contract_id | supplier_id
        NEW         | Bolt

        input_contract_scopes
        contract_id | scheme   | prefix
        NEW         | category | 6

        input_postings
        line_id | vendor_name | booking_date
        1       | Acme        | 2025-06-01
        2       | Acme        | 2026-06-01
        3       | Cert        | 2025-06-01
        4       | Cert        | 2026-01-10
    """)
    assert world.ask("coverage", "state | contract_id") == [
        ("superseded", "NEW"),
        ("expired", "A"),
        ("covered_elsewhere", "NEW"),
        ("no_contract", None),  # another's tail does not count
    ]


def test_another_suppliers_contract_must_be_tested_and_entitled_but_may_be_full(
    world: World,
) -> None:
    world.draw("""
        input_contracts
        contract_id | ceiling_sek
        UNTESTED    |
        FULL        | 0
        OTHERS      |
        NOBODYS     |

        input_contract_parties
        contract_id | supplier_id
        UNTESTED    | A
        FULL        | B
        OTHERS      | C
        NOBODYS     | C

        input_contract_scopes
        contract_id | scheme   | prefix
        FULL        | category | 70
        OTHERS      | category | 61
        NOBODYS     | category | 46

        input_contract_units
        contract_id | unit
        OTHERS      | Library
        NOBODYS     | a unit that bought nothing

        input_postings
        line_id | vendor_name | account_code | unit    | booking_date
        1       | Z           | 6500         | School  | 2024-05-01
        2       | Z           | 7000         | School  | 2024-05-01
        3       | Z           | 6100         | School  | 2024-05-01
        4       | Z           | 6100         | Library | 2024-05-01
        5       | Z           | 4600         | Library | 2024-05-01
    """)
    assert world.states() == {
        "1": "no_contract",
        "2": "covered_elsewhere",
        "3": "no_contract",
        "4": "covered_elsewhere",
        "5": "no_contract",
    }


def test_a_contract_that_should_have_been_used_is_the_narrowest_of_those(world: World) -> None:
    world.draw("""
        input_contracts
        contract_id | valid_from
        WIDE        | 2024-02-01
        NARROW      | 2024-01-01
        LIBRARY     | 2024-01-01

        input_contract_parties
        contract_id | supplier_id
        WIDE        | A
        NARROW      | B
        LIBRARY     | C

        input_contract_scopes
        contract_id | scheme  | prefix
        WIDE        | account | 6
        NARROW      | account | 65
        LIBRARY     | account | 6500

        input_contract_units
        contract_id | unit
        LIBRARY     | Library

        input_postings
        line_id | vendor_name | unit    | booking_date
        1       | Z           | School  | 2024-05-01
        2       | Z           | Library | 2024-05-01
    """)
    assert world.ask("coverage", "contract_id") == [("NARROW",), ("LIBRARY",)]


def test_exempt_goes_before_everything_and_keeps_its_first_exclusion(world: World) -> None:
    world.draw(ACME).draw("""
        rule_exclusions
        exclusion_id | position | valid_to
        OLD          | 1        | 2024-04-30
        RENTS        | 2        |
        ALL-65       | 3        |

        rule_exclusion_tests
        exclusion_id | field       | value
        OLD          | account     | 6
        RENTS        | account     | 65
        RENTS        | account_not | 655
        ALL-65       | account     | 65

        input_postings
        line_id | vendor_name | account_code | booking_date
        1       | Acme        | 6500         | 2024-04-30
        2       | Acme        | 6500         | 2024-05-01
        3       |             | 6550         | 2024-05-01
        4       |             | 7000         | 2024-05-01
    """)
    assert world.ask("coverage", "state | rule_id") == [
        ("exempt", "OLD"),
        ("exempt", "RENTS"),
        ("exempt", "ALL-65"),
        ("unidentified", None),
    ]


def test_an_alternative_needs_all_its_fields_and_an_exclusion_one_alternative(
    world: World,
) -> None:
    world.draw("""
        rule_exclusions
        exclusion_id
        PUBLIC

        rule_exclusion_tests
        exclusion_id | alternative | field        | value
        PUBLIC       | 1           | account      | 46
        PUBLIC       | 1           | counterparty | 212
        PUBLIC       | 2           | text         | hyra
        PUBLIC       | 2           | unit         | school

        input_postings
        line_id | vendor_name | org_number | account_code | unit    | text      | booking_date
        1       | Region      | 2120001234 | 4600         | Library |           | 2024-05-01
        2       | Region      | 2120001234 | 6500         | Library |           | 2024-05-01
        3       | Care AB     | 5561234567 | 4600         | Library |           | 2024-05-01
        4       | Care AB     | 5561234567 | 6500         | School  | HYRA maj  | 2024-05-01
        5       | Care AB     | 5561234567 | 6500         | Library | Hyra      | 2024-05-01
    """)
    assert world.states() == {
        "1": "exempt",
        "2": "no_contract",
        "3": "no_contract",
        "4": "exempt",
        "5": "no_contract",
    }


def test_a_person_is_exempt_by_the_name_in_the_ledger_as_a_company_is(world: World) -> None:
    world.draw("""
        rule_exclusions
        exclusion_id
        GRANTS

        rule_exclusion_tests
        exclusion_id | field  | value
        GRANTS       | vendor | Anna Ek
        GRANTS       | vendor | Care AB

        input_vendors
        vendor_id | vendor_name    | is_person | is_usable
        P1        | Privatperson P | true      | true
        P2        | Privatperson Q | true      | true
        V1        | Care AB        | false     | true

        input_vendor_keys
        vendor_name | vendor_id
        ANNA EK     | P1
        Ek, Anna    | P1
        Bo Alm      | P2
        Care AB     | V1

        input_postings
        line_id | vendor_name | booking_date
        1       | ANNA EK     | 2024-05-01
        2       | Ek, Anna    | 2024-05-01
        3       | Bo Alm      | 2024-05-01
        4       | Care AB     | 2024-05-01
    """)
    assert world.states() == {
        "1": "exempt",
        "2": "exempt",
        "3": "no_contract",
        "4": "exempt",
    }


def test_a_vendor_is_a_supplier_only_while_it_is(world: World) -> None:
    world.draw(ACME).draw("""
        input_vendor_identities
        vendor_id | supplier_id | valid_to   | method
        Old name  | Acme        | 2024-06-30 | decision

        input_postings
        line_id | vendor_name | booking_date
        1       | Old name    | 2024-06-30
        2       | Old name    | 2024-07-01
    """)
    assert world.ask("coverage", "state | is_decided") == [
        ("confirmed", "true"),
        ("covered_elsewhere", "false"),
    ]


def test_a_vendor_that_is_two_suppliers_has_the_contracts_of_both_and_one_purchase(
    world: World,
) -> None:
    world.draw("""
        input_contracts
        contract_id | valid_from | valid_to
        A           | 2023-01-01 | 2023-12-31
        B           | 2024-01-01 | 2024-12-31
        C           | 2024-01-01 | 2024-12-31

        input_contract_parties
        contract_id | supplier_id
        A           | Old
        B           | New
        C           | Old
        C           | New

        input_contract_scopes
        contract_id | scheme  | prefix
        A           | account | 65
        B           | account | 65
        C           | account | 70

        input_vendors
        vendor_id | vendor_name | is_person | is_merged | is_usable
        V         | Firm        | false     | false     | true

        input_vendor_keys
        vendor_id | vendor_name
        V         | Firm

        input_vendor_identities
        vendor_id | supplier_id | method
        V         | Old         | org_number
        V         | New         | group

        input_postings
        line_id | vendor_name | account_code | booking_date
        1       | Firm        | 6500         | 2023-05-01
        2       | Firm        | 6500         | 2024-05-01
        3       | Firm        | 7000         | 2024-05-01
        4       | Firm        | 6500         | 2022-05-01
        5       | Firm        | 4000         | 2022-05-01
    """)
    told = "line_id | state | contract_id | supplier_id"
    assert world.ask("purchases", told) == [
        ("1", "confirmed", "A", "Old"),
        ("2", "confirmed", "B", "New"),
        ("3", "confirmed", "C", "Old"),
        ("4", "not_started", "B", "New"),
        ("5", "no_contract", None, "Old"),
    ]
    world.hold()


def test_a_match_that_is_open_for_some_days_stands_in_the_interval_of_these(world: World) -> None:
    world.draw(ACME).draw("""
        input_vendor_matches
        vendor_id | supplier_id | outcome
        Akme      | Acme        | review

        input_vendor_reviews
        vendor_id | supplier_id | valid_from
        Akme      | Acme        | 2024-07-01

        input_vendor_rejections
        vendor_id | valid_to
        Akme      | 2024-06-30

        input_postings
        line_id | vendor_name | booking_date | amount_sek
        1       | Akme        | 2024-06-30   | 80
        2       | Akme        | 2024-07-01   | 20
    """)
    assert world.ask("coverage", "state | is_decided") == [
        ("covered_elsewhere", "true"),
        ("covered_elsewhere", "false"),
    ]
    assert world.ask("kpi_yearly", "uncovered_low_sek | uncovered_sek") == [("80.00", "100.00")]


def test_a_match_in_review_counts_as_no_match_and_stands_in_the_interval(world: World) -> None:
    # If Akme were Acme, line 2 would fill the ceiling before line 3, which would then cross it.
    world.draw(ACME).draw("""
        input_vendor_identities
        vendor_id | supplier_id | method
        Acme      | Acme        | org_number

        input_vendor_matches
        vendor_id | supplier_id | outcome
        Acme      | Acme        | matched
        Akme      | Acme        | review

        input_postings
        line_id | vendor_name | booking_date | amount_sek
        1       | Acme        | 2024-03-01   | 40
        2       | Akme        | 2024-03-02   | 50
        3       | Acme        | 2024-03-03   | 20
        4       | Bolt        | 2024-03-03   | 90
    """)
    world.db.execute("update input_contracts set ceiling_sek = 100")
    assert world.states() == {
        "1": "confirmed",
        "2": "covered_elsewhere",
        "3": "confirmed",
        "4": "covered_elsewhere",
    }
    assert world.ask("kpi_monthly", "uncovered_low_sek | uncovered_sek | uncovered_high_sek") == [
        ("100.00", "140.00", "140.00")
    ]


def test_a_decision_on_a_posting_is_the_last_word_and_shown_as_decided(world: World) -> None:
    world.draw(ACME).draw("""
        input_decisions
        decision_row | decided_on | key | decision  | contract_id
        2            | 2025-01-02 | 1   | uncovered |
        3            | 2025-01-01 | 1   | exempt    |
        4            | 2025-01-01 | 2   | exempt    |
        5            | 2025-01-01 | 3   | covered   | A

        input_postings
        line_id | vendor_name | booking_date
        1       | Acme        | 2024-05-01
        2       | Acme        | 2024-05-01
        3       | Bolt        | 2024-05-01
        4       | Acme        | 2024-05-01
    """)
    assert world.ask("coverage", "state | side | contract_id | rule_id | is_decided") == [
        ("no_contract", "uncovered", None, None, "true"),
        ("exempt", "exempt", None, "decision", "true"),
        ("confirmed", "covered", "A", None, "true"),
        ("confirmed", "covered", "A", None, "false"),
    ]
    world.hold()


def test_a_decided_posting_fills_the_ceiling_and_is_not_split_by_it(world: World) -> None:
    world.draw(ACME).draw("""
        input_decisions
        decision_row | key | decision | contract_id
        2            | 1   | covered  | A

        input_postings
        line_id | vendor_name | booking_date | amount_sek
        1       | Bolt        | 2024-05-01   | 150
        2       | Acme        | 2024-05-02   | 10
    """)
    world.db.execute("update input_contracts set ceiling_sek = 100")
    assert world.states() == {"1": "confirmed", "2": "ceiling_exceeded"}
    world.hold()


def test_what_is_decided_to_be_over_the_ceiling_is_called_off_all_the_same(world: World) -> None:
    world.draw(ACME).draw("""
        input_decisions
        decision_row | key | decision         | contract_id
        2            | 2   | ceiling_exceeded | A

        input_postings
        line_id | vendor_name | booking_date | amount_sek
        1       | Acme        | 2024-05-01   | 60
        2       | Acme        | 2024-05-02   | 40
        3       | Acme        | 2024-05-03   | 30
    """)
    world.db.execute("update input_contracts set ceiling_sek = 100")
    assert world.ask("coverage", "line_id | state | amount_sek | called_off_before_sek") == [
        ("1", "confirmed", "60.00", "0.00"),
        ("2", "ceiling_exceeded", "40.00", "60.00"),
        ("3", "ceiling_exceeded", "30.00", "100.00"),
    ]
    assert world.ask("contracts", "called_off_sek | ceiling_forecast_date") == [
        ("130.00", "2024-05-02")
    ]
    assert world.ask("kpi_yearly", "uncovered_low_sek | uncovered_sek") == [("70.00", "70.00")]
    world.hold()


@pytest.mark.parametrize(("written", "ordered"), [("p1", "P1"), ("P1", " p1 "), (" P1", "p1")])
def test_an_order_number_is_met_without_regard_to_case_and_surrounding_blanks(
    world: World, written: str, ordered: str
) -> None:
    world.draw(ACME)
    world.put("input_orders", order_id=ordered, order_date="2024-05-15", contract_id="A")
    world.put(
        "input_postings",
        line_id=1,
        vendor_name="Acme",
        order_ref=written,
        account_code="7000",
        booking_date="2024-06-20",
    )
    assert world.ask("purchases", "purchase_date | contract_ref | is_named") == [
        ("2024-05-15", "A", "true")
    ]


@pytest.mark.parametrize(
    ("sentence", "lots", "day", "lot"),
    [
        (
            "the lot that the posting's supplier sells under",
            "1 | Bolt | 2024-01-01 | 2024-12-31\n2 | Acme | 2024-01-01 | 2024-12-31",
            "2024-05-01",
            "2",
        ),
        (
            "his own, though another's is the valid one",
            "1 | Bolt | 2024-01-01 | 2024-12-31\n2 | Acme | 2025-01-01 | 2025-12-31",
            "2024-05-01",
            "2",
        ),
        (
            "of his own, the one that is valid on the day",
            "1 | Acme | 2024-01-01 | 2024-05-31\n2 | Acme | 2024-06-01 | 2024-12-31",
            "2024-06-01",
            "2",
        ),
        (
            "of several such, the smallest",
            "2 | Acme | 2024-01-01 | 2024-12-31\n1 | Acme | 2024-01-01 | 2024-12-31",
            "2024-05-01",
            "1",
        ),
        (
            "of others' lots, the one that is valid on the day",
            "1 | Bolt | 2024-01-01 | 2024-05-31\n2 | Bolt | 2024-06-01 | 2024-12-31",
            "2024-06-01",
            "2",
        ),
    ],
)
def test_a_decision_names_a_contract_and_its_lot_is_found(
    world: World, sentence: str, lots: str, day: str, lot: str
) -> None:
    for row in lots.splitlines():
        number, supplier, first, last = (cell.strip() for cell in row.split("|"))
        world.put("input_contracts", contract_id="K", lot=number, valid_from=first, valid_to=last)
        world.put("input_contract_parties", contract_id="K", lot=number, supplier_id=supplier)
    world.put("input_decisions", decision_row=2, key="1", decision="covered", contract_id="K")
    world.put("input_postings", line_id=1, vendor_name="Acme", booking_date=day)
    world.put("input_postings", line_id=2, vendor_name="Bolt", booking_date="2023-01-01")
    found = world.ask("coverage", "line_id | contract_id | lot")
    assert found[0] == ("1", "K", lot), sentence


@pytest.mark.parametrize(
    ("reference", "decision", "contract", "is_named"),
    [
        ("a ", "covered", "A", "true"),
        ("A", "supplier_only", "A", "true"),
        ("A", "covered", "B", "false"),
        ("A", "uncovered", "", "false"),
        ("A", "uncovered", "A", "false"),
        ("", "covered", "A", "false"),
    ],
)
def test_a_reference_holds_when_the_decided_contract_is_the_named_one(
    world: World, reference: str, decision: str, contract: str, is_named: str
) -> None:
    world.draw(ACME).put("input_contracts", contract_id="B")
    world.put(
        "input_decisions",
        decision_row=2,
        key="1",
        decision=decision,
        contract_id=contract or None,
    )
    world.put(
        "input_postings",
        line_id=1,
        vendor_name="Acme",
        booking_date="2024-05-01",
        contract_ref=reference or None,
    )
    assert world.ask("coverage", "is_named | is_decided") == [(is_named, "true")]


def test_a_peppol_invoice_and_an_order_tell_what_the_ledger_does_not(world: World) -> None:
    world.draw(ACME).draw("""
        input_invoices
        supplier_org_number | invoice_no | contract_ref | order_ref | invoice_date | path
        5561234567          | 10         | A            | P1        | 2024-06-01   | a.xml

        input_orders
        order_id | order_date | contract_id
        P1       | 2024-05-15 | Q
        P2       | 2024-05-15 | A

        input_postings
        line_id | vendor_name | org_number | invoice_no | order_ref | account_code | booking_date
        1       | Acme        | 5561234567 | 10         |           | 7000         | 2024-06-20
        2       | Acme        | 5561234567 | 11         | P2        | 7000         | 2024-06-20
        3       | Acme        | 5561234567 | 11         |           | 7000         | 2024-06-20
    """)
    assert world.ask("ledger_lines", "contract_ref | purchase_date | date_source") == [
        ("A", "2024-05-15", "order"),
        ("A", "2024-05-15", "order"),
        (None, "2024-06-20", "booking"),
    ]
    assert world.states() == {"1": "confirmed", "2": "confirmed", "3": "out_of_scope"}


@pytest.mark.parametrize(
    ("basis", "purchase_date"),
    [
        ("order", "2024-01-01"),
        ("delivery", "2024-02-02"),
        ("invoice", "2024-03-03"),
        ("booking", "2024-04-04"),
    ],
)
def test_the_policy_says_which_date_decides(world: World, basis: str, purchase_date: str) -> None:
    world.put(
        "rule_policy",
        out_of_scope_counts_as="uncovered",
        direct_award_counts_as="covered",
        tail_days=30,
        date_basis=basis,
        closing_lag_days=45,
        baseline_year=2022,
    )
    world.put(
        "input_postings",
        line_id=1,
        vendor_name="Acme",
        order_date="2024-01-01",
        delivery_date="2024-02-02",
        invoice_date="2024-03-03",
        booking_date="2024-04-04",
    )
    world.put("input_postings", line_id=2, vendor_name="Acme", booking_date="2024-05-05")
    assert world.ask("ledger_lines", "purchase_date | date_source") == [
        (purchase_date, basis),
        ("2024-05-05", "booking"),
    ]


def test_the_longest_valid_prefix_gives_the_category_and_the_unit_its_department(
    world: World,
) -> None:
    world.draw("""
        rule_category_accounts
        account_prefix | category_code | valid_from | valid_to
        6              | goods         |            |
        655            | cloud         | 2024-07-01 |

        rule_units
        unit   | department
        school | Education

        input_postings
        line_id | vendor_name | account_code | unit    | booking_date
        1       | Acme        | 6551         | School  | 2024-06-30
        2       | Acme        | 6551         | Library | 2024-07-01
        3       | Acme        | 7000         |         | 2024-07-01
    """)
    assert world.ask("ledger_lines", "category_code | department") == [
        ("goods", "Education"),
        ("cloud", "Library"),
        (None, None),
    ]


# A mutant is the model with one line wrong; the test named beside it must then fail.
MUTANTS: list[tuple[str, str, str, Callable[[World], None]]] = [
    (
        "work_line_lots",
        "work_lines.purchase_date > work_vendor_contracts.last_day as is_after",
        "work_lines.purchase_date >= work_vendor_contracts.last_day as is_after",
        test_both_ends_of_a_contract_are_included,
    ),
    (
        "work_line_lots",
        "work_lines.purchase_date > work_vendor_contracts.tail_day as is_after_tail",
        "work_lines.purchase_date >= work_vendor_contracts.tail_day as is_after_tail",
        test_the_tail_is_thirty_days_and_not_one_more,
    ),
    (
        "work_line_lots",
        "when narrowness = 102 then 3\n            when is_entitled then 0\n            else 2",
        (
            "when is_entitled and narrowness <= 101 then 0\n            when narrowness = 102 then 2"
            "\n            else 3"
        ),
        test_not_entitled_comes_before_out_of_scope_and_needs_a_scope_that_may_fit,
    ),
    (
        "work_contracts",
        (
            "greatest(\n        input_contracts.valid_to, coalesce(input_contracts.extended_to,"
            " input_contracts.valid_to)\n    ) as last_day"
        ),
        "coalesce(input_contracts.extended_to, input_contracts.valid_to) as last_day",
        test_a_used_option_counts_when_later_and_an_unused_one_never,
    ),
    (
        "work_ceiling_runs",
        "order by called_off.purchase_date, called_off.line_id",
        "order by called_off.line_id",
        test_postings_run_under_a_ceiling_in_the_order_of_date_then_line,
    ),
    (
        "work_ceiling_runs",
        "least(after_sek, ceiling_sek) - least(after_sek - amount_sek, ceiling_sek)",
        "greatest(least(ceiling_sek - (after_sek - amount_sek), amount_sek), 0)",
        test_a_credit_note_first_takes_back_what_lay_over_the_ceiling,
    ),
    (
        "work_line_states",
        "or work_line_contracts.standing = 4\n",
        "or work_line_contracts.standing = 9\n",
        test_superseded_is_expired_with_another_suppliers_contract_in_its_place,
    ),
    (
        "work_elsewhere",
        "where not work_contracts.has_units or work_entitlements.unit_no is not null",
        "where true",
        test_another_suppliers_contract_must_be_tested_and_entitled_but_may_be_full,
    ),
    (
        "work_line_contracts",
        "case when not is_review then standing end as standing",
        "standing",
        test_a_match_in_review_counts_as_no_match_and_stands_in_the_interval,
    ),
]


@pytest.mark.parametrize(("model", "line", "wrong", "test"), MUTANTS)
def test_a_mutant_is_killed_by_its_named_test(
    world: World, model: str, line: str, wrong: str, test: Callable[[World], None]
) -> None:
    assert line in world.models[model]
    world.models[model] = world.models[model].replace(line, wrong)
    with pytest.raises(AssertionError):
        test(world)
