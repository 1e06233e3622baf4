"""A workspace's own sections ask the published file, and reach nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from runs import run

from compliance import database
from compliance.errors import RuleError, UsageError
from compliance.pipeline import report
from compliance.workspace import Workspace

HEADER = (
    "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;"
    "bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr"
)
ROW = (
    "2120000001;K;1;Åkes Plåt AB;5560160680;6410;Konto;2024-03-05;Skolan;77;1250.50;;;0001;\n"
    "2120000001;K;2;Karl Karlsson;7310089789;6410;Konto;2024-03-05;Skolan;78;99.00;;;0001;"
)
REGISTER = (
    "avtalsnummer;leverantör;organisationsnummer;giltig från;giltig till\n"
    "A-1;Åkes Plåt AB;556016-0680;2023-01-01;2025-12-31\n"
)
WORDS = "/*\ntitle: T\ntitle_sv: T\nlead: L\nlead_sv: L\nempty: E\nempty_sv: E\n*/\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own") / "kommun"
    run("init", folder)
    (folder / "ledger/2024-03.csv").write_text(f"{HEADER}\n{ROW}\n", "utf-8")
    (folder / "contracts/register.csv").write_text(REGISTER, "utf-8")
    run("build", folder)
    return folder


@pytest.fixture
def workspace(built: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(built, tmp_path / "kommun")
    return Workspace.open(tmp_path / "kommun")


def add(workspace: Workspace, name: str, select: str) -> None:
    file = workspace.reports / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(WORDS + select, "utf-8")


@pytest.mark.parametrize("folder", ["sections", "evidence"])
@pytest.mark.parametrize(
    ("select", "why"),
    [
        ("select *, null as department from read_parquet('{persons}')", "disabled"),
        ("select null as department, content from read_text('{persons}')", "disabled"),
        ("copy (select 1 as a) to '{beside}'", "another statement where one select"),
        ("select 1 as a; copy (select 1 as a) to '{beside}'", "2 statements where one select"),
        ("create temp table kpi_monthly as select 1 as a", "another statement where one select"),
    ],
)
def test_a_section_reaches_no_file_and_changes_nothing(
    workspace: Workspace, folder: str, select: str, why: str
) -> None:
    beside = workspace.root / "copied.csv"
    name = f"{folder}/45_own.sql"
    add(workspace, name, select.format(persons=workspace.persons, beside=beside))
    with pytest.raises(RuleError, match=f"reports/{name}") as refused:
        report(workspace, None, None, lambda _: None)
    assert why in str(refused.value)
    assert not beside.exists()


def test_a_section_may_be_a_pivot_and_end_in_a_remark(workspace: Workspace) -> None:
    add(
        workspace,
        "sections/45_own.sql",
        "pivot (select unit, state, amount_sek from purchases) on state using sum(amount_sek); -- a",
    )
    assert report(workspace, None, None, lambda _: None)


def test_the_published_file_is_opened_without_a_way_to_others(workspace: Workspace) -> None:
    with database.open_published(workspace.database) as db:
        assert database.rows(db, "select count(*) as n from ledger_lines") == [{"n": 2}]
        database.load(db, {"given": pl.DataFrame({"one": [1]})})
        assert database.rows(db, "select one from given") == [{"one": 1}]
        for sql in ("attach '{}' as other", "copy given to '{}'", "install httpfs", "load httpfs"):
            with pytest.raises(Exception, match="disabled") as refused:
                db.execute(sql.format(workspace.root / "other"))
            assert type(refused.value).__name__ == "PermissionException"
        with pytest.raises(UsageError, match="one select"):
            database.rows(db, "select 1; select 2")


STRAY = {
    "templates/raport.html.j2": "did you mean `report.html.j2`?",
    "templates/sections/skolor.html.j2": "",
    "sections/56_x.SQL": "name it 56_x.sql",
    "sections/56_x.sql.bak": "move it out",
    "section/56_x.sql": "did you mean `sections`?",
    "foo.txt": "move it out",
    "evidence/month.sql": "two digits",
    "sections/57_y.sql": "a section opens with its words",
    "templates/letter.html.j2": "unexpected|expected token|unknown tag",
}


@pytest.mark.parametrize("name", STRAY)
def test_what_no_report_can_use_is_refused_by_check_and_before_a_run_builds(
    workspace: Workspace, name: str
) -> None:
    file = workspace.reports / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{% nosuch %}", "utf-8")
    before = workspace.database.read_bytes()
    with (workspace.root / "ledger/2024-03.csv").open("a", encoding="utf-8") as ledger:
        ledger.write(ROW.splitlines()[0].replace(";1;", ";3;", 1) + "\n")
    for verb in ("check", "run", "report"):
        done = run(verb, workspace.root, check=False)
        told = str(Path(name).parent) if name.startswith("section/") else name
        assert done.returncode == 4, done.stderr
        assert f"reports/{told}" in done.stderr or f"error: {told}" in done.stderr
        assert re.search(STRAY[name].replace("?", r"\?"), done.stderr), done.stderr
    assert workspace.database.read_bytes() == before


def test_what_is_used_or_nobodys_definition_is_not_refused(workspace: Workspace) -> None:
    add(workspace, "sections/45_own.sql", "select 1 as one")
    for name, text in {
        "README.md": "ours",
        ".DS_Store": "x",
        "sections/.45_own.sql.swp": "x",
        "templates/sections/own.html.j2": '{% import "parts/ours.html.j2" as ours %}',
        "templates/parts/ours.html.j2": "{% macro a() %}a{% endmacro %}",
        "templates/sections/local.html.j2": "a",
    }.items():
        file = workspace.reports / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    assert report(workspace, None, None, lambda _: None)


def test_a_delivery_that_cannot_be_meant_is_refused_by_check_and_before_a_run_builds(
    workspace: Workspace,
) -> None:
    with (workspace.root / "compliance.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[delivery]\nmethod = "smpt"\n')
    workspace.database.unlink()
    for verb in ("check", "run"):
        done = run(verb, workspace.root, check=False)
        assert done.returncode == 4, done.stderr
        assert "did you mean `smtp`?" in done.stderr
    assert not workspace.database.exists()
