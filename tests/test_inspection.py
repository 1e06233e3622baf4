"""`compliance check` tells every problem of every kind of file in one run, and what is odd."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from compliance.cli import main
from compliance.inspection import inspect
from compliance.shipped import shipped
from compliance.workspace import Workspace

TODAY = date(2024, 2, 1)
LEDGER = (
    "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;"
    "bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr\n"
    "2120001967;K;1;E AB;556016-0680;6500;t;2024-01-31;S;1;100.00;;;1880;\n"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    shutil.copytree(shipped("rules"), tmp_path / "rules")
    (tmp_path / "compliance.toml").write_text(
        '[organisation]\nname = "E"\norg_number = "212000-1967"\n'
    )
    for name in ("ledger", "contracts", "tenders", "orders"):
        (tmp_path / name).mkdir()
    (tmp_path / "ledger" / "l.csv").write_text(LEDGER)
    (tmp_path / "contracts" / "a.csv").write_text(
        "avtalsnummer;leverantör;giltig från;giltig till\nA;E AB;2024-01-01;2024-12-31\n"
    )
    return Workspace.open(tmp_path)


def test_a_sound_workspace_has_faults_and_no_problem(workspace: Workspace) -> None:
    found = inspect(workspace, TODAY)
    assert not found.problems
    assert any("contracts/a.csv, row 2, A: no organisation number" in line for line in found.faults)
    assert any(line.startswith("unverified: rules/limits.toml") for line in found.faults)


def test_one_run_tells_the_problems_of_every_kind_of_file(workspace: Workspace) -> None:
    root = workspace.root
    (root / "ledger" / "l.csv").write_text(LEDGER.replace("100.00", "1O0.00"))
    (root / "contracts" / "b.csv").write_text("avtal;leverantör;fr.o.m.;t.o.m.\nB;E;x;2024-12-31\n")
    (root / "tenders" / "t.csv").write_text("a;b\n1;2\n")
    (root / "orders" / "o.csv").write_text("order_id;order_date\n1;x\n")
    workspace.decisions.write_text("decided_on,subject,key,decision\nx,y,z,w\n")
    persons = root / "rules" / "persons.toml"
    persons.write_text(persons.read_text("utf-8").replace("[groups]", "[group]"), "utf-8")
    told = "\n".join(map(str, inspect(workspace, TODAY).problems))
    for file in (
        "ledger/l.csv",
        "contracts/b.csv",
        "tenders/t.csv",
        "orders/o.csv",
        "decisions.csv",
    ):
        assert f"error: {file}" in told, file
    assert "rules/persons.toml" in told


def test_a_wrong_rule_hides_no_wrong_ledger(workspace: Workspace) -> None:
    (workspace.rules / "limits.toml").unlink()
    (workspace.root / "ledger" / "l.csv").write_text(LEDGER.replace("100.00", "1O0.00"))
    told = "\n".join(map(str, inspect(workspace, TODAY).problems))
    assert "rules/limits.toml: there is no such file" in told
    assert "error: ledger/l.csv" in told


def test_a_wrong_rule_hides_no_wrong_row_of_the_register_or_of_an_order(
    workspace: Workspace,
) -> None:
    (workspace.rules / "limits.toml").unlink()
    register = workspace.contracts / "register.csv"
    register.parent.mkdir(exist_ok=True)
    register.write_text("contract_id,supplier_name,valid_from,valid_to\nK1,Bo AB,2024-01-01,x\n")
    orders = workspace.orders / "orders.csv"
    orders.parent.mkdir(exist_ok=True)
    orders.write_text("a,b\n1,2\n")
    told = [str(problem) for problem in inspect(workspace, TODAY).problems]
    assert any(line.startswith("error: contracts/register.csv, row 2, column") for line in told)
    assert any(line.startswith("error: orders/orders.csv") for line in told)
    assert len(told) == len(set(told))


def test_faults_are_printed_though_there_are_problems(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace.root / "orders" / "o.csv").write_text("order_id;order_date\n1;x\n")
    code = main(["check", str(workspace.root)])
    out, err = capsys.readouterr()
    assert code == 3
    assert "contracts/a.csv, row 2" in out
    assert "error: orders/o.csv, row 2" in err


def test_two_persons_decisions_that_contradict_each_other_are_told_with_both_rows(
    workspace: Workspace,
) -> None:
    workspace.decisions.write_text(
        "decided_on,decided_by,subject,key,decision,supplier_org_number\n"
        "2024-01-30,Anna,vendor_match,E AB,accept,556016-0680\n"
        "2024-01-30,Bertil,vendor_match,E AB,reject,556016-0680\n"
    )
    told = [line for line in inspect(workspace, TODAY).faults if "decisions.csv" in line]
    assert len(told) == 1
    assert told[0].startswith(
        "warning: decisions.csv, rows 2 and 3: Anna and Bertil decided differently on one vendor_match"
    )


def test_nothing_to_mend_is_said_only_where_nothing_is(workspace: Workspace) -> None:
    said = "nothing to mend was found"
    (workspace.root / "contracts" / "a.csv").write_text(
        "avtalsnummer;leverantör;organisationsnummer;avtalstyp;takbelopp;omfattning;giltig från;giltig till\n"
        "A;E AB;556016-0680;ramavtal;100000;konto:6500;2024-01-01;2026-12-31\n"
    )
    sound = [line for line in inspect(workspace, TODAY).faults if "unverified" not in line]
    (workspace.root / "ledger" / "l.csv").unlink()
    wrong = inspect(workspace, TODAY)
    assert sound == [said]
    assert wrong.problems
    assert said not in wrong.faults


@pytest.mark.parametrize("command", ["check", "build"])
def test_no_message_quotes_a_personal_number(
    workspace: Workspace, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace.root / "orders" / "o.csv").write_text(
        "order_id,order_date,vendor_name,org_number,unit,category,amount_sek,contract_id\n"
        "O1,2024-01-01,E,731008-9789,S,,1,\nO1,2024-01-01,E,540217-5516,S,,1,\n"
        "O2,731008-9789,E,,S,,1,\n"
    )
    assert main([command, str(workspace.root)]) == 3
    told = "".join(capsys.readouterr())
    assert "order O1 has org_number [personnummer] here and [personnummer] above" in told
    assert "`[personnummer]` cannot be read as a date" in told
    assert "9789" not in told
