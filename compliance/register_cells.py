"""What does one cell of a register, an order or a tender say: a day, an amount, a number?

Strict: a cell that could mean two things means nothing. Amounts are Decimal kronor with at most
two decimals, never through a float; days are dates; the reason is told in words that end up after
the file and the row. Knows one cell at a time.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from compliance.readers.padded import Padded
from compliance.sheets import Cell

# "Until further notice" has no last day; SQL compares with this one, and hygiene says so.
NO_END = date(2099, 12, 31)
LARGEST = Decimal(10) ** 15  # what a DECIMAL(18,2) holds, and more than a country spends
EARLIEST, LATEST = date(1970, 1, 1), NO_END
_WITHOUT_END = frozenset({"tills vidare", "tillsvidare", "until further notice"})
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("januari", "jan"),
            ("februari", "feb"),
            ("mars", "mar"),
            ("april", "apr"),
            ("maj",),
            ("juni", "jun"),
            ("juli", "jul"),
            ("augusti", "aug"),
            ("september", "sep", "sept"),
            ("oktober", "okt"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_ISO = re.compile(r"([0-9]{4})([-/.]?)([0-9]{2})\2([0-9]{2})(?:[ T]00:00(?::00)?(?:\.0+)?)?")
_WORDS = re.compile(r"(?:den )?([0-9]{1,2}) ([a-zåäö]+)\.? ([0-9]{4})")
_SLASH = re.compile(r"([0-9]{1,2})/([0-9]{1,2})[ -]([0-9]{4})")
_AMOUNT = re.compile(r"(-?)([0-9]{1,3}(?: [0-9]{3})+|[0-9]+)(?:[.,]([0-9]{1,2}))?(?: ?(?:kr|sek))?")
_BLANKS = re.compile(r"[\s\u00a0\u2007\u202f]+")


class CellError(ValueError):
    """A cell that says nothing that can be used: why, and what to write instead."""

    def __init__(self, why: str, fix: str) -> None:
        self.why, self.fix = why, fix
        super().__init__(why)


def text(cell: Cell) -> str:
    """Return the cell as text, outer and repeated blanks gone; a whole number without `.0`."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    # Excel's own escape for a carriage return, left in the text by some exports.
    written = re.sub(r"_x000[DdAa]_", " ", str(cell))
    # An `å` of two signs, as macOS writes it, would be another letter to every comparison.
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", written)).strip()


def lines(cell: Cell) -> str:
    """Return the cell as text with `;` where a line ends: what stands below is another thing."""
    written = re.sub(r"_x000[DdAa]_|[\r\n]+", "; ", cell) if isinstance(cell, str) else cell
    return text(written).strip("; ")


def day(cell: Cell) -> date | None:
    """Return the day, `NO_END` for "tills vidare", None for an empty cell. Raises CellError."""
    if isinstance(cell, datetime):
        if cell.time() != time():
            raise CellError(f"{cell} has a time of day", "write the day alone, as 2024-01-31")
        return _within(cell.date(), str(cell.date()))
    if isinstance(cell, date):
        return _within(cell, str(cell))
    if isinstance(cell, bool | time | timedelta):
        raise CellError(f"{cell} is not a date", "write the day as 2024-01-31")
    written = text(cell)
    if not written:
        return None
    if written.casefold() in _WITHOUT_END:
        return NO_END
    found = _written_day(written.casefold())
    if found is None:
        raise CellError(
            f"`{written}` cannot be read as a date",
            "write the day as 2024-01-31; a number in Excel must be formatted as a date",
        )
    return _within(found, written)


def _written_day(written: str) -> date | None:
    """ISO (also compact), `31 januari 2024` and `31/1 2024`; other orders are ambiguous."""
    try:
        if iso := _ISO.fullmatch(written):
            return date(int(iso[1]), int(iso[3]), int(iso[4]))
        if words := _WORDS.fullmatch(written):
            return date(int(words[3]), _MONTHS.get(words[2], 0), int(words[1]))
        if slash := _SLASH.fullmatch(written):
            return date(int(slash[3]), int(slash[2]), int(slash[1]))
    except ValueError:
        raise CellError(f"`{written}` is not in the calendar", "correct the date") from None
    return None


def _within(found: date, written: str) -> date:
    if not EARLIEST <= found <= LATEST:
        if found.year == 9999:  # what some systems write for "tills vidare"
            return NO_END
        raise CellError(f"{written} is before {EARLIEST} or after {LATEST}", "correct the date")
    return found


def amount(cell: Cell) -> Decimal | None:
    """Return kronor above zero, None for an empty cell. Raises CellError."""
    found = money(cell)
    if found is not None and found <= 0:
        raise CellError(
            f"{found} is not an amount above zero", "leave the cell empty when it is not known"
        )
    return found


def money(cell: Cell) -> Decimal | None:
    """Return kronor of either sign, None for an empty cell. Raises CellError."""
    if isinstance(cell, bool | date | time | timedelta):
        raise CellError(f"`{cell}` is not an amount", "write kronor, as 1 250 000")
    if isinstance(cell, int | float):
        # Excel keeps 15 digits; what it shows as 1250000.1 may be a hair off in binary.
        found = Decimal(format(cell, ".15g"))
        # Size first: rounding itself fails on what has more digits than Decimal keeps.
        if not found.is_finite() or abs(found) >= LARGEST:
            raise CellError(f"{cell} is too large", "write kronor ex VAT")
        if found != round(found, 2):
            raise CellError(f"{cell} has parts of an öre", "write at most two decimals")
    else:
        written = text(cell)
        if not written:
            return None
        plain = written.casefold().removesuffix(":-").rstrip().replace("\u2212", "-")
        match = _AMOUNT.fullmatch(plain)
        if match is None:
            raise CellError(
                f"`{written}` cannot be read as an amount",
                "write kronor ex VAT, as 1 250 000 or 1250000,50; not MSEK, no dots between groups",
            )
        found = Decimal(match[1] + match[2].replace(" ", "") + "." + (match[3] or "0"))
    if abs(found) >= LARGEST:
        raise CellError(f"{found} is too large", "write kronor ex VAT")
    return round(found, 2)


def whole(cell: Cell) -> int | None:
    """Return a whole number above zero, None for an empty cell. Raises CellError."""
    found = count(cell)
    if found == 0:
        raise CellError("`0` is not a whole number above zero", "write 1, 2, 3 …")
    return found


def count(cell: Cell) -> int | None:
    """Return a whole number from zero up, None for an empty cell. Raises CellError."""
    # A number may be shown with zeros before it (`0000`); what is counted is the number.
    written = str(int(cell)) if type(cell) is Padded else text(cell)
    if not written:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", written):
        raise CellError(f"`{written}` is not a whole number", "write 1, 2, 3 …")
    return int(written)


def entries(cell: Cell) -> tuple[str, ...]:
    """Return the `;`-separated entries of a cell, each once, in order."""
    lines = str(cell).replace("\n", ";") if isinstance(cell, str) else text(cell)
    return tuple(dict.fromkeys(found for part in lines.split(";") if (found := text(part))))
