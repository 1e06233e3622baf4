"""How far has the batch come? One line a stage: what was done, how much, in how many seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

Say = Callable[[str], None]


@dataclass
class Stages:
    """Tells each finished stage through `say`, with the seconds since the one before.

    The seconds are narration only: no figure, file or digest depends on the clock.
    """

    say: Say
    _since: float = field(default_factory=time.monotonic)

    def __call__(self, stage: str, done: str) -> None:
        now = time.monotonic()
        self.say(f"{stage:<8} {done} ({now - self._since:.1f} s)")
        self._since = now
