"""What was reported for a month, and can it be made again? One file a closed month, never changed.

A closed month keeps its figures, the digests of the inputs and the text of the rules it was made
under: enough to compute it again, compare, and say step by step what has moved since. And a digest
of itself: whoever changes a digit of it by mistake is told so. Who means to forge can take a new
digest too; against that, keep a copy elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from compliance import files
from compliance.errors import InputError, Place, UsageError

# What kpi_reported sets beside today's figures.
_COMPARED = frozenset({"uncovered_share", "uncovered_sek", "volume_sek"})


@dataclass(frozen=True)
class ClosedMonth:
    """The figures of one month as they were reported.

    `figures` is the row of kpi_monthly, `departments` the rows of kpi_department_monthly; amounts
    are Decimal, shares float, days date, all exactly as they were. `rules` maps each rule file's
    path below rules/ to its text.
    """

    period: date
    closed_at: datetime
    version: str
    rules_digest: str
    inputs_digest: str
    figures: Mapping[str, Any]
    departments: Sequence[Mapping[str, Any]]
    inputs: Mapping[str, str]
    rules: Mapping[str, str]


def close(folder: Path, month: ClosedMonth) -> Path:
    """Freeze the month. Returns its file. Raises UsageError when it is closed already."""
    file = _file(folder, month.period)
    content: dict[str, Any] = {
        "period": month.period,
        "closed_at": month.closed_at.isoformat(),
        "version": month.version,
        "rules_digest": month.rules_digest,
        "inputs_digest": month.inputs_digest,
        "figures": month.figures,
        "departments": list(month.departments),
        "inputs": month.inputs,
        "rules": month.rules,
    }
    content["digest"] = _digest(content)
    text = json.dumps(content, default=_written, ensure_ascii=False, indent=1, sort_keys=True)
    files.make_folder(folder)
    try:
        files.write_once(file, (text + "\n").encode(), files.PRIVATE)
    except FileExistsError:
        raise UsageError(
            f"{month.period:%Y-%m} is closed already",
            at=Place(f"history/{file.name}"),
            why="what was reported is never rewritten; later changes show in kpi_reported",
            fix="nothing to do: `compliance report` shows reported and computed side by side; if it"
            " was a mistake, move the file out of history/, keep it with a note of who and why, and"
            " close again",
        ) from None
    return file


def read(folder: Path) -> tuple[ClosedMonth, ...]:
    """Return all closed months, earliest first.

    Raises InputError for a file that is damaged, or is a copy under a name of its own: of two
    files of one month nobody could say which was reported.
    """
    months = [(file, _read(file)) for file in sorted(folder.glob("closed-*.json"))]
    for file, month in months:
        if file != _file(folder, month.period):
            raise InputError(
                f"this closed month is {month.period:%Y-%m}, and its name says otherwise",
                at=Place(f"history/{file.name}"),
                why="every file called closed-… is read as what was reported for its month",
                fix="move copies out of history/, or give them names that begin otherwise",
            )
    return tuple(month for _, month in months)


def of(folder: Path, period: date) -> ClosedMonth:
    """Return one closed month. Raises UsageError when it is not closed."""
    for month in read(folder):
        if month.period == period:
            return month
    raise UsageError(
        f"{period:%Y-%m} is not closed",
        at=Place("history/"),
        why="a bridge starts from the figures and rules that were frozen with the month",
        fix=f"close it first: compliance close {period:%Y-%m}",
    )


def _file(folder: Path, period: date) -> Path:
    return folder / f"closed-{period:%Y-%m}.json"


def _read(file: Path) -> ClosedMonth:
    try:
        content = _held(json.loads(file.read_text("utf-8")))
        return ClosedMonth(
            period=date.fromisoformat(content["period"]),
            closed_at=datetime.fromisoformat(content["closed_at"]),
            version=content["version"],
            rules_digest=content["rules_digest"],
            inputs_digest=content["inputs_digest"],
            figures=_figures(content["figures"]),
            departments=[_figures(row) for row in content["departments"]],
            inputs=content["inputs"],
            rules=content["rules"],
        )
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise InputError(
            "this closed month cannot be read",
            at=Place(f"history/{file.name}"),
            why=f"{type(error).__name__}: {error}",
            fix="restore the file from a backup; it is the only record of what was reported",
        ) from None


def _held(content: dict[str, Any]) -> dict[str, Any]:
    """Return what its digest was taken of; a month closed before there were digests has none."""
    if content.pop("digest", None) not in (None, _digest(content)):
        raise ValueError("its words are not those its digest was taken of")
    if lacking := sorted(_COMPARED - content["figures"].keys()):
        raise ValueError(f"its figures lack {', '.join(lacking)}")
    return content


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(
        content, default=_written, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    """Amounts travel as text, so that an öre is the same öre when it comes back."""
    return {
        name: Decimal(value)
        if name.endswith("_sek") and value is not None
        else date.fromisoformat(value)
        if name == "period"
        else value
        for name, value in row.items()
    }


def _written(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no written form")
