"""What a reviewer decided lands on the vendor it was decided about, or is refused by its cell."""

from __future__ import annotations

import stat
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from compliance import review
from compliance.decisions import read_decisions
from compliance.errors import InputError
from compliance.new_decisions import append_decisions
from compliance.review import Reviewed
from compliance.review_queue import Candidate, Invoice, Waiting, waiting
from compliance.workspace import Workspace

DAY = date(2026, 11, 23)


def candidate(number: int, name: str) -> Candidate:
    return Candidate(f"Saaaaaaaaa{number:02}", name, f"55600{number:05}", 0.8, "same name")


QUEUE = (
    Waiting("Vaaaaaaaaaaa", "ACME BYGG", "", Decimal("9000.50"),
            (candidate(1, "Acme Bygg AB"), candidate(2, "Acme Bygg i Umeå AB")), 3,
            date(2026, 1, 2), date(2026, 10, 1), (Invoice(date(2026, 10, 1), Decimal(12)),)),
    Waiting("Vbbbbbbbbbbb", "=HYPERLINK(1)", "0012345678", Decimal("-500.00"),
            (candidate(3, "Hyper AB"),)),
    Waiting("Vccccccccccc", "Acme-bygg", "", Decimal(100), (candidate(1, "Acme Bygg AB"),)),
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return review.export(QUEUE, tmp_path / "review.xlsx", language="sv")


def edited(file: Path, **cells: object) -> Path:
    """Write values into cells named A2, B3, …, as a person would, and save."""
    book = load_workbook(file)
    for name, value in cells.items():
        book.worksheets[0][name] = value
    book.save(file)
    return file


def answer(one: Waiting, number: int) -> str:
    return list(one.answers("Ingen av dem"))[number]


def read(file: Path, queue: tuple[Waiting, ...] = QUEUE, taken: Any = ()) -> Reviewed:
    return review.read(file, queue, taken, decided_on=DAY, decided_by="eva")


def pairs(reviewed: Reviewed) -> set[tuple[object, object, object]]:
    return {(d["key"], d["decision"], d["supplier_org_number"]) for d in reviewed.decisions}


def test_the_workbook_is_private_and_its_names_are_text(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    sheet = load_workbook(file).worksheets[0]
    assert [sheet.cell(row, 4).value for row in (2, 3, 4)] == [
        "ACME BYGG",
        "=HYPERLINK(1)",
        "Acme-bygg",
    ]
    assert sheet["D3"].data_type == "s"
    [offer] = sheet.data_validations.dataValidation
    assert offer.formula1 == "$N2:$P2"
    assert str(offer.sqref) == "A2:A4"
    assert sheet["N2"].value == answer(QUEUE[0], 0)


def test_answers_come_back_as_decisions_that_the_next_build_reads(
    file: Path, tmp_path: Path
) -> None:
    (tmp_path / "compliance.toml").write_text('[organisation]\nname = "B"\n')
    place = Workspace.open(tmp_path)
    edited(file, A2=answer(QUEUE[0], 1), A3=answer(QUEUE[1], 1), B2="ringde, =SUM(1)")
    reviewed = read(file)

    assert not reviewed.refusals
    assert reviewed.empty == 1
    assert pairs(reviewed) == {
        ("Vaaaaaaaaaaa", "accept", "5560000002"),
        ("Vbbbbbbbbbbb", "reject", ""),
    }
    assert append_decisions(place, reviewed.decisions) == 2
    live = read_decisions(place).live.to_dicts()
    assert [row["decided_by"] for row in live] == ["eva", "eva"]
    assert live[0]["note"] == "ringde, =SUM(1)"

    # The same file again, or the other reviewer's with the same answers, adds nothing.
    again = read(file, taken=live)
    assert (again.decisions, again.refusals, again.known) == ((), (), 2)


def test_an_answer_that_the_last_build_has_used_is_known_and_another_is_refused(file: Path) -> None:
    edited(file, A2=answer(QUEUE[0], 0), A3=answer(QUEUE[1], 1))
    used = read(file).decisions
    assert [d["decision"] for d in used] == ["accept", "reject"]
    again = read(file, queue=QUEUE[2:], taken=used)
    assert (again.known, again.refusals) == (2, ())
    edited(file, A2=answer(QUEUE[0], 1), A3=answer(QUEUE[1], 0))
    other = read(file, queue=QUEUE[2:], taken=used)
    assert (other.known, len(other.refusals), other.decisions) == (0, 2, ())
    told = str(other.refusals[0])
    assert "by eva on 2026-11-23" in told
    assert "compliance review export" not in told  # the vendor waits no more: a circle
    assert (
        "a later row to decisions.csv: "
        "2026-11-23,eva,vendor_match,Vaaaaaaaaaaa,accept,5560000002,,,," in told
    )
    again = read(file, queue=QUEUE[2:], taken=[{**used[0], "decision_row": 7, "note": "Ringt"}])
    assert "decisions.csv, row 7: accept 5560000001 by eva on 2026-11-23 (Ringt)" in str(
        again.refusals[0]
    )
    edited(file, A2=answer(QUEUE[0], 2), A3=None)
    nobody = read(file, queue=QUEUE[2:], taken=used)
    assert "vendor_match,Vaaaaaaaaaaa,reject,,,,," in nobody.refusals[0].fix


def test_a_second_reviewer_who_decides_otherwise_is_refused_by_cell(file: Path) -> None:
    edited(file, A2=answer(QUEUE[0], 0))
    first = read(file).decisions
    edited(file, A2=answer(QUEUE[0], 1))
    second = read(file, taken=first)

    assert not second.decisions
    [refusal] = second.refusals
    assert "cell A2: somebody has decided otherwise" in str(refusal)
    assert "by eva on 2026-11-23" in str(refusal)


def test_a_supplier_rejected_before_does_not_stand_in_the_way_of_another(file: Path) -> None:
    no = {"subject": "vendor_match", "key": "Vaaaaaaaaaaa", "decision": "reject",
          "supplier_org_number": "5560000001", "decided_by": "bo", "decided_on": DAY}  # fmt: skip
    assert len(read(edited(file, A2=answer(QUEUE[0], 1)), taken=[no]).decisions) == 1
    assert len(read(edited(file, A2=answer(QUEUE[0], 0)), taken=[no]).refusals) == 1


@pytest.mark.parametrize("chosen", [0, 1], ids=["the same supplier", "another"])
def test_an_answer_holds_for_the_days_that_an_ended_decision_leaves(
    file: Path, chosen: int
) -> None:
    ended = {"subject": "vendor_match", "key": "Vaaaaaaaaaaa", "decision": "accept",
             "supplier_org_number": "5560000001", "decided_by": "bo", "decided_on": DAY,
             "valid_from": None, "valid_to": date(2023, 12, 31)}  # fmt: skip
    edited(file, A2=answer(QUEUE[0], chosen))
    found = read(file, taken=[ended])
    [new] = found.decisions
    assert (new["valid_from"], new["valid_to"]) == (date(2024, 1, 1), None)
    assert new["supplier_org_number"] == f"556000000{chosen + 1}"
    again = read(file, taken=[ended, new])
    assert (again.decisions, again.refusals, again.known) == ((), (), 1)


def test_an_answer_that_would_stand_on_both_sides_of_a_decision_is_refused(file: Path) -> None:
    taken = {"subject": "vendor_match", "key": "Vaaaaaaaaaaa", "decision": "accept",
             "supplier_org_number": "5560000001", "decided_by": "bo", "decided_on": DAY,
             "valid_from": date(2023, 1, 1), "valid_to": date(2023, 12, 31)}  # fmt: skip
    [refusal] = read(edited(file, A2=answer(QUEUE[0], 0)), taken=[taken]).refusals
    assert "ever to 2022-12-31 and 2024-01-01 to ever" in refusal.why


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_a_damaged_workbook_is_refused_as_one(file: Path, tmp_path: Path, part: str) -> None:
    damaged = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(damaged, "w") as out:
        for name in whole.namelist():
            content = whole.read(name)
            out.writestr(name, content[: len(content) // 2] if name == part else content)
    with pytest.raises(InputError, match="cannot be read as a workbook"):
        read(damaged)


def test_rows_may_be_sorted_removed_and_filtered(file: Path) -> None:
    edited(file, A2=answer(QUEUE[0], 0), A4=answer(QUEUE[2], 0))
    book = load_workbook(file)
    sheet = book.worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    sheet.delete_rows(2, 3)
    for row in (rows[2], rows[0]):
        sheet.append(row)
    sheet.row_dimensions[2].hidden = True
    book.save(file)

    assert pairs(read(file)) == {
        ("Vaaaaaaaaaaa", "accept", "5560000001"),
        ("Vccccccccccc", "accept", "5560000001"),
    }


def test_an_answer_that_slid_to_another_row_is_refused_even_where_the_supplier_is_the_same(
    file: Path,
) -> None:
    # A2 and A4 both offer Acme Bygg AB; only the decision column was sorted.
    reviewed = read(edited(file, A4=answer(QUEUE[0], 0)))
    assert not reviewed.decisions
    [refusal] = reviewed.refusals
    assert "cell A4: " in str(refusal)
    assert "none of this row's answers" in str(refusal)


@pytest.mark.parametrize(
    ("cells", "cell", "told"),
    [
        ({"A2": "ja"}, "A2", "`ja` is none of this row's answers"),
        ({"A2": "=A3"}, "A2", "is none of this row's answers"),
        ({"A2": 1}, "A2", "none of this row's answers"),
        ({"A2": "{0}", "Q2": None}, "Q2", "the row has no key"),
        ({"A2": "{0}", "Q2": "Vzzzzzzzzzzz"}, "Q2", "does not wait for a decision"),
        ({"A2": "{0}", "R2": "x"}, "R2", "asks something else than today's queue"),
        ({"A2": "{0}", "D2": "Acme-bygg"}, "D2", "not the vendor of this row's key"),
        ({"A2": "{0}", "E2": "5560000001"}, "E2", "not the number of this row's vendor"),
        ({"B3": "vet ej"}, "B3", "a note without a decision is not kept"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit_is_refused_and_names_its_cell(
    file: Path, cells: dict[str, object], cell: str, told: str
) -> None:
    values = {n: answer(QUEUE[0], 0) if v == "{0}" else v for n, v in cells.items()}
    reviewed = read(edited(file, **values))
    assert not reviewed.decisions
    [refusal] = reviewed.refusals
    assert f"cell {cell}: " in str(refusal)
    assert told in str(refusal)
    assert f"row {cell[1:]}" in str(refusal.at)


def test_a_number_that_lost_its_zeros_is_still_that_number(file: Path) -> None:
    reviewed = read(edited(file, A3=answer(QUEUE[1], 0), E3=12345678))
    assert pairs(reviewed) == {("Vbbbbbbbbbbb", "accept", "5560000003")}


def test_a_vendor_whose_candidates_changed_since_is_refused(file: Path) -> None:
    edited(file, A3=answer(QUEUE[1], 0))
    now = Waiting(**{**vars(QUEUE[1]), "candidates": (candidate(9, "Hyper Nio AB"),)})
    reviewed = read(file, queue=(QUEUE[0], now, QUEUE[2]))
    assert "cell R3" in str(reviewed.refusals[0])
    # More money or another invoice is no other question.
    more = Waiting(**{**vars(QUEUE[1]), "amount_sek": Decimal(1), "line_count": 99})
    assert read(file, queue=(more,)).decisions


def test_one_vendor_with_two_answers_is_refused_in_both_cells(file: Path) -> None:
    book = load_workbook(edited(file, A2=answer(QUEUE[0], 0)))
    sheet: Worksheet = book.worksheets[0]
    sheet.append([answer(QUEUE[0], 1), *[cell.value for cell in sheet[2]][1:]])
    book.save(file)
    reviewed = read(file)
    assert not reviewed.decisions
    assert [r.what[:7] for r in reviewed.refusals] == ["cell A2", "cell A5"]
    assert "they stand in A2, A5" in str(reviewed.refusals[0])


def test_another_workbook_is_refused_whole(file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no review workbook"):
        read(edited(file, Q1="Nycklar"))
    (tmp_path / "x.xlsx").write_bytes(b"not a zip")
    with pytest.raises(InputError, match="cannot be read as a workbook"):
        read(tmp_path / "x.xlsx")


def test_a_copied_sheet_is_refused_for_nothing_tells_which_was_answered(file: Path) -> None:
    book = load_workbook(file)
    book.copy_worksheet(book.worksheets[0]).title = "Granskning (2)"
    book.save(file)
    with pytest.raises(InputError, match=r"`Granskning` and `Granskning \(2\)` are both a review"):
        read(file)


def test_an_english_workbook_answers_the_same(tmp_path: Path) -> None:
    file = review.export(QUEUE, tmp_path / "r.xlsx", language="en")
    none = list(QUEUE[0].answers("None of them"))[-1]
    assert pairs(read(edited(file, A2=none))) == {("Vaaaaaaaaaaa", "reject", "")}


@pytest.mark.parametrize("number", ["850101-XXXX", "850101XXXX", "", "finns ej"])
def test_a_candidate_without_a_whole_number_is_decided_on_by_its_id(number: str) -> None:
    assert Candidate("Saaaaaaaaa22", "Roos", number).number == "Saaaaaaaaa22"


def test_the_queue_has_the_largest_kronor_first_and_real_names_for_those_who_may_see_them() -> None:
    def ask(sql: str, _: object) -> list[dict[str, Any]]:
        if "from match_candidates" in sql:
            return [{"vendor_id": "P1", "supplier_id": "S1", "supplier_name": "Eva AB",
                     "org_number": None, "probability": 0.7, "evidence": "e"}]  # fmt: skip
        if "as position" in sql:
            return []
        return [{"vendor_id": "P1", "vendor_name": "Person 1", "org_number": None,
                 "amount_sek": Decimal(5), "line_count": 1, "first_date": DAY, "last_date": DAY}]  # fmt: skip

    [one] = waiting(ask, {"P1": "Eva Ek"})
    assert one.vendor_name == "Eva Ek"
    assert one.candidates[0].number == "S1"
