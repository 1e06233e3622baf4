"""A draft of a profile names what it guesses, and its guesses read the shipped layouts' files."""

from __future__ import annotations

import tomllib
import unicodedata

import polars as pl
import pytest
import xlsxwriter
from shared_data import ROOT

from compliance.drafts import draft_source
from compliance.errors import InputError
from compliance.extract import extract
from compliance.header_words import fields_of
from compliance.landing import land
from compliance.profile_files import read_profile

FILES = sorted(p for p in (ROOT / "tests" / "sources").glob("*/*") if p.suffix in {".csv", ".xlsx", ".json"})  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_draft_is_a_profile_that_reads_its_file(path, tmp_path):
    text = draft_source(path)
    assert "# guess" in text
    (tmp_path / "draft.toml").write_text(text, "utf-8")
    profile = read_profile(tmp_path / "draft.toml")
    if path.parent.name == "goteborg":
        assert profile.encodings == ("utf-16-le",)
    landed = land(extract(path, path.name, [profile]), path.name, tmp_path)
    assert landed.rows_loaded >= 2


def test_a_draft_tells_no_ones_name_or_number(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Leverantör;Orgnr;Belopp;Datum\nAnna Ek;850101-1236;1,00;2024-01-31\n")
    text = draft_source(path)
    assert "Anna" not in text
    assert "850101" not in text
    assert tomllib.loads(text)["columns"]["org_number"] == "Orgnr"


def test_a_posting_is_taken_for_no_header(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("V1;Siv Hagelin;6408233234;6420;12,50;2026-03-01\n")
    with pytest.raises(InputError, match="no row can be read as a header") as error:
        draft_source(path)
    assert "Hagelin" not in str(error.value)


def test_a_file_without_a_header_is_an_error(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("hej\n")
    with pytest.raises(InputError, match="no row can be read as a header"):
        draft_source(path)
    with pytest.raises(InputError, match="no such file"):
        draft_source(tmp_path / "y.csv")


UNIT4 = (
    "VerNr;Vertyp;Bokf.datum;Period;Lev nr;Leverantör;Org nr;Konto;Konto(T);Ansvar;Ansvar(T);"
    "Fakturanr;Belopp;Valuta;Text\r\n"
    "400001;LF;2025-04-02;202504;10001;Mat AB;5561234567;6440;Livsmedel;210;Skola;F-2;12 345,67;"
    "SEK;Kyl\r\n"
    "400005;LF;2025-04-18;202504;10009;Acme GmbH;;7431;IT-tjänst;110;Ledning;RE-5;1 000,00;EUR;\r\n"
)


def _drafted(tmp_path, text, name="ledger.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8"))
    return draft_source(path)


@pytest.mark.parametrize(
    ("field", "headers"),
    [
        ("org_number", "Org nr|Orgnr.|Org.nummer|ORG_NR|Organisationsnummer|Org-nr|Lev orgnr"),
        ("vendor_number", "Lev nr|Lev.nr|Levnr|Levid|Lev-ID|Leverantörsnr|Resk.nr|Supplier no"),
        ("vendor_name", "Leverantör|Lev.namn|Leverantörsnamn|Lev.nr(T)|Resk.nr (T)|Supplier name"),
        ("booking_date", "Bokf.datum|Bokf datum|Bokfdatum|Bokf. dat|Ver.datum|Trans.datum|Datum"),
        ("invoice_date", "Fakt.datum|Faktdatum|Fakturadatum|Invoice date"),
        ("voucher_no", "Ver nr|Vernr|Ver.nr|Verifikationsnr|Verif.nr|Löpnr|Voucher no"),
        ("invoice_no", "Fakt nr|Fakturanr|Fakt.nr|Lev.fakt.nr|Faktura nr|Invoice no"),
        ("amount_sek", "Belopp|Netto|Belopp exkl. moms|Belopp SEK|Belopp i kr|Utfall|Amount"),
        ("account_code", "Konto|Kontonr|Konto nr|Kontokod|Account"),
        ("unit", "Enhet|Förv|Förv.|Förvaltning|Nämnd|Ansvar|Ansvar(T)|Kostnadsställe"),
        ("contract_ref", "Avtalsnr|Avtal|Avtals-nr|Ramavtal|Contract no"),
        ("order_ref", "Ordernr|Order nr|Beställningsnr|Inköpsorder"),
        ("counterparty_code", "Motpart|Motp"),
    ],
)
def test_a_header_as_ledgers_shorten_it_is_taken_for_its_field(field, headers):
    taken = {header: fields_of([header], {}) for header in headers.split("|")}
    assert taken == {header: {field: header} for header in taken}


@pytest.mark.parametrize(
    "header",
    ["Förfallodatum", "Verifikationstyp", "Valutabelopp", "Belopp inkl. moms", "Avtalstyp",
     "Betaldatum", "Enhetspris", "Momskod", "Moms", "Verksamhet"],
)  # fmt: skip
def test_a_header_of_something_else_is_taken_for_no_field(header):
    assert fields_of([header], {}) == {}


def test_a_draft_of_a_shortened_header_reads_org_numbers_and_counts_only_kronor(tmp_path):
    (tmp_path / "draft.toml").write_text(_drafted(tmp_path, UNIT4), "utf-8")
    profile = read_profile(tmp_path / "draft.toml")
    fields = {column.field: column.header for column in profile.columns}
    assert fields["org_number"] == "Org nr"
    assert profile.accept == (("Valuta", ("SEK", "")),)
    path = tmp_path / "ledger.csv"
    landed = land(extract(path, path.name, [profile]), path.name, tmp_path)
    assert (landed.rows_loaded, landed.rows_rejected) == (1, 1)


def test_the_currency_of_another_amount_rejects_no_kronor(tmp_path):
    text = (
        "Leverantör;Konto;Belopp;Valutabelopp;Valuta;Datum\nMat AB;6440;11,00;1,00;EUR;2024-01-31\n"
    )
    drafted = tomllib.loads(_drafted(tmp_path, text))
    assert "accept" not in drafted
    assert drafted["ignored"] == ["Valutabelopp", "Valuta"]


@pytest.mark.parametrize(
    ("cell", "accepted"), [("kr", ["SEK", "KR", ""]), ("", ["SEK", ""]), ("4711", None)]
)
def test_a_currency_column_is_known_by_its_cells_too(tmp_path, cell, accepted):
    text = f"Leverantör;Konto;Belopp;Val;Datum\nMat AB;6440;11,00;{cell};2024-01-31\n"
    assert tomllib.loads(_drafted(tmp_path, text)).get("accept", {}).get("Val") == accepted


def test_a_draft_says_that_no_org_number_is_found_and_which_column_looks_like_it(tmp_path):
    text = "Leverantör;Kod X;Konto;Belopp;Datum\nMat AB;556123-4567;6440;1,00;2024-01-31\n"
    assert (
        '# org_number = "…"  # not found among the headers: vendors would be told by their names '
        "alone; is it `Kod X`?"
    ) in _drafted(tmp_path, text)


def test_the_cells_decide_whether_a_vendors_id_is_an_org_number():
    for cells, field in ((["5561234567"], "org_number"), (["77"], "vendor_number")):
        assert fields_of(["leverantor_id"], {"leverantor_id": cells}) == {field: "leverantor_id"}


def test_a_point_between_thousands_is_declared(tmp_path):
    text = "Leverantör;Konto;Belopp;Datum\nMat AB;6440;1.234.567,89;2024-01-31\n"
    assert tomllib.loads(_drafted(tmp_path, text))["notation"]["thousands"] == "."


def test_a_decomposed_header_is_drafted_as_any_other(tmp_path):
    text = unicodedata.normalize("NFD", UNIT4)
    assert tomllib.loads(_drafted(tmp_path, text))["columns"]["vendor_name"]


def test_a_header_with_a_line_break_is_drafted_as_it_is_compared(tmp_path):
    header = ["Leverantör\n(namn)", "Konto", "Belopp\r\nexkl. moms", "Datum", "Kod\nX", "A\x01\nB"]
    row = ["Mat AB", "6440", 1.5, "2024-01-31", "556123-4567", "z"]
    path = tmp_path / "ledger.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, row)
    text = draft_source(path)
    drafted = tomllib.loads(text)
    assert drafted["columns"]["amount_sek"] == "Belopp exkl. moms"
    assert drafted["ignored"][0] == "Kod X"
    (tmp_path / "draft.toml").write_text(text, "utf-8")
    extracted = extract(path, path.name, [read_profile(tmp_path / "draft.toml")])
    assert land(extracted, path.name, tmp_path).rows_loaded == 1


@pytest.mark.parametrize("header", ["Sekretess", "Är sekretess", "SEKRETESSMARKERAD", "Skyddad"])
def test_a_column_that_marks_confidential_rows_hides_their_vendor(tmp_path, header):
    path = tmp_path / "x.csv"
    path.write_text(
        f"Leverantör;Orgnr;Konto;Belopp;Datum;{header}\n"
        "Mat AB;556016-0680;6440;1,00;2024-01-31;Nej\n"
        "Hemmet AB;556012-5790;5010;2,00;2024-01-31;Ja\n"
    )
    (tmp_path / "draft.toml").write_text(draft_source(path), "utf-8")
    profile = read_profile(tmp_path / "draft.toml")
    land(extract(path, path.name, [profile]), path.name, tmp_path)
    rows = pl.read_parquet(tmp_path / "postings.parquet").sort("file_row")
    assert rows["vendor_name"].to_list() == ["Mat AB", "Sekretess"]
    assert header not in profile.ignored
