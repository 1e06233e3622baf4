"""A sole trader in the register is published under a pseudonym, the one that the ledger gives it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from compliance import persons
from compliance.inputs import read_inputs
from compliance.person_rules import read_person_rules
from compliance.scaffold import scaffold
from compliance.shipped import shipped
from compliance.workspace import Workspace

LEDGER = (
    "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;"
    "bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr\n"
    "2120001967;K;1;E AB;556016-0680;6500;t;2024-01-31;S;1;100.00;;;1880;\n"
)


def published(folder: Path, number: str) -> tuple[str, str]:
    """Return the supplier's published name, and that of a ledger's vendor of the same number."""
    scaffold(folder, demo=False)
    (folder / "ledger" / "l.csv").write_text(LEDGER, "utf-8")
    (folder / "contracts" / "a.csv").write_text(
        "avtal;leverantör;orgnr;giltig från;giltig till\n"
        f"A;Karin Lindgrens Måleri;{number};2024-01-01;2024-12-31\n",
        "utf-8",
    )
    inputs = read_inputs(Workspace.open(folder))
    vendor = pl.DataFrame({"vendor_name": ["Karin Lindgrens Måleri"], "org_number": [number]})
    rules = read_person_rules(shipped("rules") / "persons.toml")
    shown = persons.classify(vendor, rules, inputs.key)["shown_name"].item()
    return inputs.frames()["input_suppliers"]["supplier_name"].item(), shown


@pytest.mark.parametrize(
    "number", ["19670203-2384", "196702032384", "670203-2381", "19670203-2381"]
)
def test_a_sole_trader_in_the_register_is_the_ledgers_pseudonym(
    number: str, tmp_path: Path
) -> None:
    supplier, vendor = published(tmp_path / "w", number)
    assert supplier == vendor
    assert supplier.startswith("Enskild näringsidkare P")


def test_whoever_is_known_by_name_alone_has_an_id_that_only_the_key_s_holder_can_make(
    tmp_path: Path,
) -> None:
    ids = set()
    for name in ("one", "other"):
        published(tmp_path / name, "")
        register = read_inputs(Workspace.open(tmp_path / name)).register
        ids |= {register.suppliers["supplier_id"].item()}
    assert len(ids) == 2


def test_ten_mistyped_digits_beside_a_companys_word_are_a_company_in_both(tmp_path: Path) -> None:
    assert set(published(tmp_path / "w", "670203-2384")) == {"Karin Lindgrens Måleri"}
