"""One ledger file → typed postings and rejected rows, each as Parquet, with what they add up to.

Every row of the file ends in one of the two. The file is refused whole, with InputError, when it
cannot be trusted: a second header, a total that disagrees, rows cut off by a spreadsheet's limit.
"""

from __future__ import annotations

import base64
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import polars as pl
from polars.io.plugins import register_io_source

from compliance.controls import Controls
from compliance.errors import InputError, Place
from compliance.extract import Extract
from compliance.layout import POSTINGS, FieldType, Layout, Typed, mark
from compliance.line_ids import FILE_ROW_BITS, line_ids
from compliance.normalise import AMOUNT
from compliance.profiles import header_key
from compliance.readers import Block, Tally

REJECTED: dict[str, FieldType] = {
    "file_id": pl.String, "file_row": pl.Int32, "column": pl.String, "reason": pl.String,
    "raw": pl.String, "amount_sek": AMOUNT,
}  # fmt: skip
MONTHS_ONLY = "dates are the month's first day"  # work_posting_facts.sql asks for it
SHEET_LIMITS = frozenset({65_536, 1_048_576})
LONGEST_RAW = 20_000
_HIDDEN = "(confidential)"  # in place of a rejected row's text
_QUOTED = re.compile("`[^`]*`")
BREAKS_OFF = "the file breaks off in this row"
_WIDEST_GAP = 5  # years; a slip of the pen (2042, 2014) is farther off


@dataclass
class Landed:
    """What became of one file: counts, kronor and days. `notes` are for `data_quality`."""

    source: str
    sha256: str
    file_id: str
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    loaded_sek: Decimal = Decimal(0)
    rejected_sek: Decimal = Decimal(0)
    first_date: date | None = None
    last_date: date | None = None
    notes: list[str] = field(default_factory=list)
    row_bits: int = FILE_ROW_BITS  # of its line_ids

    def as_json(self) -> dict[str, object]:
        """Return plain values: kronor and days as text."""
        return {
            key: value if isinstance(value, int | list) else None if value is None else str(value)
            for key, value in asdict(self).items()
        }


class Rejected(NamedTuple):
    """A row that is not loaded. `amount` is null where no kronor can be read from it."""

    row: int
    column: str | None
    reason: str
    raw: str
    amount: Decimal | None


def file_id(sha256: str) -> str:
    """Return the short name of a file's content: F and 11 letters or digits."""
    return "F" + base64.b32encode(bytes.fromhex(sha256)).decode()[:11]


def land(extracted: Extract, file: str, folder: Path) -> Landed:
    """Write `postings.parquet` and `rejected.parquet` into `folder` and return what they hold."""
    landing = _Landing(extracted, file)
    landed = landing.write(folder)
    strays = _stray_years(landing.years)
    if strays:
        landing = _Landing(extracted, file, frozenset(landing.years) - strays)
        landed = landing.write(folder)
    return landed


class _Landing:
    """One walk over one file."""

    def __init__(self, extracted: Extract, file: str, years: frozenset[int] | None = None) -> None:
        self.extracted, self.file, self.allowed = extracted, file, years
        self.layout = Layout(extracted, file)
        self.sign = self.layout.profile.sign
        self.landed = Landed(self.layout.profile.id, extracted.sha256, file_id(extracted.sha256))
        self.base = line_ids(extracted.sha256).start
        self.years: Counter[int] = Counter()
        self.rejected: list[pl.DataFrame] = []
        self.totals = Controls(self.layout, file, extracted.head.delimiter or ";")
        extracted.table.tally = Tally()  # a second walk counts anew

    def write(self, folder: Path) -> Landed:
        path = folder / "postings.parquet"
        frames = self._postings()
        first, second = next(frames, None), next(frames, None)
        if second is None:
            one = first if first is not None else pl.DataFrame(schema=POSTINGS)
            one.write_parquet(path, compression="zstd", compression_level=1)
        else:
            both = (frame for frame in (first, second) if frame is not None)
            _sink(itertools.chain(both, frames), path)
        rejected = pl.concat([pl.DataFrame(schema=REJECTED), *self.rejected])
        rejected.sort("file_row", maintain_order=True).write_parquet(folder / "rejected.parquet")
        self._close()
        return self.landed

    def _postings(self) -> Iterator[pl.DataFrame]:
        blocks = self.extracted.blocks(self.layout.positions())
        block = next(blocks, None)
        while block is not None:
            following = next(blocks, None)
            frame = self._block(block, is_last=following is None)
            if len(frame):
                yield frame
            block = following

    def _block(self, block: Block, *, is_last: bool) -> pl.DataFrame:
        block, totals = self.totals.take(block)
        typed = self.layout.read(block, self.allowed)
        if is_last:
            mark(typed.faults, self._cut_off(block))
            block = self._broken_off(block)
        self.totals.hold(totals, block, typed)
        bad = typed.bad()
        self.landed.rows_read += len(block.rows) + len(block.spoiled)
        self._reject(block, typed)
        frame = self.layout.postings(block, typed, bad, (self.landed.file_id, self.base))
        self._count(frame)
        return frame.drop("day")

    def _count(self, frame: pl.DataFrame) -> None:
        landed = self.landed
        landed.rows_loaded += len(frame)
        landed.loaded_sek += Decimal(frame["amount_sek"].sum() or 0)
        days = [*frame["day"].unique().sort(), *filter(None, (landed.first_date, landed.last_date))]
        if days:
            landed.first_date, landed.last_date = min(days), max(days)
        for year, count in frame["day"].dt.year().value_counts().iter_rows():
            self.years[year] += count

    def _ends_open(self) -> bool:
        """Tell whether the last line of a text has no line end."""
        found = getattr(self.extracted.table, "found", None)
        return found is not None and not found.ends_with_newline

    def _broken_off(self, block: Block) -> Block:
        """Say of a last row that is too short, and has no line end, that the file breaks off in it.

        One row is rejected, as any of too few cells; how many are missing behind it nobody knows.
        """
        if not block.spoiled or not self._ends_open():
            return block
        last = block.spoiled[-1]
        if last.row != self.extracted.table.tally.lines or "cells, fewer than" not in last.reason:
            return block
        told = last._replace(reason=f"{BREAKS_OFF}: {last.reason}")
        return replace(block, spoiled=(*block.spoiled[:-1], told))

    def _cut_off(self, block: Block) -> dict[str, pl.Series]:
        """Doubt the last amount of a file that breaks off in it: `1234,5` may have been 1234,56."""
        is_end = self.layout.position(self.layout.amount) == len(self.extracted.head.names) - 1
        if not self._ends_open() or not is_end or len(block.rows) < 3:
            return {}
        cells = self.layout.cells(block, self.layout.amount)
        whole = cells.str.contains("[.,][0-9]{2}[^0-9]*$").fill_null(value=False)
        if not whole[:-1].all() or whole[-1]:
            return {}
        marks = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(whole))
        return {self.layout.amount: marks.scatter(len(marks) - 1, [True])}

    def _reject(self, block: Block, typed: Typed) -> None:
        out = [Rejected(*spoiled, None) for spoiled in block.spoiled]
        for at, (column, reason) in sorted(self.layout.faults(block, typed).items()):
            amount = typed.amounts[at] if self.layout.has_kronor(typed, at) else None
            signed = None if amount is None else amount * self.sign
            row = block.rows["row"][at]
            out.append(Rejected(row, column, reason, block.raw[at], signed))
        if not out:
            return
        _refuse_second_table(out, self.extracted, self.file)
        out = self._without_confidential(out, block)
        columns = list(REJECTED)[1:]
        frame = pl.DataFrame(
            [(*row[:3], row.raw[:LONGEST_RAW], row.amount) for row in out],
            schema={name: REJECTED[name] for name in columns},
            orient="row",
        ).select(pl.lit(self.landed.file_id).alias("file_id"), *columns)
        self.rejected.append(frame)
        self.landed.rows_rejected += len(frame)
        self.landed.rejected_sek += Decimal(frame["amount_sek"].sum() or 0)

    def _without_confidential(self, out: list[Rejected], block: Block) -> list[Rejected]:
        """Leave out the text of confidential rows, and of rows that cannot be parted into cells.

        And what their reasons quote: where cells have slid, a vendor's name may stand in any.
        """
        if not self.layout.confidential:
            return out
        hidden = set(block.rows["row"].filter(self.layout.is_confidential(block)))
        hidden |= {spoiled[0] for spoiled in block.spoiled}
        return [
            row._replace(raw=_HIDDEN, reason=_QUOTED.sub(f"`{_HIDDEN}`", row.reason))
            if row.row in hidden
            else row
            for row in out
        ]

    def _close(self) -> None:
        """Judge the file as a whole and write down what `data_quality` should tell."""
        tally, landed = self.extracted.table.tally, self.landed
        lines = {tally.lines, landed.rows_read + 1, landed.rows_read + self.extracted.head.row}
        if lines & SHEET_LIMITS and not self.totals.agreed:
            raise InputError(
                f"the file has exactly {max(lines & SHEET_LIMITS)} rows",
                at=Place(self.file, row=max(lines & SHEET_LIMITS)),
                why="that is where a spreadsheet stops; the rest was probably cut off",
                fix="export it as text from the ledger system, or with a total line",
            )
        if landed.rows_read >= 10 and not landed.rows_loaded:
            first = self.rejected[0].row(0, named=True)
            raise InputError(
                "not one row can be read",
                at=Place(self.file, first["file_row"], first["column"]),
                why=first["reason"],
                fix=f"check the notation in the source profile `{landed.source}`",
            )
        landed.notes += self.totals.notes
        if not landed.rows_read:
            landed.notes.append("no row stands below the header")
        if tally.blank_rows:
            landed.notes.append(f"blank rows, passed over: {tally.blank_rows}")
        if tally.garbled_cells:
            landed.notes.append(f"names with garbled letters: {tally.garbled_cells}")
        landed.notes += tally.notes
        if self.layout.knows_months_only():
            landed.notes.append(MONTHS_ONLY)


def _refuse_second_table(out: list[Rejected], extracted: Extract, file: str) -> None:
    """Raise InputError when rejected rows hold the header again, or another table."""
    header = frozenset(map(header_key, extracted.head.names)) - {""}
    need = max(2, (len(header) + 1) // 2)
    others: list[tuple[int, int, bool]] = []
    for rejected in out:
        cells = rejected.raw.split(extracted.head.delimiter or ";")
        folded = header_key(rejected.raw)
        # A look at the whole line spares folding every cell of every rejected row.
        near = sum(name in folded for name in header) >= need
        if near and len(header & {header_key(cell.strip().strip('"')) for cell in cells}) >= need:
            raise InputError(
                "a second header stands in the file",
                at=Place(file, row=rejected.row),
                why="two exports were put together, and what follows may have other columns",
                fix="deliver each export as its own file",
            )
        if len(cells) != len(extracted.head.names) and sum(map(bool, cells)) >= 2:
            has_digits = re.search("[0-9]", rejected.raw) is not None
            others.append((rejected.row, len(cells), has_digits))
    for (row, width, has_digits), (next_row, next_width, next_digits) in itertools.pairwise(others):
        # Names alone, and below them values: rows damaged alike hold values all.
        if next_row == row + 1 and width == next_width and next_digits and not has_digits:
            raise InputError(
                "a second table stands in the file",
                at=Place(file, row=row),
                why=f"its rows have {width} cells; the header has {len(extracted.head.names)}",
                fix="deliver each table as its own file",
            )


def _stray_years(years: Counter[int]) -> frozenset[int]:
    """Return the years that do not belong to the file's period.

    The period is the year with most rows and every year that is chained to it and holds at least
    one row in a hundred, with no more than `_WIDEST_GAP` years from one to the next: a small file
    may skip a year and is whole all the same. A year beside the period belongs to it.
    """
    rows = sum(years.values())
    weighty = sorted(year for year, count in years.items() if count * 100 >= rows)
    low = high = max(years, key=lambda year: (years[year], year), default=0)
    for year in weighty:
        if high < year <= high + _WIDEST_GAP:
            high = year
    for year in reversed(weighty):
        if low - _WIDEST_GAP <= year < low:
            low = year
    return frozenset(year for year in years if not low - 1 <= year <= high + 1)


def _sink(frames: Iterator[pl.DataFrame], path: Path) -> None:
    """Write frames as they come, so that no more than a few are held at a time."""
    failed: list[BaseException] = []

    def source(*_: object) -> Iterator[pl.DataFrame]:
        try:
            yield from frames
        except BaseException as error:
            failed.append(error)  # polars would wrap it in its own
            raise

    try:
        register_io_source(source, schema=POSTINGS).sink_parquet(
            path, compression="zstd", compression_level=1
        )
    except pl.exceptions.PolarsError:
        if failed:
            raise failed[0] from None
        raise
