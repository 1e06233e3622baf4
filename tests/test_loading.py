"""Every file of tests/loading/ gets its verdict: rows and öre exact, and words that help."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from shared_data import ROOT

from compliance.errors import InputError
from compliance.extract import extract
from compliance.landing import Landed, land
from compliance.profile_files import read_profiles

FOLDER = ROOT / "tests" / "loading"
EXPECTED = json.loads((FOLDER / "expected.json").read_text("utf-8"))
PROFILES = read_profiles(ROOT / "rules" / "sources")


def loaded(path: Path, folder: Path) -> Landed:
    return land(extract(path, path.name, PROFILES), path.name, folder)


def of(verdict: str) -> list[str]:
    return sorted(name for name, expected in EXPECTED.items() if expected["verdict"] == verdict)


@pytest.mark.parametrize("name", of("refuse"))
def test_a_file_that_cannot_be_trusted_is_refused(name, tmp_path):
    path = FOLDER / "files" / name
    with pytest.raises(InputError) as caught:
        land(extract(path, f"ledger/{name}", PROFILES), f"ledger/{name}", tmp_path)
    error = caught.value
    assert EXPECTED[name]["says"] in f"{error.what} {error.why}"
    assert error.fix
    assert error.at.file == f"ledger/{name}"


@pytest.mark.parametrize("name", [*of("load"), *of("reject rows")])
def test_each_row_is_exact_or_rejected_with_its_reason(name, tmp_path):
    expected = EXPECTED[name]
    landed = loaded(FOLDER / "files" / name, tmp_path)
    assert expected["verdict"] == ("reject rows" if landed.rows_rejected else "load")
    found = pl.read_parquet(tmp_path / "postings.parquet")
    rejected = pl.read_parquet(tmp_path / "rejected.parquet")
    assert (len(found), len(rejected)) == (expected["loaded"], expected["rejected"])
    assert landed.rows_read == len(found) + len(rejected)
    assert landed.rows_loaded == len(found)
    assert found["amount_sek"].sum() == Decimal(expected["ore"]) / 100 == landed.loaded_sek
    assert landed.rejected_sek == Decimal(expected["rejected_ore"]) / 100
    if name.endswith(".xlsx") and len(found):
        assert str(landed.first_date) == str(landed.last_date) == "2024-03-05"
    for reason in rejected["reason"]:
        assert expected["says"] in reason
        assert len(reason) <= 240
    if "row" in expected:
        assert rejected.select("file_row", "column").row(0) == (expected["row"], expected["column"])


@pytest.mark.parametrize("rows", [65_536, 1_048_576])
def test_a_file_that_ends_where_a_spreadsheet_does_is_refused(rows, tmp_path):
    header = "datum;forvaltning;leverantor;leverantor_id;konto_nr;konto_text;belopp;faktura_nr\n"
    line = "202403;Skola;Acme AB;556000-1234;6010;Hyror;1,00;F1\n"
    path = tmp_path / "umea.csv"
    path.write_text(header + line * (rows - 1))
    with pytest.raises(InputError, match=f"exactly {rows} rows"):
        loaded(path, tmp_path)

    path.write_text(header + line * (rows - 2) + f";;Summa;;;;{rows - 2},00;\n")
    assert loaded(path, tmp_path).rows_loaded == rows - 2

    path.write_text(header + line * (rows - 2))
    assert loaded(path, tmp_path).rows_loaded == rows - 2


def test_a_line_without_end_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    head = (FOLDER / "files" / "utf-8.csv").read_text("utf-8").split("\n")[0]
    path.write_text(head + "\n" + "x" * 30_000_000, "utf-8")
    with pytest.raises(InputError, match="longer than 4 MB") as caught:
        land(extract(path, "ledger/a.csv", PROFILES), "ledger/a.csv", tmp_path)
    assert caught.value.at.file == "ledger/a.csv"


@pytest.mark.parametrize(
    ("name", "loaded_rows", "ore", "why"),
    [
        ("plain.xls", 2, 15050, []),
        ("many.xls", 300, 30000, []),
        ("1904.xls", 1, 10000, []),
        ("error-cell.xls", 1, 10000, ["the cell holds an error of the spreadsheet"]),
    ],
)
def test_an_old_workbook_is_read_and_its_error_cells_seen(name, loaded_rows, ore, why, tmp_path):
    landed = loaded(FOLDER / "xls" / name, tmp_path)
    assert (landed.rows_loaded, landed.loaded_sek) == (loaded_rows, Decimal(ore) / 100)
    assert pl.read_parquet(tmp_path / "rejected.parquet")["reason"].to_list() == why
    assert str(landed.first_date) == "2024-03-05"


def test_an_old_workbook_that_is_damaged_is_refused(tmp_path):
    raw = (FOLDER / "xls" / "plain.xls").read_bytes()
    path = tmp_path / "a.xls"
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(InputError):
        loaded(path, tmp_path)


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ200000", "A1048576"])
def test_a_cell_in_the_desert_is_refused_before_it_is_read(cell, tmp_path):
    with zipfile.ZipFile(FOLDER / "files" / "plain.xlsx") as old:
        parts = {name: old.read(name) for name in old.namelist()}
    row = re.sub("[A-Z]", "", cell)
    far = f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData>'.encode()
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"</sheetData>", far)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    with pytest.raises(InputError, match="far from the others"):
        loaded(tmp_path / "a.xlsx", tmp_path)


def test_a_file_without_rows_says_so(tmp_path):
    landed = loaded(FOLDER / "files" / "only-a-header.csv", tmp_path)
    assert "no row stands below the header" in landed.notes


@pytest.mark.parametrize(
    ("days", "only_months"),
    [
        (("201603", "201604"), True),
        (("2016-03-05", "201604"), False),
        (("201603", "20160405"), False),
        (("2016-03-01", "2016-04-01"), False),
        (("201603", ""), True),
    ],
)
def test_a_file_whose_dates_are_all_months_says_so(days, only_months, tmp_path):
    header = "datum\tforvaltning\tleverantor\tleverantor_id\tfaktura_nr\tkonto_nr\tbelopp\t\n"
    rows = (
        f"{day}\tSkola\tAcme AB\t556000-1234\t{n}\t6010 Hyror\t1\t\n" for n, day in enumerate(days)
    )
    path = tmp_path / "orebro.csv"
    path.write_text(header + "".join(rows))
    landed = loaded(path, tmp_path)
    assert landed.source == "orebro-tab"
    assert ("dates are the month's first day" in landed.notes) == only_months


@pytest.mark.parametrize("name", ["one-name-garbled.xlsx", "one-name-garbled.json"])
def test_garbled_names_are_counted_in_every_container(name, tmp_path):
    landed = loaded(FOLDER / "files" / name, tmp_path)
    assert "names with garbled letters: 1" in landed.notes


def test_sound_letters_in_a_workbooks_header_count(tmp_path):
    old = FOLDER / "files" / "all-names-garbled.xlsx"
    with zipfile.ZipFile(old) as book, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for name in book.namelist():
            text = book.read(name).replace(b">leverantor<", ">leverantör<".encode())
            new.writestr(name, text)
    boras = next(profile for profile in PROFILES if profile.id == "boras")
    columns = [
        replace(c, header="leverantör") if c.header == "leverantor" else c for c in boras.columns
    ]
    extracted = extract(tmp_path / "a.xlsx", "a.xlsx", [replace(boras, columns=tuple(columns))])
    assert land(extracted, "a.xlsx", tmp_path).rows_loaded == 2


def test_a_sheet_named_after_a_person_is_told_without_the_number(tmp_path):
    old = FOLDER / "files" / "other-sheet.xlsx"
    with zipfile.ZipFile(old) as book, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for name in book.namelist():
            text = book.read(name).replace(b'name="Info"', b'name="Lind 800101-1232"')
            new.writestr(name, text)
    landed = loaded(tmp_path / "a.xlsx", tmp_path)
    assert landed.notes == ["other sheets are not read: Lind [personnummer]"]
