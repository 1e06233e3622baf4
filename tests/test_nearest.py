"""A misspelt name is told with what would do, never with all that there is."""

from __future__ import annotations

from compliance.errors import nearest


def test_a_near_name_is_the_only_one_told():
    assert nearest("colour", ["colours", "form"]) == "did you mean `colours`?"


def test_names_are_told_once_and_a_dozen_at_most():
    known = [f"name {number:02}" for number in range(30)] * 2
    told = ", ".join(f"name {number:02}" for number in range(12))
    assert nearest("zzzz", known) == f"use one of: {told} and 18 more"


def test_where_a_list_would_not_help_another_way_is_told():
    assert nearest("zzzz", ["a", "b"], otherwise="look there") == "look there"
