"""The general ledger beside the supplier ledger: one SIE 4 file a year, as a control.

It holds what the supplier ledger holds, and what went another way: wages, and purchases by card.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from maker.ledgers import Row
from maker.seasons import LAST, last_day
from maker.town import NAME, ORG_NUMBER

YEARS = (2025, 2026)
# What of an account was bought by card and never met the supplier ledger, percent.
BY_CARD = {"70500": 9, "71000": 12, "65100": 4, "76500": 3}
WAGES = ("50100", "Löner tillsvidareanställda", 3_150_000_000)  # öre a month
PAYABLE = ("24400", "Leverantörsskulder")


def write(rows: Sequence[Row], folder: Path) -> None:
    """Write one file a year of YEARS: per month one voucher, each balanced to the öre."""
    folder.mkdir(parents=True, exist_ok=True)
    for year in YEARS:
        sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        names: dict[str, str] = {}
        for row in rows:
            posting = row.posting
            if posting.day.year == year:
                sums[posting.day.month][posting.account] += posting.amount
                names.setdefault(posting.account, posting.text)
        text = "\r\n".join(_lines(year, sums, names)) + "\r\n"
        (folder / f"huvudbok-{year}.se").write_bytes(text.encode("cp437"))


def _lines(year: int, sums: dict[int, dict[str, int]], names: dict[str, str]) -> list[str]:
    names = {**names, WAGES[0]: WAGES[1], PAYABLE[0]: PAYABLE[1]}
    until = min(LAST, date(year, 12, 31))
    lines = [
        "#FLAGGA 0",
        "#FORMAT PC8",
        "#SIETYP 4",
        '#PROGRAM "Huvudbok" 1.0',
        f"#GEN {until:%Y%m%d}",
        f"#ORGNR {ORG_NUMBER}",
        f'#FNAMN "{NAME}"',
        f"#RAR 0 {year}0101 {year}1231",
        "#KPTYP BAS95",
    ]
    lines += [f'#KONTO {account} "{name}"' for account, name in sorted(names.items())]
    for month in sorted(sums):
        day = f"{last_day(year, month):%Y%m%d}"
        lines += [f'#VER L {month} {day} "Leverantörsreskontra och löner"', "{"]
        booked = dict(sums[month])
        for account, percent in BY_CARD.items():
            booked[account] = booked.get(account, 0) * (100 + percent) // 100
        booked[WAGES[0]] = WAGES[2]
        booked[PAYABLE[0]] = -sum(booked.values())
        lines += [
            f"   #TRANS {account} {{}} {_money(amount)}"
            for account, amount in sorted(booked.items())
            if amount
        ]
        lines.append("}")
    return lines


def _money(ore: int) -> str:
    sign = "-" if ore < 0 else ""
    return f"{sign}{abs(ore) // 100}.{abs(ore) % 100:02d}"
