"""One container a file: bytes → rows of text, each with the row number that a person would see.

A reader settles where a row and a cell begin and end, and nothing else: it knows no dates, amounts
or fields. What it cannot settle it hands on as `Spoiled`, never as a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import polars as pl

# Why a file without a byte is refused.
EMPTY = "an export without postings has a header still; this one broke off before it"


class Spoiled(NamedTuple):
    """A row that cannot be read as cells, or has a cell that nobody can read."""

    row: int
    column: str | None
    reason: str
    raw: str


class Head(NamedTuple):
    """A row that may be the header: its number, its names, and how it was parted."""

    row: int
    names: tuple[str, ...]
    delimiter: str = ""
    sheet: str = ""
    encoding: str = ""


@dataclass(frozen=True)
class Block:
    """Some rows in file order: `row` INT64 and one text column per header position, "0", "1", …

    `raw` gives the rows as delivered, one for one. A cell that is empty is null or "".
    """

    rows: pl.DataFrame
    raw: pl.Series
    spoiled: tuple[Spoiled, ...] = ()


@dataclass
class Tally:
    """What a reader counted on its way; complete when its last block is out."""

    lines: int = 0
    blank_rows: int = 0
    garbled_cells: int = 0
    notes: list[str] = field(default_factory=list)


class Table(Protocol):
    """A delivered file whose header row is known."""

    tally: Tally

    def blocks(self, head: Head, positions: tuple[int, ...]) -> Iterator[Block]:
        """Give the rows below `head`, of its columns only those at `positions`."""
        ...
