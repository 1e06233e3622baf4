"""person_rules.py: what rules/persons.toml may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.errors import RuleError
from compliance.person_rules import PersonRules, read_person_rules
from compliance.shipped import shipped


def read(tmp_path: Path, text: str) -> PersonRules:
    file = tmp_path / "persons.toml"
    file.write_text(text, "utf-8")
    return read_person_rules(file)


def test_the_shipped_file_fills_every_field() -> None:
    rules = read_person_rules(shipped("rules") / "persons.toml")
    assert rules.unknown_treated_as == "evidence"
    assert rules.smallest_group == 5
    assert "45" in rules.account_prefixes
    assert "familjehem" in rules.unit_words
    assert "aktiebolag" in rules.company_forms
    assert "erik" in rules.given_names
    assert "saknas" in rules.redaction_markers
    assert not rules.protected


def test_entries_of_one_kind_add_up_and_words_are_folded(tmp_path: Path) -> None:
    rules = read(
        tmp_path,
        """
        [[accounts]]
        id = "a"
        why = "grants"
        prefixes = ["45"]
        [[accounts]]
        id = "b"
        why = "fees"
        prefixes = ["50", "51"]
        [[units]]
        id = "c"
        why = "social services"
        words = ["Familjehem "]
        """,
    )
    assert rules.account_prefixes == ("45", "50", "51")
    assert rules.unit_words == ("familjehem",)


GOOD = 'id = "x"\nwhy = "because"\n'


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        ("[accuonts]\n", "[accuonts] is not known", "did you mean `accounts`?"),
        (f"[[accounts]]\n{GOOD}prefixs = []", "[accounts] has no `prefixs`", "`prefixes`?"),
        ('[[accounts]]\nid = "x"\nprefixes = []', "does not say `why`", "add why"),
        (f"[[accounts]]\n{GOOD}prefixes = [45]", "`prefixes` is not a list of words", '["…"'),
        (f'[[accounts]]\n{GOOD}prefixes = "45"', "`prefixes` is not a list of words", '["…"'),
        (f'[unknown]\n{GOOD}treated_as = "persn"', "`treated_as` is 'persn'", "`person`?"),
        (f"[groups]\n{GOOD}smallest = 0", "`smallest` is 0", "from 1"),
        (f"[groups]\n{GOOD}smallest = true", "`smallest` is True", "from 1"),
        (f'[[protected]]\n{GOOD}digest = "850709-9805"', "is not one", "compliance protect"),
        (
            f'[[protected]]\n{GOOD}digest = "{"a" * 64}"\nkey_check = "850709-9805"',
            "`key_check` of",
            "compliance protect",
        ),
        (f"[[units]]\n{GOOD}words=[]\n[redacted]\n{GOOD}markers=[]", "used twice", "own id"),
        (f"[[company]]\n{GOOD}forms=[]\nwords=[]\n[[company]]\n", "stands twice", "keep one"),
        ("accounts = 3", "`accounts` is not a section", "[accounts]"),
        ("[[accounts]\n", "not valid TOML", "mend the line"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_cure(
    tmp_path: Path, text: str, what: str, fix: str
) -> None:
    with pytest.raises(RuleError) as refused:
        read(tmp_path, text)
    assert what in str(refused.value)
    assert fix in refused.value.fix
    assert refused.value.at.file == "rules/persons.toml"
    assert "850709" not in str(refused.value)


def test_a_missing_file_says_where_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no such file"):
        read_person_rules(tmp_path / "persons.toml")
