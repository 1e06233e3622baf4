"""The rows that the README points at: each shows one thing, on a day one can look up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random

from maker.companies import Company
from maker.flows import Flow
from maker.postings import Invoices, Posting, department_at
from maker.reading import entitled
from maker.register import Contract
from maker.seasons import months_on
from maker.story import Story
from maker.town import UNITS, Unit
from maker.trades import BY_KEY

RENAMED, JOINED = date(2025, 3, 1), date(2024, 1, 1)


def unit(name: str) -> Unit:
    """Return the unit of that name."""
    return next(entry for entry in UNITS if entry.name == name)


def _posting(
    company: Company, day: date, where: Unit, trade: str, kronor: int, invoice: str, tag: str
) -> Posting:
    bought = BY_KEY[trade]
    flow = Flow(company, bought, {}, tag, scalable=False)
    return Posting(day, company, where, department_at(where, day), bought.account, bought.text,
                   kronor * 100, invoice, flow, tag, tag=tag)  # fmt: skip


def rejected(postings: list[Posting], random: Random) -> None:
    """Break a cell of a few rows, as real exports do: their kronor are in no figure."""
    old = [p for p in postings if p.day.year == 2022 and p.flow and 0 < p.amount < 900_000]
    middle = [p for p in postings if p.day.year == 2024 and p.flow and 0 < p.amount < 2_000_000]
    new = [p for p in postings if p.day.year == 2026 and p.flow and 0 < p.amount < 2_000_000]
    for pool, cells in (
        (old, ("1 234,5O", "#VÄRDEFEL!", "")),
        (middle, ("#SAKNAS!", "se bilaga")),
        (new, ("12.345.67", "2026-02-30", "2026-13-05")),
    ):
        picks = random.sample(pool, min(len(cells), len(pool)))
        for posting, cell in zip(picks, cells, strict=False):
            posting.broken = cell or "-"
            posting.tag = "rejected"


def findings(story: Story, postings: list[Posting], invoices: Invoices) -> list[Posting]:
    """Return postings for the rules that point: split, twice, new and large, on a holiday."""
    make = story.sellers
    found: list[Posting] = []
    splitter = make.named("Kvarnspårets Ställning AB", local=True)
    for day, kronor in ((4, 98_400), (5, 97_900), (6, 99_100), (7, 96_750)):
        found.append(_posting(splitter, date(2026, 5, day), unit("Fastighet"), "hire", kronor,
                              invoices.take(splitter), "split below 100 000"))  # fmt: skip
    copier = make.named("Ålviks Kontorsmaskiner AB")
    for day, kronor in ((8, 236_000), (15, 238_500), (22, 231_000)):
        found.append(_posting(copier, date(2026, 9, day), unit("Kansli"), "copiers", kronor,
                              invoices.take(copier), "split below the limit"))  # fmt: skip
    newcomer = make.named("Sörviken Strategi AB")
    found.append(_posting(newcomer, date(2026, 8, 27), unit("Ekonomi"), "management", 784_000,
                          invoices.take(newcomer), "new vendor over the limit"))  # fmt: skip
    fiddler = make.person()
    for day in (date(2025, 6, 6), date(2026, 1, 6), date(2026, 6, 6)):
        found.append(_posting(fiddler, day, unit("Kulturskola"), "culture", 14_500,
                              invoices.take(fiddler), "person on a holiday"))  # fmt: skip
    inn = make.named("Ripviks Gästgiveri AB", local=True)
    for month, name in enumerate(
        ("Hotell Ripvik", "Ripvik Konferens", "Värdshuset Ån", "R-vik"), 5
    ):
        stay = _posting(inn, date(2026, month, 21), unit("Personal"), "hotel", 54_300,
                        invoices.take(inn), "one number, four names")  # fmt: skip
        stay.alias = name
        found.append(stay)
    abroad = make.abroad("Fjordvik Lyd ApS")
    found.append(_posting(abroad, date(2026, 3, 18), unit("Bibliotek"), "culture", 61_200,
                          invoices.take(abroad), "abroad, no number"))  # fmt: skip
    return found + _twice(postings)


def _twice(postings: Sequence[Posting]) -> list[Posting]:
    """The same invoice booked twice, a month later, in two places."""
    picks = [p for p in postings if p.day >= date(2026, 2, 1) and p.day < date(2026, 8, 1)]
    picks = [p for p in picks if p.flow and p.why == "gap" and 4_000_000 < p.amount < 9_000_000]
    found = []
    for posting in picks[:: max(1, len(picks) // 3)][:3]:
        later = replace(posting, day=months_on(posting.day, 1).replace(day=14), tag="booked twice")
        found.append(later)
    return found


def rename(story: Story, postings: Sequence[Posting]) -> tuple[Company, Company]:
    """A contract supplier goes on under a new name and number; the register has the old one."""
    flow = next(f for f in story.flows if f.trade.key == "consumables" and f.why == "framework"
                and max(f.months) >= (2026, 10))  # fmt: skip
    old = flow.company
    new = story.sellers.named("Väveriets Förbrukning Norden AB")
    for posting in postings:
        if posting.company is old and posting.day >= RENAMED:
            posting.company = new
    story.cast["renamed from"], story.cast["renamed to"] = old, new
    return old, new


def affiliate(story: Story, postings: Sequence[Posting], random: Random) -> tuple[Company, Company]:
    """A company of a supplier's group that sells under the group's contract."""
    flow = next(f for f in story.flows if f.trade.key == "roads" and f.why == "framework"
                and max(f.months) >= (2026, 10))  # fmt: skip
    member = story.sellers.sister(flow.company, "Asfalt")
    for posting in postings:
        is_late = posting.company is flow.company and posting.day >= JOINED
        if is_late and random.random() < 0.25:
            posting.company = member
    story.cast["affiliate of"], story.cast["affiliate"] = flow.company, member
    return flow.company, member


def sisters(story: Story, invoices: Invoices) -> list[Posting]:
    """Companies whose names are a contract supplier's with a word more: not the supplier."""
    found = []
    for key, words in (("electric", "Fastigheter"), ("cleaning", "Holding"), ("fuel", "Marin")):
        flow = next(f for f in story.flows if f.trade.key == key and f.why == "framework"
                    and max(f.months) >= (2026, 10))  # fmt: skip
        sister = story.sellers.sister(flow.company, words)
        story.cast[f"sister of {flow.company.name}"] = sister
        for month in range(2, 10, 2):
            found.append(_posting(sister, date(2026, month, 17), unit("Fastighet"), key, 84_300,
                                  invoices.take(sister), "sister company"))  # fmt: skip
    return found


def references(postings: Sequence[Posting], contracts: Sequence[Contract], random: Random) -> None:
    """In the new system some rows name their contract; a few name one that does not hold."""
    for posting in postings:
        contract = posting.named
        if posting.day < date(2025, 1, 1) or contract is None:
            continue
        valid = contract.valid_from <= posting.day <= contract.last_day
        if valid and entitled(contract, posting) and random.random() < 0.07:
            posting.contract_ref = contract.contract_id
        if random.random() < 0.12:
            posting.ground = "Direktupphandling" if contract.kind[:2] == "di" else "Ramavtal"
    wrong = [p for p in postings if p.day >= date(2025, 1, 1) and p.why in ("leak", "gap")]
    for posting in random.sample(wrong, min(14, len(wrong))):
        posting.contract_ref = random.choice(contracts).contract_id
        posting.tag = posting.tag or "reference that does not hold"
