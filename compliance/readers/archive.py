"""Is this workbook safe to open? An xlsx file is a zip: looked through before any reader sees it.

Limits keep a small file from growing beyond memory. Knows zip and the names inside a workbook;
reads no cell but the two kinds that the cell reader would show as empty.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from compliance.errors import InputError, Place

MOST_PARTS = 2_000
LARGEST_PART = 200 << 20
LARGEST_SUM = 500 << 20
HIGHEST_RATIO = 100
_RATIO_FROM = 1 << 20  # a small part may shrink as it likes
_CHUNK = 1 << 20

_WORDS = ([b"D", b"O", b"C", b"T", b"Y", b"P", b"E"], [b"E", b"N", b"T", b"I", b"T", b"Y"])
# In UTF-8 or UTF-16, in any case.
_DOCTYPE = re.compile(
    b"|".join(b"<\\x00?!\\x00?" + b"\\x00?".join(w) for w in _WORDS),
    re.IGNORECASE,
)
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*?)(/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
# Cells beyond column Z, and every row; of any length, since the cell reader takes them all.
# The `r` comes first and what may not stand before it after it: so the search leaps from r to r.
_FAR = re.compile(rb"""r(?<!\wr)\s*=\s*["']([A-Za-z]{2,})?([0-9]+)["']""")
# Cells of column A to Z that lie far below; a sheet of so many rows has said so in its rows.
_BELOW = re.compile(rb"""r(?<!\wr)\s*=\s*["']([A-Za-z])([0-9]{6,})["']""")
_TALL = 100_000
_NEAR_OR_FAR = re.compile(rb"""r(?<!\wr)\s*=\s*["']([A-Za-z]+)([0-9]+)["']""")
# Rows, and cells that have a format and no value: they cost the cell reader nothing.
_EMPTY = re.compile(rb"<(?:\w+:)?(?:row\s[^>]*|c\s[^>]*/|c\s[^>]*></(?:\w+:)?c)>")
_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br\s*=\s*["']([0-9]+)["']""")
_PLACES = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br\s*=\s*["']([A-Za-z]+[0-9]+)["']""")
_NAMED_OR_NOT = re.compile(rb"<(?:\w+:)?c[\s/>]")
# Comments and the like among cells, markup inside a value, a value beside another.
_PARTED = re.compile(
    rb"<[!?]|<(?:\w+:)?v(?:\s[^>]*)?(?<!/)>[^<]*<[^/]|</(?:\w+:)?v>\s*<(?:\w+:)?(?:v|is)[\s/>]"
)
_DESERT = 5_000_000
_IS_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")
_HAS_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_HAS_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>[^<]")
_VALUE = re.compile(rb"<(?:\w+:)?v[\s>/]")
_IS_ZERO = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>\s*0\s*<")
_ASKS_TO_BE_CALCULATED = re.compile(rb"""\bfullCalcOnLoad\s*=\s*["'](?:1|true)["']""")
_IS_TEXT = re.compile(rb"""\bt\s*=\s*["']str["']""")  # of a formula: it may be empty


class BadCell(NamedTuple):
    """A cell whose value is not there: row and column from 1, and why."""

    row: int
    column: int
    reason: str


def inspect(path: Path, file: str) -> None:
    """Raise InputError for an archive that may not be opened."""

    def refuse(what: str, why: str = "") -> InputError:
        return InputError(
            what, at=Place(file), why=why, fix="open it in Excel, save it as a new .xlsx, and look"
            " at what it holds",
        )  # fmt: skip

    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise refuse(f"the workbook has {len(parts)} parts")
            if min((part.header_offset for part in parts), default=0):
                raise refuse("other data stands before the workbook", "perhaps another workbook")
            _check_names([part.filename for part in parts], refuse)
            total = 0
            for part in parts:
                if part.flag_bits & 1:
                    raise refuse("the workbook is encrypted")
                size, tail, extent = 0, b"", _Extent()
                for chunk in _chunks(archive, part):
                    size, total = size + len(chunk), total + len(chunk)
                    if size > LARGEST_PART or total > LARGEST_SUM:
                        raise refuse("the workbook unpacks to more than a ledger can hold")
                    if size > _RATIO_FROM and size > HIGHEST_RATIO * max(part.compress_size, 1):
                        raise refuse("the workbook unpacks to over a hundred times its size")
                    if _DOCTYPE.search(tail + chunk):
                        raise refuse(
                            f"`{part.filename}` declares a document type",
                            "a DOCTYPE can make a small file grow, or fetch others",
                        )
                    if "/worksheets/" in part.filename:
                        extent.add(tail + chunk)
                    tail = chunk[-40:]
                if extent.is_desert() and _reaches_far(archive.read(part)):
                    raise refuse(
                        f"a cell of `{part.filename}` stands far from the others",
                        "the sheet would be read as millions of empty cells",
                    )
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        ValueError,
    ) as e:
        raise refuse("the workbook is damaged or cut off", str(e)[:120]) from None


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(part) as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk


def _check_names(names: list[str], refuse: object) -> None:
    assert callable(refuse)
    seen = set()
    for name in names:
        key = name.replace("\\", "/").casefold()
        if key in seen:
            raise refuse(f"the workbook holds `{name}` twice", "two readers would see two sheets")
        if key.startswith("/") or ".." in key.split("/"):
            raise refuse(f"the workbook holds a part outside itself, `{name}`")
        if key.endswith("vbaproject.bin"):
            raise refuse("the workbook holds macros")
        if "/externallinks/" in f"/{key}" and key.endswith(".xml"):
            raise refuse("the workbook takes values from other workbooks")
        seen.add(key)
    if not any(name.endswith("workbook.xml") for name in names):
        raise refuse("the zip holds no workbook")


class _Extent:
    """How far a sheet reaches beside how many cells it has: one far cell makes an empty desert."""

    def __init__(self) -> None:
        self.cells = self.rows = 0
        self.columns = 26

    def add(self, xml: bytes) -> None:
        self.cells += xml.count(b"<c ") + xml.count(b":c ")
        self.reach(xml, _FAR)
        if self.rows < _TALL:
            self.reach(xml, _BELOW)

    def reach(self, xml: bytes, places: re.Pattern[bytes]) -> None:
        for letters, row in places.findall(xml):
            self.columns = max(self.columns, column_of(letters.decode().upper()) if letters else 0)
            self.rows = max(self.rows, int(row))

    def is_desert(self) -> bool:
        area = self.rows * self.columns
        return area > _DESERT and area > 50 * self.cells


def _reaches_far(xml: bytes) -> bool:
    filled = _Extent()
    filled.columns = 1
    xml = _EMPTY.sub(b"", xml)
    filled.cells = xml.count(b"<c ") + xml.count(b":c ")
    filled.reach(xml, _NEAR_OR_FAR)
    return filled.is_desert()


def overlaid(path: Path, sheet: str) -> tuple[int, str] | None:
    """Return the first row of a sheet that holds more than a cell reader shows, and how.

    A row that is not below the one before it; a cell twice, or with no name beside cells that have
    one; two values in a cell, or one that a comment parts. None when all is in order.
    """
    xml = sheet_xml(path, sheet)
    parted = _PARTED.search(xml, max(xml.find(b"sheetData"), 0))
    if parted or xml.count(b"sheetData>") > 2:
        before = xml[: parted.start() if parted else xml.find(b"sheetData>")]
        return len(_ROW.findall(before)), "a cell of the sheet holds more than one plain value"
    before_it, rows = 0, [*_ROW.finditer(xml)]
    for at, row in enumerate(rows):
        number = int(row[1])
        end = rows[at + 1].start() if at + 1 < len(rows) else len(xml)
        places = _PLACES.findall(xml, row.end(), end)
        # Lower case is another writing of the same place.
        is_twice = len({place.upper() for place in places}) < len(places)
        is_unnamed = bool(places) and len(_NAMED_OR_NOT.findall(xml, row.end(), end)) > len(places)
        if number <= before_it or is_twice or is_unnamed:
            return number, "a row or a cell of the sheet is given twice, or out of its order"
        before_it = number
    return None


def sheet_xml(path: Path, sheet: str) -> bytes:
    """Return a sheet's XML, b"" where there is none."""
    return _sheet(path, sheet)[0]


def _sheet(path: Path, sheet: str) -> tuple[bytes, bool]:
    """Return a sheet's XML, b"" where there is none, and whether its formulas await calculation."""
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return b"", False
        book = next(name for name in archive.namelist() if name.endswith("workbook.xml"))
        return archive.read(part), bool(_ASKS_TO_BE_CALCULATED.search(archive.read(book)))


def bad_cells(path: Path, sheet: str) -> list[BadCell]:
    """Return the error cells and the formulas without a stored value of one sheet.

    In a workbook that asks to be calculated when it is opened, 0 is what its writer put for a value
    that it did not know.
    """
    xml, awaits = _sheet(path, sheet)
    found = []
    if not _IS_ERROR.search(xml) and not _HAS_FORMULA.search(xml):
        return []
    for cell in _CELL.finditer(xml):
        attributes, body = cell[1], cell[3] or b""
        is_error = _IS_ERROR.search(attributes)
        if not is_error and not _never_calculated(attributes, body, awaits=awaits):
            continue
        where = _REFERENCE.search(attributes)
        if where:
            reason = "an error of the spreadsheet" if is_error else "a formula never calculated"
            found.append(BadCell(int(where[2]), column_of(where[1].decode()), reason))
    return found


def _never_calculated(attributes: bytes, body: bytes, *, awaits: bool) -> bool:
    if not _HAS_FORMULA.search(body):
        return False
    if _HAS_VALUE.search(body):
        return awaits and _IS_ZERO.search(body) is not None
    return not _VALUE.search(body) or not _IS_TEXT.search(attributes)


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Follow the workbook's own list: sheet name → relation → part."""
    from xml.etree import ElementTree

    names = archive.namelist()
    book = next(name for name in names if name.endswith("workbook.xml"))
    folder = book.rpartition("/")[0]
    relations = f"{folder}/_rels/workbook.xml.rels".lstrip("/")
    if relations not in names:
        return None
    targets = {
        node.get("Id"): node.get("Target", "")
        for node in ElementTree.fromstring(archive.read(relations))
    }
    for node in ElementTree.fromstring(archive.read(book)).iter():
        if node.tag.endswith("}sheet") and node.get("name") == sheet:
            identity = next((v for k, v in node.attrib.items() if k.endswith("}id")), "")
            target = targets.get(identity, "")
            path = (
                target.lstrip("/") if target.startswith("/") else f"{folder}/{target}".lstrip("/")
            )
            return path if path in names else None
    return None


def column_of(letters: str) -> int:
    """Return the number of a column, from 1: `A`, `AB`."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
