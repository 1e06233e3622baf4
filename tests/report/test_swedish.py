"""A Swedish page is Swedish: what the checks and the loader say in English has a sentence of ours."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import toy
from lxml import html as lxml_html

from compliance.report.facts import Facts
from compliance.report.month import write
from compliance.report.quality import (
    HYGIENE,
    QUALITY,
    REASONS,
    example_told,
    reason_told,
    title_told,
)
from compliance.report.sections import read_section
from compliance.rules import read_rules
from compliance.words import Words
from compliance.words.catalogue import read_po
from compliance.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
CODE = ROOT / "compliance"
SV, EN = Words.of("sv"), Words.of("en")
SEVERITIES = {"info", "warning", "error"}

# Where the loader writes down why a row is rejected: the functions, or the names of constants.
WRITERS = {
    "normalise.py": {"amount_fault", "date_fault"},
    "layout.py": {"_why"},
    "readers/delimited.py": {"UNDECODABLE", "BESIDE"},
    "readers/tokenizer.py": {"split", "UNCLOSED"},
    "readers/rowstore.py": {"_cells"},
    "invoices.py": {"_other_currency"},
}


def texts(path: Path, names: set[str]) -> Iterator[str]:
    """Give each text that stands in these functions and constants, its fields filled with a 7."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name in names:
            yield from said(ast.Module(node.body[1:] if ast.get_docstring(node) else node.body, []))
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in names:
            yield from said(node)


def said(tree: ast.AST) -> Iterator[str]:
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
              for part in ast.walk(node) if part is not node}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "7" for p in node.values)
        elif isinstance(node, ast.Constant) and id(node) not in inside:
            yield str(node.value)


@pytest.mark.parametrize("file", WRITERS)
def test_every_reason_to_reject_a_row_is_told_in_swedish(file: str) -> None:
    unknown = SV.say("the row could not be read")
    # A sentence has three words; the rest are patterns, separators and names.
    reasons = [t for t in texts(CODE / file, WRITERS[file]) if re.search(r"[a-z] \S+ [a-z0-9`]", t)]
    assert reasons
    assert [reason for reason in reasons if reason_told(reason, SV) == unknown] == []


def test_a_reason_keeps_what_was_written_and_is_otherwise_swedish() -> None:
    assert reason_told("cannot read `se bilaga` as an amount", SV) == (
        "”se bilaga” går inte att läsa som ett belopp"
    )
    reason = "cannot read `12/13/26` as a date written YYYY-MM-DD or DD.MM.YYYY"
    assert reason_told(reason, SV).endswith("i formen YYYY-MM-DD eller DD.MM.YYYY")
    assert reason_told(reason, EN) == reason
    assert reason_told("12 cells, more than the header's 9", SV) == (
        "12 värden, fler än rubrikradens 9"
    )
    reason = "`EUR` is not counted; only SEK or empty is"
    assert reason_told(reason, SV) == "”EUR” räknas inte, bara SEK eller tom cell"
    assert reason_told(reason, EN) == reason
    assert reason_told("some reason of tomorrow", SV) == "raden gick inte att läsa"
    assert reason_told("some reason of tomorrow", EN) == "some reason of tomorrow"


def test_every_check_of_the_register_has_a_name_for_the_reader() -> None:
    found = set()
    for path in CODE.glob("register*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            parts = (
                list(ast.iter_child_nodes(node)) if isinstance(node, ast.Tuple | ast.Call) else []
            )
            parts += [s.value for s in parts if isinstance(s, ast.Starred)]
            strings = [s.value for p in parts for s in ast.walk(p) if isinstance(s, ast.Constant)]
            if SEVERITIES & {s for s in strings if isinstance(s, str)}:
                found |= {s for s in strings if isinstance(s, str)} - SEVERITIES
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "check":
                found |= {s.value for s in ast.walk(node) if isinstance(s, ast.Constant)}
    checks = {name for name in found if re.fullmatch(r"[a-z]+(_[a-z]+)+", str(name))}
    assert len(checks) > 15
    assert checks - HYGIENE.keys() == set()


def test_every_trouble_in_the_data_has_a_name_for_the_reader() -> None:
    model = (CODE / "models/data_quality.sql").read_text("utf-8")
    names = set(re.findall(r"'(\w+)' as name", model))
    assert len(names) > 8
    assert names - QUALITY.keys() == set()


def test_no_sentence_of_the_checks_is_the_same_in_swedish() -> None:
    for sentence in {*QUALITY.values(), *HYGIENE.values(), *REASONS}:
        assert SV.sentence(sentence) != sentence


def test_an_example_of_an_unknown_trouble_shows_no_english() -> None:
    names = (
        "check_name", "example_path", "example_row", "example_reason", "example_contract_id",
        "example_account", "example_vendor_name", "example_date", "example_sek",
    )  # fmt: skip
    row = {**dict.fromkeys(names), "quality_name": "of_tomorrow"}
    assert example_told(row, SV) == "–"
    day = {**row, "example_date": date(2026, 3, 4), "example_vendor_name": "Almby AB"}
    assert example_told(day, SV) == "Almby AB · 2026-03-04"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.build(tmp_path_factory.mktemp("toy") / "toy.duckdb")


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ("month 2024-05-01 ", "maj 2024"),
        ("year 2024-01-01 ", "2024"),
        ("twelve months 2024-05-01 ", "12 månader till och med maj 2024"),
        ("month and department 2024-05-01 Socialförvaltningen", "maj 2024 · Socialförvaltningen"),
        ("year and category 2024-01-01 65", "2024 · Kategori 65"),
    ],
)
def test_a_share_outside_0_to_1_is_told_with_its_period_and_without_a_sum_of_kronor(
    database: Path, example: str, told: str
) -> None:
    file = ROOT / "reports/sections/91_quality.sql"
    section = read_section("quality", file.read_text("utf-8"), file.name)
    assert section is not None
    found = f"(select 'share_outside_0_1' as name, 'warning' as severity, 1 as row_count, 5.0 as amount_sek, '{example}' as example from range(2))"
    [row] = toy.ask_of(database)(
        section.sql.replace("data_quality", f"{found} as data_quality"), {}
    )
    assert example_told(row, SV) == told
    assert (row["row_count"], row["amount_sek"]) == (2, None)
    assert title_told(row, SV).startswith("Perioder")


def read(path: Path) -> str:
    tree = lxml_html.fromstring(path.read_text("utf-8"))
    for style in tree.xpath("//style"):
        style.getparent().remove(style)
    attributes = " ".join(tree.xpath("//@aria-label | //@alt | //@title"))
    return " ".join(f"{tree.text_content()} {attributes}".split())


def test_no_english_stands_on_the_swedish_pages_of_the_demonstration(
    demo: Path, tmp_path: Path
) -> None:
    workspace = Workspace.open(demo)
    ask = toy.ask_of(workspace.database)
    facts = Facts.of(workspace, read_rules(workspace.rules))
    written = write(ask, tmp_path, [ROOT / "reports"], facts, date(2026, 10, 1), "sv")
    pages = {path.name: read(path) for path in [written.report, *written.departments.values()]}
    english = {
        row["said"]
        for query in (
            "select distinct message as said from register_hygiene",
            "select distinct reason as said from rejected_rows",
            "select distinct example as said from data_quality",
            "select distinct check_name as said from register_hygiene",
            "select distinct name as said from data_quality",
            "select distinct state as said from coverage where state like '%\\_%' escape '\\'",
        )
        for row in ask(query, {})
    }
    swedish = read_po((CODE / "words/sv.po").read_text("utf-8"))
    english |= {m for m, forms in swedish.items() if " " in m and "{" not in m and m not in forms}
    assert len(english) > 250
    for name, text in pages.items():
        assert [said for said in english if re.search(rf"\b{re.escape(said)}\b", text)] == [], name
        assert not re.search(r"\b(the|of|with|which|without|cannot|line_id|vendor_id)\b", text), (
            name
        )
    assert "”" in pages["report.html"]
