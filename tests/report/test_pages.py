"""A page for every world: it reads right, its numbers are the database's, its words are whole."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
import toy
from lxml import html as lxml_html

from compliance.report.facts import Facts, Reader
from compliance.report.month import write

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
