"""Which files lie below a delivered folder, and what lies there that cannot be read as one?

A link to a file is the file. A link to a folder is not followed: what lies behind it may change, or
lead back, unseen. Knows no format, and not which of the files are anybody's.
"""

from __future__ import annotations

import os
from pathlib import Path

from compliance.errors import ComplianceError, InputError, Place, raise_all
from compliance.workspace import Workspace

_HIDDEN = (".", "~$")  # of systems, and the locks of open workbooks


def files_below(workspace: Workspace, folder: Path) -> list[Path]:
    """Return the files below a folder, sorted. Raises InputError or Problems: see `listed`."""
    found, errors = listed(workspace, folder)
    raise_all(errors)
    return found


def listed(workspace: Workspace, folder: Path) -> tuple[list[Path], list[ComplianceError]]:
    """Return the files below a folder, sorted, and an error for each thing passed over.

    Hidden files are among them, for the caller to judge; of what else is hidden nothing is said.
    """
    files: list[Path] = []
    errors: list[ComplianceError] = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        fault = _fault(path)
        if fault and not any(part.startswith(_HIDDEN) for part in parts):
            what, fix = fault
            # Signs that are no UTF-8 are shown as backslashes: no other text can hold them.
            name = os.fsencode(workspace.relative(path)).decode("utf-8", "backslashreplace")
            why = "what is passed over would be missing from the figure"
            errors.append(InputError(what, at=Place(name), why=why, fix=fix))
        elif path.is_file() and _is_text("/".join(parts)):
            files.append(path)
    return files, errors


def _fault(path: Path) -> tuple[str, str] | None:
    """Return what is wrong and how to mend it; None of a file or a folder."""
    if not _is_text(path.name):
        return "the name is not written in UTF-8", "rename it; å, ä and ö may be in the name"
    if path.is_symlink() and path.is_dir():
        return (
            "a link to a folder is not followed",
            "put the files themselves, or a folder of real files, there",
        )
    if path.is_file() or path.is_dir():
        return None
    if path.is_symlink():
        return "a link to what is not there", "put the file itself there, or take the link away"
    return "this is no file, but a pipe or a device", "take it out of the folder"


def _is_text(name: str) -> bool:
    """Whether a name can be written anywhere: bytes that are no UTF-8 are half signs in it."""
    return not any("\ud800" <= sign <= "\udfff" for sign in name)
