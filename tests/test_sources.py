"""Each shipped layout reads its own file, and no other layout's."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from shared_data import ROOT

from compliance import profile_files, profiles
from compliance.errors import InputError, RuleError
from compliance.extract import extract
from compliance.landing import land
from compliance.layout import day_from_name
from compliance.profile_files import read_profile, read_profiles

FOLDER = ROOT / "tests" / "sources"
PROFILES = read_profiles(ROOT / "rules" / "sources")
FILES = sorted(p for p in FOLDER.glob("*/*") if p.suffix in {".csv", ".xlsx", ".json"})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_layouts_file_gives_its_expected_rows(path, tmp_path, request):
    landed = land(extract(path, path.name, PROFILES), path.name, tmp_path)
    assert landed.source == path.parent.name
    found = pl.read_parquet(tmp_path / "postings.parquet").drop("line_id", "file_id")
    lines = [
        "; ".join(f"{k}={v}" for k, v in row.items() if v is not None)
        for row in found.iter_rows(named=True)
    ]
    rejected = pl.read_parquet(tmp_path / "rejected.parquet")
    lines += [f"rejected: {row[1]} {row[2]} {row[3]}" for row in rejected.rows()]
    lines += [f"note: {note}" for note in landed.notes]
    text = "\n".join(lines) + "\n"
    expected = path.with_suffix(".expected.txt")
    if request.config.getoption("--rewrite-golden"):
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")


def test_a_header_with_decomposed_letters_is_known(tmp_path):
    path = tmp_path / "2024.csv"
    text = (FOLDER / "varberg" / "2024.csv").read_text("utf-8")
    path.write_text(unicodedata.normalize("NFD", text), "utf-8")
    assert path.read_text("utf-8") != text
    assert extract(path, path.name, PROFILES).profile.id == "varberg"


def test_a_second_header_with_decomposed_letters_is_seen(tmp_path):
    path = tmp_path / "2024.csv"
    text = (FOLDER / "varberg" / "2024.csv").read_text("utf-8")
    path.write_text(unicodedata.normalize("NFD", text + text), "utf-8")
    with pytest.raises(InputError, match="a second header"):
        land(extract(path, path.name, PROFILES), path.name, tmp_path)


def test_an_amount_in_another_currency_is_rejected_without_kronor(tmp_path):
    path = tmp_path / "rapport.csv"
    head, row, *_ = (FOLDER / "proceedo" / "rapport.csv").read_text("cp1252").splitlines()
    rows = [row, row.replace(";SEK;", ";EUR;"), row.replace(";OK;", ";PENDING;")]
    path.write_text("\r\n".join([head, *rows]) + "\r\n", "cp1252")
    landed = land(extract(path, path.name, PROFILES), path.name, tmp_path)
    rejected = pl.read_parquet(tmp_path / "rejected.parquet").select("column", "amount_sek").rows()
    assert rejected == [("Valuta", None), ("Huvudstatus", Decimal("1250.50"))]
    assert landed.rejected_sek == Decimal("1250.50")


def test_a_file_that_breaks_off_keeps_the_other_reasons_of_its_amounts(tmp_path):
    path = tmp_path / "2016-03.csv"
    head = (FOLDER / "goteborg-2016" / path.name).read_text("cp1252").splitlines()[0]
    amounts = ("100,00", "200,00", "1.234,50", "50,00", "1234,5")
    rows = (f"Skola;Acme AB;556000-1234;{n};6010;Hyror;{a}" for n, a in enumerate(amounts))
    path.write_text("\n".join([head, *rows]))
    landed = land(extract(path, path.name, PROFILES), path.name, tmp_path)
    assert pl.read_parquet(tmp_path / "postings.parquet")["amount_sek"].to_list() == [100, 200, 50]
    rejected = pl.read_parquet(tmp_path / "rejected.parquet").select("file_row", "reason").rows()
    assert [row for row, _ in rejected] == [4, 6]
    assert "ambiguous" in rejected[0][1]
    assert "breaks off" in rejected[1][1]
    assert (landed.rows_loaded, landed.rows_rejected) == (3, 2)


def test_an_account_that_is_none_lets_no_other_account_in(tmp_path):
    (tmp_path / "umea.toml").write_text(SOUND + '\n[accept]\nkonto_nr = ["6410"]\n')
    path = tmp_path / "a.csv"
    head = (FOLDER / "umea" / "2024.csv").read_text("utf-8").splitlines()[0]
    accounts = ("6410", "6010", "5560001234")
    rows = (f"202403;Skola;Acme AB;1;{a};Hyror;100,00;{n}" for n, a in enumerate(accounts))
    path.write_text("\n".join([head, *rows, ""]))
    land(extract(path, "a.csv", read_profiles(tmp_path)), "a.csv", tmp_path)
    loaded = pl.read_parquet(tmp_path / "postings.parquet")["account_code"].to_list()
    assert loaded == ["6410"]


def test_a_number_in_the_accounts_place_is_no_account_in_a_cell_with_its_text_either(tmp_path):
    path = tmp_path / "Orebro.2016-03.csv"
    head = (FOLDER / "orebro" / path.name).read_text("cp1252").splitlines()[0]
    cells = dict.fromkeys(head.split(";"), "x") | {"ORGANISATIO": "1", "UTFALL": "100.00"}
    konto = next(name for name in cells if name.strip() == "KONTO")
    accounts = ("60150 Hyror", "8001011232 Utlägg", "800101-1232 Utlägg", "198001011232", "Utlägg")
    lines = (";".join((cells | {konto: account}).values()) for account in accounts)
    path.write_text("\n".join([head, *lines, ""]), "cp1252")
    land(extract(path, path.name, PROFILES), path.name, tmp_path)
    loaded = pl.read_parquet(tmp_path / "postings.parquet")["account_code"].to_list()
    assert loaded == ["60150", None]
    reasons = pl.read_parquet(tmp_path / "rejected.parquet")["reason"].to_list()
    assert len(reasons) == 3
    assert all("[personnummer]" in reason and "is no account code" in reason for reason in reasons)


def test_every_shipped_layout_has_a_file():
    assert {profile.id for profile in PROFILES} == {path.parent.name for path in FILES}


SOUND = (ROOT / "rules" / "sources" / "umea.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says", "fix"),
    [
        ('vendor_name = "', 'vendor_nam = "', "a posting has no `vendor_nam`", "`vendor_name`"),
        ("[notation]", "[notations]", "has no `notations`", "`notation`"),
        ("delimiters", "delimiter", "has no `delimiter`", "`delimiters`"),
        ('"YYYYMM"', '"YYYY-MMM"', "no date notation", "`YYYY-MM`"),
        ('"cp1252"', '"cp1251"', "no encoding", "`cp1252`"),
        ('"delimited"', '"csv"', "`container` is 'csv'", "use one of"),
        ('decimal = ","', 'decimal = ";"', "`decimal` is ';'", "use one of"),
        ('decimal = ","', "", "`decimal` is missing", "write decimal"),
        ('dates = ["YYYYMM"]', "", "`dates` is missing", "YYYY-MM-DD"),
        ('dates = ["YYYYMM"]', 'dates = ["YYYYMM", "YYMMDD"]', "look the same", "keep the one"),
        ('amount_sek = "belopp"\n', "", "no column is the amount", "amount_sek"),
        ('booking_date = "datum"\n', "", "no column is a date", "date_from_name"),
        ('"faktura_nr"', '"belopp"', "used twice", "one field"),
        ('"faktura_nr"', "7", "names no header", "HEADER"),
        ('why = "', 'whi = "', "has no `whi`", "`why`"),
        ('[";"]', '["::"]', "cannot part cells", "use"),
        ('[";"]', '";"', "not a list", "["),
        ('decimal = ","', 'decimal = ","\nvat = "included"', "column that holds the VAT", "vat_column"),
        ("[file]", "[file", "not valid TOML", "mend"),
        ("[columns]", "[date_from_name]\npattern = '(?P<jahr>x)'\n[columns]", "must name the groups", "year"),
        ("[columns]", "[date_from_name]\npattern = '(?P<year>x)(?P<month>x)'\n[columns]", "from a column and from the file's name", "another `field`"),
        ('decimal = ","', 'decimal = ","\nvat = "included"\nvat_column = "Belopp "', "the amount and its VAT", "VAT alone"),
        ("[columns]", "[date_from_name]\npattern = '('\n[columns]", "cannot be read", "mend"),
        ("[columns]", "[date_from_name]\npattern = 'x{99999999999}'\n[columns]", "cannot be read", "mend"),
    ],
)  # fmt: skip
def test_a_slip_in_a_layout_is_named_with_the_nearest_right_word(tmp_path, old, new, says, fix):
    assert old in SOUND
    file = tmp_path / "umea.toml"
    file.write_text(SOUND.replace(old, new, 1), "utf-8")
    with pytest.raises(RuleError) as caught:
        read_profile(file)
    assert says in caught.value.what
    assert fix in caught.value.fix
    assert caught.value.at.file == "rules/sources/umea.toml"


def test_two_layouts_that_fit_one_header_are_an_error(tmp_path):
    for name in ("umea", "umea2"):
        (tmp_path / f"{name}.toml").write_text(SOUND.replace('id = "umea"', f'id = "{name}"'))
    path = FOLDER / "umea" / "2024.csv"
    with pytest.raises(Exception, match="two source profiles fit") as caught:
        extract(Path(path), "2024.csv", read_profiles(tmp_path))
    assert "the header is datum, forvaltning," in str(caught.value)
    assert "`umea` and `umea2`" in str(caught.value)


def test_amounts_with_vat_are_read_without_it(tmp_path):
    text = SOUND.replace('decimal = ","', 'decimal = ","\nvat = "included"\nvat_column = "moms"')
    (tmp_path / "umea.toml").write_text(text)
    path = tmp_path / "a.csv"
    path.write_text(
        "datum;forvaltning;leverantor;leverantor_id;konto_nr;konto_text;belopp;faktura_nr;moms\n"
        "202403;Skola;A;1;6010;Hyror;125,00;1;25,00\n202403;Skola;A;1;6010;Hyror;125,00;1;\n"
    )
    landed = land(extract(path, "a.csv", read_profiles(tmp_path)), "a.csv", tmp_path)
    assert (str(landed.loaded_sek), landed.rows_rejected) == ("100.00", 1)


def test_a_total_with_vat_is_held_to_amounts_with_vat(tmp_path):
    text = SOUND.replace('decimal = ","', 'decimal = ","\nvat = "included"\nvat_column = "moms"')
    (tmp_path / "umea.toml").write_text(text)
    path = tmp_path / "a.csv"
    head = "datum;forvaltning;leverantor;leverantor_id;konto_nr;konto_text;belopp;faktura_nr;moms\n"
    rows = "".join(f"202403;Skola;A;1;6010;Hyror;125,00;{n};25,00\n" for n in range(3))
    path.write_text(f"{head}{rows}Summa;;;;;;375,00;;75,00\n")
    landed = land(extract(path, "a.csv", read_profiles(tmp_path)), "a.csv", tmp_path)
    assert (str(landed.loaded_sek), landed.rows_rejected) == ("300.00", 0)
    assert landed.notes[0] == "the total on row 5 agrees"
    path.write_text(f"{head}{rows}Summa;;;;;;300,00;;75,00\n")
    with pytest.raises(InputError, match=r"the total is 300.00, but the rows make 375.00"):
        land(extract(path, "a.csv", read_profiles(tmp_path)), "a.csv", tmp_path)


def test_a_layout_of_costs_below_zero_turns_the_sign(tmp_path):
    text = SOUND.replace('decimal = ","', 'decimal = ","\nsign = "purchase_is_negative"')
    (tmp_path / "umea.toml").write_text(text)
    path = FOLDER / "umea" / "2024.csv"
    landed = land(extract(path, "2024.csv", read_profiles(tmp_path)), "2024.csv", tmp_path)
    assert str(landed.loaded_sek) == "-1200.50"


def test_the_page_about_layouts_names_every_key_and_field():
    page = (ROOT / "rules" / "sources" / "README.md").read_text("utf-8")
    words = profile_files._TOP | profile_files._FILE | profile_files._NOTATION
    words |= profile_files._COLUMN
    words |= profile_files._FROM_NAME | profiles.FIELDS | set(profiles.DATE_SHAPES)
    assert [word for word in sorted(words) if word not in page] == []


def test_an_id_used_twice_is_named_with_both_files(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(SOUND)
    with pytest.raises(RuleError, match=r"used in rules/sources/a\.toml too") as caught:
        read_profiles(tmp_path)
    assert caught.value.at.file == "rules/sources/b.toml"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("2026-10-05 Leverantörsreskontra 2026-09.csv", "says 2026-09 and 2026-10"),
        ("Goteborg 201601-201606.csv", "says 2016-01 and 2016-06"),
    ],
)
def test_a_name_that_says_two_months_is_refused_and_none_is_chosen(name, said):
    (profile,) = (one for one in PROFILES if one.id == "goteborg-2016")
    with pytest.raises(InputError, match=said) as refused:
        day_from_name(profile, name)
    assert refused.value.at.file == name
    assert "no other date" in refused.value.fix


def test_a_name_may_say_its_month_twice():
    (profile,) = (one for one in PROFILES if one.id == "goteborg-2016")
    assert day_from_name(profile, "Reskontra 2016-03 (2016-03-31).csv") == date(2016, 3, 1)
