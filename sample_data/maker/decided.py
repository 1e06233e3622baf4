"""decisions.csv, groups.toml and orders.csv: what people decided, who belongs together."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from maker.companies import Company
from maker.events import JOINED, RENAMED
from maker.ledgers import Row
from maker.peppol import Order

HEADER = (
    "decided_on", "decided_by", "subject", "key", "decision", "supplier_org_number",
    "contract_id", "valid_from", "valid_to", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    decided_on: date
    subject: str
    key: str
    decision: str
    org_number: str = ""
    contract_id: str = ""
    note: str = ""
    decided_by: str = "Inköp, L. Myrfält"

    def cells(self) -> tuple[str, ...]:
        return (
            self.decided_on.isoformat(), self.decided_by, self.subject, self.key, self.decision,
            self.org_number, self.contract_id, "", "", self.note,
        )  # fmt: skip


def write_decisions(decisions: Sequence[Decision], path: Path) -> None:
    """Write decisions.csv, in the order given."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(HEADER)
        out.writerows(decision.cells() for decision in decisions)


def groups_toml(
    own: Sequence[Company],
    renamed: tuple[Company, Company],
    group: tuple[Company, Company],
    local: Sequence[Company],
) -> str:
    """Return rules/groups.toml: own companies, a new number, an affiliate, local companies.

    A local sole trader is not listed: the rules hold no personal numbers.
    """
    lines = ["# Companies that belong together, by org number and with dates. Invented."]
    for number, company in enumerate(own, start=1):
        lines += [
            "",
            "[[groups]]",
            f'id = "own-{number}"',
            f'title = "{company.name}"',
            f'org_number = "{company.hyphened}"',
            'kind = "own"',
            "from = 2015-01-01",
            'why = "Wholly owned and sells nearly all to the municipality: both tests are met"',
            'source = "Ägardirektiv 2015, § 3 (invented)"',
        ]
    old, new = renamed
    lines += [
        "",
        "[[groups]]",
        'id = "renamed-1"',
        f'title = "{old.name}, now {new.name}"',
        f'org_number = "{old.hyphened}"',
        'kind = "rename"',
        f'successor_org_number = "{new.hyphened}"',
        f"from = {RENAMED.isoformat()}",
        'why = "The business went over to a new company, which took over the contract"',
        'source = "Tilläggsavtal 2025-02-17 (invented)"',
    ]
    parent, member = group
    lines += [
        "",
        "[[groups]]",
        'id = "affiliate-1"',
        f'title = "{member.name}"',
        f'org_number = "{member.hyphened}"',
        'kind = "affiliate"',
        f'successor_org_number = "{parent.hyphened}"',
        f"from = {JOINED.isoformat()}",
        'why = "The contract names the companies of the group in appendix 2"',
        'source = "Avtal, bilaga 2 (invented)"',
        "",
        "# Companies in the municipality, as the business office lists them.",
    ]
    for number, company in enumerate(local, start=1):
        lines += [
            "",
            "[[groups]]",
            f'id = "local-{number}"',
            f'title = "{company.name}"',
            f'org_number = "{company.hyphened}"',
            'kind = "local"',
            "from = 2020-01-01",
            'why = "Has its place of business in the municipality"',
            'source = "Näringslivskontorets lista 2026-01 (invented)"',
        ]
    return "\n".join(lines) + "\n"


def write_orders(orders: Sequence[Order], rows: Sequence[Row], path: Path, random: Random) -> int:
    """Write the orders that invoices name, and others that stand alone; return how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = "order_id order_date vendor_name org_number unit category amount_sek contract_id"
    lines = []
    for order in orders:
        lines.append(_line(order.order_id, order.day, order.row, order.contract_id))
    late = [r for r in rows if r.posting.day >= date(2026, 1, 1) and r.posting.named is not None]
    late = [r for r in late if r.posting.amount > 0 and r.posting.company.org_number]
    for number, row in enumerate(random.sample(late, min(90, len(late)))):
        contract = row.posting.named
        named = contract.contract_id if contract and random.random() < 0.6 else ""
        lines.append(_line(f"B26-{1000 + number}", row.posting.day, row, named))
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(header.split())
        out.writerows(sorted(lines))
    return len(lines)


def _line(order: str, day: date, row: Row, contract: str) -> tuple[str, ...]:
    posting = row.posting
    category = posting.flow.trade.category if posting.flow else ""
    amount = f"{posting.amount // 100}.{posting.amount % 100:02d}"
    return (order, day.isoformat(), posting.company.name, posting.company.hyphened,
            posting.unit.name, category, amount, contract)  # fmt: skip
