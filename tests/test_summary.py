"""What a run says of itself in a line is said of one thing as of many."""

from __future__ import annotations

from decimal import Decimal

import pytest

from compliance import summary
from compliance.errors import Place, counted
from compliance.review import Reviewed


@pytest.mark.parametrize(("number", "told"), [(0, "0 rows"), (1, "1 row"), (1234, "1,234 rows")])
def test_one_thing_is_not_told_in_the_plural(number: int, told: str) -> None:
    assert counted(number, "row") == told


def test_one_finding_and_one_action_are_one() -> None:
    assert summary.decided(lambda *_: [{"rows": 1}]) == "1 finding, 1 action in the plan"


def test_one_decision_is_one() -> None:
    told = str(Reviewed(({"subject": "line"},), (), known=0, empty=1))
    assert told == "1 decision added, 0 known before, 0 refused, 1 row without an answer"


@pytest.mark.parametrize(
    ("row", "contract", "told"),
    [
        (3, "", "info: contracts/a.xlsx, row 3: not read"),
        (3, None, "info: contracts/a.xlsx, row 3: not read"),
        (6, "IT-7", "info: contracts/a.xlsx, row 6, IT-7: not read"),
    ],
)
def test_a_fault_of_no_contract_leaves_no_gap(row: int, contract: str | None, told: str) -> None:
    fault = {
        "severity": "info", "check": "unknown_column", "path": "contracts/a.xlsx", "row": row,
        "contract_id": contract, "message": "not read", "amount": Decimal(0),
    }  # fmt: skip
    assert summary.faults([fault]) == [told]


def test_a_settings_file_has_keys_and_a_table_has_columns() -> None:
    assert str(Place("compliance.toml", column="replaces")) == "compliance.toml, key `replaces`"
    assert str(Place("ledger/a.csv", 2, "belopp")) == "ledger/a.csv, row 2, column `belopp`"
