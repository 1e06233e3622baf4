"""How is the review queue laid out for a person with a spreadsheet program?

One row a vendor, largest kronor first; the decision is chosen from a list that each row carries
itself, so that it stays right however rows are sorted. Says what the columns are called; knows
nothing of what comes back.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from compliance import files
from compliance.errors import Place, UsageError
from compliance.evidence_words import evidence_told, probability_told
from compliance.review_queue import Candidate, Waiting, squeezed
from compliance.words import Words

SHOWN = 2  # candidates of each vendor: as many as matching names
_SHEET = {"sv": "Granskning", "en": "Review"}
NOBODY = {"sv": "Ingen av dem", "en": "None of them"}
# The columns in order: name, Swedish and English head, width.
COLUMNS: tuple[tuple[str, str, str, int], ...] = (
    ("decision", "Beslut", "Decision", 44),
    ("note", "Anteckning", "Note", 28),
    ("amount", "Kronor", "Kronor", 16),
    ("vendor", "Leverantör i reskontran", "Vendor in the ledger", 36),
    ("org_number", "Org.nr i reskontran", "Org number in the ledger", 16),
    ("lines", "Konteringar", "Postings", 12),
    ("first", "Första", "First", 12),
    ("last", "Senaste", "Last", 12),
    ("invoices", "Senaste konteringarna", "Last postings", 60),
    ("candidate1", "Förslag 1", "Candidate 1", 40),
    ("evidence1", "Talar för 1", "Evidence 1", 40),
    ("candidate2", "Förslag 2", "Candidate 2", 40),
    ("evidence2", "Talar för 2", "Evidence 2", 40),
    ("answer1", "Svar 1", "Answer 1", 8),
    ("answer2", "Svar 2", "Answer 2", 8),
    ("answer3", "Svar 3", "Answer 3", 8),
    ("key", "Nyckel", "Key", 16),
    ("digest", "Fingeravtryck", "Digest", 22),
)
_HIDDEN = ("answer1", "answer2", "answer3", "key", "digest")
_HELP = {
    "sv": (
        "Välj ett svar i kolumnen Beslut; skriv det inte för hand. Lämna tomt om du inte vet.",
        "Sortera och filtrera fritt. Ändra inget annat än Beslut och Anteckning.",
        "Läs in med: compliance review import FIL.xlsx",
        "Filen kan innehålla personuppgifter. Skicka den inte vidare, och radera den efteråt.",
    ),
    "en": (
        "Choose an answer in the column Decision; do not type it. Leave it empty if in doubt.",
        "Sort and filter freely. Change nothing but Decision and Note.",
        "Read it in with: compliance review import FILE.xlsx",
        "The file may hold personal data. Do not pass it on, and delete it afterwards.",
    ),
}


def export(queue: Sequence[Waiting], path: Path, *, language: str) -> Path:
    """Write the queue as a workbook in `language` (sv | en), readable by its owner only.

    Raises UsageError for a path that is no workbook's.
    """
    _demand_workbook(path)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # a new workbook has one
    sheet.title = _SHEET[language]
    heads = [swedish if language == "sv" else english for _, swedish, english, _ in COLUMNS]
    for number, head in enumerate(heads, 1):
        _put(sheet.cell(1, number), head)
    for row, one in enumerate(queue, 2):
        values = _values(one, language)
        for number, (name, *_) in enumerate(COLUMNS, 1):
            _put(sheet.cell(row, number), values.get(name))
    _dress(sheet, len(queue))
    told = book.create_sheet("Så gör du" if language == "sv" else "How to")
    told.column_dimensions["A"].width = 100
    for number, line in enumerate(_HELP[language], 1):
        _put(told.cell(number, 1), line)
    with files.replacing(path, files.PRIVATE) as unfinished:
        book.save(unfinished)
    return path


def _demand_workbook(path: Path) -> None:
    is_folder = path.is_dir()
    if not is_folder and path.suffix.lower() == ".xlsx":
        return
    instead = path / "review.xlsx" if is_folder else path.with_suffix(".xlsx")
    raise UsageError(
        f"`{path}` is a folder" if is_folder else f"`{path}` is not named as a workbook",
        at=Place("compliance review export"),
        why="the review is one .xlsx file, and `review import` reads no other",
        fix=f"run `compliance review export {shlex.quote(str(instead))}`",
    )


def _values(one: Waiting, language: str) -> dict[str, object]:
    values: dict[str, object] = {
        "amount": one.amount_sek,
        "vendor": squeezed(one.vendor_name),
        "org_number": one.org_number,
        "lines": one.line_count,
        "first": one.first_date,
        "last": one.last_date,
        "invoices": "\n".join(
            " · ".join(
                filter(None, (str(i.day or ""), f"{i.amount_sek} kr", i.invoice_no, i.unit, i.text))
            )
            for i in one.invoices
        ),
        "key": one.vendor_id,
        "digest": one.digest,
    }
    for number, candidate in enumerate(one.candidates[:SHOWN], 1):
        named = f"{squeezed(candidate.supplier_name)}, {candidate.number}"
        values[f"candidate{number}"] = named
        values[f"evidence{number}"] = " · ".join(_evidence(candidate, Words.of(language)))
    for number, answer in enumerate(_answers(one, language), 1):
        values[f"answer{number}"] = answer
    return values


def _evidence(candidate: Candidate, words: Words) -> Iterator[str]:
    if candidate.probability is not None:
        yield probability_told(candidate.probability, words)
    yield evidence_told(candidate.evidence, words)


def _answers(one: Waiting, language: str) -> list[str]:
    *suppliers, nobody = one.answers(NOBODY[language])
    return [*suppliers[:SHOWN], nobody]


def _put(cell: Any, value: object) -> None:
    if isinstance(value, str):
        cell.value = "\n".join(map(squeezed, value.split("\n")))
        cell.data_type = "s"  # a name that begins with `=` is a name
        cell.number_format = "@"
    else:
        cell.value = value
        if isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
        elif value is not None and not isinstance(value, int):
            cell.number_format = "#,##0.00"


def _dress(sheet: Worksheet, rows: int) -> None:
    last = get_column_letter(len(COLUMNS))
    letters = {name: get_column_letter(n) for n, (name, *_) in enumerate(COLUMNS, 1)}
    for name, _, _, width in COLUMNS:
        sheet.column_dimensions[letters[name]].width = width
        sheet.column_dimensions[letters[name]].hidden = name in _HIDDEN
    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="0B5673")
    for line in sheet.iter_rows(min_row=2, max_row=rows + 1):
        for cell in line:
            cell.alignment = Alignment(vertical="top", wrap_text=True)
        line[0].fill = line[1].fill = PatternFill("solid", fgColor="FFF8E1")
    sheet.freeze_panes = "E2"
    if rows:
        table = Table(displayName="Review", ref=f"A1:{last}{rows + 1}")
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
        sheet.add_table(table)
        # Relative to the row, so that each row offers its own answers however rows are sorted.
        first, end = letters["answer1"], letters["answer3"]
        offer = DataValidation(
            type="list", formula1=f"${first}2:${end}2", allow_blank=True, showErrorMessage=True
        )
        offer.add(f"A2:A{rows + 1}")
        sheet.add_data_validation(offer)
