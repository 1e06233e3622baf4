"""What a reader reads, word for word, in the worlds that a report can meet.

Text, not markup: `make golden` rewrites it, and the diff is read as a reader would.
"""

from __future__ import annotations

import dataclasses
import email
from datetime import date
from decimal import Decimal
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import toy
from lxml import html as lxml_html

from compliance.report.facts import Facts, Reader
from compliance.report.month import write

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden/report"
OCTOBER = date(2026, 10, 1)
SMALL = toy.World(months=14, lines_a_month=50, departments=toy.DEPARTMENTS[:3])


def positive(line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "amount_sek": abs(line["amount_sek"]) + 1}


def reversed_in_october(line: dict[str, Any]) -> dict[str, Any]:
    is_october = line["purchase_date"] >= OCTOBER
    return {**line, "amount_sek": -abs(line["amount_sek"])} if is_october else line


def tiny_in_october(line: dict[str, Any]) -> dict[str, Any]:
    is_october = line["purchase_date"] >= OCTOBER
    return {**line, "amount_sek": Decimal("150.00")} if is_october else line


WORLDS = {
    "ordinary": (SMALL, OCTOBER),
    "without-data": (SMALL, date(2026, 12, 1)),
    "first-month": (SMALL, date(2025, 9, 1)),
    "all-on-contract": (dataclasses.replace(SMALL, uncovered=0.0, change=positive), OCTOBER),
    "nothing-on-contract": (dataclasses.replace(SMALL, uncovered=1.0, change=positive), OCTOBER),
    "credits": (dataclasses.replace(SMALL, change=reversed_in_october), OCTOBER),
    "tiny": (dataclasses.replace(SMALL, change=tiny_in_october), OCTOBER),
    "no-contracts-no-target": (
        dataclasses.replace(SMALL, contracts=False, targets=False, tables_of_issue_5=False),
        OCTOBER,
    ),
    "one-department": (dataclasses.replace(SMALL, departments=("Kommunen",)), OCTOBER),
}


def outline(text: str) -> str:
    """Return what is read, a line per heading, paragraph, row and list item."""
    tree = lxml_html.fromstring(text)
    lines = []
    for element in tree.iter("h1", "h2", "h3", "p", "tr", "li", "dt", "dd", "summary", "desc"):
        if element.tag == "tr":
            said = " | ".join(" ".join(cell.text_content().split()) for cell in element)
        elif element.tag == "li" and element.getparent().get("class") == "actions":
            continue
        else:
            said = " ".join(element.text_content().split())
        lines.append({"h1": "# ", "h2": "\n## ", "h3": "### "}.get(element.tag, "") + said)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("name", WORLDS)
def test_the_page_and_the_letter_read_as_they_were_read(
    name: str, lang: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    world, month = WORLDS[name]
    ask = toy.ask_of(toy.build(tmp_path / "toy.duckdb", world))
    facts = Facts(
        "Björkviks kommun",
        contact="upphandling@bjorkvik.example",
        categories=toy.CATEGORIES,
        exclusions={"X01": ("Löner och pensioner", "Salaries and pensions")},
        report_url="https://intranat.bjorkvik.example/avtal",
        readers={d: Reader(d, "Åsa Öberg", "a@b.example", lang) for d in world.departments},
    )
    written = write(ask, tmp_path / "out", [ROOT / "reports"], facts, month, lang)
    text = outline(written.report.read_text("utf-8"))
    if written.letters:
        letter = email.message_from_bytes(
            min(written.letters.items())[1].read_bytes(), policy=default
        )
        body = letter.get_body(("plain",)).get_content().replace("\r", "")
        text += f"\n\n{'=' * 72}\nSubject: {letter['Subject']}\n\n{body}"
    golden = GOLDEN / f"{name}.{lang}.txt"
    if request.config.getoption("--rewrite-golden"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")
