"""R19: whatever the organisation is called and however it changes, no letter has a foreign row."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import mail_house as house
import polars as pl
import pytest
from mail_house import MONTH, SENDER, Posting
from promises import Kept

from compliance import deliver
from compliance.owners import Expected, Owners, reasons_against
from compliance.rule_entries import Department, Unit
from compliance.shipped import shipped

UNITS_SQL = (shipped("rules").parent / "compliance" / "models" / "work_units.sql").read_text(
    "utf-8"
)
STEMS = ("Skola", "Social", "Teknik", "Vård", "Kultur", "Bygg", "Miljö")
TAILS = ("förvaltningen", "förvaltning", "förvaltningen Norr", "kontoret", "nämnden")
WORKPLACES = ("Hemtjänst", "Hemtjänst norr", "Hemtjänst norra", "Kök", "Köket", "Förskolan Björken",
              "Förskolan Björken 2", "IT", "IT-enheten", "Ekonomi", "Stöd", "Stöd och behandling")  # fmt: skip
CHANGE = date(2026, 10, 15)


@dataclass(frozen=True)
class World:
    """An organisation and what it bought; `owners` is the truth, row by row."""

    rules: house.Rules
    bought: tuple[tuple[date, str], ...]
    owners: tuple[str | None, ...]


def world(seed: int) -> World:
    """Draw an organisation: near-namesakes, renames, moves, merges, blanks, case, look-alikes."""
    chance = random.Random(seed)
    titles = chance.sample([stem + tail for stem in STEMS for tail in TAILS], chance.randint(2, 4))
    if chance.random() < 0.3:
        titles.append(chance.choice(titles) + " 2")
    departments = tuple(
        replace(house.department(title, language=chance.choice(("sv", "en"))), email=f"d{n}@bjorkvik.example")
        for n, title in enumerate(titles)
    )  # fmt: skip
    units = [Unit(title, title) for title in titles]
    truth: list[tuple[str, date, date, str]] = [(t, date.min, date.max, t) for t in titles]
    for name in chance.sample(WORKPLACES, chance.randint(3, 7)):
        here, there = chance.choice(titles), chance.choice(titles)
        kind = chance.random()
        if kind < 0.35 and here != there:  # moved, or merged into another department
            spans = [(None, CHANGE - timedelta(1), here), (CHANGE, None, there)]
        elif kind < 0.5:  # began, or ended, in the middle of the month
            spans = [(CHANGE, None, here) if chance.random() < 0.5 else (None, CHANGE, here)]
        else:
            spans = [(None, None, here)]
        written = name.upper() if chance.random() < 0.2 else name
        for first, last, title in spans:
            units.append(Unit(written, title, first, last))
            truth.append((name, first or date.min, last or date.max, title))
    bought, owners = [], []
    names = [*sorted({name for name, *_ in truth}), "Okänd enhet"]
    for _ in range(chance.randint(4, 12)):
        name, day = chance.choice(names), MONTH + timedelta(chance.randint(0, 30))
        day = chance.choice((day, CHANGE, CHANGE - timedelta(1)))
        spelt, is_same = spelling(name, chance)
        fitting = [t for n, first, last, t in truth if n == name and first <= day <= last]
        bought.append((day, spelt))
        owners.append(fitting[0] if is_same and fitting else None)
    return World(house.Rules(departments, tuple(units)), tuple(bought), tuple(owners))


def spelling(name: str, chance: random.Random) -> tuple[str, bool]:
    """Return a spelling as a ledger has it, and whether it is the same name to us."""
    match chance.randrange(8):
        case 0:
            return name.upper(), True
        case 1:
            return name.swapcase(), True
        case 2:  # a Cyrillic letter that looks the same
            other = name.replace("o", "\u043e").replace("e", "\u0435").replace("a", "\u0430")
            return other, other == name
        case 3:  # ö as two signs: not the name that the rules have
            other = unicodedata.normalize("NFD", name)
            return other, other == name
        case 4:
            other = name.replace("I", "l")
            return other, other == name
    return name, True


def joined(worlds: Sequence[World]) -> list[list[str | None]]:
    """Return each purchase's department as the shipped model has it; all worlds in one asking.

    A name is told apart by its world's number in front, which changes nothing between two names
    of one world.
    """
    postings = pl.DataFrame(
        [f"{n} {unit}" for n, world in enumerate(worlds) for _, unit in world.bought],
        schema={"unit": pl.String},
    )
    rules = pl.DataFrame(
        [
            (f"{n} {u.name}", u.department, u.first, u.last)
            for n, world in enumerate(worlds)
            for u in world.rules.units
        ],
        schema={"unit": pl.String, "department": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
        orient="row",
    )  # fmt: skip
    with duckdb.connect() as db:
        db.execute("create table input_masks (field varchar, value varchar, masked varchar)")
        db.register("input_postings", postings.to_arrow())
        db.register("rule_units", rules.to_arrow())
        asked = f"select unit, valid_from, valid_to, department from ({UNITS_SQL})"
        spans: dict[str, list[tuple[date, date, str]]] = {}
        for unit, first, last, department in db.execute(asked).fetchall():
            spans.setdefault(unit, []).append((first, last, department))
    return [
        [
            next(d for first, last, d in spans[f"{n} {unit}"] if first <= day <= last)
            for day, unit in world.bought
        ]
        for n, world in enumerate(worlds)
    ]


def letters(world: World, departments: list[str | None]) -> dict[str, tuple[bytes, list[int]]]:
    """Return each reader's letter, and which purchases are in it."""
    found = {}
    for reader in world.rules.departments:
        rows = [n for n, title in enumerate(departments) if title == reader.title]
        if not rows:
            continue
        postings: list[Posting] = [
            (world.bought[n][0], reader.title, world.bought[n][1], "Acme AB", 100.0 + n)
            for n in rows
        ]
        found[reader.title] = (house.eml(reader, postings), rows)
    return found


def refusals(world: World, title: str, content: bytes) -> tuple[str, ...]:
    reader: Department = world.rules.organisation[title]
    owners = Owners.of(world.rules.organisation, world.rules.units)
    return reasons_against(content, Expected(title, MONTH, SENDER, reader.email), owners)


QUICK = [pytest.param(0, 60)]
LONG = [pytest.param(n * 2500, 2500, marks=pytest.mark.trust) for n in range(4)]


@pytest.mark.parametrize(("first", "count"), QUICK + LONG)
def test_no_letter_has_a_row_of_another_department(first: int, count: int, kept: Kept) -> None:
    sent = rows = planted = caught = 0
    worlds = [world(seed) for seed in range(first, first + count)]
    for seed, drawn, right in zip(range(first, first + count), worlds, joined(worlds), strict=True):
        for title, (content, numbers) in letters(drawn, right).items():
            assert refusals(drawn, title, content) == (), (seed, title)
            sent += 1
            rows += len(numbers)
            assert {drawn.owners[n] for n in numbers} == {title}, (seed, title)
        # The same month with a join that is off by one: every letter it touches must be held.
        if seed % 10:
            continue
        titles = [d.title for d in drawn.rules.departments]
        wrong = [titles[(titles.index(t) + 1) % len(titles)] if t in titles else t for t in right]
        for title, (content, _) in letters(drawn, wrong).items():
            planted += 1
            caught += bool(refusals(drawn, title, content))
    assert caught == planted
    assert sent > count
    kept(
        "R19",
        f"{count} organisations (seeds {first}-{first + count - 1}): {sent} letters, {rows} rows, "
        f"0 of another department, 0 withheld in vain; off-by-one join: {caught} of {planted} caught",
        proof="the planted join",
    )


@pytest.mark.parametrize("count", [20, pytest.param(400, marks=pytest.mark.trust)])
def test_a_day_off_by_one_is_caught(count: int) -> None:
    planted = 0
    worlds = [world(seed) for seed in range(count)]
    late = [
        replace(one, bought=tuple((d - timedelta(1), u) for d, u in one.bought)) for one in worlds
    ]
    judged = zip(worlds, joined(late), joined(worlds), strict=True)
    for seed, (drawn, wrong, right) in enumerate(judged):
        for title, (content, numbers) in letters(drawn, wrong).items():
            is_wrong = any(right[n] != title for n in numbers)
            planted += is_wrong
            assert bool(refusals(drawn, title, content)) == is_wrong, (seed, title)
    assert planted > 0
    print(f"{count} organisations, {planted} letters with a row a day off, all caught")


def test_swapped_letters_go_to_nobody_and_the_run_says_so(tmp_path: Path) -> None:
    with house.serving() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPLIANCE_TEST_PASSWORD", house.PASSWORD)
        social, school, care = house.HOUSE.departments
        rows = house.postings(care.title)
        as_social = [(day, social.title, *rest) for day, _, *rest in rows]
        letters = {**house.house_letters(), social.title: house.eml(social, as_social)}
        place = house.workspace(tmp_path, server.port, letters)
        with pytest.raises(deliver.DeliveryError) as error:
            deliver.send(place, house.HOUSE, MONTH)
        assert error.value.exit_code == 6
        assert social.email in str(error.value)
        assert f"was of {care.title} on 2026-10-14" in str(error.value)
        assert {reader for _, reader, _ in server.sink.accepted} == {
            school.email, care.email, *care.copies,
        }  # fmt: skip


SOCIAL = house.SOCIAL
ROWS = house.postings(SOCIAL.title)


def checked(content: bytes, **changed: object) -> str:
    expected = replace(Expected(SOCIAL.title, MONTH, SENDER, SOCIAL.email), **changed)
    owners = Owners.of(house.HOUSE.organisation, house.HOUSE.units)
    return "; ".join(reasons_against(content, expected, owners))


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<p>{own}</p><p>Barn- och utbildningsförvaltningen</p>", "which is not of"),
        ("<p>{own}</p><td>x<br>BARN- OCH  utbildningsförvaltningen</td>", "which is not of"),
        ('<p>{own}</p><tr data-department="{own}x"><td>1</td></tr>', "a mark in the letter"),
        ('<p>{own}</p><tr data-unit="Grundskola norr"></tr>', "which is not theirs"),
        ('<p>{own}</p><tr><th scope="row">Grundskola norr</th></tr>', "which is not theirs"),
        ("<p>Utan namn</p>", "does not name Socialförvaltningen"),
    ],
)
def test_the_words_of_a_letter_are_read_too(html: str, told: str) -> None:
    page = f"<html><body>{html.format(own=SOCIAL.title)}</body></html>"
    assert told in checked(house.eml(SOCIAL, ROWS, html=page))


def test_what_must_stand_in_a_letter_is_asked_for() -> None:
    good = house.eml(SOCIAL, ROWS)
    assert checked(good) == ""
    assert "for `Socialförvaltningen`, not for `X`" in checked(good, department="X")
    assert "not 2026-09" in checked(good, month=date(2026, 9, 1))
    assert "`To` line says" in checked(good, recipient="x@bjorkvik.example")
    assert "`From` line says" in checked(good, sender="x@bjorkvik.example")
    assert "`Bcc` line" in checked(b"Bcc: x@y.se\r\n" + good)
    assert "2 `To` lines" in checked(b"To: x@y.se\r\n" + good)
    assert "CRLF" in checked(good.replace(b"\r\n", b"\n"))
    assert "CRLF" in checked(good.replace(b"Se bilagan.", b"Se\nbilagan."))
    assert "not ASCII" in checked(good + "å\r\n".encode())
    assert "longer than 998" in checked(good + b"x" * 1000 + b"\r\n")
    assert "no row in the letter" in checked(house.eml(SOCIAL, []))
    assert "cannot be checked" in checked(
        good.replace(b"Content-Type: text/plain", b"Content-Type: text/calendar")
    )
    assert checked(b"") != ""


def test_a_row_without_unit_or_day_belongs_to_nobody() -> None:
    assert "nobody can say whose" in checked(house.eml(SOCIAL, [(*ROWS[0][:2], "", *ROWS[0][3:])]))
    stranger = [(ROWS[0][0], SOCIAL.title, "Okänd enhet", "Acme AB", 1.0)]
    assert "was of nobody on" in checked(house.eml(SOCIAL, [*ROWS, *stranger]))
