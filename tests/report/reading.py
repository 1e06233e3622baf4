"""Read a written report back: its pages, its tables, its numbers with the precision shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import toy
from lxml import html as lxml_html

from compliance import pipeline
from compliance.report.facts import Facts, Reader
from compliance.report.month import Written, write
from compliance.rules import read_rules
from compliance.scaffold import scaffold
from compliance.workspace import Workspace

REPORTS = Path(__file__).resolve().parents[2] / "reports"
MONTH = date(2026, 9, 1)
YEAR = "purchase_date >= date '2025-10-01' and purchase_date < date '2026-10-01'"
THIS = "purchase_date >= date '2026-09-01' and purchase_date < date '2026-10-01'"
SIZES = {"tkr": 3, "k": 3, "mnkr": 6, "m": 6, "mdkr": 9, "bn": 9, "kr": 0, "": 0, "%": -2}

Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Seen:
    """A number as it is shown, and how far from the truth rounding may have taken it."""

    value: Decimal
    half: Decimal

    def shows(self, truth: Any) -> bool:
        return abs(self.value - Decimal(str(truth))) <= self.half + Decimal("1e-9")


def read(text: str, scale: int = 0) -> Seen:
    """Read a Swedish or English number with its unit; `scale` 3 for a bare number of thousands."""
    text = text.replace("\u00a0", "").replace("\u2212", "-").replace("▼", "-").replace("▲", "")
    match = re.search(r"(-?)(SEK)?([\d.,]+)(tkr|mnkr|mdkr|kr|k|m|bn|%)?", text.replace("■", ""))
    assert match, text
    digits = match[3]
    # No Swedish figure is shown with three decimals, so these commas group thousands.
    if match[2] or re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", digits):
        digits = digits.replace(",", "")
    digits = digits.replace(",", ".")
    power = SIZES[match[4] or ""] or scale
    value = Decimal(match[1] + digits).scaleb(power)
    places = len(digits.partition(".")[2])
    return Seen(value, Decimal("0.5").scaleb(power - places))


@dataclass(frozen=True)
class Made:
    written: Written
    ask: Ask
    lang: str

    def one(self, sql: str) -> Any:
        [row] = self.ask(sql, {})
        [value] = row.values()
        return value


@pytest.fixture(scope="module", params=["sv", "en", pytest.param("demo", marks=pytest.mark.trust)])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The toy's report in each language and, in the long half, the demonstration municipality's."""
    folder = tmp_path_factory.mktemp("numbers")
    if request.param == "demo":
        return _demo(folder)
    ask = toy.ask_of(toy.build(folder / "toy.duckdb"))
    lang = request.param
    facts = Facts(
        "Björkviks kommun",
        categories=toy.CATEGORIES,
        readers={d: Reader(d, "Å", "a@b.example", lang) for d in toy.DEPARTMENTS},
    )
    return Made(write(ask, folder / "out", [REPORTS], facts, MONTH, lang), ask, lang)


def _demo(folder: Path) -> Made:
    scaffold(folder / "demo", demo=True)
    workspace = Workspace.open(folder / "demo")
    pipeline.build(workspace, [].append)
    ask = toy.ask_of(workspace.database)
    facts = Facts.of(workspace, read_rules(workspace.rules))
    return Made(write(ask, folder / "out", [REPORTS], facts, MONTH, "sv"), ask, "sv")


def pages(made: Made) -> Iterator[tuple[str, str, Any]]:
    """Each page with the condition that selects its postings."""
    yield "true", "kpi_monthly where true", lxml_html.parse(str(made.written.report)).getroot()
    for name, path in made.written.departments.items():
        tree = lxml_html.parse(str(path)).getroot()
        yield f"department = '{name}'", f"kpi_department_monthly where department = '{name}'", tree


def table(tree: Any, section: str) -> list[list[str]]:
    rows = tree.xpath(f"//section[@id='{section}']//table/tbody/tr")
    return [[cell.text_content().strip() for cell in row] for row in rows]


def text_of(element: Any) -> str:
    return str(element.text_content()).strip()


def companies(made: Made) -> dict[str | None, str | None]:
    """Each spelling, and the plainest of those that are the same company."""
    known = made.ask(
        "select vendor_name, org_number, is_merged, case when outcome = 'matched' then supplier_id "
        "end as supplier from vendors left join vendor_matches using (vendor_id)",
        {},
    )
    keys: dict[str, list[tuple[int, str]]] = {}  # by what is left without case, blanks and stops
    for row in known:
        if (name := row["vendor_name"]) is not None:
            of_name = keys.setdefault(_plain(name), [(2, _plain(name))])
            if row["supplier"] and not row["is_merged"]:
                of_name.append((0, row["supplier"]))
            if row["org_number"]:
                of_name.append((1, row["org_number"] + name.strip().lower()[:4]))
    names = {row["vendor_name"] for row in known} - {None}
    groups: dict[tuple[int, str], list[str]] = {}
    for name in names:
        groups.setdefault(min(keys[_plain(name)]), []).append(name)
    plainest = {
        key: min(names, key=lambda n: (n == n.upper(), len(n), n)) for key, names in groups.items()
    }
    merged = {row["vendor_name"]: "Privatperson" for row in known if row["is_merged"]}
    plain = {name: plainest[min(keys[_plain(name)])] for name in names}
    return {None: None, **plain, **merged}


def _plain(name: str) -> str:
    return re.sub(r"[ .,/()-]", "", name.lower().replace("&", "och"))


def withheld(made: Made, condition: str) -> set[str | None]:
    """Who has no row of its own: private persons shown together, when fewer than five are meant."""
    found = made.ask(
        "select 'Privatperson' as vendor_name from purchases join vendors using (vendor_id) "
        f"where side = 'uncovered' and is_merged and {condition} "
        "group by 1 having count(distinct vendor_id) < 5",
        {},
    )
    return {row["vendor_name"] for row in found}
