"""What does rules/persons.toml say: what makes a vendor a private person?

Reads that one file and refuses what it does not know. Knows neither frames nor vendors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from compliance.errors import Place, RuleError, nearest
from compliance.toml_text import read_toml

TREATMENTS = ("evidence", "person", "company")


@dataclass(frozen=True)
class PersonRules:
    """The evidence that decides where the number does not. All words are in lower case."""

    unknown_treated_as: str = "evidence"  # one of TREATMENTS
    smallest_group: int = 5  # persons; smaller groups are shown together
    account_prefixes: tuple[str, ...] = ()
    unit_words: tuple[str, ...] = ()  # parts of a unit's name
    company_forms: tuple[str, ...] = ()  # whole words
    company_words: tuple[str, ...] = ()  # parts of words
    sole_trader_words: tuple[str, ...] = ()  # whole words
    given_names: frozenset[str] = frozenset()
    surname_endings: tuple[str, ...] = ()  # ends of words
    redaction_markers: tuple[str, ...] = ()  # whole names
    protected: frozenset[str] = frozenset()  # keyed digests, see person_key.protected_digest
    key_checks: tuple[tuple[str, str], ...] = ()  # an entry's id, and which key it was made with


_EXPLAINED = frozenset({"id", "title", "why", "source"})
_OPTIONAL: Mapping[str, frozenset[str]] = {"protected": frozenset({"key_check"})}
# Section → (the keys that it must have, may it stand more than once).
_SECTIONS: Mapping[str, tuple[frozenset[str], bool]] = {
    "unknown": (frozenset({"treated_as"}), False),
    "groups": (frozenset({"smallest"}), False),
    "accounts": (frozenset({"prefixes"}), True),
    "units": (frozenset({"words"}), True),
    "company": (frozenset({"forms", "words"}), False),
    "sole_trader": (frozenset({"words"}), False),
    "given_names": (frozenset({"names"}), False),
    "surnames": (frozenset({"endings"}), False),
    "redacted": (frozenset({"markers"}), False),
    "protected": (frozenset({"digest"}), True),
}


def read_person_rules(file: Path) -> PersonRules:
    """Read the file. Raises RuleError that names the file, the entry and the nearest valid key."""
    return _Reader(file).rules()


class _Reader:
    """The file's sections, each looked at once, with the place for what is wrong with it."""

    def __init__(self, file: Path) -> None:
        self._file = f"rules/{file.name}"
        self._data = read_toml(file, self._file).table

    def rules(self) -> PersonRules:
        if unknown := sorted(self._data.keys() - _SECTIONS.keys()):
            raise self._error(
                f"[{unknown[0]}] is not known", unknown[0], nearest(unknown[0], _SECTIONS)
            )
        found = PersonRules(
            unknown_treated_as=self._treatment(),
            smallest_group=self._smallest(),
            account_prefixes=self._words("accounts", "prefixes"),
            unit_words=self._words("units", "words"),
            company_forms=self._words("company", "forms"),
            company_words=self._words("company", "words"),
            sole_trader_words=self._words("sole_trader", "words"),
            given_names=frozenset(self._words("given_names", "names")),
            surname_endings=self._words("surnames", "endings"),
            redaction_markers=self._words("redacted", "markers"),
            protected=frozenset(self._digests()),
            key_checks=tuple(self._key_checks()),
        )
        self._refuse_doubles()
        return found

    def _entries(self, section: str) -> list[Mapping[str, object]]:
        own, many = _SECTIONS[section]
        content = self._data.get(section, [])
        if isinstance(content, dict):
            content = [content]
        if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
            raise self._error(f"`{section}` is not a section", section, f"write [{section}]")
        if len(content) > 1 and not many:
            raise self._error(f"[{section}] stands twice", section, "keep one of them")
        for entry in content:
            self._check_keys(section, entry, own)
        return content

    def _check_keys(self, section: str, entry: Mapping[str, object], own: frozenset[str]) -> None:
        known = _EXPLAINED | own | _OPTIONAL.get(section, frozenset())
        for key in sorted(entry.keys() - known):
            raise self._error(f"[{section}] has no `{key}`", section, nearest(key, known))
        for key in ("id", "why", *sorted(own)):
            if key not in entry:
                raise self._error(
                    f"[{section}] does not say `{key}`", section, f"add {key} = … below [{section}]"
                )
        for key in sorted(_EXPLAINED & entry.keys()):
            if not isinstance(entry[key], str) or not str(entry[key]).strip():
                raise self._error(f"`{key}` is not text", section, f'write {key} = "…"')

    def _words(self, section: str, key: str) -> tuple[str, ...]:
        found: list[str] = []
        for entry in self._entries(section):
            words = entry[key]
            if not isinstance(words, list) or not all(
                isinstance(word, str) and word.strip() for word in words
            ):
                raise self._error(
                    f"`{key}` is not a list of words", section, f'write {key} = ["…", "…"]'
                )
            found += [normalize("NFC", word).strip().lower() for word in words]
        return tuple(found)

    def _treatment(self) -> str:
        for entry in self._entries("unknown"):
            if entry["treated_as"] not in TREATMENTS:
                raise self._error(
                    f"`treated_as` is {entry['treated_as']!r}",
                    "unknown",
                    nearest(str(entry["treated_as"]), TREATMENTS),
                )
            return str(entry["treated_as"])
        return PersonRules.unknown_treated_as

    def _smallest(self) -> int:
        for entry in self._entries("groups"):
            smallest = entry["smallest"]
            if not isinstance(smallest, int) or isinstance(smallest, bool) or smallest < 1:
                raise self._error(
                    f"`smallest` is {smallest!r}", "groups", "write a whole number from 1"
                )
            return smallest
        return PersonRules.smallest_group

    def _digests(self) -> list[str]:
        found = []
        for entry in self._entries("protected"):
            found.append(self._printed(entry, "digest", 64))
        return found

    def _key_checks(self) -> list[tuple[str, str]]:
        return [
            (str(entry["id"]), self._printed(entry, "key_check", 16))
            for entry in self._entries("protected")
            if "key_check" in entry
        ]

    def _printed(self, entry: Mapping[str, object], key: str, length: int) -> str:
        value = entry[key]
        if (
            not isinstance(value, str)
            or len(value) != length
            or set(value) - set("0123456789abcdef")
        ):
            raise self._error(
                f"`{key}` of {entry['id']!r} is not one",
                "protected",
                "paste what `compliance protect` printed; never the number or the name itself",
            )
        return value

    def _refuse_doubles(self) -> None:
        seen: set[object] = set()
        for section in _SECTIONS:
            for entry in self._entries(section):
                if entry["id"] in seen:
                    raise self._error(
                        f"the id {entry['id']!r} is used twice",
                        section,
                        "give each entry its own id",
                    )
                seen.add(entry["id"])

    def _error(self, what: str, section: str, fix: str) -> RuleError:
        return RuleError(what, at=Place(self._file, column=section or None), fix=fix)
