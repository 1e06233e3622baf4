"""Which matches does nobody make silently, however alike the names are?

The model weighs likenesses; these are signs that two names are two parties, and a single one is
enough for a person to decide. Only an equal org number overrules them all; a number that an equal
spelling in the ledger carries, or that is one slip apart, overrules some.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.distance import OSA

from compliance.match.marks import Habit, letters_differ, spelt
from compliance.match.relations import AGREEING, NUMBERLESS
from compliance.match.words import GENERAL
from compliance.names import Name

_NUMBER = re.compile("[0-9]+")
# One more of them is another firm: "Andersson Bygg" is not "Andersson & Co Bygg". Folded.
_KIN = frozenset(
    ("co", "son", "sons", "soner", "dotter", "dottrar", "broderna", "partner", "partners")
)
# A body of which there is one in every town, or one of many of like names. Folded.
_PUBLIC = frozenset(
    ("landsting", "lansstyrelsen", "kommunalforbund", "kommunalforbundet", "kommunforbundet",
     "universitet", "hogskola", "hogskolan", "tingsratt", "hovratt", "forvaltningsratt",
     "kammarratt", "forsamling", "pastorat", "raddningstjanst", "raddningstjansten",
     "polismyndigheten"),
)  # fmt: skip
_PUBLIC_ENDS = ("verket", "myndigheten", "styrelsen", "inspektionen", "namnden")
_SHORTEST, _SLIP = 4, 0.6  # letters of a word that may be misspelt, and how alike it stays


def doubt(
    vendor: Name,
    supplier: Name,
    relation: str,
    habits: tuple[Habit, Habit],
    are_persons: tuple[bool, bool],
    *,
    has_namesakes: bool = False,
) -> str:
    """Return what speaks against a silent match, a key of evidence.DOUBTS; empty for nothing.

    The relation is that of the org numbers. Habits and persons are the vendor's and the supplier's;
    it has namesakes when the ledger knows several numbers beside its name.
    """
    if relation == "equal":
        return ""
    is_public = _is_public(vendor) or _is_public(supplier)
    if relation == "lent_equal":
        # The number is that of an equal spelling, which å, ä and ö may yet tell apart.
        is_other = letters_differ(vendor, supplier, habits, is_public=is_public)
        return "letters" if is_other else ""
    if _numbers(vendor.tokens) != _numbers(supplier.tokens):
        return "number"
    if relation == "masked_equal":
        return "" if _is_equal(vendor, supplier) else "born"
    if relation in AGREEING:
        return ""
    if are_persons[0] or (are_persons[1] and (_is_bare(vendor) or _is_bare(supplier))):
        return "person"
    if relation == "lent_ambiguous" or (has_namesakes and relation in NUMBERLESS):
        return "namesakes"
    if is_public and not _is_equal(vendor, supplier):
        return "public"
    if letters_differ(vendor, supplier, habits, is_public=is_public):
        return "letters"
    return "kin" if _has_kin_alone(vendor, supplier) or _has_kin_alone(supplier, vendor) else ""


def _numbers(tokens: Sequence[str]) -> list[int]:
    """The numbers in a name: `Omsorg 3` and `Omsorg 4` are two companies, `Kanal5` is `Kanal 5`."""
    return sorted(int(number) for token in tokens for number in _NUMBER.findall(token))


def _is_public(name: Name) -> bool:
    if name.form:
        return name.form == "KOM"
    if "stad" in name.tokens and "städ" not in spelt(name):
        return True
    return not _PUBLIC.isdisjoint(name.tokens) or any(
        token.endswith(_PUBLIC_ENDS) for token in name.tokens
    )


def _is_bare(name: Name) -> bool:
    """Nothing but the words of a person's name: many a `Lars Johansson`, one `Johanssons Åkeri`."""
    words = frozenset(name.tokens)
    is_firm = words & GENERAL or words & _KIN or name.places or name.digits
    owns = any(token.endswith("sons") for token in name.tokens)
    return name.form in ("", "EF") and len(name.tokens) in (2, 3) and not is_firm and not owns


def _has_kin_alone(name: Name, other: Name) -> bool:
    """A word as `Co` or `Söner` that the other name does not hold, misspelt or joined neither."""
    return any(not _is_held(word, other) for word in _KIN.intersection(name.tokens))


def _is_held(word: str, name: Name) -> bool:
    if word in name.tokens or len(word) < _SHORTEST:
        return word in name.tokens
    return word in name.joined or any(
        OSA.normalized_similarity(word, token) >= _SLIP for token in name.tokens
    )


def _is_equal(left: Name, right: Name) -> bool:
    return left.key == right.key or left.joined == right.joined
