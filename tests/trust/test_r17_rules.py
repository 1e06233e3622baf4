"""R17: wrong rules are refused, and no rule's text becomes SQL."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from promises import Kept
from runs import ROOT

from compliance.errors import Problems, RuleError
from compliance.rules import read_rules
from compliance.shipped import shipped

sys.path.insert(0, str(ROOT / "tests"))
import test_rules

# Where SQL text is put together, and from what: names of our own, and the closed grammar's words.
ASSEMBLED = {
    "building.py": "the models' own text, table names of the catalog, numbers of postings",
    "database.py": "table names of the models and the catalog; quoted paths",
    "stamps.py": "quoted table names of the database itself",
    "findings.py": "conditions.py's own words; values go as parameters",
    "conditions.py": "the closed grammar's words; values go as parameters",
    "explain.py": "names of our own",
    "layout.py": "names of our own",
    "calibrate.py": "one of two table names",
    "rehearsal.py": "a model's own text",
}
KEYWORDS = ("select ", "insert ", "create ", "update ", "delete ", "attach ", "copy ", " from ")


def assembled(source: str) -> list[int]:
    """Return the lines where a text with SQL words is put together from parts."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            parts = [str(v.value) for v in node.values if isinstance(v, ast.Constant)]
            text = "".join(parts).lower()
            has_value = any(isinstance(value, ast.FormattedValue) for value in node.values)
            if has_value and text.lstrip().startswith(KEYWORDS[:-1]):
                found.append(node.lineno)
    return found


def test_sql_is_put_together_in_few_places_and_never_from_rules() -> None:
    places = {
        path.relative_to(ROOT / "compliance").as_posix()
        for path in (ROOT / "compliance").rglob("*.py")
        if assembled(path.read_text("utf-8"))
    }
    assert places <= set(ASSEMBLED), places - set(ASSEMBLED)
    assert assembled("db.execute(f\"select * from t where x = '{rule.value}'\")") == [1]


@pytest.mark.trust
def test_every_wrong_rule_file_is_refused_with_its_cure(tmp_path: Path, kept: Kept) -> None:
    import shutil

    refused = 0
    for number, (file, change, named) in enumerate(test_rules.WRONG):
        folder = tmp_path / str(number)
        shutil.copytree(shipped("rules"), folder)
        path = folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(change(path.read_text("utf-8") if path.exists() else ""), "utf-8")
        with pytest.raises((RuleError, Problems)) as caught:
            read_rules(folder)
        assert all(part in str(caught.value) for part in named)
        refused += 1
    read_rules(shipped("rules"))
    kept(
        "R17",
        f"{refused} wrong rule files refused with file, key and cure; SQL text is put together in"
        f" {len(ASSEMBLED)} modules, never from a rule's value",
        proof="the shipped rules are accepted; a planted f-string is told",
    )
