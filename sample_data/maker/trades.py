"""What is bought? One row a trade: account, yearly volume, who buys it, how it is contracted.

The volumes are those of 2022, in million kronor ex VAT. Accounts are Kommun-Bas groups with
local sub-accounts; category and CPV are read from the rules that ship (rules/categories.toml).
"""

# ruff: noqa: E501 - a table is read by its rows
from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

RULES = Path(__file__).resolve().parents[2] / "rules"


@cache
def categories() -> dict[str, tuple[str, str, str]]:
    """Return account prefix → category code, CPV, Swedish name."""
    entries = tomllib.loads((RULES / "categories.toml").read_text("utf-8"))["categories"]
    return {
        prefix: (entry["id"], entry["cpv"], entry["title_sv"])
        for entry in entries
        for prefix in entry["accounts"]
    }


def category_of(account: str) -> tuple[str, str, str]:
    """Return code, CPV and name of an account's category; empty texts when it has none."""
    for length in range(len(account), 0, -1):
        found = categories().get(account[:length])
        if found:
            return found
    return ("", "", "")


@dataclass(frozen=True)
class Trade:
    """`cuts` are the first days of the frameworks that follow each other; none is a gap.

    `leak` is the share of the volume that went past the framework in 2022.
    """

    key: str
    account: str
    text: str
    words: tuple[str, ...]
    msek: float
    buyers: str
    suppliers: int = 1
    cuts: tuple[date, ...] = ()
    last: date | None = None  # of the newest framework; None: three or four years
    leak: float = 0.0
    kind: str = "ramavtal"
    objects: int = 0  # percent of the volume under contracts of their own, without scope
    by_account: bool = False  # its category holds other trades: scopes name the account

    @property
    def weights(self) -> dict[str, float]:
        pairs = (entry.split(":") for entry in self.buyers.split())
        return {key: float(weight) for key, weight in pairs}

    @property
    def category(self) -> str:
        return category_of(self.account)[0]

    @property
    def cpv(self) -> str:
        return category_of(self.account)[1]

    @property
    def title(self) -> str:
        return self.text if self.by_account else category_of(self.account)[2]


def _cut(text: str) -> tuple[date, ...]:
    return tuple(date.fromisoformat(f"{part}-01") for part in text.split())


def _trade(
    row: str, words: str, msek: float, buyers: str, cuts: str = "", n: int = 1, leak: float = 0.0,
    *, last: str = "", kind: str = "ramavtal", objects: int = 0, by_account: bool = False,
) -> Trade:  # fmt: skip
    key, account, text = row.split("|")
    until = date.fromisoformat(last) if last else None
    return Trade(key, account, text, tuple(words.split("|")), msek, buyers, n, _cut(cuts), until,
                 leak, kind, objects, by_account)  # fmt: skip


_CENTRAL = "centralt ramavtal"

# fmt: off
TRADES = (
    _trade("groceries|64400|Livsmedel", "Livs|Grossist|Storkök", 18.0, "se:8 bu:2 vo:2", "2019-05 2023-05", 2, 0.04),
    _trade("dairy|64430|Mejeriprodukter", "Mejeri", 5.0, "se:8 bu:2 vo:2", "2019-05 2023-05", 1, 0.03),
    _trade("bread|64440|Bröd", "Bageri", 2.4, "se:8 bu:2", "2019-05 2023-05", 2, 0.06),
    _trade("fruit|64450|Frukt och grönt", "Grönt|Frukt", 4.0, "se:8 bu:2 vo:1", "2019-05 2023-05", 1, 0.06),
    _trade("meat|64460|Kött o fisk", "Chark|Fisk", 3.2, "se:9 vo:1", "2019-05 2023-05", 1, 0.03),
    _trade("cleaning|61310|Lokalvård ex städning", "Städ|Lokalvård|Renhållning", 15.0, "se:6 bu:2 kf:2", "2020-03 2024-03", 3, 0.05),
    _trade("power|62100|El", "Energi|Kraft", 24.0, "se:6 sb:4 kf:1.6", "2020-01 2024-01", last="2027-12-31"),
    _trade("heat|62300|Fjärrvärme", "Värme", 11.0, "se:8 sb:1 kf:1.5", "2021-01", last="2030-12-31", kind="avtal"),
    _trade("roads|61700|Anläggn gata väg bro ledn park", "Mark & Anläggning|Schakt|Entreprenad", 54.0, "sb:9 se:1", "2020-06 2024-06", 5, 0.035, objects=45),
    _trade("building|11300|Pågående ny- o ombyggnad", "Bygg|Byggnads|Husentreprenad", 58.0, "se:5 sb:5 kf:0.7", "2021-02 2025-02", 4, 0.03, objects=50),
    _trade("caretaking|61500|Köp enl löpa avt fastighskötse", "Fastighetsskötsel", 10.0, "se:1", "2018-04 2022-12", last="2026-11-30", by_account=True),
    _trade("electric|61510|El-arbeten", "El|Elteknik|Elinstallation", 14.0, "se:6 sb:3", "2019-10 2023-10", 3, 0.06, by_account=True),
    _trade("plumbing|61520|VVS-arbeten", "Rör|VVS|Rörteknik", 13.0, "se:6 sb:3 kf:1", "2020-05 2024-05", 3, 0.05, by_account=True),
    _trade("painting|61530|Måleriarbeten", "Måleri|Färg & Golv", 8.0, "se:8 bu:1", "2020-09 2024-09", 3, 0.08, by_account=True),
    _trade("smallfix|61540|Köp mindre rep underh fastigh", "Fastighetsservice|Smide|Glas|Lås", 10.0, "se:6 bu:1 kf:2", "2021-04 2025-04", 4, 0.09, by_account=True),
    _trade("snow|61600|Snöröjning o markskötsel", "Snö & Väghållning|Maskin", 14.0, "sb:1", "2018-10 2022-10", 4, 0.04, last="2026-09-30"),
    _trade("schoolbus|70110|Köp, skolskjutsar", "Buss|Taxi|Skolskjuts", 25.0, "bu:1", "2021-08 2025-08", 3, 0.02, last="2029-07-31", by_account=True),
    _trade("mobility|70120|Köp transportservice färdtjäns", "Färdtjänst", 6.0, "vo:3 so:1", "2020-07 2024-07", last="2025-12-31", by_account=True),
    _trade("itservice|74330|Köp IT-drift enligt avtal", "Data|IT-drift|Systemteknik", 20.0, "ks:7 bu:2 vo:2", "2020-11 2024-11", 3, 0.05, objects=35),
    _trade("software|74320|IT-tj syslic vht stödsys avg n", "Program|Mjukvara|System", 16.0, "ks:6 bu:2 vo:2 so:1", "2021-09 2025-09", objects=70, kind=_CENTRAL),
    _trade("itconsult|74310|IT-konsulter", "IT-konsult|Utveckling", 5.0, "ks:6 sb:1", "2021-10 2025-10", 2, 0.08, kind=_CENTRAL),
    _trade("computers|64130|Inköp, IT-utrustning", "Datorer|Hårdvara", 13.0, "ks:5 bu:4 vo:1 kf:1", "2020-04 2024-04", 2, 0.03, kind=_CENTRAL),
    _trade("telecom|68100|TeleITkom fast ank tele fax mm", "Tele|Telekom", 6.0, "ks:5 vo:1", "2021-06 2025-06", last="2027-05-31", kind=_CENTRAL),
    _trade("consult|74510|Konsulttjänster, teknik", "Teknikkonsult|Ingenjörer|Arkitekt", 21.0, "sb:5 se:2 mb:2", "2020-02 2024-02", 6, 0.07, objects=10),
    _trade("interpreter|74520|Konsulttjänst, språktolk", "Tolk|Språk", 4.2, "so:4 vo:1 bu:2", "2021-01 2025-01", 2, 0.04),
    _trade("nurses|75110|Tillfälligt inhyrda sjuksköter", "Bemanning|Vårdbemanning", 12.0, "vo:1", "2021-03 2025-03", 3, 0.10),
    _trade("carehome|46350|Köp plats i särskilt boende", "Omsorg|Äldreomsorg", 34.0, "vo:1", "2019-02 2024-02", 2, last="2029-01-31", kind="avtal"),
    _trade("assistance|46380|Uppdragsersättning enl avtal", "Assistans|Stödboende", 22.0, "so:3 vo:2", "2020-10 2024-10", 3, 0.05),
    _trade("furniture|40230|Inköp, verksamhetsinventarier", "Möbler|Inredning", 9.0, "bu:4 vo:2 kf:1 ks:1", "2021-05 2025-05", 2, 0.06),
    _trade("vehicles|40210|Inköp bilar o transportmedel", "Bil|Fordon", 11.0, "se:6 vo:2 sb:2", "2020-12 2024-12", 2, 0.02, kind=_CENTRAL),
    _trade("leasing|69500|Leasing av bilar", "Billeasing", 11.0, "se:5 vo:4 so:1", "2021-02 2025-02", kind=_CENTRAL),
    _trade("fuel|69100|Drivm diesel intern klimatavg", "Drivmedel|Bränsle", 7.0, "se:3 sb:4 vo:2", "2020-10 2024-10", 2, 0.04),
    _trade("garage|69200|Bilverkstad o reparationer", "Bilverkstad|Bilservice", 4.0, "se:4 sb:2", "2021-10 2025-10", 2, 0.10),
    _trade("consumables|64600|Förbrukningsmaterial", "Papper & Plast|Förbrukning", 9.0, "vo:4 bu:3 se:2", "2020-01 2024-01", 2, 0.04),
    _trade("office|65100|Kontorsmaterial", "Kontor", 3.2, "ks:2 bu:3 so:1 mb:1", "2021-03 2025-03", 1, 0.06),
    _trade("books|64300|Böcker, läroböcker", "Läromedel|Bok", 6.5, "bu:1", "2020-08 2024-08", 2, 0.07),
    _trade("library|64310|Biblioteksmedia", "Bibliotek|Media", 1.6, "kf:1", "2021-01 2025-01", 1, 0.04),
    _trade("incontinence|64510|Inkontinensartiklar blöjor", "Sjukvård|Medicin", 5.5, "vo:1", "2021-11 2025-11", 1, 0.01),
    _trade("aids|64520|Omvårdnadshjälpmedel", "Hjälpmedel", 4.2, "vo:4 so:1", "2020-06 2024-06", 2, 0.05),
    _trade("workwear|64800|Arbets skydd profilkläder arbs", "Arbetskläder", 3.2, "sb:2 vo:3 se:2", "2021-01 2025-01", 2, 0.08),
    _trade("laundry|66500|Tvätt, arbetskläder o textilie", "Tvätt", 3.4, "vo:4 se:1", "2019-06 2023-06", last="2026-05-31"),
    _trade("alarm|73300|Larm och bevakning", "Bevakning|Larm", 6.0, "se:3 vo:1 bu:1", "2018-11 2022-11", 2, 0.03, last="2026-10-31"),
    _trade("insurance|73100|Försäkringspremier", "Försäkring", 5.0, "ks:1", "2020-01 2024-01", last="2027-12-31", kind="avtal"),
    _trade("health|74700|Företagshälsovård", "Hälsa", 3.2, "ks:1", "2018-03 2023-03", last="2026-02-28"),
    _trade("pipes|41000|Inköp, tryckrör, VA-material", "VA-material|Ventil", 7.0, "sb:1", "2020-04 2024-04", 2, 0.06),
    _trade("gravel|41010|Inköp, makadam, singel", "Grus & Kross|Berg", 4.5, "sb:1", "2021-04 2025-04", 2, 0.05),
    _trade("waste|61400|Sophämtn återvinn avfallsförbr", "Återvinning|Miljö", 8.0, "sb:4 se:1", "2019-09 2023-09", last="2027-08-31", kind="avtal"),
    # Gaps: bought without any contract until the first cut, if there is one.
    _trade("placements|46340|Köp av vård, barn och unga HVB", "Behandling|Stödhem|Ungdomshem", 18.0, "so:1", "2023-09", 6, 0.20, last="2027-08-31"),
    _trade("outpatient|46360|Öppenvård o familjebehandling", "Familjestöd|Terapi", 3.8, "so:1"),
    _trade("staffing|75100|Tillfälligt inhyrd personal", "Personaluthyrning|Resurs", 6.2, "bu:3 so:3 ks:1", "2024-03", 2, 0.12, last="2028-02-29"),
    _trade("law|74530|Juridiska tjänster", "Juridik|Advokat", 3.0, "ks:3 so:2 mb:1", "2024-06", 2, 0.1, last="2027-05-31", kind=_CENTRAL),
    _trade("management|74500|Konsulttjänster", "Organisation|Rekrytering", 2.6, "ks:4 vo:1 bu:1"),
    _trade("hotel|70500|Hotell och logi anställda", "Hotell|Konferens", 2.8, "ks:2 bu:3 so:1 kf:1"),
    _trade("catering|71000|Representation", "Restaurang|Catering", 1.8, "ks:3 kf:2 bu:1"),
    _trade("adverts|72200|Annonsering", "Media|Annons", 1.9, "ks:4 kf:1", "2025-02", 1, 0.1, last="2028-01-31"),
    _trade("marketing|72300|Reklam och information", "Reklambyrå|Design", 1.7, "ks:3 kf:2"),
    _trade("hire|63100|Hyra av arbetsmaskiner", "Maskinuthyrning|Ställning", 4.4, "sb:5 se:2", "2023-05", 2, 0.12, last="2027-04-30"),
    _trade("copiers|63200|Leasing av kopiatorer", "Kopiator|Kontorsmaskiner", 1.3, "bu:3 ks:1 so:1"),
    _trade("transport|70200|Transporter", "Åkeri|Flytt|Bud", 3.0, "se:3 sb:2 bu:1"),
    _trade("courses|76500|Avg kurser konf studieb mässor", "Utbildning|Kurs", 3.9, "bu:4 vo:2 so:2 ks:2 mb:1"),
    _trade("repairs|66000|Rep underhåll maskin invent", "Verkstad|Maskinservice", 2.8, "sb:4 se:3 kf:2"),
    _trade("kitchen|64120|Storköksutrustning", "Storköksmaskiner", 1.4, "se:3 bu:1"),
    _trade("culture|74900|Övriga främmande tjänster", "Scen|Musik|Event", 2.4, "kf:5 bu:2"),
    _trade("printing|65500|Trycksaker", "Tryck|Grafiska", 0.62, "ks:2 kf:1"),
    _trade("postage|68500|Porto", "Post & Bud", 0.54, "ks:3 so:1"),
    _trade("fire|73400|Brandskydd", "Brandskydd", 0.66, "se:1"),
    _trade("tyres|69300|Däck", "Däck", 0.47, "se:2 sb:1"),
    _trade("pharma|64530|Läkemedel o vaccin", "Apoteks", 0.31, "vo:3 bu:1"),
    _trade("chemicals|64640|Förbr mtrl polymer", "Kemi", 0.38, "sb:1"),
)
# fmt: on
BY_KEY = {trade.key: trade for trade in TRADES}
