"""Running the program as its users do, and looking at what it published."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import broken
import duckdb

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "output/compliance.duckdb"


def scale() -> float:
    """The part of the long tests' work that is to be done: COMPLIANCE_TRUST_SCALE, by default 1."""
    return float(os.environ.get("COMPLIANCE_TRUST_SCALE", "1"))


def run(
    *arguments: str | Path,
    safeguard: str = "nothing",
    env: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
    timeout: float = 300,
    check: bool = True,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run `compliance ARGUMENTS` in a process of its own, perhaps under another program.

    With `safeguard` one of broken.py's is taken out.
    """
    program = ["-m", "compliance"]
    if safeguard != "nothing":
        program = [str(ROOT / "tests" / "broken.py"), safeguard]
    done = subprocess.run(
        [*before, sys.executable, *program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        **options,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stdout}\n{done.stderr}")
    return done


def query(workspace: Path, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Ask the published database."""
    with duckdb.connect(str(workspace / DATABASE), read_only=True) as db:
        return db.execute(sql, list(parameters)).fetchall()


def contents(workspace: Path) -> dict[str, tuple[int, str]]:
    """Row count and ordered hash of every published table, but for when it was built."""
    found = {}
    with duckdb.connect(str(workspace / DATABASE), read_only=True) as db:
        tables = "select table_name from duckdb_tables() where not internal order by 1"
        for (name,) in db.execute(tables).fetchall():
            if name == "table_stamps":  # stamps build_info, and with it the hour
                continue
            rows = f"(from {name})"
            if name == "build_info":
                rows = f"(select * exclude (built_at) from {name})"
            numbered = f"select t, row_number() over () as n from {rows} as t"
            select = f"select count(*), sum(hash(t, n)::hugeint)::varchar from ({numbered})"
            found[name] = db.execute(select).fetchone()
    return found


class Zygote:
    """Runs the program in forks of a process that has imported it and done nothing else.

    Importing takes longer than a small build; a kill test should kill builds, not imports.
    """

    def __init__(self) -> None:
        import compliance.cli  # noqa: F401

        self._ended: dict[int, int] = {}

    def start(self, *arguments: str | Path, log: Path, safeguard: str = "nothing") -> int:
        """Fork and run; return the child's process id. What it says is appended to `log`."""
        log.unlink(missing_ok=True)  # or the last run's words would be taken for this one's
        child = os.fork()
        if child:
            return child
        code = 70
        try:
            os.setsid()
            sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(sink, 1)
            os.dup2(sink, 2)
            # pytest has put its own in their place.
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            getattr(broken, safeguard)()
            from compliance.cli import main

            code = main([*map(str, arguments)])
            sys.stdout.flush()
        finally:
            sys.stderr.flush()
            os._exit(code)

    def wait(self, child: int) -> int:
        """Wait for the end; return the exit code, negative for a signal."""
        if child not in self._ended:
            self._ended[child] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return self._ended.pop(child)

    def wait_for(self, child: int, log: Path, word: str) -> bool:
        """Wait until the log holds the word; say whether the child still runs then."""
        while True:
            if word in (log.read_text("utf-8", "replace") if log.exists() else ""):
                return True
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                self._ended[child] = os.waitstatus_to_exitcode(status)
                return False
            time.sleep(0.001)


def kill(child: int) -> None:
    """kill -9, for the process and whatever it started; nothing when it has ended."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
