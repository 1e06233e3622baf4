"""Names are text, templates are data: neither reaches anything it was not given."""

from __future__ import annotations

import email
import itertools
import re
import zipfile
from datetime import date
from email.policy import default
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import toy
from hostile import STRINGS, TEMPLATES
from lxml import html as lxml_html

from compliance.errors import RuleError
from compliance.report import rendering
from compliance.report.facts import Facts, Reader
from compliance.report.month import Written, write
from compliance.report.paths import slug
from compliance.report.rendering import Renderer
from compliance.words import Words

REPORTS = Path(__file__).resolve().parents[2] / "reports"
OCTOBER = date(2026, 10, 1)
DEPARTMENT = "Hostile förvaltning"


def hostile_world(plain: bool) -> toy.World:
    """Every name of the world taken from the list in turn, or, for the comparison, an `x`."""
    names = itertools.cycle(STRINGS)

    def change(line: dict[str, Any]) -> dict[str, Any]:
        vendor = line["vendor"]
        if "renamed" not in vendor:
            number = int(vendor["vendor_id"][1:])
            vendor["vendor_name"] = f"x{number}" if plain else f"{next(names)}\u2063{number}"
            vendor["renamed"] = True
        number = int(line["invoice_no"]) % 3
        name = next(names)
        return {
            **line,
            "department": DEPARTMENT,
            "unit": f"u{number}" if plain else f"{STRINGS[number * 7]}\u2063{number}",
            "invoice_no": "x" if plain else name,
            "category_code": "65",
        }

    return toy.World(months=14, lines_a_month=60, departments=(DEPARTMENT,), change=change)


def written(tmp_path: Path, *, plain: bool) -> Written:
    folder = tmp_path / ("plain" if plain else "hostile")
    folder.mkdir()
    database = toy.build(folder / "toy.duckdb", hostile_world(plain))
    facts = Facts(
        "x" if plain else "</style><script>1</script>{{ 7 * 7 }}\\\" ; }",
        categories={"65": ("x", "x") if plain else ("<b>=1+1</b>", "<b>=1+1</b>")},
        readers={DEPARTMENT: Reader(DEPARTMENT, "x" if plain else "x\r\nBcc: evil@evil.example",
                                    "chef@bjorkvik.example")},
        sender="avtal@bjorkvik.example",
        report_url="https://intranat.bjorkvik.example/avtal",
    )  # fmt: skip
    return write(toy.ask_of(database), folder / "out", [REPORTS], facts, OCTOBER, "sv")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Written, Written]:
    folder = tmp_path_factory.mktemp("hostile")
    return written(folder, plain=True), written(folder, plain=False)


def shape(text: str) -> list[tuple[str, tuple[str, ...]]]:
    tree = lxml_html.fromstring(text)
    return [
        (str(element.tag), tuple(sorted(element.attrib)))
        for element in tree.iter()
        # The order of equal sums follows names, and with it which bars have a visible length.
        if element.tag not in ("rect", "path")
    ]


def letter(path: Path) -> email.message.EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def test_names_never_change_a_pages_elements(pair: tuple[Written, Written]) -> None:
    plain, hostile = pair
    for one, other in ((plain.report, hostile.report),
                       (plain.departments[DEPARTMENT], hostile.departments[DEPARTMENT])):  # fmt: skip
        assert shape(one.read_text("utf-8")) == shape(other.read_text("utf-8"))


def test_names_never_change_a_letters_elements(pair: tuple[Written, Written]) -> None:
    one, other = (letter(each.letters[DEPARTMENT]) for each in pair)
    assert shape(one.get_body(("html",)).get_content()) == shape(
        other.get_body(("html",)).get_content()
    )


def test_names_never_give_an_address_outside(pair: tuple[Written, Written]) -> None:
    _, hostile = pair
    body = letter(hostile.letters[DEPARTMENT]).get_body(("html",)).get_content()
    for text in (hostile.report.read_text("utf-8"), body):
        tree = lxml_html.fromstring(text)
        for value in tree.xpath("//@href | //@src"):
            assert value.startswith(
                ("#", "mailto:", "../index.html", "cid:", "https://intranat.bjorkvik.example/")
            ), value
        assert not tree.xpath("//script | //@onerror | //@onload")


def test_names_never_add_a_header(pair: tuple[Written, Written]) -> None:
    message = letter(pair[1].letters[DEPARTMENT])
    assert "Bcc" not in message
    assert sorted(message.keys()) == sorted(letter(pair[0].letters[DEPARTMENT]).keys())
    raw = pair[1].letters[DEPARTMENT].read_bytes()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert re.search(rb"(?<!\r)\n", raw) is None
    raw.decode("ascii")


def test_names_never_become_formulas_and_come_back_exactly(pair: tuple[Written, Written]) -> None:
    path = pair[1].workbooks[DEPARTMENT]
    book = openpyxl.load_workbook(path)
    ours = re.compile(r"=(SUBTOTAL\(109,|SUMIFS\('|B\d+\+B\d+$|IF\(B\d+>0,B\d+/B\d+,\"\"\)$)")
    seen = set()
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.hyperlink is None
                if cell.data_type == "f":
                    assert ours.match(str(cell.value)), cell.value
                elif isinstance(cell.value, str):
                    seen.add(cell.value)
    names = {
        row["vendor_name"]
        for row in toy.ask_of(path.parents[2] / "toy.duckdb")(
            "select distinct vendor_name from purchases where side = 'uncovered'", {}
        )
    }
    # A control sign has no place in XML; Excel's own escape stands for it.
    written = {name for name in names if not re.search(r"[\x00-\x1f\ufffe\uffff]", name)}
    assert len(written) > 15
    assert written <= seen
    assert [text for text in seen if text.startswith("=")]
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if "externalLink" in name]


@pytest.mark.parametrize("number", range(len(STRINGS)))
def test_any_department_has_a_portable_name_inside_the_folder(number: int) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(STRINGS[number]))
    assert len(slug(STRINGS[number])) <= 60


def test_two_departments_never_share_a_name() -> None:
    names = {*STRINGS, "Skola", "skola", "SKOLA", "Skola ", "Sköla", "Skola-", "sko la", "Sko La"}
    slugs = [slug(name) for name in names]
    assert len(set(slugs)) == len(names)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_hostile_template_is_refused_by_name(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "SECONDS", 1)
    (tmp_path / "t.j2").write_text(template, "utf-8")
    renderer = Renderer([tmp_path], Words.of("en"))
    with pytest.raises(RuleError) as error:
        renderer.page("t.j2", {"rows": [], "head": 1})
    assert "templates/t.j2" in str(error.value)
    assert "root:" not in str(error.value)


def test_a_workspaces_own_section_is_added_replaced_and_removed(tmp_path: Path) -> None:
    database = toy.build(tmp_path / "toy.duckdb", toy.World(months=3, lines_a_month=30))
    own = tmp_path / "reports"
    (own / "sections").mkdir(parents=True)
    (own / "sections/45_schools.sql").write_text(
        "/*\ntitle: Schools\ntitle_sv: Skolor\nlead: L\nlead_sv: L\nempty: E\nempty_sv: E\n"
        "column amount_sek: Kronor | Kronor\n*/\n"
        "select unit, sum(amount_sek) as amount_sek from purchases group by unit order by unit",
        "utf-8",
    )
    (own / "sections/86_local.sql").write_text("", "utf-8")
    facts = Facts("Kommunen")
    ask = toy.ask_of(database)
    done = write(ask, tmp_path / "out", [REPORTS, own], facts, OCTOBER, "sv")
    text = done.report.read_text("utf-8")
    assert '<h2 id="schools-h">Skolor</h2>' in text
    assert "Kronor, tkr" in text
    assert 'id="local"' not in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("select 1", "a section opens with its words"),
        ("/*\ntitle: x\n*/ select 1", "does not say"),
        ("/*\ntitle: x\ntitel_sv: y\n*/ select 1", "did you mean `title_sv`?"),
        ("/*\ntitle: x {yeer}\ntitle_sv: x\nlead: l\nlead_sv: l\nempty: e\nempty_sv: e\n*/ select 1",
         "{year}"),
    ],
)  # fmt: skip
def test_a_section_that_is_not_one_is_refused_with_its_cure(
    text: str, says: str, tmp_path: Path
) -> None:
    database = toy.build(tmp_path / "toy.duckdb", toy.World(months=2, lines_a_month=20))
    (tmp_path / "reports/sections").mkdir(parents=True)
    (tmp_path / "reports/sections/45_x.sql").write_text(text, "utf-8")
    with pytest.raises(RuleError) as error:
        write(toy.ask_of(database), tmp_path / "out", [REPORTS, tmp_path / "reports"],
              Facts("x"), OCTOBER, "en")  # fmt: skip
    assert says in str(error.value)
    assert "45_x.sql" in str(error.value)
