"""Every kind of month gives a page that reads right."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import toy
from lxml import html as lxml_html

from compliance.report.facts import Facts, Reader
from compliance.report.month import Written, write
from compliance.report.sections import read_section

REPORTS = Path(__file__).resolve().parents[2] / "reports"
OCTOBER = date(2026, 10, 1)
SMALL = toy.World(months=14, lines_a_month=40)


def made(
    tmp_path: Path, world: toy.World, month: date = OCTOBER, lang: str = "sv", **facts: Any
) -> Written:
    database = toy.build(tmp_path / "toy.duckdb", world)
    given = Facts(
        "Björkviks kommun",
        contact="upphandling@bjorkvik.example",
        categories=toy.CATEGORIES,
        readers={d: Reader(d, "Åsa Öberg", "asa@bjorkvik.example") for d in world.departments},
        **facts,
    )
    return write(toy.ask_of(database), tmp_path / "out", [REPORTS], given, month, lang)


def said(path: Path, kind: str) -> str:
    tree = lxml_html.fromstring(path.read_text("utf-8"))
    found = tree.xpath(f"//{kind}")[0].text_content()
    return " ".join(found.replace("\u00a0", " ").split())


def test_a_month_without_data_says_so_and_still_shows_the_year(tmp_path: Path) -> None:
    written = made(tmp_path, SMALL, date(2026, 11, 1))
    assert said(written.report, "h1") == "Inga inköp är bokförda för november 2026"
    assert "Tre saker att ta tag i" in written.report.read_text("utf-8")


def test_a_month_before_all_data_gives_a_page_without_figures(tmp_path: Path) -> None:
    written = made(tmp_path, SMALL, date(2020, 1, 1))
    assert said(written.report, "h1") == "Inga inköp är bokförda för januari 2020"
    assert written.departments == {}


def test_the_first_month_is_not_compared_with_anything(tmp_path: Path) -> None:
    written = made(tmp_path, SMALL, date(2025, 9, 1))
    assert "Det är den första månaden med uppgifter" in said(written.report, "p[@class='lead']")


def test_all_on_contract_is_said_in_words_and_leaves_nothing_to_act_on(tmp_path: Path) -> None:
    written = made(tmp_path, dataclasses.replace(SMALL, uncovered=0.0, change=_no_credit))
    assert said(written.report, "h1") == "Alla inköp i oktober gjordes på giltigt avtal"
    text = written.report.read_text("utf-8")
    assert "Det finns inget att ta tag i" in text
    assert "är nått" in said(written.report, "p[@class='lead']")


def test_nothing_on_contract_is_said_in_words(tmp_path: Path) -> None:
    written = made(tmp_path, dataclasses.replace(SMALL, uncovered=1.0, change=_no_credit))
    assert said(written.report, "h1") == "Inget inköp i oktober gjordes på giltigt avtal"


def test_credits_above_purchases_give_no_share(tmp_path: Path) -> None:
    def october_reversed(line: dict[str, Any]) -> dict[str, Any]:
        if line["purchase_date"] >= OCTOBER:
            return {**line, "amount_sek": -abs(line["amount_sek"])}
        return line

    written = made(tmp_path, dataclasses.replace(SMALL, change=october_reversed))
    assert said(written.report, "h1") == "Krediteringarna var större än inköpen i oktober"
    assert "senaste 12 månaderna" in said(written.report, "p[@class='lead']")


def test_a_tiny_month_gives_no_share(tmp_path: Path) -> None:
    def october_tiny(line: dict[str, Any]) -> dict[str, Any]:
        if line["purchase_date"] >= OCTOBER:
            return {**line, "amount_sek": Decimal("100.00")}
        return line

    written = made(tmp_path, dataclasses.replace(SMALL, change=october_tiny))
    assert said(written.report, "h1").endswith("för lite för att räkna en andel")


def test_a_department_that_bought_nothing_is_not_told_that_the_ledger_is_unread(
    tmp_path: Path,
) -> None:
    def none_in_october(line: dict[str, Any]) -> dict[str, Any] | None:
        bought = line["department"] == toy.DEPARTMENTS[0] and line["purchase_date"] >= OCTOBER
        return None if bought else line

    written = made(tmp_path, dataclasses.replace(SMALL, change=none_in_october))
    page = written.departments[toy.DEPARTMENTS[0]]
    assert said(page, "h1") == "Inga inköp är bokförda för oktober 2026"
    assert "Se i stället på de senaste 12 månaderna" in said(page, "p[@class='lead']")
    assert "Senaste 12 månaderna" in said(page, "dl[@class='keysum']")


def test_a_municipality_without_contracts_or_target_has_a_page(tmp_path: Path) -> None:
    world = dataclasses.replace(
        SMALL, contracts=False, targets=False, tables_of_issue_5=False, change=_no_credit
    )
    written = made(tmp_path, world)
    assert said(written.report, "h1") == "Inget inköp i oktober gjordes på giltigt avtal"
    assert "Det finns inget mål för 2026." in said(written.report, "p[@class='lead']")
    assert "Mål högst" not in written.report.read_text("utf-8")


def test_one_department_alone_has_its_page_and_its_letter(tmp_path: Path) -> None:
    written = made(tmp_path, dataclasses.replace(SMALL, departments=("Kommunen",)))
    assert list(written.departments) == ["Kommunen"]
    assert list(written.letters) == ["Kommunen"]


def test_sixty_departments_each_have_a_page_under_a_name_of_their_own(tmp_path: Path) -> None:
    names = tuple(f"Förvaltning nummer {n}" for n in range(60))
    world = dataclasses.replace(SMALL, months=3, departments=names, lines_a_month=400)
    written = made(tmp_path, world)
    assert len({path.name for path in written.departments.values()}) == len(written.departments)
    assert len(written.departments) > 50


def test_spellings_of_one_company_are_one_supplier(tmp_path: Path) -> None:
    written = made(tmp_path, dataclasses.replace(SMALL, lines=_spelled))
    tree = lxml_html.parse(str(written.report)).getroot()
    shown = [th.text for th in tree.xpath("//section[@id='suppliers']//tbody//th")]
    # One number and the same first letters; the number's other holder is another row.
    assert shown == ["Valla Plåt AB", "Göta Städ HB"]


def _spelled(vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = ("VALLA PLÅT AB", "Valla Plåt AB, Box 12", "Valla Plåt AB", "Göta Städ HB")
    for vendor, name in zip(vendors, names, strict=False):
        vendor |= {"vendor_name": name, "org_number": "5560001234", "state": "no_contract"}
    return october(vendors[:4])


@pytest.mark.parametrize("persons", [4, 5])
def test_fewer_than_five_merged_persons_are_no_row_and_their_kronor_are_in_the_sum(
    tmp_path: Path, persons: int
) -> None:
    def paid(vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        vendors[0] |= {"vendor_name": "Valla Plåt AB", "state": "no_contract"}
        for vendor in vendors[1 : 1 + persons]:
            name = f"Privatperson P{vendor['vendor_id'][-4:]}"
            vendor |= {"vendor_name": name, "org_number": None, "is_person": True,
                       "is_merged": True, "state": "no_contract"}  # fmt: skip
        now = october(vendors[: 1 + persons])
        before = [{**now[0], "purchase_date": toy.month_before(OCTOBER, 1), "state": "confirmed"}]
        return [*before, *now]

    written = made(tmp_path, dataclasses.replace(SMALL, lines=paid))
    tree = lxml_html.parse(str(written.report)).getroot()
    rows = tree.xpath("//section[@id='suppliers']//tbody//th")
    told = {th.text: th.xpath("../td[last()]")[0].text_content() for th in rows}
    apart = "Privatperson" if persons == 5 else "En annan leverantör"
    assert told == {"Valla Plåt AB": "90", apart: str(90 * persons)}
    assert [th.xpath("span")[0].text for th in rows if th.text == "Privatperson"] in ([], [None])
    total = tree.xpath("//section[@id='suppliers']//tfoot//td[last()]")[0].text_content()
    assert total == str(90 * (1 + persons))
    changed = tree.xpath("//section[@id='change']//tbody//th")
    assert ("Privatperson" in [th.text for th in changed]) == (persons == 5)


def test_no_action_names_a_private_person_who_is_shown_with_others(tmp_path: Path) -> None:
    def paid(vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        vendors[0] |= {"vendor_name": "Valla Plåt AB", "state": "not_entitled"}
        vendors[1] |= {"vendor_name": "Privatperson P2345", "org_number": None, "is_person": True,
                       "is_merged": True, "state": "not_entitled"}  # fmt: skip
        return [{**line, "state": "not_entitled"} for line in october(vendors[:2])]

    written = made(tmp_path, dataclasses.replace(SMALL, lines=paid))
    tree = lxml_html.parse(str(written.report)).getroot()
    [action] = tree.xpath("//ol[@class='actions']/li")
    assert "Valla Plåt AB" in action.text_content()
    assert "Privatperson" not in action.text_content()


def october(vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "purchase_date": OCTOBER,
            "vendor": vendor,
            "category_code": "65",
            "account_code": "6510",
            "department": toy.DEPARTMENTS[0],
            "unit": "Norra",
            "state": "no_contract",
            "rule_id": None,
            "amount_sek": Decimal("90000.00"),
            "invoice_no": "1",
        }
        for vendor in vendors
    ]


def test_a_department_without_an_address_gets_a_page_but_no_letter(tmp_path: Path) -> None:
    database = toy.build(tmp_path / "toy.duckdb", SMALL)
    facts = Facts("Kommunen", readers={toy.DEPARTMENTS[0]: Reader(toy.DEPARTMENTS[0])})
    written = write(toy.ask_of(database), tmp_path / "out", [REPORTS], facts, OCTOBER, "sv")
    assert toy.DEPARTMENTS[0] in written.departments
    assert written.letters == {}


def test_a_preliminary_month_is_marked(tmp_path: Path) -> None:
    written = made(tmp_path, SMALL)
    assert "Siffran är preliminär" in said(written.report, "p[@class='lead']")
    assert said(written.report, "span[@class='tag g']") == "Preliminär"


def test_a_reader_in_another_language_gets_page_and_letter_in_it(tmp_path: Path) -> None:
    database = toy.build(tmp_path / "toy.duckdb", SMALL)
    one = toy.DEPARTMENTS[1]
    facts = Facts(
        "Kommunen",
        report_url="https://intranat.example/avtal",
        readers={one: Reader(one, "Ann", "ann@example.com", "en")},
    )
    written = write(toy.ask_of(database), tmp_path / "out", [REPORTS], facts, OCTOBER, "sv")
    letter = written.letters[one].read_bytes()
    assert b"without a valid contract" in letter
    page = written.departments[one]
    assert page.name.startswith("report-socialforvaltningen-")
    assert page.with_name(page.stem + ".en.html").is_file()


def _no_credit(line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "amount_sek": abs(line["amount_sek"]) + 1}


def test_a_category_that_no_procurement_would_change_is_no_action(tmp_path: Path) -> None:
    file = REPORTS / "sections" / "20_actions.sql"
    section = read_section("actions", file.read_text("utf-8"), file.name)
    assert section is not None
    kinds = []
    for unprocurable in (frozenset[str](), frozenset(toy.CATEGORIES)):
        world = dataclasses.replace(SMALL, uncovered=1.0, unprocurable=unprocurable)
        ask = toy.ask_of(toy.build(tmp_path / f"{len(kinds)}.duckdb", world))
        kinds.append({row["action_kind"] for row in section.ask_once(ask, OCTOBER)[None]})
    assert "procure" in kinds[0]
    assert "procure" not in kinds[1]
