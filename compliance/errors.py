"""What can go wrong, and the one shape in which we say it.

Every failure that a user can cause or cure is a `ComplianceError`. It says where, what, why and
what to do next; `cli.py` prints it and exits with its `exit_code`. Nothing else in the package
prints or exits. Knows nobody, and is known to all.
"""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where to look: a file, and as much of row and column as is known."""

    file: str
    row: int | None = None  # 1-based, as a spreadsheet shows it; the header is row 1
    column: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            # A settings file has keys where a table has columns.
            noun = "key" if self.file.endswith(".toml") else "column"
            parts.append(f"{noun} `{self.column}`")
        return ", ".join(parts)


class ComplianceError(Exception):
    """A failure that the user can understand and act on."""

    exit_code = 1
    otherwise = "nothing was changed"  # the reason of an error that has none of its own

    def __init__(self, what: str, *, at: Place, fix: str, why: str = "") -> None:
        self.what, self.at, self.fix, self.why = what, at, fix, why or self.otherwise
        super().__init__(what)

    def __str__(self) -> str:
        return f"error: {self.at}: {self.what}\nwhy: {self.why}\nfix: {self.fix}"

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel from the child process that parses a file; keyword-only arguments do not
        # survive the default pickling.
        return _revived, (type(self), self.what, self.at, self.fix, self.why)


def _revived(
    kind: type[ComplianceError], what: str, at: Place, fix: str, why: str
) -> ComplianceError:
    return kind(what, at=at, fix=fix, why=why)


class UsageError(ComplianceError):
    """The command line asks for something that does not exist."""

    exit_code = 2
    otherwise = "what is meant is not guessed; nothing was done"


class InputError(ComplianceError):
    """A ledger, register or other delivered file cannot be read as what it claims to be."""

    exit_code = 3
    otherwise = "what cannot be read exactly is not guessed, and nothing is published without it"


class RuleError(ComplianceError):
    """A file in rules/, or compliance.toml, does not say something that can be run."""

    exit_code = 4
    otherwise = "a rule or setting that is not understood is not guessed, and nothing is published"


class CheckError(ComplianceError):
    """The figures contradict each other, so none of them are published."""

    exit_code = 5
    otherwise = "figures that contradict each other are not published"


class DeliveryError(ComplianceError):
    """Some letters did not reach their readers."""

    exit_code = 6
    otherwise = "a letter that may have arrived is not sent again by itself"


class Problems(Exception):  # noqa: N818 - a heap of errors is not itself one
    """Several failures found in one run, so that they can be mended in one go.

    The exit code is that of the first; the order is the order in which they were found.
    """

    def __init__(self, errors: Sequence[ComplianceError]) -> None:
        self.errors = tuple(errors)
        super().__init__(f"{len(self.errors)} problems")

    @property
    def exit_code(self) -> int:
        return self.errors[0].exit_code

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.errors))


def raise_all(errors: Sequence[ComplianceError]) -> None:
    """Raise what was collected: nothing, the one error, or all of them together."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise Problems(errors)


_SHOWN = 12  # names in one message

_OF_THE_MACHINE = {
    errno.ENOSPC: ("the disk is full", "free space there, or let another disk hold it"),
    errno.EDQUOT: ("your quota on the disk is used up", "free space there, or ask for more"),
    errno.EFBIG: ("a file may not grow that large here", "raise the limit (`ulimit -f`)"),
    errno.EROFS: ("the disk can only be read", "use a folder on a disk that can be written"),
    errno.EACCES: ("you may not read or write this", "ask its owner, or run as who owns it"),
    errno.EPERM: ("you may not read or write this", "ask its owner, or run as who owns it"),
    errno.ENOTDIR: ("a file stands where a folder is needed", "name another place"),
    errno.ENAMETOOLONG: ("a name is longer than the disk allows", "give it a shorter one"),
    errno.ELOOP: ("links lead in a circle here", "put the file itself there"),
    errno.EMFILE: ("too many files are open", "raise the limit (`ulimit -n`)"),
    errno.EIO: ("the disk failed to read or write", "look to the disk before you run again"),
}


def of_the_machine(error: OSError) -> ComplianceError | None:
    """Say what the file system could not do; None for what is no fault of the machine's."""
    if error.errno not in _OF_THE_MACHINE:
        return None
    what, fix = _OF_THE_MACHINE[error.errno]
    return ComplianceError(
        what,
        at=Place(str(error.filename or "the disk")),
        why="the last good database stands",
        fix=f"{fix}, and run again",
    )


def counted(number: int, noun: str) -> str:
    """Write a number and what is counted: `1 row`, `1,234 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def nearest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return the cure for a misspelt name: the nearest known one; else `otherwise`, or the list."""
    names = sorted(set(known))
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    return otherwise or f"use one of: {listed(names)}"


def slip(word: str, known: Iterable[str]) -> str:
    """Return the cure for a word that is a known one but for a letter or two; empty for others.

    `nearest` is generous; this is for words of which most are nobody's business.
    """
    guess = nearest(word, known, otherwise=" ")
    if not guess.startswith("did you mean"):
        return ""
    meant = guess.removeprefix("did you mean `").removesuffix("`?")
    near = len(word) > 4 and abs(len(meant) - len(word)) <= 1 and _slips(word, meant) <= 2
    return guess if near else ""


def _slips(one: str, other: str) -> int:
    """Letters that differ, after what both begin and end with."""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other))


def listed(names: Sequence[str]) -> str:
    """Write names in a row: a dozen, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
