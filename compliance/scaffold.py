"""What does an empty workspace look like? Lays out the folders and copies what ships.

Never overwrites: a file that is already there is the user's.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from compliance import files
from compliance.errors import InputError, Place
from compliance.shipped import shipped
from compliance.workspace import SETTINGS_FILE

FOLDERS = ("ledger", "contracts", "tenders", "orders", "history", "output")

# How letters leave the house, as it is shown to whoever has not said it yet.
DELIVERY = """\
[delivery]
send = false                            # true: `compliance run` sends too
method = "relay"                        # or "smtp" (with user and password_env) or "folder"
host = "smtp.example.se"
security = "starttls"
from = "inkop@example.se"
allowed_domains = ["example.se"]        # nobody else gets a letter
"""
_COMMENTED = "".join(f"# {line}" for line in DELIVERY.splitlines(keepends=True))

SETTINGS = f"""\
# The workspace of one municipality. Paths are relative to this file.

[organisation]
name = "Vår kommun"          # on every report and letter
org_number = ""              # ten digits; which companies are our own is in rules/groups.toml
municipality = ""            # four digits; which suppliers are local is in rules/groups.toml
language = "sv"              # "sv" or "en": reports and letters unless a department says otherwise

[engine]
threads = 2
memory_limit = "4GB"         # DuckDB spills into output/ beyond this

# A corrected delivery stands instead of an earlier one:
# [ledger]
# replaces = [{{ file = "ledger/2026-03-corrected.csv", replaces = "ledger/2026-03.csv" }}]

# Without it letters are written and none is sent:
{_COMMENTED}"""

DECISIONS_HEADER = (
    "decided_on,decided_by,subject,key,decision,supplier_org_number,contract_id,"
    "valid_from,valid_to,note\n"
)


def scaffold(folder: Path, *, demo: bool) -> None:
    """Make `folder` a workspace; with `demo`, the sample municipality's.

    Raises InputError when it is one already, or when it cannot be written to.
    """
    if (folder / SETTINGS_FILE).exists():
        raise InputError(
            "this folder is a workspace already",
            at=Place(str(folder / SETTINGS_FILE)),
            why="init never overwrites what its owner may have written",
            fix="name another folder; this one is ready: `compliance check` reads what is in it",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FOLDERS:
            (folder / name).mkdir(exist_ok=True, mode=0o750)
        trees = [(shipped("rules"), folder / "rules")]
        if demo:  # whose files replace the shipped ones of the same name
            trees.append((shipped("sample_data") / "workspace", folder))
        _copy(trees)
        is_new = not (folder / "decisions.csv").exists()
        _write_once(folder / SETTINGS_FILE, SETTINGS)
        _write_once(folder / "decisions.csv", DECISIONS_HEADER)
        if is_new:  # keys and notes may name persons: for the owner and the group, as when added
            (folder / "decisions.csv").chmod(files.SHARED)
        _make_key(folder / "persons.key")
    except OSError as error:
        raise InputError(
            "the workspace cannot be written",
            at=Place(str(folder)),
            why=f"{error.strerror}: {error.filename}",
            fix="choose a folder that you may write to and that has room",
        ) from None


def _copy(trees: Sequence[tuple[Path, Path]]) -> None:
    """Copy trees file by file, a later one over an earlier, and none over what was there before."""
    found = [
        (file, target / file.relative_to(source))
        for source, target in trees
        for file in sorted(source.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    ]
    owners = {to for _, to in found if os.path.lexists(to)}
    for file, to in found:
        if to not in owners:
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to)


def _write_once(file: Path, text: str) -> None:
    if not file.exists():
        file.write_text(text, "utf-8", newline="\n")


def _make_key(file: Path) -> None:
    """Write the secret behind pseudonyms: 32 random bytes in hex, readable by the owner only."""
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(secrets.token_hex(32) + "\n")
