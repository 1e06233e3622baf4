"""A world in words that the model never met: vendors, suppliers, the truth, and the hard negatives.

    python -m tests.matching.other_words FOLDER [VENDORS] [SEED]

Families of companies (sisters, near names, the same name in another town or under another form)
of which an eighth are in the register; spellings with the faults of ledgers. The trades, family
names, coined names and villages are others than in the labelled lists that the model learnt from,
and so is the mixture of faults. Three vendors of four have no supplier. Deterministic.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stdnum import luhn

_TRADES = (
    "Kakel", "Kemtvätt", "Optik", "Stängsel", "Markis", "Brunnsborrning", "Gravyr", "Persienn",
    "Bryggeri", "Skylt", "Veterinär", "Båtvarv", "Glass", "Segelmakeri", "Laboratorium", "Sanering",
    "Hiss", "Robotteknik", "Bokbinderi", "Rehab", "Fotvård", "Tapetserare", "Lastvagnar", "Möbelsnickeri",
    "Kranar", "Ställningar", "Torv", "Pellets", "Dragspel", "Ortopedi", "Översättning", "Akustik",
    "Golvslipning", "Lekplatser", "Sprängteknik", "Vattenrening", "Kartor", "Drönare", "Solceller",
    "Tandteknik", "Fönster", "Portar", "Hydraulik", "Trycksaker", "Urmakeri", "Rullstolar",
)  # fmt: skip
_FAMILY = (
    "Virtanen", "Korhonen", "Hosseini", "Haddad", "Novak", "Kowalski", "Schmidt", "Nordenskiöld",
    "Ehrenborg", "Lagercrantz", "Mankell", "Quarfordt", "Stjernlöf", "Wachtmeister", "Yilmaz", "Zachrisson",
    "Özdemir", "Bjurman", "Dahlkvist", "Dahlqvist", "Fältskog", "Gyllensten", "Hjortsberg", "Hjortberg", "Ingvarsson",
    "Jägerskog", "Kihlgren", "Killgren", "Lövkvist", "Munther", "Nylander", "Nylund", "Olander", "Palmgren", "Rundqvist",
    "Rundberg", "Silfverstolpe", "Tengblad", "Tengvall", "Uggla", "Vikander", "Wikander", "Ytterberg", "Åkerhielm", "Ängström",
    "Öst", "Bratt", "Brandt", "Ceder", "Cedergren", "Fagerlind", "Fagerlund", "Hultin", "Hultman", "Malmsten", "Malmström",
)  # fmt: skip
_FIRST = (
    "Aino", "Amir", "Astrid", "Börje", "Cecilia", "Dragan", "Ebba", "Fatima", "Göran", "Hjalmar", "Ibrahim",
    "Jelena", "Kerstin", "Lennart", "Märta", "Nadja", "Ove", "Petra", "Ragnhild", "Sixten", "Torbjörn", "Ursula", "Vilgot", "Yngve",
)  # fmt: skip
_TOWNS = (
    "Alingsås", "Bengtsfors", "Charlottenberg", "Degerfors", "Enköping", "Filipstad", "Grums", "Hofors",
    "Iggesund", "Junsele", "Kolsva", "Leksand", "Mariannelund", "Norrtälje", "Oxie", "Piteå", "Rättvik",
    "Simlångsdalen", "Tierp", "Ullared", "Valdemarsvik", "Ystad", "Åmål", "Älmhult", "Öregrund",
    "Kvarnhyttan", "Svanerum", "Tolvmossa", "Hedåsby", "Rävlanda", "Fiskaryd", "Långviksmon",
)  # fmt: skip
_COINED = (
    "a qua", "al ter", "bel la", "ca ra", "de xo", "e ve", "fi gu", "ga li", "he li", "in no", "ju no", "ka li", "lu mi",
    "me di", "no va", "o pti", "pa no", "qui re", "ro ta", "so na", "te rra", "u ni", "ve lo", "xe no", "za ra",
)  # fmt: skip
_ENDS = (
    "na",
    "tron",
    "flex",
    "via",
    "mo",
    "dent",
    "line",
    "zon",
    "sphere",
    "works",
    "plus",
    "cor",
    "lia",
    "max",
)
_NATURE = ("Gamla", "Lilla", "Norra", "Röda", "Gyllene", "Vita", "Tre", "Stora")
_THINGS = (
    "Ankaret",
    "Bågen",
    "Duvan",
    "Eken",
    "Fyren",
    "Grinden",
    "Hjulet",
    "Kvarnen",
    "Lyktan",
    "Måsen",
    "Pilen",
    "Tuppen",
)
_EXTRAS = (
    "Holding",
    "Invest",
    "Norr",
    "Syd",
    "Teknik",
    "Logistik",
    "Skåne",
    "Bergslagen",
    "Nordic",
    "Utveckling",
    "Uthyrning",
    "Sverige",
)
_FORMS = (
    ("AB",) * 9
    + ("Aktiebolag",) * 4
    + ("HB", "Handelsbolag", "KB", "Ekonomisk förening", "Enskild firma", "")
)
_ABROAD = ("GmbH", "Ltd", "ApS", "Oy", "B.V.", "S.r.l.", "AS", "SAS", "Kft", "OÜ")
_PAYEES = (
    "Svea Finans",
    "Aros Kapital AB",
    "Nordea Finans",
    "Collector Bank",
    "Resurs Bank",
    "Qred",
)
_BEHIND = (
    "- Fakturor",
    "kundreskontra",
    "- Lager",
    "nr 3",
    "avd 12",
    "(ny)",
    "e-faktura",
    "huvudkontoret",
    "ANVÄND EJ",
    "(publ)",
)


@dataclass
class Company:
    """One legal person."""

    name: str
    form: str
    number: str
    town: str
    family: int
    kind: str  # how it came about: first, sister, near, town, form

    @property
    def full(self) -> str:
        """The name with its form."""
        return f"{self.name} {self.form}".strip()


class _Invention:
    """Draws names, numbers and faults from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._serial = 0
        self._step = self.chance.choice((7, 11, 13))

    def number(self, form: str) -> str:
        self._serial += self._step
        if form in ("Enskild firma", ""):
            body = f"{self.chance.randint(40, 99):02d}{self.chance.randint(1, 12):02d}{self.chance.randint(1, 28):02d}{self._serial % 1000:03d}"
        else:
            head = {
                "HB": "969",
                "Handelsbolag": "916",
                "KB": "969",
                "Ekonomisk förening": "769",
            }.get(form, "559")
            body = f"{head}{200000 + self._serial % 790000:06d}"
        return body + str(luhn.calc_check_digit(body))

    def coined(self) -> str:
        draw = self.chance.choice
        middle = "".join(
            draw(_COINED).split()[self.chance.randint(0, 1)]
            for _ in range(self.chance.randint(0, 2))
        )
        return (draw(_COINED).replace(" ", "") + middle + draw(_ENDS)).capitalize()

    def first(self) -> tuple[str, str]:
        """A name, and the stem that its sisters share."""
        draw = self.chance.choice
        trade = (
            draw(_TRADES) if self.chance.random() < 0.8 else f"{draw(_TRADES)} & {draw(_TRADES)}"
        )
        match self.chance.randrange(10):
            case 0 | 1 | 2:
                stem = self.coined()
                return draw((f"{stem} {trade}", stem, f"{stem} {draw(_EXTRAS)}")), stem
            case 3 | 4:
                stem = draw(_FAMILY) + draw(("s", ""))
                return f"{stem} {trade}{self._in_town()}", stem
            case 5:
                stem = f"{draw(_FIRST)} {draw(_FAMILY)}"
                return draw((f"{stem} {trade}", stem, f"{trade}firma {stem}")), stem
            case 6:
                stem = "".join(self.chance.sample("ABDEGHKLMPRSTV", self.chance.randint(2, 3)))
                return f"{draw((stem, '.'.join(stem) + '.'))} {trade}{self._in_town()}", stem
            case 7:
                stem = draw(
                    (
                        f"{draw(_FAMILY)} & {draw(_FAMILY)}",
                        f"Bröderna {draw(_FAMILY)}",
                        f"{draw(_FAMILY)} & Döttrar",
                    )
                )
                return f"{stem} {trade}", stem
            case 8:
                stem = f"{draw(_NATURE)} {draw(_THINGS)}"
                return f"{stem} {trade}", stem
            case _:
                stem = draw(_TOWNS)
                return f"{stem}s {trade}", stem + "s"

    def _in_town(self) -> str:
        return f" i {self.chance.choice(_TOWNS)}" if self.chance.random() < 0.5 else ""

    def near(self, name: str) -> str:
        """Another company's name, a letter or two from this one."""
        words = name.split()
        place = max(range(len(words)), key=lambda at: len(words[at]))
        word, at = words[place], self.chance.randrange(1, max(len(words[place]) - 1, 2))
        alike = {
            "a": "o",
            "e": "a",
            "i": "y",
            "o": "u",
            "l": "r",
            "n": "m",
            "k": "g",
            "t": "d",
            "r": "l",
            "u": "o",
        }
        words[place] = word[:at] + alike.get(word[at : at + 1], "s") + word[at + 1 :]
        return " ".join(words)


def companies(count: int, invention: _Invention) -> list[Company]:
    """Families of one to seven. As in the register of companies, no two of a form share a name."""
    found: list[Company] = []
    taken: set[tuple[str, str]] = set()
    draw, share = invention.chance.choice, invention.chance.random
    family = 0
    while len(found) < count:
        family += 1
        name, stem = invention.first()
        form = draw(_FORMS) if share() > 0.04 else draw(_ABROAD)
        born = [(name, form, "first")]
        for _ in range(draw((0, 0, 1, 1, 2, 3))):
            born.append((f"{stem} {draw((*_TRADES, *_EXTRAS, *_EXTRAS))}", draw(_FORMS), "sister"))
        if share() < 0.12:
            born.append((invention.near(name), form, "near"))
        if share() < 0.12 and " i " in name:
            born.append((f"{name.rsplit(' i ', 1)[0]} i {draw(_TOWNS)}", form, "town"))
        if share() < 0.05 and form in ("AB", "HB", "KB"):
            born.append((name, draw([f for f in ("AB", "HB", "KB") if f != form]), "form"))
        for called, under, kind in born:
            mark = (
                "".join(c for c in called.lower() if c.isalnum()).replace("w", "v"),
                _class(under),
            )
            if mark not in taken:
                taken.add(mark)
                found.append(
                    Company(called, under, invention.number(under), draw(_TOWNS), family, kind)
                )
    return found[:count]


def _class(form: str) -> str:
    """Forms that are one: `HB` and `Handelsbolag`."""
    return {"Aktiebolag": "AB", "Handelsbolag": "HB", "Enskild firma": ""}.get(form, form)


# ── faults ──────────────────────────────────────────────────────────────────────────────────────


def spelt(company: Company, invention: _Invention) -> str:
    """As somebody typed it."""
    draw, share = invention.chance.choice, invention.chance.random
    name, form = company.name, company.form
    if share() < 0.42:
        form = draw(("", "", _other_form(form, draw), _other_form(form, draw)))
    if share() < 0.06 and len(name.split()) > 1:
        first, *rest = name.split()
        name = " ".join([*rest, first])
    if share() < 0.05:
        name = name.replace("&", draw(("och", "o", "+")))
    if share() < 0.05:
        name = name.replace(" i ", draw((" ", ", ")))
    before = share() < 0.08 and form in ("AB", "Aktiebolag")
    text = f"{form} {name}" if before else f"{name} {form}".strip()
    if share() < 0.22:
        text = _typed(text, invention)
    if share() < 0.05:
        text = f"{text} {company.town}" if share() < 0.5 else f"{text}, {company.town}"
    if share() < 0.09:
        text = f"{text} {draw(_BEHIND)}"
    if share() < 0.03:
        text = draw(
            (
                f"{text} c/o {draw(_PAYEES)}",
                f"{draw(_PAYEES)} / {text}",
                f"{text} ({draw(_PAYEES)})",
            )
        )
    return _written(text, invention)


def _other_form(form: str, draw: object) -> str:
    spelled = {
        "AB": ("Aktiebolag", "A.B.", "(AB)", "Aktieb."), "Aktiebolag": ("AB", "A B", "AKTIEBOL"), "HB": ("Handelsbolag", "H.B."),
        "Handelsbolag": ("HB",), "KB": ("Kommanditbolag",), "Ekonomisk förening": ("ek. för.", "ek för", "Ek. förening"),
    }  # fmt: skip
    return draw(spelled.get(form, ("",)))  # type: ignore[operator,no-any-return]  # Random.choice


def _typed(text: str, invention: _Invention) -> str:
    at = invention.chance.randrange(len(text))
    match invention.chance.randrange(5):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + text[at : at + 1] * 2 + text[at + 1 :]
        case 2:
            return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
        case 3:
            return text[:at] + invention.chance.choice("aeinrst") + text[at + 1 :]
        case _:
            return text.replace(" ", "", 1)


def _written(text: str, invention: _Invention) -> str:
    draw, share = invention.chance.choice, invention.chance.random
    if share() < 0.1:
        text = draw(
            (
                text.translate(str.maketrans("åäöÅÄÖ", "aaoAAO")),
                text.replace("å", "aa").replace("ä", "ae").replace("ö", "oe"),
                text.encode().decode("latin-1"),
                text.translate(str.maketrans("åäöÅÄÖ", "??????")),
            )
        )
    text = draw((text, text, text.upper(), text.upper(), text.lower() if share() < 0.2 else text))
    return text[: draw((20, 25, 28, 30, 32, 35, 40))] if share() < 0.11 else text


def number_as_written(number: str, invention: _Invention) -> str:
    """The org number of a posting, as often missing or wrong as in ledgers."""
    draw, drawn = invention.chance.choice, invention.chance.random()
    if drawn < 0.22:
        return ""
    if drawn < 0.26:
        return draw(("000000-0000", "SAKNAS", "-", "999999-9999", "12345"))
    if drawn < 0.28:
        at = invention.chance.randrange(10)
        return number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
    if drawn < 0.29:
        return invention.number("AB")
    personal = number[2] in "01"
    if personal and drawn < 0.5:
        return f"{number[:6]}-XXXX"
    return draw(
        (
            f"{number[:6]}-{number[6:]}",
            number,
            number,
            f"SE{number}01",
            f"16{number}" if not personal else f"19{number}",
        )
    )


# ── the files ───────────────────────────────────────────────────────────────────────────────────


def write(folder: Path, vendors: int = 10_000, seed: int = 1) -> None:
    """Write vendors.csv, suppliers.csv, truth.csv and hard.csv (vendor_key, kind)."""
    invention = _Invention(seed)
    chance = invention.chance
    all_of = companies(max(vendors // 2, 8), invention)
    held = sorted(chance.sample(range(len(all_of)), max(vendors // 10, 2)))
    families = {all_of[at].family: at for at in held}
    strangers = sorted(set(range(len(all_of))) - set(held))
    folder.mkdir(parents=True, exist_ok=True)
    _save(folder / "suppliers.csv", ("supplier_key", "name", "org_number", "city", "entity"), [
        (str(at), all_of[at].full if chance.random() > 0.03 else all_of[at].name.upper(),
         all_of[at].number if chance.random() > 0.08 else "", chance.choice((all_of[at].town, "")), str(at))
        for at in held
    ])  # fmt: skip
    rows: list[tuple[str, ...]] = []
    truth, hard = [], []
    in_register = set(held)
    for key in range(vendors):
        at = chance.choice(held if chance.random() < 0.25 else strangers)
        company = all_of[at]
        written = number_as_written(company.number, invention)
        town = chance.choice((company.town, ""))
        rows.append((str(key), spelt(company, invention), written, town))
        if at in in_register:
            truth.append((str(key), str(at)))
        elif company.family in families:
            hard.append((str(key), _kind(company, all_of[families[company.family]])))
    _save(folder / "vendors.csv", ("vendor_key", "name", "org_number", "city"), rows)
    _save(folder / "truth.csv", ("vendor_key", "entity"), truth)
    _save(folder / "hard.csv", ("vendor_key", "kind"), hard)


def _kind(company: Company, held: Company) -> str:
    """How a company outside the register stands to its family's in it."""
    if company.name == held.name:
        return "form"
    kinds = {company.kind, held.kind} - {"first"}
    return next((kind for kind in ("near", "town") if kind in kinds), "sister")


def _save(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
