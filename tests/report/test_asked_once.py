"""A section that says `asked: once` is asked for all pages at a time, and each gets its own rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import toy
from lxml import html as lxml_html
from test_own_files import FACTS, HEAD, REPORTS
from test_worlds import OCTOBER

from compliance.errors import RuleError
from compliance.report.month import Written, write
from compliance.report.sections import read_section

SCHOOLS, CARE = toy.DEPARTMENTS[:2]
BOUGHT = f"""
select null as department, 'all of us' as who
union all
select department, concat('we of ', department)
from (select distinct department from purchases where department <> '{CARE}')
order by who
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = toy.World(months=3, lines_a_month=30, departments=(SCHOOLS, CARE))
    return toy.build(tmp_path_factory.mktemp("toy") / "toy.duckdb", world)


def reported(database: Path, folder: Path, name: str, select: str, asked: str = "once") -> Written:
    file = folder / "reports" / name
    file.parent.mkdir(parents=True)
    file.write_text(HEAD.format(en="Own", sv="Eget", columns=f"asked: {asked}") + select, "utf-8")
    given = [REPORTS, folder / "reports"]
    return write(toy.ask_of(database), folder / "out", given, FACTS, OCTOBER, "sv")


def own(page: Path) -> Any:
    return lxml_html.parse(str(page)).xpath("//section[@id='own']")[0]


def cells(page: Path) -> list[str]:
    return [str(cell.text_content()) for cell in own(page).xpath(".//tbody/tr/*")]


def test_a_department_gets_its_rows_and_the_whole_those_of_none(
    database: Path, tmp_path: Path
) -> None:
    written = reported(database, tmp_path, "sections/45_own.sql", BOUGHT)
    assert cells(written.report) == ["all of us"]
    assert cells(written.departments[SCHOOLS]) == [f"we of {SCHOOLS}"]


def test_whose_a_row_is_is_no_column_of_the_table(database: Path, tmp_path: Path) -> None:
    written = reported(database, tmp_path, "sections/45_own.sql", BOUGHT)
    assert [head.text_content() for head in own(written.report).xpath(".//thead//th")] == ["who"]


def test_a_department_without_a_row_reads_the_empty_words(database: Path, tmp_path: Path) -> None:
    written = reported(database, tmp_path, "sections/45_own.sql", BOUGHT)
    assert cells(written.departments[CARE]) == []
    assert own(written.departments[CARE]).xpath(".//p")[-1].text_content() == "E"


def test_an_evidence_sheet_that_is_asked_once_gives_the_whole_its_own_rows_alone(
    database: Path, tmp_path: Path
) -> None:
    written = reported(database, tmp_path, "evidence/45_own.sql", BOUGHT)
    told = [
        [row[0] for row in openpyxl.load_workbook(path)["Eget"].iter_rows(values_only=True)]
        for path in (written.workbook, written.workbooks[SCHOOLS])
    ]
    assert ["all of us" in column for column in told] == [True, False]
    assert [f"we of {SCHOOLS}" in column for column in told] == [False, True]


def test_rows_that_do_not_say_whose_they_are_are_refused_by_file(
    database: Path, tmp_path: Path
) -> None:
    with pytest.raises(RuleError, match=r"reports/sections/45_own\.sql") as error:
        reported(database, tmp_path, "sections/45_own.sql", "select unit from purchases")
    assert "no column `department`" in str(error.value)
    assert "null for the report on the whole" in str(error.value)


def test_a_select_that_is_asked_once_may_not_name_the_department() -> None:
    text = HEAD.format(en="Own", sv="Eget", columns="asked: once") + "select $department as a"
    with pytest.raises(RuleError, match=r"own\.sql.*asked: once.*\$department"):
        read_section("own", text, "own.sql")


def test_another_word_than_once_is_refused_with_the_nearest(database: Path, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="`asked: onec`, which is not known") as error:
        reported(database, tmp_path, "sections/45_own.sql", BOUGHT, asked="onec")
    assert "once" in error.value.fix


def test_more_departments_ask_no_more_questions(tmp_path: Path) -> None:
    counts = []
    for number, departments in enumerate((toy.DEPARTMENTS[:1], toy.DEPARTMENTS)):
        world = toy.World(months=3, lines_a_month=60, departments=departments)
        ask = toy.ask_of(toy.build(tmp_path / f"{number}.duckdb", world))
        asked = list[str]()

        def counting(
            sql: str, given: Mapping[str, object], ask: Any = ask, asked: Any = asked
        ) -> Any:
            asked.append(sql)
            return ask(sql, given)

        write(counting, tmp_path / f"{number}", [REPORTS], FACTS, OCTOBER, "sv")
        counts.append(len(asked))
    assert counts[0] == counts[1]
