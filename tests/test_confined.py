"""A parser that dies, hangs or fails takes one file with it, and nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from compliance import confined as module
from compliance.confined import confined
from compliance.errors import InputError, Place

HERE = "test_confined"


def answers(path: Path, file: str) -> str:
    return f"{file} {path.stat().st_size}"


def refuses(_: Path, file: str) -> None:
    raise InputError("no", at=Place(file, 3, "x"), why="w", fix="f")


def aborts(*_: object) -> None:
    os.abort()


class PanicError(BaseException):
    """As a Rust library raises it."""


def panics(*_: object) -> None:
    raise PanicError("boom")


def hangs(*_: object) -> None:
    time.sleep(60)


def spins(*_: object) -> None:
    while True:
        pass


def grows(*_: object) -> int:
    return len(b"x" * (16 << 30))


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("abc")
    return file


def test_an_answer_and_a_refusal_come_back_as_they_are(path):
    with confined() as room:
        assert room.call(f"{HERE}:answers", path, "a.csv") == "a.csv 3"
        first = room.process
        with pytest.raises(InputError, match="no") as caught:
            room.call(f"{HERE}:refuses", path, "a.csv")
        assert str(caught.value.at) == "a.csv, row 3, column `x`"
        assert room.process is first


@pytest.mark.parametrize(
    ("fault", "why"),
    [("aborts", "SIGABRT"), ("panics", "boom"), ("grows", "MemoryError"), ("nowhere", "no attribute")],
)  # fmt: skip
def test_a_fault_refuses_the_file_and_the_next_is_read(path, fault, why):
    with confined() as room:
        with pytest.raises(InputError, match="could not be read through") as caught:
            room.call(f"{HERE}:{fault}", path, "a.csv")
        assert why in caught.value.why
        assert room.call(f"{HERE}:answers", path, "a.csv") == "a.csv 3"


@pytest.mark.parametrize(("fault", "why"), [("hangs", "seconds"), ("spins", "too much time")])
def test_a_parser_without_end_is_ended(path, monkeypatch, fault, why):
    monkeypatch.setattr(module, "CPU_SECONDS", 1)
    monkeypatch.setattr(module, "WALL_FACTOR", 3 if fault == "hangs" else 30)
    with confined() as room:
        with pytest.raises(InputError) as caught:
            room.call(f"{HERE}:{fault}", path, "a.csv")
        assert why in caught.value.why
        assert room.call(f"{HERE}:answers", path, "a.csv") == "a.csv 3"
