"""One row of the register is one party: a row that names more is an error that says which row."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from compliance.cli import main
from compliance.inspection import FIXES
from compliance.register import read_register
from compliance.register_parties import companies, several_parties
from compliance.rules import read_rules
from compliance.scaffold import scaffold
from compliance.shipped import shipped
from compliance.workspace import Settings, Workspace

TWO = "Björkens HVB AB\nTallens HVB AB", "556700-0095\n556700-0103"


def told(tmp_path: Path, name: str, number: str) -> list[tuple[int, str, str]]:
    """Write the row into a workbook, read it as a register, and give what is said of its cells."""
    (tmp_path / "contracts").mkdir()
    register_file(tmp_path / "contracts" / "avtal.xlsx", name, number)
    workspace = Workspace(tmp_path, Settings(name="Exempel"))
    hygiene = read_register(workspace, read_rules(shipped("rules")), b"k" * 32).hygiene
    rows = hygiene.select("row", "severity", "message", "check").rows()
    return [(row, severity, said) for row, severity, said, check in rows if check == CHECK]


def register_file(path: Path, name: str, number: str, scope: str = "6500") -> None:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Avtal")
    sheet.write_row(
        0, 0, ("avtal", "leverantör", "orgnr", "giltig från", "giltig till", "omfattning")
    )
    sheet.write_row(1, 0, ("A", name, number, "2024-01-01", "2026-12-31", f"konto:{scope}"))
    book.close()


CHECK = "several_parties"


def test_two_lines_in_a_cell_are_two_parties_and_an_error(tmp_path: Path) -> None:
    said = (
        "the row names 2 companies and 2 organisation numbers (556700-0095, 556700-0103); "
        "of the numbers one counts: give each party a row of its own"
    )
    assert told(tmp_path, *TWO) == [(2, "error", said)]


@pytest.mark.parametrize(
    ("number", "severity"),
    [
        ("556016-0680", None),
        ("556016-0680 / SE556016068001", None),
        ("556016-0680, 5567000103", "error"),
        ("556016-0680 och 556700-0103", "error"),
        ("5560160680 5567000103", "error"),
        ("556016 0680", None),
        ("556016-0680, 5567000104", "warning"),
        ("", None),
    ],
)
def test_of_several_numbers_those_that_check_are_an_error(
    number: str, severity: str | None
) -> None:
    said = several_parties("E AB", number)
    assert (said and said[1]) == severity


@pytest.mark.parametrize("person", ["670203-2384", "670203-2385"])
def test_a_persons_number_is_not_repeated(person: str) -> None:
    message, _ = several_parties("E AB", f"556016-0680; {person}") or ("", "")
    assert "a person's" in message
    assert "2384" not in message
    assert "2385" not in message


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("Granåsa Bygg AB; Byggmästarna AB", 2),
        ("Städ Nord HB, Städ Syd AB och Renhållning Väst AB", 3),
        ("AB Volvo och AB SKF", 2),
        ("Schenker AB / DHL Freight AB", 2),
        ("Lantbruk Ek. för.; Bygg Norge A/S", 2),
        ("Bygg AB; BYGG AB", 1),
        ("Andersson och Söner AB", 1),
        ("Kommanditbolaget Sjö & Bolag Sjö AB", 1),
        ("Handelsbolaget Karlsson och Berg HB", 1),
        ("Nya Bolaget AB, f.d. Gamla Bolaget AB", 1),
        ("Advokatbyrån Ek KB, Box 1, 111 11 Stockholm", 1),
        ("Sveriges Bygg AB (publ)", 1),
        ("Anna Ek, Erik Skog", 0),
    ],
)
def test_companies_are_counted_by_their_legal_forms(name: str, count: int) -> None:
    assert len(companies(name)) == count


@pytest.mark.parametrize(
    ("name", "number", "scope"),
    [(*TWO, "6500"), ("E AB", "556016-0680", "Möbler")],
    ids=["several_parties", "unknown_scope"],
)
def test_check_fails_on_an_error_in_the_register_and_says_its_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, number: str, scope: str
) -> None:
    scaffold(tmp_path / "w", demo=False)
    register_file(tmp_path / "w" / "contracts" / "avtal.xlsx", name, number, scope)
    (tmp_path / "w" / "ledger" / "l.csv").write_text(
        "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;"
        "bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr\n"
        "2120001967;K;1;E AB;556016-0680;6500;t;2024-01-31;S;1;100.00;;;1880;\n"
    )
    code = main(["check", str(tmp_path / "w")])
    out, err = capsys.readouterr()
    assert code == 3
    assert "error:" not in out
    assert "error: contracts/avtal.xlsx, row 2: A: " in err
    assert any(f"fix: {fix}" in err for fix in FIXES.values())
