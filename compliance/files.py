"""How does a file come to stand in its place, whole, durable and readable by the right people?

Written beside its target, flushed, given its mode, renamed, and the folder flushed: whoever looks
sees the old file or the new one, after a kill or a power cut too. Knows nothing of what it writes.

The order write < fsync < rename < fsync(folder) is that of the ALICE study (OSDI 2014); a rename
alone may reach the disk before the bytes it names.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600  # personal data and keys: the owner only
SHARED = 0o640  # published files: the owner and the group, never others
FOLDER = 0o750
PRIVATE_FOLDER = 0o700

_UNFINISHED = ".unfinished"


@contextmanager
def replacing(target: Path, mode: int = SHARED) -> Iterator[Path]:
    """Give the path to write; when the block succeeds, the file there takes the target's place.

    The path does not exist yet and lies in the target's own folder, which is made when missing.
    When the block fails nothing is left behind and the target is as it was. Modes hold under any
    umask. Raises OSError as the file system does (full disk, failed flush).
    """
    make_folder(target.parent)
    unfinished = target.with_name(f".{target.name}{_UNFINISHED}")
    remove(unfinished)
    try:
        yield unfinished
        _settle(unfinished, mode)
        # A killed writer's log of the old file: the new one would not open with it beside.
        _log_of(target).unlink(missing_ok=True)
        unfinished.replace(target)
    except BaseException:
        remove(unfinished)
        raise
    flush_folder(target.parent)


def write(target: Path, content: bytes, mode: int = SHARED) -> None:
    """Put `content` in the target's place, atomically."""
    with replacing(target, mode) as unfinished:
        # Made with the final mode: a file that is private at last is never readable on its way.
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)


def write_once(target: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Write a file that must not exist yet. Raises FileExistsError when it does.

    Of two processes that try at once, one wins and the other is told.
    """
    unfinished = target.with_name(f".{target.name}.{os.getpid()}{_UNFINISHED}")
    remove(unfinished)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        _settle(unfinished, mode)
        target.hardlink_to(unfinished)  # unlike a rename, refuses to replace
    finally:
        remove(unfinished)
    flush_folder(target.parent)


def make_folder(folder: Path, mode: int = FOLDER) -> None:
    """Make the folder and those above it, each new one with this mode under any umask."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=mode, exist_ok=True)
        path.chmod(mode)


def sweep(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Remove what killed runs left in these folders (not below them); return what it was.

    For the start of a run that holds the workspace's lock: it would take the unfinished file of
    a run still at work as well.
    """
    left = sorted(
        path
        for folder in folders
        if folder.is_dir()
        for path in folder.iterdir()
        if path.name.startswith(".") and _UNFINISHED in path.name
    )
    for path in left:
        remove(path)
    return tuple(left)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all below it, and DuckDB's log beside it; or do nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
        _log_of(path).unlink(missing_ok=True)


def _log_of(path: Path) -> Path:
    """Where DuckDB keeps what is written but not yet in the file."""
    return path.with_name(path.name + ".wal")


def flush_folder(folder: Path) -> None:
    """Make the folder's entries durable: a renamed file's name is one of them."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _settle(path: Path, mode: int) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
