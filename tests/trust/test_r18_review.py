"""R18: whatever happens to the review workbook, no decision lands on the wrong pair."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from promises import Kept

from compliance import review
from compliance.review_queue import Candidate, Waiting
from compliance.review_workbook import COLUMNS

NAMES = [name for name, *_ in COLUMNS]
AT = {name: number for number, name in enumerate(NAMES)}
Grid = list[list[Any]]


def queue(chance: random.Random) -> list[Waiting]:
    """Vendors that resemble each other, and share suppliers: what a slip would not show."""
    suppliers = [
        Candidate(
            f"S{n:011}".lower(), f"Acme {'Bygg' if n % 2 else 'Bud'} {n // 2} AB", f"5560{n:06}"
        )
        for n in range(6)
    ]
    return [
        Waiting(
            f"V{n:011}",
            f"ACME {chance.choice(('BYGG', 'BUD', 'Bygg'))} {n // 3}",
            chance.choice(("", f"00{n:08}", f"5561{n:06}")),
            Decimal(chance.randint(-9_999_999, 99_999_999)) / 100,
            tuple(chance.sample(suppliers, chance.randint(1, 3))),
        )
        for n in range(chance.randint(3, 9))
    ]


def answers(chance: random.Random, waiting: list[Waiting], grid: Grid) -> set[tuple[str, str]]:
    """Choose answers as a reviewer does; return the pairs that were meant."""
    meant = set()
    for row in grid[1:]:
        if chance.random() < 0.7:
            one = next(w for w in waiting if w.vendor_id == row[AT["key"]])
            said, candidate = chance.choice(list(one.answers("Ingen av dem").items()))
            row[AT["decision"]] = said
            meant.add((one.vendor_id, candidate.number if candidate else ""))
    return meant


# What a person, or a spreadsheet program, may do to the sheet. Each changes the grid in place.


def sorts_rows(grid: Grid, chance: random.Random) -> None:
    column = chance.randrange(len(grid[0]))
    grid[1:] = sorted(grid[1:], key=lambda row: str(row[column]), reverse=chance.random() < 0.5)


def sorts_some_columns(grid: Grid, chance: random.Random) -> None:
    first = chance.randrange(len(grid[0]))
    last = chance.randrange(first, len(grid[0]))
    order = list(range(1, len(grid)))
    chance.shuffle(order)
    old = [list(row) for row in grid]
    for to, origin in enumerate(order, 1):
        grid[to][first : last + 1] = old[origin][first : last + 1]


def slides_a_column(grid: Grid, chance: random.Random) -> None:
    column = chance.choice([AT["decision"], AT["key"], AT["digest"], AT["vendor"]])
    cells = [row[column] for row in grid[1:]]
    for row, cell in zip(grid[1:], cells[1:] + cells[:1], strict=True):
        row[column] = cell


def removes_a_row(grid: Grid, chance: random.Random) -> None:
    if len(grid) > 2:
        del grid[chance.randrange(1, len(grid))]


def inserts_a_row(grid: Grid, chance: random.Random) -> None:
    row = [None] * len(grid[0])
    if chance.random() < 0.5:
        row[AT["decision"]] = chance.choice(grid[1:])[AT["decision"]]
    grid.insert(chance.randrange(1, len(grid) + 1), row)


def doubles_a_row(grid: Grid, chance: random.Random) -> None:
    row = list(chance.choice(grid[1:]))
    if chance.random() < 0.7:
        row[AT["decision"]] = chance.choice([row[AT[f"answer{n}"]] for n in (1, 2, 3)])
    grid.insert(chance.randrange(1, len(grid) + 1), row)


def moves_columns(grid: Grid, chance: random.Random) -> None:
    order = list(range(len(grid[0])))
    chance.shuffle(order)
    for row in grid:
        row[:] = [row[at] for at in order]


def types_something(grid: Grid, chance: random.Random) -> None:
    row = chance.choice(grid[1:])
    at = AT["decision"]
    row[at] = chance.choice(
        ["ja", "1", 1, "x", "=A2", "Ingen av dem", str(row[at] or "")[:-3], str(row[at]).upper(),
         "".join(chance.choices(string.ascii_letters, k=8))]
    )  # fmt: skip


def pastes_a_cell(grid: Grid, chance: random.Random) -> None:
    at = chance.randrange(len(grid[0]))
    chance.choice(grid[1:])[at] = chance.choice(grid[1:])[at]


def loses_zeros(grid: Grid, _: random.Random) -> None:
    for row in grid[1:]:
        if str(row[AT["org_number"]] or "").isdigit():
            row[AT["org_number"]] = int(row[AT["org_number"]])


def empties_a_cell(grid: Grid, chance: random.Random) -> None:
    chance.choice(grid[1:])[chance.randrange(len(grid[0]))] = None


def notes_something(grid: Grid, chance: random.Random) -> None:
    chance.choice(grid[1:])[AT["note"]] = "ringde"


EDITS = (
    sorts_rows, sorts_some_columns, slides_a_column, removes_a_row, inserts_a_row, doubles_a_row,
    types_something, pastes_a_cell, loses_zeros, empties_a_cell, notes_something,
)  # fmt: skip


def grid_of(path: Path) -> Grid:
    sheet = load_workbook(path).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def saved(grid: Grid, path: Path, chance: random.Random) -> Path:
    """Save as another program would: plain, with styles and tables gone, other sheets before."""
    book = Workbook()
    sheet = book.active
    if chance.random() < 0.3:
        sheet = book.create_sheet("Annat")
    for row in grid:
        sheet.append([str(v) if isinstance(v, Decimal) else v for v in row])
    if chance.random() < 0.3:
        sheet.row_dimensions[2].hidden = True
    book.save(path)
    return path


def changed(waiting: list[Waiting], chance: random.Random) -> list[Waiting]:
    """The queue after another build: some decided, some with other candidates, more money."""
    now = []
    for one in waiting:
        kind = chance.random()
        if kind < 0.1:
            continue
        if kind < 0.25:
            one = replace(one, candidates=tuple(reversed(one.candidates[:2])))
        now.append(replace(one, amount_sek=one.amount_sek + 1))
    return now


Read = Callable[..., review.Reviewed]


def by_row_number(path: Path, waiting: list[Waiting], *_: object, **__: object) -> review.Reviewed:
    """How it must not be done: the n-th row is the n-th vendor."""
    found = []
    for row, one in zip(grid_of(path)[1:], waiting, strict=False):
        said = str(row[AT["decision"]] or "")
        for number, candidate in enumerate(one.candidates, 1):
            if said.startswith(f"{number}: "):
                found.append({"key": one.vendor_id, "supplier_org_number": candidate.number})
    return review.Reviewed(tuple(found), ())


def tried(seeds: range, folder: Path, read: Read) -> dict[str, int]:
    """Edit and read a workbook for every seed; count decisions, refusals, and wrong pairs."""
    count = {"decisions": 0, "refusals": 0, "unreadable": 0, "wrong": 0, "nameless": 0}
    for seed in seeds:
        chance = random.Random(seed)
        waiting = queue(chance)
        grid = grid_of(review.export(waiting, folder / "out.xlsx", language="sv"))
        meant = answers(chance, waiting, grid)
        for edit in chance.sample(EDITS, chance.randint(1, 3)):
            edit(grid, chance)
        # Whoever chose in a doubled row, or pasted a whole answer back where it belongs, meant it.
        meant |= really_said(waiting, grid)
        if chance.random() < 0.2:
            moves_columns(grid, chance)
        file = saved(grid, folder / "back.xlsx", chance)
        now = changed(waiting, chance) if chance.random() < 0.5 else waiting
        taken: list[Any] = []
        for who in ("eva", "bo") if chance.random() < 0.2 else ("eva",):
            try:
                done = read(file, now, taken, decided_on=date(2026, 11, 23), decided_by=who)
            except review.InputError:
                count["unreadable"] += 1
                break
            taken += done.decisions
            pairs = {(str(d["key"]), str(d["supplier_org_number"])) for d in done.decisions}
            count["decisions"] += len(pairs)
            count["wrong"] += len(pairs - meant)
            count["refusals"] += len(done.refusals)
            count["nameless"] += sum(
                not NAMED.match(str(r).split(": ", 2)[2]) for r in done.refusals
            )
    return count


NAMED = re.compile(r"cell [A-Z]{1,2}[0-9]+: ")


def really_said(waiting: list[Waiting], grid: Grid) -> set[tuple[str, str]]:
    """The pairs that the sheet itself states: an answer with its question's own mark, in its row."""
    found = set()
    for one in waiting:
        for said, candidate in one.answers("Ingen av dem").items():
            for row in grid[1:]:
                if row[AT["decision"]] == said and row[AT["key"]] == one.vendor_id:
                    found.add((one.vendor_id, candidate.number if candidate else ""))
    return found


@pytest.mark.parametrize(
    "seeds",
    [range(100), *(pytest.param(range(n, n + 1250), marks=pytest.mark.trust) for n in range(0, 5000, 1250))],
    ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}",
)  # fmt: skip
def test_no_edit_puts_a_decision_on_the_wrong_pair(
    seeds: range, tmp_path: Path, kept: Kept
) -> None:
    count = tried(seeds, tmp_path, review.read)
    naive = tried(range(60), tmp_path, by_row_number)

    assert count["wrong"] == 0
    assert count["nameless"] == 0
    assert count["decisions"] > len(seeds)
    assert count["refusals"] > len(seeds) / 2
    assert naive["wrong"] > 0
    kept(
        "R18",
        f"{len(seeds)} edited workbooks (seeds {seeds.start}-{seeds.stop - 1}): {count['decisions']} "
        f"decisions, 0 on the wrong pair; {count['refusals']} refusals, each with its cell; "
        f"{count['unreadable']} refused whole",
        proof=f"matching by row number: {naive['wrong']} wrong in 60",
    )
