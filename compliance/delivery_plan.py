"""Who should get which letter, and what stands in the way?

One line for each address of each department: it has the letter already, should get it, or something
must be settled first (nobody knows whether it arrived, its content has changed since, it holds
somebody else's rows). Reads the letters, the rules and the journal; writes and sends nothing.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from compliance.correction import correction, essence
from compliance.delivery_settings import DeliverySettings
from compliance.errors import Place, UsageError, nearest
from compliance.journal import DELIVERIES, Journal, Known, delivery_id, digest_of
from compliance.owners import Expected, Owners, department_of, reasons_against, squeezed
from compliance.report.paths import has_page
from compliance.rule_entries import Department, Rules
from compliance.words import own_words
from compliance.workspace import Workspace

# send: goes out next time. sent: nothing to do. dropped: an operator gave it up. The rest wait for
# a person, except that a department without a reader is nobody's mistake.
Action = Literal[
    "send", "sent", "dropped", "changed", "unknown", "stopped", "moved", "no letter", "no reader"
]


@dataclass(frozen=True)
class Planned:
    """One letter to one address: what would happen to it, and why."""

    month: date
    department: str
    address: str
    action: Action
    id: str = ""
    is_test: bool = False  # it goes to the test recipient instead of its reader
    subject: str = ""
    name: str = ""  # whom the address belongs to; empty for a copy
    file: Path | None = None
    reasons: tuple[str, ...] = ()
    known: Known | None = None
    content: bytes = field(default=b"", repr=False)
    size: int = 0
    is_asked: bool = False  # an operator named it: --resend or --correct
    is_reported: bool = False  # its department has a page of the month: it bought something

    def __str__(self) -> str:
        where = f" <{self.address}>" if self.address else ""
        because = f": {'; '.join(self.reasons)}" if self.reasons else ""
        size = f", {self.size // 1024 + 1} KB" if self.size and self.action == "send" else ""
        told = f"{self.action:<9} {self.id or '–':<13} {self.department} → {self.name}{where}"
        return f"{told}{size}{because}"


@dataclass(frozen=True)
class _Letter:
    file: Path
    content: bytes
    digest: str
    subject: str
    message_id: str


class Plan:
    """The letters of one month and what is known of each; without settings, any address will do."""

    def __init__(
        self,
        workspace: Workspace,
        rules: Rules,
        month: date,
        settings: DeliverySettings | None,
        known: Mapping[str, Known],
    ) -> None:
        self._workspace, self._rules, self._month = workspace, rules, month
        self._settings, self._known = settings, known
        titles = [department.title for department in rules.departments]
        self._owners = Owners.of(titles, rules.units, own_words())
        self._letters, self._doubled = _letters(workspace, month)
        self._bytes_of = Journal(workspace.history).content

    def lines(self) -> Iterator[Planned]:
        """Give the plan, department by department."""
        for department in sorted(self._rules.departments, key=lambda d: d.title):
            if not department.email:
                yield self._unread(department.title, "organisation.toml has no email for it")
                continue
            yield from self._department(department)
        unread = self._letters.keys() - {squeezed(d.title) for d in self._rules.departments}
        for title in sorted(unread):
            yield self._unread(title, "organisation.toml does not know it")

    def _unread(self, department: str, reason: str) -> Planned:
        return Planned(self._month, department, "", "no reader", reasons=(reason,))

    def asked_for(
        self, resend: Collection[str], correct: Collection[str], journal: Journal
    ) -> Iterator[Planned]:
        """Give the plan, with what an operator asked for in the place of what would wait.

        Raises UsageError for an id that fits nothing.
        """
        lines = list(self.lines())
        for id, allowed in (*((i, None) for i in resend), *((i, "changed") for i in correct)):
            can = [x.id for x in lines if x.action == allowed or (not allowed and _is_known(x))]
            if id not in can:
                raise no_such(id, can, allowed)
        for line in lines:
            named = replace(line, is_asked=True)
            if line.id in resend and line.known is not None:
                yield self._again(named, line.known, journal)
            elif line.id in resend:
                department = self._rules.organisation[line.department]
                yield self._checked(named, line.content, department)
            elif line.id in correct and line.known is not None:
                yield self._corrected(named, line.known, journal)
            else:
                yield self._kept(line, journal)

    def _department(self, department: Department) -> Iterator[Planned]:
        letter = self._letters.get(squeezed(department.title))
        test = self._settings.test_recipient if self._settings else ""
        addresses = [test] if test else [department.email, *department.copies]
        spelt: dict[str, str] = {}  # two spellings of one address are one reader
        for address in addresses:
            spelt.setdefault(address.casefold(), address)
        for address in spelt.values():
            id = delivery_id(self._month, department.title, address, is_test=bool(test))
            name = department.manager if address == department.email else ""
            line = Planned(
                self._month, department.title, address, "send", id, bool(test), name=name
            )
            known = self._latest(line, department)
            line = replace(line, known=known, id=known.id if known else id)
            yield (
                self._judged(
                    replace(
                        line,
                        file=letter.file,
                        subject=letter.subject,
                        content=letter.content,
                        size=len(letter.content),
                    ),
                    letter,
                    department,
                )
                if letter
                else self._without_letter(line)
            )

    def _without_letter(self, line: Planned) -> Planned:
        folder = self._workspace.relative(_folder(self._workspace, self._month))
        if squeezed(line.department) in self._doubled:
            reason = f"two letters in {folder} say they are theirs"
            return replace(line, action="stopped", reasons=(reason,))
        if line.known is not None and line.known.state == "sent":
            return replace(line, action="sent", reasons=(f"on {line.known.at[:10]}",))
        if line.known is not None and line.known.state == "dropped":
            return _dropped(line, line.known)
        reason = f"none in {folder}"
        is_reported = has_page(_folder(self._workspace, self._month), line.department)
        if is_reported:
            reason += f", where its page is; `{self._writes}` writes it"
        elif not self._letters:
            reason += f"; `{self._writes}` writes them"
        return replace(line, action="no letter", reasons=(reason,), is_reported=is_reported)

    @property
    def _writes(self) -> str:
        return f"compliance report --month {self._month:%Y-%m}"

    def _latest(self, line: Planned, department: Department) -> Known | None:
        held = [
            known
            for known in self._known.values()
            if known.month == f"{self._month:%Y-%m}"
            and _is_of(known, department)
            and known.address.casefold() == line.address.casefold()
            and known.is_test == line.is_test
        ]
        # Of departments that were merged each had a letter: what was sent tells more than the rest.
        return max(
            held,
            key=lambda known: (
                known.correction,
                known.department == department.title,
                known.state == "sent",
            ),
            default=None,
        )

    def _judged(self, line: Planned, letter: _Letter, department: Department) -> Planned:
        known = line.known
        if known is not None and known.state in ("unknown", "sending"):
            return replace(line, action="unknown", reasons=(known.detail or "it was being sent",))
        if known is not None and known.state == "dropped":
            return _dropped(line, known)
        if known is not None and known.state == "sent":
            if self._is_same(known, letter):
                return replace(line, action="sent", reasons=(f"on {known.at[:10]}",))
            reason = f"it was sent on {known.at[:10]} with other content; --correct {known.id}"
            return replace(line, action="changed", reasons=(reason,))
        before = self._sent_elsewhere(line, department)
        if before is not None:
            reason = (
                f"{before.address} was sent it on {before.at[:10]}; --resend {line.id} sends it to "
                f"this one too, --drop {line.id} gives it up"
            )
            return replace(line, action="moved", reasons=(reason,))
        checked = self._checked(line, line.content, department)
        former = self._former_reader(line, department)
        if checked.action == "send" and former is not None:
            reason = f"a new reader: the letter of {former.month} went to {former.address}"
            return replace(checked, reasons=(reason,))
        return checked

    def _is_same(self, known: Known, letter: _Letter) -> bool:
        """Whether the report's letter says what went out, whichever number its report has now."""
        if known.basis == letter.digest:
            return True
        said, sent = essence(letter.content), self._bytes_of(known.basis)
        return known.basis == said or (sent is not None and essence(sent) == said)

    def _former_reader(self, line: Planned, department: Department) -> Known | None:
        """The last letter, when it went to another manager and this one never had any."""
        sent = [
            known
            for known in self._known.values()
            if _is_of(known, department) and known.state == "sent" and not known.is_test
        ]
        is_manager = line.address.casefold() == department.email.casefold()
        had = {known.address.casefold() for known in sent}
        if not is_manager or line.is_test or line.address.casefold() in had:
            return None
        copies = {address.casefold() for address in department.copies}
        others = [k for k in sent if k.address.casefold() not in copies]
        return max(others, key=lambda known: known.at, default=None)

    def _sent_elsewhere(self, line: Planned, department: Department) -> Known | None:
        """A month's letter that went to a former manager is not sent to the next one unasked."""
        now = {address.casefold() for address in (department.email, *department.copies)}
        if line.address.casefold() != department.email.casefold():
            return None
        return next(
            (
                known
                for known in self._known.values()
                if known.month == f"{self._month:%Y-%m}"
                and _is_of(known, department)
                and known.state in ("sent", "unknown", "sending")
                and not known.is_test
                and known.address.casefold() not in now
            ),
            None,
        )

    def _checked(self, line: Planned, content: bytes, department: Department) -> Planned:
        """The last look: is every address allowed, and is every row in it theirs?"""
        if "From" not in headers_of(content):
            # The report takes the sender from [delivery]; of it all else about `From` follows.
            return replace(line, action="stopped", reasons=(self._no_sender(),))
        reasons: list[str] = []
        if self._settings is not None:
            for address in dict.fromkeys((line.address, department.email)):
                if not self._settings.allows(address):
                    reasons.append(f"{address} is not of an allowed domain")
        sender = self._settings.sender if self._settings else _sender(content)
        expected = Expected(department.title, self._month, sender, department.email)
        reasons += reasons_against(content, expected, self._owners)
        if reasons:
            return replace(line, action="stopped", reasons=tuple(reasons[:5]))
        return replace(line, action="send", content=content, size=len(content))

    def _no_sender(self) -> str:
        if self._settings is None:
            return "no sender is set"
        return f"it was written before a sender was set; run `{self._writes}`"

    def _again(self, line: Planned, known: Known, journal: Journal) -> Planned:
        content = journal.content(known.digest)
        if content is None:
            reason = f"its bytes are no longer in history/letters ({known.digest[:12]})"
            return replace(line, action="stopped", reasons=(reason,))
        return self._checked(line, content, self._rules.organisation[line.department])

    def _kept(self, line: Planned, journal: Journal) -> Planned:
        """A correction that did not go out yet goes as it was made."""
        if line.action != "send" or line.known is None or not line.known.correction:
            return line
        return self._again(line, line.known, journal)

    def _corrected(self, line: Planned, known: Known, journal: Journal) -> Planned:
        old = journal.content(known.digest)
        if old is None:
            reason = "the letter that was sent is no longer in history/letters: nothing to compare"
            return replace(line, action="stopped", reasons=(reason,))
        department = self._rules.organisation[line.department]
        number = known.correction + 1
        content = correction(
            line.content,
            old,
            number=number,
            sent_on=known.at[:10],
            language=department.language or self._workspace.settings.language,
        )
        id = delivery_id(self._month, line.department, line.address, number, is_test=line.is_test)
        basis = essence(line.content)
        made = replace(known, id=id, correction=number, basis=basis)
        return self._checked(replace(line, id=id, known=made), content, department)


def _dropped(line: Planned, known: Known) -> Planned:
    reason = f"on {known.at[:10]}, by an operator; --resend {known.id} sends it all the same"
    return replace(line, action="dropped", reasons=(reason,))


def _is_of(known: Known, department: Department) -> bool:
    """Whether a letter was the department's, by the name that it has or had."""
    names = {squeezed(name).casefold() for name in (department.title, *department.formerly)}
    return squeezed(known.department).casefold() in names


def _is_known(line: Planned) -> bool:
    return line.known is not None or line.action == "moved"


def _letters(workspace: Workspace, month: date) -> tuple[dict[str, _Letter], set[str]]:
    """Return each department's letter by its squeezed title, and those that have more than one."""
    found, doubled = dict[str, _Letter](), set[str]()
    for file in sorted(_folder(workspace, month).rglob("*.eml")):
        content = file.read_bytes()
        headers = headers_of(content)
        department = department_of(headers)
        if department in found:
            doubled.add(department)
        found[department] = _Letter(
            file, content, digest_of(content),
            str(headers.get("Subject", "")), str(headers.get("Message-ID", "")),
        )  # fmt: skip
    return {name: found[name] for name in found.keys() - doubled}, doubled


def _folder(workspace: Workspace, month: date) -> Path:
    return workspace.output / "reports" / f"{month:%Y-%m}"


def headers_of(content: bytes) -> EmailMessage:
    """Return the message without its body."""
    headers = email.message_from_bytes(
        content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=email.policy.default
    )
    assert isinstance(headers, EmailMessage)  # the policy says so
    return headers


def _sender(content: bytes) -> str:
    header = headers_of(content).get("From")
    return header.addresses[0].addr_spec if header is not None and header.addresses else ""


def no_such(id: str, known: Collection[str], state: str | None) -> UsageError:
    """Return the refusal of an id; `known` are those that would do, `state` what they are in."""
    told = f"no delivery `{id}`" + (f" is {state}" if state else " of this month is known")
    return UsageError(
        told,
        at=Place(f"history/{DELIVERIES}"),
        why="only a letter that is known by its id can be settled",
        fix=nearest(id, known) if known else "`compliance send` shows each letter with its id",
    )
