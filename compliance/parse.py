"""What the confined child runs: one file in, two Parquet files and their facts out."""

from __future__ import annotations

from pathlib import Path

from compliance.extract import extract
from compliance.invoices import land_invoice
from compliance.landing import land
from compliance.profiles import Profile


def parse(path: Path, file: str, profiles: tuple[Profile, ...], folder: Path) -> dict[str, object]:
    """Recognise and land one ledger file. Raises InputError when it cannot be trusted."""
    if path.suffix.lower() == ".xml":
        return land_invoice(path, file, folder)
    return land(extract(path, file, profiles), file, folder).as_json()
