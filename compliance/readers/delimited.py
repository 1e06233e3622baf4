"""Delimited text: lines that need no judgement go through whole, the tokenizer judges the rest.

Reads block by block, so that a file of any size fits. Knows delimiters and line ends; knows neither
what a column means nor which header is right.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from compliance.errors import InputError, Place
from compliance.readers import EMPTY, Block, Head, Spoiled, Tally
from compliance.readers.encodings import Piece, Survey, decide, pieces, refuse_garbled, survey
from compliance.readers.tokenizer import (
    LONGEST_CELL_LINES,
    UNCLOSED,
    Cells,
    row_pattern,
    split,
    swallows,
)

UNDECODABLE = "the row holds bytes that its encoding does not know"
BESIDE = "a cell stands below no column name: the row may be shifted"


@dataclass
class Delimited:
    """One delimited file, surveyed. `file` is its name in messages."""

    path: Path
    file: str
    found: Survey
    tally: Tally = field(default_factory=Tally)

    @classmethod
    def open(cls, path: Path, file: str) -> Delimited:
        """Survey a file. Raises InputError for one that is empty or garbled throughout."""
        found = survey(path, file)
        if found.size <= found.bom_bytes:
            raise InputError(
                "the file is empty",
                at=Place(file),
                why=EMPTY,
                fix="export it again, or take it away",
            )
        refuse_garbled(found, file)
        if found.bom == "utf-32":
            decide(found, ("utf-8",), file)
        return cls(path, file, found)

    def heads(self, encodings: tuple[str, ...], delimiters: tuple[str, ...]) -> list[Head]:
        """Give the first lines, parted in each way asked for, as candidates for the header."""
        try:
            encoding = self.settle(encodings)
        except InputError:
            encoding = encodings[-1]  # told when the header is known and nothing else is wrong
        text = _decoded(self.found.head[self.found.bom_bytes :], encoding)
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:50]
        named = _sep_line(lines[0])
        heads = []
        for row, line in enumerate(lines, start=1):
            for delimiter in delimiters:
                if named and (delimiter != named or row == 1):
                    continue
                cells = split(line, delimiter)
                if not cells.fault and any(map(str.strip, cells.cells)):
                    heads.append(Head(row, cells.cells, delimiter))
        return heads

    def settle(self, encodings: tuple[str, ...]) -> str:
        """Return the encoding that all of the file's bytes agree with."""
        return decide(self.found, encodings, self.file)

    def blocks(self, head: Head, positions: tuple[int, ...]) -> Iterator[Block]:
        """Give the rows below the header. `head.encoding` must be settled."""
        is_utf8 = head.encoding == "utf-8"
        self.tally.garbled_cells = self.found.garbled if is_utf8 else self.found.utf8_lines
        unnamed = tuple(at for at, name in enumerate(head.names) if not name.strip())
        reading = _Reading(self.file, head, tuple(sorted({*positions, *unnamed})), self.tally)
        for piece in pieces(self.path, self.file, head.encoding, self.found):
            for block in reading.feed(piece, is_last=False):
                yield _named_only(block, unnamed)
        for block in reading.feed(Piece(b"", frozenset()), is_last=True):
            yield _named_only(block, unnamed)
        if not self.found.ends_with_newline:
            self.tally.notes.append("the last line has no line end")


def _decoded(head: bytes, encoding: str) -> str:
    # The head is cut at a byte count, and a line of it may hold stray bytes.
    return head.decode(encoding, "replace")


def _named_only(block: Block, unnamed: tuple[int, ...]) -> Block:
    """Take out the rows that have something where the header names nothing."""
    if not unnamed:
        return block
    columns = [pl.col(str(at)).fill_null("").str.contains(r"\S") for at in unnamed]
    odd = block.rows.select(pl.any_horizontal(columns)).to_series()
    rows = block.rows.drop([str(at) for at in unnamed])
    if not odd.any():
        return Block(rows, block.raw, block.spoiled)
    shifted = zip(block.rows["row"].filter(odd), block.raw.filter(odd), strict=True)
    spoiled = tuple(Spoiled(row, None, BESIDE, raw) for row, raw in shifted)
    return Block(rows.filter(~odd), block.raw.filter(~odd), block.spoiled + spoiled)


def _sep_line(line: str) -> str:
    """Return the delimiter that a first line `sep=;` names, or ""."""
    text = line.strip().strip('"').lower()
    return line.strip().strip('"')[4:5] if text.startswith("sep=") and len(text) <= 5 else ""


class _Reading:
    """The rows of one file, from piece to piece: what is left over and how far the count is."""

    def __init__(self, file: str, head: Head, positions: tuple[int, ...], tally: Tally) -> None:
        self.file = file
        self.head, self.positions, self.tally = head, positions, tally
        self.width = len(head.names)
        self.line = 0  # physical lines seen before the current piece
        self.carried = b""
        self.carried_stray: frozenset[int] = frozenset()
        self.pattern = row_pattern(head.delimiter, self.width)

    def feed(self, piece: Piece, *, is_last: bool) -> Iterator[Block]:
        shift = self.carried.count(b"\n")
        text = self.carried + piece.text
        stray = self.carried_stray | {number + shift for number in piece.undecodable}
        if not text:
            return
        lines = pl.read_lines(io.BytesIO(text)).to_series()
        start = 0
        if self.line < self.head.row:
            start = min(self.head.row - self.line, len(lines))
            self._above(lines[: start - 1])
        block, used = self._block(lines, start, stray, text, is_last=is_last)
        self.carried = b"" if used == len(lines) else _joined(lines[used:])
        self.carried_stray = frozenset(n - used for n in stray if n >= used)
        self.line += used
        self.tally.lines = self.line
        if block is not None:
            yield block

    def _above(self, lines: pl.Series) -> None:
        """Refuse a file with what look like rows above the header; count other lines."""
        for number, line in enumerate(lines, start=1):
            cells = split(line, self.head.delimiter).cells
            filled = sum(1 for cell in cells if cell.strip())
            if len(cells) >= max(3, self.width) and filled * 2 > self.width:
                raise InputError(
                    "a row stands above the header",
                    at=Place(self.file, row=number),
                    why=f"the header is on row {self.head.row}, and what is above it is not read",
                    fix="put the header first, or take the row away",
                )
        if len(lines):
            self.tally.notes.append(f"lines above the header, not read: {len(lines)}")

    def _block(
        self, lines: pl.Series, start: int, stray: frozenset[int], text: bytes, *, is_last: bool
    ) -> tuple[Block | None, int]:
        body = lines[start:] if start else lines
        fits = body.str.contains(self.pattern)
        if stray:
            doubtful = [n - start for n in stray if n >= start]
            fits = fits.scatter(doubtful, [False] * len(doubtful))
        used = len(body)
        spoiled: list[Spoiled] = []
        mended: list[tuple[int, str, tuple[str, ...]]] = []
        if not fits.all():
            used = self._judge(body, ~fits, start, stray, spoiled, mended, is_last=is_last)
            body, fits = body[:used], fits[:used]
        whole = fits.all() and len(body) == len(lines)
        good = body if fits.all() else body.filter(fits)
        numbers = pl.int_range(0, len(body), eager=True, dtype=pl.Int64).filter(fits)
        frame = self._frame(good, numbers + (self.line + start + 1), text if whole else None)
        frame, raw = self._without_blank(frame, good)
        if mended:
            frame, raw = self._with(frame, raw, mended)
        if not len(frame) and not spoiled:
            return None, used + start
        return Block(frame, raw, tuple(spoiled)), used + start

    def _frame(self, good: pl.Series, rows: pl.Series, text: bytes | None) -> pl.DataFrame:
        """Part lines of which the pattern has shown that they can be parted without judgement."""
        names = [str(position) for position in self.positions]
        if not len(good):
            return pl.DataFrame(schema={"row": pl.Int64, **dict.fromkeys(names, pl.String)})
        frame = pl.read_csv(
            text if text is not None else _joined(good),
            has_header=False,
            separator=self.head.delimiter,
            quote_char='"',
            infer_schema=False,
            columns=sorted(self.positions),
        )
        if len(frame) != len(good):
            raise AssertionError(f"{len(good)} lines were parted into {len(frame)} rows")
        frame.columns = [str(position) for position in sorted(self.positions)]
        return frame.select(rows.alias("row"), *names)

    def _without_blank(self, frame: pl.DataFrame, raw: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
        """Pass over rows that hold nothing but blanks, quotes and delimiters."""
        if not len(frame):
            return frame, raw
        empty = frame[:, 1].fill_null("").str.contains(r"^\s*$")
        filled = raw.filter(empty).str.contains(rf'[^\s"{re.escape(self.head.delimiter)}]')
        if filled.all():
            return frame, raw
        keep = (~empty).scatter(empty.arg_true(), filled)
        self.tally.blank_rows += len(frame) - int(keep.sum())
        return frame.filter(keep), raw.filter(keep)

    def _with(
        self, frame: pl.DataFrame, raw: pl.Series, mended: list[tuple[int, str, tuple[str, ...]]]
    ) -> tuple[pl.DataFrame, pl.Series]:
        """Put the rows that the tokenizer read among the others, in file order."""
        more = pl.DataFrame(
            [[row, *(cells[p] for p in self.positions)] for row, _, cells in mended],
            schema=frame.schema,
            orient="row",
        )
        both = pl.concat([frame, more]).with_columns(
            raw=pl.concat([raw.alias("raw"), pl.Series("raw", [text for _, text, _ in mended])])
        )
        both = both.sort("row")
        return both.drop("raw"), both["raw"]

    def _judge(
        self,
        body: pl.Series,
        rest: pl.Series,
        start: int,
        stray: frozenset[int],
        spoiled: list[Spoiled],
        mended: list[tuple[int, str, tuple[str, ...]]],
        *,
        is_last: bool,
    ) -> int:
        """Read one by one the lines that did not fit. Returns how many lines of `body` are used.

        `rest` marks them. Fewer lines than there are, when a quoted cell may go on in the next
        piece.
        """
        doubtful: list[int] = rest.arg_true().to_list()
        open_to = -1  # the last line that a mended row has taken
        marks = frozenset(doubtful)
        for at in doubtful:
            if at <= open_to:
                continue
            row, line = self.line + start + at + 1, body[at]
            if not line.strip(' \t\u00a0"' + self.head.delimiter):
                self.tally.blank_rows += 1
                continue
            if at + start in stray:
                spoiled.append(Spoiled(row, None, UNDECODABLE, line))
                continue
            cells = split(line, self.head.delimiter)
            last = at
            if cells.is_open:
                cells, last = self._over_lines(body, at, marks)
                if last >= len(body) and not is_last:
                    return at
            if not cells.fault and len(cells.cells) == self.width:
                text = "\n".join(body[at : last + 1].to_list())
                mended.append((row, text, cells.cells))
                open_to = last
            else:
                spoiled.append(Spoiled(row, None, self._reason(cells), line))
        return len(body)

    def _over_lines(self, body: pl.Series, at: int, doubtful: frozenset[int]) -> tuple[Cells, int]:
        """Try whether the open quote closes on a later line.

        A line that is a whole row by itself cannot be the inside of a cell. Returns the cells and
        the last line used; that is len(body) when the piece ended first.
        """
        text = body[at]
        for last in range(at + 1, at + 1 + LONGEST_CELL_LINES):
            if last >= len(body):
                return Cells((), UNCLOSED), last
            if last not in doubtful:
                break
            text += "\n" + body[last]
            cells = split(text, self.head.delimiter)
            if not cells.is_open:
                if len(cells.cells) == self.width and not swallows(cells, self.head.delimiter):
                    return cells, last
                break
        return Cells((), UNCLOSED), at

    def _reason(self, cells: Cells) -> str:
        if cells.fault:
            return cells.fault
        more = "more" if len(cells.cells) > self.width else "fewer"
        return f"{len(cells.cells)} cells, {more} than the header's {self.width}"


def _joined(lines: pl.Series) -> bytes:
    return (str(lines.str.join("\n")[0]) + "\n").encode()
