"""A category is known by its code and by its names, and a name that is none by the nearest."""

from __future__ import annotations

import pytest

from compliance.category_names import code_of, cure
from compliance.register_scopes import ScopeReader
from compliance.rules import read_rules
from compliance.shipped import shipped

RULES = read_rules(shipped("rules"))
FURNITURE = next(c for c in RULES.categories if c.name_sv == "Möbler och inredning")


@pytest.mark.parametrize("case", [str, str.upper, str.lower])
def test_code_and_names_are_one_category_in_any_case(case):
    names = (FURNITURE.code, FURNITURE.name_sv, FURNITURE.name_en)
    assert {code_of(case(name), RULES.categories) for name in names} == {FURNITURE.code}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Möbler", "did you mean `Möbler och inredning`?"),
        ("inredning", "did you mean `Möbler och inredning`?"),
        ("Möbler ock inredning", "did you mean `Möbler och inredning`?"),
        ("Qwxz", "see rules/categories.toml"),
    ],
)
def test_a_name_that_is_none_is_told_with_the_one_that_is_meant(written, told):
    assert code_of(written, RULES.categories) is None
    assert cure(written, RULES.categories) == told
    assert ScopeReader(RULES).read(written) == f"`{written}` is no category; {told}"


def test_what_several_codes_begin_with_is_told_with_those():
    told = "use one of: IT-HARDWARE, IT-LICENCES, IT-OPERATIONS, IT-SERVICES"
    assert cure("it", RULES.categories) == told
