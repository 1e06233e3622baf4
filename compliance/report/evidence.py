"""Which sheets prove a department's letter?

A sheet is one .sql file in reports/evidence/, headed and found as sections are; the unit in a
column's name gives its look. A select without $department is asked once for all, and its rows are
dealt out by their department: the whole gets every one, or, where the head says `asked: once`,
those of none. The first sheet says what the letter says, as formulas over the postings. Knows no
file format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any

from compliance.errors import Place, RuleError
from compliance.report.facts import Facts
from compliance.report.page import Asked, Drawn, fields_of, rows_for, told_of
from compliance.report.sections import Ask, Dealt, Row, Section, blamed
from compliance.report.vocabulary import DAYS, PERSON, SIDES, STATES, vendor_told
from compliance.words import Words
from compliance.words.catalogue import LANGUAGES
from compliance.workbook import (
    Cell,
    Column,
    Formula,
    Kind,
    Properties,
    Prose,
    Sheet,
    column_letter,
    parted,
    sheet_name,
)

_WIDTHS = {
    "vendor_name": 36, "department": 36, "unit": 26, "category_code": 34, "state": 30, "side": 22,
    "path": 40, "contract_id": 16, "invoice_no": 16, "org_number": 14, "rule_id": 44,
}  # fmt: skip
_TABLES = {"month": "Postings", "uncovered": "Uncovered", "months": "Months"}


@dataclass(frozen=True)
class Evidence:
    """The rows behind the workbooks of one month: asked once, dealt out by department."""

    sheets: tuple[Section, ...]
    shared: Mapping[str, Dealt]

    @classmethod
    def ask(cls, sheets: Sequence[Section], ask: Ask, month: date) -> Evidence:
        """Ask every sheet that does not name $department."""
        shared: dict[str, Dealt] = {}
        for sheet in sheets:
            if "$department" in sheet.sql:
                continue
            if sheet.is_asked_once:
                shared[sheet.topic] = sheet.ask_once(ask, month)
                continue
            whole = sheet.ask(ask, month, None)
            dealt: dict[str | None, list[Row]] = {None: whole}
            if whole and "department" not in whole[0]:
                raise RuleError(
                    "nothing says whose the sheet's rows are",
                    at=Place(sheet.file),
                    why="it names no $department, and has no column `department` to deal them out",
                    fix="add the column `department`, or compare with $department in the select",
                )
            for row in whole:
                if row["department"] is not None:  # a posting without unit is of the whole alone
                    dealt.setdefault(row["department"], []).append(row)
            shared[sheet.topic] = dealt
        return cls(tuple(sheets), shared)

    def rows(self, ask: Ask, month: date, department: str | None) -> dict[str, list[Row]]:
        """Return each sheet's rows for one department, or for the whole."""
        return rows_for(self.sheets, ask, month, department, self.shared)


def workbook_of(
    evidence: Evidence,
    rows: Mapping[str, list[Row]],
    asked: Asked,
    drawn: Drawn,
    facts: Facts,
    words: Words,
    day: date,
) -> Properties:
    """Return the workbook's sheets for one department (or the whole) in the reader's language."""
    reader = facts.organisation if asked.department is None else asked.department
    fields = fields_of(asked, facts.organisation, words)
    sheets: list[Sheet] = []
    for section in evidence.sheets:
        with blamed([section], section.topic):
            sheets += parted(
                _sheet(section, rows[section.topic], fields, facts, words),
                lambda number, count: words.say(
                    "On this sheet, {number} of {count}", number=number, count=count
                ),
            )
    title = words.say(
        "Purchases without a valid contract, {month} – {reader}",
        month=words.month_year(asked.month),
        reader=reader,
    )
    table = _TABLES["month"]
    postings = [sheet for sheet in sheets if sheet.table.rstrip("0123456789") == table]
    with blamed(evidence.sheets, "month"):
        summary = _summary(drawn, postings, rows.get("month"), title, words)
    first = [summary, *([_actions(drawn, words)] if drawn.actions else [])]
    return Properties(
        title=title,
        author=facts.organisation,
        comment=words.say("Report {id}", id=asked.report_id),
        day=day,
        sheets=(*first, *sheets, _method(words, asked.date_basis)),
    )


def _sheet(
    section: Section, rows: Sequence[Row], fields: Mapping[str, Any], facts: Facts, words: Words
) -> Sheet:
    names = list(rows[0]) if rows else list(section.columns)
    _refuse_heads_twice(section, names)
    kinds = {name: _kind(name, rows) for name in names}
    columns = [
        Column(
            head=section.column(name, words.language),
            kind=kinds[name],
            width=_WIDTHS.get(name, 14),
            is_summed=name.endswith("_sek"),
        )
        for name in names
    ]
    # A column at a time: what its values are shown as is looked up once, not for each cell.
    cells = [_cells(name, [row[name] for row in rows], facts, words) for name in names]
    return Sheet(
        name=section.word("title", words.language),
        # A topic may be one of our own tables' names, a number, or look like a cell: `a1`.
        table=_TABLES.get(section.topic, f"T_{section.topic}"),
        title=section.word("title", words.language),
        lines=[told_of(section, "lead" if rows else "empty", words, fields)],
        columns=columns,
        rows=list(zip(*cells, strict=True)),
        total=words.say("All together"),
    )


def refuse_names_twice(sheets: Sequence[Section]) -> None:
    """Raise RuleError for a sheet that is called, in either language, as one before it is."""
    for language in LANGUAGES:
        words = Words.of(language)
        ours = ("Summary", "What to do", "How we count")
        taken = {_folded(words.sentence(name)): "one that every workbook has" for name in ours}
        for section in sheets:
            title = section.word("title", language)
            other = taken.setdefault(_folded(title), section.file)
            if other != section.file:
                raise RuleError(
                    f"the sheet {sheet_name(title)!r} has the name of another",
                    at=Place(section.file),
                    why=f"a workbook has no two sheets of one name; the other is {other}",
                    fix="choose another title: its first 31 characters are the sheet's name",
                )


def _folded(title: str) -> str:
    return sheet_name(title).casefold()


def _refuse_heads_twice(section: Section, names: Sequence[str]) -> None:
    for language in LANGUAGES:
        seen: dict[str, str] = {}
        for name in names:
            other = seen.setdefault(section.column(name, language).casefold(), name)
            if other != name:
                raise RuleError(
                    f"the columns `{other}` and `{name}` have one head, "
                    f"{section.column(name, language)!r}",
                    at=Place(section.file),
                    why="a table in a workbook has no two columns of one head",
                    fix=f"write `column {name}: …` with another",
                )


def _kind(name: str, rows: Sequence[Row] = ()) -> Kind:
    if name.endswith("_sek"):
        return "amount"
    if "_share" in name:
        return "share"
    if name == "period":
        return "month"
    if name.endswith("_date"):
        return "date"
    if name.endswith("_count") or name == "file_row":
        return "count"
    # A day is a day whatever its column is called.
    match next((row[name] for row in rows if row[name] is not None), None):
        case datetime():
            return "moment"
        case date():
            return "date"
    return "text"


def _cells(name: str, values: Sequence[Any], facts: Facts, words: Words) -> list[Cell]:
    """Return a column's cells. Raises ValueError for text where the name tells of figures."""
    is_text, told = _kind(name) == "text", cache(partial(_told, name, facts=facts, words=words))

    def cell(value: Any) -> Cell:
        match value:
            case str() if not is_text:
                raise ValueError(f"`{name}` holds text")
            case str():
                return told(value)
            case bool():
                return words.say("yes") if value else ""
            case None | Decimal() | float() | int() | date():
                return value
        return str(value)

    return [cell(value) for value in values]


def _told(name: str, text: str, *, facts: Facts, words: Words) -> str:
    """Return what a text of that column is shown as."""
    match name:
        case "vendor_name" if not text:
            return words.say("Unspecified")
        case "vendor_name" if text == PERSON:
            return vendor_told(text, words)
        case "state":
            return words.sentence(STATES.get(text, text))
        case "side":
            return words.sentence(SIDES.get(text, text))
        case "category_code":
            return facts.category(text, words.language)
        case "rule_id":
            return facts.exclusion(text, words.language)
    return text


def _summary(
    drawn: Drawn, postings: Sequence[Sheet], rows: Sequence[Row] | None, title: str, words: Words
) -> Sheet:  # fmt: skip
    """Say what the letter says; the kronor are live sums over the sheet of postings.

    Without that sheet (`rows` is None) they are the letter's own.
    """
    head = drawn.head
    sums = {
        side: sum((row["amount_sek"] for row in rows or () if row["side"] == side), Decimal(0))
        for side in SIDES
    }
    if rows is None:
        sums |= {"covered": head.covered_sek, "uncovered": head.uncovered_sek}
    covered, uncovered, exempt = (
        [
            words.sentence(SIDES[side]),
            _sum_over(postings, rows or (), side, sums[side], words),
            None,
        ]
        for side in ("covered", "uncovered", "exempt")
    )
    volume = sums["covered"] + sums["uncovered"]
    first = 7  # the table's first row of figures: title, three lines, an empty one, the heads
    lines: list[list[Cell]] = [
        covered,
        uncovered,
        [words.say("Purchases"), Formula(f"=B{first}+B{first + 1}", volume), None],
    ]
    if (
        head.share is not None and volume > 0
    ):  # where the letter says no share, the workbook says none
        live = f'=IF(B{first + 2}>0,B{first + 1}/B{first + 2},"")'
        share = Formula(live, sums["uncovered"] / volume)
        lines.append([words.say("Share without a valid contract"), None, share])
    if head.target is not None:
        lines.append([words.say("Target, at most"), None, head.target])
    if rows is not None:
        lines.append(exempt)  # last: it is no part of the purchases
    return Sheet(
        name=words.say("Summary"),
        table="Summary",
        title=title,
        lines=[
            f"{head.title}. {head.lead}",
            head.certainty or "–",
            words.say("Amounts in kronor, excluding VAT."),
        ],
        columns=[
            Column(words.say("Figure"), width=44),
            Column(words.say("Kronor"), "amount", 20),
            Column(words.say("Share"), "share", 14),
        ],
        rows=lines,
    )


def _sum_over(
    postings: Sequence[Sheet], rows: Sequence[Row], side: str, value: Decimal, words: Words
) -> Cell:
    if not postings or not rows:
        return value
    names, said = list(rows[0]), words.sentence(SIDES[side])
    letters = [column_letter(names.index(name)) for name in ("amount_sek", "side")]
    sums = []
    for part in postings:
        first = len(part.lines) + 4  # below the title, the lines, an empty row and the heads
        last = first + len(part.rows) - 1
        sheet = sheet_name(part.name).replace("'", "''")
        what, where = (f"'{sheet}'!${letter}${first}:${letter}${last}" for letter in letters)
        sums.append(f'SUMIFS({what},{where},"{said}")')
    return Formula("=" + "+".join(sums), value)


def _actions(drawn: Drawn, words: Words) -> Sheet:
    return Sheet(
        name=words.say("What to do"),
        table="Actions",
        title=words.say("What to do"),
        lines=[words.say("Ordered by kronor over the last 12 months.")],
        columns=[
            Column(words.say("Action"), "prose", 36),
            Column(words.say("Supplier and unit"), "prose", 36),
            Column(words.say("Why"), "prose", 22),
            Column(words.say("Next step"), "prose", 64),
            Column(words.say("Last 12 months"), "amount", 18, is_summed=True),
            Column(words.say("This month"), "amount", 18, is_summed=True),
        ],
        rows=[
            [a.title, a.who, a.tag, a.text, a.amount_12m_sek, a.amount_month_sek]
            for a in drawn.actions
        ],
        total=words.say("All together"),
    )


def _method(words: Words, date_basis: str) -> Prose:
    title = words.say("How we count")
    entries = [
        (
            words.say("Without a valid contract"),
            words.say(
                "Purchases from a supplier that has no contract, or whose contract had ended, had "
                "not begun, is full, or does not cover this kind of purchase or this unit, on the "
                "day that decides."
            ),
        ),
        (
            words.say("The day that decides"),
            words.sentence(DAYS[date_basis]),
        ),
        (
            words.say("Share"),
            words.say(
                "Kronor without a valid contract divided by all kronor that a contract can cover. "
                "Credit notes are deducted."
            ),
        ),
        (
            words.say("Amounts"),
            words.say("Excluding VAT. One row is one posting; an invoice can have several."),
        ),
        (
            words.say("Private persons"),
            words.say(
                "Are shown under a pseudonym, and together, as a sum, where a unit has paid few of "
                "them. Their amounts are counted as all others."
            )
            + " "
            + words.say("A sum of few persons is called unspecified."),
        ),
        (
            words.say("File and row"),
            words.say("Where the posting stands in the ledger as it was delivered."),
        ),
    ]
    return Prose(title, title, entries)
