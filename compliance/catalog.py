"""What does each public table and column mean? The data dictionary, read from catalog.toml.

Knows words and types only; imports neither polars nor duckdb.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Column:
    """One column: its DuckDB type, and what it means in every table that has it."""

    type: str
    about: str
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """One public table: what a row is, the columns that make it unique, and all its columns."""

    about: str
    grain: tuple[str, ...]
    columns: tuple[str, ...]
    meanings: Mapping[str, str]  # where the public contract gives one name two meanings


@dataclass(frozen=True)
class Catalog:
    """The whole dictionary."""

    tables: Mapping[str, Table]
    columns: Mapping[str, Column]
    subjects: Mapping[str, Mapping[str, str]]  # unpublished, for finding rules: columns and types

    def types(self, table: str) -> Mapping[str, str]:
        """Return the columns of a published table, or of a subject, with their DuckDB types."""
        if table in self.subjects:
            return self.subjects[table]
        return {column: self.columns[column].type for column in self.tables[table].columns}

    def about(self, table: str, column: str) -> str:
        """Return what the column means in this table, with its unit."""
        entry = self.columns[column]
        about = self.tables[table].meanings.get(column, entry.about)
        return f"{about} Unit: {entry.unit}." if entry.unit else about


def _read() -> Catalog:
    data = tomllib.loads(files("compliance").joinpath("catalog.toml").read_text("utf-8"))
    return Catalog(
        tables={
            name: Table(
                entry["about"],
                tuple(entry["grain"]),
                tuple(entry["columns"]),
                entry.get("meanings", {}),
            )
            for name, entry in data["tables"].items()
        },
        columns={name: Column(**entry) for name, entry in data["columns"].items()},
        subjects={
            name: {column: kind for column, kind in entry.items() if column != "about"}
            for name, entry in data["subjects"].items()
        },
    )


CATALOG = _read()
