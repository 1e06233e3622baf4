"""What does a ledger layout look like: which field of a posting is which column, and how written?

A profile is data (profile_files.py reads it): the people who get a new ledger system do not
program. Knows the fields of a posting; opens no file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

DATE_FIELDS = ("order_date", "delivery_date", "invoice_date", "booking_date")
TEXT_FIELDS = (
    "voucher_no", "invoice_no", "buyer_id", "buyer_name", "vendor_name", "vendor_number",
    "org_number", "account_code", "account_name", "counterparty_code", "unit", "contract_ref",
    "order_ref", "ground", "text",
)  # fmt: skip
FIELDS = frozenset((*DATE_FIELDS, *TEXT_FIELDS, "amount_sek"))

CONTAINERS = ("delimited", "workbook", "rowstore")
ENCODINGS = ("utf-8", "cp1252", "cp850", "cp865", "cp437", "latin-1", "utf-16-le", "utf-16-be")
# How a date is written, as a person would say it, and the shape that the whole cell must have.
# `MONTH_ONLY` name no day: their postings are dated to the month's first.
DATE_SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "YYYY-MM-DD": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "YYYYMMDD": "[0-9]{8}",
        "YYYY-MM": "[0-9]{4}-[0-9]{2}",
        "YYYYMM": "[0-9]{6}",
        "YYYY/MM/DD": "[0-9]{4}/[0-9]{2}/[0-9]{2}",
        "DD.MM.YYYY": r"[0-9]{2}\.[0-9]{2}\.[0-9]{4}",
        "DD/MM/YYYY": "[0-9]{2}/[0-9]{2}/[0-9]{4}",
        "MM/DD/YYYY": "[0-9]{2}/[0-9]{2}/[0-9]{4}",
        "YY-MM-DD": "[0-9]{2}-[0-9]{2}-[0-9]{2}",
        "YYMMDD": "[0-9]{6}",
        "YYYY-MM-DD hh:mm:ss": "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
        "YYYY-MM-DDThh:mm:ss": "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}",
        "serial": "[0-9]{5}",
    }
)
_UNSEEN = re.compile("[\ufeff\u200b-\u200d\u2060\u00ad]")
MONTH_ONLY = frozenset({"YYYY-MM", "YYYYMM"})
PARTS = ("whole", "first_word", "rest")


@dataclass(frozen=True)
class Column:
    """Where one field of a posting comes from."""

    field: str
    header: str
    part: str = "whole"
    is_optional: bool = False


@dataclass(frozen=True)
class Profile:
    """One ledger layout. Headers are compared by `header_key`."""

    id: str
    title: str
    container: str
    encodings: tuple[str, ...]
    delimiters: tuple[str, ...]
    header_within: int
    other_columns: bool
    sheet: str
    decimal: str
    thousands: str
    dates: tuple[str, ...]
    sign: int
    vat_column: str
    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    accept: tuple[tuple[str, tuple[str, ...]], ...]
    confidential: tuple[tuple[str, tuple[str, ...]], ...]  # what an open row says there
    name_pattern: str
    name_field: str
    digest: str

    def required(self) -> frozenset[str]:
        """Return the keys of the headers that must be there."""
        needed = [column.header for column in self.columns if not column.is_optional]
        needed += [self.vat_column] if self.vat_column else []
        return frozenset(map(header_key, [*needed, *(header for header, _ in self.accept)]))

    def known(self) -> frozenset[str]:
        """Return the keys of all the headers that the profile speaks of."""
        optional = [column.header for column in self.columns if column.is_optional]
        optional += [header for header, _ in self.confidential]
        return self.required() | frozenset(map(header_key, [*optional, *self.ignored]))

    def date_fields(self) -> tuple[str, ...]:
        """Return the date fields that this layout can fill."""
        read = tuple(c.field for c in self.columns if c.field in DATE_FIELDS)
        return (*read, self.name_field) if self.name_field else read


def header_key(header: str) -> str:
    """Fold a header as it is compared.

    Case, outer space, signs without width and how a letter's accent is coded do not count.
    """
    if not header.isascii():
        header = unicodedata.normalize("NFC", _UNSEEN.sub("", header)).replace("\u00a0", " ")
    return " ".join(header.split()).casefold()
