"""The totals of a ledger file, with and without a word that says so: controls, never postings."""

from __future__ import annotations

import re
from decimal import Decimal

import polars as pl

from compliance.errors import InputError, Place
from compliance.layout import Layout, Typed
from compliance.normalise import AMOUNT
from compliance.profiles import header_key
from compliance.readers import Block
from compliance.readers.totals import Total, read_total, total_pattern

_FEWEST = 3  # rows above a sum that no word tells; of fewer, a posting may be the sum by chance
_UNTOLD = "the sum of all rows above it, beside no vendor or no account: a total without its word"


class Controls:
    """The total lines of a file, held to the rows above them, all in the file's own sign."""

    def __init__(self, layout: Layout, file: str, delimiter: str) -> None:
        self.layout, self.file, self.delimiter = layout, file, delimiter
        self.pattern = total_pattern(delimiter)
        self.sum_all = self.sum_part = Decimal(0)
        self.unreadable = self.agreed = self.seen = 0
        self.notes: list[str] = []

    def take(self, block: Block) -> tuple[Block, list[Total]]:
        """Part a block into its rows and its total lines."""
        where = self.layout.position(self.layout.amount)
        thin = self.layout.thin(block)
        rows, raws = block.rows["row"].filter(thin), block.raw.filter(thin)
        marked = raws.str.contains(self.pattern)
        lines = [*zip(rows.filter(marked), raws.filter(marked), strict=True)]
        # An amount that is no value (never calculated, an error) claims no sum.
        amount = header_key(self.layout.amount)
        lines += [(s.row, s.raw) for s in block.spoiled if header_key(s.column or "") != amount]
        found = [
            total
            for row, raw in sorted(lines)
            if re.search(self.pattern, raw)
            and (total := read_total(row, raw, self.delimiter, where, self.layout.notation))
        ]
        if not found:
            return block, []
        taken = [total.row for total in found]
        keep = ~block.rows["row"].is_in(taken)
        spoiled = tuple(s for s in block.spoiled if s.row not in taken)
        return Block(block.rows.filter(keep), block.raw.filter(keep), spoiled), found

    def hold(self, totals: list[Total], block: Block, typed: Typed) -> None:
        """Hold each total to the rows since the last one, or from the top. Raises InputError.

        A row without vendor and account whose amount is all that stands above is a sum too.
        """
        amounts = typed.amounts
        for mask in typed.no_postings.values():
            amounts = amounts.set(mask, None)
        untold = self._untold(block, amounts)
        if untold.any():
            typed.no_postings[_UNTOLD] = untold
            amounts = amounts.set(untold, None)
        rows, done = block.rows["row"], 0
        for total in totals:
            self._add(amounts.filter((rows > done) & (rows < total.row)))
            self.unreadable += sum(1 for s in block.spoiled if done < s.row < total.row)
            self._compare(total)
            done, self.sum_part = total.row, Decimal(0)
        self._add(amounts.filter(rows > done) if done else amounts)
        self.unreadable += sum(1 for s in block.spoiled if s.row > done)

    def _untold(self, block: Block, amounts: pl.Series) -> pl.Series:
        """Mark the sums that no word tells: the fourth row or later, of all before it."""
        marks, before = self.layout.is_untold(block), self.seen
        self.seen += len(marks)
        if not marks.any():
            return marks
        above = (amounts.fill_null(0).cum_sum() - amounts + self.sum_all).cast(AMOUNT)
        later = pl.int_range(before, self.seen, eager=True) >= _FEWEST
        return (marks & later & (amounts == above) & (amounts != 0)).fill_null(value=False)

    def _add(self, amounts: pl.Series) -> None:
        added = Decimal(amounts.sum() or 0)
        self.sum_all, self.sum_part = self.sum_all + added, self.sum_part + added
        self.unreadable += amounts.null_count()

    def _compare(self, total: Total) -> None:
        if total.amount in (self.sum_all, self.sum_part):
            self.agreed += 1
            self.notes.append(f"the total on row {total.row} agrees")
        elif self.unreadable:
            self.notes.append(
                f"the total on row {total.row} is {total.amount}; the rows that can be read make "
                f"{self.sum_all}, and {self.unreadable} cannot be read"
            )
        else:
            raise InputError(
                f"the total is {total.amount}, but the rows make {self.sum_all}",
                at=Place(self.file, row=total.row),
                why="rows are missing, doubled or changed since the file was exported",
                fix="export the file anew",
            )
