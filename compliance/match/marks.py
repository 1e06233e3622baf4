"""Do å, ä and ö tell two names apart, or has one of them lost its marks?

Matching folds the three, since systems lose them. Öberg and Oberg are two names all the same, and
Håbo and Habo two municipalities.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from compliance.folding import fold
from compliance.match.words import GENERAL
from compliance.names import Name, listed_places, place_key, stem

_MARKED = frozenset("åäö")
_DIGRAPH = re.compile("aa|ae|oe")
_WORD = re.compile(r"[^\W_]+")
_SWEDISH = str.maketrans("æø", "äö")
_WRITES = 0.1  # of the names: about half of all Swedish ones hold å, ä or ö


@dataclass(frozen=True)
class Habit:
    """Does one side write å, ä and ö, in capitals and else? Exports of old systems never do."""

    in_capitals: bool
    otherwise: bool

    @classmethod
    def of(cls, names: Sequence[Name]) -> Habit:
        """Look at all names of a side."""
        return cls(*(_do_write([n for n in names if _is_capital(n) is c]) for c in (True, False)))

    def writes(self, name: Name) -> bool:
        """Whether names written like this one do."""
        return self.in_capitals if _is_capital(name) else self.otherwise


ALWAYS = Habit(in_capitals=True, otherwise=True)


def spelt(name: Name) -> tuple[str, ...]:
    """The tokens with their å, ä and ö; empty for one that is not written so, as `Gbg`."""
    written = {fold(word): word for word in _WORD.findall(_composed(name))}
    return tuple(written.get(token, "") for token in name.tokens)


def letters_differ(
    left: Name,
    right: Name,
    habits: tuple[Habit, Habit] = (ALWAYS, ALWAYS),
    *,
    is_public: bool = False,
) -> bool:
    """Does å, ä or ö tell the two apart, as in Öberg and Oberg, Håbo and Habo?

    A name without any may have lost them all: when its side never writes them, when two or more are
    lost, or when another telling word agrees. A name that holds others has lost none.
    """
    if not (_holds_marked(left) or _holds_marked(right)):
        return False
    lost = [0, 0]  # letters that are marked on the other side only
    differing: set[str] = set()
    held = dict(zip(map(stem, right.tokens), spelt(right), strict=True))
    for token, word in zip(map(stem, left.tokens), spelt(left), strict=True):
        for one, other in zip(_letters(word), _letters(held.get(token, "")), strict=False):
            if one == other or "?" in (one, other):
                continue
            if one in _MARKED and other in _MARKED:
                return True
            lost[0] += other in _MARKED
            lost[1] += one in _MARKED
            differing.update({token} if other in _MARKED or one in _MARKED else ())
    if not any(lost):
        return False
    plain, habit = (left, habits[0]) if lost[0] else (right, habits[1])
    if all(lost) or _holds_marked(plain):
        return True
    told = {stem(token) for token in plain.tokens if token not in GENERAL} - plain.places
    if habit.writes(plain) and (is_public or (sum(lost) == 1 and told <= differing)):
        return True
    return not _ambiguous_places().isdisjoint(map(stem, plain.tokens))


def _letters(word: str) -> str:
    """Letter by letter; `?` where å, ä or ö is written as two."""
    return _DIGRAPH.sub("?", word)


@lru_cache(maxsize=1)
def _ambiguous_places() -> frozenset[str]:
    """Of the known places, those that only å, ä or ö tells apart."""
    spellings: dict[str, set[str]] = defaultdict(set)
    for name in listed_places():
        spellings[place_key(name)].add(name)
    return frozenset(place for place, names in spellings.items() if len(names) > 1)


def _is_capital(name: Name) -> bool:
    return name.text.isupper()


def _holds_marked(name: Name) -> bool:
    return not _MARKED.isdisjoint(_composed(name))


def _composed(name: Name) -> str:
    return unicodedata.normalize("NFC", name.text.lower()).translate(_SWEDISH)


def _do_write(names: Sequence[Name]) -> bool:
    return sum(map(_holds_marked, names)) > _WRITES * len(names)
