"""Does one row of the register name more than one party?

One row is one party: of several numbers only the first can count, and several names are matched as
one. Which number belongs to which name is nobody's guess, so nothing is split here; it is told.
"""

from __future__ import annotations

import re

from compliance import identifiers, legal_forms
from compliance.folding import fold

Told = tuple[str, str]  # message, severity
FIX = "give each party a row of its own"
_FORMS = frozenset(
    form for form, kind in legal_forms.FORMS.items() if kind in {"AB", "HB", "KB", "EKF"}
) | {"gmbh", "aps", "oy", "oyj", "ltd", "limited", "inc", "as"}
_APART = re.compile(r"[;,|]|\s/\s")
_JOINED = re.compile(r"\s(?:och|samt|and|&|\+)\s", re.IGNORECASE)
# What follows these is the company before the comma once more, or whoever owns or pays it.
_SAME = re.compile(
    r"(?:f\.?\s?d\.?|fd|fka|tidigare|numera|nu|dåvarande|c/o|genom|via|filial|dotterbolag|del av"
    r"|en del av|ägs av|inom|bifirma|att|attn|org)\b",
    re.IGNORECASE,
)


def several_parties(name: str, number: str) -> Told | None:
    """Say what is wrong when the cells hold several companies; `;` or a line's end parts them."""
    held, named = identifiers.each(number), companies(name)
    if len(held) < 2 and len(named) < 2:
        return None
    sound = sum(found.is_trusted for found in held)
    parts = [f"{len(named)} companies"] if len(named) > 1 else []
    if len(held) > 1:
        parts.append(f"{len(held)} organisation numbers ({', '.join(map(_shown, held))})")
    counts = "of the numbers one counts" if len(held) > 1 else "they count as one supplier"
    message = f"the row names {' and '.join(parts)}; {counts}: {FIX}"
    # One sound number and one name, and beside them what a hand may have mistyped of the same.
    return message, "error" if sound > 1 or len(named) > 1 else "warning"


def _shown(found: identifiers.Identifier) -> str:
    if found.state in ("masked", "foreign") or identifiers.is_personal(found.number):
        return "a foreign one" if found.state == "foreign" else "a person's"
    number = f"{found.number[:6]}-{found.number[6:]}"
    return number if found.is_trusted else f"{number} with a wrong check digit"


def companies(name: str) -> tuple[str, ...]:
    """Return the names in the cell that each carry a legal form of their own, once each."""
    found: dict[str, str] = {}
    for part in _APART.split(name):
        if part and not _SAME.match(part.strip()):
            for one in _unjoined(part):
                if any(_formed(one)):
                    found.setdefault(fold(one).strip(), one.strip())
    return tuple(found.values())


def _unjoined(part: str) -> list[str]:
    """`A AB och B AB` and `AB A och AB B` are two; `AB A och B`, `A och B AB` are one."""
    pieces = _JOINED.split(part)
    whole = [pieces[0]]
    for piece in pieces[1:]:
        if (_formed(whole[-1])[1] and any(_formed(piece))) or (
            _formed(piece)[0] and any(_formed(whole[-1]))
        ):
            whole.append(piece)
        else:
            whole[-1] = f"{whole[-1]} och {piece}"
    return whole


def _formed(name: str) -> tuple[bool, bool]:
    """Does a legal form stand first, and does one stand last, beside a name?"""
    spelt = legal_forms.closed_up(fold(re.sub(r"\([^)]*\)", " ", name)))
    words = [word.strip(".") for word in spelt.split()]
    if len(words) < 2:
        return False, False
    return words[0] in _FORMS, words[-1] in _FORMS
