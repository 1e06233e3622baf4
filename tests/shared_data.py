"""Where the real files lie that some tests read; they are never part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared(name: str) -> Path:
    """Return a folder or file of the real data, or skip the test, visibly, without it."""
    folder = Path(os.environ.get("COMPLIANCE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    path = folder / name
    if not path.exists():
        pytest.skip(f"needs the real file {name} (folder ../shared/data)")
    return path
