"""Do today's rules give back the published baseline, and which switch moves the figure most?

Each exclusion and each switch is turned by itself and the baseline year computed again by the same
models; then the smallest sets of turns that reproduce the published share are looked for. And when
rules have changed since a month was closed: which change moved that month's figure by how much.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

from compliance import match
from compliance.errors import ComplianceError, Problems
from compliance.history import ClosedMonth
from compliance.inputs import Inputs
from compliance.person_rules import read_person_rules
from compliance.rules import DATE_BASES, Rules, read_rules

Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]
Compute = Callable[[Inputs, Sequence[str]], AbstractContextManager[Ask]]

# As published, in whole percent or thereabouts: nearer than this is the same figure.
NEAR = 0.0005
_LARGEST_SET = 3
_HOW_READ = ("sources/", "registers/")
_TAILS = (0, 30, 60, 90)
_FIGURES = {
    "kpi_yearly": "select volume_sek, uncovered_sek from kpi_yearly where period = $period",
    "kpi_monthly": "select volume_sek, uncovered_sek from kpi_monthly where period = $period",
}


@dataclass(frozen=True)
class Figure:
    """Kronor of one period; `share` is None where there is no volume."""

    volume_sek: Decimal
    uncovered_sek: Decimal

    @property
    def share(self) -> float | None:
        if self.volume_sek <= 0:
            return None
        return float(self.uncovered_sek) / float(self.volume_sek)


@dataclass(frozen=True)
class Turn:
    """One thing about the rules turned, and the baseline year's figure then."""

    name: str
    rules: Callable[[Rules], Rules]
    figure: Figure


@dataclass(frozen=True)
class Calibration:
    """The baseline year: published, by today's rules, and by each turn; the largest move first."""

    year: int
    published_share: float
    published_sek: Decimal
    today: Figure
    turns: tuple[Turn, ...]
    sets: tuple[tuple[tuple[str, ...], Figure], ...]


@dataclass(frozen=True)
class Step:
    """One step of a bridge: what changed, and the figure after it."""

    name: str
    figure: Figure


def calibrate(inputs: Inputs, compute: Compute) -> Calibration:
    """Compute the baseline year under today's rules and under each turn of one of them."""
    policy = inputs.rules.policy
    year = date(policy.baseline_year, 1, 1)
    today = _year(inputs, year, compute)
    published = (policy.baseline_year, policy.baseline_share, policy.baseline_uncovered_sek)
    if today.volume_sek == today.uncovered_sek == 0:
        return Calibration(*published, today, (), ())  # nothing that a turn could move
    turns = [
        Turn(name, turn, _year(replace(inputs, rules=turn(inputs.rules)), year, compute))
        for name, turn in _turns(inputs.rules)
    ]
    turns.sort(key=lambda turn: (-abs(_moved(today, turn.figure)), turn.name))
    sets = tuple(_sets(inputs, year, today, turns, compute))
    return Calibration(*published, today, tuple(turns), sets)


def bridge(inputs: Inputs, closed: ClosedMonth, compute: Compute) -> list[Step]:
    """Go from a closed month's reported figure to today's, one changed rule file at a time.

    First the rules of that time on today's inputs: what later postings, contracts and decisions
    did. Then each rule file that differs is put in as it is now. The last step is today's figure.

    How files are read (sources, registers) is of the first step: they were read as they are now.
    """
    figures = closed.figures
    steps = [Step("as reported", Figure(figures["volume_sek"], figures["uncovered_sek"]))]
    now, then = rule_texts(inputs.workspace.rules), dict(closed.rules)
    changed = [name for name in sorted({*now, *then}) if now.get(name) != then.get(name)]
    how_read = [name for name in changed if name.startswith(_HOW_READ)]
    before = "later postings, contracts and decisions"
    before = f"{before}, and layouts" if how_read else before
    steps.append(Step(before, _month(_ruled(inputs, then, closed), closed.period, compute)))
    for name in (name for name in changed if name not in how_read):
        then.pop(name, None)
        if name in now:
            then[name] = now[name]
        figure = _month(_ruled(inputs, then, closed), closed.period, compute)
        steps.append(Step(f"rules/{name}", figure))
    return steps


def rule_texts(folder: Path) -> dict[str, str]:
    """Return every rule file's text by its path below `folder`: what a closed month keeps.

    To the byte: a file with the line ends of Windows has another digest than one without.
    """
    return {
        file.relative_to(folder).as_posix(): file.read_bytes().decode("utf-8")
        for file in sorted(folder.rglob("*.toml"))
    }


def told(found: Calibration) -> list[str]:
    """Say the calibration in lines of at most 100 characters."""
    head = [
        f"baseline {found.year}",
        f"  published      {found.published_share:>7.1%}  {_millions(found.published_sek)}",
    ]
    if not found.turns:
        return [
            *head,
            f"  today's rules  nothing: the ledger holds no purchases of {found.year}",
            "",
            f"put the ledger of {found.year} in ledger/, or another baseline in rules/policy.toml",
        ]
    lines = [
        *head,
        (
            f"  today's rules  {_percent(found.today)}  {_millions(found.today.uncovered_sek)} "
            f"uncovered of {_millions(found.today.volume_sek)}"
        ),
        "",
        f"{'turned by itself':<50}   share  points   uncovered      volume",
    ]
    for turn in found.turns:
        points = _moved(found.today, turn.figure) * 100
        lines.append(
            f"  {turn.name[:48]:<48} {_percent(turn.figure)} {points:>+7.2f} "
            f"{_change(turn.figure.uncovered_sek - found.today.uncovered_sek)} "
            f"{_change(turn.figure.volume_sek - found.today.volume_sek)}"
        )
    lines += ["", f"within {NEAR:.2%} of the published share"]
    for names, figure in found.sets:
        lines.append(f"  {_percent(figure)}  {' + '.join(names) or 'the rules as they are'}")
    if not found.sets:
        lines.append(f"  no set of up to {_LARGEST_SET} turns")
    return lines


def told_bridge(period: date, steps: Sequence[Step]) -> list[str]:
    """Say a bridge in lines: what each step moved, in kronor to the öre and in points."""
    lines = [f"bridge for {period:%Y-%m}"]
    for before, step in zip([None, *steps], steps, strict=False):
        moved = step.figure.uncovered_sek - before.figure.uncovered_sek if before else Decimal(0)
        lines.append(
            f"  {step.name[:52]:<52} {_percent(step.figure)}  {moved:>+16,.2f} → "
            f"{step.figure.uncovered_sek:>16,.2f} SEK"
        )
    return lines


def _turns(rules: Rules) -> Iterable[tuple[str, Callable[[Rules], Rules]]]:
    for exclusion in rules.exclusions:
        yield f"without {exclusion.id} {exclusion.title}", _without(exclusion.id)
    policy = rules.policy
    for switch in ("out_of_scope_counts_as", "direct_award_counts_as"):
        other = "uncovered" if getattr(policy, switch) == "covered" else "covered"
        yield f"{switch} = {other}", _with_policy({switch: other})
    for days in _TAILS:
        if days != policy.tail_days:
            yield f"tail_days = {days}", _with_policy({"tail_days": days})
    for basis in DATE_BASES:
        if basis != policy.date_basis:
            yield f"date_basis = {basis}", _with_policy({"date_basis": basis})


def _without(exclusion_id: str) -> Callable[[Rules], Rules]:
    return lambda rules: replace(
        rules, exclusions=tuple(e for e in rules.exclusions if e.id != exclusion_id)
    )


def _with_policy(values: Mapping[str, Any]) -> Callable[[Rules], Rules]:
    return lambda rules: replace(rules, policy=replace(rules.policy, **values))


def _sets(
    inputs: Inputs, year: date, today: Figure, turns: Sequence[Turn], compute: Compute
) -> Iterable[tuple[tuple[str, ...], Figure]]:
    """Find the smallest sets of turns near the published share; each is computed, not added up.

    Turns that move nothing explain nothing and are left out. Sets are tried by the sum of their
    own moves, nearest first; what the sum cannot see (one posting moved by two) the computation
    does.
    """
    published = inputs.rules.policy.baseline_share
    moving = [turn for turn in turns if abs(_moved(today, turn.figure)) > NEAR / 10]
    if today.share is not None and abs(today.share - published) <= NEAR:
        yield (), today
        return
    for size in range(1, _LARGEST_SET + 1):
        near = []
        for chosen in combinations(moving, size):
            guess = (today.share or 0) + sum(_moved(today, turn.figure) for turn in chosen)
            near.append((abs(guess - published), tuple(turn.name for turn in chosen), chosen))
        found = []
        for distance, names, chosen in sorted(near, key=lambda one: one[:2])[:3]:
            if distance > 2 * NEAR:
                break
            rules = inputs.rules
            for turn in chosen:
                rules = turn.rules(rules)
            figure = _year(replace(inputs, rules=rules), year, compute)
            if figure.share is not None and abs(figure.share - published) <= NEAR:
                found.append((names, figure))
        if found:
            yield from found
            return


def _year(inputs: Inputs, year: date, compute: Compute) -> Figure:
    return _figure(inputs, "kpi_yearly", year, compute)


def _month(inputs: Inputs, month: date, compute: Compute) -> Figure:
    return _figure(inputs, "kpi_monthly", month, compute)


def _figure(inputs: Inputs, table: str, period: date, compute: Compute) -> Figure:
    with compute(inputs, (table,)) as ask:
        found = ask(_FIGURES[table], {"period": period})
    if not found:
        return Figure(Decimal(0), Decimal(0))
    return Figure(found[0]["volume_sek"], found[0]["uncovered_sek"])


def _ruled(inputs: Inputs, texts: Mapping[str, str], closed: ClosedMonth) -> Inputs:
    """Return the inputs under the rules that these files say, thresholds and persons too.

    Raises RuleError, or Problems, when the rules of the closed month are no rules any more.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for below, text in texts.items():
            file = folder / below
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        try:
            return replace(
                inputs,
                rules=read_rules(folder),
                match_settings=match.read_settings(folder),
                person_rules=read_person_rules(folder / "persons.toml"),
            )
        except ComplianceError as error:
            raise _of_its_month(error, folder, closed) from error
        except Problems as heap:
            told = [_of_its_month(error, folder, closed) for error in heap.errors]
            raise Problems(told) from heap


def _of_its_month(error: ComplianceError, folder: Path, closed: ClosedMonth) -> ComplianceError:
    """Name the closed month for the passing folder: today's rules were read, and are not at fault.

    What is frozen is not mended: the fix is the program that could read it.
    """
    below = error.at.file.removeprefix(f"{folder.name}/").removeprefix("rules/")
    kept = f"history/closed-{closed.period:%Y-%m}.json, rules/{below}"
    return type(error)(
        error.what,
        at=replace(error.at, file=kept),
        why=error.why,
        fix=f"build the bridge with compliance {closed.version}, which closed the month",
    )


def _moved(today: Figure, then: Figure) -> float:
    return (then.share or 0.0) - (today.share or 0.0)


def _percent(figure: Figure) -> str:
    return f"{'–':>7}" if figure.share is None else f"{figure.share:>7.2%}"


def _millions(amount: Decimal) -> str:
    return f"{amount / 1_000_000:,.1f} MSEK"


def _change(amount: Decimal) -> str:
    return f"{amount / 1_000_000:>+9.2f} M"
