"""What do we know of each letter's delivery? One line for every change, never rewritten.

A delivery is one department's letter for one month to one address, and it is in one state:

    queued    meant to be sent; nothing has left this machine
    sending   the letter itself is about to go over the line
    sent      the server has taken it over (or an operator says that it arrived)
    refused   the server has said a definite no (5xx)
    deferred  it was not handed over: no connection, no login, or the server said "later" (4xx)
    unknown   the line was lost, or we were killed, after the letter began to leave and before
              the server's answer: it may have arrived, and only a person can find out
    dropped   an operator says that it need not go any more

`sending` is on the disk before the first byte of the letter leaves, so whoever finds a delivery
in that state afterwards knows that nobody knows. The bytes are kept in history/ under their digest:
a resend is the same letter with the same Message-ID, which mail servers know. Opens no line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from compliance import files
from compliance.chain import Log

State = Literal["queued", "sending", "sent", "refused", "deferred", "unknown", "dropped"]

DELIVERIES = "deliveries.jsonl"
LETTERS = "letters"


@dataclass(frozen=True)
class Known:
    """The last thing that is known of one delivery."""

    id: str
    month: str  # YYYY-MM
    department: str
    address: str
    state: State
    digest: str  # sha256 of the bytes
    message_id: str
    at: str
    detail: str = ""  # what the server, or the failure, said
    # Digest of the report's letter that this is; of a correction, what it was made of says
    # (correction.essence; in older journals the digest here too).
    basis: str = ""
    correction: int = 0  # 0: the letter itself; 1: the first correction of it, and so on
    is_test: bool = False  # it went to the test recipient instead of its reader


def delivery_id(
    month: date, department: str, address: str, correction: int = 0, *, is_test: bool = False
) -> str:
    """Return the short name of a delivery, the same in every run: what `--resend` takes."""
    parts = [f"{month:%Y-%m}", department, address.casefold(), str(correction)]
    if is_test:
        parts.append("test")
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"{month:%y%m}-{digest[:8]}"


class Journal:
    """The deliveries of one workspace; for one process at a time, under the workspace's lock."""

    def __init__(self, history: Path, *, now: Callable[[], datetime] | None = None) -> None:
        self._log = Log(history / DELIVERIES)
        self._letters = history / LETTERS
        self._now = now or (lambda: datetime.now(UTC))

    def known(self) -> dict[str, Known]:
        """Return the last state of every delivery by id. Raises InputError for an altered log.

        In older journals a rehearsal may have the id of a real delivery: it never hides that one.
        """
        found = dict[str, Known]()
        for entry in self._log.entries():
            known = _known(entry)
            if known.is_test and known.id in found and not found[known.id].is_test:
                continue
            found[known.id] = known
        return found

    def settle_interrupted(self) -> tuple[Known, ...]:
        """Make `unknown` of what a killed run left in `sending`; return those.

        Under the lock nobody else can be sending, so whoever was is gone.
        """
        left = [known for known in self.known().values() if known.state == "sending"]
        return tuple(
            self.write(known, "unknown", "the program was stopped while sending it")
            for known in left
        )

    def queue(self, known: Known, content: bytes) -> Known:
        """Keep the bytes, and say that they are meant to be sent."""
        self._keep(known.digest, content)
        return self.write(known, "queued", known.detail)

    def drop(self, known: Known, content: bytes, told: str) -> Known:
        """Keep the bytes of what was never queued, should it be sent after all, and give it up."""
        self._keep(known.digest, content)
        return self.write(known, "dropped", told)

    def write(self, known: Known, state: State, detail: str = "") -> Known:
        """Add the delivery's new state; it is on the disk when this returns."""
        moment = self._now().isoformat(timespec="seconds")
        entry = replace(known, state=state, at=moment, detail=detail[:500])
        self._log.append(vars(entry))
        return entry

    def content(self, digest: str) -> bytes | None:
        """Return the bytes kept under that digest; None when they are gone or were altered."""
        file = self._letters / f"{digest}.eml"
        content = file.read_bytes() if file.is_file() else b""
        return content if digest_of(content) == digest else None

    def _keep(self, digest: str, content: bytes) -> None:
        if digest_of(content) != digest:
            raise ValueError("the bytes are not those of the digest")
        if self.content(digest) is None:
            files.write(self._letters / f"{digest}.eml", content, files.PRIVATE)


def digest_of(content: bytes) -> str:
    """Return sha256 in hex."""
    return hashlib.sha256(content).hexdigest()


def _known(entry: Mapping[str, object]) -> Known:
    values = {name: entry[name] for name in Known.__dataclass_fields__}
    return Known(**values)  # type: ignore[arg-type]  # the chain vouches for what `write` put there
