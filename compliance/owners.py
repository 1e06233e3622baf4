"""Does every row of this letter belong to the department whose manager is about to get it?

Reads the finished message again, byte by byte, with code that shares nothing with the code that
wrote it: stdlib parsers for the message and its HTML, calamine for the workbook, and its own answer
to whose a unit was on a day. What cannot be read cannot be vouched for, and is a reason like any
other. Knows nothing of sending.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from email.errors import MessageError
from email.message import EmailMessage
from html.parser import HTMLParser
from io import BytesIO

from python_calamine import CalamineError, CalamineWorkbook, ZipError

from compliance.rule_entries import Unit

DEPARTMENT, MONTH = "X-Compliance-Department", "X-Compliance-Month"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES = frozenset({"text/plain", "text/html", "image/png", _XLSX})
_ONCE = ("From", "To", "Subject", "Date", "Message-ID", DEPARTMENT, MONTH)
_NEVER = ("Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc", "Sender")
_LONGEST_LINE = 998  # RFC 5321 4.5.3.1.6

# The heads of the evidence sheets, in both languages.
_HEADS: Mapping[str, frozenset[str]] = {
    "department": frozenset({"department", "förvaltning"}),
    "unit": frozenset({"unit", "enhet"}),
    "day": frozenset({"date", "datum"}),
}
# Elements that end nothing, so that they hold no text of their own (HTML 13.1.2).
_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905  read as a line
)


@dataclass(frozen=True)
class Expected:
    """What the letter must be, as the journal is about to promise."""

    department: str
    month: date
    sender: str
    recipient: str  # of the To line; a copy goes out under the same words


@dataclass(frozen=True)
class Owners:
    """Whose is a unit on a day? Answered from the entries of organisation.toml alone."""

    departments: frozenset[str]
    spans: Mapping[str, tuple[Unit, ...]]
    words: frozenset[str] = frozenset()  # folded; what every letter says is nobody's name

    @classmethod
    def of(
        cls, departments: Iterable[str], units: Iterable[Unit], words: Iterable[str] = ()
    ) -> Owners:
        spans: dict[str, list[Unit]] = {}
        for unit in units:
            spans.setdefault(_folded(unit.name), []).append(unit)
        return cls(
            frozenset(departments),
            {name: tuple(held) for name, held in spans.items()},
            frozenset(map(_folded, words)),
        )

    def owner(self, unit: str, day: date) -> str | None:
        """Return the department, or None for a unit that nobody answers for on that day."""
        for span in self.spans.get(_folded(unit), ()):
            if (span.first is None or span.first <= day) and (
                span.last is None or day <= span.last
            ):
                return span.department
        return None

    def is_word(self, text: str) -> bool:
        """Tell whether letters say this of themselves, also where a department is called so."""
        return _folded(text) in self.words

    def own(self, department: str) -> frozenset[str]:
        """Return the folded names of units that are or were this department's."""
        return frozenset(
            name
            for name, spans in self.spans.items()
            if any(span.department == department for span in spans)
        )

    def is_foreign(self, unit: str, department: str) -> bool:
        """Tell whether this is the name of a unit that was never this department's."""
        spans = self.spans.get(_folded(unit), ())
        return bool(spans) and all(span.department != department for span in spans)


def reasons_against(content: bytes, expected: Expected, owners: Owners) -> tuple[str, ...]:
    """Return every reason not to send these bytes to that reader; none is a yes."""
    try:
        message = email.message_from_bytes(content, policy=email.policy.default)
        found = [*_wire(content), *_headers(message, expected), *_parts(message, expected, owners)]
    except (ValueError, LookupError, TypeError, AttributeError, MessageError) as error:
        # The stdlib's parser fails in many ways on broken input; each of them means "not sent".
        return (f"the letter cannot be read: {type(error).__name__}: {error}",)
    return tuple(dict.fromkeys(found))


def department_of(message: EmailMessage) -> str:
    """Return whose letter it says it is, its blanks squeezed as `squeezed` does with a title's."""
    return squeezed(str(message.get(DEPARTMENT, "")))


def squeezed(title: str) -> str:
    """Return the title with single blanks: a header that was folded may have lost or won some."""
    return " ".join(title.split())


def _wire(content: bytes) -> Iterator[str]:
    """What a server could read otherwise than we do (bare line ends end letters early)."""
    if not content.isascii():
        yield "a byte is not ASCII"
    bare = content.replace(b"\r\n", b"")
    if b"\n" in bare or b"\r" in bare or not content.endswith(b"\r\n"):
        yield "a line does not end in CRLF"
    if any(len(line) > _LONGEST_LINE for line in content.split(b"\r\n")):
        yield f"a line is longer than {_LONGEST_LINE} characters"


def _headers(message: EmailMessage, expected: Expected) -> Iterator[str]:
    for name in _ONCE:
        if len(message.get_all(name, [])) != 1:
            yield f"the letter has {len(message.get_all(name, []))} `{name}` lines, not one"
    for name in _NEVER:
        if name in message:
            yield f"the letter has a `{name}` line"
    told = department_of(message)
    if told != squeezed(expected.department):
        yield f"the letter is for `{told}`, not for `{expected.department}`"
    if str(message.get(MONTH, "")) != f"{expected.month:%Y-%m}":
        yield f"the letter is about {message.get(MONTH)}, not {expected.month:%Y-%m}"
    for name, address in (("To", expected.recipient), ("From", expected.sender)):
        header = message.get(name)
        given = [a.addr_spec for a in header.addresses] if header is not None else []
        if given != [address]:
            yield f"its `{name}` line says {', '.join(given) or 'nobody'}, not {address}"


@dataclass
class _Read:
    """What the parts hold: texts that stand alone, and whether any row was proven theirs."""

    alone: list[tuple[str, str]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    is_proven: bool = False
    names_reader: bool = False


def _parts(message: EmailMessage, expected: Expected, owners: Owners) -> Iterator[str]:
    read = _Read()
    leaves = [part for part in message.walk() if not part.is_multipart()]
    for part in leaves:
        kind = part.get_content_type()
        if kind not in _TYPES:
            yield f"a part is {kind}, which cannot be checked"
        elif kind == "text/html":
            _read_html(part.get_content(), expected, owners, read)
        elif kind == "text/plain":
            read.alone += [("the text", line) for line in part.get_content().splitlines()]
        elif kind == _XLSX:
            _read_workbook(part.get_content(), expected, owners, read)
    for part in message.walk():  # after the reading: damage within a part is found by it
        yield from (f"a part is damaged: {type(defect).__name__}" for defect in part.defects)
    yield from read.reasons
    others = owners.departments - {expected.department}
    foreign = {_folded(name) for name in others} - {_folded(expected.department)}
    for where, text in read.alone:
        if _folded(text) in foreign and not owners.is_word(text):
            yield f"{where} names `{_short(text)}`, which is not of {expected.department}"
    if not read.names_reader:
        yield f"the letter does not name {expected.department}"
    if not read.is_proven:
        yield "no row in the letter says whose it is"


# ── the HTML ──────────────────────────────────────────────────────────────────────────────────────


class _Page(HTMLParser):
    """Each element's whole text, and the marks that say whose it is."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[tuple[str, str]] = []
        self.marks: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._open: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.marks += [
            (name, value or "") for name, value in attrs if name in ("data-department", "data-unit")
        ]
        if tag not in _VOID:
            self._open.append((tag, []))

    def handle_endtag(self, tag: str) -> None:
        if all(name != tag for name, _ in self._open):
            return
        while self._open:
            name, words = self._open.pop()
            text = "".join(words)
            self.texts.append((name, text))
            if self._open:
                self._open[-1][1].append(text)
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        # Every run of text also stands for itself: `<td>A<br>B</td>` is two names.
        self.texts.append(("", data))
        if self._open:
            self._open[-1][1].append(data)


def _read_html(html: str, expected: Expected, owners: Owners, read: _Read) -> None:
    page = _Page()
    page.feed(html)
    page.close()
    own = owners.own(expected.department)
    for name, value in page.marks:
        if name == "data-department" and value != expected.department:
            read.reasons.append(f"a mark in the letter says `{_short(value)}`")
        if name == "data-unit" and value and _folded(value) not in own:
            read.reasons.append(f"the letter has unit `{_short(value)}`, which is not theirs")
        read.is_proven |= name == "data-unit" and _folded(value) in own
    for tag, text in page.texts:
        read.alone.append(("the letter", text))
        is_head = tag == "th" and not owners.is_word(text)
        if is_head and owners.is_foreign(text, expected.department):
            read.reasons.append(f"the letter has a row for `{_short(text)}`, which is not theirs")
        read.is_proven |= tag == "th" and _folded(text) in own
    read.names_reader = _folded(expected.department) in _folded(" ".join(page.words))


# ── the workbook ──────────────────────────────────────────────────────────────────────────────────


def _read_workbook(content: bytes, expected: Expected, owners: Owners, read: _Read) -> None:
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        sheets = [(name, book.get_sheet_by_name(name).to_python()) for name in book.sheet_names]
    except (CalamineError, ZipError, OSError) as error:
        read.reasons.append(f"the workbook cannot be read: {error}")
        return
    for name, rows in sheets:
        _read_sheet(name, rows, expected, owners, read)


def _read_sheet(
    name: str, rows: Sequence[Sequence[object]], expected: Expected, owners: Owners, read: _Read
) -> None:
    columns: dict[str, int] = {}
    for number, cells in enumerate(rows, 1):
        where = f"sheet {name}, row {number}"
        heads = _heads(cells)
        if "department" in heads or ("unit" in heads and not columns):
            columns = heads
        elif "department" in columns:
            _read_row(where, cells, columns, expected, owners, read)
        else:
            read.alone += [(where, cell) for cell in cells if isinstance(cell, str)]
            unit = cells[columns["unit"]] if "unit" in columns else ""
            if isinstance(unit, str) and owners.is_foreign(unit, expected.department):
                read.reasons.append(f"{where}: unit `{_short(unit)}` is not theirs")


def _heads(cells: Sequence[object]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, cell in enumerate(cells):
        for name, words in _HEADS.items():
            if isinstance(cell, str) and _folded(cell) in words:
                found.setdefault(name, column)
    return found


def _read_row(
    where: str,
    cells: Sequence[object],
    columns: Mapping[str, int],
    expected: Expected,
    owners: Owners,
    read: _Read,
) -> None:
    department, unit, day = (
        cells[columns[name]] if name in columns else "" for name in ("department", "unit", "day")
    )
    if department == "" and unit == "" and not isinstance(day, date):
        return  # a sum, a blank row, a note below the table
    if department != expected.department:
        read.reasons.append(f"{where} is of `{_short(str(department))}`")
        return
    if unit == "" and day == "":
        return  # a sum of private persons shown together says no unit and no day; it proves nothing
    if isinstance(day, datetime):
        day = day.date()
    if not isinstance(day, date) or not isinstance(unit, str) or not unit:
        read.reasons.append(f"{where} has no unit and day, so nobody can say whose it is")
        return
    owner = owners.owner(unit, day)
    if owner != expected.department:
        read.reasons.append(f"{where}: unit `{_short(unit)}` was of {owner or 'nobody'} on {day}")
        return
    read.is_proven = True


def _folded(text: str) -> str:
    return squeezed(text).casefold()


def _short(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:80]
