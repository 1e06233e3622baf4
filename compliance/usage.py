"""What does the command line ask for? A parser whose errors have the shape of all others."""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any, NoReturn

from compliance.errors import Place, UsageError, nearest

# How argparse says that a word is none of those that may stand there.
_CHOICE = re.compile("argument (.+?): invalid choice: '(.*)' [(]choose from (.*)[)]", re.DOTALL)


class Line(argparse.ArgumentParser):
    """A command line; the verbs that are added to it are of its kind."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Parse options wherever they stand.

        argparse gives an optional place its default as soon as the one before it is filled and an
        option follows: `explain KEY --identify WORKSPACE` would know no WORKSPACE.
        """
        given = list(sys.argv[1:] if args is None else args)
        if self._subparsers is None:
            given = self._options_first(given)
        return super().parse_known_args(given, namespace)

    def _options_first(self, given: list[str]) -> list[str]:
        """Return the words with every option, and its value, in front of what is none."""
        options, places, at = list[str](), list[str](), 0
        while at < len(given) and given[at] != "--":
            word = given[at]
            taken = 1
            if word.startswith("-") and word != "-":
                # A name may be shortened, as argparse has it.
                fits = {self._option_string_actions.get(word)} - {None} or {
                    action
                    for name, action in self._option_string_actions.items()
                    if name.startswith(word)
                }
                # A value that is told by `=` stands in the same word.
                taken += any(action is not None and action.nargs is None for action in fits)
                options += given[at : at + taken]
            else:
                places.append(word)
            at += taken
        return [*options, *places, *given[at:]]

    def error(self, message: str) -> NoReturn:
        """Raise UsageError: what may be said is the reason, the nearest word the cure."""
        what, fix = message, f"`{self.prog} --help` tells what may be said"
        why = " ".join(self.format_usage().split())
        choice = _CHOICE.fullmatch(message)
        if choice:
            words = re.findall(r"[\w-]+", choice[3])
            what = f"{choice[2]!r} is no {choice[1]}"
            why = f"{choice[1]} is one of {', '.join(sorted(words))}"
            fix = nearest(choice[2], words)
        raise UsageError(what, at=Place(self.prog), why=why, fix=fix)
