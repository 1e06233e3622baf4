"""What does a department's letter say?

It repeats its page's first screen: the same headline, figures and actions, the trend as a picture
and the units as bars, so that nobody has to open anything to know what to do. Knows no file.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from compliance import charts
from compliance.letters import LARGEST_ATTACHMENT, Attachment, Letter, inlined, picture
from compliance.report.facts import Facts, Reader
from compliance.report.page import Asked, Drawn
from compliance.report.rendering import Renderer
from compliance.report.sections import Row
from compliance.report.trend import Trend, trend_of
from compliance.words import Words

UNITS = 8  # shown one by one; the rest are one line
WIDTH, HEIGHT = 576, 190  # of the trend, in the letter's pixels


def letter_of(
    asked: Asked, drawn: Drawn, facts: Facts, renderer: Renderer, *, href: str,
    workbook: Attachment | None,
) -> Letter:  # fmt: skip
    """Return the letter for one department; `href` is its page's address, or nothing."""
    words, department = renderer.words, asked.department or ""
    reader = facts.readers.get(department, Reader(department))
    trend = _trend(asked, renderer)
    attached = workbook if workbook and len(workbook.content) <= LARGEST_ATTACHMENT else None
    cid = f"trend-{asked.month:%Y-%m}@{PurePosixPath(asked.report_id).name}"
    values = {
        **drawn.values,
        "subject": _subject(drawn, asked.month, words),
        "href": href,
        "cid": cid if trend else "",
        "picture_width": WIDTH,
        "picture_height": HEIGHT,
        "trend_text": f"{trend[1].title}. {trend[1].told}" if trend else "",
        "trend_told": trend[1].told if trend else "",
        "is_attached": attached is not None,
        **_split(drawn),
        **_units(asked.rows.get("units", []), drawn, words),
    }
    return Letter(
        subject=values["subject"],
        html=inlined(str(renderer.page("letter.html.j2", values))),
        text=renderer.text("letter.txt.j2", values),
        department=department,
        month=asked.month,
        day=letter_day(asked),
        to_name=reader.name,
        to_address=reader.email,
        from_name=facts.organisation,
        from_address=facts.sender,
        reply_to=facts.contact,
        picture=trend[0] if trend else b"",
        cid=cid,
        attachments=(attached,) if attached else (),
    )


def letter_day(asked: Asked) -> date:
    """Return what a letter is dated by: the ledger's last day, at the earliest the month's end."""
    month = asked.month
    end = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    return max(end, asked.last_day or end)


def _subject(drawn: Drawn, month: date, words: Words) -> str:
    head, name = drawn.head, words.month(month)
    if head.share is None:
        return head.title
    if head.target is None:
        return words.say(
            "Without a valid contract in {month}: {share}",
            month=name,
            share=words.percent(head.share),
        )
    return words.say(
        "Without a valid contract in {month}: {share} (target at most {t})",
        month=name,
        share=words.percent(head.share),
        t=words.goal(head.target),
    )


def _trend(asked: Asked, renderer: Renderer) -> tuple[bytes, Trend] | None:
    """Return the picture of the trend and what it says; None when there is nothing to draw."""
    words = renderer.words
    rows = asked.rows.get("trend", [])
    trend = trend_of(rows, words)
    if trend is None or len([row for row in rows if row["uncovered_share"] is not None]) < 2:
        return None
    chart = charts.line_chart(
        trend.months,
        trend.shares,
        targets=trend.targets,
        width=WIDTH,
        height=HEIGHT,
        font=13,
        margin=124,
    )
    svg = renderer.macro(
        "charts.svg.j2", "line", chart, "trend", trend.title, trend.told, trend.goal,
        words.percent(trend.latest["uncovered_share"]),
        over=trend.is_over,
        standalone=True,
    )  # fmt: skip
    return picture(svg, WIDTH), trend


def _split(drawn: Drawn) -> Mapping[str, Any]:
    head = drawn.head
    if head.share is None:
        return {"split_cells": (), "goal_left": 0}
    return {
        "split_cells": charts.split_cells(head.share, head.target, width=WIDTH),
        # The words stand right of the mark, or of where they still have room.
        "goal_left": f"{min((head.target or 0) * 100, 100 - 15_000 / WIDTH):.1f}%",
    }


def _units(rows: list[Row], drawn: Drawn, words: Words) -> Mapping[str, Any]:
    """Return the units' bars: the largest one by one, with the scale that fits them."""
    shown = [row for row in rows if row["volume_sek"]][:UNITS]
    known = [float(row["uncovered_share"]) for row in shown if row["uncovered_share"] is not None]
    top = charts.nice_top(min(max([*known, drawn.head.target or 0.02]), 1.0))[0]
    return {
        "units": [
            {
                "name": row["unit_name"] or words.say("No unit"),
                "share": row["uncovered_share"],
                "uncovered_sek": row["uncovered_sek"],
                "over": drawn.head.target is not None
                and row["uncovered_share"] is not None
                and row["uncovered_share"] > drawn.head.target,
                "cells": charts.cells(row["uncovered_share"], drawn.head.target, full=top),
            }
            for row in shown
        ],
        "units_left": max(len([row for row in rows if row["volume_sek"]]) - UNITS, 0),
    }
