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
        '("state" = $_value_1 and "days_past_end" > $grace)',
        {"grace": 30, "_value_1": "ex'pired"},
    )


def test_and_binds_closer_than_or() -> None:
    sql, _ = read("is_person or state = 'a' and amount_sek >= 1.5")
    assert sql == '("is_person" or "state" = $_value_0 and "amount_sek" >= $_value_1)'


def test_in_between_null_and_not_are_said_in_full() -> None:
    sql, values = read(
        "not (contract_ref is null) and state not in ('a', 'b') and amount_sek between 1 and 2 + 3"
    )
    assert sql == (
        '(not (("contract_ref" is null)) and "state" not in ($_value_0, $_value_1)'
        ' and "amount_sek" between $_value_2 and $_value_3 + $_value_4)'
    )
    assert values["_value_3"] == Decimal(2)


def test_a_negative_number_is_a_literal() -> None:
    sql, values = read("amount_sek < -5.50 or amount_sek in (-1, 2 ) or amount_sek - -3 = 7-4")
    assert sql == (
        '("amount_sek" < $_value_0 or "amount_sek" in ($_value_1, $_value_2)'
        ' or "amount_sek" - $_value_3 = $_value_4 - $_value_5)'
    )
    assert list(values.values()) == [
        Decimal(number) for number in ("-5.50", "-1", "2", "-3", "7", "4")
    ]


def test_a_literal_takes_no_parameters_place() -> None:
    _, values = read("amount_sek > 5 and amount_sek < $value_1", value_1=100)
    assert sorted(values.values()) == [5, 100]


def test_a_parameter_may_not_be_named_as_ours() -> None:
    with pytest.raises(RuleError, match="_value_0") as refused:
        read("amount_sek > $_value_0", _value_0=5)
    assert "value_0" in refused.value.fix


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
        "is_person not",
        "not is_person not and state = 'a'",
        "amount_sek not between 1 and 2",
        "amount_sek > - days_past_end",
        "amount_sek > --5",
        "NOT " * 400 + "is_person",
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
