"""What is missing before the month is closed, and how much of the figure hangs on it?

Looks at what was published last, the rules and the age of the register; the largest distortion of
the figure first, then what distorts no figure but leaves a reader without a letter. Asks the
database through whatever asks for it, and is told what day it is. Mends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from compliance.months import following
from compliance.rule_entries import Rules

Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]
STALE_DAYS = 92  # a register that nobody touched for a quarter misses contracts
_THIN = Decimal("0.5")  # of the usual month: below it a delivery is probably not whole

# From the first month that was booked: one old order's date is no ledger of its year.
_MONTHS = """
select period, volume_sek + exempt_sek as amount_sek
from kpi_monthly
where volume_sek is not null
    and period >= (
        select date_trunc('month', coalesce(min(booking_date), min(purchase_date)))
        from ledger_lines
    )
order by period
"""
_DEPARTMENTS = """
select department, sum(abs(amount_sek)) as amount_sek
from ledger_lines
where department is not null
    and purchase_date > (select max(purchase_date) from ledger_lines) - interval 12 months
group by department
"""
_WAITING = """
select
    count(distinct vendor_matches.vendor_id) as vendors,
    sum(abs(ledger_lines.amount_sek)) as amount_sek
from vendor_matches
inner join ledger_lines on vendor_matches.vendor_id = ledger_lines.vendor_id
where vendor_matches.outcome = 'review'
"""
_REJECTED = "select count(*) as rows, sum(abs(amount_sek)) as amount_sek from rejected_rows"
_AHEAD = """
select count(*) as rows, max(purchase_date) as last_date
from ledger_lines where purchase_date > $day
"""
_LEFT_OUT = """
select example, row_count, amount_sek from data_quality where name = 'replaced_rows_left_out'
"""
_GONE = """
select example, row_count, amount_sek from data_quality
where name = 'closed_month_without_postings'
"""
_SINCE = "select sum(abs(amount_sek)) as amount_sek from ledger_lines where purchase_date > $day"


@dataclass(frozen=True)
class Omission:
    """One thing that is missing: the kronor (12 months, at most) that it puts in doubt."""

    what: str
    fix: str
    amount_sek: Decimal = Decimal(0)
    distorts: bool = True  # the figure; else only who gets a letter

    def __str__(self) -> str:
        size = f" ({self.amount_sek:,.0f} SEK)" if self.amount_sek else ""
        return f"month end: {self.what}{size}; fix: {self.fix}"


def omissions(
    ask: Ask | None, rules: Rules, register: Sequence[Path], today: date, *, is_current: bool = True
) -> tuple[Omission, ...]:
    """Return what is missing, what would distort the figure most first.

    `ask` is None before the first build: then only rules and register are looked at. `register` are
    the register's files, `is_current` whether the database was built from today's inputs.
    """
    found = [*_register(ask, register, today)]
    if ask is not None:
        months = {row["period"]: Decimal(row["amount_sek"]) for row in ask(_MONTHS, {})}
        found += [*_ledger(months, today), *_targets(months, rules)]
        found += [
            *_ahead(ask, today),
            *_left_out(ask),
            *_gone(ask),
            *_unsettled(ask),
            *_readers(ask, rules),
        ]
    if not is_current:
        what = "the published figures were made from other inputs than those that lie here now"
        found.append(Omission(what, "run `compliance build`, and check again", Decimal("Infinity")))
    found.sort(key=lambda one: (not one.distorts, -one.amount_sek, one.what))
    return tuple(_finite(one) for one in found)


def _finite(one: Omission) -> Omission:
    if one.amount_sek.is_finite():
        return one
    return Omission(one.what, one.fix, distorts=one.distorts)


def _ledger(months: Mapping[date, Decimal], today: date) -> Iterator[Omission]:
    """Months without postings, from the first one to the last month that has ended."""
    if not months:
        return
    usual = Decimal(median(months.values()))
    this, month, empty = today.replace(day=1), min(months), list[date]()
    fix = "put the month's export in ledger/, or say in compliance.toml what replaces what"
    while month < this:
        amount = months.get(month)
        if not amount:
            empty.append(month)
        else:
            yield from _without(empty, usual, fix)
            empty = []
            if usual > 0 and amount < usual * _THIN:
                what = f"the ledger for {month:%Y-%m} holds {amount / usual:.0%} of a usual month"
                yield Omission(what, fix, usual - amount)
        month = following(month)
    yield from _without(empty, usual, fix)


def _ahead(ask: Ask, today: date) -> Iterator[Omission]:
    """One wrong year is enough to make another month the latest one, and the report's."""
    ahead = ask(_AHEAD, {"day": today})[0]
    if ahead["rows"]:
        what = f"postings dated after today: {ahead['rows']}, the latest {ahead['last_date']}"
        fix = "correct the date where it was made and export again; till then use --month"
        yield Omission(what, fix, Decimal("Infinity"))


def _left_out(ask: Ask) -> Iterator[Omission]:
    for row in ask(_LEFT_OUT, {}):
        yield Omission(
            f"{row['example']}, and rows of what is replaced are in no file: {row['row_count']}",
            "export what is missing, or let both stand without the rows that they share",
            abs(Decimal(row["amount_sek"] or 0)),
        )


def _gone(ask: Ask) -> Iterator[Omission]:
    """What was reported of a month is told in kpi_reported beside nothing."""
    for row in ask(_GONE, {}):
        yield Omission(
            f"closed months without a posting in the ledger: {row['row_count']}, the first "
            f"{str(row['example']).removeprefix('month ')[:7]}",
            "put the month's export back in ledger/",
            abs(Decimal(row["amount_sek"] or 0)),
        )


def _without(months: Sequence[date], usual: Decimal, fix: str) -> Iterator[Omission]:
    """One omission for months that follow each other."""
    if months:
        span = f"{months[0]:%Y-%m}"
        if len(months) > 1:
            span += f" to {months[-1]:%Y-%m} ({len(months)} months)"
        yield Omission(f"no ledger for {span}", fix, usual * len(months))


def _targets(months: Mapping[date, Decimal], rules: Rules) -> Iterator[Omission]:
    for year in sorted({month.year for month in months}):
        if rules.policy.target_share(year) is None and year >= rules.policy.baseline_year:
            yield Omission(
                f"no target for {year}", "add [[targets]] in rules/policy.toml", distorts=False
            )


def _unsettled(ask: Ask) -> Iterator[Omission]:
    rejected, waiting = ask(_REJECTED, {})[0], ask(_WAITING, {})[0]
    if rejected["rows"]:
        yield Omission(
            f"ledger rows that could not be read: {rejected['rows']}",
            "see the table rejected_rows; correct them where they were made, and export again",
            Decimal(rejected["amount_sek"] or 0),
        )
    if waiting["vendors"]:
        yield Omission(
            f"vendors that wait for somebody to say whose they are: {waiting['vendors']}",
            "run `compliance review export FILE.xlsx`",
            Decimal(waiting["amount_sek"] or 0),
        )


def _register(ask: Ask | None, register: Sequence[Path], today: date) -> Iterator[Omission]:
    if not register:
        yield Omission("there is no contract register", "put it in contracts/", Decimal("Infinity"))
        return
    newest = max(_changed(file) for file in register)
    days = (today - newest).days
    if days <= STALE_DAYS:
        return
    since = ask(_SINCE, {"day": newest})[0]["amount_sek"] if ask else None
    yield Omission(
        f"the contract register was last changed {days} days ago, on {newest}",
        "export it anew into contracts/: contracts signed since count as missing",
        Decimal(since or 0),
    )


def _changed(file: Path) -> date:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC).date()


def _readers(ask: Ask, rules: Rules) -> Iterator[Omission]:
    known = {department.title: department for department in rules.departments}
    for row in ask(_DEPARTMENTS, {}):
        name, amount = row["department"], Decimal(row["amount_sek"] or 0)
        if name not in known:
            fix = "list it under a department in rules/organisation.toml; it gets no letter now"
            yield Omission(f"unit `{name}` has no department", fix, amount, distorts=False)
        elif not known[name].email:
            missing = "email" if known[name].manager else "manager and email"
            fix = f"write {missing} in rules/organisation.toml; it gets no letter now"
            yield Omission(f"`{name}` has no manager's address", fix, amount, distorts=False)
        elif not known[name].manager:
            fix = "write manager in rules/organisation.toml; its letter names nobody now"
            yield Omission(f"`{name}` has no manager's name", fix, amount, distorts=False)
