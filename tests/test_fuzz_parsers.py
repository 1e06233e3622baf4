"""A short campaign finds nothing in the parsers, and a planted crash in seconds."""

from __future__ import annotations

import fuzz_parsers
import pytest


@pytest.mark.parametrize("name", sorted(fuzz_parsers.PARSERS))
def test_no_bytes_make_a_parser_fail(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fuzz_parsers, "SLOWEST", 20.0)  # a shared machine is no stopwatch
    assert fuzz_parsers.campaign(name, 2.0, seed=7) == []


def test_a_planted_crash_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def crashing(raw: bytes) -> None:
        if b"Summa" in raw and b"\x00" in raw:
            raise KeyError

    monkeypatch.setitem(fuzz_parsers.PARSERS, "delimited", crashing)
    assert len(fuzz_parsers.campaign("delimited", 20.0, seed=7)) == 5
