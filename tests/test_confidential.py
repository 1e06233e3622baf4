"""A posting that the invoice system calls confidential is counted, and says nothing of its vendor."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
from shared_data import ROOT

from compliance import pipeline
from compliance.errors import RuleError
from compliance.extract import extract
from compliance.landing import land
from compliance.profile_files import read_profile, read_profiles
from compliance.scaffold import scaffold
from compliance.workspace import Workspace

PROFILES = read_profiles(ROOT / "rules" / "sources")
SHIPPED = ROOT / "rules" / "sources" / "proceedo.toml"
HEAD = (
    "Fakturanummer;Leverantör;Leverantörs-Id;Belopp exkl. moms;Valuta;Huvudstatus;{mark}"
    "Leveransdatum;Bankgiro;Plusgiro;Bankkonto;IBAN;OCR;Verifikationsnummer;Skannings-ID;Moms;"
    "Belopp inkl. moms;Abonnemangsnr.\n"
)
REGISTER = (
    "avtalsnummer;leverantör;organisationsnummer;giltig från;giltig till\n"
    "A-1;Åkes Plåt AB;556016-0680;2023-01-01;2025-12-31\n"
)
OPEN = "1;Åkes Plåt AB;77;100,00;SEK;OK;{mark}2024-03-05;;;;;;V1;;;;\n"
SECRET = "2;Solgläntans HVB-hem AB;99;900,00;SEK;{status};{mark}2024-03-06;;;;;;V2;;;;\n"


def landed(folder: Path, text: str) -> Path:
    file = folder / "rapport.csv"
    file.write_text(text, "utf-8")
    land(extract(file, file.name, PROFILES), file.name, folder)
    return folder


def marked(mark: str = "Ja;", status: str = "OK") -> str:
    return (
        HEAD.format(mark="Sekretess;")
        + OPEN.format(mark="Nej;")
        + SECRET.format(mark=mark, status=status)
    )


def test_a_confidential_row_keeps_its_kronor_and_not_its_vendor(tmp_path: Path) -> None:
    rows = pl.read_parquet(landed(tmp_path, marked()) / "postings.parquet").sort("file_row")
    assert rows.select("vendor_name", "vendor_number", "invoice_no", "amount_sek").rows() == [
        ("Åkes Plåt AB", "77", "1", Decimal("100.00")),
        ("Sekretess", None, "2", Decimal("900.00")),
    ]


@pytest.mark.parametrize("mark", ["Ja;", "X;", "kanske;", "1;"])
def test_a_mark_that_is_not_an_open_rows_hides(tmp_path: Path, mark: str) -> None:
    rows = pl.read_parquet(landed(tmp_path, marked(mark)) / "postings.parquet")
    assert rows["vendor_name"].to_list() == ["Åkes Plåt AB", "Sekretess"]


@pytest.mark.parametrize("mark", ["Nej;", " nej ;", ";", "No;", "0;"])
def test_a_mark_that_is_an_open_rows_hides_nothing(tmp_path: Path, mark: str) -> None:
    rows = pl.read_parquet(landed(tmp_path, marked(mark)) / "postings.parquet")
    assert rows["vendor_name"].to_list() == ["Åkes Plåt AB", "Solgläntans HVB-hem AB"]


def test_a_file_without_the_column_is_read_as_before(tmp_path: Path) -> None:
    text = HEAD.format(mark="") + OPEN.format(mark="") + SECRET.format(mark="", status="OK")
    rows = pl.read_parquet(landed(tmp_path, text) / "postings.parquet")
    assert rows["vendor_name"].to_list() == ["Åkes Plåt AB", "Solgläntans HVB-hem AB"]


def test_a_confidential_row_that_is_rejected_keeps_its_reason_and_not_its_text(
    tmp_path: Path,
) -> None:
    rows = pl.read_parquet(landed(tmp_path, marked(status="CANCELED")) / "rejected.parquet")
    assert rows.select("file_row", "raw", "amount_sek").rows() == [
        (3, "(confidential)", Decimal("900.00"))
    ]
    assert rows["column"][0] == "Huvudstatus"


def test_the_reason_of_a_confidential_row_quotes_no_cell(tmp_path: Path) -> None:
    slid = marked().replace("900,00;SEK", "SEK;Solgläntans HVB-hem AB")
    rows = pl.read_parquet(landed(tmp_path, slid) / "rejected.parquet")
    assert rows.height == 1
    assert "`(confidential)`" in rows["reason"][0]
    assert "Solgl" not in rows["reason"][0]


def test_a_row_that_cannot_be_parted_keeps_no_text_where_rows_may_be_confidential(
    tmp_path: Path,
) -> None:
    broken = marked() + "3;Solgläntans HVB-hem AB;99;900,00;SEK\n"
    rows = pl.read_parquet(landed(tmp_path, broken) / "rejected.parquet")
    assert rows["raw"].to_list() == ["(confidential)"]


def test_the_published_database_has_no_trace_of_the_vendor(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    scaffold(folder, demo=False)
    (folder / "contracts" / "register.csv").write_text(REGISTER, "utf-8")
    (folder / "ledger" / "rapport-2024-03.csv").write_text(marked(), "utf-8")
    workspace = Workspace.open(folder)
    pipeline.build(workspace, [].append)
    with duckdb.connect(str(workspace.database), read_only=True) as db:
        found = db.sql(
            "select vendor_name, state, amount_sek from purchases order by line_id"
        ).fetchall()
    assert found[1] == ("Sekretess", "unidentified", Decimal("900.00"))
    files = [path for path in (folder / "output").rglob("*") if path.is_file()]
    assert workspace.database in files
    assert not [path for path in files if b"Solgl" in path.read_bytes()]


def test_a_column_that_is_both_read_and_a_mark_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "proceedo.toml"
    text = SHIPPED.read_text("utf-8").replace("[confidential]\nSekretess", "[confidential]\nIBAN")
    file.write_text(text, "utf-8")
    with pytest.raises(RuleError, match="`iban` is used twice"):
        read_profile(file)
