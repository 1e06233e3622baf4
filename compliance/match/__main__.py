"""Match two CSV files, outside any workspace.

    python -m compliance.match VENDORS.csv SUPPLIERS.csv [--no-numbers] > matches.csv

VENDORS.csv: vendor_id or vendor_key, name; SUPPLIERS.csv: supplier_id or supplier_key, name; both
with org_number and city when known. Writes vendor_id, supplier_id, outcome, probability: every
vendor once; for `none` the supplier is empty.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sys
from decimal import Decimal
from pathlib import Path

import polars as pl

from compliance.errors import ComplianceError, Problems
from compliance.match.csv_files import read_pair
from compliance.match.matching import match_vendors
from compliance.match.settings import read_settings


def main(arguments: list[str]) -> int:
    """Run; returns the exit code as `compliance` does: 0, or that of the error."""
    parser = argparse.ArgumentParser(prog="python -m compliance.match", description=__doc__)
    parser.add_argument("vendors", type=Path)
    parser.add_argument("suppliers", type=Path)
    parser.add_argument("--no-numbers", action="store_true", help="match by names only")
    asked = parser.parse_args(arguments)
    try:
        frames = read_pair(asked.vendors, asked.suppliers, with_numbers=not asked.no_numbers)
        vendors = frames[0].with_columns(
            is_person=pl.lit(value=False),
            is_usable=pl.lit(value=True),
            amount_sek=pl.lit(Decimal(0)).cast(pl.Decimal(18, 2)),
        )
        found = match_vendors(vendors, frames[1], read_settings())
    except (ComplianceError, Problems) as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    columns = ("vendor_id", "supplier_id", "outcome", "probability")
    sys.stdout.write(found.vendor_matches.select(columns).write_csv())
    return 0


def entry() -> None:
    """Run the command line and leave with its exit code."""
    # What is made here lives until the end: to look for cycles in it, and then to take it down
    # piece by piece, would take a sixth of the time of 10,000 vendors.
    gc.disable()
    code = main(sys.argv[1:])
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    entry()
