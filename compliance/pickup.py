"""Leave a finished letter in a folder from which another program mails it.

One file a letter and address, whole from its first moment. The two lines in front of the letter's
own, X-Sender and X-Receiver, say who sends and who gets it, as the pick-up folders of Exchange and
IIS read them; what that program then does is its own to tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from compliance import files
from compliance.smtp_line import LineError, Outcome


class PickupFolder:
    """The folder; takes letters as `smtp_line.Line` does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(
        self, sender: str, recipient: str, content: bytes, about_to_leave: Callable[[], None]
    ) -> Outcome:
        """Write the letter's file. Raises LineError when the folder is not there."""
        if not self._folder.is_dir():
            raise LineError(f"there is no folder {self._folder}")
        about_to_leave()
        head = f"X-Sender: {sender}\r\nX-Receiver: {recipient}\r\n".encode("ascii")
        digest = hashlib.sha256(head + content).hexdigest()
        file = self._folder / f"{digest[:24]}.eml"
        try:
            files.write(file, head + content)
        except OSError as error:
            # The file takes its name last: without the name nobody can have picked it up.
            return Outcome("unknown" if file.exists() else "deferred", f"{error.strerror}: {file}")
        return Outcome("sent", f"250 {file.name}")

    def close(self) -> None:
        """Nothing is open."""
