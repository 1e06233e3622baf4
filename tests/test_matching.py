"""Which supplier is this vendor: named cases, laws, and what was settled by people."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.errors import RuleError
from compliance.match import Matches, match_vendors, read_settings
from compliance.match.settings import Settings
from compliance.rule_entries import Group

SETTINGS = read_settings()
Row = tuple[str, str | None, str | None]

REGISTER: list[Row] = [
    ("S1", "Bergströms Plåtslageri AB", "556769-6090"),
    ("S2", "Nordverk Anläggning i Tibro AB", "556012-5790"),
    ("S3", "Kvarnforsens Livsmedel Handelsbolag", None),
    ("S4", "Ulla Jönsson", "640823-3234"),
]


def frame(rows: Sequence[Row], prefix: str) -> pl.DataFrame:
    names = (f"{prefix}_id", f"{prefix}_name", "org_number")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def matched(
    vendors: Sequence[Row],
    register: Sequence[Row] = REGISTER,
    decisions: pl.DataFrame | None = None,
    groups: Sequence[Group] = (),
    *,
    persons: Sequence[str] = (),
    under: Settings = SETTINGS,
) -> Matches:
    known = frame(vendors, "vendor").with_columns(
        vendor_number=pl.lit(None, pl.String),
        is_person=pl.col("vendor_id").is_in(list(persons)),
        is_usable=pl.col("vendor_name").is_not_null(),
        amount_sek=pl.lit(Decimal("100.00")).cast(pl.Decimal(18, 2)),
    )
    return match_vendors(known, frame(register, "supplier"), under, decisions, groups)


def one(name: str | None, number: str | None = None, **world: object) -> dict[str, object]:
    found = matched([("V1", name, number)], **world)  # type: ignore[arg-type]  # keyword passing
    return found.vendor_matches.row(0, named=True)


def decided(key: str, decision: str, supplier: str | None, **days: date) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "decision_row": [2],
            "decided_on": [date(2024, 5, 1)],
            "decided_by": ["anna"],
            "subject": ["vendor_match"],
            "key": [key],
            "decision": [decision],
            "supplier_org_number": [supplier],
            "valid_from": [days.get("first")],
            "valid_to": [days.get("last")],
        },
        schema_overrides={
            "supplier_org_number": pl.String,
            "valid_from": pl.Date,
            "valid_to": pl.Date,
        },
    )


# ── numbers and names ───────────────────────────────────────────────────────────────────────────


def test_a_shared_org_number_and_name_is_a_match_with_the_number_as_evidence() -> None:
    found = one("BERGSTRÖMS PLÅTSLAGERI AKTIEBOLAG", "SE556769609001")
    assert (found["supplier_id"], found["outcome"], found["method"]) == (
        "S1",
        "matched",
        "org_number",
    )
    assert "same org number 556769-6090" in str(found["evidence"])


def test_most_vendors_have_no_supplier() -> None:
    found = one("Sjöfartsverket", "202100-0654")
    assert (found["supplier_id"], found["outcome"]) == (None, "none")


def test_the_same_name_with_another_number_is_never_a_silent_match() -> None:
    found = one("Bergströms Plåtslageri AB", "556123-4567")
    assert found["outcome"] != "matched"
    other = one("Bergströms Plåtslageri AB", "559012-3450")
    assert other["outcome"] != "matched"


def test_no_threshold_makes_a_number_against_the_supplier_a_silent_match() -> None:
    lenient = replace(SETTINGS, matched=0.0, matched_by_name=0.0, review=0.0)
    found = one("Bergströms Plåtslageri AB", "559012-3450", under=lenient)
    assert (found["supplier_id"], found["outcome"]) == ("S1", "review")


def test_a_name_alone_must_say_more_than_a_name_and_a_number() -> None:
    strict = replace(SETTINGS, matched_by_name=1.0)
    assert one("Bergströms Plåtslageri AB", "556769-6090", under=strict)["outcome"] == "matched"
    assert one("Bergströms Plåtslageri AB", under=strict)["outcome"] == "review"
    assert one("Bergströms Plåtslageri AB")["outcome"] == "matched"


def test_another_legal_form_of_the_same_name_is_no_silent_match() -> None:
    assert one("Bergströms Plåtslageri HB")["outcome"] != "matched"


@pytest.mark.parametrize(
    ("vendor", "supplier"),
    [
        ("Hemsö Omsorg 3 AB", "Hemsö Omsorg 4 AB"),
        ("Bygg 1 AB", "Bygg 2 AB"),
        ("Bostadsrättsföreningen Solen 1", "Brf Solen 2"),
        ("Samhällsfastigheter Norr 10 AB", "Samhällsfastigheter Norr 11 AB"),
        ("Kanal 5 AB", "Kanal 75 AB"),
        ("Fastighets AB Björken 1", "Fastighets AB Björken 2"),
        ("Kontorsbolaget 2000 AB", "Kontorsbolaget AB"),
        ("Kontorsbolaget AB", "Kontorsbolaget 2000 AB"),
    ],
)
def test_names_that_only_a_number_tells_apart_are_no_silent_match(
    vendor: str, supplier: str
) -> None:
    lenient = replace(SETTINGS, matched=0.0, matched_by_name=0.0, review=0.0)
    for number in (None, "559012-3450"):
        register: list[Row] = [("S1", supplier, None if number else "556769-6090")]
        found = one(vendor, number, register=register, under=lenient)
        assert found["outcome"] == "review"
        assert "the numbers in the names are not the same" in str(found["evidence"])
    same = one(vendor, register=[("S1", vendor, "556769-6090")])
    assert same["outcome"] == "matched"


@pytest.mark.parametrize(
    ("vendor", "supplier"),
    [
        ("Berglunds Ekonomi AB", "Berglunds AB"),
        ("Aktiebolaget Vesterlins & Co", "Vesterlins AB"),
        ("BG Byggtjänst AB", "PG Byggtjänst AB"),
        ("NV Måleriteknik AB", "BV Måleriteknik AB"),
    ],
)
def test_a_word_that_looks_like_a_mark_or_a_form_tells_two_companies_apart(
    vendor: str, supplier: str
) -> None:
    assert one(vendor, register=[("S1", supplier, "556769-6090")])["outcome"] != "matched"
    same = one(vendor, register=[("S1", vendor, "556769-6090")])
    assert same["outcome"] == "matched"


def test_a_name_that_ends_in_its_form_is_not_said_to_be_cut_off() -> None:
    register: list[Row] = [("S1", "Bergströms Plåt & Tak Aktiebolag", None)]
    for name, is_said in (("Bergströms Plåt A AB", False), ("Bergströms Plåt & Ta", True)):
        found = one(name, register=register, under=replace(SETTINGS, review=0.0))
        assert ("may be cut off" in str(found["evidence"])) == is_said


def test_an_equal_org_number_says_more_than_a_number_in_the_name() -> None:
    found = one("Bergströms Plåtslageri 2 AB", "556769-6090")
    assert (found["outcome"], found["method"]) == ("matched", "org_number")


def test_a_name_lends_no_org_number_to_one_with_another_number() -> None:
    register: list[Row] = [("S1", "Hemsö Omsorg 4 AB", "556769-6090")]
    vendors: list[Row] = [
        ("V1", "Hemsö Omsorg 4 AB", "556769-6090"),
        ("V2", "Hemsö Omsorg 3 AB", None),
    ]
    found = matched(vendors, register).vendor_matches
    assert found["outcome"].to_list()[0] == "matched"
    assert found["outcome"].to_list()[1] != "matched"


WRITES_MARKS: list[Row] = [("S8", "Åkers Måleri AB", None), ("S9", "Källby Trä AB", None)]


def among_marked(
    vendor: str, number: str | None, register: Row, *, is_person: bool = False
) -> dict[str, object]:
    """The vendor's match where both sides write å, ä and ö."""
    vendors: list[Row] = [("V1", vendor, number), ("V8", "Ängelholms Trä", None)]
    vendors += [("V9", "VÄSTRA GÖTALANDS MÅLERI", None)]
    found = matched(vendors, [register, *WRITES_MARKS], persons=["V1"] if is_person else [])
    return found.vendor_matches.row(0, named=True)


@pytest.mark.parametrize(
    ("vendor", "supplier", "why"),
    [
        ("Habo kommun", "Håbo kommun", "å, ä or ö may tell the names apart"),
        ("HABO KOMMUN", "Håbo kommun", "å, ä or ö may tell the names apart"),
        ("Lidköpings kommun", "Linköpings kommun", "the names of public bodies"),
        ("Alvesta kommun", "Avesta kommun", "the names of public bodies"),
        ("Avesta kommun", "Alvesta kommun", "the names of public bodies"),
        ("Öberg El AB", "Oberg El AB", "å, ä or ö may tell the names apart"),
        ("Oberg El AB", "Öberg El AB", "å, ä or ö may tell the names apart"),
        ("Ågren Måleri AB", "Agren Måleri AB", "å, ä or ö may tell the names apart"),
        ("Andersson & Co Bygg AB", "Andersson Bygg AB", "`& Co`, `& Son` or the like"),
        ("Andersson & Son Bygg AB", "Andersson Bygg AB", "`& Co`, `& Son` or the like"),
    ],
)
def test_names_of_two_parties_a_letter_or_a_word_apart_are_no_silent_match(
    vendor: str, supplier: str, why: str
) -> None:
    for own, held in ((None, "556769-6090"), ("556769-6090", None), (None, None)):
        found = among_marked(vendor, own, ("S1", supplier, held))
        assert (found["supplier_id"], found["outcome"]) == ("S1", "review")
        assert why in str(found["evidence"])
    assert among_marked(vendor, "556769-6090", ("S1", supplier, "556769-6090"))["outcome"] == (
        "matched"
    )


@pytest.mark.parametrize(
    ("vendor", "supplier"),
    [
        ("Karlstads kommun", "Karlstad kommun"),
        ("REGION ÖREBRO LÄN", "Region Örebro län"),
        ("Länsstyrelsen Jämtlands län", "Länsstyrelsen i Jämtlands län"),
        ("Oeberg El AB", "Öberg El AB"),
        ("BERGSTROMS PLATSLAGERI AB", "Bergströms Plåtslageri AB"),
        ("Andersson & Co Bygg AB", "Andersson och Co Bygg AB"),
    ],
)
def test_other_spellings_of_one_name_still_match_silently(vendor: str, supplier: str) -> None:
    found = among_marked(vendor, None, ("S1", supplier, "556769-6090"))
    assert (found["supplier_id"], found["outcome"]) == ("S1", "matched")


def test_a_ledger_that_writes_no_marks_has_lost_them() -> None:
    for vendor in ("OBERG EL AB", "Oberg El AB"):
        found = one(vendor, register=[("S1", "Öberg El AB", "556769-6090"), *WRITES_MARKS])
        assert found["outcome"] == "matched"


def test_a_person_matches_silently_by_a_number_only() -> None:
    ulla = REGISTER[3]
    for is_person in (True, False):
        assert among_marked("Ulla Jönsson", None, ulla, is_person=is_person)["outcome"] == "review"
    found = among_marked("Ulla Jönsson", "19640823-3234", ulla, is_person=True)
    assert found["outcome"] == "matched"
    nameless = among_marked("Ulla Jönsson", None, ("S4", "Ulla Jönsson", None), is_person=True)
    assert nameless["outcome"] == "review"
    assert "persons may share a name" in str(nameless["evidence"])


def test_a_name_lends_no_org_number_to_one_that_a_mark_tells_apart() -> None:
    vendors: list[Row] = [("V1", "Håbo kommun", "212000-0241"), ("V2", "Habo kommun", None)]
    found = matched(vendors, [("S1", "Håbo kommun", "212000-0241")]).vendor_matches
    assert found["outcome"].to_list() == ["matched", "review"]


NAMESAKES: list[Row] = [
    ("V1", "Nordic Bygg AB", "556100-4226"),
    ("V2", "NORDIC BYGG AKTIEBOLAG", "556100-5595"),
    ("V3", "Nordic Bygg AB", None),
]


def test_of_companies_of_one_name_none_matches_a_register_row_without_number_silently() -> None:
    register: list[Row] = [("S1", "Nordic Bygg AB", None)]
    found = matched(NAMESAKES, register).vendor_matches
    assert found["supplier_id"].to_list() == ["S1", "S1", "S1"]
    assert found["outcome"].to_list() == ["review", "review", "review"]
    assert all("several companies of this name" in text for text in found["evidence"])


def test_a_name_that_lends_several_numbers_is_no_silent_match_with_one_of_them() -> None:
    found = matched(NAMESAKES, [("S1", "Nordic Bygg AB", "556100-4226")]).vendor_matches
    assert found["outcome"].to_list() == ["matched", "review", "review"]
    assert "several companies of this name" in found["evidence"].to_list()[2]


def test_one_number_beside_a_name_leaves_its_spellings_matched() -> None:
    vendors = [NAMESAKES[0], NAMESAKES[2], ("V4", "NORDIC BYGG AKTIEBOLAG", "5561004226")]
    found = matched(vendors, [("S1", "Nordic Bygg AB", None)]).vendor_matches
    assert set(found["outcome"]) == {"matched"}


@pytest.mark.parametrize(
    ("vendor", "supplier"),
    [("LEASERIGHT KB", "FELDT'S FISK & SKALDJUR AB"), ("Restaurang Kupolen AB", "Norrviks Plåt")],
)
def test_an_equal_org_number_is_never_passed_over_however_unlike_the_names(
    vendor: str, supplier: str
) -> None:
    for others in ([], [("S2", f"{vendor} Syd", "556012-5790")]):
        found = matched([("V1", vendor, "556769-6090")], [("S1", supplier, "556769-6090"), *others])
        row = found.vendor_matches.row(0, named=True)
        assert row["outcome"] == "review"
        assert "S1" in found.match_candidates["supplier_id"].to_list()
        held = found.match_candidates.filter(supplier_id="S1")["evidence"].item()
        assert held.startswith("same org number 556769-6090")


def test_an_equal_number_comes_before_a_likeness_that_is_too_little() -> None:
    vendors: list[Row] = [("V1", "ENSKILD FIRMA 0077", "556769-6090")]
    register: list[Row] = [
        ("S1", "ENSKILD FIRMA 0075", "556012-5790"),
        ("S2", "MICRO DATA SKANDINAVIEN AB", "556769-6090"),
    ]
    found = matched(vendors, register)
    row = found.vendor_matches.row(0, named=True)
    assert (row["supplier_id"], row["outcome"], row["method"]) == ("S2", "review", "org_number")
    assert found.match_candidates["supplier_id"].to_list() == ["S2", "S1"]


def test_a_number_of_many_names_is_told_before_the_likeness_that_is_too_little() -> None:
    shared = "556769-6090"
    names = ("Alvik El", "Bergs Rör", "Citykrogen", "Dalens Plåt", "Emils Kran", "Fjällvård")
    vendors: list[Row] = [(f"V{n}", f"{name} AB", shared) for n, name in enumerate(names)]
    found = matched(vendors, [("S1", "Nordiska Finansbolaget AB", shared)]).vendor_matches
    assert set(found["outcome"]) == {"none"}
    for text in found["evidence"]:
        assert text.startswith("same org number 556769-6090, but many unlike names carry it; near")


@pytest.mark.parametrize(
    ("own", "held"),
    [("DK87654321", "DK12345678"), ("NO 987 654 321 MVA", "NO912345678MVA")],
)
def test_two_numbers_of_one_foreign_country_are_no_silent_match(own: str, held: str) -> None:
    found = one("Danfork A/S", own, register=[("S1", "Danfork A/S", held)])
    assert found["outcome"] == "review"
    assert str(found["evidence"]).startswith("other org number")
    assert one("Danfork A/S", own, register=[("S1", "Danfork A/S", own)])["outcome"] == "matched"


def test_one_day_of_birth_does_not_make_two_names_one_person() -> None:
    for name, outcome in (("Inger Jönsson", "review"), ("Jönsson Ulla", "matched")):
        found = matched([("V1", name, "19640823-XXXX")], REGISTER, persons=["V1"]).vendor_matches
        assert found["outcome"].to_list() == [outcome]
        assert ("a day of birth, and" in found["evidence"].item()) == (outcome == "review")


def test_a_number_that_stands_second_in_the_register_s_cell_is_no_other_number() -> None:
    register: list[Row] = [("S1", "Nordic Bygg AB", "556100-4226 / 556100-5595")]
    for vendor in (NAMESAKES[0], NAMESAKES[1]):
        found = matched([vendor], register).vendor_matches.row(0, named=True)
        assert found["outcome"] == "matched"
        assert "other org number" not in found["evidence"]
    assert "several org numbers in one cell" in str(found["evidence"])


def test_a_vendor_without_name_and_number_is_nobody() -> None:
    assert one(None)["method"] == "unusable"


def test_a_spelling_without_number_borrows_it_from_its_like() -> None:
    found = matched(
        [("V1", "Bergströms Plåtsl", "556769-6090"), ("V2", "BERGSTRÖMS PLÅTSL", None)]
    ).vendor_matches
    assert found["supplier_id"].to_list() == ["S1", "S1"]
    assert found["method"].to_list() == ["org_number", "org_number_of_same_name"]


def test_nothing_of_a_person_stands_in_the_evidence() -> None:
    found = matched([("P1", "Ulla Jönsson", "19640823-3234")], persons=["P1"]).vendor_matches
    text = found["evidence"].item().lower()
    assert found["outcome"].item() == "matched"
    assert not any(part in text for part in ("ulla", "jonsson", "jönsson", "640823"))


def test_whom_a_person_resembles_without_being_it_is_not_told() -> None:
    near: list[Row] = [
        ("S1", "Fjällmos Måleri i Bredviken AB", "556036-0793"),
        ("S2", "Fjällmos Måleri och Golv i Norrviken AB", "556000-0019"),
    ]
    for name, number in (
        ("Bo Fjällmo", "19640823-3234"),
        ("Fjällmos Måleri i Bredvik", "19640823-3234"),  # too unlike
        ("Fjällmos Måleri i Bredviken", None),  # in review, with a second candidate
    ):
        found = matched([("P1", name, number)], near, persons=["P1"]).vendor_matches
        assert "fjällmo" not in found["evidence"].item().lower()


def test_a_world_without_vendors_or_suppliers_is_no_error() -> None:
    assert matched([]).vendor_matches.height == 0
    alone = matched([("V1", "Berg AB", None)], [])
    assert alone.vendor_matches["outcome"].to_list() == ["none"]


# ── decisions and groups ────────────────────────────────────────────────────────────────────────


def test_a_decision_makes_a_match_and_serves_all_spellings_of_the_entity() -> None:
    vendors: list[Row] = [
        ("V1", "Plåtkungen", "559012-3450"),
        ("V2", "PLÅTKUNGEN I NORR", "559012-3450"),
        ("V3", "Annan", None),
    ]
    found = matched(vendors, decisions=decided("V1", "accept", "556769-6090")).vendor_matches
    assert found["outcome"].to_list() == ["matched", "matched", "none"]
    assert found["method"].to_list()[:2] == ["decision", "decision"]
    assert "on another spelling" in found["evidence"].to_list()[1]


def test_a_decision_serves_no_name_that_a_mark_tells_apart() -> None:
    vendors: list[Row] = [("V1", "Håbo kommun", None), ("V2", "Habo kommun", None)]
    found = matched(vendors, decisions=decided("V1", "accept", "S1")).vendor_matches
    assert found["outcome"].to_list() == ["matched", "none"]


def test_a_decision_by_name_or_number_means_the_same_vendor_as_one_by_id() -> None:
    for key in ("V1", "plåtkungen", "559012-3450"):
        found = one("Plåtkungen", "559012-3450", decisions=decided(key, "accept", "S1"))
        assert (found["supplier_id"], found["method"]) == ("S1", "decision")


def test_a_decision_with_days_gives_an_identity_with_days_and_the_rest_to_likeness() -> None:
    found = matched(
        [("V1", "Bergströms Plåtslageri AB", "556769-6090")],
        decisions=decided(
            "V1", "accept", "556012-5790", first=date(2024, 1, 1), last=date(2024, 6, 30)
        ),
    ).vendor_identities
    assert found.select("supplier_id", "valid_from", "valid_to").rows() == [
        ("S1", None, date(2023, 12, 31)),
        ("S2", date(2024, 1, 1), date(2024, 6, 30)),
        ("S1", date(2024, 7, 1), None),
    ]


def test_a_rejected_match_is_none_and_has_no_identity() -> None:
    found = matched(
        [("V1", "Bergströms Plåtslageri AB", "556769-6090")],
        decisions=decided("V1", "reject", "556769-6090"),
    )
    assert found.vendor_matches.select("outcome", "method").rows() == [("none", "decision")]
    assert found.vendor_identities.height == 0


@pytest.mark.parametrize("key", ["V1", "bergströms plåtslageri ab", "556769-6090"])
@pytest.mark.parametrize(
    ("supplier", "left"),
    [("S2", ["S1"]), (None, []), ("S1", ["S2"])],
    ids=["the accepted one", "any", "another"],
)
def test_a_later_rejection_takes_from_what_was_accepted_under_another_key(
    key: str, supplier: str | None, left: list[str]
) -> None:
    accepted = decided("BERGSTRÖMS PLÅTSLAGERI AB", "accept", "S2")
    rejected = decided(key, "reject", supplier).with_columns(
        decision_row=pl.lit(3, accepted.schema["decision_row"])
    )
    vendor: Row = ("V1", "Bergströms Plåtslageri AB", "556769-6090")
    found = matched([vendor], decisions=pl.concat([accepted, rejected]))
    assert found.vendor_identities["supplier_id"].to_list() == left


def test_a_rejection_takes_its_own_days_from_what_was_accepted_under_another_key() -> None:
    accepted = decided("V1", "accept", "S2")
    rejected = decided("plåtkungen", "reject", None, first=date(2024, 7, 1)).with_columns(
        decision_row=pl.lit(3, accepted.schema["decision_row"])
    )
    found = matched([("V1", "Plåtkungen", None)], decisions=pl.concat([accepted, rejected]))
    assert found.vendor_identities.select("supplier_id", "valid_from", "valid_to").rows() == [
        ("S2", None, date(2024, 6, 30))
    ]


def group(kind: str, first: date | None = None) -> Group:
    return Group("g", "Koncernen", "5590123450", kind, "5567696090", first, None, "w", "s")


def test_a_renamed_company_is_its_successor_and_an_affiliate_sells_under_the_contract() -> None:
    renamed = matched([("V1", "Helt Annat AB", "559012-3450")], groups=[group("rename")])
    assert renamed.vendor_matches.select("supplier_id", "outcome", "method").rows() == [
        ("S1", "matched", "group")
    ]
    affiliate = matched(
        [("V1", "Helt Annat AB", "559012-3450")], groups=[group("affiliate", date(2023, 5, 1))]
    )
    assert affiliate.vendor_identities["valid_from"].to_list() == [date(2023, 5, 1)]


BERG, OLD, NORD = "5567696090", "5590123450", "5560125790"
Stretch = tuple[str, date | None, date | None]


def between(kind: str, one: str, other: str, first: date | None = None) -> Group:
    return Group(f"{kind}-{one}", "Koncernen", one, kind, other, first, None, "w", "s")


def identities(vendor: Row, *groups: Group, **world: object) -> list[Stretch]:
    found = matched([vendor], groups=groups, **world).vendor_identities  # type: ignore[arg-type]  # keyword passing
    return list(found.select("supplier_id", "valid_from", "valid_to").iter_rows())


def test_a_business_is_all_its_numbers_at_once_and_shown_as_its_own() -> None:
    vendor: Row = ("V1", "Nordverk Anläggning i Tibro AB", "556012-5790")
    groups = [between("rename", NORD, BERG)]
    assert identities(vendor, *groups) == [("S1", None, None), ("S2", None, None)]
    row = matched([vendor], groups=groups).vendor_matches.row(0, named=True)
    assert (row["supplier_id"], row["outcome"], row["method"]) == ("S2", "matched", "org_number")


@pytest.mark.parametrize("number", [NORD, OLD, BERG])
def test_a_business_that_was_renamed_twice_is_one(number: str) -> None:
    groups = [between("rename", NORD, OLD), between("rename", OLD, BERG)]
    found = identities(("V1", "Helt Annat AB", number), *groups)
    assert found == [("S1", None, None), ("S2", None, None)]


def test_a_spelling_without_a_number_is_the_business_of_its_supplier() -> None:
    vendor: Row = ("V1", "Bergströms Plåtslageri AB", None)
    found = identities(vendor, between("rename", NORD, BERG))
    assert found == [("S1", None, None), ("S2", None, None)]


def test_an_affiliate_sells_under_every_number_of_the_other_business() -> None:
    groups = [between("rename", NORD, BERG), between("affiliate", OLD, NORD, date(2023, 5, 1))]
    assert identities(("V1", "Helt Annat AB", OLD), *groups) == [
        ("S1", date(2023, 5, 1), None),
        ("S2", date(2023, 5, 1), None),
    ]


def test_an_affiliate_of_an_affiliate_sells_under_no_contract_of_the_first() -> None:
    groups = [between("affiliate", OLD, NORD), between("affiliate", NORD, BERG)]
    assert identities(("V1", "Helt Annat AB", OLD), *groups) == [("S2", None, None)]


def test_an_affiliate_that_is_a_party_itself_keeps_its_own_contracts() -> None:
    vendor: Row = ("V1", "Nordverk Anläggning i Tibro AB", "556012-5790")
    group = between("affiliate", NORD, BERG, date(2024, 7, 1))
    assert identities(vendor, group) == [("S2", None, None), ("S1", date(2024, 7, 1), None)]
    row = matched([vendor], groups=[group]).vendor_matches.row(0, named=True)
    assert (row["supplier_id"], row["method"]) == ("S2", "org_number")


def test_whom_a_decision_accepts_is_a_business_with_all_its_numbers() -> None:
    days = {"first": date(2024, 1, 1), "last": date(2024, 6, 30)}
    found = identities(
        ("V1", "Helt Annat AB", None),
        between("rename", NORD, BERG),
        decisions=decided("V1", "accept", "S1", **days),
    )
    stretch = (date(2024, 1, 1), date(2024, 6, 30))
    assert found == [("S1", *stretch), ("S2", *stretch)]


def test_a_decision_takes_from_a_business_the_supplier_that_it_rejects() -> None:
    vendor: Row = ("V1", "Nordverk Anläggning i Tibro AB", "556012-5790")
    rejected = decided("V1", "reject", "S1", last=date(2024, 6, 30))
    found = identities(vendor, between("rename", NORD, BERG), decisions=rejected)
    assert found == [("S2", None, None), ("S1", date(2024, 7, 1), None)]


REVIEWED: Row = ("V1", "Bergströms Plåtslageri AB", "559012-3450")


def test_an_affiliate_that_waits_for_a_person_goes_on_waiting() -> None:
    found = matched([REVIEWED], groups=[between("affiliate", OLD, NORD, date(2024, 7, 1))])
    assert found.vendor_matches.select("supplier_id", "outcome").rows() == [("S1", "review")]
    assert found.match_candidates["supplier_id"].to_list() == ["S1"]
    assert found.vendor_reviews.rows() == [("V1", "S1", None, None)]
    assert found.vendor_identities["supplier_id"].to_list() == ["S2"]


def test_an_affiliate_does_not_wait_for_who_the_other_is() -> None:
    found = matched([REVIEWED], groups=[between("affiliate", OLD, BERG, date(2024, 7, 1))])
    assert found.vendor_matches["outcome"].to_list() == ["matched"]
    assert found.vendor_reviews.height == 0


def test_a_candidate_in_review_would_be_a_business_with_all_its_numbers() -> None:
    found = matched([REVIEWED], groups=[between("rename", NORD, BERG)]).vendor_reviews
    assert found["supplier_id"].to_list() == ["S1", "S2"]


@pytest.mark.parametrize(
    ("answer", "supplier"), [("reject", "S1"), ("reject", None), ("accept", "S2")]
)
def test_what_is_decided_for_some_days_is_in_review_on_the_others(
    answer: str, supplier: str | None
) -> None:
    decision = decided("V1", answer, supplier, last=date(2024, 6, 30))
    found = matched([REVIEWED], decisions=decision)
    assert found.vendor_matches["outcome"].to_list() == ["review"]
    assert found.vendor_reviews.rows() == [("V1", "S1", date(2024, 7, 1), None)]


@pytest.mark.parametrize("number", ["559012-3450", "556769-6090"])
def test_a_rejection_holds_for_its_days_whether_or_not_it_was_a_match(number: str) -> None:
    vendor: Row = ("V1", "Bergströms Plåtslageri AB", number)
    decision = decided("V1", "reject", "S1", last=date(2024, 6, 30))
    found = matched([vendor], decisions=decision).vendor_rejections
    assert found.rows() == [("V1", None, date(2024, 6, 30))]


def test_a_rejection_of_someone_it_would_not_be_changes_nothing() -> None:
    found = matched([REVIEWED], decisions=decided("V1", "reject", "S2")).vendor_rejections
    assert found.height == 0


def test_nothing_of_a_person_who_became_a_company_stands_in_the_evidence() -> None:
    entry = between("rename", "6408233234", BERG)
    entry = replace(entry, id="ulla-jonsson", title="Ulla Jönssons firma 640823-3234")
    vendors: list[Row] = [
        ("P1", "Ulla Jönsson", "640823-3234"),
        ("V2", "Bergströms Plåtslageri AB", "556769-6090"),
    ]
    found = matched(vendors, groups=[entry], persons=["P1"]).vendor_matches
    assert [text.partition(";")[0] for text in found["evidence"]] == ["groups.toml: rename"] * 2
    assert not any(
        part in text.lower()
        for text in found["evidence"]
        for part in ("ulla", "jonsson", "jönsson", "640823")
    )


def test_group_companies_are_never_joined_by_likeness() -> None:
    found = one("Bergströms Plåtslageri Holding AB", "559012-3450")
    assert found["outcome"] != "matched"


# ── laws ────────────────────────────────────────────────────────────────────────────────────────

VENDORS: list[Row] = [
    ("V1", "BERGSTROMS PLATSLAGERI", None),
    ("V2", "Nordverk Anläggning i Tib", None),
    ("V3", "Nordverk Bygg AB", "559012-3450"),
    ("V4", "Kvarnforsens Livs", None),
    ("V5", "Jönsson Ulla", None),
    ("V6", "Bergströms Plåtslageri AB", "556769-6091"),
]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(random_: random.Random) -> None:
    vendors, register = VENDORS.copy(), REGISTER.copy()
    random_.shuffle(vendors)
    random_.shuffle(register)
    expected, found = matched(VENDORS), matched(vendors, register)
    for left, right in zip(expected, found, strict=True):
        assert left.equals(right)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text("xzwqåv", min_size=6, max_size=12), st.booleans())
def test_an_unrelated_vendor_or_supplier_more_changes_no_match(word: str, is_vendor: bool) -> None:
    before = matched(VENDORS).vendor_matches
    new: Row = ("V9" if is_vendor else "S9", f"{word} {word[::-1]}", "559701-0007")
    after = (
        matched([*VENDORS, new]).vendor_matches.filter(pl.col("vendor_id") != "V9")
        if is_vendor
        else matched(VENDORS, [*REGISTER, new]).vendor_matches
    )
    columns = ["vendor_id", "supplier_id", "outcome", "probability"]
    assert before.select(columns).equals(after.select(columns))


def _thresholds(folder: Path, *lines: str) -> Settings:
    (folder / "matching.toml").write_text(
        "\n".join(["[thresholds]", *lines, "[factoring]", "names = ['Svea']"])
        + "\n[departments]\nwords = ['lager']\n"
    )
    return read_settings(folder)


@pytest.mark.parametrize("name", ["matched", "matched_by_name"])
def test_thresholds_out_of_order_are_refused(tmp_path: Path, name: str) -> None:
    shares = {"matched": 0.9, "matched_by_name": 0.96, "review": 0.3, name: 0.2}
    with pytest.raises(RuleError, match=f"is above `{name}`"):
        _thresholds(tmp_path, *(f"{key} = {share}" for key, share in shares.items()))


@pytest.mark.parametrize(("matched", "by_name"), [(0.94, 0.96), (0.99, 0.99)])
def test_rules_from_before_the_two_steps_keep_theirs_and_take_the_shipped_one_for_names(
    tmp_path: Path, matched: float, by_name: float
) -> None:
    found = _thresholds(tmp_path, f"matched = {matched}", "review = 0.1")
    assert (found.matched, found.matched_by_name) == (matched, by_name)


def test_rows_of_the_register_that_a_mark_tells_apart_are_two_parties() -> None:
    from compliance.match.pairing import parties
    from compliance.match.reading import read_side

    register: list[Row] = [("S1", "Håbo kommun", "212000-0241"), ("S2", "Habo kommun", None)]
    register += [("S3", "HÅBO KOMMUN", None), ("S4", "HABO KOMMUN", None)]
    found = parties(read_side(frame(register, "supplier"), "supplier", SETTINGS.lexicon))
    assert found[0] == found[2] != found[1] == found[3]


def test_two_runs_in_one_thread_and_in_two_find_the_same() -> None:
    from compliance.match.model import shipped_model
    from compliance.match.pairing import find_pairs
    from compliance.match.reading import read_side
    from compliance.match.verdict import judge

    vendors = read_side(frame(VENDORS, "vendor"), "vendor", SETTINGS.lexicon)
    suppliers = read_side(frame(REGISTER, "supplier"), "supplier", SETTINGS.lexicon)
    found = [
        judge(find_pairs(vendors, suppliers, workers), shipped_model()) for workers in (1, 2, 2)
    ]
    for other in found[1:]:
        assert (found[0].best == other.best).all()
        assert (found[0].probability == other.probability).all()
