"""Whatever is delivered: each row is a party, a duplicate or an error, and nothing crashes."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance import register_cells as cells
from compliance.errors import ComplianceError, Problems
from compliance.register import read_register
from compliance.register_cells import CellError
from compliance.rules import read_rules, rules_check
from compliance.shipped import shipped
from compliance.toml_shape import TomlFile
from compliance.workspace import Settings, Workspace

RULES = read_rules(shipped("rules"))
HEADER = "avtalsnummer;leverantör;orgnr;giltig från;giltig till;takbelopp;rang"
ROW = st.tuples(
    st.sampled_from(["A", "B", "C", ""]),
    st.sampled_from(["Ett AB", "Två AB", "Tre AB", ""]),
    st.sampled_from(["556016-0680", "5560160680", "", "x", "811228-9874"]),
    st.sampled_from(["2024-01-01", "1 januari 2024", "2024-13-01", ""]),
    st.sampled_from(["2024-12-31", "tills vidare", "2023-12-31", "31/12 2024"]),
    st.sampled_from(["", "1 000", "1.000", "5,5"]),
    st.sampled_from(["", "1", "2", "x"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12))
def test_each_row_is_a_party_a_duplicate_or_an_error(rows: list[tuple[str, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "contracts").mkdir()
        text = "\n".join([HEADER, *(";".join(row) for row in rows)]) + "\n"
        (root / "contracts" / "a.csv").write_text(text, "utf-8")
        refused: ComplianceError | Problems | None = None
        try:
            register = read_register(Workspace(root, Settings(name="E")), RULES, b"k" * 32)
        except (ComplianceError, Problems) as error:
            refused = error
        if refused is not None:
            told = refused.errors if isinstance(refused, Problems) else (refused,)
            assert all(e.exit_code == 3 and e.at.row and e.fix for e in told)
            assert "8112289874" not in str(refused).replace("-", "")
            return
        doubled = register.hygiene.filter(pl.col("check") == "duplicate_row").height
        assert register.contract_parties.height + doubled == len(rows)
        ids = set(register.suppliers["supplier_id"])
        assert set(register.contract_parties["supplier_id"]) == ids


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.dates(), st.times()))
def test_a_cell_is_read_or_refused_with_a_reason(cell: cells.Cell) -> None:
    for reader in (cells.day, cells.amount, cells.money, cells.whole, cells.count):
        try:
            reader(cell)
        except CellError as error:
            refused = error
        else:
            continue
        assert refused.why
        assert refused.fix
    cells.entries(cell)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_register_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "contracts").mkdir()
        (root / "contracts" / "a.csv").write_bytes(HEADER.encode() + b"\n" + content)
        with contextlib.suppress(ComplianceError, Problems):
            read_register(Workspace(root, Settings(name="E")), RULES, b"k" * 32)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_rule_file_with_any_part_torn_out_is_read_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["policy", "exclusions", "limits", "vendors"]))
    text = (shipped("rules") / f"{name}.toml").read_bytes()
    start = data.draw(st.integers(0, len(text)))
    torn = (
        text[:start]
        + data.draw(st.binary(max_size=4))
        + text[start + data.draw(st.integers(0, 80)) :]
    )
    with tempfile.TemporaryDirectory() as folder:
        for path in shipped("rules").glob("*.toml"):
            (Path(folder) / path.name).write_bytes(torn if path.stem == name else path.read_bytes())
        errors, _ = rules_check(Path(folder))
        assert all(error.exit_code == 4 for error in errors)


def test_a_missing_file_has_that_one_problem(tmp_path: Path) -> None:
    file = TomlFile(tmp_path / "x.toml", sections=["a"])
    file.table("a", ["b"]).whole("b", low=0, high=1)
    assert len(file.errors) == 1
