"""How does the money run? One flow = one seller's sales in one trade, month by month.

A flow has an intention (`why`), not a state: the state follows from the contracts, and is
worked out in reading.py as for any ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from maker.companies import Companies, Company
from maker.register import Contract
from maker.seasons import FIRST, MONTHS, last_day, months_on, season
from maker.trades import BY_KEY, TRADES, Trade

# What of 2022's leakage was left in each year, and how prices moved.
LEAK_LEFT = {2022: 1.25, 2023: 1.05, 2024: 0.92, 2025: 0.78, 2026: 0.68}
PRICE = {2022: 1.0, 2023: 1.02, 2024: 1.03, 2025: 1.04, 2026: 1.05}

Months = dict[tuple[int, int], float]


@dataclass
class Flow:
    """`months` holds million kronor; `scalable` money may be tuned, as no ceiling meets it."""

    company: Company
    trade: Trade
    months: Months
    why: str
    scalable: bool = True
    buyers: dict[str, float] | None = None
    contract: Contract | None = None  # the one that its invoices may name
    invoices: float = 1.0  # more or fewer than the trade's size suggests
    account: tuple[str, str] | None = None  # when it is not the trade's own
    vendor: str = ""  # a fixed spelling, for vendors that are nobody


def spread(
    trade: Trade, year_msek: float, first: date, last: date, *, leak: bool = False
) -> Months:
    """Return the months between two days of a yearly volume, with season and price."""
    months: Months = {}
    for year, month in MONTHS:
        if first <= last_day(year, month) and last >= date(year, month, 1):
            left = LEAK_LEFT[year] if leak else 1.0
            months[year, month] = year_msek / 12 * season(trade.key, month) * PRICE[year] * left
    return months


def framework_flows(trade: Trade, generations: list[list[Contract]], random: Random) -> list[Flow]:
    """The covered money of a trade, and those who were dropped but went on selling a while."""
    flows: list[Flow] = []
    base = trade.msek * (1 - trade.leak) * (1 - trade.objects / 100)
    before: list[Company] = []
    for number, lots in enumerate(generations):
        start = trade.cuts[number]
        on_time = number + 1 < len(trade.cuts)
        end = trade.cuts[number + 1] if on_time else date(2030, 1, 1)
        parties = [(company, lot) for lot in lots for company, _ in lot.parties]
        shares = _shares(len(parties), random)
        for (company, lot), share in zip(parties, shares, strict=True):
            months = spread(trade, base * share, start, months_on(end, -1))
            flows.append(Flow(company, trade, months, "framework", contract=lot))
        members = [company for company, _ in parties]
        for company in before:
            if company not in members and start >= FIRST:
                flows += _hangers_on(company, trade, base, start, random)
        before = members
    return flows


def _shares(count: int, random: Random) -> list[float]:
    weights = [random.uniform(0.7, 1.3) / (place + 1) ** 0.6 for place in range(count)]
    return [weight / sum(weights) for weight in weights]


def _hangers_on(
    company: Company, trade: Trade, base: float, start: date, random: Random
) -> list[Flow]:
    """Last month's deliveries are invoiced after the end; some buyers do not change seller."""
    tail = spread(trade, base * random.uniform(0.10, 0.2), start, start)
    flows = [Flow(company, trade, tail, "tail")]
    if random.random() < 0.75:
        stop = months_on(start, random.choice((4, 6, 9)))
        slow = spread(trade, base * random.uniform(0.05, 0.09), months_on(start, 1), stop)
        flows.append(Flow(company, trade, slow, "old supplier", invoices=0.6))
    return flows


def early_bird(trade: Trade, contract: Contract, months: int, msek: float) -> Flow:
    """A supplier that delivers before its contract begins."""
    first = months_on(contract.valid_from, -months)
    until = months_on(contract.valid_from, -1)
    return Flow(
        contract.parties[-1][0], trade, spread(trade, msek, first, until), "early", invoices=0.5
    )


def object_flows(trade: Trade, contracts: list[Contract], random: Random) -> list[Flow]:
    """Projects and systems with contracts of their own: each month shared among those alive."""
    year_msek = trade.msek * trade.objects / 100
    weight = {id(contract): random.lognormvariate(0, 0.6) for contract in contracts}
    months: dict[int, Months] = {id(contract): {} for contract in contracts}
    for year, month in MONTHS:
        day = date(year, month, 1)
        alive = [c for c in contracts if c.valid_from <= day <= c.last_day]
        whole = sum(weight[id(contract)] for contract in alive)
        for contract in alive:
            part = year_msek / 12 * season(trade.key, month) * PRICE[year]
            months[id(contract)][year, month] = part * weight[id(contract)] / whole
    flows = []
    for contract in contracts:
        own = months[id(contract)]
        if own:
            company = contract.parties[0][0]
            flows.append(Flow(company, trade, own, "object", contract=contract, invoices=0.8))
            if random.random() < 0.12 and contract.last_day < date(2026, 7, 1):
                day = months_on(contract.last_day, 2)
                late = spread(trade, year_msek * 0.03, day, months_on(day, 1))
                flows.append(Flow(company, trade, late, "late object", invoices=0.5))
    return flows


def leak_flows(trade: Trade, sellers: Companies, random: Random) -> list[Flow]:
    """Sellers without a contract beside a valid one: a few steady ones, many small."""
    if not trade.leak or not trade.cuts:
        return []
    first = trade.cuts[0] if trade.cuts[0] > FIRST else FIRST
    return _outsiders(trade, trade.msek * trade.leak, first, sellers, random, leak=True)


def gap_flows(trade: Trade, sellers: Companies, random: Random) -> list[Flow]:
    """What was bought before the trade was procured for the first time, or is to this day."""
    if trade.cuts and trade.cuts[0] <= FIRST:
        return []
    last = months_on(trade.cuts[0], -1) if trade.cuts else date(2026, 10, 31)
    flows = _outsiders(trade, trade.msek, FIRST, sellers, random, last=last)
    if trade.msek < 1:  # near a direct-award limit on purpose
        for flow in flows:
            flow.scalable = False
    return flows


def _outsiders(
    trade: Trade,
    msek: float,
    first: date,
    sellers: Companies,
    random: Random,
    *,
    last: date = date(2026, 10, 31),
    leak: bool = False,
) -> list[Flow]:
    why = "leak" if leak else "gap"
    steady = 1 + round(msek * 0.7)
    flows = []
    for share in _shares(steady, random):
        company = sellers.company(random.choice(trade.words))
        months = spread(trade, msek * 0.7 * share, first, last, leak=leak)
        flows.append(Flow(company, trade, months, why, invoices=0.8))
    small = 1 + round(msek * 1.2)
    for share in _shares(small, random):
        company = sellers.person() if random.random() < 0.2 else sellers.company(trade.words[0])
        begin = months_on(first, random.choice((0, 0, 0, 2, 5, 9)))
        months = spread(trade, msek * 0.3 * share, begin, last, leak=leak)
        kept = {key: value for key, value in months.items() if random.random() < 0.4}
        whole = sum(months.values()) / (sum(kept.values()) or 1)
        kept = {key: value * min(whole, 4) for key, value in kept.items()}
        flows.append(Flow(company, trade, kept, why, invoices=0.5))
    return flows


def off_scope(contract: Contract, trade: str, msek: float, until: date) -> Flow:
    """A contract supplier that sells what its contract does not hold."""
    target = BY_KEY[trade]
    months = spread(target, msek, max(contract.valid_from, FIRST), min(until, contract.last_day))
    return Flow(contract.parties[0][0], target, months, "off scope", invoices=0.7)


def nobody_flows(random: Random) -> list[Flow]:
    """Postings whose vendor is blank or a collective name."""
    names = ("Diverse leverantörer", "SAKNAS", "", "Diverse leverantörer")
    flows = []
    nobody = Company("NOBODY", "", "")
    for trade in random.sample([t for t in TRADES if t.msek < 12 and t.msek > 1], 14):
        name = random.choice(names)
        months = spread(trade, 0.17, FIRST, date(2026, 10, 31), leak=True)
        kept = {key: value for key, value in months.items() if random.random() < 0.6}
        flows.append(Flow(nobody, trade, kept, "nobody", vendor=name, invoices=0.8))
    return flows
