"""R22: no personal number and no person's name in anything that leaves the protected files.
R23: masking changes no figure. R24: who may read what."""

from __future__ import annotations

import email
import email.policy
import io
import os
import random
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import worlds
from promises import Kept
from runs import DATABASE, query, run
from stdnum import luhn

from compliance.person_key import load_or_make_key, protected_entry

PROTECTED = ("output/persons.parquet", "output/cache/")
DEPARTMENTS = """
[about]
why = "who reads which letter"
source = "the test"

[[departments]]
id = "ks"
title = "Kommunstyrelsen"
manager = "Chefen"
email = "ks@provkopings.example"
units = ["Vård och omsorg"]

[[departments]]
id = "bu"
title = "Barn och utbildning"
manager = "Chefen"
email = "bu@provkopings.example"
"""
RENAMED = """
[[groups]]
id = "{id}"
title = "{name}s enskilda firma {shown}"
org_number = "{shown}"
kind = "rename"
successor_org_number = "556036-0793"
why = "{name} took the business into a company"
source = "the test"
"""
SYLLABLES = ("gal", "ver", "mun", "tro", "sil", "bex", "dor", "kvi", "lum", "pyr", "zan", "fro")


@dataclass(frozen=True)
class Canary:
    """A planted person: ten digits (or none), a name (or none), and where it was put."""

    digits: str
    name: str
    where: str

    def found_in(self, text: str) -> bool:
        """Say whether the text tells the number, in any form, or the name, in either order."""
        squeezed = re.sub(r"[-+–. /]", "", text)
        if self.digits and self.digits in squeezed:
            return True
        if not self.name:
            return False
        first, _, last = self.name.lower().partition(" ")
        return last in text.lower() and (first in text.lower())


def number(source: random.Random, kind: int) -> str:
    """Ten characters of a personal number: plain, coordination, interim or mistyped."""
    born = date(1930, 1, 1) + timedelta(days=source.randrange(30_000))
    day = f"{born:%y%m}{born.day + (60 if kind == 1 else 0):02}"
    if kind == 2:
        serial = f"{source.choice('TRSUWXJKLMNP')}{source.randrange(100):02}"
        return day + serial + luhn.calc_check_digit(day + "1" + serial[1:])
    serial = f"{source.randrange(1000):03}"
    check = luhn.calc_check_digit(day + serial)
    return day + serial + (str((int(check) + 1) % 10) if kind == 3 else check)


FORMS = (
    "{a}-{b}", "{a}{b}", "19{a}-{b}", "19{a}{b}", "{a}+{b}", "{a} {b}", "{a}–{b}", "SE{a}{b}01",
)  # fmt: skip
# The fields of the national layout that a canary is put into, by position.
FIELDS = {"vendor": 3, "number": 4, "voucher": 2, "account name": 6, "unit": 8, "invoice": 9, "ground": 11, "contract": 12}  # fmt: skip


def surname(i: int) -> str:
    return (
        SYLLABLES[i % 12] + SYLLABLES[(i // 12) % 12] + SYLLABLES[(i * 5) % 12] + "sson"
    ).title()


# A trade's word stands in each.
NAMED_LIKE_TRADES = ("Annica", "Erica", "Jessica", "Monica", "Ulrica", "Veronica")


def planted_elsewhere(
    folder: Path, source: random.Random, postings: list[worlds.Posting], lines: dict[str, list[str]]
) -> list[Canary]:
    """Plant 36 persons where a name tells them, or in decisions; return them."""
    canaries, decisions = list[Canary](), list[str]()

    def put(i: int, vendor: str, digits: str, cell: int | None = None, text: str = "") -> None:
        posting = replace(source.choice(postings), voucher=f"E{i:05}", amount=Decimal(70))
        cells = posting.line().split(";")
        cells[3], cells[4] = vendor, digits
        if cell is not None:
            cells[cell] = text
        lines[posting.day.strftime("%Y-%m")].append(";".join(cells))

    for i in range(36):
        name, digits = f"{source.choice(worlds.GIVEN)} {surname(200 + i)}", number(source, 0)
        shown = f"{digits[:6]}-{digits[6:]}"
        kind = i % 6
        if kind == 0:  # a number field that holds a name
            put(i, name, shown)
            put(100 + i, "Åkes Plåt AB", "556036-0793", FIELDS["invoice"], f"{name} okt")
        elif kind == 1:  # a name with the number in it, and a text with the name
            put(i, f"{name} {shown}", "")
            put(100 + i, "Åkes Plåt AB", "556036-0793", FIELDS["account name"], f"Hyra {name}")
        elif kind == 2:
            name = f"{NAMED_LIKE_TRADES[i // 6]} {surname(200 + i)}"
            put(i, name, "")
        elif kind == 3:  # an amount that is a name; the reason quotes it
            put(i, "Åkes Plåt AB", "556036-0793", 10, name)
        elif kind == 4:  # a decision on someone who is not in the ledger
            key = (name, shown)[i // 6 % 2]
            decisions.append(f"2025-01-01,AP,vendor_match,{key},reject,,,,,avser {shown}")
        else:  # two spellings of one person, the rarer in a text
            put(i, name, shown)
            put(100 + i, name, shown)
            put(200 + i, name.replace(" ", f" {surname(300 + i)} "), shown)
            told = name.replace(" ", f" {surname(300 + i)} ")
            put(300 + i, "Åkes Plåt AB", "556036-0793", FIELDS["account name"], f"Taxi {told}")
        canaries.append(
            Canary(digits if kind != 2 and kind != 3 else "", name, f"elsewhere {kind}")
        )
    with (folder / "decisions.csv").open("a") as file:
        file.write("\n".join(decisions) + "\n")
    return canaries


def renamed(
    folder: Path, source: random.Random, postings: list[worlds.Posting], lines: dict[str, list[str]]
) -> list[Canary]:
    """Plant 4 sole traders who have become a company, told in rules/groups.toml; return them."""
    canaries = []
    for i in range(4):
        name, digits = f"{source.choice(worlds.GIVEN)} {surname(500 + i)}", number(source, 0)
        shown = f"{digits[:6]}-{digits[6:]}"
        posting = replace(source.choice(postings), voucher=f"G{i:05}", vendor=name, number=shown)
        lines[posting.day.strftime("%Y-%m")].append(posting.line())
        entry = RENAMED.format(id=name.lower().replace(" ", "-"), name=name, shown=shown)
        with (folder / "rules" / "groups.toml").open("a", encoding="utf-8") as rules:
            rules.write(entry)
        canaries.append(Canary(digits, name, "renamed"))
    return canaries


def planted(folder: Path, seed: int) -> list[Canary]:
    """Write a workspace with 248 canaries; return them."""
    source, canaries = random.Random(seed), list[Canary]()
    world = worlds.draw(seed, rows=60)
    postings = [p for month in world.months.values() for p in month]
    lines: dict[str, list[str]] = {month: [worlds.HEADER] for month in world.months}
    for month, drawn in world.months.items():
        lines[month] += [posting.line() for posting in drawn]
    for i in range(160):
        posting = replace(source.choice(postings), voucher=f"K{i:05}", amount=Decimal(100 + i))
        cells = posting.line().split(";")
        digits = number(source, i % 4)
        field = list(FIELDS)[i % len(FIELDS)]
        name = f"{source.choice(worlds.GIVEN)} {surname(i)}"
        form = FORMS[i % len(FORMS)] if digits[6].isdigit() else FORMS[i % 4]
        text = form.format(a=digits[:6], b=digits[6:])
        # In numbered fields other long numbers are common: there the check digit must hold.
        if field in ("voucher", "invoice", "contract") and i % 4 == 3:
            digits = number(source, 0)
            text = FORMS[i % 7].format(a=digits[:6], b=digits[6:])
        if field == "number":
            cells[3], cells[4] = name, text
            canaries.append(Canary(digits, name, field))
        elif field == "vendor":
            cells[3], cells[4] = f"{name} {text}", ""
            canaries.append(Canary(digits, "", field))
        else:
            cells[FIELDS[field]] = (
                text if field in ("voucher", "invoice", "contract") else f"avser {text} mars"
            )
            canaries.append(Canary(digits, "", field))
        # A row that is rejected keeps its raw text, and with it the ground, which no table holds.
        if i % 16 == 7 or field == "ground":
            cells[10] = "1O0,x"
        lines[posting.day.strftime("%Y-%m")].append(";".join(cells))
    for i in range(160, 180):  # without a number: by account and unit, and as a given name
        name = f"{source.choice(worlds.GIVEN)} {surname(i)}"
        account, unit = ("4521", "IFO Familjehem") if i % 2 else ("6100", "Kommunstyrelsen")
        posting = replace(
            source.choice(postings), voucher=f"K{i:05}", vendor=name if i % 3 else name.upper(), number="",
            account=account, unit=unit, amount=Decimal(50),
        )  # fmt: skip
        lines[posting.day.strftime("%Y-%m")].append(posting.line())
        told = replace(
            posting, voucher=f"T{i:05}", vendor=world.vendors[0][0], number=world.vendors[0][1]
        )
        cells = told.line().split(";")
        cells[6] = f"Arvode {surname(i)} {name.split()[0]}"
        lines[posting.day.strftime("%Y-%m")].append(";".join(cells))
        canaries.append(Canary("", name, "no number"))
    for i in range(180, 200):  # in the register
        name, digits = f"{source.choice(worlds.GIVEN)} {surname(i)}", number(source, 0)
        world.contracts.append(
            f"R{i};;Avtal med {name} {digits};{name};{digits[:6]}-{digits[6:]};framework;2024-01-01;2026-12-31;;;;"
        )
        canaries.append(Canary(digits, name, "register"))
    for i in range(8):  # a lot that is called by its supplier's name, or by his number
        name, digits = f"{source.choice(worlds.GIVEN)} {surname(400 + i)}", number(source, 0)
        shown = f"{digits[:6]}-{digits[6:]}"
        lot = (name, f"Del {shown}")[i % 2]
        world.contracts.append(
            f"L{i // 4};{lot};Delat;{name};{shown};framework;2024-01-01;2026-12-31;;;;"
        )
        posting = replace(
            source.choice(postings), voucher=f"L{i:05}", vendor=name, number=shown,
            account="6100", amount=Decimal(1000 + i),
        )  # fmt: skip
        lines[posting.day.strftime("%Y-%m")].append(posting.line())
        canaries.append(Canary(digits, name, "lot"))
    worlds.write(world, folder)
    canaries += planted_elsewhere(folder, source, postings, lines)
    canaries += renamed(folder, source, postings, lines)
    (folder / "rules" / "organisation.toml").write_text(DEPARTMENTS, "utf-8")
    for month, text in lines.items():
        (folder / "ledger" / f"{month}.csv").write_text("\n".join(text) + "\n", "utf-8")
    return canaries


def said(folder: Path) -> Iterator[tuple[str, str]]:
    """Give every text that the workspace tells to others: (where, what)."""
    for path in sorted((folder / "output").rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or name.startswith(PROTECTED):
            continue
        yield f"name of {name}", name
        if path.suffix == ".duckdb":
            yield from _logical(path)
        if path.suffix == ".xlsx":
            yield from _unzipped(path)
        if path.suffix == ".eml":
            yield from _decoded(path)
        yield name, path.read_bytes().decode("utf-8", "replace")
    for path in sorted((folder / "history").rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_text("utf-8", "replace")


def _logical(path: Path) -> Iterator[tuple[str, str]]:
    with duckdb.connect(str(path), read_only=True) as db:
        columns = db.execute(
            "select table_name, column_name from duckdb_columns() where not internal order by all"
        ).fetchall()
        for table, column in columns:
            for (value,) in db.execute(
                f'select distinct "{column}"::varchar from "{table}"'
            ).fetchall():
                if value:
                    yield f"{table}.{column}", value


def _unzipped(path: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as archive:
        for part in archive.namelist():
            yield f"{path.name}/{part}", archive.read(part).decode("utf-8", "replace")


def _decoded(path: Path) -> Iterator[tuple[str, str]]:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    yield f"{path.name} headers", "\n".join(map(str, message.values()))
    for part in message.walk():
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True) or b""
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for name in archive.namelist():
                    yield f"{path.name}/{name}", archive.read(name).decode("utf-8", "replace")
        else:
            yield f"{path.name} {part.get_content_type()}", content.decode("utf-8", "replace")


def hits(canaries: list[Canary], texts: Iterator[tuple[str, str]]) -> list[str]:
    """Return where a canary is told. One pass a text: most texts hold none."""
    found = []
    by_digits = {c.digits: c for c in canaries if c.digits}
    by_surname: dict[str, list[Canary]] = {}
    for canary in canaries:
        if canary.name:
            by_surname.setdefault(canary.name.split()[1].lower(), []).append(canary)
    names = re.compile("|".join(map(re.escape, by_surname)))
    for where, text in texts:
        squeezed = re.sub(r"[-+–. /]", "", text)
        for run_of in re.finditer(r"[0-9]{6}[0-9A-Z][0-9]{3,}", squeezed):
            digits = run_of[0]
            for at in range(len(digits) - 9):
                if digits[at : at + 10] in by_digits:
                    found.append(f"{where}: {by_digits[digits[at : at + 10]]}")
        for name in names.findall(text.lower()):
            found += [f"{where}: {one}" for one in by_surname[name] if one.found_in(text)]
    return found


def told(folder: Path, safeguard: str = "nothing") -> str:
    """Run the batch; return all that it said on the terminal."""
    done = [run(command, folder, safeguard=safeguard) for command in ("build", "report")]
    checked = run("check", folder, safeguard=safeguard, check=False)
    return "\n".join(d.stdout + d.stderr for d in [*done, checked])


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Canary], str]:
    folder = tmp_path_factory.mktemp("masked") / "w"
    canaries = planted(folder, 22)
    return folder, canaries, told(folder)


def test_no_planted_person_is_told_anywhere(masked: tuple[Path, list[Canary], str]) -> None:
    folder, canaries, terminal = masked
    assert len(canaries) == 248
    found = hits(canaries, iter([*said(folder), ("terminal", terminal)]))
    assert sorted(set(found))[:20] == []


@pytest.mark.trust
def test_with_masking_off_the_same_scan_finds_them(
    masked: tuple[Path, list[Canary], str], tmp_path: Path, kept: Kept
) -> None:
    folder, canaries, terminal = masked
    assert hits(canaries, iter([*said(folder), ("terminal", terminal)])) == []
    bare = tmp_path / "bare"
    planted(bare, 22)
    shown = hits(canaries, iter([("terminal", told(bare, "no_masks")), *said(bare)]))
    caught = {hit.rpartition("Canary")[2] for hit in shown}
    assert len(caught) == len(canaries)
    kept(
        "R22",
        f"{len(canaries)} planted numbers and names in every form and field: 0 hits in database,"
        " reports, workbooks, letters, history and terminal",
        proof=f"with masking off the same scan finds {len(caught)} of them",
    )


@pytest.mark.trust
def test_masking_changes_no_figure(
    masked: tuple[Path, list[Canary], str], tmp_path: Path, kept: Kept
) -> None:
    folder, _, _ = masked
    bare = tmp_path / "bare"
    planted(bare, 22)
    run("build", bare, safeguard="no_masks")
    compared = 0
    for table in ("kpi_monthly", "kpi_yearly", "kpi_rolling_12"):
        figures = query(folder, f"from {table} order by all")
        assert figures == query(bare, f"from {table} order by all")
        compared += len(figures)
    states = "select state, side, count(*), sum(amount_sek) from coverage group by all order by all"
    assert query(folder, states) == query(bare, states)
    totals = "select count(*), sum(amount_sek) from ledger_lines"
    assert query(folder, totals) == query(bare, totals)
    hidden = query(folder, "select count(*) from vendors where is_person")[0][0]
    assert hidden > 50
    assert query(bare, "select count(*) from vendors where is_person") == [(0,)]
    kept(
        "R23",
        f"{compared} rows of figures, every state and every total equal to the öre, masked or not",
        proof=f"{hidden} vendors are persons in the one and 0 in the other",
    )


@pytest.mark.trust
def test_who_may_read_what_under_any_umask(tmp_path: Path, kept: Kept) -> None:
    seen = 0
    for umask in (0o000, 0o022, 0o077):
        folder = tmp_path / f"{umask:o}"
        planted(folder, 24)
        before = os.umask(umask)
        try:
            told(folder)
        finally:
            os.umask(before)
        for path in (folder / "output").rglob("*"):
            name, mode = path.relative_to(folder).as_posix(), stat.S_IMODE(path.stat().st_mode)
            if name.startswith(PROTECTED) or "spill" in name:
                assert mode & 0o077 == 0, (name, oct(mode))
            elif path.is_dir():
                assert mode in (0o750, 0o700), (name, oct(mode))
            else:
                assert mode == 0o640, (name, oct(mode))
            seen += 1
        assert stat.S_IMODE((folder / "persons.key").stat().st_mode) == 0o600
    loose = tmp_path / "loose"
    loose.touch()
    loose.chmod(0o644)
    assert stat.S_IMODE(loose.stat().st_mode) != 0o640
    kept(
        "R24",
        f"{seen} files and folders under three umasks: protected 0600, published 0640, folders 0750",
        proof="an ordinary file under umask 022 has 0644 and would be told",
    )


def test_lots_that_are_called_by_persons_stay_apart_and_are_the_same_in_every_table(
    masked: tuple[Path, list[Canary], str],
) -> None:
    folder, _, _ = masked
    of_lots = "from {} where contract_id in ('L0', 'L1')"
    lots = query(folder, f"select contract_id, lot {of_lots.format('contracts')} order by all")
    assert len(lots) == len(set(lots)) == 8
    assert {lot.rpartition(" ")[0] or lot for _, lot in lots} <= {
        "[namn]", "Del", "Del [personnummer]"
    }  # fmt: skip
    for table in ("contract_parties", "contract_calendar", "coverage", "purchases"):
        told = f"select distinct contract_id, lot {of_lots.format(table)} order by all"
        assert query(folder, told) == lots, table


def test_the_database_is_scanned_below_its_tables_too(
    masked: tuple[Path, list[Canary], str],
) -> None:
    folder, canaries, _ = masked
    raw = (folder / DATABASE).read_bytes()
    for canary in canaries:
        if canary.name:
            assert canary.name.split()[1].encode() not in raw, canary
        if canary.digits:
            assert canary.digits.encode() not in raw, canary


def with_a_person_in_ledger_and_register(folder: Path) -> Path:
    """Write a workspace whose invoice R1 is from a private person with a contract; return it."""
    world = worlds.draw(23, rows=20, months=1)
    name, digits = "Karl Roos", "731008-9789"
    world.contracts.append(f"R1;;Kost;{name};{digits};framework;2024-01-01;2026-12-31;;;;")
    (month,) = world.months
    world.months[month].append(
        replace(world.months[month][0], vendor=name, number=digits, account="6100", invoice="R1")
    )
    return worlds.write(world, folder)


def test_one_person_has_one_pseudonym_in_ledger_and_register_and_another_key_another(
    tmp_path: Path,
) -> None:
    workspace = with_a_person_in_ledger_and_register(tmp_path / "w")
    names = []
    for _ in range(2):
        run("build", workspace)
        told = "select vendor_name, supplier_name from purchases where invoice_no = 'R1'"
        ((vendor, supplier),) = query(workspace, told)
        assert vendor == supplier
        assert vendor.startswith("Privatperson P")
        names.append(vendor)
        (workspace / "persons.key").unlink()
    assert names[0] != names[1]


def test_whoever_is_shown_with_others_is_told_apart_in_no_report(tmp_path: Path) -> None:
    workspace = with_a_person_in_ledger_and_register(tmp_path / "w")
    run("build", workspace)
    ((name,),) = query(workspace, "select vendor_name from purchases where invoice_no = 'R1'")
    run("report", workspace)
    (workspace / DATABASE).unlink()  # it tells the pseudonym
    for where, text in said(workspace):
        assert name not in text, where


def test_who_is_on_the_protected_list_is_not_told(tmp_path: Path) -> None:
    workspace = with_a_person_in_ledger_and_register(tmp_path / "w")
    entry = protected_entry(load_or_make_key(workspace / "persons.key"), "731008-9789")
    with (workspace / "rules" / "persons.toml").open("a", encoding="utf-8") as rules:
        rules.write("\n" + entry)
    run("build", workspace)
    told = "select distinct person_class from vendors where vendor_name like 'Privatperson P%'"
    assert query(workspace, told) == [("P2",)]

    (workspace / "persons.key").unlink()  # with a new one nobody would be known by the list
    for verb in ("build", "check"):
        refused = run(verb, workspace, check=False)
        assert refused.returncode == 3
        assert "persons.key: the key that the protected persons" in refused.stderr
    assert run("protect", workspace, check=False, input="731008-9789\n").returncode == 3
    assert not (workspace / "persons.key").exists()
