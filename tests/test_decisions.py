"""A decision is kept, the later of two holds, and nothing that was decided is ever lost."""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from compliance.decisions import COLUMNS, read_decisions
from compliance.errors import InputError, Problems
from compliance.new_decisions import append_decisions
from compliance.workspace import Settings, Workspace

HEADER = ",".join(COLUMNS)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, Settings(name="Exempel"))


def given(workspace: Workspace, *lines: str) -> None:
    workspace.decisions.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")


def test_a_key_in_letters_of_two_signs_is_the_ledgers_name(workspace: Workspace) -> None:
    key = unicodedata.normalize("NFD", "Näversta Åkeri AB")
    given(workspace, f"2026-01-02,Inköp,vendor_match,{key},reject,,,,,")
    assert read_decisions(workspace).live["key"].to_list() == ["Näversta Åkeri AB"]


ACCEPT: Mapping[str, object] = {
    "decided_on": date(2026, 1, 2),
    "decided_by": "Inköp",
    "subject": "vendor_match",
    "key": "Ericsson",
    "decision": "accept",
    "supplier_org_number": "556016-0680",
}


def test_no_file_is_no_decision(workspace: Workspace) -> None:
    assert read_decisions(workspace).live.height == 0


def test_a_decision_is_read_with_its_number_in_one_form(workspace: Workspace) -> None:
    given(workspace, "2024-03-04,Inköp,vendor_match,Ericsson,accept,SE556016068001,,2024-01-01,,ok")
    assert read_decisions(workspace).live.row(0, named=True) == {
        "decision_row": 2,
        "decided_on": date(2024, 3, 4),
        "decided_by": "Inköp",
        "subject": "vendor_match",
        "key": "Ericsson",
        "decision": "accept",
        "supplier_org_number": "5560160680",
        "contract_id": None,
        "valid_from": date(2024, 1, 1),
        "valid_to": None,
        "note": "ok",
        "contested_by_row": None,
    }


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2024-03-04,I,vendor_mach,E,accept,556016-0680,,,,", "did you mean `vendor_match`"),
        ("2024-03-04,I,vendor_match,E,acept,556016-0680,,,,", "did you mean `accept`"),
        ("2024-03-04,I,vendor_match,E,accept,,,,,", "accepted as which supplier"),
        ("2024-03-04,I,vendor_match,E,accept,55601,,,,", "neither an organisation number"),
        ("2024-03-04,I,line,abc,exempt,,,,,", "`abc` is no line_id"),
        ("2024-03-04,I,line,17,covered,,,,,", "covered by which contract"),
        ("2024-03-04,I,line,17,expird,,,,,", "did you mean `expired`"),
        ("2024-03-04,I,person,,person,,,,,", "no key"),
        ("2024-03-04,,person,E,person,,,,,", "no decided_by"),
        ("4 mars,I,person,E,person,,,,,", "cannot be read as a date"),
        (",I,person,E,person,,,,,", "no decided_on"),
        ("2024-03-04,I,person,E,person,,,2024-02-01,2024-01-01,", "before it starts"),
    ],
)
def test_a_decision_that_says_nothing_is_refused_by_row(
    workspace: Workspace, line: str, told: str
) -> None:
    given(workspace, line)
    with pytest.raises(InputError, match=r"decisions\.csv, row 2, column") as caught:
        read_decisions(workspace)
    assert told in str(caught.value)


@pytest.mark.parametrize("key", ["8.19881E+18", '"8,19881E+18"', "8E+18"])
def test_a_line_id_that_excel_rounded_is_told_so(workspace: Workspace, key: str) -> None:
    given(workspace, f"2024-03-04,I,line,{key},exempt,,,,,")
    with pytest.raises(InputError, match="is no line_id") as caught:
        read_decisions(workspace)
    assert "Excel has rounded it" in caught.value.fix
    assert "evidence workbook or `compliance sql`" in caught.value.fix
    given(workspace, "2024-03-04,I,line,abc,exempt,,,,,")
    with pytest.raises(InputError) as other:
        read_decisions(workspace)
    assert "Excel" not in other.value.fix


def live(workspace: Workspace) -> list[tuple[object, ...]]:
    frame = read_decisions(workspace).live
    return frame.select("decision_row", "decision", "valid_from", "valid_to").rows()


def test_the_later_of_two_that_contradict_holds_whatever_their_order(workspace: Workspace) -> None:
    old, new = "2024-01-01,I,person,E,person,,,,,", "2024-01-02,I,person,E,not_person,,,,,"
    given(workspace, new, old)
    assert live(workspace) == [(2, "not_person", None, None)]
    assert read_decisions(workspace).replaced["decision_row"].to_list() == [3]
    assert read_decisions(workspace).superseded == (
        {"decision_row": 3, "subject": "person", "key": "E", "by_row": 2, "still_holds": False},
    )


def test_on_the_same_day_the_later_row_holds(workspace: Workspace) -> None:
    given(workspace, "2024-01-01,I,line,7,expired,,,,,", "2024-01-01,I,line,7,exempt,,,,,")
    assert live(workspace) == [(3, "exempt", None, None)]


def test_a_later_decision_takes_only_its_own_days(workspace: Workspace) -> None:
    given(
        workspace,
        "2024-01-01,I,vendor_match,E,accept,556016-0680,,,,",
        "2024-06-01,I,vendor_match,E,accept,559890-5148,,2024-01-01,2024-12-31,",
    )
    assert live(workspace) == [
        (2, "accept", None, date(2023, 12, 31)),
        (2, "accept", date(2025, 1, 1), None),
        (3, "accept", date(2024, 1, 1), date(2024, 12, 31)),
    ]
    assert read_decisions(workspace).superseded[0]["still_holds"] is True
    assert read_decisions(workspace).replaced.height == 0


def test_decisions_on_days_apart_do_not_contradict(workspace: Workspace) -> None:
    given(
        workspace,
        "2024-01-01,I,vendor_match,E,accept,556016-0680,,,2023-12-31,",
        "2024-01-01,I,vendor_match,E,accept,559890-5148,,2024-01-01,,",
    )
    assert len(live(workspace)) == 2
    assert not read_decisions(workspace).superseded


def test_to_reject_one_supplier_does_not_undo_the_acceptance_of_another(
    workspace: Workspace,
) -> None:
    accept = "2024-01-01,I,vendor_match,E,accept,556016-0680,,,,"
    given(workspace, accept, "2024-01-02,I,vendor_match,E,reject,559890-5148,,,,")
    assert len(live(workspace)) == 2
    given(workspace, accept, "2024-01-02,I,vendor_match,E,reject,5560160680,,,,")
    assert live(workspace) == [(3, "reject", None, None)]


def test_a_vendor_s_name_is_one_key_in_any_case(workspace: Workspace) -> None:
    given(
        workspace,
        "2024-01-01,I,vendor_match,Alpha Cleaning,accept,556016-0680,,,,",
        "2024-01-02,I,vendor_match,ALPHA  CLEANING,reject,556016-0680,,2024-07-01,,",
    )
    assert live(workspace) == [
        (2, "accept", None, date(2024, 6, 30)),
        (3, "reject", date(2024, 7, 1), None),
    ]


def test_a_decision_on_a_posting_loses_only_the_days_of_a_later_one(workspace: Workspace) -> None:
    given(
        workspace,
        "2024-08-01,I,line,7,exempt,,,,,",
        "2024-09-01,I,line,7,no_contract,,,2025-01-01,,",
    )
    assert live(workspace) == [
        (2, "exempt", None, date(2024, 12, 31)),
        (3, "no_contract", date(2025, 1, 1), None),
    ]


def test_two_spellings_of_a_number_are_one_key(workspace: Workspace) -> None:
    given(workspace, "2024-01-01,I,person,811228-9874,person,,,,,", "2024-01-02,I,person,198112289874,not_person,,,,,")  # fmt: skip
    assert [row[1] for row in live(workspace)] == ["not_person"]
    assert read_decisions(workspace).live["key"].to_list() == ["8112289874"]


def test_a_name_that_holds_a_number_stays_a_name(workspace: Workspace) -> None:
    given(workspace, '2024-01-01,I,person,"Anna, 811228-9874",person,,,,,')
    assert read_decisions(workspace).live["key"].to_list() == ["Anna, 811228-9874"]


# ── adding ────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_added_is_read_back_and_what_stood_there_is_untouched(workspace: Workspace) -> None:
    given(workspace, '2024-03-04,"Inköp, L.",person,E,person,,,,,"en; ""not"""')
    before = workspace.decisions.read_bytes()
    added = append_decisions(workspace, [ACCEPT, {**ACCEPT, "key": 'Å "B", C;\nD', "note": "=1+1"}])
    assert added == 2
    assert workspace.decisions.read_bytes().startswith(before)
    frame = read_decisions(workspace).live
    assert frame["key"].to_list() == ["E", "Ericsson", 'Å "B", C; D']
    assert frame["note"].to_list() == ['en; "not"', None, "=1+1"]


def test_a_file_that_excel_saved_keeps_its_separator_and_its_last_line(
    workspace: Workspace,
) -> None:
    workspace.decisions.write_bytes(
        b"\xef\xbb\xbf"
        + HEADER.replace(",", ";").encode()
        + b"\r\n2024-01-01;I;person;E;person;;;;;"
    )
    append_decisions(workspace, [ACCEPT])
    assert read_decisions(workspace).live["key"].to_list() == ["E", "Ericsson"]


def test_a_new_file_gets_its_header(workspace: Workspace) -> None:
    append_decisions(workspace, [ACCEPT])
    assert workspace.decisions.read_text().splitlines()[0] == HEADER
    assert append_decisions(workspace, []) == 0


def test_nothing_is_added_when_one_of_them_cannot_be_read(workspace: Workspace) -> None:
    given(workspace, "2024-01-01,I,person,E,person,,,,,")
    before = workspace.decisions.read_bytes()
    with pytest.raises((InputError, Problems)):
        append_decisions(workspace, [ACCEPT, {**ACCEPT, "decision": "maybe"}])
    assert workspace.decisions.read_bytes() == before


OLD = "2024-03-04,Åke,vendor_match,E,accept,556016-0680,,,,not så"
SAID = {**ACCEPT, "decided_by": "Åsa", "note": "Örn; och, mer"}


@pytest.mark.parametrize(
    ("header", "old"),
    [
        (HEADER.upper(), OLD),
        (HEADER.replace("_", " ").title(), OLD),
        (f"Beslut 2026\n{HEADER}", OLD),
        (f"\n\nBeslut;2026;;\n\n{HEADER}", OLD),
        (HEADER.replace(",", ";"), OLD.replace(",", ";")),
        (HEADER.replace(",", "\t"), OLD.replace(",", "\t")),
        (f"key,{HEADER.replace('key,', '')},mitt", "E," + OLD.replace("E,", "") + ","),
        ("decided_on,decided_by,subject,key,decision,supplier_org_number,note",
         OLD.replace(",,,,", ",")),
    ],
    ids=["capitals", "blanks", "title above", "title and blank lines above", "semicolons", "tabs",
         "another order and a column more", "only some columns"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("cp1252", b""), ("utf-16-le", b"\xff\xfe")],
    ids=["UTF-8", "with BOM", "cp1252", "UTF-16"],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["ended", "not ended"])
def test_what_is_added_is_read_back_whatever_the_file_looks_like(
    workspace: Workspace, header: str, old: str, encoding: str, mark: bytes, end: str, last: str
) -> None:
    text = f"{header}\n{old}" + ("\n" if last == "ended" else "")
    before = mark + text.replace("\n", end).encode(encoding)
    workspace.decisions.write_bytes(before)

    append_decisions(workspace, [SAID])

    assert workspace.decisions.read_bytes().startswith(before)
    columns = ("decided_by", "key", "supplier_org_number", "note")
    assert read_decisions(workspace).live.select(columns).rows() == [
        ("Åke", "E", "5560160680", "not så"),
        ("Åsa", "Ericsson", "5560160680", "Örn; och, mer"),
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"decided_on,subject,key,decision\n", "no column `decided_by`"),
        (b"decided_on,decided_by,subject,key,decision\n", "no column `note`"),
        (f"{HEADER}\n{OLD}\n".encode("cp1252"), "have no `Ż`"),
        (f"{HEADER}\n{OLD.replace('not', chr(34) + 'not')}\n".encode(), "does not end"),
        (b"who,what\nI,that\n", "no known table"),
    ],
    ids=["no decider", "no note", "letters", "open quote", "another table"],
)
def test_what_cannot_be_added_is_refused_with_the_file_untouched(
    workspace: Workspace, content: bytes, why: str
) -> None:
    workspace.decisions.write_bytes(content)
    with pytest.raises(InputError, match=why):
        append_decisions(workspace, [{**ACCEPT, "note": "Żółć"}])
    assert workspace.decisions.read_bytes() == content


def test_a_new_file_is_for_the_group_and_an_old_ones_mode_is_kept(workspace: Workspace) -> None:
    before = os.umask(0o077)
    try:
        append_decisions(workspace, [ACCEPT])
        assert workspace.decisions.stat().st_mode & 0o777 == 0o640
        workspace.decisions.chmod(0o660)
        append_decisions(workspace, [{**ACCEPT, "key": "B"}])
    finally:
        os.umask(before)
    assert workspace.decisions.stat().st_mode & 0o777 == 0o660


def test_two_writers_take_turns(workspace: Workspace) -> None:
    def write(name: str) -> None:
        for n in range(20):
            append_decisions(workspace, [{**ACCEPT, "key": f"{name}{n}"}])

    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert read_decisions(workspace).live.height == 60


def test_a_full_disk_leaves_no_half_decision(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(workspace, "2024-01-01,I,person,E,person,,,,,")
    before = workspace.decisions.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("compliance.files.os.fsync", full)
    with pytest.raises(InputError, match="nothing was added"):
        append_decisions(workspace, [ACCEPT])
    assert workspace.decisions.read_bytes() == before


ANNA = "2024-03-04,Anna,vendor_match,E,accept,556016-0680,,,,"
BERTIL = "2024-03-04,Bertil,vendor_match,E,reject,556016-0680,,,,"


def contested(workspace: Workspace, *lines: str) -> list[tuple[int, int]]:
    given(workspace, *lines)
    return [(lost.row, held.row) for lost, held in read_decisions(workspace).contested]


def test_two_persons_who_contradict_each_other_on_one_day_are_told_with_both_rows(
    workspace: Workspace,
) -> None:
    assert contested(workspace, ANNA, BERTIL) == [(2, 3)]
    assert read_decisions(workspace).replaced["contested_by_row"].to_list() == [3]
    line = "2024-03-04,{},line,17,{},,{},,,"
    by_line = (line.format("Anna", "covered", "A-1"), line.format("Bertil", "uncovered", ""))
    assert contested(workspace, *by_line) == [(2, 3)]


@pytest.mark.parametrize(
    "lines",
    [
        (ANNA, BERTIL.replace("-04,", "-05,")),  # which is the later is plain
        (ANNA, BERTIL.replace("Bertil", "ANNA")),  # who changes her mind
        (ANNA, ANNA.replace("Anna", "Bertil")),  # who agree
        (ANNA, BERTIL.replace("556016-0680", "556700-0103")),  # another supplier
        (ANNA, BERTIL, ANNA.replace("-04,", "-06,")),  # settled since
        (ANNA.replace(",,,,", ",,,2023-12-31,"), BERTIL.replace(",,,,", ",,2024-01-01,,")),
    ],
    ids=["later", "one person", "agreed", "another supplier", "settled", "other days"],
)
def test_what_is_settled_or_no_contradiction_is_not_told(
    workspace: Workspace, lines: tuple[str, ...]
) -> None:
    assert contested(workspace, *lines) == []


@pytest.mark.parametrize(
    ("header", "fix"),
    [
        ("valid_too", "did you mean `valid_to`?"),
        ("giltig t.o.m.", "use one of: valid_to"),
    ],
)
def test_a_column_that_is_not_known_is_no_decision_for_ever(
    workspace: Workspace, header: str, fix: str
) -> None:
    row = "2026-01-02,Inköp,vendor_match,Ericsson,accept,5560160680,,2026-01-01,2026-01-31,"
    text = f"{HEADER.replace('valid_to', header)}\n{row}\n"
    workspace.decisions.write_text(text, "utf-8")
    with pytest.raises(InputError, match="is not known") as refused:
        read_decisions(workspace)
    assert str(refused.value.at) == "decisions.csv, row 1"
    assert refused.value.fix == fix
