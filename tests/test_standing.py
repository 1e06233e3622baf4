"""Nothing new, nothing done: a build that would read the same bytes is not run, any other is."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import worlds
from runs import ROOT, query, run

from compliance import pipeline, standing
from compliance.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = worlds.write(worlds.draw(41, rows=20, months=1), tmp_path / "Å kommun")
    run("build", folder)
    return folder


def built_at(folder: Path) -> object:
    return query(folder, "select built_at from build_info")


def test_a_second_build_leaves_what_stands_and_says_the_same_figure(workspace: Path) -> None:
    before = built_at(workspace)
    first = run("build", workspace, "--anew")
    assert built_at(workspace) != before, "asked to, it builds"

    before = built_at(workspace)
    second = run("build", workspace)

    assert built_at(workspace) == before
    assert "nothing is new" in second.stderr
    assert second.stdout == first.stdout


def test_a_second_batch_still_reports(workspace: Path) -> None:
    before = built_at(workspace)
    done = run("run", workspace)
    assert built_at(workspace) == before
    assert (workspace / done.stdout.splitlines()[-1]).read_text("utf-8").endswith("</html>")


def a_line_more(file: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (path,) = sorted(folder.glob(file))[:1]
        path.write_bytes(path.read_bytes() + b"\n")

    return change


def another_key(folder: Path) -> None:
    (folder / "persons.key").write_text("0" * 64 + "\n", "utf-8")


def a_closed_month(folder: Path) -> None:
    (folder / "history" / "closed-2025-01.json").write_text("{}", "utf-8")


def a_name_less(folder: Path) -> None:
    file = sorted((folder / "ledger").glob("*.csv"))[0]
    file.rename(file.with_name("other.csv"))


def a_file_more(folder: Path) -> None:
    shutil.copy(folder / "rules" / "policy.toml", folder / "contracts" / "note.csv")


@pytest.mark.parametrize(
    "change",
    [
        a_line_more("ledger/*.csv"), a_line_more("contracts/*.csv"), a_line_more("rules/*.toml"),
        a_line_more("rules/sources/*.toml"), a_line_more("compliance.toml"),
        a_line_more("decisions.csv"), another_key, a_closed_month, a_name_less, a_file_more,
    ],
    ids=["ledger", "register", "rule", "source profile", "settings", "decision", "key",
         "closed month", "name", "file more"],
)  # fmt: skip
def test_whatever_a_build_reads_asks_for_one(
    workspace: Path, change: Callable[[Path], None]
) -> None:
    opened = Workspace.open(workspace)
    assert standing.stands(opened)
    change(workspace)
    assert not standing.stands(opened)


def test_another_release_of_a_library_asks_for_a_build(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Workspace.open(workspace)
    monkeypatch.setattr(standing, "version", lambda _: "99.0")
    assert not standing.stands(opened)


@pytest.mark.parametrize("name", ["compliance.duckdb", "persons.parquet"])
def test_what_is_published_and_damaged_is_built_again(workspace: Path, name: str) -> None:
    file = workspace / "output" / name
    whole = file.read_bytes()
    damaged = whole[:-1] + bytes([whole[-1] ^ 1])
    file.write_bytes(damaged)
    assert not standing.stands(Workspace.open(workspace))
    run("build", workspace)
    assert standing.stands(Workspace.open(workspace))
    assert file.read_bytes() != damaged


@pytest.mark.parametrize("name", ["compliance.duckdb", "persons.parquet", "cache"])
def test_what_is_taken_away_is_built_again(workspace: Path, name: str) -> None:
    path = workspace / "output" / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    run("build", workspace)
    assert path.exists()


def test_what_no_list_takes_up_is_refused_also_when_all_else_stands(workspace: Path) -> None:
    run("build", workspace)
    (workspace / "ledger" / "2023").symlink_to(workspace / "contracts")
    strange = Path(os.fsdecode(os.fsencode(workspace) + b"/ledger/f\xf6rv.csv"))
    strange.write_text("x")
    (workspace / "ledger" / "loop.csv").symlink_to("loop.csv")
    for verb in ("build", "check"):
        done = run(verb, workspace, check=False)
        assert done.returncode == 3
        assert "ledger/2023: a link to a folder is not followed" in done.stderr + done.stdout
        assert r"ledger/f\xf6rv.csv: the name is not written in UTF-8" in done.stderr + done.stdout
        assert "ledger/loop.csv: a link to what is not there" in done.stderr + done.stdout


def test_an_input_that_changes_during_a_build_asks_for_another(workspace: Path) -> None:
    opened = Workspace.open(workspace)
    changed: list[str] = []

    def meanwhile(told: str) -> None:
        if told.startswith("load") and not changed:
            changed.append(told)
            a_line_more("ledger/*.csv")(workspace)

    pipeline.build(opened, meanwhile)
    assert changed
    assert not standing.stands(opened)


def test_a_database_that_contradicts_its_stamps_is_built_again(workspace: Path) -> None:
    figure = run("build", workspace).stdout
    with duckdb.connect(str(workspace / "output" / "compliance.duckdb")) as db:
        db.execute("drop table coverage")
    opened = Workspace.open(workspace)
    standing.keep(opened, standing.made_of(opened))

    done = run("build", workspace)

    assert "table `coverage` was added or removed after the build" in done.stderr
    assert done.stdout == figure
    assert query(workspace, "select count(*) from coverage") != [(0,)]


def test_every_library_that_the_program_runs_on_asks_for_a_build() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {name.replace("_", "-") for name in project["dependencies"]}
    assert {"python-calamine", "numpy", "python-stdnum", "duckdb"} <= set(standing.libraries())
    assert {name.replace("_", "-") for name in standing.libraries()} == asked
