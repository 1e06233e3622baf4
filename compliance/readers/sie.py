"""One SIE file: the general ledger's vouchers, or its balances by month.

The format is SIE 4B (Föreningen SIE-Gruppen): lines of a `#LABEL` and fields, code page 437. It is
written here because the packages that read SIE skip what they do not know; a control must not.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from compliance.errors import InputError, Place

LARGEST = 200 << 20
_AMOUNT = re.compile(r"[-+]?[0-9]{1,15}(?:\.[0-9]{1,2}0*)?")
_FIELD = re.compile(r'[ \t]*(?:"((?:[^"\\]|\\.)*)"|(\{)|(\})|([^ \t"{}]+))')


@dataclass(frozen=True)
class Aside:
    """A voucher that is not counted, whole: its line and why."""

    row: int
    reason: str
    raw: str


@dataclass
class SieFile:
    """What one file tells. `months`: kronor by (first of the month, account), debit positive."""

    kind: str
    sha256: str
    accounts: dict[str, str] = field(default_factory=dict)
    months: dict[tuple[date, str], Decimal] = field(default_factory=dict)
    vouchers: set[tuple[str, str, str]] = field(default_factory=set)
    aside: list[Aside] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_plain(self) -> list[object]:
        """Return all of it as lists and texts, to be kept as JSON."""
        return [
            self.kind,
            self.sha256,
            sorted(self.accounts.items()),
            [(str(month), account, str(sum_)) for (month, account), sum_ in self.months.items()],
            sorted(self.vouchers),
            [(aside.row, aside.reason, aside.raw) for aside in self.aside],
            self.notes,
        ]

    @classmethod
    def from_plain(cls, plain: Any) -> SieFile:
        """Return what `as_plain` gave."""
        kind, sha256, accounts, months, vouchers, aside, notes = plain
        return cls(
            kind,
            sha256,
            dict(accounts),
            {(date.fromisoformat(m), account): Decimal(sum_) for m, account, sum_ in months},
            {(series, number, day) for series, number, day in vouchers},
            [Aside(*voucher) for voucher in aside],
            notes,
        )


@dataclass
class _Voucher:
    row: int
    raw: str
    series: str
    number: str
    day: date | None
    posts: list[tuple[str, Decimal | None]] = field(default_factory=list)


class _Line:
    """One line, parted: its label in capitals and its fields; object lists are one field, "{}"."""

    def __init__(self, row: int, text: str) -> None:
        self.row, self.text = row, text
        label, _, rest = text.strip().replace("\t", " ").partition(" ")
        self.label = label.upper()
        self.fields: list[str] = []
        self.signs: list[str] = [] if label in ("{", "}") else [label]
        self.is_whole = self._part(rest)

    def _part(self, rest: str) -> bool:
        at = depth = 0
        while at < len(rest.rstrip()):
            found = _FIELD.match(rest, at)
            if found is None:
                return False
            at = found.end()
            quoted, opens, closes, plain = found.groups()
            if opens:
                depth += 1
                self.fields.append("{}")
            elif closes:
                depth -= 1
            else:
                text = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
                self.signs.append(text)
                if not depth:
                    self.fields.append(text)
        return depth == 0

    def get(self, at: int) -> str:
        return self.fields[at] if at < len(self.fields) else ""


def read_sie_file(path: Path, file: str) -> SieFile:
    """Read one file. Raises InputError when it is no SIE file, is cut off or fails its checksum."""

    def refuse(what: str, *, row: int | None = None, why: str = "") -> InputError:
        return InputError(
            what, at=Place(file, row=row), why=why, fix="export the SIE file anew, type 4E"
        )

    raw = path.read_bytes()
    if len(raw) > LARGEST:
        raise refuse("the file is larger than 200 MB")
    if b"\x00" in raw:
        raise refuse("there is a NUL byte in the file")
    lines = _lines(raw)
    head = {line.label: line for line in lines if line.label in ("#SIETYP", "#FORMAT", "#FLAGGA")}
    if "#SIETYP" not in head or not lines[0].label.startswith("#"):
        raise refuse("this is no SIE file", why="it does not begin with labels such as #FLAGGA")
    if "#FORMAT" in head and head["#FORMAT"].get(0).upper() != "PC8":
        raise refuse(
            f"#FORMAT is {head['#FORMAT'].get(0)}",
            row=head["#FORMAT"].row,
            why="SIE knows PC8 only",
        )
    kind = head["#SIETYP"].get(0)
    if kind not in ("1", "2", "3", "4"):
        raise refuse(f"#SIETYP is {kind}", row=head["#SIETYP"].row, why="types 1 to 4 are known")
    problem = _checksum_fault(lines)
    if problem:
        raise refuse(problem, why="the file was changed after it was exported, or is cut off")
    found = SieFile(kind, hashlib.sha256(raw).hexdigest())
    _accounts(lines, found)
    if kind == "4":
        for voucher in _vouchers(lines, refuse):
            _book(voucher, found)
    elif kind in ("2", "3"):
        _period_balances(lines, found, refuse)
    else:
        found.notes.append("type 1 holds years only, no months: it controls nothing")
    return found


def _lines(raw: bytes) -> list[_Line]:
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("cp437").rstrip("\x1a\r\n \t→")
    parts = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [_Line(row, part) for row, part in enumerate(parts, start=1) if part.strip()] or [
        _Line(1, "")
    ]


def _accounts(lines: list[_Line], found: SieFile) -> None:
    for line in lines:
        if line.label == "#KONTO" and line.get(0):
            found.accounts[line.get(0)] = line.get(1)


def _vouchers(lines: list[_Line], refuse: object) -> Iterator[_Voucher]:
    assert callable(refuse)
    voucher: _Voucher | None = None
    is_open = False
    for line in lines:
        if line.label == "#VER":
            if voucher is not None:
                raise refuse("a voucher has no end", row=voucher.row)
            voucher = _Voucher(line.row, line.text, line.get(0), line.get(1), _day(line.get(2)))
            is_open = False
        elif line.label == "{" and voucher is not None and not is_open:
            is_open = True
        elif line.label == "}" and voucher is not None and is_open:
            yield voucher
            voucher = None
        elif line.label == "#TRANS":
            if voucher is None or not is_open:
                raise refuse("a #TRANS stands outside a voucher", row=line.row)
            voucher.posts.append((line.get(0), _amount(line)))
        # #RTRANS repeats the #TRANS after it and #BTRANS was taken away: neither is counted.
    if voucher is not None:
        raise refuse("the file ends inside a voucher", row=voucher.row, why="it is cut off")


def _amount(line: _Line) -> Decimal | None:
    # kontonr {objektlista} belopp; some programs leave the empty list out.
    text = line.get(2) if line.get(1) == "{}" else line.get(1)
    return Decimal(text) if line.is_whole and _AMOUNT.fullmatch(text) else None


def _book(voucher: _Voucher, found: SieFile) -> None:
    """Count a voucher by month and account, or set it aside whole."""
    amounts = [amount for _, amount in voucher.posts]
    reason = ""
    same = (voucher.series, voucher.number, voucher.day and voucher.day.isoformat())
    if voucher.number and same in found.vouchers:
        reason = "a voucher of this number and day stands above: it would count twice"
    elif voucher.day is None:
        reason = "the voucher's date cannot be read"
    elif any(amount is None for amount in amounts):
        reason = "an amount of the voucher cannot be read"
    else:
        total = sum((amount for amount in amounts if amount is not None), Decimal(0))
        reason = f"the voucher does not balance: its sum is {total}" if total else ""
    if reason or voucher.day is None:
        found.aside.append(Aside(voucher.row, reason, voucher.raw))
        return
    month = voucher.day.replace(day=1)
    for account, amount in voucher.posts:
        if account not in found.accounts and found.accounts:
            note = f"account {account} is not declared"
            if note not in found.notes:
                found.notes.append(note)
        key = (month, account)
        found.months[key] = found.months.get(key, Decimal(0)) + (amount or 0)
    if voucher.number:
        found.vouchers.add((voucher.series, voucher.number, voucher.day.isoformat()))


def _period_balances(lines: list[_Line], found: SieFile, refuse: object) -> None:
    """Take the month's change of each account from #PSALDO, without its parts by object."""
    assert callable(refuse)
    for line in lines:
        if line.label != "#PSALDO":
            continue
        # årsnr period kontonr {objekt} saldo; the sum over objects is the row with an empty list.
        year, period, account = line.get(0), line.get(1), line.get(2)
        if year != "0" or re.search(r"\{\s*[^\s}]", line.text):
            continue
        text = line.get(4) if line.get(3) == "{}" else line.get(3)
        if not re.fullmatch("[0-9]{6}", period) or not _AMOUNT.fullmatch(text):
            raise refuse("a #PSALDO cannot be read", row=line.row, why=line.text[:80])
        try:
            month = date(int(period[:4]), int(period[4:]), 1)
        except ValueError:
            raise refuse(f"{period} is no month", row=line.row) from None
        if (month, account) in found.months:
            raise refuse(f"the #PSALDO of {account} for {period} stands twice", row=line.row)
        found.months[month, account] = Decimal(text)


def _day(text: str) -> date | None:
    if not re.fullmatch("[0-9]{8}", text):  # int() would take +3 and 1_0 too
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _checksum_fault(lines: list[_Line]) -> str:
    """Return what is wrong with #KSUMMA, or "". CRC-32 over labels and fields, marks left out."""
    marks = [at for at, line in enumerate(lines) if line.label == "#KSUMMA"]
    if not marks:
        return ""
    first, last = marks[0], marks[-1]
    claimed = lines[last].get(0)
    if first == last or not claimed:
        return "the checksum #KSUMMA is opened but not closed"
    crc = 0
    for line in lines[first + 1 : last]:
        crc = zlib.crc32("".join(line.signs).encode("cp437", "replace"), crc)
    if claimed.isdigit() and int(claimed) == crc:
        return ""
    return f"the checksum is {claimed}, but the content's is {crc}"
