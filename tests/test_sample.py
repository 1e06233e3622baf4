"""The sample municipality: small, the same every time, invented, and as its truth says."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import zipfile
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from compliance import steps
from compliance.inputs import read_inputs
from compliance.ledger import read_ledgers
from compliance.register import read_register
from compliance.rules import read_rules
from compliance.scaffold import scaffold
from compliance.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_data"
STATES = {
    *("exempt", "unidentified", "confirmed", "supplier_only", "direct_award", "tail"),
    *("ceiling_exceeded", "not_entitled", "out_of_scope", "superseded", "expired", "not_started"),
    *("covered_elsewhere", "no_contract"),
}
COVERED = {"confirmed", "supplier_only", "direct_award", "tail"}


def make(target: Path, *words: str) -> None:
    command = [sys.executable, str(SAMPLE / "make_sample.py"), str(target), *words]
    subprocess.run(command, check=True, capture_output=True)


def files(folder: Path) -> dict[str, object]:
    """What each file says; how a library packs it is not the maker's doing."""
    return {
        path.relative_to(folder).as_posix(): content(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def content(path: Path) -> object:
    if path.suffix == ".parquet":
        return pl.read_parquet(path).rows()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return {name: book.read(name) for name in book.namelist()}
    return path.read_bytes()


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    return pl.read_parquet(SAMPLE / "truth" / "postings.parquet")


def test_the_sample_is_at_most_five_megabytes():
    kept = [path for path in SAMPLE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in kept) <= 5_000_000


def test_the_maker_writes_what_is_committed(tmp_path):
    make(tmp_path)
    for folder in ("workspace", "truth"):
        assert files(tmp_path / folder) == files(SAMPLE / folder)


def test_a_small_sample_has_the_same_shape_and_another_seed_other_rows(tmp_path):
    make(tmp_path / "a", "--scale", "0.02")
    make(tmp_path / "b", "--scale", "0.02", "--seed", "7")
    first, second = files(tmp_path / "a" / "workspace"), files(tmp_path / "b" / "workspace")
    ledgers = {path for path in first if path.startswith("ledger/") and path.count("/") == 1}
    assert ledgers <= second.keys()
    assert len(ledgers) == len(list((SAMPLE / "workspace" / "ledger").glob("*.*")))
    assert all(first[path] != second[path] for path in ledgers)
    scaffold(tmp_path / "c", demo=False)
    shutil.copytree(tmp_path / "a" / "workspace", tmp_path / "c", dirs_exist_ok=True)
    workspace = Workspace.open(tmp_path / "c")
    assert len(read_ledgers(workspace)) == len(ledgers)
    assert read_register(workspace, read_rules(workspace.rules)).contracts.height > 250


def test_every_state_is_met(truth):
    assert set(truth["state"]) == STATES | {"rejected"}


def test_the_truth_of_2022_is_seventeen_percent(truth):
    year = truth.filter(
        pl.col("path").str.contains("2022") & ~pl.col("state").is_in(["exempt", "rejected"])
    )
    volume = year["amount_sek"].sum()
    uncovered = year.filter(~pl.col("state").is_in(list(COVERED)))["amount_sek"].sum()
    assert abs(float(uncovered / volume) - 0.170) < 0.0005
    assert 95_000_000 <= uncovered <= 105_000_000
    assert 585_000_000 <= volume <= 595_000_000


def test_every_org_number_has_a_right_check_digit_and_is_of_no_real_series():
    with (SAMPLE / "truth" / "companies.csv").open(encoding="utf-8") as handle:
        companies = list(csv.DictReader(handle))
    assert len(companies) > 500
    for company in companies:
        number = company["org_number"]
        if not number:
            continue
        doubled = [int(d) * (2 - place % 2) for place, d in enumerate(number)]
        assert sum(value // 10 + value % 10 for value in doubled) % 10 == 0, company
        if company["is_person"] == "1":
            date(1900 + int(number[:2]), int(number[2:4]), int(number[4:6]))
            assert number[6:9] == "238" or 9800 <= int(number[6:]) <= 9999, company
        else:
            series = ("5598", "5599", "9699", "7699", "8029", "202100990", "202100991", "232100990")
            assert number.startswith(series), company


def test_invoices_have_several_postings_and_credit_notes(truth):
    path = SAMPLE / "workspace" / "ledger" / "leverantorsreskontra_2026-03.csv"
    with path.open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle, delimiter=";"))
    postings: dict[str, int] = defaultdict(int)
    for row in rows:
        postings[row["verifikationsnummer"]] += 1
    assert max(postings.values()) >= 3
    assert any(row["nettobelopp"].startswith("-") for row in rows)
    assert len(rows) == truth.filter(path=f"ledger/{path.name}", part=1).height


def test_every_row_loads_or_is_rejected_as_the_truth_says(tmp_path, truth):
    scaffold(tmp_path / "demo", demo=True)
    found = read_ledgers(Workspace.open(tmp_path / "demo"))
    assert {file.source for file in found} == {"orebro", "boras", "national-1.1"}
    for file in found:
        meant = truth.filter(path=file.path)
        kept = meant.filter(pl.col("state") != "rejected").group_by("file_row")
        loaded = pl.read_parquet(file.postings).select("file_row", "amount_sek")
        assert loaded.rows() == kept.agg(pl.col("amount_sek").sum()).sort("file_row").rows()
        rejected = pl.read_parquet(file.rejected)["file_row"].to_list()
        assert rejected == meant.filter(state="rejected")["file_row"].to_list()


def test_every_row_of_the_register_is_read_and_its_faults_are_named(tmp_path):
    scaffold(tmp_path / "demo", demo=True)
    workspace = Workspace.open(tmp_path / "demo")
    register = read_register(workspace, read_rules(workspace.rules))
    assert 250 <= register.contracts.height <= 290
    assert set(register.contracts["kind"]) == {
        *("framework", "central_framework", "contract", "call_off", "direct_award")
    }
    assert {"no_org_number", "no_end", "overlapping", "over_four_years", "same_rank"} <= set(
        register.hygiene["check"]
    )


_PARTS = """
select source_files.path, ledger_lines.file_row, coverage.part, coverage.state,
    coverage.amount_sek, coverage.side, coverage.contract_id,
    vendor_matches.outcome, suppliers.supplier_name
from coverage
inner join ledger_lines on coverage.line_id = ledger_lines.line_id
inner join source_files on ledger_lines.file_id = source_files.file_id
left join vendor_matches on ledger_lines.vendor_id = vendor_matches.vendor_id
left join suppliers
    on vendor_matches.supplier_id = suppliers.supplier_id and vendor_matches.outcome = 'matched'
order by source_files.path, ledger_lines.file_row, coverage.part
"""


def test_the_program_gives_the_figure_of_2022_and_every_posting_its_state(tmp_path, truth):
    """The whole way, without the plan; what differs must be a match that differs."""
    scaffold(tmp_path / "demo", demo=True)
    workspace = Workspace.open(tmp_path / "demo")
    tables = ["coverage", "kpi_yearly", "kpi_rolling_12", "ledger_lines", "suppliers"]
    compute = steps.computing(workspace)
    with compute(read_inputs(workspace), [*tables, "vendor_matches", "source_files"]) as ask:
        year = ask("from kpi_yearly where period = date '2022-01-01'", {})[0]
        latest = ask("from kpi_rolling_12 order by period desc limit 1", {})[0]
        parts = pl.DataFrame(ask(_PARTS, {}), infer_schema_length=None)

    assert abs(year["uncovered_share"] - 0.170) <= 0.0005
    assert 95_000_000 <= year["uncovered_sek"] <= 105_000_000
    assert 0.12 < latest["uncovered_share"] < 0.14
    assert set(parts["state"]) == STATES

    companies = pl.read_csv(SAMPLE / "truth" / "companies.csv", infer_schema=False)
    suppliers = companies.filter(is_supplier="1")
    meant = (
        truth.filter(pl.col("state") != "rejected")
        .join(suppliers.select(seen_as="company", meant="name"), on="seen_as", how="left")
        .join(suppliers.select("company", truly="name"), on="company", how="left")
    )
    both = meant.join(
        parts, on=["path", "file_row", "part"], how="full", coalesce=True, suffix="_built"
    )
    differ = both.filter(
        pl.col("state").ne_missing(pl.col("state_built"))
        | pl.col("amount_sek").ne_missing(pl.col("amount_sek_built"))
    )
    masked = pl.col("supplier_name").str.contains("^(Privatperson|Enskild näringsidkare)")
    wrong = both.filter(~masked).filter(
        pl.col("supplier_name") != pl.coalesce("meant", "truly").fill_null("no supplier")
    )
    assert wrong.select("path", "file_row", "supplier_name", "meant", "truly").rows() == []
    sought = both.filter(pl.col("meant").is_not_null())
    found = sought.filter(pl.col("supplier_name") == pl.col("meant"))
    assert found["amount_sek"].sum() > sought["amount_sek"].sum() * Decimal("0.99")
    covered = both.filter(pl.col("state").is_in(list(COVERED)), state=pl.col("state_built"))
    assert covered.filter(pl.col("contract_id") != pl.col("contract_id_built")).rows() == []
    assert covered["contract_id"].null_count() == 0
    unexplained = differ.filter(pl.col("meant").eq_missing(pl.col("supplier_name")))
    assert unexplained.rows() == []
    assert differ.filter(pl.col("path").str.contains("2022")).rows() == []
    assert differ.height < 0.01 * both.height
