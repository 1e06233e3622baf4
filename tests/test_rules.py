"""The rules that ship say what the law and the chart say; what cannot be run is refused by name."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from compliance.errors import Problems, RuleError
from compliance.rule_entries import SCHEMAS
from compliance.rules import read_rules, rules_digest
from compliance.shipped import shipped

RULES = shipped("rules")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped rules, to be spoiled."""
    return Path(shutil.copytree(RULES, tmp_path / "rules"))


def test_the_rules_that_ship_can_be_read_and_give_every_table_its_types() -> None:
    tables = read_rules(RULES).tables()
    assert set(tables) == set(SCHEMAS)
    for name, table in tables.items():
        assert dict(table.schema) == dict(SCHEMAS[name]), name
    assert tables["rule_policy"].height == 1
    assert [f"X{n:02}" for n in range(1, 16)] == tables["rule_exclusions"]["exclusion_id"].to_list()


def test_every_exclusion_category_and_limit_says_why_and_on_whose_word() -> None:
    rules = read_rules(RULES)
    for entry in (*rules.exclusions, *rules.categories, *rules.limits):
        assert entry.why, entry
        assert entry.source, entry


@pytest.mark.parametrize(
    ("day", "amount", "verified"),
    [
        ("2014-06-30", 270_964, True),
        ("2014-07-01", 505_800, True),
        ("2016-03-15", 534_890, True),
        ("2021-12-31", 615_312, True),
        ("2022-01-31", 626_285, False),
        ("2022-02-01", 700_000, True),
        ("2025-12-31", 700_000, True),
        ("2026-01-01", 700_000, False),
    ],
)
def test_the_direct_award_limit_is_that_of_the_day(day: str, amount: int, verified: bool) -> None:
    limit = read_rules(RULES).limit("direct_award", date.fromisoformat(day))
    assert limit is not None
    assert (limit.amount_sek, limit.is_verified) == (Decimal(amount), verified)


@pytest.mark.parametrize(
    ("kind", "day", "amount", "verified"),
    [
        ("social", "2019-12-31", 1_991_766, False),
        ("social", "2020-01-01", 2_156_469, True),
        ("social", "2022-01-31", 2_184_714, False),
        ("social", "2022-02-01", 7_802_550, True),
        ("social", "2025-12-31", 8_109_450, True),
        ("special", "2020-01-01", 615_312, True),
        ("special", "2022-01-31", 626_285, False),
        ("special", "2022-02-01", 7_802_550, True),
        ("special", "2025-12-31", 8_109_450, True),
    ],
)
def test_social_and_special_services_have_limits_of_their_own(
    kind: str, day: str, amount: int, verified: bool
) -> None:
    limit = read_rules(RULES).limit(kind, date.fromisoformat(day))
    assert limit is not None
    assert (limit.amount_sek, limit.is_verified) == (Decimal(amount), verified)


@pytest.mark.parametrize(("kind", "last"), [("social", "2018-12-31"), ("special", "2019-12-31")])
def test_their_limits_are_not_told_before_they_were_read_nor_in_kronor_from_2026(
    kind: str, last: str
) -> None:
    rules = read_rules(RULES)
    assert rules.limit(kind, date.fromisoformat(last)) is None
    limit = rules.limit(kind, date(2026, 1, 1))
    assert limit is not None
    assert limit.amount_sek is None


def test_every_kind_of_social_and_special_service_is_held_to_its_limit() -> None:
    # LOU annex 2, by CPV: health and welfare; schooling, meals, post, guarding and legal advice.
    welfare, rest = ("85", "79624"), ("80", "553", "555", "641", "797", "791")
    for category in read_rules(RULES).categories:
        kind = "social" if category.cpv.startswith(welfare) else "direct_award"
        kind = "special" if category.cpv.startswith(rest) else kind
        assert category.limit_kind == kind, category.code


def test_the_duty_to_document_began_above_the_amount_until_2022() -> None:
    rules = read_rules(RULES)
    before, after = (
        rules.limit("documentation", day) for day in (date(2022, 1, 31), date(2022, 2, 1))
    )
    assert before is not None
    assert after is not None
    assert (before.amount_sek, before.is_above) == (Decimal(100_000), True)
    assert (after.amount_sek, after.is_above) == (Decimal(100_000), False)


def test_the_target_holds_from_2024_and_the_baseline_is_the_published_one() -> None:
    policy = read_rules(RULES).policy
    assert [policy.target_share(year) for year in (2023, 2024, 2030)] == [None, 0.12, 0.12]
    assert (policy.baseline_year, policy.baseline_share) == (2022, 0.17)
    assert policy.baseline_uncovered_sek == Decimal(100_000_000)


def test_no_account_prefix_belongs_to_two_categories_and_every_group_has_one() -> None:
    accounts = read_rules(RULES).category_accounts
    prefixes = [account.prefix for account in accounts]
    assert len(prefixes) == len(set(prefixes))
    groups = {"41", "46", "61", "62", "63", "64", "65", "66", "68", "69", "70"}
    assert groups | {"71", "72", "73", "74", "75", "76"} <= set(prefixes)


def test_no_category_code_begins_another_but_at_a_hyphen() -> None:
    codes = [category.code for category in read_rules(RULES).categories]
    groups = {code.partition("-")[0] for code in codes}
    assert not [(a, b) for a in groups for b in groups if a != b and b.startswith(a)]


def test_an_own_company_becomes_an_exclusion_with_its_own_dates(folder: Path) -> None:
    (folder / "groups.toml").write_text(
        "[[groups]]\nid='bo'\ntitle='Bostads AB'\norg_number='556016-0680'\nkind='own'\n"
        "from=2020-01-01\nto=2024-12-31\nwhy='w'\nsource='s'\n"
    )
    tables = read_rules(folder).tables()
    row = tables["rule_exclusions"].filter(pl.col("exclusion_id") == "X09-bo").row(0, named=True)
    assert (row["valid_from"], row["valid_to"]) == (date(2020, 1, 1), date(2024, 12, 31))
    tests = tables["rule_exclusion_tests"].filter(pl.col("exclusion_id") == "X09-bo")
    assert tests.rows() == [("X09-bo", 1, "counterparty", "5560160680")]


def test_a_unit_may_move_and_a_department_is_its_own_unit(folder: Path) -> None:
    (folder / "organisation.toml").write_text(
        "[[departments]]\nid='a'\ntitle='A'\nemail='a@example.se'\nunits=['Ett']\n"
        "[[departments]]\nid='b'\ntitle='B'\n"
        "[[units]]\nid='Två'\ndepartment='a'\nto=2023-12-31\n"
        "[[units]]\nid='Två'\ndepartment='b'\nfrom=2024-01-01\n"
    )
    rules = read_rules(folder)
    assert rules.tables()["rule_units"].rows() == [
        ("A", "A", None, None),
        ("Ett", "A", None, None),
        ("B", "B", None, None),
        ("Två", "A", None, date(2023, 12, 31)),
        ("Två", "B", date(2024, 1, 1), None),
    ]
    assert rules.organisation["A"].email == "a@example.se"
    assert "email" not in rules.tables()["rule_departments"].columns


def test_a_departments_former_name_is_its_unit_and_names_it_in_contracts(folder: Path) -> None:
    (folder / "organisation.toml").write_text(
        "[[departments]]\nid='k'\ntitle='Kultur och fritid'\nunits=['Badhuset']\n"
        "formerly=['Kultur- och fritidsförvaltningen']\n"
    )
    tables = read_rules(folder).tables()
    former = "Kultur- och fritidsförvaltningen"
    assert tables["rule_former_names"].rows() == [("Kultur och fritid", former)]
    assert (former, "Kultur och fritid", None, None) in tables["rule_units"].rows()


def test_an_exclusion_without_a_swedish_title_has_its_title_in_swedish_too(folder: Path) -> None:
    entry = EXCLUSION.replace("title_sv='t'\n", "why='w'\nsource='s'\n")
    with (folder / "exclusions.toml").open("a") as file:
        file.write(entry + TEST)
    told = read_rules(folder).tables()["rule_exclusions"].filter(pl.col("exclusion_id") == "X1")
    assert told.select("title", "title_sv").rows() == [("t", "t")]


def test_names_are_compared_as_the_ledgers_are_read(folder: Path) -> None:
    """Repeated spaces and letters of two signs are neither in the ledger's cells nor in these."""
    two_signs = unicodedata.normalize("NFD", "Förskola")
    (folder / "organisation.toml").write_text(
        f"[[departments]]\nid='b'\ntitle='Barn  och utbildning'\nunits=['{two_signs}  söder']\n"
        "formerly=['Skol  nämnden']\n[[units]]\nid='Måltids  service'\ndepartment='b'\n"
    )
    with (folder / "exclusions.toml").open("a") as file:
        file.write(
            "[[exclusions]]\nid='Z'\ntitle='t'\ntitle_sv='t'\nwhy='w  w'\nsource='s'\n"
            f"[[exclusions.tests]]\nunit=['Gatu  kontoret ']\nvendor=['{two_signs}  AB']\n"
            "text=[' hyra  av ']\n"
        )
    tables = read_rules(folder).tables()
    department = "Barn och utbildning"
    units = [department, "Skol nämnden", "Förskola söder", "Måltids service"]
    assert tables["rule_units"]["unit"].to_list() == units
    assert set(tables["rule_units"]["department"]) == {department}
    assert tables["rule_former_names"].rows() == [(department, "Skol nämnden")]
    tests = tables["rule_exclusion_tests"].filter(pl.col("exclusion_id") == "Z")
    assert tests.select("field", "value").rows() == [
        ("unit", "Gatu kontoret"),
        ("vendor", "Förskola AB"),
        ("text", " hyra av "),
    ]
    words = tables["rule_exclusions"].filter(pl.col("exclusion_id") == "Z")["why"].to_list()
    assert words == ["w  w"]


def test_the_digest_changes_with_any_byte_of_any_rule(folder: Path) -> None:
    before = rules_digest(folder)
    assert before == rules_digest(RULES)
    with (folder / "policy.toml").open("a") as file:
        file.write("#")
    assert rules_digest(folder) != before


def test_what_nobody_verified_is_listed() -> None:
    notes = read_rules(RULES).notes
    assert any("direct-award-2026-01-01" in note for note in notes)
    assert any("X12" in note for note in notes)


# ── sixty wrong files ─────────────────────────────────────────────────────────────────────────────

X = "exclusions.toml"
C = "categories.toml"
L = "limits.toml"
P = "policy.toml"
ORG = "organisation.toml"
G = "groups.toml"
V = "vendors.toml"
F = "findings/f.toml"
ABOUT = "[about]\nwhy='w'\nsource='s'\n"
EXCLUSION = "[[exclusions]]\nid='X1'\ntitle='t'\ntitle_sv='t'\n"
TEST = "[[exclusions.tests]]\naccount=['5']\n"
CATEGORY = "[[categories]]\nid='A'\ntitle='t'\ntitle_sv='t'\ncpv='39000000'\naccounts=['64']\n"
LIMIT = "[[limits]]\nid='{}'\ntitle='t'\nkind='direct_award'\nverified=true\namount_sek=5\n"
DEPARTMENT = "[[departments]]\nid='a'\ntitle='A'\n"
GROUP = "[[groups]]\nid='g'\ntitle='t'\norg_number='556016-0680'\nkind='own'\n"
FINDING = (
    "code='E'\ntitle='t'\ntitle_sv='t'\nsubject='purchases'\nwhen='days > $n'\nsource='s'\n"
    "[parameters]\nn=1\n"
    "[reader]\nwhy='w'\nwhy_sv='w'\ndo='d'\ndo_sv='d'\nmisses='m'\nmisses_sv='m'\n"
    "[[cases]]\nname='a'\ngiven={days=2}\nflagged=true\n"
    "[[cases]]\nname='b'\ngiven={days=1}\nflagged=false\n"
)


def written(text: str) -> Callable[[str], str]:
    return lambda _: text


def changed(before: str, after: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert before in text, before
        return text.replace(before, after, 1)

    return change


# file, what is done to it, what the message must name (key, entry, nearest valid name …)
WRONG = [
    (X, written(ABOUT + EXCLUSION.replace("title_sv", "titel_sv") + TEST), ["titel_sv", "did you mean `title_sv`", "X1"]),
    (X, written(EXCLUSION + TEST), ["`why`", "is missing", "X1"]),
    (X, written("[about]\nwhy='w'\n" + EXCLUSION + TEST), ["`source`", "is missing"]),
    (X, written("[about]\nwhi='w'\nsource='s'\n" + EXCLUSION + TEST), ["`whi`", "did you mean `why`"]),
    (X, written("[about]\nwhy=''\nsource='s'\n" + EXCLUSION + TEST), ["`why`", "must be text"]),
    (X, written(ABOUT + EXCLUSION + TEST + EXCLUSION + TEST), ["X1", "used twice"]),
    (X, written(ABOUT + EXCLUSION), ["X1", "`tests`", "is missing"]),
    (X, written(ABOUT + EXCLUSION + "[[exclusions.tests]]\n"), ["X1.tests[1]", "names nothing"]),
    (X, written(ABOUT + EXCLUSION + "[[exclusions.tests]]\naccount_not=['5']\n"), ["names nothing"]),
    (X, written(ABOUT + EXCLUSION + "[[exclusions.tests]]\naccont=['5']\n"), ["accont", "did you mean `account`"]),
    (X, written(ABOUT + EXCLUSION + "[[exclusions.tests]]\naccount='5'\n"), ["`account`", "is text"]),
    (X, written(ABOUT + EXCLUSION + "[[exclusions.tests]]\naccount=[5]\n"), ["must list texts"]),
    (X, written(ABOUT + EXCLUSION + "[[exclusions.tests]]\naccount=[]\n"), ["lists nothing"]),
    (X, written(ABOUT + EXCLUSION + "[[exclusions.tests]]\naccount=['5x']\n"), ["5x", "not a number"]),
    (X, written(ABOUT + EXCLUSION + "[[exclusions.tests]]\naccount=['5','5']\n"), ["stands twice"]),
    (X, written(ABOUT + EXCLUSION + "[[exclusions.tests]]\nperson='yes'\n"), ["`person`", "is text"]),
    (X, written(ABOUT + EXCLUSION + "group='owm'\n"), ["owm", "did you mean `own`"]),
    (X, written(ABOUT + EXCLUSION + "from=2024-02-01\nto=2024-01-01\n" + TEST), ["ends (2024-01-01) before"]),
    (X, written(ABOUT + EXCLUSION + "from='2024-02-01'\n" + TEST), ["`from`", "is text", "2024-01-31"]),
    (X, written(ABOUT + EXCLUSION + "from=2024-02-01T00:00:00\n" + TEST), ["a date with a time"]),
    (X, written("[[exclusion]]\nid='x'\n"), ["`exclusion`", "did you mean `exclusions`"]),
    (X, written("[exclusions]\nid='x'\n"), ["must be a list of tables"]),
    (X, written(ABOUT + "[[exclusions]]\nid='x'\ntitle='a"), ["not valid TOML"]),
    (X, written(ABOUT + EXCLUSION.replace("id='X1'\n", "") + TEST), ["`id`", "is missing"]),
    (X, written(ABOUT + EXCLUSION.replace("'X1'", "7") + TEST), ["`id`", "is a whole number"]),
    (C, written(ABOUT + CATEGORY.replace("39000000", "3900")), ["3900", "not a CPV code"]),
    (C, written(ABOUT + CATEGORY.replace("id='A'", "id='a b'")), ["a b", "no category code"]),
    (C, written(ABOUT + CATEGORY.replace("'64'", "'6x'")), ["6x", "not an account"]),
    (C, written(ABOUT + CATEGORY + CATEGORY.replace("id='A'", "id='B'")), ["overlaps `A`", "account 64"]),
    (C, written(ABOUT + CATEGORY + "procurable='no'\n"), ["`procurable`", "is text"]),
    (C, written(ABOUT + CATEGORY + "[[accounts]]\nid='m'\ntitle='t'\naccount='65'\ncategory='AA'\n"), ["AA", "did you mean `A`", "`category`"]),
    (C, written(ABOUT + CATEGORY + "limit='socia'\n"), ["`socia` is not known", "did you mean `social`"]),
    (C, written(ABOUT + CATEGORY + "limit='documentation'\n"), ["`documentation` is not known", "direct_award"]),
    (C, written(ABOUT), ["no [[categories]]"]),
    (L, written(ABOUT + LIMIT.format("a") + "from=2022-01-01\nto=2022-12-31\n" + LIMIT.format("b") + "from=2023-02-01\n"), ["`b`", "leaves a gap after `a`", "2023-01-01 … 2023-01-31"]),
    (L, written(ABOUT + LIMIT.format("a") + "from=2022-01-01\nto=2022-12-31\n" + LIMIT.format("b") + "from=2022-12-31\n"), ["`b`", "overlaps `a`"]),
    (L, written(ABOUT + LIMIT.format("a") + "from=2022-01-01\n" + LIMIT.format("b") + "from=2023-01-01\n"), ["overlaps `a`", "ends never"]),
    (L, written(ABOUT + LIMIT.format("a")), ["`from`", "is missing"]),
    (L, written(ABOUT + LIMIT.format("a").replace("direct_award", "direct_awards") + "from=2022-01-01\n"), ["did you mean `direct_award`"]),
    (L, written(ABOUT + LIMIT.format("a").replace("=5", "='5'") + "from=2022-01-01\n"), ["`amount_sek`", "is text"]),
    (L, written(ABOUT + LIMIT.format("a").replace("=5", "=-5") + "from=2022-01-01\n"), ["not an amount above zero"]),
    (L, written(ABOUT + LIMIT.format("a").replace("=5", "=5.001") + "from=2022-01-01\n"), ["parts of an öre"]),
    (L, written(ABOUT + LIMIT.format("a").replace("=5", "=inf") + "from=2022-01-01\n"), ["not an amount"]),
    (L, written(ABOUT + LIMIT.format("a").replace("verified=true\n", "") + "from=2022-01-01\n"), ["`verified`", "is missing"]),
    (L, written(ABOUT + LIMIT.format("a") + "from=2022-01-01\nabove=true\n"), ["`above`", "only for a documentation limit"]),
    (L, changed("amount_sek = 270_964\n", ""), ["`amount_sek`", "direct-award-2014-01-01"]),
    (P, changed("tail_days", "tail_day"), ["`tail_day`", "did you mean `tail_days`"]),
    (P, changed('value = "uncovered"', 'value = "uncoverd"'), ["uncoverd", "did you mean `uncovered`"]),
    (P, changed("value = 30", "value = 400"), ["400 is outside 0 … 366", "tail_days"]),
    (P, changed("value = 30", "value = true"), ["true or false", "tail_days"]),
    (P, changed("value = 30", "value = 30.5"), ["is a number", "tail_days"]),
    (P, changed("share = 0.12", "share = 12"), ["12 is not a share", "write 12 % as 0.12"]),
    (P, changed("[0.70, 0.90]", "[0.90, 0.70]"), ["must rise", "warn_at"]),
    (P, changed("[0.70, 0.90]", "[0.90]"), ["must hold 2 numbers"]),
    (P, changed("from = 2024-01-01", "form = 2024-01-01"), ["`form`", "did you mean `from`"]),
    (P, changed("from = 2024-01-01", "from = 2024-06-01"), ["effect-goal-2024", "key `from`", "2024-06-01 is not the first day of a year", "2024-01-01, or 2025-01-01"]),
    (P, changed("from = 2024-01-01", "from = 2024-01-01\nto = 2026-06-30"), ["effect-goal-2024", "key `to`", "2026-06-30 is not the last day of a year"]),
    (P, changed("[baseline]", "[baselin]"), ["did you mean `baseline`", "[baseline] is missing"]),
    (P, changed("value = 1\n", "value = 13\n"), ["13 is outside 1 … 12"]),
    (ORG, written(DEPARTMENT + "email='anna'\n"), ["anna", "no address"]),
    (ORG, written(DEPARTMENT + "email='a@b.se,c@d.se'\n"), ["no address"]),
    (ORG, written(DEPARTMENT + "email='åsa@example.se'\n"), ["åsa@example.se", "no address", "`email`"]),
    (ORG, written(DEPARTMENT + "email='a..b@example.se'\n"), ["no address"]),
    (ORG, written(DEPARTMENT + "copies=['a@b.se', '.x@example.se']\n"), ["`.x@example.se`", "no address", "`copies`"]),
    (ORG, written(DEPARTMENT + "language='se'\n"), ["`se` is not known", "sv"]),
    (ORG, written(DEPARTMENT + "units=['X']\n" + DEPARTMENT.replace("'a'", "'b'").replace("'A'", "'B'") + "units=['x ']\n"), ["unit `x`", "overlaps"]),
    (ORG, written(DEPARTMENT + "[[units]]\nid='U'\ndepartment='aa'\n"), ["`aa` is no department", "did you mean `a`"]),
    (ORG, written(DEPARTMENT + "[[units]]\nid='U'\ndepartment='a'\nto=2023-12-31\n[[units]]\nid='U'\ndepartment='a'\nfrom=2024-01-02\n"), ["leaves a gap"]),
    (G, written(ABOUT + GROUP.replace("556016-0680", "556000")), ["556000", "no organisation number"]),
    (G, written(ABOUT + GROUP.replace("'own'", "'affiliate'")), ["`successor_org_number`", "is missing"]),
    (G, written(ABOUT + GROUP.replace("'own'", "'rename'") + "successor_org_number='5560160680'\n"), ["is the company itself"]),
    (V, written(ABOUT + "[[generic_names]]\nid='a'\ntitle='t'\nname=['x']\n"), ["`name`", "did you mean `names`"]),
    (F, written(FINDING.replace("flagged=false", "flagged=true")), ["must hold a row that is flagged and a row that is not"]),
    (F, written(FINDING.replace("misses='m'\n", "")), ["reader", "`misses`", "is missing"]),
    (F, written(FINDING.replace("$n", "$m")), ["$m", "has no value"]),
    (F, written(FINDING.replace("n=1", "n=1\nk=2")), ["`k`", "is not used"]),
    (F, written(FINDING.replace("code='E'", "code='e e'")), ["no code"]),
    (F, written(FINDING.replace("titel", "title").replace("subject='purchases'", "subject='p; drop'")), ["no table"]),
    (F, written(FINDING.replace("given={days=2}", "given={}")), ["must draw a row", "cases[1]"]),
    ("exclusion.toml", written(ABOUT), ["no rule file has this name", "did you mean `exclusions`"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "change", "named"), WRONG, ids=[f"{n}-{file}" for n, (file, *_) in enumerate(WRONG)]
)
def test_a_wrong_rule_is_refused_with_file_entry_key_and_nearest_name(
    folder: Path, file: str, change: Callable[[str], str], named: list[str]
) -> None:
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(change(path.read_text("utf-8") if path.exists() else ""), "utf-8")
    with pytest.raises((RuleError, Problems)) as caught:
        read_rules(folder)
    message = str(caught.value)
    assert f"rules/{file}" in message
    for part in named:
        assert part in message
    assert caught.value.exit_code == 4  # type: ignore[attr-defined]  # both kinds have one


def test_at_least_sixty_wrong_files_are_tried() -> None:
    assert len(WRONG) >= 60


def test_a_message_tells_the_line_of_the_entry(folder: Path) -> None:
    path = folder / "limits.toml"
    lines = path.read_text("utf-8").splitlines()
    row = next(n for n, line in enumerate(lines, 1) if "direct-award-2014-07-01" in line)
    path.write_text("\n".join(lines).replace("505_800", "505_800.123"), "utf-8")
    with pytest.raises(RuleError) as caught:
        read_rules(folder)
    assert caught.value.at.row == row - 1  # its [[limits]]
    assert "direct-award-2014-07-01" in str(caught.value)


def test_all_problems_of_all_files_are_told_at_once(folder: Path) -> None:
    (folder / "limits.toml").unlink()
    (folder / "policy.toml").write_text("[baselin]\n")
    with pytest.raises(Problems) as caught:
        read_rules(folder)
    told = str(caught.value)
    assert "rules/limits.toml: there is no such file" in told
    assert "did you mean `baseline`" in told
    assert "tail_days" in told


def test_a_byte_order_mark_and_latin_1_are_told_apart(folder: Path) -> None:
    path = folder / "vendors.toml"
    text = path.read_text("utf-8")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    read_rules(folder)
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(RuleError, match="not UTF-8"):
        read_rules(folder)


def test_a_finding_with_cases_on_both_sides_is_read(folder: Path) -> None:
    (folder / "findings").mkdir(exist_ok=True)
    (folder / "findings" / "e.toml").write_text(FINDING)
    found = [finding for finding in read_rules(folder).findings if finding.code == "E"]
    assert [case.flagged for case in found[0].cases] == [True, False]
    assert found[0].parameters == {"n": 1}
    assert found[0].cases[0].given == {"days": 2}


def test_a_parameter_may_be_named_in_capitals(folder: Path) -> None:
    (folder / "findings").mkdir(exist_ok=True)
    text = FINDING.replace("$n", "$Days_2").replace("n=1", "Days_2=1")
    (folder / "findings" / "e.toml").write_text(text)
    found = [finding for finding in read_rules(folder).findings if finding.code == "E"]
    assert found[0].parameters == {"Days_2": 1}
    (folder / "findings" / "e.toml").write_text(FINDING.replace("$n", "$n + $Days"))
    with pytest.raises(RuleError, match=r"uses \$Days, which has no value"):
        read_rules(folder)


def test_two_findings_with_one_code_are_refused(folder: Path) -> None:
    (folder / "findings").mkdir(exist_ok=True)
    for name in ("a1", "a2"):
        (folder / "findings" / f"{name}.toml").write_text(FINDING)
    with pytest.raises(RuleError, match=r"used twice, first in rules/findings/a1\.toml"):
        read_rules(folder)
