"""The truth beside the sample: who each vendor is, which state each posting gets, and why."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl

from maker.companies import Company
from maker.ledgers import File, Row
from maker.reading import Part, exclusion
from maker.register import Contract

SCHEMA = {
    "path": pl.String,
    "file_row": pl.Int32,
    "part": pl.Int8,
    "state": pl.String,
    "amount_sek": pl.Decimal(18, 2),
    "contract_id": pl.String,
    "lot": pl.String,
    "rule_id": pl.String,
    "company": pl.String,
    "seen_as": pl.String,
    "why": pl.String,
    "tag": pl.String,
}


def _kronor(ore: int) -> Decimal:
    return Decimal(ore).scaleb(-2)


def postings(
    files: Sequence[File],
    parts: Mapping[int, Sequence[Part]],
    seen: Mapping[int, Company | None],
) -> pl.DataFrame:
    """Return one row a posting part, in the files' order; a rejected row has state `rejected`."""
    rows = []
    for file in files:
        for row in file.rows:
            posting = row.posting
            whom = seen.get(id(posting))
            own = parts.get(id(posting)) or [Part("rejected", posting.amount)]
            for number, part in enumerate(own, start=1):
                rows.append(
                    (
                        file.path,
                        row.number,
                        number,
                        part.state,
                        _kronor(part.amount),
                        part.contract.contract_id if part.contract else None,
                        part.contract.lot if part.contract else None,
                        (exclusion(posting) or None) if part.state == "exempt" else None,
                        posting.company.key,
                        whom.key if whom else None,
                        posting.why,
                        posting.tag or None,
                    )
                )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def write_companies(
    companies: Sequence[Company], contracts: Sequence[Contract], path: Path
) -> None:
    """Write every invented seller: its key, true name and number, and whether it is registered."""
    registered = {company.key for contract in contracts for company, _ in contract.parties}
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(("company", "name", "org_number", "is_person", "is_local", "is_supplier"))
        for company in companies:
            flags = (company.is_person, company.is_local, company.key in registered)
            out.writerow((company.key, company.name, company.org_number, *map(int, flags)))


def write_vendors(rows: Sequence[Row], path: Path) -> None:
    """Write every spelling with the company that it truly is; `hard`: only a person can tell."""
    spellings: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        key = (row.spelling.name, row.spelling.number, row.posting.company.key)
        spellings[key].append(row)
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(
            ("vendor_name", "org_number", "company", "damage", "hard", "postings", "kronor")
        )
        for (name, number, company), own in sorted(spellings.items()):
            amount = sum(row.posting.amount for row in own)
            spelling = own[0].spelling
            out.writerow(
                (name, number, company, spelling.damage, int(spelling.is_hard), len(own),
                 _kronor(amount))
            )  # fmt: skip


def write_summary(frame: pl.DataFrame, path: Path) -> None:
    """Write kronor by year of the file and state, to be read by people."""
    year = pl.col("path").str.extract(r"(20\d\d)").alias("year")
    table = (
        frame.group_by(year, "state")
        .agg(pl.len().alias("parts"), pl.col("amount_sek").sum())
        .sort("year", "state")
    )
    table.write_csv(path, line_terminator="\n")


def write_shown(frame: pl.DataFrame, files: Sequence[File], path: Path, each: int = 3) -> None:
    """Write a few rows to look at for every state and every tag, largest first."""
    vendor = {
        (file.path, row.number): row.spelling.name.strip() for file in files for row in file.rows
    }
    shown = pl.concat(
        [
            frame.select(pl.lit("state").alias("kind"), pl.col("state").alias("what"), pl.all()),
            frame.filter(pl.col("tag").is_not_null()).select(
                pl.lit("tag").alias("kind"), pl.col("tag").alias("what"), pl.all()
            ),
        ]
    )
    order = ["kind", "what", "amount_sek", "path", "file_row", "part"]
    descending = [name == "amount_sek" for name in order]
    picked = shown.sort(order, descending=descending).group_by("kind", "what", maintain_order=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(
            ("kind", "what", "path", "file_row", "vendor", "amount_sek", "state", "contract_id")
        )
        for row in picked.head(each).iter_rows(named=True):
            name = vendor[row["path"], row["file_row"]]
            out.writerow(
                (row["kind"], row["what"], row["path"], row["file_row"], name, row["amount_sek"],
                 row["state"], row["contract_id"] or "")
            )  # fmt: skip
