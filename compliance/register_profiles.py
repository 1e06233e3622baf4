"""Which columns does a contract register have, and what does each of them say?

One profile a file in rules/registers. The profile is found from the header alone: the one all of
whose required headers are there, and of several the one that asks for most. Reads no register.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import ComplianceError, Place, RuleError, raise_all
from compliance.toml_shape import ENTRY, Entry, TomlFile, spaced

FIELDS = (
    *("contract_id", "lot", "title", "supplier_name", "org_number", "kind"),
    *("valid_from", "valid_to", "extended_to", "max_end", "notice_date", "ceiling_sek"),
    *("scope", "units", "rank", "replaces", "reference", "owner"),
)
KINDS = ("framework", "central_framework", "contract", "call_off", "direct_award")
_TOP = (*sorted(ENTRY), "required", "also", "ignored")
_SECTIONS = ("columns", "patterns", "kinds", "reading", "scope_names")
MAX_PATTERN = 300


@dataclass(frozen=True)
class Pattern:
    """A column whose text holds several fields, as named groups."""

    header: str
    pattern: re.Pattern[str]
    must_fit: bool


@dataclass(frozen=True)
class RegisterProfile:
    """One layout. Headers are kept as they are compared: letters and digits alone."""

    id: str
    title: str
    required: tuple[str, ...]  # fields
    also: tuple[str, ...]  # headers
    ignored: tuple[str, ...]  # headers
    columns: Mapping[str, tuple[str, ...]]  # field → headers
    patterns: tuple[Pattern, ...]
    kinds: Mapping[str, str]  # words, lower case → kind
    kind_by: str  # whole | beginning
    other_kinds: str  # empty: an unknown kind is an error
    scope_names: Mapping[str, str]  # lower case → category code or prefix

    def places(self, headers: Sequence[str]) -> dict[str, list[int]]:
        """Return field → the positions of its columns among `headers`."""
        return {
            field: [at for at, header in enumerate(headers) if header and header in names]
            for field, names in self.columns.items()
        }

    def missing(self, headers: Sequence[str]) -> list[str]:
        """Return the required fields and headers that are not there."""
        places = self.places(headers)
        fields = [field for field in self.required if not places.get(field)]
        return fields + [header for header in self.also if header not in headers]

    @property
    def demands(self) -> int:
        return len(self.required) + len(self.also)

    @property
    def known_headers(self) -> set[str]:
        named = {header for names in self.columns.values() for header in names}
        return named | {*self.also, *self.ignored} | {p.header for p in self.patterns}


def header_key(written: str) -> str:
    """Return a header's letters and digits, in lower case: `Giltig fr.o.m.` → `giltigfrom`."""
    plain = re.sub(r"_x000[da]_", " ", unicodedata.normalize("NFC", written).casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def read_register_profiles(folder: Path) -> tuple[RegisterProfile, ...]:
    """Read every profile. Raises RuleError, or Problems with all of them."""
    found: list[RegisterProfile] = []
    errors: list[ComplianceError] = []
    paths = sorted(folder.glob("*.toml"))
    for path in paths:
        file = TomlFile(path, sections=[*_TOP, *_SECTIONS], shown=f"rules/registers/{path.name}")
        found.append(_profile(file))
        errors += file.errors
    first: dict[str, Path] = {}
    for profile, path in zip(found, paths, strict=True):
        if first.setdefault(profile.id, path) is not path:
            errors.append(
                RuleError(
                    f"the id `{profile.id}` is used twice",
                    at=Place(f"rules/registers/{path.name}", column="id"),
                    why=f"rules/registers/{first[profile.id].name} has it too",
                    fix="give each its own id",
                )
            )
    raise_all(errors)
    return tuple(found)


def _profile(file: TomlFile) -> RegisterProfile:
    top = file.top([*_TOP, *_SECTIONS])
    top.explain()
    columns = file.table("columns", FIELDS, explained=False)
    reading = file.table("reading", ["kind_by", "other_kinds"], required=False, explained=False)
    kinds = file.table("kinds", KINDS, required=False, explained=False)
    required = top.texts("required")
    patterns = _patterns(file)
    given = {*columns, *(name for p in patterns for name in p.pattern.groupindex)}
    for field in required:
        if field not in columns:
            top.refuse("required", f"`{field}` has no column", fix="name its headers in [columns]")
    for field in ("contract_id", "supplier_name", "valid_from", "valid_to"):
        if field not in given:
            top.refuse(field, "comes from no column", fix="name its headers in [columns]")
    return RegisterProfile(
        id=top.text("id"),
        title=top.text("title"),
        required=required,
        also=tuple(map(header_key, top.texts("also", required=False))),
        ignored=tuple(map(header_key, top.texts("ignored", required=False))),
        columns={field: tuple(map(header_key, columns.texts(field))) for field in columns},
        patterns=patterns,
        kinds={word.casefold(): kind for kind in kinds for word in kinds.names(kind)},
        kind_by=reading.choice("kind_by", ("whole", "beginning"), default="whole"),
        other_kinds=reading.choice("other_kinds", KINDS, default=""),
        scope_names=_scope_names(file, top),
    )


def _patterns(file: TomlFile) -> tuple[Pattern, ...]:
    found = []
    top = file.top([*_TOP, *_SECTIONS])
    for entry in top.nested("patterns", ["column", "pattern", "must_fit"]):
        pattern = _compiled(entry)
        if pattern:
            header = header_key(entry.text("column"))
            found.append(Pattern(header, pattern, entry.flag("must_fit", default=False)))
    return tuple(found)


def _compiled(entry: Entry) -> re.Pattern[str] | None:
    written = entry.text("pattern")
    try:
        pattern = re.compile(written)
    except (re.error, OverflowError, RecursionError) as error:  # x{99999999999}, ((((…
        entry.refuse("pattern", "is no regular expression", why=str(error), fix="see docs: re")
        return None
    strange = [name for name in pattern.groupindex if name not in FIELDS]
    if len(written) > MAX_PATTERN or strange or not pattern.groupindex:
        entry.refuse(
            "pattern",
            "must name the fields it gives, within 300 characters",
            fix="write a group for each, as (?P<rank>[0-9]+); fields: " + ", ".join(FIELDS),
        )
        return None
    return pattern


def _scope_names(file: TomlFile, top: Entry) -> dict[str, str]:
    value = top.value("scope_names")
    names = list(value) if isinstance(value, dict) else []
    table = file.table("scope_names", names, required=False, explained=False)
    return {spaced(name).strip().casefold(): table.text(name) for name in names}
