"""From models to tables: which before which, in what order of rows, and how many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from itertools import pairwise

from compliance import database
from compliance.catalog import CATALOG
from compliance.database import Database

# Published rows are joined and sorted so many postings at a time: what a slice needs is in memory;
# all of them at once are written to the spill folder and read back, several times over.
SLICE = 1 << 20
# Read once, by one model: views, so that their rows pass by and are never stored.
READ_THROUGH = frozenset({"work_line_lots", "work_line_contracts"})


def build(
    db: Database,
    models: Mapping[str, str],
    wanted: Iterable[str] | None = None,
    *,
    made: Iterable[str] = (),
    passing: Iterable[str] = (),
    published: bool = True,
) -> None:
    """Create every model's table, each after the tables it reads; those `made` are there already.

    Those `passing` are dropped once the last model that reads them has its table: a row a posting
    is memory, and beyond memory disk, that a build of millions has better use for.

    Published rows are stored in the order of the table's grain: a parallel join does not keep
    one, and two builds from the same files must not differ. With `wanted`, only these tables and
    what they read; unless `published`, all are temporary and their rows in no order.
    """
    there = frozenset(made)
    order = build_order(models, models if wanted is None else wanted)
    last_reader = {read: table for table in order for read in _reads(models, table) & {*passing}}
    for table in order:
        if table not in there:
            _make(db, table, models[table], published=published)
        for read in sorted(name for name, last in last_reader.items() if last == table):
            db.execute(f"drop table {read}")


def untouched(
    models: Mapping[str, str], wanted: Iterable[str], changed: Iterable[str]
) -> frozenset[str]:
    """Return which of the wanted models, and of what they read, stay when these tables change."""
    known, moved = database.reads(models.values()), {*changed}
    order = build_order(models, wanted)
    for table in order:
        if known[models[table]] & moved:
            moved.add(table)
    return frozenset(order) - moved


def _make(db: Database, table: str, select: str, *, published: bool) -> None:
    if published and table in CATALOG.tables:
        grain = CATALOG.tables[table].grain
        ordered = f"\norder by {', '.join(grain)}" if grain else ""
        rows = f"select * from (\n{select}\n)"
        if grain[:1] == ("line_id",):
            _make_in_slices(db, table, rows, ordered)
        else:
            db.execute(f"create or replace table {table} as\n{rows}{ordered}")
        database.describe(db, table)
    else:
        kind = "view" if table in READ_THROUGH else "table"
        db.execute(f"create or replace temp {kind} {table} as\n{select}")


def _make_in_slices(db: Database, table: str, rows: str, ordered: str) -> None:
    """Create a table with a row or more per posting, some postings after others by line_id."""
    begins = _slices(db)
    slices = [
        f"{rows}\nwhere line_id >= {first} and line_id < {after}{ordered}"
        for first, after in pairwise(begins)
    ]
    first, *others = slices if len(slices) > 1 else [f"{rows}{ordered}"]
    db.execute(f"create or replace table {table} as\n{first}")
    for other in others:
        db.execute(f"insert into {table}\n{other}")


def _slices(db: Database) -> list[int]:
    """Return the line_ids at which slices of about SLICE postings begin, and one after the last."""
    counted = f"""
        select line_id // {SLICE} as place, count(*) as line_count
        from input_postings group by place order by place
    """
    begins, held = [0], 0
    for place, count in db.execute(counted).fetchall():
        if held and held + count > SLICE:
            begins.append(place * SLICE)
            held = 0
        held += count
    return [*begins, (1 << 63) - 1]


def build_order(models: Mapping[str, str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the wanted models and all that they read, each after what it reads."""
    reads: dict[str, set[str]] = {}
    asked = list(wanted)
    known = database.reads(models.values())
    while asked:
        table = asked.pop()
        if table not in reads:
            reads[table] = set(known[models[table]] & models.keys())
            asked += reads[table]
    ordered = {name: sorted(reads[name]) for name in sorted(reads)}
    return tuple(TopologicalSorter(ordered).static_order())


def _reads(models: Mapping[str, str], table: str) -> frozenset[str]:
    """Return what is read when a table is made: through views too, and nothing for a view."""
    if table in READ_THROUGH:
        return frozenset()
    found = database.reads(models.values())[models[table]]
    while views := found & READ_THROUGH:
        known = database.reads(models.values())
        found = (found - views).union(*(known[models[view]] for view in views))
    return found
