"""Geometry: nothing outside its paper, nothing made up between months that are not known."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from compliance.charts import bar, cells, columns, line_chart, nice_top, stack

MONTHS = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(24)]


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)]


def test_the_line_is_broken_where_a_month_has_no_share() -> None:
    shares = [0.1, 0.2, None, 0.1, 0.2, None, 0.3]
    chart = line_chart(MONTHS[:7], shares)
    assert chart.path.count("M") == 2
    assert len(chart.dots) == 1  # the last month stands alone


def test_one_month_alone_is_drawn() -> None:
    chart = line_chart(MONTHS[:1], [0.1], targets=[0.12])
    assert chart.last is not None
    assert chart.target.startswith("M")


def test_no_month_at_all_gives_an_empty_chart() -> None:
    chart = line_chart(MONTHS[:3], [None, None, None], targets=[None, None, None])
    assert (chart.path, chart.last, chart.target_label) == ("", None, None)


def test_a_target_that_has_ended_is_drawn_and_not_named() -> None:
    chart = line_chart(MONTHS[:3], [0.2, 0.1, 0.1], targets=[0.12, 0.12, None])
    assert chart.target
    assert chart.target_label is None


def test_the_two_labels_never_lie_on_each_other() -> None:
    for share in (0.0, 0.05, 0.119, 0.12, 0.121, 0.13, 0.4, 1.0):
        chart = line_chart(MONTHS[:3], [0.2, 0.1, share], targets=[0.12] * 3)
        assert chart.target_label is not None
        assert abs(chart.last_label_y - chart.target_label.y) >= chart.font


@given(
    st.lists(st.one_of(st.none(), st.floats(-0.5, 1.5)), min_size=1, max_size=24),
    st.one_of(st.none(), st.floats(0, 1)),
)
def test_every_point_lies_on_the_paper(shares: list[float | None], target: float | None) -> None:
    chart = line_chart(
        MONTHS[: len(shares)], shares, lows=shares, highs=shares, targets=[target] * len(shares)
    )
    for x, y in points(chart.path + chart.band + chart.excess):
        assert 0 <= x <= chart.width
        assert 0 <= y <= chart.height


@given(st.floats(0, 1))
def test_the_axis_reaches_above_the_data_in_few_steps(highest: float) -> None:
    top, step = nice_top(highest)
    assert top >= highest - 1e-9
    assert top / step <= 5.0001


@given(st.floats(-1, 2), st.one_of(st.none(), st.floats(-1, 2)), st.integers(10, 400))
def test_the_cells_of_a_letters_bar_fill_its_width(
    share: float, mark: float | None, width: int
) -> None:
    drawn = cells(share, mark, width=width)
    assert sum(size for size, _ in drawn) == width
    assert all(size > 0 for size, _ in drawn)
    assert [kind for _, kind in drawn].count("mark") == (mark is not None)


def test_a_bar_is_cut_at_the_ends_of_its_track() -> None:
    assert bar(1.7, width=100).length == 100
    assert bar(-0.2, width=100).length == 0
    assert bar(Decimal("0.5"), 0.12, full=0.5, width=100) == bar(0.5, 0.12, full=0.5, width=100)


def test_parts_below_zero_have_no_segment() -> None:
    segments = stack([("a", Decimal(3)), ("b", Decimal(-1)), ("c", Decimal(1))], width=100)
    assert [(s.key, s.share) for s in segments] == [("a", 0.75), ("c", 0.25)]
    assert stack([("a", 0)]) == ()


def test_a_small_trend_keeps_the_empty_months_places() -> None:
    drawn = columns([Decimal(0), Decimal(-5), None, Decimal(10)], width=46)
    assert [c.height for c in drawn] == [0, 0, 0, 24]
    assert drawn[-1].is_last
