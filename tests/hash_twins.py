"""Two texts whose SHA-256 begin alike, as chance has it among a few hundred thousand files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable


def hash_twins(text: Callable[[int], str], bits: int = 35) -> tuple[str, str]:
    """Return two of the texts whose hashes have their first bits in common."""
    seen: dict[int, int] = {}
    for number in range(10_000_000):
        begin = int(hashlib.sha256(text(number).encode()).hexdigest()[:16], 16) >> (64 - bits)
        if begin in seen:
            return text(seen[begin]), text(number)
        seen[begin] = number
    raise AssertionError("no two hashes are alike")
