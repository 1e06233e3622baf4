"""A Swedish reader is told in Swedish why two names may be one company."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook

from compliance import review
from compliance.evidence_words import evidence_told, probability_told
from compliance.match import match_vendors, read_settings
from compliance.match.evidence import CLAUSES, PERSONAL, SEPARATOR, percent
from compliance.review_queue import Candidate, Waiting
from compliance.words import Words

SV, EN = Words.of("sv"), Words.of("en")
NUMBERS = {
    "own": "556000-0001",
    "other": "556000-0002",
    "list": "`berg`",
    "agreeing": 1,
    "words": 2,
}


@pytest.mark.parametrize("clause", CLAUSES)
def test_each_clause_is_found_again_whatever_stands_in_it(clause: str) -> None:
    told = evidence_told(clause.format(**NUMBERS), SV)
    assert told == SV.say(clause, **NUMBERS)
    assert told != clause.format(**NUMBERS)
    assert evidence_told(clause.format(**NUMBERS), EN) == clause.format(**NUMBERS)
    assert SEPARATOR not in clause


def test_what_matching_says_is_made_of_known_clauses() -> None:
    vendors = [
        ("V1", "Bergströms Plåt i Tibro AB", "556769-6091"),
        ("V2", "Bergstroms Plåtslageri", None),
        ("V3", "Kvarnforsens Livsmedel Handels", "DE123456789"),
        ("V4", "Nordverk Anläggning Tibro Öst Väst Syd Nord Mitt HB", "559012-3450"),
        ("V5", "Ulla Jonsson", None),
    ]
    register = [
        ("S1", "Bergströms Plåtslageri AB", "556769-6090"),
        ("S2", "Nordverk Anläggning i Tibro AB", "556012-5790"),
        ("S3", "Kvarnforsens Livsmedel Handelsbolag", None),
        ("S4", "Ulla Jönsson", "640823-3234"),
    ]
    text = pl.String
    found = match_vendors(
        pl.DataFrame(
            vendors, dict.fromkeys(("vendor_id", "vendor_name", "org_number"), text), orient="row"
        ).with_columns(
            vendor_number=pl.lit(None, text),
            is_person=pl.lit(value=False),
            is_usable=pl.lit(value=True),
            amount_sek=pl.lit(Decimal("100.00")).cast(pl.Decimal(18, 2)),
        ),
        pl.DataFrame(
            register,
            dict.fromkeys(("supplier_id", "supplier_name", "org_number"), text),
            orient="row",
        ),
        read_settings(),
    )
    said = found.match_candidates["evidence"].to_list()
    assert said
    for clause in {clause for evidence in said for clause in evidence.split(SEPARATOR)}:
        assert evidence_told(clause, SV) != clause


def test_a_list_that_goes_on_and_a_hidden_number_are_told_too() -> None:
    assert evidence_told("only in the ledger: `a`, `b` and 3 more", SV) == (
        "bara i reskontran: `a`, `b` och 3 till"
    )
    assert evidence_told(f"same org number {PERSONAL}", SV) == "samma organisationsnummer ett personnummer"  # fmt: skip


@pytest.mark.parametrize(
    ("probability", "english", "swedish"),
    [
        (0.00005, "under 1 %", "under 1 %"),
        (0.01, "1 %", "1 %"),
        (0.5, "50 %", "50 %"),
        (0.9999, "over 99 %", "över 99 %"),
    ],
)
def test_a_model_is_never_wholly_sure(probability: float, english: str, swedish: str) -> None:
    assert percent(probability) == probability_told(probability, EN) == english
    assert probability_told(probability, SV) == swedish


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("sv", "96 % · reskontran har inget användbart organisationsnummer; namnen stämmer i varje ord"),
        ("en", "96 % · the ledger has no usable org number; the names agree in every word"),
    ],
)  # fmt: skip
def test_the_review_workbook_gives_its_evidence_in_its_language(
    tmp_path: Path, language: str, told: str
) -> None:
    evidence = "the ledger has no usable org number; the names agree in every word"
    supplier = Candidate("Saaaaaaaaa01", "Acme AB", "5560000001", 0.96, evidence)
    one = Waiting("Vaaaaaaaaaaa", "ACME", "", Decimal(1), (supplier,))
    file = review.export((one,), tmp_path / "r.xlsx", language=language)
    cells = [cell.value for cell in load_workbook(file).worksheets[0][2]]
    assert told in cells
    assert not [c for c in cells if language == "sv" and re.search(r"\bthe\b", str(c))]
