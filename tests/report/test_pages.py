"""A page for every world: it reads right, its numbers are the database's, its words are whole."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import toy
from lxml import html as lxml_html

from compliance.errors import RuleError
from compliance.report.facts import Facts, Reader
from compliance.report.month import write
from compliance.report.paths import letter_name, page_name, workbook_name

REPORTS = Path(__file__).resolve().parents[2] / "reports"
OCTOBER = date(2026, 10, 1)
FACTS = Facts(
    "Björkviks kommun",
    contact="upphandling@bjorkvik.example",
    categories=toy.CATEGORIES,
    exclusions={"X01": ("Löner och pensioner", "Salaries and pensions")},
    readers={name: Reader(name, "Åsa Öberg", "asa@bjorkvik.example") for name in toy.DEPARTMENTS},
)


@pytest.fixture(scope="session")
def october(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.build(tmp_path_factory.mktemp("toy") / "toy.duckdb")


def page(database: Path, output: Path, month: date = OCTOBER, lang: str = "sv") -> str:
    written = write(toy.ask_of(database), output, [REPORTS], FACTS, month, lang)
    return written.report.read_text("utf-8")


def test_the_page_is_the_same_bytes_when_made_again(october: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(toy.ask_of(october), tmp_path / name, [REPORTS], FACTS, OCTOBER, "sv")
    first = sorted((tmp_path / "one").rglob("*.*"))
    assert {path.suffix for path in first} == {".html", ".eml", ".xlsx"}
    assert len(first) == 1 + 2 + 3 * len(toy.DEPARTMENTS)
    for path in first:
        again = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == again.read_bytes(), path.name


WORDS = """/*
title: Own
title_sv: Eget
lead: For {year}.
lead_sv: För {year}.
empty: Nothing.
empty_sv: Inget.
*/
"""


def own(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """A workspace's reports/ with one file of its own."""
    file = folder / "reports" / name
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding)
    return folder / "reports"


@pytest.mark.parametrize(
    ("name", "select", "told"),
    [
        ("sections/45_own.sql", "select no_such from purchases", "no_such"),
        ("sections/45_own.sql", "select 'many' as total_sek", "total_sek|many|Invalid|Conversion"),
        ("sections/10_figure.sql", "select 1 as one, date '2026-10-01' as period", "KeyError"),
        ("evidence/45_own.sql", "select unit, amount_sek from purchases", "column `department`"),
        ("evidence/45_own.sql", "select department, 'x' as own_sek from purchases", "own_sek"),
        ("evidence/10_month.sql", "select department, unit from purchases", "KeyError"),
        ("sections/45_own.sql", "select 'ö' as unit", "not UTF-8"),
        ("evidence/45_own.sql", "select 'ö' as unit", "not UTF-8"),
    ],
)
def test_a_file_of_a_workspaces_reports_that_cannot_be_used_is_named(
    october: Path, tmp_path: Path, name: str, select: str, told: str
) -> None:
    encoding = "latin-1" if told == "not UTF-8" else "utf-8"
    reports = own(tmp_path, name, WORDS + select, encoding)
    with pytest.raises(RuleError, match=f"reports/{name}") as error:
        write(toy.ask_of(october), tmp_path / "out", [REPORTS, reports], FACTS, OCTOBER, "sv")
    assert re.search(told, str(error.value)), error.value


@pytest.mark.parametrize("name", ["sections/45_own.html.j2", "report.html.j2"])
def test_a_template_that_is_not_utf_8_is_named(october: Path, tmp_path: Path, name: str) -> None:
    reports = own(tmp_path, f"templates/{name}", "<p>ö</p>", "latin-1")
    if name != "report.html.j2":
        (reports / "sections").mkdir()
        (reports / "sections/45_own.sql").write_text(f"{WORDS}select 1 as one")
        (reports / f"templates/{name}").rename(reports / "templates/sections/own.html.j2")
        name = "sections/own.html.j2"
    with pytest.raises(RuleError, match=f"templates/{name}"):
        write(toy.ask_of(october), tmp_path / "out", [REPORTS, reports], FACTS, OCTOBER, "sv")


def test_an_evidence_sheets_words_may_name_the_year(october: Path, tmp_path: Path) -> None:
    reports = own(tmp_path, "evidence/45_own.sql", f"{WORDS}select department, unit from purchases")
    written = write(toy.ask_of(october), tmp_path / "out", [REPORTS, reports], FACTS, OCTOBER, "sv")
    book = openpyxl.load_workbook(written.workbook)
    assert "För 2026." in {cell.value for row in book["Eget"].iter_rows() for cell in row}


def test_the_figure_can_be_removed(october: Path, tmp_path: Path) -> None:
    reports = own(tmp_path, "sections/10_figure.sql", "")
    write(toy.ask_of(october), tmp_path / "out", [REPORTS, reports], FACTS, OCTOBER, "sv")


def test_without_the_sheet_of_postings_the_summary_says_what_the_letter_says(
    october: Path, tmp_path: Path
) -> None:
    reports = own(tmp_path, "evidence/10_month.sql", "")
    written = write(toy.ask_of(october), tmp_path / "out", [REPORTS, reports], FACTS, OCTOBER, "sv")
    [row] = toy.ask_of(october)(
        "select * from kpi_monthly where period = $month", {"month": OCTOBER}
    )
    said = {
        line[0].value: line[1].value
        for line in openpyxl.load_workbook(written.workbook).worksheets[0]
    }
    assert Decimal(str(said["På avtal"])) == row["covered_sek"]
    assert Decimal(str(said["Utan giltigt avtal"])) == row["uncovered_sek"]
    assert "Räknas inte" not in said


def test_what_an_earlier_run_wrote_for_others_is_gone(october: Path, tmp_path: Path) -> None:
    folder = tmp_path / "2026-10"
    first = write(toy.ask_of(october), tmp_path, [REPORTS], FACTS, OCTOBER, "sv")
    kept = {path.name for path in folder.iterdir()}
    gone, silent = "Nedlagda förvaltningen", toy.DEPARTMENTS[0]
    for name in (letter_name(gone), page_name(gone, "sv", "sv"), page_name(gone, "en", "sv")):
        (folder / name).write_text("old")
    (folder / workbook_name(gone, "sv", "sv")).write_text("old")
    own = {
        "report-anteckningar.html",
        "letter-x.txt",
        "report-1a2b3c.pdf",
        page_name(silent, "en", "sv"),
    }
    for name in own:
        (folder / name).write_text("somebody's own, or asked for")
    readers = {name: reader for name, reader in FACTS.readers.items() if name != silent}
    facts = replace(FACTS, readers=readers)
    again = write(toy.ask_of(october), tmp_path, [REPORTS], facts, OCTOBER, "sv")
    assert first.letters.keys() - again.letters.keys() == {silent}
    assert {path.name for path in folder.iterdir()} == (kept | own) - {letter_name(silent)}


def test_pages_in_another_language_follow_the_report_that_is_written(
    october: Path, tmp_path: Path
) -> None:
    """Else the contents page says one figure, and leads to a page with another."""
    folder = tmp_path / "2026-10"
    write(toy.ask_of(october), tmp_path, [REPORTS], FACTS, OCTOBER, "sv")
    names = [f"{kind}{end}" for kind, end in (("report", ".html"), ("evidence", ".xlsx"))]
    names += [page_name(one, "sv", "sv") for one in toy.DEPARTMENTS]
    fresh = {name: (folder / name).read_bytes() for name in names}
    for name in names:  # of an earlier report of the month
        number = re.compile(rb"2026-10/[0-9a-f]{8}")
        old = number.sub(b"2026-10/00000000", fresh[name])
        (folder / name).write_bytes(old if name.endswith(".html") else b"old")
    silent = replace(FACTS, readers={})
    write(toy.ask_of(october), tmp_path, [REPORTS], silent, OCTOBER, "en")
    assert {name: (folder / name).read_bytes() for name in names} == fresh
    assert "report.html" in (tmp_path / "index.html").read_text("utf-8")


def test_the_headline_says_the_months_share_against_the_target(
    october: Path, tmp_path: Path
) -> None:
    tree = lxml_html.fromstring(page(october, tmp_path))
    [row] = toy.ask_of(october)(
        "select * from kpi_monthly where period = $month", {"month": OCTOBER}
    )
    share = f"{row['uncovered_share'] * 100:.1f}".replace(".", ",") + "\u00a0%"
    assert share in tree.find(".//h1").text_content()
    assert "högst 12\u00a0%" in tree.find_class("lead")[0].text_content()


def test_the_page_reaches_nothing_outside_itself(october: Path, tmp_path: Path) -> None:
    text = page(october, tmp_path)
    tree = lxml_html.fromstring(text)
    assert "default-src 'none'" in text
    assert not tree.xpath("//script | //link | //img | //iframe | //object | //*[@src]")
    for href in tree.xpath("//@href"):
        assert href.startswith(("#", "mailto:", "../index.html")), href
    assert not [name for name in tree.xpath("//@*") if "javascript:" in name]


def test_what_is_written_is_for_owner_and_group_and_nothing_is_left_half_made(
    october: Path, tmp_path: Path
) -> None:
    before = os.umask(0)
    try:
        written = write(toy.ask_of(october), tmp_path / "out", [REPORTS], FACTS, OCTOBER, "sv")
    finally:
        os.umask(before)
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert written.workbook in files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o640}
    assert written.folder.stat().st_mode & 0o777 == 0o750
    assert {path.suffix for path in files} <= {".html", ".xlsx", ".eml"}
