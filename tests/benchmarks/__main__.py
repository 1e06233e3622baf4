"""Runs the benchmarks: `python -m tests.benchmarks`, or with names, and numbers for them."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def run(words: list[str]) -> int:
    """Run the benchmarks named, or all; 0 when each keeps its promise."""
    known = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    chosen = [word for word in words if word in known] or known
    rest = [word for word in words if word not in known]
    unknown = [word for word in rest if not word.isdigit()]
    if unknown:
        print(f"there is no benchmark {unknown[0]}; use one of: {', '.join(known)}")
        return 2
    return max(importlib.import_module(f"tests.benchmarks.{name}").main(rest) for name in chosen)


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
