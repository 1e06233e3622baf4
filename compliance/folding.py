"""Which letter was meant? What wrong code pages did is undone, and accents are folded away.

For matching only; nobody is shown a folded text. Knows nothing of names.
"""

from __future__ import annotations

import re
import unicodedata

# UTF-8 read as Latin-1 or cp1252, for texts that were cut in the middle of a letter.
_GARBLED = {
    "Ã¥": "å", "Ã¤": "ä", "Ã¶": "ö", "Ã…": "Å", "Ã„": "Ä", "Ã–": "Ö", "Ã©": "é", "Ã‰": "É",
    "Ã¼": "ü", "Ãœ": "Ü", "Ã¸": "ø", "Ã¦": "æ", "â€“": "-", "â€™": "'", "Â": "", "Ã": "",
}  # fmt: skip
# DOS code page 850 read as cp1252.
_DOS = {"†": "å", "„": "ä", "”": "ö", "Ž": "Ä", "™": "Ö", "‚": "é", "\x8f": "Å", "": "Å"}
_DOS_LETTER = re.compile("(?<=\\w)[†„”Ž™‚\x8f]|[†„”Ž™\x8f](?=\\w)")
_LOST_LETTER = re.compile("(?<=\\w)[?\ufffd]|[?\ufffd](?=\\w)")
_OTHER_LETTERS = str.maketrans(
    {"ø": "o", "æ": "a", "đ": "d", "ł": "l", "œ": "o", "’": "'", "`": "'", "´": "'", "ð": "d"}
)
# Every combining mark in the planes that names are written in.
_ACCENT = re.compile(
    "[" + "".join(c for c in map(chr, range(0x300, 0x2E80)) if unicodedata.combining(c)) + "]"
)


_DOS_SIGNS = frozenset(_DOS)


def repair(text: str) -> str:
    """Undo what wrong code pages did to letters; a lost letter (`?`) is left out."""
    if text.isascii() and "?" not in text:
        return text
    if "Ã" in text or "Â" in text or "â€" in text:
        text = _decoded_again(text)
    if not _DOS_SIGNS.isdisjoint(text):
        text = _DOS_LETTER.sub(lambda found: _DOS[found.group()], text)
    return _LOST_LETTER.sub("", text) if "?" in text or "\ufffd" in text else text


def _decoded_again(text: str) -> str:
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    for garbled, letter in _GARBLED.items():
        text = text.replace(garbled, letter)
    return text


def fold(text: str) -> str:
    """Lower case without accents; å, aa and a are one letter, as are ä, æ, ae and ö, ø, oe.

    Idempotent. The digraphs fold too, because systems without å write them out.
    """
    plain = text.lower()
    if not plain.isascii():
        # The three of Swedish first: to replace one letter is a tenth of the work of reading all.
        plain = plain.replace("å", "a").replace("ä", "a").replace("ö", "o")
        if not plain.isascii():
            plain = unicodedata.normalize("NFKD", plain).casefold().translate(_OTHER_LETTERS)
            plain = _ACCENT.sub("", unicodedata.normalize("NFKD", plain))
    while "aa" in plain or "ae" in plain or "oe" in plain:
        plain = plain.replace("aa", "a").replace("ae", "a").replace("oe", "o")
    return plain
