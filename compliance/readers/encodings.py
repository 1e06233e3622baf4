"""In which letters was this file written? Decided once a file, from all of its bytes.

A byte-order mark decides. Else the declared encoding; where both UTF-8 and cp1252 are declared, the
lines decide, and a file that would be half of each is refused. Knows lines, not cells.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import polars as pl

from compliance.errors import InputError, Place

BLOCK_BYTES = 24 << 20
LONGEST_LINE = 4 << 20
_HEAD_BYTES = 1 << 16

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# UTF-8 once read as cp1252 or latin-1 ("Ã¥"), as cp850 ("├Ñ"), as Mac Roman ("√•"), or given up
# on: what became of å, ä, ö, é and their capitals. The lead alone is no proof: "Ã" is a letter.
# What follows it may be garbled again: "Ã\u0083Â¥", "Ãƒâ€¦".
_GARBLED = re.compile(
    "Ã[\u0080-\u00bf\u0192\u2013-\u2026\u2030\u20ac\u2122\u02c6\u0160\u0152\u017d\u201e]"
    "(?:(?:Â|Å|Æ|Ë|â[\u0080\u0082\u0084\u201a\u201e\u20ac])[\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u2122])*"
    "|├[\u00a0-\u00ff\u2500-\u259f]|√[\u00a0-\u00ff\u2020-\u2122•∂¶§Ö]|\ufffd"
)
_LETTER = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f]")
# Bytes of Ã, ├, √ and U+FFFD. Looking for a single rare byte costs next to nothing, so each is
# looked for first by one that no common letter has.
_LEADS = {b"\x83": "Ã", b"\x9c": "├", b"\x9a": "√", b"\xef": "\ufffd"}
# Letters of cp850, cp865 or Mac Roman (å, ä, é, Å, Ä, ö) that cp1252 has no use for beside a
# letter; its quotes, dashes and the euro are left out.
_FOREIGN = re.compile(
    rb"[A-Za-z][\x81\x82\x84\x86\x8a\x8c\x8e\x8f\x9a]|[\x81\x84\x86\x8a\x8c\x8e\x8f\x9a][A-Za-z]"
)
_NATIVE = re.compile(rb"[A-Za-z][\xc0-\xff]|[\xc0-\xff][A-Za-z]")


@dataclass(frozen=True)
class Survey:
    """What one reading of all the bytes tells. Lines counted are those with bytes above 127.

    Where all are of one kind, their number is only a sign that there are some.
    """

    sha256: str
    size: int
    bom: str
    utf8_lines: int
    other_lines: int
    foreign_letters: int
    native_letters: int
    garbled: int
    sound_letters: int
    nul_bytes: int
    ends_with_newline: bool
    head: bytes

    @property
    def bom_bytes(self) -> int:
        return {"utf-8": 3, "utf-16-le": 2, "utf-16-be": 2}.get(self.bom, 0)


_ENOUGH = 10_000
_LEAF = 4_096


class Piece(NamedTuple):
    """Whole lines as UTF-8, each ended by a newline, and which (from 0) hold stray bytes."""

    text: bytes
    undecodable: frozenset[int]


def survey(path: Path, file: str) -> Survey:
    """Read a file through, once. Its text is not kept. Raises InputError for an endless line."""
    digest = hashlib.sha256()
    size = utf8 = other = foreign = native = garbled = sound = nul = 0
    last, head, bom = b"", b"", ""
    # Blocks whose lines beyond ASCII are all of one kind; they are counted when there are both.
    uncounted: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    with path.open("rb") as opened:
        for block in _raw_blocks(opened):
            if len(block) > LONGEST_LINE and b"\n" not in block and b"\r" not in block:
                raise _endless(file)
            if not size:
                head = block[:_HEAD_BYTES]
                bom = next((name for mark, name in _BOMS if block.startswith(mark)), "")
            digest.update(block)
            # Over the blocks: in UTF-16 the newline's second byte is a block of its own.
            size, last = size + len(block), (last + block[-2:])[-2:]
            if b"\0" in block:  # counting looks at every byte, this at a few
                nul += block.count(b"\0")
            if bom.startswith("utf-16"):
                continue
            if _is_utf8(block):
                if not block.isascii():
                    uncounted[True].append((size - len(block), len(block)))
                if any(byte in block and sign.encode() in block for byte, sign in _LEADS.items()):
                    bad, good = _letters(block.decode())
                    garbled, sound = garbled + bad, sound + good
                elif not block.isascii():
                    sound += 1
            else:
                if _has_pairs(block):
                    wide, stray = _lines_by_encoding(block)
                    utf8, other = utf8 + wide, other + stray
                else:
                    uncounted[False].append((size - len(block), len(block)))
                for start in range(0, len(block), _HEAD_BYTES):
                    if foreign + native >= _ENOUGH:
                        break
                    part = block[start : start + _HEAD_BYTES]
                    foreign += len(_FOREIGN.findall(part))
                    native += len(_NATIVE.findall(part))
        is_mixed = bool(utf8 or uncounted[True]) and bool(other or uncounted[False])
        wide, stray = (
            sum(_wide_lines(opened, *block) if is_mixed else 1 for block in uncounted[is_utf8])
            for is_utf8 in (True, False)
        )
        utf8, other = utf8 + wide, other + stray
    return Survey(
        digest.hexdigest(), size, bom, utf8, other, foreign, native, garbled, sound, nul,
        last.strip(b"\0")[-1:] in (b"\n", b"\r"), head,
    )  # fmt: skip


def decide(found: Survey, declared: tuple[str, ...], file: str) -> str:
    """Return the encoding of a file, or raise InputError with why none can be trusted."""

    def refuse(what: str, why: str, fix: str) -> InputError:
        return InputError(what, at=Place(file), why=why, fix=fix)

    if found.bom == "utf-32":
        raise refuse("the file is UTF-32", "no ledger system writes it", "save it as UTF-8")
    if found.bom:
        return found.bom
    if declared[0].startswith("utf-16"):
        return declared[0]
    if found.nul_bytes * 4 > found.size:
        raise refuse(
            "the file looks like UTF-16 without a byte-order mark",
            "every second byte is NUL",
            "save it as UTF-8, or declare utf-16-le in the source profile",
        )
    if declared == ("utf-8",) or (declared[0] == "utf-8" and found.utf8_lines >= found.other_lines):
        if found.other_lines > found.utf8_lines:
            raise refuse(
                "the file is not UTF-8",
                f"lines with bytes that UTF-8 does not know: {found.other_lines}",
                "export it as UTF-8, or declare its encoding in the source profile",
            )
        return "utf-8"
    if "cp1252" not in declared:
        return declared[0]
    # A few UTF-8 pairs in a cp1252 file are names that came garbled into the vendor master.
    if found.utf8_lines * 20 > found.other_lines:
        raise refuse(
            "the file is partly UTF-8 and partly not",
            f"lines in UTF-8: {found.utf8_lines}, lines not in it: {found.other_lines}",
            "export it anew in one encoding",
        )
    if found.foreign_letters > found.native_letters:
        raise refuse(
            "the file's letters are neither UTF-8 nor cp1252",
            "as cp1252 its words would hold signs where letters belong",
            'export it as UTF-8, or declare encodings = ["cp850"] in the source profile',
        )
    return "cp1252"


@dataclass
class Letters:
    """The letters beyond ASCII of text decoded already: how many are garbled, how many sound."""

    garbled: int = 0
    sound: int = 0

    def add(self, text: str) -> None:
        if not text.isascii():
            bad, good = _letters(text)
            self.garbled, self.sound = self.garbled + bad, self.sound + good

    def refuse_garbled(self, file: str) -> None:
        """Raise InputError when there are only garbled ones."""
        _refuse_garbled(self.garbled, self.sound, file)


def refuse_garbled(found: Survey, file: str) -> None:
    """Raise InputError for a file whose letters beyond ASCII are all mojibake."""
    _refuse_garbled(found.garbled, found.sound_letters + found.other_lines, file)


def _refuse_garbled(garbled: int, sound: int, file: str) -> None:
    if garbled and not sound:
        raise InputError(
            "every letter beyond a–z is garbled",
            at=Place(file),
            why=f"{garbled} times a pair such as `Ã¥` or the sign `\ufffd` stands for one",
            fix="export the file anew; it was once read in the wrong encoding and saved",
        )


def pieces(path: Path, file: str, encoding: str, found: Survey) -> Iterator[Piece]:
    """Give the whole file as `Piece`s. Raises InputError for a line of more than 4 MB."""
    rest, held, after_cr = b"", b"", False
    with path.open("rb") as opened:
        opened.seek(found.bom_bytes)
        source = None
        if encoding not in ("utf-8", "cp1252"):
            source = _as_utf8(opened, file, encoding)
        for block in source or _raw_blocks(opened):
            text = block[1:] if after_cr and block.startswith(b"\n") else block
            after_cr = text.endswith(b"\r") if text else after_cr
            text = rest + _newlines(text)
            cut = text.rfind(b"\n") + 1
            rest = text[cut:]
            if len(rest) > LONGEST_LINE:
                raise _endless(file)
            if cut and held:
                yield _piece(held, encoding)
            held = text[:cut] or held
    rest = rest.rstrip(b"\x1a")  # the end-of-file sign of DOS
    # A last line without a line end stays with the lines before it.
    if held or rest:
        yield _piece(held + rest + b"\n" if rest else held, encoding)


def _endless(file: str) -> InputError:
    return InputError(
        "one line is longer than 4 MB",
        at=Place(file),
        why="no ledger row is; the file is damaged or is not text",
        fix="export the file anew",
    )


def _raw_blocks(file: BinaryIO) -> Iterator[bytes]:
    """Cut at line ends where there are any, so that no character is split."""
    rest = b""
    while block := file.read(BLOCK_BYTES):
        text = rest + block if rest else block
        cut = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
        if cut and len(text) - cut <= LONGEST_LINE:
            rest = text[cut:]
            yield text[:cut]
        else:
            rest = b""
            yield text
    if rest:
        yield rest


def _newlines(text: bytes) -> bytes:
    """Make every line end one that polars takes for one: LF, or CR LF throughout."""
    if b"\r" in text and _has_lone_return(text):
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return text


def _has_lone_return(text: bytes) -> bool:
    # numpy compares ten times as fast as bytes.count counts.
    octets = np.frombuffer(text, dtype=np.uint8)
    lone = (octets[:-1] == ord("\r")) & (octets[1:] != ord("\n"))
    return text.endswith(b"\r") or bool(lone.any())


def _piece(text: bytes, encoding: str) -> Piece:
    if encoding == "cp1252":
        try:
            return Piece(text.decode("cp1252").encode(), frozenset())
        except UnicodeDecodeError:
            return _by_line(text, "cp1252")
    if encoding == "utf-8" and not _is_utf8(text):
        return _by_line(text, "utf-8")
    return Piece(text, frozenset())


def _by_line(text: bytes, encoding: str) -> Piece:
    """Replace what cannot be decoded, and tell on which lines it stood."""
    out, stray, number = [], set(), 0
    for part, is_sound in _sound_parts(text, encoding):
        if is_sound:
            out.append(part if encoding == "utf-8" else part.decode(encoding).encode())
        else:
            stray.add(number)
            out.append(part.decode(encoding, "replace").encode())
        number += part.count(b"\n")
    return Piece(b"".join(out), frozenset(stray))


def _sound_parts(text: bytes, encoding: str) -> Iterator[tuple[bytes, bool]]:
    """Cut text into parts that decode and single lines that do not, halving until it is small."""
    if _decodes(text, encoding):
        yield text, True
        return
    middle = text.rfind(b"\n", 0, len(text) // 2) + 1 or text.find(b"\n") + 1
    if 0 < middle < len(text):
        yield from _sound_parts(text[:middle], encoding)
        yield from _sound_parts(text[middle:], encoding)
    else:
        yield text, False


def _decodes(text: bytes, encoding: str) -> bool:
    if encoding == "utf-8" and len(text) > _LEAF:
        return _is_utf8(text)
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _as_utf8(opened: BinaryIO, file: str, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    try:
        while block := opened.read(BLOCK_BYTES):
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise InputError(
            f"the file breaks off or is damaged: it is not {encoding} throughout",
            at=Place(file),
            why=str(error)[:120],
            fix="export the file anew",
        ) from None


def _is_utf8(block: bytes) -> bool:
    # polars checks at 1.8 GB/s, bytes.decode at a fifth of that.
    if block.isascii():
        return True
    try:
        pl.Series([block], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        return False
    return True


def _letters(text: str) -> tuple[int, int]:
    garbled = len(_GARBLED.findall(text))
    return garbled, len(_LETTER.findall(_GARBLED.sub("", text)))


def _wide_lines(opened: BinaryIO, start: int, length: int) -> int:
    opened.seek(start)
    return _beyond_ascii(opened.read(length))


def _beyond_ascii(text: bytes) -> int:
    if text.isascii():
        return 0
    return sum(not line.isascii() for line in _newlines(text).split(b"\n"))


def _has_pairs(block: bytes) -> bool:
    """Whether a byte that leads in UTF-8 stands before one that follows."""
    octets = np.frombuffer(block, dtype=np.uint8)
    leads = (octets[:-1] >= 0xC2) & (octets[:-1] <= 0xF4)
    return bool((leads & (octets[1:] & 0xC0 == 0x80)).any())


def _lines_by_encoding(block: bytes) -> tuple[int, int]:
    """Count the lines beyond ASCII that are UTF-8, and those that are not."""
    wide = stray = 0
    for part, is_sound in _sound_parts(_newlines(block), "utf-8"):
        if is_sound:
            wide += _beyond_ascii(part)
        else:
            stray += 1
    return wide, stray
