"""Would a test notice if a line were wrong? Breaks lines one by one and counts who notices.

    python tests/trust/mutants.py [--sample N] [--seed S] [--only PART]

A mutant is a copy of the program with one comparison, sign, number, condition, join or statement
changed. The tests of its module run on it, in a fork of a process that has imported the libraries
and nothing of ours. Survivors are printed; those in survivors.toml beside this file have a reason.
"""

from __future__ import annotations

import argparse
import ast
import copy
import dataclasses
import itertools
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What must not be wrong (money, load, match decision, coverage, mask, recipient, publish), and
# the tests that say so.
TARGETS: dict[str, tuple[str, ...]] = {
    # publish
    "compliance/files.py": ("tests/test_files.py",),
    "compliance/stamps.py": ("tests/test_stamps.py",),
    "compliance/lock.py": ("tests/test_lock.py",),
    # mask
    "compliance/personal_numbers.py": ("tests/test_personal_numbers.py",),
    "compliance/persons.py": ("tests/test_persons.py",),
    "compliance/person_key.py": ("tests/test_persons.py",),
    "compliance/masking.py": ("tests/test_masking.py",),
    "compliance/person_signs.py": ("tests/test_persons.py",),
    # load, and what money is
    "compliance/normalise.py": ("tests/test_normalise.py",),
    # recipient
    "compliance/owners.py": ("tests/test_owners.py",),
    # match decision
    "compliance/match/verdict.py": ("tests/test_verdict.py", "tests/test_matching.py"),
    # coverage, and where money goes
    "compliance/models/coverage.sql": ("tests/test_states.py",),
    "compliance/models/work_line_states.sql": ("tests/test_states.py",),
}
# A mutant that never ends is noticed too. It is not told by the clock, which runs on while others
# have the machine, but by what it has computed, or by how often nothing has come of waiting.
MOST_CPU_SECONDS, MOST_NAPS, NAP = 120, 30_000, 0.02
_SECONDS = itertools.count(1_000_000_000)


@dataclass(frozen=True)
class Mutant:
    """One change of one file: where, what, and the whole text with it."""

    file: str
    line: int
    was: str
    change: str
    text: str

    @property
    def name(self) -> str:
        """Stable under edits elsewhere in the file."""
        return f"{self.file}: {self.was.strip()} [{self.change}]"


def mutants_of(file: str) -> list[Mutant]:
    text = (ROOT / file).read_text("utf-8")
    found = _of_sql(file, text) if file.endswith(".sql") else _of_python(file, text)
    return list(found)


# ── Python ──────────────────────────────────────────────────────────────────────────────────────

_COMPARES = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.Mod: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift,
}  # fmt: skip


def _of_python(file: str, text: str) -> Iterator[Mutant]:
    tree = ast.parse(text)
    lines = text.splitlines()
    places = [node for node in _live(tree) if hasattr(node, "lineno")]
    for position, node in enumerate(places):
        for change, edit in _edits(node):
            changed = copy.deepcopy(tree)
            edit([n for n in _live(changed) if hasattr(n, "lineno")][position])
            ast.fix_missing_locations(changed)
            yield Mutant(file, node.lineno, lines[node.lineno - 1], change, ast.unparse(changed))


def _live(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs: no annotations, no docstrings, no decorators, no sentences."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        children = value if isinstance(value, list) else [value]
        for child in children:
            if isinstance(child, ast.AST) and not _is_docstring(child) and not _is_words(child):
                yield from _live(child)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_words(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr)


def _edits(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARES:
        other = _COMPARES[type(node.ops[0])]
        yield (
            f"{type(node.ops[0]).__name__}→{other.__name__}",
            lambda n: _set(n, ops=[other(), *n.ops[1:]]),
        )
    if isinstance(node, ast.BoolOp):
        swapped = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"→{swapped.__name__}", lambda n: _set(n, op=swapped())
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        operator = _OPERATORS[type(node.op)]
        yield f"{type(node.op).__name__}→{operator.__name__}", lambda n: _set(n, op=operator())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield "negation dropped", lambda n: _become(n, n.operand)
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "flipped", lambda n: _set(n, value=not n.value)
        elif isinstance(node.value, int):
            yield "+1", lambda n: _set(n, value=n.value + 1)
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield "condition negated", lambda n: _set(n, test=ast.UnaryOp(ast.Not(), n.test))
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "returns None", lambda n: _set(n, value=ast.Constant(None))
    if (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)) or isinstance(
        node, ast.Raise
    ):
        yield "dropped", lambda n: _become(n, ast.Pass())
    if isinstance(node, ast.Continue | ast.Break):
        yield (
            "swapped",
            lambda n: _become(n, ast.Break() if isinstance(n, ast.Continue) else ast.Continue()),
        )


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _set(node: ast.AST, **fields: object) -> None:
    for name, value in fields.items():
        setattr(node, name, value)


def _become(node: ast.AST, other: ast.AST) -> None:
    lineno, column = node.lineno, node.col_offset
    node.__class__ = other.__class__
    node.__dict__.clear()
    node.__dict__.update(other.__dict__)
    node.lineno, node.col_offset = lineno, column


# ── SQL ─────────────────────────────────────────────────────────────────────────────────────────

_SQL = (
    (r"<=", "<"), (r">=", ">"), (r"(?<![<>])=(?!=)", "<>"), (r"<>", "="), (r"(?<!<)>(?![=])", ">="),
    (r"<(?![=>])", "<="), (r"\band\b", "or"), (r"\bor\b", "and"), (r" \+ ", " - "), (r" - ", " + "),
    (r"\bmin\(", "max("), (r"\bmax\(", "min("), (r"\bleast\(", "greatest("), (r"\bgreatest\(", "least("),
    (r"\bsum\(", "max("), (r"\bis not null\b", "is null"), (r"\bis null\b", "is not null"),
    (r"\bleft join\b", "inner join"), (r"\bnot exists\b", "exists"), (r"\bunion all\b", "union"),
    (r"\bdesc\b", "asc"), (r"(?<![\w.])\d+\b(?!\))", "+1"),
)  # fmt: skip


def _of_sql(file: str, text: str) -> Iterator[Mutant]:
    hidden = re.sub(
        r"/\*.*?\*/|--[^\n]*|'[^']*'", lambda found: "\x00" * len(found[0]), text, flags=re.S
    )
    for pattern, instead in _SQL:
        for found in re.finditer(pattern, hidden):
            new = str(int(found[0]) + 1) if instead == "+1" else instead
            line = text.count("\n", 0, found.start()) + 1
            changed = text[: found.start()] + new + text[found.end() :]
            yield Mutant(
                file,
                line,
                text.splitlines()[line - 1],
                f"{found[0].strip()}→{new.strip()}",
                changed,
            )


# ── running ─────────────────────────────────────────────────────────────────────────────────────


def copied(into: Path) -> Path:
    """Copy what the tests need, so that nobody's working tree is touched."""
    for name in ("compliance", "tests", "rules", "reports", "sample_data"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, into / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", into)
    return into


def survives(mutant: Mutant, tree: Path, tests: Sequence[str]) -> bool:
    """Say whether the mutant's tests all pass on it."""
    target = tree / mutant.file
    original = target.read_text("utf-8")
    _write(target, mutant.text)
    try:
        return passes(tree, tests)
    finally:
        _write(target, original)


def _write(target: Path, text: str) -> None:
    """Write at another second every time: Python knows a compiled module by second and size."""
    target.write_text(text, "utf-8")
    second = next(_SECONDS)
    os.utime(target, (second, second))


def passes(tree: Path, tests: Sequence[str]) -> bool:
    child = os.fork()
    if child == 0:
        _run_tests(tree, tests)
    for _ in range(MOST_NAPS):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(NAP)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def _run_tests(tree: Path, tests: Sequence[str]) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.chdir(tree)
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(tree), str(tree / "tests")]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # they cost more than most modules' tests
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "-m", "not trust"]
    os._exit(int(pytest.main([*options, *tests])))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line a file, the survivors, and the score; exit 1 when a file is below 90 %."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int, default=40, help="mutants a file; 0 for all")
    parser.add_argument("--seed", type=int, default=30)
    parser.add_argument("--only", default="", help="files whose path contains this")
    parser.add_argument("--tell", type=Path, help="write what came of it to this file, as JSON")
    options = parser.parse_args(arguments)
    import duckdb  # noqa: F401 - imported before the forks
    import polars  # noqa: F401
    import pytest  # noqa: F401

    killed, lived = run(options.sample, options.seed, options.only)
    if options.tell:
        told = {"killed": killed, "lived": [dataclasses.asdict(mutant) for mutant in lived]}
        options.tell.write_text(json.dumps(told), "utf-8")
    reasons = read_reasons()
    for mutant in lived:
        print(f"survived: {mutant.file}:{mutant.line}: {mutant.was.strip()} [{mutant.change}]"
              f" · {reasons.get(mutant.name, 'NO REASON GIVEN')}")  # fmt: skip
    total = sum(killed.values()) + len(lived)
    print(f"R30 {sum(killed.values())} of {total} mutants killed, seed {options.seed}")
    return 1 if too_few(killed, lived) else 0


def too_few(killed: Mapping[str, int], lived: Sequence[Mutant]) -> list[str]:
    """Return the files of whose mutants fewer than nine of ten are killed."""
    lives = Counter(mutant.file for mutant in lived)
    return [file for file, count in killed.items() if count < 9 * lives[file]]


def run(sample: int, seed: int, only: str) -> tuple[dict[str, int], list[Mutant]]:
    """Run a sample of each file's mutants on two copies of the tree; return kills and survivors."""
    killed: dict[str, int] = {}
    lived: list[Mutant] = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        trees = [copied(Path(folder) / str(i)) for i in range(2)]
        for file, tests in TARGETS.items():
            if only not in file or not (ROOT / file).exists():
                continue
            if not passes(trees[0], tests):
                raise SystemExit(f"{file}: its tests fail before anything is broken")
            chosen = mutants_of(file)
            if sample and len(chosen) > sample:
                chosen = random.Random(seed).sample(chosen, sample)
            halves = [chosen[0::2], chosen[1::2]]
            with ThreadPoolExecutor(2) as pool:
                results = pool.map(_half, halves, trees, [tests] * 2)
            survivors = [mutant for half in results for mutant in half]
            print(f"{file}: {len(chosen) - len(survivors)} of {len(chosen)} killed", flush=True)
            killed[file] = len(chosen) - len(survivors)
            lived += survivors
    return killed, lived


def _half(mutants: Sequence[Mutant], tree: Path, tests: Sequence[str]) -> list[Mutant]:
    return [mutant for mutant in mutants if survives(mutant, tree, tests)]


def read_reasons() -> dict[str, str]:
    file = Path(__file__).with_name("survivors.toml")
    if not file.exists():
        return {}
    entries = tomllib.loads(file.read_text("utf-8")).get("survivor", [])
    return {entry["mutant"]: entry["reason"] for entry in entries}


if __name__ == "__main__":
    raise SystemExit(main())
