"""Whoever the ledger or the register hides is hidden in the other, and in what is said of them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from compliance import pipeline
from compliance.scaffold import scaffold
from compliance.workspace import Workspace

POSTING = (
    "2120001967;K;{n};{name};{number};6410;Konto;2024-03-05;Skolan;{n};1000.00;{text};;1880;\n"
)
HEADER = (
    "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;"
    "bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr\n"
)


def published(
    folder: Path, vendors: list[tuple[str, str]], suppliers: list[tuple[str, str]], said: str = ""
) -> list[tuple[str, ...]]:
    """Build of a posting a vendor; return all texts about vendors in what is published."""
    scaffold(folder, demo=False)
    (folder / "ledger" / "l.csv").write_text(
        HEADER
        + "".join(
            POSTING.format(n=n, name=name, number=number, text="")
            for n, (name, number) in enumerate(vendors, 1)
        ),
        "utf-8",
    )
    (folder / "contracts" / "a.csv").write_text(
        "avtal;leverantör;organisationsnummer;giltig från;giltig till\n"
        + "".join(
            f"A{n};{name};{number};2024-01-01;2024-12-31\n"
            for n, (name, number) in enumerate(suppliers, 1)
        ),
        "utf-8",
    )
    if said:
        (folder / "decisions.csv").write_text(
            f"decided_on,decided_by,subject,key,decision\n2024-01-01,Eva,{said}\n", "utf-8"
        )
    workspace = Workspace.open(folder)
    pipeline.build(workspace, lambda _: None)
    with duckdb.connect(str(workspace.database), read_only=True) as db:
        return db.execute(
            "select supplier_name from suppliers union all select vendor_name from vendors"
            " union all select evidence from vendor_matches"
            " union all select evidence from match_candidates"
        ).fetchall()


def told(texts: list[tuple[str, ...]]) -> str:
    return "\n".join(str(text) for (text,) in texts).casefold()


@pytest.mark.parametrize(
    ("vendors", "suppliers", "said", "hidden"),
    [
        (
            [("Lindgren Bygg AB", ""), ("Roos Kylteknik", "")],
            [("Anna Lindgren", ""), ("Karl Roos", "850101-1235")],
            "",
            ["anna", "karl"],
        ),
        (
            [("850101-1236 Volvo", "556012-5790")],
            [("Volvo Personvagnar AB", "556012-5790")],
            "",
            ["850101", "1236"],
        ),
        (
            [("Karin Lindgren Konsult", "731008-9789")],
            [("Karin Lindgren Konsult", "")],
            "",
            ["karin", "konsult"],
        ),
        (
            [("Karin Lindgren Konsult", "")],
            [("Karin Lindgren Konsult", "731008-9789")],
            "",
            ["karin", "konsult"],
        ),
        (
            [("Zorro Tolvan", "")],
            [("Zorro Tolvan", "")],
            "person,zorro  tolvan,person",
            ["zorro", "tolvan"],
        ),
        (
            [("Åkes Plåt AB", "556016-0680")],
            [("Åkes Plåt AB", "556016-0680"), ("Roos Kylteknik", "850101-XXXX")],
            "",
            ["kylteknik", "850101"],
        ),
        (
            [("Åkes Plåt AB", "556016-0680")],
            [("Åkes Plåt AB", "556016-0680"), ("Ek Måleri", "850101-T123")],
            "",
            ["måleri", "850101"],
        ),
        (
            [("Snäckerudh HB", "969711-1111"), ("Falk Konsult", "969711-1111"),
             ("Snäckerudh HB", "")],
            [("Snäckerudh Handelsbolag", "969711-1111")],
            "person,Snäckerudh HB,person",
            ["snäckerudh", "falk", "969711"],
        ),
    ],
    ids=["evidence", "a number in a name", "ledger's person", "register's person",
         "a decision", "redacted in the register", "interim in the register",
         "a decision on one spelling of a number"],
)  # fmt: skip
def test_a_person_s_name_is_nowhere_among_what_is_published_of_vendors(
    tmp_path: Path,
    vendors: list[tuple[str, str]],
    suppliers: list[tuple[str, str]],
    said: str,
    hidden: list[str],
) -> None:
    texts = published(tmp_path / "w", vendors, suppliers, said)
    assert [word for word in hidden if word in told(texts)] == []


@pytest.mark.parametrize(
    ("vendor", "supplier"),
    [("Hagelins Måleri", "Hagelins Måleri"), ("Fatima Grönsjöby", "Fatma Grönsjöby")],
)
def test_whom_a_person_is_decided_to_be_has_a_pseudonym_too(
    tmp_path: Path, vendor: str, supplier: str
) -> None:
    published(tmp_path / "w", [(vendor, "640823-3234")], [(supplier, "")])
    with duckdb.connect(str(Workspace.open(tmp_path / "w").database), read_only=True) as db:
        ((id,),) = db.execute("select supplier_id from suppliers").fetchall()
    file = tmp_path / "w" / "decisions.csv"
    header = "decided_on,decided_by,subject,key,decision,supplier_org_number\n"
    file.write_text(f"{header}2024-01-01,Eva,vendor_match,640823-3234,accept,{id}\n", "utf-8")
    workspace = Workspace.open(tmp_path / "w")
    pipeline.build(workspace, lambda _: None)
    with duckdb.connect(str(workspace.database), read_only=True) as db:
        bought = db.execute("select vendor_name, supplier_name, state from purchases").fetchall()
    assert bought[0][2] == "supplier_only"
    assert not {vendor, supplier} & set(bought[0])


def test_two_persons_of_one_day_of_birth_are_two_vendors_and_two_suppliers(tmp_path: Path) -> None:
    born = [("Roos Kylteknik", "850101-XXXX"), ("Ek Måleri", "850101-XXXX")]
    published(tmp_path / "w", born, born)
    with duckdb.connect(str(Workspace.open(tmp_path / "w").database), read_only=True) as db:
        assert db.execute("select count(*) from vendors").fetchall() == [(2,)]
        assert db.execute("select count(*) from suppliers").fetchall() == [(2,)]
        found = db.execute("select outcome, count(*) from vendor_matches group by all").fetchall()
    assert found == [("review", 2)]
