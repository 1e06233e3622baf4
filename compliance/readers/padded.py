"""Which whole numbers does a sheet show with zeros before them?

A number 17 in a cell of the format `0000` is shown as 0017, and 0017 is what its owner calls the
contract, the account or the invoice; the zeros stand in no cell, only in the style. Formats made of
zeros alone are understood: any other (dates, thousands, signs) is a matter of looks. Knows xlsx; an
old .xls keeps its formats elsewhere and gives the number as it is.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from compliance.readers.archive import column_of, sheet_xml

_OF_ZEROS = re.compile("0{2,}")
_ANY_OF_ZEROS = re.compile(rb"""formatCode\s*=\s*["']00+["']""")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")


class Padded(int):
    """A whole number that is text with so many digits, and still a number where one is asked."""

    digits: int

    def __new__(cls, number: int, digits: int) -> Padded:
        """Keep the digits beside the number."""
        made = super().__new__(cls, number)
        made.digits = digits
        return made

    def __reduce__(self) -> tuple[object, ...]:
        """Travel from the child process that read it."""
        return Padded, (int(self), self.digits)

    def __str__(self) -> str:
        return f"{int(self):0{self.digits}d}"


def padded_cells(path: Path, sheet: str) -> dict[int, dict[int, int]]:
    """Return row (from 1) → column (from 0) → digits, for cells that have a format of zeros."""
    styles = _styles(path)
    if not styles:
        return {}
    numbers = b"|".join(str(style).encode() for style in styles)
    cell = re.compile(
        rb"""<(?:\w+:)?c\s(?=[^>]*\bs\s*=\s*["'](""" + numbers + rb""")["'])([^>]*)>"""
    )
    found: dict[int, dict[int, int]] = {}
    for match in cell.finditer(sheet_xml(path, sheet)):
        where = _REFERENCE.search(match[2])
        if where:
            column = column_of(where[1].decode().upper()) - 1
            found.setdefault(int(where[2]), {})[column] = styles[int(match[1])]
    return found


def as_shown(cell: object, digits: int) -> Padded | None:
    """Return the number with its zeros; None for what is no whole number from zero up."""
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None
    return Padded(int(cell), digits) if cell >= 0 and float(cell).is_integer() else None


def _styles(path: Path) -> dict[int, int]:
    """Return style → digits, for the styles of the workbook that are made of zeros."""
    with zipfile.ZipFile(path) as archive:
        part = next((n for n in archive.namelist() if n.endswith("styles.xml")), None)
        xml = archive.read(part) if part else b""
    if not _ANY_OF_ZEROS.search(xml):
        return {}
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return {}
    digits = {
        node.get("numFmtId"): len(code)
        for node in root.iter()
        if node.tag.endswith("}numFmt") and _OF_ZEROS.fullmatch(code := node.get("formatCode", ""))
    }
    formats = next((node for node in root if node.tag.endswith("}cellXfs")), ())
    return {
        style: digits[node.get("numFmtId")]
        for style, node in enumerate(formats)
        if node.get("numFmtId") in digits
    }
