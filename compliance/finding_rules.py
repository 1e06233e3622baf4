"""Which questions do the files in rules/findings ask, and does each prove its own border?

One rule a file. It points at rows of a published table and never changes the figure. A rule
without a case on each side of its border is refused. Whether `when` can be run is found when the
cases are run, by those who speak SQL: this module only reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from compliance.errors import ComplianceError
from compliance.rule_entries import Case, Finding
from compliance.toml_shape import Entry, TomlFile

_SECTIONS = ("parameters", "reader", "cases", "columns")
_TOP = ("code", "title", "title_sv", "subject", "when", "source")
_READER = ("why", "do", "misses")
_COLUMNS = ("key", "amount", "day", "department")
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


def read_findings(folder: Path) -> tuple[tuple[Finding, ...], list[ComplianceError]]:
    """Read the folder's rules in the order of their file names, and what is wrong with them."""
    found: list[Finding] = []
    errors: list[ComplianceError] = []
    for path in sorted(folder.glob("*.toml")):
        shown = f"rules/findings/{path.name}"
        file = TomlFile(path, sections=[*_TOP, *_SECTIONS], shown=shown)
        finding = _finding(file)
        twice = [other for other in found if other.code == finding.code]
        if twice and finding.code:
            file.refuse(
                f"key `code`: `{finding.code}` is used twice, first in {twice[0].file}",
                fix="give each rule its own code",
            )
        errors += file.errors
        found.append(finding)
    return tuple(found), errors


def _finding(file: TomlFile) -> Finding:
    top = file.top([*_TOP, *_SECTIONS])
    reader = file.table("reader", [*_READER, *(f"{key}_sv" for key in _READER)], explained=False)
    code = top.text("code")
    if code and not _CODE.fullmatch(code):
        top.refuse("code", f"`{code}` is no code", fix="write capital letters, digits and _")
    subject = top.text("subject")
    if subject and not _NAME.fullmatch(subject):
        top.refuse("subject", f"`{subject}` is no table", fix="name one table, as purchases")
    when = top.text("when")
    parameters = _parameters(file, top, when)
    return Finding(
        code=code,
        title=top.text("title"),
        title_sv=top.text("title_sv"),
        subject=subject,
        when=when,
        parameters=parameters,
        why=reader.text("why"),
        why_sv=reader.text("why_sv"),
        do=reader.text("do"),
        do_sv=reader.text("do_sv"),
        misses=reader.text("misses"),
        misses_sv=reader.text("misses_sv"),
        source=top.text("source"),
        cases=_cases(file),
        columns=_columns(file),
        file=file.shown,
    )


def _parameters(file: TomlFile, top: Entry, when: str) -> Mapping[str, object]:
    value = top.value("parameters")
    names = list(value) if isinstance(value, dict) else []
    table = file.table("parameters", names, required=False, explained=False)
    used = set(re.findall(r"\$(\w+)", when))
    for name in names:
        if type(table.value(name)) not in (bool, int, Decimal, str, date):
            table.refuse(name, "must be one value", fix="write a number, a text or a date")
        if name not in used:
            table.refuse(name, "is not used in `when`", fix=f"write ${name} there, or remove it")
    for name in sorted(used - set(names)):
        top.refuse(
            "when", f"uses ${name}, which has no value", fix=f"add {name} under [parameters]"
        )
    return MappingProxyType({name: table.value(name) for name in names})


def _columns(file: TomlFile) -> Mapping[str, str]:
    table = file.table("columns", _COLUMNS, required=False, explained=False)
    return MappingProxyType({key: table.text(key) for key in table})


def _cases(file: TomlFile) -> tuple[Case, ...]:
    top = file.top([*_TOP, *_SECTIONS])
    found, names = [], set[str]()
    for entry in top.nested("cases", ["name", "given", "flagged"]):
        name, given = entry.text("name"), entry.value("given")
        if not isinstance(given, dict) or not given:
            entry.refuse("given", "must draw a row", fix='write given = { state = "expired" }')
            given = {}
        if name in names:
            entry.refuse("name", "used twice", fix="name each case as the sentence it proves")
        names.add(name)
        found.append(Case(name, MappingProxyType(given), entry.flag("flagged")))
    if {case.flagged for case in found} != {True, False}:
        file.refuse(
            "[[cases]] must hold a row that is flagged and a row that is not",
            fix="add the row nearest to the border on each side",
        )
    return tuple(found)
