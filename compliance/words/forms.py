"""How are numbers, kronor, shares and dates written for a reader?

Swedish: `1 234,5`, `642 tkr`, `3,2 mnkr`, `12,9 %`, `3 november 2026`. English: `1,234.5`,
`SEK 642k`, `SEK 3.2m`, `12.9%`, `3 November 2026`. Halves are rounded away from zero before
anything is written, a minus is U+2212 and a blank inside a figure never breaks (U+00A0).

Sources: Språkrådet, Frågelådan (tkr, mnkr, mdkr; blank before %), CLDR for months. CLDR's compact
kronor ("mn kr") are not used, because no municipality writes so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Language = Literal["sv", "en"]
Number = Decimal | int | float

NBSP = "\u00a0"
MINUS = "\u2212"
NONE = "–"

_MONTHS = {
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "January February March April May June July August September October November December",
}
# From this size on, an amount is written in the next larger unit.
_KRONOR = {
    "sv": ((Decimal(10) ** 9, "mdkr"), (Decimal(10) ** 6, "mnkr"), (Decimal(1000), "tkr")),
    "en": ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "m"), (Decimal(1000), "k")),
}


def rounded(value: Number, digits: int = 0) -> Decimal:
    """Round half away from zero; a float is read by its shortest decimal form."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Forms:
    """The forms of one language. Every method writes an en dash for None."""

    language: Language

    def number(self, value: Number | None, digits: int = 0) -> str:
        """Write a plain number with grouped thousands."""
        if value is None:
            return NONE
        exact = rounded(value, digits)
        text = f"{abs(exact):,.{digits}f}"
        if self.language == "sv":
            text = text.replace(",", NBSP).replace(".", ",")
        return (MINUS if exact < 0 else "") + text

    def thousands(self, amount_sek: Number | None) -> str:
        """Write an amount in whole thousands, bare: its table's head says the unit."""
        return NONE if amount_sek is None else self.number(_exact(amount_sek) / 1000)

    def kronor(self, amount_sek: Number | None) -> str:
        """Write an amount for running text, in the unit that leaves one to three digits."""
        if amount_sek is None:
            return NONE
        exact = _exact(amount_sek)
        for size, unit in _KRONOR[self.language]:
            digits = 0 if size == 1000 else 1
            # Rounded first: 999 600 kr are 1,0 mnkr, not 1 000 tkr.
            if abs(rounded(exact / (size / 1000))) >= 1000:
                return self._with_unit(self.number(exact / size, digits), unit)
        return self._with_unit(self.number(exact), "kr" if self.language == "sv" else "")

    def _with_unit(self, figure: str, unit: str) -> str:
        if self.language == "sv":
            return f"{figure}{NBSP}{unit}"
        sign, digits = (MINUS, figure[1:]) if figure.startswith(MINUS) else ("", figure)
        return f"{sign}SEK{NBSP}{digits}{unit}"

    @property
    def unit(self) -> str:
        """Return the unit of `thousands`, for a table's head."""
        return "tkr" if self.language == "sv" else f"SEK{NBSP}k"

    def percent(self, share: Number | None, digits: int = 1) -> str:
        """Write a share 0..1 in per cent."""
        if share is None:
            return NONE
        figure = self.number(_exact(share) * 100, digits)
        return figure + (f"{NBSP}%" if self.language == "sv" else "%")

    def goal(self, share: Number | None) -> str:
        """Write a target in per cent, without decimals when it has none."""
        if share is None:
            return NONE
        return self.percent(share, 0 if _exact(share) * 100 % 1 == 0 else 1)

    def points(self, difference: Number | None) -> str:
        """Write a difference of two shares in percentage points, unsigned and bare."""
        return NONE if difference is None else self.number(abs(_exact(difference)) * 100, 1)

    def change(self, difference: Number | None) -> str:
        """Write a difference of two shares with its direction as a sign, never as a colour."""
        if difference is None:
            return NONE
        points = rounded(_exact(difference) * 100, 1)
        arrow = "▲" if points > 0 else "▼" if points < 0 else "■"
        return f"{arrow}{NBSP}{self.number(abs(points), 1)}"

    def day(self, day: date | None) -> str:
        """Write a date for running text."""
        if day is None:
            return NONE
        return f"{day.day}{NBSP}{self.month(day)} {day.year}"

    def iso(self, day: date | None) -> str:
        """Write a date for a table."""
        return NONE if day is None else day.isoformat()

    def month(self, day: date) -> str:
        """Write a month's name."""
        return _MONTHS[self.language].split()[day.month - 1]

    def month_short(self, day: date) -> str:
        """Write the first three letters of a month's name."""
        return self.month(day)[:3]

    def month_year(self, day: date) -> str:
        """Write a month with its year."""
        return f"{self.month(day)} {day.year}"

    def fiscal_year(self, day: date, start_month: int) -> str:
        """Write the fiscal year of a day: one year, or both that it lies in."""
        if start_month == 1:
            return str(day.year)
        first = day.year - (1 if day.month < start_month else 0)
        return f"{first}/{first + 1}"

    def listing(self, names: list[str]) -> str:
        """Join names as a sentence does: a, b and c."""
        if len(names) < 2:
            return "".join(names)
        joint = "och" if self.language == "sv" else "and"
        return f"{', '.join(names[:-1])} {joint} {names[-1]}"

    def listing_or(self, names: list[str]) -> str:
        """Join choices as a sentence does: a, b or c."""
        if len(names) < 2:
            return "".join(names)
        joint = "eller" if self.language == "sv" else "or"
        return f"{', '.join(names[:-1])} {joint} {names[-1]}"


def _exact(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))
