"""Is this line a total? A total is a control of the rows above it, never a row.

A total line holds a word for a sum, numbers, and nothing else: a vendor called Summa has a unit,
an account text beside it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from compliance.normalise import Notation, read_amounts
from compliance.readers.tokenizer import split

_WORDS = (
    "summa|slutsumma|totalsumma|delsumma|totalt|total|summa totalt|summa kronor|grand total|"
    "total sum|sum|subtotal|att betala totalt"
)
_NUMBER = re.compile(r"[-+(]?[\d\s.,:/\u00a0\u202f\u2009\u2212-]*\)?(?:kr|sek)?", re.IGNORECASE)


class Total(NamedTuple):
    """A total line: its row, and the sum it claims, as the file writes it."""

    row: int
    amount: Decimal


def total_pattern(delimiter: str) -> str:
    """Return a pattern that every line with a cell that is a word for a sum fits."""
    mark = re.escape(delimiter)
    return f'(?i)(?:^|[{mark}"])[ \u00a0]*(?:{_WORDS})[ \u00a0]*:?(?: [^{mark}"]*)?(?:[{mark}"]|$)'


def read_total(
    row: int, raw: str, delimiter: str, amount_at: int, notation: Notation
) -> Total | None:
    """Read one line as a total, or return None when it is a posting."""
    cells = [cell.strip() for cell in split(raw, delimiter).cells]
    words = [cell for cell in cells if cell and not _NUMBER.fullmatch(cell)]
    if len(words) != 1 or not re.match(rf"(?i)(?:{_WORDS})\b", words[0]):
        return None
    if not re.fullmatch(rf"(?i)(?:{_WORDS})\s*:?(?:\s.*)?", words[0]):
        return None
    at = cells.index(words[0])
    candidates = [cells[amount_at]] if amount_at < len(cells) and amount_at != at else []
    candidates += [cell for cell in reversed(cells) if cell and cell != words[0]]
    for amount in read_amounts(pl.Series(candidates, dtype=pl.String), notation):
        if amount is not None:
            return Total(row, amount)
    return None
