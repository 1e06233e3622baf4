"""What does the rest of the ledger say about a pair?

A slip of the pen is seldom made twice: a spelling that stands there again and again, and is not the
supplier's, is somebody's name. And what one row does not tell (the form, the town), its twins do:
the rows of the same words. Only rows with the words of the vendor or of the supplier count, so no
unrelated row moves a pair.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from compliance.match.coded import Ints, Sides
from compliance.match.reading import Side, own_numbers

Floats = npt.NDArray[np.float64]

NAMES = (
    "twins", "echoes", "twin_form_same", "twin_form_other", "twin_city_same", "twin_city_other",
    "implied_form_other", "known", "known_city_same", "known_city_other",
)  # fmt: skip
_MANY = 3  # so many rows say as much as more
_FIRST_DIGIT = {"5": "AB", "9": "HB", "7": "EKF"}  # of a company's number; 7 is also a BRF


class Context:
    """The ledger's rows by their words and numbers, and by both with form or town."""

    def __init__(self, sides: Sides, shared: frozenset[str] = frozenset()) -> None:
        vendors, others = sides.vendors.side, sides.others.side
        # From 1 on; 0 is nothing.
        self._vendor_key, self._other_key = sides.vendors.key + 1, sides.others.key + 1
        self._vendor_form, self._other_form = sides.vendors.form + 1, sides.others.form + 1
        self._vendor_town, self._other_town = sides.vendors.city + 1, sides.others.city + 1
        keys, forms, towns = sides.keys + 1, sides.forms + 1, sides.cities + 1
        self._rows = np.bincount(self._vendor_key, minlength=keys)
        self._formed = np.bincount(self._vendor_key, self._vendor_form > 0, keys)
        self._placed = np.bincount(self._vendor_key, self._vendor_town > 0, keys)
        self._with_form = _Counts(self._vendor_key, self._vendor_form, forms)
        self._with_town = _Counts(self._vendor_key, self._vendor_town, towns)
        numbers = {"": 0}
        self._vendor_number = _coded(own_numbers(vendors, shared), numbers)
        self._other_number = _coded(own_numbers(others, shared), numbers)
        self._numbered = np.bincount(self._vendor_number, minlength=len(numbers))
        self._numbered_placed = np.bincount(
            self._vendor_number, self._vendor_town > 0, len(numbers)
        )
        self._number_with_town = _Counts(self._vendor_number, self._vendor_town, towns)
        classes: dict[str, int] = {"": 0}
        self._vendor_class = _coded(_classes(vendors), classes)
        self._other_class = _coded(_classes(others), classes)

    def features(self, v: Ints, o: Ints) -> Floats:
        """Return one row a pair of rows, with the columns NAMES. The pair's own row is no twin."""
        table = np.zeros((len(v), len(NAMES)))
        key, other_key = self._vendor_key[v], self._other_key[o]
        same = key == other_key
        table[:, 0] = np.where(same, 0, np.minimum(self._rows[key] - 1, _MANY) / _MANY)
        table[:, 1] = np.minimum(self._rows[other_key] - same, _MANY) / _MANY
        sides = (
            (self._with_form, self._formed, self._vendor_form[v], self._other_form[o]),
            (self._with_town, self._placed, self._vendor_town[v], self._other_town[o]),
        )
        for column, (counts, known, own, held) in zip((2, 4), sides, strict=True):
            agree = counts.of(key, held) - (own == held)
            told = known[key] - (own > 0)
            asked = held > 0
            table[:, column] = asked & (agree > 0)
            table[:, column + 1] = asked & (told - agree > 0)
        mine, theirs = self._vendor_class[v], self._other_class[o]
        table[:, 6] = (mine > 0) & (theirs > 0) & (mine != theirs)
        self._known(table, v, o)
        return table

    def _known(self, table: Floats, v: Ints, o: Ints) -> None:
        """Does the ledger know the supplier by its number, and in which town?"""
        number, town = self._other_number[o], self._vendor_town[v]
        has_number = number > 0
        is_own = has_number & (self._vendor_number[v] == number)
        table[:, 7] = has_number * np.minimum(self._numbered[number] - is_own, _MANY) / _MANY
        agree = self._number_with_town.of(number, town) - is_own
        told = self._numbered_placed[number] - (is_own & (town > 0))
        asked = has_number & (town > 0)
        table[:, 8] = asked & (agree > 0)
        table[:, 9] = asked & (agree <= 0) & (told > 0)


class _Counts:
    """How many rows carry both of two codes."""

    def __init__(self, first: Ints, second: Ints, width: int) -> None:
        self._width = width
        self._codes, self._counts = np.unique(first * width + second, return_counts=True)

    def of(self, first: Ints, second: Ints) -> Ints:
        asked = first * self._width + second
        place = np.minimum(np.searchsorted(self._codes, asked), len(self._codes) - 1)
        return np.where(self._codes[place] == asked, self._counts[place], 0)


def _coded(texts: Sequence[str], codes: dict[str, int]) -> Ints:
    return np.fromiter(
        (codes.setdefault(text, len(codes)) for text in texts), dtype=np.int64, count=len(texts)
    )


def _classes(side: Side) -> list[str]:
    """The form that the name or, without one, the number tells: a sole trader's is a person's."""
    found = []
    for name, identifier in zip(side.names, side.numbers, strict=True):
        if name.form:
            found.append("HB" if name.form == "KB" else name.form)
        elif identifier.state == "person":
            found.append("EF")
        elif identifier.state == "organisation":
            found.append(_FIRST_DIGIT.get(identifier.number[0], ""))
        else:
            found.append("")
    return found
