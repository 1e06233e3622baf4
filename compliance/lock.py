"""Is somebody else at work in this workspace? One batch at a time, and the others are told whose.

The kernel holds the lock and drops it when its holder dies, however that happens; the file only
says who it is. A record lock and not `flock`: a child process that outlives a killed batch does not
keep it. On a network folder the lock is as good as the server's.

The file lies in output/, where all lies that the program writes. Whoever removes that folder while
a run is at work takes the lock away with the run's other files: the run fails, and the journal
keeps what it had sent.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from compliance import files
from compliance.errors import Place, RuleError
from compliance.workspace import Workspace

FILE = ".lock"
_PATIENCE = 1.0  # seconds to wait for a holder that has the lock and has not yet said its name

# A record lock does not keep its own process out, and is lost when that process closes the file
# anywhere: the second attempt within one process must never reach the file.
_held_here: set[Path] = set()


@dataclass(frozen=True)
class Holder:
    """Who has, or had, the workspace."""

    pid: int
    host: str
    started: str  # ISO, UTC

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.started}"


@contextmanager
def held(workspace: Workspace) -> Iterator[Holder | None]:
    """Hold the workspace for the length of the block.

    Gives the holder that died in its work, if the last one did. Raises RuleError, within about a
    second, naming who works here already.
    """
    path = workspace.output / FILE
    if path in _held_here:
        here = Holder(os.getpid(), socket.gethostname(), "a moment ago")
        raise _busy(workspace.relative(path), here)
    files.make_folder(workspace.output)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, files.SHARED)
    try:
        _take(descriptor, workspace.relative(path))
        _held_here.add(path)
        if os.fstat(descriptor).st_uid == os.geteuid():
            os.fchmod(descriptor, files.SHARED)  # whatever the umask: the group may take it in turn
        try:
            died = _named(descriptor)
            _write(descriptor, json.dumps(asdict(_self())))
            yield died
            # Only a holder that got here leaves the file empty: one that died left its name.
            _write(descriptor, "")
        except Exception:  # its work failed, its life did not: the next holder is told of no death
            _write(descriptor, "")
            raise
        finally:
            _held_here.discard(path)
    finally:
        os.close(descriptor)


def _take(descriptor: int, file: str) -> None:
    """Take the lock, or raise RuleError with the holder's name."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            holder = _named(descriptor)
            if holder is None and time.monotonic() < deadline:
                time.sleep(0.02)
                continue
            raise _busy(file, holder) from None
        return


def _busy(file: str, holder: Holder | None) -> RuleError:
    return RuleError(
        "another run is at work in this workspace",
        at=Place(file),
        why=f"it is held by {holder or 'a run that has not yet said its name'}",
        fix="wait until it has ended; a run that died leaves nothing that must be removed",
    )


def _self() -> Holder:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    return Holder(os.getpid(), socket.gethostname(), started)


def _named(descriptor: int) -> Holder | None:
    text = os.pread(descriptor, 4096, 0)
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):
        return None


def _write(descriptor: int, text: str) -> None:
    content = text.encode()
    os.pwrite(descriptor, content, 0)
    os.ftruncate(descriptor, len(content))
    os.fsync(descriptor)
