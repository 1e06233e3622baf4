"""Names are text, templates are data: neither reaches anything it was not given."""

from __future__ import annotations

import email
import itertools
import re
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from email.policy import default
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import toy
from hostile import STRINGS, TEMPLATES
from lxml import html as lxml_html

from compliance import letters
from compliance.errors import RuleError
from compliance.report import rendering
from compliance.report.facts import Facts, Reader
from compliance.report.month import Written, write
from compliance.report.paths import slug
from compliance.report.rendering import Renderer
from compliance.words import Words

REPORTS = Path(__file__).resolve().parents[2] / "reports"
OCTOBER = date(2026, 10, 1)


def names_of(strings: Sequence[str]) -> list[str]:
    """The strings as names: told apart where a reader could not, and never none at all."""
    return [text if text.strip() else f"{text}\u2063{n}" for n, text in enumerate(strings)]


def world_of(names: Sequence[str]) -> toy.World:
    """Each name is a department, its only unit, its supplier and a contract's title."""

    def lines(vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = []
        for n, (vendor, name) in enumerate(zip(vendors, names, strict=True)):
            vendor |= {"vendor_name": name, "state": "covered_elsewhere"}
            for month, state in itertools.product((9, 10), ("covered_elsewhere", "confirmed")):
                line = {
                    "purchase_date": date(2026, month, 3), "vendor": vendor, "state": state,
                    "category_code": "65", "account_code": "6510", "department": name, "unit": name,
                    "rule_id": None, "amount_sek": Decimal(60_000 + 7 * n + month),
                    "invoice_no": name[:200],
                }  # fmt: skip
                found.append(line)
        return found

    count = len(names)
    return toy.World(
        departments=tuple(names), vendors=count, lines=lines, title=lambda n, _: names[n]
    )


@dataclass(frozen=True)
class Side:
    """One of the two reports that are held against each other."""

    names: list[str]
    written: Written

    def pages(self) -> list[str]:
        texts = [self.written.departments[name].read_text("utf-8") for name in self.names]
        return [self.written.report.read_text("utf-8"), *texts]

    def letters(self) -> list[email.message.EmailMessage]:
        return [letter(self.written.letters[name]) for name in self.names]

    def bodies(self) -> list[str]:
        return [each.get_body(("html",)).get_content() for each in self.letters()]


def side(folder: Path, names: list[str], *, plain: bool) -> Side:
    folder.mkdir()
    database = toy.build(folder / "toy.duckdb", world_of(names))
    facts = Facts(
        "x" if plain else '</style><script>1</script>{{ 7 * 7 }}\\" ; }',
        categories={"65": ("x", "x") if plain else ("<b>=1+1</b>", "<b>=1+1</b>")},
        readers={name: Reader(name, name[:900], "chef@bjorkvik.example") for name in names},
        sender="avtal@bjorkvik.example",
        report_url="https://intranat.bjorkvik.example/avtal",
    )
    return Side(names, write(toy.ask_of(database), folder / "out", [REPORTS], facts, OCTOBER, "sv"))


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.trust)])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Side, Side]:
    """A report of plain names and one of hostile names; every twentieth string and the worst one, or each of them."""
    some = [*STRINGS[::20], "=?utf-8?Q?=0D=0ABcc:_x?="]
    strings = list(STRINGS) if request.param == "all" else list(dict.fromkeys(some))
    folder = tmp_path_factory.mktemp("hostile")
    plain = [f"x{n}" for n in range(len(strings))]
    return (
        side(folder / "plain", plain, plain=True),
        side(folder / "hostile", names_of(strings), plain=False),
    )


def shape(text: str) -> list[tuple[str, tuple[str, ...]]]:
    tree = lxml_html.fromstring(text)
    return [(str(element.tag), tuple(sorted(element.attrib))) for element in tree.iter()]


def letter(path: Path) -> email.message.EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def test_there_are_enough_strings_and_no_two_are_alike() -> None:
    assert len(set(STRINGS)) == len(STRINGS) >= 515


def test_names_never_change_a_pages_elements(pair: tuple[Side, Side]) -> None:
    plain, hostile = pair
    for one, other, name in zip(plain.pages(), hostile.pages(), ["", *hostile.names], strict=True):
        assert shape(one) == shape(other), name


def test_names_never_change_a_letters_elements(pair: tuple[Side, Side]) -> None:
    plain, hostile = pair
    for one, other, name in zip(plain.bodies(), hostile.bodies(), hostile.names, strict=True):
        assert shape(one) == shape(other), name


def test_a_name_stands_on_its_page_as_it_is_written(pair: tuple[Side, Side]) -> None:
    for name, text in zip(pair[1].names, pair[1].pages()[1:], strict=True):
        heads = lxml_html.fromstring(text).xpath("//section[@id='units']//tbody/tr/th")
        # A parser of HTML reads a line's end as a newline and has no NUL.
        if not re.search(r"[\x00-\x1f\x7f-\x9f\ufdd0\ufffe\uffff\U0010ffff]", name):
            assert [head.text_content() for head in heads] == [name]


def test_names_never_give_an_address_outside(pair: tuple[Side, Side]) -> None:
    ours = ("#", "mailto:", "../index.html", "cid:", "https://intranat.bjorkvik.example/")
    for text in (*pair[1].pages(), *pair[1].bodies()):
        tree = lxml_html.fromstring(text)
        for value in tree.xpath("//@href | //@src | //@action | //@data | //@srcset | //@xlink"):
            assert value.startswith(ours), value
        assert not tree.xpath("//script | //@*[starts-with(name(), 'on')]")


def test_names_never_add_a_header(pair: tuple[Side, Side]) -> None:
    plain = pair[0].letters()[0]
    expected, parts = sorted(plain.keys()), [part.get_content_type() for part in plain.walk()]
    for name, message in zip(pair[1].names, pair[1].letters(), strict=True):
        assert sorted(message.keys()) == expected, name
        assert [part.get_content_type() for part in message.walk()] == parts, name
        raw = pair[1].written.letters[name].read_bytes()
        assert max(map(len, raw.split(b"\r\n"))) <= 998, name
        assert re.search(rb"(?<!\r)\n|\r(?!\n)", raw) is None, name
        raw.decode("ascii")


OURS = re.compile(r"=(SUBTOTAL\(109,|SUMIFS\('|B\d+\+B\d+$|IF\(B\d+>0,B\d+/B\d+,\"\"\)$)")


def test_an_encoded_word_in_a_name_never_becomes_a_header() -> None:
    raw = letters.message(
        letters.Letter(
            subject="x =?utf-8?Q?=0D=0ABcc:_evil@evil.example?=", html="<p>x</p>", text="x",
            department="=?utf-8?Q?=0D=0ABcc:_x?=", month=OCTOBER, day=OCTOBER,
            to_name="=?utf-8?B?DQpCY2M6IHg=?=", to_address="chef@bjorkvik.example",
        )
    )  # fmt: skip
    assert "Bcc" not in email.message_from_bytes(raw, policy=default)
    assert b"\nBcc" not in raw


def test_names_never_become_formulas_and_come_back_exactly(pair: tuple[Side, Side]) -> None:
    for name in pair[1].names:
        path = pair[1].written.workbooks[name]
        book = openpyxl.load_workbook(path)
        seen = set()
        for cell in itertools.chain.from_iterable(
            row for sheet in book for row in sheet.iter_rows()
        ):
            assert cell.hyperlink is None, name
            if cell.data_type == "f":
                assert OURS.match(str(cell.value)), cell.value
            elif isinstance(cell.value, str):
                seen.add(cell.value)
        # A control sign has no place in XML; Excel's own escape stands for it.
        if not re.search(r"[\x00-\x1f\ufffe\uffff]|_x[0-9A-F]{4}_", name):
            assert name[:32_767] in seen, name
        with zipfile.ZipFile(path) as archive:
            assert not [part for part in archive.namelist() if "externalLink" in part]


def test_every_file_has_a_portable_name_and_lies_in_its_folder(pair: tuple[Side, Side]) -> None:
    written = pair[1].written
    paths = {p for m in (written.departments, written.letters, written.workbooks)
             for p in m.values()}  # fmt: skip
    assert len(paths) == 3 * len(pair[1].names)
    for path in paths:
        assert path.parent == written.folder
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+\.(html|eml|xlsx)", path.name)


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


@pytest.mark.parametrize(
    "body",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ missing.of }}", "{{ 1 / 0 }}", "{% if %}",
    ],
)  # fmt: skip
def test_a_hostile_macro_is_refused_by_name(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "SECONDS", 1)
    (tmp_path / "t.j2").write_text("{% macro drawn() %}" + body + "{% endmacro %}", "utf-8")
    with pytest.raises(RuleError) as error:
        Renderer([tmp_path], Words.of("en")).macro("t.j2", "drawn")
    assert "templates/t.j2" in str(error.value)


def test_a_machine_that_stood_still_is_no_fault_of_the_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "SECONDS", 0.2)
    (tmp_path / "t.j2").write_text("{{ rows | map('lower') | join }}", "utf-8")

    def stood_still() -> Iterator[str]:
        time.sleep(0.5)
        yield "A"

    assert Renderer([tmp_path], Words.of("en")).page("t.j2", {"rows": stood_still()}) == "a"


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
