"""Parsed once, kept by content: the typed Parquet of each ledger file.

The key is made of the file's bytes, the source profiles, the day its name gives and the parser's
version. An entry is checked against its checksums before it is used; a damaged one is parsed anew.
Deleting the cache costs time, never data. Knows nothing of what the rows mean.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from compliance import files
from compliance.confined import Confined
from compliance.errors import ComplianceError
from compliance.layout import day_from_name
from compliance.profiles import Profile
from compliance.seen import Seen, checksum, sign, signed

# Raise it whenever the same bytes would give other rows.
PARSER_VERSION = "12"
_WORK = ".work-"
_ENTRY, _POSTINGS, _REJECTED = "entry.json", "postings.parquet", "rejected.parquet"


@dataclass(frozen=True)
class Entry:
    """One parsed file: its two Parquet files and what they hold, as `Landed.as_json` gives it."""

    postings: Path
    rejected: Path
    facts: dict[str, object]


class Cache:
    """The entries below one folder. `reads` counts the files that had to be parsed."""

    def __init__(self, folder: Path) -> None:
        files.make_folder(folder.parent)
        files.make_folder(folder, files.PRIVATE_FOLDER)  # its rows are as delivered, names and all
        self.folder = folder / "ledger"
        files.make_folder(self.folder, files.PRIVATE_FOLDER)
        self.reads = 0
        self._seen = Seen(self.folder / "seen.json")

    def entry(self, path: Path, file: str, profiles: Sequence[Profile], room: Confined) -> Entry:
        """Return the entry of a file, parsing it in `room` when there is none that is whole.

        Raises what the parser raises; a refused file leaves no entry.
        """
        key = _key(self._seen.sha256(path), file, profiles)
        folder = self.folder / key[:32]
        found = _whole(folder)
        if found is None:
            self.reads += 1
            self._parse(path, file, profiles, room, folder)
            found = _whole(folder)
            if found is None:
                raise AssertionError(f"the entry {folder.name} is damaged as soon as written")
        return found

    def _parse(
        self, path: Path, file: str, profiles: Sequence[Profile], room: Confined, folder: Path
    ) -> None:
        work = Path(tempfile.mkdtemp(prefix=f"{_WORK}{files.maker()}-", dir=self.folder))
        try:
            facts = room.call("compliance.parse:parse", path, file, tuple(profiles), work)
            sums = {name: checksum(work / name) for name in (_POSTINGS, _REJECTED)}
            text = json.dumps({"facts": facts, "sha256": sums}, ensure_ascii=False, sort_keys=True)
            digest = hashlib.sha256(text.encode()).hexdigest()
            (work / _ENTRY).write_text(f"{digest}\n{text}\n", "utf-8")
            for made in work.iterdir():
                made.chmod(files.PRIVATE)  # as the folder, so that a copy elsewhere is too
            shutil.rmtree(folder, ignore_errors=True)
            work.rename(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def keep(self, used: Sequence[Entry]) -> None:
        """Write down which files were seen, and take away entries that no file uses any more."""
        self._seen.write()
        names = {entry.postings.parent.name for entry in used}
        for folder in self.folder.iterdir():
            if folder.is_dir() and folder.name not in names and not _is_being_made(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_being_made(folder: Path) -> bool:
    """Whether this may be the work of somebody else, such as a `check` beside a build."""
    if not folder.name.startswith(_WORK):
        return False
    return files.is_being_made(folder, folder.name.removeprefix(_WORK).rpartition("-")[0])


def _whole(folder: Path) -> Entry | None:
    """Return an entry whose every byte is as it was written, or None."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        digest, text = (folder / _ENTRY).read_text("utf-8").split("\n", 1)
        if hashlib.sha256(text.rstrip("\n").encode()).hexdigest() != digest:
            return None
        kept = json.loads(text)
        if all(checksum(folder / name) == value for name, value in kept["sha256"].items()):
            return Entry(folder / _POSTINGS, folder / _REJECTED, kept["facts"])
    return None


def _key(sha256: str, file: str, profiles: Sequence[Profile]) -> str:
    # The name counts only where a profile reads a day from it, but which one reads the file is
    # known after parsing: so for each that does.
    parts = [PARSER_VERSION, sha256, Path(file).suffix.lower()]
    for profile in sorted(profiles, key=lambda profile: profile.id):
        parts.append(profile.digest)
        if profile.name_pattern:
            try:
                parts.append(str(day_from_name(profile, file)))
            except ComplianceError:
                parts.append("no day")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class Kept:
    """Small results of reading small files, by content: one JSON file for a whole folder.

    `version` is of the reader that made them. A damaged file is as good as none.
    """

    def __init__(self, folder: Path, name: str, version: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file, self.version = folder / f"{name}.json", version
        found = signed(self.file) or {}
        results = found.get("results") if found.get("version") == version else None
        self.known: dict[str, object] = results if isinstance(results, dict) else {}
        self.now: dict[str, object] = {}
        self.seen = Seen(folder / f"{name}-seen.json")

    def get(self, path: Path, read: Callable[[], object]) -> object:
        """Return the plain values kept for a file's content; `read` makes them when there are none.

        Raises what `read` raises.
        """
        sha256 = self.seen.sha256(path)
        if sha256 not in self.now:
            self.now[sha256] = self.known[sha256] if sha256 in self.known else read()
        return self.now[sha256]

    def write(self) -> None:
        """Keep what was asked for, and nothing else."""
        if self.now.keys() != self.known.keys():
            sign(self.file, {"version": self.version, "results": self.now})
        self.seen.write()
