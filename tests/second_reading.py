"""A built database, read a second time: are its states, contracts and öre what they should be?

Reads all that a posting is judged by from the published database and the rules, lets the slow
reader judge, and compares every part: state, side, contract, lot, rule, öre. Whole vendors are
drawn, from a seed, until they have the wanted share of the postings; with a vendor all who call off
under a ceiling that it may call off under, since a ceiling runs over all their postings.

Private persons have no number in a published database, so an exclusion by `counterparty` that held
for one would be told as a difference.

    python -m tests.second_reading FOLDER [SHARE [ORE]]

ends with 1 when something differs. With ORE as many öre are added to the first posting that is
read, and that has to be found.
"""

from __future__ import annotations

import random
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from compliance.database import open_published
from tests.slow_reader import Books, Decision, Exclusion, Identity, Lot, Part, Posting, read

SEED = 7
LOTS = """
select contract_id, lot, kind, valid_from, valid_to, extended_to, ceiling_sek,
    (select list(supplier_id) from contract_parties as o
        where o.contract_id = c.contract_id and o.lot = c.lot),
    (select list((scheme, prefix)) from contract_scopes as o
        where o.contract_id = c.contract_id and o.lot = c.lot),
    (select list_distinct(list(unit) || list(department))
        from contract_units as o left join former_names as f on lower(o.unit) = lower(f.former_name)
        where o.contract_id = c.contract_id and o.lot = c.lot)
from contracts as c
order by contract_id, lot
"""
DECISIONS = """
select cast(key as bigint), decided_on, decision_row, decision, contract_id
from decisions where subject = 'line' and standing = 'live' order by decision_row
"""
# Who shares a ceiling: a vendor, and a lot with a ceiling that its supplier may sell under.
CEILINGS = """
select distinct vendor_id, concat(contract_id, '/', lot)
from vendor_identities
inner join contract_parties using (supplier_id)
inner join contracts using (contract_id, lot)
where ceiling_sek is not null
union
select ledger_lines.vendor_id, concat(contracts.contract_id, '/', contracts.lot)
from decisions
inner join ledger_lines on decisions.key = cast(ledger_lines.line_id as varchar)
inner join contracts using (contract_id)
where subject = 'line' and standing = 'live' and ceiling_sek is not null
order by all
"""
POSTINGS = """
select line_id, purchase_date, ledger_lines.amount_sek, vendor_id, coalesce(is_usable, false), account_code,
    category_code, cpv, unit, department, contract_ref, org_number, coalesce(is_person, false),
    text, vendor_name
from ledger_lines
left join vendors using (vendor_id)
left join categories using (category_code)
where vendor_id in (select vendor_id from sampled)
order by line_id
"""
PARTS = """
select line_id, part, state, side, contract_id, lot, rule_id, amount_sek
from coverage
where line_id in (
    select line_id from ledger_lines where vendor_id in (select vendor_id from sampled)
)
order by line_id, part
"""


@dataclass(frozen=True)
class Compared:
    """What was compared, what differed, and the seconds that the slow reader took."""

    postings: int
    of: int
    vendors: int
    parts: int
    differing: int
    ore: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.postings:,} of {self.of:,} postings ({self.postings / self.of:.2%}) of"
            f" {self.vendors:,} vendors, {self.parts:,} parts: {self.differing:,} differ,"
            f" {self.ore:,} öre; the slow reader read {self.postings / self.seconds:,.0f} a second"
        )


def compared(workspace: Path, share: Decimal = Decimal(1), ore: int = 0) -> Compared:
    """Compare the published parts of a share of the postings with the slow reader's.

    `ore` are added to the first posting that is read, to see that it is noticed.
    """
    with open_published(workspace / "output" / "compliance.duckdb") as db:
        (of,) = db.execute("select count(*) from ledger_lines").fetchone() or (0,)
        drawn = _drawn(db, int(of * share))
        db.register("sampled", pa.table({"vendor_id": pa.array(drawn, pa.string())}))
        postings = [Posting(*row) for row in db.execute(POSTINGS).fetchall()]
        published = [Part(*row) for row in db.execute(PARTS).fetchall()]
        books = _books(db, workspace / "rules")
    if ore:
        postings[0] = replace(postings[0], amount=postings[0].amount + Decimal(ore) / 100)
    started = time.perf_counter()
    right = read(books, postings)
    seconds = time.perf_counter() - started
    differing = {*published} ^ {*right}
    away = sum((p.amount for p in published), Decimal(0)) - sum(
        (p.amount for p in right), Decimal(0)
    )
    return Compared(
        postings=len(postings),
        of=of,
        vendors=len(drawn),
        parts=len(published),
        differing=len({(part.line_id, part.part) for part in differing}),
        ore=abs(int(away * 100)),
        seconds=seconds,
    )


def _drawn(db: duckdb.DuckDBPyConnection, wanted: int) -> list[str]:
    """Draw vendors, with those they share a ceiling with, until they have `wanted` postings."""
    counts = dict(
        db.execute(
            "select vendor_id, count(*) from ledger_lines where vendor_id is not null"
            " group by vendor_id order by vendor_id"
        ).fetchall()
    )
    groups = _groups(counts, db.execute(CEILINGS).fetchall())
    random.Random(SEED).shuffle(groups)
    drawn: list[str] = []
    for group in groups:
        if sum(counts[vendor] for vendor in drawn) >= wanted:
            break
        drawn += group
    return sorted(drawn)


def _groups(vendors: Iterable[str], ceilings: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the vendors, those together that share a ceiling, or are linked by others who do."""
    lots, callers = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for vendor, lot in ceilings:
        lots[vendor].append(lot)
        callers[lot].append(vendor)
    known, seen, groups = {*vendors}, set[str](), list[list[str]]()
    for first in sorted(known):
        group, waiting = list[str](), [first]
        while waiting:
            vendor = waiting.pop()
            if vendor not in seen and vendor in known:
                seen.add(vendor)
                group.append(vendor)
                waiting += (other for lot in lots[vendor] for other in callers[lot])
        if group:
            groups.append(group)
    return groups


def _books(db: duckdb.DuckDBPyConnection, rules: Path) -> Books:
    policy = _toml(rules / "policy.toml")
    return Books(
        lots=[
            Lot(
                *row[:7],
                frozenset(row[7] or ()),
                tuple(map(tuple, row[8] or ())),
                frozenset(row[9] or ()),
            )
            for row in db.execute(LOTS).fetchall()
        ],
        identities=[
            Identity(*row)
            for row in db.execute(
                "select vendor_id, supplier_id, valid_from, valid_to from vendor_identities"
                " order by all"
            ).fetchall()
        ],
        exclusions=list(_exclusions(rules)),
        decisions=[Decision(*row) for row in db.execute(DECISIONS).fetchall()],
        tail_days=policy["tail_days"]["value"],
        out_of_scope_counts_as=policy["out_of_scope_counts_as"]["value"],
        direct_award_counts_as=policy["direct_award_counts_as"]["value"],
    )


def _exclusions(rules: Path) -> Iterator[Exclusion]:
    """Yield the exclusions in the order of the file; the municipality's own companies one by one."""
    groups = _toml(rules / "groups.toml").get("groups", ())
    for one in _toml(rules / "exclusions.toml")["exclusions"]:
        if tests := one.get("tests"):
            yield Exclusion(one["id"], tuple(map(_test, tests)), one.get("from"), one.get("to"))
        for company in groups if one.get("group") == "own" else ():
            if company["kind"] == "own":
                number = company["org_number"].replace("-", "")
                dates = company.get("from"), company.get("to")
                name = f"{one['id']}-{company['id']}"
                yield Exclusion(name, ({"counterparty": [number]},), *dates)


def _test(written: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        field: [str(value).lower() for value in (values if isinstance(values, list) else [values])]
        for field, values in written.items()
    }


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def _main(folder: str, share: str = "1", ore: str = "0") -> int:
    found = compared(Path(folder), Decimal(share), int(ore))
    print(found)
    return 1 if found.differing else 0


if __name__ == "__main__":
    raise SystemExit(_main(*sys.argv[1:]))
