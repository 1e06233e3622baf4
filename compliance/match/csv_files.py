"""Two plain CSV files to match, for trials outside a workspace: no ledger, no register."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from compliance.errors import InputError, Place, nearest, raise_all

_VENDOR = {"vendor_id": ("vendor_id", "vendor_key", "id"), "vendor_name": ("vendor_name", "name")}
_SUPPLIER = {
    "supplier_id": ("supplier_id", "supplier_key", "id"),
    "supplier_name": ("supplier_name", "name"),
}
_OPTIONAL = ("org_number", "city")


def read_world(folder: Path, *, with_numbers: bool = True) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read vendors.csv and suppliers.csv of a folder; see read_pair."""
    return read_pair(folder / "vendors.csv", folder / "suppliers.csv", with_numbers=with_numbers)


def read_pair(
    vendors: Path, suppliers: Path, *, with_numbers: bool = True
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the two files, all columns as text.

    Columns: vendor_id or vendor_key, name or vendor_name; supplier_id or supplier_key, name or
    supplier_name; and when there are such columns org_number and city. Raises InputError.
    """
    return _read(vendors, _VENDOR, with_numbers), _read(suppliers, _SUPPLIER, with_numbers)


def _read(path: Path, wanted: dict[str, tuple[str, ...]], with_numbers: bool) -> pl.DataFrame:  # noqa: FBT001 - passed on
    if not path.is_file():
        raise InputError("there is no such file", at=Place(str(path)), fix="check the path")
    frame = pl.read_csv(path, infer_schema=False, glob=False)
    missing = []
    for name, spellings in wanted.items():
        found = next((spelling for spelling in spellings if spelling in frame.columns), None)
        if found is None:
            missing.append(
                InputError(
                    f"there is no column `{name}`",
                    at=Place(path.name, 1),
                    fix=nearest(name, frame.columns),
                )
            )
        else:
            frame = frame.rename({found: name})
    raise_all(missing)
    absent = [pl.lit(None, pl.String).alias(c) for c in _OPTIONAL if c not in frame.columns]
    frame = frame.with_columns(absent)
    return frame if with_numbers else frame.with_columns(org_number=pl.lit(None, pl.String))
