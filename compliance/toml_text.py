"""What does a TOML file's text say? One way from bytes to a table, for every file of ours.

A byte order mark, which Windows programs write before UTF-8, is no part of the text; a line ends as
it does anywhere. Knows no key of any file.
"""

from __future__ import annotations

import io
import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from compliance.errors import Place, RuleError


@dataclass(frozen=True)
class TomlText:
    """One file: its bytes, their text, and what it says. Numbers with a point are exact."""

    content: bytes
    text: str
    table: dict[str, object]


def read_toml(path: Path, shown: str) -> TomlText:
    """Read a file, `shown` in messages. Raises RuleError when it is missing or is not TOML."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise RuleError(
            "there is no such file",
            at=Place(shown),
            why="it is a link to one that is gone" if path.is_symlink() else "",
            fix="copy it from the rules that ship: `compliance init` writes them to a folder",
        ) from None
    except OSError as error:
        raise RuleError(
            "the file cannot be opened",
            at=Place(shown),
            why=str(error.strerror),
            fix="allow reading it, or copy it from the rules that ship (`compliance init DIR`)",
        ) from None
    text = _decoded(content, shown)
    try:
        return TomlText(content, text, tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise RuleError(
            "not valid TOML",
            at=Place(shown, int(line[1]) if line else None),
            why=str(error),
            fix="mend the line: texts stand in quotation marks, dates without; see toml.io",
        ) from None


def _decoded(content: bytes, shown: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RuleError(
            "not UTF-8 text",
            at=Place(shown),
            why=f"byte {error.start} cannot be read",
            fix="save the file as UTF-8",
        ) from None
    return io.IncrementalNewlineDecoder(None, translate=True).decode(text, final=True)
