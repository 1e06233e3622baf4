"""A draft of a profile names what it guesses, and its guesses read the shipped layouts' files."""

from __future__ import annotations

import tomllib

import pytest
from shared_data import ROOT

from compliance.drafts import draft_source
from compliance.errors import InputError
from compliance.extract import extract
from compliance.landing import land
from compliance.profiles import read_profile

FILES = sorted(p for p in (ROOT / "tests" / "sources").glob("*/*") if p.suffix in {".csv", ".xlsx", ".json"})  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_draft_is_a_profile_that_reads_its_file(path, tmp_path):
    text = draft_source(path)
    assert "# guess" in text
    (tmp_path / "draft.toml").write_text(text, "utf-8")
    profile = read_profile(tmp_path / "draft.toml")
    if path.parent.name == "goteborg":
        assert profile.encodings == ("utf-16-le",)
    landed = land(extract(path, path.name, [profile]), path.name, tmp_path)
    assert landed.rows_loaded >= 2


def test_a_draft_tells_no_ones_name_or_number(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Leverantör;Orgnr;Belopp;Datum\nAnna Ek;850101-1236;1,00;2024-01-31\n")
    text = draft_source(path)
    assert "Anna" not in text
    assert "850101" not in text
    assert tomllib.loads(text)["columns"]["org_number"] == "Orgnr"


def test_a_file_without_a_header_is_an_error(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("hej\n")
    with pytest.raises(InputError, match="no row can be read as a header"):
        draft_source(path)
    with pytest.raises(InputError, match="no such file"):
        draft_source(tmp_path / "y.csv")
