"""The kpi_ tables and what stands beside them: each decision of section 7 of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import worlds
from runs import query, run
from world import FIGURES, World, empty_world

from compliance import database
from compliance.catalog import CATALOG
from compliance.errors import CheckError
from compliance.shipped import shipped

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
TWO_YEARS = """
    rule_targets
    year | target_share
    2025 | 0.12

    input_postings
    line_id | vendor_name | account_code | unit    | booking_date | amount_sek
    1       | Acme        | 6500         | School  | 2024-01-10   | 300
    2       | Bolt        | 7000         | School  | 2024-01-20   | 100
    3       | Bolt        | 6500         | Library | 2024-02-20   | 50
    4       | Acme        | 7000         |         | 2024-12-31   | 50
    5       | Acme        | 6500         | School  | 2025-01-30   | 100
    6       | Bolt        | 7000         | School  | 2025-03-31   | 1
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with empty_world(tmp_path) as world:
        yield world


def test_the_share_is_uncovered_over_covered_and_uncovered(world: World) -> None:
    world.draw(ACME).draw(TWO_YEARS)
    world.put("rule_exclusions", exclusion_id="X")
    world.put("rule_exclusion_tests", exclusion_id="X", field="account", value="80")
    world.put(
        "input_postings",
        line_id=7,
        vendor_name="Bolt",
        account_code="8000",
        booking_date="2024-05-05",
        amount_sek="1000",
    )
    columns = "period | volume_sek | exempt_sek | covered_sek | uncovered_sek | uncovered_share"
    assert world.ask("kpi_yearly", columns) == [
        ("2024-01-01", "500.00", "1000.00", "300.00", "200.00", "0.4"),
        ("2025-01-01", "101.00", "0.00", "100.00", "1.00", str(1 / 101)),
    ]
    world.hold()


def test_each_uncovered_krona_is_in_the_part_of_its_state(world: World) -> None:
    world.draw(ACME).draw(TWO_YEARS)
    columns = "period | gap_sek | leakage_sek | scope_sek | expired_sek | unknown_sek"
    assert world.ask("kpi_yearly", columns) == [
        ("2024-01-01", "100.00", "50.00", "50.00", "0.00", "0.00"),
        ("2025-01-01", "1.00", "0.00", "0.00", "0.00", "0.00"),
    ]


def test_a_direct_award_on_the_uncovered_side_is_gap(world: World) -> None:
    world.draw(ACME).draw("""
        rule_policy
        out_of_scope_counts_as | direct_award_counts_as | tail_days | date_basis | closing_lag_days | baseline_year
        uncovered              | uncovered              | 30        | order      | 45               | 2022

        input_postings
        line_id | vendor_name | booking_date
        1       | Acme        | 2024-05-01
    """)
    world.db.execute("update input_contracts set kind = 'direct_award'")
    columns = "gap_sek | uncovered_sek | uncovered_low_sek | compliance_low | compliance_high"
    assert world.ask("kpi_monthly", columns) == [("100.00", "100.00", "0.00", "0.0", "1.0")]


def test_fidelity_counts_any_valid_contract_and_compliance_what_is_proved(world: World) -> None:
    world.draw(ACME).draw("""
        input_contracts
        contract_id
        U

        input_contract_parties
        contract_id | supplier_id
        U           | Cert

        input_postings
        line_id | vendor_name | account_code | booking_date | amount_sek
        1       | Acme        | 6500         | 2024-05-01   | 40
        2       | Acme        | 7000         | 2024-05-01   | 20
        3       | Cert        | 7000         | 2024-05-01   | 20
        4       | Bolt        | 6500         | 2024-05-01   | 20
    """)
    columns = (
        "supplier_fidelity | compliance_low | compliance_high | tested_share | purchase_fidelity"
    )
    assert world.ask("kpi_monthly", columns) == [("0.8", "0.4", "0.6", "0.8", "0.8")]


def test_a_share_without_volume_has_no_answer(world: World) -> None:
    world.draw(ACME).draw("""
        input_postings
        line_id | vendor_name | account_code | booking_date | amount_sek
        1       | Acme        | 6500         | 2024-05-01   | -40
    """)
    assert world.ask("kpi_monthly", "volume_sek | uncovered_share | tested_share") == [
        ("-40.00", None, None)
    ]
    world.hold()


def test_a_share_that_credit_notes_push_out_of_bounds_has_a_note(world: World) -> None:
    world.draw(ACME).draw("""
        input_postings
        line_id | vendor_name | account_code | booking_date | amount_sek
        1       | Acme        | 6500         | 2024-05-01   | -40
        2       | Bolt        | 7000         | 2024-05-01   | 100
    """)
    noted = world.ask("data_quality", "name | example")
    assert ("share_outside_0_1", "month 2024-05-01 ") in noted
    world.hold()


def test_a_decision_that_another_person_contradicted_has_a_note_with_both_rows(
    world: World,
) -> None:
    world.draw(ACME).draw("""
        input_postings
        line_id | vendor_name | account_code | booking_date | amount_sek
        1       | Acme        | 6500         | 2024-05-01   | 40

        input_decisions
        decision_row | key | decision  | contested_by_row
        3            | 1   | uncovered |

        input_replaced_decisions
        decision_row | subject | key | decision | contested_by_row
        2            | line    | 1   | exempt   | 3
    """)
    noted = world.ask("data_quality", "name | severity | row_count | example")
    told = ("decision_contested", "warning", "1", "decisions.csv, row 3 against row 2")
    assert told in noted


def test_a_year_that_nets_to_nearly_nothing_is_no_contradiction(world: World) -> None:
    """Its share is a million times what was bought; the effects round in the same measure."""
    world.draw(ACME).draw("""
        input_postings
        line_id | vendor_name | account_code | booking_date | amount_sek
        1       | Acme        | 6500         | 2022-05-01   | 700.13
        2       | Bolt        | 6600         | 2022-05-01   | 301.71
        3       | Acme        | 6700         | 2022-05-01   | 77.77
        4       | Bolt        | 6500         | 2023-05-01   | 1234567.89
        5       | Bolt        | 6600         | 2023-05-01   | -1234567.71
        6       | Acme        | 6700         | 2023-05-01   | -0.17
    """)
    world.hold()


def test_a_share_of_tenders_is_of_procurements_whose_tenders_are_told(world: World) -> None:
    for number, tenders, local, sme in (("1", 4, 1, 2), ("2", None, 5, 6)):
        world.put(
            "input_tenders",
            procurement_id=number,
            category_code="65",
            published="2024-05-01",
            tenders=tenders,
            local_tenders=local,
            sme_tenders=sme,
        )
    assert world.ask(
        "tender_competition", "procurement_count | tenders_mean | local_share | sme_share"
    ) == [("2", "4.0", "0.25", "0.5")]


def test_tenders_per_lot_are_of_procurements_that_tell_both(world: World) -> None:
    for number, lots, tenders in (("1", 3, 6), ("2", 1, 4), ("3", None, 9), ("4", 5, None)):
        world.put(
            "input_tenders",
            procurement_id=number,
            category_code="65",
            published="2024-05-01",
            lots=lots,
            tenders=tenders,
        )
    assert world.ask("tender_competition", "lot_count | tenders_per_lot") == [("9", "2.5")]


def test_a_procurement_of_no_lot_has_no_tenders_per_lot(world: World) -> None:
    world.put("input_tenders", procurement_id="1", published="2024-05-01", lots=0, tenders=4)
    assert world.ask("tender_competition", "lot_count | tenders_per_lot") == [(None, None)]


def test_a_procurement_without_a_category_has_none(world: World) -> None:
    world.put("input_tenders", procurement_id="1", published="2024-05-01", tenders=4)
    assert world.ask("tender_competition", "category_code | tenders_mean") == [(None, "4.0")]


def test_a_volume_below_zero_has_no_share_in_the_change_of_a_year_either(world: World) -> None:
    world.draw("""
        input_postings
        line_id | vendor_name | account_code | booking_date | amount_sek
        1       | Bolt        | 6500         | 2023-05-01   | 100
        2       | Bolt        | 6600         | 2023-05-01   | 100
        3       | Bolt        | 6500         | 2024-05-01   | -50
        4       | Bolt        | 6600         | 2024-05-01   | 100
    """)
    found = world.ask("kpi_change_yearly", "category_code | share_before | share_after")
    assert found == [("65", "1.0", None), ("66", "1.0", "1.0")]


def test_a_posting_of_two_parts_is_one_row_of_what_is_noted(world: World) -> None:
    world.draw("""
        input_contracts
        contract_id | ceiling_sek
        A           | 60

        input_contract_parties
        contract_id | supplier_id
        A           | Acme

        input_postings
        line_id | vendor_name | booking_date | contract_ref
        1       | Acme        | 2024-05-01   | NONE
    """)
    noted = world.ask("data_quality", "name | row_count | amount_sek")
    assert ("reference_does_not_hold", "1", "100.00") in noted


def test_one_invoice_number_repeated_with_two_amounts_is_two_rows_with_their_own_keys(
    world: World,
) -> None:
    for n, amount in enumerate(("100", "100", "200.5", "200.5"), 1):
        world.put(
            "input_postings",
            line_id=n,
            voucher_no=str(n),
            invoice_no="1001",
            vendor_name="Bolt",
            booking_date="2024-05-01",
            amount_sek=amount,
        )
    assert sorted(world.ask("work_invoice_repeats", "repeat_key | amount_sek")) == [
        ("Bolt/1001/100.00", "100.00"),
        ("Bolt/1001/200.50", "200.50"),
    ]


def test_the_example_of_rejected_rows_is_one_of_them(world: World) -> None:
    for row, reason in ((16, "no amount"), (17, "a day that is none")):
        world.put("input_rejected", file_id="F", file_row=row, reason=reason, amount_sek="7")
    noted = world.ask("data_quality", "name | row_count | amount_sek | example")
    assert ("rejected_rows", "2", "14.00", "row 16: no amount") in noted


def test_a_file_that_breaks_off_makes_the_figure_wrong_until_it_is_mended(world: World) -> None:
    world.draw("""
        input_source_files
        file_id | path
        F       | ledger/a.csv
    """)
    told = "the file breaks off in this row: 4 cells, fewer than the header's 15"
    world.put("input_rejected", file_id="F", file_row=16, reason=told)
    noted = world.ask("data_quality", "name | severity | row_count | amount_sek | example")
    assert ("file_breaks_off", "error", "1", None, "ledger/a.csv: row 16") in noted


FOUR_MONTHS = """
    input_postings
    line_id | vendor_name | account_code | booking_date | amount_sek
""" + "".join(
    f"    {number} | Acme | 6500 | 2024-{month:02}-02 | 1\n"
    for number, month in enumerate([2] * 11 + [3] * 11 + [4] * 11, start=1)
)


def test_a_last_month_with_next_to_no_postings_has_a_note(world: World) -> None:
    world.draw(ACME).draw(FOUR_MONTHS + "    99 | Acme | 6500 | 2024-12-24 | 7\n")
    noted = world.ask("data_quality", "name | severity | row_count | amount_sek | example")
    assert ("last_month_thin", "warning", "1", "7.00", "month 2024-12-01") in noted


def test_a_last_month_with_a_tenth_of_the_others_has_no_note(world: World) -> None:
    world.draw(ACME).draw(
        FOUR_MONTHS
        + "    98 | Acme | 6500 | 2024-12-24 | 7\n"
        + "    99 | Acme | 6500 | 2024-12-24 | 7\n"
    )
    assert "last_month_thin" not in [row[0] for row in world.ask("data_quality", "name")]


def test_a_closed_month_whose_postings_are_gone_has_a_note(world: World) -> None:
    for month, volume in (("2023-11-01", "70"), ("2023-12-01", "80"), ("2024-03-01", "90")):
        world.put("input_reported", period=month, reported_volume_sek=volume)
    world.draw(ACME).draw(FOUR_MONTHS)
    noted = world.ask("data_quality", "name | severity | row_count | amount_sek | example")
    gone = "closed_month_without_postings"
    assert (gone, "warning", "2", "150.00", "month 2023-11-01") in noted


def test_a_ceiling_that_may_have_been_used_before_the_ledger_has_a_note(world: World) -> None:
    world.draw("""
        input_contracts
        contract_id | valid_from | valid_to   | ceiling_sek
        A           | 2024-01-31 | 2024-12-31 | 100
        B           | 2024-02-01 | 2024-12-31 | 100

        input_contract_parties
        contract_id | supplier_id
        A           | Acme
        B           | Bolt

        input_postings
        line_id | vendor_name | account_code | booking_date | amount_sek
        1       | Acme        | 6500         | 2024-02-20   | 40
        2       | Bolt        | 6500         | 2024-02-21   | 20
    """)
    noted = world.ask("data_quality", "name | severity | row_count | amount_sek | example")
    assert ("ceiling_before_ledger", "warning", "1", "40.00", "contract_id A") in noted


def test_months_without_department_or_category_are_told_as_such(world: World) -> None:
    world.draw(ACME).draw(TWO_YEARS)
    assert world.ask("kpi_department_yearly", "period | department | volume_sek") == [
        ("2024-01-01", "Library", "50.00"),
        ("2024-01-01", "School", "400.00"),
        ("2024-01-01", None, "50.00"),
        ("2025-01-01", "School", "101.00"),
    ]
    assert world.ask("kpi_category_yearly", "period | category_code | volume_sek") == [
        ("2024-01-01", "65", "350.00"),
        ("2024-01-01", "70", "150.00"),
        ("2025-01-01", "65", "100.00"),
        ("2025-01-01", "70", "1.00"),
    ]


def test_twelve_months_are_told_from_the_twelfth_on(world: World) -> None:
    world.draw(ACME).draw(TWO_YEARS)
    assert world.ask("kpi_rolling_12", "period | volume_sek") == [
        ("2024-12-01", "500.00"),
        ("2025-01-01", "200.00"),
        ("2025-03-01", "151.00"),
    ]


@pytest.mark.parametrize(
    ("booked", "periods"),
    [("2024-01-10", []), (None, [("2024-11-01",)])],
)
def test_an_older_invoice_is_no_month_of_the_ledger_where_the_booking_is_told(
    world: World, booked: str | None, periods: list[tuple[str]]
) -> None:
    world.put("rule_policy", date_basis="invoice", tail_days=30, closing_lag_days=45)
    world.draw(f"""
        input_postings
        line_id | vendor_name | invoice_date | booking_date
        1       | Bolt        | 2023-12-28   | {booked or ""}
        2       | Bolt        | 2024-11-10   | {(booked and "2024-11-20") or ""}
    """)
    assert world.ask("kpi_rolling_12", "period") == periods


def test_a_period_is_preliminary_until_the_closing_lag_has_passed(world: World) -> None:
    # The data's last day is 2025-03-31, the lag 45 days: 14 February is the last settled day.
    world.draw(ACME).draw(TWO_YEARS)
    assert world.ask("kpi_monthly", "period | is_preliminary | target_share") == [
        ("2024-01-01", "false", None),
        ("2024-02-01", "false", None),
        ("2024-12-01", "false", None),
        ("2025-01-01", "false", "0.12"),
        ("2025-03-01", "true", "0.12"),
    ]
    assert world.ask("kpi_yearly", "is_preliminary") == [("false",), ("true",)]


def test_a_contract_tells_what_is_left_and_when_its_ceiling_is_reached(world: World) -> None:
    # 100 kr in the twelve months to 2024-06-30: at that pace 50 more take 183 days; 500 too many.
    world.draw("""
        input_contracts
        contract_id | ceiling_sek | valid_to
        SOON        | 150         | 2025-12-31
        LATE        | 600         | 2024-12-31
        PASSED      | 60          | 2024-12-31
        OPEN        |             | 2024-12-31

        input_contract_parties
        contract_id | supplier_id
        SOON        | S
        LATE        | L
        PASSED      | P
        OPEN        | O

        input_postings
        line_id | vendor_name | booking_date
        1       | S           | 2024-06-30
        2       | L           | 2024-06-29
        3       | P           | 2024-06-28
        4       | O           | 2024-06-27
    """)
    columns = "contract_id | called_off_sek | remaining_sek | ceiling_forecast_date"
    assert world.ask("contracts", columns) == [
        ("LATE", "100.00", "500.00", None),
        ("OPEN", "100.00", None, None),
        ("PASSED", "100.00", "-40.00", "2024-06-28"),
        ("SOON", "100.00", "50.00", "2024-12-30"),
    ]


def test_a_ceiling_is_full_from_when_no_credit_note_gives_room_any_more(world: World) -> None:
    world.draw("""
        input_contracts
        contract_id | ceiling_sek | valid_to
        AGAIN       | 100         | 2025-12-31
        ROOM        | 100         | 2025-12-31

        input_contract_parties
        contract_id | supplier_id
        AGAIN       | S
        ROOM        | L

        input_postings
        line_id | vendor_name | booking_date | amount_sek
        1       | S           | 2024-06-01   | 120
        2       | S           | 2024-06-02   | -40
        3       | S           | 2024-06-03   | 20
        4       | L           | 2024-06-30   | 120
        5       | L           | 2024-06-30   | -40
    """)
    assert world.ask("contracts", "contract_id | remaining_sek | ceiling_forecast_date") == [
        ("AGAIN", "0.00", "2024-06-03"),
        ("ROOM", "20.00", "2024-09-30"),
    ]


def bought_under_a_direct_award(world: World, counted: str) -> World:
    """Buy for 500 within a direct award, 30 over it and 70 outside its scope; draw both switches."""
    world.put(
        "rule_policy",
        out_of_scope_counts_as=counted,
        direct_award_counts_as=counted,
        tail_days=30,
        date_basis="order",
        closing_lag_days=45,
    )
    return world.draw("""
        input_contracts
        contract_id | kind         | ceiling_sek
        DIRECT      | direct_award | 500

        input_contract_parties
        contract_id | supplier_id
        DIRECT      | S

        input_contract_scopes
        contract_id | scheme  | prefix
        DIRECT      | account | 65

        input_postings
        line_id | vendor_name | account_code | amount_sek | booking_date
        1       | S           | 6500         | 500        | 2024-06-01
        2       | S           | 6100         | 70         | 2024-06-01
        3       | S           | 6500         | 30         | 2024-06-02
    """)


@pytest.mark.parametrize("counted", ["covered", "uncovered"])
def test_the_calendar_tells_what_is_bought_under_a_contract_whatever_the_switches(
    world: World, counted: str
) -> None:
    bought_under_a_direct_award(world, counted)
    assert world.ask("contract_calendar", "contract_id | amount_12m_sek") == [("DIRECT", "500.00")]


@pytest.mark.parametrize("counted", ["covered", "uncovered"])
def test_the_report_tells_what_is_bought_under_a_contract_whatever_the_switches(
    world: World, counted: str
) -> None:
    bought_under_a_direct_award(world, counted).build(
        "contracts",
        "contract_calendar",
        "contract_parties",
        "suppliers",
        "coverage",
        "vendors",
        "build_info",
    )
    section = (shipped("reports") / "sections" / "75_contracts.sql").read_text("utf-8")
    rows = database.rows(world.db, section, {"month": "2024-06-01"})
    assert [row["amount_12m_sek"] for row in rows if row["department"] is None] == [Decimal(500)]


def test_what_leaks_past_several_contracts_is_one_row_with_the_dearest_of_them(
    world: World,
) -> None:
    for contract, day in (("A", "2024-01-01"), ("B", "2024-03-01"), ("C", "2024-06-01")):
        last = {"A": "2024-02-29", "B": "2024-05-31", "C": "2024-12-31"}[contract]
        world.put("input_contracts", contract_id=contract, valid_from=day, valid_to=last)
        world.put("input_contract_parties", contract_id=contract, supplier_id="Acme")
        world.put("input_contract_scopes", contract_id=contract, scheme="account", prefix="65")
    world.draw("""
        input_postings
        line_id | vendor_name | amount_sek | booking_date | unit
        1       | Bolt        | 100.10     | 2024-01-10   | School
        2       | Bolt        | 50.05      | 2024-04-10   | School
        3       | Bolt        | 60.06      | 2024-05-10   | School
        4       | Bolt        | -20.02     | 2024-07-10   | School
        5       | Bolt        | 7          | 2024-07-10   | Library
        6       | Acme        | 1          | 2024-07-10   | School
    """)
    columns = (
        "year | vendor_id | category_code | department | amount_sek | contract_id | contract_count"
    )
    assert world.ask("leakage", columns) == [
        ("2024", "Bolt", "65", "Library", "7.00", "C", "1"),
        ("2024", "Bolt", "65", "School", "190.19", "B", "3"),
    ]


def test_what_leaks_in_no_category_has_none_in_leakage_either(world: World) -> None:
    world.put("input_contracts", contract_id="A", valid_from="2024-01-01", valid_to="2024-12-31")
    world.put("input_contract_parties", contract_id="A", supplier_id="Acme")
    world.put("input_contract_scopes", contract_id="A", scheme="account", prefix="99")
    world.put("rule_category_accounts", account_prefix="65", category_code="65")
    world.draw("""
        input_postings
        line_id | vendor_name | account_code | amount_sek | booking_date
        1       | Acme        | 9901         | 1          | 2024-05-01
        2       | Bolt        | 9901         | 7          | 2024-05-01
    """)
    world.build("leakage", "purchases")
    rows = world.db.execute("select category_code, amount_sek from leakage").fetchall()
    assert (
        rows
        == world.db.execute(
            "select category_code, amount_sek from purchases where state = 'covered_elsewhere'"
        ).fetchall()
    )
    assert [code for code, _ in rows] == [None]


def test_what_looks_personal_is_published_masked_and_counted_in_full(world: World) -> None:
    world.draw(ACME).draw("""
        input_masks
        field | value      | masked
        text  | Till Anna  | [masked]
        unit  | Anna L     | [masked]
        account_code | 800101.1232 | [masked]
        counterparty_code | 19800101-1232 | [masked]

        input_postings
        line_id | vendor_name | unit   | text      | booking_date | account_code | counterparty_code
        1       | Acme        | Anna L | Till Anna | 2024-05-01   | 800101.1232  | 19800101-1232
        2       | Acme        | School | Till alla | 2024-05-01   | 6010         | 86
    """)
    assert world.ask("purchases", "unit | department | amount_sek") == [
        ("[masked]", "[masked]", "100.00"),
        ("School", "School", "100.00"),
    ]
    assert world.ask("ledger_lines", "text | account_code | counterparty_code") == [
        ("[masked]", "[masked]", "[masked]"),
        ("Till alla", "6010", "86"),
    ]


def test_every_text_of_a_posting_that_is_published_is_judged(world: World) -> None:
    world.draw("""
        input_postings
        line_id | voucher_no | invoice_no | account_code | account_name | counterparty_code | unit | contract_ref | order_ref | text
        1       | a          | b          | c            | d            | e                 | f    | g            | h         | i
    """)
    found = world.ask("work_texts", "field | value")
    assert sorted(value or "" for _, value in found) == list("abcdefghi")
    fields = {field for field, _ in found}
    assert fields <= set(CATALOG.tables["ledger_lines"].columns)


def test_a_decision_without_anything_to_apply_to_is_listed(world: World) -> None:
    world.draw("""
        input_decisions
        decision_row | subject      | key  | decision
        2            | line         | 1    | exempt
        3            | line         | 99   | exempt
        4            | vendor_match | ACME | reject
        5            | vendor_match | Gone | reject

        input_postings
        line_id | vendor_name | booking_date
        1       | Acme        | 2024-05-01
    """)
    assert world.ask("decisions", "decision_row | standing") == [
        ("2", "live"),
        ("3", "unapplied"),
        ("4", "live"),
        ("5", "unapplied"),
    ]


def test_a_decision_whose_days_or_contract_or_supplier_are_not_there_is_listed(
    world: World,
) -> None:
    world.draw(ACME).draw("""
        input_decisions
        decision_row | subject      | key  | decision | supplier_org_number | contract_id | valid_from | valid_to
        2            | line         | 1    | covered  |                     | Z           |            |
        3            | line         | 2    | exempt   |                     |             | 2020-01-01 | 2020-01-31
        4            | line         | 3    | covered  |                     | a           |            |
        5            | vendor_match | ACME | accept   | Acme                |             |            |
        6            | vendor_match | Bolt | reject   |                     |             | 2020-01-01 | 2020-12-31
        7            | vendor_match | Cert | accept   | Acme                |             | 2024-01-01 |

        input_vendor_identities
        vendor_id | supplier_id | method
        Acme      | Acme        | name
        Cert      | Acme        | decision

        input_postings
        line_id | vendor_name | booking_date
        1       | Dent        | 2024-05-01
        2       | Bolt        | 2024-05-01
        3       | Cert        | 2024-05-01
        4       | Acme        | 2024-05-01
    """)
    assert world.ask("decisions", "decision_row | standing") == [
        ("2", "unapplied"),
        ("3", "unapplied"),
        ("4", "live"),
        ("5", "unapplied"),
        ("6", "unapplied"),
        ("7", "live"),
    ]
    first = world.ask("coverage", "line_id | state | is_decided")[0]
    assert first == ("1", "covered_elsewhere", "false")


def test_an_accepted_supplier_that_the_register_lacks_is_listed_beside_one_that_it_has(
    world: World,
) -> None:
    """Row 2 is of another supplier, 4 of another time: that Acme is accepted is not their doing."""
    world.draw(ACME).draw("""
        input_suppliers
        supplier_id  | org_number | is_person
        Acme         | 5560160680 | false
        Sabcdefghijk |            | true

        input_decisions
        decision_row | subject      | key  | decision | supplier_org_number | valid_from | valid_to
        2            | vendor_match | Cert | accept   | 5598905148          |            | 2024-03-31
        3            | vendor_match | Cert | accept   | 5560160680          | 2024-04-01 |
        4            | vendor_match | CERT | accept   | 5560160680          |            | 2024-03-30
        5            | vendor_match | Dent | accept   | 8112289874          |            |

        input_vendor_identities
        vendor_id | supplier_id  | method   | valid_from
        Cert      | Acme         | decision | 2024-04-01
        Dent      | Sabcdefghijk | decision |

        input_postings
        line_id | vendor_name | booking_date
        1       | Cert        | 2024-02-01
        2       | Cert        | 2024-05-01
        3       | Dent        | 2024-05-01
    """)
    assert world.ask("decisions", "decision_row | standing") == [
        ("2", "unapplied"),
        ("3", "live"),
        ("4", "unapplied"),
        ("5", "live"),
    ]


def test_a_person_s_name_in_the_shape_of_a_vendor_id_is_no_published_key(world: World) -> None:
    world.draw("""
        input_vendors
        vendor_id    | vendor_name | is_person | is_usable
        VABCDEFGHIJK | Acme        | false     | true
        PABCDEFGHIJK | Person      | true      | true

        input_vendor_keys
        vendor_name  | vendor_id
        Acme         | VABCDEFGHIJK
        PERSSONENILS | PABCDEFGHIJK

        input_masks
        field | value        | masked
        key   | PERSSON,NILS | [masked]

        input_decisions
        decision_row | subject      | key          | decision
        2            | vendor_match | PERSSONENILS | reject
        3            | vendor_match | PERSSON,NILS | reject
        4            | person       | PABCDEFGHIJK | person
        5            | vendor_match | VABCDEFGHIJK | reject

        input_postings
        line_id | vendor_name  | booking_date
        1       | Acme         | 2024-05-01
        2       | PERSSONENILS | 2024-05-01
    """)
    assert world.ask("decisions", "decision_row | key") == [
        ("2", None),
        ("3", None),
        ("4", "PABCDEFGHIJK"),
        ("5", "VABCDEFGHIJK"),
    ]


def test_a_decision_parted_by_a_later_one_is_live_when_one_part_applies(world: World) -> None:
    world.draw("""
        input_decisions
        decision_row | subject      | key  | decision | valid_from | valid_to
        2            | vendor_match | Acme | reject   |            | 2023-12-31
        2            | vendor_match | Acme | reject   | 2025-01-01 |

        input_postings
        line_id | vendor_name | booking_date
        1       | Acme        | 2025-05-01
    """)
    assert {row[0] for row in world.ask("decisions", "standing")} == {"live"}


def test_the_general_ledger_stands_beside_what_the_supplier_ledger_has_seen(world: World) -> None:
    world.draw(ACME).draw(TWO_YEARS).draw("""
        input_sie
        month      | account_code | amount_sek | path
        2024-01-01 | 6500         | 400        | a.se
        2024-01-01 | 7099         | 10         | a.se
        2024-01-01 | 2440         | -410       | a.se
    """)
    noted = world.ask("data_quality", "name | amount_sek | example")
    assert (
        "general_ledger_seen",
        "110.00",
        "2024: 300.00 of 410.00 SEK in the general ledger",
    ) in noted


def test_a_voucher_that_the_control_lacks_is_told_in_the_published_file(world: World) -> None:
    world.draw(ACME).draw(TWO_YEARS).draw("""
        input_sie_aside
        path | file_row | reason
        a.se | 12       | unbalanced
        a.se | 6        | unreadable
    """)
    noted = world.ask("data_quality", "name | severity | row_count | example")
    assert (
        "general_ledger_set_aside",
        "warning",
        "2",
        "a.se, row 6 the first",
    ) in noted


def test_every_published_table_has_the_columns_and_types_of_the_catalog(world: World) -> None:
    world.draw(ACME).draw(TWO_YEARS)
    world.hold()
    found: dict[str, dict[str, str]] = {}
    for table, column, kind, comment in world.db.execute(
        "select table_name, column_name, data_type, comment from duckdb_columns()"
        " where database_name = 'published' order by table_name, column_index"
    ).fetchall():
        found.setdefault(table, {})[column] = kind
        assert comment, f"{table}.{column} has no comment"
    assert set(FIGURES) <= found.keys()
    assert found == {
        name: {column: CATALOG.columns[column].type for column in CATALOG.tables[name].columns}
        for name in found
    }


def test_every_column_of_a_published_file_says_what_it_means(tmp_path: Path) -> None:
    folder = worlds.write(worlds.draw(7, rows=20, months=1), tmp_path / "Å kommun")
    assert run("build", folder).returncode == 0
    unsaid = "select table_name, column_name from duckdb_columns() where not internal and comment is null"
    assert query(folder, f"{unsaid} order by all") == []


def test_every_grain_is_unique(world: World) -> None:
    world.draw(ACME).draw(TWO_YEARS)
    world.hold()
    for name in FIGURES:
        grain = ", ".join(CATALOG.tables[name].grain)
        assert not world.db.execute(
            f"select {grain} from {name} group by {grain} having count(*) > 1"
        ).fetchall(), name


@pytest.mark.parametrize(
    ("claim", "damage"),
    [
        ("volume_is_conserved", "update kpi_yearly set volume_sek = volume_sek + 1"),
        ("every_line_is_in_coverage", "delete from coverage where line_id = 1"),
        ("every_line_is_published_once", "delete from purchases where line_id = 1"),
        ("one_state_per_part", "insert into coverage from coverage where line_id = 1"),
        ("one_state_per_part", "update coverage set state = 'covered' where line_id = 1"),
        ("side_follows_state", "update coverage set side = 'covered' where line_id = 2"),
        (
            "only_crossing_has_two_parts",
            (
                "update coverage set part = 2, state = 'expired' where line_id = 2;"
                " insert into coverage by name from"
                " (select * replace (1 as part, 'expired' as state) from coverage where line_id = 2)"
            ),
        ),
        ("parts_add_up", "update work_kpi set gap_sek = gap_sek + 1"),
        ("departments_add_up", "update kpi_department_monthly set volume_sek = 0"),
        ("departments_add_up", "update kpi_category_yearly set uncovered_sek = 0"),
        ("no_share_is_odd_unnoted", "update work_kpi set tested_share = 1.5"),
        ("shares_without_volume_are_null", "update work_kpi set uncovered_share = null"),
        ("called_off_is_coverage", "update contracts set called_off_sek = 1"),
        (
            "identities_do_not_overlap",
            "insert into vendor_identities values ('Acme', 'Bolt', date '2024-05-01', null, 'name')",
        ),
        (
            "identities_do_not_overlap",
            "insert into vendor_identities values ('Acme', 'Acme', date '2024-05-01', null, 'group')",
        ),
        ("rows_read_are_loaded_or_rejected", "update source_files set rows_read = 7"),
        (
            "every_line_has_its_amount",
            "update ledger_lines set amount_sek = null where line_id = 1",
        ),
    ],
)
def test_a_check_finds_what_contradicts_it(world: World, claim: str, damage: str) -> None:
    world.draw(ACME).draw(TWO_YEARS)
    world.hold()
    world.db.execute(damage)
    with pytest.raises(CheckError, match="contradict"):
        database.hold(world.db, {claim: database.sql_files("checks")[claim]})
