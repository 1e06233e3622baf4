"""What does the command line ask for? A parser whose errors have the shape of all others."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from compliance.errors import Place, UsageError, nearest

# How argparse says that a word is none of those that may stand there.
_CHOICE = re.compile("argument (.+?): invalid choice: '(.*)' [(]choose from (.*)[)]", re.DOTALL)


class Line(argparse.ArgumentParser):
    """A command line; the verbs that are added to it are of its kind."""

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
