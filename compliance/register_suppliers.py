"""Which suppliers are in the contract register?

One supplier has one organisation number or, without any, one name. Its id does not depend on the
order of rows or files. Remarks hold neither names nor numbers: a sole trader is a person.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence

from compliance import identifiers, personal_numbers
from compliance.person_key import pseudonym
from compliance.register_rows import PartyRow, Remark

_KNOWN_BY = {False: "the supplier is known by name alone", True: "it is kept as it stands"}


class Suppliers:
    """Who the parties are: by organisation number where there is one, else by name."""

    def __init__(self, rows: Sequence[PartyRow], key: Callable[[], bytes]) -> None:
        self._key, self.remarks = key, list[Remark]()
        numbers_of: dict[str, set[str]] = {}
        for row in rows:
            found = identifiers.parse(row.org_number)
            if found.is_trusted:
                numbers_of.setdefault(_folded(row.supplier_name), set()).add(found.number)
        # One name, one number in the whole register: a row without it means the same company.
        self._by_name = {
            name: min(numbers) for name, numbers in numbers_of.items() if len(numbers) == 1
        }
        self._ids: dict[tuple[str, str], str] = {}
        self._rows: dict[str, tuple[str, str, str | None, bool]] = {}
        self._dated: set[str] = set()
        for row in rows:
            self._add(row)

    def _number(self, row: PartyRow) -> str:
        """The row's own number or, without a sound one, the one that its name has elsewhere."""
        own = identifiers.parse(row.org_number)
        if own.is_trusted or own.state == "foreign":
            return own.number
        elsewhere = self._by_name.get(_folded(row.supplier_name), "")
        # Of a redacted number a day of birth is left, which many share: see _redacted.
        number = elsewhere or ("" if own.state == "masked" else own.number)
        told = "taken from another row with the same name" if elsewhere else _KNOWN_BY[bool(number)]
        if own.state in ("absent", "placeholder"):
            check = "org_number_from_other_row" if elsewhere else "no_org_number"
            message = f"no organisation number here; {told}"
            self._remark(row, check, message, "info" if elsewhere else "warning")
        else:
            message = f"the organisation number is not one ({own.state}); {told}"
            self._remark(row, "wrong_org_number", message, "warning")
        return number

    def _remark(self, row: PartyRow, check: str, message: str, severity: str) -> None:
        of = (row.path, row.row, row.contract_id, row.lot)
        self.remarks.append(Remark(*of, check, message, severity))

    def _add(self, row: PartyRow) -> None:
        known, number = (row.supplier_name, row.org_number), self._number(row)
        if known in self._ids:
            return
        redacted = "" if number else _redacted(row.org_number)
        is_person = bool(redacted) or personal_numbers.is_personal(number)
        name = _folded(row.supplier_name)
        supplier = self._id(number, redacted, name, is_person=is_person)
        self._ids[known] = supplier
        number = number or redacted
        if len(number) == 10 and personal_numbers.is_dated(row.org_number):
            self._dated.add(supplier)
        self._rows.setdefault(supplier, (supplier, row.supplier_name, number or None, is_person))

    def _id(self, number: str, redacted: str, name: str, *, is_person: bool) -> str:
        # A plain digest of a personal number, or of a name, is undone by trying them all. Of a name
        # alone persons.py has yet to say whose it is.
        if redacted or not number:
            return "S" + pseudonym(self._key(), "supplier", redacted, name)[1:].lower()
        if is_person:
            return "S" + pseudonym(self._key(), "supplier", number)[1:].lower()
        return "S" + _digest(number)

    def id_of(self, row: PartyRow) -> str:
        return self._ids[(row.supplier_name, row.org_number)]

    @property
    def dated(self) -> frozenset[str]:
        """The ids of those whose number stands with its century: somebody's, whatever the name."""
        return frozenset(self._dated)

    def rows(self) -> list[tuple[str, str, str | None, bool]]:
        """Return supplier_id, supplier_name, org_number and is_person of each, in order."""
        return sorted(self._rows.values(), key=lambda row: row[0])


def supplier_id(org_number: str) -> str:
    """Return the id of a company (not of a sole trader) that the register knows by its number."""
    return "S" + _digest(org_number)


def _redacted(org_number: str) -> str:
    """The ten characters of a redacted or interim number (850101-XXXX, 850101-T123), else nothing.

    It says that the supplier is a person; with the name, who.
    """
    found = personal_numbers.canonical(org_number) or ""
    return found if found and not found.isdigit() else ""


def _digest(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest())[:11].decode().lower()


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
