"""R6: every damaged file gets its verdict, its rows and its öre. R20: and words that help."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from promises import Kept
from test_loading import EXPECTED, FOLDER, PROFILES

from compliance.errors import InputError
from compliance.extract import extract
from compliance.landing import land
from compliance.personal_numbers import mask_text

Verdict = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Message:
    """One refusal or one rejected row, as its reader sees it."""

    words: str
    is_placed: bool  # the file; and of a row its number
    has_advice: bool  # a refusal's `fix`; a row's reason says itself what to write

    @property
    def fault(self) -> str:
        if not self.is_placed:
            return "no place"
        if not self.has_advice:
            return "no advice"
        if len(self.words) > 240:
            return f"{len(self.words)} characters"
        if "Traceback" in self.words or 'File "' in self.words:
            return "a traceback"
        return "a personal number" if mask_text(self.words) != self.words else ""


def read(name: str, folder: Path) -> tuple[Verdict, list[Message]]:
    try:
        landed = land(extract(FOLDER / "files" / name, name, PROFILES), name, folder)
    except InputError as error:
        placed = error.at.file == name
        return ("refuse", 0, 0, 0, 0), [Message(error.what, placed, bool(error.fix))]
    rejected = pl.read_parquet(folder / "rejected.parquet").sort("file_row")
    ore = (int(sek * 100) for sek in (landed.loaded_sek, landed.rejected_sek))
    kind = "reject rows" if landed.rows_rejected else "load"
    told = [
        Message(reason, row > 0, bool(reason.strip()))
        for row, reason in rejected.select("file_row", "reason").iter_rows()
    ]
    return (kind, landed.rows_loaded, landed.rows_rejected, *ore), told


def naive(name: str) -> tuple[str, int, int]:
    """What a loader believes that takes each line as it comes."""
    try:
        text = (FOLDER / "files" / name).read_text("utf-8-sig")
        return ("load", len(list(csv.reader(text.splitlines(), delimiter=";"))) - 1, 0)
    except (UnicodeDecodeError, csv.Error):
        return ("refuse", 0, 0)


def promised(name: str) -> Verdict:
    e = EXPECTED[name]
    return e["verdict"], e["loaded"], e["rejected"], e["ore"], e["rejected_ore"]


@pytest.mark.trust
def test_every_damaged_file_gets_its_verdict_and_words_that_help(
    tmp_path: Path, kept: Kept
) -> None:
    verdicts, messages, wrong = Counter[str](), list[Message](), list[str]()
    for n, name in enumerate(sorted(EXPECTED)):
        folder = tmp_path / str(n)
        folder.mkdir()
        found, told = read(name, folder)
        if found != promised(name):
            wrong.append(f"{name}: {found}, not {promised(name)}")
        verdicts[found[0]] += 1
        messages += told
    assert wrong == []
    texts = [name for name in EXPECTED if name.endswith((".csv", ".txt"))]
    fooled = sum(naive(name) != promised(name)[:3] for name in texts)
    assert fooled > len(texts) / 3
    faults = Counter(message.fault for message in messages if message.fault)
    assert not faults, [m for m in messages if m.fault][:5]
    kept(
        "R6",
        f"{len(EXPECTED)} of {len(EXPECTED)} files made here have their verdict, rows and öre:"
        f" {verdicts['load']} load, {verdicts['reject rows']} lose rows, {verdicts['refuse']} are"
        " refused",
        proof=f"csv.reader gets {fooled} of the {len(texts)} text files wrong",
    )
    spoiled = [
        Message(message.words + tail, message.is_placed, message.has_advice).fault
        for message in messages
        for tail in (" 731008-9789", " Traceback (most recent call last)", "." * 240)
    ]
    assert all(spoiled)
    kept(
        "R20",
        f"{len(messages)} refusals and rejected rows: each with file or row and advice, at most"
        " 240 characters, no traceback, no personal number",
        proof=f"{len(spoiled)} spoiled messages are told, all of them",
    )
