"""Every number of the report's lower parts is a query's answer, part by part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from reading import (
    REPORTS,
    THIS,
    YEAR,
    Made,
    Seen,
    companies,
    pages,
    read,
    table,
    text_of,
    withheld,
)

from compliance import months
from compliance.report.sections import read_section

BEFORE = "purchase_date >= date '2026-08-01' and purchase_date < date '2026-09-01'"
CAUSES = {
    "leakage": ("covered_elsewhere", "superseded"),
    "expired": ("expired", "not_started"),
    "gap": ("no_contract", "direct_award"),
    "contract": ("ceiling_exceeded", "not_entitled", "out_of_scope"),
    "unknown": ("unidentified",),
}


def shows(cell: str, truth: Any, scale: int = 0) -> bool:
    """Say whether the cell shows the number; what is not known is a dash."""
    if "–" in (cell, "–" if truth is None else ""):
        return cell == "–" and truth is None
    return read(cell, scale).shows(truth)


def points(cell: str) -> Seen:
    """Read a change in percentage points as a difference of shares."""
    return read(f"{cell}%")


def foot(tree: Any, section: str) -> list[str]:
    return [text_of(cell) for cell in tree.xpath(f"//section[@id='{section}']//tfoot/tr/*")]


def test_the_change_is_each_companys_part_of_it(made: Made) -> None:
    company = companies(made)
    for where, _, tree in pages(made):
        sums: dict[str | None, list[Decimal]] = {}
        whole = [Decimal(0), Decimal(0)]
        for n, when in enumerate((BEFORE, THIS)):
            for row in made.ask(
                f"select vendor_name, side, sum(amount_sek) as amount from purchases "
                f"where side <> 'exempt' and {where} and {when} group by all",
                {},
            ):
                whole[n] += row["amount"]
                if row["side"] == "uncovered":
                    into = sums.setdefault(company[row["vendor_name"]], [Decimal(0), Decimal(0)])
                    into[n] += row["amount"]
        uncovered = [sum((s[n] for s in sums.values()), Decimal(0)) for n in (0, 1)]
        if any(whole[n] < 50_000 or not 0 <= uncovered[n] <= whole[n] for n in (0, 1)):
            assert not table(tree, "change")  # where the share of a month may not be said
            continue
        parts = {name: s[1] / whole[1] - s[0] / whole[0] for name, s in sums.items()}
        hidden = withheld(made, f"{where} and {BEFORE}") | withheld(made, f"{where} and {THIS}")
        truth = sorted(
            (n for n in parts if abs(parts[n]) >= Decimal("0.0005") and n not in hidden),
            key=lambda name: (-abs(parts[name]), name or "~"),
        )[:6]
        rows = table(tree, "change")
        assert len(rows) == len(truth)
        for row, name in zip(rows, truth, strict=True):
            assert row[0].startswith(name or "Leverantör saknas på raden")
            assert points(row[1]).shows(parts[name])
            assert shows(row[2], sums[name][0], 3)
            assert shows(row[3], sums[name][1], 3)


def test_the_causes_by_state(made: Made) -> None:
    for where, _, tree in pages(made):
        truth = {
            cause: made.ask(
                f"select coalesce(sum(amount_sek), 0) as year, "
                f"coalesce(sum(amount_sek) filter ({THIS}), 0) as month from purchases where "
                f"side = 'uncovered' and state in {(*states, '')} and {where} and {YEAR}",
                {},
            )[0]
            for cause, states in CAUSES.items()
        }
        whole = sum((row["year"] for row in truth.values()), Decimal(0))
        for item in tree.xpath("//section[@id='causes']//ul[contains(@class, 'keys')]/li"):
            [expected] = [truth[cause] for cause in truth if item.find_class(f"k-{cause}")]
            amount, _, part = text_of(item.find("b")).partition("·")
            assert read(amount).shows(expected["year"])
            assert not part or read(part).shows(expected["year"] / whole)
            said = re.split(r"[.:] ", text_of(item.find("span")))[-1]
            assert read(said).shows(expected["month"]), said


def test_the_unit_and_supplier_tables_add_up_to_the_whole(made: Made) -> None:
    for where, _, tree in pages(made):
        month, year, volume = (
            made.one(
                f"select coalesce(sum(amount_sek), 0) from purchases where {side} and {where} "
                f"and {when}"
            )
            for side, when in (
                ("side = 'uncovered'", THIS),
                ("side = 'uncovered'", YEAR),
                ("side <> 'exempt'", THIS),
            )
        )
        if units := foot(tree, "units"):
            assert shows(units[-1], month, 3)
            assert shows(units[-2], volume, 3)
            if units[3] != "–" or volume >= 50_000:  # no share of a tiny base
                assert shows(units[3], year_share(made, where))
        suppliers = foot(tree, "suppliers")
        if suppliers:
            assert shows(suppliers[-2], month, 3)
            assert shows(suppliers[-1], year, 3)
            rows = [row for row in table(tree, "suppliers") if not row[1]]
            shown = [row for row in table(tree, "suppliers") if row[1]]
            half = Decimal(500) * (len(shown) + 1)
            for row in rows:  # the others
                rest = year - sum(read(one[5], 3).value for one in shown)
                assert abs(read(row[5], 3).value - rest) <= half


def year_share(made: Made, where: str) -> Any:
    return made.one(
        "select sum(amount_sek) filter (side = 'uncovered')::double / sum(amount_sek)::double "
        f"from purchases where side <> 'exempt' and {where} and {YEAR}"
    )


def test_the_direct_award_limits(made: Made) -> None:
    truth = made.ask(
        "select * from direct_award_watch where amount_sek > 0 and fiscal_year = 2026 "
        "order by used_share desc, category_code",
        {},
    )
    for where, _, tree in pages(made):
        rows = table(tree, "direct_awards")
        at = 0
        for row in rows:  # a department's are some of the whole's, in the same order
            while not limit_shown(row, truth[at]):
                at += 1
            at += 1
        assert where != "true" or len(rows) == min(10, len(truth))


def limit_shown(row: list[str], truth: dict[str, Any]) -> bool:
    limit = row[3].removesuffix(" not verified").removesuffix(" overifierad")
    return (
        shows(row[1], truth["used_share"])
        and shows(row[2], truth["amount_sek"], 3)
        and shows(limit, truth["limit_sek"], 3)
        and (limit != row[3]) == (truth["is_limit_verified"] is False)
        and shows(row[4], truth["vendor_count"])
    )


def test_the_contracts_that_end_or_fill_up(made: Made) -> None:
    for where, _, tree in pages(made):
        for row in tree.xpath("//section[@id='contracts']//tbody/tr"):
            contract = re.split(r"[, ]", text_of(row.find_class("sm")[0]))[0]
            cells = [text_of(cell).partition("\n")[0] for cell in row]
            [truth] = made.ask(
                "select last_day, called_off_sek::double / ceiling_sek::double as used, "
                "ceiling_forecast_date from contracts where contract_id = $c and lot = ''",
                {"c": contract},
            )
            bought = made.one(
                "select sum(amount_sek) from purchases where "
                "state in ('confirmed', 'supplier_only', 'direct_award', 'tail') and "
                f"contract_id = '{contract}' and {where} and {YEAR}"
            )
            assert cells[1].startswith(truth["last_day"].isoformat())
            assert shows(re.match(r"[\d\s]+%|–", cells[3])[0], truth["used"])  # type: ignore[index]
            for day in re.findall(r"\d{4}-\d\d-\d\d", cells[3]):
                assert day == truth["ceiling_forecast_date"].isoformat()
            assert shows(cells[4], bought, 3)


def test_tenders_and_local_suppliers(made: Made) -> None:
    for where, _, tree in pages(made):
        if rows := table(tree, "tenders"):
            truth = made.ask(
                "select * from tender_competition where year = (select max(year) from "
                "tender_competition where year <= 2026) order by procurement_count desc, "
                "category_code limit 40",
                {},
            )
            for row, expected in zip(rows, truth, strict=True):
                assert shows(row[1], expected["procurement_count"])
                assert shows(row[2], expected["tenders_median"])
                assert shows(row[3], expected["tenders_mean"])
                assert shows(row[4], expected["tenders_per_lot"])
                assert shows(row[5], expected["single_tender_share"])
                assert shows(row[6], expected["local_share"])
        for year, amount, share in table(tree, "local"):
            of_year = made.ask(
                f"select amount_sek, local_share from local_suppliers where year = {year} "
                f"and {where}",
                {},
            )
            total = sum((row["amount_sek"] for row in of_year), Decimal(0))
            local = sum(float(row["amount_sek"]) * (row["local_share"] or 0) for row in of_year)
            assert shows(amount, total, 3)
            assert shows(share, local / float(total))


def test_what_is_exempt_rule_by_rule(made: Made) -> None:
    for where, _, tree in pages(made):
        for row in tree.xpath("//section[@id='exempt']//tbody/tr"):
            title = text_of(row[0])
            if codes := row.find_class("sm"):
                rules = f"rule_id in {(*text_of(codes[0]).split(', '), '')}"
            elif title in ("Avgjort av en handläggare", "Decided by a person"):
                rules = "rule_id is null or rule_id = 'decision'"
            else:
                rules = f"rule_id = '{title}'"
            cells = [text_of(cell) for cell in row]
            [truth] = made.ask(
                f"select count(*) filter ({THIS}) as count, sum(amount_sek) as year, "
                f"coalesce(sum(amount_sek) filter ({THIS}), 0) as month from coverage join "
                f"ledger_lines using (line_id) where side = 'exempt' and ({rules}) and {where} "
                f"and {YEAR}".replace("amount_sek", "coverage.amount_sek"),
                {},
            )
            assert shows(cells[1], truth["count"])
            assert shows(cells[2], truth["month"], 3)
            assert shows(cells[3], truth["year"], 3)


def whole(made: Made) -> Any:
    return next(iter(pages(made)))[2]


def test_the_faults_of_the_inputs(made: Made) -> None:
    left = made.ask(
        "select sum(row_count) as rows, sum(amount_sek) as amount from data_quality "
        "where severity <> 'info' group by name, severity, "
        "case when name = 'register_hygiene' then split_part(example, ':', 1) end",
        {},
    )
    for row in table(whole(made), "quality"):
        found = [t for t in left if shows(row[2], t["rows"]) and shows(row[3], t["amount"], 3)]
        assert found, row
        left.remove(found[0])
    assert not left


def test_what_was_read_and_rejected(made: Made) -> None:
    for row in table(whole(made), "rejected"):
        path = re.split(r"(?<=csv)|(?<=xlsx)|(?<=xml)", row[0])[0]
        [truth] = made.ask("select * from source_files where path = $p", {"p": path})
        assert shows(row[2], truth["rows_read"])
        assert shows(row[3], truth["rows_rejected"])
        assert shows(row[4], truth["loaded_sek"], 3)
        assert shows(row[5], truth["rejected_sek"])


def test_the_months_whose_figure_has_changed(made: Made) -> None:
    truth = made.ask(
        "select * from kpi_reported where period <= date '2026-09-01' and "
        "(abs(difference) >= 0.0005 or (reported_share is null) <> (computed_share is null) and "
        "period >= (select date_trunc('month', min(first_date)) from source_files)) order by period desc limit 24",
        {},
    )
    for row, expected in zip(table(whole(made), "reported"), truth, strict=True):
        assert shows(row[1], expected["reported_share"])
        assert shows(row[2], expected["computed_share"])


def sentences(made: Made) -> Iterator[tuple[str, Any]]:
    for where, kpi, tree in pages(made):
        found = made.ask(f"select * from {kpi} and period = date '2026-09-01'", {})
        text = " ".join(text_of(p) for p in tree.find_class("sure"))
        yield where, (tree, text, found[0] if found else None)


def test_the_interval_and_the_share_after_the_actions(made: Made) -> None:
    checked = 0
    for where, (tree, text, row) in sentences(made):
        between = re.search(r"(?:Mellan|Between) (.+?%) (?:och|and) (.+?%)", text)
        if between and row:
            assert read(between[1]).shows(row["uncovered_share_low"]), where
            assert read(between[2]).shows(row["uncovered_share_high"]), where
            checked += 1
        after = re.search(r"(?:blivit|been) (.+?%)", text)
        if after:
            moved = sum(
                (read(text_of(b)).value for b in tree.xpath("//p[@class='amt']/b")), Decimal(0)
            )
            half = sum(read(text_of(b)).half for b in tree.xpath("//p[@class='amt']/b"))
            uncovered, volume = (
                made.one(
                    f"select sum(amount_sek) from purchases where {side} and {where} and {YEAR}"
                )
                for side in ("side = 'uncovered'", "side <> 'exempt'")
            )
            seen = read(after[1])
            assert abs(seen.value - (uncovered - moved) / volume) <= seen.half + half / volume
            checked += 1
    assert checked


def test_the_share_after_an_action_is_of_the_plans_own_months(made: Made) -> None:
    file = REPORTS / "sections" / "20_actions.sql"
    section = read_section("actions", file.read_text("utf-8"), file.name)
    assert section is not None
    # Though action and kronor be the same in an earlier month.
    alike = re.sub(r"\n    and ranked.amount_12m_sek = \w+.amount_12m_sek", "", section.sql)
    assert alike != section.sql
    [latest] = made.ask("select date_trunc('month', as_of)::date as month from build_info", {})
    planned = {(plan["action"], plan["subject"]) for plan in made.ask("from action_plan", {})}
    for month in (latest["month"], months.before(latest["month"])):
        rows = made.ask(alike, {"month": month})
        assert any(row["department"] is None for row in rows)
        for row in rows:
            is_planned = (
                row["department"] is None and (row["action_kind"], row["action_key"]) in planned
            )
            told = row["plan_share_after"] is not None
            assert told == (is_planned and month == latest["month"])


def test_an_actions_postings_are_in_the_ledger(made: Made) -> None:
    checked = 0
    for where, _, tree in pages(made):
        for item in tree.xpath("//ol[@class='actions']/li"):
            for cells in item.xpath(".//table/tbody/tr"):
                day, number, _vendor, unit, amount = (text_of(cell) for cell in cells)
                found = made.ask(
                    "select coverage.amount_sek as amount_sek from coverage join ledger_lines "
                    "using (line_id) where side = 'uncovered' and purchase_date = $day and "
                    "coalesce(invoice_no, voucher_no) = $number and coalesce(unit, '') = $unit "
                    f"and {where}",
                    {"day": day, "number": number, "unit": unit},
                )
                assert any(read(amount).shows(row["amount_sek"]) for row in found), (day, number)
                checked += 1
    assert checked
