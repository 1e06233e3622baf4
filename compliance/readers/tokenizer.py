"""Where does a cell end? The strict grammar of delimited text, once as code and once as a pattern.

A cell is quoted from its first to its last character, or holds no quote at all. The two forms must
agree on every line: the pattern lets whole blocks through, the code says what ails the rest.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST_CELL_LINES = 50  # a quoted cell that goes on for longer is an unclosed quote


class Cells(NamedTuple):
    """The cells of a line, or why it has none. `is_open`: the line ends inside a quoted cell."""

    cells: tuple[str, ...]
    fault: str = ""
    is_open: bool = False


def row_pattern(delimiter: str, width: int) -> str:
    """Return a pattern that fits exactly the lines that `split` parts into `width` cells."""
    mark = re.escape(delimiter)
    # NUL is damage. A byte-order mark in mid-file is left to the code.
    quoted, plain = '"(?:[^"\\x00\\x{FEFF}]|"")*"', f'[^"{mark}\\x00\\x{{FEFF}}]*'
    cell = f"(?:{quoted}|{plain})"
    return f"^{cell}(?:{mark}{cell}){{{width - 1}}}$"


def split(line: str, delimiter: str) -> Cells:
    """Part one line (or several, joined by newlines, when a quoted cell spans them) into cells."""
    if "\x00" in line:
        return Cells((), "there is a NUL byte in the row")
    line = line.removeprefix("\ufeff")
    if '"' not in line:
        if "\n" in line:
            return Cells((), "a line break stands outside quotes")
        return Cells(tuple(line.split(delimiter)))
    cells: list[str] = []
    at = 0
    while True:
        if line.startswith('"', at):
            text, at, fault = _quoted(line, at)
            if fault:
                return Cells((), fault, is_open=fault == UNCLOSED)
            if at < len(line) and line[at] != delimiter:
                return Cells((), "text follows a closing quote")
        else:
            end = line.find(delimiter, at)
            end = len(line) if end < 0 else end
            text, at = line[at:end], end
            if '"' in text:
                return Cells((), "a quote stands inside an unquoted cell")
            if "\n" in text:
                return Cells((), "a line break stands outside quotes")
        cells.append(text)
        if at >= len(line):
            return Cells(tuple(cells))
        at += 1


def swallows(cells: Cells, delimiter: str) -> bool:
    """Whether a cell over several lines holds so many delimiters that it may hold a row's end.

    Two rows with a stray quote each in the same column read as one row: what is between the quotes
    then has a delimiter for every cell but one.
    """
    most = max((c.count(delimiter) for c in cells.cells if "\n" in c), default=0)
    return most * 2 >= len(cells.cells) - 1


UNCLOSED = "a quote is never closed"


def _quoted(line: str, start: int) -> tuple[str, int, str]:
    at = start + 1
    while True:
        end = line.find('"', at)
        if end < 0:
            return "", at, UNCLOSED
        if not line.startswith('"', end + 1):
            return line[start + 1 : end].replace('""', '"'), end + 1, ""
        at = end + 2
