"""R2: whatever write fails, the run says so and what is published stays whole.
R3: what is published reaches the disk before its name does."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import worlds
from promises import Kept
from runs import DATABASE, command, contents, environment, run, scale

CALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "linkat", "ftruncate", "openat")
STRACE = shutil.which("strace")
NO_FILE = re.compile(r"\(\d+<(?:anon_inode|pipe|socket|/dev/null)")
TIMED_OUT = 124
needs_strace = pytest.mark.skipif(STRACE is None, reason="strace is not installed")


def drawn(seed: int) -> worlds.World:
    return worlds.draw(seed, rows=20, months=2, vendors=12, is_covered=True)


@pytest.fixture
def generations(tmp_path: Path) -> tuple[Path, dict[str, object], dict[str, object]]:
    """A workspace with a published database, and newer inputs waiting; both contents."""
    newer = worlds.write(drawn(2), tmp_path / "newer")
    run("build", newer)
    workspace = worlds.write(drawn(1), tmp_path / "w")
    run("build", workspace)
    old = contents(workspace)
    worlds.write(drawn(2), workspace)
    return workspace, old, contents(newer)


def kept_aside(workspace: Path) -> Path:
    """Copy the published database, to be put back after a run that succeeded."""
    return Path(shutil.copy2(workspace / DATABASE, workspace.parent / "old.duckdb"))


@needs_strace
@pytest.mark.trust
@pytest.mark.parametrize("call", CALLS)
def test_every_failing_call_ends_the_run_and_leaves_the_old_database(
    generations: tuple[Path, dict[str, object], dict[str, object]], call: str, kept: Kept
) -> None:
    workspace, old, new = generations
    aside = kept_aside(workspace)
    threads = Counter(line.split()[0] for line in _traced(workspace, f"trace={call}"))
    total, last = threads.total(), max(threads.values(), default=0)  # strace counts by thread
    shutil.copy2(aside, workspace / DATABASE)
    most = max(3, int(40 * scale()))
    step = max(1, last // most)
    fired = absorbed = cached = 0
    for error in ("ENOSPC", "EIO"):
        for n in range(1, last + 1, step):
            shutil.rmtree(workspace / "output" / "cache", ignore_errors=True)
            code, hits = _with_fault(workspace, call, error, n)
            found = contents(workspace)
            shutil.copy2(aside, workspace / DATABASE)
            if not hits or _is_no_proof(hits):
                continue
            hit = hits[0]
            fired += 1
            assert found in (old, new), f"{call} {n}: {hit}"
            assert code != TIMED_OUT, f"{call} {n}: the run hangs: {hit}"
            if code == 0:
                absorbed += 1
                cached += "/output/cache/" in hit  # made anew when damaged, by its checksums
                assert found == new, f"{call} {n}: success was told, the old database stands: {hit}"
                assert (
                    str(workspace / "output") not in hit
                    or call == "openat"
                    or "spill" in hit
                    or "/output/cache/" in hit
                ), hit
            else:
                assert found == old or "history" in hit or call in ("fsync", "openat"), hit
    if call in ("write", "pwrite64", "fsync", "rename", "openat"):
        assert fired, "no fault fired"
    kept(
        "R2",
        f"{call}: {fired} faults fired of {total} calls, {fired - absorbed} ended the run,"
        f" {absorbed} were outside the output or in its cache ({cached}) and harmless; published"
        " whole every time",
        proof="a run without a fault publishes the newer figures",
    )


def _with_fault(workspace: Path, call: str, error: str, n: int) -> tuple[int, list[str]]:
    """Run a build whose n-th such call in each of its threads fails; return its exit and the calls.

    Threads wake one another by writing to an eventfd, which no disk can make fail: a run in which
    one of them has failed too may wait for ever and proves nothing, so it is ended at once.
    """
    trace = workspace.parent / "fault.trace"
    trace.write_text("", "utf-8")
    under = ["timeout", "-k", "5", "120", str(STRACE), "-f", "-y", "-qq", "-o", str(trace), "-e", f"trace={call}",
             "-e", f"inject={call}:error={error}:when={n}", "-e", "signal=none"]  # fmt: skip
    with subprocess.Popen(
        command("build", workspace, before=under),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as build:
        while build.poll() is None:
            if _is_no_proof(_injected(trace)):
                build.terminate()  # timeout passes it on to all it has started
            time.sleep(0.1)
    return build.returncode, _injected(trace)


def _injected(trace: Path) -> list[str]:
    return [line for line in trace.read_text("utf-8", "replace").splitlines() if "INJECTED" in line]


def _is_no_proof(hits: list[str]) -> bool:
    return any(NO_FILE.search(hit) for hit in hits)


def _traced(workspace: Path, what: str, *command: str, safeguard: str = "nothing") -> Iterator[str]:
    trace = workspace.parent / "calls.trace"
    run(
        *(command or ("build",)),
        workspace,
        safeguard=safeguard,
        before=[str(STRACE), "-f", "-y", "-qq", "-o", str(trace), "-e", what, "-e", "signal=none"],
    )
    yield from trace.read_text("utf-8", "replace").splitlines()


# ── R3 ──────────────────────────────────────────────────────────────────────────────────────────

ORDER = "trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat"


@needs_strace
@pytest.mark.trust
def test_bytes_before_the_name_and_the_name_before_the_end(
    generations: tuple[Path, dict[str, object], dict[str, object]], kept: Kept
) -> None:
    workspace, _, _ = generations
    published = unsafe = 0
    for asked in ("build", "report"):
        told = list(_traced(workspace, ORDER, asked))
        good, bad = _publications(told, workspace / "output")
        published, unsafe = published + good, unsafe + len(bad)
        assert not bad, bad
    assert published >= 3, "the database, the persons and a report at least"
    worlds.write(drawn(1), workspace)
    _, noticed = _publications(
        _traced(workspace, ORDER, "build", safeguard="no_fsync"), workspace / "output"
    )
    assert noticed, "a missing fsync must be noticed"
    kept(
        "R3",
        f"{published} published files: last write < fsync < rename < fsync of the folder, each",
        proof=f"without one fsync {len(noticed)} files are told",
    )


def _publications(trace: Iterator[str] | list[str], output: Path) -> tuple[int, list[str]]:
    """Count the files renamed into place in order, and list the ones that were not."""
    dirty: set[str] = set()
    synced: set[str] = set()
    waiting: dict[str, str] = {}
    published, bad = 0, []
    for line in trace:
        if " = -1 " in line:
            continue
        if found := re.search(r"\b(write|pwrite64)\(\d+<([^>]+)>", line):
            dirty.add(found[2])
            synced.discard(found[2])
        elif found := re.search(r"\b(fsync|fdatasync)\(\d+<([^>]+)>", line):
            synced.add(found[2])
            dirty.discard(found[2])
            for target in [t for t, folder in waiting.items() if folder == found[2]]:
                del waiting[target]
                published += 1
        elif found := re.search(r"\b(?:rename|link)(?:at2?)?\((.*)\)", line):
            paths = re.findall(r'"([^"]+)"', found[1])
            if len(paths) != 2 or not paths[1].startswith(str(output)):
                continue
            if "/cache/" in paths[1]:
                continue  # made anew when damaged, by its checksums
            if paths[0] in dirty or paths[0] not in synced:
                bad.append(f"renamed before its bytes were flushed: {paths[1]}")
            waiting[paths[1]] = str(Path(paths[1]).parent)
    return published, bad + [f"its folder was not flushed: {target}" for target in waiting]


# ── a full disk ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.trust
def test_a_full_disk_is_told_and_leaves_the_old_database(
    generations: tuple[Path, dict[str, object], dict[str, object]],
) -> None:
    workspace, old, _ = generations
    # No file may grow past 200 blocks of 512 bytes: what a full disk does to a large file.
    done = run(
        "build", workspace, before=["sh", "-c", 'ulimit -f 200; exec "$@"', "sh"], check=False
    )
    assert done.returncode != 0
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(workspace) == old
