"""Forks itself and runs the program, or a function of the tests, in the child. See runs.Zygote.

    python tests/zygote.py        reads one request a line, answers one line each

A process of its own, because only one that has imported everything and done nothing has no threads:
what is forked beside a thread of polars or DuckDB may wait for a lock that nobody will ever open.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import broken

import compliance.cli


def serve() -> None:
    """Answer until nobody asks any more."""
    ended: dict[int, int] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        if "arguments" in asked:
            answer: int | None = _forked(asked)
        else:
            answer = _ended(ended, asked["child"], wait=asked["wait"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _forked(asked: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        with contextlib.suppress(OSError):  # it has done so itself, or has ended
            os.setpgid(child, child)
        return child
    code = 70
    try:
        os.setpgid(0, 0)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sink = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        getattr(broken, asked["safeguard"])()
        code = _function(asked["call"])(asked["arguments"])
        sys.stdout.flush()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _function(name: str) -> Callable[[list[str]], int]:
    if not name:
        return compliance.cli.main
    module, _, function = name.partition(":")
    found: Callable[[list[str]], int] = getattr(importlib.import_module(module), function)
    return found


def _ended(ended: dict[int, int], child: int, *, wait: bool) -> int | None:
    """Return the exit code, negative for a signal; None while the child runs."""
    if child not in ended:
        found, status = os.waitpid(child, 0 if wait else os.WNOHANG)
        if not found:
            return None
        ended[child] = os.waitstatus_to_exitcode(status)
    return ended.pop(child) if wait else ended[child]


if __name__ == "__main__":
    serve()
