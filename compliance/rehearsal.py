"""How would some vendors' postings be covered with other inputs? Computed beside the build.

The postings of some vendors, and some postings of others, are copied out of the build once, to
Parquet in the spill folder; what a change leaves alone is loaded once. The models are those of the
build. What is computed here is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
_COPIED_LINES = """
select input_postings.*
from input_postings
inner join rehearsal_lines on input_postings.line_id = rehearsal_lines.line_id
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
_POSTINGS = """
select
    work_line_states.line_id,
    work_vendors.vendor_id,
    case
        when coverage.state in ('superseded', 'covered_elsewhere')
            and work_line_states.purchase_date
            >= date_trunc('month', input_build.as_of) - interval 11 months
            then coverage.amount_sek
    end as passed_sek,
from rehearsal_asked
inner join work_line_states on rehearsal_asked.line_id = work_line_states.line_id
inner join work_vendors on work_line_states.vendor_no = work_vendors.vendor_no
inner join coverage on work_line_states.line_id = coverage.line_id and coverage.part = 1
cross join input_build
order by work_line_states.line_id
"""


def uncovered(db: Database) -> dict[str, Decimal]:
    """Return the last twelve months' uncovered kronor of each vendor that has any, by vendor_id."""
    return {row["vendor_id"]: row["uncovered_sek"] for row in database.rows(db, _UNCOVERED)}


def postings(db: Database, line_ids: pl.Series) -> pl.DataFrame:
    """Return line_id, vendor_id, passed_sek of these postings, as the finished build has them.

    passed_sek: its kronor, if it was bought past another supplier's contract in the window; else
    null.
    """
    database.load(db, {"rehearsal_asked": line_ids.to_frame("line_id")})
    return database.frame(db, _POSTINGS)


class Rehearsal:
    """Coverage of some vendors' postings with other inputs, one try after another."""

    def __init__(self, build: Database, db: Database, folder: Path, memory: str) -> None:
        self._build, self._db, self._folder = build, db, folder
        self._memory = memory  # of both together
        self._copies: list[Path] = []
        self._lines: list[Path] = []  # copies of postings that are here without their vendors'
        # What is copied: of a vendor that may call off under a ceiling, from the first day.
        self._wanted = pl.DataFrame(schema={"vendor_id": pl.String, "is_limited": pl.Boolean})
        self._wanted_lines = pl.DataFrame(schema={"line_id": pl.Int64, "vendor_id": pl.String})
        self._loaded: dict[str, pl.DataFrame] = {}
        self._scanned: tuple[tuple[Path, ...], frozenset[str]] = ((), frozenset())
        models = database.sql_files("models")
        # Another supplier's contract tells uncovered states apart, and changes no side.
        elsewhere = f"select * from (\n{models['work_elsewhere']}\n) as unasked where false"  # noqa: S608 - a model of our own
        self._models = {**models, "work_elsewhere": elsewhere}

    def uncovered(self, inputs: Inputs, who: Identity, vendors: pl.DataFrame) -> dict[str, Decimal]:
        """Return what `uncovered` does, for these vendors (and perhaps others).

        `vendors` has vendor_id and is_limited: whether it may call off under a ceiling. The lines
        that `prepare` was told of are here beside their postings. What the last try left and
        nothing new is read by stands as it is.
        """
        self.prepare(vendors, self._wanted_lines)
        database.share_memory(self._memory, busy=self._db, waiting=self._build)
        new = self._load({**inputs.frames(), **who.tables})
        if not self._covers(vendors):
            self._scan(vendors, who)
            new |= {"input_postings"}
        stay = building.untouched(self._models, ["coverage"], new)
        building.build(self._db, self._models, ["coverage"], made=stay, published=False)
        return uncovered(self._db)

    def _covers(self, vendors: pl.DataFrame) -> bool:
        """Whether the postings of the last try are here, and hold these vendors'."""
        copies, scanned = self._scanned
        here = (*self._copies, *self._lines)
        return copies == here and scanned.issuperset(vendors["vendor_id"])

    def _scan(self, vendors: pl.DataFrame, who: Identity) -> None:
        keys = who.tables["input_vendor_keys"].join(vendors, on="vendor_id", how="semi")
        database.scan(self._db, "rehearsed_sold", self._copies, POSTINGS, only=keys)
        read = "from rehearsed_sold"
        if self._lines:
            besides = self._wanted_lines.join(vendors, on="vendor_id", how="anti").select("line_id")
            database.scan(self._db, "rehearsed_lines", self._lines, POSTINGS, only=besides)
            read += " union all by name from rehearsed_lines"
        self._db.execute(f"create or replace temp view input_postings as {read}")
        self._scanned = ((*self._copies, *self._lines), frozenset(vendors["vendor_id"]))

    def prepare(self, wanted: pl.DataFrame, lines: pl.DataFrame) -> None:
        """Copy the postings of vendors, and those lines, that are not yet here.

        Each copy looks through all postings: who knows the vendors of several tries names them all.
        A vendor that turns out to need its postings from the first day is copied anew.
        """
        besides = lines.join(self._wanted_lines, on="line_id", how="anti")
        if besides.height:
            database.load(self._build, {"rehearsal_lines": besides})
            self._lines.append(self._copied(_COPIED_LINES))
            self._wanted_lines = pl.concat([self._wanted_lines, besides])
        new = wanted.join(self._wanted, on=["vendor_id", "is_limited"], how="anti")
        new = new.join(self._wanted.filter("is_limited"), on="vendor_id", how="anti")
        again = self._wanted.join(new, on="vendor_id", how="semi")
        if new.is_empty():
            return
        if again.height:  # a vendor's rows would be here twice
            self._copies, new = [], pl.concat([self._wanted, new])
            new = new.group_by("vendor_id").agg(pl.col("is_limited").any()).sort("vendor_id")
            self._wanted = self._wanted.clear()
        database.load(self._build, {"rehearsal_wanted": new})
        self._copies.append(self._copied(_COPIED))
        self._wanted = pl.concat([self._wanted, new])

    def _copied(self, sql: str) -> Path:
        database.share_memory(self._memory, busy=self._build, waiting=self._db)
        copy = self._folder / f"{len(list(self._folder.iterdir()))}.parquet"
        database.write_parquet(self._build, sql, copy)
        return copy

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
