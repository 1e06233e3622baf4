"""A number that Excel shows as 0017 is 0017 to whoever wrote it, and 17 where an amount is meant."""

from __future__ import annotations

import pickle
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from openpyxl import Workbook as Openpyxl
from shared_data import ROOT

from compliance.extract import extract
from compliance.landing import land
from compliance.profile_files import read_profiles
from compliance.readers.padded import Padded, as_shown, padded_cells
from compliance.register import read_register
from compliance.register_cells import count, money, text
from compliance.rules import read_rules
from compliance.shipped import shipped
from compliance.workspace import Settings, Workspace

PROFILES = read_profiles(ROOT / "rules" / "sources")
BORAS = (
    "kopare_id", "kopare", "verifikationsnummer", "leverantor", "leverantor_id", "konto_nr",
    "konto_text", "belopp", "datum", "forvaltning",
)  # fmt: skip


def test_a_registers_numbers_are_read_as_they_are_shown(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    book = xlsxwriter.Workbook(str(tmp_path / "contracts" / "avtal.xlsx"))
    sheet = book.add_worksheet("Avtal")
    zeros, day = book.add_format({"num_format": "0000"}), book.add_format({"num_format": "yyyy-mm-dd"})  # fmt: skip
    sheet.write_row(0, 0, ["avtalsnummer", "leverantör", "fr.o.m.", "t.o.m.", "takbelopp", "rangordning"])  # fmt: skip
    for row, number in enumerate((17, 12345), start=1):
        sheet.write_number(row, 0, number, zeros)
        sheet.write(row, 1, "Ericsson AB")
        sheet.write_datetime(row, 2, date(2024, 1, 1), day)
        sheet.write_datetime(row, 3, date(2025, 12, 31), day)
        sheet.write_number(row, 4, 900, zeros)
        sheet.write_number(row, 5, 2, zeros)
    book.close()
    workspace = Workspace(tmp_path, Settings(name="Exempel"))
    register = read_register(workspace, read_rules(shipped("rules")), b"k" * 32)
    assert register.contracts["contract_id"].to_list() == ["0017", "12345"]
    assert register.contracts["ceiling_sek"].to_list() == [Decimal(900), Decimal(900)]
    assert register.contract_parties["rank"].to_list() == [2, 2]


def test_a_ledgers_text_columns_are_read_as_they_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "2024.xlsx"
    book = Openpyxl()
    book.active.append(list(BORAS))
    book.active.append(["212000-1561", "Borås", 42, "Plåt AB", "556000-1234", 61, "Hyror", 7, date(2024, 3, 5), "Skola"])  # fmt: skip
    for cell, zeros in (("C2", "000000"), ("F2", "0000"), ("H2", "0000")):
        book.active[cell].number_format = zeros
    book.save(path)
    land(extract(path, path.name, PROFILES), path.name, tmp_path)
    row = pl.read_parquet(tmp_path / "postings.parquet").row(0, named=True)
    assert (row["voucher_no"], row["account_code"], row["amount_sek"]) == (
        "000042",
        "0061",
        Decimal("7.00"),
    )


@pytest.mark.parametrize(
    "shape", ["0", "0.00", "#,##0", "0000-00", "yyyymmdd", "General", '"0000"']
)
def test_any_other_format_is_a_matter_of_looks(tmp_path: Path, shape: str) -> None:
    book = Openpyxl()
    book.active["A1"], book.active["A1"].number_format = 17, shape
    book.save(tmp_path / "a.xlsx")
    assert padded_cells(tmp_path / "a.xlsx", "Sheet") == {}


@pytest.mark.parametrize("cell", [-17, 1.5, "17", True, None, date(2024, 1, 1), float("inf")])
def test_only_a_whole_number_has_zeros_before_it(cell: object) -> None:
    assert as_shown(cell, 4) is None


def test_a_padded_number_is_text_with_zeros_and_a_number_without() -> None:
    shown = pickle.loads(pickle.dumps(Padded(17, 9)))
    assert text(shown) == "000000017"
    assert (money(shown), count(shown), shown + 1) == (Decimal(17), 17, 18)
