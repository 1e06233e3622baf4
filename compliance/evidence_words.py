"""How is the evidence for a match told to a reader of another language?

The database tells it in English, clause by clause; each clause is found again as a pattern and said
in the reader's words. Names and numbers in it stay as they are.
"""

from __future__ import annotations

from compliance.match.evidence import CLAUSES, MORE, PERSONAL, SEPARATOR, percent
from compliance.words import Words
from compliance.words.catalogue import pattern_of


def evidence_told(evidence: str, words: Words) -> str:
    """Return the evidence in the reader's language; a clause that nobody knows stays English."""
    return SEPARATOR.join(_clause(clause, words) for clause in evidence.split(SEPARATOR))


def probability_told(probability: float, words: Words) -> str:
    """Return how sure the model is, never wholly."""
    if words.language == "sv":
        return percent(probability).replace("over", "över")
    return percent(probability)


def _clause(text: str, words: Words) -> str:
    # The longest first: `same org number {other}` fits whatever begins so.
    for clause in sorted(CLAUSES, key=len, reverse=True):
        found = pattern_of(clause).fullmatch(text)
        if found:
            return words.say(clause, **{k: _field(v, words) for k, v in found.groupdict().items()})
    return text


def _field(text: str, words: Words) -> str:
    if text == PERSONAL:
        return words.sentence(PERSONAL)
    more = pattern_of(MORE).fullmatch(text)
    return words.say(MORE, **more.groupdict()) if more else text
