"""R10: a bomb is refused quickly and cheaply, and the files beside it are read."""

# A bomb is made when it is lit, not when this file is read.
# ruff: noqa: PLW0108
from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import worlds
from promises import Kept
from runs import ROOT

from compliance.errors import InputError
from compliance.readers import archive

LAUNCHER = """
import resource, subprocess, sys
measured, hangs, workspace = sys.argv[1:]
command = [sys.executable, "-m", "compliance", "check", workspace]
code = subprocess.run(command, timeout=float(hangs)).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(measured, "w") as file:
    print(code, used.ru_utime + used.ru_stime, used.ru_maxrss, file=file)
"""
MEGABYTE = 1 << 20
SECONDS, MEGABYTES, HANGS = 2.0, 300, 600.0

TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    b'<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument'
    b'.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    b'"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELS = (
    b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    b'officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
BOOK = (
    b'<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    b'<sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
BOOK_RELS = RELS.replace(
    b'officeDocument" Target="xl/workbook.xml', b'worksheet" Target="worksheets/sheet1.xml'
)
SHEET = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"<sheetData>%s</sheetData></worksheet>"
)


def cell(text: bytes) -> bytes:
    return b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + text + b"</t></is></c></row>"


def book(sheet: bytes = SHEET % cell(b"x"), extra: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": RELS,
            "xl/workbook.xml": BOOK,
            "xl/_rels/workbook.xml.rels": BOOK_RELS,
            "xl/worksheets/sheet1.xml": sheet,
            **(extra or {}),
        }.items():
            archive.writestr(name, content)
    return out.getvalue()


def twice() -> bytes:
    raw = book()
    out = io.BytesIO(raw)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", SHEET % cell(b"another"))
    return out.getvalue()


def nested() -> bytes:
    inner = book(SHEET % cell(b"x" * (20 * MEGABYTE)))
    for _ in range(4):
        inner = book(extra={f"xl/media/{i}.zip": inner for i in range(4)})
    return inner


def invoice(before: str = "", inside: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<Invoice xmlns="urn:oasis:names:specification:'
        f'ubl:schema:xsd:Invoice-2">{inside}</Invoice>'
    ).encode()


LOLS = "<!DOCTYPE lolz [<!ENTITY a 'lol'>" + "".join(
    f"<!ENTITY {chr(98 + i)} '{('&' + chr(97 + i) + ';') * 10}'>" for i in range(9)
)
CSV: dict[str, Callable[[], bytes]] = {
    "one line of 60 MB": lambda: (worlds.HEADER + "\n" + "x" * (60 * MEGABYTE)).encode(),
    "one cell of 60 MB": lambda: (worlds.HEADER + '\n"' + "x" * (60 * MEGABYTE) + '"\n').encode(),
    "a million columns": lambda: (";" * 1_000_000 + "\n").encode(),
    "header of a million columns": lambda: (worlds.HEADER + ";a" * 1_000_000 + "\n").encode(),
    "twenty million empty lines": lambda: b"\n" * 20_000_000,
    "null bytes": lambda: b"\x00" * (20 * MEGABYTE),
    "quotes without end": lambda: (worlds.HEADER + "\n" + '"' * (10 * MEGABYTE)).encode(),
    "UTF-16 without a header": lambda: "x".encode("utf-16") * (5 * MEGABYTE),
    "random bytes": lambda: os.urandom(10 * MEGABYTE),
    "a zip called csv": lambda: book(SHEET % cell(b"x" * (50 * MEGABYTE))),
    "amount of a million digits": lambda: _row("9" * 1_000_000),
    "amount for a slow regex": lambda: _row("1 " * 500_000 + "x"),
    "date for a slow regex": lambda: _row("1", "2025-" * 200_000),
}
XLSX: dict[str, Callable[[], bytes]] = {
    "ratio of 1000": lambda: book(SHEET % cell(b"x" * (150 * MEGABYTE))),
    "string of 400 MB": lambda: book(SHEET % cell(b"x" * (400 * MEGABYTE))),
    "many large parts": lambda: book(
        extra={f"xl/media/{i}": b"\0" * (60 * MEGABYTE) for i in range(10)}
    ),
    "ten thousand parts": lambda: book(extra={f"xl/media/{i}": b"x" for i in range(10_000)}),
    "zip in zip in zip": nested,
    "the same part twice": twice,
    "a part outside": lambda: book(extra={"../../outside.xml": b"x"}),
    "an absolute part": lambda: book(extra={"/etc/cron.d/x": b"x"}),
    "entities in the sheet": lambda: book(
        b'<?xml version="1.0"?>'
        + LOLS.encode()
        + b"]><worksheet><sheetData>&j;</sheetData></worksheet>"
    ),
    "external entity": lambda: book(
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><worksheet>&y;</worksheet>'
    ),
    "DOCTYPE in UTF-16": lambda: book(
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY y "z">]><worksheet/>'.encode(
            "utf-16"
        )
    ),
    "200,000 elements deep": lambda: book(SHEET % (b"<a>" * 200_000 + b"</a>" * 200_000)),
    "a cell far away": lambda: book(
        SHEET % b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    ),
    "two cells far apart": lambda: book(
        SHEET % (cell(b"x") + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    ),
    "cut in half": lambda: book()[: len(book()) // 2],
    "an empty zip": lambda: b"PK\x05\x06" + b"\0" * 18,
    "not a zip": lambda: b"x" * MEGABYTE,
    "macros": lambda: book(extra={"xl/vbaProject.bin": b"x"}),
    "a broken directory": lambda: book().replace(b"PK\x01\x02", b"PK\x01\x03"),
}
JSON: dict[str, Callable[[], bytes]] = {
    "nested a million deep": lambda: b"[" * 1_000_000,
    "nested and closed": lambda: b"[" * 300_000 + b"]" * 300_000,
    "a number of a million digits": lambda: b'[{"belopp": ' + b"9" * 1_000_000 + b"}]",
    "one huge string": lambda: b'["' + b"x" * (60 * MEGABYTE) + b'"]',
}
XML: dict[str, Callable[[], bytes]] = {
    "billion laughs": lambda: invoice(LOLS + "]>", "&j;"),
    "quadratic": lambda: invoice(f"<!DOCTYPE x [<!ENTITY a '{'x' * 100_000}'>]>", "&a;" * 50_000),
    "a small entity": lambda: invoice("<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;"),
    "external file": lambda: invoice(
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;"
    ),
    "external DTD": lambda: invoice('<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">'),
    "parameter entity": lambda: invoice(
        '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x"> %a;]>'
    ),
    "200,000 deep": lambda: invoice("", "<a>" * 200_000 + "</a>" * 200_000),
    "attribute of 20 MB": lambda: invoice("", f'<a b="{"x" * (20 * MEGABYTE)}"/>'),
    "100,000 attributes": lambda: invoice(
        "", "<a " + " ".join(f'a{i}="x"' for i in range(100_000)) + "/>"
    ),
    "not closed": lambda: b"<Invoice>" + b"<a>" * 1000,
}
BOMBS = [
    *((name, f"ledger/bomb{i}.csv", make) for i, (name, make) in enumerate(CSV.items())),
    *((name, f"ledger/bomb{i}.xlsx", make) for i, (name, make) in enumerate(XLSX.items())),
    *((name, f"ledger/bomb{i}.json", make) for i, (name, make) in enumerate(JSON.items())),
    *((name, f"ledger/peppol/bomb{i}.xml", make) for i, (name, make) in enumerate(XML.items())),
]
# Rows of nothing but text load or are rejected row by row: no bomb, but they must cost little.
MAY_LOAD = {"amount of a million digits", "amount for a slow regex", "date for a slow regex"}


def _row(amount: str, day: str = "2025-01-15") -> bytes:
    line = f"1;K;V1;Bygg AB;;6100;;{day};KS;1;{amount};;;0000;"
    return f"{worlds.HEADER}\n{line}\n".encode()


def lit(workspace: Path, name: str, content: bytes) -> tuple[int, float, int, str]:
    """Read a workspace with the bomb in it; return exit code, seconds, MB resident, and words.

    The seconds are those of the processor, of the program and of what it started: on an idle
    machine as many as on the clock, and on a busy one still its own. One that waits is stopped.
    The program is started by a process that is small: a child is charged with the memory of the
    process that it was forked from, and this one has just made the bomb.
    """
    bomb = workspace / name
    bomb.parent.mkdir(exist_ok=True)
    bomb.write_bytes(content)
    told = workspace.parent / "told"
    measured = workspace.parent / "measured"
    with told.open("wb") as sink:
        subprocess.run(
            [sys.executable, "-I", "-c", LAUNCHER, str(measured), str(HANGS), str(workspace)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=sink,
            stderr=sink,
            check=True,
        )
    bomb.unlink()
    code, seconds, kilobytes = measured.read_text("utf-8").split()
    return int(code), float(seconds), int(kilobytes) // 1024, told.read_text("utf-8", "replace")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return worlds.write(worlds.draw(10, rows=20, months=1), tmp_path / "w")


def test_a_bomb_of_each_kind_is_refused_by_name(workspace: Path) -> None:
    for name, file, make in (BOMBS[2], BOMBS[len(CSV)]):
        code, _, _, told = lit(workspace, file, make())
        assert code == 3, (name, told[-500:])
        assert f"error: {file}" in told


@pytest.mark.trust
def test_every_bomb_is_refused_quickly_and_cheaply(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, kept: Kept
) -> None:
    idle = sorted(lit(workspace, "ledger/notes.md", b"")[1:3] for _ in range(5))[2]
    slowest, largest, dear = 0.0, 0, []
    for name, file, make in BOMBS:
        code, seconds, megabytes, told = lit(workspace, file, make())
        if name in MAY_LOAD:
            assert code in (0, 3), (name, told[-500:])
        else:
            assert code == 3, (name, code, told[-500:])
            assert f"error: {file}" in told, (name, told[-500:])
        assert "Traceback" not in told, name
        seconds -= idle[0]  # what the bomb costs, above starting the program and reading the rest
        slowest, largest = max(slowest, seconds), max(largest, megabytes)
        if seconds > SECONDS or megabytes > MEGABYTES:
            dear.append(f"{name}: {seconds:.1f} s, {megabytes} MB")
    assert not dear, "\n".join(dear)
    bomb = workspace / "bomb.xlsx"
    bomb.write_bytes(XLSX["ratio of 1000"]())
    with pytest.raises(InputError):
        archive.inspect(bomb, "bomb.xlsx")
    monkeypatch.setattr(archive, "HIGHEST_RATIO", 10**9)
    archive.inspect(bomb, "bomb.xlsx")
    kept(
        "R10",
        f"{len(BOMBS)} bombs refused by name, the other files read: the slowest adds"
        f" {slowest:.1f} s to an idle check's {idle[0]:.1f} s, largest {largest} MB (idle {idle[1]} MB)",
        proof="without the limit of ratio the same bomb is let in",
    )
