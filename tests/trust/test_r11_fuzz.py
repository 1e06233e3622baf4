"""R11: whatever bytes are delivered, a reader answers with rows or with an error of ours, soon."""

from __future__ import annotations

import random
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import test_r10_bombs as bombs
import worlds
from promises import Kept
from runs import scale

from compliance.errors import ComplianceError, Problems
from compliance.parse import parse
from compliance.person_rules import read_person_rules
from compliance.personal_numbers import mask_text
from compliance.profile_files import read_profiles
from compliance.rules import read_rules
from compliance.shipped import shipped

SLOW = 1.0
TOKENS = (
    b'"', b"'", b";", b",", b"\t", b"\r", b"\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"{", b"}", b"[", b"]",
    b"<", b">", b"&", b"=", b"-", b"+", b".", b"1e309", b"NaN", b"9" * 40, b"\xc3", b"\xf0\x9f\x92\xa9",
    b"2025-02-30", b"0001-01-01", b"99999-01-01", b"#VER", b"#TRANS", b"<!DOCTYPE", b"1,5", b"1.250", "å".encode(),
)  # fmt: skip


def damaged(seed: bytes, source: random.Random) -> bytes:
    """Change a few places: cut, repeat, swap, flip a bit, or put a token in."""
    data = bytearray(seed)
    for _ in range(source.randrange(1, 6)):
        at, end = sorted((source.randrange(len(data) + 1), source.randrange(len(data) + 1)))
        end = min(end, at + 200)
        kind = source.randrange(5)
        if kind == 0:
            del data[at:end]
        elif kind == 1:
            data[at:at] = data[at:end]
        elif kind == 2 and data:
            data[at % len(data)] ^= 1 << source.randrange(8)
        elif kind == 3:
            data[at:end] = source.choice(TOKENS)
        else:
            data[at:at] = source.choice(TOKENS)
    return bytes(data)


def reader(folder: Path, name: str) -> Callable[[bytes], None]:
    """Give what reads bytes as a ledger file of that name."""
    profiles = tuple(read_profiles(shipped("rules") / "sources"))
    path = folder / name

    def read(data: bytes) -> None:
        path.write_bytes(data)
        parse(path, name, profiles, folder)

    return read


def rule_reader(folder: Path, name: str) -> Callable[[bytes], None]:
    def read(data: bytes) -> None:
        (folder / name).write_bytes(data)
        if name == "persons.toml":
            read_person_rules(folder / name)
        else:
            read_rules(folder)

    return read


def fuzz(
    read: Callable[[bytes], None], seeds: list[bytes], seed: int, seconds: float, least: int = 1
) -> tuple[int, int, float]:
    """Read damaged seeds for so long, and so often at least, however busy the machine is.

    Returns runs, refusals, and the slowest in seconds. Uncaught is raised.
    """
    source, runs, refused, slowest = random.Random(seed), 0, 0, 0.0
    until = time.monotonic() + seconds
    while time.monotonic() < until or runs < least:
        data = damaged(source.choice(seeds), source)
        started = time.monotonic()
        try:
            read(data)
        except (ComplianceError, Problems):
            refused += 1
        slowest = max(slowest, time.monotonic() - started)
        runs += 1
    return runs, refused, slowest


@pytest.fixture
def readers(tmp_path: Path) -> dict[str, tuple[Callable[[bytes], None], list[bytes]]]:
    ledger = worlds.ledger_text(worlds.draw(11, months=1, rows=6).months["2025-01"]).encode()
    book = bombs.book(bombs.SHEET % bombs.cell(b"Leverant\xc3\xb6r"))
    rules = shipped("rules")
    for file in rules.rglob("*.toml"):
        target = tmp_path / "rules" / file.relative_to(rules)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    work = tmp_path / "work"
    work.mkdir()
    found: dict[str, tuple[Callable[[bytes], None], list[bytes]]] = {
        "CSV": (
            reader(work, "2025-01.csv"),
            [ledger, ledger.replace(b"\n", b"\r\n"), ledger.decode().encode("cp1252")],
        ),
        "XLSX": (reader(work, "2025-01.xlsx"), [book]),
        "JSON": (
            reader(work, "2025-01.json"),
            [b'[{"kopare": "K", "belopp": 1.5, "datum": "2025-01-02"}]'],
        ),
        "text": (
            lambda data: mask_text(data.decode("utf-8", "replace")) and None,
            [b"avser 850709-9805 mars"],
        ),
    }
    for name in ("persons.toml", "exclusions.toml", "limits.toml", "policy.toml"):
        found[name] = (rule_reader(tmp_path / "rules", name), [(rules / name).read_bytes()[:4000]])
    return found


@pytest.mark.parametrize("name", ["CSV", "XLSX", "JSON", "text", "persons.toml", "exclusions.toml"])
def test_a_second_of_damaged_bytes_raises_nothing_of_its_own(
    readers: dict[str, tuple[Callable[[bytes], None], list[bytes]]], name: str
) -> None:
    read, seeds = readers[name]
    runs, _, _ = fuzz(read, seeds, seed=1, seconds=1, least=11)
    assert runs > 10


@pytest.mark.trust
@pytest.mark.parametrize(
    "name",
    [
        "CSV",
        "XLSX",
        "JSON",
        "text",
        "persons.toml",
        "exclusions.toml",
        "limits.toml",
        "policy.toml",
    ],
)
def test_a_minute_of_damaged_bytes_raises_nothing_and_hangs_nowhere(
    readers: dict[str, tuple[Callable[[bytes], None], list[bytes]]], name: str, kept: Kept
) -> None:
    read, seeds = readers[name]
    runs, refused, slowest = fuzz(read, seeds, seed=11, seconds=60 * scale())
    assert slowest < SLOW
    if name == "text":
        return

    def planted(data: bytes) -> None:
        if b"#VER" in data:
            raise ZeroDivisionError
        read(data)

    found = True
    try:
        fuzz(planted, seeds, seed=11, seconds=20)
        found = False
    except ZeroDivisionError:
        pass
    assert found, "a planted crash must be found"
    kept(
        "R11",
        f"{name}: {runs} damaged files (seed 11), {refused} refused, 0 uncaught, slowest {slowest:.2f} s",
        proof="a planted crash is found within 20 s",
    )


def test_toml_is_always_refused_in_our_words(tmp_path: Path) -> None:
    for text in ("a = ", "[a\n", 'a = "\x00"', "a = 1\na = 2"):
        (tmp_path / "persons.toml").write_text(text)
        with pytest.raises(ComplianceError):
            read_person_rules(tmp_path / "persons.toml")
        with pytest.raises(tomllib.TOMLDecodeError):
            tomllib.loads(text)
