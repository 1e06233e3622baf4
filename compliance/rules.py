"""What do the files in rules/ say: exclusions, categories, limits, targets, findings?

`read_rules` reads the folder and refuses, all at once, whatever cannot be run. An entry has `id`,
`title`, `why` and `source`; the last two may stand once for the file, in [about]. Ledger layouts,
matching and persons have readers of their own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from compliance.errors import ComplianceError, Place, Problems, RuleError, nearest, raise_all
from compliance.finding_rules import read_findings
from compliance.organisation_rules import read_generic_names, read_groups, read_organisation
from compliance.rule_entries import (
    OWN,
    Category,
    CategoryAccount,
    Exclusion,
    Limit,
    Policy,
    Rules,
    Target,
)
from compliance.toml_shape import DATED, Entry, Period, TomlFile, hold_dates, spaced
from compliance.toml_text import read_toml

__all__ = ["Rules", "read_rules", "rules_check", "rules_digest"]

SIDES = ("covered", "uncovered")
DATE_BASES = ("order", "delivery", "invoice", "booking")
# Direct-award limits, one of which a category is held to.
AWARD_LIMITS = ("direct_award", "social", "special")
LIMIT_KINDS = (*AWARD_LIMITS, "documentation", "eu_goods_services", "eu_works", "eu_social")
TESTS = ("account", "account_not", "counterparty", "counterparty_not", "unit", "vendor", "text")
_SWITCHES = (
    *("out_of_scope_counts_as", "direct_award_counts_as", "tail_days", "date_basis"),
    *("closing_lag_days", "fiscal_year_start_month", "warn_at"),
)
# The files that are read here, and what may stand at the top of each.
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "policy": ("baseline", "targets", *_SWITCHES),
    "exclusions": ("exclusions",),
    "categories": ("categories", "accounts"),
    "limits": ("limits",),
    "organisation": ("departments", "units"),
    "groups": ("groups",),
    "vendors": ("generic_names",),
}
FILES = frozenset(_SECTIONS) | {"persons", "matching"}
_DIGITS = re.compile(r"[0-9]+")


def read_rules(folder: Path) -> Rules:
    """Read every rule in `folder`. Raises RuleError, or Problems with all of them."""
    files = {
        name: TomlFile(folder / f"{name}.toml", sections=sections)
        for name, sections in _SECTIONS.items()
    }
    policy = _policy(files["policy"])
    exclusions = _exclusions(files["exclusions"])
    categories, category_accounts = _categories(files["categories"])
    limits = _limits(files["limits"])
    departments, units = read_organisation(files["organisation"])
    groups = read_groups(files["groups"])
    generic_names = read_generic_names(files["vendors"])
    findings, wrong = read_findings(folder / "findings")
    raise_all([*_strays(folder), *(e for file in files.values() for e in file.errors), *wrong])
    return Rules(
        policy=policy,
        exclusions=exclusions,
        categories=categories,
        category_accounts=category_accounts,
        limits=limits,
        departments=departments,
        units=units,
        groups=groups,
        generic_names=generic_names,
        findings=findings,
        digest=rules_digest(folder),
        notes=_unverified(exclusions, limits),
    )


def rules_check(folder: Path) -> tuple[list[ComplianceError], tuple[str, ...]]:
    """Return everything wrong with the rules and, when they can be read, what nobody verified.

    For `compliance check`: raises nothing of ours.
    """
    try:
        return [], read_rules(folder).notes
    except Problems as problems:
        return list(problems.errors), ()
    except ComplianceError as error:
        return [error], ()


def rules_digest(folder: Path) -> str:
    """Return sha256 over the names and bytes of every TOML file below `folder`."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.toml")):
        content = read_toml(path, f"{folder.name}/{path.relative_to(folder).as_posix()}").content
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _strays(folder: Path) -> list[ComplianceError]:
    """A misspelt file name is a rule that nobody reads."""
    return [
        RuleError(
            "no rule file has this name",
            at=Place(f"{folder.name}/{path.name}"),
            why="it would be read by nobody, and what it says would not hold",
            fix=nearest(path.stem, FILES),
        )
        for path in sorted(folder.glob("*.toml"))
        if path.stem not in FILES
    ]


# ── policy ────────────────────────────────────────────────────────────────────────────────────────


def _policy(file: TomlFile) -> Policy:
    baseline = file.table("baseline", ["year", "uncovered_share", "uncovered_sek"])
    switch = {name: file.table(name, ["value"]) for name in _SWITCHES}
    warn = switch["warn_at"].shares("value", count=2)
    return Policy(
        out_of_scope_counts_as=switch["out_of_scope_counts_as"].choice("value", SIDES),
        direct_award_counts_as=switch["direct_award_counts_as"].choice("value", SIDES),
        tail_days=switch["tail_days"].whole("value", low=0, high=366),
        date_basis=switch["date_basis"].choice("value", DATE_BASES),
        closing_lag_days=switch["closing_lag_days"].whole("value", low=0, high=366),
        fiscal_year_start_month=switch["fiscal_year_start_month"].whole("value", low=1, high=12),
        baseline_year=baseline.whole("year", low=1990, high=2100),
        baseline_share=baseline.share("uncovered_share"),
        baseline_uncovered_sek=baseline.amount("uncovered_sek") or Decimal(0),
        warn_low=warn[0],
        warn_high=warn[1],
        targets=_targets(file),
    )


def _hold_whole_years(entry: Entry, period: Period) -> None:
    """A target is a year's: one from June would be read as January's too."""
    why = "a target holds for whole calendar years: every month of a year is compared with one"
    first, last = period.first, period.last
    if first and (first.month, first.day) != (1, 1):
        fix = f"write from = {first.year}-01-01, or {first.year + 1}-01-01"
        entry.refuse("from", f"{first} is not the first day of a year", why=why, fix=fix)
    if last and (last.month, last.day) != (12, 31):
        fix = f"write to = {last.year}-12-31, or {last.year - 1}-12-31"
        entry.refuse("to", f"{last} is not the last day of a year", why=why, fix=fix)


def _targets(file: TomlFile) -> tuple[Target, ...]:
    found, periods = [], []
    for entry in file.entries("targets", DATED | {"share"}):
        period = entry.period()
        share = entry.share("share")
        if period.first is None:
            entry.refuse("from", "is missing", fix="write from = 2024-01-01")
            continue
        _hold_whole_years(entry, period)
        periods.append(("the target", entry, period))
        found.append(Target(entry.label, entry.text("title"), period.first, period.last, share))
    hold_dates(periods)
    return tuple(sorted(found, key=lambda target: target.first))


# ── exclusions ────────────────────────────────────────────────────────────────────────────────────


def _exclusions(file: TomlFile) -> tuple[Exclusion, ...]:
    found = []
    for entry in file.entries("exclusions", DATED | {"title_sv", "tests", "group"}):
        period = entry.period()
        tests = tuple(_test(test) for test in entry.nested("tests", [*TESTS, "person"]))
        group = entry.choice("group", [OWN], default="")
        title = entry.text("title")
        if not tests and not group:
            entry.refuse(
                "tests",
                "is missing",
                why="an exclusion without a test would apply to nothing",
                fix="add [[exclusions.tests]] below it, or remove the entry",
            )
        found.append(
            Exclusion(
                id=entry.label,
                title=title,
                title_sv=entry.text("title_sv", required=False) or title,
                why=entry.words.get("why", ""),
                source=entry.words.get("source", ""),
                first=period.first,
                last=period.last,
                tests=tests,
                group=group,
            )
        )
    return tuple(found)


def _test(test: Entry) -> dict[str, tuple[str, ...]]:
    found = {}
    for name in TESTS:
        # A blank at either end of a text is meant: it keeps ` hyra ` out of `uthyrning`.
        read = test.names if name in ("unit", "vendor") else test.texts
        values = tuple(map(spaced, read(name, required=False)))
        if name.startswith(("account", "counterparty")):
            values = tuple(value.replace("-", "") for value in values)
            for value in values:
                if not _DIGITS.fullmatch(value):
                    test.refuse(name, f"`{value}` is not a number", fix="write digits, as text")
        if values:
            found[name] = values
    if "person" in test:
        found["person"] = (str(test.flag("person")).lower(),)
    if not any(not name.endswith("_not") for name in found):
        test.refuse(
            "account",
            "the test names nothing that must be there",
            why="it would apply to nearly every posting",
            fix="add account, counterparty, unit, vendor, text or person",
        )
    return found


# ── categories ────────────────────────────────────────────────────────────────────────────────────


def _categories(file: TomlFile) -> tuple[tuple[Category, ...], tuple[CategoryAccount, ...]]:
    found, accounts, periods = [], [], []
    keys = {"title_sv", "cpv", "accounts", "procurable", "limit"}
    for entry in file.entries("categories", keys):
        cpv = entry.text("cpv")
        if cpv and not re.fullmatch(r"[0-9]{8}", cpv):
            entry.refuse("cpv", f"`{cpv}` is not a CPV code", fix="write its eight digits, as text")
        for prefix in entry.texts("accounts", required=False):
            accounts.append(CategoryAccount(prefix, entry.label))
            periods.append((f"account {_account(entry, 'accounts', prefix)}", entry, Period()))
        found.append(
            Category(
                code=_code(entry),
                name_en=entry.text("title"),
                name_sv=entry.text("title_sv"),
                cpv=cpv,
                procurable=entry.flag("procurable", default=True),
                limit_kind=entry.choice("limit", AWARD_LIMITS, default="direct_award"),
                why=entry.words.get("why", ""),
                source=entry.words.get("source", ""),
            )
        )
    codes = [category.code for category in found]
    for entry in file.entries("accounts", DATED | {"account", "category"}):
        prefix, code, period = entry.text("account"), entry.text("category"), entry.period()
        if code and code not in codes:
            entry.refuse("category", f"`{code}` is no category", fix=nearest(code, codes))
        accounts.append(CategoryAccount(prefix, code, period.first, period.last))
        periods.append((f"account {_account(entry, 'account', prefix)}", entry, period))
    hold_dates(periods)
    if not found:
        file.refuse("no [[categories]]", fix="copy the file that ships, and change what differs")
    return tuple(found), tuple(accounts)


def _code(entry: Entry) -> str:
    # A scope names categories by prefix, and stands in a spreadsheet beside `account:` and `;`.
    if not re.fullmatch(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*", entry.label):
        entry.refuse(
            "id",
            "is no category code",
            fix="write capital letters A-Z and digits in groups joined by `-`, as IT-LICENCES",
        )
    return entry.label


def _account(entry: Entry, key: str, prefix: str) -> str:
    if prefix and not _DIGITS.fullmatch(prefix):
        entry.refuse(key, f"`{prefix}` is not an account", fix="write its first digits, as text")
    return prefix


# ── limits ────────────────────────────────────────────────────────────────────────────────────────


def _limits(file: TomlFile) -> tuple[Limit, ...]:
    found, periods = [], []
    keys = DATED | {"kind", "amount_sek", "amount_eur", "above", "verified"}
    for entry in file.entries("limits", keys):
        kind, period = entry.choice("kind", LIMIT_KINDS), entry.period()
        sek, eur = (
            entry.amount("amount_sek", required=False),
            entry.amount("amount_eur", required=False),
        )
        if "amount_sek" not in entry and "amount_eur" not in entry:
            entry.refuse("amount_sek", "is missing", fix="write amount_sek = 700_000")
        is_above = entry.flag("above", default=False)
        if is_above and kind != "documentation":
            entry.refuse(
                "above",
                "is only for a documentation limit",
                why="what is up to a direct-award limit or a threshold is always below it",
                fix="remove it",
            )
        if period.first is None:
            entry.refuse("from", "is missing", fix="write from = 2022-02-01")
            continue
        periods.append((kind, entry, period))
        found.append(
            Limit(
                id=entry.label,
                title=entry.text("title"),
                kind=kind,
                first=period.first,
                last=period.last,
                amount_sek=sek,
                amount_eur=eur,
                is_above=is_above,
                is_verified=entry.flag("verified"),
                why=entry.words.get("why", ""),
                source=entry.words.get("source", ""),
            )
        )
    hold_dates(periods)
    return tuple(found)


# ── what nobody verified ──────────────────────────────────────────────────────────────────────────


def _unverified(exclusions: Iterable[Exclusion], limits: Iterable[Limit]) -> tuple[str, ...]:
    """What the rules themselves say that nobody has checked, one line each."""
    marked = [
        f"exclusions.toml: {x.id} {x.title}: {x.source}"
        for x in exclusions
        if "UNVERIFIED" in x.source
    ]
    amounts = [
        f"limits.toml: {x.id} is not verified: {x.source}" for x in limits if not x.is_verified
    ]
    return (*marked, *amounts)
