"""Which ledger files are delivered again under new vouchers? Asked before anything is built.

The model `work_repeated_deliveries` says it, for the build too; here it is made alone, in a
database that is thrown away. Refuses nothing: whether both files stand is for a person to say.
"""

from __future__ import annotations

from collections.abc import Sequence

from compliance import building, database
from compliance.inputs import source_files
from compliance.layout import POSTINGS
from compliance.ledger import LedgerFile
from compliance.workspace import Workspace


def repeated(workspace: Workspace, ledger: Sequence[LedgerFile]) -> list[str]:
    """Say of each file most of whose rows another file holds which two they are, and how much."""
    if len(ledger) < 2:
        return []
    settings, spill = workspace.settings, workspace.output / "spill"
    with (
        database.scratch(spill) as path,
        database.new_database(
            path, spill, threads=settings.threads, memory_limit=settings.memory_limit
        ) as db,
    ):
        database.scan(db, "input_postings", [file.postings for file in ledger], POSTINGS)
        database.load(db, {"input_source_files": source_files(ledger)})
        building.build(
            db, database.sql_files("models"), ["work_repeated_deliveries"], published=False
        )
        found = database.rows(db, "select * from work_repeated_deliveries order by path")
    return [
        f"warning: {row['path']}: {row['row_count']} of its {row['rows_loaded']} rows "
        f"({row['amount_sek']:,.2f} SEK) are also in {row['earlier_path']}: same vendor, invoice "
        "number and amount under other vouchers or days, and counted twice; fix: take one of the "
        "two away, or say in compliance.toml which one stands: [ledger] replaces = "
        f'[{{ file = "{row["path"]}", replaces = "{row["earlier_path"]}" }}]'
        for row in found
    ]
