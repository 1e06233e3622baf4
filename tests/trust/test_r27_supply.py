"""R27: few packages, each pinned; a bill of materials; no network when running.
R28: the published file opens in older clients."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import sbom
import worlds
from promises import Kept
from runs import DATABASE, ROOT, contents, run

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OLDER = ("1.0.0", "1.1.3", "1.4.4")


def loose(pins: list[str]) -> list[str]:
    """Return the lines that leave a package's version open."""
    return [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.+!]+", pin)]


def lacking(packages: list[str]) -> set[str]:
    """Return which of the packages are not in the bill that is made of them."""
    components = sbom.bill(packages)["components"]
    names = {part["name"].lower().replace("_", "-") for part in components}
    return {name.lower().replace("_", "-") for name in packages} - names


def test_every_package_is_pinned_exactly(kept: Kept) -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line.strip() and not line.startswith("#")]
    assert loose(pins) == []
    planted = ["polars>=1.0", "polars", "polars==1.*"]
    assert loose([*pins, *planted]) == planted
    named = {re.split("[=<>]", pin)[0].lower().replace("_", "-") for pin in pins}
    wanted = {name.lower().replace("_", "-") for name in PROJECT["dependencies"]}
    assert wanted <= named
    assert len(PROJECT["dependencies"]) <= 12
    kept(
        "R27",
        f"{len(pins)} packages pinned exactly, {len(wanted)} named at run time",
        proof="a planted `>=`, a bare name and a `==1.*` are told",
    )


def test_the_bill_of_materials_names_every_package_that_runs(kept: Kept) -> None:
    bill = sbom.bill(PROJECT["dependencies"])
    assert bill["bomFormat"] == "CycloneDX"
    assert lacking(PROJECT["dependencies"]) == set()
    assert lacking([*PROJECT["dependencies"], "installed-nowhere"]) == {"installed-nowhere"}
    assert all(
        part["version"] and part["purl"].startswith("pkg:pypi/") for part in bill["components"]
    )
    assert json.dumps(bill) == json.dumps(sbom.bill(PROJECT["dependencies"]))
    kept(
        "R27",
        f"CycloneDX bill of {len(bill['components'])} packages, the same each time",
        proof="a planted package that is not installed is told to be lacking",
    )


@pytest.mark.trust
@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is not installed")
def test_a_build_and_a_report_need_no_network(tmp_path: Path, kept: Kept) -> None:
    workspace = worlds.write(worlds.draw(27, rows=40), tmp_path / "w")
    apart = ["unshare", "--net", "--map-root-user"]
    reach = "import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
    with __import__("socket").create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        subprocess.run([sys.executable, "-c", reach.format(port=port)], check=True)
        cut = subprocess.run(
            [*apart, sys.executable, "-c", reach.format(port=port)],
            check=False,
            capture_output=True,
        )
    if b"unshare" in cut.stderr:
        pytest.skip("this machine does not let a process leave the network")
    assert cut.returncode != 0
    run("build", workspace, before=apart)
    run("report", workspace, before=apart)
    kept("R27", "build and report run without any network", proof="a connection from there fails")


@pytest.mark.trust
@pytest.mark.parametrize("version", OLDER)
def test_the_published_file_opens_in_an_older_client(
    tmp_path: Path, version: str, kept: Kept
) -> None:
    workspace = worlds.write(worlds.draw(28, rows=40), tmp_path / "w")
    run("build", workspace)
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    got = subprocess.run(
        [venv / "bin" / "pip", "install", "-q", "--disable-pip-version-check", f"duckdb=={version}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if got.returncode != 0:
        pytest.skip(f"duckdb {version} cannot be installed here: {got.stderr.strip()[-80:]}")
    ask = (
        "import duckdb, sys, json; db = duckdb.connect(sys.argv[1], read_only=True);"
        "tables = [r[0] for r in db.execute('select table_name from duckdb_tables() order by 1').fetchall()];"
        "print(json.dumps({t: db.execute(f'select count(*) from {t}').fetchone()[0] for t in tables}))"
    )
    done = subprocess.run(
        [venv / "bin" / "python", "-c", ask, str(workspace / DATABASE)],
        capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    counts = json.loads(done.stdout)
    counts.pop("table_stamps", None)
    assert counts == {name: count for name, (count, _) in contents(workspace).items()}

    newest = tmp_path / "newest.duckdb"
    import duckdb

    with duckdb.connect(":memory:") as db:
        db.execute(f"attach '{newest}' as n (storage_version 'v2.0.0')")
        db.execute("create table n.t as select 1 as a")
    refused = subprocess.run(
        [venv / "bin" / "python", "-c", ask, str(newest)], capture_output=True, check=False
    )
    assert refused.returncode != 0
    kept(
        "R28",
        f"duckdb {version} opens the published file: {len(counts)} tables, all rows",
        proof="a file of the newest storage is refused by it",
    )
