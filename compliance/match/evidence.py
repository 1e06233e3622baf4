"""Why do we think so? One text per pair, for a procurement officer; no person's name or number."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import OSA

from compliance.identifiers import Identifier
from compliance.match.reading import Side
from compliance.match.relations import relate

_SAID = {
    "none": "neither has a usable org number",
    "equal": "same org number{held}",
    "conflict": "other org number: the ledger has {own}, the register {other}",
    "slip": "org number one slip apart (check digit wrong): {own} and {other}",
    "vendor_absent": "the ledger has no usable org number",
    "supplier_absent": "the register has no org number",
    "lent_equal": "the same spelling stands in the ledger with the register's org number{held}",
    "lent_conflict": "the same spelling stands in the ledger with another org number",
    "lent_ambiguous": "the same spelling stands in the ledger with several org numbers",
    "masked_equal": "redacted personal number, same day of birth",
    "masked_conflict": "redacted personal number, another day of birth or a company",
    "unreadable": "the org numbers differ, and a check digit is wrong: {own} and {other}",
    "foreign": "a foreign number against a Swedish one",
    "foreign_open": "a foreign number; the register has none",
    "shared_equal": "same org number{held}, but many unlike names carry it",
    "shared_conflict": "the ledger's org number belongs to many unlike names; it is not trusted",
}
_WORDS_SHOWN = 5


def number_evidence(
    vendor: Identifier, lent: tuple[str, ...], supplier: Identifier, shared: frozenset[str]
) -> str:
    """Say how the numbers stand; a personal number is never shown."""
    shown = {
        "own": _shown(vendor),
        "other": _shown(supplier),
        "held": f" {_shown(supplier)}" if supplier.state == "organisation" else "",
    }
    return _SAID[relate(vendor, lent, supplier, shared)].format(**shown)


def name_evidence(vendors: Side, v: int, suppliers: Side, s: int, *, is_person: bool) -> str:
    """Say which words agree and which do not; of persons only how many."""
    left, right = vendors.names[v], suppliers.names[s]
    if not left.tokens or not right.tokens:
        return "no name to compare"
    if vendors.joined[v] == suppliers.joined[s] or vendors.keys[v] == suppliers.keys[s]:
        said = "the names agree in every word"
    else:
        said = _words(left.tokens, right.tokens, is_person=is_person)
    if left.form and right.form and left.form != right.form:
        said += f"; legal form {left.form} against {right.form}"
    if left.is_cut and right.tokens and suppliers.joined[s] != vendors.joined[v]:
        said += "; the ledger's name may be cut off"
    if left.is_factored:
        said += "; a factoring company stands beside the name"
    towns = (vendors.cities[v], suppliers.cities[s])
    if all(towns):
        said += "; same town" if towns[0] == towns[1] else "; another town"
    return said


def _words(left: Sequence[str], right: Sequence[str], *, is_person: bool) -> str:
    agree = [word for word in left if _in(word, right)]
    only_left = [word for word in left if not _in(word, right)]
    only_right = [word for word in right if not _in(word, left)]
    if is_person:
        return f"{len(agree)} of {max(len(left), len(right))} words agree"
    said = [f"agree: {_list(agree)}" if agree else "no word agrees"]
    if only_left:
        said.append(f"only in the ledger: {_list(only_left)}")
    if only_right:
        said.append(f"only in the register: {_list(only_right)}")
    return "; ".join(said)


def _in(word: str, words: Sequence[str]) -> bool:
    if word in words:
        return True
    return len(word) > 3 and any(
        OSA.normalized_similarity(word, other, score_cutoff=0.8) > 0 for other in words
    )


def _list(words: Sequence[str]) -> str:
    more = f" and {len(words) - _WORDS_SHOWN} more" if len(words) > _WORDS_SHOWN else ""
    return ", ".join(f"`{word}`" for word in words[:_WORDS_SHOWN]) + more


def _shown(identifier: Identifier) -> str:
    """Ten digits as they are written in Sweden; nothing that could be a person's."""
    number = identifier.number
    if identifier.state in ("organisation", "mistyped") and number[2] not in "01":
        return f"{number[:6]}-{number[6:]}"
    return number if identifier.state == "foreign" else "a personal number"


def percent(probability: float) -> str:
    """A probability in whole per cent, never 0 or 100: a model is not sure."""
    return f"{min(max(round(100 * probability), 1), 99)} %"
