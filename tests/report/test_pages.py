"""A page for every world: it reads right, its numbers are the database's, its words are whole."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import toy
from lxml import html as lxml_html

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
