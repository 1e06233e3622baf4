"""One ledger file → typed postings and rejected rows, each as Parquet, with what they add up to.

Every row of the file ends in one of the two. The file is refused whole, with InputError, when it
cannot be trusted: a second header, a total that disagrees, rows cut off by a spreadsheet's limit.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from compliance import normalise
from compliance.errors import InputError, Place
from compliance.extract import Extract
from compliance.normalise import AMOUNT, Notation
from compliance.profiles import DATE_FIELDS, MONTH_ONLY, TEXT_FIELDS, Column, Profile, header_key
from compliance.readers import Block, Spoiled, Tally
from compliance.readers.totals import Total, read_total, total_pattern

_Type = type[pl.DataType] | pl.DataType
POSTINGS: dict[str, _Type] = {
    "line_id": pl.Int64, "file_id": pl.String, "file_row": pl.Int32,
    "voucher_no": pl.String, "invoice_no": pl.String,
    **dict.fromkeys(DATE_FIELDS, pl.Date),
    "buyer_id": pl.String, "buyer_name": pl.String, "vendor_name": pl.String,
    "vendor_number": pl.String, "org_number": pl.String, "account_code": pl.String,
    "account_name": pl.String, "counterparty_code": pl.String, "unit": pl.String,
    "amount_sek": AMOUNT, "contract_ref": pl.String, "order_ref": pl.String,
    "ground": pl.String, "text": pl.String,
}  # fmt: skip
REJECTED: dict[str, _Type] = {
    "file_id": pl.String, "file_row": pl.Int32, "column": pl.String, "reason": pl.String,
    "raw": pl.String, "amount_sek": AMOUNT,
}  # fmt: skip
SHEET_LIMITS = frozenset({65_536, 1_048_576})
_ROW_BITS = 28


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

    def as_json(self) -> dict[str, object]:
        """Return plain values: kronor and days as text."""
        return {
            key: value if isinstance(value, int | list) else None if value is None else str(value)
            for key, value in asdict(self).items()
        }


def file_id(sha256: str) -> str:
    """Return the short name of a file's content: F and 11 letters or digits."""
    return "F" + base64.b32encode(bytes.fromhex(sha256)).decode()[:11]


def land(extracted: Extract, file: str, folder: Path) -> Landed:
    """Write `postings.parquet` and `rejected.parquet` into `folder` and return what they hold."""
    landing = _Landing(extracted, file)
    landed = landing.write(folder)
    strays = landing.stray_years()
    if strays:
        landing = _Landing(extracted, file, landing.years() - strays)
        landed = landing.write(folder)
    return landed


class _Landing:
    """One walk over one file."""

    def __init__(self, extracted: Extract, file: str, years: frozenset[int] | None = None) -> None:
        self.extracted, self.file, self.allowed = extracted, file, years
        self.profile: Profile = extracted.profile
        self.notation = Notation(self.profile.decimal, self.profile.thousands)
        self.landed = Landed(self.profile.id, extracted.sha256, file_id(extracted.sha256))
        self.base = (int(extracted.sha256, 16) >> (256 - 35)) << _ROW_BITS
        self.columns = [c for c in self.profile.columns if extracted.position(c.header) is not None]
        self.amount = next(c for c in self.columns if c.field == "amount_sek")
        # A workbook's own dates come as ISO whatever the layout writes.
        self.shapes = tuple(dict.fromkeys((*self.profile.dates, *_own_dates(self.profile))))
        self.dated = _day_from_name(self.profile, file)
        self.year_rows: Counter[int] = Counter()
        self.rejected: list[pl.DataFrame] = []
        self.spare: list[Spoiled] = []
        # Sums in the file's own sign, so that its totals can be held to them.
        self.sum_all = self.sum_part = Decimal(0)
        self.unreadable = 0
        self.totals: list[Total] = []
        self.header = frozenset(map(header_key, extracted.head.names)) - {""}
        self.delimiter = extracted.head.delimiter or ";"
        extracted.table.tally = Tally()  # a second walk counts anew

    # ── the walk ───────────────────────────────────────────────────────────────

    def write(self, folder: Path) -> Landed:
        path = folder / "postings.parquet"
        frames = self._postings()
        first, second = next(frames, None), next(frames, None)
        if second is None:
            one = first if first is not None else pl.DataFrame(schema=POSTINGS)
            one.write_parquet(path, compression="zstd", compression_level=1)
        else:
            _sink(_again(first, second, frames), path)
        rejected = pl.concat([pl.DataFrame(schema=REJECTED), *self.rejected])
        rejected.sort("file_row", maintain_order=True).write_parquet(folder / "rejected.parquet")
        self._close()
        return self.landed

    def _postings(self) -> Iterator[pl.DataFrame]:
        positions = [self._position(c.header) for c in self.columns]
        positions += [self._position(header) for header, _ in self.profile.accept]
        positions += [self._position(self.profile.vat_column)] if self.profile.vat_column else []
        blocks = self.extracted.blocks(positions)
        block = next(blocks, None)
        while block is not None:
            following = next(blocks, None)
            frame = self._block(block, is_last=following is None)
            if len(frame):
                yield frame
            block = following

    def _position(self, header: str) -> int:
        position = self.extracted.position(header)
        assert position is not None  # recognise() has seen it
        return position

    def _cells(self, block: Block, header: str) -> pl.Series:
        return block.rows[str(self._position(header))]

    def _block(self, block: Block, *, is_last: bool) -> pl.DataFrame:
        rows, raw = block.rows, block.raw
        totals = self._take_totals(block)
        if totals:
            keep = ~rows["row"].is_in([total.row for total in totals])
            rows, raw = rows.filter(keep), raw.filter(keep)
        spoiled = [s for s in block.spoiled if s.row not in {total.row for total in totals}]
        block = Block(rows, raw, tuple(spoiled))
        amounts, faults = self._amounts(block)
        frame, date_faults, years = self._dates(block)
        faults |= date_faults
        faults |= self._not_accepted(block)
        if is_last:
            faults |= self._cut_off(block)
        bad = pl.Series([False]).new_from_index(0, len(rows))
        for mask in faults.values():
            bad = bad | mask
        self._hold_totals(totals, block, amounts)
        self._reject(block, bad, faults, amounts)
        self.landed.rows_read += len(rows) + len(spoiled)
        return self._assemble(block, bad, amounts, frame, years)

    # ── cells ──────────────────────────────────────────────────────────────────

    def _amounts(self, block: Block) -> tuple[pl.Series, dict[str, pl.Series]]:
        amounts = normalise.read_amounts(self._cells(block, self.amount.header), self.notation)
        faults = {self.amount.header: amounts.is_null()} if amounts.null_count() else {}
        if self.profile.vat_column:
            vat = normalise.read_amounts(self._cells(block, self.profile.vat_column), self.notation)
            if vat.null_count():
                faults[self.profile.vat_column] = vat.is_null()
            amounts = (amounts - vat).cast(AMOUNT)
        return amounts, faults

    def _dates(self, block: Block) -> tuple[dict[str, pl.Series], dict[str, pl.Series], pl.Series]:
        frame, faults = {}, {}
        for column in self.columns:
            if column.field not in DATE_FIELDS:
                continue
            texts = self._cells(block, column.header)
            read = normalise.read_dates(texts, self.shapes)
            frame[column.field] = read
            if read.null_count():
                wrong = read.is_null() & (texts.str.strip_chars() != "").fill_null(value=False)
                if wrong.any():
                    faults[column.header] = wrong
        if self.dated is not None:
            day = pl.Series([self.dated], dtype=pl.Date).new_from_index(0, len(block.rows))
            frame[self.profile.name_field] = day
        main = self._main_date(frame)
        if main.null_count():
            header = self._date_header()
            faults[header] = faults.get(header, main.is_null()) | main.is_null()
        years = main.dt.year()
        if self.allowed is not None:
            strange = (~years.is_in(sorted(self.allowed))).fill_null(value=False)
            header = self._date_header()
            faults[header] = faults.get(header, strange) | strange
        return frame, faults, main

    def _main_date(self, frame: dict[str, pl.Series]) -> pl.Series:
        """Return the day that places a row in a period: booking, else invoice, delivery, order."""
        main: pl.Series | None = None
        for name in reversed(DATE_FIELDS):
            if name in frame:
                main = (
                    frame[name] if main is None else main.zip_with(main.is_not_null(), frame[name])
                )
        assert main is not None  # a profile without a date is refused
        return main

    def _date_header(self) -> str:
        by_field = {column.field: column.header for column in self.columns}
        return next((by_field[name] for name in reversed(DATE_FIELDS) if name in by_field), "")

    def _not_accepted(self, block: Block) -> dict[str, pl.Series]:
        faults = {}
        for header, values in self.profile.accept:
            texts = normalise.clean(self._cells(block, header)).fill_null("")
            wrong = ~texts.str.to_lowercase().is_in([value.lower() for value in values])
            if wrong.any():
                faults[header] = wrong
        return faults

    def _cut_off(self, block: Block) -> dict[str, pl.Series]:
        """Doubt the last amount of a file that breaks off in it: `1234,5` may have been 1234,56."""
        position = self._position(self.amount.header)
        found = getattr(self.extracted.table, "found", None)
        is_end = position == len(self.extracted.head.names) - 1
        if found is None or found.ends_with_newline or not is_end or len(block.rows) < 3:
            return {}
        whole = self._cells(block, self.amount.header).str.contains("[.,][0-9]{2}[^0-9]*$")
        if whole[:-1].all() and not whole[-1]:
            marks = pl.Series([False]).new_from_index(0, len(block.rows))
            return {self.amount.header: marks.scatter(len(marks) - 1, True)}  # noqa: FBT003
        return {}

    # ── rows out ───────────────────────────────────────────────────────────────

    def _assemble(
        self,
        block: Block,
        bad: pl.Series,
        amounts: pl.Series,
        dates: dict[str, pl.Series],
        main: pl.Series,
    ) -> pl.DataFrame:
        series = {"file_row": block.rows["row"], "amount_sek": amounts, **dates, "_main": main}
        for column in self.columns:
            if column.field in TEXT_FIELDS:
                series[column.field] = self._text(block, column)
        frame = pl.DataFrame(series)
        if bad.any():
            frame = frame.filter(~bad)
        if not len(frame):
            return pl.DataFrame(schema=POSTINGS)
        landed = self.landed
        landed.rows_loaded += len(frame)
        total = frame["amount_sek"].sum() * self.profile.sign
        landed.loaded_sek += Decimal(total)
        days = frame["_main"].unique().sort().to_list()
        landed.first_date = min([*days[:1], *filter(None, [landed.first_date])])
        landed.last_date = max([*days[-1:], *filter(None, [landed.last_date])])
        for year, count in frame["_main"].dt.year().value_counts().iter_rows():
            self.year_rows[year] += count
        sign = pl.col("amount_sek") if self.profile.sign > 0 else -pl.col("amount_sek")
        return frame.select(
            line_id=pl.lit(self.base, pl.Int64) + pl.col("file_row"),
            file_id=pl.lit(landed.file_id),
            file_row=pl.col("file_row").cast(pl.Int32),
            amount_sek=sign.cast(AMOUNT),
            **{
                name: pl.col(name) if name in series else pl.lit(None, kind)
                for name, kind in POSTINGS.items()
                if name not in ("line_id", "file_id", "file_row", "amount_sek")
            },
        ).select(*POSTINGS)

    def _text(self, block: Block, column: Column) -> pl.Series:
        texts = normalise.clean(self._cells(block, column.header))
        if column.part == "first_word":
            return normalise.first_word(texts)
        return normalise.after_first_word(texts) if column.part == "rest" else texts

    def _reject(
        self, block: Block, bad: pl.Series, faults: dict[str, pl.Series], amounts: pl.Series
    ) -> None:
        out: list[tuple[int, str | None, str, str, Decimal | None]] = [
            (spoiled.row, spoiled.column, spoiled.reason, spoiled.raw, None)
            for spoiled in block.spoiled
        ]
        for at in bad.arg_true().to_list():
            header, reason = self._why(block, faults, at)
            amount = amounts[at]
            signed = None if amount is None else amount * self.profile.sign
            out.append((block.rows["row"][at], header or None, reason, block.raw[at], signed))
        if not out:
            return
        self._refuse_second_header(out)
        frame = pl.DataFrame(
            out, schema=["file_row", "column", "reason", "raw", "amount_sek"], orient="row",
            schema_overrides={"column": pl.String, "amount_sek": AMOUNT, "file_row": pl.Int32},
        )  # fmt: skip
        frame = frame.select(pl.lit(self.landed.file_id).alias("file_id"), *list(REJECTED)[1:])
        self.rejected.append(frame)
        self.landed.rows_rejected += len(frame)
        self.landed.rejected_sek += Decimal(frame["amount_sek"].sum() or 0)

    def _why(self, block: Block, faults: dict[str, pl.Series], at: int) -> tuple[str, str]:
        header = next(header for header, mask in faults.items() if mask[at])
        dates = {c.header for c in self.columns if c.field in DATE_FIELDS} | {""}
        text = self._cells(block, header)[at] if header else None
        if header in (self.amount.header, self.profile.vat_column):
            read = normalise.read_amounts(pl.Series([text], dtype=pl.String), self.notation)[0]
            if read is not None:
                return header, "the file breaks off in this amount: its last digits may be missing"
            return header, normalise.amount_fault(text, self.notation)
        if header in dates:
            day = (
                normalise.read_dates(pl.Series([text], dtype=pl.String), self.shapes)[0]
                if header
                else None
            )
            if day is not None:
                return header, f"the year {day.year} is far from every other date of this file"
            return header, normalise.date_fault(text, self.shapes)
        allowed = ", ".join(value or "empty" for value in dict(self.profile.accept)[header])
        return header, f"`{text or ''}` is not counted: only {allowed} is"

    # ── the file as a whole ────────────────────────────────────────────────────

    def _refuse(self, what: str, *, row: int | None = None, why: str, fix: str) -> InputError:
        return InputError(what, at=Place(self.file, row=row), why=why, fix=fix)

    def _refuse_second_header(
        self, out: list[tuple[int, str | None, str, str, Decimal | None]]
    ) -> None:
        need = max(2, (len(self.header) + 1) // 2)
        widths: list[tuple[int, int]] = []
        for row, _, _, raw, _ in out:
            cells = [header_key(cell.strip().strip('"')) for cell in raw.split(self.delimiter)]
            if len(self.header & set(cells)) >= need:
                raise self._refuse(
                    "a second header stands in the file",
                    row=row,
                    why="two exports were put together, and what follows may have other columns",
                    fix="deliver each export as its own file",
                )
            filled = [cell for cell in cells if cell]
            if len(cells) != len(self.extracted.head.names) and len(filled) >= 2:
                widths.append((row, len(cells)))
        for (row, width), (second, width_2), (third, width_3) in zip(
            widths, widths[1:], widths[2:], strict=False
        ):
            if width == width_2 == width_3 and third - row == 2 and second - row == 1:
                raise self._refuse(
                    "a second table stands in the file",
                    row=row,
                    why=f"rows of {width} cells follow each other; the header has "
                    f"{len(self.extracted.head.names)}",
                    fix="deliver each table as its own file",
                )

    def _take_totals(self, block: Block) -> list[Total]:
        pattern = total_pattern(self.delimiter)
        marked = block.raw.str.contains(pattern)
        found = []
        lines = [(block.rows["row"][at], block.raw[at]) for at in marked.arg_true().to_list()]
        lines += [(s.row, s.raw) for s in block.spoiled if re.search(pattern, s.raw)]
        where = self._position(self.amount.header)
        for row, raw in sorted(lines):
            total = read_total(row, raw, self.delimiter, where, self.notation)
            if total is not None:
                found.append(total)
        return found

    def _hold_totals(self, totals: list[Total], block: Block, amounts: pl.Series) -> None:
        """Hold each total line to the rows above it: since the last total, or from the top."""
        done = 0
        for total in [*totals, None]:
            last = total.row if total else 1 << 60
            span = (block.rows["row"] < last) & (block.rows["row"] > done)
            part = amounts.filter(span)
            added = Decimal(part.sum() or 0)
            self.sum_all, self.sum_part = self.sum_all + added, self.sum_part + added
            self.unreadable += part.null_count()
            self.unreadable += sum(1 for s in block.spoiled if done < s.row < last)
            if total is None:
                return
            done = total.row
            if total.amount in (self.sum_all, self.sum_part):
                self.landed.notes.append(f"the total on row {total.row} agrees")
                self.totals.append(total)
            elif self.unreadable:
                self.landed.notes.append(
                    f"the total on row {total.row} is {total.amount}; the rows that can be read "
                    f"make {self.sum_all}, and {self.unreadable} cannot be read"
                )
            else:
                raise self._refuse(
                    f"the total is {total.amount}, but the rows make {self.sum_all}",
                    row=total.row,
                    why="rows are missing, doubled or changed since the file was exported",
                    fix="export the file anew",
                )
            self.sum_part = Decimal(0)

    def _close(self) -> None:
        tally, landed = self.extracted.table.tally, self.landed
        lines = {tally.lines, landed.rows_read + 1, landed.rows_read + self.extracted.head.row}
        if lines & SHEET_LIMITS and not self.totals:
            raise self._refuse(
                f"the file has exactly {max(lines & SHEET_LIMITS):,} rows".replace(",", " "),
                why="that is where a spreadsheet stops; the rest was probably cut off",
                fix="export it as text from the ledger system, or with a total line",
            )
        if landed.rows_read >= 10 and not landed.rows_loaded:
            first = self.rejected[0].row(0, named=True)
            raise self._refuse(
                "not one row can be read",
                row=first["file_row"],
                why=first["reason"],
                fix=f"check the notation in the source profile `{self.profile.id}`",
            )
        if tally.blank_rows:
            landed.notes.append(f"{tally.blank_rows} blank rows are passed over")
        if tally.garbled_cells:
            landed.notes.append(f"{tally.garbled_cells} cells hold garbled letters")
        landed.notes += tally.notes
        if self._knows_months_only():
            landed.notes.append("dates are the month's first day")

    def _knows_months_only(self) -> bool:
        if (
            self.profile.name_field
            and "day" not in re.compile(self.profile.name_pattern).groupindex
        ):
            return True
        return bool(self.profile.dates) and set(self.profile.dates) <= MONTH_ONLY

    def years(self) -> frozenset[int]:
        return frozenset(self.year_rows)

    def stray_years(self) -> frozenset[int]:
        """Return the years that do not belong to the file's period.

        The period is the year with most rows and every year that is chained to it and holds at
        least one row in a hundred; a year beside the period belongs to it.
        """
        if self.allowed is not None or len(self.year_rows) < 2:
            return frozenset()
        rows = sum(self.year_rows.values())
        weighty = {year for year, count in self.year_rows.items() if count * 100 >= rows}
        top = max(self.year_rows, key=lambda year: (self.year_rows[year], year))
        low = high = top
        while low - 1 in weighty:
            low -= 1
        while high + 1 in weighty:
            high += 1
        return frozenset(year for year in self.year_rows if not low - 1 <= year <= high + 1)


def _own_dates(profile: Profile) -> tuple[str, ...]:
    return ("YYYY-MM-DD",) if profile.container == "workbook" else ()


def _day_from_name(profile: Profile, file: str) -> date | None:
    if not profile.name_pattern:
        return None
    found = re.search(profile.name_pattern, Path(file).name)
    try:
        if found:
            parts = {key: int(value) for key, value in found.groupdict().items() if value}
            return date(parts["year"], parts["month"], parts.get("day", 1))
    except ValueError:
        pass
    raise InputError(
        "the file's name does not say its month",
        at=Place(file),
        why=f"this layout (`{profile.id}`) has no date column; the day is read from the name",
        fix="name the file so that it holds year and month, such as 2016-03",
    )


def name_date(profile: Profile, file: str) -> str:
    """Return the day that a file's name gives its rows, as text, or ""."""
    day = _day_from_name(profile, file)
    return str(day) if day else ""


def _again(
    first: pl.DataFrame | None, second: pl.DataFrame, rest: Iterator[pl.DataFrame]
) -> Iterator[pl.DataFrame]:
    if first is not None:
        yield first
    yield second
    yield from rest


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
