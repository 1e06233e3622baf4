"""Which sentence stands for this English one in the reader's language?

The catalogues are gettext .po files, read as they are: there is no build step to forget. Only what
those files use is understood (msgid, msgid_plural, msgstr, msgstr[n], comments, joined lines).
A sentence is always whole; what varies in it is a named field, `{month}`, and a field is never
looked into: `{month.year}` is not a field, so that no template can reach from a value into code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from compliance.errors import Place, RuleError
from compliance.words.forms import Forms, Language

LANGUAGES: tuple[Language, ...] = ("sv", "en")

_HERE = Path(__file__).resolve().parent
_LINE = re.compile(r'(?:(msgid|msgid_plural|msgstr(?:\[\d\])?)\s+)?(".*")$')
_FIELD = re.compile(r"\{(\w+)\}")


@cache
def pattern_of(sentence: str) -> re.Pattern[str]:
    """Return what finds the sentence again once its fields are filled: a field takes anything."""
    parts = _FIELD.split(sentence)
    fields = (f"(?P<{name}>.*)" for name in parts[1::2])
    literal = [re.escape(part) for part in parts[::2]]
    return re.compile(
        "".join(a + b for a, b in zip(literal, [*fields, ""], strict=True)), re.DOTALL
    )


def read_po(text: str, name: str = "catalogue") -> dict[str, tuple[str, ...]]:
    """Return {msgid: (msgstr, …)}; the head entry with the empty msgid is left out.

    Raises RuleError for a line that is not gettext, and for a msgid that occurs twice.
    """
    entries: dict[str, tuple[str, ...]] = {}
    current: dict[str, str] = {}
    key = ""
    for row, line in enumerate([*text.splitlines(), ""], 1):
        line = line.strip()
        if not line or line.startswith("#"):
            _keep(current, entries, Place(name, row))
            current, key = {}, ""
            continue
        match = _LINE.match(line)
        if match is None or not (match[1] or key):
            raise RuleError(
                "this line is not gettext",
                at=Place(name, row),
                fix='write msgid "…" and msgstr "…", each in double quotes',
            )
        key = match[1] or key
        current[key] = current.get(key, "") + ast.literal_eval(match[2])
    return entries


def _keep(current: dict[str, str], entries: dict[str, tuple[str, ...]], at: Place) -> None:
    msgid = current.get("msgid", "")
    if not msgid:
        return
    if msgid in entries:
        raise RuleError(f"the sentence {msgid!r} is translated twice", at=at, fix="remove one")
    entries[msgid] = tuple(text for name, text in current.items() if name.startswith("msgstr"))


def fill(sentence: str, fields: Mapping[str, Any]) -> str:
    """Put the named fields into a sentence; a field that is not given is a KeyError."""
    return _FIELD.sub(lambda match: str(fields[match[1]]), sentence)


def fill_markup(sentence: str, fields: Mapping[str, Any]) -> Markup:
    """As `fill`, for a page: the sentence and every field are escaped, but not Markup."""
    # The whole result is escaped text by construction.
    return Markup(_FIELD.sub(lambda match: str(escape(fields[match[1]])), str(escape(sentence))))


@dataclass(frozen=True)
class Words(Forms):
    """The sentences and forms of one language."""

    catalogue: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, language: str) -> Words:
        """Return the words of `sv` or `en`. Raises RuleError for any other language."""
        for known in LANGUAGES:
            if language == known:
                return cls(known, _shipped(known))
        raise RuleError(
            f"there are no words in the language {language!r}",
            at=Place("language"),
            fix="use sv or en",
        )

    def sentence(self, msgid: str) -> str:
        """Return the sentence, its fields unfilled; English where it is not translated.

        An untranslated sentence of our own fails a test; one of a workspace's template is shown
        as the workspace wrote it.
        """
        return self.catalogue.get(msgid, (msgid,))[0]

    def say(self, msgid: str, **fields: Any) -> str:
        """Return the sentence as plain text, its fields filled."""
        return fill(self.sentence(msgid), fields)

    def say_n(self, one: str, many: str, n: int, **fields: Any) -> str:
        """Return the sentence for one or for many; `{n}` is the written number."""
        forms = self.catalogue.get(one, (one, many))
        return fill(forms[0 if n == 1 else -1], {"n": self.number(n), **fields})


@cache
def own_words() -> frozenset[str]:
    """Return all that the program itself says, in every language: none of it is a name."""
    return frozenset(
        sentence
        for language in LANGUAGES
        for msgid, told in _shipped(language).items()
        for sentence in (msgid, *told)
    )


@cache
def _shipped(language: Language) -> Mapping[str, tuple[str, ...]]:
    if language == "en":
        return {}
    file = _HERE / f"{language}.po"
    return read_po(file.read_text("utf-8"), file.name)
