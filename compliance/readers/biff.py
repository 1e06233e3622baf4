"""Which cells of an old .xls hold an error? The cell reader shows them as empty.

Walks the records of the workbook stream (MS-CFB for the container, MS-XLS for the records) and
reads nothing else of them. What it cannot walk is refused.
"""

from __future__ import annotations

import struct
from pathlib import Path

from compliance.errors import InputError, Place
from compliance.readers.archive import BadCell

_END, _FREE = 0xFFFFFFFE, 0xFFFFFFFF
_BOF, _EOF, _SHEET, _FORMULA, _ERROR = 0x0809, 0x000A, 0x0085, 0x0006, 0x0205


def error_cells(path: Path, file: str, sheet: str) -> list[BadCell]:
    """Return the error cells of one sheet. Raises InputError when the records cannot be walked."""
    try:
        stream = _workbook_stream(path.read_bytes())
        start = _sheets(stream)[sheet]
        return _errors(stream, start)
    except (struct.error, IndexError, KeyError, ValueError) as error:
        raise InputError(
            "the workbook is damaged or protected",
            at=Place(file),
            why=f"its records cannot be walked: {type(error).__name__}",
            fix="open it in Excel and save it as a new .xlsx",
        ) from None


def _workbook_stream(raw: bytes) -> bytes:
    size = 1 << struct.unpack_from("<H", raw, 30)[0]
    fat_count, directory = (
        struct.unpack_from("<I", raw, 44)[0],
        struct.unpack_from("<I", raw, 48)[0],
    )
    cutoff, mini_start = struct.unpack_from("<I", raw, 56)[0], struct.unpack_from("<I", raw, 60)[0]
    more, more_count = struct.unpack_from("<II", raw, 68)
    if size not in (512, 4096):
        raise ValueError("sector size")

    def sector(number: int) -> bytes:
        return raw[(number + 1) * size : (number + 2) * size]

    parts = list(struct.unpack_from("<109I", raw, 76))
    for _ in range(more_count):
        numbers = struct.unpack(f"<{size // 4}I", sector(more))
        parts += numbers[:-1]
        more = numbers[-1]
    fat = [n for p in parts[:fat_count] for n in struct.unpack(f"<{size // 4}I", sector(p))]

    def chain(start: int, table: list[int]) -> list[int]:
        found: list[int] = []
        while start not in (_END, _FREE):
            found.append(start)
            if len(found) > len(table):
                raise ValueError("a chain without end")
            start = table[start]
        return found

    entries = b"".join(map(sector, chain(directory, fat)))
    root_start, stream_start, stream_size = -1, -1, 0
    for at in range(0, len(entries), 128):
        length = struct.unpack_from("<H", entries, at + 64)[0]
        name = entries[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        start, octets = struct.unpack_from("<II", entries, at + 116)
        if entries[at + 66] == 5:
            root_start = start
        elif name in ("Workbook", "Book"):
            stream_start, stream_size = start, octets
    if stream_start < 0:
        raise ValueError("no workbook stream")
    if stream_size >= cutoff:
        return b"".join(map(sector, chain(stream_start, fat)))[:stream_size]
    mini = b"".join(map(sector, chain(root_start, fat)))
    table = [n for p in chain(mini_start, fat) for n in struct.unpack(f"<{size // 4}I", sector(p))]
    return b"".join(mini[n * 64 : n * 64 + 64] for n in chain(stream_start, table))[:stream_size]


def _sheets(stream: bytes) -> dict[str, int]:
    """Return where each sheet's records start, by name."""
    found: dict[str, int] = {}
    at = 0
    while True:
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _EOF:
            return found
        if kind == _SHEET:
            start, letters, flags = struct.unpack_from("<IxxBB", stream, at + 4)
            wide = bool(flags & 1)
            text = stream[at + 12 : at + 12 + letters * (2 if wide else 1)]
            found[text.decode("utf-16-le" if wide else "latin-1")] = start
        at += 4 + length


def _errors(stream: bytes, at: int) -> list[BadCell]:
    found: list[BadCell] = []
    depth = 0
    while True:
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return found
        elif kind in (_ERROR, _FORMULA):
            row, column = struct.unpack_from("<HH", stream, at + 4)
            value = stream[at + 10 : at + 18]
            is_error = (
                value[1] == 1 if kind == _ERROR else value[6:8] == b"\xff\xff" and value[0] == 2
            )
            if is_error:
                found.append(BadCell(row + 1, column + 1, "an error of the spreadsheet"))
        at += 4 + length
