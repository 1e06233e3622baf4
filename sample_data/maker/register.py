"""What does the contract register say? The shape of a contract, and each trade's frameworks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from maker.companies import Companies, Company
from maker.seasons import months_on, years_on
from maker.town import NAME_OF
from maker.trades import Trade

# Who may call off, where the register does not say "all": the rest is bought without right.
ENTITLED = {
    "computers": ("ks", "bu", "vo", "so", "se", "sb"),
    "leasing": ("se", "vo"),
    "furniture": ("ks", "bu", "vo", "so"),
    "vehicles": ("se", "vo"),
    "aids": ("vo",),
    "fuel": ("se", "sb"),
}
# Ceiling as a part of what was called off in the end: below 1 it is passed, above 1 it is not.
PASSED = {
    ("snow", 0): 0.86,
    ("alarm", 0): 0.88,
    ("electric", 0): 0.86,
    ("nurses", 0): 0.82,
    ("consult", 0): 0.92,
    ("painting", 0): 0.90,
    ("garage", 0): 0.88,
    ("books", 0): 0.90,
    ("gravel", 1): 0.91,
    ("interpreter", 1): 0.94,
    ("workwear", 1): 0.90,
    ("assistance", 1): 0.92,
}
FILLING = {
    ("electric", 1): 1.04,
    ("aids", 1): 1.08,
    ("office", 1): 1.05,
    ("smallfix", 1): 1.06,
    ("consumables", 1): 1.10,
}

FOREVER = date(9999, 12, 31)  # the register says "tills vidare"


@dataclass
class Contract:
    """One contract lot. Dates are inclusive; `ceiling` is in whole kronor, ex VAT."""

    contract_id: str
    title: str
    kind: str
    valid_from: date
    valid_to: date
    trade: str
    parties: list[tuple[Company, int]] = field(default_factory=list)
    lot: str = ""
    extended_to: date | None = None
    max_end: date | None = None
    notice: date | None = None
    ceiling: int | None = None
    scope: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    replaces: str = ""
    generation: int = 0
    is_ranked: bool = False
    note: str = ""

    @property
    def last_day(self) -> date:
        return max(self.valid_to, self.extended_to or self.valid_to)


class Numbers:
    """Contract numbers as a register gives them: year, running number."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}

    def take(self, year: int, prefix: str = "UPH") -> str:
        self._next[year] = self._next.get(year, 10) + 1
        return f"{prefix}-{year}-{self._next[year]:03d}"


def _end(trade: Trade, generation: int) -> date:
    cut = trade.cuts[generation]
    is_last = generation == len(trade.cuts) - 1
    if is_last:
        three = years_on(cut, 3)
        return trade.last or (three if three > date(2026, 11, 15) else years_on(cut, 4))
    following = trade.cuts[generation + 1] - timedelta(days=1)
    return following if trade.kind == "avtal" else min(following, years_on(cut, 4))


def _scope(trade: Trade, random: Random) -> tuple[str, ...]:
    if trade.by_account:
        return (f"account:{trade.account[:4]}",)
    draw = random.random()
    if draw < 0.75:
        return (trade.category,)
    return (f"account:{trade.account}",) if draw < 0.9 else (trade.category, f"cpv:{trade.cpv}")


def _framework(
    trade: Trade, generation: int, numbers: Numbers, random: Random, before: str
) -> Contract:
    start, end = trade.cuts[generation], _end(trade, generation)
    first_end = min(end, years_on(start, 2))
    extended = end if end > first_end else None
    longest = years_on(start, 4) if years_on(start, 4) > end else None
    return Contract(
        contract_id=numbers.take(start.year - 1),
        title=f"{trade.title} {start.year}",
        kind=trade.kind,
        valid_from=start,
        valid_to=first_end,
        extended_to=extended,
        max_end=longest,
        notice=months_on(end, -6) if longest else None,
        trade=trade.key,
        scope=_scope(trade, random),
        units=tuple(NAME_OF[key] for key in ENTITLED.get(trade.key, ())),
        replaces=before,
        generation=generation,
        is_ranked=trade.suppliers > 1 and random.random() < 0.7,
    )


def frameworks(
    trade: Trade, sellers: Companies, numbers: Numbers, random: Random
) -> list[list[Contract]]:
    """Return the trade's contracts by generation; a generation may be split into lots."""
    found: list[list[Contract]] = []
    members: list[Company] = []
    before = ""
    for generation in range(len(trade.cuts)):
        kept = members[: (len(members)) // 2] if trade.suppliers > 1 else []
        while len(kept) < trade.suppliers:
            kept = [*kept, sellers.company(random.choice(trade.words))]
        members = kept
        whole = _framework(trade, generation, numbers, random, before)
        before = whole.contract_id
        whole.parties = [(company, rank) for rank, company in enumerate(members, start=1)]
        found.append(_lots(whole) if trade.suppliers >= 4 and not whole.is_ranked else [whole])
    return found


def _lots(whole: Contract) -> list[Contract]:
    """Split a framework of many suppliers into lots of one or two each."""
    lots = []
    for number in range(0, len(whole.parties), 2):
        part = Contract(**vars(whole))
        part.lot = f"Delområde {number // 2 + 1}"
        part.parties = [(c, rank) for rank, (c, _) in enumerate(whole.parties[number:][:2], 1)]
        lots.append(part)
    return lots
