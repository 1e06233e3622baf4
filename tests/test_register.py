"""A register is read as it stands, or refused by file and row; nothing in it is guessed or lost."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from compliance.confined import confined
from compliance.errors import ComplianceError, InputError, Problems, RuleError
from compliance.register import Register, read_register, register_check
from compliance.rules import read_rules
from compliance.sheets import read_sheets
from compliance.shipped import shipped
from compliance.workspace import Settings, Workspace

RULES = read_rules(shipped("rules"))
KEY = b"k" * 32
HEADER = "avtalsnummer;leverantör;orgnr;giltig från;giltig till"
Reader = Callable[..., Register]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "contracts").mkdir()
    return Workspace(tmp_path, Settings(name="Exempel"))


@pytest.fixture
def read(workspace: Workspace) -> Reader:
    """Write lines as a register and read it."""

    def reader(*lines: str, name: str = "avtal.csv") -> Register:
        (workspace.contracts / name).write_text("\n".join(lines) + "\n", "utf-8")
        return read_register(workspace, RULES, KEY)

    return reader


def workbook(path: Path, *sheets: tuple[str, list[list[object]]]) -> None:
    """Write a real workbook; dates as Excel dates."""
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for at, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(number, at, cell, value="#N/A" if "NA()" in cell else 7)
                elif cell is not None:
                    sheet.write(number, at, cell)
    book.close()


def problems(register: Register) -> set[tuple[str | None, int, str]]:
    return set(register.hygiene.select("contract_id", "row", "check").rows())


# ── the columns ───────────────────────────────────────────────────────────────────────────────────


def test_every_column_is_read_under_its_swedish_header_in_any_order(workspace: Workspace) -> None:
    workbook(
        workspace.contracts / "avtal.xlsx",
        (
            "Avtal",
            [
                ["Ansvarig", "Diarienummer", "Ersätter", "Rangordning", "Avropsberättigade", "Omfattning", "Takbelopp", "Uppsägningsdatum", "Slutdatum_max", "Förlängd till", "Giltig till", "Giltig från", "Avtalstyp", "Organisationsnummer", "Leverantör", "Benämning", "Delområde", "Avtalsnummer"],
                ["Eva", "KS 1", "A0", 2, "Skola; Vård", "account:65;cpv:30190000;Livsmedel;IT", 1250000.5, date(2024, 6, 30), date(2026, 12, 31), date(2025, 12, 31), date(2024, 12, 31), date(2023, 1, 1), "Ramavtal", "556016-0680", "Ericsson AB", "Kontor", "1", "A1"],
            ],
        ),
    )  # fmt: skip
    register = read_register(workspace, RULES, KEY)
    assert register.contracts.row(0, named=True) == {
        "contract_id": "A1",
        "lot": "1",
        "title": "Kontor",
        "kind": "framework",
        "valid_from": date(2023, 1, 1),
        "valid_to": date(2024, 12, 31),
        "extended_to": date(2025, 12, 31),
        "max_end": date(2026, 12, 31),
        "notice_date": date(2024, 6, 30),
        "last_day": date(2025, 12, 31),
        "ceiling_sek": Decimal("1250000.50"),
        "reference": "KS 1",
        "owner": "Eva",
        "replaces": "A0",
        "register_path": "contracts/avtal.xlsx",
        "register_row": 2,
    }
    assert register.contract_scopes.select("scheme", "prefix").rows() == [
        ("account", "65"),
        ("cpv", "3019"),
        ("category", "FOOD-GROCERIES"),
        ("category", "IT"),
    ]
    assert register.contract_units["unit"].to_list() == ["Skola", "Vård"]
    assert register.contract_parties["rank"].to_list() == [2]
    assert register.suppliers.select("supplier_name", "org_number", "is_person").rows() == [
        ("Ericsson AB", "5560160680", False)
    ]


def test_a_scope_may_be_the_beginning_of_codes_from_two_letters_on(read: Reader) -> None:
    register = read(
        HEADER + ";omfattning",
        "A;B;;2024-01-01;2024-12-31;IT-L",
        "C;D;;2024-01-01;2024-12-31;I",
        "E;F;;2024-01-01;2024-12-31;foo",
    )
    scopes = register.contract_scopes.select("contract_id", "prefix").rows()
    assert scopes == [("A", "IT-L"), ("E", "FOO")]
    assert ("C", 3, "unknown_scope") in problems(register)


def test_english_headers_mean_the_same(read: Reader) -> None:
    english = read(
        "supplier_name,contract_id,valid_to,valid_from,kind,org_number",
        "Ericsson AB,A1,2024-12-31,2023-01-01,call_off,5560160680",
    )
    swedish = read(
        "avtalsnr;leverantörsnamn;organisationsnummer;fr.o.m.;t.o.m.;avtalsform",
        "A1;Ericsson AB;556016-0680;2023-01-01;2024-12-31;Avropsavtal",
    )
    for name in ("contracts", "suppliers", "contract_parties"):
        assert getattr(english, name).equals(getattr(swedish, name)), name


def test_a_header_with_decomposed_letters_is_known(read: Reader) -> None:
    decomposed = unicodedata.normalize("NFD", HEADER)
    register = read(decomposed, "A1;Ericsson AB;556016-0680;2023-01-01;2024-12-31")
    assert register.suppliers["supplier_name"].to_list() == ["Ericsson AB"]


@pytest.mark.parametrize(
    ("swedish", "kind"),
    [
        ("ramavtal", "framework"),
        ("Centralt ramavtal", "central_framework"),
        ("avtal", "contract"),
        ("", "contract"),
        ("AVROPSAVTAL", "call_off"),
        ("direktupphandling", "direct_award"),
    ],
)
def test_kinds_are_read_in_both_languages(read: Reader, swedish: str, kind: str) -> None:
    for written in (swedish, kind):
        found = read(HEADER + ";avtalstyp", f"A;B;;2024-01-01;2024-12-31;{written}")
        assert found.contracts["kind"].to_list() == [kind]


@pytest.mark.parametrize(
    "written",
    ["2024-01-31", "20240131", "2024/01/31", "2024.01.31", "31 januari 2024", "31 jan. 2024", "31/1 2024", "2024-01-31 00:00:00"],
)  # fmt: skip
def test_a_swedish_date_is_read_in_each_of_its_forms(read: Reader, written: str) -> None:
    register = read(HEADER, f"A;B;;2023-01-01;{written}")
    assert register.contracts["valid_to"].to_list() == [date(2024, 1, 31)]


@pytest.mark.parametrize(
    "written",
    ["31-01-2024", "01/02/2024", "24-01-31", "2024-02-30", "45322", "2024", "2024-1-5", "1850-01-01", "sommaren"],
)  # fmt: skip
def test_a_date_that_could_mean_two_days_or_none_is_refused(read: Reader, written: str) -> None:
    with pytest.raises(InputError) as caught:
        read(HEADER, f"A;B;;2023-01-01;{written}")
    assert str(caught.value).startswith("error: contracts/avtal.csv, row 2, column `giltig till`")
    assert written in str(caught.value)


def test_until_further_notice_has_no_end_and_says_so(read: Reader) -> None:
    register = read(HEADER, "A;B;;2023-01-01;tills vidare")
    assert register.contracts["last_day"].to_list() == [date(2099, 12, 31)]
    assert ("A", 2, "no_end") in problems(register)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1250000", "1250000"),
        ("1 250 000", "1250000"),
        ("1\u00a0250\u00a0000,50", "1250000.50"),
        ("1250000.5 kr", "1250000.50"),
        ("500 000:-", "500000"),
        ("700 000 SEK", "700000"),
    ],
)
def test_a_ceiling_is_read_to_the_ore(read: Reader, written: str, amount: str) -> None:
    register = read(HEADER + ";takbelopp", f"A;B;;2024-01-01;2024-12-31;{written}")
    assert register.contracts["ceiling_sek"].to_list() == [Decimal(amount).quantize(Decimal(".01"))]


@pytest.mark.parametrize(
    "written", ["1.250", "1,250", "1.250.000", "5 MSEK", "1,25E+06", "-5", "0", "12 50", "100,005", "ja", "#N/A"]
)  # fmt: skip
def test_a_ceiling_that_is_not_clear_is_refused(read: Reader, written: str) -> None:
    with pytest.raises(InputError, match="row 2, column `takbelopp`"):
        read(HEADER + ";takbelopp", f"A;B;;2024-01-01;2024-12-31;{written}")


def test_an_excel_amount_never_passes_through_a_float(workspace: Workspace) -> None:
    head = ["avtal", "leverantör", "giltig från", "giltig till", "takbelopp"]
    day = date(2024, 1, 1)
    workbook(workspace.contracts / "a.xlsx", ("A", [head, ["A", "B", day, day, 0.1 + 0.2]]))
    register = read_register(workspace, RULES, KEY)
    assert register.contracts["ceiling_sek"].to_list() == [Decimal("0.30")]
    workbook(workspace.contracts / "a.xlsx", ("A", [head, ["A", "B", day, day, 1.005]]))
    with pytest.raises(InputError, match="parts of an öre"):
        read_register(workspace, RULES, KEY)


# ── what cannot be used ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("row", "column", "told"),
    [
        (";B;;2024-01-01;2024-12-31", "avtalsnummer", "no contract_id"),
        ("A;;;2024-01-01;2024-12-31", "leverantör", "no supplier_name"),
        ("A;B;;;2024-12-31", "giltig från", "no valid_from"),
        ("A;B;;2024-01-01;", "giltig till", "no valid_to"),
        ("A;B;;2024-12-31;2024-01-01", "giltig till", "ends (2024-01-01) before it starts"),
    ],
)
def test_a_row_without_what_it_needs_is_refused_by_name(
    read: Reader, row: str, column: str, told: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(HEADER, "X;Y;;2024-01-01;2024-12-31", row)
    assert f"contracts/avtal.csv, row 3, column `{column}`" in str(caught.value)
    assert told in str(caught.value)
    assert caught.value.exit_code == 3


def test_every_wrong_row_of_every_file_is_told_in_one_run(read: Reader) -> None:
    with pytest.raises(Problems):
        read(HEADER, "A;B;;x;2024-12-31", "B;C;;2024-01-01;y")
    with pytest.raises(Problems) as caught:
        read(HEADER, "C;D;;z;z", name="fler.csv")
    assert len(caught.value.errors) == 4


def refused(read: Reader, *lines: str, name: str = "avtal.csv") -> str:
    with pytest.raises((ComplianceError, Problems)) as caught:
        read(*lines, name=name)
    return str(caught.value)


def test_an_unknown_kind_names_the_nearest(read: Reader) -> None:
    told = refused(read, HEADER + ";avtalstyp", "A;B;;2024-01-01;2024-12-31;ramavtl")
    assert "`ramavtl` is no kind of contract" in told
    assert "did you mean `ramavtal`?" in told


def test_a_file_that_is_no_register_says_what_the_nearest_layout_lacks(read: Reader) -> None:
    told = refused(read, "avtalsnummer;leverantör;pris", "A;B;5")
    assert "no known register has these headers" in told
    assert "`standard` lacks valid_from, valid_to" in told


def test_a_misspelt_header_costs_no_ceiling(read: Reader) -> None:
    told = refused(read, HEADER + ";takbelop", "A;B;;2024-01-01;2024-12-31;5")
    assert "the column `takbelop` is not known" in told
    assert "did you mean `takbelopp`?" in told


def test_a_column_of_ones_own_is_left_alone_and_told(read: Reader) -> None:
    register = read(HEADER + ";Kommentar", "A;B;;2024-01-01;2024-12-31;hej")
    assert "the column `Kommentar` is not read" in register.hygiene["message"].to_list()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([HEADER, "A;B;;2024-01-01;2024-12-31", HEADER], "row 3: a second header"),
        ([HEADER + ";orgnr", "A;B;;2024-01-01;2024-12-31;"], "two columns say org_number"),
        ([HEADER], "a header and no rows"),
        ([HEADER, "A;B;;2024-01-01;2024-12-31;mer"], "row 2: the row has 6 cells, the header 5"),
        ([HEADER, 'A;"B;;2024-01-01;2024-12-31'], "row 2: a quoted cell does not end"),
    ],
)
def test_a_table_that_is_not_one_table_is_refused(
    read: Reader, lines: list[str], told: str
) -> None:
    assert told in refused(read, *lines)


def test_a_workbook_under_a_text_name_and_text_under_a_workbooks_name(
    workspace: Workspace, read: Reader
) -> None:
    workbook(workspace.contracts / "a.xlsx", ("A", [["x"]]))
    (workspace.contracts / "a.xlsx").rename(workspace.contracts / "a.csv")
    assert "Excel workbook with the name of a text file" in refused(read, HEADER)
    (workspace.contracts / "a.csv").unlink()
    (workspace.contracts / "avtal.csv").unlink()
    told = refused(read, HEADER, name="a.xlsx")
    assert "not the Excel workbook that its name says" in told


def test_no_folder_no_file_and_another_kind_of_file_are_refused(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="is empty"):
        read_register(workspace, RULES, KEY)
    (workspace.contracts / "avtal.pdf").write_bytes(b"%PDF")
    with pytest.raises(InputError, match="xlsx, xls or csv"):
        read_register(workspace, RULES, KEY)
    (workspace.contracts / "avtal.pdf").unlink()
    workspace.contracts.rmdir()
    with pytest.raises(InputError, match="no folder"):
        read_register(workspace, RULES, KEY)


def test_a_link_that_is_not_followed_is_refused(
    workspace: Workspace, read: Reader, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (workspace.contracts / "2023").symlink_to(tmp_path_factory.mktemp("share"))
    (workspace.contracts / "gone.csv").symlink_to("nowhere.csv")
    with pytest.raises(Problems) as caught:
        read(HEADER)
    assert [(error.at.file, error.what) for error in caught.value.errors] == [
        ("contracts/2023", "a link to a folder is not followed"),
        ("contracts/gone.csv", "a link to what is not there"),
    ]


def test_an_error_cell_is_no_empty_cell(workspace: Workspace) -> None:
    head = ["avtal", "leverantör", "giltig från", "giltig till", "takbelopp", "egen"]
    day = date(2024, 1, 1)
    path = workspace.contracts / "a.xlsx"
    workbook(path, ("Avtal & co", [head, ["A", "B", day, day, "=NA()", 1]]))
    with pytest.raises(InputError, match="row 2, column `takbelopp`: the cell holds an error"):
        read_register(workspace, RULES, KEY)
    # In a column that nobody reads it is nobody's business.
    workbook(path, ("Avtal & co", [head, ["A", "B", day, day, 5, "=NA()"]]))
    assert read_register(workspace, RULES, KEY).contracts.height == 1


def test_the_letters_of_windows_and_utf_16_are_read(workspace: Workspace) -> None:
    text = f"{HEADER}\r\nA;Åkeri;;2024-01-01;2024-12-31\r\n"
    for encoding in ("cp1252", "utf-16", "utf-8-sig"):
        (workspace.contracts / "a.csv").write_bytes(text.encode(encoding))
        names = read_register(workspace, RULES, KEY).suppliers["supplier_name"]
        assert names.to_list() == ["Åkeri"], encoding


# ── contracts, lots and parties ───────────────────────────────────────────────────────────────────


def test_several_parties_lots_and_files_make_one_register(read: Reader) -> None:
    head = (
        "avtalsnummer;delområde;leverantör;giltig från;giltig till;rang;takvolym;avropsberättigade"
    )
    read(
        head,
        "A;1;Ett AB;2024-01-01;2024-12-31;1;500;Skola",
        "A;1;Två AB;2024-01-01;2024-12-31;2;;",
        "A;2;Ett AB;2024-01-01;2025-12-31;;;",
        name="a.csv",
    )
    register = read(head, "B;;Två AB;2024-01-01;2024-12-31;;;alla", name="b.csv")
    assert register.contracts.select("contract_id", "lot", "ceiling_sek").rows() == [
        ("A", "1", Decimal("500.00")),
        ("A", "2", None),
        ("B", "", None),
    ]
    assert register.contract_parties.height == 4
    assert register.suppliers.height == 2
    assert register.files == ("contracts/a.csv", "contracts/b.csv")


def test_rows_of_one_contract_that_disagree_on_its_dates_are_refused(read: Reader) -> None:
    told = refused(read, HEADER, "A;B;;2024-01-01;2024-12-31", "A;C;;2024-01-01;2025-12-31")
    assert "row 3: contract A has valid_to 2025-12-31 here and 2024-12-31 on row 2" in told


def test_rows_that_disagree_are_refused_in_any_order_of_rows(read: Reader) -> None:
    head = HEADER + ";förlängd till;takvolym;uppsägningsdatum"
    lines = [
        "A;B;;2024-01-01;2024-12-31;;;",
        "A;C;;2024-01-01;2024-12-31;2025-06-30;100;2024-10-01",
        "A;D;;2024-01-01;2024-12-31;2025-12-31;900;2024-11-01",
    ]
    for order in permutations(lines):
        told = refused(read, head, *order)
        for name in ("extended_to", "ceiling_sek", "notice_date"):
            assert f"contract A has {name}" in told


def test_a_contract_in_other_letters_is_the_same_contract(read: Reader) -> None:
    head = HEADER + ";takvolym;omfattning;avropsberättigade;ersätter;delområde"
    register = read(
        head,
        "KS 1;Ett AB;;2024-01-01;2024-12-31;100;account:65;Skola;;Del A",
        "ks  1;Två AB;;2024-01-01;2024-12-31;;account:66;Vård;;del a",
        "Ks 1;Tre AB;;2024-01-01;2024-12-31;;account:66;;;B",
        "KS 2;Ett AB;;2025-01-01;2025-12-31;;account:65;;kS 1;",
    )
    keys = [("KS 1", "B"), ("KS 1", "Del A"), ("KS 2", "")]
    assert register.contracts.select("contract_id", "lot").rows() == keys
    for frame in (register.contract_parties, register.contract_scopes, register.contract_units):
        assert set(frame.select("contract_id", "lot").rows()) <= set(keys)
    assert register.contract_parties.filter(pl.col("lot") == "Del A").height == 2
    assert set(register.contract_units["unit"]) == {"Skola", "Vård"}
    assert register.contracts["replaces"].to_list() == [None, None, "KS 1"]
    assert ("KS 1", 3, "rows_differ") in problems(register)
    assert "replaces_unknown" not in register.hygiene["check"].to_list()


def test_letters_of_two_signs_are_the_ledgers_letters(read: Reader) -> None:
    register = read(
        HEADER + ";avropsberättigade;ersätter",
        *(
            unicodedata.normalize("NFD", line)
            for line in (
                "KÖP-1;Ängö Åkeri;;2024-01-01;2024-12-31;Förskola söder;",
                "KÖP-2;Ängö Åkeri;;2025-01-01;2025-12-31;;KÖP-1",
            )
        ),
    )
    assert register.contracts["contract_id"].to_list() == ["KÖP-1", "KÖP-2"]
    assert register.contracts["replaces"].to_list() == [None, "KÖP-1"]
    assert register.contract_units["unit"].to_list() == ["Förskola söder"]
    assert register.suppliers["supplier_name"].to_list() == ["Ängö Åkeri"]


def test_rows_that_disagree_are_refused_whatever_the_letters_of_the_number(read: Reader) -> None:
    head = HEADER + ";takvolym"
    told = refused(
        read, head, "KS 1;B;;2024-01-01;2024-12-31;100", "ks 1;C;;2024-01-01;2024-12-31;200"
    )
    assert "row 3: contract KS 1 has ceiling_sek 200.00 here and 100.00 on row 2" in told


def test_a_row_without_kind_says_nothing_of_it(read: Reader) -> None:
    head = HEADER + ";avtalstyp"
    framework, bare = "A;B;;2024-01-01;2024-12-31;ramavtal", "A;C;;2024-01-01;2024-12-31;"
    for order in permutations([framework, bare]):
        assert read(head, *order).contracts["kind"].to_list() == ["framework"]
    assert read(head, bare).contracts["kind"].to_list() == ["contract"]
    told = refused(read, head, framework, bare + "avtal")
    assert "contract A has kind contract here and framework on row 2" in told


def test_a_row_of_another_file_is_named_with_it(read: Reader) -> None:
    head = HEADER + ";benämning"
    read(head, "A;B;;2024-01-01;2024-12-31;Städ", name="a.csv")
    register = read(head, "a;B;;2024-01-01;2024-12-31;Fönster", name="b.csv")
    told = register.hygiene.filter(pl.col("path") == "contracts/b.csv")["message"].to_list()
    assert "title differs from row 2 of contracts/a.csv" in told
    assert "the same party as on row 2 of contracts/a.csv" in told
    assert "written otherwise than on row 2 of contracts/a.csv; it is one contract" in told


def test_two_profiles_of_one_id_are_named_with_their_files(workspace: Workspace) -> None:
    (workspace.contracts / "a.csv").write_text(f"{HEADER}\nA;B;;2024-01-01;2024-12-31\n", "utf-8")
    folder = workspace.rules / "registers"
    shutil.copytree(shipped("rules") / "registers", folder)
    shutil.copy(folder / "mercell.toml", folder / "zz.toml")
    with pytest.raises(RuleError, match="the id `mercell` is used twice") as caught:
        read_register(workspace, RULES, KEY)
    assert str(caught.value.at) == "rules/registers/zz.toml, key `id`"
    assert caught.value.why == "rules/registers/mercell.toml has it too"


def test_a_party_without_units_lets_every_unit_in(read: Reader) -> None:
    head = HEADER + ";avropsberättigade"
    register = read(
        head, "A;B;;2024-01-01;2024-12-31;Skola", "A;C;;2024-01-01;2024-12-31;",
        "D;B;;2024-01-01;2024-12-31;Skola", "D;C;;2024-01-01;2024-12-31;skola;".removesuffix(";"),
    )  # fmt: skip
    assert register.contract_units.rows() == [("D", "", "Skola")]
    assert ("A", 3, "rows_differ") in problems(register)


def test_the_same_party_twice_is_told_and_counted_once(read: Reader) -> None:
    row = "A;B;;2024-01-01;2024-12-31"
    register = read(HEADER, row, row)
    assert register.contract_parties.height == 1
    assert ("A", 3, "duplicate_row") in problems(register)


@pytest.mark.parametrize("last", ["K;B;;2024-01-01;2024-12-31", "K;B;;2024-01-01;2024-12-31;av"])
def test_a_file_that_breaks_off_in_a_row_is_refused(workspace: Workspace, last: str) -> None:
    head = HEADER + ";avtalstyp;takbelopp"
    file, whole = workspace.contracts / "a.csv", "A;B;;2024-01-01;2024-12-31;avtal;125000"
    file.write_text(f"{head}\n{whole}\n{last}", "utf-8")
    with pytest.raises(InputError, match="the file breaks off in this row") as refused:
        read_register(workspace, RULES, KEY)
    assert str(refused.value.at) == "contracts/a.csv, row 3"
    for ended in (f"{head}\n{whole}", f"{head}\n{last.removesuffix('av')}\n"):
        file.write_text(ended, "utf-8")
        assert read_register(workspace, RULES, KEY).contracts.height == 1


def test_a_file_that_ends_in_a_ceiling_says_so(workspace: Workspace) -> None:
    file, head = workspace.contracts / "a.csv", HEADER + ";takbelopp"
    for end, told in (("125", True), ("", False), ("125\n", False)):
        file.write_text(f"{head}\nA;B;;2024-01-01;2024-12-31;{end}", "utf-8")
        found = problems(read_register(workspace, RULES, KEY))
        assert (("A", 2, "unended_row") in found) == told


def test_a_list_in_a_cell_is_no_other_way_to_part_the_register(read: Reader) -> None:
    row = "{},B,,2024-01-01,2024-12-31,65;41;70;71;72;73;74;75;76;77"
    head = HEADER.replace(";", ",") + ",omfattning"
    register = read(head, *(row.format(id) for id in "ACDEFGHIJKLMNO"))
    assert register.contracts.height == 14


# ── suppliers ─────────────────────────────────────────────────────────────────────────────────────


def test_one_number_in_any_spelling_is_one_supplier(read: Reader) -> None:
    numbers = ["556016-0680", "5560160680", "165560160680", "SE556016068001", "556016 0680"]
    register = read(HEADER, *(f"A{n};E;{no};2024-01-01;2024-12-31" for n, no in enumerate(numbers)))
    assert register.suppliers["org_number"].to_list() == ["5560160680"]


def test_a_row_without_number_follows_the_one_number_its_name_has(read: Reader) -> None:
    register = read(
        HEADER, "A;Ericsson AB;556016-0680;2024-01-01;2024-12-31", "B;ERICSSON  AB;;2024-01-01;2024-12-31"
    )  # fmt: skip
    assert register.contract_parties["supplier_id"].n_unique() == 1
    assert ("B", 3, "org_number_from_other_row") in problems(register)


def test_missing_and_wrong_numbers_are_told_by_row(read: Reader) -> None:
    register = read(HEADER, "A;B;;2024-01-01;2024-12-31", "C;D;556016-06;2024-01-01;2024-12-31")
    assert {("A", 2, "no_org_number"), ("C", 3, "wrong_org_number")} <= problems(register)
    assert register.suppliers["org_number"].to_list() == [None, None]


def test_a_name_with_two_numbers_lends_neither(read: Reader) -> None:
    register = read(
        HEADER,
        "A;E;556016-0680;2024-01-01;2024-12-31",
        "B;E;559890-5148;2024-01-01;2024-12-31",
        "C;E;;2024-01-01;2024-12-31",
    )
    assert register.suppliers.height == 3
    assert ("C", 4, "no_org_number") in problems(register)


def test_a_mistyped_number_yields_to_the_sound_one_of_the_same_name(read: Reader) -> None:
    register = read(
        HEADER, "A;E;556016-0680;2024-01-01;2024-12-31", "B;E;556016-0681;2024-01-01;2024-12-31"
    )
    assert register.suppliers["org_number"].to_list() == ["5560160680"]
    assert ("B", 3, "wrong_org_number") in problems(register)
    alone = read(HEADER, "B;E;556016-0681;2024-01-01;2024-12-31")
    assert alone.suppliers["org_number"].to_list() == ["5560160681"]


def test_a_sole_trader_is_a_person_and_its_id_needs_the_key(
    read: Reader, workspace: Workspace
) -> None:
    line = "A;Anna Andersson;811228-9874;2024-01-01;2024-12-31"
    register = read(HEADER, line)
    assert register.suppliers["is_person"].to_list() == [True]
    other = read_register(workspace, RULES, b"x" * 32)
    assert other.suppliers["supplier_id"].to_list() != register.suppliers["supplier_id"].to_list()
    told = " ".join(register.hygiene["message"].to_list())
    assert "9874" not in told
    assert "Anna" not in told


def test_supplier_ids_do_not_depend_on_order_or_file(read: Reader) -> None:
    lines = ["A;Ett AB;;2024-01-01;2024-12-31", "B;Två AB;556016-0680;2024-01-01;2024-12-31"]
    one, two = read(HEADER, *lines), read(HEADER, *reversed(lines))
    assert one.suppliers.equals(two.suppliers)
    assert all(len(id) == 12 and id[0] == "S" for id in one.suppliers["supplier_id"])


# ── hygiene ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("extra", "row", "check"),
    [
        ("avtalstyp", "A;B;;2020-01-01;2023-12-31;ramavtal", "no_ceiling"),
        ("avtalstyp", "A;B;;2020-01-01;2024-01-01;ramavtal", "over_four_years"),
        ("förlängd till", "A;B;;2020-01-01;2023-12-31;2022-01-01", "extended_before_end"),
        ("slutdatum_max", "A;B;;2020-01-01;2023-12-31;2022-01-01", "max_end_before_end"),
        ("uppsägningsdatum", "A;B;;2020-01-01;2023-12-31;2024-01-01", "notice_after_end"),
        ("omfattning", "A;B;;2020-01-01;2023-12-31;", "no_scope"),
        ("omfattning", "A;B;;2020-01-01;2023-12-31;livsmedl", "unknown_scope"),
        ("omfattning", "A;B;;2020-01-01;2023-12-31;account:6x", "unknown_scope"),
        ("omfattning", "A;B;;2020-01-01;2023-12-31;cpv:3", "unknown_scope"),
        ("ersätter", "A;B;;2020-01-01;2023-12-31;Z", "replaces_unknown"),
    ],
)
def test_what_is_odd_is_told_by_row(read: Reader, extra: str, row: str, check: str) -> None:
    assert ("A", 2, check) in problems(read(f"{HEADER};{extra}", row))


def test_a_contract_number_that_reads_as_a_personal_number_is_told(read: Reader) -> None:
    register = read(
        HEADER, "19731008-9789;B;;2020-01-01;2023-12-31", "2021-04;C;;2020-01-01;2023-12-31"
    )
    told = [(key, check) for key, _, check in problems(register) if check == "personal_contract_id"]
    assert told == [("19731008-9789", "personal_contract_id")]


def test_an_extension_that_ends_earlier_shortens_nothing(read: Reader) -> None:
    register = read(HEADER + ";förlängd till", "A;B;;2020-01-01;2023-12-31;2022-01-01")
    assert register.contracts["last_day"].to_list() == [date(2023, 12, 31)]


def test_four_years_to_the_day_are_not_over_four_years(read: Reader) -> None:
    register = read(HEADER + ";avtalstyp", "A;B;;2020-01-01;2023-12-31;ramavtal")
    assert ("A", 2, "over_four_years") not in problems(register)


def test_a_direct_award_is_held_against_the_limit_of_its_first_day(read: Reader) -> None:
    register = read(
        HEADER + ";avtalstyp;takbelopp",
        "A;B;;2021-12-31;2022-12-31;direktupphandling;615 313",
        "C;B;;2022-02-01;2022-12-31;direktupphandling;700 000",
    )
    assert ("A", 2, "direct_award_over_limit") in problems(register)
    assert ("C", 3, "direct_award_over_limit") not in problems(register)


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("IT", True),
        ("CARE-YOUTH", False),
        ("cpv:85311300", False),
        ("account:4634", False),
        ("account:46345", False),
        ("account:4639", True),
        ("IT;CARE-YOUTH", False),
        ("", True),
    ],
)
def test_a_direct_award_is_held_against_the_highest_limit_in_its_scope(
    scope: str,
    told: bool,
    read: Reader,
) -> None:
    register = read(
        HEADER + ";avtalstyp;takbelopp;omfattning",
        f'A;B;;2024-01-01;2024-12-31;direktupphandling;800 000;"{scope}"',
    )
    assert (("A", 2, "direct_award_over_limit") in problems(register)) == told


def test_a_direct_award_whose_limit_is_not_known_in_kronor_is_not_over_it(read: Reader) -> None:
    register = read(
        HEADER + ";avtalstyp;takbelopp;omfattning",
        "A;B;;2026-01-01;2026-12-31;direktupphandling;90 000 000;CARE-YOUTH",
    )
    assert ("A", 2, "direct_award_over_limit") not in problems(register)


def test_ranks_that_are_missing_or_doubled_are_told(read: Reader) -> None:
    rows = [
        f"A;{name};;2024-01-01;2024-12-31;{rank}" for name, rank in (("B", 1), ("C", 1), ("D", ""))
    ]
    register = read(HEADER + ";rangordning", *rows)
    assert {("A", 2, "same_rank"), ("A", 3, "same_rank"), ("A", 4, "no_rank")} <= problems(register)


def test_contracts_that_overlap_are_told_unless_one_follows_the_other(read: Reader) -> None:
    head = HEADER + ";omfattning;ersätter"
    register = read(
        head,
        "A;B;;2024-01-01;2024-12-31;IT;",
        "C;B;;2024-12-31;2025-12-31;IT-SERVICES;",
        "D;B;;2025-12-31;2026-12-31;IT;C",
    )
    assert {row for row in problems(register) if row[2] == "overlapping"} == {
        ("C", 3, "overlapping")
    }


def test_the_check_lists_errors_or_hygiene_and_raises_nothing(
    workspace: Workspace, read: Reader
) -> None:
    errors, odd = register_check(workspace, RULES)
    assert len(errors) == 1
    assert not odd
    read(HEADER, "A;B;;2024-01-01;2024-12-31")
    errors, odd = register_check(workspace, RULES)
    assert not errors
    assert {row["check"] for row in odd} == {"no_org_number", "no_scope"}


def test_every_row_is_a_party_or_a_duplicate(read: Reader) -> None:
    lines = [f"A{n % 7};B{n % 5};;2024-01-01;2024-12-31" for n in range(70)]
    register = read(HEADER, *lines)
    doubled = register.hygiene.filter(pl.col("check") == "duplicate_row").height
    assert register.contract_parties.height + doubled == 70


# ── other systems' layouts ────────────────────────────────────────────────────────────────────────


def test_e_avrop_has_its_header_on_row_four_and_its_rank_in_free_text(workspace: Workspace) -> None:
    ranked = "Rangordnat avtal Rang:{} Gräns då konkurrensutsättning inträder 1000000 kr"
    workbook(
        workspace.contracts / "e-avrop.xlsx",
        (
            "Statistik",
            [
                ["Statistik"],
                ["Exempelkommunen"],
                ["Utskriven", "2026-01-01"],
                ["Organisation", "Diarie", "Kategori", "Varugrupp", "Fr.o.m.", "T.o.m.", "Leverantör", "Orgnr", "Avtalsform"],
                ["Exempel", "KS 1", "Varor", "Livsmedel", "2024-01-01", "2025-12-31", "Ett AB", "556016-0680", ranked.format(3)],
                ["Exempel", "KS 1", "Varor", "Livsmedel", "2024-01-01", "2025-12-31", "Två AB", "", ranked.format(1)],
                ["Exempel", "KS 1", "Varor", "Bröd", "2024-01-01", "2024-12-31", "Ett AB", "556016-0680", "Okänd form"],
            ],
        ),
    )  # fmt: skip
    register = read_register(workspace, RULES, KEY)
    assert register.contracts.select("contract_id", "lot", "kind", "last_day").rows() == [
        ("KS 1", "Bröd", "contract", date(2024, 12, 31)),
        ("KS 1", "Livsmedel", "framework", date(2025, 12, 31)),
    ]
    assert register.contract_parties["rank"].to_list() == [None, 3, 1]
    assert register.contract_scopes["prefix"].to_list() == ["FOOD-BREAD", "FOOD-GROCERIES"]
    assert ("", 7, "unknown_kind") in problems(register)


def test_mercell_has_a_stamp_a_period_in_words_and_no_org_numbers(workspace: Workspace) -> None:
    path = workspace.contracts / "mercell.xlsx"
    rows: list[list[object]] = [
        ["Mercell Commerce - uttaget 20260616"],
        ["Avtal", "Leverantör", "Avtalstyp", "Avtalsperiod"],
        ["Städmaterial 2019", "Ett AB", "Ramavtal", "2019-06-01 - 2026-09-30"],
        ["Konsult", "Två AB", "Direktupphandling", "2025-01-01 - tills vidare"],
    ]
    workbook(path, ("Blad1", [["Läs mig"]]), ("Blad2", rows))
    register = read_register(workspace, RULES, KEY)
    assert register.contracts.select("contract_id", "kind", "valid_from", "valid_to").rows() == [
        ("Konsult", "direct_award", date(2025, 1, 1), date(2099, 12, 31)),
        ("Städmaterial 2019", "framework", date(2019, 6, 1), date(2026, 9, 30)),
    ]
    assert register.suppliers["org_number"].to_list() == [None, None]
    assert "sheet `Blad1` has no register header and was not read" in register.hygiene["message"]
    workbook(path, ("Blad2", [*rows, ["X", "Tre AB", "Ramavtal", "2019 - 2020"]]))
    with pytest.raises(InputError, match="`2019 - 2020` is not written as `mercell` does"):
        read_register(workspace, RULES, KEY)


def test_goteborg_keeps_unused_options_out_of_validity(workspace: Workspace) -> None:
    workbook(
        workspace.contracts / "goteborg.xlsx",
        (
            "Avtal",
            [
                ["Avtalsnummer_Original", "Leverantörsnamn_Original", "Leverantör_Organisationsnummer_Original", "Avtalstyp", "Beställningsgrupp", "Delområden", "Startdatum_Avtal", "Slutdatum_Avtal", "Slutdatum_Avtal_Max", "Avtalsförlängning_Avtal", "Rangordning"],
                ["4600001", "Ett AB", 5560160680, "Ramavtal", "Kontorsmaterial", "Norr", date(2024, 1, 1), date(2025, 12, 31), date(2027, 12, 31), 24, 1],
            ],
        ),
    )  # fmt: skip
    register = read_register(workspace, RULES, KEY)
    row = register.contracts.row(0, named=True)
    assert (row["last_day"], row["max_end"]) == (date(2025, 12, 31), date(2027, 12, 31))
    assert register.suppliers["org_number"].to_list() == ["5560160680"]


def test_huddinge_keeps_expired_contracts_on_the_second_sheet(workspace: Workspace) -> None:
    head: list[object] = ["Diarie", "Kategori", "Varugrupp", "Undergrupp", "Fr.o.m.", "T.o.m.", "Leverantör", "Orgnr"]  # fmt: skip
    workbook(
        workspace.contracts / "huddinge.xlsx",
        ("Blad1", [head, ["H 1", "Varor", "Mat", "Bröd", "2024-01-01", "2025-12-31", "Ett_x000D_\nAB", "556016-0680"]]),
        ("Blad2", [head, ["H 0", "Varor", "Mat", "Bröd", "2020-01-01", "2023-12-31", "Ett AB", "556016-0680"]]),
    )  # fmt: skip
    register = read_register(workspace, RULES, KEY)
    assert register.contracts["contract_id"].to_list() == ["H 0", "H 1"]
    assert register.contracts["kind"].unique().to_list() == ["framework"]
    assert register.suppliers["supplier_name"].to_list() == ["Ett AB"]


def test_an_error_cell_of_an_old_workbook_is_known_as_in_a_new_one() -> None:
    path = Path(__file__).parent / "loading" / "xls" / "error-cell.xls"
    with confined() as room:
        (sheet,) = read_sheets(path, path.name, room)
    assert sheet.unreadable(3, 3) == (
        "the cell holds an error of the spreadsheet",
        "open the workbook in Excel, mend the cell and save",
    )


def test_a_ceiling_merged_over_two_contracts_is_refused_by_cell(workspace: Workspace) -> None:
    header = ["avtalsnummer", "leverantör", "giltig från", "giltig till", "takbelopp"]
    book = xlsxwriter.Workbook(str(workspace.contracts / "a.xlsx"))
    sheet = book.add_worksheet("Avtal")
    sheet.write_row(0, 0, header)
    for row, id in enumerate("AC", start=1):
        sheet.write_row(row, 0, [id, f"{id} AB", "2024-01-01", "2024-12-31"])
    sheet.merge_range(1, 4, 2, 4, 500_000)
    book.close()
    with pytest.raises(InputError, match="row 3, column `takbelopp`: the cell holds a cell merged"):
        read_register(workspace, RULES, KEY)


def test_what_is_wrong_on_a_later_sheet_is_told_beside_what_is_wrong_on_the_first(
    workspace: Workspace,
) -> None:
    header = ["avtalsnummer", "leverantör", "giltig från", "giltig till"]
    wrong = ["A", "E AB", "2024-01-01", "snart"]
    workbook(workspace.contracts / "a.xlsx", ("Ett", [header, wrong]), ("Två", [header, wrong]))
    with pytest.raises(Problems) as caught:
        read_register(workspace, RULES, KEY)
    assert [error.at.file.rpartition(" ")[2] for error in caught.value.errors] == ["`Ett`", "`Två`"]
