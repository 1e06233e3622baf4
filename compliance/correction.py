"""What does a letter say when the one before it was wrong, and what has changed?

Two finished letters in, the second one out again with words in front: which letter it corrects,
and what differs, counted in the rows of the two workbooks. The same two letters always give the
same bytes. Sends nothing and decides nothing.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import html
import re
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from email.message import EmailMessage
from io import BytesIO

from python_calamine import CalamineWorkbook

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_NOTE = "margin:0;padding:16px 32px;background-color:#f9ece4;color:#15222c;font-size:16px"

_WORDS: Mapping[str, Mapping[str, str]] = {
    "sv": {
        "subject": "Rättelse: {subject}",
        "lead": "Det här brevet rättar det som skickades {day}.",
        "headline": "Rubriken var ”{old}” och är nu ”{new}”.",
        "rows": "{sheet}: {more} rader har kommit till ({more_sek} kr), "
        "{less} har fallit bort ({less_sek} kr).",
        "none": "Raderna i bilagan är desamma; det är orden som har ändrats.",
        "unread": "Raderna har inte kunnat jämföras: inte båda breven har underlaget bifogat.",
        "thousands": "\u00a0",
        "decimal": ",",
    },
    "en": {
        "subject": "Correction: {subject}",
        "lead": "This letter corrects the one sent on {day}.",
        "headline": "The headline was “{old}” and is now “{new}”.",
        "rows": "{sheet}: {more} rows were added (SEK {more_sek}), "
        "{less} fell away (SEK {less_sek}).",
        "none": "The rows in the attachment are the same; the words have changed.",
        "unread": "The rows could not be compared: not both letters have the evidence attached.",
        "thousands": ",",
        "decimal": ".",
    },
}


def correction(new: bytes, old: bytes, *, number: int, sent_on: str, language: str) -> bytes:
    """Return `new` as the correction of `old`, in `language` (sv | en).

    `number` counts the corrections of one letter, `sent_on` is the day of the letter corrected.
    The Message-ID is made of the new one's and the number, and points to the old letter.
    """
    words = _WORDS[language]
    message, before = _message(new), _message(old)
    changes = [words["lead"].format(day=sent_on), *_changes(message, before, words)]
    message.replace_header("Subject", words["subject"].format(subject=message["Subject"]))
    local, _, domain = str(message["Message-ID"]).strip("<>").partition("@")
    message.replace_header("Message-ID", f"<{local}.c{number}@{domain}>")
    message["In-Reply-To"] = message["References"] = str(before["Message-ID"])
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            _rewrite(part, "\n".join([*changes, "", part.get_content()]), "plain")
        elif part.get_content_type() == "text/html":
            _rewrite(part, _with_note(part.get_content(), changes), "html")
    return message.as_bytes()


def essence(content: bytes) -> str:
    """Return a digest of what a finished letter says: its bytes but for its report's number.

    That number changes with every input of the whole house, and with it the Message-ID, the
    parts' boundaries and the picture's name; a reader whose rows are the same is told nothing new.
    """
    message = _message(content)
    month = re.escape(str(message["X-Compliance-Month"]))
    number = re.compile(rf"{month}[/@][0-9a-f]{{8}}\b".encode())
    said = hashlib.sha256()
    for name, value in message.items():
        if name.casefold() not in ("message-id", "content-type"):
            said.update(f"{name}: {value}\n".encode("utf-8", "surrogatepass"))
    for part in message.walk():
        if part.is_multipart():
            continue
        held = part.get_payload(decode=True)
        assert isinstance(held, bytes)  # it is no multipart
        said.update(f"{part.get_content_type()} {part.get_filename()}\n".encode())
        is_book = part.get_content_type() == _XLSX
        said.update(_members(held, number) if is_book else number.sub(b"", held))
    return said.hexdigest()


def _members(book: bytes, number: re.Pattern[bytes]) -> bytes:
    """Return a workbook's parts, without the report's number in its properties."""
    try:
        with zipfile.ZipFile(BytesIO(book)) as parts:
            read = {name: parts.read(name) for name in parts.namelist()}
    except (zipfile.BadZipFile, NotImplementedError):
        return book
    return b"".join(
        name.encode() + (number.sub(b"", part) if name.startswith("docProps/") else part)
        for name, part in read.items()
    )


def _message(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)  # the policy says so
    return message


def _rewrite(part: EmailMessage, text: str, subtype: str) -> None:
    part.set_content(text, subtype=subtype, cte="quoted-printable")


def _with_note(page: str, changes: Sequence[str]) -> str:
    note = "".join(f'<p style="{_NOTE}">{html.escape(line)}</p>' for line in changes)
    start = _BODY.search(page)
    cut = start.end() if start else 0
    return page[:cut] + note + page[cut:]


def _changes(new: EmailMessage, old: EmailMessage, words: Mapping[str, str]) -> list[str]:
    found = []
    before_it, now = _headline(old), _headline(new)
    if now != before_it:
        found.append(words["headline"].format(old=before_it, new=now))
    if not (_has_workbook(new) and _has_workbook(old)):
        return [*found, words["unread"]]
    rows, before = _rows(new), _rows(old)
    for sheet in dict.fromkeys([*rows, *before]):
        more = rows.get(sheet, Counter()) - before.get(sheet, Counter())
        less = before.get(sheet, Counter()) - rows.get(sheet, Counter())
        if more or less:
            found.append(
                words["rows"].format(
                    sheet=sheet,
                    more=more.total(),
                    more_sek=_kronor(more, words),
                    less=less.total(),
                    less_sek=_kronor(less, words),
                )
            )
    return found or [words["none"]]


def _headline(message: EmailMessage) -> str:
    """What the letter says of its month, whether or not it is a correction itself."""
    subject = str(message["Subject"])
    for words in _WORDS.values():
        subject = subject.removeprefix(words["subject"].format(subject=""))
    return subject


def _has_workbook(message: EmailMessage) -> bool:
    return any(part.get_content_type() == _XLSX for part in message.walk())


_Rows = Counter[tuple[str, Decimal]]


def _rows(message: EmailMessage) -> dict[str, _Rows]:
    """Return each sheet's rows of postings, as their text and their kronor."""
    found: dict[str, _Rows] = {}
    for part in message.walk():
        if part.get_content_type() != _XLSX:
            continue
        book = CalamineWorkbook.from_filelike(BytesIO(part.get_content()))
        for name in book.sheet_names:
            rows = _table(book.get_sheet_by_name(name).to_python())
            if rows:
                found[name] = rows
    return found


def _table(cells: Sequence[Sequence[object]]) -> _Rows:
    rows, department, amount = _Rows(), None, None
    for line in cells:
        heads = [str(cell).strip().casefold() for cell in line]
        if {"department", "förvaltning"} & set(heads):
            department = next(i for i, h in enumerate(heads) if h in ("department", "förvaltning"))
            amount = heads.index("kronor") if "kronor" in heads else None
        elif department is not None and line[department] != "":
            rows[("\t".join(map(str, line)), _amount(line, amount))] += 1
    return rows


def _amount(line: Sequence[object], column: int | None) -> Decimal:
    value = line[column] if column is not None else None
    return Decimal(str(value)) if isinstance(value, int | float) else Decimal(0)


def _kronor(rows: _Rows, words: Mapping[str, str]) -> str:
    total = sum((amount * count for (_, amount), count in rows.items()), Decimal(0))
    whole, _, ore = f"{total:,.2f}".partition(".")
    return f"{whole.replace(',', words['thousands'])}{words['decimal']}{ore}"
