"""A contract on the page is the lot that is meant, as full as it is, and nobody's alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import toy
from lxml import html as lxml_html
from test_worlds import OCTOBER, SMALL, october

from compliance.report.facts import Facts
from compliance.report.month import Written, write

REPORTS = Path(__file__).resolve().parents[2] / "reports"
BARN = toy.DEPARTMENTS[0]
LOTS = """
update contracts set lot = '2', title = 'Tjänster', last_day = date '2026-08-31',
    max_end = date '2027-08-31', remaining_sek = null;
insert into contracts select * replace ('1' as lot, 'Livsmedel' as title,
    date '2028-12-31' as last_day, date '2029-12-31' as max_end) from contracts;
update contract_parties set lot = '2';
insert into contract_parties
    select * replace ('1' as lot, 'S00000000001' as supplier_id, 1 as rank) from contract_parties;
update contract_parties set rank = 2 where lot = '2';
update suppliers set supplier_name = 'Alfa Livs AB' where supplier_id = 'S00000000001';
update coverage set lot = '2' where contract_id is not null;
update purchases set lot = '2' where contract_id is not null;
"""


def reported(
    folder: Path, world: toy.World, change: str, lang: str = "sv", month: date = OCTOBER
) -> Written:
    """A report of the world as the statements leave it."""
    path = toy.build(folder / "toy.duckdb", world)
    with duckdb.connect(str(path)) as db:
        db.execute(change)
    facts = Facts("Björkviks kommun", categories=toy.CATEGORIES)
    return write(toy.ask_of(path), folder / "out", [REPORTS], facts, month, lang)


def part(path: Path, section: str) -> str:
    [found] = lxml_html.fromstring(path.read_text("utf-8")).xpath(f"//section[@id='{section}']")
    return " ".join(str(found.text_content()).replace("\u00a0", " ").split())


def bought(state: str, *, persons: int = 0) -> Callable[[list[dict[str, Any]]], list[Any]]:
    """Draw one month of the first vendors; the last of them are persons shown together."""

    def lines(vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for vendor in vendors:
            vendor["state"] = state
        for vendor in vendors[1 : 1 + persons]:
            vendor |= {"vendor_name": f"Privatperson {vendor['vendor_id']}", "is_person": True,
                       "is_merged": True, "org_number": None}  # fmt: skip
        return [{**line, "state": state} for line in october(vendors[: 1 + persons])]

    return lines


@pytest.mark.parametrize(
    ("lang", "lot", "end"),
    [
        ("sv", "IK-2020-000, delområde 2: Tjänster", "31 augusti 2027"),
        ("en", "IK-2020-000, lot 2: Tjänster", "31 August 2027"),
    ],
)
def test_an_action_on_a_lot_tells_its_own_title_and_last_days(
    tmp_path: Path, lang: str, lot: str, end: str
) -> None:
    world = replace(SMALL, lines=bought("expired"))
    told = part(reported(tmp_path, world, LOTS, lang).report, "actions")
    assert lot in told
    assert end in told
    assert "Livsmedel" not in told


def test_an_action_on_a_lot_names_its_own_supplier(tmp_path: Path) -> None:
    world = replace(SMALL, lines=bought("covered_elsewhere"))
    told = part(reported(tmp_path, world, LOTS).report, "actions")
    assert "delområde 2 med" in told
    assert "Alfa Livs AB" not in told


MANY = "update contracts set last_day = date '2026-12-31'"


@pytest.mark.parametrize(
    ("lang", "said"), [("sv", "och 5 avtal till"), ("en", "and 5 more contracts")]
)
def test_contracts_beyond_the_table_are_counted(tmp_path: Path, lang: str, said: str) -> None:
    def lines(vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for vendor in vendors:
            vendor["state"] = "confirmed"
        return [{**line, "state": "confirmed"} for line in october(vendors[:45])]

    written = reported(tmp_path, replace(SMALL, lines=lines), MANY, lang)
    assert said in part(written.report, "contracts")
    tree = lxml_html.parse(str(written.report))
    assert len(tree.xpath("//section[@id='contracts']//tbody/tr")) == 41


@pytest.mark.parametrize(
    ("lang", "said"), [("sv", "och 2 kategorier till"), ("en", "and 2 more categories")]
)
def test_categories_beyond_the_table_of_tenders_are_counted(
    tmp_path: Path, lang: str, said: str
) -> None:
    more = (
        "insert into tender_competition select 2026, 'K' || i, 2, 3, 3.4, 2.6, 0.2, 0.41 "
        "from range(39) t(i)"
    )
    written = reported(tmp_path, SMALL, more, lang)
    assert said in part(written.report, "tenders")
    tree = lxml_html.parse(str(written.report))
    assert len(tree.xpath("//section[@id='tenders']//tbody/tr")) == 41


@pytest.mark.parametrize(("persons", "is_shown"), [(1, False), (4, False), (5, True)])
def test_a_contract_of_few_private_persons_is_on_no_page(
    tmp_path: Path, persons: int, is_shown: bool
) -> None:
    one = (
        "update coverage set contract_id = 'IK-PERSONER' where contract_id <> 'IK-2020-000';"
        "update purchases set contract_id = 'IK-PERSONER' where contract_id <> 'IK-2020-000';"
        "update contracts set contract_id = 'IK-PERSONER' where contract_id = 'IK-2021-001';"
        "update contract_parties set contract_id = 'IK-PERSONER' where contract_id = 'IK-2021-001';"
        "update contracts set last_day = date '2026-12-31'"
    )
    world = replace(SMALL, lines=bought("confirmed", persons=persons))
    written = reported(tmp_path, world, one)
    for page in (written.report, written.departments[BARN]):
        told = part(page, "contracts")
        assert "IK-2020-000" in told
        assert ("IK-PERSONER" in told) == is_shown


@pytest.mark.parametrize(
    ("used", "day", "said"),
    [
        (100, "2026-09-03", "fullt sedan 2026-09-03"),
        (100, "2026-10-20", "fullt sedan 2026-10-20"),  # in a report on September, of October
        (90, "2026-09-03", None),  # a credit note made room again
        (90, "2026-12-05", "väntas fullt 2026-12-05"),
    ],
)
def test_a_contract_is_full_by_what_the_ledger_has_seen(
    tmp_path: Path, used: int, day: str, said: str | None
) -> None:
    def lines(vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        now = bought("confirmed")(vendors)
        return [
            {**line, "purchase_date": when, "amount_sek": Decimal(60_000)}
            for line in now
            for when in (date(2026, 9, 2), date(2026, 10, 30))
        ]

    change = (
        f"update contracts set ceiling_sek = 100, called_off_sek = {used}, "
        f"last_day = date '2028-12-31', ceiling_forecast_date = date '{day}'"
    )
    written = reported(tmp_path, replace(SMALL, lines=lines), change, month=date(2026, 9, 1))
    told = part(written.report, "contracts")
    assert (said in told) if said else ("fullt" not in told)
