"""Who gets which letter, who has it already, and did it go?

A finished .eml goes to the manager of its department and to the copies named beside, each address
at most once: what may have arrived is never sent again unless an operator says so, and a letter
whose content changed after it was sent goes out only as a correction that says what changed. Before
it leaves, owners.py reads it anew; a letter that holds a row of somebody else's goes to nobody.
For one process at a time: the caller holds the workspace's lock while it sends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from compliance import files
from compliance.delivery_plan import Plan, Planned, headers_of, no_such
from compliance.delivery_settings import DeliverySettings, reveal, settings_of
from compliance.errors import DeliveryError, Place, RuleError, counted
from compliance.journal import DELIVERIES, Journal, Known, State, digest_of
from compliance.pickup import PickupFolder
from compliance.rule_entries import Rules
from compliance.scaffold import DELIVERY
from compliance.smtp_line import Line, LineError, Outcome
from compliance.workspace import SETTINGS_FILE, Workspace

__all__ = ["Delivery", "Planned", "not_set", "owed", "plan", "send"]

_OVER: tuple[State, ...] = ("sent", "dropped")
_WAITING: tuple[State, ...] = ("queued", "refused", "deferred", "unknown")
_LOST: tuple[State, ...] = ("unknown",)
_GIVEN_UP = "an operator says that it need not go any more"
_SILENCES = 3  # letters in a row without an answer, after which the server is left alone


@dataclass(frozen=True)
class Delivery:
    """How a run ended: each letter's last known state, and what was not tried."""

    month: date
    done: tuple[Known, ...]
    planned: tuple[Planned, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Say, one line each, who should have a letter and may not have it, and why."""
        tried = {known.id for known in self.done}
        lines = [
            f"{known.address} ({known.department}): {known.state} [{known.id}]: {known.detail}"
            for known in self.done
            if known.state != "sent"
        ]
        waits = ["unknown", "stopped", "moved"]
        # A department that bought nothing has no letter, and no page; but nobody's letter was made
        # means that the report was not.
        if self._is_unwritten:
            waits.append("no letter")
        lines += [
            f"{p.address} ({p.department}): {p.action} [{p.id}]: {'; '.join(p.reasons)}"
            for p in self.planned
            if (p.action in waits or (p.action == "no letter" and p.is_reported))
            and p.id not in tried
        ]
        return tuple(lines)

    def demand(self) -> None:
        """Raise DeliveryError when somebody's letter is missing."""
        if self.missing:
            raise _undelivered(self.month, self.missing, is_written=not self._is_unwritten)

    @property
    def waiting(self) -> int:
        """Return how many letters could go, and were left where they are."""
        tried = {known.id for known in self.done}
        return sum(p.action == "send" and p.id not in tried for p in self.planned)

    @property
    def changed(self) -> int:
        """Return how many letters say something else now than when they were sent."""
        return sum(p.action == "changed" for p in self.planned)

    @property
    def _is_unwritten(self) -> bool:
        return all(p.action in ("no letter", "no reader") for p in self.planned)


def _undelivered(month: date, lines: Collection[str], *, is_written: bool = True) -> DeliveryError:
    # The month is named in every command: without it, `send` speaks of the latest one.
    send = f"compliance send --month {month:%Y-%m}"
    fix = (
        f"refused and deferred ones go out with the next `{send} --send`; for an unknown one ask "
        f"its reader, then `{send} --arrived ID` or `--resend ID`; `--drop ID` gives one up"
        if is_written
        else f"`compliance report --month {month:%Y-%m}` writes them, then `{send} --send`"
    )
    return DeliveryError(
        f"{counted(len(lines), 'letter')} of {month:%Y-%m} {'was' if len(lines) == 1 else 'were'} "
        "not delivered",
        at=Place(f"history/{DELIVERIES}"),
        why="\n     ".join(lines),
        fix=fix,
    )


_ADD = "add [delivery] to compliance.toml, such as these lines, and run `compliance report`"


def not_set(workspace: Workspace) -> tuple[str, ...]:
    """Say what is missing before any letter can leave, with an example; nothing where it is not."""
    if workspace.settings.delivery:
        return ()
    return (f"no sender is set, and nothing can be sent: {_ADD}", *DELIVERY.splitlines())


def plan(workspace: Workspace, rules: Rules, month: date) -> tuple[Planned, ...]:
    """Return what `send` would do for the month (its first day), by department; sends nothing.

    Without [delivery] in compliance.toml nothing can be checked against it, and all else is shown.
    """
    settings = settings_of(workspace)
    known = Journal(workspace.history).known()
    return tuple(Plan(workspace, rules, month, settings, known).lines())


def owed(workspace: Workspace, rules: Rules, months: Iterable[date]) -> tuple[DeliveryError, ...]:
    """Say, one error a month, which letters were tried and have not reached their readers.

    A letter that an operator gave up is owed to nobody, nor is one to an address that its
    department has no longer: what is said here can be sent, or dropped.
    """
    settings, known = settings_of(workspace), Journal(workspace.history).known()
    tried = {one.month for one in known.values() if one.state not in _OVER}
    errors = []
    for month in sorted(months):
        if f"{month:%Y-%m}" not in tried:
            continue
        lines = [
            f"{last.address} ({last.department}): {last.state} [{last.id}]: {last.detail}"
            for planned in Plan(workspace, rules, month, settings, known).lines()
            if (last := planned.known) is not None and last.state not in _OVER
        ]
        if lines:
            errors.append(_undelivered(month, lines))
    return tuple(errors)


def send(
    workspace: Workspace,
    rules: Rules,
    month: date,
    *,
    resend: Collection[str] = (),
    arrived: Collection[str] = (),
    correct: Collection[str] = (),
    drop: Collection[str] = (),
    only_named: bool = False,
    say: Callable[[str], None] = lambda _: None,
    pause: Callable[[float], None] = time.sleep,
) -> Delivery:
    """Send what is to be sent, each to its reader, at most once. Returns how it went.

    `resend` names deliveries whose same bytes an operator wants to go again, `arrived` unknown ones
    that an operator found to have arrived, `correct` sent ones to be followed by a correction,
    `drop` such as need not go any more, or went to a former manager; `only_named` leaves all others
    where they are.
    After trying all, raises DeliveryError (exit 6) when any letter is missing. Raises RuleError
    without [delivery], UsageError for an id that fits nothing.
    """
    settings = settings_of(workspace)
    if settings is None:
        raise RuleError(
            "nothing says how letters leave this house",
            at=Place(SETTINGS_FILE, column="delivery"),
            why="there is no [delivery] in it",
            fix=f"{_ADD}:\n{DELIVERY.rstrip()}",
        )
    journal = Journal(workspace.history)
    for left in journal.settle_interrupted():
        say(f"unknown   {left.id} {left.department} → {left.address}: {left.detail}")
    moved = {
        one.id: one
        for one in Plan(workspace, rules, month, settings, journal.known()).lines()
        if drop and one.action == "moved"
    }
    noted = [
        *_note(journal, arrived, _LOST, "sent", "an operator says that it arrived"),
        *_note(journal, drop, _WAITING, "dropped", _GIVEN_UP, moved),
    ]
    for known in noted:
        say(f"{known.state:<9} {known.id} {known.department} → {known.address}: {known.detail}")
    planning = Plan(workspace, rules, month, settings, journal.known())
    planned = tuple(planning.asked_for(resend, correct, journal))
    going = [
        _queued(journal, one)
        for one in planned
        if one.action == "send" and (one.is_asked or not only_named)
    ]
    done = tuple(_hand_over(settings, journal, going, say, pause))
    delivery = Delivery(month, done, planned)
    delivery.demand()
    return delivery


def _note(
    journal: Journal,
    ids: Collection[str],
    of: Collection[State],
    state: State,
    told: str,
    moved: Mapping[str, Planned] = MappingProxyType({}),
) -> list[Known]:
    """Write what an operator says of deliveries in such states, or of what was never queued."""
    known = journal.known()
    can = sorted({id for id, one in known.items() if one.state in of} | moved.keys())
    noted = []
    for id in ids:
        if id not in can:
            raise no_such(id, can, " or ".join(of))
        if id in moved:
            noted.append(journal.drop(_as_known(moved[id]), moved[id].content, told))
        else:
            noted.append(journal.write(known[id], state, told))
    return noted


def _queued(journal: Journal, planned: Planned) -> tuple[Known, bytes]:
    return journal.queue(_as_known(planned), planned.content), planned.content


def _as_known(planned: Planned) -> Known:
    content, number = planned.content, planned.known.correction if planned.known else 0
    digest = digest_of(content)
    return Known(
        id=planned.id,
        month=f"{planned.month:%Y-%m}",
        department=planned.department,
        address=planned.address,
        state="queued",
        digest=digest,
        message_id=str(headers_of(content).get("Message-ID", "")),
        at="",
        basis=planned.known.basis if planned.known and number else digest,
        correction=number,
        is_test=planned.is_test,
    )


def _hand_over(
    settings: DeliverySettings,
    journal: Journal,
    going: list[tuple[Known, bytes]],
    say: Callable[[str], None],
    pause: Callable[[float], None],
) -> Iterator[Known]:
    if not going:
        return
    way = _way(settings)
    silences, stopped = 0, ""
    try:
        for number, (known, content) in enumerate(going):
            if number and not stopped:
                pause(settings.pause_seconds)
            if silences >= _SILENCES and not stopped:
                stopped = f"{silences} letters before it got no answer"
            outcome = Outcome("deferred", stopped)
            if not stopped:
                try:
                    outcome = _attempt(way, settings, journal, known, content)
                except LineError as error:
                    stopped, outcome = str(error), Outcome("deferred", str(error))
            silences = 0 if outcome.detail[:1].isdigit() else silences + 1
            ended = journal.write(known, outcome.state, outcome.detail)
            say(f"{ended.state:<9} {ended.id} {ended.department} → {ended.address}")
            yield ended
    finally:
        way.close()


def _attempt(
    way: Line | PickupFolder,
    settings: DeliverySettings,
    journal: Journal,
    known: Known,
    content: bytes,
) -> Outcome:
    def about_to_leave() -> None:
        journal.write(known, "sending")

    return way.send(settings.sender, known.address, content, about_to_leave)


def _way(settings: DeliverySettings) -> Line | PickupFolder:
    if settings.folder is not None:
        # A folder of our own is made; one elsewhere that is missing is a share that is not there.
        if settings.folder.is_relative_to(settings.root):
            files.make_folder(settings.folder)
        return PickupFolder(settings.folder)
    return Line(settings, reveal(settings))
