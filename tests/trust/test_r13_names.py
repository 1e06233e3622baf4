"""R13 HTML, R14 file names, R15 formulas, R16 templates: what a vendor, a department or an editor
of templates writes stays text, from the ledger file to the page, the workbook and the letter."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import worlds
from lxml import html as lxml_html
from promises import Kept
from runs import ROOT, query, run

from compliance.errors import RuleError
from compliance.report import rendering
from compliance.report.paths import slug
from compliance.report.rendering import Renderer
from compliance.words import Words

sys.path.insert(0, str(ROOT / "tests" / "report"))
from hostile import STRINGS, TEMPLATES

RISKY = ("=", "+", "-", "@", "\t", "\r", "\0")


def cell(text: str) -> str:
    """The text as a ledger's cell; no ledger holds line ends or control characters in one."""
    plain = "".join(c if c.isprintable() else " " for c in text).strip() or "x"
    return '"' + plain.replace('"', '""') + '"'


def hostile(folder: Path, *, plain: bool) -> Path:
    """Write a workspace whose names are all hostile, or all harmless."""
    world = worlds.draw(13, rows=150, months=2, vendors=48)
    world.vendors = [(name, number) for name, number in world.vendors if number.startswith("55")]
    names, numbers = itertools.cycle(STRINGS), itertools.count()
    called: dict[str, str] = {}
    units = {
        unit: f"u{i}" if plain else cell(STRINGS[i * 5]) for i, unit in enumerate(worlds.UNITS)
    }
    for month, postings in world.months.items():
        world.months[month] = [
            replace(
                posting,
                vendor=called.setdefault(
                    posting.vendor,
                    f"Bolag{next(numbers)} AB"
                    if plain
                    else cell(f"{next(names)} {next(numbers)} AB"),
                ),
                unit=units[posting.unit],
                invoice="x" if plain else cell(next(names)),
            )
            for posting in postings
        ]
    return worlds.write(world, folder)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folders = []
    for plain in (True, False):
        folder = hostile(tmp_path_factory.mktemp("names") / "w", plain=plain)
        run("build", folder)
        run("report", folder)
        folders.append(folder)
    return folders[0], folders[1]


def elements(page: Path) -> Counter[str]:
    """Every element of a page with the names of its attributes, counted."""
    tree = lxml_html.fromstring(page.read_text("utf-8"))
    return Counter(
        f"{element.tag} {' '.join(sorted(element.attrib))}"
        for element in tree.iter()
        if isinstance(element.tag, str)
    )


def pages(folder: Path) -> list[Path]:
    return sorted((folder / "output" / "reports").rglob("*.html"))


@pytest.mark.trust
def test_names_are_text_on_every_page(pair: tuple[Path, Path], kept: Kept) -> None:
    plain, wild = pair
    assert len(pages(plain)) == len(pages(wild)) > 0
    allowed = {key for page in pages(plain) for key in elements(page)}
    count = 0
    for page in pages(wild):
        found = elements(page)
        assert not {
            key for key in found if key.split(" ")[0] in ("script", "img", "iframe", "object")
        }
        assert set(found) <= allowed, set(found) - allowed
        text = page.read_text("utf-8")
        assert "Content-Security-Policy" in text
        for element, attribute, link, _ in lxml_html.fromstring(text).iterlinks():
            assert not link.startswith(("http", "//", "javascript", "data:text")), (
                element.tag,
                attribute,
                link,
            )
        count += sum(found.values())
    raw = lxml_html.fromstring(f"<div>{''.join(STRINGS[:3])}</div>")
    assert len(list(raw.iter())) > 1, "unescaped, the same names become elements"
    kept(
        "R13",
        f"{len(STRINGS)} hostile names in every field: {count} elements on {len(pages(wild))} pages, none of"
        " them made by a name, no address outside",
        proof="unescaped, the same names become elements",
    )


@pytest.mark.trust
def test_names_come_back_exactly_and_are_no_formulas(pair: tuple[Path, Path], kept: Kept) -> None:
    _, wild = pair
    books = sorted((wild / "output" / "reports").rglob("*.xlsx"))
    cells = risky = 0
    for path in books:
        for sheet in openpyxl.load_workbook(path):
            assert not sheet._charts or sheet.title
            for row in sheet.iter_rows():
                for one in row:
                    if one.data_type == "f":
                        # Our own sums are formulas; a name may only be told as text.
                        assert not any(
                            s and s in str(one.value)
                            for s in STRINGS
                            if s[:1] in RISKY and len(s) > 3
                        )
                    elif isinstance(one.value, str):
                        cells += 1
                        risky += one.value.startswith(RISKY)
    shown = {name for (name,) in query(wild, "select vendor_name from vendors")}
    drawn = {name for month in ("2025-01", "2025-02") for name in _vendors(wild, month)}
    assert len(shown & drawn) > 0.9 * len(drawn)
    import io

    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write(0, 0, "=1+1")
    assert openpyxl.load_workbook(out).active["A1"].data_type == "f"
    kept(
        "R15",
        f"{cells} text cells in {len(books)} workbooks, {risky} of them begin like a formula, 0 are one;"
        f" {len(shown & drawn)} of {len(drawn)} names come back as delivered",
        proof="written with `write`, `=1+1` is a formula",
    )


def _vendors(folder: Path, month: str) -> set[str]:
    import csv

    with (folder / "ledger" / f"{month}.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter=";")
        return {" ".join(row["leverantor"].split()) for row in rows}


@pytest.mark.trust
def test_any_name_is_a_portable_file_name(pair: tuple[Path, Path], kept: Kept) -> None:
    _, wild = pair
    output = (wild / "output").resolve()
    for path in wild.rglob("*"):
        inside = path.resolve().relative_to(wild.resolve())
        if path.is_relative_to(output / "reports"):
            assert all(
                part.isascii() and not part.startswith((".", "-", " ")) for part in inside.parts[2:]
            ), path
    outside = [path for path in wild.parent.iterdir() if path != wild]
    assert outside == []
    slugs = {slug(string) for string in STRINGS}
    assert len(slugs) == len(set(STRINGS))
    assert all("/" not in s and s not in (".", "..") and len(s) <= 80 for s in slugs)
    assert any("/" in s for s in STRINGS)
    kept(
        "R14",
        f"{len(slugs)} names as departments: {len(slugs)} different portable file names, 0 outside the output",
        proof="taken as they are, some of them hold `/` or `..`",
    )


def test_hostile_templates_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: Kept
) -> None:
    monkeypatch.setattr(rendering, "SECONDS", 1)
    refused = 0
    for number, template in enumerate(TEMPLATES):
        (tmp_path / f"t{number}.j2").write_text(template, "utf-8")
        with pytest.raises(RuleError):
            Renderer([tmp_path], Words.of("en")).page(f"t{number}.j2", {"rows": [], "head": 1})
        refused += 1
    (tmp_path / "good.j2").write_text("{{ head }} {{ text }}")
    page = Renderer([tmp_path], Words.of("en")).page("good.j2", {"head": 1, "text": "{{ 7 * 7 }}"})
    assert page == "1 {{ 7 * 7 }}"
    kept(
        "R16",
        f"{refused} hostile templates refused, each within a second; data with braces stays text",
        proof="a harmless template is rendered",
    )
