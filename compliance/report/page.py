"""What stands on one page: the head, and each section with its rows in words?

One page is one month for one department or for the whole. Its rows are asked once and drawn in as
many languages as there are readers. Knows no file and no address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from compliance import months
from compliance.errors import Place, RuleError
from compliance.report.facts import Facts
from compliance.report.headline import Headline, headline
from compliance.report.quality import example_told, reason_told, title_told
from compliance.report.rendering import Renderer
from compliance.report.sections import Ask, Dealt, Row, Section, blamed
from compliance.report.shares import with_shares_said
from compliance.report.stories import STORIES, actions_title
from compliance.report.trend import trend_of
from compliance.report.vocabulary import (
    CAUSES,
    DAYS,
    STATES,
    Action,
    actions,
    supplier_told,
    vendor_told,
)
from compliance.words import Words
from compliance.words.catalogue import fill

HEAD = "figure"  # the topic that every page opens with; it has no place among the sections


@dataclass(frozen=True)
class Asked:
    """The answers for one page."""

    month: date
    department: str | None
    last_day: date | None  # up to which the ledger has been read
    report_id: str
    rows: Mapping[str, list[Row]]  # by topic
    fiscal_year_start_month: int = 1
    date_basis: str = "order"  # of the policy that the figures were made under

    @property
    def figure(self) -> Row | None:
        """Return the month's own row, if it has any purchases."""
        rows = self.rows.get(HEAD, [])
        return rows[-1] if rows and rows[-1]["period"] == self.month else None


def ask_shared(sections: Sequence[Section], ask: Ask, month: date) -> dict[str, Dealt]:
    """Ask the sections that answer for every page at a time; the rows by topic and department."""
    return {
        section.topic: section.ask_once(ask, month) for section in sections if section.is_asked_once
    }


def ask_page(
    sections: Sequence[Section],
    ask: Ask,
    month: date,
    department: str | None,
    shared: Mapping[str, Dealt],
) -> Asked:
    """Ask the other sections for one page; what it was built from is for the caller to add."""
    spoken = [section for section in sections if section.speaks_to(department)]
    return Asked(month, department, None, "", rows_for(spoken, ask, month, department, shared))


def rows_for(
    sections: Sequence[Section],
    ask: Ask,
    month: date,
    department: str | None,
    shared: Mapping[str, Dealt],
) -> dict[str, list[Row]]:
    """Return one reader's rows by topic: those dealt out of what is shared, the others asked."""
    return {
        section.topic: with_shares_said(
            section.topic,
            shared[section.topic].get(department, [])
            if section.topic in shared
            else section.ask(ask, month, department),
        )
        for section in sections
    }


@dataclass(frozen=True)
class Drawn:
    """A page in one language, and what the letter repeats of it."""

    html: str
    head: Headline
    actions: tuple[Action, ...]
    values: Mapping[str, Any]  # what the letter's templates take


def draw_page(
    asked: Asked,
    sections: Sequence[Section],
    facts: Facts,
    renderer: Renderer,
    *,
    contents_href: str,
) -> Drawn:
    """Return the page of these answers in the renderer's language."""
    words = renderer.words
    with blamed(sections, HEAD):
        head = headline(asked.rows.get(HEAD, []), asked.rows.get("change", []), asked.month, words)
    with blamed(sections, "actions"):
        acts = actions(asked.rows.get("actions", []), asked.figure, facts, words)
    reader = facts.organisation if asked.department is None else asked.department
    values = {
        **_shared(asked, facts, words),
        "head": head,
        "actions": acts,
        "reader": reader,
        "contents_href": contents_href,
        "footer_text": f"{facts.organisation} · {reader} · {words.month_year(asked.month)}"
        if asked.department is not None
        else f"{facts.organisation} · {words.month_year(asked.month)}",
    }
    parts = []
    for section in sections:
        if section.topic != HEAD and section.topic in asked.rows:
            with blamed(sections, section.topic):
                parts.append(_part(section, asked, values, renderer))
    html = renderer.page("report.html.j2", {**values, "sections": parts})
    told = {f"{part['topic']}_{name}": part[name] for part in parts for name in ("title", "empty")}
    return Drawn(str(html), head, acts, {**_NOT_TOLD, **values, **told})


# A workspace may remove a section that the letter takes its heading from.
_NOT_TOLD = {f"{topic}_{name}": "" for topic in ("actions", "trend", "units") for name in
             ("title", "empty")}  # fmt: skip


def _shared(asked: Asked, facts: Facts, words: Words) -> dict[str, Any]:
    def category(code: str | None) -> str:
        return facts.category(code, words.language)

    def exclusion(code: str | None) -> str:
        return facts.exclusion(code, words.language)

    def state(code: str) -> str:
        return words.sentence(STATES.get(code, code))

    return {
        "month_day": asked.month,
        "previous_month": months.before(asked.month),
        "month_end": months.last_day(asked.month),
        "month_names": [words.month_short(date(2000, n, 1)) for n in range(1, 13)],
        "department": asked.department,
        "organisation": facts.organisation,
        "contact": facts.contact,
        "last_day": asked.last_day,
        "day_that_decides": words.sentence(DAYS[asked.date_basis]),
        "report_id": asked.report_id,
        "category": category,
        "exclusion": exclusion,
        "state": state,
        "vendor": partial(vendor_told, words=words),
        "supplier": partial(supplier_told, words=words),
        "quality": partial(title_told, words=words),
        "quality_example": partial(example_told, words=words),
        "reason": partial(reason_told, words=words),
        "causes": {
            key: (words.sentence(name), words.sentence(who)) for key, (name, who) in CAUSES.items()
        },
    }


def _part(
    section: Section, asked: Asked, values: Mapping[str, Any], renderer: Renderer
) -> dict[str, Any]:
    """Return one section as the page's template takes it."""
    words, rows = renderer.words, asked.rows[section.topic]
    if section.topic == "actions" and not values["actions"]:
        rows = []
    # Two months are compared where the share of both may be said.
    if section.topic == "change" and HEAD in asked.rows and values["head"].change is None:
        rows = []
    fields = fields_of(asked, values["organisation"], words)
    told = {
        name: told_of(section, name, words, fields) for name in ("title", "lead", "empty", "nav")
    }
    story = STORIES.get(section.topic)
    if story is not None and rows:
        told["title"] = story(rows, asked.rows.get(HEAD, []), words) or told["title"]
    elif section.topic == "actions":
        told["title"] = actions_title(len(values["actions"]), words) or told["title"]
    part = {**told, "topic": section.topic, "rows": rows, "html": ""}
    if rows:
        template = f"sections/{section.topic}.html.j2"
        if not renderer.has(template):
            template = "sections/table.html.j2"
        shape = _SHAPES.get(section.topic, _plain if template.endswith("table.html.j2") else None)
        extra = shape(section, rows, words, values) if shape is not None else {}
        part["html"] = renderer.page(template, {**values, **part, **extra})
    return part


def fields_of(asked: Asked, organisation: str, words: Words) -> dict[str, Any]:
    """Return what the words of a section may name."""
    return {
        "month": words.month(asked.month),
        "month_year": words.month_year(asked.month),
        "previous_month": words.month(months.before(asked.month)),
        "year": asked.month.year,
        "fiscal_year": words.fiscal_year(asked.month, asked.fiscal_year_start_month),
        "last_day": words.day(asked.last_day),
        "organisation": organisation,
    }


def told_of(section: Section, name: str, words: Words, fields: Mapping[str, Any]) -> str:
    """Return one of a section's words, its fields filled. Raises RuleError for one it lacks."""
    try:
        text = fill(section.word(name, words.language), fields)
        # A field may open the sentence.
        return text[:1].upper() + text[1:]
    except KeyError as error:
        raise RuleError(
            f"`{name}` names a field {error} that sections do not have",
            at=Place(section.file),
            fix="use one of: " + ", ".join(f"{{{key}}}" for key in fields),
        ) from None


def _trend(
    _section: Section, rows: Sequence[Row], words: Words, _values: Mapping[str, Any]
) -> dict[str, Any]:
    """Lay the rows out on an unbroken run of months and, for the table, on years."""
    trend = trend_of(rows, words)
    by_month = {row["period"]: row for row in rows}
    years = range(rows[0]["period"].year, rows[-1]["period"].year + 1)
    return {
        "trend": trend,
        "trend_years": [
            (year, [by_month.get(date(year, number, 1)) for number in range(1, 13)])
            for year in years
        ],
    }


def _causes(
    _section: Section, rows: Sequence[Row], _words: Words, _values: Mapping[str, Any]
) -> dict[str, Any]:
    whole = sum(row["amount_12m_sek"] for row in rows)
    # Where credit notes outweigh a cause, the others are more than the whole.
    is_whole = whole > 0 and all(row["amount_12m_sek"] >= 0 for row in rows)
    return {
        "is_whole": is_whole,
        "rows": [
            {
                **row,
                "pair": (row["cause"], row["amount_12m_sek"]),
                "part": row["amount_12m_sek"] / whole if is_whole else None,
            }
            for row in rows
            if row["amount_12m_sek"] or row["amount_month_sek"]
        ],
    }


def _exempt(
    _section: Section, rows: Sequence[Row], words: Words, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Add up the rules that bear one title: an exclusion may be several in the database."""
    merged: dict[str, dict[str, Any]] = {}
    for row in rows:
        code = "" if row["rule_id"] in (None, "decision") else row["rule_id"]
        title = values["exclusion"](code) if code else words.say("Decided by a person")
        into = merged.setdefault(title, {"title": title, "codes": []})
        into["codes"] += [code] if code != title else []
        for name in ("posting_month_count", "amount_month_sek", "amount_12m_sek"):
            into[name] = into.get(name, 0) + row[name]
    # Where every rule has a sum of its own, the order is the query's.
    ordered = sorted(merged.values(), key=lambda row: -row["amount_12m_sek"])
    return {"rows": [{**row, "codes": ", ".join(filter(None, row["codes"]))} for row in ordered]}


def _plain(
    section: Section, rows: Sequence[Row], words: Words, _values: Mapping[str, Any]
) -> dict[str, Any]:
    """Show any rows as a table, by the units in the names of their columns."""
    names = list(rows[0])
    return {
        "columns_shown": [
            {
                "head": section.column(name, words.language)
                + (f", {words.unit}" if name.endswith("_sek") else ""),
                "is_figure": name.endswith(("_sek", "_share", "_count")) or name == "difference",
            }
            for name in names
        ],
        "cells_shown": [[_shown(name, row[name], words) for name in names] for row in rows],
    }


def _shown(name: str, value: Any, words: Words) -> str:
    unit = name.rpartition("_")[2]
    match unit, value:
        case _, None:
            return "–"
        case _, bool():
            return words.say("yes") if value else words.say("no")
        case "sek", _:
            return words.thousands(value)
        case "share", _:
            return words.percent(value)
        case "difference", _:
            return words.change(value)
        case "count", _:
            return words.number(value)
        case "period", date():
            return words.month_year(value)
        case _, datetime():
            return f"{words.iso(value.date())} {value:%H:%M}"
        case _, date():
            return words.iso(value)
    return str(value)


_SHAPES = {"trend": _trend, "causes": _causes, "exempt": _exempt}
