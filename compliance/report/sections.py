"""Which parts does a report have, and what do their queries answer?

A section is one .sql file, `NN_<topic>.sql`: its words stand in the head comment in both languages,
its select takes $month and $department (NULL for the whole municipality). It is found by looking
into the folder; a workspace's file of the same topic replaces the shipped one, a new one is added,
an empty one removes it. One that says `asked: once` answers for every page at a time: what a select
costs at these sizes is its plan, and sixty departments would have it planned sixty times. Knows no
markup and no figure's meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from compliance.errors import ComplianceError, Place, RuleError, nearest, raise_all

Row = dict[str, Any]
Ask = Callable[[str, Mapping[str, object]], list[Row]]
Dealt = Mapping[str | None, list[Row]]  # a department's rows; of None: the whole's

_NAME = re.compile(r"\d\d_([a-z0-9_]+)$")
_KEY = re.compile(r"([a-z_]+|column [a-z0-9_]+):(.*)$")
_WORDS = ("title", "lead", "empty", "nav")
_NEEDED = frozenset({*_WORDS, *(f"{word}_sv" for word in _WORDS)})
_SCOPES = ("all", "whole", "department")
_ASKED = ("each", "once")
_KNOWN = _NEEDED | {"scope", "asked"}
# What a driver calls the errors that lie in the query or its data, whichever driver (PEP 249); what
# DuckDB calls a file that is out of reach; and what we call anything but one select.
_QUERYS_FAULT = frozenset({"ProgrammingError", "DataError", "PermissionException", "UsageError"})
_MEND = "mend the file, or remove it from the workspace's reports/ to use the shipped one"


@dataclass(frozen=True)
class Section:
    """One part of the report: its words (English, Swedish) and its query."""

    topic: str
    file: str
    sql: str
    words: Mapping[str, tuple[str, str]]  # title, lead, empty, nav
    columns: Mapping[str, tuple[str, str]]  # heads of a plain table's columns
    scope: str = "all"
    is_asked_once: bool = False  # for every page; the column `department` says whose a row is

    def word(self, name: str, language: str) -> str:
        """Return one of the section's words in the reader's language."""
        english, swedish = self.words[name]
        return swedish if language == "sv" else english

    def column(self, name: str, language: str) -> str:
        """Return a column's head, or its name where the section has none for it."""
        english, swedish = self.columns.get(name, (name, name))
        return swedish if language == "sv" else english

    def speaks_to(self, department: str | None) -> bool:
        """Say whether the section belongs in a department's report, or in the whole's."""
        return self.scope in ("all", "whole" if department is None else "department")

    def ask(self, ask: Ask, month: date, department: str | None) -> list[Row]:
        """Return the rows for one page; only the parameters that the select names are given."""
        given = {"month": month, "department": department}
        named = {k: v for k, v in given.items() if re.search(rf"\${k}\b", self.sql)}
        try:
            return ask(self.sql, named)
        except Exception as error:
            if _QUERYS_FAULT.isdisjoint(kind.__name__ for kind in type(error).__mro__):
                raise
            why = error.what if isinstance(error, ComplianceError) else str(error).strip()
            raise RuleError(
                "the section's select cannot be run",
                at=Place(self.file),
                why=why.partition("\n")[0][:200],
                fix=_MEND,
            ) from error

    def ask_once(self, ask: Ask, month: date) -> dict[str | None, list[Row]]:
        """Return the rows of every page, dealt out by department, which leaves them.

        Raises RuleError for rows that do not say whose they are.
        """
        dealt: dict[str | None, list[Row]] = {}
        for row in self.ask(ask, month, None):
            if "department" not in row:
                raise RuleError(
                    "nothing says whose the section's rows are",
                    at=Place(self.file),
                    why="it says `asked: once`, and has no column `department` to deal them out",
                    fix="add the column `department`: null for the report on the whole",
                )
            department = row.pop("department")
            dealt.setdefault(department, []).append(row)
        return dealt


@contextmanager
def blamed(sections: Sequence[Section], topic: str) -> Iterator[None]:
    """Say of rows that cannot be shown in the block that the section of that topic gave them."""
    file = next((section.file for section in sections if section.topic == topic), None)
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if file is None:
            raise
        raise RuleError(
            "the section's rows cannot be shown",
            at=Place(file),
            why=f"{type(error).__name__}: {error}"[:200],
            fix=_MEND,
        ) from error


def read_sections(folders: Sequence[Path]) -> tuple[Section, ...]:
    """Return the sections in the order of their files' names; a later folder replaces by topic.

    Raises RuleError, all together, for a file that is not named or headed as a section is.
    """
    found: dict[str, Path] = {}
    errors: list[ComplianceError] = []
    for folder in folders:
        for path in sorted(folder.glob("*.sql")):
            match = _NAME.match(path.stem)
            if match is None:
                errors.append(_misnamed(path))
            else:
                found[match[1]] = path
    sections = []
    for topic, path in sorted(found.items(), key=lambda item: (item[1].stem, item[0])):
        try:
            section = read_section(topic, _text(path), _shown(path))
        except ComplianceError as error:
            errors.append(error)
        else:
            sections.extend([section] if section else [])
    raise_all(errors)
    return tuple(sections)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RuleError(
            "the file is not UTF-8",
            at=Place(_shown(path), error.object[: error.start].count(b"\n") + 1),
            fix="save it as UTF-8",
        ) from None


def read_section(topic: str, text: str, file: str) -> Section | None:
    """Read one file; None for an empty one. Raises RuleError, with the nearest valid key."""
    if not text.strip():
        return None
    opened, _, rest = text.partition("/*")
    head, closed, body = rest.partition("*/")
    # The query alone goes to the database: a `$month` in the head's prose is not a parameter.
    sql = body.strip().rstrip(";")
    if opened.strip() or not closed or not sql:
        raise RuleError(
            "a section opens with its words in a comment, and its select follows",
            at=Place(file),
            fix="begin with /*, title:, title_sv:, … */ and write one select below",
        )
    values = _head(head, file)
    values.setdefault("nav", values.get("title", ""))
    values.setdefault("nav_sv", values.get("title_sv", ""))
    missing = [key for key in sorted(_NEEDED) if not values.get(key)]
    if missing:
        raise RuleError(
            f"the section does not say `{missing[0]}`",
            at=Place(file),
            why="each word is needed in English and, with _sv, in Swedish",
            fix=f"add a line `{missing[0]}: …` to the head comment",
        )
    is_asked_once = _chosen(values, "asked", _ASKED, file) == "once"
    if is_asked_once and re.search(r"\$department\b", sql):
        raise RuleError(
            "the section says `asked: once`, and its select names $department",
            at=Place(file),
            why="it is asked for every department at a time",
            fix="give a column `department` instead, or remove the line `asked: once`",
        )
    return Section(
        topic=topic,
        file=file,
        sql=sql,
        words={word: (values[word], values[f"{word}_sv"]) for word in _WORDS},
        columns=_columns(values, file),
        scope=_chosen(values, "scope", _SCOPES, file),
        is_asked_once=is_asked_once,
    )


def _head(head: str, file: str) -> dict[str, str]:
    """Return {key: text}; a line that is indented continues the one above.

    Prose above the first key may hold colons; from there on an unknown key is an error.
    """
    values: dict[str, str] = {}
    key = ""
    for line in head.splitlines():
        match = _KEY.match(line)
        if match and (match[1] in _KNOWN or match[1].startswith("column ")):
            key = match[1]
            values[key] = match[2].strip()
        elif match and values:
            raise RuleError(
                f"a section has no `{match[1]}`", at=Place(file), fix=nearest(match[1], _KNOWN)
            )
        elif key and line.startswith(" ") and line.strip():
            values[key] = f"{values[key]} {line.strip()}"
    return values


def _columns(values: Mapping[str, str], file: str) -> dict[str, tuple[str, str]]:
    columns = {}
    for key, text in values.items():
        if not key.startswith("column "):
            continue
        english, bar, swedish = text.partition("|")
        if not bar:
            raise RuleError(
                f"`{key}` has a head in one language only",
                at=Place(file),
                fix=f"write `{key}: English head | svenskt huvud`",
            )
        columns[key.removeprefix("column ")] = (english.strip(), swedish.strip())
    return columns


def _chosen(values: Mapping[str, str], key: str, known: Sequence[str], file: str) -> str:
    """Return the value of a key that has few, the first of them where the head does not say."""
    value = values.get(key, known[0])
    if value not in known:
        raise RuleError(
            f"the section says `{key}: {value}`, which is not known",
            at=Place(file),
            fix=nearest(value, known),
        )
    return value


def _shown(path: Path) -> str:
    return f"reports/{path.parent.name}/{path.name}"


def _misnamed(path: Path) -> RuleError:
    return RuleError(
        f"{path.stem!r} is not the name of a section",
        at=Place(_shown(path)),
        fix="name it by two digits and a topic in lower case, such as 45_schools.sql",
    )
