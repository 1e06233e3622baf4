"""Small worlds to test in: every input table, empty, and rows drawn as text.

A world has sane rules (category = the account's first two digits, tail 30 days, all switches at
their defaults) until a test draws others. What a test does not draw, nobody needs to read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from compliance import building, database

_DATES = "valid_from date, valid_to date"
INPUTS = {
    "input_postings": (
        "line_id bigint, file_id varchar, file_row integer, voucher_no varchar,"
        " invoice_no varchar, order_date date, delivery_date date, invoice_date date,"
        " booking_date date, buyer_id varchar, buyer_name varchar, vendor_name varchar,"
        " vendor_number varchar, org_number varchar, account_code varchar, account_name varchar,"
        " counterparty_code varchar, unit varchar, amount_sek decimal(18, 2),"
        " contract_ref varchar, order_ref varchar, ground varchar, text varchar"
    ),
    "input_rejected": (
        'file_id varchar, file_row integer, "column" varchar, reason varchar, raw varchar,'
        " amount_sek decimal(18, 2)"
    ),
    "input_source_files": (
        "file_id varchar, path varchar, sha256 varchar, source varchar, rows_read bigint,"
        " rows_loaded bigint, rows_rejected bigint, loaded_sek decimal(18, 2),"
        " rejected_sek decimal(18, 2), first_date date, last_date date, notes varchar,"
        " replaced_paths varchar, left_out_rows bigint, left_out_sek decimal(18, 2)"
    ),
    "input_invoices": (
        "supplier_org_number varchar, invoice_no varchar, invoice_date date, delivery_date date,"
        " contract_ref varchar, order_ref varchar, amount_sek decimal(18, 2), path varchar"
    ),
    "input_sie": (
        "month date, account_code varchar, account_name varchar, amount_sek decimal(18, 2),"
        " path varchar"
    ),
    "input_reported": (
        "period date, reported_share double, reported_uncovered_sek decimal(18, 2),"
        " reported_volume_sek decimal(18, 2), rules_digest varchar, inputs_digest varchar,"
        " closed_at timestamp"
    ),
    "input_sie_aside": "path varchar, file_row integer, reason varchar",
    "input_orders": (
        "order_id varchar, order_date date, vendor_name varchar, org_number varchar, unit varchar,"
        " category_code varchar, amount_sek decimal(18, 2), contract_id varchar"
    ),
    "input_vendors": (
        "vendor_id varchar, vendor_name varchar, org_number varchar, is_person boolean,"
        " person_class varchar, is_merged boolean, is_usable boolean"
    ),
    "input_vendor_keys": (
        "vendor_name varchar, org_number varchar, vendor_number varchar, vendor_id varchar"
    ),
    "input_vendor_protected": "vendor_id varchar, org_number varchar",
    "input_vendor_matches": (
        "vendor_id varchar, supplier_id varchar, outcome varchar, method varchar,"
        " probability double, evidence varchar"
    ),
    "input_vendor_identities": (
        f"vendor_id varchar, supplier_id varchar, {_DATES}, method varchar"
    ),
    "input_vendor_reviews": f"vendor_id varchar, supplier_id varchar, {_DATES}",
    "input_vendor_rejections": f"vendor_id varchar, {_DATES}",
    "input_match_candidates": (
        "vendor_id varchar, position integer, supplier_id varchar, probability double,"
        " evidence varchar"
    ),
    "input_masks": "field varchar, value varchar, masked varchar",
    "input_suppliers": (
        "supplier_id varchar, supplier_name varchar, org_number varchar, is_person boolean"
    ),
    "input_contracts": (
        "contract_id varchar, lot varchar, title varchar, kind varchar, valid_from date,"
        " valid_to date, extended_to date, max_end date, notice_date date, last_day date,"
        " ceiling_sek decimal(18, 2), reference varchar, owner varchar, replaces varchar,"
        " register_path varchar, register_row integer"
    ),
    "input_contract_parties": (
        "contract_id varchar, lot varchar, supplier_id varchar, rank integer"
    ),
    "input_contract_scopes": ("contract_id varchar, lot varchar, scheme varchar, prefix varchar"),
    "input_contract_units": "contract_id varchar, lot varchar, unit varchar",
    "input_register_hygiene": (
        'contract_id varchar, lot varchar, "row" integer, "check" varchar, message varchar,'
        " severity varchar, path varchar"
    ),
    "input_decisions": (
        "decision_row integer, decided_on date, decided_by varchar, subject varchar, key varchar,"
        " decision varchar, supplier_org_number varchar, contract_id varchar,"
        f" {_DATES}, note varchar, contested_by_row integer"
    ),
    "input_replaced_decisions": (
        "decision_row integer, decided_on date, decided_by varchar, subject varchar, key varchar,"
        " decision varchar, supplier_org_number varchar, contract_id varchar,"
        f" {_DATES}, note varchar, contested_by_row integer"
    ),
    "input_build": (
        "as_of date, built_at timestamp, version varchar, rules_digest varchar,"
        " inputs_digest varchar, organisation varchar, smallest_group bigint"
    ),
    "rule_policy": (
        "out_of_scope_counts_as varchar, direct_award_counts_as varchar, tail_days integer,"
        " date_basis varchar, closing_lag_days integer, fiscal_year_start_month integer,"
        " baseline_year integer, baseline_share double, baseline_uncovered_sek decimal(18, 2),"
        " warn_low double, warn_high double"
    ),
    "rule_targets": "year integer, target_share double",
    "rule_exclusions": (
        "exclusion_id varchar, position integer, title varchar, title_sv varchar, why varchar,"
        f" source varchar, {_DATES}"
    ),
    "rule_exclusion_tests": (
        "exclusion_id varchar, alternative integer, field varchar, value varchar"
    ),
    "rule_categories": (
        "category_code varchar, cpv varchar, name_sv varchar, name_en varchar, procurable boolean,"
        " limit_kind varchar"
    ),
    "rule_category_accounts": f"account_prefix varchar, category_code varchar, {_DATES}",
    "rule_units": f"unit varchar, department varchar, {_DATES}",
    "rule_former_names": "department varchar, former_name varchar",
    "rule_limits": (
        f"kind varchar, amount_sek decimal(18, 2), is_above boolean, is_verified boolean, {_DATES}"
    ),
    "input_tenders": (
        "procurement_id varchar, category_code varchar, published date, awarded date,"
        " lots integer, tenders integer, local_tenders integer, sme_tenders integer"
    ),
}
# The models this file's owner answers for: what coverage and the figures need, and no more.
FIGURES = (
    "coverage", "purchases", "contracts", "kpi_monthly", "kpi_yearly", "kpi_rolling_12",
    "kpi_department_monthly", "kpi_department_yearly", "kpi_category_yearly", "data_quality",
    "source_files", "rejected_rows", "build_info", "decisions", "contract_parties",
    "contract_units", "register_hygiene", "match_candidates", "suppliers", "kpi_change_yearly",
)  # fmt: skip

# Read by every test that draws no other: lot '', kind contract, open term, a vendor a supplier.
DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "input_contracts": {
        "lot": "",
        "kind": "contract",
        "valid_from": "2024-01-01",
        "valid_to": "2024-12-31",
    },
    "input_contract_parties": {"lot": ""},
    "input_contract_scopes": {"lot": ""},
    "input_contract_units": {"lot": ""},
    "input_postings": {
        "file_id": "F",
        "account_code": "6500",
        "unit": "School",
        "amount_sek": "100",
    },
    "input_decisions": {"subject": "line", "decided_on": "2025-01-01", "decided_by": "A"},
    "rule_limits": {"is_above": False, "is_verified": True},
    "rule_exclusions": {"position": 1},
    "rule_exclusion_tests": {"alternative": 1},
}


class World:
    """One municipality in memory; `draw` rows, then ask for what a model says of them."""

    def __init__(self, db: database.Database) -> None:
        self.db = db
        self.models = database.sql_files("models")

    def put(self, table: str, **row: object) -> None:
        """Add one row; a column that is not named has its default, or is null."""
        row = {**DEFAULTS.get(table, {}), **row}
        marks = ", ".join("?" for _ in row)
        names = ", ".join(f'"{name}"' for name in row)
        self.db.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))

    def put_all(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Add many rows of the same columns in one statement."""
        if rows:
            row_marks = "(" + ", ".join("?" for _ in {**DEFAULTS.get(table, {}), **rows[0]}) + ")"
            full = [{**DEFAULTS.get(table, {}), **row} for row in rows]
            names = ", ".join(f'"{name}"' for name in full[0])
            self.db.execute(
                f"insert into {table} ({names}) values {', '.join([row_marks] * len(full))}",
                [value for row in full for value in row.values()],
            )

    def draw(self, drawing: str) -> World:
        """Add drawn rows: a table's name, its columns, its rows; an empty line; the next table.

        An empty cell is null, `''` an empty text. A posting's vendor is its vendor_name: it is a
        vendor of that id. A party's supplier is the vendor of the same name, unless the world
        draws identities.
        """
        for part in drawing.strip().split("\n\n"):
            table, header, *body = (line.strip() for line in part.strip().splitlines())
            for line in body:
                self.put(table, **dict(zip(cells(header), map(_value, cells(line)), strict=True)))
        return self

    def build(self, *tables: str) -> None:
        """Build the tables asked for and all that they read."""
        self._complete()
        building.build(self.db, self.models, tables)

    def ask(self, table: str, header: str) -> list[tuple[str | None, ...]]:
        """Build a table; return some of its columns as text, in the order of its grain."""
        self.build(table)
        texts = ", ".join(f"cast({name} as varchar)" for name in cells(header))
        return self.db.execute(f"select {texts} from {table}").fetchall()

    def states(self) -> dict[str, str]:
        """Return {line_id: state}, or `state + state` for the parts of a posting that crosses."""
        found: dict[str, str] = {}
        for line_id, state in self.ask("coverage", "line_id | state"):
            found[str(line_id)] = (
                f"{found[str(line_id)]} + {state}" if str(line_id) in found else str(state)
            )
        return found

    def state(self) -> str:
        """Return the state of the only posting."""
        (state,) = self.states().values()
        return state

    def hold(self) -> None:
        """Build the figures and all that a check reads, and run every check."""
        checks = database.sql_files("checks")
        read = set(building.build_order({**self.models, **checks}, checks)) - checks.keys()
        self.build(*FIGURES, *sorted(read))
        database.hold(self.db, checks)

    def _complete(self) -> None:
        """Give what was not drawn its plainest form: vendors, identities, categories, policy."""
        for statement in _COMPLETE:
            self.db.execute(statement)


_COMPLETE = (
    """insert into rule_policy
    select 'uncovered', 'covered', 30, 'order', 45, 1, 2022, 0.17, 100000000, 0.7, 0.9
    where not exists (from rule_policy)""",
    """insert into input_build
    select coalesce(max(coalesce(booking_date, invoice_date, order_date)), date '2024-12-31'),
        timestamp '2025-01-01 00:00:00', '0', 'r', 'i', 'Provköping', 5
    from input_postings having not exists (from input_build)""",
    """insert into rule_category_accounts
    select distinct left(account_code, 2), left(account_code, 2), null::date, null::date
    from input_postings
    where account_code is not null and not exists (from rule_category_accounts)""",
    """insert into input_vendors
    select distinct vendor_name, vendor_name, org_number, false, 'P0', false, true
    from input_postings
    where vendor_name is not null and not exists (from input_vendors)""",
    """insert into input_vendor_keys
    select distinct vendor_name, org_number, vendor_number, vendor_name
    from input_postings
    where vendor_name is not null and not exists (from input_vendor_keys)""",
    """insert into input_vendor_protected
    select vendor_id, org_number from input_vendors
    where not exists (from input_vendor_protected)""",
    """insert into input_suppliers
    select distinct supplier_id, supplier_id, null, false from input_contract_parties
    where not exists (from input_suppliers)""",
    """insert into input_vendor_identities
    select vendor_id, supplier_id, null, null, 'org_number'
    from input_vendors inner join input_suppliers on vendor_id = supplier_id
    where not exists (from input_vendor_identities)
        and not exists (from input_vendor_matches where outcome <> 'matched')""",
    """insert into input_vendor_matches
    select vendor_id, supplier_id, 'matched', method, 1, 'drawn' from input_vendor_identities
    where not exists (from input_vendor_matches)""",
    """insert into input_vendor_reviews
    select vendor_id, supplier_id, null, null from input_vendor_matches
    where outcome = 'review' and not exists (from input_vendor_reviews)""",
    """insert into input_source_files
    select file_id, file_id, '', 'drawn', count(*), count(*), 0, sum(amount_sek), 0,
        null, null, null, null, 0, 0
    from input_postings where not exists (from input_source_files) group by file_id""",
)


@contextmanager
def empty_world(folder: Path) -> Iterator[World]:
    """A world in which every input is there, and holds nothing."""
    with database.new_database(
        folder / "world.duckdb", folder / "spill", threads=1, memory_limit="500MB"
    ) as db:
        for name, columns in INPUTS.items():
            db.execute(f"create temp table {name} ({columns})")
        yield World(db)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def _value(cell: str) -> Any:
    return None if cell == "" else "" if cell == "''" else cell
