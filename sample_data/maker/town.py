"""Who buys? The departments, units and managers of Hällåsjö, and how each system spells a unit.

Everything is invented; the addresses use the reserved domain example.org (RFC 2606).
"""

from __future__ import annotations

from dataclasses import dataclass

NAME = "Hällåsjö kommun"
ORG_NUMBER = "212000-9903"
MUNICIPALITY = "2399"
MAIL_DOMAIN = "hallasjo.example.org"


@dataclass(frozen=True)
class Unit:
    """One buying unit: `old` is how the first ledger system wrote it, code before name."""

    name: str
    department: str
    old: str
    weight: float = 1.0


@dataclass(frozen=True)
class Department:
    key: str
    name: str
    manager: str
    mail: str
    language: str


DEPARTMENTS = (
    Department("ks", "Kommunledningsförvaltningen", "Alva Järnbäck", "alva.jarnback", "sv"),
    Department("bu", "Barn- och utbildningsförvaltningen", "Örjan Tallros", "orjan.tallros", "sv"),
    Department("vo", "Vård- och omsorgsförvaltningen", "Säde Kvistlund", "sade.kvistlund", "sv"),
    Department("so", "Socialförvaltningen", "Dilan Åsmark", "dilan.asmark", "sv"),
    Department("sb", "Samhällsbyggnadsförvaltningen", "Gösta Flintmo", "gosta.flintmo", "sv"),
    Department("kf", "Kultur- och fritidsförvaltningen", "Maeve Lindholt", "maeve.lindholt", "en"),
    Department("se", "Serviceförvaltningen", "Birgit Sörqvarn", "birgit.sorqvarn", "sv"),
    Department("mb", "Miljö- och byggförvaltningen", "Aino Hedvall", "aino.hedvall", "en"),
)

_UNITS = {
    "ks": "Kansli:2 Ekonomi:2 Personal:2 IT-enheten:6 Näringsliv:1 Kommunikation:1",
    "bu": "Förskola_norr:3 Förskola_söder:3 Grundskola_centrum:5 Grundskola_Ängsbyn:4 "
    "Björkåsgymnasiet:5 Vuxenutbildning:2 Elevhälsa:1",
    "vo": "Hemtjänst_norr:4 Hemtjänst_söder:4 Särskilt_boende_Åkerhöjden:5 "
    "Särskilt_boende_Lövgården:4 Hälso-_och_sjukvård:3 Bistånd:1",
    "so": "Barn_och_familj:6 Vuxen_och_missbruk:4 Funktionsstöd:6 Integration:1",
    "sb": "Gata_och_park:6 Vatten_och_avlopp:5 Projekt_och_bygg:8 Avfall:2 Mark_och_plan:1",
    "kf": "Bibliotek:2 Kulturskola:1 Idrott_och_anläggningar:5 Fritidsgårdar:2",
    "se": "Måltid:6 Lokalvård:4 Fastighet:8 Fordon_och_förråd:3 Kontaktcenter:1",
    "mb": "Bygglov:1 Miljötillsyn:2 Livsmedelskontroll:1",
}


def _units() -> tuple[Unit, ...]:
    by_key = {department.key: department for department in DEPARTMENTS}
    found = []
    for key, line in _UNITS.items():
        for number, entry in enumerate(line.split(), start=1):
            words, weight = entry.split(":")
            name = words.replace("_", " ")
            old = f"{key.upper()}{number} {name}"
            found.append(Unit(name, by_key[key].name, old, float(weight)))
    return tuple(found)


UNITS = _units()
NAME_OF = {department.key: department.name for department in DEPARTMENTS}
KEY_OF = {department.name: department.key for department in DEPARTMENTS}
UNITS_OF = {
    department.key: tuple(unit for unit in UNITS if unit.department == department.name)
    for department in DEPARTMENTS
}
# Seen in the ledger, left out of organisation.toml: its own department, and no letter.
UNLISTED = Unit("Projektkonto 8810", "Projektkonto 8810", "ÖV Projektkonto 8810", 0.0)
# Moved with its people when youth clubs went to the social services.
MOVED = ("Fritidsgårdar", "so", "2025-01-01")
