"""A workspace's own sheets and sections are shown as they are meant, or refused by their file."""

from __future__ import annotations

import warnings
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import toy
from lxml import html as lxml_html
from test_worlds import OCTOBER

from compliance.errors import RuleError
from compliance.report.facts import Facts
from compliance.report.month import Written, write

REPORTS = Path(__file__).resolve().parents[2] / "reports"
FACTS = Facts("Björkviks kommun", categories=toy.CATEGORIES)
HEAD = """/*
title: {en}
title_sv: {sv}
lead: L
lead_sv: L
empty: E
empty_sv: E
{columns}
*/
"""


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = toy.World(months=3, lines_a_month=30, departments=toy.DEPARTMENTS[:2])
    return toy.build(tmp_path_factory.mktemp("toy") / "toy.duckdb", world)


def reported(
    database: Path, folder: Path, name: str, select: str, *, columns: str = "", **title: str
) -> Written:
    """A report with one file of the workspace's own."""
    file = folder / "reports" / name
    file.parent.mkdir(parents=True)
    words = {"en": "Own", "sv": "Eget", **title}
    file.write_text(HEAD.format(columns=columns, **words) + select, "utf-8")
    given = [REPORTS, folder / "reports"]
    return write(toy.ask_of(database), folder / "out", given, FACTS, OCTOBER, "sv")


@pytest.mark.parametrize(
    "topic", ["summary", "actions", "postings", "method", "a1", "2024", "r1c1"]
)
def test_an_evidence_sheet_may_have_any_topic(database: Path, tmp_path: Path, topic: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        written = reported(
            database, tmp_path, f"evidence/15_{topic}.sql", "select department, unit from purchases"
        )
    book = openpyxl.load_workbook(written.workbook)
    assert len(book["Eget"].tables) == 1
    with zipfile.ZipFile(written.workbook) as archive:
        assert archive.testzip() is None
    names = [name.casefold() for sheet in book for name in sheet.tables]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "title",
    [
        {"sv": "Sammanfattning"},
        {"en": "summary"},
        {"sv": "Så räknar vi"},
        {"en": "What to do"},
        {"sv": "Månadens konteringar"},
        {"en": "Postings of the month?"},
    ],
)
def test_a_sheet_with_the_name_of_another_is_refused_by_its_file(
    database: Path, tmp_path: Path, title: dict[str, str]
) -> None:
    with pytest.raises(RuleError, match=r"reports/evidence/45_own\.sql") as error:
        reported(
            database, tmp_path, "evidence/45_own.sql", "select department from purchases", **title
        )
    assert "has the name of another" in str(error.value)
    assert not (tmp_path / "out").exists()


def test_two_columns_of_one_head_are_refused_by_their_file(database: Path, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"reports/evidence/45_own\.sql") as error:
        reported(
            database,
            tmp_path,
            "evidence/45_own.sql",
            "select department, unit from purchases",
            columns="column department: Unit | Förvaltning",
        )
    assert "`department` and `unit`" in str(error.value)


def test_a_day_is_a_day_in_the_workbook_whatever_its_column_is_called(
    database: Path, tmp_path: Path
) -> None:
    select = (
        "select department, date '2026-03-04' as due, timestamp '2026-03-04 05:06:00' as seen "
        "from purchases"
    )
    written = reported(database, tmp_path, "evidence/45_own.sql", select)
    rows = list(openpyxl.load_workbook(written.workbook)["Eget"].iter_rows())
    at = next(n for n, row in enumerate(rows) if row[1].value == "due") + 1
    assert [cell.value for cell in rows[at][1:3]] == [
        datetime(2026, 3, 4),
        datetime(2026, 3, 4, 5, 6),
    ]
    assert [cell.number_format for cell in rows[at][1:3]] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm"]


def test_a_plain_table_says_yes_and_no_in_the_readers_words(database: Path, tmp_path: Path) -> None:
    select = "select true as one, false as other, timestamp '2026-03-04 05:06:00' as seen"
    written = reported(database, tmp_path, "sections/45_own.sql", select)
    assert _cells(written.report) == ["ja", "nej", "2026-03-04 05:06"]


def _cells(path: Path) -> list[Any]:
    tree = lxml_html.parse(str(path))
    return [str(cell.text_content()) for cell in tree.xpath("//section[@id='own']//tbody/tr/*")]


@pytest.mark.parametrize("page", ["report.html", "index.html"])
def test_the_foot_of_the_printed_page_is_the_name_as_it_is_written(
    database: Path, tmp_path: Path, page: str
) -> None:
    name = 'Bygg & Miljö\'s "Norr"\\ </style>\n<b>'
    write(toy.ask_of(database), tmp_path, [REPORTS], Facts(name), OCTOBER, "sv")
    text = next(tmp_path.rglob(page)).read_text("utf-8")
    css = text.partition("<style>")[2].partition("</style>")[0]
    said = r'content:"Bygg & Miljö' + r"'s \22 Norr\22 \5c  \3c /style> \3c b>"
    assert said in css
    assert "@media print" in css
