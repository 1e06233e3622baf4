"""The examples that ship for unattended runs and for delivery do what they say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from compliance import runlog
from compliance.delivery_settings import settings_of
from compliance.shipped import shipped
from compliance.workspace import Workspace

FOLDER = shipped("sample_data") / "schedule"
PROGRAM, WORKSPACE = "/opt/compliance/bin/compliance", "/srv/kommun"
ROOT = Path(__file__).resolve().parents[1]
LEDGER = (
    "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;"
    "bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr\n"
    "2120001967;K;1;E AB;556016-0680;6500;t;2024-01-31;S;1;100.00;;;1880;\n"
)
TOML = re.findall(r"```toml\n(.*?)```", (FOLDER / "README.md").read_text("utf-8"), re.DOTALL)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace with one posting, and the program where the examples have it."""
    root = tmp_path / "kommun"
    shutil.copytree(shipped("rules"), root / "rules")
    for name in ("ledger", "contracts", "history", "output"):
        (root / name).mkdir()
    with (root / "rules" / "organisation.toml").open("a") as file:
        file.write(
            '[[departments]]\nid = "s"\ntitle = "S"\nmanager = "Eva Ek"\nemail = "eva@example.se"\n'
        )
    delivery = TOML[-1].replace("/mnt/pickup", "out")
    (root / "compliance.toml").write_text(
        f'[organisation]\nname = "E"\norg_number = "212000-1967"\n\n{delivery}'
    )
    (root / "ledger" / "l.csv").write_text(LEDGER)
    (root / "contracts" / "a.csv").write_text(
        "avtalsnummer;leverantör;orgnr;giltig från;giltig till\nA;E AB;556016-0680;2024-01-01;2024-12-31\n"
    )
    (root / "persons.key").write_text("0" * 64 + "\n")
    (root / "persons.key").chmod(0o600)
    program = tmp_path / "compliance"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m compliance "$@"\n'
    )
    program.chmod(0o755)
    return root


def there(text: str, place: Path) -> str:
    assert PROGRAM in text
    assert WORKSPACE in text
    return text.replace(PROGRAM, str(place.parent / "compliance")).replace(WORKSPACE, str(place))


def test_the_cron_line_makes_the_figure_and_writes_the_log(place: Path) -> None:
    lines = (FOLDER / "compliance.cron").read_text().splitlines()
    [line] = [line for line in lines if line[:1].isdigit()]
    moment, command = re.fullmatch(r"((?:\S+\s+){5})(.*)", line).groups()  # type: ignore[union-attr]  # its shape is the test
    assert moment.split() == ["30", "4", "8", "*", "*"]
    assert "%" not in command  # cron would end the line there

    done = subprocess.run(
        ["/bin/sh", "-c", there(command, place)],
        capture_output=True, text=True, timeout=120, check=False, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    log = (place / "run.log").read_text()
    assert done.returncode == 0, log
    assert done.stdout == ""  # cron mails whatever is printed
    assert "without a valid contract" in log
    assert (place / "output" / "reports" / "2024-01" / "report.html").is_file()
    [run] = runlog.entries(Workspace.open(place))
    assert run["exit_code"] == 0
    assert runlog.verify(Workspace.open(place)) == ()
    [letter] = (place / "out").iterdir()
    assert b"X-Receiver: eva@example.se" in letter.read_bytes()

    subprocess.run(["/bin/sh", "-c", there(command, place)], timeout=120, check=True)
    assert list((place / "out").iterdir()) == [letter]  # the batch again: nobody gets a second one


def test_a_cron_line_that_fails_prints_why(place: Path) -> None:
    (place / "ledger" / "l.csv").write_text("not;a;ledger\n1;2;3\n")
    command = (
        (FOLDER / "compliance.cron").read_text().splitlines()[-1].split("*", 2)[2].lstrip("* ")
    )
    done = subprocess.run(
        ["/bin/sh", "-c", there(command, place)],
        capture_output=True, text=True, timeout=120, check=False, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert "error: ledger/l.csv" in done.stdout
    [run] = runlog.entries(Workspace.open(place))
    assert run["exit_code"] == 3


def test_systemd_takes_the_units_and_the_hour(place: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    units = []
    for name in ("compliance.service", "compliance.timer"):
        text = (FOLDER / name).read_text()
        unit = tmp_path / name
        unit.write_text(there(text, place) if name.endswith("service") else text)
        units.append(str(unit))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "compliance." in line]
    assert not ours, ours
    hour = re.search(r"OnCalendar=(.*)", (FOLDER / "compliance.timer").read_text())
    assert hour
    subprocess.run(
        ["systemd-analyze", "calendar", hour[1]], capture_output=True, timeout=60, check=True
    )


def test_the_windows_task_runs_the_same_command_once_a_month() -> None:
    name = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    task = ET.parse(FOLDER / "compliance-task.xml").getroot()
    assert task.findtext(f".//{name}Command") == "wsl.exe"
    assert task.findtext(f".//{name}Arguments") == f"--cd {WORKSPACE} -- {PROGRAM} run"
    assert [day.text for day in task.iter(f"{name}Day")] == ["8"]
    assert len(next(iter(task.iter(f"{name}Months")))) == 12


@pytest.mark.parametrize("text", TOML, ids=range(len(TOML)))
def test_every_delivery_that_the_words_show_can_be_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "compliance.toml").write_text(f'[organisation]\nname = "E"\n\n{text}', "utf-8")
    settings = settings_of(Workspace.open(tmp_path))
    assert settings is not None
    assert settings.is_on
    assert settings.sender == "inkop@example.se"


def test_the_words_show_every_way() -> None:
    assert len(TOML) == 4
