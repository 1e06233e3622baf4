"""What must the report know that is not in the database: names, addresses and readers?

Taken once from the workspace's settings and its rules, so that the rest of the report meets plain
values only. Knows no figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compliance.rule_entries import Rules
    from compliance.workspace import Workspace


@dataclass(frozen=True)
class Reader:
    """Who answers for a department, and in which language; no address, no letter."""

    department: str
    name: str = ""
    email: str = ""
    language: str = ""


@dataclass(frozen=True)
class Facts:
    """Names for codes, and where the reader can turn. Pairs of names are (Swedish, English)."""

    organisation: str
    language: str = "sv"
    contact: str = ""  # an e-mail address, or nothing
    sender: str = ""  # the address that letters come from
    report_url: str = ""  # where output/reports can be read; nothing: the file's own name
    categories: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    exclusions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    readers: Mapping[str, Reader] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace: Workspace, rules: Rules) -> Facts:
        """Gather the facts from what the workspace's owner has set and written as rules.

        `[delivery]` of compliance.toml gives `from`, `contact` and `report_url`, all optional.
        """
        settings, delivery = workspace.settings, workspace.settings.delivery
        return cls(
            organisation=settings.name,
            language=settings.language,
            contact=str(delivery.get("contact") or delivery.get("reply_to") or ""),
            sender=str(delivery.get("from") or ""),
            report_url=str(delivery.get("report_url") or "").rstrip("/"),
            categories={each.code: (each.name_sv, each.name_en) for each in rules.categories},
            exclusions={each.id: (each.title_sv, each.title) for each in rules.exclusions},
            readers={
                each.title: Reader(each.title, each.manager, each.email, each.language)
                for each in rules.departments
            },
        )

    def category(self, code: str | None, language: str) -> str:
        """Return a category's name, its code where it has none, nothing for no category."""
        return _name(self.categories, code, language)

    def exclusion(self, code: str | None, language: str) -> str:
        """Return an exclusion's title, or its id where it has none.

        One exclusion may be several rules in the database (X09-own-1): each bears its title.
        """
        parts = (code or "").split("-")
        named = next(
            (
                known
                for end in range(len(parts), 0, -1)
                if (known := "-".join(parts[:end])) in self.exclusions
            ),
            code,
        )
        return _name(self.exclusions, named, language)


def _name(names: Mapping[str, tuple[str, str]], code: str | None, language: str) -> str:
    if not code:
        return ""
    swedish, english = names.get(code, (code, code))
    return (swedish if language == "sv" else english) or code
