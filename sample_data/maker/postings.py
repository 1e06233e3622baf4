"""From flows to postings: invoices with days, units, several postings each, and credit notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from random import Random

from maker.companies import Company
from maker.flows import Flow
from maker.register import Contract
from maker.seasons import MONTHS, last_day
from maker.town import MOVED, NAME_OF, UNITS_OF, UNLISTED, Unit

SIZE = 9.5  # invoices a year for a flow of one million kronor
# Two postings of one invoice often share the account; some go to the one beside it.
_CREDIT = 0.025


@dataclass
class Posting:
    """One posting as it truly is. `amount` is in öre, ex VAT; `day` is the booking day."""

    day: date
    company: Company
    unit: Unit
    department: str  # the name at that day
    account: str
    text: str
    amount: int
    invoice: str
    flow: Flow | None
    why: str
    contract_ref: str = ""
    ground: str = ""
    named: Contract | None = None
    vendor: str | None = None  # a fixed spelling that names nobody
    alias: str = ""  # another name for the same number
    order: str = ""
    order_day: date | None = None
    broken: str = ""  # a cell that cannot be read: the row is rejected
    tag: str = ""  # the README's name for it


class Invoices:
    """Gives every seller invoice numbers in its own style."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._next: dict[str, int] = {}

    def take(self, company: Company) -> str:
        if company.key not in self._next:
            self._next[company.key] = self._random.randrange(1_000, 900_000)
        self._next[company.key] += self._random.randrange(1, 9)
        return str(self._next[company.key])


def department_at(unit: Unit, day: date) -> str:
    """Return the department's name on the day; one unit moved."""
    name, key, since = MOVED
    if unit.name == name and day >= date.fromisoformat(since):
        return NAME_OF[key]
    return unit.department


def _unit(flow: Flow, random: Random) -> Unit:
    if random.random() < 0.001:
        return UNLISTED
    weights = flow.buyers or flow.trade.weights
    key = random.choices(list(weights), list(weights.values()))[0]
    units = UNITS_OF[key]
    return random.choices(units, [unit.weight for unit in units])[0]


def _day(year: int, month: int, random: Random) -> date:
    day = date(year, month, random.randrange(1, last_day(year, month).day + 1))
    if day.weekday() < 5:
        return day
    moved = day.day - 2 if day.day > 2 else day.day + 2
    return day.replace(day=moved)


def _split(amount: int, random: Random) -> list[int]:
    """Split an invoice into its postings; the öre stay exact."""
    parts = random.choices((1, 2, 3), (0.74, 0.19, 0.07))[0]
    if abs(amount) < 300_000:
        parts = 1
    cuts = sorted(random.uniform(0.15, 0.85) for _ in range(parts - 1))
    edges = [0, *(round(amount * cut) for cut in cuts), amount]
    return [later - earlier for earlier, later in pairwise(edges)]


def book(flow: Flow, scale: float, invoices: Invoices, random: Random) -> list[Posting]:
    """Return the flow's postings, by month; their sum is the flow's money times `scale`."""
    year_msek = sum(flow.months.values()) / max(1, len(flow.months)) * 12
    per_month = SIZE * flow.invoices * max(year_msek, 0.01) ** 0.62 / 12 * scale
    found: list[Posting] = []
    carried = 0.0
    chance = random.random()
    if flow.months and min(flow.months) == MONTHS[0] and per_month:
        # The series begins in the middle of life: something was already on its way.
        carried = min(int(chance / per_month), 12) * flow.months[MONTHS[0]] * scale
    for (year, month), msek in flow.months.items():
        carried += msek * scale
        chance += per_month
        count = int(chance)
        chance -= count
        if count and carried > 0:
            found += _month(flow, year, month, round(carried * 1e8), count, invoices, random)
            carried = 0.0
    is_running = bool(flow.months) and max(flow.months) == MONTHS[-1] and found
    if carried > 0 and flow.months and not is_running:
        year, month = max(flow.months)
        found += _month(flow, year, month, round(carried * 1e8), 1, invoices, random)
    return found


def _month(
    flow: Flow, year: int, month: int, amount: int, count: int, invoices: Invoices, random: Random
) -> list[Posting]:
    weights = [random.lognormvariate(0, 0.55) for _ in range(count)]
    left = amount
    found: list[Posting] = []
    for place, weight in enumerate(weights):
        is_last = place == count - 1
        value = left if is_last else round(amount * weight / sum(weights))
        left -= value
        if random.random() < _CREDIT and value > 1_000_000:
            back = round(value * random.uniform(0.05, 0.3))
            found += _invoice(flow, _day(year, month, random), value + back, invoices, random)
            credit = _invoice(flow, _day(year, month, random), -back, invoices, random)
            for posting in credit:
                posting.unit, posting.department = found[-1].unit, found[-1].department
            found += credit
        else:
            found += _invoice(flow, _day(year, month, random), value, invoices, random)
    return found


def _invoice(
    flow: Flow, day: date, amount: int, invoices: Invoices, random: Random
) -> list[Posting]:
    number = invoices.take(flow.company)
    unit = _unit(flow, random)
    account, text = flow.account or (flow.trade.account, flow.trade.text)
    found = []
    for part in _split(amount, random):
        found.append(
            Posting(
                day=day,
                company=flow.company,
                unit=unit,
                department=department_at(unit, day),
                account=account,
                text=text,
                amount=part,
                invoice=number,
                flow=flow,
                why=flow.why,
                named=flow.contract,
                vendor=flow.vendor if flow.company.key == "NOBODY" else None,
            )
        )
    return found
