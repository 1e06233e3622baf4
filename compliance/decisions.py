"""What have people decided, which of it holds, and what does not apply to anything any more?

decisions.csv is only ever added to: a decision that is changed stands above its successor. Of two
that contradict each other on the same days the later one holds (by decided_on, then by row); the
earlier keeps the days that are left to it, and is listed. Does not apply decisions to anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from compliance import identifiers
from compliance import register_cells as cells
from compliance.confined import Confined
from compliance.errors import ComplianceError, nearest, raise_all
from compliance.sheets import Sheet, read_sheets
from compliance.small_tables import Layout, Row, fitting, rows, unknown_table
from compliance.workspace import Workspace

COLUMNS = (
    *("decided_on", "decided_by", "subject", "key", "decision"),
    *("supplier_org_number", "contract_id", "valid_from", "valid_to", "note"),
)
SCHEMA = {
    "decision_row": pl.Int32,
    **dict.fromkeys(COLUMNS, pl.String),
    **dict.fromkeys(("decided_on", "valid_from", "valid_to"), pl.Date),
    "contested_by_row": pl.Int32,
}
STATES = (
    *("exempt", "unidentified", "confirmed", "supplier_only", "direct_award", "tail"),
    *("ceiling_exceeded", "not_entitled", "out_of_scope", "superseded", "expired"),
    *("not_started", "covered_elsewhere", "no_contract"),
)
ANSWERS: Mapping[str, tuple[str, ...]] = {
    "vendor_match": ("accept", "reject"),
    "line": ("covered", "uncovered", *STATES),
    "person": ("person", "not_person"),
}
LAYOUT = Layout(
    "decisions",
    {name: (name,) for name in COLUMNS},
    ("decided_on", "subject", "key", "decision"),
    others="any",  # whatever it is called: a day that is not read would be a decision for ever
)
_SUPPLIER = re.compile(r"S[a-z2-7]{11}")
_NUMBER = re.compile(r"(?:SE)?[0-9][0-9 -]+")  # "Bolaget, 556016-0680" is a name
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?[eE][+]?[0-9]{1,2}")  # 8,19881E+18
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Decision:
    """One row of decisions.csv. Days are inclusive; None is open."""

    row: int
    decided_on: date
    decided_by: str
    subject: str
    key: str
    decision: str
    supplier_org_number: str  # ten digits, a supplier_id, or empty
    contract_id: str
    valid_from: date | None
    valid_to: date | None
    note: str

    @property
    def answer(self) -> tuple[str, str, str]:
        return self.decision, self.supplier_org_number, self.contract_id


@dataclass(frozen=True)
class Decisions:
    """What holds, and what a later decision took from an earlier one.

    `live` is input_decisions: in the order of the file, a decision that lost days in its middle
    twice. `replaced` is input_replaced_decisions: those of which nothing holds any more, as they
    were written. `superseded` has each earlier decision that lost days: row, subject, key, by_row,
    and whether anything of it still holds. `contested` has those that lost them to another person
    on the same day, with the one that holds: which of the two was meant nobody has said since.
    """

    live: pl.DataFrame
    replaced: pl.DataFrame
    superseded: tuple[Mapping[str, object], ...]
    contested: tuple[tuple[Decision, Decision], ...] = ()


def read_decisions(workspace: Workspace) -> Decisions:
    """Read decisions.csv; no file, no decisions. Raises InputError, or Problems with every one."""
    file = workspace.decisions
    if not file.exists():
        return _decided([])
    errors: list[ComplianceError] = []
    sheets = read_sheets(file, file.name, Confined())  # text: no child is ever started
    found = decisions_of(sheets, errors)
    raise_all(errors)
    return _decided(found)


def decisions_of(sheets: Sequence[Sheet], errors: list[ComplianceError]) -> list[Decision]:
    """Return the decisions of a table, in its order; what cannot be read is added to `errors`."""
    fits = fitting(sheets, [LAYOUT])
    if not fits:
        raise unknown_table(sheets[0].file, sheets, [LAYOUT])
    lines = (row for fit in fits for row in rows(*fit, errors))
    return [decision for row in lines if (decision := _read(row))]


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def _read(row: Row) -> Decision | None:
    before = len(row.errors)
    decided_on = row.read("decided_on", cells.day)
    first, last = row.read("valid_from", cells.day), row.read("valid_to", cells.day)
    subject, key = row.needed("subject"), row.needed("key")
    decision, by = row.needed("decision"), row.needed("decided_by")
    if decided_on is None and len(row.errors) == before:
        row.refuse("decided_on", "no decided_on", fix="write the day of the decision")
    if first and last and last < first:
        row.refuse("valid_to", f"ends ({last}) before it starts ({first})", fix="correct the row")
    if subject and subject not in ANSWERS:
        row.refuse("subject", f"`{subject}` is no subject", fix=nearest(subject, ANSWERS))
    elif decision and subject and decision not in ANSWERS[subject]:
        fix = nearest(decision, ANSWERS[subject])
        row.refuse("decision", f"`{decision}` is no decision on a {subject}", fix=fix)
    if subject == "line" and key and not re.fullmatch(r"[0-9]{1,19}", key):
        row.refuse("key", f"`{key}` is no line_id", fix=_whole_line_id(key))
    supplier = _supplier(row, decision)
    contract = row.text("contract_id")
    if (subject, decision) == ("line", "covered") and not contract:
        row.refuse("contract_id", "covered by which contract?", fix="name the contract")
    if decided_on is None or len(row.errors) > before:
        return None
    return Decision(
        row=row.number,
        decided_on=decided_on,
        decided_by=by,
        subject=subject,
        key=_one_form(key) if subject != "line" else key,
        decision=decision,
        supplier_org_number=supplier,
        contract_id=contract,
        valid_from=first,
        valid_to=last,
        note=row.text("note"),
    )


def _whole_line_id(key: str) -> str:
    if not _ROUNDED.fullmatch(key):
        return "copy the number from the evidence workbook, column line_id"
    return (
        "Excel has rounded it: it keeps 15 digits, a line_id has up to 19; copy it anew from the "
        "evidence workbook or `compliance sql`, into a column that is formatted as text"
    )


def _one_form(key: str) -> str:
    """A key that is an organisation number, as ten digits; a name or an id as it stands."""
    return (identifiers.parse(key).number if _NUMBER.fullmatch(key) else "") or key


def _supplier(row: Row, decision: str) -> str:
    written = row.text("supplier_org_number")
    if not written:
        if decision == "accept":
            fix = "write its organisation number or its supplier_id"
            row.refuse("supplier_org_number", "accepted as which supplier?", fix=fix)
        return ""
    if _SUPPLIER.fullmatch(written):
        return written
    number = identifiers.parse(written).number
    if not number:
        fix = "write ten digits, or a supplier_id"
        row.refuse(
            "supplier_org_number", "neither an organisation number nor a supplier_id", fix=fix
        )
    return number


# ── what holds ────────────────────────────────────────────────────────────────────────────────────


def _decided(found: Sequence[Decision]) -> Decisions:
    by_key: dict[tuple[str, str], list[Decision]] = {}
    for decision in found:
        by_key.setdefault((decision.subject, _folded(decision)), []).append(decision)
    live: list[Decision] = []
    superseded: list[Mapping[str, object]] = []
    rivals: list[tuple[Decision, Decision]] = []
    for decisions in by_key.values():
        decisions.sort(key=lambda decision: (decision.decided_on, decision.row))
        for at, decision in enumerate(decisions):
            pieces, by_row = [decision], None
            for later in decisions[at + 1 :]:
                left = [piece for whole in pieces for piece in _without(whole, later)]
                if left != pieces:
                    by_row = later.row
                    if _rivals(decision, later):
                        rivals.append((decision, later))
                pieces = left
            live += pieces
            if by_row is not None:
                superseded.append(
                    {
                        "decision_row": decision.row,
                        "subject": decision.subject,
                        "key": decision.key,
                        "by_row": by_row,
                        "still_holds": bool(pieces),
                    }
                )
    live.sort(key=lambda decision: (decision.row, decision.valid_from or date.min))
    gone = {row["decision_row"] for row in superseded if not row["still_holds"]}
    replaced = sorted((d for d in found if d.row in gone), key=lambda decision: decision.row)
    holding = {decision.row for decision in live}
    contested = tuple(pair for pair in rivals if pair[1].row in holding)
    by = {lost.row: held.row for lost, held in contested}
    return Decisions(_frame(live, by), _frame(replaced, by), tuple(superseded), contested)


def _folded(decision: Decision) -> str:
    """The key as matching reads it: a vendor's name is one key in any case."""
    return decision.key.lower() if decision.subject == "vendor_match" else decision.key


def _rivals(one: Decision, other: Decision) -> bool:
    """Two persons with two answers on one day: only the order of their rows says which holds."""
    same_day = one.decided_on == other.decided_on
    same_person = one.decided_by.casefold() == other.decided_by.casefold()
    return same_day and not same_person and one.answer != other.answer


def _frame(decisions: Iterable[Decision], contested: Mapping[int, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (d.row, *(getattr(d, name) or None for name in COLUMNS), contested.get(d.row))
            for d in decisions
        ],
        schema=SCHEMA,
        orient="row",
        strict=True,
    )


def _without(decision: Decision, later: Decision) -> list[Decision]:
    """What is left of a decision outside the days of a later one."""
    first, last = decision.valid_from or date.min, decision.valid_to or date.max
    start, end = later.valid_from or date.min, later.valid_to or date.max
    if not _contradict(decision, later) or end < first or last < start:
        return [decision]
    left = []
    if first < start:
        left.append(replace(decision, valid_to=start - _ONE_DAY))
    if end < last:
        left.append(replace(decision, valid_from=end + _ONE_DAY))
    return left


def _contradict(one: Decision, other: Decision) -> bool:
    """Two decisions on one key do, unless one rejects a supplier that the other does not mean."""
    if one.subject != "vendor_match" or one.decision == other.decision == "accept":
        return True
    one_means, other_means = one.supplier_org_number, other.supplier_org_number
    return not one_means or not other_means or one_means == other_means
