"""Which legal form does a name carry, in whatever spelling and place?

A form is taken out of the name and kept beside it: "Berg AB" and "Berg HB" are two companies.
Knows folded words only.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

FORMS = {
    "ab": "AB", "aktiebolag": "AB", "aktiebolaget": "AB", "aktieb": "AB", "aktiebol": "AB",
    "hb": "HB", "handelsbolag": "HB", "handelsbolaget": "HB", "handelsbol": "HB",
    "kb": "KB", "kommanditbolag": "KB", "kommanditbolaget": "KB", "kommanditb": "KB",
    "ekfor": "EKF", "brf": "BRF", "bostadsrattsforeningen": "BRF", "bostadsrattsforening": "BRF",
    "filial": "FIL", "stiftelsen": "STI", "kommun": "KOM", "region": "KOM",
    **dict.fromkeys(
        ("gmbh", "aps", "oy", "oyj", "ltd", "limited", "inc", "llc", "bv", "ou", "sia", "plc",
         "corp", "corporation", "sarl", "srl", "nv", "uab"), "FOR",
    ),
    **dict.fromkeys(("as", "sa", "ag", "se"), "FOR"),
}  # fmt: skip
_SOLE = ("efirma", "firma")  # a sole trader's, the second only at the end
# Words of names elsewhere in the text; these also beside a Swedish form: "SIA Glass AB".
_ALONE = frozenset(("bv", "inc", "nv", "plc", "sia"))
_LAST_ONLY = frozenset(("as", "sa", "ag", "se")) | _ALONE
_SWEDISH = frozenset(("AB", "HB", "KB", "EKF"))
_KEPT_FORMS = {"BRF": "brf", "STI": "stiftelsen", "KOM": ""}
_SPELT_OUT = ("aktiebolag", "aktiebolaget", "handelsbolag", "kommanditbolag")
_CUT_FORMS = (
    "aktiebolag",
    "aktiebolaget",
    "handelsbolag",
    "kommanditbolag",
    "ekonomisk",
    "forening",
)
_WHOLE = ("ekonomi", "handel", "handels")  # words of their own, and no cut forms
# (a part that must be there, cheaply looked for; the pattern; how it is spelt here)
_SPACED = (
    ("a b", re.compile(r"\ba\sb\b\.?"), "ab"),
    ("a.", re.compile(r"\ba\.\s?b\b\.?"), "ab"),
    ("h b", re.compile(r"\bh\sb\b\.?"), "hb"),
    ("h.", re.compile(r"\bh\.\s?b\b\.?"), "hb"),
    ("k b", re.compile(r"\bk\sb\b\.?"), "kb"),
    ("k.", re.compile(r"\bk\.\s?b\b\.?"), "kb"),
    ("for", re.compile(r"\bek(?:onomisk)?\.?\s?for(?:ening(?:en)?|en|e)?\b\.?"), "ekfor"),
    ("e.", re.compile(r"\be\.\s?f\."), "efirma"),
    ("ens", re.compile(r"\benskild(?: firma|\s*$)|\bens\. ?firma"), "efirma"),
    ("aktie ", re.compile(r"\baktie bolag"), "aktiebolag"),
    ("bostadsr", re.compile(r"\bbostadsratts? ?foren(?:ingen?)?\b|\bbostadsrattsf\b\.?"), "brf"),
    ("b.r", re.compile(r"\bb\.r\.f\.?"), "brf"),
    ("sp", re.compile(r"\bsp\.? ?z ?o\.? ?o\.?"), "ltd"),
    # With their stops these are no words, wherever they stand behind the name. Without them an
    # Italian SpA is told from no Swedish spa.
    ("inc.", re.compile(r"(?<=. )inc\."), "ltd"),
    (".v", re.compile(r"(?<=. )[bn]\.v\b\.?"), "ltd"),
    (".p", re.compile(r"(?<=. )s\.p\.a\b\.?"), "ltd"),
    # Elsewhere `& Co` belongs to the name.
    (
        "gmbh",
        re.compile(r"\bgmbh (?:(?:&|\+|och|und|u\.?) ?)?co\b\.?(?: ?(?:kgaa|kga|kg|ohg)\b\.?)?"),
        "gmbh",
    ),
    ("a/s", re.compile(r"\ba/s\b"), "as"),
    ("s.", re.compile(r"\bs\.\s?a\."), "sa"),
    (
        "filial",
        re.compile(r"\b(?:as|oy) filial\b|,? filial i sverige|\bsverige filial\b"),
        " filial ",
    ),
)


def closed_up(folded: str) -> str:
    """Write a form of several words or with stops as one word: `a.b.` is `ab`."""
    for part, pattern, spelling in _SPACED:
        if part in folded:
            folded = pattern.sub(spelling, folded)
    return folded


@lru_cache(maxsize=100_000)
def spelt(word: str) -> str:
    """A misspelt `aktiebolag`, told by its length and at most two slips."""
    if len(word) < 8 or word in FORMS:
        return word
    for form in _SPELT_OUT:
        if abs(len(form) - len(word)) <= 2 and OSA.distance(word, form, score_cutoff=2) <= 2:
            return form
    return word


def taken_out(words: list[str], *, is_cut: bool) -> tuple[str, list[str]]:
    """Return the form, and the other words; wherever it stands."""
    form, rest = "", []
    last = len(words) - 1
    while last > 0 and words[last] == "filial":  # "Berg SIA, filial i Sverige"
        last -= 1
    is_swedish = any(FORMS.get(word) in _SWEDISH for word in words)
    for place, word in enumerate(words):
        if word not in FORMS and word not in _SOLE:
            rest.append(word)
            continue
        found = "EF" if word == "efirma" or (place == last > 0 and word == "firma") else ""
        is_word = len(words) == 1 or (word in _LAST_ONLY and place < last)
        if not (found or is_word or (word in _ALONE and is_swedish)):
            found = FORMS.get(word, "")
        in_place = word == "as" and place > 0 and words[place - 1] == "i"  # the village Ås
        if not found or in_place:
            rest.append(word)
            continue
        # A branch of a foreign company is another legal person than the company.
        form = found if found == "FIL" else form or found
        kept = _KEPT_FORMS.get(found)
        if kept is not None:
            rest.append(kept or word)
    if is_cut and not form:
        form, rest = _without_cut_form(rest)
    if not form:
        form, rest = _unglued_form(rest)
    return form, rest


def _without_cut_form(words: list[str]) -> tuple[str, list[str]]:
    """The start of a legal form at the end of a text that fills its field."""
    end = words[-1] if len(words) > 1 else ""
    cut = next((full for full in _CUT_FORMS if full.startswith(end)), "") if end else ""
    if not cut or end in _WHOLE:
        return "", words
    if len(end) >= 3 or end in ("a", "ak", "ha", "ko", "e", "ek", "h", "k"):
        return FORMS.get(cut, "EKF") if len(end) >= 2 else "", words[:-1]
    return "", words


def ends(words: list[str]) -> bool:
    """Whether the name is written out to its end: the last word is a Swedish company's form."""
    return bool(words) and FORMS.get(words[-1]) in _SWEDISH


def _unglued_form(words: list[str]) -> tuple[str, list[str]]:
    """`aktiebolagetberg`, `bergaktiebolag`."""
    if not words:
        return "", words
    for full in ("aktiebolaget", "aktiebolag", "handelsbolag", "kommanditbolag"):
        room = len(full) + 2
        if words[0].startswith(full) and len(words[0]) > room:
            return FORMS[full], [words[0][len(full) :], *words[1:]]
        if words[-1].endswith(full) and len(words[-1]) > room:
            return FORMS[full], [*words[:-1], words[-1][: -len(full)]]
    return "", words
