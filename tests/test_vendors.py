"""Many spellings in the ledger: which are one vendor, and which are nobody."""

from __future__ import annotations

import base64
import hashlib
from datetime import date

import polars as pl
import pytest

from compliance.person_rules import PersonRules
from compliance.vendors import Vendors, identify

KEY = b"k" * 32
DAY = date(2024, 1, 1)


def identified(
    *rows: tuple[str | None, str | None, str | None], decisions: pl.DataFrame | None = None
) -> Vendors:
    frame = pl.DataFrame(
        [(*row, 1, DAY, DAY) for row in rows],
        schema={
            "vendor_name": pl.String,
            "org_number": pl.String,
            "vendor_number": pl.String,
            "line_count": pl.Int64,
            "first_date": pl.Date,
            "last_date": pl.Date,
        },
        orient="row",
    ).with_columns(amount_sek=pl.lit("100.00").cast(pl.Decimal(18, 2)))
    rules = PersonRules(company_forms=("ab",), given_names=frozenset({"karin"}))
    return identify(frame, rules, ["Diverse leverantörer"], KEY, decisions)


def test_one_number_in_two_forms_with_one_name_is_one_vendor() -> None:
    found = identified(("Berg AB", "556769-6090", None), ("Berg AB", "SE556769609001", None))
    assert found.vendors.height == 1
    assert found.vendors["org_number"].to_list() == ["5567696090"]
    assert found.keys.height == 2
    assert found.real["line_count"].to_list() == [2]


def test_one_name_with_two_numbers_is_two_vendors() -> None:
    assert (
        identified(
            ("Berg AB", "556769-6090", None), ("Berg AB", "556012-5790", None)
        ).vendors.height
        == 2
    )


def test_blank_and_generic_names_are_nobody_but_a_number_without_name_is_somebody() -> None:
    found = identified(
        (None, None, None), ("DIVERSE  leverantörer", None, None), (None, "556769-6090", None)
    )
    usable = dict(found.real.select("org_number", "is_usable").iter_rows())
    assert usable == {None: False, "556769-6090": True}


def test_a_spreadsheets_error_is_nobody_unless_there_is_a_number() -> None:
    found = identified(
        ("#REF!", None, None), ("#SAKNAS!", "556769-6090", None), ("#1 AB", "", None)
    )
    assert dict(found.real.select("vendor_name", "is_usable").iter_rows()) == {
        "#REF!": False,
        "#SAKNAS!": True,
        "#1 AB": True,
    }


def test_a_person_is_one_vendor_under_a_pseudonym_and_without_number() -> None:
    found = identified(("Karin Ek", "640823-3234", None), ("EK KARIN", "19640823-3234", None))
    assert found.vendors.height == 1
    row = found.vendors.row(0, named=True)
    assert row["is_person"]
    assert row["org_number"] is None
    assert "Ek" not in row["vendor_name"]
    assert found.protected["vendor_name"].item() in ("Karin Ek", "EK KARIN")


def decided(key: str, decision: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "decision_row": [2],
            "decided_on": [DAY],
            "subject": ["person"],
            "key": [key],
            "decision": [decision],
        }
    )


@pytest.mark.parametrize("key", ["Karin Ek", "KARIN  ek"])
def test_a_decision_says_who_is_a_person(key: str) -> None:
    said = decided(key, "not_person")
    assert identified(("Karin Ek", None, None)).vendors["is_person"].item()
    assert not identified(("Karin Ek", None, None), decisions=said).vendors["is_person"].item()


def test_the_id_of_a_number_that_nobody_may_see_is_not_to_be_found_by_trying() -> None:
    row = ("Karins Handel AB", "640823-3234", None)
    said = decided("Karins Handel AB", "not_person")
    found = identified(row, decisions=said).vendors.row(0, named=True)
    plain = hashlib.sha256(b"Karins Handel AB|6408233234|").digest()[:7]
    assert found["vendor_name"] == "Karins Handel AB"
    assert found["org_number"] is None
    assert found["vendor_id"] != "V" + base64.b32encode(plain).decode()[:11]


def test_one_day_of_birth_under_two_names_is_two_persons() -> None:
    born = "850101-XXXX"
    found = identified(
        ("Karin Ek", born, None), ("KARIN EK", born, None), ("Karin Roos", born, None)
    )
    assert found.vendors.height == 2


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [("Berg AB", "556769-6090", "7"), ("Karin Ek", None, None), ("Alm", None, "9")]
    one, other = identified(*rows), identified(*reversed(rows))
    assert one.vendors.equals(other.vendors)
    assert one.keys.equals(other.keys)
    assert one.real.equals(other.real)
