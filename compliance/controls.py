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
_UNTOLD = "the sum of the rows above it, and it lacks what postings have: a total without its word"


class Controls:
    """The total lines of a file, held to the rows above them, all in the file's own sign."""

    def __init__(self, layout: Layout, file: str, delimiter: str) -> None:
        self.layout, self.file, self.delimiter = layout, file, delimiter
        self.pattern = total_pattern(delimiter)
        self.sum_all = self.sum_part = self.sum_since = Decimal(0)
        self.bare_all = self.bare_part = Decimal(0)  # of rows that look like sums, or are postings
        self.unreadable = self.agreed = self.seen = self.seen_since = 0
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

        A row without vendor and account whose amount is all that stands above, or all since the
        last sum, is a sum too.
        """
        parts = self._parts(block, typed)
        untold, done = list[int](), 0
        for total in totals:
            untold += self._add(parts.filter(pl.col("row").is_between(done, total.row, "none")))
            self.unreadable += sum(1 for s in block.spoiled if done < s.row < total.row)
            self._compare(total)
            done, self.sum_part, self.bare_part = total.row, Decimal(0), Decimal(0)
            self.sum_since, self.seen_since = Decimal(0), 0
        untold += self._add(parts.filter(pl.col("row") > done) if done else parts)
        self.unreadable += sum(1 for s in block.spoiled if s.row > done)
        if untold:
            typed.no_postings[_UNTOLD] = block.rows["row"].is_in(untold)

    def _parts(self, block: Block, typed: Typed) -> pl.DataFrame:
        """Return the rows with their amounts, those that look like sums with theirs beside."""
        parts = pl.DataFrame(
            {"row": block.rows["row"], "amount": typed.stated, "raw": block.raw},
        ).with_columns(may_be_sum=self.layout.is_untold(block), bare=None)
        for mask in typed.no_postings.values():
            is_apart = mask & typed.stated.is_not_null()
            parts = parts.with_columns(
                amount=pl.when(is_apart).then(Decimal(0)).otherwise("amount").cast(AMOUNT),
                may_be_sum=pl.col("may_be_sum") & ~mask,
                bare=pl.coalesce(pl.when(is_apart).then("amount"), "bare"),
            )
        return parts

    def _add(self, part: pl.DataFrame) -> list[int]:
        """Add rows up; return the numbers of those that are sums which no word tells."""
        found = []
        while (at := self._untold(part)) is not None:
            self._count(part[:at])
            found.append(part["row"][at])
            self.seen, self.seen_since, self.sum_since = self.seen + 1, 0, Decimal(0)
            part = part[at + 1 :]
        self._count(part)
        return found

    def _untold(self, part: pl.DataFrame) -> int | None:
        """Return where the first sum stands that no word tells: of all before, or since the last.

        A row that has a sum's word in some cell may be the sum of few.
        """
        amounts, may_be = part["amount"], part["may_be_sum"]
        if not may_be.any():
            return None
        above = amounts.fill_null(0).cum_sum() - amounts
        of_all = (above + self.sum_all).cast(AMOUNT) == amounts
        of_part = (above + self.sum_since).cast(AMOUNT) == amounts
        hits = may_be & (amounts != 0) & (of_all | of_part)
        for at in hits.fill_null(value=False).arg_true():
            count = at + (self.seen if of_all[at] else self.seen_since)
            if count >= _FEWEST or re.search(self.pattern, part["raw"][at]):
                return int(at)
        return None

    def _count(self, part: pl.DataFrame) -> None:
        added, bare = Decimal(part["amount"].sum() or 0), Decimal(part["bare"].sum() or 0)
        self.sum_all, self.sum_part = self.sum_all + added, self.sum_part + added
        self.bare_all, self.bare_part = self.bare_all + bare, self.bare_part + bare
        self.seen, self.seen_since = self.seen + len(part), self.seen_since + len(part)
        self.sum_since += added
        self.unreadable += part["amount"].null_count()

    def _compare(self, total: Total) -> None:
        if total.amount in (self.sum_all, self.sum_part):
            self.agreed += 1
            self.notes.append(f"the total on row {total.row} agrees")
        elif total.amount in (self.sum_all + self.bare_all, self.sum_part + self.bare_part):
            self.agreed += 1
            self.notes.append(
                f"the total on row {total.row} agrees when rows are counted that look like sums"
            )
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
