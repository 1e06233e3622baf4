"""When are two spellings the same name?

A name is read into the words that tell companies apart, and what stands beside them: the legal
form, the place, the payee of a sold invoice, the department, the marks an ERP leaves. Nothing is
thrown away that could set two companies apart: "Berg AB" and "Berg HB" keep their forms.
For matching only; nobody is shown a folded name. Knows nothing of frames or numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from compliance import legal_forms
from compliance.folding import fold, repair


class Name(NamedTuple):
    """One name, read. All text is folded: lower case a–z and 0–9."""

    tokens: tuple[str, ...]  # the words that tell companies apart, in order
    form: str  # AB, HB, KB, EKF, BRF, EF, STI, FIL, FOR(eign), KOM(munal), or empty
    places: frozenset[str]  # of the tokens, those that are places
    address: frozenset[str]  # places that stand outside the name: ", Vellinge", "AB i Nybro"
    is_cut: bool  # the text is as long as some field: its end may be missing
    is_factored: bool  # a factoring company stood beside the name
    alternatives: tuple[str, ...]  # keys of the parts before and after c/o, `/`, brackets
    tail_place: str = ""  # the place that the name ends with, without its genitive s
    placeless: str = ""  # joined without that place: "Berg i Nybro" is "Berg"
    digits: frozenset[str] = frozenset()  # of the tokens, those that are numbers
    has_initials: bool = False  # a token is a single letter
    text: str = ""  # as it was written, letters that a code page lost repaired
    ends_in_form: bool = False  # nothing is missing, whatever the text's length

    @property
    def joined(self) -> str:
        """The tokens without blanks: "Bygg Service" is "Byggservice"."""
        return "".join(self.tokens)

    @property
    def key(self) -> str:
        """Equal for spellings that differ in form, case, accents, word order or a genitive s."""
        return key_of(self.tokens)


@lru_cache(maxsize=1)
def known_places() -> frozenset[str]:
    """Swedish places, folded, without blanks and hyphens."""
    return frozenset(map(place_key, listed_places()))


def listed_places() -> list[str]:
    """Swedish places as they are written."""
    lines = Path(__file__).with_name("places.txt").read_text("utf-8").splitlines()
    names = ",".join(line for line in lines if not line.startswith("#")).split(",")
    return [name.strip() for name in names if name.strip()]


@dataclass(frozen=True)
class Lexicon:
    """The words that are not the name. All folded."""

    factoring: frozenset[tuple[str, ...]] = frozenset()
    departments: frozenset[str] = frozenset()
    places: frozenset[str] = field(default_factory=known_places)

    @classmethod
    def of(cls, factoring: Iterable[str], departments: Iterable[str]) -> Lexicon:
        """Fold the words of rules/matching.toml."""
        return cls(
            frozenset(tuple(_WORD.findall(fold(name))) for name in factoring),
            frozenset(" ".join(_WORD.findall(fold(word))) for word in departments),
        )


_WORD = re.compile(r"[a-z0-9]+")
# ── reading a name ──────────────────────────────────────────────────────────────────────────────

_MARKS = re.compile(
    r"\(?\b(?:sparrad|sparr|anvand ej|anvands ej|anvand inte|utgatt|upphort|dubblett|dubbl|inaktiv"
    r"|avslutad|gamla lev|gml|ny lev|e-?fakt(?:ura)?|svefaktura|ej bg|=?\s?fel)\b\)?"
    r"|/ny/|\(ny\)|=\s*fel\b|^\s*x{2,}\s|\(pu?b?l?\.?\)?$|\(publ\)?|\bpubl\b\.?"
    r"|\bi likvidation\b|\bi konkurs\b|\bkonkursbo\b|\bunder rekonstruktion\b|^\*+|\*+$"
    # Words and initials of names elsewhere: "OBS Konsult AB", "PG Byggtjänst AB".
    r"|\((?:gammal|obs|bg|pg)\)|^\s*(?:gammal|obs)\s*[:!]|[-,]\s*(?:gammal|obs)[\s!]*$"
    r"|\b[bp]g\b(?=[\s:.]*[0-9])",
)
# One of these is in every mark; most names have none, and are not searched through.
_OF_MARKS = (
    "=", "*", "xx", "fel", "(p", "publ", "bg", "pg", "ny lev", "/ny/", "(ny)", "obs", "gml", "gam",
    "sparr", "anvand", "utga", "upph", "dubbl", "inaktiv", "avslut", "fakt", "likvid", "konkurs",
    "rekonstr",
)  # fmt: skip
_SEPARATOR = re.compile(
    r"\bc/o\b|\bc\.o\.|\bco/|(?<=. )ang\b\.?|\boverl(?:aten)?(?: till)?\b\.?"
    r"|\bf\.? ?d\.?(?= )|\bfore detta\b|/|\(|\)|;|\s-\s|\s-(?=\w)|,"
)
_OF_SEPARATORS = (
    "/", "(", ")", ";", ",", "-", "c.o.", "ang", "overl", "f.", "f d", "fd", "fore",
)  # fmt: skip
_CARE_OF = re.compile(r"\bc/o\b|\bc\.o\.|\bco/")
_DEPARTMENT_TAIL = re.compile(r"\b(?:avd\.?|avdelning|distrikt|enhet|nr|butik) ?\d+\s*$")
_ENDS_A_NAME = frozenset(("AB", "HB", "KB", "EKF", "FOR", "FIL"))
_LONG_NUMBER = 5  # digits: longer than those that companies are called by
_FIELD_WIDTHS = frozenset((14, 15, 19, 20, 24, 25, 29, 30, 34, 35, 39, 40, 49, 50))
_STOP = frozenset(("och", "o", "i", "the", "and", "med", "for", "of", "av", "pa", "et"))
_ABBREVIATED = {
    "sthlm": "stockholm", "gbg": "goteborg", "lkpg": "linkoping", "nkpg": "norrkoping",
    "jkpg": "jonkoping", "hbg": "helsingborg", "ovik": "ornskoldsvik", "sweden": "sverige",
    "sv": "sverige", "intl": "international", "br": "broderna", "brod": "broderna",
    "stift": "stiftelsen", "stiftelse": "stiftelsen", "stiftels": "stiftelsen",
    "scandinavia": "skandinavien",
}  # fmt: skip


def parse(raw: str | None, lexicon: Lexicon) -> Name:
    """Read a name. Blank gives a name without tokens."""
    text = raw or ""
    repaired = repair(text)
    folded = legal_forms.closed_up(fold(repaired))
    if _holds(folded, _OF_MARKS):
        folded = _MARKS.sub(" ", folded)
    folded = folded.strip(" *-.=")
    parts = _SEPARATOR.split(folded) if _holds(folded, _OF_SEPARATORS) else [folded]
    if " via " in folded:
        parts = [piece for part in parts for piece in _payee_apart(part, lexicon)]
    segments = [part for part in map(_trimmed, parts) if _WORD.search(part)]
    is_cut = len(text.strip()) in _FIELD_WIDTHS
    kept, address, is_factored = _own_segments(segments, folded, lexicon)
    words = _initials_joined(_WORD.findall(_departmentless(" ".join(kept), lexicon)))
    words, behind = _address_after_form(words, lexicon)
    words = _without_branch_number([legal_forms.spelt(word) for word in words])
    form, rest = legal_forms.taken_out(words, is_cut=is_cut)
    tokens = _telling(rest)
    places = _places(words, tokens, lexicon)
    tail = _tail_place(tokens, places)
    return Name(
        tokens=tuple(tokens),
        form=form,
        places=places,
        address=frozenset(address) | frozenset(behind),
        is_cut=is_cut,
        is_factored=is_factored,
        alternatives=_alternatives(segments, lexicon),
        tail_place=tail,
        placeless="".join(tokens[:-1]) if tail and len(tokens) > 1 else "",
        digits=frozenset([token for token in tokens if token.isdigit()]),
        has_initials=1 in map(len, tokens),
        text=repaired,
        ends_in_form=legal_forms.ends(words),
    )


def _places(words: list[str], tokens: list[str], lexicon: Lexicon) -> frozenset[str]:
    """The tokens that are places, and those that a name says it is in."""
    found = {place for token in tokens if (place := _place(token, lexicon))}
    if "i" in words:
        found |= {after for before, after in pairwise(words) if before == "i"} & set(tokens)
    return frozenset(found)


def _without_branch_number(words: list[str]) -> list[str]:
    """A number behind the form is a branch's or a customer's: "Berg AB 4711", "Berg AB nr 3".

    So is the sign of an account there, "Berg AB BG", and a long number at the end. Any other number
    belongs to the name: "Omsorg 3 AB" and "Omsorg 4 AB", "Fastighets AB Björken 1".
    """
    end = len(words)
    while end > 1 and (words[end - 1].isdigit() or words[end - 1] in ("nr", "bg", "pg")):
        end -= 1
    if end > 1 and legal_forms.FORMS.get(words[end - 1], "") in _ENDS_A_NAME:
        return words[:end]
    while len(words) > 1 and words[-1].isdigit() and len(words[-1]) >= _LONG_NUMBER:
        words = words[:-1]
    return words


def _telling(words: list[str]) -> list[str]:
    """Without the small words; abbreviations are written out."""
    rest = [
        word for word, after in pairwise((*words, "")) if not (word == "nr" and after.isdigit())
    ]
    return [_ABBREVIATED.get(word, word) for word in rest if word not in _STOP] or rest


def _holds(text: str, signs: tuple[str, ...]) -> bool:
    for sign in signs:  # noqa: SIM110 - half the time of any()
        if sign in text:
            return True
    return False


def _tail_place(tokens: list[str], places: frozenset[str]) -> str:
    last = tokens[-1] if tokens else ""
    if last in places:
        return last
    return last[:-1] if last[:-1] in places else ""


def place_key(text: str) -> str:
    """A place as one folded word: "Dals-Ed" is `dalsed`."""
    return "".join(_WORD.findall(fold(text)))


def key_of(tokens: Iterable[str]) -> str:
    """The sorted words, each without a genitive s."""
    return " ".join(sorted(map(stem, tokens)))


def stem(token: str) -> str:
    """Without the genitive s of longer words: "Perssons Bygg" is "Persson Bygg"."""
    return token[:-1] if len(token) > 4 and token.endswith("s") else token


def _trimmed(part: str) -> str:
    return part.strip(" .*-")


def _payee_apart(part: str, lexicon: Lexicon) -> tuple[str, ...]:
    """`Berg AB via Svea`, `Svea via Berg` are two parts; "Pro Via Vägmärkning AB" is one name."""
    before, _, behind = part.partition(" via ")
    is_apart = (
        legal_forms.ends(_WORD.findall(before))
        or _is_factoring(before, lexicon)
        or _is_factoring(behind, lexicon)
    )
    return (before, behind) if is_apart else (part,)


def _own_segments(
    segments: list[str], folded: str, lexicon: Lexicon
) -> tuple[list[str], set[str], bool]:
    """Leave out who was paid, where, and to which department; the first part is always kept."""
    if len(segments) < 2:
        return segments, set(), False
    kept = [part for part in segments if not _is_factoring(part, lexicon)]
    is_factored = 0 < len(kept) < len(segments)
    if not kept:
        kept = segments
    address: set[str] = set()
    own = kept[:1]
    for part in kept[1:]:
        place = _place("".join(_WORD.findall(part.removeprefix("i "))), lexicon)
        if place:
            address.add(place)
        elif not (_is_department(part, lexicon) or part.isdigit()):
            own.append(part)
    if _CARE_OF.search(folded) and not _CARE_OF.match(folded):
        own = own[:1]
    return own, address, is_factored


def _is_factoring(part: str, lexicon: Lexicon) -> bool:
    words = tuple(
        w for w in _WORD.findall(part) if w not in ("ab", "aktiebolag", "sverige", "publ")
    )
    return words in lexicon.factoring


def _is_department(part: str, lexicon: Lexicon) -> bool:
    words = " ".join(_WORD.findall(part))
    return words in lexicon.departments or bool(_DEPARTMENT_TAIL.fullmatch(part))


def _departmentless(text: str, lexicon: Lexicon) -> str:
    """Cut a department off the end, when a name is left over."""
    shorter = text.strip()
    # "Brf Solen nr 1" and "nr 2" are two associations.
    if shorter[-1:].isdigit() and "brf" not in shorter.split():
        shorter = _DEPARTMENT_TAIL.sub("", text).strip()
    words = shorter.split()
    for count in (2, 1):
        # Only after a legal form: "Maskin Verkstad" is a name, "Maskin AB Verkstad" is a door.
        if len(words) > count and words[-count - 1].strip(".,") in legal_forms.FORMS:
            tail = " ".join(_WORD.findall(" ".join(words[-count:])))
            if tail in lexicon.departments:
                return " ".join(words[:-count])
    return shorter if len(shorter) > 3 else text


def _initials_joined(words: list[str]) -> list[str]:
    """`j k bygg` → `jk bygg`; the words i and o stay alone when nothing single stands beside."""
    if 1 not in map(len, words):
        return words
    joined: list[str] = []
    run = ""
    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        lonely = word in ("i", "o") and not run and len(following) != 1
        if len(word) == 1 and word.isalpha() and not lonely:
            run += word
            continue
        if run:
            joined.append(run)
            run = ""
        joined.append(word)
    return [*joined, run] if run else joined


def _address_after_form(words: list[str], lexicon: Lexicon) -> tuple[list[str], set[str]]:
    """A place behind the form is an address: "Berg AB Nybro", "Berg AB i Nybro"."""
    for place in range(1, len(words) - 1):
        if legal_forms.FORMS.get(words[place]) in ("AB", "HB", "KB"):
            tail = [word for word in words[place + 1 :] if word != "i"]
            if len(tail) <= 2 and (found := _place("".join(tail), lexicon)):
                return words[: place + 1], {found}
            break
    return words, set()


def _place(word: str, lexicon: Lexicon) -> str:
    if word in lexicon.places:
        return word
    return word[:-1] if word.endswith("s") and word[:-1] in lexicon.places else ""


def _alternatives(segments: list[str], lexicon: Lexicon) -> tuple[str, ...]:
    """Keys of the parts of a name with separators, each of which may be the vendor."""
    if len(segments) < 2:
        return ()
    keys = []
    for part in segments:
        if _is_factoring(part, lexicon) or _is_department(part, lexicon):
            continue
        words = [
            w
            for w in _initials_joined(_WORD.findall(part))
            if w not in _STOP and w not in legal_forms.FORMS
        ]
        is_telling = words and len(words[0]) > 4 and not _place(words[0], lexicon)
        if len(words) >= 2 or (is_telling and words[0] not in ("sverige", "sweden")):
            keys.append(key_of(_ABBREVIATED.get(word, word) for word in words))
    return tuple(dict.fromkeys(keys))
