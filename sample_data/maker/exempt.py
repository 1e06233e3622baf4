"""What is in the ledger and is no purchase: wages, grants, rents, schools, taxes, own companies.

Each row names the exclusion of rules/exclusions.toml that is meant to take it.
"""

from __future__ import annotations

from random import Random

from maker.companies import Companies, Company
from maker.postings import Invoices, Posting, _day, department_at
from maker.seasons import MONTHS, season
from maker.town import UNITS_OF

# exclusion, account, text, seller (kind or name), MSEK a year, postings a month, buyer
_ROWS = (
    ("X01", "57500", "Penskostn avgbestämd ålderspen", "Pensionskassan Rönnen", 62.0, 1, "ks"),
    ("X01", "50110", "Ersättning uppdragstagare", "person", 1.6, 6, "so"),
    ("X02", "45300", "Bidrag, förening kommunalförb", "association", 9.0, 12, "kf"),
    ("X02", "45200", "Försörjningsstöd", "person", 14.0, 14, "so"),
    ("X03", "85000", "Räntekostnader lån", "Kommunkredit Norr", 11.0, 1, "ks"),
    ("X03", "80000", "Slutavräkning skatt", "state", 6.0, 1, "ks"),
    ("X04", "79000", "Periodisering", "Interimsposter", 3.0, 1, "ks"),
    ("X05", "26400", "Ingående moms", "Skattekontoret Moms", 22.0, 3, "ks"),
    ("X06", "60100", "Lokalhyror", "landlord", 48.0, 16, "bu"),
    ("X06", "60150", "Lokalhyror parkering garage", "landlord", 0.8, 3, "ks"),
    ("X07", "46319", "Köp, fristående grundskola", "school", 44.0, 5, "bu"),
    ("X07", "46338", "Köp, fristående gymnasieskola", "school", 21.0, 4, "bu"),
    ("X07", "46362", "Köp medicinskt färdigbeh", "region", 7.0, 7, "vo"),
    ("X08", "76200", "Tillsynsavgifter", "state", 0.5, 2, "mb"),
    ("X08", "76400", "Skatter o offentliga avg", "state", 1.3, 2, "se"),
    ("X09", "61700", "Anläggn gata väg bro ledn park", "own", 8.0, 4, "sb"),
    ("X09", "74900", "Övriga främmande tjänster", "own", 3.0, 3, "ks"),
    ("X10", "76100", "Avg ex medlem inträde tvlicens", "association", 1.9, 2, "ks"),
    ("X11", "73200", "Självrisker", "Skadereglering Ås", 0.9, 2, "ks"),
    ("X12", "55000", "Utlägg personal", "person", 0.4, 4, "bu"),
    ("X13", "11100", "Markförvärv", "Dödsboet Granfors", 4.0, 0.3, "sb"),
    ("X14", "76700", "Skadestånd", "person", 0.5, 0.6, "ks"),
    ("X15", "46340", "Familjehem, ersättning", "family", 13.0, 16, "so"),
)


def sellers(companies: Companies, random: Random) -> dict[str, list[Company]]:
    """Return the sellers by kind; the public bodies have invented numbers of public series."""
    named = companies.named
    own = [
        named("Hällåsjö Energi & Miljö AB", local=True),
        named("Hällåsjöbostäder AB", local=True),
    ]
    return {
        "person": [companies.person() for _ in range(26)],
        "family": [companies.person() for _ in range(22)],
        "association": [
            companies.association(f"{name} i Hällåsjö")
            for name in ("Idrottsklubben Älgen", "Hembygdsföreningen Kvarnen", "Ryttarna", "Scenen")
        ],
        "landlord": [companies.company("Fastigheter") for _ in range(7)],
        "school": [companies.company(random.choice(("Friskola", "Skolan"))) for _ in range(5)],
        "region": [named("Region Norrälven", "2321009900")],
        "state": [
            named("Myndigheten för Vattenprov", "2021009903"),
            named("Tillsynsverket i Norr", "2021009911"),
        ],
        "own": own,
    }


def book(
    companies: Companies, scale: float, invoices: Invoices, random: Random
) -> tuple[list[Posting], dict[str, list[Company]]]:
    """Return the exempt postings and the sellers by kind."""
    kinds = sellers(companies, random)
    found: list[Posting] = []
    for rule, account, text, seller, msek, monthly, buyer in _ROWS:
        pool = kinds.get(seller) or kinds.setdefault(seller, [companies.named(f"{seller} AB")])
        for year, month in MONTHS:
            count = int(monthly * scale + random.random())
            for _ in range(count):
                company = random.choice(pool)
                value = msek / 12 * season("", month) * scale / max(count, 1)
                day = _day(year, month, random)
                unit = random.choice(UNITS_OF[buyer])
                found.append(
                    Posting(
                        day=day,
                        company=company,
                        unit=unit,
                        department=department_at(unit, day),
                        account=account,
                        text=text,
                        amount=round(value * random.uniform(0.7, 1.3) * 1e8),
                        invoice=invoices.take(company),
                        flow=None,
                        why=rule,
                    )
                )
    return found, kinds
