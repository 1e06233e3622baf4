"""May a share be said?

One rule for every per cent of a report, chart and letter: of a tiny volume a share says more about
chance than about purchasing, and where credit notes outweigh what was bought on one side it is
below 0 or above 100 per cent. What may not be said is a dash; the kronor beside it stand. Knows no
words and no markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from compliance.report.sections import Row
from compliance.words.forms import Number

Share = TypeVar("Share", float, Decimal)

TINY_SEK = 50_000
_ROUNDING = 1e-9  # of a quotient of kronor

# The shares of a section's or a sheet's rows, and the kronor that each is a part of.
_PARTS_OF: Mapping[str, Mapping[str, str]] = {
    "trend": dict.fromkeys(
        ("uncovered_share", "uncovered_share_low", "uncovered_share_high"), "volume_sek"
    ),
    "units": {
        "uncovered_share": "volume_sek",
        "previous_share": "previous_volume_sek",
        "uncovered_12m_share": "volume_12m_sek",
    },
    "fidelity": dict.fromkeys(
        (
            "supplier_fidelity", "compliance_low", "compliance_high", "tested_share",
            "purchase_fidelity",
        ),
        "volume_sek",
    ),
    "local": {"local_share": "amount_sek"},
    "months": dict.fromkeys(
        ("uncovered_share", "uncovered_share_low", "uncovered_share_high"), "volume_sek"
    ),
}  # fmt: skip


def sayable(share: Share | None, volume_sek: Number | None) -> Share | None:
    """Return the share, or None where it may not be said.

    `volume_sek` is None where a workspace's own section does not give it.
    """
    if share is None or (volume_sek is not None and volume_sek < TINY_SEK):
        return None
    return share if -_ROUNDING <= share <= 1 + _ROUNDING else None


def share_of(part_sek: Decimal, volume_sek: Decimal) -> Decimal | None:
    """Return a part's share of a volume, or None where it may not be said."""
    return sayable(part_sek / volume_sek, volume_sek) if volume_sek > 0 else None


def with_shares_said(topic: str, rows: Sequence[Row]) -> list[Row]:
    """Return the section's, or the sheet's, rows without the shares that may not be said."""
    shares = _PARTS_OF.get(topic)
    if shares is None:
        return list(rows)
    return [
        {
            **row,
            **{name: sayable(row[name], row.get(of)) for name, of in shares.items() if name in row},
        }
        for row in rows
    ]
