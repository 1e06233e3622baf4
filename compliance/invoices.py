"""What do the Peppol invoices say that the ledger does not: contract, order, day of delivery?

Reads ledger/peppol/. Beside a ledger they enrich it; alone they are one. Each document is parsed
once, in the confined child; what was read is kept by content.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import polars as pl

from compliance import identifiers
from compliance.cache import Kept
from compliance.confined import Confined, confined
from compliance.errors import ComplianceError, InputError, Place, raise_all
from compliance.landing import REJECTED, Landed, file_id
from compliance.layout import POSTINGS, FieldType
from compliance.line_ids import line_ids
from compliance.normalise import AMOUNT, reference
from compliance.readers.ubl import UblInvoice, read_invoice
from compliance.workspace import Workspace

INVOICES: dict[str, FieldType] = {
    "supplier_org_number": pl.String, "invoice_no": pl.String, "invoice_date": pl.Date,
    "delivery_date": pl.Date, "contract_ref": pl.String, "order_ref": pl.String,
    "amount_sek": AMOUNT, "path": pl.String,
}  # fmt: skip
_KEPT = ("sha256", *INVOICES)[:-1]  # the path is not of the content
_VERSION = "5"


def read_invoices(workspace: Workspace) -> pl.DataFrame:
    """Return INVOICES, one row a document, sorted by path; amounts ex VAT, credit notes negative.

    `amount_sek` is null for a document in another currency. Raises InputError or Problems with
    every document that is not one, and with every number that a supplier used twice.
    """
    frame, errors = _read(workspace)
    raise_all(errors)
    return frame


def check_invoices(workspace: Workspace) -> list[ComplianceError]:
    """Return every problem of every document."""
    return _read(workspace)[1]


def invoice_paths(workspace: Workspace) -> list[Path]:
    """Return the documents of the workspace, sorted."""
    return workspace.in_ledger("peppol")


def _read(workspace: Workspace) -> tuple[pl.DataFrame, list[ComplianceError]]:
    paths = invoice_paths(workspace)
    rows: list[dict[str, object]] = []
    errors: list[ComplianceError] = []
    if not paths:
        return pl.DataFrame(schema=INVOICES), errors
    kept = Kept(workspace.cache, "invoices", _VERSION)
    with confined() as room:
        for path in paths:
            name = workspace.relative(path)
            try:
                found = kept.get(path, partial(_parsed, room, path, name))
            except ComplianceError as error:
                errors.append(error)
            except OSError:
                errors.append(
                    InputError(
                        "the file may not be read",
                        at=Place(name),
                        why="its contract and order references would be missing",
                        fix="give this user the right to read it",
                    )
                )
            else:
                rows.append({**dict(zip(_KEPT, found, strict=True)), "path": name})  # type: ignore[call-overload]  # a list, as _parsed made it
    kept.write()
    errors += _doubled(rows)
    texts = pl.DataFrame(
        [{name: row[name] for name in INVOICES} for row in rows],
        schema=dict.fromkeys(INVOICES, pl.String),
        orient="row",
    )
    days = pl.col("invoice_date", "delivery_date").str.to_date("%Y-%m-%d")
    return texts.with_columns(days, pl.col("amount_sek").cast(AMOUNT)), errors


def _parsed(room: Confined, path: Path, name: str) -> list[str | None]:
    """Return the values of `_KEPT` as text."""
    if path.suffix.lower() != ".xml":
        raise InputError(
            f"a {path.suffix or 'nameless'} file is no Peppol invoice",
            at=Place(name),
            why="what lies in the folder and is not read would be left out in silence",
            fix="deliver the .xml documents; take other files out of the folder",
        )
    invoice = room.call("compliance.readers.ubl:read_invoice", path, name)
    assert isinstance(invoice, UblInvoice)
    return [
        invoice.sha256,
        _ten_digits(invoice.supplier_org_number) or None,
        invoice.number,
        str(invoice.issued),
        str(invoice.delivered) if invoice.delivered else None,
        reference(invoice.contract_ref),
        reference(invoice.order_ref),
        str(invoice.amount) if invoice.currency == "SEK" else None,
    ]


def _ten_digits(number: str) -> str:
    """As the ledger's numbers are compared: without hyphen or century, where it is Swedish."""
    return identifiers.parse(number).number or number


def _doubled(rows: Sequence[dict[str, object]]) -> list[ComplianceError]:
    seen: dict[tuple[object, ...], object] = {}
    errors: list[ComplianceError] = []
    for row in rows:
        number = row["supplier_org_number"]
        keys: list[tuple[object, ...]] = [("bytes", row["sha256"])]
        if number:
            keys.append((number, row["invoice_no"], row["invoice_date"], row["amount_sek"]))
        other = next((seen[key] for key in keys if key in seen), None)
        if other is not None:
            errors.append(
                InputError(
                    f"the same invoice is delivered as {other}",
                    at=Place(str(row["path"])),
                    why="it would count twice",
                    fix=f"take {row['path']} out of the folder",
                )
            )
        seen |= dict.fromkeys(keys, row["path"])
    return errors


# ── as a ledger ────────────────────────────────────────────────────────────────


def land_invoice(path: Path, file: str, folder: Path) -> dict[str, object]:
    """Land one document as a ledger file: a posting a line. For `compliance.parse`."""
    invoice = read_invoice(path, file)
    landed = Landed("peppol", invoice.sha256, file_id(invoice.sha256))
    landed.rows_read = len(invoice.lines)
    landed.row_bits = len(invoice.lines).bit_length()
    is_sek = invoice.currency == "SEK"
    loaded = _postings(invoice, landed) if is_sek else pl.DataFrame(schema=POSTINGS)
    rejected = _other_currency(invoice, landed.file_id)
    if is_sek:
        rejected = rejected.clear()
        landed.first_date = landed.last_date = invoice.issued
    landed.rows_loaded, landed.rows_rejected = len(loaded), len(rejected)
    landed.loaded_sek = Decimal(loaded["amount_sek"].sum() or 0)
    landed.notes += invoice.notes
    loaded.write_parquet(folder / "postings.parquet")
    rejected.write_parquet(folder / "rejected.parquet")
    return landed.as_json()


def _postings(invoice: UblInvoice, landed: Landed) -> pl.DataFrame:
    numbers = line_ids(invoice.sha256, landed.row_bits)
    days: dict[str, date | None] = {
        "delivery_date": invoice.delivered,
        "invoice_date": invoice.issued,
    }
    rows = [
        {
            "line_id": numbers[number],
            "file_id": landed.file_id,
            "file_row": number,
            "invoice_no": invoice.number,
            **days,
            "vendor_name": invoice.supplier_name or None,
            "org_number": invoice.supplier_org_number or None,
            "account_code": line.account or None,
            "unit": invoice.buyer_ref or None,
            "amount_sek": line.amount,
            "contract_ref": reference(invoice.contract_ref),
            "order_ref": reference(invoice.order_ref),
            "text": line.text or None,
        }
        for number, line in enumerate(invoice.lines, start=1)
    ]
    return pl.DataFrame(
        [{name: row.get(name) for name in POSTINGS} for row in rows], schema=POSTINGS, orient="row"
    )


def _other_currency(invoice: UblInvoice, identity: str) -> pl.DataFrame:
    reason = f"the invoice is in {invoice.currency}, not in kronor"
    rows = [
        (identity, number, "DocumentCurrencyCode", reason, f"{line.amount} {line.text}", None)
        for number, line in enumerate(invoice.lines, start=1)
    ]
    return pl.DataFrame(rows, schema=REJECTED, orient="row")
