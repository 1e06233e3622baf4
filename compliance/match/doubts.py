"""Which matches does nobody make silently, however alike the names are?

The model weighs likenesses; these are signs that two names are two parties, and a single one is
enough for a person to decide. Only an equal org number overrules them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from compliance.names import Name

_NUMBER = re.compile("[0-9]+")


def doubt(vendor: Name, supplier: Name) -> str:
    """Return what speaks against a silent match, a key of evidence.DOUBTS; empty for nothing."""
    if _numbers(vendor.tokens) != _numbers(supplier.tokens):
        return "number"
    return ""


def _numbers(tokens: Sequence[str]) -> list[int]:
    """The numbers in a name: `Omsorg 3` and `Omsorg 4` are two companies, `Kanal5` is `Kanal 5`."""
    return sorted(int(number) for token in tokens for number in _NUMBER.findall(token))
