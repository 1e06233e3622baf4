"""What do the rules mean, once read? Frozen records, and the same as frames for SQL.

Money is Decimal, days are inclusive at both ends, None is "open" or "not known". Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import polars as pl

MONEY = pl.Decimal(18, 2)
# An open target is written out to here: rule_targets has one row a year, and nobody plans further.
LAST_YEAR = 2050
OWN = "own"


@dataclass(frozen=True)
class Target:
    """The share that may at most be uncovered from a year on: `first` is its first day."""

    id: str
    title: str
    first: date
    last: date | None
    share: float


@dataclass(frozen=True)
class Policy:
    """policy.toml: the switches, the targets and the published baseline."""

    out_of_scope_counts_as: str  # covered | uncovered
    direct_award_counts_as: str  # covered | uncovered
    tail_days: int
    date_basis: str  # order | delivery | invoice | booking
    closing_lag_days: int
    fiscal_year_start_month: int
    baseline_year: int
    baseline_share: float
    baseline_uncovered_sek: Decimal
    warn_low: float
    warn_high: float
    targets: tuple[Target, ...]

    def target_share(self, year: int) -> float | None:
        """Return the target that holds on the year's last day; None before the first one."""
        day = date(year, 12, 31)
        held = [t for t in self.targets if t.first <= day and (t.last is None or day <= t.last)]
        return held[-1].share if held else None


@dataclass(frozen=True)
class Exclusion:
    """Postings that are not purchases: one of `tests` fits; field → values that may fit."""

    id: str
    title: str
    title_sv: str
    why: str
    source: str
    first: date | None
    last: date | None
    tests: tuple[Mapping[str, tuple[str, ...]], ...]
    group: str = ""  # "own": the companies of that kind in groups.toml


@dataclass(frozen=True)
class Category:
    """A kind of purchase; both names are accepted in a contract's scope."""

    code: str
    name_en: str
    name_sv: str
    cpv: str
    procurable: bool
    limit_kind: str  # the kind of direct-award limit in limits.toml
    why: str
    source: str


@dataclass(frozen=True)
class CategoryAccount:
    """Accounts that start with `prefix` are of this category; the longest prefix wins."""

    prefix: str
    category_code: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Limit:
    """An amount in the procurement act; `amount_sek` is None when only the euro is known."""

    id: str
    title: str
    kind: str
    first: date
    last: date | None
    amount_sek: Decimal | None
    amount_eur: Decimal | None
    is_above: bool  # the duty begins above the amount, not at it
    is_verified: bool
    why: str
    source: str


@dataclass(frozen=True)
class Department:
    """Who reads the letter of which department. Without `email` there is no letter."""

    id: str
    title: str
    manager: str
    email: str
    language: str  # sv | en; empty: the workspace's
    copies: tuple[str, ...]
    formerly: tuple[str, ...] = ()  # what contracts and letters from before call it


@dataclass(frozen=True)
class Unit:
    """A name in the ledger, and the department that it belongs to for a time."""

    name: str
    department: str  # the department's title
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Group:
    """A company that belongs with another, or is the municipality's own; ten-digit numbers."""

    id: str
    title: str
    org_number: str
    kind: str  # affiliate | own | rename | local
    successor_org_number: str
    first: date | None
    last: date | None
    why: str
    source: str


@dataclass(frozen=True)
class Case:
    """One drawn row of a finding's subject, and whether the finding points at it."""

    name: str
    given: Mapping[str, object]
    flagged: bool


@dataclass(frozen=True)
class Finding:
    """One rule that points at rows worth a look. `file` is where to mend it."""

    code: str
    title: str
    title_sv: str
    subject: str  # a published table, or one of the catalog's subjects
    when: str  # in the grammar of conditions.py, over its columns and $parameters
    parameters: Mapping[str, object]
    why: str
    why_sv: str
    do: str
    do_sv: str
    misses: str
    misses_sv: str
    source: str
    cases: tuple[Case, ...]
    columns: Mapping[str, str]  # key | amount | day | department → the subject's column
    file: str


@dataclass(frozen=True)
class Rules:
    """All that the folder says but ledger layouts, matching and persons, which have own readers."""

    policy: Policy
    exclusions: tuple[Exclusion, ...]
    categories: tuple[Category, ...]
    category_accounts: tuple[CategoryAccount, ...]
    limits: tuple[Limit, ...]
    departments: tuple[Department, ...]
    units: tuple[Unit, ...]
    groups: tuple[Group, ...]
    generic_names: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    digest: str = ""  # sha256 over every TOML file in the folder
    notes: tuple[str, ...] = field(default=())  # what is marked unverified, for `check`

    @property
    def organisation(self) -> Mapping[str, Department]:
        """Department title → department, for letters; e-mail addresses are in no table."""
        return MappingProxyType({department.title: department for department in self.departments})

    def limit(self, kind: str, day: date) -> Limit | None:
        """Return the limit of that kind on that day; None before the first one."""
        for limit in self.limits:
            if limit.kind == kind and limit.first <= day <= (limit.last or date.max):
                return limit
        return None

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the rule_* tables of the build; order and types are fixed."""
        return {
            name: pl.DataFrame(list(rows), schema=SCHEMAS[name], orient="row", strict=True)
            for name, rows in _rows(self).items()
        }


_DATES = {"valid_from": pl.Date, "valid_to": pl.Date}
SCHEMAS: Mapping[str, Mapping[str, type[pl.DataType] | pl.DataType]] = {
    "rule_policy": {
        "out_of_scope_counts_as": pl.String,
        "direct_award_counts_as": pl.String,
        "tail_days": pl.Int32,
        "date_basis": pl.String,
        "closing_lag_days": pl.Int32,
        "fiscal_year_start_month": pl.Int32,
        "baseline_year": pl.Int32,
        "baseline_share": pl.Float64,
        "baseline_uncovered_sek": MONEY,
        "warn_low": pl.Float64,
        "warn_high": pl.Float64,
    },
    "rule_targets": {"year": pl.Int32, "target_share": pl.Float64},
    "rule_exclusions": {
        "exclusion_id": pl.String,
        "position": pl.Int32,
        "title": pl.String,
        "title_sv": pl.String,
        "why": pl.String,
        "source": pl.String,
        **_DATES,
    },
    "rule_exclusion_tests": {
        "exclusion_id": pl.String,
        "alternative": pl.Int32,
        "field": pl.String,
        "value": pl.String,
    },
    "rule_categories": {
        "category_code": pl.String,
        "cpv": pl.String,
        "name_sv": pl.String,
        "name_en": pl.String,
        "procurable": pl.Boolean,
        "limit_kind": pl.String,
    },
    "rule_category_accounts": {"account_prefix": pl.String, "category_code": pl.String, **_DATES},
    "rule_units": {"unit": pl.String, "department": pl.String, **_DATES},
    "rule_departments": {"department": pl.String, "manager": pl.String, "language": pl.String},
    "rule_former_names": {"department": pl.String, "former_name": pl.String},
    "rule_limits": {
        "limit_id": pl.String,
        "kind": pl.String,
        **_DATES,
        "amount_sek": MONEY,
        "is_above": pl.Boolean,
        "is_verified": pl.Boolean,
        "source": pl.String,
    },
    "rule_groups": {
        "group_id": pl.String,
        "title": pl.String,
        "org_number": pl.String,
        "kind": pl.String,
        "successor_org_number": pl.String,
        **_DATES,
    },
    "rule_generic_names": {"name": pl.String},
}


def _rows(rules: Rules) -> dict[str, Iterable[tuple[object, ...]]]:
    policy = rules.policy
    exclusions = _expanded(rules)
    switches = (
        policy.out_of_scope_counts_as,
        policy.direct_award_counts_as,
        policy.tail_days,
        policy.date_basis,
        policy.closing_lag_days,
        policy.fiscal_year_start_month,
        policy.baseline_year,
        policy.baseline_share,
        policy.baseline_uncovered_sek,
        policy.warn_low,
        policy.warn_high,
    )
    return {
        "rule_policy": [switches],
        "rule_targets": _targets(policy),
        "rule_exclusions": [
            (x.id, position, x.title, x.title_sv, x.why, x.source, x.first, x.last)
            for position, x in enumerate(exclusions, start=1)
        ],
        "rule_exclusion_tests": [
            (exclusion.id, number, name, value)
            for exclusion in exclusions
            for number, test in enumerate(exclusion.tests, start=1)
            for name, values in test.items()
            for value in values
        ],
        "rule_categories": [
            (c.code, c.cpv, c.name_sv, c.name_en, c.procurable, c.limit_kind)
            for c in rules.categories
        ],
        "rule_category_accounts": [
            (a.prefix, a.category_code, a.first, a.last) for a in rules.category_accounts
        ],
        "rule_units": [(u.name, u.department, u.first, u.last) for u in rules.units],
        "rule_departments": [
            (d.title, d.manager or None, d.language or None) for d in rules.departments
        ],
        "rule_former_names": [(d.title, name) for d in rules.departments for name in d.formerly],
        "rule_limits": [
            (x.id, x.kind, x.first, x.last, x.amount_sek, x.is_above, x.is_verified, x.source)
            for x in rules.limits
        ],
        "rule_groups": [
            (g.id, g.title, g.org_number, g.kind, g.successor_org_number or None, g.first, g.last)
            for g in rules.groups
        ],
        "rule_generic_names": [(name,) for name in rules.generic_names],
    }


def _targets(policy: Policy) -> list[tuple[object, ...]]:
    if not policy.targets:
        return []
    years = range(min(t.first.year for t in policy.targets), LAST_YEAR + 1)
    shares = [(year, policy.target_share(year)) for year in years]
    return [(year, share) for year, share in shares if share is not None]


def _expanded(rules: Rules) -> list[Exclusion]:
    """The exclusions in order, and one for each own company, with its own dates and reason."""
    found = []
    for exclusion in rules.exclusions:
        found.append(exclusion)
        if exclusion.group:
            found += [
                Exclusion(
                    id=f"{exclusion.id}-{group.id}",
                    title=f"{exclusion.title}: {group.title}",
                    title_sv=f"{exclusion.title_sv}: {group.title}",
                    why=group.why,
                    source=group.source,
                    first=group.first,
                    last=group.last,
                    tests=({"counterparty": (group.org_number,)},),
                )
                for group in rules.groups
                if group.kind == exclusion.group
            ]
    return found
