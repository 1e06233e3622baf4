"""Was this log altered after it was written? Append-only files whose lines vouch for each other.

One entry a line, as JSON; each carries its number, the digest of the one before and its own. A
line is flushed to the disk before `append` returns, so a kill or a power cut loses at most the line
that was being written, never one that was acknowledged, and a torn last line is told from a
tampered one: the head file beside the log, written after each entry, says how many were whole.

Chosen before SQLite: a log that is only ever added to needs no page, no journal file and no lock
that network folders get wrong; anyone can read it in thirty years; and what was written once is
never touched by the program again. Does not know what the entries mean. Whoever may rewrite every
file in the folder can forge a whole new chain: keep a copy of the head elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from compliance import files
from compliance.errors import ComplianceError, InputError, Place

_START = "0" * 64
_OWN = frozenset({"n", "before", "chain"})
_READINGS, _PAUSE = 4, 0.02  # seconds; an entry is written in less


@dataclass(frozen=True)
class Log:
    """One chained file. `append` is for a process that holds the workspace's lock."""

    path: Path

    @property
    def head(self) -> Path:
        """Return the file that says how many entries there are, and the last one's digest."""
        return self.path.with_name(self.path.name + ".head")

    def append(self, entry: Mapping[str, object]) -> None:
        """Add one entry, durably. Values are what JSON knows; `n`, `before`, `chain` are ours.

        Raises InputError when what stands there does not hold together: nothing is ever added
        to a log that was altered. Raises OSError as the file system does.
        """
        if overlap := _OWN & entry.keys():
            raise ValueError(f"{sorted(overlap)} are the chain's own")
        state = self._whole()
        files.make_folder(self.path.parent)
        # A kill may have left the head one entry behind: two behind would be an alteration.
        self._tell(state.count, state.digest)
        content = {"n": state.count + 1, "before": state.digest, **entry}
        digest = _digest(content)
        line = json.dumps({**content, "chain": digest}, ensure_ascii=False).encode() + b"\n"
        with self._opened(state.length) as descriptor:
            files.append(descriptor.number, line, state.length)
        self._tell(state.count + 1, digest)

    def entries(self) -> tuple[dict[str, object], ...]:
        """Return every whole entry, first first. Raises InputError for an altered log."""
        return self._whole().entries

    def problems(self) -> tuple[ComplianceError, ...]:
        """Say what is wrong with the file, empty when it holds together."""
        try:
            self._whole()
        except InputError as error:
            return (error,)
        return ()

    def _tell(self, count: int, digest: str) -> None:
        told = f"{count} {digest}\n".encode()
        if not self.head.exists() or self.head.read_bytes() != told:
            files.write(self.head, told)

    def _opened(self, length: int) -> _Descriptor:
        is_new = not self.path.exists()
        number = os.open(self.path, os.O_WRONLY | os.O_CREAT, files.SHARED)
        if is_new:
            os.fchmod(number, files.SHARED)
            files.flush_folder(self.path.parent)
        # What a kill left of an entry that nobody was told of; everything before it stays.
        os.ftruncate(number, length)
        os.lseek(number, length, os.SEEK_SET)
        return _Descriptor(number)

    def _whole(self) -> _State:
        """Read log and head; who holds no lock may meet a writer between the two, and reads anew.

        What was altered stays so however often it is read.
        """
        for _ in range(_READINGS - 1):
            try:
                return self._read()
            except InputError:
                time.sleep(_PAUSE)
        return self._read()

    def _read(self) -> _State:
        content = self.path.read_bytes() if self.path.exists() else b""
        count, digest, entries, length = 0, _START, [], 0
        for line in _lines(content):
            if not line.endswith(b"\n"):
                break  # torn: the head decides below whether that can be a crash
            entry = self._checked(line, count + 1, digest)
            count, digest, length = count + 1, str(entry["chain"]), length + len(line)
            entries.append(entry)
        self._held_by_head(count, entries)
        return _State(count, digest, tuple(entries), length)

    def _checked(self, line: bytes, number: int, before: str) -> dict[str, object]:
        try:
            entry = json.loads(line)
        except ValueError:
            raise self._altered(number, "the line is not JSON") from None
        if not isinstance(entry, dict) or not isinstance(entry.get("chain"), str):
            raise self._altered(number, "the line is not an entry")
        content = {name: value for name, value in entry.items() if name != "chain"}
        if entry.get("n") != number:
            raise self._altered(number, f"entry {entry.get('n')} stands where {number} should")
        if entry.get("before") != before:
            raise self._altered(number, "it does not follow from the entry before it")
        if entry["chain"] != _digest(content):
            raise self._altered(number, "its words are not those its digest was taken of")
        # The same entry spelt otherwise (spaces, escapes) is an alteration too.
        if line != json.dumps(entry, ensure_ascii=False).encode() + b"\n":
            raise self._altered(number, "it is spelt otherwise than it was written")
        return entry

    def _held_by_head(self, count: int, entries: list[dict[str, object]]) -> None:
        """A log may be one entry ahead of its head (a kill between the two), never behind it."""
        if not self.head.exists():
            if count > 1:
                raise self._altered(None, f"{self.head.name} is missing")
            return
        told, _, digest = self.head.read_text("ascii", "replace").strip().partition(" ")
        if not told.isdigit():
            raise self._altered(None, f"{self.head.name} cannot be read")
        known = int(told)
        if not known <= count <= known + 1:
            raise self._altered(None, f"it holds {count} entries and {known} were written")
        if known and entries[known - 1]["chain"] != digest:
            raise self._altered(known, f"{self.head.name} has another digest")

    def _altered(self, number: int | None, why: str) -> InputError:
        return InputError(
            "this log was altered after it was written",
            at=Place(f"{self.path.parent.name}/{self.path.name}", number),
            why=why,
            fix="restore the file and its .head from a backup, and find out who changed it",
        )


@dataclass(frozen=True)
class _State:
    count: int
    digest: str
    entries: tuple[dict[str, object], ...]
    length: int


@dataclass(frozen=True)
class _Descriptor:
    number: int

    def __enter__(self) -> _Descriptor:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.number)


def _lines(content: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end + 1
        yield content[start:end]
        start = end


def _digest(content: Mapping[str, object]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
