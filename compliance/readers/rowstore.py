"""A JSON list of flat objects, bare or as the `results` of an open-data rowstore.

The first object's keys are the header. Knows JSON; numbers are kept as written, never as floats.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from compliance.errors import InputError, Place
from compliance.profiles import Profile
from compliance.readers import Block, Head, Spoiled, Tally
from compliance.readers.encodings import Letters

LARGEST = 500 << 20
_BLOCK_ROWS = 50_000
_HALF = re.compile("[\ud800-\udfff]")  # of a sign written in two; alone it is no text


class _Number(str):
    """A JSON number as its own text."""

    __slots__ = ()


@dataclass
class Rowstore:
    """One JSON file, read. `objects` are lists of (key, value), so that a doubled key is seen."""

    file: str
    sha256: str
    objects: list[object]
    garbled: int = 0

    @classmethod
    def open(cls, path: Path, file: str) -> Rowstore:
        """Read a file whole. Raises InputError when it is not a complete list of flat objects."""
        raw = path.read_bytes()

        def refuse(what: str, why: str = "", fix: str = "download the data set anew") -> InputError:
            return InputError(what, at=Place(file), why=why, fix=fix)

        if len(raw) > LARGEST:
            raise refuse("the file is larger than 500 MB", fix="deliver it as text (CSV)")
        try:
            data = json.loads(
                raw.decode("utf-8-sig"),
                object_pairs_hook=_Pairs,
                parse_float=_Number,
                parse_int=_Number,
                parse_constant=_Number,
            )
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise refuse("the file is not whole JSON in UTF-8", str(error)[:120]) from None
        letters = Letters()
        letters.add(raw.decode("utf-8-sig"))
        letters.refuse_garbled(file)
        if isinstance(data, _Pairs):
            keys = [key for key, _ in data]
            for key in ("results", "resultCount"):
                if keys.count(key) > 1:
                    raise refuse(f"`{key}` stands twice", "one of the two would be passed over")
            found = dict(data)
            results, count = found.get("results"), found.get("resultCount")
            if isinstance(results, list) and count is not None and str(count) != str(len(results)):
                raise refuse(
                    f"the file holds {len(results)} of {count} rows",
                    "it is one page of the data set",
                    "download all rows into one file",
                )
            data = results
        if not isinstance(data, list) or not data or not isinstance(data[0], _Pairs):
            raise refuse("the file holds no list of rows")
        return cls(file, hashlib.sha256(raw).hexdigest(), data, letters.garbled)

    def head(self) -> Head:
        """Give the first object's keys. A byte-order mark inside the first one does not count."""
        first = self.objects[0]
        assert isinstance(first, _Pairs)
        return Head(0, tuple(_key(key) for key, _ in first))

    def bound(self, profile: Profile) -> Rows:
        """Return the table that writes numbers as `profile` does."""
        return Rows(self, profile.decimal)


class _Pairs(list[tuple[str, object]]):
    """The members of one JSON object, in order."""


def _key(key: str) -> str:
    return _HALF.sub("\ufffd", key.replace("\ufeff", "").strip())


@dataclass
class Rows:
    """The objects as rows; object n is row n."""

    store: Rowstore
    decimal: str
    tally: Tally = field(default_factory=Tally)

    def blocks(self, head: Head, positions: tuple[int, ...]) -> Iterator[Block]:
        """Give the rows; one with other keys than the first, or a nested value, is spoiled."""
        objects = self.store.objects
        self.tally.lines = len(objects)
        self.tally.garbled_cells = self.store.garbled
        for start in range(0, len(objects), _BLOCK_ROWS):
            yield self._block(objects[start : start + _BLOCK_ROWS], start, head, positions)

    def _block(
        self, objects: list[object], start: int, head: Head, positions: tuple[int, ...]
    ) -> Block:
        out, raws, spoiled = [], [], []
        for number, item in enumerate(objects, start=start + 1):
            cells, fault = self._cells(item, head)
            if fault:
                spoiled.append(Spoiled(number, None, fault, str(item)[:4000]))
            else:
                out.append([number, *(cells[position] for position in positions)])
                raws.append(_raw(cells))
        schema = {"row": pl.Int64, **{str(p): pl.String for p in positions}}
        frame = pl.DataFrame(out, schema=schema, orient="row")
        return Block(frame, pl.Series("raw", raws, dtype=pl.String), tuple(spoiled))

    def _cells(self, item: object, head: Head) -> tuple[list[str], str]:
        if not isinstance(item, _Pairs):
            return [], "the row is no object"
        found = {_key(key): value for key, value in item}
        if len(found) < len(item):
            return [], "a key stands twice in the row"
        if found.keys() != set(head.names):
            odd = sorted(found.keys() ^ set(head.names))
            return [], f"the row's keys differ from the first row's: {', '.join(odd)[:80]}"
        cells = []
        for name in head.names:
            value = found[name]
            if isinstance(value, _Number):
                cells.append(value.replace(".", self.decimal))
            elif isinstance(value, bool):
                cells.append("TRUE" if value else "FALSE")
            elif isinstance(value, str) and "\x00" in value:
                return [], f"there is a NUL in `{name}`"
            elif isinstance(value, str) and _HALF.search(value):
                return [], f"there is half a sign in `{name}`"
            elif value is None or isinstance(value, str):
                cells.append(value or "")
            else:
                return [], f"`{name}` holds a list or an object"
        return cells, ""


def _raw(cells: list[str]) -> str:
    return ";".join(
        '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ';"\n\r') else cell
        for cell in cells
    )
