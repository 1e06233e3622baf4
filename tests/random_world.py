"""Random ledgers and registers, each twice: as input tables for SQL, as objects for the slow reader.

Small pools on purpose, so that everything meets everything: the same supplier under several lots,
days at the very ends of terms and tails, references that hold and that do not.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from slow_reader import Books, Decision, Exclusion, Identity, Lot, Posting
from world import World

FIRST, LAST = date(2023, 1, 1), date(2025, 12, 31)
ACCOUNTS = ("6100", "6510", "6551", "6559", "7020", "7100", "4600", "4640", "9999", None)
# account prefix, category, first day, last day; the longest that is valid then wins
CATEGORY_RULES = (
    ("61", "office", None, None),
    ("65", "it", None, None),
    ("655", "it.licences", None, date(2024, 6, 30)),
    ("655", "it.cloud", date(2024, 7, 1), None),
    ("70", "transport", None, None),
    ("46", "care", None, None),
)
CPV = {
    "office": "30190000",
    "it": "72000000",
    "it.licences": "48000000",
    "it.cloud": None,
    "transport": "60100000",
    "care": None,
}
SCOPES = (
    ("category", "office"), ("category", "it"), ("category", "it.li"), ("category", "transport"),
    ("category", "care"), ("account", "65"), ("account", "6551"), ("account", "7"), ("account", "46"),
    ("cpv", "72"), ("cpv", "48"), ("cpv", "60"), ("cpv", "301"),
)  # fmt: skip
UNITS = ("School 1", "School 2", "Home care", "Roads", "Library", None)
# unit, department, first day, last day; the case differs from the ledger's
UNIT_RULES = (
    ("SCHOOL 1", "Education", None, None),
    ("school 2", "Education", None, date(2024, 3, 31)),
    ("school 2", "Culture", date(2024, 4, 1), None),
    ("home care", "Care", None, None),
)
ENTITLED = ("School 1", "education", "CULTURE", "Home Care", "Care", "roads", "Library")
KINDS = ("contract", "framework", "central_framework", "call_off", "direct_award")
ORGS = ("5561234567", "2120001234", "5569876543", None)


@dataclass
class RandomWorld:
    """One drawn world; `open_matches` are vendors in review and their best candidate, `lent` those
    of the identities that are a group's.
    """

    books: Books
    postings: list[Posting]
    open_matches: list[Identity]
    lent: list[Identity]
    persons: set[str] = field(default_factory=set)

    def review_right(self) -> Books:
        """Every match in review right and every switch lenient."""
        return replace(
            self.books,
            identities=[*self.books.identities, *self.open_matches],
            out_of_scope_counts_as="covered",
            direct_award_counts_as="covered",
            called_off={},
        )

    def review_wrong(self) -> Books:
        """Every match in review wrong and every switch strict."""
        return replace(
            self.books,
            out_of_scope_counts_as="uncovered",
            direct_award_counts_as="uncovered",
            called_off={},
        )


def random_world(seed: int, size: int) -> RandomWorld:
    """Draw a world of `size` postings."""
    draw = random.Random(seed)
    suppliers = [f"S{n}" for n in range(draw.randint(2, 12))]
    vendors = [f"V{n}" for n in range(draw.randint(3, 20))]
    identities, open_matches = _identities(draw, vendors, suppliers)
    lent, also_open = _besides(draw, vendors, suppliers, identities)
    open_matches += also_open
    lots = _lots(draw, suppliers)
    persons = {vendor for vendor in vendors if draw.random() < 0.15}
    unusable = {vendor for vendor in vendors if draw.random() < 0.1}
    orgs = {vendor: draw.choice(ORGS) for vendor in vendors}
    postings = [
        _posting(draw, number, draw.choice([*vendors, None]), lots, persons, unusable, orgs)
        for number in draw.sample(range(1, 10**9), size)
    ]
    books = Books(
        lots=lots,
        identities=[*identities, *lent],
        exclusions=_exclusions(draw, vendors),
        decisions=_decisions(draw, postings, lots),
        tail_days=draw.choice([0, 7, 30]),
        out_of_scope_counts_as=draw.choice(["covered", "uncovered"]),
        direct_award_counts_as=draw.choice(["covered", "uncovered"]),
    )
    return RandomWorld(books, postings, open_matches, lent, persons)


def _identities(
    draw: random.Random, vendors: list[str], suppliers: list[str]
) -> tuple[list[Identity], list[Identity]]:
    identities, open_matches = [], []
    for vendor in vendors:
        luck = draw.random()
        if luck < 0.5:
            identities.append(Identity(vendor, draw.choice(suppliers)))
        elif luck < 0.65:
            change = _day(draw)
            identities.append(Identity(vendor, draw.choice(suppliers), None, change))
            if draw.random() < 0.7:
                identities.append(
                    Identity(vendor, draw.choice(suppliers), change + timedelta(days=1), None)
                )
        elif luck < 0.85:
            open_matches.append(Identity(vendor, draw.choice(suppliers), *_days(draw)))
    return identities, open_matches


def _besides(
    draw: random.Random, vendors: list[str], suppliers: list[str], identities: list[Identity]
) -> tuple[list[Identity], list[Identity]]:
    """Draw whose contracts some vendors sell under besides, and who else some of them may be."""
    lent, open_matches = [], []
    for vendor in vendors:
        known = {identity.supplier for identity in identities if identity.vendor == vendor}
        others = [supplier for supplier in suppliers if supplier not in known]
        if others and draw.random() < 0.3:
            lent.append(Identity(vendor, draw.choice(others), *_days(draw)))
            if draw.random() < 0.3:
                open_matches.append(Identity(vendor, draw.choice(suppliers), *_days(draw)))
    return lent, open_matches


def _days(draw: random.Random) -> tuple[date | None, date | None]:
    day = _day(draw)
    return draw.choice([(None, None), (None, None), (day, None), (None, day)])


def _lots(draw: random.Random, suppliers: list[str]) -> list[Lot]:
    lots = []
    for number in range(draw.randint(1, 25)):
        for lot in draw.choice([[""], [""], [""], ["1", "2"]]):
            first = _day(draw)
            last = first + timedelta(days=draw.choice([0, 20, 100, 365, 700]))
            lots.append(
                Lot(
                    contract_id=f"C{number}",
                    lot=lot,
                    kind=draw.choice(KINDS),
                    valid_from=first,
                    valid_to=last,
                    extended_to=draw.choice(
                        [None, None, last + timedelta(days=60), last - timedelta(days=10)]
                    ),
                    ceiling=draw.choice(
                        [None, None, Decimal(0), Decimal(draw.randint(1, 300_000)) / 100 * 10]
                    ),
                    suppliers=frozenset(
                        draw.sample(suppliers, draw.randint(1, min(2, len(suppliers))))
                    ),
                    scopes=tuple(sorted(set(draw.choices(SCOPES, k=draw.choice([0, 1, 1, 2, 3]))))),
                    units=frozenset(draw.choices(ENTITLED, k=draw.choice([0, 0, 1, 2]))),
                )
            )
    return lots


def _posting(
    draw: random.Random,
    number: int,
    vendor: str | None,
    lots: list[Lot],
    persons: set[str],
    unusable: set[str],
    orgs: dict[str, str | None],
) -> Posting:
    day = draw.choice([_day(draw), _day(draw), _edge(draw, lots)])
    account, unit = draw.choice(ACCOUNTS), draw.choice(UNITS)
    lot = draw.choice(lots)
    reference = draw.choice([None] * 5 + [lot.contract_id, f" {lot.contract_id.lower()}", "C999"])
    category = _category(account, day)
    return Posting(
        line_id=number,
        day=day,
        amount=Decimal(
            draw.choice(
                [0, draw.randint(1, 40_000), draw.randint(1, 400_000), -draw.randint(1, 200_000)]
            )
        )
        / 100,
        vendor=vendor,
        usable=vendor is not None and vendor not in unusable,
        account=account,
        category=category,
        cpv=CPV.get(category or ""),
        unit=unit,
        department=_department(unit, day),
        reference=reference,
        org_number=orgs.get(vendor or ""),
        is_person=vendor in persons,
        text=draw.choice([None, "Hyra lokal", "Kaffe", "HYRA bil"]),
    )


def _edge(draw: random.Random, lots: list[Lot]) -> date:
    """A day at, or a day beside, the end or start of some term or tail."""
    lot = draw.choice(lots)
    day = draw.choice(
        [lot.valid_from, lot.last_day, lot.last_day + timedelta(days=draw.choice([7, 30]))]
    )
    return min(max(day + timedelta(days=draw.choice([-1, 0, 1])), FIRST), LAST)


def _exclusions(draw: random.Random, vendors: list[str]) -> list[Exclusion]:
    pool = [
        ({"account": ["46"], "counterparty": ["212"]},),
        ({"account": ["4640"]}, {"unit": ["roads"], "account": ["9999"]}),
        ({"counterparty_not": ["556", "212"], "account": ["71"]},),
        ({"vendor": [draw.choice(vendors).lower()]},),
        ({"text": ["hyra"], "account_not": ["6", "7"]},),
        ({"person": ["true"], "unit": ["Library"]},),
        ({"text": ["kaffe"]},),
        ({"counterparty": ["5569876543"]},),
    ]
    chosen = draw.sample(pool, draw.randint(0, 4))
    return [
        Exclusion(
            f"X{number}",
            alternatives,
            *draw.choice([(None, None), (date(2024, 1, 1), None), (None, date(2024, 6, 30))]),
        )
        for number, alternatives in enumerate(chosen)
    ]


def _decisions(draw: random.Random, postings: list[Posting], lots: list[Lot]) -> list[Decision]:
    choices = [
        "covered",
        "uncovered",
        "exempt",
        "tail",
        "no_contract",
        "out_of_scope",
        "supplier_only",
    ]
    decisions = []
    for row, posting in enumerate(draw.sample(postings, min(len(postings) // 50, len(postings)))):
        said = draw.choice(choices)
        contract = (
            draw.choice(lots).contract_id if said in ("covered", "tail", "supplier_only") else None
        )
        decisions.append(
            Decision(posting.line_id, date(2025, 1, draw.randint(1, 3)), 2 * row, said, contract)
        )
        if draw.random() < 0.3:
            decisions.append(
                Decision(
                    posting.line_id,
                    date(2025, 1, draw.randint(1, 3)),
                    2 * row + 1,
                    draw.choice(choices),
                )
            )
    return decisions


def _day(draw: random.Random) -> date:
    return FIRST + timedelta(days=draw.randint(0, (LAST - FIRST).days))


def _category(account: str | None, day: date) -> str | None:
    fits = [
        (len(prefix), category)
        for prefix, category, first, last in CATEGORY_RULES
        if (account or "").startswith(prefix) and (first or FIRST) <= day <= (last or LAST)
    ]
    return max(fits)[1] if fits else None


def _department(unit: str | None, day: date) -> str | None:
    for name, department, first, last in UNIT_RULES:
        if (unit or "").lower() == name.lower() and (first or FIRST) <= day <= (last or LAST):
            return department
    return unit


def put(world: World, drawn: RandomWorld) -> None:
    """Write a drawn world into the input tables."""
    books = drawn.books
    world.put_all("rule_policy", [
        {"out_of_scope_counts_as": books.out_of_scope_counts_as, "direct_award_counts_as": books.direct_award_counts_as,
         "tail_days": books.tail_days, "date_basis": "order", "closing_lag_days": 45, "fiscal_year_start_month": 1,
         "baseline_year": 2023, "baseline_share": 0.17, "baseline_uncovered_sek": 1, "warn_low": 0.7, "warn_high": 0.9}
    ])  # fmt: skip
    world.put_all("rule_category_accounts", [
        {"account_prefix": p, "category_code": c, "valid_from": f, "valid_to": t} for p, c, f, t in CATEGORY_RULES
    ])  # fmt: skip
    world.put_all(
        "rule_categories",
        [{"category_code": c, "cpv": cpv, "procurable": True} for c, cpv in CPV.items()],
    )
    world.put_all("rule_units", [
        {"unit": u, "department": d, "valid_from": f, "valid_to": t} for u, d, f, t in UNIT_RULES
    ])  # fmt: skip
    for place, exclusion in enumerate(books.exclusions, start=1):
        world.put(
            "rule_exclusions",
            exclusion_id=exclusion.id,
            position=place,
            valid_from=exclusion.first,
            valid_to=exclusion.last,
        )
        world.put_all("rule_exclusion_tests", [
            {"exclusion_id": exclusion.id, "alternative": n, "field": name, "value": value}
            for n, alternative in enumerate(exclusion.alternatives)
            for name, values in alternative.items()
            for value in values
        ])  # fmt: skip
    _put_register(world, books)
    _put_vendors(world, drawn)
    world.put_all("input_decisions", [
        {"decision_row": d.row, "decided_on": d.decided_on, "subject": "line", "key": str(d.line_id),
         "decision": d.decision, "contract_id": d.contract_id} for d in books.decisions
    ])  # fmt: skip
    world.put_all("input_postings", [
        {"line_id": p.line_id, "vendor_name": p.vendor, "org_number": p.org_number, "account_code": p.account,
         "unit": p.unit, "amount_sek": p.amount, "booking_date": p.day, "contract_ref": p.reference, "text": p.text}
        for p in drawn.postings
    ])  # fmt: skip


def _put_register(world: World, books: Books) -> None:
    key = [{"contract_id": lot.contract_id, "lot": lot.lot} for lot in books.lots]
    world.put_all("input_contracts", [
        {**k, "kind": lot.kind, "valid_from": lot.valid_from, "valid_to": lot.valid_to,
         "extended_to": lot.extended_to, "ceiling_sek": lot.ceiling}
        for k, lot in zip(key, books.lots, strict=True)
    ])  # fmt: skip
    world.put_all("input_contract_parties", [
        {**k, "supplier_id": s} for k, lot in zip(key, books.lots, strict=True) for s in sorted(lot.suppliers)
    ])  # fmt: skip
    world.put_all("input_contract_scopes", [
        {**k, "scheme": s, "prefix": p} for k, lot in zip(key, books.lots, strict=True) for s, p in lot.scopes
    ])  # fmt: skip
    world.put_all("input_contract_units", [
        {**k, "unit": u} for k, lot in zip(key, books.lots, strict=True) for u in sorted(lot.units)
    ])  # fmt: skip


def _put_vendors(world: World, drawn: RandomWorld) -> None:
    by_vendor = {p.vendor: p for p in drawn.postings if p.vendor}
    world.put_all("input_vendors", [
        {"vendor_id": v, "vendor_name": v, "org_number": p.org_number, "is_person": p.is_person,
         "person_class": "P0", "is_merged": False, "is_usable": p.usable} for v, p in sorted(by_vendor.items())
    ])  # fmt: skip
    world.put_all("input_vendor_identities", [
        {"vendor_id": i.vendor, "supplier_id": i.supplier, "valid_from": i.first, "valid_to": i.last,
         "method": "group" if i in drawn.lent else "name"}
        for i in drawn.books.identities if i.vendor in by_vendor
    ])  # fmt: skip
    world.put_all("input_vendor_reviews", [
        {"vendor_id": i.vendor, "supplier_id": i.supplier, "valid_from": i.first, "valid_to": i.last}
        for i in drawn.open_matches if i.vendor in by_vendor
    ])  # fmt: skip
    world.put_all("input_vendor_matches", [
        {"vendor_id": v, "supplier_id": i.supplier, "outcome": "review", "method": "name"}
        for v, i in {i.vendor: i for i in drawn.open_matches}.items() if v in by_vendor
    ])  # fmt: skip
