"""A finding's `when` is read by a closed grammar; its text never becomes SQL."""

from __future__ import annotations

from decimal import Decimal

import pytest

from compliance.conditions import read_condition
from compliance.errors import RuleError

COLUMNS = ("state", "days_past_end", "amount_sek", "is_person", "contract_ref")


def read(when: str, **parameters: object) -> tuple[str, dict[str, object]]:
    condition = read_condition(when, COLUMNS, parameters, "rules/findings/x.toml")
    return condition.sql, dict(condition.parameters)


def test_every_literal_travels_as_a_parameter() -> None:
    assert read("state = 'ex''pired' and days_past_end > $grace", grace=30) == (
        '("state" = $value_1 and "days_past_end" > $grace)',
        {"grace": 30, "value_1": "ex'pired"},
    )


def test_and_binds_closer_than_or() -> None:
    sql, _ = read("is_person or state = 'a' and amount_sek >= 1.5")
    assert sql == '("is_person" or "state" = $value_0 and "amount_sek" >= $value_1)'


def test_in_between_null_and_not_are_said_in_full() -> None:
    sql, values = read(
        "not (contract_ref is null) and state not in ('a', 'b') and amount_sek between 1 and 2 + 3"
    )
    assert sql == (
        '(not (("contract_ref" is null)) and "state" not in ($value_0, $value_1)'
        ' and "amount_sek" between $value_2 and $value_3 + $value_4)'
    )
    assert values["value_3"] == Decimal(2)


@pytest.mark.parametrize(
    "when",
    [
        "1=1; drop table purchases",
        "amount_sek > (select 1)",
        "read_text('/etc/passwd') = 'x'",
        "state = 'a' -- comment",
        "state = 'a' /* c */",
        "purchases.state = 'a'",
        '"state" = 1',
        "state like 'a%'",
        "state =",
        "(state = 'a'",
        "state = 'a')",
        "sate = 'a'",
        "$unknown = 1",
        "",
        "(" * 1000 + "is_person",
        "amount_sek > " + "1 + " * 600 + "1",
    ],
)
def test_whatever_is_beyond_the_grammar_is_refused(when: str) -> None:
    with pytest.raises(RuleError) as refused:
        read(when)
    assert refused.value.fix


def test_a_misspelt_column_is_told_the_nearest_one() -> None:
    with pytest.raises(RuleError, match="names no column: sate") as refused:
        read("sate = 'a'")
    assert refused.value.fix == "did you mean `state`?"
