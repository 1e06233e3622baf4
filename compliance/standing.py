"""Does the published database already hold what a build would make?

A build is a pure function of the workspace's inputs and of the program. One that would read the
same bytes with the same program makes the same tables, so it need not run; asking takes a look at
each input, and a reading of what was published. Knows nothing of what any file holds.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from importlib.metadata import requires, version
from pathlib import Path

from compliance import files
from compliance.seen import Seen, checksum, sign, signed
from compliance.shipped import shipped
from compliance.workspace import SETTINGS_FILE, Workspace

_FILE, _SEEN = "standing.json", "standing-seen.json"


def made_of(workspace: Workspace) -> str:
    """Return the digest of everything that a build depends on: every file's name and bytes.

    Files that no reader takes up count too: one too many costs a build, one too few a figure.
    """
    files.make_folder(workspace.output)
    files.make_folder(workspace.cache, files.PRIVATE_FOLDER)
    whole, seen = hashlib.sha256(), Seen(workspace.cache / _SEEN)
    for library in libraries():
        whole.update(f"{library} {version(library)}\n".encode())
    for path in (*_program(), *_inputs(workspace)):
        # Of what is no file, such as a link to a folder, the reader has a word to say.
        content = seen.sha256(path) if path.is_file() else "no file"
        whole.update(os.fsencode(f"{path}\0{content}\n"))
    seen.write()
    return whole.hexdigest()


def libraries() -> tuple[str, ...]:
    """Return the libraries that the program runs on: another release may read or compute otherwise.

    All of them: one that only draws letters costs a build when it changes, one forgotten a figure.
    """
    asked = [line for line in requires("compliance") or () if "extra ==" not in line]
    return tuple(sorted(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in asked))


def keep(workspace: Workspace, made: str) -> None:
    """Write down that what is published was made of this; `made` is of before anything was read.

    Nothing is written down when an input has changed meanwhile: which of the two was read? Nor on
    a disk that takes no more: what is published stands, and the next build only takes its time.
    """
    with contextlib.suppress(OSError):
        if made_of(workspace) == made:
            published = {path.name: checksum(path) for path in _published(workspace)}
            sign(workspace.cache / _FILE, {"made_of": made, "published": published})


def stands(workspace: Workspace) -> bool:
    """Return whether what is published is whole and was made of what is there now."""
    known = signed(workspace.cache / _FILE)
    published = _published(workspace)
    return (
        known is not None
        and all(path.is_file() for path in published)
        and known["made_of"] == made_of(workspace)
        and known["published"] == {path.name: checksum(path) for path in published}
    )


def _published(workspace: Workspace) -> tuple[Path, ...]:
    return workspace.database, workspace.persons


def _program() -> Iterator[Path]:
    package = Path(__file__).resolve().parent
    yield from (path for path in _below(package) if path.suffix != ".pyc")
    yield from _below(shipped("rules"))


def _inputs(workspace: Workspace) -> Iterator[Path]:
    for folder in (
        workspace.rules,
        workspace.ledger,
        workspace.contracts,
        workspace.tenders,
        workspace.orders,
    ):
        yield from _below(folder)
    yield from sorted(workspace.history.glob("closed-*.json"))
    single = (workspace.root / SETTINGS_FILE, workspace.decisions, workspace.persons_key)
    yield from (file for file in single if file.is_file())


def _below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
