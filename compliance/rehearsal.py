"""How would some vendors' postings be covered with other inputs? Computed beside the build.

The postings are copied out of the build once, to Parquet in the spill folder; what a change leaves
alone is loaded once. The models are those of the build. What is computed here is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import polars as pl

from compliance import building, database
from compliance.database import Database
from compliance.identity import Identity
from compliance.inputs import Inputs
from compliance.layout import POSTINGS

# Without a ceiling to fill, a posting before the window decides nothing in it.
_COPIED = """
select input_postings.*
from input_postings
inner join work_line_states on input_postings.line_id = work_line_states.line_id
inner join work_vendors on work_line_states.vendor_no = work_vendors.vendor_no
inner join rehearsal_wanted on work_vendors.vendor_id = rehearsal_wanted.vendor_id
cross join input_build
where rehearsal_wanted.is_limited
    or work_line_states.purchase_date
    >= date_trunc('month', input_build.as_of) - interval 11 months
order by input_postings.line_id
"""
_UNCOVERED = """
select work_vendors.vendor_id, sum(coverage.amount_sek) as uncovered_sek
from coverage
inner join work_line_states on coverage.line_id = work_line_states.line_id
inner join work_vendors on work_line_states.vendor_no = work_vendors.vendor_no
cross join input_build
where coverage.side = 'uncovered'
    and work_line_states.purchase_date
    >= date_trunc('month', input_build.as_of) - interval 11 months
group by work_vendors.vendor_id
"""
_PASSED_BY = """
select coverage.line_id, work_vendors.vendor_id, coverage.amount_sek as uncovered_sek
from coverage
inner join work_line_states on coverage.line_id = work_line_states.line_id
inner join work_vendors on work_line_states.vendor_no = work_vendors.vendor_no
cross join input_build
where coverage.line_id in (select unnest($line_ids))
    and coverage.state in ('superseded', 'covered_elsewhere')
    and work_line_states.purchase_date
    >= date_trunc('month', input_build.as_of) - interval 11 months
order by coverage.line_id
"""


def uncovered(db: Database) -> dict[str, Decimal]:
    """Return the last twelve months' uncovered kronor of each vendor that has any, by vendor_id."""
    return {row["vendor_id"]: row["uncovered_sek"] for row in database.rows(db, _UNCOVERED)}


def passed_by(db: Database, line_ids: Sequence[int]) -> pl.DataFrame:
    """Return line_id, vendor_id, uncovered_sek of those bought past a contract in the window."""
    found = database.rows(db, _PASSED_BY, {"line_ids": list(line_ids)}) if line_ids else []
    schema = {"line_id": pl.Int64(), "vendor_id": pl.String(), "uncovered_sek": pl.Decimal(18, 2)}
    return pl.DataFrame(found, schema=schema)


class Rehearsal:
    """Coverage of some vendors' postings with other inputs, one try after another."""

    def __init__(self, build: Database, db: Database, folder: Path, memory: str) -> None:
        self._build, self._db, self._folder = build, db, folder
        self._memory = memory  # of both together
        self._copies: list[Path] = []
        # What is copied: of a vendor that may call off under a ceiling, from the first day.
        self._wanted = pl.DataFrame(schema={"vendor_id": pl.String, "is_limited": pl.Boolean})
        self._loaded: dict[str, pl.DataFrame] = {}
        self._scanned: tuple[tuple[Path, ...], frozenset[str]] = ((), frozenset())
        models = database.sql_files("models")
        # Another supplier's contract tells uncovered states apart, and changes no side.
        elsewhere = f"select * from (\n{models['work_elsewhere']}\n) as unasked where false"  # noqa: S608 - a model of our own
        self._models = {**models, "work_elsewhere": elsewhere}

    def uncovered(self, inputs: Inputs, who: Identity, vendors: pl.DataFrame) -> dict[str, Decimal]:
        """Return what `uncovered` does, for these vendors (and perhaps others).

        `vendors` has vendor_id and is_limited: whether it may call off under a ceiling. What the
        last try left and nothing new is read by stands as it is.
        """
        self.prepare(vendors)
        database.share_memory(self._memory, busy=self._db, waiting=self._build)
        new = self._load({**inputs.frames(), **who.tables})
        if not self._covers(vendors):
            keys = who.tables["input_vendor_keys"].join(vendors, on="vendor_id", how="semi")
            database.scan(self._db, "input_postings", self._copies, POSTINGS, only=keys)
            self._scanned = (tuple(self._copies), frozenset(vendors["vendor_id"]))
            new |= {"input_postings"}
        stay = building.untouched(self._models, ["coverage"], new)
        building.build(self._db, self._models, ["coverage"], made=stay, published=False)
        return uncovered(self._db)

    def _covers(self, vendors: pl.DataFrame) -> bool:
        """Whether the postings of the last try are here, and hold these vendors'."""
        copies, scanned = self._scanned
        return copies == tuple(self._copies) and scanned.issuperset(vendors["vendor_id"])

    def prepare(self, wanted: pl.DataFrame) -> None:
        """Copy the postings of vendors that are not yet here, or not from the first day.

        Each copy looks through all postings: who knows the vendors of several tries names them all.
        """
        new = wanted.join(self._wanted, on=["vendor_id", "is_limited"], how="anti")
        new = new.join(self._wanted.filter("is_limited"), on="vendor_id", how="anti")
        again = self._wanted.join(new, on="vendor_id", how="semi")
        if new.is_empty():
            return
        if again.height:  # a vendor's rows would be here twice
            self._copies, new = [], pl.concat([self._wanted, new])
            new = new.group_by("vendor_id").agg(pl.col("is_limited").any()).sort("vendor_id")
            self._wanted = self._wanted.clear()
        database.share_memory(self._memory, busy=self._build, waiting=self._db)
        database.load(self._build, {"rehearsal_wanted": new})
        copy = self._folder / f"{len(list(self._folder.iterdir()))}.parquet"
        database.write_parquet(self._build, _COPIED, copy)
        self._copies.append(copy)
        self._wanted = pl.concat([self._wanted, new])

    def _load(self, frames: Mapping[str, pl.DataFrame]) -> set[str]:
        """Load the frames that are not here as they are; return their names."""
        new = {
            name: frame
            for name, frame in frames.items()
            if not (name in self._loaded and self._loaded[name].equals(frame))
        }
        database.load(self._db, new)
        self._loaded |= new
        return set(new)


@contextmanager
def rehearsal(build: Database, inputs: Inputs) -> Iterator[Rehearsal]:
    """Open a rehearsal beside a build whose coverage is done."""
    settings, spill = inputs.workspace.settings, inputs.workspace.output / "spill"
    memory = database.memory_limit(build)
    with (
        database.scratch(spill) as path,
        database.new_database(
            path, spill, threads=settings.threads, memory_limit=memory, ordered=False
        ) as db,
    ):
        copies = path.parent / "copies"
        copies.mkdir(mode=0o700)
        database.share_memory(memory, busy=build, waiting=db)
        try:
            yield Rehearsal(build, db, copies, memory)
        finally:
            database.limit_memory(build, memory)
