"""Which ledger layouts are known? The source profiles of rules/sources/*.toml, read strictly.

Each key that is wrong is named with the nearest right one. Opens no ledger file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from compliance.errors import Place, RuleError, nearest, raise_all
from compliance.profiles import (
    CONTAINERS,
    DATE_FIELDS,
    DATE_SHAPES,
    ENCODINGS,
    FIELDS,
    PARTS,
    Column,
    Profile,
    header_key,
)
from compliance.toml_text import read_toml

_TOP = frozenset(
    {"id", "title", "why", "source", "file", "notation", "date_from_name", "columns", "ignored",
     "accept", "confidential"}
)  # fmt: skip
_FILE = frozenset(
    {"container", "encodings", "delimiters", "header_within", "other_columns", "sheet"}
)
_NOTATION = frozenset({"decimal", "thousands", "dates", "sign", "vat", "vat_column"})
_COLUMN = frozenset({"header", "part", "optional"})
_FROM_NAME = frozenset({"pattern", "field"})


def read_profiles(folder: Path) -> tuple[Profile, ...]:
    """Read every profile of a folder, by file name. Raises RuleError for each thing wrong."""
    errors: list[RuleError] = []
    profiles: list[Profile] = []
    seen: dict[str, str] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            profile = read_profile(file)
        except RuleError as error:
            errors.append(error)
            continue
        if profile.id in seen:
            errors.append(
                RuleError(
                    f"the id `{profile.id}` is used in {seen[profile.id]} too",
                    at=Place(_shown(file), column="id"),
                    fix="name each profile after its own file",
                )
            )
        seen[profile.id] = _shown(file)
        profiles.append(profile)
    if not profiles and not errors:
        errors.append(
            RuleError(
                "there is no source profile here",
                at=Place(str(folder)),
                why="without one no ledger file can be read",
                fix="run `compliance init` to copy the shipped ones, or `compliance source FILE`",
            )
        )
    raise_all(errors)
    return tuple(profiles)


def read_profile(file: Path) -> Profile:
    """Read one profile. Raises RuleError with the key that is wrong and the nearest right one."""
    found = read_toml(file, _shown(file))
    digest = hashlib.sha256(found.content).hexdigest()
    return _Reader(_shown(file)).profile(found.table, digest)


def _shown(file: Path) -> str:
    return f"rules/sources/{file.name}"


class _Reader:
    """Reads values by name and says, for each that is missing or odd, where and what instead."""

    def __init__(self, file: str) -> None:
        self.file = file

    def fail(self, key: str, what: str, fix: str, why: str = "") -> RuleError:
        return RuleError(what, at=Place(self.file, column=key), why=why, fix=fix)

    def section(self, data: Mapping[str, object], name: str) -> Mapping[str, object]:
        value = data.get(name, {})
        if not isinstance(value, dict):
            raise self.fail(name, f"`{name}` must be a section", f"write [{name}] on its own line")
        return value

    def names(self, where: str, data: Mapping[str, object], known: frozenset[str]) -> None:
        for key in data:
            if key not in known:
                raise self.fail(key, f"{where} has no `{key}`", nearest(key, known))

    def text(self, data: Mapping[str, object], key: str, default: str | None = None) -> str:
        value = data.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            what = f"`{key}` is missing" if key not in data else f"`{key}` is not text"
            raise self.fail(key, what, f'write {key} = "…"')
        return value

    def flag(self, data: Mapping[str, object], key: str) -> bool:
        value = data.get(key, False)
        if not isinstance(value, bool):
            raise self.fail(key, f"`{key}` is {value!r}", f"write {key} = true, or leave it out")
        return value

    def texts(
        self, data: Mapping[str, object], key: str, default: tuple[str, ...]
    ) -> tuple[str, ...]:
        value = data.get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(key, f"`{key}` is not a list of texts", f'write {key} = ["…"]')
        return tuple(value)

    def choice(
        self, data: Mapping[str, object], key: str, known: tuple[str, ...], default: str | None
    ) -> str:
        value = self.text(data, key, default)
        if value not in known:
            raise self.fail(key, f"`{key}` is {value!r}", nearest(value, known))
        return value

    def profile(self, data: Mapping[str, object], digest: str) -> Profile:
        self.names("a source profile", data, _TOP)
        for key in ("title", "why", "source"):
            self.text(data, key)
        file, notation = self.section(data, "file"), self.section(data, "notation")
        self.names("[file]", file, _FILE)
        self.names("[notation]", notation, _NOTATION)
        container = self.choice(file, "container", CONTAINERS, None)
        pattern, field = self.from_name(self.section(data, "date_from_name"))
        profile = Profile(
            id=self.text(data, "id"),
            title=self.text(data, "title"),
            container=container,
            encodings=self.encodings(file),
            delimiters=self.delimiters(file, container),
            header_within=self.rows(file),
            other_columns=self.flag(file, "other_columns"),
            sheet=self.text(file, "sheet", ""),
            decimal=self.choice(notation, "decimal", (",", "."), None),
            thousands=self.choice(notation, "thousands", (" ", ".", ",", "'"), " "),
            dates=self.dates(notation, needed=not pattern),
            sign=-1 if self.choice(notation, "sign", _SIGNS, _SIGNS[0]) == _SIGNS[1] else 1,
            vat_column=self.vat(notation),
            columns=self.columns(self.section(data, "columns")),
            ignored=self.texts(data, "ignored", ()),
            accept=self.accept(self.section(data, "accept")),
            confidential=self.accept(self.section(data, "confidential")),
            name_pattern=pattern,
            name_field=field,
            digest=digest,
        )
        self.whole(profile)
        return profile

    def encodings(self, file: Mapping[str, object]) -> tuple[str, ...]:
        found = self.texts(file, "encodings", ("utf-8", "cp1252"))
        for encoding in found:
            if encoding not in ENCODINGS:
                raise self.fail(
                    "encodings", f"`{encoding}` is no encoding", nearest(encoding, ENCODINGS)
                )
        if len(found) > 1 and found != ("utf-8", "cp1252"):
            raise self.fail(
                "encodings",
                "only utf-8 and then cp1252 can be told apart by their bytes",
                'declare one encoding, or ["utf-8", "cp1252"]',
            )
        if not found:
            raise self.fail("encodings", "`encodings` is empty", 'write encodings = ["utf-8"]')
        return found

    def delimiters(self, file: Mapping[str, object], container: str) -> tuple[str, ...]:
        found = self.texts(file, "delimiters", ())
        if (container == "delimited") != bool(found):
            raise self.fail(
                "delimiters",
                "a delimited file has delimiters, and no other file has",
                'write delimiters = [";"] for container = "delimited" only',
            )
        for delimiter in found:
            if delimiter not in (";", ",", "\t", "|"):
                raise self.fail(
                    "delimiters", f"{delimiter!r} cannot part cells", r'use ";", ",", "\t" or "|"'
                )
        return found

    def rows(self, file: Mapping[str, object]) -> int:
        value = file.get("header_within", 10)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 50:
            raise self.fail(
                "header_within",
                f"`header_within` is {value!r}",
                "write the last row on which the header may stand, 1 to 50",
            )
        return value

    def dates(self, notation: Mapping[str, object], *, needed: bool) -> tuple[str, ...]:
        found = self.texts(notation, "dates", ())
        for shape in found:
            if shape not in DATE_SHAPES:
                raise self.fail(
                    "dates", f"`{shape}` is no date notation", nearest(shape, DATE_SHAPES)
                )
        if len({DATE_SHAPES[shape] for shape in found}) < len(found):
            raise self.fail(
                "dates",
                "two of the date notations look the same",
                "keep the one that this system writes",
                why="one text would be two days",
            )
        if needed and not found:
            raise self.fail("dates", "`dates` is missing", 'write dates = ["YYYY-MM-DD"]')
        return found

    def vat(self, notation: Mapping[str, object]) -> str:
        basis = self.choice(notation, "vat", ("excluded", "included"), "excluded")
        column = self.text(notation, "vat_column", "")
        if (basis == "included") != bool(column):
            raise self.fail(
                "vat",
                "amounts with VAT need the column that holds the VAT, and only they do",
                'write vat = "included" and vat_column = "Moms", or map the amount without VAT',
                why="the figure is without VAT, and no rate is guessed",
            )
        return column

    def from_name(self, section: Mapping[str, object]) -> tuple[str, str]:
        self.names("[date_from_name]", section, _FROM_NAME)
        if not section:
            return "", ""
        pattern = self.text(section, "pattern")
        try:
            groups = re.compile(pattern).groupindex
        except (re.error, OverflowError, RecursionError) as error:  # x{99999999999}, ((((…
            raise self.fail(
                "pattern", f"`pattern` cannot be read: {error}", "mend the expression"
            ) from None
        if not {"year", "month"} <= groups.keys() <= {"year", "month", "day"}:
            raise self.fail(
                "pattern",
                "`pattern` must name the groups year and month, and may name day",
                "write (?P<year>[0-9]{4})-(?P<month>[0-9]{2})",
            )
        return pattern, self.choice(section, "field", DATE_FIELDS, "booking_date")

    def columns(self, section: Mapping[str, object]) -> tuple[Column, ...]:
        found = []
        for field, value in section.items():
            if field not in FIELDS:
                raise self.fail(field, f"a posting has no `{field}`", nearest(field, FIELDS))
            entry = {"header": value} if isinstance(value, str) else value
            if not isinstance(entry, dict):
                raise self.fail(field, f"`{field}` names no header", f'write {field} = "HEADER"')
            self.names(f"[columns] {field}", entry, _COLUMN)
            found.append(
                Column(
                    field,
                    self.text(entry, "header"),
                    self.choice(entry, "part", PARTS, "whole"),
                    self.flag(entry, "optional"),
                )
            )
        return tuple(found)

    def accept(self, section: Mapping[str, object]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple((key, self.texts(section, key, ())) for key in section)

    def whole(self, profile: Profile) -> None:
        """Refuse a profile that could read no posting, or one cell as two things."""
        fields = {column.field for column in profile.columns}
        if "amount_sek" not in fields:
            raise self.fail(
                "columns", "no column is the amount", 'add amount_sek = "HEADER" to [columns]'
            )
        if not profile.date_fields():
            raise self.fail(
                "columns",
                "no column is a date",
                f"add one of {', '.join(DATE_FIELDS)} to [columns], or [date_from_name]",
            )
        if profile.decimal == profile.thousands:
            raise self.fail(
                "thousands", "decimal and thousands are the same sign", "change one of them"
            )
        amount = next(c.header for c in profile.columns if c.field == "amount_sek")
        if header_key(profile.vat_column) == header_key(amount):
            raise self.fail(
                "vat_column",
                f"`{profile.vat_column}` is the amount and its VAT",
                "name the column that holds the VAT alone",
                why="every amount would come to nothing",
            )
        if profile.name_field in fields:
            raise self.fail(
                "date_from_name",
                f"`{profile.name_field}` is read from a column and from the file's name",
                "keep the column, or name another `field` in [date_from_name]",
                why="one of the two days would be passed over",
            )
        whole = [header_key(c.header) for c in profile.columns if c.part == "whole"]
        marks = [header for header, _ in profile.confidential]
        keys = [*whole, *map(header_key, [*profile.ignored, *marks])]
        for key in keys:
            if keys.count(key) > 1:
                raise self.fail(
                    key, f"the header `{key}` is used twice", "let each header fill one field"
                )


_SIGNS = ("purchase_is_positive", "purchase_is_negative")
