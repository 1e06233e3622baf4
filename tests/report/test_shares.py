"""A share that may not be said is said nowhere: not in a chart, a table, a letter or their words."""

from __future__ import annotations

import email
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from email.policy import default
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import toy
from lxml import html as lxml_html
from test_worlds import OCTOBER, SMALL, made, october

from compliance.report.facts import Facts
from compliance.report.month import write
from compliance.report.shares import sayable, share_of, with_shares_said

REPORTS = Path(__file__).resolve().parents[2] / "reports"
Bought = dict[date, Sequence[tuple[str, int]]]
# Three times the volume is without a contract in September: the rest was credited.
CREDITED: Bought = {
    date(2026, 8, 1): [("no_contract", 40_000), ("confirmed", 60_000)],
    date(2026, 9, 1): [("no_contract", 300_000), ("confirmed", -200_000)],
    OCTOBER: [("no_contract", 50_000), ("confirmed", 150_000)],
}


def bought(months: Bought) -> toy.World:
    def lines(vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {**line, "purchase_date": day, "state": state, "amount_sek": Decimal(kronor)}
            for day, parts in months.items()
            for (state, kronor), line in zip(parts, october(vendors), strict=False)
        ]

    return replace(SMALL, lines=lines)


def percents(text: str) -> set[str]:
    """Every per cent of a page: what is read, what is heard and what a chart says."""
    tree = lxml_html.fromstring(text)
    for style in tree.xpath("//style"):
        style.getparent().remove(style)
    heard = " ".join(tree.xpath("//@alt | //@title | //@aria-label"))
    said = f"{' / '.join(tree.xpath('//text()'))} {heard}".replace("\u00a0", " ")
    return set(re.findall(r"\u2212?\d{1,3}(?: \d{3})*(?:,\d+)?(?= ?%)", said))


def part(path: Path, section: str) -> Any:
    [found] = lxml_html.parse(str(path)).xpath(f"//section[@id='{section}']")
    return found


@pytest.mark.parametrize(
    ("share", "volume", "said"),
    [
        (0.3, 50_000, 0.3),
        (0.3, 49_999, None),
        (3.0, 100_000, None),
        (-0.1, 100_000, None),
        (1.0, 100_000, 1.0),
        (0.3, None, 0.3),  # a workspace's own section may give no kronor
        (None, 100_000, None),
    ],
)
def test_a_share_is_said_of_enough_kronor_with_no_side_below_zero(
    share: float | None, volume: int | None, said: float | None
) -> None:
    assert sayable(share, volume) == said


def test_no_kronor_have_no_share() -> None:
    assert share_of(Decimal(5), Decimal(0)) is None
    assert share_of(Decimal(10_000), Decimal(100_000)) == Decimal("0.1")


def test_the_rows_keep_their_kronor() -> None:
    row = {"unit_name": "x", "uncovered_share": 3.0, "volume_sek": 10, "uncovered_sek": 30}
    assert with_shares_said("units", [row]) == [{**row, "uncovered_share": None}]


@pytest.mark.parametrize("month", [date(2026, 9, 1), OCTOBER])
def test_a_share_above_the_whole_is_on_no_page_and_in_no_letter(
    tmp_path: Path, month: date
) -> None:
    written = made(tmp_path, bought(CREDITED), month)
    assert written.contents is not None
    [mail] = written.letters.values()
    message = email.message_from_bytes(mail.read_bytes(), policy=default)
    bodies = [message.get_body((kind,)).get_content() for kind in ("html", "plain")]
    pages = [written.report, written.contents, *written.departments.values()]
    for text in (*(page.read_text("utf-8") for page in pages), *bodies):
        found = percents(text)
        numbers = [
            Decimal(n.replace("\u2212", "-").replace(",", ".").replace(" ", "")) for n in found
        ]
        assert [n for n in numbers if not 0 <= n <= 100] == []
    cells = part(written.report, "trend").xpath(".//tbody//td")
    assert [cell.text_content().rstrip("*") for cell in cells][7:10] == (
        ["40,0", "–", "25,0"] if month == OCTOBER else ["40,0", "–", "–"]
    )


def test_no_change_is_told_between_months_whose_share_may_not_be_said(tmp_path: Path) -> None:
    written = made(tmp_path, bought(CREDITED))
    change = part(written.report, "change")
    assert not change.xpath(".//table")
    assert "Det finns ingen tidigare månad att jämföra med" in change.text_content()


def test_the_units_and_the_contents_page_have_a_dash(tmp_path: Path) -> None:
    written = made(tmp_path, bought(CREDITED), date(2026, 9, 1))
    [row] = part(written.report, "units").xpath(".//tbody/tr")
    assert row[1].text_content() == "–"
    assert written.contents is not None
    [shown] = lxml_html.parse(str(written.contents)).xpath("//table[@class='months']/tbody/tr")
    assert shown[1].text_content() == "–"


def test_the_years_have_a_dash_where_credit_notes_weigh_more(tmp_path: Path) -> None:
    path = toy.build(tmp_path / "toy.duckdb", bought(CREDITED))
    with duckdb.connect(str(path)) as db:
        db.execute("update kpi_yearly set supplier_fidelity = -4, compliance_high = 1.3")
        db.execute("update local_suppliers set local_share = 5.0")
    written = write(toy.ask_of(path), tmp_path / "out", [REPORTS], Facts("K"), OCTOBER, "sv")
    [year] = part(written.report, "fidelity").xpath(".//tbody/tr")
    assert [cell.text_content() for cell in year[1:3]] == ["–", "–"]
    [local] = part(written.report, "local").xpath(".//tbody/tr")
    assert local[2].text_content() == "–"


def test_causes_have_no_shares_where_one_of_them_was_credited(tmp_path: Path) -> None:
    world = bought({OCTOBER: [("no_contract", 300_000), ("expired", -100_000), ("confirmed", 1)]})
    causes = part(made(tmp_path, world).report, "causes")
    assert causes.xpath(".//li")
    assert "%" not in causes.text_content()


def test_the_workbooks_months_have_no_share_that_may_not_be_said(tmp_path: Path) -> None:
    written = made(tmp_path, bought(CREDITED))
    rows = list(openpyxl.load_workbook(written.workbook)["Månader"].iter_rows(values_only=True))
    at = next(n for n, row in enumerate(rows) if row[0] == "Månad")
    first, last = (rows[at].index(head) for head in ("Andel utan", "Lägst"))
    months = {row[0]: row[first : last + 1] for row in rows[at + 1 :] if isinstance(row[0], date)}
    assert months[datetime(2026, 9, 1)][:2] == (None, None)
    assert months[datetime(2026, 10, 1)][0] == 0.25
