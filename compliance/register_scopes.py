"""What does one entry of a contract's scope mean: a category, an account, a CPV code?

A category may be written as its code, the beginning of codes (`IT` is all of `IT-…`, `IT-L` those
of them that go on so), or either of its names. What cannot be read is told, never guessed: an entry
that names nothing would make every purchase fall outside its contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from compliance.category_names import code_of, cure
from compliance.rule_entries import Rules

_SCHEMES = {
    "account": "account",
    "konto": "account",
    "cpv": "cpv",
    "category": "category",
    "kategori": "category",
}


class ScopeEntry(NamedTuple):
    """A scheme (`category`, `account`, `cpv`) and what the posting's own must begin with."""

    scheme: str
    prefix: str


class ScopeReader:
    """Reads entries against the categories of the rules."""

    def __init__(self, rules: Rules) -> None:
        self._categories = rules.categories

    def read(self, written: str) -> ScopeEntry | str:
        """Return the entry, or why it cannot be read."""
        scheme, colon, value = written.partition(":")
        named = _SCHEMES.get(scheme.strip().casefold()) if colon else "category"
        value = value.strip() if colon else written.strip()
        if named == "account":
            digits = value.replace(" ", "")
            if re.fullmatch(r"[0-9]{1,10}", digits):
                return ScopeEntry("account", digits)
            return f"`{written}` is no account; write its first digits, as account:65"
        if named == "cpv":
            return self._cpv(written, value)
        if named == "category":
            return self._category(value)
        return f"`{written}` is neither category:, account: nor cpv:"

    def _cpv(self, written: str, value: str) -> ScopeEntry | str:
        found = re.fullmatch(r"([0-9]{2,8})(?:-[0-9])?", value.replace(" ", ""))
        if found is None:
            return f"`{written}` is no CPV code; write two to eight digits, as cpv:3913"
        # 39130000 means all that begins with 3913; a division keeps both its digits.
        digits = found[1]
        return ScopeEntry("cpv", digits[:2] + digits[2:].rstrip("0"))

    def _category(self, value: str) -> ScopeEntry | str:
        code = value.upper()
        if any(f"{known.code}-".startswith(f"{code}-") for known in self._categories):
            return ScopeEntry("category", code)
        named = code_of(value, self._categories)
        if named:
            return ScopeEntry("category", named)
        # After the names: `Mat` is food where a category is called so, not all of `MATERIAL-…`.
        if len(code) > 1 and any(known.code.startswith(code) for known in self._categories):
            return ScopeEntry("category", code)
        return f"`{value}` is no category; {cure(value, self._categories)}"


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names in order, each once, whatever its case."""
    return tuple({name.casefold(): name for name in reversed([*names])}.values())[::-1]
