"""Whatever is delivered: loaded and rejected are all of it, and no row is ever another."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shared_data import ROOT

from compliance import landing as landing_module
from compliance import layout as layout_module
from compliance.errors import InputError
from compliance.extract import extract
from compliance.normalise import Notation, amount_fault, read_amounts, read_dates
from compliance.profile_files import read_profiles
from compliance.profiles import DATE_SHAPES
from compliance.readers import Head, Tally
from compliance.readers import delimited as delimited_module
from compliance.readers.delimited import _Reading
from compliance.readers.encodings import Piece
from compliance.readers.tokenizer import Cells, row_pattern, split, swallows

PROFILES = read_profiles(ROOT / "rules" / "sources")
UNHURRIED = settings(deadline=None, suppress_health_check=list(HealthCheck))

# ── cells ──────────────────────────────────────────────────────────────────────

ODD_TEXT = st.text(alphabet=st.sampled_from('"";;; ab1å\t\u00a0\ufeff\x00\u2028\x0b'), max_size=14)


@given(st.lists(ODD_TEXT, min_size=1, max_size=30), st.integers(2, 4))
@settings(UNHURRIED, max_examples=400)
def test_the_pattern_and_the_tokenizer_agree_on_every_line(lines, width):
    fits = pl.Series(lines, dtype=pl.String).str.contains(row_pattern(";", width)).to_list()
    for line, fit in zip(lines, fits, strict=True):
        cells = split(line, ";")
        whole = not cells.fault and len(cells.cells) == width
        assert fit == whole or ("\ufeff" in line and not fit)


@given(st.lists(ODD_TEXT, max_size=25), st.integers(2, 4), st.integers(1, 6))
@settings(UNHURRIED, max_examples=400)
def test_the_fast_way_gives_the_rows_of_the_slow_way(lines, width, cut):
    """However the file is cut into pieces."""
    text = "\n".join(lines) + "\n"
    names = tuple(f"c{n}" for n in range(width))
    reading = _Reading("x", Head(0, names, ";"), tuple(range(width)), Tally())
    parts = [lines[at : at + cut] for at in range(0, len(lines), cut)]
    blocks = [
        block
        for part in [*parts, []]
        for block in reading.feed(
            Piece("".join(f"{line}\n" for line in part).encode(), frozenset()), is_last=not part
        )
    ]
    fast = {row[0]: tuple(c or "" for c in row[1:]) for b in blocks for row in b.rows.rows()}
    spoiled = {s.row for b in blocks for s in b.spoiled}
    slow, slow_spoiled = slow_reader(text.split("\n")[:-1], width)
    assert fast == slow
    assert spoiled == slow_spoiled


def slow_reader(lines: list[str], width: int) -> tuple[dict[int, tuple[str, ...]], set[int]]:
    """One line at a time, by the tokenizer alone, after the words of `_over_lines`."""

    def whole(line: str) -> bool:
        cells = split(line, ";")
        return not cells.fault and len(cells.cells) == width and "\ufeff" not in line

    rows: dict[int, tuple[str, ...]] = {}
    spoiled: set[int] = set()
    at = 0
    while at < len(lines):
        row, line, cells = at + 1, lines[at], split(lines[at], ";")
        at += 1
        if not line.strip(' \t\u00a0";') or (whole(line) and not "".join(cells.cells).strip()):
            continue
        last = at
        while cells.is_open and last < len(lines) and last < row + 50 and not whole(lines[last]):
            line, last = f"{line}\n{lines[last]}", last + 1
            cells = split(line, ";")
        is_row = not cells.fault and len(cells.cells) == width
        if is_row and (last == row or not swallows(cells, ";")):
            rows[row], at = cells.cells, last
        else:
            spoiled.add(row)
    return rows, spoiled


@given(st.integers(1 - 10**15, 10**15 - 1), st.sampled_from([" ", "\u00a0", "\u202f", "\u2009", ""]), st.sampled_from(["-{}", "\u2212{}", "{}-", "({})", "- {}"]), st.sampled_from(["", " kr", "SEK", "  "]))  # fmt: skip
@settings(UNHURRIED, max_examples=300)
def test_an_amount_in_any_declared_writing_is_exact(ore, blank, negative, unit):
    whole, rest = divmod(abs(ore), 100)
    text = f"{whole:,}".replace(",", blank) + f",{rest:02d}"
    text = (negative.format(text) if ore < 0 else text) + unit
    read = read_amounts(pl.Series([text, None, text]), Notation(","))
    assert read.to_list() == [Decimal(ore) / 100, None, Decimal(ore) / 100]


@given(st.text(alphabet=st.sampled_from("0123456789 .,-+()eE\u00a0\u2212٣krNa'"), max_size=12))
@settings(UNHURRIED, max_examples=500)
def test_what_is_read_as_an_amount_says_the_same_when_written_again(text):
    for notation in (Notation(","), Notation("."), Notation(",", ".")):
        (read,) = read_amounts(pl.Series([text], dtype=pl.String), notation).to_list()
        if read is None:
            assert amount_fault(text, notation)
            continue
        digits = "".join(sign for sign in text if sign in "0123456789" + notation.decimal)
        assert abs(read) == Decimal(digits.replace(",", "."))
        assert (read < 0) == (any(sign in text for sign in "-\u2212(") and read != 0)


@given(st.dates(), st.sampled_from(sorted(DATE_SHAPES)), st.sampled_from(sorted(DATE_SHAPES)))
@settings(UNHURRIED, max_examples=300)
def test_a_date_is_read_in_its_own_notation_only(day, written, read_as):
    text = {
        "YYYY-MM-DD": "%Y-%m-%d", "YYYYMMDD": "%Y%m%d", "YYYY-MM": "%Y-%m", "YYYYMM": "%Y%m",
        "YYYY/MM/DD": "%Y/%m/%d", "DD.MM.YYYY": "%d.%m.%Y", "DD/MM/YYYY": "%d/%m/%Y",
        "MM/DD/YYYY": "%m/%d/%Y", "YY-MM-DD": "%y-%m-%d", "YYMMDD": "%y%m%d",
        "YYYY-MM-DD hh:mm:ss": "%Y-%m-%d 10:20:30", "YYYY-MM-DDThh:mm:ss": "%Y-%m-%dT10:20:30",
    }.get(written)  # fmt: skip
    if text is None or day.year < 1000:
        return
    (read,) = read_dates(pl.Series([day.strftime(text)]), (read_as,)).to_list()
    in_reason = 1990 <= day.year <= 2068
    if written == read_as and in_reason:
        assert read == (day.replace(day=1) if written in ("YYYYMM", "YYYY-MM") else day)
    elif DATE_SHAPES[written] != DATE_SHAPES[read_as] and read_as != "serial":
        assert read is None


# ── whole files ────────────────────────────────────────────────────────────────

HEADER = "datum;forvaltning;leverantor;leverantor_id;konto_nr;konto_text;belopp;faktura_nr"
# What is done to a row, and whether its amount can still be read. `sound` rows must load.
DAMAGES: dict[str, bool] = {
    "sound": True, "quoted": True, "bad date": True, "no date": True, "far year": True,
    "bad amount": False, "no amount": False, "three decimals": False, "cell lost": False,
    "cell gained": False, "stray quote": False, "open quote": False, "nul": False, "stray byte": False,
    "bad account": True,
}  # fmt: skip
SOUND = {"sound", "quoted"}


@dataclass
class Delivered:
    """One row as generated: what it should come to."""

    ore: int
    damage: str
    name: str

    def line(self, number: int) -> bytes:
        sign = "-" if self.ore < 0 else ""
        amount = f"{sign}{abs(self.ore) // 100},{abs(self.ore) % 100:02d}"
        cells = ["202403", "Skola", self.name, "556000-1234", "6010", "Hyror", amount, f"F{number}"]
        match self.damage:
            case "quoted":
                cells[2] = f'"{self.name}; ""x"""'
            case "bad date":
                cells[0] = "202413"
            case "no date":
                cells[0] = ""
            case "far year":
                cells[0] = "207103"
            case "bad amount":
                cells[6] = amount.replace(",", ".") + "x"
            case "no amount":
                cells[6] = ""
            case "three decimals":
                cells[6] = amount + "5"
            case "cell lost":
                del cells[number % 6]
            case "cell gained":
                cells.insert(number % 8, "mer")
            case "stray quote":
                cells[2] = 'x"' + cells[2]
            case "open quote":
                cells[2] = '"' + cells[2]
            case "bad account":
                cells[4] = "6010 - 6020 hyror"
        line = ";".join(cells).encode()
        if self.damage in ("nul", "stray byte"):
            line = line.replace(b"Skola", b"Sk\x00la" if self.damage == "nul" else b"Sk\xffla")
        return line


ROWS = st.lists(
    st.builds(
        Delivered,
        st.integers(-(10**9), 10**9),
        st.one_of(st.just("sound"), st.sampled_from(sorted(DAMAGES))),
        st.sampled_from(["Åkes Plåt AB", "x", "", "O'Neil & Ö"]),
    ),
    min_size=1,
    max_size=40,
)


def holds(rows: list[Delivered], end: bytes, *, is_cut: bool) -> None:
    """Load the rows as one file and hold the outcome to what was delivered."""
    # Most years are sound, so that a far one is told by the others.
    rows = [*rows, *(Delivered(0, "sound", "Å") for _ in range(len(rows) + 1))]
    content = HEADER.encode() + end + end.join(row.line(n) for n, row in enumerate(rows))
    content += b"" if is_cut else end
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(content)
        landed = landing_module.land(extract(path, "a.csv", PROFILES), "a.csv", Path(folder))
        postings = pl.read_parquet(Path(folder) / "postings.parquet")
        rejected = pl.read_parquet(Path(folder) / "rejected.parquet")
    sound = {n + 2: row.ore for n, row in enumerate(rows) if row.damage in SOUND}
    loaded = {r: int(a * 100) for r, a in postings.select("file_row", "amount_sek").rows()}
    assert loaded == sound
    assert len(postings) == len(sound)
    readable = {n + 2: row.ore for n, row in enumerate(rows) if row.damage not in SOUND and DAMAGES[row.damage]}  # fmt: skip
    told = {r: int(a * 100) for r, a in rejected.select("file_row", "amount_sek").rows() if a is not None}  # fmt: skip
    assert told == readable
    lost = sum(row.ore for row in rows if row.damage not in SOUND and not DAMAGES[row.damage])
    delivered = sum(row.ore for row in rows)
    assert int((landed.loaded_sek + landed.rejected_sek) * 100) + lost == delivered
    assert landed.rows_read == landed.rows_loaded + landed.rows_rejected == len(rows)


@given(ROWS, st.sampled_from([b"\n", b"\r\n", b"\r"]), st.booleans())
@settings(UNHURRIED, max_examples=120)
def test_loaded_and_rejected_are_what_was_delivered(rows, end, is_cut):
    holds(rows, end, is_cut=is_cut)


@pytest.mark.trust
@given(ROWS, st.sampled_from([b"\n", b"\r\n", b"\r"]), st.booleans())
@settings(UNHURRIED, max_examples=10_000, database=None)
def test_loaded_and_rejected_are_what_was_delivered_ten_thousand_times(rows, end, is_cut):
    holds(rows, end, is_cut=is_cut)


@given(ROWS, st.sampled_from([b"\n", b"\r\n", b"\r"]), st.integers(200, 3000))
@settings(UNHURRIED, max_examples=100)
def test_a_file_read_in_many_blocks_comes_to_the_same(rows, end, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("compliance.readers.encodings.BLOCK_BYTES", size)
        holds(rows, end, is_cut=False)


def _mutant_drops_a_row(patch: pytest.MonkeyPatch) -> None:
    sound = layout_module.Layout.postings
    patch.setattr(layout_module.Layout, "postings", lambda *a: sound(*a)[1:])


def _mutant_doubles_a_row(patch: pytest.MonkeyPatch) -> None:
    sound = layout_module.Layout.postings

    def doubled(*arguments: object) -> pl.DataFrame:
        frame = sound(*arguments)
        return pl.concat([frame[:1], frame])

    patch.setattr(layout_module.Layout, "postings", doubled)


def _mutant_is_one_ore_off(patch: pytest.MonkeyPatch) -> None:
    sound = layout_module.normalise.read_amounts
    patch.setattr(
        layout_module.normalise,
        "read_amounts",
        lambda *a: (sound(*a) + Decimal("0.01")).cast(pl.Decimal(18, 2)),
    )


def _mutant_rounds_a_third_decimal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Notation, "plain", lambda self: f"^-?[0-9]{{1,13}}(?:{self.decimal}[0-9]*)?$")


def _mutant_mends_long_rows(patch: pytest.MonkeyPatch) -> None:
    def mended(line: str, mark: str) -> Cells:
        cells = split(line, mark)
        return cells if len(cells.cells) < 9 else Cells(cells.cells[:3] + cells.cells[4:])

    patch.setattr(delimited_module, "split", mended)


def _mutant_forgets_rejected_rows(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(landing_module._Landing, "_reject", lambda *_: None)


@pytest.mark.parametrize("mutant", [
    _mutant_drops_a_row, _mutant_doubles_a_row, _mutant_is_one_ore_off,
    _mutant_rounds_a_third_decimal, _mutant_mends_long_rows, _mutant_forgets_rejected_rows,
])  # fmt: skip
def test_a_loader_that_errs_is_caught(mutant, monkeypatch):
    rows = [Delivered(100 * n + 1, damage, "x") for n, damage in enumerate(sorted(DAMAGES))]
    holds(rows, b"\n", is_cut=False)
    mutant(monkeypatch)
    with pytest.raises((AssertionError, InputError, KeyError)):
        holds(rows, b"\n", is_cut=False)
