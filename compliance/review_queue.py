"""Which vendors wait for a person to say whose they are, and what is there to judge by?

Asks the published database, through whatever asks for it; the largest kronor first. Real names of
persons come in from the protected file, and go nowhere but into the reviewer's workbook. Reads no
file and knows no workbook.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from compliance import identifiers

Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]
INVOICES = 3  # the last ones shown of each vendor

_VENDORS = """
select
    vendors.vendor_id,
    vendors.vendor_name,
    vendors.org_number,
    coalesce(bought.amount_sek, 0) as amount_sek,
    coalesce(bought.line_count, 0) as line_count,
    bought.first_date,
    bought.last_date
from vendor_matches
inner join vendors on vendor_matches.vendor_id = vendors.vendor_id
left join (
    select
        vendor_id,
        sum(amount_sek) as amount_sek,
        count(*) as line_count,
        min(purchase_date) as first_date,
        max(purchase_date) as last_date
    from ledger_lines
    group by vendor_id
) as bought on vendors.vendor_id = bought.vendor_id
where vendor_matches.outcome = 'review'
order by abs(coalesce(bought.amount_sek, 0)) desc, vendors.vendor_id
"""

_CANDIDATES = """
select
    match_candidates.vendor_id,
    suppliers.supplier_id,
    suppliers.supplier_name,
    suppliers.org_number,
    match_candidates.probability,
    match_candidates.evidence
from match_candidates
inner join suppliers on match_candidates.supplier_id = suppliers.supplier_id
order by match_candidates.vendor_id, match_candidates.position, suppliers.supplier_id
"""

_INVOICES = """
select vendor_id, purchase_date, amount_sek, invoice_no, unit, text
from (
    select
        ledger_lines.*,
        row_number() over (
            partition by ledger_lines.vendor_id
            order by ledger_lines.purchase_date desc, ledger_lines.line_id desc
        ) as position
    from ledger_lines
    inner join vendor_matches on ledger_lines.vendor_id = vendor_matches.vendor_id
    where vendor_matches.outcome = 'review'
) as latest
where position <= $shown
order by vendor_id, position
"""


@dataclass(frozen=True)
class Candidate:
    """A supplier that the vendor may be."""

    supplier_id: str
    supplier_name: str
    org_number: str  # empty when the register has none
    probability: float | None = None
    evidence: str = ""

    @property
    def number(self) -> str:
        """Return what a decision names it by: its org number, or its id.

        Of a redacted number too: a day of birth is many a person's.
        """
        read = identifiers.parse(self.org_number)
        return self.supplier_id if read.state == "masked" else read.number or self.supplier_id


@dataclass(frozen=True)
class Invoice:
    """One of a vendor's last postings."""

    day: date | None
    amount_sek: Decimal
    invoice_no: str = ""
    unit: str = ""
    text: str = ""


@dataclass(frozen=True)
class Waiting:
    """One vendor in review, with its candidates, best first."""

    vendor_id: str
    vendor_name: str
    org_number: str
    amount_sek: Decimal
    candidates: tuple[Candidate, ...]
    line_count: int = 0
    first_date: date | None = None
    last_date: date | None = None
    invoices: tuple[Invoice, ...] = ()

    @property
    def digest(self) -> str:
        """Return what a decision was made about: another candidate or name is another question."""
        about = [
            self.vendor_id, squeezed(self.vendor_name), self.org_number,
            [[c.supplier_id, squeezed(c.supplier_name), c.org_number] for c in self.candidates],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:20]

    @property
    def code(self) -> str:
        """Return a short mark that only this question has: each of its answers carries it."""
        return base64.b32encode(bytes.fromhex(self.digest))[:7].decode()

    def answers(self, nobody: str) -> dict[str, Candidate | None]:
        """Return each answer as it stands in the drop-down; `nobody` says that none of them fits.

        An answer names the supplier and carries the question's mark, so that one which slid to
        another row fits nothing there.
        """
        found: dict[str, Candidate | None] = {
            f"{n}: {squeezed(c.supplier_name)[:80]}, {c.number} [{self.code}]": c
            for n, c in enumerate(self.candidates, 1)
        }
        found[f"{nobody} [{self.code}]"] = None
        return found


def waiting(ask: Ask, real_names: Mapping[str, str]) -> tuple[Waiting, ...]:
    """Return the queue, largest kronor (either sign) first; `real_names` by vendor_id."""
    candidates = _by_vendor(ask(_CANDIDATES, {}))
    invoices = _by_vendor(ask(_INVOICES, {"shown": INVOICES}))
    return tuple(
        Waiting(
            vendor_id=row["vendor_id"],
            vendor_name=real_names.get(row["vendor_id"], row["vendor_name"] or ""),
            org_number=row["org_number"] or "",
            amount_sek=row["amount_sek"],
            candidates=tuple(_candidate(c) for c in candidates.get(row["vendor_id"], [])),
            line_count=row["line_count"],
            first_date=row["first_date"],
            last_date=row["last_date"],
            invoices=tuple(_invoice(i) for i in invoices.get(row["vendor_id"], [])),
        )
        for row in ask(_VENDORS, {})
    )


def squeezed(text: str) -> str:
    """Return the text as a cell shows it: no control signs, single blanks."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _candidate(row: Mapping[str, Any]) -> Candidate:
    return Candidate(
        row["supplier_id"], row["supplier_name"] or "", row["org_number"] or "",
        row["probability"], row["evidence"] or "",
    )  # fmt: skip


def _invoice(row: Mapping[str, Any]) -> Invoice:
    return Invoice(
        row["purchase_date"], row["amount_sek"], row["invoice_no"] or "", row["unit"] or "",
        row["text"] or "",
    )  # fmt: skip


def _by_vendor(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["vendor_id"], []).append(row)
    return found
