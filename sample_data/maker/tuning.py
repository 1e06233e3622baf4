"""Ceilings that are passed or fill up, and the yearly volumes: amounts move, no figure is written.

Only money that no ceiling meets is scaled: purchases under contracts without a ceiling, and
purchases that nothing covers. What the figure becomes, the program works out from the postings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from maker.postings import Posting
from maker.reading import COVERED, EXEMPT, Part, Reader
from maker.register import FILLING, PASSED, Contract
from maker.trades import BY_KEY

# Addressable volume in million kronor, and the part of it that nothing covers, as planned.
PLAN = {
    2022: (590.0, 0.1700),
    2023: (596.0, 0.1605),
    2024: (603.0, 0.1490),
    2025: (609.0, 0.1385),
    2026: (505.0, 0.1330),
}

Read = Callable[[], tuple[list[list[Part]], Reader]]


def is_fixed(contract: Contract) -> bool:
    """Tell whether the contract's ceiling depends on its postings staying as they are."""
    place = (contract.trade, contract.generation)
    is_framework = contract.contract_id.startswith("UPH")
    return contract.kind == "direktupphandling" or (
        is_framework and (place in PASSED or place in FILLING)
    )


def set_tight_ceilings(contracts: Sequence[Contract], reader: Reader) -> None:
    """Give the contracts of PASSED and FILLING the ceilings that make them so."""
    for contract in contracts:
        part = {**PASSED, **FILLING}.get((contract.trade, contract.generation))
        if part and contract.contract_id.startswith("UPH") and reader.called_off(contract) > 0:
            steps = round(reader.called_off(contract) / 100 * part / 25_000)
            contract.ceiling = max(steps, 1) * 25_000


def set_roomy_ceilings(contracts: Sequence[Contract], reader: Reader, random: Random) -> None:
    """Give two frameworks of three a ceiling that will not be met for years."""
    for contract in contracts:
        if contract.ceiling is None and contract.scope and random.random() < 0.66:
            called = max(reader.called_off(contract) / 100, BY_KEY[contract.trade].msek * 1e6)
            contract.ceiling = round(called * random.uniform(1.5, 2.4) / 500_000 + 1) * 500_000


def scale_years(postings: Sequence[Posting], parts: Sequence[Sequence[Part]]) -> dict[int, str]:
    """Scale the free money of each year to PLAN; return the two factors as text, for the log."""
    said: dict[int, str] = {}
    for year, (volume, share) in PLAN.items():
        sums = {"fixed+": 0, "free+": 0, "fixed-": 0, "free-": 0}
        kinds: dict[int, str] = {}
        for posting, own in zip(postings, parts, strict=True):
            if (posting.order_day or posting.day).year == year and own[0].state != EXEMPT:
                for part in own:
                    kind = _kind(posting, own, part)
                    sums[kind] += part.amount
                    kinds[id(posting)] = kind
        target = volume * 1e8
        up = (target * (1 - share) - sums["fixed+"]) / sums["free+"]
        down = (target * share - sums["fixed-"]) / sums["free-"]
        for posting in postings:
            kind = kinds.get(id(posting), "")
            if kind.startswith("free"):
                posting.amount = round(posting.amount * (up if kind == "free+" else down))
        said[year] = f"covered × {up:.3f}, uncovered × {down:.3f}"
    return said


def _kind(posting: Posting, own: Sequence[Part], part: Part) -> str:
    sign = "+" if part.state in COVERED else "-"
    is_free = len(own) == 1 and posting.flow is not None and posting.flow.scalable
    if sign == "-":
        is_free = is_free and part.state in ("no_contract", "covered_elsewhere")
    else:
        is_free = is_free and part.contract is not None and not is_fixed(part.contract)
    return ("free" if is_free else "fixed") + sign
