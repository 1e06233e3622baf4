"""A report says which day decides as the policy that made its figures has it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest
import toy
from lxml import html as lxml_html

from compliance.report.facts import Facts
from compliance.report.month import write
from compliance.report.vocabulary import DAYS
from compliance.rules import DATE_BASES

ROOT = Path(__file__).resolve().parents[2]
SMALL = toy.World(months=2, lines_a_month=10, departments=toy.DEPARTMENTS[:1])
FIRST = {
    ("order", "en"): "The order date where it is known",
    ("order", "sv"): "Beställningsdatum om det är känt",
    ("delivery", "en"): "The delivery date where it is known",
    ("delivery", "sv"): "Leveransdatum om det är känt",
    ("invoice", "en"): "The invoice date where it is known",
    ("invoice", "sv"): "Fakturadatum om det är känt",
    ("booking", "en"): "The booking date where it is known",
    ("booking", "sv"): "Bokföringsdatum om det är känt",
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.build(tmp_path_factory.mktemp("method") / "toy.duckdb", SMALL)


def test_every_basis_has_its_sentence() -> None:
    assert {*DAYS} == {*DATE_BASES} == {basis for basis, _ in FIRST}


@pytest.mark.parametrize(("basis", "lang"), FIRST)
def test_page_and_workbook_say_the_day_that_decides(
    database: Path, tmp_path: Path, basis: str, lang: str
) -> None:
    with duckdb.connect(str(database)) as db:
        db.execute("update build_info set date_basis = $basis", {"basis": basis})
    month = date(2026, 10, 1)
    facts = Facts("K", language=lang)
    written = write(toy.ask_of(database), tmp_path, [ROOT / "reports"], facts, month, lang)
    page = lxml_html.parse(str(written.report)).getroot().text_content()
    book = openpyxl.load_workbook(written.workbook)
    entries = [row[1] for row in book.worksheets[-1].iter_rows(values_only=True) if row[1]]
    told = {said: [said in page, any(said in each for each in entries)] for (_, language), said
            in FIRST.items() if language == lang}  # fmt: skip
    assert told == {
        FIRST[other, lang]: [other == basis] * 2 for other, language in FIRST if language == lang
    }
