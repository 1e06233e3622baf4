"""From models to tables: what is read through is never stored, and keeps what it reads."""

from __future__ import annotations

from pathlib import Path

from compliance import building, database

MODELS = {
    "work_lines": "select 1 as line_id",
    "work_line_lots": "select work_lines.line_id from work_lines",
    "work_line_contracts": "select work_line_lots.line_id from work_line_lots",
    "work_line_states": "select work_line_contracts.line_id from work_line_contracts",
}


def test_a_passing_table_stays_until_what_reads_it_through_others_is_made(tmp_path: Path) -> None:
    with database.new_database(
        tmp_path / "new.duckdb", tmp_path / "spill", threads=1, memory_limit="200MB"
    ) as db:
        building.build(db, MODELS, passing=["work_lines"])
        kept = db.execute("select table_name from duckdb_tables()").fetchall()
        assert (kept, db.execute("from work_line_states").fetchall()) == (
            [("work_line_states",)],
            [(1,)],
        )


def test_what_reads_a_changed_table_through_others_does_not_stay() -> None:
    models = {**MODELS, "work_holidays": "select day from input_holidays"}
    models["work_line_contracts"] = "select line_id from work_line_lots cross join input_holidays"

    stay = building.untouched(models, ["work_line_states", "work_holidays"], ["input_holidays"])

    assert stay == {"work_lines", "work_line_lots"}
