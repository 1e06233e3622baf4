"""Running the program as its users do, and looking at what it published."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from compliance.database import open_published
from compliance.errors import ComplianceError

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
    done = subprocess.run(
        command(*arguments, safeguard=safeguard, before=before),
        env={**environment(), **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        **options,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stdout}\n{done.stderr}")
    return done


def command(
    *arguments: str | Path, safeguard: str = "nothing", before: Sequence[str] = ()
) -> list[str]:
    """Return what `run` runs."""
    program = ["-m", "compliance"]
    if safeguard != "nothing":
        program = [str(ROOT / "tests" / "broken.py"), safeguard]
    return [*before, sys.executable, *program, *map(str, arguments)]


def environment() -> dict[str, str]:
    """Return the environment that `run` runs in.

    What Python has compiled is kept, and not beside the source: to compile the program at every
    start would take longer than most of what the tests start it for.
    """
    ours = {
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(ROOT / ".pytest_cache" / "compiled"),
    }
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **ours}


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
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "zygote.py")],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        weakref.finalize(self, _ended, self._process)

    def start(
        self, *arguments: str | Path, log: Path, safeguard: str = "nothing", call: str = ""
    ) -> int:
        """Fork and run; return the child's process id. What it says is written to `log`.

        With `call`, `module:function` takes the arguments in the program's place.
        """
        log.unlink(missing_ok=True)  # or the last run's words would be taken for this one's
        child = self._asked(
            arguments=[*map(str, arguments)], log=str(log), safeguard=safeguard, call=call
        )
        assert child is not None
        return child

    def wait(self, child: int) -> int:
        """Wait for the end; return the exit code, negative for a signal."""
        code = self._asked(child=child, wait=True)
        assert code is not None
        return code

    def wait_for(self, child: int, log: Path, word: str) -> bool:
        """Wait until the log holds the word; say whether the child still runs then."""
        while True:
            if word in (log.read_text("utf-8", "replace") if log.exists() else ""):
                return True
            if self._asked(child=child, wait=False) is not None:
                return False
            time.sleep(0.001)

    def _asked(self, **request: Any) -> int | None:
        asked, told = self._process.stdin, self._process.stdout
        assert asked is not None
        assert told is not None
        asked.write(json.dumps(request) + "\n")
        asked.flush()
        answer = told.readline()
        assert answer, "the zygote has died"
        found: int | None = json.loads(answer)
        return found


def _ended(process: subprocess.Popen[str]) -> None:
    """End a zygote, which ends when nobody can ask it any more."""
    for end in (process.stdin, process.stdout):
        assert end is not None
        end.close()
    process.wait()


def looked_at(arguments: Sequence[str]) -> int:
    """Open a workspace's database as every command does; for a Zygote.

    Takes the workspace and the expected `contents` as JSON. Returns 0 when they are in it, 1 when
    others are, 2 when it was refused with a message.
    """
    workspace, expected = Path(arguments[0]), json.loads(arguments[1])
    try:
        with open_published(workspace / DATABASE):
            pass
        found = {name: list(one) for name, one in contents(workspace).items()}
    except ComplianceError:
        return 2
    return 0 if found == expected else 1


def kill(child: int) -> None:
    """kill -9, for the process and whatever it started; nothing when it has ended."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
