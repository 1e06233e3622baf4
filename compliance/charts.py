"""Where does each line, bar and label of a chart lie?

Pure geometry: numbers in, coordinates out; the markup is in `reports/templates/charts.svg.j2`, so
that one drawing serves the page (inline SVG) and the letter (PNG). Knows no words, no colours and
no figures' meaning. Coordinates are rounded to a tenth, so the same figures give the same bytes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Share = float | Decimal | None


@dataclass(frozen=True)
class Label:
    """A text's anchor, and what it says."""

    x: float
    y: float
    text: object


@dataclass(frozen=True)
class LineChart:
    """One series of shares by month, with its interval, its target and its axes."""

    width: int
    height: int
    font: float
    left: float
    right: float
    bottom: float
    path: str  # the line; broken where a month has no share
    band: str  # the interval low..high around it, or nothing
    excess: str  # the area between the line and the target, where the line is above it
    target: str  # the target as steps, or nothing
    target_label: Label | None
    ticks: tuple[Label, ...]
    years: tuple[Label, ...]  # at each January; with none, the first month as a date
    dots: tuple[tuple[float, float], ...]  # months that stand alone between gaps
    last: tuple[float, float] | None
    last_label_y: float


def _r(value: float) -> float:
    result = round(value, 1)
    return int(result) if result == int(result) else result


def nice_top(highest: float) -> tuple[float, float]:
    """Return (top of the axis, step) in shares: at most five steps, never a top below the data."""
    for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25):
        if highest <= 5 * step:
            return step * max(1, math.ceil(round(highest / step, 9))), step
    return 1.0, 0.25


@dataclass(frozen=True)
class _Plane:
    """Where a month and a share lie on the paper."""

    count: int
    left: float
    right: float
    top: float
    bottom: float
    highest: float

    def x(self, index: int) -> float:
        span = self.right - self.left - 12
        return _r(self.left + 6 + (span * index / (self.count - 1) if self.count > 1 else span / 2))

    def y(self, share: float) -> float:
        # A share may leave 0..1 where credit notes weigh heavily; the line stays on the paper.
        within = min(max(share, 0.0), self.highest)
        return _r(self.bottom - (self.bottom - self.top) * within / self.highest)


def _runs(values: Sequence[Share]) -> list[list[int]]:
    """Return the stretches of consecutive known values, as indices."""
    runs: list[list[int]] = []
    for index, value in enumerate(values):
        if value is None:
            continue
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _polyline(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)


def line_chart(
    months: Sequence[date],
    shares: Sequence[Share],
    *,
    lows: Sequence[Share] = (),
    highs: Sequence[Share] = (),
    targets: Sequence[Share] = (),
    width: int = 860,
    height: int = 280,
    font: float = 13.5,
    margin: float = 118,
) -> LineChart:
    """Lay out a share by month from zero up.

    All sequences run beside `months`; a None breaks the line there. `lows`, `highs` and `targets`
    may be empty. `margin` is the room right of the plot for the two direct labels.
    """
    every = [float(v) for v in (*shares, *highs, *targets) if v is not None]
    # One wild month must not flatten the others: the axis follows the line and the target.
    lines = [float(v) for v in (*shares, *targets) if v is not None]
    highest, step = nice_top(min(max(every, default=0.1), 1.25 * max(lines, default=0.1), 1.0))
    plane = _Plane(
        len(months), font * 3.6, width - margin, font * 0.9, height - font * 1.9, highest
    )
    runs = _runs(shares)
    points = {i: (plane.x(i), plane.y(float(shares[i] or 0))) for run in runs for i in run}
    last = points[runs[-1][-1]] if runs else None
    target, label = _target(plane, targets)
    last_y, label = _apart(last, label, font)
    return LineChart(
        width=width,
        height=height,
        font=font,
        left=_r(plane.left),
        right=_r(plane.right),
        bottom=_r(plane.bottom),
        path="".join(_polyline([points[i] for i in run]) for run in runs if len(run) > 1),
        band=_band(plane, lows, highs, runs) if lows and highs else "",
        excess=_excess(plane, shares, targets, runs) if targets else "",
        target=target,
        target_label=label,
        ticks=tuple(
            Label(_r(plane.left - 8), plane.y(n * step), round(n * step, 4))
            for n in range(round(highest / step) + 1)
        ),
        years=_years(plane, months, height, font),
        dots=tuple(points[run[0]] for run in runs if len(run) == 1),
        last=last,
        last_label_y=last_y,
    )


def _years(plane: _Plane, months: Sequence[date], height: int, font: float) -> tuple[Label, ...]:
    """Return a label at each January with room for it; with none, the first month's own."""
    y = _r(height - font * 0.45)
    januaries = tuple(
        Label(plane.x(i), y, day.year)
        for i, day in enumerate(months)
        if day.month == 1 and plane.x(i) < plane.right - 2.4 * font
    )
    return januaries or tuple(Label(plane.x(0), y, day) for day in months[:1])


def _target(plane: _Plane, targets: Sequence[Share]) -> tuple[str, Label | None]:
    """Return the target as a path of steps, half a month to either side of each value."""
    half = (plane.x(1) - plane.x(0)) / 2 if plane.count > 1 else 6
    path, before, label = "", None, None
    for index, share in enumerate(targets):
        if share is None:
            before, label = None, None  # a target that has ended is drawn, and not named
            continue
        y, start, end = plane.y(float(share)), plane.x(index) - half, plane.x(index) + half
        end = min(end, plane.right)
        if before is None:
            path += f"M{_r(max(start, plane.left))} {y}H{_r(end)}"
        else:
            path += f"H{_r(start)}V{y}H{_r(end)}" if before != y else f"H{_r(end)}"
        before, label = y, Label(plane.right, y, share)
    return path, label


def _apart(
    last: tuple[float, float] | None, label: Label | None, font: float
) -> tuple[float, Label | None]:
    """Return the baselines of the last value's and the target's label, moved off each other."""
    if last is None:
        return 0.0, label and Label(label.x, _r(label.y + font * 0.36), label.text)
    y = last[1]
    if label is None:
        return _r(y + font * 0.36), None
    room = font * 1.3
    if abs(y - label.y) < room:
        y = label.y + (room if y > label.y else -room)
    if y < font:
        y, label = font, Label(label.x, max(label.y, font + room), label.text)
    return _r(y + font * 0.36), Label(label.x, _r(label.y + font * 0.36), label.text)


def _band(
    plane: _Plane, lows: Sequence[Share], highs: Sequence[Share], runs: list[list[int]]
) -> str:
    path = ""
    for run in runs:
        known = [i for i in run if lows[i] is not None and highs[i] is not None]
        if len(known) < 2:
            continue
        upper = [(plane.x(i), plane.y(float(highs[i] or 0))) for i in known]
        lower = [(plane.x(i), plane.y(float(lows[i] or 0))) for i in reversed(known)]
        path += _polyline([*upper, *lower]) + "Z"
    return path


def _excess(
    plane: _Plane, shares: Sequence[Share], targets: Sequence[Share], runs: list[list[int]]
) -> str:
    """Return the areas above the target and below the line, cut exactly where the two cross."""
    path = ""
    for run in runs:
        for before, after in itertools.pairwise(i for i in run if targets[i] is not None):
            path += _excess_between(
                (plane.x(before), plane.y(float(shares[before] or 0))),
                (plane.x(after), plane.y(float(shares[after] or 0))),
                plane.y(float(targets[before] or 0)),
                plane.y(float(targets[after] or 0)),
            )
    return path


def _excess_between(
    one: tuple[float, float], two: tuple[float, float], goal_one: float, goal_two: float
) -> str:
    """Return the area between two months; y grows downwards, so "above" is a smaller y."""
    over_one, over_two = goal_one - one[1], goal_two - two[1]
    if over_one <= 0 and over_two <= 0:
        return ""
    corners = [(one[0], goal_one), one, two, (two[0], goal_two)]
    if over_one <= 0 or over_two <= 0:
        part = over_one / (over_one - over_two)
        cross = (
            _r(one[0] + part * (two[0] - one[0])),
            _r(one[1] + part * (two[1] - one[1])),
        )
        corners = [cross, two, (two[0], goal_two)] if over_one <= 0 else [corners[0], one, cross]
    return _polyline(corners) + "Z"


@dataclass(frozen=True)
class Bar:
    """One bar on its track, with a mark for the target; all in the track's units."""

    width: float
    length: float
    mark: float | None


def bar(value: Share, mark: Share = None, *, full: float | Decimal = 1, width: int = 180) -> Bar:
    """Lay out `value` of `full` on a track; what lies outside is cut at the track's ends."""

    def at(share: float) -> float:
        return _r(width * min(max(share / (float(full) or 1), 0.0), 1.0))

    return Bar(width, at(float(value or 0)), None if mark is None else at(float(mark)))


@dataclass(frozen=True)
class Segment:
    """One part of a stacked bar."""

    key: str
    x: float
    width: float
    share: float


def stack(
    parts: Sequence[tuple[str, float | Decimal]], *, width: int = 860, gap: float = 2
) -> tuple[Segment, ...]:
    """Lay out parts of a whole side by side; parts that are not above zero have no segment."""
    shown = [(key, float(value)) for key, value in parts if value > 0]
    whole = sum(value for _, value in shown)
    segments, x = [], 0.0
    for key, value in shown:
        length = width * value / whole
        segments.append(Segment(key, _r(x), _r(max(length - gap, 1)), value / whole))
        x += length
    return tuple(segments)


@dataclass(frozen=True)
class Column:
    """One column of a small trend."""

    x: float
    y: float
    width: float
    height: float
    is_last: bool


def columns(
    values: Sequence[float | Decimal | None], *, width: int = 96, height: int = 24, gap: float = 2
) -> tuple[Column, ...]:
    """Lay out a small trend; a month below zero or without a value is an empty place."""
    sizes = [max(float(value or 0), 0.0) for value in values]
    highest = max(sizes, default=0.0) or 1.0
    each = (width - gap * (len(sizes) - 1)) / max(len(sizes), 1)
    tall = [max(height * size / highest, 1.0) if size else 0.0 for size in sizes]
    return tuple(
        Column(_r(i * (each + gap)), _r(height - t), _r(each), _r(t), i == len(sizes) - 1)
        for i, t in enumerate(tall)
    )


def cells(
    share: Share, mark: Share = None, *, full: float | Decimal = 1, width: int = 190
) -> tuple[tuple[int, str], ...]:
    """Lay out a bar as cells of a letter's table: (pixels, `bar` | `track` | `mark`).

    The pixels always add up to `width`. The mark is two pixels and lies over bar and track.
    """
    drawn = bar(share, mark, full=full, width=width)
    end = round(drawn.length)
    if drawn.mark is None:
        parts = [(end, "bar"), (width - end, "track")]
    else:
        start = min(round(drawn.mark), width - 2)
        stop = start + 2
        parts = [
            (min(end, start), "bar"),
            (max(start - end, 0), "track"),
            (2, "mark"),
            (max(end - stop, 0), "bar"),
            (width - max(end, stop), "track"),
        ]
    return tuple((size, kind) for size, kind in parts if size > 0)


def split_cells(
    share: float, mark: Share = None, *, width: int = 576
) -> tuple[tuple[int, str], ...]:
    """Lay out the letter's split bar: (pixels, `rust` | `petrol` | `paper` | `mark`).

    What is without a contract lies to the left, what is on contract to the right, and a gap in the
    paper's colour between them and around the mark: the two colours are alike in lightness.
    """
    end = round(width * min(max(float(share), 0.0), 1.0))
    pixels = ["rust" if x < end else "petrol" for x in range(width)]
    if 0 < end < width:
        pixels[end - 1 : end + 1] = ["paper", "paper"]
    if mark is not None:
        at = min(max(round(width * float(mark)), 4), width - 4)
        pixels[at - 3 : at + 3] = ["paper", "paper", "mark", "mark", "paper", "paper"]
    return tuple((len(list(run)), kind) for kind, run in itertools.groupby(pixels))
