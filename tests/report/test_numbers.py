"""Every number shown is a query's answer, to the precision in which it is shown."""

from __future__ import annotations

import email
import re
from datetime import date
from decimal import Decimal
from email.policy import default
from typing import Any

import openpyxl
from lxml import html as lxml_html
from reading import (
    MONTH,
    REPORTS,
    THIS,
    YEAR,
    Made,
    companies,
    pages,
    read,
    table,
    text_of,
    withheld,
)


def test_the_first_screen(made: Made) -> None:
    for where, kpi, tree in pages(made):
        found = made.ask(f"select * from {kpi} and period = date '2026-09-01'", {})
        if not found or found[0]["volume_sek"] < 50_000:
            continue  # what such a page says is in the golden texts
        [row] = found
        if row["uncovered_sek"] and row["covered_sek"]:
            assert read(text_of(tree.xpath("//h1")[0])).shows(row["uncovered_share"]), where
        off, on = (text_of(span) for span in tree.xpath("//div[@class='split']/p/span"))
        assert read(off).shows(row["uncovered_sek"])
        assert read(on).shows(row["covered_sek"])
        keys = [
            (text_of(d.find("dt")), text_of(d.find_class("v")[0]), text_of(d.find_class("n")[0]))
            for d in tree.find_class("keysum")[0]
        ]
        assert read(keys[0][1]).shows(row["uncovered_sek"])
        assert read(keys[0][2]).shows(row["volume_sek"])
        excess = row["uncovered_sek"] - Decimal("0.12") * row["volume_sek"]
        assert read(keys[1][1]).shows(abs(excess))
        [before] = made.ask(f"select * from {kpi} and period = date '2026-08-01'", {})
        lowest = min(before["uncovered_sek"], before["covered_sek"])
        is_told = before["volume_sek"] >= 50_000 and lowest >= 0
        assert len(keys) == 3 + is_told
        if is_told:
            change = row["uncovered_share"] - before["uncovered_share"]
            assert read(keys[2][1] + "%").shows(change)
        year = made.one(
            "select sum(amount_sek) filter (side = 'uncovered')::double / sum(amount_sek)::double "
            f"from purchases where side <> 'exempt' and {where} and {YEAR}"
        )
        assert read(keys[-1][1]).shows(year)
        to_date = made.one(
            "select sum(amount_sek) filter (side = 'uncovered')::double / sum(amount_sek)::double "
            f"from purchases where side <> 'exempt' and {where} and year(purchase_date) = 2026 "
            "and purchase_date < date '2026-10-01'"
        )
        assert read(keys[-1][2].partition(":")[2]).shows(to_date)


def test_twelve_months_are_those_of_the_rolling_figure(made: Made) -> None:
    truth = made.one("select uncovered_share from kpi_rolling_12 where period = date '2026-09-01'")
    tree = lxml_html.parse(str(made.written.report)).getroot()
    assert read(text_of(tree.xpath("//div[@class='keysum']/div[4]/dd | //dl/div[4]/dd")[0])).shows(
        truth
    )


def test_the_trend_table_has_every_month(made: Made) -> None:
    for _, kpi, tree in pages(made):
        truth = {
            row["period"]: row["uncovered_share"]
            for row in made.ask(
                f"select period, uncovered_share from {kpi} and period <= date '2026-09-01' "
                "and period > date '2023-09-01' and volume_sek >= 50000 "
                "and uncovered_sek >= 0 and covered_sek >= 0",
                {},
            )
        }
        shown = 0
        for year, *cells in table(tree, "trend"):
            for month, cell in enumerate(cells, 1):
                if cell != "–":
                    assert read(cell, -2).shows(truth[date(int(year), month, 1)])
                    shown += 1
        assert shown == len(truth)


def test_the_units(made: Made) -> None:
    for where, _, tree in pages(made):
        name = "department" if where == "true" else "unit"
        truth = {
            row["name"]: row
            for row in made.ask(
                f"select coalesce({name}, '') as name, sum(amount_sek) filter ({THIS}) as volume, "
                f"sum(amount_sek) filter (side = 'uncovered' and {THIS}) as uncovered, "
                "sum(amount_sek) filter (side = 'uncovered')::double / sum(amount_sek)::double "
                f"as share from purchases where side <> 'exempt' and {where} and {YEAR} group by 1",
                {},
            )
        }
        rows = table(tree, "units")
        assert len(rows) == len(truth)
        for unit, share, _change, year, volume, uncovered in rows:
            row = truth[unit if unit != "Utan enhet" else ""]
            assert read(uncovered, 3).shows(row["uncovered"] or 0)
            assert read(volume, 3).shows(row["volume"] or 0)
            if row["share"] is not None and year != "–":
                assert read(year).shows(row["share"])
            part = (row["uncovered"] or 0) / row["volume"] if row["volume"] else -1
            if row["volume"] and row["volume"] >= 50_000 and 0 <= part <= 1:
                assert read(share).shows(part)
            else:  # no share of a tiny base, and none that credit notes take beyond the whole
                assert share == "–"


def test_the_causes_add_up_to_what_is_uncovered(made: Made) -> None:
    for where, _, tree in pages(made):
        shown = [read(text_of(b)) for b in tree.xpath("//section[@id='causes']//li/b")]
        whole = made.one(
            f"select sum(amount_sek) from purchases where side = 'uncovered' and {where} and {YEAR}"
        )
        assert abs(sum(seen.value for seen in shown) - whole) <= sum(seen.half for seen in shown)


SUMS = ("year", "month", "postings")


def test_the_suppliers(made: Made) -> None:
    for where, _, tree in pages(made):
        names = made.ask(
            f"select vendor_name, sum(amount_sek) as year, count(*) as postings, "
            f"coalesce(sum(amount_sek) filter ({THIS}), 0) as month from purchases "
            f"where side = 'uncovered' and {where} and {YEAR} group by 1",
            {},
        )
        company = companies(made)
        sums: dict[str | None, dict[str, Any]] = {}
        for row in names:
            into = sums.setdefault(company[row["vendor_name"]], dict.fromkeys(SUMS, 0))
            for name in SUMS:
                into[name] += row[name]
        few = withheld(made, f"{where} and {THIS}")
        # Without an eleventh row there are no others to hide the month's kronor among.
        hidden = withheld(made, f"{where} and {YEAR}") | (few if len(sums) <= 10 else set())
        shown = [(k, v) for k, v in sums.items() if k not in hidden]
        truth = sorted(shown, key=lambda item: (-item[1]["year"], item[0] or "~"))[:10]
        rows = [row for row in table(tree, "suppliers") if row[1]]
        assert len(rows) == len(truth)
        for row, (name, expected) in zip(rows, truth, strict=True):
            assert row[0].startswith(name or "Leverantör saknas på raden")
            assert read(row[3]).shows(expected["postings"])
            is_told = name not in few
            assert read(row[4], 3).shows(expected["month"]) if is_told else row[4] == "–"
            assert read(row[5], 3).shows(expected["year"])


def test_what_is_not_counted(made: Made) -> None:
    for where, _, tree in pages(made):
        if not tree.xpath("//section[@id='exempt']//table"):
            continue
        [foot] = tree.xpath("//section[@id='exempt']//tfoot/tr")
        cells = [text_of(cell) for cell in foot]
        month, year = (
            made.one(
                f"select sum(amount_sek) from purchases where side = 'exempt' and {where} and {when}"
            )
            for when in (THIS, YEAR)
        )
        assert read(cells[2], 3).shows(month or 0)
        assert read(cells[3], 3).shows(year)


def test_fidelity_and_compliance(made: Made) -> None:
    tree = lxml_html.parse(str(made.written.report)).getroot()
    for year, fidelity, interval, tested, purchase in table(tree, "fidelity"):
        [row] = made.ask("select * from kpi_yearly where year(period) = $y", {"y": int(year)})
        assert read(fidelity).shows(row["supplier_fidelity"])
        low, high = re.split(" till | to ", interval)
        assert read(low).shows(row["compliance_low"])
        assert read(high).shows(row["compliance_high"])
        assert read(tested).shows(row["tested_share"])
        assert read(purchase).shows(row["purchase_fidelity"])


def test_the_actions_are_sums_of_their_postings(made: Made) -> None:
    states = {
        "review_match": "true", "redirect": "state in ('covered_elsewhere', 'superseded')",
        "extend": "state = 'expired'", "raise_ceiling": "state = 'ceiling_exceeded'",
        "fix_register": "state = 'not_entitled'",
        "procure": "state in ('no_contract', 'direct_award')",
    }  # fmt: skip
    sql = (REPORTS / "sections/20_actions.sql").read_text("utf-8").partition("*/")[2]
    told = made.ask(sql, {"month": MONTH})
    for where, _, tree in pages(made):
        department = None if where == "true" else where.split("'")[1]
        rows = [row for row in told if row["department"] == department]
        shown = [read(text_of(b)) for b in tree.xpath("//ol[@class='actions']//p[@class='amt']/b")]
        firsts = [row for row in rows if row["row_position"] == 1][:3]
        assert len(shown) == len(firsts)
        for seen, row in zip(shown, firsts, strict=True):
            assert seen.shows(row["amount_12m_sek"])
            if row["action_kind"] in ("extend", "redirect", "raise_ceiling", "fix_register"):
                truth = made.one(
                    "select sum(p.amount_sek) from purchases as p inner join ledger_lines as l "
                    "on p.line_id = l.line_id inner join vendor_matches as m on l.vendor_id = "
                    "m.vendor_id inner join coverage as c on p.line_id = c.line_id and p.part = c.part "
                    "inner join vendors as v on l.vendor_id = v.vendor_id where not v.is_merged and "
                    "p.side = 'uncovered' and m.outcome <> 'review' and not c.is_line_decided and "
                    f"p.{states[row['action_kind']]} and p.contract_id = '{row['action_contract_id']}' "
                    f"and {where.replace('department', 'p.department')} and "
                    f"{YEAR.replace('purchase_date', 'p.purchase_date')}"
                )
                if row["action_kind"] in ("extend", "redirect"):  # what there is room for
                    contract = f"contract_id = '{row['action_contract_id']}'"
                    room = made.one(f"select min(remaining_sek) from contracts where {contract}")
                    truth = truth if room is None else min(truth, room)
                assert row["amount_12m_sek"] == truth


def test_the_letter_repeats_its_page(made: Made) -> None:
    for name, path in made.written.letters.items():
        message = email.message_from_bytes(path.read_bytes(), policy=default)
        tree = lxml_html.fromstring(message.get_body(("html",)).get_content())
        lang = tree.get("lang")
        beside = made.written.departments[name]
        beside = beside if lang == made.lang else beside.with_name(f"{beside.stem}.{lang}.html")
        page = lxml_html.parse(str(beside)).getroot()
        for kind in ("h1", "p[@class='lead']"):
            assert text_of(tree.xpath(f"//{kind}")[0]) == text_of(page.xpath(f"//{kind}")[0])
        shown = [text_of(p) for p in tree.xpath("//p[@class='kv']")]
        assert shown == [text_of(d) for d in page.xpath("//dd[@class='v']")]
        amounts = [text_of(td).split("\n")[0] for td in tree.xpath("//td[@class='av']")]
        for amount, there in zip(amounts, page.xpath("//p[@class='amt']/b"), strict=True):
            assert amount.startswith(text_of(there))
        units = {text_of(row[0]): text_of(row[3]) for row in tree.xpath("//tr[th[@class='un']]")}
        for unit, kronor in units.items():
            truth = made.one(
                "select coalesce(sum(amount_sek), 0) from purchases where side = 'uncovered' and "
                f"department = '{name}' and unit = '{unit}' and {THIS}"
            )
            assert read(kronor).shows(truth)
        plain = message.get_body(("plain",)).get_content().replace("\r", "")
        assert text_of(page.xpath("//h1")[0]).replace("\u00a0", " ") in plain
        assert len(message.get_body(("html",)).get_content().encode()) < 100_000


def test_the_workbook_holds_every_posting_to_the_ore(made: Made) -> None:
    for name, path in made.written.workbooks.items():
        book = openpyxl.load_workbook(path, data_only=True)
        summary, month, year = (book.worksheets[n] for n in (0, 2, 3))
        truth = {
            row["side"]: row["amount"]
            for row in made.ask(
                f"select side, sum(amount_sek) as amount from purchases where department = '{name}' "
                f"and {THIS} group by side",
                {},
            )
        }
        covered, uncovered, exempt = (
            truth.get(side, Decimal(0)) for side in ("covered", "uncovered", "exempt")
        )
        figures = [row[1] for row in summary.iter_rows(min_row=7, values_only=True)]
        shown = [Decimal(str(f)).quantize(Decimal("0.01")) for f in figures if f is not None]
        assert shown == [covered, uncovered, covered + uncovered, exempt]
        assert _sum_of(month) == covered + uncovered + exempt
        assert _sum_of(year) == made.one(
            f"select sum(amount_sek) from purchases where side = 'uncovered' and "
            f"department = '{name}' and {YEAR}"
        )


def test_the_workbooks_formulas_have_the_value_that_they_carry(made: Made) -> None:
    for path in (made.written.workbook, *made.written.workbooks.values()):
        live, cached = (openpyxl.load_workbook(path, data_only=only) for only in (False, True))
        rows = {str(row[0].value): row for row in live.worksheets[0].iter_rows(min_row=7)}
        formulas = [cell.value for row in rows.values() for cell in row[1:] if cell.value]
        sums = [re.fullmatch(SUMIFS, str(formula)) for formula in formulas]
        for match in filter(None, sums):
            what, sheet, where, label = match.groups()
            pairs = zip(live[sheet][where], live[sheet][what], strict=True)
            total = sum(
                (Decimal(str(v.value)) for [k], [v] in pairs if k.value == label), Decimal(0)
            )
            shown = cached.worksheets[0].cell(rows[label][0].row, 2).value
            assert Decimal(str(shown)).quantize(CENT) == total.quantize(CENT)
        assert len([match for match in sums if match]) == 3 or not any(sums)


def test_the_workbooks_months_are_those_of_the_figures(made: Made) -> None:
    for name, path in made.written.workbooks.items():
        sheet = openpyxl.load_workbook(path, data_only=True).worksheets[4]
        truth = made.ask(
            "select period, volume_sek, covered_sek, uncovered_sek, uncovered_share, "
            "uncovered_share_low, uncovered_share_high, target_share, exempt_sek from "
            f"kpi_department_monthly where department = '{name}' and "
            "period <= date '2026-09-01' order by period desc",
            {},
        )
        rows = [row for row in sheet.iter_rows(values_only=True) if hasattr(row[0], "year")]
        for row, expected in zip(rows, truth, strict=True):
            assert row[0].date() == expected["period"]
            tiny = expected["volume_sek"] < 50_000  # no page says a share of so little
            for shown, (name, told) in zip(row[1:9], list(expected.items())[1:], strict=True):
                said = not name.startswith("uncovered_share") or (not tiny and 0 <= told <= 1)
                value = told if said else None
                assert (shown in (None, "")) == (value is None)
                assert value is None or abs(float(shown) - float(value)) < 1e-9


def test_the_workbooks_actions_are_those_of_the_page(made: Made) -> None:
    for name, path in made.written.workbooks.items():
        sheet = openpyxl.load_workbook(path, data_only=True).worksheets[1]
        page = lxml_html.parse(str(made.written.departments[name])).getroot()
        shown = page.xpath("//p[@class='amt']")
        rows = [row for row in sheet.iter_rows(min_row=5, values_only=True) if row[3]]
        for row, amounts in zip(rows, shown, strict=not shown or len(rows) == len(shown)):
            assert read(text_of(amounts[0])).shows(row[4])
            assert read(text_of(amounts[2])).shows(row[5])


def test_the_plain_letter_has_the_numbers_of_the_html_letter(made: Made) -> None:
    for path in made.written.letters.values():
        message = email.message_from_bytes(path.read_bytes(), policy=default)
        tree = lxml_html.fromstring(message.get_body(("html",)).get_content())
        html = " ".join(tree.xpath("//body//text()")).replace("\u00a0", " ")
        plain = message.get_body(("plain",)).get_content().replace("\u00a0", " ")
        shown = set(re.findall(AMOUNT, html))
        assert shown
        assert shown <= set(re.findall(AMOUNT, plain))


SUMIFS = r"=SUMIFS\('(?:[^']+)'!(\$\w\$\d+:\$\w\$\d+),'([^']+)'!(\$\w\$\d+:\$\w\$\d+),\"(.+)\"\)"
CENT = Decimal("0.01")
AMOUNT = r"(?:SEK )?\d{1,3}(?: \d{3})*(?:[.,]\d+)?(?:k|m| tkr| mnkr| ?%)"


def _sum_of(sheet: Any) -> Decimal:
    """Add up the column of kronor, and hold the foot's cached value against it."""
    rows = list(sheet.iter_rows(values_only=True))
    head = next(n for n, row in enumerate(rows) if "Kronor" in row)
    column = rows[head].index("Kronor")
    if head + 1 == len(rows):
        return Decimal(0)
    values = [Decimal(str(row[column])).quantize(Decimal("0.01")) for row in rows[head + 1 : -1]]
    assert Decimal(str(rows[-1][column])).quantize(Decimal("0.01")) == sum(values)
    return sum(values, Decimal(0))
