"""Who sells? Invented companies, persons and public bodies, with numbers nobody has.

Companies get numbers of series that were not handed out when this was written (5598, 5599,
9699, 7699, 8029), with a right check digit. Persons get the tax agency's test series: the
last four digits begin with 238 or lie between 9800 and 9999.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random


def _words(line: str) -> list[str]:
    return line.split()


_HEADS = _words(
    "Kvist Tall Järn Norr Sör Flint Lind Åker Björk Hed Ås Berg Älv Ör Sten Gran Ek Alm Rönn "
    "Vind Sol Måne Tjärn Myr Fors Hav Gräs Klöver Hägg Asp Lärk Falk Orr Trast Ripa Varg Lo "
    "Grind Kvarn Smed Väv Torp Säter Mark Skog"
)
_TAILS = _words(
    "mora vanta stra nova fält blick sund viken hult rud arp tuna åsa höjd grinda lunda vret "
    "kulla näset boda hammar skär bäcken dunge rike ton via la mera gården port spår linje"
)
_SURNAMES = _words(
    "Järnbäck Lingrud Ösarv Tallros Kvistlund Åsmark Flintmo Sörqvarn Hedvall Myrfält Rönnskog "
    "Ekstrandh Björkvret Älgsjö Granfors Stenhöjd Varghult Klöverud Fjällmo Trastby Säterblom "
    "Hägglöv Orrholm Lärkfors Norrtuna Askvik Tjärnlund Vindahl Almsäter Smedrud"
)
_FIRST = _words(
    "Alva Örjan Säde Dilan Gösta Maeve Birgit Aino Tuva Åke Signe Ragnhild Henning Ester Malte "
    "Embla Torsten Ylva Sixten Märta Nils-Åke Hjördis Folke Elin Tage Sanna Bo Inger Amir Leila"
)
_PLACES = ("Hällåsjö", "Kråkviken", "Norrbäcka", "Ängåsen", "Sörtjärn", "Lillhöjden", "Östermyra")


@dataclass(frozen=True)
class Company:
    """One seller as it really is; how a ledger spells it is another matter."""

    key: str
    name: str
    org_number: str  # 10 digits; "" when it has none (abroad)
    is_person: bool = False
    is_local: bool = False

    @property
    def hyphened(self) -> str:
        return f"{self.org_number[:6]}-{self.org_number[6:]}" if self.org_number else ""


def check_digit(nine: str) -> str:
    """Return the tenth digit (Luhn), as on every Swedish org and personal number."""
    total = 0
    for place, digit in enumerate(nine):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


def _numbers(random: Random, series: str) -> Iterator[str]:
    used: set[str] = set()
    while True:
        nine = series + f"{random.randrange(10 ** (9 - len(series))):0{9 - len(series)}d}"
        if nine not in used:
            used.add(nine)
            yield nine + check_digit(nine)


def _stems(random: Random) -> Iterator[str]:
    stems = [head + tail for head in _HEADS for tail in _TAILS]
    random.shuffle(stems)
    yield from stems


class Companies:
    """Hands out companies, each once. The same random stream gives the same companies."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._stem = _stems(random)
        self._limited = _numbers(random, "5599")
        self._older = _numbers(random, "5598")
        self._partnership = _numbers(random, "9699")
        self._cooperative = _numbers(random, "7699")
        self._association = _numbers(random, "8029")
        self._persons: set[str] = set()
        self.all: list[Company] = []

    def _add(self, name: str, number: str, *, person: bool = False, local: bool = False) -> Company:
        company = Company(f"C{len(self.all):04d}", name, number, person, local)
        self.all.append(company)
        return company

    def company(self, trade: str) -> Company:
        """Return a new company that carries the words of a trade, such as "Bygg"."""
        random = self._random
        local = random.random() < 0.3
        shape = random.random()
        if shape < 0.55:
            name = f"{next(self._stem)} {trade}"
        elif shape < 0.7:
            name = f"{next(self._stem)}s {trade} & {random.choice(('Service', 'Co', 'Söner'))}"
        elif shape < 0.85:
            name = f"{trade} {next(self._stem)}"
        else:
            name = f"{random.choice(_SURNAMES)}s {trade} i {next(self._stem)}"
        if local and random.random() < 0.5:
            name = f"{name} i {random.choice(_PLACES)}"
        form = random.random()
        if form < 0.9:
            number = next(self._limited if form < 0.6 else self._older)
            return self._add(f"{name} {'AB' if form < 0.8 else 'Aktiebolag'}", number, local=local)
        if form < 0.96:
            return self._add(f"{name} Handelsbolag", next(self._partnership), local=local)
        return self._add(f"{name} ekonomisk förening", next(self._cooperative), local=local)

    def sister(self, company: Company, words: str) -> Company:
        """Return another legal person whose name is `company`'s with `words` in it."""
        stem = company.name.rsplit(" ", 1)[0].removesuffix(" ekonomisk")
        return self._add(f"{stem} {words} AB", next(self._limited), local=company.is_local)

    def named(self, name: str, number: str = "", *, local: bool = False) -> Company:
        """Return a company whose name the story needs; a number is drawn unless given."""
        return self._add(name, number or next(self._limited), local=local)

    def association(self, name: str) -> Company:
        return self._add(name, next(self._association), local=True)

    def abroad(self, name: str) -> Company:
        return self._add(name, "")

    def person(self) -> Company:
        """Return a sole trader: the org number is a personal number of the test series."""
        random = self._random
        while True:
            birth = f"{random.randrange(50, 99)}{random.randrange(1, 13):02d}"
            birth += f"{random.randrange(1, 29):02d}"
            nine = f"{birth}{random.choice(('238', '980', '981', '982', '983'))}"
            if nine not in self._persons:
                self._persons.add(nine)
                break
        name = f"{random.choice(_FIRST)} {random.choice(_SURNAMES)}"
        number = nine + check_digit(nine)
        return self._add(name, number, person=True, local=random.random() < 0.7)
