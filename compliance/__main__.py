"""The door of `compliance` and `python -m compliance`: Ctrl-C has an answer before all is loaded.

Loading polars and DuckDB takes most of a second, in which a person may think better of it.
"""

from __future__ import annotations

import os
import sys


def entry() -> None:
    """Load the command line and run it; leaves the process with its exit code."""
    try:
        from compliance import cli
    except KeyboardInterrupt:
        sys.stderr.write("stopped before anything was read\n")
        sys.stderr.flush()
        os._exit(130)
    cli.entry()


if __name__ == "__main__":
    entry()
