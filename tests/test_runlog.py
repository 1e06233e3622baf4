"""A log that was altered says so; one that a kill cut short does not."""

from __future__ import annotations

import csv
import io
import os
import random
import resource
import signal
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from promises import Kept

from compliance import batch, runlog
from compliance.chain import Log
from compliance.errors import InputError, RuleError
from compliance.journal import Journal, Known, digest_of
from compliance.workspace import Workspace

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    (tmp_path / "compliance.toml").write_text('[organisation]\nname = "Björkvik"\n')
    (tmp_path / "decisions.csv").write_text("decided_on,decided_by\n")
    return Workspace.open(tmp_path)


def fill(place: Workspace, count: int) -> None:
    for number in range(count):
        with place.decisions.open("a") as file:
            file.write(f"2026-11-{number % 28 + 1:02},eva\n")
        runlog.append(place, {"verb": "run", "exit": 0, "unit": f"Förskola {number}"}, at=AT)


def test_a_reader_who_meets_a_writer_accuses_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, written = Log(tmp_path / "log.jsonl"), Log(tmp_path / "log.jsonl")
    written.append({"run": 1})
    held, times = Log._held_by_head, iter(range(9))

    def late(self: Log, *state: Any) -> None:
        if self is log and next(times) < 2:
            written.append({"run": 2})
        held(self, *state)

    monkeypatch.setattr(Log, "_held_by_head", late)
    assert [entry["run"] for entry in log.entries()] == [1, 2, 2]


def test_runs_are_remembered_in_order_with_the_decisions_they_used(place: Workspace) -> None:
    fill(place, 3)
    runs = runlog.entries(place)
    assert [run["n"] for run in runs] == [1, 2, 3]
    assert {run["at"] for run in runs} == {"2026-11-23T06:00:00+00:00"}
    assert runlog.verify(place) == ()
    # A decision made since the last run is no alteration.
    with place.decisions.open("a") as file:
        file.write("2026-11-30,bo\n")
    assert runlog.verify(place) == ()


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.trust)])
def test_every_alteration_of_logs_and_decisions_is_found(
    place: Workspace, count: int, kept: Kept
) -> None:
    fill(place, 8)
    journal = Journal(place.history)
    for number in range(6):
        known = Known(f"x{number}", "2026-10", "A", "a@b.se", "queued", digest_of(b"x"), "<i>", "")
        journal.queue(known, b"x")
        journal.write(known, "sent", "250 ok")
    files = [place.history / "runs.jsonl", place.history / "deliveries.jsonl", place.decisions]
    whole = {file: file.read_bytes() for file in files}
    assert runlog.verify(place) == ()
    missed = []
    for seed in range(count):
        chance = random.Random(seed)
        file = chance.choice(files)
        file.write_bytes(altered(whole[file], chance))
        if not runlog.verify(place):
            missed.append((seed, file.name))
        file.write_bytes(whole[file])
    assert runlog.verify(place) == ()
    assert missed == []
    kept(
        "R26",
        f"{count} edits, removals, reorders of run log, journal and decisions (seeds 0-{count - 1}): "
        f"{count} found",
        proof="test_without_its_head_a_log_that_lost_its_end_would_pass",
    )


def altered(content: bytes, chance: random.Random) -> bytes:
    """Edit a byte, remove, double, swap or reorder lines, or cut the end off."""
    lines = content.splitlines(keepends=True)
    while True:
        kind = chance.randrange(6)
        changed = list(lines)
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        if kind == 0:
            place = chance.randrange(len(content))
            new = bytes([chance.randrange(256)])
            result = content[:place] + new + content[place + 1 :]
        elif kind == 1:
            del changed[at]
            result = b"".join(changed)
        elif kind == 2:
            changed.insert(other, lines[at])
            # A line doubled at the very end of decisions.csv is one more decision: allowed.
            result = b"".join(changed)
            if result.startswith(content):
                continue
        elif kind == 3:
            changed[at], changed[other] = changed[other], changed[at]
            result = b"".join(changed)
        elif kind == 4:
            result = content[: chance.randrange(len(content))]
        else:
            chance.shuffle(changed)
            result = b"".join(changed)
        if result != content:
            return result


def test_without_its_head_a_log_that_lost_its_end_would_pass(place: Workspace) -> None:
    fill(place, 3)
    file = place.history / "runs.jsonl"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:2]))
    [error] = runlog.verify(place)
    assert "it holds 2 entries and 3 were written" in error.why
    Log(file).head.unlink()
    assert "runs.jsonl.head is missing" in runlog.verify(place)[0].why
    with pytest.raises(InputError, match="altered"):
        runlog.append(place, {"verb": "run"})


def test_a_decision_removed_after_a_run_is_found(place: Workspace) -> None:
    fill(place, 2)
    lines = place.decisions.read_text().splitlines(keepends=True)
    place.decisions.write_text("".join([lines[0], *lines[2:]]))
    [error] = runlog.verify(place)
    assert str(error.at) == "decisions.csv"
    assert "2026-11-23T06:00:00+00:00" in error.why


DECISIONS = (
    "decided_on,decided_by,subject,key,decision,supplier_org_number,contract_id,valid_from,valid_to,note",
    '2026-11-01,"Åsa, inköp",vendor_match,ÖLIÖ,accept,5560360793,,2026-01-01,,"Sagt, per telefon"',
    "2026-11-02,Bo,line,8662463101553082377,covered,,A-2,,,",
    "2026-11-03,Bo,line,8662463101553082378,exempt,,,,,",
)


def decide(place: Workspace, *lines: str) -> None:
    place.decisions.write_text("\n".join(lines) + "\n", "utf-8")


def save_in_excel(place: Workspace, lines: Sequence[str]) -> None:
    """Semicolons, the old letters, CRLF, and cells to the right that nobody filled."""
    text = io.StringIO(newline="")
    rows = [[*row, "", "", ""] for row in csv.reader(lines)]
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    place.decisions.write_bytes(text.getvalue().encode("cp1252"))


def forget_rows(entry: Mapping[str, object]) -> dict[str, object]:
    """What an older version's log remembers."""
    return {"bytes": entry["bytes"], "sha256": entry["sha256"]}


@pytest.mark.parametrize("is_old", [False, True])
def test_a_file_that_excel_saved_holds_the_same_decisions(
    place: Workspace, monkeypatch: pytest.MonkeyPatch, *, is_old: bool
) -> None:
    if is_old:
        whole = runlog._decisions
        monkeypatch.setattr(runlog, "_decisions", lambda file: forget_rows(whole(file)))
    for count in (2, 3):
        decide(place, *DECISIONS[:count])
        runlog.append(place, {"verb": "run"}, at=AT)
    save_in_excel(place, DECISIONS)
    assert runlog.verify(place) == ()

    for wrong in (
        [DECISIONS[0], *DECISIONS[2:]],
        [DECISIONS[0], DECISIONS[2], DECISIONS[1], DECISIONS[3]],
        [*DECISIONS[:2], DECISIONS[2].replace("A-2", "A-3"), DECISIONS[3]],
        DECISIONS[:1],
    ):
        save_in_excel(place, wrong)
        [error] = runlog.verify(place)
        assert error.what == "decisions were changed or removed after they were used"
    save_in_excel(place, DECISIONS)
    monkeypatch.undo()
    runlog.append(place, {"verb": "run"}, at=AT)
    decide(place, *DECISIONS)
    assert runlog.verify(place) == ()


@pytest.mark.parametrize("kills", [30, pytest.param(300, marks=pytest.mark.trust)])
def test_a_kill_loses_no_entry_that_was_acknowledged(tmp_path: Path, kills: int) -> None:
    log, told = Log(tmp_path / "log.jsonl"), tmp_path / "told"
    chance, cut_short = random.Random(29), 0
    for _ in range(kills):
        before = len(log.entries())
        told.write_text("")
        child = os.fork()
        if child == 0:
            die_at = chance.randrange(1, 24)
            calls = 0

            def counted(real, write=os.write, die_at=die_at):  # type: ignore[no-untyped-def]  # any call
                def call(*arguments, **named):  # type: ignore[no-untyped-def]  # same
                    nonlocal calls
                    calls += 1
                    if calls == die_at:
                        if real is write and die_at % 2:  # half a line on the disk
                            real(arguments[0], arguments[1][: len(arguments[1]) // 2])
                        os.kill(os.getpid(), signal.SIGKILL)
                    return real(*arguments, **named)

                return call

            os.write, os.fsync = counted(os.write), counted(os.fsync)
            os.rename = os.replace = counted(os.replace)
            for _ in range(4):
                log.append({"word": "x" * chance.randrange(200)})
                with told.open("a") as file:
                    file.write(f"{len(log.entries())}\n")
            os._exit(0)
        cut_short += os.waitpid(child, 0)[1] != 0
        chance.random()
        acknowledged = before + len(told.read_text().split())
        assert acknowledged <= len(log.entries()) <= acknowledged + 1
        assert log.problems() == ()
    assert cut_short > kills / 2
    print(f"{kills} children, {cut_short} killed mid-append, 0 acknowledged entries lost, seed 29")


def test_a_line_of_which_the_disk_takes_a_part_is_refused_and_taken_back(tmp_path: Path) -> None:
    log = Log(tmp_path / "log.jsonl")
    log.append({"entry": 1})
    size = log.path.stat().st_size
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, size + 50))
        try:
            log.append({"entry": "x" * 200})
        except OSError:
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0, "the append was acknowledged"
    assert (log.path.stat().st_size, len(log.entries())) == (size, 1)


def test_a_run_that_cannot_read_its_rules_is_in_the_log_too(place: Workspace) -> None:
    (place.rules / "sources").mkdir(parents=True)
    (place.rules / "sources" / "a.toml").symlink_to(place.root / "gone")
    with pytest.raises(RuleError), batch.logged(place):
        pass
    (entry,) = runlog.entries(place)
    assert entry["exit_code"] == 4
    assert entry["error"] == "RuleError at rules/sources/a.toml"
