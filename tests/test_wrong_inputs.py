"""What a new user gets wrong: each mistake says where, what, why or fix, and has its exit code."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from runs import run

from compliance.database import new_database
from compliance.errors import ComplianceError

LEDGER = "ledger/2024-03.csv"
HEADER = "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr"
ROW = "2120000001;Provkommun;1;Åkes Plåt AB;5560160680;6410;Konto;2024-03-05;Skolan;77;1250.50;;;0001;"
REGISTER = "avtalsnummer;leverantör;organisationsnummer;giltig från;giltig till\nA-1;Åkes Plåt AB;556016-0680;2023-01-01;2025-12-31\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with one posting and one contract: the smallest that builds."""
    folder = tmp_path / "Provkommun ÅÄÖ"
    run("init", folder)
    (folder / LEDGER).write_text(f"{HEADER}\n{ROW}\n", "utf-8")
    (folder / "contracts" / "register.csv").write_text(REGISTER, "utf-8")
    return folder


def no_ledger(folder: Path) -> None:
    (folder / LEDGER).unlink()


def wrong_layout(folder: Path) -> None:
    (folder / LEDGER).write_text("a;b;c\n1;2;3\n", "utf-8")


def register_without_dates(folder: Path) -> None:
    text = "avtalsnummer;leverantör\nA-1;Åkes Plåt AB\n"
    (folder / "contracts" / "register.csv").write_text(text, "utf-8")


def two_headers(folder: Path) -> None:
    (folder / LEDGER).write_text(f"{HEADER}\n{ROW}\n{HEADER}\n{ROW}\n", "utf-8")


def workbook_named_csv(folder: Path) -> None:
    (folder / LEDGER).write_bytes(b"PK\x03\x04" + bytes(range(256)) * 8)


def misspelt_rule(folder: Path) -> None:
    file = folder / "rules" / "policy.toml"
    file.write_text(file.read_text("utf-8").replace("[tail_days]", "[tail_dyas]"), "utf-8")


def misspelt_setting(folder: Path) -> None:
    file = folder / "compliance.toml"
    file.write_text(file.read_text("utf-8").replace("threads", "thread"), "utf-8")


def misspelt_memory(folder: Path) -> None:
    file = folder / "compliance.toml"
    file.write_text(file.read_text("utf-8").replace('"4GB"', '"plenty"'), "utf-8")


def no_memory(folder: Path) -> None:
    file = folder / "compliance.toml"
    file.write_text(file.read_text("utf-8").replace('"4GB"', '"2MB"'), "utf-8")


def no_register(folder: Path) -> None:
    (folder / "contracts" / "register.csv").unlink()


def unclear_decision(folder: Path) -> None:
    with (folder / "decisions.csv").open("a", encoding="utf-8") as file:
        file.write("2024-04-01,Inköp,line,1,maybe,,,,,\n")


@pytest.mark.parametrize(
    ("mistake", "code", "place"),
    [
        (no_ledger, 3, "ledger"),
        (wrong_layout, 3, LEDGER),
        (register_without_dates, 3, "contracts/register.csv"),
        (two_headers, 3, LEDGER),
        (workbook_named_csv, 3, LEDGER),
        (no_register, 3, "contracts"),
        (unclear_decision, 3, "decisions.csv"),
        (misspelt_rule, 4, "rules/policy.toml"),
        (misspelt_setting, 4, "compliance.toml"),
        (misspelt_memory, 4, "compliance.toml, key `memory_limit`"),
        (no_memory, 4, "compliance.toml, key `memory_limit`"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_wrong_input_is_refused_where_it_is_and_nothing_is_published(
    workspace: Path, mistake: Callable[[Path], None], code: int, place: str
) -> None:
    run("build", workspace)
    published = workspace / "output" / "compliance.duckdb"
    before = published.read_bytes()

    mistake(workspace)
    done = run("build", workspace, check=False)

    assert done.returncode == code, done.stderr
    assert re.search(rf"^error: {re.escape(place)}", done.stderr, re.MULTILINE), done.stderr
    assert "\nfix: " in done.stderr
    assert "Traceback" not in done.stderr
    assert published.read_bytes() == before


def test_an_empty_folder_is_told_how_to_begin(tmp_path: Path) -> None:
    done = run("build", tmp_path, check=False)
    assert done.returncode == 3
    assert "compliance init" in done.stderr


@pytest.mark.parametrize("month", ["2024-13", "March", "2031-01"])
def test_a_month_that_does_not_exist_is_told_which_do(workspace: Path, month: str) -> None:
    run("build", workspace)
    done = run("report", workspace, "--month", month, check=False)
    assert done.returncode == 2
    assert "\nfix: " in done.stderr


def test_a_unit_that_no_rule_lists_is_its_own_department(workspace: Path) -> None:
    from runs import query

    run("build", workspace)
    assert query(workspace, "select unit, department from ledger_lines") == [("Skolan", "Skolan")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere; run as a user to see it")
def test_a_folder_that_may_not_be_written_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = run("init", tmp_path / "kommun", check=False)
    assert done.returncode == 3
    assert "cannot be written" in done.stderr


def test_a_file_where_the_folder_should_be_says_so(tmp_path: Path) -> None:
    (tmp_path / "kommun").write_text("a file", "utf-8")
    done = run("init", tmp_path / "kommun", check=False)
    assert done.returncode == 3
    assert "\nfix: " in done.stderr


def test_a_full_disk_is_called_that_and_no_fault_of_ours(workspace: Path) -> None:
    # No file may grow past 200 blocks of 512 bytes: what a full disk does to a large file.
    run("build", workspace)
    database = workspace / "output" / "compliance.duckdb"
    before = database.read_bytes()

    limited = ["sh", "-c", 'ulimit -f 200; exec "$@"', "sh"]
    done = run("build", workspace, "--anew", before=limited, check=False)

    assert done.returncode == 1
    assert "fault of ours" not in done.stderr, done.stderr
    assert "\nfix: " in done.stderr
    assert database.read_bytes() == before


def test_a_database_that_cannot_be_written_is_no_fault_of_ours(tmp_path: Path) -> None:
    # Not even root writes there, and what DuckDB says of it is all that there is to go by.
    with (
        pytest.raises(ComplianceError, match="the database cannot be written") as refused,
        new_database(
            Path("/proc/compliance.duckdb"), tmp_path / "spill", threads=1, memory_limit="1GB"
        ),
    ):
        pass
    assert "Cannot open file" in refused.value.why
    assert str(refused.value.at) == str(tmp_path)


@pytest.mark.parametrize("name", [".", "made", "rev.csv", "rev"])
def test_a_review_is_exported_to_a_workbook_and_nothing_else(workspace: Path, name: str) -> None:
    run("build", workspace)
    (workspace / "made").mkdir()
    done = run("review", "export", name, ".", check=False, cwd=workspace)
    assert done.returncode == 2, done.stderr
    assert "\nfix: run `compliance review export" in done.stderr
    assert not (workspace / name).is_file()


def test_a_name_that_nothing_has_is_told_how_to_find_one_and_not_every_vendor(
    workspace: Path,
) -> None:
    run("build", workspace)
    done = run("explain", "zzzzqqqq", workspace, check=False)
    assert done.returncode == 2
    assert "vendor_name ilike" in done.stderr
    assert "Åkes" not in done.stderr


@pytest.mark.parametrize(
    ("asked", "place"),
    [(["close", "januari"], "compliance close"), (["calibrate", "--bridge", "x"], "--bridge")],
)
def test_a_month_is_refused_where_it_was_written(
    workspace: Path, asked: list[str], place: str
) -> None:
    done = run(*asked, check=False, cwd=workspace)
    assert done.returncode == 2
    assert f"error: {place}: " in done.stderr


def test_a_command_in_a_fix_can_be_pasted(tmp_path: Path) -> None:
    folder = tmp_path / "kommun ö"
    done = run("build", folder, check=False)
    assert f"run `compliance init '{folder}'`" in done.stderr


@pytest.mark.parametrize(
    ("name", "what"),
    [("gone.xlsx", "there is no such file"), ("queue.csv", "cannot be read as a workbook")],
)
def test_a_review_is_imported_from_the_workbook_that_was_exported(
    workspace: Path, name: str, what: str
) -> None:
    run("build", workspace)
    (workspace / "queue.csv").write_text("a;b\n", "utf-8")
    done = run("review", "import", name, ".", check=False, cwd=workspace)
    assert done.returncode == 3
    assert what in done.stderr
    assert "fix: name the workbook that `compliance review export` wrote" in done.stderr


def test_a_workspace_is_not_to_be_removed_for_another(workspace: Path) -> None:
    done = run("init", workspace, check=False)
    assert done.returncode == 3
    assert "remove" not in done.stderr
    assert "`compliance check`" in done.stderr


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_fails_nothing(workspace: Path, closed: str) -> None:
    door = ["sh", "-c", f'exec "$@" {closed}', "sh"]
    done = run("build", workspace, before=door, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert "nanobind" not in done.stderr
    no_ledger(workspace)
    done = run("build", workspace, before=door, check=False)
    assert (done.returncode, done.stdout) == (3, "")
