"""No bytes make a parser fail in a way that is not an answer: `make fuzz`, ten minutes a parser.

Seeded mutations of the files in tests/ are tried; with `atheris`, where it is installed, its own. A parser may refuse with a ComplianceError, or answer; anything else,
or more than a second, is written to a file named fuzz-crash-* and is a failure.

    python tests/fuzz_parsers.py                 every parser, 600 s each
    python tests/fuzz_parsers.py delimited 60    one parser, 60 s
    python tests/fuzz_parsers.py atheris delimited 60    the same with coverage
"""

from __future__ import annotations

import hashlib
import random
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

if "atheris" in sys.argv:
    # Coverage of this package alone: to instrument polars would take minutes.
    import importlib

    import atheris

    with atheris.instrument_imports(include=["compliance"]):
        for name in ("extract", "landing", "readers.sie", "readers.ubl"):
            importlib.import_module(f"compliance.{name}")

from compliance.errors import ComplianceError  # noqa: E402  (the path comes first)
from compliance.extract import extract  # noqa: E402
from compliance.landing import land  # noqa: E402
from compliance.normalise import Notation, amount_fault, date_fault, read_amounts, read_dates  # noqa: E402
from compliance.profile_files import read_profile, read_profiles  # noqa: E402
from compliance.profiles import DATE_SHAPES  # noqa: E402
from compliance.readers.sie import read_sie_file  # noqa: E402
from compliance.readers.tokenizer import row_pattern, split  # noqa: E402
from compliance.readers.ubl import read_invoice  # noqa: E402

import polars as pl  # noqa: E402  isort: skip

PROFILES = read_profiles(ROOT / "rules" / "sources")
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
SLOWEST = 1.0


def _file(suffix: str, raw: bytes) -> Path:
    path = FOLDER / f"2024-03{suffix}"
    path.write_bytes(raw)
    return path


def _ledger(suffix: str, raw: bytes) -> None:
    path = _file(suffix, raw)
    landed = land(extract(path, path.name, PROFILES), path.name, FOLDER)
    frame = pl.read_parquet(FOLDER / "postings.parquet")
    rejected = pl.read_parquet(FOLDER / "rejected.parquet")
    assert landed.rows_read == landed.rows_loaded + landed.rows_rejected
    assert (landed.rows_loaded, landed.rows_rejected) == (len(frame), len(rejected))
    assert (frame["amount_sek"].sum() or 0) == landed.loaded_sek


def delimited(raw: bytes) -> None:
    _ledger(".csv", raw)


def workbook(raw: bytes) -> None:
    _ledger(".xlsx", raw)


def cells(raw: bytes) -> None:
    """A sheet's own XML inside a sound workbook."""
    out = BytesIO()
    with zipfile.ZipFile(ROOT / "tests/sources/boras/2024.xlsx") as old, zipfile.ZipFile(out, "w") as new:  # fmt: skip
        for part in old.namelist():
            new.writestr(part, raw if part.endswith("sheet1.xml") else old.read(part))
    _ledger(".xlsx", out.getvalue())


def rowstore(raw: bytes) -> None:
    _ledger(".json", raw)


def peppol(raw: bytes) -> None:
    read_invoice(_file(".xml", raw), "x.xml")


def sie(raw: bytes) -> None:
    found = read_sie_file(_file(".se", raw), "x.se")
    assert found.kind != "4" or sum(found.months.values()) == 0


def profile(raw: bytes) -> None:
    read_profile(_file(".toml", raw))


def notations(raw: bytes) -> None:
    """Amounts, dates and lines, the pattern beside the tokenizer."""
    text = raw.decode("utf-8", "replace")
    one = pl.Series([text], dtype=pl.String)
    for notation in (Notation(","), Notation("."), Notation(",", ".")):
        if read_amounts(one, notation)[0] is None:
            assert amount_fault(text, notation)
    shapes = tuple({pattern: shape for shape, pattern in DATE_SHAPES.items()}.values())
    if read_dates(one, shapes)[0] is None:
        assert date_fault(text, shapes)
    for line in text.replace("\r", "\n").split("\n"):
        parts = split(line, ";")
        fits = pl.Series([line], dtype=pl.String).str.contains(row_pattern(";", 3))[0]
        is_row = not parts.fault and len(parts.cells) == 3
        assert fits == is_row or "\ufeff" in line


PARSERS: dict[str, Callable[[bytes], None]] = {
    parser.__name__: parser
    for parser in (delimited, workbook, cells, rowstore, peppol, sie, profile, notations)
}
_SEEDS = {
    "delimited": "tests/**/*.csv", "workbook": "tests/**/*.xlsx", "rowstore": "tests/**/*.json",
    "peppol": "sample_data/**/*.xml", "sie": "sample_data/**/*.se", "profile": "rules/sources/*.toml",
}  # fmt: skip


def seeds(name: str) -> list[bytes]:
    """Return the sound and bad files that mutations start from."""
    if name == "cells":
        with zipfile.ZipFile(ROOT / "tests/sources/boras/2024.xlsx") as book:
            return [book.read("xl/worksheets/sheet1.xml")]
    if name == "notations":
        return [b"1 234,50", b"2024-03-05", b'a;"b;""c";d\n;;', "−1\u00a0250,00 kr".encode()]
    found = [path.read_bytes() for path in sorted(ROOT.glob(_SEEDS[name]))]
    return [raw for raw in found if len(raw) < 50_000] or [b""]


def tried(parser: Callable[[bytes], None], raw: bytes) -> str:
    """Return what is wrong with a parser's answer, or ""."""
    start = time.process_time()  # of all threads: what a busy machine does not lengthen
    try:
        parser(raw)
    except ComplianceError:
        pass
    except BaseException as error:  # a panic is no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"{type(error).__name__}: {error}"
    seconds = time.process_time() - start
    return f"took {seconds:.1f} s" if seconds > SLOWEST else ""


def mutated(raw: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Change a few bytes, cut, double, swap in a piece of another seed or a telling token."""
    data = bytearray(raw)
    tokens = (b'"', b";", b"\0", b"\n", b"\r", b"\xff", b"\xef\xbb\xbf", b"1e9", b"-", b"Summa",
              b"<!DOCTYPE x>", b"{", b"}", b"#TRANS", b"99999999999999999999", b"\xc3")  # fmt: skip
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(data))
        match chance.randint(0, 5):
            case 0 if data:
                data[at % len(data)] ^= 1 << chance.randint(0, 7)
            case 1:
                data[at:at] = chance.choice(tokens)
            case 2:
                del data[at : at + chance.randint(1, 40)]
            case 3:
                data[at:at] = data[at : at + chance.randint(1, 200)]
            case 4:
                other = chance.choice(others)
                start = chance.randint(0, len(other))
                data[at:at] = other[start : start + chance.randint(1, 200)]
            case _:
                del data[at:]
    return bytes(data[:200_000])


def campaign(name: str, seconds: float, seed: int = 1) -> list[str]:
    """Try a parser for so long; return what went wrong, each with the file that shows it."""
    parser, start, chance = PARSERS[name], seeds(name), random.Random(seed)
    until, runs, faults = time.monotonic() + seconds, 0, []
    while time.monotonic() < until and len(faults) < 5:
        raw = mutated(chance.choice(start), start, chance) if runs >= len(start) else start[runs]
        fault = tried(parser, raw)
        runs += 1
        if fault:
            crash = Path(f"fuzz-crash-{name}-{hashlib.sha256(raw).hexdigest()[:12]}")
            crash.write_bytes(raw)
            faults.append(f"{fault} ({crash})")
    print(f"{name}: {runs} runs, seed {seed}, {len(faults)} faults")
    return faults


def with_atheris(name: str, seconds: float) -> None:
    """Hand one parser to atheris, which ends the process."""
    import atheris

    corpus = FOLDER / "corpus"
    corpus.mkdir()
    for raw in seeds(name):
        (corpus / hashlib.sha256(raw).hexdigest()[:16]).write_bytes(raw)

    def one(raw: bytes) -> None:
        fault = tried(PARSERS[name], raw)
        if fault:
            raise AssertionError(fault)

    # `tried` counts the processor's seconds; its own clock would blame a busy machine's parser.
    hangs = "-timeout=300"
    atheris.Setup([sys.argv[0], str(corpus), f"-max_total_time={int(seconds)}", hangs], one)
    atheris.Fuzz()


def main() -> int:
    """Run what the arguments name; 0 when nothing was found."""
    words = [word for word in sys.argv[1:] if not word.replace(".", "").isdigit()]
    numbers = [float(word) for word in sys.argv[1:] if word.replace(".", "").isdigit()]
    seconds = numbers[0] if numbers else 600.0
    if "atheris" in words:
        with_atheris(words[-1], seconds)
    faults = [fault for name in (words or PARSERS) for fault in campaign(name, seconds)]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
