"""The sample municipality, built once for all tests of a run that only read it."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest
from runs import run


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Give the workspace of the sample municipality with its database; read it, never write it."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    workspace = shared / "demo"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one worker builds, the others wait for it
        if not (workspace / "output" / "compliance.duckdb").exists():
            run("init", workspace, "--demo")
            run("build", workspace, timeout=300)
    return workspace


@pytest.fixture
def own_demo(demo: Path, tmp_path: Path) -> Path:
    """Give a copy of the workspace that the test may change."""
    # Another worker's test may be asking the same workspace: what it puts aside comes and goes.
    passing = shutil.ignore_patterns("spill", "*.unfinished")
    return Path(shutil.copytree(demo, tmp_path / "own", ignore=passing))
