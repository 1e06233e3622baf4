"""What does a run say of itself in a few lines? Counts, kronor and the figure, for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from compliance.errors import InputError, Place, UsageError, counted
from compliance.ledger import LedgerFile
from compliance.months import following
from compliance.register import Register

Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]

_ENOUGH = 3  # months that tell what is usual
_NEXT_TO_NOTHING = 10  # times fewer postings than usual
_POSTINGS = """
select cast(date_trunc('month', purchase_date) as date) as period, count(*) as postings
from ledger_lines
where purchase_date < cast($month as date) + interval 1 month
group by period order by period
"""


def loaded(ledger: Sequence[LedgerFile], register: Register) -> str:
    """Say what was read: files, rows, kronor, what was rejected, and errors of the register."""
    wrong = register.hygiene["severity"].to_list().count("error")
    register_told = f"; {counted(wrong, 'error')} in the register: see `compliance check`"
    return _loaded(ledger) + (register_told if wrong else "")


def _loaded(ledger: Sequence[LedgerFile]) -> str:
    rejected = sum(file.rows_rejected for file in ledger)
    told = (
        f"{counted(len(ledger), 'file')}, {counted(sum(f.rows_read for f in ledger), 'row')}, "
        f"{millions(sum((f.loaded_sek for f in ledger), Decimal(0)))}"
    )
    if rejected:
        kronor = sum((f.rejected_sek for f in ledger), Decimal(0))
        held = "it" if rejected == 1 else "them"
        told += f", {rejected:,} rejected ({kronor:,.2f} SEK readable in {held})"
    else:
        told += ", none rejected"
    left_out = [file for file in ledger if file.left_out_rows]
    if left_out:
        kronor = sum((file.left_out_sek for file in left_out), Decimal(0))
        rows = counted(sum(file.left_out_rows for file in left_out), "row")
        told += f"; {rows} of replaced files are in no file ({kronor:,.2f} SEK)"
    return told


def matched(counts: Mapping[str, int]) -> str:
    """Say how many vendors were matched, wait for review, and are no supplier."""
    return ", ".join(f"{counts.get(name, 0):,} {name}" for name in ("matched", "review", "none"))


def covered(ask: Ask) -> str:
    """Say how many posting parts stand on which side."""
    sides = ask("select side, count(*) as parts from coverage group by side order by side", {})
    return ", ".join(f"{row['parts']:,} {row['side']}" for row in sides) or "no postings"


def decided(ask: Ask) -> str:
    """Say what there is to act on: findings and actions."""
    found = ask("select count(*) as rows from findings", {})[0]["rows"]
    actions = ask("select count(*) as rows from action_plan", {})[0]["rows"]
    return f"{counted(found, 'finding')}, {counted(actions, 'action')} in the plan"


def stands(ask: Ask) -> str:
    """Say that the published database is what a build would make, and since when."""
    built = ask("select built_at from build_info", {})[0]["built_at"]
    return f"stands as of {built:%Y-%m-%d %H:%M} UTC: nothing is new (--anew builds all the same)"


def figure(ask: Ask) -> list[str]:
    """Say the figure: the baseline year, the latest year-to-date and the last twelve months."""
    baseline = ask(
        "select kpi_yearly.* from kpi_yearly"
        " inner join build_info on kpi_yearly.period = build_info.baseline_period",
        {},
    )
    rolling = ask("select * from kpi_rolling_12 order by period desc limit 1", {})
    if not rolling:
        year = ask("select * from kpi_monthly order by period desc limit 1", {})
        return [_figure(f"{row['period']:%Y-%m}", row) for row in year]
    lines = [_figure(f"{row['period']:%Y}", row) for row in baseline]
    return lines + [_figure(f"12 months to {row['period']:%Y-%m}", row) for row in rolling]


def month(ask: Ask, asked: date | None) -> date:
    """Return the month to report: the one asked for, or the latest with postings.

    Raises InputError without any postings, and UsageError for a month without, with those there
    are.
    """
    found = ask("select min(period) as first, max(period) as last from kpi_monthly", {})[0]
    if found["last"] is None:
        raise InputError(
            "the database has no postings to report on",
            at=Place("output/compliance.duckdb"),
            why="every row was rejected, or the ledger files hold none",
            fix='look at rejected_rows: compliance sql "from rejected_rows limit 5"',
        )
    if asked is None:
        return date(found["last"].year, found["last"].month, 1)
    if not ask("select 1 as found from kpi_monthly where period = $month", {"month": asked}):
        raise UsageError(
            f"there are no postings in {asked:%Y-%m}",
            at=Place("--month"),
            why="a report tells what was bought in its month",
            fix=f"the database holds {found['first']:%Y-%m} to {found['last']:%Y-%m}",
        )
    return asked


def doubts(ask: Ask, month: date) -> list[str]:
    """Warn of a month that should perhaps not be reported."""
    said = doubt(ask, month)
    if not said:
        return []
    fix = "look for a wrong date, or name another month with --month"
    return [f"warning: the report is of {month:%Y-%m}: {said}; {fix}"]


def other_rules(ask: Ask, digest: str) -> list[str]:
    """Warn when the rules are not those that the database was built with; `digest` is theirs now.

    A department that was renamed since has its postings under the name that no rule knows.
    """
    if ask("select rules_digest from build_info", {})[0]["rules_digest"] == digest:
        return []
    told = "the rules have changed since the database was built"
    which = "a department that was renamed gets no letter"
    return [f"warning: {told}: {which}; run `compliance build` first, then `compliance report`"]


def doubt(ask: Ask, month: date) -> str:
    """Say why a month should perhaps not be reported: it has not ended, or holds next to nothing.

    Empty for a month that nothing speaks against. One posting with a wrong year makes another month
    the latest. Counts postings, and what is usual is the median of the earlier months: three at
    least.
    """
    counts = {row["period"]: int(row["postings"]) for row in ask(_POSTINGS, {"month": month})}
    built = ask("select built_at from build_info", {})[0]["built_at"].date()
    earlier = [count for period, count in counts.items() if period < month]
    said = []
    if built < following(month):
        said.append(f"it had not ended when the database was built on {built}")
    if len(earlier) >= _ENOUGH and counts.get(month, 0) * _NEXT_TO_NOTHING < median(earlier):
        said.append(
            f"it holds {counted(counts.get(month, 0), 'posting')}, "
            f"an earlier month {median(earlier):,.0f}"
        )
    return ", and ".join(said)


def months(ask: Ask) -> list[date]:
    """Return the months with postings, the first one first."""
    return [row["period"] for row in ask("select period from kpi_monthly order by period", {})]


def faults(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Say what is odd about the register, by file and row, worst first."""
    order = {"error": 0, "warning": 1, "info": 2}
    worst = sorted(rows, key=lambda row: (order.get(str(row["severity"]), 3), str(row["check"])))
    return [f"{row['severity']}: {_where(row)}: {row['message']}" for row in worst]


def _where(row: Mapping[str, object]) -> str:
    """Name the file, the row and the contract: a remark on a column is on no contract."""
    at = Place(str(row["path"]), int(str(row["row"])) if row["row"] else None)
    return f"{at}, {row['contract_id']}" if row["contract_id"] else str(at)


def written_month(written: Sequence[Path]) -> date:
    """Return the month of a report from where it lies: output/reports/YYYY-MM/report.html."""
    return date.fromisoformat(f"{written[0].parent.name}-01")


def share(value: float | None) -> str:
    """Write a share as a percentage with one decimal; a dash where there is no volume."""
    return "–" if value is None else f"{value:.1%}"


def millions(amount: Decimal) -> str:
    """Write kronor as millions with one decimal."""
    return f"{amount / 1_000_000:,.1f} MSEK"


def _figure(period: str, row: Mapping[str, Any]) -> str:
    target = f", target at most {share(row['target_share'])}" if row["target_share"] else ""
    return (
        f"{period:<20} {share(row['uncovered_share']):>6} without a valid contract "
        f"({millions(row['uncovered_sek'])} of {millions(row['volume_sek'])}{target})"
    )
