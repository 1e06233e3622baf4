"""A new workspace is laid out around what its owner already has."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.scaffold import scaffold
from compliance.shipped import shipped


@pytest.mark.parametrize("demo", [False, True])
def test_a_file_that_is_there_already_stays_as_its_owner_wrote_it(tmp_path: Path, demo: bool):
    written = ["rules/policy.toml", "rules/organisation.toml", "decisions.csv", "notes.txt"]
    for name in written:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("# ours\n")
    scaffold(tmp_path, demo=demo)
    assert {(tmp_path / name).read_text() for name in written} == {"# ours\n"}
    assert (tmp_path / "rules/limits.toml").exists()


def test_the_demos_own_rules_replace_the_shipped_ones(tmp_path: Path):
    scaffold(tmp_path, demo=True)
    demos = shipped("sample_data") / "workspace" / "rules" / "organisation.toml"
    assert (tmp_path / "rules/organisation.toml").read_bytes() == demos.read_bytes()
