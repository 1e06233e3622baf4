"""Which file does a posting land in, and how does that system write it?

Three systems follow each other, as when a municipality changes its ledger: monthly text files
with the month in their name (old), workbooks per half-year (middle), monthly open data (new).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

from maker.postings import Posting
from maker.spelling import Speller, Spelling
from maker.town import MUNICIPALITY, NAME, ORG_NUMBER

MIDDLE, NEW = date(2023, 7, 1), date(2025, 1, 1)
MIDDLE_HEADER = (
    "kopare_id", "kopare", "verifikationsnummer", "leverantor", "leverantor_id", "konto_nr",
    "konto_text", "belopp", "datum", "forvaltning",
)  # fmt: skip
NEW_HEADER = (
    "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;"
    "bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr"
)
REDACTED = "[innehåller personuppgifter]"


@dataclass
class Row:
    """One row of a ledger file: the posting and how it was written. `number` is set on writing."""

    posting: Posting
    spelling: Spelling
    voucher: str = ""
    number: int = 0  # the row in the file; the header is row 1


@dataclass
class File:
    path: str
    system: str
    rows: list[Row] = field(default_factory=list)


def system_at(day: date) -> str:
    """Return the ledger system in use on the day."""
    return "old" if day < MIDDLE else "middle" if day < NEW else "new"


def _path(day: date) -> str:
    system = system_at(day)
    if system == "old":
        return f"ledger/Hallasjo.{day:%Y-%m}.csv"
    if system == "middle":
        return f"ledger/leverantorsreskontra-{day.year}-h{1 if day.month < 7 else 2}.xlsx"
    return f"ledger/leverantorsreskontra_{day:%Y-%m}.csv"


def lay_out(postings: Sequence[Posting], speller: Speller) -> list[File]:
    """Return the files with their rows in order; the old system forgets the day."""
    files: dict[str, File] = {}
    for posting in postings:
        path = _path(posting.day)
        file = files.setdefault(path, File(path, system_at(posting.day)))
        file.rows.append(Row(posting, _spelling(posting, file.system, speller)))
    for file in files.values():
        if file.system == "old":
            file.rows.sort(key=lambda row: (row.posting.unit.old, row.posting.day))
            for row in file.rows:
                row.posting.day = row.posting.day.replace(day=1)
        else:
            file.rows.sort(key=lambda row: row.posting.day)
        _vouchers(file)
    return sorted(files.values(), key=lambda file: (file.rows[0].posting.day, file.path))


def _spelling(posting: Posting, system: str, speller: Speller) -> Spelling:
    if posting.vendor is not None:
        return Spelling(posting.vendor, "", "nobody")
    if posting.alias:
        return Spelling(posting.alias, posting.company.hyphened, "another name")
    if system == "middle" and posting.company.is_person and posting.account == "45200":
        posting.vendor = REDACTED
        return Spelling(REDACTED, "", "redacted")
    # An exclusion by org number needs one: own companies and public bodies are known by theirs.
    return speller.spell(posting.company, system, numbered=posting.why in ("X07", "X08", "X09"))


def _vouchers(file: File) -> None:
    numbers: dict[tuple[str, str], str] = {}
    stem = "".join(letter for letter in file.path if letter.isdigit())
    for row in file.rows:
        key = (row.posting.company.key, row.posting.invoice)
        numbers.setdefault(key, f"{stem}{len(numbers) + 1:05d}")
        row.voucher = numbers[key]


def krona(ore: int) -> str:
    """Return öre as kronor with a decimal point, without needless zeros, as the systems do."""
    sign = "-" if ore < 0 else ""
    whole, rest = divmod(abs(ore), 100)
    return f"{sign}{whole}" if not rest else f"{sign}{whole}.{rest:02d}"


def _old(file: File, path: Path) -> None:
    lines = ["RN1/FÖRVALTNING;LEVERANTÖR;ORGANISATIO;FAKT NR;KONTO;UTFALL"]
    for row in file.rows:
        posting, spelling = row.posting, row.spelling
        cells = (
            posting.unit.old,
            spelling.name,
            spelling.number,
            posting.invoice,
            f"{posting.account} {posting.text}",
            posting.broken or krona(posting.amount),
        )
        lines.append(";".join(cells))
    _number(file)
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("cp1252"))


def _number(file: File) -> None:
    for number, row in enumerate(file.rows, start=2):
        row.number = number


def _middle(file: File, path: Path) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        book.set_properties({"author": NAME, "created": datetime(2026, 11, 2)})  # noqa: DTZ001 - a workbook's stamp has no zone
        day_format = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("Leverantörsreskontra")
        sheet.write_row(0, 0, MIDDLE_HEADER)
        for index, row in enumerate(file.rows, start=1):
            posting = row.posting
            texts = (ORG_NUMBER, NAME, row.voucher, row.spelling.name, row.spelling.number)
            for column, text in enumerate((*texts, posting.account, posting.text)):
                sheet.write_string(index, column, text)
            if posting.broken:
                sheet.write_string(index, 7, posting.broken)
            else:
                sheet.write_number(index, 7, posting.amount / 100)
            sheet.write_datetime(index, 8, posting.day, day_format)
            sheet.write_string(index, 9, posting.unit.name)
    _number(file)


def _new(file: File, path: Path) -> None:
    lines = [NEW_HEADER]
    for row in file.rows:
        posting, spelling = row.posting, row.spelling
        cells = (
            ORG_NUMBER,
            NAME,
            row.voucher,
            spelling.name,
            spelling.number,
            posting.account,
            posting.text,
            posting.broken if posting.broken.startswith("20") else posting.day.isoformat(),
            posting.unit.name,
            posting.invoice,
            posting.broken
            if posting.broken and not posting.broken.startswith("20")
            else krona(posting.amount),
            posting.ground,
            "" if posting.order else posting.contract_ref,  # the e-invoice says it
            MUNICIPALITY,
            "",
        )
        lines.append(";".join(f'"{cell}"' if ";" in cell else cell for cell in cells))
    _number(file)
    path.write_bytes(("\n".join(lines) + "\n").encode("utf-8"))


_WRITERS: dict[str, Callable[[File, Path], None]] = {"old": _old, "middle": _middle, "new": _new}


def write(files: Sequence[File], target: Path) -> None:
    """Write every ledger file below `target` and number its rows."""
    for file in files:
        path = target / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        _WRITERS[file.system](file, path)


def by_day(files: Sequence[File]) -> list[Row]:
    """Return all rows in the order in which ceilings are filled: day, then file, then row."""
    rows: dict[date, list[Row]] = defaultdict(list)
    for file in files:
        for row in file.rows:
            rows[row.posting.order_day or row.posting.day].append(row)
    return [row for day in sorted(rows) for row in rows[day]]
