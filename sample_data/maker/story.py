"""Everything that happens in Hällåsjö: all contracts and all flows, from one random stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from maker import flows as run
from maker.companies import Companies, Company
from maker.flows import Flow, spread
from maker.register import FOREVER, Contract, Numbers, frameworks
from maker.seasons import months_on
from maker.town import NAME_OF
from maker.trades import BY_KEY, TRADES, Trade

# Trade and newest generation whose supplier began before the contract did: months, MSEK a year.
_EARLY = {"caretaking": (1, 6.0), "alarm": (1, 3.0), "furniture": (2, 3.0), "fuel": (1, 2.5)}
# Contract supplier of one trade that sells in another, MSEK a year, until.
_OFF_SCOPE = (
    ("furniture", "kitchen", 1.6, date(2025, 4, 30)),
    ("itservice", "courses", 1.1, date(2026, 10, 31)),
    ("smallfix", "catering", 0.3, date(2024, 6, 30)),
    ("electric", "repairs", 1.2, date(2026, 10, 31)),
    ("consult", "courses", 1.2, date(2024, 1, 31)),
    ("cleaning", "transport", 0.8, date(2026, 10, 31)),
    ("roads", "transport", 0.9, date(2026, 10, 31)),
)
_OBJECT_TITLES = {
    "roads": ("Gång- och cykelväg", "VA-sanering", "Torgombyggnad", "Bro över Kråkån", "Lekpark"),
    "building": ("Ombyggnad förskola", "Ny idrottshall", "Takbyte skola", "Gruppbostad", "Kök"),
    "itservice": ("Driftavtal", "Support nätverk", "Arkivtjänst"),
    "software": ("Verksamhetssystem", "Lönesystem", "Journalsystem", "Lärplattform", "E-arkiv"),
    "consult": ("Projektledning", "Geoteknik", "Detaljplan"),
}


@dataclass
class Story:
    sellers: Companies
    contracts: list[Contract]
    flows: list[Flow]
    cast: dict[str, Company]  # the sellers that the README points at, by role


def tell(seed: int) -> Story:
    """Return the whole story; the same seed gives the same story."""
    random = Random(f"{seed}:story")
    story = Story(Companies(Random(f"{seed}:companies")), [], [], {})
    numbers = Numbers()
    newest: dict[str, list[list[Contract]]] = {}
    for trade in TRADES:
        generations = frameworks(trade, story.sellers, numbers, random)
        newest[trade.key] = generations
        story.contracts += [lot for lots in generations for lot in lots]
        story.flows += run.framework_flows(trade, generations, random)
        objects = _objects(trade, story.sellers, numbers, random)
        story.contracts += objects
        story.flows += run.object_flows(trade, objects, random)
        story.flows += run.leak_flows(trade, story.sellers, random)
        story.flows += run.gap_flows(trade, story.sellers, random)
    for key, (months, msek) in _EARLY.items():
        story.flows.append(run.early_bird(BY_KEY[key], newest[key][-1][-1], months, msek))
    for seller, trade, msek, until in _OFF_SCOPE:
        for lots in newest[seller]:
            story.flows.append(run.off_scope(lots[0], trade, msek, until))
    story.flows += run.nobody_flows(random)
    _direct_awards(story, numbers, random)
    _paper_only(story, numbers, random)
    return story


def _objects(trade: Trade, sellers: Companies, numbers: Numbers, random: Random) -> list[Contract]:
    if not trade.objects:
        return []
    volume = trade.msek * trade.objects / 100
    found = []
    pool = [sellers.company(random.choice(trade.words)) for _ in range(4 + round(volume / 3))]
    start = date(2020, 3, 1)
    step = max(2, round(45 / volume))
    while start < date(2026, 10, 1):
        term = random.choice((12, 18, 24, 30, 36))
        end = months_on(start, term) - timedelta(days=1)
        used = months_on(end, 6) - timedelta(days=1) if random.random() < 0.3 else None
        title = f"{random.choice(_OBJECT_TITLES[trade.key])} {start.year}:{len(found) + 1}"
        found.append(
            Contract(
                contract_id=numbers.take(start.year, "OBJ"),
                title=title,
                kind="avropsavtal" if random.random() < 0.2 else "avtal",
                valid_from=start,
                valid_to=end,
                extended_to=used,
                max_end=months_on(end, 12) if random.random() < 0.3 else None,
                notice=months_on(end, -3) if random.random() < 0.3 else None,
                trade=trade.key,
                parties=[(random.choice(pool), 1)],
            )
        )
        start = months_on(start, random.choice((step, step, step + 1)))
    # Something runs at all times, however few there are.
    base = Contract(
        numbers.take(2019, "OBJ"),
        f"Ramuppdrag {trade.title.lower()}",
        "avtal",
        date(2019, 9, 1),
        date(2027, 8, 31),
        trade.key,
        [(pool[0], 1)],
    )
    return [*found, base]


def _direct_awards(story: Story, numbers: Numbers, random: Random) -> None:
    """Registered direct awards: without scope, or for one account, one unit, within a year."""
    trades = [trade for trade in TRADES if 2.0 < trade.msek < 12 and trade.kind == "ramavtal"]
    for index in range(40):
        trade = random.choice(trades)
        start = months_on(date(2021, 10, 1), round(index * 1.5))
        term = random.choice((6, 9, 12))
        seller = story.sellers.person() if index % 9 == 4 else story.sellers.company(trade.words[0])
        contract = Contract(
            contract_id=numbers.take(start.year, "DIR"),
            title=f"Direktupphandling {trade.title.lower()}",
            kind="direktupphandling",
            valid_from=start,
            valid_to=months_on(start, term) - timedelta(days=1),
            trade=trade.key,
            parties=[(seller, 1)],
        )
        value = random.choice((0.09, 0.18, 0.27, 0.34, 0.42, 0.51, 0.6, 0.66))
        contract.ceiling = round(value * 1150) * 1000
        story.contracts.append(contract)
        months = spread(trade, value * 12 / term, start, contract.valid_to)
        story.flows.append(
            Flow(seller, trade, months, "direct award", contract=contract, invoices=0.6)
        )


def _odd(contracts: list[Contract]) -> None:
    """What a register's hygiene should remark on, in contracts that nobody buys on."""
    long, first, second, orphan, ranked, endless = contracts[:6]
    long.kind, long.valid_to = "ramavtal", months_on(long.valid_from, 66) - timedelta(days=1)
    second.parties, second.scope, second.trade = first.parties, first.scope, first.trade
    second.valid_from = months_on(first.valid_from, 4)
    orphan.replaces = "UPH-2014-099"
    ranked.parties = [*ranked.parties, (first.parties[0][0], 1)]
    ranked.is_ranked = True
    endless.valid_to = FOREVER


def _paper_only(story: Story, numbers: Numbers, random: Random) -> None:
    """Contracts that nobody bought on, and contracts that have not begun."""
    for index in range(14):
        trade = random.choice(TRADES)
        start = months_on(date(2020, 6, 1), index * 5)
        seller = story.sellers.company(trade.words[0])
        story.contracts.append(
            Contract(numbers.take(start.year), f"{trade.title}, särskilt område", "avtal", start,
                     months_on(start, 36) - timedelta(days=1), trade.key, [(seller, 1)],
                     scope=(f"account:{trade.account}9",), units=(NAME_OF["mb"],))
        )  # fmt: skip
    _odd(story.contracts[-14:])
    for index, key in enumerate(("hotel", "courses", "transport", "caretaking", "snow", "health")):
        trade = BY_KEY[key]
        start = months_on(date(2026, 11, 1), index)
        seller = story.sellers.company(trade.words[0])
        story.contracts.append(
            Contract(numbers.take(2026), f"{trade.title} {start.year}", "ramavtal", start,
                     months_on(start, 24) - timedelta(days=1), key, [(seller, 1)],
                     max_end=months_on(start, 48) - timedelta(days=1), scope=(trade.category,))
        )  # fmt: skip
