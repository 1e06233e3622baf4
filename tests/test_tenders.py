"""Every procurement counts once, its tenders are those of all its lots, and ours alone count."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from shared_data import shared

from compliance.errors import InputError, Problems
from compliance.orders import read_orders
from compliance.rules import read_rules
from compliance.shipped import shipped
from compliance.tenders import category_of_cpv, cpv_digits, read_tenders
from compliance.workspace import Settings, Workspace

RULES = read_rules(shipped("rules"))
OWN = "procurement_id;title;category;published;awarded;lots;tenders;local_tenders;sme_tenders"
UHM = "Upphandlings-ID; Anbudsområdes-ID; Upphandlingens titel; Organisationsnummer för köpare; Huvudsaklig CPV-kod; Publiceringsdatum; Antal anbud, Summa"
Reader = Callable[..., pl.DataFrame]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for name in ("tenders", "orders"):
        (tmp_path / name).mkdir()
    return Workspace(tmp_path, Settings(name="Exempel", org_number="212000-1967"))


@pytest.fixture
def read(workspace: Workspace) -> Reader:
    def reader(*lines: str, name: str = "a.csv") -> pl.DataFrame:
        (workspace.tenders / name).write_text("\n".join(lines) + "\n", "utf-8-sig")
        return read_tenders(workspace, RULES)

    return reader


def test_an_own_table_is_read_with_categories_by_code_or_name(read: Reader) -> None:
    found = read(
        OWN, "U1;Mat;Livsmedel;2024-01-31;2024-05-01;2;5;1;3", "U2;It;IT-SERVICES;2024-02-01;;;0;;"
    )
    assert found.rows() == [
        ("U1", "Mat", "FOOD-GROCERIES", None, date(2024, 1, 31), date(2024, 5, 1), 2, 5, 1, 3, "tenders"),
        ("U2", "It", "IT-SERVICES", None, date(2024, 2, 1), None, None, 0, None, None, "tenders"),
    ]  # fmt: skip


def test_no_folder_is_no_tender(workspace: Workspace) -> None:
    assert read_tenders(workspace, RULES).height == 0
    workspace.tenders.rmdir()
    assert read_tenders(workspace, RULES).height == 0


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("U1;Mat;Livsmedl;2024-01-31;;;5;;", "did you mean `Livsmedel`"),
        ("U1;Mat;;;;;5;;", "no published"),
        ("U1;Mat;;2024-01-31;;;fem;;", "`fem` is not a whole number"),
        ("U1;Mat;;2024-01-31;;;5;6;", "6 of 5 tenders"),
        (";Mat;;2024-01-31;;;5;;", "no procurement_id"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused(read: Reader, row: str, told: str) -> None:
    with pytest.raises(InputError, match=r"tenders/a\.csv, row 2, column") as caught:
        read(OWN, row)
    assert told in str(caught.value)


def test_a_day_of_a_tender_is_not_to_be_corrected_in_the_register(read: Reader) -> None:
    with pytest.raises(InputError) as caught:
        read(OWN, "U1;Mat;;2024-02-30;;;5;;")
    assert caught.value.fix == "correct the date"


def test_a_table_without_tenders_says_what_it_lacks(read: Reader) -> None:
    with pytest.raises(InputError, match="`tenders` lacks tenders"):
        read("procurement_id;title;published", "U1;Mat;2024-01-31")


def test_the_statistics_give_ours_with_lots_added_up(read: Reader) -> None:
    found = read(
        UHM,
        'U1; L1; "Mat; bröd"; 2120001967; 15811000 Bröd; 2021-01-12; 3',
        "U1; L2; Mat; 2120001967; 15811000 Bröd; 2021-01-12; 0",
        "U2; L3; Annans; 2120000514; 15811000 Bröd; 2021-01-12; 9",
    )
    row = found.row(0, named=True)
    assert found.height == 1
    assert (row["title"], row["lots"], row["tenders"]) == ("Mat; bröd", 2, 3)
    assert (row["cpv"], row["category_code"], row["source"]) == ("15811000", "FOOD-BREAD", "uhm")


def test_statistics_without_a_number_of_a_lot_s_tenders_tell_none_of_the_procurement(
    read: Reader,
) -> None:
    line = "U1; {}; Mat; 2120001967; 15811000 Bröd; 2021-01-12; {}"
    found = read(UHM, line.format("L1", 3), line.format("L2", ""))
    assert found.select("lots", "tenders").rows() == [(2, None)]


def test_a_lot_with_several_suppliers_is_counted_once(read: Reader) -> None:
    line = "U1; L1; Mat; 2120001967; 15811000 Bröd; 2021-01-12; {}"
    assert read(UHM, line.format(3), line.format(3))["tenders"].to_list() == [3]
    with pytest.raises(InputError, match="another number of tenders above"):
        read(UHM, line.format(3), line.format(4))


def test_two_files_that_differ_about_a_procurement_are_refused_with_both(read: Reader) -> None:
    read(OWN, "U1;Mat;;2024-01-31;;;5;;")
    assert read(OWN, "U1;Mat;;2024-01-31;;;5;;", name="b.csv").height == 1
    with pytest.raises(InputError, match=r"6 tenders here and 5 in tenders/a.csv, row 2"):
        read(OWN, "U1;Mat;;2024-01-31;;;6;;", name="c.csv")


def test_an_own_row_without_a_number_takes_it_from_the_statistics(read: Reader) -> None:
    read(OWN, "U1;Mat;Livsmedel;2021-01-12;2021-05-01;;;;", name="own.csv")
    line = "U1; {}; Mat; 2120001967; 15811000 Bröd; 2021-01-12; {}"
    found = read(UHM, line.format("L1", 3), line.format("L2", 2))
    assert found.select("awarded", "lots", "tenders").rows() == [(date(2021, 5, 1), 2, 5)]


def test_every_sheet_with_procurements_is_read(workspace: Workspace) -> None:
    book = xlsxwriter.Workbook(str(workspace.tenders / "t.xlsx"))
    for year in ("2023", "2024"):
        sheet = book.add_worksheet(year)
        sheet.write_row(0, 0, OWN.split(";"))
        sheet.write_row(1, 0, [f"U{year}", "Mat", "", f"{year}-01-12", "", "", 5])
    book.add_worksheet("Anteckningar").write(0, 0, "ring Eva")
    book.close()
    assert read_tenders(workspace, RULES)["procurement_id"].to_list() == ["U2023", "U2024"]


def test_statistics_of_others_alone_and_an_unknown_self_are_refused(
    read: Reader, workspace: Workspace
) -> None:
    row = "U2; L3; Annans; 2120000514; 15811000 Bröd; 2021-01-12; 9"
    with pytest.raises(InputError, match="no procurement of ours"):
        read(UHM, row)
    nobody = Workspace(workspace.root, Settings(name="Exempel"))
    with pytest.raises(InputError, match="whose procurements to take is not known"):
        read_tenders(nobody, RULES)


@pytest.mark.parametrize(
    ("cpv", "code"),
    [
        ("39131100", "EQUIP-FURNITURE"),
        ("79624000", "STAFFING-CARE"),
        ("79620000", "STAFFING-GENERAL"),
        ("15811000", "FOOD-BREAD"),
        ("99000000", None),
        (None, None),
    ],
)
def test_a_cpv_code_belongs_to_the_narrowest_category(cpv: str | None, code: str | None) -> None:
    assert category_of_cpv(cpv, RULES) == code


def test_no_two_categories_have_one_cpv_code() -> None:
    codes = [category.cpv for category in RULES.categories]
    assert len(codes) == len(set(codes)), {c for c in codes if codes.count(c) > 1}


def test_a_cpv_code_is_read_with_its_words_or_its_check_digit() -> None:
    assert cpv_digits("79624000 Förmedling av vårdpersonal") == "79624000"
    assert cpv_digits("79624000-4") == "79624000"
    assert cpv_digits("Förmedling") is None


# ── the real export ───────────────────────────────────────────────────────────────────────────────


def test_orebro_2021_comes_out_of_the_export_as_it_is(workspace: Workspace) -> None:
    file = shared("uhm-upphandling-2021/number_of_tenders.xlsx")
    (workspace.tenders / "uhm.xlsx").symlink_to(file)
    found = read_tenders(workspace, RULES)
    assert (found.height, found["lots"].sum(), found["tenders"].sum()) == (66, 66, 286)
    assert found["tenders"].median() == 3
    assert found["published"].dt.year().unique().to_list() == [2021]


def test_the_joined_csv_says_the_same_as_a_plain_reading_of_it(workspace: Workspace) -> None:
    file = shared("uhm-upphandling-2021/avtalsregister_2021_compact.csv")
    (workspace.tenders / "uhm.csv").symlink_to(file)
    found = read_tenders(workspace, RULES)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        ours = {
            (row["Upphandlings-ID"], row["Anbudsområdes-ID"]): int(row["Antal anbud"])
            for row in csv.DictReader(lines, delimiter=";")
            if row["Organisationsnummer för köpare"] == "2120001967"
        }
    assert found["lots"].sum() == len(ours)
    assert found["tenders"].sum() == sum(ours.values())
    assert found["tenders"].median() == statistics.median(ours.values())


def test_all_three_files_of_the_folder_make_one_answer(workspace: Workspace) -> None:
    for file in sorted(shared("uhm-upphandling-2021").iterdir()):
        (workspace.tenders / file.name).symlink_to(file)
    found = read_tenders(workspace, RULES)
    assert (found.height, found["tenders"].sum()) == (66, 286)
    assert found["source"].unique().to_list() == ["uhm"]


@pytest.mark.parametrize("folder", ["orders", "tenders"])
def test_a_link_that_is_not_followed_is_refused(workspace: Workspace, folder: str) -> None:
    below = workspace.root / folder
    (below / "gone.csv").symlink_to("nowhere.csv")
    with pytest.raises(InputError, match="a link to what is not there") as caught:
        (read_orders if folder == "orders" else read_tenders)(workspace, RULES)
    assert caught.value.at.file == f"{folder}/gone.csv"


# ── orders ────────────────────────────────────────────────────────────────────────────────────────

ORDERS = "order_id;order_date;vendor_name;org_number;unit;category;amount_sek;contract_id"


def orders(workspace: Workspace, *lines: str) -> pl.DataFrame:
    (workspace.orders / "o.csv").write_text("\n".join([ORDERS, *lines]) + "\n", "utf-8")
    return read_orders(workspace, RULES)


def test_rows_of_one_order_are_one_order(workspace: Workspace) -> None:
    found = orders(
        workspace,
        "B1;2024-01-31;Ett AB;556016-0680;Skola;FOOD;".replace("FOOD", "Livsmedel") + "100,50;A1",
        "B1;2024-01-31;Ett AB;556016-0680;Skola;Bröd;-0.50;A1",
    )
    row = found.row(0, named=True)
    assert found.height == 1
    assert str(row["amount_sek"]) == "100.00"
    assert row["category_code"] is None
    assert (row["order_date"], row["contract_id"]) == (date(2024, 1, 31), "A1")


def test_an_order_with_two_contracts_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="order B1 has contract_id A2 here and A1 above"):
        orders(workspace, "B1;2024-01-31;E;;;;;A1", "B1;2024-01-31;E;;;;;A2")


def test_an_order_that_another_file_tells_otherwise_is_refused_with_both(
    workspace: Workspace,
) -> None:
    (workspace.orders / "a.csv").write_text(f"{ORDERS}\nB1;2024-01-31;E;;;;;A1\n", "utf-8")
    with pytest.raises(InputError, match=r"contract_id A2 here and A1 in orders/a.csv, row 2"):
        orders(workspace, "B1;2024-01-31;E;;;;;A2")


def test_a_table_that_breaks_off_in_a_row_is_refused(workspace: Workspace) -> None:
    text = f"{ORDERS}\nB1;2024-01-31;E;;;;100;A1\nB2;2024-01-31;E;;;;10"
    (workspace.orders / "a.csv").write_text(text, "utf-8")
    with pytest.raises(InputError, match="the file breaks off in this row"):
        read_orders(workspace, RULES)


def test_one_order_may_write_its_numbers_in_two_ways(workspace: Workspace) -> None:
    found = orders(
        workspace,
        "B1;2024-01-31;Ett AB;556016-0680;Skola;;100,50;A-1",
        "b1;2024-01-31;ETT AB;5560160680;Skola;;1;a-1",
    )
    assert found.select("order_id", "amount_sek").rows() == [("B1", Decimal("101.50"))]


def test_cells_beside_the_header_are_refused_and_not_left_out(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="row 2: the row has 9 cells, the header 8") as caught:
        orders(workspace, "B1;2024-01-31;Ett AB; Norr;556016-0680;Skola;;1250;A-1")
    assert "in quotation marks" in caught.value.fix


def test_two_columns_of_one_meaning_are_refused(workspace: Workspace) -> None:
    (workspace.orders / "o.csv").write_text(
        "order_id;order_date;avtal;avtalsnummer\nB1;2024-01-31;Städ 2024;A-1\n", "utf-8"
    )
    with pytest.raises(InputError, match="two columns say contract_id: `avtal` and `avtalsnummer`"):
        read_orders(workspace, RULES)


def test_every_sheet_with_orders_is_read(workspace: Workspace) -> None:
    book = xlsxwriter.Workbook(str(workspace.orders / "o.xlsx"))
    for year in ("2024", "2025"):
        sheet = book.add_worksheet(year)
        sheet.write_row(0, 0, ORDERS.split(";"))
        sheet.write_row(1, 0, [f"B{year}", f"{year}-01-31", "E"])
    book.close()
    assert read_orders(workspace, RULES)["order_id"].to_list() == ["B2024", "B2025"]


def test_a_cell_merged_with_another_is_refused_where_it_would_be_read_as_empty(
    workspace: Workspace,
) -> None:
    book = xlsxwriter.Workbook(str(workspace.orders / "o.xlsx"))
    sheet = book.add_worksheet("Order")
    sheet.write_row(0, 0, ORDERS.split(";"))
    for row in (1, 2):
        sheet.write_row(row, 0, [f"B{row}", "2024-01-31", "E"])
    sheet.merge_range(1, 7, 2, 7, "A1")
    sheet.merge_range(1, 4, 2, 4, "")
    book.close()
    with pytest.raises(InputError, match="row 3, column `contract_id`: the cell holds a cell merg"):
        read_orders(workspace, RULES)


def test_every_wrong_order_is_told(workspace: Workspace) -> None:
    with pytest.raises(Problems) as caught:
        orders(workspace, ";2024-01-31;E;;;;;", "B1;;E;;;;;", "B2;2024-01-31;E;;;;1.250;")
    assert [error.at.row for error in caught.value.errors] == [2, 3, 4]


def test_an_order_in_a_workbook_with_an_error_cell_is_refused(workspace: Workspace) -> None:
    book = xlsxwriter.Workbook(str(workspace.orders / "o.xlsx"))
    sheet = book.add_worksheet("Order")
    sheet.write_row(0, 0, ORDERS.split(";"))
    sheet.write_row(1, 0, ["B1", "2024-01-31", "E"])
    sheet.write_formula(1, 6, "=NA()", value="#N/A")
    book.close()
    with pytest.raises(InputError, match="column `amount_sek`: the cell holds an error"):
        read_orders(workspace, RULES)


def test_a_misspelt_column_is_refused_and_a_foreign_one_left_alone(workspace: Workspace) -> None:
    file = workspace.orders / "o.csv"
    row = "B1;2024-01-31;Ett AB;;Skola;;100;A-1"
    file.write_text(f"{ORDERS.replace('contract_id', 'contract_idd')}\n{row}\n", "utf-8")
    with pytest.raises(InputError, match="the column `contract_idd` is not known") as refused:
        read_orders(workspace, RULES)
    assert refused.value.fix == "did you mean `contract_id`?"
    file.write_text(f"{ORDERS.replace('contract_id', 'attestant')};order_idd\n{row};\n", "utf-8")
    assert read_orders(workspace, RULES).height == 1


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("U1;Bröd;;2024-01-31;;2;5;1;", "has title Bröd here and Mat in tenders/a.csv, row 2"),
        ("U1;Mat;;2024-02-29;;2;5;1;", "has published 2024-02-29 here and 2024-01-31 in"),
        ("U1;Mat;;2024-01-31;2024-06-01;2;5;1;", "has awarded 2024-06-01 here and 2024-05-01 in"),
        ("U1;Mat;;2024-01-31;;3;5;1;", "has lots 3 here and 2 in"),
        ("U1;Mat;Bröd;2024-01-31;;2;5;1;", "has category FOOD-BREAD here and FOOD-GROCERIES in"),
        ("U1;Mat;;2024-01-31;;2;5;2;", "has 2 local_tenders here and 1 in"),
    ],
)
def test_two_rows_of_one_procurement_that_differ_are_refused_with_both(
    read: Reader, other: str, told: str
) -> None:
    first = "U1;Mat;Livsmedel;2024-01-31;2024-05-01;2;5;1;"
    alike = read(OWN, "U1; mat;;2024-01-31;;;5;;", first).row(0, named=True)
    assert (alike["awarded"], alike["lots"], alike["local_tenders"]) == (date(2024, 5, 1), 2, 1)
    with pytest.raises(InputError, match=told) as refused:
        read(OWN, first, other)
    assert str(refused.value.at) == "tenders/a.csv, row 3"
