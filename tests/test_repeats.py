"""A file delivered again under new vouchers and days is told by name, rows and kronor; kept all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from world import World, empty_world

from compliance.inspection import inspect
from compliance.scaffold import scaffold
from compliance.workspace import Workspace

HEADER = (
    "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;"
    "bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr"
)
TOLD = "path | earlier_path | rows_loaded | row_count | amount_sek"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with empty_world(tmp_path) as drawn:
        yield drawn


def deliver(
    world: World, file: str, invoices: Sequence[str], *, source: str = "s", **also: object
) -> None:
    """Deliver a file with a posting of 100 kronor an invoice, some other values for all."""
    first = world.db.execute("select count(*) from input_postings").fetchall()[0][0]
    for n, invoice in enumerate(invoices):
        row = {"vendor_name": "Acme", "booking_date": "2024-03-01", "amount_sek": "100", **also}
        world.put("input_postings", line_id=first + n, file_id=file, invoice_no=invoice, **row)
    world.put(
        "input_source_files", file_id=file, path=file, source=source, rows_loaded=len(invoices)
    )  # fmt: skip


MARCH = ("1", "2", "3", "4")


def test_the_same_invoices_on_another_day_are_told_with_both_files_rows_and_kronor(
    world: World,
) -> None:
    deliver(world, "a.csv", MARCH)
    deliver(world, "b.csv", MARCH, booking_date="2024-04-02")
    assert world.ask("work_repeated_deliveries", TOLD) == [("b.csv", "a.csv", "4", "4", "400.00")]
    noted = world.ask("data_quality", "name | severity | row_count | amount_sek | example")
    told = "b.csv: 4 of 4 rows are also in a.csv"
    assert ("delivery_repeated", "warning", "4", "400.00", told) in noted


def test_a_row_that_a_file_has_twice_is_held_against_two_rows_of_the_other(world: World) -> None:
    deliver(world, "a.csv", ("1", "1", "2", "5", "6", "7"))
    deliver(world, "b.csv", ("1", "1", "1", "2"))
    assert world.ask("work_repeated_deliveries", TOLD) == [("b.csv", "a.csv", "4", "3", "300.00")]


def test_of_a_larger_and_a_smaller_file_the_smaller_repeats_the_larger(world: World) -> None:
    deliver(world, "a.csv", MARCH)
    deliver(world, "b.csv", (*MARCH, "5", "6"))
    assert world.ask("work_repeated_deliveries", TOLD) == [("a.csv", "b.csv", "4", "4", "400.00")]


@pytest.mark.parametrize(
    "also",
    [
        {"invoices": ("1", "2", "8", "9")},
        {"invoices": ("1", "2", "3", "6", "7", "8", "9")},
        {"invoices": MARCH, "amount_sek": "50"},
        {"invoices": MARCH, "amount_sek": "0"},
        {"invoices": MARCH, "vendor_name": "Bolt"},
        {"invoices": MARCH, "unit": "Library"},
        {"invoices": MARCH, "source": "another"},
        {"invoices": (" ",) * 4},
    ],
    ids=[
        "two rows",
        "less than half",
        "amount",
        "nothing",
        "vendor",
        "unit",
        "source",
        "no number",
    ],
)
def test_what_is_another_purchase_or_too_few_is_not_told(
    world: World, also: dict[str, object]
) -> None:
    deliver(world, "a.csv", (*MARCH, " ", " ", " ", " "))
    deliver(world, "b.csv", also.pop("invoices"), **also)  # type: ignore[arg-type]
    assert world.ask("work_repeated_deliveries", TOLD) == []


def test_check_tells_a_repeated_file_and_neither_refuses_nor_drops_it(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    scaffold(folder, demo=False)
    for name, voucher, day in (("a.csv", 1, 10), ("c.csv", 501, 11)):
        rows = [
            f"2120001967;K;{voucher + n};E AB;556016-0680;6500;t;2024-01-{day + n};S;I{n};100.00;;;1880;"
            for n in range(4)
        ]
        (folder / "ledger" / name).write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
    (folder / "contracts" / "a.csv").write_text(
        "avtal;leverantör;giltig från;giltig till\nA;E AB;2024-01-01;2024-12-31\n", "utf-8"
    )
    found = inspect(Workspace.open(folder), date(2024, 2, 1))
    assert not found.problems
    assert found.faults[0].startswith(
        "warning: ledger/c.csv: 4 of its 4 rows (400.00 SEK) are also in ledger/a.csv: same vendor"
    )
    assert 'replaces = [{ file = "ledger/c.csv", replaces = "ledger/a.csv" }]' in found.faults[0]
