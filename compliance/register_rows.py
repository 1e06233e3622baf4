"""What does each row of a delivered contract register say?

One file → one record a row, through the profile that its header fits. A row that cannot be used
is an error with file, row and column, never dropped; what is only odd becomes a remark. Knows one
row at a time: what rows say together is register.py's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from compliance import register_cells as cells
from compliance.confined import Confined
from compliance.errors import ComplianceError, InputError, Place, nearest, slip
from compliance.register_cells import CellError
from compliance.register_parties import several_parties
from compliance.register_profiles import FIELDS, RegisterProfile, header_key
from compliance.sheets import BREAKS_OFF, EXPORT_AGAIN, Cell, Sheet, read_sheets

HEADER_WITHIN = 15  # rows; e-Avrop's stands on the fourth
MAX_TEXT = 2000  # of a cell that a pattern looks into
Read = TypeVar("Read")


@dataclass(frozen=True)
class PartyRow:
    """One party to one contract (lot), as its row says; text is empty and the rest None if not."""

    path: str
    row: int
    contract_id: str
    lot: str
    title: str
    supplier_name: str
    org_number: str  # as delivered
    kind: str | None  # None where the cell is empty: what another row of the lot says, or contract
    valid_from: date
    valid_to: date
    extended_to: date | None
    max_end: date | None
    notice_date: date | None
    ceiling_sek: Decimal | None
    scope: tuple[str, ...]
    units: tuple[str, ...]
    rank: int | None
    replaces: str
    reference: str
    owner: str

    @property
    def last_day(self) -> date:
        """The last day with the options that were used; those that were not do not count."""
        return max(self.valid_to, self.extended_to or self.valid_to)


@dataclass(frozen=True)
class Remark:
    """Something odd that stops nothing. Messages hold no supplier's name, nor a person's number."""

    path: str
    row: int | None
    contract_id: str
    lot: str
    check: str
    message: str
    severity: str  # error | warning | info


@dataclass
class RegisterFile:
    """What one file gave."""

    path: str
    rows: list[PartyRow] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    errors: list[ComplianceError] = field(default_factory=list)


def read_register_file(
    path: Path, shown: str, profiles: Sequence[RegisterProfile], room: Confined
) -> RegisterFile:
    """Read one file. Everything wrong with it is in `errors`; it raises nothing."""
    found = RegisterFile(shown)
    try:
        read = read_sheets(path, shown, room, lambda one: _claimed(one, profiles) is not None)
        sheets = [sheet for sheet in read if sheet.rows]
    except InputError as error:
        found.errors.append(error)
        return found
    for sheet in sheets:
        claim = _claimed(sheet, profiles)
        if claim:
            _Table(sheet, *claim, found).read()
        elif len(sheets) > 1:
            found.remarks.append(
                Remark(
                    *(shown, None, "", "", "sheet_not_read"),
                    f"sheet `{sheet.name}` has no register header and was not read",
                    "info",
                )
            )
    if not found.rows and not found.errors:
        found.errors.append(_unclaimed(shown, sheets, profiles))
    return found


def _claimed(
    sheet: Sheet, profiles: Sequence[RegisterProfile]
) -> tuple[int, list[str], RegisterProfile] | None:
    """The header's place among the rows, its names, and the profile that asks for most of them."""
    for at, (_, row) in enumerate(sheet.rows[:HEADER_WITHIN]):
        headers = [header_key(cells.text(cell)) for cell in row]
        fits = [profile for profile in profiles if not profile.missing(headers)]
        if fits:
            return at, headers, max(fits, key=lambda profile: profile.demands)
    return None


def _unclaimed(
    shown: str, sheets: Sequence[Sheet], profiles: Sequence[RegisterProfile]
) -> InputError:
    if any(_claimed(sheet, profiles) for sheet in sheets):
        return InputError(
            "the register has a header and no rows",
            at=Place(shown),
            why="without contracts every purchase would be without one",
            fix="export it again, with its contracts",
        )
    best: tuple[int, int | None, str, str] = (-1, None, "", "")
    for sheet in sheets:
        for number, row in sheet.rows[:HEADER_WITHIN]:
            written = [cells.text(cell) for cell in row]
            keys = [header_key(text) for text in written]
            for profile in profiles:
                missing = profile.missing(keys)
                score = profile.demands - len(missing)
                if score > best[0]:
                    lacks = f"`{profile.id}` lacks {', '.join(missing)}"
                    best = (score, number, lacks, "; ".join(filter(None, written)))
    return InputError(
        "no known register has these headers",
        at=Place(shown, best[1]),
        why=f"{best[2]}; the row holds {best[3]}"[:400],
        fix="name the columns as rules/registers/standard.toml does, or add a file for them there",
    )


class _Table:
    """One sheet below its header."""

    def __init__(
        self, sheet: Sheet, at: int, headers: list[str], profile: RegisterProfile, to: RegisterFile
    ) -> None:
        self._sheet, self._at, self._profile, self._to = sheet, at, profile, to
        self._headers = headers
        self._row, self._header_cells = sheet.rows[at]
        self._places = {field: found for field, found in profile.places(headers).items() if found}
        self._pattern_at = {
            pattern: headers.index(pattern.header)
            for pattern in profile.patterns
            if pattern.header in headers
        }

    def read(self) -> None:
        if not self._header_is_sound():
            return
        used = {at for places in self._places.values() for at in places}
        used |= set(self._pattern_at.values())
        for number, row in self._sheet.rows[self._at + 1 :]:
            self._row = number
            keys = [header_key(cells.text(cell)) for cell in row]
            if keys[: len(self._headers)] == self._headers:
                self._refuse("a second header", fix="keep one table a sheet")
                return
            spoiled = [at for at in sorted(used) if (number, at) in self._sheet.spoiled]
            unreadable = self._sheet.unreadable(number, spoiled[0]) if spoiled else None
            if unreadable:
                self._refuse(unreadable[0], column=self._named(spoiled[0]), fix=unreadable[1])
            elif self._sheet.breaks_off(number, row, self._at):
                self._refuse(BREAKS_OFF, fix=EXPORT_AGAIN)
            elif len(row) > len(self._headers) and any(
                cells.text(cell) for cell in row[len(self._headers) :]
            ):
                self._refuse(
                    f"the row has {len(row)} cells, the header {len(self._headers)}",
                    fix="put a text that holds the separator in quotation marks",
                )
            else:
                self._one(row)

    def _header_is_sound(self) -> bool:
        known, before = self._profile.known_headers, len(self._to.errors)
        for field_name, found in self._places.items():
            if len(found) > 1:
                names = " and ".join(f"`{self._named(at)}`" for at in found)
                self._refuse(
                    f"two columns say {field_name}: {names}",
                    fix="remove one, or give it another name",
                )
        for at, header in enumerate(self._headers):
            if header and header not in known:
                self._unknown(at, header, known)
        return len(self._to.errors) == before

    def _unknown(self, at: int, header: str, known: set[str]) -> None:
        """A misspelt header must not cost a ceiling; a column of one's own is nobody's business."""
        fix = slip(header, known)
        if fix:
            self._refuse(f"the column `{self._named(at)}` is not known", fix=fix)
            return
        self._remark(
            "unknown_column",
            f"the column `{self._named(at)}` is not read",
            "info",
            number=self._row,
        )

    def _named(self, at: int) -> str:
        return cells.text(self._header_cells[at])

    def _refuse(self, what: str, *, fix: str, column: str | None = None, why: str = "") -> None:
        place = Place(self._file, self._row, column)
        self._to.errors.append(InputError(what, at=place, why=why, fix=fix))

    @property
    def _file(self) -> str:
        return self._sheet.place

    def _remark(
        self,
        check: str,
        message: str,
        severity: str,
        *,
        number: int,
        of: tuple[str, str] = ("", ""),
    ) -> None:
        self._to.remarks.append(Remark(self._to.path, number, *of, check, message, severity))

    # ── one row ───────────────────────────────────────────────────────────────────────────────────

    def _one(self, row: tuple[Cell, ...]) -> None:
        before = len(self._to.errors)
        said = {
            name: (row[places[0]] if places[0] < len(row) else "")
            for name, places in self._places.items()
        }
        kind = self._kind(cells.text(said.get("kind", "")))
        said |= self._from_patterns(row)
        days = {name: self._read(said, name, cells.day) for name in _DAYS}
        texts = {name: cells.text(said.get(name, "")) for name in _TEXTS}
        texts["org_number"] = cells.lines(said.get("org_number", ""))
        for name in ("contract_id", "supplier_name"):
            if not texts[name]:
                self._refuse(f"no {name}", column=self._column(name), fix=_FIX[name])
        for name in ("valid_from", "valid_to"):
            if days[name] is None and len(self._to.errors) == before:
                self._refuse(f"no {name}", column=self._column(name), fix=_FIX[name])
        ceiling = self._read(said, "ceiling_sek", cells.amount)
        rank = self._read(said, "rank", cells.whole)
        first, last = days["valid_from"], days["valid_to"]
        if first is None or last is None or len(self._to.errors) > before:
            return
        if last < first:
            self._refuse(
                f"the contract ends ({last}) before it starts ({first})",
                column=self._column("valid_to"),
                fix="correct the register; a day is included at both ends",
            )
            return
        of = (texts["contract_id"], texts["lot"])
        if ceiling is not None and self._ends_the_file(len(row)):
            message = f"the file ends in the ceiling {ceiling} without a line end: is it whole?"
            self._remark("unended_row", message, "warning", number=self._row, of=of)
        several = several_parties(cells.lines(said["supplier_name"]), texts["org_number"])
        if several:
            self._remark("several_parties", *several, number=self._row, of=of)
        self._to.rows.append(
            PartyRow(
                path=self._to.path,
                row=self._row,
                **texts,
                kind=kind,
                valid_from=first,
                valid_to=last,
                extended_to=days["extended_to"],
                max_end=days["max_end"],
                notice_date=days["notice_date"],
                ceiling_sek=ceiling,
                scope=self._scope(said.get("scope", "")),
                units=cells.entries(said.get("units", "")),
                rank=rank,
            )
        )

    def _ends_the_file(self, width: int) -> bool:
        """Whether the file's last sign is one of this row's ceiling, and no line end follows it."""
        is_last = self._sheet.is_unended and self._row == self._sheet.rows[-1][0]
        return is_last and [*self._places.get("ceiling_sek", ())] == [width - 1]

    def _column(self, name: str) -> str | None:
        places = self._places.get(name)
        return self._named(places[0]) if places else None

    def _read(
        self, said: Mapping[str, Cell], name: str, reader: Callable[[Cell], Read | None]
    ) -> Read | None:
        try:
            return reader(said.get(name, ""))
        except CellError as error:
            self._refuse(error.why, column=self._column(name) or name, fix=error.fix)
            return None

    def _from_patterns(self, row: tuple[Cell, ...]) -> dict[str, Cell]:
        said: dict[str, Cell] = {}
        for pattern, at in self._pattern_at.items():
            written = cells.text(row[at])[:MAX_TEXT] if at < len(row) else ""
            found = pattern.pattern.search(written)
            if found:
                said |= {name: text for name, text in found.groupdict().items() if text}
            elif pattern.must_fit:
                self._refuse(
                    f"`{written[:80]}` is not written as `{self._profile.id}` does",
                    column=self._named(at),
                    fix=f"write it to fit {pattern.pattern.pattern}",
                )
        return said

    def _kind(self, written: str) -> str | None:
        word, kinds = written.casefold(), self._profile.kinds
        if not word and not self._profile.other_kinds:
            return None
        if self._profile.kind_by == "beginning":
            # The longest word that fits: "avtal" is the beginning of "avtalsområde" too.
            fits = [known for known in kinds if word.startswith(known)]
            found = kinds[max(fits, key=len)] if fits else ""
        else:
            found = kinds.get(word, "")
        if found:
            return found
        if not self._profile.other_kinds:
            self._refuse(
                f"`{written}` is no kind of contract",
                column=self._column("kind"),
                fix=nearest(word, kinds),
            )
            return "contract"
        if word:
            message = (
                f"the kind `{written[:60]}` is not known and counts as {self._profile.other_kinds}"
            )
            self._remark("unknown_kind", message, "warning", number=self._row)
        return self._profile.other_kinds

    def _scope(self, cell: Cell) -> tuple[str, ...]:
        names = self._profile.scope_names
        return tuple(names.get(entry.casefold(), entry) for entry in cells.entries(cell))


_DAYS = ("valid_from", "valid_to", "extended_to", "max_end", "notice_date")
_TEXTS = tuple(
    name for name in FIELDS if name not in {*_DAYS, "kind", "ceiling_sek", "scope", "units", "rank"}
)
_FIX = {
    "contract_id": "give the contract its number; a blank row may be left out",
    "supplier_name": "name the supplier as the contract does",
    "valid_from": "write its first day, as 2024-01-31",
    "valid_to": 'write its last day without unused options, as 2024-01-31, or "tills vidare"',
}
