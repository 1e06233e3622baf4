"""What does a TOML file of ours say, and where does it say something that nothing can be made of?

Strict: an unknown key, a wrong type, a missing `why`, a gap or an overlap of dates and an id used
twice are each named by file, line, entry and key, with the nearest valid name. All problems of a
file are collected. Knows no rule: what the keys mean is the reader's business.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from compliance.errors import ComplianceError, Place, RuleError, nearest, raise_all
from compliance.toml_text import read_toml

EXPLAINED = frozenset({"title", "why", "source"})
ENTRY = EXPLAINED | {"id"}
DATED = frozenset({"from", "to"})
_ONE_DAY = timedelta(days=1)
_TYPES = {
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number",
    str: "text",
    date: "a date",
    datetime: "a date with a time",
    list: "a list",
    dict: "a table",
}


def spaced(text: str) -> str:
    """Return a text as the ledger's cells are read: one blank for each run, letters composed.

    For what is compared with a ledger's text; words that are only read stay as they are written.
    """
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text))


class TomlFile:
    """One file, read strictly; problems are kept in `errors` until `close`."""

    def __init__(self, path: Path, *, sections: Collection[str], shown: str = "") -> None:
        """Read `path`. One that is missing or is not TOML has that one problem, and no entries.

        `sections` are the names that may stand at its top level; `about` always may.
        """
        self.path, self.shown = path, shown or f"{path.parent.name}/{path.name}"
        self.errors: list[ComplianceError] = []
        self._is_readable = True
        self._text, self._data = "", dict[str, object]()
        self._read()
        self._about = self._shared_words()
        for name in self._data:
            if name not in sections and name != "about":
                self.refuse(
                    f"there is no `{name}` in this file",
                    row=self._row(name, 0),
                    fix=nearest(name, [*sections, "about"]),
                )

    def _read(self) -> None:
        try:
            found = read_toml(self.path, self.shown)
            self._text, self._data = found.text, found.table
        except RuleError as error:
            self.errors.append(error)
        # What is missing from a file that cannot be read is no second problem.
        self._is_readable = not self.errors

    def _shared_words(self) -> dict[str, object]:
        about = self._data.get("about", {})
        if not isinstance(about, dict):
            self.refuse("`about` must be a table", fix="write [about] on a line of its own")
            return {}
        for key, value in about.items():
            if key not in EXPLAINED:
                self.refuse(
                    f"[about] has no `{key}`",
                    row=self._row("about", 0),
                    fix=nearest(key, EXPLAINED),
                )
            elif not isinstance(value, str) or not value.strip():
                self.refuse(
                    f"[about] `{key}` must be text",
                    row=self._row("about", 0),
                    fix="answer it in one sentence",
                )
        return about

    def refuse(self, what: str, *, fix: str, row: int | None = None, why: str = "") -> None:
        if self._is_readable:
            self.errors.append(RuleError(what, at=Place(self.shown, row), why=why, fix=fix))

    def close(self) -> None:
        """Raise what was found wrong, if anything."""
        raise_all(self.errors)

    def top(self, known: Collection[str]) -> Entry:
        """Return the keys that stand at the file's top level, outside any section."""
        return Entry(self, "", 1, self._data, known=frozenset(known) | {"about"}, shared={})

    def table(
        self,
        name: str,
        known: Collection[str],
        *,
        required: bool = True,
        explained: bool = True,
    ) -> Entry:
        """Return the one table of that name; an absent one is reported unless optional."""
        value = self._data.get(name)
        row = self._row(name, 0)
        if value is None and required:
            self.refuse(
                f"[{name}] is missing", fix=f"add a table [{name}]; see the rules that ship"
            )
        if value is not None and not isinstance(value, dict):
            self.refuse(
                f"`{name}` must be a table", row=row, fix=f"write [{name}], and its keys below it"
            )
        data = value if isinstance(value, dict) else None
        names = frozenset(known) | (EXPLAINED if explained else frozenset())
        entry = Entry(self, name, row, data or {}, known=names, shared=self._about)
        entry.is_absent = data is None
        if explained:
            entry.explain()
        return entry

    def entries(
        self, name: str, known: Collection[str], *, explained: bool = True, unique: bool = True
    ) -> list[Entry]:
        """Return the [[name]] entries in order, each with its id checked; none is no error."""
        value = self._data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.refuse(
                f"`{name}` must be a list of tables",
                row=self._row(name, 0),
                fix=f"write [[{name}]] with two brackets above each entry",
            )
            return []
        names = frozenset(known) | ENTRY
        found, seen = [], dict[str, int]()
        for number, item in enumerate(value):
            row = self._row(name, number)
            label = item.get("id")
            label = label if isinstance(label, str) and label else f"{name}[{number + 1}]"
            entry = Entry(self, label, row, item, known=names, shared=self._about)
            entry.text("id")
            if explained:
                entry.explain()
            if unique and label in seen:
                entry.refuse(
                    "id", f"used twice, first on line {seen[label]}", fix="give it its own"
                )
            seen.setdefault(label, row or 0)
            found.append(entry)
        return found

    def _row(self, name: str, number: int) -> int | None:
        """The line of the nth section (or key) of that name: tomllib tells no lines."""
        pattern = (
            rf"^[ \t]*(?:\[\[?[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*\]|{re.escape(name)}[ \t]*=)"
        )
        starts = [match.start() for match in re.finditer(pattern, self._text, re.MULTILINE)]
        return self._text.count("\n", 0, starts[number]) + 1 if number < len(starts) else None


class Entry:
    """One table of a file: typed answers, and a refusal of what it does not know.

    A getter that cannot answer reports why and returns an empty value of its type, so that one
    run finds every problem; `TomlFile.close` then refuses the file.
    """

    def __init__(
        self,
        file: TomlFile,
        label: str,
        row: int | None,
        data: Mapping[str, object],
        *,
        known: Collection[str],
        shared: Mapping[str, object],
    ) -> None:
        self.file, self.label, self.row = file, label, row
        self.is_absent = False
        self.words: dict[str, str] = {}
        self._data, self._shared = data, shared
        for key in data:
            if key not in known:
                self.refuse(key, "no such key here", fix=nearest(key, known))

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def value(self, key: str) -> object:
        """Return what stands there, whatever its type; None without it."""
        return self._data.get(key)

    def refuse(self, key: str, what: str, *, fix: str, why: str = "") -> None:
        named = f"`{self.label}`, key `{key}`" if self.label else f"key `{key}`"
        self.file.refuse(f"{named}: {what}", row=self.row, why=why, fix=fix)

    def explain(self) -> None:
        """Ask for the words that an auditor reads: `why` and `source` may come from [about]."""
        self.words = {key: self.text(key) for key in sorted(EXPLAINED)}

    def _typed(self, key: str, kinds: tuple[type, ...], example: str, *, required: bool) -> object:
        if self.is_absent:
            return None
        value = self._data.get(key)
        if value is None and key in EXPLAINED:
            value = self._shared.get(key)
        if value is None:
            if required:
                self.refuse(key, "is missing", fix=f"write {key} = {example}")
            return None
        # A bool is an int to Python, a datetime is a date: neither is what was asked for.
        if type(value) not in kinds:
            self.refuse(
                key, f"is {_TYPES.get(type(value), 'a time')}", fix=f"write {key} = {example}"
            )
            return None
        return value

    def text(self, key: str, *, required: bool = True) -> str:
        value = self._typed(key, (str,), '"…"', required=required)
        if not isinstance(value, str):
            return ""
        if required and not value.strip():
            self.refuse(key, "is empty", fix="answer it in a few words")
        return value.strip()

    def choice(self, key: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        """Return one of `allowed`; without a default the key must be there."""
        value = self._typed(key, (str,), f'"{allowed[0]}"', required=default is None)
        if not isinstance(value, str):
            return default if default is not None else allowed[0]
        if value not in allowed:
            self.refuse(key, f"`{value}` is not known", fix=nearest(value, allowed))
            return allowed[0]
        return value

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        value = self._typed(key, (bool,), "true", required=default is None)
        return value if isinstance(value, bool) else bool(default)

    def whole(self, key: str, *, low: int, high: int) -> int:
        """Return a whole number between `low` and `high`, both included."""
        value = self._typed(key, (int,), str(low), required=True)
        if not isinstance(value, int):
            return low
        if not low <= value <= high:
            self.refuse(key, f"{value} is outside {low} … {high}", fix="write a number within")
            return low
        return value

    def share(self, key: str) -> float:
        """Return a share between 0 and 1."""
        value = self._typed(key, (int, Decimal), "0.12", required=True)
        return self._as_share(key, value) if value is not None else 0.0

    def shares(self, key: str, *, count: int) -> tuple[float, ...]:
        """Return exactly `count` shares, each larger than the one before."""
        value = self._typed(key, (list,), "[0.7, 0.9]", required=True)
        empty = (0.0,) * count
        if not isinstance(value, list):
            return empty
        if len(value) != count or not all(type(item) in (int, Decimal) for item in value):
            self.refuse(key, f"must hold {count} numbers", fix=f"write {key} = [0.7, 0.9]")
            return empty
        found = tuple(self._as_share(key, item) for item in value)
        if list(found) != sorted(set(found)):
            self.refuse(key, "must rise", fix="write the lower share first")
        return found

    def _as_share(self, key: str, value: object) -> float:
        number = Decimal(str(value))
        if not 0 <= number <= 1:
            self.refuse(key, f"{number} is not a share", fix="write 12 % as 0.12")
            return 0.0
        return float(number)

    def amount(self, key: str, *, required: bool = True) -> Decimal | None:
        """Return an amount above zero, of at most two decimals; None where nothing is said."""
        value = self._typed(key, (int, Decimal), "700_000", required=required)
        if not isinstance(value, int | Decimal):
            return None
        amount = Decimal(value)
        if not amount.is_finite() or amount <= 0 or amount >= Decimal(10) ** 15:
            self.refuse(key, f"{value} is not an amount above zero", fix="write kronor, ex VAT")
            return None
        if amount != round(amount, 2):
            self.refuse(key, f"{value} has parts of an öre", fix="write at most two decimals")
            return None
        return amount

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """Return a list of texts, each once and none empty. Without the key: none."""
        value = self._typed(key, (list,), '["…"]', required=required)
        if not isinstance(value, list):
            return ()
        if not value:
            self.refuse(key, "lists nothing", fix=f'write {key} = ["…"], or leave it out')
        if not all(isinstance(item, str) and item.strip() for item in value):
            self.refuse(key, "must list texts", fix=f'write {key} = ["…"], or leave it out')
            return ()
        for item in value:
            if value.count(item) > 1:
                self.refuse(key, f"`{item}` stands twice", fix="keep one")
                break
        return tuple(value)

    def names(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """Return a list of names as the ledger's are read, each once: see `spaced`."""
        found = (spaced(item).strip() for item in self.texts(key, required=required))
        return tuple(dict.fromkeys(found))

    def day(self, key: str) -> date | None:
        value = self._typed(key, (date,), "2024-01-31", required=False)
        return value if isinstance(value, date) else None

    def nested(self, key: str, known: Collection[str]) -> list[Entry]:
        """Return the [[….key]] tables inside this entry, in order; without the key: none."""
        value = self._typed(key, (list,), "[[…]]", required=False)
        if not isinstance(value, list):
            return []
        if not all(isinstance(item, dict) for item in value):
            self.refuse(key, "must be tables", fix=f"write [[….{key}]] above each")
            return []
        return [
            Entry(
                self.file, f"{self.label}.{key}[{number}]", self.row, item, known=known, shared={}
            )
            for number, item in enumerate(value, start=1)
        ]

    def period(self) -> Period:
        """Return `from` and `to`, both included, either open."""
        period = Period(self.day("from"), self.day("to"))
        if period.first and period.last and period.last < period.first:
            self.refuse(
                "to",
                f"ends ({period.last}) before it starts ({period.first})",
                fix="a day is included at both ends",
            )
        return period


@dataclass(frozen=True)
class Period:
    """From a day to a day, both included; None is open."""

    first: date | None = None
    last: date | None = None


def hold_dates(periods: Iterable[tuple[str, Entry, Period]], *, gaps: bool = True) -> None:
    """Report overlaps, and gaps where they are not allowed, between periods of the same subject."""
    by_subject: dict[str, list[tuple[Period, Entry]]] = {}
    for subject, entry, period in periods:
        by_subject.setdefault(subject, []).append((period, entry))
    for subject, held in by_subject.items():
        held.sort(key=lambda pair: pair[0].first or date.min)
        for (before, earlier), (after, entry) in pairwise(held):
            starts = after.first
            if before.last is None or starts is None or starts <= before.last:
                entry.refuse(
                    "from",
                    f"overlaps `{earlier.label}` for {subject}",
                    why=f"that ends {before.last or 'never'}, this starts {starts or 'always'}",
                    fix="end the earlier one the day before",
                )
            elif gaps and starts != before.last + _ONE_DAY:
                entry.refuse(
                    "from",
                    f"leaves a gap after `{earlier.label}` for {subject}",
                    why=f"nothing is said for {before.last + _ONE_DAY} … {starts - _ONE_DAY}",
                    fix=f"start on {before.last + _ONE_DAY}",
                )
