"""What compliance.toml says is understood or refused, never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.errors import RuleError
from compliance.workspace import Workspace


def _opened(folder: Path, line: str) -> Workspace:
    (folder / "compliance.toml").write_text(f'[organisation]\nname = "B"\n{line}\n')
    return Workspace.open(folder)


@pytest.mark.parametrize("number", ["", "212000-2510", "2120002510", "162120002510"])
def test_an_organisation_number_may_be_written_in_each_way_or_left_empty(
    tmp_path: Path, number: str
) -> None:
    assert _opened(tmp_path, f'org_number = "{number}"').settings.org_number == number


@pytest.mark.parametrize("number", ["abc", "212000", "212000-25100"])
def test_an_organisation_number_that_is_none_is_refused(tmp_path: Path, number: str) -> None:
    with pytest.raises(RuleError) as refused:
        _opened(tmp_path, f'org_number = "{number}"')
    assert str(refused.value).startswith(
        f"error: compliance.toml, key `org_number`: `org_number` is '{number}'"
    )
