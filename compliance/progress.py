"""How far has a command come? A bar between its lines on a terminal, and nothing in a pipe."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

Say = Callable[[str], None]
BUILD = ("load", "match", "cover", "decide", "check", "publish")
REPORT = ("report",)
RUN = (*BUILD, *REPORT, "send")

_WIDTH = 24
_ERASED = "\r\x1b[K"  # to the line's start, and what stands there away


@contextmanager
def shown(say: Say, stages: Sequence[str], stream: TextIO) -> Iterator[Say]:
    """Give what says a line as `say` does, above a bar of the stages; gone when the block ends.

    A line that begins with a stage's name says that the stage is done. Without a terminal at
    `stream`, which is where `say` writes, it is `say` itself that is given.
    """
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield say
        return
    bar = _Bar(say, stages, stream)
    bar.draw()
    try:
        yield bar
    finally:
        bar.write(_ERASED)


class _Bar:
    def __init__(self, say: Say, stages: Sequence[str], stream: TextIO) -> None:
        self._say, self._stages, self._stream = say, stages, stream
        self._done = 0

    def __call__(self, line: str) -> None:
        self.write(_ERASED)
        self._say(line)
        stage = line.partition(" ")[0]
        if stage in self._stages:
            self._done = self._stages.index(stage) + 1
        self.draw()

    def draw(self) -> None:
        if self._done == len(self._stages):
            return
        full = self._done * _WIDTH // len(self._stages)
        bar = f"[{'#' * full}{'.' * (_WIDTH - full)}]"
        at = f"{self._stages[self._done]} ({self._done + 1} of {len(self._stages)})"
        self.write(f"{_ERASED}{bar} {at}")

    def write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
