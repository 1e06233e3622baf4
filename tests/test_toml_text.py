"""Every TOML file of ours is read from the same bytes in the same way."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from compliance.errors import Problems, RuleError
from compliance.person_rules import read_person_rules
from compliance.profile_files import read_profile
from compliance.register_profiles import read_register_profiles
from compliance.rules import read_rules
from compliance.shipped import shipped
from compliance.toml_text import read_toml
from compliance.workspace import Workspace

BOM = b"\xef\xbb\xbf"
SETTINGS = b"[organisation]\nname = 'Prov'\n"
READERS = {
    "compliance.toml": Workspace.open,
    "rules/persons.toml": lambda folder: read_person_rules(folder / "rules/persons.toml"),
    "rules/sources/umea.toml": lambda folder: read_profile(folder / "rules/sources/umea.toml").id,
    "rules/registers/mercell.toml": lambda folder: read_register_profiles(
        folder / "rules/registers"
    ),
    "rules/policy.toml": lambda folder: read_rules(folder / "rules").policy,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "compliance.toml").write_bytes(SETTINGS)
    shutil.copytree(shipped("rules"), tmp_path / "rules")
    return tmp_path


@pytest.mark.parametrize("name", READERS)
def test_a_byte_order_mark_and_the_line_ends_of_windows_say_nothing(
    folder: Path, name: str
) -> None:
    read: Callable[[Path], object] = READERS[name]
    before = read(folder)
    file = folder / name
    file.write_bytes(BOM + file.read_bytes().replace(b"\n", b"\r\n"))
    assert _but_for_digests(read(folder)) == _but_for_digests(before)


def _but_for_digests(found: object) -> str:
    return re.sub("[0-9a-f]{64}", "", repr(found))


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    ("content", "what"), [(b"a = [", "not valid TOML"), (b"a = '\xe5'", "not UTF-8 text")]
)
def test_what_is_no_toml_is_refused_with_its_file(
    folder: Path, name: str, content: bytes, what: str
) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises((RuleError, Problems)) as refused:
        READERS[name](folder)
    assert what in str(refused.value)
    assert Path(name).name in str(refused.value)


def test_a_link_to_a_file_that_is_gone_is_refused_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.toml").symlink_to(tmp_path / "gone")
    with pytest.raises(RuleError, match="no such file") as refused:
        read_toml(tmp_path / "a.toml", "rules/a.toml")
    assert "link" in refused.value.why
