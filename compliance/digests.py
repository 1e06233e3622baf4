"""Which inputs made this figure? A digest of file contents, by name and bytes.

With the digest of the rules (rules.py) it names what a figure was made from. Who may be shown, and
how closed months compare, depends on persons.key and history/ as well: see standing.py.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from compliance import files
from compliance.seen import Seen
from compliance.workspace import SETTINGS_FILE, Workspace


def inputs_digest(workspace: Workspace) -> str:
    """Return the digest of what was delivered, the decisions and the settings.

    The settings count too: they say which delivery stands instead of another.
    """
    folders = (workspace.ledger, workspace.contracts, workspace.tenders, workspace.orders)
    delivered = [file for folder in folders for file in _files(folder)]
    single = [workspace.decisions, workspace.root / SETTINGS_FILE]
    present = [*delivered, *(file for file in single if file.is_file())]
    files.make_folder(workspace.output)
    files.make_folder(workspace.cache, files.PRIVATE_FOLDER)
    seen = Seen(workspace.cache / "inputs-seen.json")
    digest = _digest(((workspace.relative(file), file) for file in present), seen)
    seen.write()
    return digest


def _files(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )


def _digest(named: Iterable[tuple[str, Path]], seen: Seen) -> str:
    """Digest (name, file digest) pairs, so that moving bytes between files is a change."""
    whole = hashlib.sha256()
    for name, file in sorted(named):
        whole.update(os.fsencode(f"{name}\0{seen.sha256(file)}\n"))
    return whole.hexdigest()
