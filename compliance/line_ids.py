"""Which number has a posting? Told by its file's content and its row, so the same in every build.

A number is 63 bits of the file's hash whose last bits give way to the row. A ledger file leaves 28
of them to its rows; an invoice as few as its lines need, because there may be a hundred thousand
invoices, and of 35 bits that many hashes would share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from compliance.errors import InputError, Place

FILE_ROW_BITS = 28
_BITS = 63  # a positive BIGINT


class Numbered(Protocol):
    """What is asked of a file."""

    @property
    def path(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def row_bits(self) -> int: ...


def line_ids(sha256: str, row_bits: int = FILE_ROW_BITS) -> range:
    """Return the numbers of a file's rows; row 1 has the second."""
    first = int(sha256, 16) >> (256 - _BITS) >> row_bits << row_bits
    return range(first, first + (1 << row_bits))


def meeting(files: Sequence[Numbered]) -> list[InputError]:
    """Return an error for each file whose rows could have the numbers of another's.

    No number may depend on what else is delivered, so none steps aside; but any change of its
    bytes gives a file other numbers.
    """
    spans = sorted(
        ((line_ids(file.sha256, file.row_bits), file.path) for file in files),
        key=lambda span: (span[0].start, -span[0].stop, span[1]),
    )
    errors = []
    reach, other = 0, ""
    for span, name in spans:
        if span.start < reach:
            errors.append(_error(name, other))
        else:  # spans lie apart, or one within the other
            reach, other = span.stop, name
    return errors


def _error(name: str, other: str) -> InputError:
    return InputError(
        f"its postings would have the same line_id as those of {other}",
        at=Place(name),
        why="a line_id is made from the file's content, and these two meet by chance",
        fix=f"put in its place a copy of {name} that differs in some byte, such as by an empty "
        "line at its end or by saving the workbook anew: it then gets other numbers",
    )
