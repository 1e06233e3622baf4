"""What does the published database answer to a query of the reader's own?

The query runs in a process of its own with hard limits of memory and time, on a locked connection
(database.open_locked): DuckDB is not a security boundary and says so, and a single
`repeat('x', 4000000000)` knows no memory limit and hears no interrupt. Knows no table by name.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compliance import database
from compliance.errors import ComplianceError, InputError, Place, UsageError

# What the query may see when it is asked for nothing: names and what they mean.
CONTENTS = """
select table_name as name, comment as meaning
from duckdb_tables() where not internal and not temporary
union all
select view_name, comment from duckdb_views() where not internal and not temporary
order by name
"""

_TABLE_WIDTH = 60  # characters of one cell on a terminal; a pipe gets all of them


@dataclass(frozen=True)
class Limits:
    """What one query may use: seconds on the clock, memory in MB, rows that come back."""

    seconds: int = 60
    memory_mb: int = 1024
    rows: int = 100_000
    threads: int = 2


@dataclass(frozen=True)
class Answer:
    """Columns and rows as text; `is_cut` when there were more rows than the limit."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    is_cut: bool


def ask(path: Path, query: str, limits: Limits | None = None) -> Answer:
    """Run the query on the published file at `path`, in a process of its own.

    Raises InputError when there is no file or a damaged one, UsageError when the query cannot be
    run, is refused or passes a limit.
    """
    limits = limits or Limits()
    if not path.is_file():
        raise InputError(
            "there is no database yet",
            at=Place(str(path)),
            why="a question is answered from what a build has published",
            fix="run `compliance build` first",
        )
    said = _run_apart(path, query, limits)
    try:
        told = json.loads(said)
    except json.JSONDecodeError:
        raise _stopped("it ended without an answer", limits) from None
    if "error" in told:
        kind, place = (InputError, str(path)) if told.get("damaged") else (UsageError, "query")
        raise kind(told["error"], at=Place(place), why=told["why"], fix=told.get("fix", _FIX))
    rows = tuple(map(tuple, told["rows"]))
    return Answer(tuple(told["columns"]), rows[: limits.rows], len(rows) > limits.rows)


_FIX = "`compliance sql` without a query lists the tables; the file can only be read"


def as_table(answer: Answer) -> str:
    """Lay the answer out in columns for a terminal; long cells are cut with an ellipsis."""
    cells = [[_cut(name) for name in answer.columns]]
    cells += [[_cut("" if cell is None else cell) for cell in row] for row in answer.rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return "\n".join([*lines[:1], "  ".join("─" * width for width in widths), *lines[1:]])


def as_csv(answer: Answer) -> str:
    """Write the answer as comma-separated text, whole; null is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)
    return out.getvalue().removesuffix("\n")


def _cut(text: str) -> str:
    """One line, without the control characters that a terminal would obey."""
    plain = "".join(letter if letter.isprintable() else "·" for letter in text)
    return plain if len(plain) <= _TABLE_WIDTH else plain[: _TABLE_WIDTH - 1] + "…"


def _run_apart(path: Path, query: str, limits: Limits) -> bytes:
    asked = json.dumps(
        {
            "path": str(path.resolve()),
            "query": query,
            "memory_mb": limits.memory_mb,
            "seconds": limits.seconds,
            "rows": limits.rows,
            "threads": limits.threads,
        }
    )
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", "from compliance.ask import answer; answer()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        # Nothing of the parent's environment: it may hold the mail server's password.
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "HOME": "/nonexistent"},
        start_new_session=True,
    )
    try:
        said, _ = child.communicate(asked.encode(), timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        raise _stopped(f"it ran for {limits.seconds} s", limits) from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
    return said


def _stopped(why: str, limits: Limits) -> ComplianceError:
    return UsageError(
        "the query was stopped",
        at=Place("query"),
        why=f"{why}; it may use {limits.seconds} s and {limits.memory_mb} MB",
        fix="narrow it: fewer rows, a filter, or an aggregate",
    )


def answer() -> None:
    """Answer one query from stdin on stdout, as JSON, within its limits. For the child process."""
    asked = json.load(sys.stdin)
    _limit(resource.RLIMIT_CPU, asked["seconds"] * asked["threads"])
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    try:
        told = _answered(asked)
    except (InputError, UsageError) as error:
        is_damaged = isinstance(error, InputError)
        told = {"error": error.what, "why": error.why, "fix": error.fix, "damaged": is_damaged}
    except Exception as error:  # noqa: BLE001 - whatever DuckDB raises is told to the asker
        told = {"error": str(error).partition("\n")[0], "why": type(error).__name__}
    json.dump(told, sys.stdout)


def _answered(asked: dict[str, Any]) -> dict[str, object]:
    with database.open_locked(
        Path(asked["path"]),
        threads=asked["threads"],
        memory_limit=f"{asked['memory_mb'] // 2}MB",
    ) as db:
        # From here on: what Python and the libraries have reserved is no fault of the query.
        _limit(resource.RLIMIT_AS, _reserved_bytes() + asked["memory_mb"] * 1024 * 1024)
        columns, rows = database.as_text(db, asked["query"], asked["rows"] + 1)
    return {"columns": columns, "rows": rows}


def _limit(what: int, most: int) -> None:
    resource.setrlimit(what, (most, most))


def _reserved_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * resource.getpagesize()
