"""What is a state, a cause or an action called, and what is the reader asked to do?

Codes in, the reader's words out. Knows no figure of its own and no markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from compliance.report.facts import Facts
from compliance.report.sections import Row
from compliance.report.shares import share_of
from compliance.words import Words


def _(sentence: str) -> str:
    """Mark a sentence for the catalogue; it is translated where it is said."""
    return sentence


STATES: Mapping[str, str] = {
    "exempt": _("Not counted"),
    "unidentified": _("Supplier not identified"),
    "confirmed": _("On contract, confirmed"),
    "supplier_only": _("On contract, scope not tested"),
    "direct_award": _("Direct award"),
    "tail": _("On contract, just after its end"),
    "ceiling_exceeded": _("Above the contract’s ceiling"),
    "not_entitled": _("Unit not entitled"),
    "out_of_scope": _("Outside the contract’s scope"),
    "superseded": _("Contract replaced by another"),
    "expired": _("Contract has ended"),
    "not_started": _("Contract has not begun"),
    "covered_elsewhere": _("Contract exists elsewhere"),
    "no_contract": _("No contract"),
}

CAUSES: Mapping[str, tuple[str, str]] = {
    "leakage": (
        _("A contract exists with another supplier"),
        _("The unit can order from the contract"),
    ),
    "expired": (
        _("The contract has ended or not begun"),
        _("Extend, or stop ordering"),
    ),
    "gap": (_("No contract in this area"), _("A procurement is needed")),
    "contract": (
        _("The contract does not stretch: ceiling, scope or units"),
        _("The procurement unit reviews the contract"),
    ),
    "unknown": (
        _("The supplier could not be identified"),
        _("The invoice data need mending"),
    ),
}

# The day that decides, by the policy's first choice (`date_basis`).
DAYS: Mapping[str, str] = {
    "order": _(
        "The order date where it is known, otherwise the invoice date, otherwise the booking date."
    ),
    "delivery": _(
        "The delivery date where it is known, otherwise the order date, the invoice date or the "
        "booking date, the first that is known."
    ),
    "invoice": _(
        "The invoice date where it is known, otherwise the order date, otherwise the booking date."
    ),
    "booking": _(
        "The booking date where it is known, otherwise the order date, otherwise the invoice date."
    ),
}

SIDES: Mapping[str, str] = {
    "covered": _("On contract"),
    "uncovered": _("Without a valid contract"),
    "exempt": _("Not counted"),
}


# What the database calls private persons who are shown together, and a contract's party of them.
PERSON = "Privatperson"


def vendor_told(name: str | None, words: Words) -> str:
    """Return a vendor's name as the reader meets it; private persons together have none."""
    return words.say("Private persons, together") if name == PERSON else name or ""


def supplier_told(name: str | None, words: Words) -> str:
    """Return a contract's supplier as the reader meets it."""
    return words.say("Private person") if name == PERSON else name or ""


MOST = 3  # actions on a page: a reader with four minutes acts on no more


@dataclass(frozen=True)
class Posting:
    """One posting behind an action."""

    purchase_date: date
    number: str  # the invoice's, or the voucher's
    vendor: str
    unit: str
    amount_sek: Decimal


@dataclass(frozen=True)
class Action:
    """One thing to act on, in words, with the sums it would mend."""

    kind: str
    title: str
    who: str  # supplier and unit
    tag: str  # why
    text: str  # the next step
    amount_12m_sek: Decimal
    amount_month_sek: Decimal
    share_after: float | Decimal | None  # the last 12 months' share without these purchases
    posting_count: int
    postings: tuple[Posting, ...]


def actions(
    rows: Sequence[Row], figure: Row | None, facts: Facts, words: Words
) -> tuple[Action, ...]:
    """Gather the rows of `20_actions.sql` into at most three actions, the largest first.

    `figure` is the report month's row. Where the build's own plan opens with the same actions, its
    share afterwards is shown: it was computed by the models, not by subtraction.
    """
    found: list[Action] = []
    mended = Decimal(0)
    # What a share would have been is told where what it is may be said.
    is_said = figure is None or (
        share_of(figure["uncovered_12m_sek"], figure["volume_12m_sek"]) is not None
    )
    is_the_plan = True
    for rank in sorted({row["action_rank"] for row in rows}):
        postings = [row for row in rows if row["action_rank"] == rank]
        first = postings[0]
        mended += first["amount_12m_sek"]
        is_the_plan = is_the_plan and first["plan_rank"] == len(found) + 1
        share = first["plan_share_after"] if is_the_plan else _share_after(figure, mended)
        found.append(_action(first, postings, share if is_said else None, facts, words))
        if len(found) == MOST:
            break
    return tuple(found)


def _action(
    first: Row, postings: Sequence[Row], share: float | Decimal | None, facts: Facts, words: Words
) -> Action:
    title, text = _advice(first, facts, words)
    reason = first["state"]
    return Action(
        kind=first["action_kind"],
        title=title,
        who=_who(first, words),
        tag=words.sentence(STATES[reason]),
        text=text,
        amount_12m_sek=first["amount_12m_sek"],
        amount_month_sek=first["amount_month_sek"],
        share_after=share,
        posting_count=first["posting_count"],
        postings=tuple(
            Posting(
                row["purchase_date"],
                row["invoice_no"] or row["voucher_no"] or "",
                row["vendor_name"],
                row["unit"],
                row["amount_sek"],
            )
            for row in postings
        ),
    )


def _share_after(figure: Row | None, mended: Decimal) -> Decimal | None:
    if figure is None:
        return None
    return share_of(figure["uncovered_12m_sek"] - mended, figure["volume_12m_sek"])


def _who(row: Row, words: Words) -> str:
    vendors, units = int(row["vendor_count"]), int(row["unit_count"])
    vendor = row["action_vendor_name"]
    if vendors > 1:
        vendor = words.say_n(
            "{vendor} and one more supplier",
            "{vendor} and {n} more suppliers",
            vendors - 1,
            vendor=vendor,
        )
    unit = row["action_unit"]
    if unit and units > 1:
        unit = words.say_n(
            "{unit} and one more unit", "{unit} and {n} more units", units - 1, unit=unit
        )
    return " · ".join(part for part in (vendor, unit) if part)


def _advice(row: Row, facts: Facts, words: Words) -> tuple[str, str]:
    """Return the action's title (what to do) and text (how, and with whom)."""
    fields = {
        "vendor": row["action_vendor_name"],
        "unit": row["action_unit"] or words.say("the unit"),
        "category": facts.category(row["action_category_code"], words.language)
        or words.say("purchases without a category"),
        "subject": row["contract_title"]
        or facts.category(row["action_category_code"], words.language)
        or words.say("purchases without a category"),
        "contract": _contract(row, words),
        "supplier": supplier_told(row["contract_supplier_name"], words)
        or words.say("the contract’s supplier"),
        "day": words.day(row["contract_last_day"]),
    }
    match row["action_kind"]:
        case "redirect":
            there = (
                words.say(
                    "Contract {contract} with {supplier} covers this kind of purchase. "
                    "Ask {unit} to order there instead of from {vendor}.",
                    **fields,
                )
                if row["contract_supplier_name"]
                else words.say(
                    "Another supplier’s contract covers this kind of purchase. "
                    "Ask {unit} to order there instead of from {vendor}.",
                    **fields,
                )
            )
            return words.say("Order on the contract that exists: {subject}", **fields), (
                _with_room(there, row, words)
            )
        case "extend":
            return words.say(
                "Extend or replace contract {contract}: {subject}", **fields
            ), _extension(row, fields, words)
        case "raise_ceiling":
            return words.say(
                "Decide on the ceiling of contract {contract}: {subject}", **fields
            ), words.say(
                "The ceiling is used up, but orders continue. Ask the procurement unit whether "
                "it can be raised or a new procurement is needed.",
            )
        case "fix_register":
            return words.say(
                "Settle who may order on contract {contract}: {subject}", **fields
            ), words.say(
                "{unit} is not among the units that may order on the contract with {vendor}. "
                "Let a unit that may order do so, or ask the procurement unit to add it.",
                **fields,
            )
        case "review_match":
            return words.say("Settle who {vendor} is", **fields), words.say(
                "The supplier could not be tied to the register with certainty. Ask the "
                "procurement unit to settle it in the review list.",
            )
        case _:
            return words.say("Procure a contract: {category}", **fields), words.say(
                "No valid contract covers these purchases. Contact the procurement unit before the "
                "next order; the largest supplier is {vendor}.",
                **fields,
            )


def _contract(row: Row, words: Words) -> str:
    """Name the contract, and of one with lots the lot: each has its own supplier and last day."""
    contract = row["action_contract_id"] or words.say("without a number")
    lot = row.get("action_lot")  # a workspace's own section may not give it
    return f"{contract}, {words.say('lot {lot}', lot=lot)}" if lot else contract


def _extension(row: Row, fields: Mapping[str, object], words: Words) -> str:
    """An option is used before the last day; afterwards it is a direct award by another name."""
    said = words.say(
        "The contract’s last day was {day} and purchases go on. It could be extended to {end}: if "
        "that was done in time, the register lacks it. If not, ask the procurement unit about a "
        "new procurement, and stop ordering.",
        **fields,
        end=words.day(row["contract_max_end"]),
    )
    return _with_room(said, row, words)


def _with_room(said: str, row: Row, words: Words) -> str:
    """Add how much of it there is room for, where the ceiling leaves less than was bought."""
    if row["room_sek"] is None:
        return said
    room = words.say("Its ceiling leaves room for {room}.", room=words.kronor(row["room_sek"]))
    return f"{said} {room}"


def trend_told(rows: Sequence[Row], words: Words) -> tuple[str, str]:
    """Return the title and the conclusion of a line of shares by month, for those who hear it.

    `rows` hold `period` and a known `uncovered_share`, in order; at least one.
    """
    first, last = rows[0], rows[-1]
    highest = max(rows, key=lambda row: row["uncovered_share"])
    lowest = min(rows, key=lambda row: row["uncovered_share"])
    title = words.say(
        "Line chart: share without a valid contract per month, {first} to {last}",
        first=words.month_year(first["period"]),
        last=words.month_year(last["period"]),
    )
    share = words.percent(last["uncovered_share"])
    if words.percent(highest["uncovered_share"]) == words.percent(lowest["uncovered_share"]):
        return title, words.say("{share} in every month.", share=share)
    return title, words.say(
        "Highest {high} in {high_month}, lowest {low} in {low_month}; {share} in {month}.",
        high=words.percent(highest["uncovered_share"]),
        high_month=words.month_year(highest["period"]),
        low=words.percent(lowest["uncovered_share"]),
        low_month=words.month_year(lowest["period"]),
        share=share,
        month=words.month_year(last["period"]),
    )
