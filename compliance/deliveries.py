"""Do two ledger files hold the same postings? Told by their vouchers, invoices or rows, not names.

Only files whose days overlap are compared. Knows postings as Parquet; decides nothing: which of two
files stands is said in compliance.toml.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Protocol

import polars as pl

from compliance.errors import InputError, Place, counted
from compliance.months import last_day


class Delivered(Protocol):
    """What is asked of a file."""

    @property
    def path(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def postings(self) -> Path: ...
    @property
    def first_date(self) -> date | None: ...
    @property
    def last_date(self) -> date | None: ...


@dataclass(frozen=True)
class _Key:
    """By which columns two postings are the same, and how many may agree by chance."""

    what: str
    lead: str  # rows without it are told by another key
    columns: tuple[str, ...]
    most: int  # shared keys that are no sign yet
    share: float  # and the least part of the smaller file
    across: bool = False  # between sources too


# Unit and buyer are in the keys: one month may come as one file a department.
_KEYS = (
    _Key("voucher", "voucher_no", ("voucher_no", "_day", "unit", "buyer_id"), 0, 0.0),
    _Key(
        "posting",
        "invoice_no",
        ("invoice_no", "_day", "unit", "buyer_id", "vendor_name", "org_number", "account_code",
         "amount_sek"),
        3,
        0.0,
    ),
    _Key(
        "posting",
        "",
        ("_day", "unit", "buyer_id", "vendor_name", "account_code", "amount_sek"),
        9,
        0.5,
    ),
    # Half of a file's postings are not in another system's file by chance.
    _Key(
        "posting", "", ("_month", "vendor_name", "account_code", "amount_sek"), 9, 0.5, across=True
    ),
)  # fmt: skip


_CHOOSE = "`file` is the one that stands: turn the two round if it is the other"


def doubled(
    files: Sequence[Delivered], written: Callable[[str], float] = lambda _: 0
) -> list[InputError]:
    """Return an error for every two files that would count the same postings twice.

    `written` says when the file of a path was, if anything is known of that.
    """
    found: dict[tuple[int, int], InputError] = {}
    for key in _KEYS:
        sources = [""] if key.across else sorted({file.source for file in files})
        for source in sources:
            chosen = [n for n, file in enumerate(files) if key.across or file.source == source]
            for pair, shared in _shared(files, _overlapping(files, chosen, key), key):
                two = _in_turn(files[pair[1]], files[pair[0]], written)
                found.setdefault(
                    pair, _error(files[pair[1]], files[pair[0]], two, shared, key.what)
                )
    return [found[pair] for pair in sorted(found, key=lambda pair: (pair[1], pair[0]))]


def _overlapping(files: Sequence[Delivered], chosen: Iterable[int], key: _Key) -> list[int]:
    """Return those of the chosen files whose days, or months, overlap with another's."""
    spans = sorted(
        (first.replace(day=1) if key.across else first, last, n)
        for n in chosen
        if (first := files[n].first_date) is not None and (last := files[n].last_date) is not None
    )
    found: set[int] = set()
    reach: tuple[date, int] | None = None  # the latest last day so far, and whose it is
    for first, last, n in spans:
        if reach is not None and first <= (last_day(reach[0]) if key.across else reach[0]):
            found |= {n, reach[1]}
        if reach is None or last > reach[0]:
            reach = (last, n)
    return sorted(found)


def _shared(
    files: Sequence[Delivered], chosen: Sequence[int], key: _Key
) -> Iterable[tuple[tuple[int, int], int]]:
    """Give each pair of files and how many keys they share, where that is a sign."""
    if len(chosen) < 2:
        return
    parts = pl.concat([_keyed(files[n].postings, n, key) for n in chosen]).collect()
    sizes = dict(parts.group_by("_file").len().iter_rows())
    files_of = parts.group_by(key.columns).agg(pl.col("_file").sort())
    both = files_of.filter(pl.col("_file").list.len() > 1)
    counts: dict[tuple[int, int], int] = {}
    for numbers, count in both.group_by("_file").len().iter_rows():
        for at, other in enumerate(numbers):
            for n in numbers[at + 1 :]:
                counts[other, n] = counts.get((other, n), 0) + count
    for pair, count in sorted(counts.items()):
        if key.across and files[pair[0]].source == files[pair[1]].source:
            continue
        smaller = min(sizes[pair[0]], sizes[pair[1]])
        enough = count > key.most or (key.lead and count == smaller)
        if enough and count >= key.share * smaller:
            yield pair, count


def _keyed(postings: Path, number: int, key: _Key) -> pl.LazyFrame:
    day = pl.coalesce("booking_date", "invoice_date", "delivery_date", "order_date")
    frame = pl.scan_parquet(postings, glob=False)
    frame = frame.with_columns(_day=day, _month=day.dt.truncate("1mo"))
    if key.lead:
        frame = frame.filter(pl.col(key.lead).str.contains("[0-9A-Za-z]"))
    return frame.select(*key.columns, _file=pl.lit(number, pl.Int32)).unique()


@dataclass(frozen=True)
class LeftOut:
    """What a replaced file holds that no standing file of its source does."""

    rows: int
    amount_sek: Decimal

    def __str__(self) -> str:
        return f"{counted(self.rows, 'row')} ({self.amount_sek:,.2f} SEK)"


def left_out(replaced: Delivered, standing: Iterable[Delivered]) -> LeftOut:
    """Return the rows of a replaced file whose voucher stands in no other file of its source.

    A voucher that was corrected, in day, unit or kronor, has not been left out. A row without
    voucher is known by its vendor and invoice, and without that by day, vendor and kronor.
    """
    others = [_named(file.postings) for file in standing if file.source == replaced.source]
    rows = _named(replaced.postings)
    if others:
        known = pl.concat([other.select("_name").unique() for other in others])
        rows = rows.join(known, on="_name", how="anti")
    count, amount = rows.select(pl.len(), pl.col("amount_sek").sum()).collect().row(0)
    return LeftOut(count, Decimal(amount or 0))


def _named(postings: Path) -> pl.LazyFrame:
    def written(*columns: str) -> pl.Expr:
        return pl.concat_str(
            [pl.col(column).cast(pl.String).fill_null("") for column in columns], separator="\x1f"
        )

    day = pl.coalesce("booking_date", "invoice_date", "delivery_date", "order_date")
    name = (
        pl.when(pl.col("voucher_no").str.contains("[0-9A-Za-z]"))
        .then(written("buyer_id", "voucher_no"))
        .when(pl.col("invoice_no").str.contains("[0-9A-Za-z]"))
        .then(written("buyer_id", "invoice_no", "vendor_name", "org_number"))
        .otherwise(written("buyer_id", "_day", "vendor_name", "amount_sek", "account_code"))
    )
    frame = pl.scan_parquet(postings, glob=False).with_columns(_day=day)
    return frame.select("amount_sek", _name=name)


def _in_turn(
    file: Delivered, other: Delivered, written: Callable[[str], float]
) -> tuple[Delivered, Delivered]:
    """Return the one that seems to replace the other, and the other; `file` comes later by name.

    A name that goes on where the other ends (`2026-03-corrected` after `2026-03`) says so itself;
    of other names, the time of the file does.
    """
    stems = PurePath(file.path).stem, PurePath(other.path).stem
    for longer, shorter, two in ((*stems, (file, other)), (*stems[::-1], (other, file))):
        # 2026-10 is no correction of 2026-1.
        if re.match(rf"{re.escape(shorter)}[^0-9]", longer):
            return two
    return (other, file) if written(other.path) > written(file.path) else (file, other)


def _error(
    file: Delivered, other: Delivered, two: tuple[Delivered, Delivered], shared: int, what: str
) -> InputError:
    new, old = two
    lost, lost_otherwise = left_out(old, [new]), left_out(new, [old])
    if lost.rows and not lost_otherwise.rows:  # the other one has all, and more
        new, old, lost, lost_otherwise = old, new, lost_otherwise, lost
    declared = f'[ledger] replaces = [{{ file = "{new.path}", replaces = "{old.path}" }}]'
    if lost.rows and lost_otherwise.rows and file.source == other.source:
        fix = (
            "export them anew so that no posting stands in both; or, if one is a correction of the "
            f"whole of the other, say so in compliance.toml: {declared}, which leaves out "
            f"{lost} of {old.path}; {_CHOOSE}"
        )
    else:
        fix = (
            f"take one of the two away, or say in compliance.toml which one stands: {declared}; "
            f"{_CHOOSE}"
        )
    return InputError(
        f"{counted(shared, what)} {'is' if shared == 1 else 'are'} also in {other.path}",
        at=Place(file.path),
        why="their postings would count twice",
        fix=fix,
    )
