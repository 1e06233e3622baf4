"""Where do things lie in one workspace, and what has its owner set?

Reads compliance.toml and nothing else; opens no other file. Paths are resolved once, here.
"""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from compliance import identifiers
from compliance.errors import InputError, Place, RuleError, nearest
from compliance.toml_text import read_toml

SETTINGS_FILE = "compliance.toml"

_KNOWN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "organisation": frozenset({"name", "org_number", "municipality", "language"}),
        "paths": frozenset({"ledger", "contracts", "tenders", "orders", "rules", "output"}),
        "ledger": frozenset({"replaces"}),
        "engine": frozenset({"threads", "memory_limit"}),
        "delivery": frozenset(),  # read strictly by delivery_settings.py, which knows its keys
    }
)
# With less, not even the sample is built.
LEAST_MEGABYTES = 200
_MEMORY = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([MGT]B)", re.IGNORECASE)
_MEGABYTES = {"MB": 1, "GB": 1_000, "TB": 1_000_000}


@dataclass(frozen=True)
class Replacement:
    """One delivered ledger file that stands instead of another; both relative to the workspace."""

    file: str
    replaces: str


@dataclass(frozen=True)
class Settings:
    """What compliance.toml says; every value has a default but the organisation's name."""

    name: str
    org_number: str = ""  # it and the code say whose folder this is; no figure reads them
    municipality: str = ""
    language: str = "sv"
    threads: int = 2
    memory_limit: str = "4000MB"  # always in whole MB, as DuckDB and the JVM both read it
    replaces: tuple[Replacement, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)
    delivery: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Workspace:
    """One municipality's folder: its files by the names of the public contract."""

    root: Path
    settings: Settings

    @classmethod
    def open(cls, root: Path) -> Workspace:
        """Read compliance.toml under `root`. Raises InputError when it is not a workspace."""
        file = root / SETTINGS_FILE
        if not file.is_file():
            raise InputError(
                "this folder is not a workspace",
                at=Place(str(file)),
                why=f"there is no {SETTINGS_FILE} in it",
                fix=f"run `compliance init {shlex.quote(str(root))}`, or name the folder "
                f"that holds {SETTINGS_FILE}",
            )
        workspace = cls(root.resolve(), _settings(file))
        if "?" in str(workspace.output):
            raise InputError(
                "the folder of what is published has a `?` in its path",
                at=Place(str(workspace.output)),
                why="DuckDB cannot write a database there: it takes what follows for an option",
                fix=f"rename the folder, or name another one as [paths] output in {SETTINGS_FILE}",
            )
        return workspace

    def _folder(self, name: str) -> Path:
        return self.root / self.settings.paths.get(name, name)

    @property
    def ledger(self) -> Path:
        return self._folder("ledger")

    def in_ledger(self, name: str) -> list[Path]:
        """Return the files below the ledger's folder of that name, sorted; hidden ones are none.

        Whoever reads the ledger refuses what is passed over here: see listing.py.
        `Peppol` and `SIE` are the same folders as `peppol` and `sie`: where there are several, all.
        """
        if not self.ledger.is_dir():
            return []
        folders = (path for path in self.ledger.iterdir() if path.name.lower() == name)
        return sorted(
            path
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file() and not folder.is_symlink() and not path.name.startswith(".")
        )

    @property
    def contracts(self) -> Path:
        return self._folder("contracts")

    @property
    def tenders(self) -> Path:
        return self._folder("tenders")

    @property
    def orders(self) -> Path:
        return self._folder("orders")

    @property
    def rules(self) -> Path:
        return self._folder("rules")

    @property
    def output(self) -> Path:
        return self._folder("output")

    @property
    def decisions(self) -> Path:
        return self.root / "decisions.csv"

    @property
    def history(self) -> Path:
        return self.root / "history"

    @property
    def persons_key(self) -> Path:
        return self.root / "persons.key"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def cache(self) -> Path:
        return self.output / "cache"

    @property
    def database(self) -> Path:
        return self.output / "compliance.duckdb"

    @property
    def persons(self) -> Path:
        return self.output / "persons.parquet"

    def relative(self, path: Path) -> str:
        """Return the path as messages and tables show it: below the workspace, with `/`.

        A link keeps its own name; what lies outside the workspace is shown whole.
        """
        for way in (path, Path(os.path.realpath(path))):  # a circle of links is no error here
            if way.is_relative_to(self.root):
                return way.relative_to(self.root).as_posix()
        return path.as_posix()


def _settings(file: Path) -> Settings:
    data = read_toml(file, file.name).table
    _check_names(file, data)
    organisation = _section(file, data, "organisation")
    engine = _section(file, data, "engine")
    language = _text(file, organisation, "language", "sv")
    if language not in ("sv", "en"):
        raise RuleError(
            f"`language` is {language!r}",
            at=Place(file.name, column="language"),
            fix='use "sv" or "en"',
        )
    return Settings(
        name=_name(file, organisation),
        org_number=_org_number(file, organisation),
        municipality=_text(file, organisation, "municipality", ""),
        language=language,
        threads=_positive(file, engine, "threads", 2),
        memory_limit=_memory(file, engine, "memory_limit", "4GB"),
        replaces=_replacements(file, _section(file, data, "ledger")),
        paths=_paths(file, _section(file, data, "paths")),
        delivery=_section(file, data, "delivery"),
    )


def _check_names(file: Path, data: Mapping[str, object]) -> None:
    for section, content in data.items():
        if section not in _KNOWN:
            raise RuleError(
                f"[{section}] is not known",
                at=Place(file.name),
                why="what is misspelt would have no effect",
                fix=nearest(section, _KNOWN),
            )
        if not isinstance(content, dict):
            raise RuleError(
                f"`{section}` is a value, not a section",
                at=Place(file.name),
                fix=f"write [{section}] on a line of its own, its values below",
            )
        unknown = sorted(content.keys() - _KNOWN[section]) if _KNOWN[section] else []
        for key in unknown:
            raise RuleError(
                f"[{section}] has no `{key}`",
                at=Place(file.name, column=key),
                why="what is misspelt would have no effect",
                fix=nearest(key, _KNOWN[section]),
            )


def _section(file: Path, data: Mapping[str, object], name: str) -> Mapping[str, object]:
    content = data.get(name, {})
    if not isinstance(content, dict):
        raise RuleError(f"[{name}] must be a section", at=Place(file.name), fix=f"write [{name}]")
    return content


def _name(file: Path, organisation: Mapping[str, object]) -> str:
    name = _text(file, organisation, "name", "").strip()
    if not name:
        raise RuleError(
            "[organisation] does not say `name`",
            at=Place(file.name),
            why="every report and letter opens with it",
            fix='add name = "…" below [organisation]',
        )
    return name


def _org_number(file: Path, organisation: Mapping[str, object]) -> str:
    number = _text(file, organisation, "org_number", "")
    if number.strip() and not identifiers.parse(number).number:
        raise RuleError(
            f"`org_number` is {number!r}",
            at=Place(file.name, column="org_number"),
            why="the procurements with this buyer are ours; a number that is none has none",
            fix='write ten digits, such as org_number = "212000-0000", or leave it empty',
        )
    return number


def _text(file: Path, section: Mapping[str, object], key: str, default: str) -> str:
    value = section.get(key, default)
    if not isinstance(value, str):
        raise RuleError(f"`{key}` is not text", at=Place(file.name), fix=f'write {key} = "{value}"')
    return value


def _positive(file: Path, section: Mapping[str, object], key: str, default: int) -> int:
    value = section.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise RuleError(
            f"`{key}` is {value!r}",
            at=Place(file.name),
            fix=f"write a whole number from 1, such as {key} = {default}",
        )
    return value


def _memory(file: Path, section: Mapping[str, object], key: str, default: str) -> str:
    """Return an amount of memory as DuckDB reads it; a misspelt one would fail in the middle."""
    text = _text(file, section, key, default)
    fits = _MEMORY.fullmatch(text.strip())
    if not fits or float(fits[1]) * _MEGABYTES[fits[2].upper()] < LEAST_MEGABYTES:
        raise RuleError(
            f"`{key}` is {text!r}",
            at=Place(file.name, column=key),
            why=f"it is a number and MB, GB or TB, and at least {LEAST_MEGABYTES}MB",
            fix=f'write {key} = "{default}", or as much as the machine can spare',
        )
    return f"{float(fits[1]) * _MEGABYTES[fits[2].upper()]:.0f}MB"


def _paths(file: Path, section: Mapping[str, object]) -> Mapping[str, str]:
    return {key: _text(file, section, key, key) for key in section}


def _replacements(file: Path, section: Mapping[str, object]) -> tuple[Replacement, ...]:
    entries = section.get("replaces", [])
    if not isinstance(entries, list):
        raise RuleError(
            "[ledger] `replaces` is not a list",
            at=Place(file.name),
            fix='write replaces = [{ file = "ledger/new.csv", replaces = "ledger/old.csv" }]',
        )
    found = []
    for entry in entries:
        if not isinstance(entry, dict) or entry.keys() != {"file", "replaces"}:
            raise RuleError(
                "an entry of [ledger] `replaces` is not complete",
                at=Place(file.name),
                fix='write { file = "ledger/new.csv", replaces = "ledger/old.csv" }',
            )
        found.append(
            Replacement(
                _as_stored(file.parent, _text(file, entry, "file", "")),
                _as_stored(file.parent, _text(file, entry, "replaces", "")),
            )
        )
    return tuple(found)


def _as_stored(root: Path, name: str) -> str:
    """Return a file's name as the disk has it; as it is, where there is no such file.

    A folder that was packed on a Mac has an accent as a sign of its own, beside its letter.
    """
    found = Path()
    for part in Path(name).parts:
        below = sorted((root / found).iterdir()) if (root / found).is_dir() else []
        names = {unicodedata.normalize("NFC", path.name): path.name for path in below}
        names |= {path.name: path.name for path in below}
        found /= names.get(part) or names.get(unicodedata.normalize("NFC", part), part)
    return found.as_posix() if (root / found).exists() else name
