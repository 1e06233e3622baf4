"""R21: whatever server and machine do, each letter arrives 0 or 1 times and the journal is true."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import smtplib
from collections import Counter
from pathlib import Path
from typing import Any

import mail_house as house
import pytest
from mail_house import HOUSE, MONTH, Sink
from promises import Kept

from compliance import deliver, lock
from compliance.errors import DeliveryError
from compliance.journal import Journal
from compliance.workspace import Workspace

SPOKEN = ("451 4.3.0 later", "550 5.7.1 no", "421 4.3.2 closing")


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPLIANCE_TEST_PASSWORD", house.PASSWORD)


def faults(chance: random.Random) -> dict[str, list[str | None]]:
    """Draw what goes wrong in one run: at most three things, silences seldom (they take time)."""
    drawn: dict[str, list[str | None]] = {}
    for _ in range(chance.randint(0, 3)):
        step = chance.choice(house.STEPS)
        kinds = ["cut", "cut", *SPOKEN] if step != "accepted" else ["cut", "cut"]
        fault = "silence" if chance.random() < 0.1 else chance.choice(kinds)
        drawn.setdefault(step, []).extend([None] * chance.randint(0, 2) + [fault])
    return drawn


def killed_run(place: Workspace, at: int) -> bool:
    """Send in a child that is killed at its n-th write, flush or word to the server."""
    child = os.fork()
    if child == 0:
        calls = 0

        def fatal(real: Any) -> Any:
            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal calls
                calls += 1
                if calls == at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*arguments, **named)

            return call

        os.fsync, os.write = fatal(os.fsync), fatal(os.write)
        for name in ("send", "getreply"):
            setattr(smtplib.SMTP, name, fatal(getattr(smtplib.SMTP, name)))
        try:
            run(place)
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] != 0


def run(place: Workspace, *, naive: bool = False) -> None:
    """One evening's batch. The naive one sends again whatever has not been confirmed."""
    with lock.held(place):
        journal = Journal(place.history)
        journal.settle_interrupted()
        again = [k.id for k in journal.known().values() if k.state == "unknown"] if naive else []
        with contextlib.suppress(DeliveryError):
            deliver.send(place, HOUSE, MONTH, resend=again, pause=lambda _: None)


def lies(place: Workspace, counts: Counter[tuple[str, str]]) -> list[str]:
    """What the journal says that is not so."""
    allowed = {"queued": {0}, "sending": {0, 1}, "sent": {1}, "refused": {0}, "deferred": {0}, "unknown": {0, 1}}  # fmt: skip
    return [
        f"{known.id} is {known.state}, and arrived {counts[known.message_id, known.address]} times"
        for known in Journal(place.history).known().values()
        if counts[known.message_id, known.address] not in allowed[known.state]
    ]


def schedule(seed: int, place: Workspace, sink: Sink, *, naive: bool = False) -> dict[str, int]:
    """Some evenings in which things go wrong, and a last one in which nothing does."""
    chance = random.Random(seed)
    told = Counter[str]()
    for _ in range(chance.randint(1, 3)):
        sink.faults = faults(chance)
        if chance.random() < 0.4:
            told["killed"] += killed_run(place, chance.randint(1, 90))
        else:
            run(place, naive=naive)
        told["lies"] += len(lies(place, sink.counts))
    sink.faults = {}
    run(place, naive=naive)
    known = Journal(place.history).known().values()
    told["lies"] += len(lies(place, sink.counts))
    told["twice"] += sum(count > 1 for count in sink.counts.values())
    told["left"] += sum(k.state not in ("sent", "unknown") for k in known) + (4 - len(known))
    told["unknown"] += sum(k.state == "unknown" for k in known)
    told["sent"] += sum(k.state == "sent" for k in known)
    return told


def scheduled(seeds: range, folder: Path, *, naive: bool = False) -> Counter[str]:
    told = Counter[str]()
    for seed in seeds:
        sink = Sink()
        with house.serving(sink) as server:
            root = folder / f"{seed}{'n' if naive else ''}"
            place = house.workspace(root, server.port, timeout_seconds="0.5")
            one = schedule(seed, place, sink, naive=naive)
        assert naive or not one["lies"] + one["twice"] + one["left"], (seed, one)
        told.update(one)
    return told


@pytest.mark.parametrize(
    "seeds",
    [range(12), *(pytest.param(range(n, n + 125), marks=pytest.mark.trust) for n in range(0, 500, 125))],
    ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}",
)  # fmt: skip
def test_each_letter_arrives_once_or_somebody_is_asked(
    seeds: range, tmp_path: Path, kept: Kept
) -> None:
    told = scheduled(seeds, tmp_path)
    naive = scheduled(range(seeds.start, seeds.start + 12), tmp_path, naive=True)

    assert told["killed"] > 0
    assert told["unknown"] > 0
    assert naive["twice"] > 0
    kept(
        "R21",
        f"{len(seeds)} schedules (seeds {seeds.start}-{seeds.stop - 1}), {told['killed']} runs killed: "
        f"{told['sent']} letters sent once, {told['unknown']} unknown and left to an operator, "
        f"0 twice, 0 false words in the journal",
        proof=f"a naive resend: {naive['twice']} letters twice in 12 schedules",
    )
