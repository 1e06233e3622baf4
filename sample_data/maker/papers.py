"""The papers beside the ledger: the register, tenders, orders, organisation and settings."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import xlsxwriter

from maker.register import FOREVER, Contract
from maker.town import (
    DEPARTMENTS,
    MAIL_DOMAIN,
    MOVED,
    MUNICIPALITY,
    NAME,
    ORG_NUMBER,
    UNITS,
)
from maker.trades import BY_KEY, TRADES

REGISTER_HEADER = (
    "Avtalsnummer", "Delområde", "Benämning", "Leverantör", "Organisationsnummer", "Avtalstyp",
    "Giltig från", "Giltig till", "Förlängd till", "Slutdatum_max", "Uppsägningsdatum",
    "Takbelopp", "Omfattning", "Avropsberättigade", "Rangordning", "Ersätter", "Diarienummer",
    "Ansvarig",
)  # fmt: skip


def write_register(contracts: Sequence[Contract], path: Path, random: Random) -> list[str]:
    """Write the register; return what of it is in what row, for those without org number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said: list[str] = []
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"author": NAME, "created": datetime(2026, 11, 2)})  # noqa: DTZ001 - a workbook's stamp has no zone
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("Avtal")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(REGISTER_HEADER) - 1, 18)
        sheet.write_row(0, 0, REGISTER_HEADER, book.add_format({"bold": True}))
        index = 0
        owners: dict[str, str] = {}
        for contract in sorted(contracts, key=lambda c: (c.contract_id, c.lot)):
            owner = random.choice(("Inköp", "Inköp", "Fastighet", "IT-enheten"))
            owner = owners.setdefault(contract.contract_id, owner)
            for company, rank in contract.parties:
                index += 1
                number = company.hyphened
                if contract.note == "no org number":
                    number = ""
                    said.append(f"row {index + 1}: {contract.contract_id} {company.name}")
                cells = (
                    contract.contract_id, contract.lot, contract.title, company.name, number,
                    contract.kind, contract.valid_from, contract.valid_to, contract.extended_to,
                    contract.max_end, contract.notice, contract.ceiling,
                    "; ".join(contract.scope), "; ".join(contract.units),
                    rank if contract.is_ranked else None, contract.replaces,
                    f"KS {contract.valid_from.year - 1}/{contract.contract_id[-3:]}", owner,
                )  # fmt: skip
                for column, cell in enumerate(cells):
                    if cell == FOREVER:
                        sheet.write_string(index, column, "tills vidare")
                    elif isinstance(cell, date):
                        sheet.write_datetime(index, column, cell, day)
                    elif cell not in (None, ""):
                        sheet.write(index, column, cell)
    return said


def write_tenders(contracts: Sequence[Contract], path: Path, random: Random) -> None:
    """Write one row a procurement: each framework of a ranked or plain kind had one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = (
        "procurement_id title category published awarded lots tenders local_tenders sme_tenders"
    )
    seen: set[str] = set()
    lots = {c.contract_id: 0 for c in contracts}
    for contract in contracts:
        lots[contract.contract_id] += 1
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, delimiter=",", lineterminator="\n")
        out.writerow(header.split())
        for contract in sorted(contracts, key=lambda c: (c.valid_from, c.contract_id)):
            bought = not contract.kind.startswith(("direkt", "centralt"))
            is_object = contract.contract_id.startswith("OBJ")
            if contract.contract_id in seen or not bought or (is_object and random.random() < 0.4):
                continue
            seen.add(contract.contract_id)
            tenders = max(1, round(random.gauss(3.4 + 0.25 * len(contract.parties), 1.8)))
            published = contract.valid_from - timedelta(days=random.randrange(120, 260))
            awarded = published + timedelta(days=random.randrange(50, 110))
            local = sum(random.random() < 0.3 for _ in range(tenders))
            small = sum(random.random() < 0.55 for _ in range(tenders))
            out.writerow(
                (
                    contract.contract_id,
                    contract.title,
                    BY_KEY[contract.trade].category,
                    published.isoformat(),
                    awarded.isoformat(),
                    lots[contract.contract_id],
                    tenders,
                    local,
                    max(local, small),
                )
            )
        for number in range(3):  # procured in vain: no tender came
            trade = TRADES[-12 + number]
            out.writerow((f"UPH-2024-9{number}", f"{trade.title} (avbruten)", trade.category,
                          f"2024-0{3 + number}-11", "", 1, 0, 0, 0))  # fmt: skip


def write_settings(path: Path) -> None:
    """Write compliance.toml."""
    path.write_text(
        f"""\
# The demonstration municipality: everything in this workspace is invented.

[organisation]
name = "{NAME}"
org_number = "{ORG_NUMBER}"
municipality = "{MUNICIPALITY}"
language = "sv"

[engine]
threads = 2
memory_limit = "4GB"

# Switched off: nothing is sent. With `send = true` the letters would be laid in a folder; a mail
# server's settings are in the README.
[delivery]
send = false
method = "folder"
folder = "output/outbox"
from = "inkop@{MAIL_DOMAIN}"
reply_to = "inkop@{MAIL_DOMAIN}"
contact = "inkop@{MAIL_DOMAIN}"
report_url = "https://intranat.{MAIL_DOMAIN}/avtal"  # where output/reports is read
allowed_domains = ["{MAIL_DOMAIN}"]
""",
        "utf-8",
        newline="\n",
    )


def organisation_toml() -> str:
    """Return rules/organisation.toml: departments, managers, units under both their names."""
    name, key, since = MOVED
    lines = [
        "# Which unit belongs to which department, and who reads that department's letter.",
        "# Invented. Each unit stands here under both its names: the ledger system was replaced",
        "# in July 2023, and the old one put a code before the name.",
        "",
        "[about]",
        'why = "Who may act on what was bought"',
        'source = "Delegationsordning 2026-01-01 (invented)"',
    ]
    for department in DEPARTMENTS:
        units = [u for u in UNITS if u.department == department.name]
        lines += [
            "",
            "[[departments]]",
            f'id = "{department.key}"',
            f'title = "{department.name}"',
            f'manager = "{department.manager}"',
            f'email = "{department.mail}@{MAIL_DOMAIN}"',
            f'language = "{department.language}"',
            "units = [",
            *(f'    "{u.name}", "{u.old}",' for u in units if u.name != name),
            "]",
        ]
    unit = next(u for u in UNITS if u.name == name)
    home = next(d.key for d in DEPARTMENTS if d.name == unit.department)
    before = (date.fromisoformat(since) - timedelta(days=1)).isoformat()
    lines += ["", "# The youth clubs moved to the social services with their people."]
    for spelled in (unit.name, unit.old):
        for owner, span in ((home, f"to = {before}"), (key, f"from = {since}")):
            lines += ["", "[[units]]", f'id = "{spelled}"', f'department = "{owner}"', span]
    return "\n".join(lines) + "\n"
