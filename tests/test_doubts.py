"""A month that should perhaps not be reported is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from compliance import summary


def asking(postings: Mapping[str, int], built: datetime) -> summary.Ask:
    answers = {
        summary._POSTINGS: [
            {"period": date.fromisoformat(f"{month}-01"), "postings": count}
            for month, count in postings.items()
        ],
        "select built_at from build_info": [{"built_at": built}],
    }

    def ask(sql: str, _: Mapping[str, object]) -> list[dict[str, Any]]:
        return answers[sql]

    return ask


USUAL = {"2026-07": 90, "2026-08": 100, "2026-09": 110}
NOVEMBER = datetime(2026, 11, 1, 6, 30)


def test_a_whole_month_that_has_ended_is_not_doubted() -> None:
    assert summary.doubts(asking({**USUAL, "2026-10": 10}, NOVEMBER), date(2026, 10, 1)) == []


def test_a_month_with_next_to_no_postings_is_doubted() -> None:
    [said] = summary.doubts(asking({**USUAL, "2026-10": 9}, NOVEMBER), date(2026, 10, 1))
    assert said == (
        "warning: the report is of 2026-10: it holds 9 postings, an earlier month 100; look for a "
        "wrong date, or name another month with --month"
    )


def test_a_month_that_had_not_ended_is_doubted() -> None:
    counts = {**USUAL, "2026-10": 100}
    [said] = summary.doubts(asking(counts, datetime(2026, 10, 31)), date(2026, 10, 1))
    assert "it had not ended when the database was built on 2026-10-31" in said


def test_two_earlier_months_tell_nothing_of_what_is_usual() -> None:
    counts = {"2026-08": 100, "2026-09": 100, "2026-10": 1}
    assert summary.doubts(asking(counts, NOVEMBER), date(2026, 10, 1)) == []


def test_a_report_under_other_rules_than_the_build_s_is_warned_of() -> None:
    def ask(_: str, __: object) -> list[dict[str, object]]:
        return [{"rules_digest": "as built"}]

    assert summary.other_rules(ask, "as built") == []
    [said] = summary.other_rules(ask, "renamed since")
    assert "run `compliance build` first" in said
