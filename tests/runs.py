"""Running the program as its users do, and looking at what it published."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "output/compliance.duckdb"


def run(
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
    timeout: float = 120,
    check: bool = True,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run `compliance ARGUMENTS` in a process of its own, perhaps under another program."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "compliance", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
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
            rows = (
                f"(select * replace (null as built_at) from {name})"
                if name == "build_info"
                else name
            )
            select = f"select count(*), sum(hash(t, n)::hugeint)::varchar from (select t, row_number() over () as n from {rows} t)"
            found[name] = db.execute(select).fetchone()
    return found


class Zygote:
    """Runs the program in forks of a process that has imported it and done nothing else.

    Importing takes longer than a small build; a kill test should kill builds, not imports.
    """

    def __init__(self) -> None:
        import compliance.cli  # noqa: F401

    def start(self, *arguments: str | Path, log: Path | None = None) -> int:
        """Fork and run; return the child's process id."""
        child = os.fork()
        if child:
            return child
        try:
            os.setsid()
            sink = os.open(log or "/dev/null", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(sink, 1)
            os.dup2(sink, 2)
            sys.argv = ["compliance", *map(str, arguments)]
            from compliance.cli import entry

            entry()
            os._exit(0)
        except SystemExit as ended:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1)
        except BaseException:  # noqa: BLE001
            import traceback

            traceback.print_exc()
            sys.stderr.flush()
            os._exit(70)

    def wait(self, child: int) -> int:
        """Wait for the end; return the exit code, negative for a signal."""
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)


def kill(child: int) -> None:
    """kill -9, for the process and whatever it started."""
    os.killpg(child, signal.SIGKILL)
