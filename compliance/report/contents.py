"""Which months have a report, and where does each stand?

The contents page is drawn from the folders that lie there and from the database's months, so that
a letter's old link always has a way onwards. Knows no address outside the folder.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from compliance.report.facts import Facts
from compliance.report.paths import page_name
from compliance.report.rendering import Renderer
from compliance.report.sections import Ask, Row
from compliance.report.shares import with_shares_said
from compliance.report.trend import trend_of

_MONTH = re.compile(r"(\d{4})-(\d{2})$")

FIGURES = """
select period, volume_sek, uncovered_sek, uncovered_share, target_share, is_preliminary
from kpi_monthly
order by period
"""
DEPARTMENTS = """
select distinct department
from kpi_department_monthly
where department is not null
order by department
"""


def contents_page(
    ask: Ask,
    output: Path,
    facts: Facts,
    renderer: Renderer,
    last_day: date | None,
    going: Collection[Path] = (),
) -> str:
    """Return the page that lists every month with a report under `output`.

    `going` are pages that are about to be removed.
    """
    words = renderer.words
    figures = with_shares_said("trend", ask(FIGURES, {}))
    departments = [row["department"] for row in ask(DEPARTMENTS, {})]
    trend = trend_of(figures, words)
    values = {
        "organisation": facts.organisation,
        "contact": facts.contact,
        "last_day": last_day,
        "footer_text": facts.organisation,
        "months": _months(
            output, {row["period"]: row for row in figures}, departments, facts, going
        ),
        "trend": trend,
        "lead": trend.told if trend else words.say("There is no month with purchases to show yet."),
    }
    return str(renderer.page("contents.html.j2", values))


def _months(
    output: Path,
    figures: dict[date, Row],
    departments: Sequence[str],
    facts: Facts,
    going: Collection[Path],
) -> list[dict[str, Any]]:
    """Return the months that have a page, latest first, with the departments' pages."""
    months = []
    for folder in sorted(output.iterdir(), reverse=True):
        match = _MONTH.match(folder.name)
        if match is None or not 1 <= int(match[2]) <= 12:
            continue
        page = _page(folder, None, facts, going)
        if page is None:
            continue
        period = date(int(match[1]), int(match[2]), 1)
        row = figures.get(period, {})
        months.append(
            {
                "period": period,
                "href": page,
                "share": row.get("uncovered_share"),
                "target": row.get("target_share"),
                "uncovered_sek": row.get("uncovered_sek"),
                "is_preliminary": row.get("is_preliminary", False),
                "departments": [
                    {"name": name, "href": href}
                    for name in departments
                    if (href := _page(folder, name, facts, going))
                ],
            }
        )
    return months


def _page(
    folder: Path, department: str | None, facts: Facts, going: Collection[Path]
) -> str | None:
    """Return the page's address below output/reports, the workspace's language first."""
    for language in (facts.language, "sv", "en"):
        name = page_name(department, language, facts.language)
        if (folder / name).is_file() and folder / name not in going:
            return f"{folder.name}/{name}"
    return None
