"""Which ledger files were delivered, and which of them stand?

A newer file may stand instead of an older one, where the settings say so (`[ledger] replaces`).
Knows no file's content.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Set
from pathlib import Path, PurePosixPath

from compliance.errors import ComplianceError, Place, RuleError, nearest
from compliance.invoices import invoice_paths
from compliance.listing import listed
from compliance.workspace import Workspace

_NO_FILES = frozenset({"thumbs.db", "desktop.ini"})  # left by the file manager
# Folders of ledger/ with rooms of their own, in any case: invoices.py and sie.py.
OTHER_FOLDERS = frozenset({"peppol", "sie"})


def ledger_paths(workspace: Workspace) -> tuple[list[Path], list[ComplianceError]]:
    """Return the workspace's ledger files, sorted; hidden files and lock files are no files.

    And an error for each thing below the folder that no list of files takes up, invoices' and SIE
    files' folders included.
    """
    folder = workspace.ledger
    paths = []
    found, errors = listed(workspace, folder)
    for path in found:
        parts = path.relative_to(folder).parts
        if any(part.startswith((".", "~$")) for part in parts):
            continue
        if parts[0].lower() in OTHER_FOLDERS and len(parts) > 1:
            continue
        if path.name.lower() in _NO_FILES:
            continue
        paths.append(path)
    # Invoices alone are a ledger too; beside one they only enrich it.
    alone = [path for path in invoice_paths(workspace) if path.suffix.lower() == ".xml"]
    return paths or alone, errors


def standing_paths(workspace: Workspace) -> tuple[list[Path], list[ComplianceError]]:
    """Return the files that are not replaced, and what is wrong with the declarations."""
    paths, errors = ledger_paths(workspace)
    names = {workspace.relative(path) for path in paths}
    replaced = set()
    for entry in workspace.settings.replaces:
        misread = [
            RuleError(
                f"[ledger] replaces: there is no file {name}",
                at=Place("compliance.toml", column="replaces"),
                why="the entry would replace nothing, and both files' postings would count",
                fix=f"did you mean `{meant}`? Write it so, with `/`",
            )
            for name in (entry.file, entry.replaces)
            if (meant := _otherwise_written(name, names))
        ]
        if misread:
            errors += misread
            continue
        if not {entry.file, entry.replaces} & names:
            continue  # both were forgotten (`compliance forget`): nothing stands or falls with it
        if entry.file not in names:
            errors.append(
                RuleError(
                    f"[ledger] replaces: there is no file {entry.file}",
                    at=Place("compliance.toml", column="replaces"),
                    why=f"it would stand instead of {entry.replaces}",
                    fix=nearest(entry.file, names) if names else "deliver the file",
                )
            )
        elif entry.file == entry.replaces:
            errors.append(
                RuleError(
                    f"[ledger] replaces: {entry.file} would replace itself",
                    at=Place("compliance.toml", column="replaces"),
                    why="its postings would be in no figure",
                    fix="name the older file in `replaces`",
                )
            )
        else:
            replaced.add(entry.replaces)
    standing = [path for path in paths if workspace.relative(path) not in replaced]
    if paths and not standing and not errors:
        errors.append(
            RuleError(
                "[ledger] replaces: no file is left",
                at=Place("compliance.toml", column="replaces"),
                why="the files replace each other in a circle",
                fix="let the newest file stand",
            )
        )
    return standing, errors


def unmet_replacements(workspace: Workspace) -> list[str]:
    """Say which entries of `replaces` name no older file: forgotten since, or misspelt."""
    names = {workspace.relative(path) for path in ledger_paths(workspace)[0]}
    cure = "remove the entry if it is gone for good, else name it as the folder has it"
    told = []
    for entry in workspace.settings.replaces:
        if entry.replaces not in names and not _otherwise_written(entry.replaces, names):
            others = names - {entry.file} if entry.file in names else ()
            fix = nearest(entry.replaces, others, cure)
            told.append(
                f"warning: compliance.toml, key `replaces`: there is no file {entry.replaces}, "
                f"and {entry.file} replaces nothing; fix: {fix}"
            )
    return told


def _otherwise_written(name: str, names: Set[str]) -> str:
    """Return the file that a name means in another case, with backslashes or without its folders.

    Empty for a name that stands so in the folder, and for one that no file or more than one has.
    Names that differ by a letter are let be: those of two months do, and one may be forgotten.
    """
    if name in names:
        return ""
    said = _parts(name)
    meant = [one for one in sorted(names) if said and _parts(one)[-len(said) :] == said]
    return meant[0] if len(meant) == 1 else ""


def _parts(name: str) -> tuple[str, ...]:
    way = unicodedata.normalize("NFC", name).casefold().replace("\\", "/")
    return PurePosixPath(way).parts
