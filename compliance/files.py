"""How does a file come to stand in its place, whole, durable and readable by the right people?

Written beside its target, flushed, given its mode, renamed, and the folder flushed: whoever looks
sees the old file or the new one, after a kill or a power cut too. Knows nothing of what it writes.

The order write < fsync < rename < fsync(folder) is that of the ALICE study (OSDI 2014); a rename
alone may reach the disk before the bytes it names.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600  # personal data and keys: the owner only
SHARED = 0o640  # published files: the owner and the group, never others
FOLDER = 0o750
PRIVATE_FOLDER = 0o700

_UNFINISHED = ".unfinished"
_DAY = 86_400


@contextmanager
def replacing(target: Path, mode: int = SHARED) -> Iterator[Path]:
    """Give the path to write; when the block succeeds, the file there takes the target's place.

    The path does not exist yet and lies in the target's own folder, which is made when missing.
    It is this process's own: of two that write one target at once, each puts a whole file in its
    place. When the block fails nothing is left behind and the target is as it was. Modes hold under
    any umask. Raises OSError as the file system does (full disk, failed flush).
    """
    make_folder(target.parent)
    unfinished = unfinished_of(target)
    for path in _left_of(target):
        remove(path)
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
    unfinished = unfinished_of(target)
    for path in _left_of(target):
        remove(path)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        _settle(unfinished, mode)
        target.hardlink_to(unfinished)  # unlike a rename, refuses to replace
    finally:
        remove(unfinished)
    flush_folder(target.parent)


def append(descriptor: int, content: bytes, size: int) -> None:
    """Write at the end of a file that is `size` long, and flush.

    Raises OSError as the file system does; what was written in part is taken back then.
    """
    try:
        done = 0
        while done < len(content):  # a full disk may take a part, and say so only to the next
            done += os.write(descriptor, content[done:])
        os.fsync(descriptor)
    except BaseException:
        os.ftruncate(descriptor, size)
        raise


def make_folder(folder: Path, mode: int = FOLDER) -> None:
    """Make the folder and those above it, each new one with this mode under any umask."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=mode, exist_ok=True)
        path.chmod(mode)


def unfinished_of(target: Path) -> Path:
    """Return where this process writes what is to take the target's place."""
    return target.with_name(f".{target.name}.{maker()}{_UNFINISHED}")


def maker() -> str:
    """Return this process's name, for what it leaves behind when it is killed."""
    return maker_here(os.getpid())


def maker_here(process: int | str) -> str:
    """Return the name of a process of this machine."""
    return f"{process}@{socket.gethostname()[:32]}"


def is_being_made(path: Path, by: str) -> bool:
    """Whether somebody else, the process of that name, may still be at work on the path.

    Another machine's processes are not seen from here: what they made is left over after a day.
    """
    process, _, host = by.partition("@")
    if not process.isdigit() or by == maker():
        return False  # of ours there is nothing yet: a process of an earlier day had our number
    if host == maker().partition("@")[2]:
        return _lives(int(process))
    try:
        return time.time() - path.stat().st_mtime < _DAY
    except FileNotFoundError:
        return False


def sweep(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Remove what killed runs left in these folders (not below them); return what it was.

    What a process that lives is writing stays.
    """
    left = sorted(path for folder in folders if folder.is_dir() for path in _left_in(folder))
    for path in left:
        remove(path)
    return tuple(left)


def _left_of(target: Path) -> list[Path]:
    """What dead processes, and this one before, left of a target that they did not finish."""
    return [path for path in _left_in(target.parent) if path.name.startswith(f".{target.name}.")]


def _left_in(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.iterdir()
        if path.name.startswith(".")
        and _UNFINISHED in path.name
        and not is_being_made(path, _maker_of(path.name))
    ]


def _maker_of(name: str) -> str:
    """`.compliance.duckdb.123@host.unfinished.wal` -> `123@host`; a host's name may have dots."""
    before, _, host = name.partition(_UNFINISHED)[0].partition("@")
    return f"{before.rpartition('.')[2]}@{host}"


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # another user's
    return True


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
