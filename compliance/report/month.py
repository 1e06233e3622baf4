"""Write everything that is said about one month: pages, letters, workbooks and the contents page.

The rows come through `Ask`, the names from `Facts`; no clock is read, so the same database gives
the same bytes. Every file is written beside its place and moved there whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.report.facts import Facts
from compliance.report.page import Asked, ask_page, draw_page, with_build
from compliance.report.paths import month_folder, slug
from compliance.report.rendering import Renderer
from compliance.report.sections import Ask, read_sections
from compliance.shipped import shipped
from compliance.words import Words

if TYPE_CHECKING:
    from compliance.rule_entries import Rules
    from compliance.workspace import Workspace


@dataclass(frozen=True)
class Written:
    """What lies where after a month's report has been written."""

    month: date
    folder: Path
    report: Path
    departments: Mapping[str, Path] = field(default_factory=dict)
    letters: Mapping[str, Path] = field(default_factory=dict)
    workbooks: Mapping[str, Path] = field(default_factory=dict)
    contents: Path | None = None


def write_month(ask: Ask, workspace: Workspace, rules: Rules, month: date, lang: str) -> Written:
    """Write the month's report, letters and workbooks below the workspace's output/reports.

    `month` is its first day, `lang` (sv | en) the language of the pages. Raises RuleError for a
    section or template that cannot be used, by file and line.
    """
    definitions = [shipped("reports"), workspace.reports]
    facts = Facts.of(workspace, rules)
    return write(ask, workspace.output / "reports", definitions, facts, month, lang)


def write(  # the whole order of things in one place
    ask: Ask, output: Path, definitions: list[Path], facts: Facts, month: date, lang: str
) -> Written:
    """Write the month under `output`/YYYY-MM; `definitions` are reports/ folders, shipped first."""
    sections = read_sections([folder / "sections" for folder in definitions])
    templates = [folder / "templates" for folder in reversed(definitions)]
    renderer = Renderer(templates, Words.of(lang))
    folder = output / month_folder(month)
    folder.mkdir(parents=True, exist_ok=True)
    last_day, digest = _build(ask)
    pages = {}
    for department in (None, *departments(ask, month)):
        asked = ask_page(sections, ask, month, department)
        asked = with_build(asked, last_day, _report_id(asked, digest))
        drawn = draw_page(asked, sections, facts, renderer, contents_href="../index.html")
        name = "report.html" if department is None else f"report-{slug(department)}.html"
        pages[department] = _put(folder / name, drawn.html.encode())
    whole = pages.pop(None)
    return Written(month, folder, whole, {k: v for k, v in pages.items() if k is not None})


def departments(ask: Ask, month: date) -> list[str]:
    """Return the departments with postings in the twelve months up to `month`, by name."""
    rows = ask(
        "select distinct department from kpi_department_monthly where department is not null "
        "and period <= cast($month as date) "
        "and period > cast($month as date) - interval 12 months order by department",
        {"month": month},
    )
    return [row["department"] for row in rows]


def _build(ask: Ask) -> tuple[date | None, str]:
    rows = ask("select max(last_date) as last_day from source_files", {})
    build = ask("select inputs_digest, rules_digest from build_info", {})
    digest = f"{build[0]['inputs_digest']}{build[0]['rules_digest']}" if build else ""
    return rows[0]["last_day"], digest


def _report_id(asked: Asked, digest: str) -> str:
    text = f"{asked.month}|{asked.department or ''}|{digest}"
    return f"{month_folder(asked.month)}/{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _put(path: Path, content: bytes) -> Path:
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    beside.replace(path)
    return path
