"""What an unattended run mails: nothing of a month that it doubts, and no word too few of the rest."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from runs import DATABASE, query, run

from compliance import stamps

HEADER = "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr"
REGISTER = "avtalsnummer;leverantör;organisationsnummer;giltig från;giltig till\nA-1;Åkes Plåt AB;556016-0680;2023-01-01;2023-12-31\n"
DELIVERY = """
[delivery]
send = true
method = "folder"
folder = "{folder}"
from = "inkop@prov.example"
allowed_domains = ["prov.example"]
"""
ORGANISATION = """
[about]
why = "Vem som läser vad"
source = "Delegationsordningen"

[[departments]]
id = "skolan"
title = "Skolan"
manager = "Eva Ek"
email = "eva@prov.example"
"""
DAYS = ("2024-01-10", "2024-02-10", "2024-03-10", "2024-04-10")


def posting(number: int, day: str) -> str:
    return f"2120000001;Provkommun;{number};Åkes Plåt AB;5560160680;6410;Konto;{day};Skolan;{number};1250.50;;;0001;"


def add_ledger(workspace: Path, name: str, *days: str) -> None:
    rows = [posting(hash_of(name) + number, day) for number, day in enumerate(days)]
    text = "\n".join([HEADER, *rows])
    (workspace / "ledger" / f"{name}.csv").write_text(f"{text}\n", "utf-8")


def hash_of(name: str) -> int:
    return sum(map(ord, name)) * 100


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Four months that have ended, a department with a reader, and letters left for pick-up."""
    folder = tmp_path / "Provkommun ÅÄÖ"
    run("init", folder)
    add_ledger(folder, "whole", *DAYS)
    (folder / "contracts" / "register.csv").write_text(REGISTER, "utf-8")
    (folder / "rules" / "organisation.toml").write_text(ORGANISATION, "utf-8")
    deliver_to(folder, "pickup")
    return folder


def deliver_to(workspace: Path, folder: str) -> None:
    file = workspace / "compliance.toml"
    text = file.read_text("utf-8").partition("\n[delivery]")[0]
    file.write_text(text + DELIVERY.format(folder=folder), "utf-8")


def mailed(workspace: Path) -> int:
    return len(list(workspace.glob("pickup/*")))


def test_a_whole_month_that_has_ended_is_mailed(workspace: Path) -> None:
    assert "send     1 letter" in run("run", workspace).stderr
    assert mailed(workspace) == 1


def test_nothing_is_mailed_of_a_month_that_has_not_ended(workspace: Path) -> None:
    add_ledger(workspace, "wrong", "2099-10-20")
    done = run("run", workspace, check=False)

    assert done.returncode == 6
    assert mailed(workspace) == 0
    assert "the letters of 2099-10 are held back" in done.stderr
    assert "it had not ended when the database was built" in done.stderr
    assert "for 2024-04 `compliance report --month 2024-04`" in done.stderr
    assert "if 2099-10 is right, `compliance send --month 2099-10 --send`" in done.stderr


def test_letters_that_are_held_back_take_nothing_from_the_result(workspace: Path) -> None:
    add_ledger(workspace, "wrong", "2099-10-20")
    done = run("run", workspace, check=False)
    assert done.returncode == 6
    assert done.stdout.splitlines()[-1].endswith("output/reports/2099-10/report.html")
    assert "without a valid contract" in done.stdout


def test_a_doubted_month_is_mailed_when_somebody_names_it_and_only_then(workspace: Path) -> None:
    add_ledger(workspace, "wrong", "2099-10-20")
    run("run", workspace, check=False)

    assert run("send", workspace, "--send", check=False).returncode == 6
    assert mailed(workspace) == 0
    run("send", workspace, "--month", "2099-10", "--send")
    assert mailed(workspace) == 1
    assert run("run", workspace).returncode == 0, "what is mailed is not held back"


def test_a_run_names_the_letters_of_other_months_until_they_are_sent(workspace: Path) -> None:
    deliver_to(workspace, "/no/such/share")
    run("build", workspace)
    run("report", workspace, "--month", "2024-02")
    first = run("send", workspace, "--month", "2024-02", "--send", check=False)
    assert first.returncode == 6
    assert "`compliance send --month 2024-02 --send`" in first.stderr

    deliver_to(workspace, "pickup")
    second = run("run", workspace, check=False)
    assert second.returncode == 6
    assert "send     1 letter" in second.stderr
    assert "1 letter of 2024-02 was not delivered" in second.stderr
    assert mailed(workspace) == 1
    shown = run("send", workspace)
    assert "1 letter of 2024-02 was not delivered" in shown.stdout

    run("send", workspace, "--month", "2024-02", "--send")
    assert mailed(workspace) == 2
    assert run("run", workspace).returncode == 0


def test_a_run_says_which_letters_changed_since_they_were_sent(workspace: Path) -> None:
    run("run", workspace)
    before = mailed(workspace)
    add_ledger(workspace, "late", "2024-04-09")
    done = run("run", workspace)
    assert mailed(workspace) == before
    told = "0 letters; 1 changed since it was sent: `compliance send --month 2024-04` shows each"
    assert told in done.stderr


def test_a_path_of_signs_that_mean_more_in_patterns_is_a_path(workspace: Path) -> None:
    add_ledger(workspace, "more", "2024-04-11", "2024-04-12")
    odd = workspace.rename(workspace.with_name("Inköp [2024]"))
    run("check", odd)
    run("run", odd)
    odd = odd.rename(odd.with_name("Inköp *ny*"))
    shutil.copytree(odd, odd.with_name("Inköp och en ny till"))  # it fits as a pattern
    run("build", odd, "--anew")
    assert query(odd, "select count(*) from ledger_lines") == [(6,)]


def test_a_path_that_duckdb_cannot_write_to_is_refused_with_its_cure(workspace: Path) -> None:
    odd = workspace.rename(workspace.with_name("Vad köps?"))
    refused = run("build", odd, check=False)
    assert refused.returncode == 3
    assert "has a `?` in its path" in refused.stderr
    with (odd / "compliance.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[paths]\noutput = "{odd.parent / "ut"}"\n')
    run("build", odd)


def test_a_report_after_the_rules_changed_says_to_build_first(workspace: Path) -> None:
    run("build", workspace)
    rules = workspace / "rules" / "organisation.toml"
    new = 'title = "Lärande"\nformerly = ["Skolan"]'
    rules.write_text(ORGANISATION.replace('title = "Skolan"', new), "utf-8")
    told = "warning: the rules have changed since the database was built"
    assert told in run("report", workspace).stderr
    assert told not in run("run", workspace).stderr


def test_a_database_of_another_version_is_told_so_and_built_anew(workspace: Path) -> None:
    run("build", workspace)
    with duckdb.connect(str(workspace / DATABASE)) as db:
        db.execute("create or replace table decisions as select * exclude (note) from decisions")
        db.execute(f"drop table {stamps.TABLE}")
        stamps.stamp(db)
    for verb in (("review", "export", workspace / "q.xlsx"), ("report",), ("send",)):
        refused = run(*verb, workspace, check=False)
        assert refused.returncode == 3
        assert "was built by another version" in refused.stderr
        assert "`decisions.note`" in refused.stderr
        assert "fix: run `compliance build`" in refused.stderr
    assert "was built by another version" in run("check", workspace).stdout
    run("build", workspace)
    run("report", workspace)


def test_a_month_without_a_letter_says_which_command_writes_them(workspace: Path) -> None:
    run("build", workspace)
    done = run("send", workspace, "--month", "2024-02", "--send", check=False)
    assert done.returncode == 6
    assert "fix: `compliance report --month 2024-02` writes them" in done.stderr


def test_a_sending_without_letters_to_send_says_so(workspace: Path) -> None:
    run("run", workspace)
    again = run("send", workspace, "--send")
    assert again.stdout == "nothing to send of 2024-04: `compliance send` shows why\n"
