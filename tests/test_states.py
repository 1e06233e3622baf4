"""work_line_states, work_ceiling_runs and coverage alone: what they make of what others tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from compliance import database

MODELS = database.sql_files("models")
READ = {
    "work_lines": (
        "line_id bigint, vendor_no integer, purchase_date date, amount_sek decimal(18, 2),"
        " is_usable boolean, has_category boolean, unit_no integer, scope_no integer"
    ),
    "best_lots": (
        "line_id bigint, has_valid_contract boolean, is_matched boolean, contract_no integer,"
        " standing integer, is_named boolean, narrowness integer, review_contract_no integer,"
        " review_standing integer"
    ),
    "work_elsewhere": (
        "scope_no integer, unit_no integer, month_no integer, valid_from date, last_day date,"
        " choice bigint"
    ),
    "work_contracts": (
        "contract_no integer, contract_id varchar, shown_lot varchar, kind varchar,"
        " ceiling_sek decimal(18, 2)"
    ),
    "work_exempt_lines": "line_id bigint, exclusion_id varchar",
    "work_line_decisions": ("line_id bigint, state varchar, contract_no integer, is_named boolean"),
    "work_line_states": (
        "line_id bigint, vendor_no integer, purchase_date date, amount_sek decimal(18, 2),"
        " state varchar, contract_no integer, rule_id varchar, is_line_decided boolean,"
        " is_matched boolean, is_named boolean, is_scope_tested boolean,"
        " has_valid_contract boolean, review_contract_no integer, review_standing integer"
    ),
    "work_ceiling_runs": (
        "line_id bigint, scenario varchar, amount_sek decimal(18, 2), under_sek decimal(18, 2),"
        " before_sek decimal(18, 2)"
    ),
    "work_vendors": "vendor_id varchar, vendor_no integer",
    "input_vendor_identities": (
        "vendor_id varchar, supplier_id varchar, valid_from date, valid_to date, method varchar"
    ),
    "input_vendor_rejections": "vendor_id varchar, valid_from date, valid_to date",
    "rule_policy": "out_of_scope_counts_as varchar, direct_award_counts_as varchar",
}
# One row per posting, whether or not it has a lot.
WITH_LOTS = """
create view work_line_contracts as
select work_lines.*, contract_no, standing, is_named, narrowness,
    review_contract_no, review_standing,
    coalesce(has_valid_contract, false) as has_valid_contract,
    coalesce(is_matched, false) as is_matched,
from work_lines left join best_lots using (line_id)
"""
DAY = date(2024, 5, 17)
USUAL: dict[str, dict[str, object]] = {
    "work_lines": {
        "line_id": 1, "vendor_no": 10, "purchase_date": DAY, "amount_sek": 100, "is_usable": True,
        "has_category": True, "unit_no": 2, "scope_no": 30,
    },
    "best_lots": {
        "line_id": 1, "has_valid_contract": True, "is_matched": True, "contract_no": 7, "standing": 0, "is_named": False, "narrowness": 5,
    },
    "work_elsewhere": {
        "scope_no": 30, "unit_no": 0, "month_no": 2024 * 12 + 5, "valid_from": date(2024, 1, 1),
        "last_day": date(2024, 12, 31), "choice": 9,
    },
    "work_line_states": {
        "line_id": 1, "vendor_no": 10, "purchase_date": DAY, "amount_sek": 100,
        "state": "confirmed", "contract_no": 7, "is_line_decided": False, "is_matched": True,
        "is_named": False, "is_scope_tested": True, "has_valid_contract": True,
    },
    "work_ceiling_runs": {
        "line_id": 1, "scenario": "actual", "amount_sek": 100, "under_sek": 60, "before_sek": 500,
    },
    "input_vendor_identities": {"vendor_id": "V", "method": "decision"},
    "input_vendor_rejections": {"vendor_id": "V"},
}  # fmt: skip


class Tables:
    """What the model reads, and what it makes of it."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self.db = db
        db.execute("insert into work_vendors values ('V', 10), ('W', 11)")
        db.execute("insert into rule_policy values ('uncovered', 'covered')")
        db.execute("insert into work_contracts values (7, 'A', 'L', 'contract', null)")

    def put(self, table: str, **changed: object) -> Tables:
        row = {**USUAL.get(table, {}), **changed}
        marks = ", ".join("?" for _ in row)
        self.db.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", [*row.values()])
        return self

    def of(self, model: str, columns: str) -> list[tuple[Any, ...]]:
        asked = f"select {columns} from ({MODELS[model]}) as made order by all"
        return self.db.execute(asked).fetchall()


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as db:
        for name, columns in READ.items():
            db.execute(f"create table {name} ({columns})")
        db.execute(WITH_LOTS)
        yield db


@pytest.fixture
def tables(empty: duckdb.DuckDBPyConnection) -> Iterator[Tables]:
    empty.begin()
    yield Tables(empty)
    empty.rollback()


# ── work_line_states ───────────────────────────────────────────────────────────


def state(tables: Tables) -> tuple[Any, ...]:
    (row,) = tables.of("work_line_states", "state, contract_no, is_scope_tested")
    return row


@pytest.mark.parametrize(
    ("standing", "is_named", "narrowness", "said"),
    [
        (0, True, 101, ("confirmed", 7, True)),
        (0, False, 5, ("confirmed", 7, True)),
        (0, False, 102, ("confirmed", 7, True)),
        (0, False, 101, ("supplier_only", 7, False)),
        (1, False, 5, ("tail", 7, True)),
        (2, False, 5, ("not_entitled", 7, True)),
        (3, False, 5, ("out_of_scope", 7, True)),
        (4, False, 5, ("expired", 7, True)),
        (5, False, 101, ("not_started", 7, False)),
        (5, True, 101, ("not_started", 7, True)),
    ],
)
def test_each_standing_is_a_state(
    tables: Tables, standing: int, is_named: bool, narrowness: int, said: tuple[object, ...]
) -> None:
    tables.put("work_lines").put(
        "best_lots", standing=standing, is_named=is_named, narrowness=narrowness
    )
    assert state(tables) == said


@pytest.mark.parametrize(("standing", "said"), [(0, "direct_award"), (1, "tail")])
def test_a_direct_award_is_one_while_it_is_valid(tables: Tables, standing: int, said: str) -> None:
    tables.db.execute("update work_contracts set kind = 'direct_award'")
    tables.put("work_lines").put("best_lots", standing=standing)
    assert state(tables)[0] == said


@pytest.mark.parametrize("has_category", [False, True])
def test_without_any_standing_there_is_no_contract(tables: Tables, has_category: bool) -> None:
    tables.put("work_lines", has_category=has_category)
    assert state(tables) == ("no_contract", None, has_category)
    told = tables.of("work_line_states", "is_matched, is_named, has_valid_contract")
    assert told == [(False, False, False)]


def test_what_the_posting_and_the_standing_say_is_told_on(tables: Tables) -> None:
    tables.put("work_lines").put("best_lots", is_named=True)
    told = "line_id, vendor_no, purchase_date, amount_sek, is_matched, is_named, rule_id"
    assert tables.of("work_line_states", told) == [(1, 10, DAY, 100, True, True, None)]
    flags = "has_valid_contract, is_line_decided, review_contract_no, review_standing"
    assert tables.of("work_line_states", flags) == [(True, False, None, None)]


@pytest.mark.parametrize(
    ("elsewhere", "found"),
    [
        ({}, 9),
        ({"choice": 3 * 16_777_216 + 9}, 9),
        ({"choice": 16_777_215}, 16_777_215),
        ({"valid_from": DAY, "last_day": DAY}, 9),
        ({"valid_from": date(2024, 5, 18)}, None),
        ({"last_day": date(2024, 5, 16)}, None),
        ({"month_no": 2024 * 12 + 4}, None),
        ({"scope_no": 31}, None),
        ({"unit_no": 2}, 9),
        ({"unit_no": 1}, None),
        ({"unit_no": 2, "valid_from": DAY, "last_day": DAY}, 9),
        ({"unit_no": 2, "valid_from": date(2024, 5, 18)}, None),
        ({"unit_no": 2, "last_day": date(2024, 5, 16)}, None),
        ({"unit_no": 2, "month_no": 2024 * 12 + 4}, None),
        ({"unit_no": 2, "scope_no": 31}, None),
    ],
)
def test_anothers_contract_covers_what_it_holds_for_on_that_day(
    tables: Tables, elsewhere: dict[str, object], found: int | None
) -> None:
    tables.put("work_lines").put("work_elsewhere", **elsewhere)
    if found is None:
        assert state(tables) == ("no_contract", None, True)
    else:
        assert state(tables) == ("covered_elsewhere", found, True)


def test_the_first_unit_may_have_a_contract_of_its_own_too(tables: Tables) -> None:
    tables.put("work_lines", unit_no=1).put("work_elsewhere", unit_no=1)
    assert state(tables) == ("covered_elsewhere", 9, True)


@pytest.mark.parametrize(("for_all", "for_this"), [(8, 9), (9, 8)])
def test_of_two_contracts_of_others_the_smaller_choice_counts(
    tables: Tables, for_all: int, for_this: int
) -> None:
    tables.put("work_lines").put("work_elsewhere", choice=for_all)
    tables.put("work_elsewhere", unit_no=2, choice=for_this)
    assert state(tables) == ("covered_elsewhere", 8, True)


@pytest.mark.parametrize(
    ("standing", "said"),
    [(1, ("tail", 7, True)), (4, ("superseded", 9, True)), (5, ("not_started", 7, True))],
)
def test_anothers_contract_counts_beside_an_expired_one_only(
    tables: Tables, standing: int, said: tuple[object, ...]
) -> None:
    tables.put("work_lines").put("best_lots", standing=standing).put("work_elsewhere")
    assert state(tables) == said


def test_what_supersedes_was_tested_whatever_the_ended_contract_tells(tables: Tables) -> None:
    tables.put("work_lines").put("best_lots", standing=4, narrowness=101).put("work_elsewhere")
    assert state(tables) == ("superseded", 9, True)


def test_a_matched_vendor_without_a_contract_may_be_covered_elsewhere(tables: Tables) -> None:
    none = dict.fromkeys(("standing", "contract_no", "is_named", "narrowness"))
    tables.put("work_lines").put("best_lots", **none).put("work_elsewhere")
    assert state(tables) == ("covered_elsewhere", 9, True)


def test_a_match_in_review_decides_nothing_and_is_told_beside(tables: Tables) -> None:
    none = dict.fromkeys(("standing", "contract_no", "is_named", "narrowness"))
    tables.put("work_lines", has_category=False)
    tables.put("best_lots", **none, review_contract_no=7, review_standing=3)
    assert state(tables) == ("no_contract", None, False)
    told = tables.of("work_line_states", "review_contract_no, review_standing, is_named")
    assert told == [(7, 3, False)]
    tables.put("work_elsewhere")
    assert state(tables) == ("covered_elsewhere", 9, True)


def test_without_a_usable_vendor_a_posting_is_unidentified(tables: Tables) -> None:
    tables.put("work_lines", is_usable=False).put("best_lots")
    assert state(tables) == ("unidentified", None, False)


def test_an_exempt_posting_has_its_exclusion_and_nothing_else(tables: Tables) -> None:
    tables.put("work_lines", is_usable=False).put("best_lots", is_named=True)
    tables.put("work_exempt_lines", line_id=1, exclusion_id="E")
    assert state(tables) == ("exempt", None, False)
    told = "rule_id, is_named, has_valid_contract, review_contract_no"
    assert tables.of("work_line_states", told) == [("E", False, False, None)]


@pytest.mark.parametrize("is_review", [False, True])
@pytest.mark.parametrize(
    ("decided", "rule", "is_valid"),
    [("confirmed", None, True), ("unidentified", None, True), ("exempt", "decision", False)],
)
def test_a_decision_on_the_posting_goes_before_all(
    tables: Tables, decided: str, rule: str | None, is_valid: bool, is_review: bool
) -> None:
    tables.put("work_lines", is_usable=False)
    review = {"review_contract_no": 7, "review_standing": 0} if is_review else {}
    tables.put("best_lots", is_named=True, **review)
    tables.put("work_exempt_lines", line_id=1, exclusion_id="E")
    tables.put("work_line_decisions", line_id=1, state=decided, contract_no=5)
    assert state(tables) == (decided, 5, decided == "confirmed")
    told = (
        "is_line_decided, rule_id, is_named, has_valid_contract, review_contract_no,"
        " review_standing"
    )
    assert tables.of("work_line_states", told) == [(True, rule, False, is_valid, None, None)]


@pytest.mark.parametrize("is_named", [False, True])
def test_whether_the_name_holds_is_the_decisions_to_say(tables: Tables, is_named: bool) -> None:
    tables.put("work_lines").put("best_lots", is_named=not is_named)
    tables.put("work_line_decisions", line_id=1, state="confirmed", is_named=is_named)
    assert tables.of("work_line_states", "is_named") == [(is_named,)]


def test_what_is_said_of_one_posting_is_said_of_no_other(tables: Tables) -> None:
    tables.put("work_lines", line_id=2, is_usable=True)
    tables.put("work_exempt_lines", line_id=1, exclusion_id="E").put("best_lots")
    tables.put("work_line_decisions", line_id=3, state="confirmed", contract_no=5)
    assert state(tables) == ("no_contract", None, True)


# ── work_ceiling_runs ──────────────────────────────────────────────────────────

RUN = "line_id, amount_sek, before_sek, after_sek, under_sek"


def under_a_ceiling(tables: Tables, *lines: dict[str, object], ceiling: int = 100) -> Tables:
    """These postings, in the order told, on a lot with this ceiling."""
    tables.db.execute("update work_contracts set ceiling_sek = ?", [ceiling])
    for number, changed in enumerate(lines, 1):
        tables.put("work_line_states", **{"line_id": number, **changed})
    return tables


def actual(tables: Tables, columns: str = RUN) -> list[tuple[Any, ...]]:
    runs = tables.of("work_ceiling_runs", f"scenario, {columns}")
    return [row[1:] for row in runs if row[0] == "actual"]


def test_what_lies_under_a_ceiling_is_reckoned_posting_by_posting(tables: Tables) -> None:
    amounts = (80, 50, -20, -50, 10)
    under_a_ceiling(tables, *({"amount_sek": amount} for amount in amounts))
    assert actual(tables) == [
        (1, 80, 0, 80, 80),
        (2, 50, 80, 130, 20),
        (3, -20, 130, 110, 0),
        (4, -50, 110, 60, -40),
        (5, 10, 60, 70, 10),
    ]
    told = "contract_no, purchase_date, ceiling_sek"
    assert set(actual(tables, told)) == {(7, DAY, 100)}


def test_the_amounts_of_a_run_have_two_decimals(tables: Tables) -> None:
    under_a_ceiling(tables, {})
    names = ("before_sek", "after_sek", "under_sek", "ceiling_sek")
    types = ", ".join(f"typeof({name})" for name in names)
    assert actual(tables, types) == [("DECIMAL(18,2)",) * 4]


def test_postings_run_by_their_day_and_then_their_number(tables: Tables) -> None:
    days = (date(2024, 5, 18), DAY, DAY)
    under_a_ceiling(tables, *({"purchase_date": day} for day in days))
    assert actual(tables, "line_id, before_sek") == [(1, 200), (2, 0), (3, 100)]


def test_each_lot_is_run_by_itself_and_one_without_a_ceiling_is_not(tables: Tables) -> None:
    under_a_ceiling(tables, {}, {"contract_no": 8}, {"contract_no": 9})
    tables.put("work_contracts", contract_no=8, ceiling_sek=50).put("work_contracts", contract_no=9)
    assert actual(tables, "line_id, contract_no, before_sek, under_sek") == [
        (1, 7, 0, 100), (2, 8, 0, 50),
    ]  # fmt: skip


def test_only_what_was_called_off_counts(tables: Tables) -> None:
    states = ("confirmed", "supplier_only", "direct_award", "tail", "expired", "out_of_scope")
    under_a_ceiling(tables, *({"state": said} for said in states))
    assert [line for (line,) in actual(tables, "line_id")] == [1, 2, 3, 4]


def test_what_was_decided_counts_and_is_not_parted(tables: Tables) -> None:
    under_a_ceiling(tables, {}, {"is_line_decided": True}, {})
    assert actual(tables, "line_id, before_sek, under_sek") == [
        (1, 0, 100), (2, 100, 100), (3, 200, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(("standing", "adds"), [(0, True), (1, True), (2, False), (None, False)])
def test_in_review_the_postings_that_open_matches_would_add_run_too(
    tables: Tables, standing: int | None, adds: bool
) -> None:
    added = {"state": "no_contract", "contract_no": None, "review_contract_no": 7}
    under_a_ceiling(tables, {}, {**added, "review_standing": standing}, {})
    runs = tables.of("work_ceiling_runs", "scenario, line_id, contract_no, before_sek")
    plain = [("actual", 1, 7, 0), ("actual", 3, 7, 100)]
    review = [("review", 1, 7, 0), ("review", 2, 7, 100), ("review", 3, 7, 200)]
    assert runs == plain + (review if adds else [])


def test_in_review_a_lot_that_no_match_would_add_to_is_not_run_again(tables: Tables) -> None:
    tables.put("work_contracts", contract_no=8, ceiling_sek=50)
    added = {"state": "no_contract", "contract_no": None, "review_contract_no": 8}
    under_a_ceiling(
        tables, {}, {**added, "review_standing": 0}, {"contract_no": 8, "state": "expired"}
    )
    runs = (
        tables.of("work_ceiling_runs", "scenario, line_id, purchase_date, is_decided_or_not")
        if False
        else tables.of("work_ceiling_runs", "scenario, line_id")
    )
    assert runs == [("actual", 1), ("review", 2)]


def test_equal_open_matches_add_a_lots_postings_once(tables: Tables) -> None:
    added = {"state": "no_contract", "contract_no": None, "review_contract_no": 7}
    under_a_ceiling(tables, {}, *({**added, "review_standing": n} for n in (0, 0)))
    runs = tables.of("work_ceiling_runs", "scenario, line_id")
    assert runs == [("actual", 1), ("review", 1), ("review", 2), ("review", 3)]


# ── coverage ───────────────────────────────────────────────────────────────────

PARTS = "part, state, amount_sek"


def test_a_posting_under_no_ceiling_is_one_part_as_it_stands(tables: Tables) -> None:
    tables.put("work_line_states", rule_id="R", is_named=True)
    assert tables.of("coverage", PARTS) == [(1, "confirmed", 100)]
    told = (
        "line_id, contract_id, lot, rule_id, is_named, is_scope_tested, has_valid_contract,"
        " is_decided, called_off_before_sek"
    )
    assert tables.of("coverage", told) == [(1, "A", "L", "R", True, True, True, False, None)]


@pytest.mark.parametrize(
    ("amount", "under", "parts"),
    [
        (100, 100, [(1, "confirmed", 100)]),
        (100, 0, [(1, "ceiling_exceeded", 100)]),
        (1, 0, [(1, "ceiling_exceeded", 1)]),
        (0, 0, [(1, "confirmed", 0)]),
        (100, 60, [(1, "confirmed", 60), (2, "ceiling_exceeded", 40)]),
        (2, 1, [(1, "confirmed", 1), (2, "ceiling_exceeded", 1)]),
        (-100, -60, [(1, "confirmed", -60), (2, "ceiling_exceeded", -40)]),
    ],
)
def test_a_ceiling_parts_a_posting_where_it_is_reached(
    tables: Tables, amount: int, under: int, parts: list[tuple[object, ...]]
) -> None:
    tables.put("work_line_states", amount_sek=amount)
    tables.put("work_ceiling_runs", amount_sek=amount, under_sek=under)
    assert tables.of("coverage", PARTS) == parts
    assert set(tables.of("coverage", "called_off_before_sek, contract_id")) == {(500, "A")}


@pytest.mark.parametrize("changed", [{"scenario": "review"}, {"line_id": 2}])
def test_a_ceiling_of_another_scenario_or_posting_parts_nothing(
    tables: Tables, changed: dict[str, object]
) -> None:
    tables.put("work_line_states").put("work_ceiling_runs", **changed)
    assert tables.of("coverage", PARTS) == [(1, "confirmed", 100)]


def test_equal_postings_stay_two(tables: Tables) -> None:
    for line_id in (1, 2):
        tables.put("work_line_states", line_id=line_id).put("work_ceiling_runs", line_id=line_id)
    assert [row[0] for row in tables.of("coverage", "line_id")] == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("said", "side"),
    [
        ("exempt", "exempt"), ("confirmed", "covered"), ("supplier_only", "covered"),
        ("tail", "covered"), ("expired", "uncovered"), ("direct_award", "D"),
        ("out_of_scope", "O"), ("no_contract", "uncovered"),
    ],
)  # fmt: skip
def test_the_side_is_the_states_or_the_policys(tables: Tables, said: str, side: str) -> None:
    tables.db.execute(
        "update rule_policy set out_of_scope_counts_as = 'O', direct_award_counts_as = 'D'"
    )
    tables.put("work_line_states", state=said, contract_no=None)
    assert tables.of("coverage", "state, side, contract_id") == [(said, side, None)]


def test_the_amount_and_the_part_have_the_published_types(tables: Tables) -> None:
    tables.put("work_line_states")
    types = tables.of("coverage", "typeof(amount_sek), typeof(part)")
    assert types == [("DECIMAL(18,2)", "INTEGER")]


def is_decided(tables: Tables) -> bool:
    (row,) = tables.of("coverage", "is_decided")
    return bool(row[0])


@pytest.mark.parametrize(
    ("identity", "decided"),
    [
        ({}, True),
        ({"valid_from": DAY, "valid_to": DAY}, True),
        ({"valid_from": date(2024, 5, 18)}, False),
        ({"valid_to": date(2024, 5, 16)}, False),
        ({"method": "org_number"}, False),
        ({"vendor_id": "W"}, False),
    ],
)
def test_a_posting_is_decided_while_a_decision_says_who_its_vendor_is(
    tables: Tables, identity: dict[str, object], decided: bool
) -> None:
    tables.put("work_line_states").put("input_vendor_identities", **identity)
    assert is_decided(tables) is decided


def test_one_decision_among_a_vendors_identities_is_enough(tables: Tables) -> None:
    tables.put("work_line_states").put("input_vendor_identities", supplier_id="A")
    tables.put("input_vendor_identities", supplier_id="B", method="org_number")
    assert is_decided(tables)


@pytest.mark.parametrize(
    ("rejection", "decided"),
    [
        ({}, True),
        ({"valid_from": DAY, "valid_to": DAY}, True),
        ({"valid_from": date(2024, 5, 18)}, False),
        ({"valid_to": date(2024, 5, 16)}, False),
        ({"vendor_id": "W"}, False),
    ],
)
def test_a_posting_is_decided_while_a_decision_says_who_its_vendor_is_not(
    tables: Tables, rejection: dict[str, object], decided: bool
) -> None:
    tables.put("work_line_states").put("input_vendor_rejections", **rejection)
    assert is_decided(tables) is decided


@pytest.mark.parametrize("is_line_decided", [False, True])
def test_an_exempt_posting_is_decided_by_a_decision_on_itself_only(
    tables: Tables, is_line_decided: bool
) -> None:
    tables.put("work_line_states", state="exempt", is_line_decided=is_line_decided)
    tables.put("input_vendor_identities")
    assert is_decided(tables) is is_line_decided


def test_both_parts_of_a_posting_are_decided_by_who_its_vendor_is(tables: Tables) -> None:
    tables.put("work_line_states", is_named=True).put("work_ceiling_runs")
    told = "part, is_decided, is_named, is_scope_tested, has_valid_contract"
    assert tables.of("coverage", told) == [(n, False, True, True, True) for n in (1, 2)]
    tables.put("input_vendor_identities")
    assert tables.of("coverage", "part, is_decided") == [(1, True), (2, True)]
