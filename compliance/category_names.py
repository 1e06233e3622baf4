"""Which category did somebody mean: by its code, or by either of its names?

For a register's scopes, tenders, orders and what is asked on the command line. A name that is none
is told with the nearest one, never guessed.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from compliance.errors import listed
from compliance.rule_entries import Category
from compliance.toml_shape import spaced

_SHORTEST = 3  # letters: fewer begin too many names


def code_of(written: str, categories: Sequence[Category]) -> str | None:
    """Return the code of the category that is written so, whatever its case; None for none."""
    known = {name.casefold(): one.code for one in categories for name in _names(one)}
    return known.get(spaced(written).strip().casefold())


def cure(written: str, categories: Sequence[Category]) -> str:
    """Return what to write instead: the codes or a name that begin or go on so, or the nearest."""
    names = {name.casefold(): name for one in categories for name in _names(one)}
    word = spaced(written).strip().casefold()
    below = sorted(one.code for one in categories if one.code.casefold().startswith(f"{word}-"))
    if below:  # `IT` is no category, and what begins so are several
        return f"use one of: {listed(below)}"
    near: list[str] = []
    if len(word) >= _SHORTEST:
        # `Möbler` is far from `Möbler och inredning` by its letters, and plainly meant.
        near = sorted(name for name in names if name.startswith(word))
        near = near or sorted(name for name in names if f" {word}" in name)
    near = near or difflib.get_close_matches(word, sorted(names), n=1, cutoff=0.6)
    return f"did you mean `{names[near[0]]}`?" if near else "see rules/categories.toml"


def _names(category: Category) -> tuple[str, str, str]:
    return spaced(category.name_sv), spaced(category.name_en), category.code
