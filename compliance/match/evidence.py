"""Why do we think so? One text per pair, for a procurement officer; no person's name or number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz.distance import OSA

from compliance.identifiers import Identifier
from compliance.match.reading import Side
from compliance.match.relations import is_of_several, relate
from compliance.personal_numbers import mask_text


def _(clause: str) -> str:
    """Mark a clause for the catalogue; evidence_words.py tells it in the reader's language."""
    return clause


# By the relation of the two org numbers; `_shown` where the register's may be shown.
_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "none": (_("neither has a usable org number"),),
    "equal": (_("same org number"),),
    "equal_shown": (_("same org number {other}"),),
    "conflict": (_("other org number: the ledger has {own}, the register {other}"),),
    "slip": (_("org number one slip apart (check digit wrong): {own} and {other}"),),
    "vendor_absent": (_("the ledger has no usable org number"),),
    "supplier_absent": (_("the register has no org number"),),
    "of_several": (_("the register has several org numbers in one cell, the ledger's among them"),),
    "lent_equal": (_("the same spelling stands in the ledger with the register's org number"),),
    "lent_equal_shown": (
        _("the same spelling stands in the ledger with the register's org number {other}"),
    ),
    "lent_conflict": (_("the same spelling stands in the ledger with another org number"),),
    "lent_ambiguous": (_("the same spelling stands in the ledger with several org numbers"),),
    "masked_equal": (_("redacted personal number, same day of birth"),),
    "masked_conflict": (_("redacted personal number, another day of birth or a company"),),
    "unreadable": (_("the org numbers differ, and a check digit is wrong: {own} and {other}"),),
    "foreign": (_("a foreign number against a Swedish one"),),
    "foreign_both": (_("foreign numbers of two countries or kinds"),),
    "foreign_open": (_("a foreign number"), _("the register has none")),
    "shared_equal": (_("same org number, but many unlike names carry it"),),
    "shared_equal_shown": (_("same org number {other}, but many unlike names carry it"),),
    "shared_conflict": (
        _("the ledger's org number belongs to many unlike names"),
        _("it is not trusted"),
    ),
}
_NAMES: Mapping[str, str] = {
    "no_name": _("no name to compare"),
    "all_agree": _("the names agree in every word"),
    "some_agree": _("{agreeing} of {words} words agree"),
    "agree": _("agree: {list}"),
    "none_agrees": _("no word agrees"),
    "only_ledger": _("only in the ledger: {list}"),
    "only_register": _("only in the register: {list}"),
    "forms": _("legal form {own} against {other}"),
    "cut": _("the ledger's name may be cut off"),
    "factored": _("a factoring company stands beside the name"),
    "same_town": _("same town"),
    "another_town": _("another town"),
}
# By what doubts.py finds: why a person decides, however alike the names are.
DOUBTS: Mapping[str, str] = {
    "number": _("the numbers in the names are not the same"),
    "person": _("persons may share a name, and no number says that they are one"),
    "public": _("the names of public bodies are equal in every letter or not at all"),
    "letters": _("å, ä or ö may tell the names apart"),
    "born": _("persons may share a day of birth, and the names are not the same"),
    "namesakes": _("several companies of this name stand in the ledger, with a number each"),
    "kin": _("`& Co`, `& Son` or the like stands in one of the names only"),
}
# Every clause that evidence is made of, parted by SEPARATOR, which stands in none of them.
SEPARATOR = "; "
CLAUSES = (
    *(clause for told in _NUMBERS.values() for clause in told),
    *_NAMES.values(),
    *DOUBTS.values(),
)
PERSONAL = _("a personal number")  # in the place of a number that is not shown
MORE = _("{list} and {n} more")
_WORDS_SHOWN = 5
_DAY = 6  # digits of a day of birth


def number_evidence(
    vendor: Identifier,
    lent: tuple[str, ...],
    supplier: Identifier,
    shared: frozenset[str],
    are_persons: tuple[bool, bool] = (False, False),
) -> str:
    """Say how the numbers stand; a personal number is never shown, nor any of a person."""
    relation = relate(vendor, lent, supplier, shared)
    if relation == "supplier_absent" and is_of_several(vendor, supplier):
        relation = "of_several"
    if relation == "foreign" and vendor.state == supplier.state:
        relation = "foreign_both"
    if (
        supplier.state == "organisation"
        and not any(are_persons)
        and f"{relation}_shown" in _NUMBERS
    ):
        relation += "_shown"
    numbers = {
        name: PERSONAL if is_person else _shown(identifier)
        for name, identifier, is_person in zip(
            ("own", "other"), (vendor, supplier), are_persons, strict=True
        )
    }
    return SEPARATOR.join(clause.format(**numbers) for clause in _NUMBERS[relation])


def name_evidence(vendors: Side, v: int, suppliers: Side, s: int, *, is_person: bool) -> str:
    """Say which words agree and which do not; of persons only how many."""
    left, right = vendors.names[v], suppliers.names[s]
    is_person = is_person or _holds_number(left.tokens) or _holds_number(right.tokens)
    if not left.tokens or not right.tokens:
        return _NAMES["no_name"]
    if vendors.joined[v] == suppliers.joined[s] or vendors.keys[v] == suppliers.keys[s]:
        said = [_NAMES["all_agree"]]
    else:
        said = _words(left.tokens, right.tokens, is_person=is_person)
    if left.form and right.form and left.form != right.form:
        said.append(_NAMES["forms"].format(own=left.form, other=right.form))
    if left.is_cut and not left.ends_in_form and suppliers.joined[s] != vendors.joined[v]:
        said.append(_NAMES["cut"])
    if left.is_factored:
        said.append(_NAMES["factored"])
    towns = (vendors.cities[v], suppliers.cities[s])
    if all(towns):
        said.append(_NAMES["same_town" if towns[0] == towns[1] else "another_town"])
    return SEPARATOR.join(said)


def _words(left: Sequence[str], right: Sequence[str], *, is_person: bool) -> list[str]:
    agree = [word for word in left if _in(word, right)]
    only_left = [word for word in left if not _in(word, right)]
    only_right = [word for word in right if not _in(word, left)]
    if is_person:
        words = max(len(left), len(right))
        return [_NAMES["some_agree"].format(agreeing=len(agree), words=words)]
    said = [_NAMES["agree"].format(list=_list(agree)) if agree else _NAMES["none_agrees"]]
    if only_left:
        said.append(_NAMES["only_ledger"].format(list=_list(only_left)))
    if only_right:
        said.append(_NAMES["only_register"].format(list=_list(only_right)))
    return said


def _holds_number(words: Sequence[str]) -> bool:
    """A name with somebody's number in it, perhaps in pieces: it is told without its words."""
    if not any(word.isdigit() and len(word) >= _DAY for word in words):
        return False
    return any(mask_text(written) != written for written in (" ".join(words), "-".join(words)))


def _in(word: str, words: Sequence[str]) -> bool:
    if word in words:
        return True
    # A number that is a digit off is another number.
    return (
        len(word) > 3
        and not word.isdigit()
        and any(OSA.normalized_similarity(word, other, score_cutoff=0.8) > 0 for other in words)
    )


def _list(words: Sequence[str]) -> str:
    shown = ", ".join(f"`{word}`" for word in words[:_WORDS_SHOWN])
    more = len(words) - _WORDS_SHOWN
    return MORE.format(list=shown, n=more) if more > 0 else shown


def _shown(identifier: Identifier) -> str:
    """Ten digits as they are written in Sweden; nothing that could be a person's."""
    number = identifier.number
    if identifier.state in ("organisation", "mistyped") and number[2] not in "01":
        return f"{number[:6]}-{number[6:]}"
    return number if identifier.state == "foreign" else PERSONAL


def percent(probability: float) -> str:
    """A probability in whole per cent, never 0 or 100: a model is not sure."""
    share = 100 * probability
    if 1 <= share <= 99:
        return f"{round(share)} %"
    return "under 1 %" if share < 1 else "over 99 %"
