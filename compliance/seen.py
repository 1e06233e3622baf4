"""Has this file changed since we last read it? Checksums of files, kept by their stat.

Knows nothing of what a file holds. A file whose size, inode and both times are as they were is not
read again: the time of the last change of status cannot be set by a program, so a file that was
written to always is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from pathlib import Path

from compliance import files

_GRAIN = 50_000_000  # nanoseconds: more than the clock of any file system


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Seen:
    """The checksums of files, known from the last time where they have not been touched since."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known = signed(file) or {}
        self.now: dict[str, list[object]] = {}

    def sha256(self, path: Path) -> str:
        """Return the checksum of a file, reading it only when it may have changed."""
        stat = path.stat()
        mark = [stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns]
        known = self.known.get(str(path))
        is_same = isinstance(known, list) and known[:-1] == mark
        digest = str(known[-1]) if is_same and isinstance(known, list) else checksum(path)
        self.now[str(path)] = [*mark, digest]
        return digest

    def write(self) -> None:
        """Keep what was seen; not when a file is so fresh that it could change again unseen."""
        if self.now == self.known:
            return
        newest = max((int(str(row[3])) for row in self.now.values()), default=0)
        if time.time_ns() - newest > _GRAIN:
            sign(self.file, dict(self.now))


def sign(file: Path, content: dict[str, object]) -> None:
    """Write JSON with its checksum before it, whole or not at all."""
    text = json.dumps(content, sort_keys=True)  # in ASCII: a file's name may be no UTF-8
    whole = f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}"
    files.write(file, whole.encode(), files.PRIVATE)


def signed(file: Path) -> dict[str, object] | None:
    """Return what `sign` wrote, or None when it is missing or damaged."""
    with contextlib.suppress(OSError, ValueError):
        digest, text = file.read_text("utf-8").split("\n", 1)
        if hashlib.sha256(text.encode()).hexdigest() == digest:
            found = json.loads(text)
            return found if isinstance(found, dict) else None
    return None
