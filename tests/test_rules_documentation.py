"""What rules/README.md shows can be run, and it leaves no file or remark out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from compliance.rules import FILES, read_rules, rules_check
from compliance.shipped import shipped

ROOT = Path(__file__).resolve().parent.parent
DOCS = (ROOT / "rules" / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```toml\n# rules/(\S+)\n(.*?)```", DOCS, re.DOTALL)


@pytest.mark.parametrize(("file", "text"), BLOCKS, ids=[file for file, _ in BLOCKS])
def test_every_example_can_be_read(file: str, text: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(shipped("rules"), tmp_path / "rules"))
    (folder / file).write_text(text, "utf-8")
    read_rules(folder)


def test_every_rule_file_is_told_of() -> None:
    assert not [name for name in FILES if f"`{name}.toml`" not in DOCS]
    assert len(BLOCKS) == DOCS.count("```toml")


def test_every_remark_on_the_register_is_told_of() -> None:
    checks = set[str]()
    for name in ("register", "register_rows", "register_hygiene", "register_suppliers"):
        code = (ROOT / "compliance" / f"{name}.py").read_text("utf-8")
        checks |= set(re.findall(r'(?:yield row|_remark\(\w*,? ?\w*),\s*"([a-z_]+)", ', code))
        checks |= set(re.findall(r'"([a-z]+_[a-z_]+)",\s*(?:f"|message)', code))
    assert len(checks) > 15
    assert not [check for check in checks if f"`{check}`" not in DOCS]


def test_the_check_lists_what_is_wrong_or_what_nobody_verified(tmp_path: Path) -> None:
    errors, notes = rules_check(shipped("rules"))
    assert not errors
    assert notes
    errors, notes = rules_check(tmp_path)
    assert len(errors) == 7
    assert not notes


def test_no_text_names_a_document_that_is_not_in_the_repository() -> None:
    folders = ("compliance", "rules", "reports", "sample_data", "tests")
    texts = [
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".sql", ".toml", ".md", ".j2"}
    ]
    here = {path.name for path in [*ROOT.glob("*.md"), *texts]}
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in texts
        for name in re.findall(r"\b[A-Z][A-Z_]+\.md\b", path.read_text("utf-8"))
    }
    assert {(path, name) for path, name in named if name not in here} == set()
