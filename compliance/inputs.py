"""What does a build read? Everything, once, before anything is computed.

A build is a pure function of these; `whatif` and `calibrate` change one of them and run it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

import polars as pl

from compliance import __version__, history, match, persons
from compliance.decisions import read_decisions
from compliance.digests import inputs_digest
from compliance.holidays import public_holidays
from compliance.invoices import read_invoices
from compliance.ledger import LedgerFile, read_ledgers
from compliance.orders import read_orders
from compliance.person_key import key_of
from compliance.person_rules import PersonRules, read_person_rules
from compliance.register import Register, read_register
from compliance.rules import Rules, read_rules
from compliance.sie import read_sie, set_aside
from compliance.tenders import read_tenders
from compliance.vendors import person_answers
from compliance.workspace import Workspace

_MONEY = pl.Decimal(18, 2)
_FILES: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "file_id": pl.String,
    "path": pl.String,
    "sha256": pl.String,
    "source": pl.String,
    "rows_read": pl.Int64,
    "rows_loaded": pl.Int64,
    "rows_rejected": pl.Int64,
    "loaded_sek": _MONEY,
    "rejected_sek": _MONEY,
    "first_date": pl.Date,
    "last_date": pl.Date,
    "notes": pl.String,
    "replaced_paths": pl.String,
    "left_out_rows": pl.Int64,
    "left_out_sek": _MONEY,
}
_REPORTED: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "period": pl.Date,
    "reported_share": pl.Float64,
    "reported_uncovered_sek": _MONEY,
    "reported_volume_sek": _MONEY,
    "rules_digest": pl.String,
    "inputs_digest": pl.String,
    "closed_at": pl.Datetime("us"),
}


@dataclass(frozen=True)
class Inputs:
    """All that a build depends on, read and checked; frames have the names of their SQL tables."""

    workspace: Workspace
    rules: Rules
    key: bytes
    ledger: tuple[LedgerFile, ...]
    register: Register
    decisions: pl.DataFrame
    person_rules: PersonRules
    match_settings: match.Settings
    tables: Mapping[str, pl.DataFrame]
    digest: str
    built_at: datetime

    @property
    def as_of(self) -> date:
        """The data's last day: the models' only clock."""
        return max((file.last_date for file in self.ledger if file.last_date), default=date.min)

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return every table that the models read, but the postings, which stay in Parquet."""
        return {
            **self.rules.tables(),
            **self.register.tables(),
            "input_suppliers": self.shown_suppliers(self.known_suppliers()),
            **self.tables,
            "input_decisions": self.decisions,
            "input_source_files": source_files(self.ledger),
            "input_holidays": _holidays(self.ledger),
            "input_build": self._build(),
        }

    def known_suppliers(
        self, elsewhere: pl.Series | None = None, behind: frozenset[str] = frozenset()
    ) -> pl.DataFrame:
        """The register's suppliers in its order, with real names and what persons.classify says.

        `elsewhere` are the names of the ledger's persons, see persons.namesakes; `behind` are the
        supplier_ids of whom else is known to be one.
        """
        is_met = elsewhere is not None and persons.are_met(
            self._registered["vendor_name"], elsewhere
        )
        return self._classified(elsewhere, behind) if is_met or behind else self._registered

    @cached_property
    def _registered(self) -> pl.DataFrame:
        return self._classified(None)

    def _classified(
        self, elsewhere: pl.Series | None, behind: frozenset[str] = frozenset()
    ) -> pl.DataFrame:
        # The register keeps ten digits; that there were twelve says whose a mistyped number is.
        number, dated = pl.col("org_number"), sorted(self.register.dated_suppliers)
        twelve = pl.when(pl.col("supplier_id").is_in(dated)).then("19" + number).otherwise(number)
        suppliers = self.register.suppliers
        real = suppliers.select(org_number=twelve, vendor_name="supplier_name")
        answers = person_answers(self.decisions)
        if answers is not None or behind:
            about = suppliers.select("supplier_id", "org_number", "supplier_name").iter_rows()
            said = [
                "person" if one[0] in behind else answers(*one) if answers else None
                for one in about
            ]
            real = real.with_columns(person_decision=pl.Series(said, dtype=pl.String))
        return persons.classify(real, self.person_rules, self.key, elsewhere)

    def shown_suppliers(self, known: pl.DataFrame) -> pl.DataFrame:
        """The suppliers as they may be published: a person under its pseudonym."""
        return self.register.suppliers.with_columns(
            known["is_person"],
            supplier_name=known["shown_name"],
            org_number=known["shown_org_number"],
        )

    def _build(self) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "as_of": [self.as_of],
                "built_at": [self.built_at.replace(tzinfo=None)],
                "version": [__version__],
                "rules_digest": [self.rules.digest],
                "inputs_digest": [self.digest],
                "organisation": [self.workspace.settings.name],
                "smallest_group": [self.person_rules.smallest_group],
            }
        )


def read_inputs(workspace: Workspace) -> Inputs:
    """Read the whole workspace. Raises what its readers raise; publishes nothing."""
    rules = read_rules(workspace.rules)
    person_rules = read_person_rules(workspace.rules / "persons.toml")
    key = key_of(workspace.persons_key, person_rules)
    decisions = read_decisions(workspace)
    return Inputs(
        workspace=workspace,
        rules=rules,
        key=key,
        ledger=read_ledgers(workspace),
        register=read_register(workspace, rules, key),
        decisions=decisions.live,
        person_rules=person_rules,
        match_settings=match.read_settings(workspace.rules),
        tables={
            "input_replaced_decisions": decisions.replaced,
            "input_tenders": read_tenders(workspace, rules),
            "input_orders": read_orders(workspace, rules),
            "input_invoices": read_invoices(workspace),
            "input_sie": read_sie(workspace),
            "input_sie_aside": set_aside(workspace),
            "input_reported": _reported(history.read(workspace.history)),
        },
        digest=inputs_digest(workspace),
        built_at=datetime.now(UTC),
    )


def source_files(ledger: Sequence[LedgerFile]) -> pl.DataFrame:
    """Return input_source_files: a row per file, in its order."""
    rows = [
        [
            "; ".join(file.notes) or None if name == "notes" else getattr(file, name)
            for name in _FILES
        ]
        for file in ledger
    ]
    return pl.DataFrame(rows, schema=_FILES, orient="row")


def _holidays(ledger: Sequence[LedgerFile]) -> pl.DataFrame:
    days = [day for file in ledger for day in (file.first_date, file.last_date) if day]
    years = range(min(days).year, max(days).year + 1) if days else range(0)
    return pl.DataFrame(
        {"day": [day for year in years for day in public_holidays(year)]}, schema={"day": pl.Date}
    )


def _reported(closed: Sequence[history.ClosedMonth]) -> pl.DataFrame:
    rows = [
        (
            month.period,
            month.figures["uncovered_share"],
            month.figures["uncovered_sek"],
            month.figures["volume_sek"],
            month.rules_digest,
            month.inputs_digest,
            month.closed_at.replace(tzinfo=None),
        )
        for month in closed
    ]
    return pl.DataFrame(rows, schema=_REPORTED, orient="row")
