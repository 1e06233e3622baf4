"""How does a ledger spell a seller? Padded, cut, upper case, without number, mistyped.

Damage follows what published ledgers show. What is `hard` is meant to be beyond any program:
the truth knows the seller, a careful matcher asks a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from maker.companies import Company

WIDTH = 38  # the first system's name field


@dataclass(frozen=True)
class Spelling:
    """What stands in the ledger: name, org number, the system's vendor number; and why so."""

    name: str
    number: str
    damage: str = ""
    is_hard: bool = False


def _mistyped(number: str, random: Random) -> str:
    """Change one digit: the check digit no longer holds."""
    place = random.randrange(4, 9)
    digit = str((int(number[place]) + random.randrange(1, 9)) % 10)
    return number[:place] + digit + number[place + 1 :]


def short_form(name: str) -> str:
    """Return the name as people type it: no legal form at the end, words cut short."""
    for form in (" Aktiebolag", " AB", " Handelsbolag", " ekonomisk förening"):
        name = name.removesuffix(form)
    return name


def trading_name(company: Company, random: Random) -> str:
    """Return what stands on the van: nothing that the register would lead to."""
    words = short_form(company.name).split()
    letters = "".join(word[0] for word in words if word[0].isalpha()).upper()
    return f"{letters}-{random.choice(('Gruppen', 'Partner', 'Nord', 'Teamet'))}"


def old_system(company: Company, random: Random) -> Spelling:
    """Capitals, a field of 38 characters padded with blanks, the number with a hyphen."""
    name = company.name.upper()
    damage = "upper"
    if len(name) > WIDTH:
        name, damage = name[:WIDTH], "upper|cut"
    elif random.random() < 0.5:
        name, damage = name.ljust(WIDTH + 2), "upper|padded"
    number = company.hyphened
    draw = random.random()
    if draw < 0.02 and not company.is_person and "cut" not in damage:
        return Spelling(name, random.choice(("", "NULL", "SAKNAS")), damage + "|no number")
    return Spelling(name, number, damage)


def middle_system(company: Company, random: Random) -> Spelling:
    """Names as typed by many hands; numbers as text, some without hyphen."""
    draw = random.random()
    number = company.hyphened if draw < 0.55 else company.org_number
    if draw > 0.97 and not company.is_person:
        return Spelling(company.name, "", "no number")
    if draw > 0.955 and company.org_number and not company.is_person:
        return Spelling(company.name, _mistyped(company.org_number, random), "mistyped number")
    if 0.50 < draw < 0.55 and not company.is_person and number:
        return Spelling(short_form(company.name), number, "no legal form")
    return Spelling(company.name, number)


def new_system(company: Company, random: Random) -> Spelling:
    """Open data: the number in several notations, names with blanks, lost letters, commas."""
    draw = random.random()
    number, name, damage = company.org_number, company.name, ""
    if not number:
        return Spelling(name, "", "abroad")
    if company.is_person:
        return Spelling(name, company.hyphened if draw < 0.5 else number)
    if draw < 0.08:
        number, damage = f"16{number}", "16"
    elif draw < 0.12:
        number, damage = f"SE{number}01", "vat number"
    elif draw < 0.5:
        number = company.hyphened
    elif draw > 0.985:
        return Spelling(name, "", "no number")
    elif draw > 0.97:
        return Spelling(name, _mistyped(number, random), "mistyped number")
    style = random.random()
    if style < 0.08:
        name, damage = f" {name.replace(' ', '  ', 1)} ", f"{damage}|blanks".strip("|")
    elif style < 0.14:
        lost = str.maketrans("åäöÅÄÖ", "aaoAAO")
        name, damage = name.translate(lost), f"{damage}|lost letters".strip("|")
    elif style < 0.18:
        name, damage = f"{name}, {random.choice(('Box 12', 'Norr', 'kundtjänst'))}", "suffix"
    elif style < 0.2:
        name, damage = short_form(name).upper(), f"{damage}|upper".strip("|")
    return Spelling(name, number, damage)


def hard(company: Company, random: Random, *, trading: bool) -> Spelling:
    """Return a spelling that only a person can settle."""
    if trading:
        return Spelling(trading_name(company, random), "", "trading name", is_hard=True)
    words = short_form(company.name).split()
    cut = " ".join([words[0][:5] + ".", *(word[:4] for word in words[1:])])
    return Spelling(cut, "", "abbreviated", is_hard=True)


class Speller:
    """Gives each posting's spelling; a seller has few spellings per system, as in life."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._known: dict[tuple[str, str], list[Spelling]] = {}
        self._hard: dict[str, Spelling] = {}

    def make_hard(self, company: Company, *, trading: bool) -> Spelling:
        self._hard[company.key] = hard(company, self._random, trading=trading)
        return self._hard[company.key]

    def spell(self, company: Company, system: str, *, numbered: bool = False) -> Spelling:
        """Return how `system` spells the company this time; `numbered`: with a sound number."""
        random = self._random
        if numbered:
            return Spelling(company.name.upper() if system == "old" else company.name,
                            company.hyphened)  # fmt: skip
        if system != "old" and company.key in self._hard and random.random() < 0.5:
            return self._hard[company.key]
        key = (company.key, system)
        if key not in self._known:
            make = {"old": old_system, "middle": middle_system, "new": new_system}[system]
            count = 1 if system == "old" or company.is_person else random.choice((1, 1, 2, 3))
            self._known[key] = [make(company, random) for _ in range(count)]
        choices = self._known[key]
        return choices[0] if random.random() < 0.8 else random.choice(choices)
