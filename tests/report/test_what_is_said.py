"""What a page says where there is little to say: no praise of nothing, no month left out unsaid."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import date
from decimal import Decimal
from email.policy import default
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import toy
from lxml import html as lxml_html
from test_few_persons import _persons_paid
from test_headline import ENGLISH, month
from test_worlds import OCTOBER, SMALL, made, said

from compliance.report.facts import Facts
from compliance.report.headline import headline
from compliance.report.month import Written, write

REPORTS = Path(__file__).resolve().parents[2] / "reports"


def section(path: Path, name: str) -> Any:
    [found] = lxml_html.parse(str(path)).xpath(f"//section[@id='{name}']")
    return found


def told(path: Path, name: str) -> str:
    return " ".join(section(path, name).text_content().split()).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("lang", "empty"),
    [
        ("sv", "Inget köptes utan giltigt avtal de senaste 12 månaderna."),
        ("en", "Nothing was bought without a valid contract in the last 12 months."),
    ],
)
def test_no_purchases_are_not_told_as_purchases_on_contract(
    tmp_path: Path, lang: str, empty: str
) -> None:
    written = made(tmp_path, SMALL, date(2020, 1, 1), lang)
    assert told(written.report, "causes").endswith(empty)


def test_nobody_is_sent_to_a_twelve_months_figure_that_is_not_there() -> None:
    tiny = month(OCTOBER, 150, 100, volume_12m_sek=Decimal(150), uncovered_12m_sek=Decimal(100))
    lead = headline([tiny], [], OCTOBER, ENGLISH).lead
    assert lead == "There is no share for the last 12 months either."
    assert headline([month(OCTOBER, 49_000, 100)], [], OCTOBER, ENGLISH).lead == (
        "Look at the last 12 months instead."
    )


def test_a_first_year_without_a_january_has_its_first_month_on_the_axis(tmp_path: Path) -> None:
    world = replace(SMALL, months=9)  # from February
    for lang, name in (("sv", "feb 2026"), ("en", "Feb 2026")):
        (tmp_path / lang).mkdir()
        charts = section(made(tmp_path / lang, world, lang=lang).report, "trend").xpath(".//svg")
        assert len(charts) == 2
        assert all(name in chart.xpath("./text/text()") for chart in charts)
    (tmp_path / "long").mkdir()
    [chart, _] = section(made(tmp_path / "long", SMALL).report, "trend").xpath(".//svg")
    assert "2026" in chart.xpath("./text/text()")
    assert not [text for text in chart.xpath("./text/text()") if "sep 2025" in text]


def test_an_address_to_write_to_is_one_that_a_mail_program_reads(tmp_path: Path) -> None:
    written = made(tmp_path, SMALL)
    assert written.contents is not None
    [*_, mail] = written.letters.values()
    message = email.message_from_bytes(mail.read_bytes(), policy=default)
    letter = message.get_body(("html",)).get_content()
    pages = [path.read_text("utf-8") for path in (written.report, written.contents)]
    for text in (*pages, letter):
        [href] = lxml_html.fromstring(text).xpath("//a[starts-with(@href, 'mailto:')]/@href")
        assert href == "mailto:upphandling@bjorkvik.example"


def test_a_letter_shows_the_figures_that_its_page_shows(tmp_path: Path) -> None:
    written = made(tmp_path, SMALL)
    counts = set()
    for department, mail in written.letters.items():
        page = lxml_html.parse(str(written.departments[department]))
        keys = [dt.text_content() for dt in page.xpath("//dl[@class='keysum']//dt")]
        message = email.message_from_bytes(mail.read_bytes(), policy=default)
        html = lxml_html.fromstring(message.get_body(("html",)).get_content())
        plain = message.get_body(("plain",)).get_content()
        assert [p.text_content() for p in html.xpath("//p[@class='kl']")] == keys
        assert all(f"\n{key}: " in plain.replace("\r", "") for key in keys)
        counts.add(len(keys))
    assert 4 in counts


@pytest.mark.parametrize(
    ("lang", "name", "sheet", "head"),
    [
        ("sv", "Privatperson", "Månadens konteringar", "Leverantör"),
        ("en", "Private persons, together", "Postings of the month", "Supplier"),
    ],
)
def test_private_persons_together_are_called_in_the_readers_language(
    tmp_path: Path, lang: str, name: str, sheet: str, head: str
) -> None:
    paid = _persons_paid(1, {1: 5, 0: 8}, company="confirmed")
    written = made(tmp_path, replace(SMALL, lines=paid), lang=lang)
    for topic in ("suppliers", "change"):
        names = [th.text for th in section(written.report, topic).xpath(".//tbody//th")]
        assert name in names
    assert name in said(written.report, "p[@class='lead']")
    rows = list(openpyxl.load_workbook(written.workbook)[sheet].iter_rows(values_only=True))
    at = next(n for n, row in enumerate(rows) if head in row)
    assert name in [row[rows[at].index(head)] for row in rows[at:]]
    if lang == "en":
        assert "Privatperson" not in written.report.read_text("utf-8")


def reported(folder: Path, change: str) -> Written:
    path = toy.build(folder / "toy.duckdb", SMALL)  # from September 2025
    with duckdb.connect(str(path)) as db:
        db.execute(change)
    return write(toy.ask_of(path), folder / "out", [REPORTS], Facts("K"), OCTOBER, "sv")


@pytest.mark.parametrize(
    ("closed", "row"),
    [
        ("date '2026-05-01', 0.131, null, null", ["maj 2026", "13,1 %", "–", "–"]),
        ("date '2026-05-01', null, 0.131, null", ["maj 2026", "–", "13,1 %", "–"]),
        ("date '2025-09-01', 0.131, null, null", ["september 2025", "13,1 %", "–", "–"]),
        ("date '2025-08-01', 0.131, null, null", None),  # forgotten: older than the ledger
        ("date '2026-05-01', null, null, null", None),
    ],
)
def test_a_closed_month_whose_postings_are_gone_has_changed(
    tmp_path: Path, closed: str, row: list[str] | None
) -> None:
    written = reported(
        tmp_path, f"delete from kpi_reported; insert into kpi_reported values ({closed})"
    )
    cells = [
        str(cell.text_content()).replace("\u00a0", " ")
        for cell in section(written.report, "reported").xpath(".//tbody/tr/*")
    ]
    assert cells == (row or [])
