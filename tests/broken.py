"""The program with one of its safeguards taken out, to show that a test would notice.

    python tests/broken.py SAFEGUARD COMMAND …

Each function below takes out one safeguard before anything of ours has run.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def in_place() -> None:
    """Publish by writing over the published file."""
    from compliance import files

    @contextlib.contextmanager
    def replacing(target: Path, mode: int = 0o640) -> Iterator[Path]:
        files.make_folder(target.parent)
        yield target
        target.chmod(mode)

    files.replacing = replacing


def no_fsync() -> None:
    """Rename without having flushed the bytes."""
    from compliance import files

    files._settle = lambda path, mode: path.chmod(mode)


def no_masks() -> None:
    """Call nobody a person and mask no text."""
    import polars as pl

    from compliance import personal_numbers

    personal_numbers.mask_text = lambda text, **_: text
    from compliance import masking, persons

    persons.mask_text = masking.mask_text = personal_numbers.mask_text
    masking.mask_rows = lambda rows, _rules: rows
    masking.strangers = lambda values, _rules: masking.masks(values, None)
    masking.masks = lambda values, _names: values.clear().with_columns(
        masked=pl.lit(None, pl.String)
    )

    def classify(vendors: pl.DataFrame, *_: object) -> pl.DataFrame:
        return vendors.with_columns(
            person_class=pl.lit("P0"),
            is_person=pl.lit(value=False),
            person_id=pl.lit(None, pl.String),
            shown_name="vendor_name",
            shown_org_number="org_number",
        )

    persons.classify = classify


def no_order() -> None:
    """Store rows as the threads deliver them, last first."""
    from compliance import building

    execute = building.build

    class Unordered:
        def __init__(self, db: Any) -> None:
            self.db = db

        def execute(self, sql: str, *more: object) -> Any:
            if sql.startswith("create or replace table"):
                sql = re.sub(r"order by [^)]*$", "order by random()", sql)
            return self.db.execute(sql, *more)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.db, name)

    building.build = lambda db, *more, **named: execute(Unordered(db), *more, **named)


def one_thread() -> None:
    """Build on one thread, without a word in compliance.toml, which is an input and so has a name
    in every report.
    """
    from compliance import database

    usual = database.new_database
    database.new_database = lambda *at, **settings: usual(*at, **{**settings, "threads": 1})


def no_lock() -> None:
    """Let every run believe that it is alone."""
    from compliance import lock

    @contextlib.contextmanager
    def free(*_: object, **__: object) -> Iterator[None]:
        yield

    for name in ("held", "locked", "lock", "only_run"):
        if hasattr(lock, name):
            setattr(lock, name, free)


def no_stamps() -> None:
    """Believe the file, whatever its rows are."""
    from compliance import stamps

    stamps.verify = lambda _db, _file: None


def nothing() -> None:
    """Take out no safeguard."""


def main() -> None:
    safeguard, *arguments = sys.argv[1:]
    globals()[safeguard]()
    sys.argv = ["compliance", *arguments]
    from compliance.cli import entry

    entry()


if __name__ == "__main__":
    main()
