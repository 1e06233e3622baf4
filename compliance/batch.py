"""How does an unattended run end, and who hears of it? The run log, and sending where it is on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from compliance import __version__, files, lock, runlog
from compliance import deliver as delivery
from compliance.delivery_settings import settings_of
from compliance.digests import inputs_digest
from compliance.errors import ComplianceError, Problems
from compliance.rules import read_rules, rules_digest
from compliance.workspace import Workspace

Say = Callable[[str], None]


@dataclass(frozen=True)
class SendWishes:
    """What an operator asks for beside the ordinary sending, by delivery id."""

    resend: tuple[str, ...] = ()
    arrived: tuple[str, ...] = ()
    correct: tuple[str, ...] = ()


@contextmanager
def logged(workspace: Workspace) -> Iterator[None]:
    """Write one line to the run log when the block ends, also when it fails."""
    entry = {
        "version": __version__,
        "rules": rules_digest(workspace.rules),
        "inputs": inputs_digest(workspace),
    }
    try:
        yield
    except (ComplianceError, Problems) as error:
        runlog.append(workspace, {**entry, "exit_code": error.exit_code, "error": _first(error)})
        raise
    except BaseException as error:
        runlog.append(workspace, {**entry, "exit_code": 1, "error": type(error).__name__})
        raise
    runlog.append(workspace, {**entry, "exit_code": 0})


@contextmanager
def alone(workspace: Workspace, say: Say) -> Iterator[None]:
    """Hold the workspace for the length of the block, cleared of what killed runs left in it.

    Says so when the one before did not end. Raises RuleError when somebody else works here.
    """
    with lock.held(workspace) as died:
        if died is not None:
            say(f"the run before did not end ({died}); what it left is cleared away")
        files.sweep([workspace.output, workspace.root, workspace.cache, workspace.cache / "ledger"])
        _clear(workspace.output / "spill")
        yield


def deliver(workspace: Workspace, month: date, say: Say) -> None:
    """Send the month's letters when compliance.toml says so; else say that nothing was sent."""
    settings = settings_of(workspace)
    if settings is None or not settings.is_on:
        say("send     delivery is switched off; `compliance send` shows who would get what")
        return
    done = delivery.send(workspace, read_rules(workspace.rules), month, say=say)
    sent = len(done.done)
    say(f"send     {sent} letter{'' if sent == 1 else 's'}")


def _clear(spill: Path) -> None:
    """Remove what killed processes computed with; a `calibrate` beside this run keeps its own."""
    for path in spill.iterdir() if spill.is_dir() else ():
        of_duckdb = re.match(r"duckdb_temp_(\d+)_", path.name)
        by = files.maker_here(of_duckdb[1]) if of_duckdb else path.name.rpartition("-")[0]
        if not files.is_being_made(path, by):
            files.remove(path)


def _first(error: ComplianceError | Problems) -> str:
    """The kind of error and where, without the file's content: the log names no person."""
    one = error.errors[0] if isinstance(error, Problems) else error
    return f"{type(one).__name__} at {one.at}"
