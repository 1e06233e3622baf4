"""What is odd about the contracts, though they can be used? One remark each, named by file and row.

The kinds of remark: no end, over four years, no ceiling, no scope,
overlapping, ranks missing or doubled, what follows nothing. Messages hold no supplier's name, nor
the number of a sole trader, who is a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from compliance.personal_numbers import mask_text
from compliance.register_cells import NO_END
from compliance.register_rows import PartyRow, Remark
from compliance.register_scopes import ScopeEntry
from compliance.rule_entries import Rules

Key = tuple[str, str]
FRAMEWORKS = frozenset({"framework", "central_framework"})
# A framework's notice must state its ceiling (HFD 2022:4); a direct award has the limit above it.
CAPPED = FRAMEWORKS | {"direct_award"}


def contract_remarks(
    contracts: Mapping[Key, PartyRow],
    rows: Mapping[Key, Sequence[PartyRow]],
    scopes: Mapping[Key, tuple[ScopeEntry, ...]],
    supplier_of: Callable[[PartyRow], str],
    rules: Rules,
) -> list[Remark]:
    """Return the remarks on every contract (lot), in its order."""
    found = []
    ids = {contract_id for contract_id, _ in contracts}
    for key, contract in contracts.items():
        told = [
            *_number(contract),
            *_dates(contract),
            *_amounts(contract, scopes[key], rules),
            *_links(contract, ids, scopes[key], rules),
            *_ranks(rows[key]),
        ]
        found += [
            Remark(row.path, row.row, *key, check, message, severity)
            for row, check, message, severity in told
        ]
    return found + list(_overlaps(contracts, rows, scopes, supplier_of))


Told = tuple[PartyRow, str, str, str]


def _number(row: PartyRow) -> Iterator[Told]:
    """A contract's number is a key: masked, it would no longer be the one that people know."""
    if mask_text(row.contract_id, checked=True) != row.contract_id:
        message = "reads as a personal number and is shown as it stands: give it another"
        yield row, "personal_contract_id", message, "warning"


def _dates(row: PartyRow) -> Iterator[Told]:
    last = row.last_day
    if last == NO_END:
        yield row, "no_end", f"no last day; counted to {NO_END}", "warning"
    elif row.kind in FRAMEWORKS:
        end = max(last, row.max_end or last)
        if end >= _years_after(row.valid_from, 4):
            message = f"runs from {row.valid_from} to {end}: over four years need special reasons"
            yield row, "over_four_years", message, "warning"
    if row.extended_to and row.extended_to < row.valid_to:
        yield (
            row,
            "extended_before_end",
            "extended_to is before valid_to and changes nothing",
            "info",
        )
    if row.max_end and row.max_end < last:
        message = f"max_end ({row.max_end}) is before the last day ({last})"
        yield row, "max_end_before_end", message, "warning"
    if row.notice_date and row.notice_date > last:
        message = f"notice_date ({row.notice_date}) is after the last day ({last})"
        yield row, "notice_after_end", message, "warning"


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def _amounts(row: PartyRow, scope: tuple[ScopeEntry, ...], rules: Rules) -> Iterator[Told]:
    if row.ceiling_sek is None:
        if row.kind in CAPPED:
            yield row, "no_ceiling", "no ceiling: it cannot be seen when it is passed", "warning"
        return
    limit = _limit_sek(row, scope, rules) if row.kind == "direct_award" else None
    if limit is not None and row.ceiling_sek > limit:
        message = f"a direct award of {row.ceiling_sek} over the limit of {limit}"
        yield row, "direct_award_over_limit", message, "warning"


def _limit_sek(row: PartyRow, scope: tuple[ScopeEntry, ...], rules: Rules) -> Decimal | None:
    """The highest limit of what is in scope; None where one of them has no amount in kronor."""
    named = {code for entry in scope for code in _categories(entry, rules)}
    kinds = {c.limit_kind for c in rules.categories if c.code in named} or {"direct_award"}
    limits = [rules.limit(kind, row.valid_from) for kind in kinds]
    known = [limit.amount_sek for limit in limits if limit and limit.amount_sek is not None]
    return max(known) if len(known) == len(limits) else None


def _categories(entry: ScopeEntry, rules: Rules) -> list[str]:
    """The categories that purchases within a scope entry may be of."""
    scheme, prefix = entry
    if scheme == "category":
        return [c.code for c in rules.categories if c.code.startswith(prefix)]
    if scheme == "cpv":
        return [c.code for c in rules.categories if c.cpv.startswith(prefix)]
    accounts = {a.prefix: a.category_code for a in rules.category_accounts}
    above = max((p for p in accounts if prefix.startswith(p)), key=len, default=None)
    return [code for p, code in accounts.items() if p == above or p.startswith(prefix)]


def _links(
    row: PartyRow, ids: set[str], scope: tuple[ScopeEntry, ...], rules: Rules
) -> Iterator[Told]:
    if not scope:
        yield row, "no_scope", "no scope: what was bought cannot be tested against it", "info"
    if row.replaces and row.replaces not in ids:
        yield row, "replaces_unknown", f"replaces {row.replaces}, which is not here", "warning"
    if row.replaces == row.contract_id:
        yield row, "replaces_itself", "replaces itself", "warning"
    known = {" ".join(unit.name.split()).casefold() for unit in rules.units}
    strange = [unit for unit in row.units if known and unit.casefold() not in known]
    for unit in strange:
        if unit.casefold() not in {"alla", "all", "samtliga"}:
            yield row, "unknown_unit", f"`{unit}` is in no department of organisation.toml", "info"


def _ranks(rows: Sequence[PartyRow]) -> Iterator[Told]:
    ranks = [row.rank for row in rows]
    for row in rows:
        if row.rank is None and any(ranks):
            yield row, "no_rank", "no rank, though other parties to it have one", "warning"
        elif row.rank is not None and ranks.count(row.rank) > 1:
            yield row, "same_rank", f"rank {row.rank} is given to more than one party", "warning"


def _overlaps(
    contracts: Mapping[Key, PartyRow],
    rows: Mapping[Key, Sequence[PartyRow]],
    scopes: Mapping[Key, tuple[ScopeEntry, ...]],
    supplier_of: Callable[[PartyRow], str],
) -> Iterator[Remark]:
    """Two contracts with one supplier that hold on the same days for the same things."""
    held: dict[str, list[Key]] = {}
    for key, parties in rows.items():
        for row in parties:
            keys = held.setdefault(supplier_of(row), [])
            if key not in keys:
                keys.append(key)
    seen = set()
    for keys in held.values():
        for at, key in enumerate(keys):
            for other in keys[:at]:
                here, there = contracts[key], contracts[other]
                shared = _shared(scopes[key], scopes[other])
                together = here.valid_from <= there.last_day and there.valid_from <= here.last_day
                follows = here.contract_id in {there.contract_id, there.replaces}
                follows = follows or here.replaces == there.contract_id
                if not shared or not together or follows or (key, other) in seen:
                    continue
                seen.add((key, other))
                message = f"holds with {there.contract_id} on the same days for {shared}"
                yield Remark(here.path, here.row, *key, "overlapping", message, "info")


def _shared(one: tuple[ScopeEntry, ...], other: tuple[ScopeEntry, ...]) -> str:
    for entry in one:
        for against in other:
            if entry.scheme == against.scheme and (
                entry.prefix.startswith(against.prefix) or against.prefix.startswith(entry.prefix)
            ):
                return max(entry.prefix, against.prefix, key=len)
    return ""
