"""Write everything that is said about one month: pages, letters, workbooks and the contents page.

The rows come through `Ask`, the names from `Facts`; no clock is read, so the same database gives
the same bytes. Every file comes to its place whole, readable by owner and group. Pages are written
in the language asked for; a department whose letter is in another language gets its page in that
one too, so that the letter's link leads to words its reader chose. A page that lies there in
another language, of an earlier report, is written anew: all of a month's pages say one figure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from compliance import files
from compliance.letters import Attachment, message
from compliance.report.contents import contents_page
from compliance.report.evidence import Evidence, refuse_names_twice, workbook_of
from compliance.report.facts import Facts
from compliance.report.mail import letter_day, letter_of
from compliance.report.page import Asked, Drawn, ask_page, ask_shared, draw_page
from compliance.report.paths import (
    letter_name,
    month_folder,
    page_name,
    slug,
    slug_in,
    workbook_name,
)
from compliance.report.rendering import Renderer
from compliance.report.sections import Ask, Dealt, Row, Section, read_sections
from compliance.shipped import shipped
from compliance.words import LANGUAGES, Words
from compliance.workbook import write_workbook

if TYPE_CHECKING:
    from compliance.rule_entries import Rules
    from compliance.workspace import Workspace


@dataclass(frozen=True)
class Written:
    """What lies where after a month's report has been written; by department where there are many.

    `letters` has the departments that have a reader with an address, and no other.
    """

    month: date
    folder: Path
    report: Path
    workbook: Path
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


def write(
    ask: Ask,
    output: Path,
    definitions: Sequence[Path],
    facts: Facts,
    month: date,
    lang: str,
) -> Written:
    """Write the month under `output`/YYYY-MM; `definitions` are reports/ folders, shipped first."""
    press = _Press.of(ask, output, definitions, facts, month)
    files.make_folder(press.folder)
    whole = press.asked(None)
    report, drawn = press.page(whole, lang)
    workbook = press.workbook(whole, drawn, lang)
    press.renew(whole, {lang})
    pages, letters, workbooks = {}, {}, {}
    for department in departments(ask, month):
        asked = press.asked(department)
        reader = facts.readers.get(department)
        own = (reader.language if reader else "") or facts.language
        pages[department], drawn = press.page(asked, lang)
        workbooks[department] = press.workbook(asked, drawn, lang)
        is_read = reader is not None and reader.email
        press.renew(asked, {lang, own} if is_read else {lang})
        if not is_read:
            continue
        if own != lang:
            _, drawn = press.page(asked, own)
            press.workbook(asked, drawn, own)
        letters[department] = press.letter(asked, drawn, own)
    stale = _stale(press.folder, pages, letters.values())
    # In this order a kill leaves no letter or link that leads to nothing.
    _remove(path for path in stale if path.suffix != ".html")
    index = contents_page(
        ask, output, facts, press.renderer(facts.language), press.last_day, going=stale
    )
    contents = _put(output / "index.html", index.encode())
    _remove(stale)
    return Written(month, press.folder, report, workbook, pages, letters, workbooks, contents)


@dataclass(frozen=True)
class _Press:
    """What is read once and used for every page of the month."""

    ask: Ask
    folder: Path
    facts: Facts
    month: date
    sections: tuple[Section, ...]
    shared: Mapping[str, Dealt]  # of sections that are asked once
    evidence: Evidence
    templates: tuple[Path, ...]
    last_day: date | None
    fiscal_year_start_month: int
    digest: str
    date_basis: str
    renderers: dict[str, Renderer] = field(default_factory=dict)

    @classmethod
    def of(
        cls, ask: Ask, output: Path, definitions: Sequence[Path], facts: Facts, month: date
    ) -> _Press:
        sheets = read_sections([folder / "evidence" for folder in definitions])
        refuse_names_twice(sheets)
        last_day, build = _build(ask)
        sections = read_sections([folder / "sections" for folder in definitions])
        return cls(
            ask=ask,
            folder=output / month_folder(month),
            facts=facts,
            month=month,
            sections=sections,
            shared=ask_shared(sections, ask, month),
            evidence=Evidence.ask(sheets, ask, month),
            templates=tuple(folder / "templates" for folder in reversed(definitions)),
            last_day=last_day,
            fiscal_year_start_month=build["fiscal_year_start_month"],
            digest=f"{build['inputs_digest']}{build['rules_digest']}",
            date_basis=build["date_basis"],
        )

    def renderer(self, language: str) -> Renderer:
        if language not in self.renderers:
            self.renderers[language] = Renderer(self.templates, Words.of(language))
        return self.renderers[language]

    def asked(self, department: str | None) -> Asked:
        asked = ask_page(self.sections, self.ask, self.month, department, self.shared)
        return replace(
            asked,
            last_day=self.last_day,
            report_id=_report_id(asked, self.digest),
            fiscal_year_start_month=self.fiscal_year_start_month,
            date_basis=self.date_basis,
        )

    def page(self, asked: Asked, language: str) -> tuple[Path, Drawn]:
        drawn = draw_page(
            asked,
            self.sections,
            self.facts,
            self.renderer(language),
            contents_href="../index.html",
        )
        name = page_name(asked.department, language, self.facts.language)
        return _put(self.folder / name, drawn.html.encode()), drawn

    def workbook(self, asked: Asked, drawn: Drawn, language: str) -> Path:
        rows = self.evidence.rows(self.ask, self.month, asked.department)
        content = workbook_of(
            self.evidence,
            rows,
            asked,
            drawn,
            self.facts,
            self.renderer(language).words,
            letter_day(asked),
        )
        name = workbook_name(asked.department, language, self.facts.language)
        return write_workbook(self.folder / name, content)

    def renew(self, asked: Asked, written: Collection[str]) -> None:
        """Write anew what was written in other languages before and is of another report.

        Two pages of a month would say two figures, and the contents page has one; to take the old
        one away would break the link in a letter that has been sent.
        """
        for language in LANGUAGES:
            home = self.facts.language
            page = self.folder / page_name(asked.department, language, home)
            if language in written or not page.is_file():
                continue
            if asked.report_id.encode() not in page.read_bytes():
                _, drawn = self.page(asked, language)
                if (self.folder / workbook_name(asked.department, language, home)).is_file():
                    self.workbook(asked, drawn, language)

    def letter(self, asked: Asked, drawn: Drawn, language: str) -> Path:
        department = asked.department or ""
        home = self.facts.language
        workbook = self.folder / workbook_name(department, language, home)
        base = self.facts.report_url
        letter = letter_of(
            asked,
            drawn,
            self.facts,
            self.renderer(language),
            href=f"{base}/{self.folder.name}/{page_name(department, language, home)}"
            if base
            else "",
            workbook=Attachment(workbook.name, workbook.read_bytes()),
        )
        return _put(self.folder / letter_name(department), message(letter))


def departments(ask: Ask, month: date) -> list[str]:
    """Return the departments with postings in the twelve months up to `month`, by name."""
    rows = ask(
        "select distinct department from kpi_department_monthly where department is not null "
        "and period <= cast($month as date) "
        "and period > cast($month as date) - interval 12 months order by department",
        {"month": month},
    )
    return [row["department"] for row in rows]


def _stale(folder: Path, written: Iterable[str], letters: Collection[Path]) -> tuple[Path, ...]:
    """Return what an earlier run wrote of the month and this one did not: nobody vouches for it.

    Of departments that the month no longer has, everything; of the others the letters, since a page
    in another language may have been asked for. What the program did not name is not its own.
    """
    slugs = {slug(department) for department in written}
    return tuple(
        path
        for path in sorted(folder.iterdir())
        if (its := slug_in(path.name)) is not None
        and path not in letters
        and (its not in slugs or path.suffix == ".eml")
    )


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
        files.flush_folder(path.parent)


def _build(ask: Ask) -> tuple[date | None, Row]:
    rows = ask("select max(last_date) as last_day from source_files", {})
    [build] = ask(
        "select inputs_digest, rules_digest, fiscal_year_start_month, date_basis from build_info",
        {},
    )
    return rows[0]["last_day"], build


def _report_id(asked: Asked, digest: str) -> str:
    """Return what ties a page to the inputs it was made from; the same for the same inputs."""
    text = f"{asked.month}|{asked.department or ''}|{digest}"
    return f"{month_folder(asked.month)}/{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _put(path: Path, content: bytes) -> Path:
    files.write(path, content)
    return path
