"""A block of text cells → typed columns under one profile, and what is wrong with which row.

Knows fields and notations; knows neither files as wholes nor what is done with a bad row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from compliance import normalise
from compliance.errors import InputError, Place
from compliance.extract import Extract
from compliance.normalise import AMOUNT, Notation
from compliance.profiles import DATE_FIELDS, MONTH_ONLY, TEXT_FIELDS, Column, Profile
from compliance.readers import Block

FieldType = type[pl.DataType] | pl.DataType
POSTINGS: dict[str, FieldType] = {
    "line_id": pl.Int64, "file_id": pl.String, "file_row": pl.Int32,
    "voucher_no": pl.String, "invoice_no": pl.String,
    **dict.fromkeys(DATE_FIELDS, pl.Date),
    "buyer_id": pl.String, "buyer_name": pl.String, "vendor_name": pl.String,
    "vendor_number": pl.String, "org_number": pl.String, "account_code": pl.String,
    "account_name": pl.String, "counterparty_code": pl.String, "unit": pl.String,
    "amount_sek": AMOUNT, "contract_ref": pl.String, "order_ref": pl.String,
    "ground": pl.String, "text": pl.String,
}  # fmt: skip


_REFERENCES = frozenset({"contract_ref", "order_ref"})
# Of a confidential row: a generic name (rules/vendors.toml), and nothing that tells the vendor.
HIDDEN_VENDOR = "Sekretess"
_TELLING = frozenset({"vendor_number", "org_number", "text", "ground"}) | _REFERENCES


@dataclass(frozen=True)
class Typed:
    """A block, read: amounts in the file's own sign, days by field, and `day`, the one that counts.

    `stated` are the amounts as their own column has them: with VAT, where the layout has it beside.
    `faults` marks, for each header (or "" for the file's name), the rows that it spoils; amounts
    before other reasons. `no_postings` marks, by reason, rows whose cells can be read, but which
    are none: loaded, they would count what other rows have counted.
    """

    amounts: pl.Series
    stated: pl.Series
    dates: dict[str, pl.Series]
    day: pl.Series
    faults: dict[str, pl.Series]
    no_postings: dict[str, pl.Series]

    def bad(self) -> pl.Series:
        """Mark the rows that are spoiled."""
        marks = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(self.amounts))
        for mask in (*self.faults.values(), *self.no_postings.values()):
            marks = marks | mask
        return marks


def mark(faults: dict[str, pl.Series], more: dict[str, pl.Series]) -> None:
    """Add rows to those that each header spoils: one column may be at fault in two ways."""
    for header, mask in more.items():
        known = faults.get(header)
        faults[header] = mask if known is None else known | mask


class Layout:
    """One profile, laid over the header of one file."""

    def __init__(self, extracted: Extract, file: str) -> None:
        self.extracted = extracted
        self.profile: Profile = extracted.profile
        self.notation = Notation(self.profile.decimal, self.profile.thousands)
        self.columns = [c for c in self.profile.columns if extracted.position(c.header) is not None]
        self.amount = next(c for c in self.columns if c.field == "amount_sek").header
        # A workbook's own dates come as ISO, whatever the layout writes.
        own = ("YYYY-MM-DD",) if self.profile.container == "workbook" else ()
        self.shapes = tuple(dict.fromkeys((*self.profile.dates, *own)))
        # Of a layout that may write days or months, what this file's dates have been so far.
        self._day_shapes = tuple(shape for shape in self.shapes if shape not in MONTH_ONLY)
        self._saw_months = self._saw_days = False
        self.named_day = day_from_name(self.profile, file)
        self.confidential = [
            (header, values)
            for header, values in self.profile.confidential
            if extracted.position(header) is not None
        ]
        self.told = [c for c in self.columns if c.field in _TOLD]
        self._counted: tuple[Block, pl.Series] | None = None
        self.dated = {c.field: c.header for c in self.columns if c.field in DATE_FIELDS}
        self.day_header = next(
            (self.dated[f] for f in reversed(DATE_FIELDS) if f in self.dated), ""
        )

    def position(self, header: str) -> int:
        """Return where a header stands; it is one that the profile requires."""
        position = self.extracted.position(header)
        assert position is not None  # recognised by it
        return position

    def positions(self) -> list[int]:
        """Return the columns that are read."""
        headers = [column.header for column in self.columns]
        headers += [header for header, _ in self.profile.accept]
        headers += [self.profile.vat_column] if self.profile.vat_column else []
        headers += [header for header, _ in self.confidential]
        return [self.position(header) for header in headers]

    def cells(self, block: Block, header: str) -> pl.Series:
        """Return one column of a block, as text."""
        return block.rows[str(self.position(header))]

    def read(self, block: Block, years: frozenset[int] | None = None) -> Typed:
        """Type a block. `years`, when given, are the ones that belong to the file's period."""
        amounts, stated, faults = self._amounts(block)
        dates, wrong = self._dates(block)
        mark(faults, wrong)
        day = self._day(dates)
        strange = day.is_null()
        if years is not None:
            strange = strange | (~day.dt.year().is_in(sorted(years))).fill_null(value=False)
        if strange.any():
            mark(faults, {self.day_header: strange})
        mark(faults, self._not_accepted(block))
        mark(faults, self._no_accounts(block))
        bare = self._bare(block)
        return Typed(amounts, stated, dates, day, faults, {_BARE: bare} if bare.any() else {})

    def _amounts(self, block: Block) -> tuple[pl.Series, pl.Series, dict[str, pl.Series]]:
        stated = normalise.read_amounts(self.cells(block, self.amount), self.notation)
        faults = {self.amount: stated.is_null()} if stated.null_count() else {}
        amounts = stated
        header = self.profile.vat_column
        if header:
            vat = normalise.read_amounts(self.cells(block, header), self.notation)
            if vat.null_count():
                faults[header] = vat.is_null()
            amounts = (stated - vat).cast(AMOUNT)
        return amounts, stated, faults

    def _dates(self, block: Block) -> tuple[dict[str, pl.Series], dict[str, pl.Series]]:
        dates, faults = {}, {}
        for field, header in self.dated.items():
            texts = self.cells(block, header)
            dates[field] = normalise.read_dates(texts, self.shapes)
            self._look_for_days(texts, dates[field])
            if dates[field].null_count():
                filled = (texts.str.strip_chars() != "").fill_null(value=False)
                wrong = dates[field].is_null() & filled
                if wrong.any():
                    faults[header] = wrong
        if self.named_day is not None:
            one = pl.Series([self.named_day], dtype=pl.Date)
            dates[self.profile.name_field] = one.new_from_index(0, len(block.rows))
        return dates, faults

    def _look_for_days(self, texts: pl.Series, dates: pl.Series) -> None:
        """Remember whether any date named its day; once one did, nothing more is asked."""
        if len(self._day_shapes) == len(self.shapes) or self._saw_days:
            return
        if dates.null_count() < len(dates):
            days = normalise.read_dates(texts, self._day_shapes)
            self._saw_days = days.null_count() < len(days)
            self._saw_months = not self._saw_days

    def _day(self, dates: dict[str, pl.Series]) -> pl.Series:
        """Return the day that places a row in a period: booking, else invoice, delivery, order."""
        first, *others = [dates[field] for field in reversed(DATE_FIELDS) if field in dates]
        for other in others:
            first = first.zip_with(first.is_not_null(), other)
        return first

    def _not_accepted(self, block: Block) -> dict[str, pl.Series]:
        faults = {}
        for header, values in self.profile.accept:
            wrong = self._is_other(block, header, values)
            if wrong.any():
                faults[header] = wrong
        return faults

    def _is_other(self, block: Block, header: str, values: Iterable[str]) -> pl.Series:
        """Mark the rows that have another value there than these."""
        texts = normalise.clean(self.cells(block, header)).fill_null("")
        return ~texts.str.to_lowercase().is_in([value.lower() for value in values])

    def is_confidential(self, block: Block) -> pl.Series:
        """Mark the rows of which nothing may be shown that tells the vendor.

        A mark that nobody has declared to be an open row's is taken for a confidential one's.
        """
        marks = _all(block, marked=False)
        for header, values in self.confidential:
            marks = marks | self._is_other(block, header, values)
        return marks

    def has_kronor(self, typed: Typed, at: int) -> bool:
        """Whether the amount of a row is in kronor: not so where another currency spoils it."""
        return not any(
            typed.faults[header][at]
            for header, values in self.profile.accept
            if header in typed.faults and _KRONA in {value.upper() for value in values}
        )

    def _no_accounts(self, block: Block) -> dict[str, pl.Series]:
        """Mark account codes that are none: a delimiter was lost and another gained in the row."""
        faults = {}
        for column in self.columns:
            if column.field == "account_code":
                cells = self.cells(block, column.header)
                is_whole = column.part == "whole"
                codes = cells if is_whole else self._text(block, column)
                number = _ORG_NUMBER if is_whole else _ORG_NUMBER_FIRST
                wrong = ~codes.str.contains(_ACCOUNT) | cells.str.contains(number)
                wrong = wrong.fill_null(value=False)
                if wrong.any():
                    faults[column.header] = wrong
        return faults

    def faults(self, block: Block, typed: Typed) -> dict[int, tuple[str | None, str]]:
        """Return, by position in the block, the column and the reason of each row's first fault."""
        found: dict[int, tuple[str | None, str]] = {}
        for header, mask in typed.faults.items():
            at = [position for position in mask.arg_true().to_list() if position not in found]
            cells = self.cells(block, header).gather(at) if header else [None] * len(at)
            for position, text in zip(at, cells, strict=True):
                found[position] = header or None, self._why(typed, header, position, text)
        for reason, mask in typed.no_postings.items():
            for position in mask.arg_true().to_list():
                found.setdefault(position, (None, reason))
        return found

    def _why(self, typed: Typed, header: str, at: int, text: str | None) -> str:
        if header in (self.amount, self.profile.vat_column):
            if header == self.amount and typed.amounts[at] is not None:
                return "the file breaks off in this amount: digits may be missing"
            return normalise.amount_fault(text, self.notation)
        if header == self.day_header or header in self.dated.values():
            field = next((f for f, h in self.dated.items() if h == header), self.profile.name_field)
            day = typed.dates[field][at] or typed.day[at]
            if day is not None and (not text or typed.dates[field][at] is not None):
                return f"the year {day.year} is far from the file's other dates"
            return normalise.date_fault(text, self.shapes)
        if header not in dict(self.profile.accept):
            return f"`{normalise.short(text or '')}` is no account code"
        allowed = " or ".join(value or "empty" for value in dict(self.profile.accept)[header])
        return f"`{text or ''}` is not counted; only {allowed} is"

    def postings(
        self, block: Block, typed: Typed, bad: pl.Series, ids: tuple[str, int]
    ) -> pl.DataFrame:
        """Return the sound rows as POSTINGS, and `day` beside. `ids`: file id, base of line ids."""
        series = {"file_row": block.rows["row"], "amount_sek": typed.amounts, **typed.dates}
        series["day"] = typed.day
        for column in self.columns:
            if column.field in TEXT_FIELDS:
                series[column.field] = self._text(block, column)
        hidden = self.is_confidential(block)
        if hidden.any():
            for name in (_TELLING | {"vendor_name"}) & series.keys():
                shown = HIDDEN_VENDOR if name == "vendor_name" else None
                series[name] = series[name].set(hidden, shown)
        frame = pl.DataFrame(series)
        if bad.any():
            frame = frame.filter(~bad)
        amount = pl.col("amount_sek") if self.profile.sign > 0 else -pl.col("amount_sek")
        made = {
            "line_id": pl.lit(ids[1], pl.Int64) + pl.col("file_row"),
            "file_id": pl.lit(ids[0]),
            "file_row": pl.col("file_row").cast(pl.Int32),
            "amount_sek": amount.cast(AMOUNT),
        }
        return frame.select(
            "day",
            *(
                made[name].alias(name)
                if name in made
                else pl.col(name)
                if name in series
                else pl.lit(None, kind).alias(name)
                for name, kind in POSTINGS.items()
            ),
        )

    def _text(self, block: Block, column: Column) -> pl.Series:
        texts = normalise.clean(self.cells(block, column.header))
        if column.field in _REFERENCES:
            return normalise.references(texts)
        if column.part == "first_word":
            return normalise.first_word(texts)
        return normalise.after_first_word(texts) if column.part == "rest" else texts

    def thin(self, block: Block) -> pl.Series:
        """Mark the rows that lack a cell which a posting has: the only ones that may be totals."""
        return self._untold(block) > 0 if self.told else _all(block, marked=True)

    def is_untold(self, block: Block) -> pl.Series:
        """Mark the rows that lack two such cells, as sums do, and seldom a posting."""
        return self._untold(block) > min(1, len(self.told) - 1)

    def _untold(self, block: Block) -> pl.Series:
        """Count such empty cells, once a block: three ask for them."""
        if self._counted is None or self._counted[0] is not block:
            self._counted = block, self._lacking(block, self.told)
        return self._counted[1]

    def _lacking(self, block: Block, columns: Iterable[Column]) -> pl.Series:
        """Count the empty cells of some columns."""
        count = pl.Series([0], dtype=pl.Int32).new_from_index(0, len(block.rows))
        for header in sorted({column.header for column in columns}):
            cells = self.cells(block, header)
            blank = cells == ""
            if cells.null_count() or blank.any():
                count = count + blank.fill_null(value=True).cast(pl.Int32)
        return count

    def _bare(self, block: Block) -> pl.Series:
        """Mark the rows that say an amount and next to nothing of whom or what it was paid for.

        So look sums that no word tells, a unit's or the file's. Where a layout has few columns, a
        posting may be as bare, unless it has not even a date of its own.
        """
        columns = [c for c in self.columns if c.field in TEXT_FIELDS and c.field not in _BUYER]
        wide = len({column.header for column in columns})
        need = 2 if wide >= _MANY else int(bool(self.profile.name_field))
        thin = self.thin(block)
        if not need or not thin.any():
            return _all(block, marked=False)
        return thin & (self._lacking(block, columns) > wide - need)

    def knows_months_only(self) -> bool:
        """Whether every day is the first of its month because the source tells no more.

        To be asked when the file has been read: some layouts write days in one file and months in
        the next.
        """
        if self.profile.name_field:
            return not _names_days(self.profile)
        return self._saw_months and not self._saw_days


def _all(block: Block, *, marked: bool) -> pl.Series:
    return pl.Series([marked], dtype=pl.Boolean).new_from_index(0, len(block.rows))


_BARE = "an amount beside next to nothing, as sums have it; a posting tells whom or what it paid"
_BUYER = frozenset({"buyer_id", "buyer_name"})
_MANY = 4
_KRONA = "SEK"  # a column of which only this is accepted holds the currency of the amount
_ACCOUNT = r"^\s*[0-9A-Za-z.:/_]{0,12}\s*$"
# What slides into the account's place; a person's own number too.
_ORG_NUMBER = r"^\s*(?:16|18|19|20)?[0-9]{10}\s*$"
_ORG_NUMBER_FIRST = r"^\s*(?:16|18|19|20)?[0-9]{6}[-+]?[0-9]{4}(?:[ :;,.-]|\s*$)"
_TOLD = frozenset({"vendor_name", "account_code", "unit", "voucher_no", "invoice_no"})


def day_from_name(profile: Profile, file: str) -> date | None:
    """Return the day that a file's name gives its rows; None when the layout has dates of its own.

    Raises InputError when the name does not say it, or says more than one.
    """
    if not profile.name_pattern:
        return None
    try:
        days = sorted({_day(said) for said in re.finditer(profile.name_pattern, Path(file).name)})
    except ValueError:  # the pattern lets a thirteenth month pass
        days = []
    if len(days) == 1:
        return days[0]
    why = f"this layout (`{profile.id}`) has no date column; the day is read from the name"
    if not days:
        raise InputError(
            "the file's name does not say its month",
            at=Place(file),
            why=why,
            fix="name the file so that it holds year and month, such as 2016-03",
        )
    shape = "%Y-%m-%d" if _names_days(profile) else "%Y-%m"
    raise InputError(
        f"the file's name says {' and '.join(day.strftime(shape) for day in days)}",
        at=Place(file),
        why=f"{why}, and which of them is meant is not guessed",
        fix="name the file so that it holds the month of its postings and no other date; what "
        "holds several months needs a file a month",
    )


def _day(said: re.Match[str]) -> date:
    parts = {key: int(value) for key, value in said.groupdict().items() if value}
    return date(parts["year"], parts["month"], parts.get("day", 1))


def _names_days(profile: Profile) -> bool:
    return "day" in re.compile(profile.name_pattern).groupindex
