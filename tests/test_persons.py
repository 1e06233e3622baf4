"""persons.py and person_key.py: who is a person, and what others see of them."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from stdnum import luhn

from compliance.errors import InputError, UsageError
from compliance.person_key import (
    check_key,
    key_of,
    load_or_make_key,
    protected_digest,
    protected_entry,
    pseudonym,
)
from compliance.person_rules import PersonRules, read_person_rules
from compliance.personal_numbers import MASK
from compliance.persons import classify, merge_small_groups, read_protected, write_protected
from compliance.shipped import shipped

KEY = bytes(range(32))
RULES = read_person_rules(shipped("rules") / "persons.toml")


def vendor(
    name: str | None,
    number: str | None = None,
    *,
    account: str = "6100",
    unit: str = "Kommunstyrelsen",
    decision: str | None = None,
    vendor_number: str | None = None,
) -> tuple[object, ...]:
    return name, number, vendor_number, [account], [unit], decision


def judged_all(*vendors: tuple[object, ...], rules: PersonRules = RULES) -> list[dict[str, object]]:
    """What `classify` says of each; many at once cost no more than one."""
    frame = pl.DataFrame(
        vendors,
        schema={
            "vendor_name": pl.String,
            "org_number": pl.String,
            "vendor_number": pl.String,
            "accounts": pl.List(pl.String),
            "units": pl.List(pl.String),
            "person_decision": pl.String,
        },
        orient="row",
    )
    return classify(frame, rules, KEY).rows(named=True)


def judged(
    name: str | None, number: str | None = None, *, rules: PersonRules = RULES, **also: str | None
) -> dict[str, object]:
    return judged_all(vendor(name, number, **also), rules=rules)[0]  # type: ignore[arg-type]


def classes_of(*vendors: tuple[object, ...]) -> list[object]:
    return [row["person_class"] for row in judged_all(*vendors)]


def class_of(*args: str | None, **kwargs: object) -> object:
    return judged(*args, **kwargs)["person_class"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "number",
    [
        "731008-9789",
        "197310089789",
        "19731008-9789",
        "SE731008978901",
        "SE 19731008-9789",
        "SE19731008978901",
        "SE 19731008-9788",  # mistyped
        "SE196702031201",  # its last two digits are no company's 01
        "167310089789",
        "7310089789.0",
        "701063-2391",  # a coordination number
        "000101-R220",  # an interim number
        "680606-XXXX",
        "680606-****",
        "731008-9788",  # mistyped: wrong check digit
        "731399-9788",  # mistyped: no such day
        "506234566",  # a spreadsheet has eaten the zero of 0506234566
    ],
)
def test_a_personal_number_in_any_form_makes_a_person_and_is_not_shown(number: str) -> None:
    row = judged("Jan Claesson", number)

    assert row["person_class"] == "P2"
    assert row["shown_org_number"] is None
    assert str(row["shown_name"]).startswith("Privatperson P")
    assert "Claesson" not in str(row["shown_name"])


@pytest.mark.parametrize(
    "number",
    [
        "556036-0793",
        "165560360793",
        "SE556036079301",
        "212000-1355",
        "5560360793.0",
        "SE202100246001",
        "SE198012345701",  # an estate's (198012-3457), and no day of birth behind a century
        "202100246001",
        "202100488801",
    ],
)
def test_a_third_digit_of_two_or_more_is_a_legal_person(number: str) -> None:
    row = judged("Jan Claesson", number, account="4600", unit="Familjehem")
    assert (row["person_class"], row["shown_name"], row["person_id"]) == (
        "P0",
        "Jan Claesson",
        None,
    )


def test_a_firm_with_a_personal_number_is_a_sole_trader() -> None:
    row = judged("Kerstin Öbergs Handelsträdgård", "540217-5516")
    assert row["person_class"] == "P1"
    assert str(row["shown_name"]).startswith("Enskild näringsidkare P")


def test_a_companys_mistyped_number_does_not_hide_the_company() -> None:
    row = judged("Åkes Plåt AB", "551606-3079")  # no such day
    assert (row["person_class"], row["shown_name"]) == ("P0", "Åkes Plåt AB")
    assert row["shown_org_number"] is None  # yet what looks like a personal number is not shown


@pytest.mark.parametrize(
    "number",
    ["19670203-2384", "196702032384", "19670203 2384.0", "200002032383", "196702632384"],
)
def test_a_mistyped_number_that_begins_with_a_day_of_birth_is_somebodys_whatever_the_name(
    number: str,
) -> None:
    row = judged("Karin Lindgrens Måleri AB", number)
    assert row["person_class"] == "P1"
    assert "Lindgren" not in str(row["shown_name"])


def test_a_sole_traders_name_is_hidden_on_the_row_where_the_number_lost_a_digit() -> None:
    lost = vendor("Karin Lindgren Konsult", "670203238")
    assert classes_of(lost) == ["P0"]
    assert classes_of(lost, vendor("KARIN LINDGREN KONSULT", "196702032384")) == ["P1", "P1"]


def test_a_sole_traders_name_without_a_given_name_hides_no_other_company() -> None:
    shop = vendor("Hörnans Livs", "540217-5516")
    assert classes_of(vendor("Hörnans Livs", None), shop) == ["P0", "P1"]
    assert classes_of(
        vendor("Karin Konsult", "556036-0793"), vendor("Karin Konsult", "540217-5516")
    ) == ["P0", "P1"]


@pytest.mark.parametrize(
    "number",
    [
        "670203-2384",  # ten digits: as before
        "166702032384",  # 16 stands before a company's
        "196713032384",  # no such day
        "195567000061",  # a third digit of two or more
        "195567000062",
    ],
)
def test_a_mistyped_number_without_a_day_of_birth_of_twelve_leaves_a_company(number: str) -> None:
    row = judged("Lindgrens Måleri AB", number)
    assert (row["person_class"], row["shown_name"]) == ("P0", "Lindgrens Måleri AB")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Karl Roos", "P2"),
        ("Blom, Erik", "P2"),
        ("Blom Erik", "P2"),
        ("ANNA-KARIN SVENSSON", "P2"),
        ("Fatima  Al Hassan", "P2"),
        ("rolf roos juridik e.f.", "P1"),
        ("Niklas Lundbergs Grafiska firma Enskild", "P1"),
        ("Gantec i Höör Aktiebolag", "P0"),
        ("HANDLARN MALMÖ", "P0"),
        ("Anette Olofssons Byggentreprenad", "P0"),
        ("Martin & Servera", "P0"),
        ("Dralslohut", "P0"),
        ("[innehåller personuppgifter]", "P0"),
        ("*", "P0"),
        ("SAKNAS", "P0"),
        (None, "P0"),
    ],
)
def test_without_a_number_the_name_decides(name: str | None, expected: str) -> None:
    numbers = (None, "okänt", "000000-0000")
    assert classes_of(*(vendor(name, number) for number in numbers)) == [expected] * 3


def test_without_a_number_a_persons_account_or_unit_makes_a_person() -> None:
    assert class_of("Qwxz Zxwq") == "P0"
    assert class_of("Qwxz Zxwq", account="4521") == "P2"
    assert class_of("Qwxz Zxwq", unit="IFO Familjehem") == "P2"
    assert class_of("Omsorgsbolaget Qwxz", account="4601") == "P0"


def test_an_unknown_number_can_be_treated_strictly_or_leniently() -> None:
    strict = replace(RULES, unknown_treated_as="person")
    lenient = replace(RULES, unknown_treated_as="company")
    assert class_of("Dralslohut", rules=strict) == "P2"
    assert class_of("Åkes Plåt AB", rules=strict) == "P0"
    assert class_of("Karl Roos", rules=lenient) == "P0"
    assert class_of("Karl Roos", "731008-9789", rules=lenient) == "P2"


def test_a_decision_settles_it_but_never_shows_a_personal_number() -> None:
    assert class_of("Dralslohut", decision="person") == "P2"
    row = judged("Karl Roos", "731008-9789", decision="not_person")
    assert (row["person_class"], row["shown_name"], row["shown_org_number"]) == (
        "P0",
        "Karl Roos",
        None,
    )


def test_a_vendor_number_counts_only_as_a_whole_personal_number() -> None:
    assert class_of("Qwxz Zxwq", vendor_number="19731008-9789") == "P2"
    assert class_of("Qwxz Zxwq", vendor_number="7310089788") == "P0"  # wrong check digit


def test_a_protected_person_is_found_by_number_or_by_name_and_named_like_others() -> None:
    for identity in ("19731008-9789", "Jan  CLAESSON"):
        rules = replace(RULES, protected=frozenset({protected_digest(KEY, identity)}))
        row = judged("Jan Claesson", "731008-9789", rules=rules)
        assert row["person_class"] == "P3"
        assert row["shown_name"] == f"Privatperson {row['person_id']}"
    assert "7310" not in protected_digest(KEY, "731008-9789")


def test_one_number_in_two_forms_is_one_pseudonym_and_another_key_gives_another() -> None:
    one = judged("Jan Claesson", "731008-9789")["person_id"]
    assert one == judged("CLAESSON JAN", "19731008-9789")["person_id"]
    assert one != judged("Jan Claesson", "540217-5516")["person_id"]
    assert len(str(one)) == 12
    assert pseudonym(KEY, "x") != pseudonym(bytes(32), "x")


@pytest.mark.parametrize("number", ["731008-9789", "197310089789", "731008+9789", "000101-R220"])
def test_a_personal_number_within_the_name_makes_a_person(number: str) -> None:
    before, after, other, no_month, company = judged_all(
        vendor(f"Qwxz Zxwq {number}"),
        vendor(f"{number} Qwxz Zxwq"),
        vendor("Karl Roos", number),
        vendor("Qwxz Zxwq 739908-9789"),
        vendor(f"Qwxz Zxwq {number}", "556036-0793"),
    )
    assert before["person_class"] == after["person_class"] == "P2"
    assert before["person_id"] == after["person_id"] == other["person_id"]
    assert no_month["person_class"] == company["person_class"] == "P0"


def test_a_personal_number_within_a_companys_name_is_masked() -> None:
    assert judged("Bygg AB 731008-9789")["shown_name"] == f"Bygg AB {MASK}"


def test_rows_keep_their_order_and_their_columns() -> None:
    frame = pl.DataFrame(
        {
            "vendor_id": [3, 1, 2],
            "vendor_name": ["B AB", "Karl Roos", None],
            "org_number": [None] * 3,
        },
        schema_overrides={"org_number": pl.String},
    )
    found = classify(frame, RULES, KEY)
    assert found.select(frame.columns).equals(frame)
    assert found["is_person"].to_list() == [False, True, False]
    assert classify(frame.clear(), RULES, KEY).height == 0


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "persons.key"
    key = load_or_make_key(path)

    assert load_or_make_key(path) == key
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    path.chmod(0o644)
    with pytest.raises(InputError, match="others than its owner"):
        load_or_make_key(path)
    path.chmod(0o600)
    path.write_text("half")
    with pytest.raises(InputError, match="damaged"):
        load_or_make_key(path)


def listed(tmp_path: Path, entry: str) -> PersonRules:
    file = tmp_path / "persons.toml"
    file.write_text(entry.replace('id = "…"', 'id = "2026-1"'), "utf-8")
    return read_person_rules(file)


def test_a_key_that_the_protected_were_not_entered_with_is_refused(tmp_path: Path) -> None:
    """With another key the list matches nobody, and who is on it would be published."""
    path = tmp_path / "persons.key"
    entry = protected_entry(load_or_make_key(path), "731008-9789")
    rules = listed(tmp_path, entry)
    assert key_of(path, rules) == load_or_make_key(path)

    path.unlink()
    with pytest.raises(InputError, match="is missing") as missing:
        key_of(path, rules)
    assert not path.exists()
    assert "run `compliance protect` anew for each" in missing.value.fix

    load_or_make_key(path)
    with pytest.raises(InputError, match="not the key") as other:
        check_key(path, rules)
    assert "'2026-1'" in other.value.why
    assert "backup" in other.value.fix

    older = listed(tmp_path, entry[: entry.index("\nkey_check")])
    assert key_of(path, older) == load_or_make_key(path)  # it does not say which key
    assert key_of(tmp_path / "new.key", RULES)  # nobody is on the list


def test_a_key_that_others_read_is_replaced_with_its_consequence_told(tmp_path: Path) -> None:
    path = tmp_path / "persons.key"
    load_or_make_key(path)
    path.chmod(0o644)
    with pytest.raises(InputError) as refused:
        load_or_make_key(path)
    assert "[[protected]] in rules/persons.toml must be removed" in refused.value.fix


def test_real_values_are_written_for_their_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "output" / "persons.parquet"
    modes = []
    write = pl.DataFrame.write_parquet

    def watched(frame: pl.DataFrame, file: Path) -> None:
        modes.append(stat.S_IMODE(file.stat().st_mode))
        write(frame, file)

    monkeypatch.setattr(pl.DataFrame, "write_parquet", watched)
    write_protected(pl.DataFrame({"vendor_id": ["P1"], "vendor_name": ["Karl Roos"]}), path)

    assert modes == [0o600]  # before the first byte
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_protected(path) == {"P1": "Karl Roos"}


def test_real_values_that_cannot_be_read_are_told_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read\n(.|\n)*why: (No such file|.*not exist)"):
        read_protected(tmp_path / "persons.parquet")


@pytest.mark.parametrize(
    ("day", "is_birthday"),
    [
        ("0101", True), ("1231", True), ("0161", True), ("1291", True),
        ("0001", False), ("1301", False), ("0100", False), ("0132", False), ("0160", False),
        ("0192", False),
    ],
)  # fmt: skip
def test_a_company_with_a_number_of_a_day_and_a_right_check_digit_is_a_sole_trader(
    day: str, is_birthday: bool
) -> None:
    digits = f"55{day}607"
    right = digits + luhn.calc_check_digit(digits)
    wrong = digits + str((int(right[-1]) + 1) % 10)
    rows = judged_all(vendor("Åkes Plåt AB", right), vendor("Åkes Plåt AB", wrong))
    assert [row["person_class"] for row in rows] == ["P1" if is_birthday else "P0", "P0"]
    # Shown for neither: it may be somebody's.
    assert [row["shown_org_number"] for row in rows] == [None, None]


def test_a_companys_number_is_shown_and_an_unreadable_one_too() -> None:
    assert judged("Åkes Plåt AB", "556036-0793")["shown_org_number"] == "556036-0793"
    assert judged("Mueller GmbH", "DE811234567")["shown_org_number"] == "DE811234567"
    assert judged("Åkes Plåt AB")["shown_org_number"] is None
    assert judged("Åkes Plåt AB", "506234566")["shown_org_number"] is None


def test_eaten_zeros_make_a_person_only_with_a_right_check_digit_and_no_companys_word() -> None:
    assert class_of("Qwxz Zxwq", "506234566") == "P2"
    assert class_of("Qwxz Zxwq", "506234567") == "P0"
    assert class_of("Åkes Plåt AB", "506234566") == "P0"
    assert class_of("Qwxz Zxwq", "1011016") == "P0"  # seven digits are a customer number


def test_a_legal_persons_number_beats_every_other_evidence() -> None:
    row = judged("Karl Roos enskild firma", "556036-0793", account="4521", unit="Familjehem")
    assert row["person_class"] == "P0"
    assert class_of("Karl Roos", "556036-0793", decision="person") == "P2"


def test_without_any_rule_only_numbers_and_decisions_make_a_person() -> None:
    bare = PersonRules()
    assert class_of("Karl Roos", rules=bare, account="4521", unit="Familjehem") == "P0"
    assert class_of("Karl Roos", "731008-9789", rules=bare) == "P2"
    assert class_of("Karl Roos", decision="person", rules=bare) == "P2"
    assert class_of("Åkes Plåt AB", rules=replace(bare, unknown_treated_as="person")) == "P2"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anna", "P0"),  # one word: a firm's name as well as a person's
        ("Anna von der Testberg", "P2"),
        ("Anna von und zu Testberg", "P0"),
        ("Testberg, Zxwq Anna", "P0"),
        ("Testberg Zxwq Anna", "P0"),
        ("Testberg, Anna Zxwq", "P2"),
        ("Anna 2 Testberg", "P0"),
        ("Anna Test_berg", "P0"),
        ("Zxwq Testberg", "P0"),
        ("O'Anna Testberg", "P0"),
        ("Anna O'Testberg", "P2"),
    ],
)
def test_what_reads_as_a_persons_name(name: str, expected: str) -> None:
    assert class_of(name) == expected


def test_a_marker_or_a_blank_is_nobody_even_on_a_persons_account() -> None:
    nobody = ("SAKNAS", "*", "123", "", None)
    paid = [vendor(name, account="4521", unit="Familjehem") for name in nobody]
    decided = [vendor(name, decision="person") for name in nobody]
    assert classes_of(*paid, *decided) == ["P0"] * 10
    assert class_of(None, "731008-9789") == "P2"


def test_a_vendor_paid_on_nothing_known_is_judged_by_its_name() -> None:
    frame = pl.DataFrame({"vendor_name": ["Dralslohut", "Karl Roos"], "org_number": [None, None]},
                         schema_overrides={"org_number": pl.String})  # fmt: skip
    assert classify(frame, RULES, KEY)["person_class"].to_list() == ["P0", "P2"]
    empty = frame.with_columns(
        accounts=pl.lit([], pl.List(pl.String)), units=pl.lit(None, pl.List(pl.String))
    )
    assert classify(empty, RULES, KEY)["person_class"].to_list() == ["P0", "P2"]


def test_only_who_is_listed_is_protected() -> None:
    rules = replace(RULES, protected=frozenset({protected_digest(KEY, "731008-9789")}))
    frame = pl.DataFrame(
        {
            "vendor_name": ["Jan Claesson", "Karl Roos", None, "Åkes Plåt AB"],
            "org_number": ["19731008-9789", "540217-5516", None, "556036-0793"],
        }
    )
    assert classify(frame, rules, KEY)["person_class"].to_list() == ["P3", "P2", "P0", "P0"]


def test_a_person_without_name_and_number_has_no_pseudonym_to_share() -> None:
    frame = pl.DataFrame(
        {"vendor_name": [None, "Karl Roos"], "org_number": [None, None]},
        schema_overrides={"org_number": pl.String},
    )
    ids = classify(frame, RULES, KEY)["person_id"].to_list()
    assert ids[0] is None
    assert ids[1] is not None


@pytest.mark.parametrize("name", ["Monica Karlsson", "Anna Ek", "Jessica Lager", "Erik Skog"])
def test_a_given_name_or_a_surname_is_no_company_s_word(name: str) -> None:
    assert class_of(name, None) == "P2"
    assert class_of(name, "640823-3230") == "P2"  # mistyped, and still somebody's


@pytest.mark.parametrize("name", ["Eva Medicus", "Lars Kylling"])
def test_a_trade_in_the_surname_of_whoever_is_paid_as_a_person_says_nothing(name: str) -> None:
    assert class_of(name, None, account="45200") == "P2"
    assert class_of(f"{name} AB", None, account="45200") == "P0"
    assert class_of(name, None) == "P0"


@pytest.mark.parametrize(
    "name", ["Eva Vårdal", "Lars Kylander", "Kylander Lars", "Eva Vårdal-Berg"]
)
def test_a_trade_in_a_word_that_ends_like_a_surname_says_nothing(name: str) -> None:
    assert class_of(name, None) == "P2"


@pytest.mark.parametrize(
    "name", ["Lars Kylberg Städ", "Lars Kylteknik", "Lars Kylander AB", "Miljöström"]
)
def test_a_trade_beside_such_a_word_or_without_a_given_name_is_a_company_s(name: str) -> None:
    assert class_of(name, None) == "P0"


def test_the_entry_for_a_protected_person_holds_neither_number_nor_name(tmp_path: Path) -> None:
    entry = protected_entry(KEY, "731008-9789\n")
    assert "7310" not in entry
    file = tmp_path / "persons.toml"
    file.write_text(entry.replace('id = "…"', 'id = "1"'), "utf-8")
    assert class_of("Jan Claesson", "19731008-9789", rules=read_person_rules(file)) == "P3"
    with pytest.raises(UsageError, match="nobody is named"):
        protected_entry(KEY, " \n")


def units_paid(*persons: tuple[str, str, str | None], smallest: int = 5) -> dict[str, set[str]]:
    """What a report shows of each named vendor, paid by one unit a row."""
    frame = pl.DataFrame(
        [(name, number, [unit]) for name, number, unit in persons],
        schema={"vendor_name": pl.String, "org_number": pl.String, "units": pl.List(pl.String)},
        orient="row",
    )
    found = merge_small_groups(classify(frame, RULES, KEY), smallest)
    shown: dict[str, set[str]] = {}
    for name, told, merged in found.select("vendor_name", "shown_name", "is_merged").iter_rows():
        shown.setdefault(name, set()).add("Privatperson" if merged else told)
    return shown


def people(first: int, count: int, unit: str | None) -> list[tuple[str, str, str | None]]:
    born = [f"7310{10 + n:02d}101" for n in range(first, first + count)]
    numbers = [digits + luhn.calc_check_digit(digits) for digits in born]
    return [(f"Karl Roos{'abcdefghijklmno'[first + i]}", number, unit)
            for i, number in enumerate(numbers)]  # fmt: skip


def test_private_persons_of_whom_a_unit_has_paid_few_share_one_name() -> None:
    shown = units_paid(*people(0, 5, "Norra"), *people(5, 4, "Södra"), *people(9, 1, None))

    alone = {name for name, told in shown.items() if told != {"Privatperson"}}
    assert alone == {f"Karl Roos{letter}" for letter in "abcde"}
    assert len(set.union(*shown.values())) == 6


def test_whoever_a_small_unit_has_paid_is_told_apart_in_no_unit_and_nobody_beside_them() -> None:
    both = (*people(0, 1, "Södra"), *people(5, 4, "Södra")[:3])
    small = (*both, *people(8, 1, "Östra"))  # five in all
    shown = units_paid(*people(0, 5, "Norra"), *small, *people(9, 5, "Västra"))
    assert shown["Karl Roosa"] == {"Privatperson"}
    assert shown["Karl Roosb"] == {"Privatperson"}  # else a would be Norra's one without an ending
    assert shown["Karl Roosj"] != {"Privatperson"}


def test_too_few_merged_in_all_take_the_next_smallest_unit_along() -> None:
    persons = (*people(0, 7, "Norra"), *people(7, 6, "Västra"), *people(13, 1, "Södra"))
    shown = units_paid(*persons)
    merged = {name[-1] for name, told in shown.items() if told == {"Privatperson"}}
    assert merged == set("hijklmn")
    assert set.union(*units_paid(*persons, smallest=1).values()).isdisjoint({"Privatperson"})


def test_a_protected_person_is_not_the_only_one_shown_with_others() -> None:
    protected = replace(RULES, protected=frozenset({protected_digest(KEY, people(0, 1, "")[0][1])}))
    frame = pl.DataFrame(people(0, 6, "Norra"), schema=["vendor_name", "org_number", "unit"],
                         orient="row").with_columns(units=pl.concat_list("unit"))  # fmt: skip
    known = classify(frame, protected, KEY)
    assert merge_small_groups(known, 5)["is_merged"].to_list() == [True] * 6
    without = merge_small_groups(known.drop("units"), 5)
    assert without["is_merged"].to_list() == [True, *[False] * 5]


def test_each_of_few_private_persons_has_a_pseudonym_of_the_keys() -> None:
    """Also who is protected: by its name nobody can tell."""
    protected = replace(RULES, protected=frozenset({protected_digest(KEY, people(0, 1, "")[0][1])}))
    frame = pl.DataFrame(people(0, 2, "Norra"), schema=["vendor_name", "org_number", "unit"],
                         orient="row").with_columns(units=pl.concat_list("unit"))  # fmt: skip
    names = [merge_small_groups(classify(frame, protected, key), 5)["shown_name"].to_list()
             for key in (KEY, KEY, b"another key, of thirty-two bytes")]  # fmt: skip
    assert names[0] == names[1]
    assert len({*names[0], *names[2]}) == 4
    assert all(name.startswith("Privatperson P") for name in names[0])


def test_companies_and_sole_traders_keep_their_rows_in_the_smallest_unit() -> None:
    shown = units_paid(("Åkes Plåt AB", "556036-0793", "Södra"),
                       ("Öbergs Handelsträdgård", "540217-5516", "Södra"))  # fmt: skip
    assert shown["Åkes Plåt AB"] == {"Åkes Plåt AB"}
    assert min(shown["Öbergs Handelsträdgård"]).startswith("Enskild näringsidkare P")


def test_persons_whom_no_unit_has_paid_are_few_too() -> None:
    frame = pl.DataFrame(
        {
            "vendor_name": ["Karl Roos", "Anna Testberg"],
            "org_number": ["731008-9789", "540217-5516"],
            "units": [[], None],
        },
        schema_overrides={"units": pl.List(pl.String)},
    )
    found = merge_small_groups(classify(frame, RULES, KEY), 3)
    assert found["is_merged"].to_list() == [True, True]


def test_of_units_equally_small_a_named_one_follows_before_the_nameless() -> None:
    persons = (*people(0, 6, None), *people(6, 6, "Norra"), *people(12, 1, "Södra"))
    shown = units_paid(*persons)
    merged = {name[-1] for name, told in shown.items() if told == {"Privatperson"}}
    assert merged == set("ghijklm")
