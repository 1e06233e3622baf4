"""What differs between what DuckDB and Spark have published of one workspace?"""

from __future__ import annotations

from pathlib import Path

import duckdb

from compliance.catalog import CATALOG


def differences(workspace: Path) -> dict[str, str]:
    """What of each published table is not the same in output/spark; nothing when all is."""
    found = {}
    with duckdb.connect(str(workspace / "output" / "compliance.duckdb"), read_only=True) as db:
        for table in CATALOG.tables:
            files = workspace / "output" / "spark" / table / "*.parquet"
            other = f"read_parquet('{files}')"
            types = [db.execute(f"describe from {rows}").fetchall() for rows in (table, other)]
            if [row[:2] for row in types[0]] != [row[:2] for row in types[1]]:
                found[table] = "types"
                continue
            names = ", ".join(f'"{row[0]}"' for row in types[0] if row[0] != "built_at")
            for left, right in ((table, other), (other, table)):
                numbered = [
                    f"select row_number() over () as place, {names} from {rows}"
                    for rows in (left, right)
                ]
                lost = db.execute(f"{numbered[0]} except all {numbered[1]} limit 1").fetchall()
                if lost:
                    found[table] = f"{lost[0]} is not in {right}"
    return found
