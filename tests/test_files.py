"""files.py: whole, durable, readable by the right people."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from compliance import files


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_modes_hold_under_any_umask(tmp_path: Path) -> None:
    files.write(tmp_path / "new" / "deeper" / "report.html", b"shown")
    files.write(tmp_path / "new" / "persons.parquet", b"kept", files.PRIVATE)
    files.write_once(tmp_path / "persons.key", b"secret")

    assert mode(tmp_path / "new") == mode(tmp_path / "new" / "deeper") == 0o750
    assert mode(tmp_path / "new" / "deeper" / "report.html") == 0o640
    assert mode(tmp_path / "new" / "persons.parquet") == 0o600
    assert mode(tmp_path / "persons.key") == 0o600


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "compliance.duckdb"
    target.write_text("old")

    def fail_halfway() -> None:
        with files.replacing(target) as unfinished:
            unfinished.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_killed_writers_log_does_not_outlive_the_file_it_was_of(tmp_path: Path) -> None:
    target = tmp_path / "compliance.duckdb"
    killed = (
        "import duckdb, os, sys; db = duckdb.connect(sys.argv[1]);"
        " db.execute('create table t as select 1 as i'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", killed, str(target)], check=False)
    assert target.with_name("compliance.duckdb.wal").exists()

    with files.replacing(target) as unfinished, duckdb.connect(unfinished) as db:
        db.execute("create table t as select 3 as i")

    with duckdb.connect(target, read_only=True) as db:
        assert db.execute("from t").fetchall() == [(3,)]


def test_the_target_changes_only_when_the_block_has_ended(tmp_path: Path) -> None:
    target = tmp_path / "compliance.duckdb"
    target.write_text("old")
    with files.replacing(target) as unfinished:
        unfinished.write_text("new")
        assert target.read_text() == "old"
        assert unfinished.parent == target.parent
    assert target.read_text() == "new"


def test_of_two_that_write_one_target_a_killed_one_leaves_the_others_whole(tmp_path: Path) -> None:
    target = tmp_path / "compliance.duckdb"
    killed = (
        "import os, sys; from pathlib import Path; from compliance import files;"
        " one = files.replacing(Path(sys.argv[1])); path = one.__enter__();"
        " path.write_text('half'); print('half', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", killed, str(target)], cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        with files.replacing(target) as unfinished:
            unfinished.write_text("whole")
            assert other.stdout.readline() == "half\n"
        assert len(list(tmp_path.iterdir())) == 2, "what the other writes is its own"
        other.kill()

    assert target.read_text() == "whole"
    files.write(target, b"next")
    assert list(tmp_path.iterdir()) == [target], "what the dead one left is gone"


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reaches the file system, in order."""
    seen: list[str] = []
    fsync, replace, link = os.fsync, Path.replace, Path.hardlink_to

    def seen_fsync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        seen.append("fsync folder" if is_folder else "fsync file")
        fsync(descriptor)

    def seen_replace(self: Path, target: Path) -> Path:
        seen.append("rename")
        return replace(self, target)

    def seen_link(self: Path, target: Path) -> None:
        seen.append("link")
        link(self, target)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(Path, "replace", seen_replace)
    monkeypatch.setattr(Path, "hardlink_to", seen_link)
    return seen


def test_write_fsync_rename_and_fsync_of_the_folder_come_in_this_order(
    tmp_path: Path, happened: list[str]
) -> None:
    files.write(tmp_path / "a", b"1")
    assert happened == ["fsync file", "rename", "fsync folder"]
    assert (tmp_path / "a").read_bytes() == b"1"


def test_a_file_written_once_is_durable_too(tmp_path: Path, happened: list[str]) -> None:
    files.write_once(tmp_path / "a", b"1")
    assert happened == ["fsync file", "link", "fsync folder"]


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    files.write(tmp_path / "a", b"1")
    files.write_once(tmp_path / "b", b"1")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_what_an_earlier_run_left_is_no_part_of_the_new_file(tmp_path: Path) -> None:
    left = [".a.unfinished", ".a.unfinished.wal", files.unfinished_of(Path("b")).name]
    for name in left:
        (tmp_path / name).write_bytes(b"left")
    files.write(tmp_path / "a", b"new")
    files.write_once(tmp_path / "b", b"new")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == b"new"


def test_a_folder_that_somebody_else_has_just_made_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").mkdir()
    monkeypatch.setattr(Path, "exists", lambda self: self != tmp_path / "new")
    files.make_folder(tmp_path / "new")


def test_a_file_written_once_is_not_written_again(tmp_path: Path) -> None:
    files.write_once(tmp_path / "persons.key", b"first")
    with pytest.raises(FileExistsError):
        files.write_once(tmp_path / "persons.key", b"second")

    assert (tmp_path / "persons.key").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["persons.key"]


def test_what_a_killed_run_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    output, letters = tmp_path / "output", tmp_path / "output" / "letters"
    letters.mkdir(parents=True)
    for name in (".a.duckdb.unfinished", ".a.duckdb.unfinished.wal", "a.duckdb", ".hidden"):
        (output / name).touch()
    (letters / ".b.eml.unfinished").mkdir()

    left = files.sweep([output, letters, tmp_path / "missing"])

    assert [path.name for path in left] == [
        ".a.duckdb.unfinished",
        ".a.duckdb.unfinished.wal",
        ".b.eml.unfinished",
    ]
    assert sorted(path.name for path in output.iterdir()) == [".hidden", "a.duckdb", "letters"]
    assert not list(letters.iterdir())


def test_a_private_folder_stays_private_and_an_existing_one_keeps_its_mode(tmp_path: Path) -> None:
    files.make_folder(tmp_path / "cache", files.PRIVATE_FOLDER)
    files.make_folder(tmp_path / "cache")
    assert mode(tmp_path / "cache") == 0o700


def test_what_is_no_folder_is_not_flushed_as_one(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(NotADirectoryError):
        files.flush_folder(tmp_path / "a")
