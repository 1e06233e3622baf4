"""Pages and letters in real programs: no barrier, no invalid markup, nothing a mail program drops."""

from __future__ import annotations

import email
import os
import shutil
import subprocess
import sys
from datetime import date
from email.policy import default
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "report"))

import toy  # noqa: E402 - lies beside the other tests of the report

from compliance.report.facts import Facts, Reader  # noqa: E402 - as above
from compliance.report.month import Written, write  # noqa: E402 - as above

MODULES = Path(os.environ.get("COMPLIANCE_PAGES_MODULES", HERE / "node_modules"))
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")


def look(program: list[str], folder: Path) -> None:
    result = subprocess.run(
        program, cwd=folder, capture_output=True, text=True, timeout=400, check=False
    )
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-2000:]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder from which node finds the modules, or a skip that says what is missing."""
    for module in ("axe-core", "puppeteer-core", "html-validate", "doiuse-email", "vnu-jar"):
        if not (MODULES / module).is_dir():
            pytest.skip(f"needs node's {module}: see tests/pages/README.md")
    for name in ("node", "java"):
        if shutil.which(name) is None:
            pytest.skip(f"needs {name}: see tests/pages/README.md")
    if CHROMIUM is None:
        pytest.skip("needs chromium: see tests/pages/README.md")
    folder = tmp_path_factory.mktemp("tools")
    (folder / "node_modules").symlink_to(MODULES)
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Written]:
    folder = tmp_path_factory.mktemp("pages")
    ask = toy.ask_of(toy.build(folder / "toy.duckdb"))
    readers = {
        name: Reader(name, "Åsa Öberg", "asa@bjorkvik.example", "en" if n else "sv")
        for n, name in enumerate(toy.DEPARTMENTS)
    }
    facts = Facts(
        "Björkviks kommun",
        contact="upphandling@bjorkvik.example",
        sender="avtal@bjorkvik.example",
        report_url="https://intranat.bjorkvik.example/avtal",
        categories=toy.CATEGORIES,
        readers=readers,
    )
    reports = HERE.parents[1] / "reports"
    return [
        write(ask, folder / lang, [reports], facts, date(2026, 10, 1), lang)
        for lang in ("sv", "en")
    ]


def pages(made: list[Written]) -> list[str]:
    """The whole's page, one department's and the contents, in both languages."""
    found = []
    for written in made:
        found += [written.report, written.departments[toy.DEPARTMENTS[0]], written.contents]
    return [str(path) for path in found]


def letters(made: list[Written], folder: Path) -> list[str]:
    found = []
    for name, path in made[0].letters.items():
        message = email.message_from_bytes(path.read_bytes(), policy=default)
        html = folder / f"{len(found)}.html"
        html.write_text(message.get_body(("html",)).get_content(), "utf-8")
        assert name
        found.append(str(html))
    return found


def test_no_page_has_a_barrier_and_none_scrolls_sideways(tools: Path, made: list[Written]) -> None:
    look(["node", "axe.mjs", *pages(made)], tools)


def test_every_page_is_valid_html(tools: Path, made: list[Written]) -> None:
    jar = MODULES / "vnu-jar/build/dist/vnu.jar"
    look(["java", "-jar", str(jar), "--errors-only", *pages(made)], tools)
    validate = MODULES / "html-validate/bin/html-validate.mjs"
    look(["node", str(validate), "--preset", "a11y,standard", *pages(made)], tools)


def test_mail_programs_can_do_what_the_letters_ask(
    tools: Path, made: list[Written], tmp_path: Path
) -> None:
    look(["node", "letters.mjs", *letters(made, tmp_path)], tools)
