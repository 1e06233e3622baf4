"""Each posting is loaded once, exactly, or its file or row is named."""

from __future__ import annotations

import csv
import hashlib
import os
import socket
import subprocess
import unicodedata
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hash_twins import hash_twins
from shared_data import ROOT, shared

from compliance.errors import ComplianceError, InputError, Problems, RuleError
from compliance.ledger import (
    LedgerFile,
    RejectedRowError,
    check_ledgers,
    read_ledgers,
)
from compliance.ledger_files import unmet_replacements
from compliance.person_rules import PersonRules, read_person_rules
from compliance.shipped import shipped
from compliance.workspace import Workspace

HEADER = (
    "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;"
    "bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr"
)


def row(
    number: int, amount: str = "100.00", day: str = "2024-03-05", vendor: str = "Acme AB"
) -> str:
    return (
        f"212000-1;Kommunen;V{number};{vendor};556000-{number:04d};6010;Hyror;{day};Skola;F{number};"
        f"{amount};;;2514;"
    )


def text(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


@pytest.fixture
def given(tmp_path: Path):
    """Lay out a workspace with the shipped profiles and the given ledger files."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "sources").symlink_to(ROOT / "rules" / "sources")
    (tmp_path / "ledger").mkdir()

    def lay(settings: str = "", **files: str | bytes) -> Workspace:
        (tmp_path / "compliance.toml").write_text(f'[organisation]\nname = "Prov"\n{settings}')
        for name, content in files.items():
            path = tmp_path / "ledger" / name.replace("__", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Workspace.open(tmp_path)

    return lay


def refused(workspace: Workspace) -> tuple[ComplianceError, ...]:
    with pytest.raises((ComplianceError, Problems)) as caught:
        read_ledgers(workspace)
    error = caught.value
    return error.errors if isinstance(error, Problems) else (error,)


def test_orebros_ledger_is_read_to_the_last_ore(given):
    source = shared("orebro-2016-03/Orebro.2016-03.csv")
    (file,) = read_ledgers(given(**{"Orebro.2016-03__csv": source.read_bytes()}))

    with source.open(encoding="cp1252", newline="") as lines:
        amounts = [Decimal(cells[5]) for cells in list(csv.reader(lines, delimiter=";"))[1:]]
    assert (file.rows_read, file.rows_loaded, file.rows_rejected) == (68_021, 68_021, 0)
    assert file.loaded_sek == sum(amounts)
    assert pl.read_parquet(file.postings)["amount_sek"].sum() == sum(amounts)


def test_a_row_is_loaded_or_rejected_with_its_reason(given):
    (file,) = read_ledgers(given(a__csv=text(row(1), row(2, "1,5"), row(3, "2.50", "2024-02-30"))))

    assert (file.rows_read, file.rows_loaded, file.rows_rejected) == (3, 1, 2)
    assert (file.loaded_sek, file.rejected_sek) == (Decimal("100.00"), Decimal("2.50"))
    rejected = pl.read_parquet(file.rejected).select("file_row", "column", "amount_sek").rows()
    assert rejected == [(3, "nettobelopp", None), (4, "bokforingsdatum", Decimal("2.50"))]


def test_a_second_run_reads_no_file_again(given, monkeypatch):
    workspace = given(a__csv=text(row(1)))
    first = read_ledgers(workspace)

    def no_child(*_: object) -> None:
        raise AssertionError("a file was parsed again")

    monkeypatch.setattr("compliance.confined.Confined.call", no_child)
    assert read_ledgers(workspace) == first


@pytest.mark.parametrize("part", ["postings.parquet", "rejected.parquet", "entry.json"])
def test_a_damaged_cache_entry_is_noticed_and_made_anew(given, part):
    workspace = given(a__csv=text(row(1), row(2)))
    (first,) = read_ledgers(workspace)
    damaged = first.postings.parent / part
    raw = bytearray(damaged.read_bytes())
    raw[len(raw) // 2] ^= 1
    damaged.write_bytes(bytes(raw))

    (second,) = read_ledgers(workspace)
    assert second == first
    assert pl.read_parquet(second.postings)["amount_sek"].sum() == Decimal("200.00")


def test_the_same_bytes_twice_are_refused_with_both_names(given):
    (error,) = refused(given(a__csv=text(row(1)), b__csv=text(row(1))))
    assert isinstance(error, InputError)
    assert "ledger/a.csv" in str(error)
    assert "ledger/b.csv" in str(error)


def test_of_the_same_bytes_twice_the_copy_is_to_be_taken_away(given):
    twice = {"a__csv": text(row(1)), "a (kopia)__csv": text(row(1))}
    (error,) = refused(given(**twice))
    assert error.fix == "take ledger/a (kopia).csv out of the folder"


def test_the_same_vouchers_in_other_bytes_are_refused_with_both_names(given):
    (error,) = refused(given(a__csv=text(row(1), row(2)), b__csv=text(row(2, "90.00"), row(3))))
    assert "1 voucher is also in ledger/a.csv" in str(error)
    assert error.at.file == "ledger/b.csv"


def test_a_declared_replacement_stands_alone(given):
    settings = '[ledger]\nreplaces = [{ file = "ledger/b.csv", replaces = "ledger/a.csv" }]\n'
    (file,) = read_ledgers(given(settings, a__csv=text(row(1)), b__csv=text(row(1, "90.00"))))
    assert (file.path, file.loaded_sek) == ("ledger/b.csv", Decimal("90.00"))


def test_what_a_replaced_file_alone_has_is_counted(given):
    settings = '[ledger]\nreplaces = [{ file = "ledger/b.csv", replaces = "ledger/a.csv" }]\n'
    quarter = text(row(1, "70.00"), row(2, "30.00"), row(3), row(4, "5.00"))
    workspace = given(settings, a__csv=quarter, b__csv=text(row(3, "90.00")), c__csv=text(row(4)))
    (file, other) = read_ledgers(workspace)
    assert (file.path, file.replaced_paths) == ("ledger/b.csv", "ledger/a.csv")
    assert (file.left_out_rows, file.left_out_sek) == (2, Decimal("100.00"))
    assert other.left_out_rows == 0


def test_of_files_that_replace_each_other_in_turn_the_last_tells_what_is_left_out(given):
    settings = (
        '[ledger]\nreplaces = [{ file = "ledger/b.csv", replaces = "ledger/a.csv" },'
        ' { file = "ledger/c.csv", replaces = "ledger/b.csv" }]\n'
    )
    files = {"a__csv": text(row(1)), "b__csv": text(row(2)), "c__csv": text(row(3))}
    (file,) = read_ledgers(given(settings, **files))
    assert (file.path, file.replaced_paths) == ("ledger/c.csv", "ledger/a.csv, ledger/b.csv")
    assert file.left_out_rows == 2


def test_a_replaced_file_that_cannot_be_read_stops_nothing(given):
    settings = '[ledger]\nreplaces = [{ file = "ledger/b.csv", replaces = "ledger/a.csv" }]\n'
    (file,) = read_ledgers(given(settings, a__csv="x;y\n1;2\n", b__csv=text(row(1))))
    assert (file.path, file.left_out_rows) == ("ledger/b.csv", 0)


def test_of_overlapping_files_the_fix_says_what_a_replacement_would_leave_out(given):
    (error,) = refused(given(a__csv=text(row(1, "70.00"), row(2)), b__csv=text(row(2), row(3))))
    assert error.fix is not None
    assert error.fix.startswith("export them anew so that no posting stands in both")
    assert "which leaves out 1 row (70.00 SEK) of ledger/a.csv; `file` is the one" in error.fix


def test_the_file_that_has_all_of_the_other_is_the_one_to_stand(given):
    (error,) = refused(given(a__csv=text(row(1), row(2)), b__csv=text(row(2, "90.00"))))
    assert error.fix is not None
    assert '{ file = "ledger/a.csv", replaces = "ledger/b.csv" }' in error.fix


@pytest.mark.parametrize(
    ("older", "newer", "new"),
    [
        ("r_2026-03.csv", "r_2026-03-corrected.csv", "r_2026-03-corrected.csv"),
        ("r_2026-03-corrected.csv", "r_2026-03.csv", "r_2026-03-corrected.csv"),
        ("b.csv", "a.csv", "a.csv"),
        ("a.csv", "b.csv", "b.csv"),
        ("r_2026-10.csv", "r_2026-1.csv", "r_2026-1.csv"),
    ],
)
def test_the_correction_or_the_newer_of_two_files_is_the_one_to_stand(given, older, newer, new):
    files = {older: text(row(1), row(2)), newer: text(row(1), row(2, "90.00"))}
    workspace = given(**{name.replace(".", "__"): content for name, content in files.items()})
    for at, name in enumerate((older, newer)):
        os.utime(workspace.ledger / name, (at, at))
    (error,) = refused(workspace)
    [old] = {older, newer} - {new}
    assert f'{{ file = "ledger/{new}", replaces = "ledger/{old}" }}' in error.fix
    assert "turn the two round if it is the other" in error.fix


def test_a_replacement_that_is_not_delivered_is_an_error_of_the_settings(given):
    settings = '[ledger]\nreplaces = [{ file = "ledger/bb.csv", replaces = "ledger/a.csv" }]\n'
    (error,) = refused(given(settings, a__csv=text(row(1)), b__csv=text(row(2))))
    assert isinstance(error, RuleError)
    assert error.fix == "did you mean `ledger/b.csv`?"


@pytest.mark.parametrize(
    ("file", "older"),
    [
        ("b.csv", "a.csv"),
        ("Ledger/B.csv", "LEDGER/A.CSV"),
        (r"ledger\\b.csv", r"ledger\\a.csv"),
        ("ledger/b.csv", "a.csv"),
    ],
)
def test_a_replacement_written_otherwise_than_the_folder_has_it_is_refused(given, file, older):
    settings = f'[ledger]\nreplaces = [{{ file = "{file}", replaces = "{older}" }}]\n'
    errors = refused(given(settings, a__csv=text(row(1)), b__csv=text(row(2))))
    assert all(isinstance(error, RuleError) for error in errors)
    assert errors[-1].fix == "did you mean `ledger/a.csv`? Write it so, with `/`"


def test_a_replacement_of_what_is_not_there_is_told_and_stops_nothing(given):
    settings = '[ledger]\nreplaces = [{ file = "ledger/b.csv", replaces = "ledger/aa.csv" }]\n'
    workspace = given(settings, a__csv=text(row(1)), b__csv=text(row(2)))
    assert len(read_ledgers(workspace)) == 2
    (told,) = unmet_replacements(workspace)
    assert "there is no file ledger/aa.csv, and ledger/b.csv replaces nothing" in told
    assert told.endswith("fix: did you mean `ledger/a.csv`?")


def test_of_a_file_that_breaks_off_check_says_that_rows_may_be_missing(given):
    for cut, told in (("", "the file breaks off in this row: 4 cells"), ("\n", "4 cells, fewer")):
        workspace = given(a__csv=text(row(1)) + "212000-1;Kommunen;V2;Ac" + cut)
        _, (error,) = check_ledgers(workspace, PersonRules())
        assert error.what.startswith(told)
        assert ("rows behind it may be missing" in error.fix) == (not cut)


def test_check_names_every_problem_of_every_file(given):
    workspace = given(a__csv="x;y\n1;2\n", b__csv="", c__csv=text(row(1), row(2, "?")))
    _, found = check_ledgers(workspace, PersonRules())
    places = [(error.at.file, error.at.row) for error in found]
    assert places == [("ledger/a.csv", 1), ("ledger/b.csv", None), ("ledger/c.csv", 3)]
    assert [isinstance(error, RejectedRowError) for error in found] == [False, False, True]


def test_an_empty_folder_says_what_to_deliver(given):
    (error,) = refused(given())
    assert error.exit_code == 3
    assert "put the exports" in error.fix


def test_line_ids_depend_on_content_and_row_alone(given):
    def ids(files: tuple[LedgerFile, ...]) -> list[int]:
        return pl.read_parquet(files[0].postings)["line_id"].to_list()

    first = ids(read_ledgers(given(a__csv=text(row(1), row(2)))))
    assert len(set(first)) == 2
    assert first[1] - first[0] == 1
    assert all(0 < line < 2**63 for line in first)


def test_the_line_ids_of_a_ledger_file_are_35_bits_of_its_hash_and_the_row(given):
    content = text(row(1))
    (file,) = read_ledgers(given(a__csv=content))
    first_bits = int(hashlib.sha256(content.encode()).hexdigest(), 16) >> (256 - 35)
    assert pl.read_parquet(file.postings)["line_id"].to_list() == [(first_bits << 28) + 2]


def test_two_files_whose_line_ids_would_meet_are_refused_with_both_names_and_a_way_out(given):
    one, other = hash_twins(lambda number: text(row(number)))
    (error,) = refused(given(a__csv=one, b__csv=other))
    assert {error.at.file, error.what.rpartition(" ")[2]} == {"ledger/a.csv", "ledger/b.csv"}
    assert error.exit_code == 3
    assert "empty line at its end" in error.fix
    assert len(read_ledgers(given(a__csv=one + "\n", b__csv=other))) == 2


def umea(*amounts: str, month: str = "202403", invoice: str = "") -> str:
    head = "datum;forvaltning;leverantor;leverantor_id;konto_nr;konto_text;belopp;faktura_nr"
    rows = (f"{month};Skola;Acme;1;6010;Hyror;{a};{invoice}{n if invoice else ''}" for n, a in enumerate(amounts))  # fmt: skip
    return "\n".join((head, *rows)) + "\n"


MANY = [f"{n},00" for n in range(1, 21)]


def test_the_same_rows_in_another_order_are_refused_though_nothing_numbers_them(given):
    (error,) = refused(given(a__csv=umea(*MANY), b__csv=umea(*reversed(MANY))))
    assert "20 postings are also in ledger/a.csv" in str(error)


def test_the_same_invoices_with_a_change_are_refused(given):
    (error,) = refused(
        given(a__csv=umea(*MANY, invoice="F"), b__csv=umea(*MANY[:-1], "7,77", invoice="F"))
    )
    assert "19 postings" in str(error)


def test_the_same_month_from_another_system_is_refused(given):
    (error,) = refused(
        given(
            a__csv=umea(*MANY),
            b__csv=text(*(row(n, f"{n}.00", vendor="Acme") for n in range(1, 21))),
        )
    )
    assert "20 postings" in str(error)


def test_two_departments_of_one_month_stand_side_by_side(given):
    files = read_ledgers(
        given(a__csv=text(row(1), row(2)), b__csv=text(row(1), row(2)).replace("Skola", "Vård"))
    )
    assert [file.rows_loaded for file in files] == [2, 2]


def test_a_few_equal_postings_in_two_files_are_chance(given):
    a, b = umea("5,00", "6,00", "7,00"), umea("5,00", "8,00", "9,00")
    assert len(read_ledgers(given(a__csv=a, b__csv=b))) == 2


def test_consecutive_months_are_not_compared(given):
    a, b = umea(*MANY), umea(*MANY, month="202404")
    assert len(read_ledgers(given(a__csv=a, b__csv=b))) == 2


def test_files_that_replace_each_other_are_an_error(given):
    settings = """[ledger]
replaces = [
  { file = "ledger/a.csv", replaces = "ledger/b.csv" },
  { file = "ledger/b.csv", replaces = "ledger/a.csv" },
]
"""
    (error,) = refused(given(settings, a__csv=text(row(1)), b__csv=text(row(2))))
    assert "in a circle" in error.why


def test_what_is_no_file_is_named(given):
    workspace = given(a__csv=text(row(1)))
    os.mkfifo(workspace.ledger / "pipe.csv")
    (workspace.ledger / "gone.csv").symlink_to("nowhere.csv")
    assert [error.at.file for error in refused(workspace)] == ["ledger/gone.csv", "ledger/pipe.csv"]


def test_what_no_list_of_files_takes_up_is_named(given, tmp_path_factory):
    workspace = given(a__csv=text(row(1)))
    elsewhere = tmp_path_factory.mktemp("share")
    (elsewhere / "x.csv").write_text(text(row(2)))
    (workspace.ledger / "2024").symlink_to(elsewhere)
    (workspace.ledger / "Peppol").symlink_to(elsewhere)
    (workspace.ledger / "sie").mkdir()
    (workspace.ledger / "sie" / "gone.se").symlink_to("nowhere.se")
    (workspace.ledger / "loop.csv").symlink_to("loop.csv")
    (workspace.ledger / ".~lock").symlink_to("nobody@nowhere")
    Path(os.fsdecode(os.fsencode(workspace.ledger) + b"/f\xf6rv.csv")).write_text(text(row(3)))
    errors = refused(workspace)
    assert all(isinstance(error, InputError) and error.fix for error in errors)
    assert [(error.at.file, error.what) for error in errors] == [
        ("ledger/2024", "a link to a folder is not followed"),
        ("ledger/Peppol", "a link to a folder is not followed"),
        (r"ledger/f\xf6rv.csv", "the name is not written in UTF-8"),
        ("ledger/loop.csv", "a link to what is not there"),
        ("ledger/sie/gone.se", "a link to what is not there"),
    ]
    assert [str(error) for error in check_ledgers(workspace, PersonRules())[1]] == [
        str(error) for error in errors
    ]


def test_a_replacement_is_known_by_a_name_with_decomposed_letters(given):
    settings = (
        '[ledger]\nreplaces = [{ file = "ledger/2024/å (rättad).csv", '
        'replaces = "ledger/2024/å.csv" }]\n'
    )
    files = {"2024/å (rättad)__csv": text(row(1, "90.00")), "2024/å__csv": text(row(1))}
    stored = {unicodedata.normalize("NFD", name): content for name, content in files.items()}
    assert stored.keys() != files.keys()
    (file,) = read_ledgers(given(settings, **stored))
    assert file.loaded_sek == Decimal("90.00")
    assert file.replaced_paths == unicodedata.normalize("NFD", "ledger/2024/å.csv")


def test_a_link_to_a_file_elsewhere_is_read(given, tmp_path_factory):
    workspace = given()
    elsewhere = tmp_path_factory.mktemp("share") / "x.csv"
    elsewhere.write_text(text(row(1)))
    (workspace.ledger / "a.csv").symlink_to(elsewhere)
    (file,) = read_ledgers(workspace)
    assert file.path == "ledger/a.csv"


def test_what_a_killed_run_left_is_swept_and_what_another_does_is_not(given):
    workspace = given(a__csv=text(row(1)))
    ended = subprocess.Popen(["true"])
    ended.wait()
    here = socket.gethostname()
    names = {
        f".work-{ended.pid}@{here}-a": False,
        f".work-{os.getppid()}@{here}-b": True,
        f".work-{ended.pid}@elsewhere-c": True,
        "0" * 32: False,
    }
    folders = [workspace.cache / "ledger" / name for name in names]
    old = workspace.cache / "ledger" / f".work-{ended.pid}@elsewhere-d"
    for folder in (*folders, old):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    read_ledgers(workspace)
    assert {folder.name: folder.exists() for folder in folders} == names
    assert not old.exists()


def test_check_quotes_no_cell_that_reads_as_a_person(given):
    rules = read_person_rules(shipped("rules") / "persons.toml")
    _, (found,) = check_ledgers(given(a__csv=text(row(1, "Karl Roos"))), rules)
    assert "Karl Roos" not in str(found)
    assert "cannot read `[namn]` as an amount" in str(found)
