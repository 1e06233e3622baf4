"""Do two ledger files hold the same postings? Told by their vouchers, invoices or rows, not names.

Only files whose days overlap are compared. Knows postings as Parquet; decides nothing: which of two
files stands is said in compliance.toml.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import polars as pl

from compliance.errors import InputError, Place, counted


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


def doubled(files: Sequence[Delivered]) -> list[InputError]:
    """Return an error for every two files that would count the same postings twice."""
    found: dict[tuple[int, int], InputError] = {}
    for key in _KEYS:
        sources = [""] if key.across else sorted({file.source for file in files})
        for source in sources:
            chosen = [n for n, file in enumerate(files) if key.across or file.source == source]
            for pair, shared in _shared(files, _overlapping(files, chosen, key), key):
                found.setdefault(pair, _error(files[pair[1]], files[pair[0]], shared, key.what))
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
        if reach is not None and first <= (_month_end(reach[0]) if key.across else reach[0]):
            found |= {n, reach[1]}
        if reach is None or last > reach[0]:
            reach = (last, n)
    return sorted(found)


def _month_end(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


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
    frame = pl.scan_parquet(postings).with_columns(_day=day, _month=day.dt.truncate("1mo"))
    if key.lead:
        frame = frame.filter(pl.col(key.lead).str.contains("[0-9A-Za-z]"))
    return frame.select(*key.columns, _file=pl.lit(number, pl.Int32)).unique()


def _error(file: Delivered, other: Delivered, shared: int, what: str) -> InputError:
    return InputError(
        f"{counted(shared, what)} {'is' if shared == 1 else 'are'} also in {other.path}",
        at=Place(file.path),
        why="their postings would count twice",
        fix="take one of the two away, or say in compliance.toml which one stands: [ledger] "
        f'replaces = [{{ file = "{file.path}", replaces = "{other.path}" }}]',
    )
