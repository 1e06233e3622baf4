"""A room for parsing: a child process that may run out of memory, time or luck alone.

One child serves many files, since starting it costs more than reading a small file; when it dies,
the file that it was reading is refused and the next file gets a new child. Knows no ledgers and no
frames: it calls the function that it is told, by name.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from compliance.errors import ComplianceError, InputError, Place, Problems

# polars reserves far more address space than it uses; the limit stops a bomb, not a large file.
MEMORY_BYTES = 6 << 30
CPU_SECONDS = 120
CPU_SECONDS_A_MEGABYTE = 2
WALL_FACTOR = 3


@dataclass
class Confined:
    """The child, started when first needed."""

    process: subprocess.Popen[bytes] | None = None
    link: Connection | None = None

    def call(self, function: str, path: Path, file: str, *arguments: object) -> object:
        """Run `module:function(path, file, *arguments)` in the child and return what it returns.

        Arguments and result must be picklable. Raises the ComplianceError or Problems that the
        function raises, and InputError when the child dies, hangs or fails in any other way.
        """
        link = self._started()
        seconds = CPU_SECONDS + CPU_SECONDS_A_MEGABYTE * (path.stat().st_size >> 20)
        try:
            link.send((function, seconds, (path, file, *arguments)))
            if not link.poll(seconds * WALL_FACTOR):
                self.close()
                raise _died(file, f"it took more than {seconds * WALL_FACTOR} seconds")
            kind, answer = link.recv()
        except (EOFError, OSError):
            raise _died(file, self._last_words()) from None
        if kind == "error":
            raise answer
        if kind == "crash":
            raise _died(file, str(answer))
        return answer

    def close(self) -> None:
        """End the child."""
        if self.link is not None:
            self.link.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = self.link = None

    def _started(self) -> Connection:
        if self.link is None or self.process is None or self.process.poll() is not None:
            self.close()
            ours, theirs = socket.socketpair()
            with theirs:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "compliance.confined", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={
                        **os.environ,
                        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                        # Each thread reserves address space of its own.
                        "POLARS_MAX_THREADS": str(min(os.cpu_count() or 1, 4)),
                    },
                )
            self.link = Connection(ours.detach())
        return self.link

    def _last_words(self) -> str:
        code = self.process.wait() if self.process is not None else None
        self.close()
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            why = {"SIGXCPU": "it used too much time", "SIGKILL": "it was stopped"}
            return why.get(name, f"the reader was ended by {name}; memory may have run out")
        return f"the reader ended with code {code}"


@contextlib.contextmanager
def confined() -> Iterator[Confined]:
    """Give a room for as long as it is needed."""
    room = Confined()
    try:
        yield room
    finally:
        room.close()


def _died(file: str, why: str) -> InputError:
    return InputError(
        "the file could not be read through",
        at=Place(file),
        why=why,
        fix="export the file anew; if it is sound, tell the maintainers and keep it",
    )


def _serve(descriptor: int) -> None:
    """Answer calls until the other side hangs up: the child's whole life."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    link = Connection(descriptor)
    while True:
        try:
            function, seconds, arguments = link.recv()
        except EOFError:
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        link.send(_answer(function, arguments))


def _answer(function: str, arguments: tuple[object, ...]) -> tuple[str, object]:
    module, _, name = function.partition(":")
    try:
        return "result", getattr(importlib.import_module(module), name)(*arguments)
    except (ComplianceError, Problems) as error:
        return "error", error
    except BaseException as error:  # noqa: BLE001 - a reader's panic is no Exception
        return "crash", f"{type(error).__name__}: {str(error)[:160]}"


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
