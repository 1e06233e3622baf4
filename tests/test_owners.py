"""owners.py: what is read in a letter, and what each of it says against sending it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO

import mail_house as house
import openpyxl
import pytest
from mail_house import CARE, MONTH, SCHOOL, SENDER, SOCIAL

from compliance.owners import Expected, Owners, reasons_against
from compliance.rule_entries import Department, Unit
from compliance.words import own_words

DAY = date(2026, 10, 14)
OURS, THEIRS = "Försörjningsstöd", "Grundskola norr"
OWNERS = Owners.of(house.HOUSE.organisation, house.HOUSE.units)
NAMES_READER = f"<p>{SOCIAL.title}</p>"
PROVEN = f"<table><tr><th>{OURS}</th><td>1</td></tr></table>"
XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOTHING_PROVEN = "no row in the letter says whose it is"

Rows = Sequence[Sequence[object]]


def letter(
    html: str | None = NAMES_READER + PROVEN,
    *sheets: Rows,
    text: str = "Se bilagan.",
    reader: Department = SOCIAL,
    cte: str = "base64",
) -> bytes:
    """A letter as a reader may get it, with one workbook of these sheets."""
    message = EmailMessage(policy=SMTP)
    for name, value in (
        ("From", SENDER), ("To", reader.email), ("Subject", "Oktober"),
        ("Date", "Thu, 05 Nov 2026 08:00:00 +0000"), ("Message-ID", "<1@bjorkvik.example>"),
        ("X-Compliance-Department", reader.title), ("X-Compliance-Month", "2026-10"),
    ):  # fmt: skip
        message[name] = value
    message.set_content(text, cte="base64")
    if html is not None:
        message.add_alternative(html, subtype="html", cte=cte)
    if sheets:
        message.add_attachment(workbook(*sheets), "application", XLSX, filename="underlag.xlsx")
    return message.as_bytes()


def workbook(*sheets: Rows) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"S{number}")
        for row in rows:
            sheet.append(list(row))
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def against(
    content: bytes, *, reader: Department = SOCIAL, owners: Owners = OWNERS
) -> tuple[str, ...]:
    return reasons_against(content, Expected(reader.title, MONTH, SENDER, reader.email), owners)


def test_nothing_is_said_against_a_letter_of_the_readers_own() -> None:
    rows = [("Förvaltning", "Enhet", "Datum", "Kronor"), (SOCIAL.title, OURS, DAY, 1.5)]
    assert against(letter(NAMES_READER + PROVEN, rows)) == ()


# ── whose a unit is ────────────────────────────────────────────────────────────


def test_a_unit_is_its_departments_from_its_first_day_to_its_last() -> None:
    assert OWNERS.owner("Måltidsservice", date(2025, 12, 31)) == SCHOOL.title
    assert OWNERS.owner("  MÅLTIDSSERVICE ", date(2026, 1, 1)) == CARE.title
    began = Owners.of(["A"], [Unit("X", "A", DAY, DAY)])
    days = [date(2026, 10, day) for day in (13, 14, 15)]
    assert [began.owner("X", day) for day in days] == [None, "A", None]
    assert OWNERS.owner("Okänd", DAY) is None


def test_a_departments_own_are_all_that_are_or_were_its() -> None:
    assert OWNERS.own(SOCIAL.title) == {"socialförvaltningen", "försörjningsstöd"}
    assert "måltidsservice" in OWNERS.own(SCHOOL.title) & OWNERS.own(CARE.title)


def test_foreign_is_a_known_unit_that_was_never_the_departments() -> None:
    assert OWNERS.is_foreign("Måltidsservice", SOCIAL.title) is True
    assert OWNERS.is_foreign("Måltidsservice", SCHOOL.title) is False
    assert OWNERS.is_foreign("Okänd", SOCIAL.title) is False


# ── the bytes and the head ─────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("was", "instead"),
    [(b"Subject: Oktober\r\n", b"Subject: Oktober\n"), (b"Date:", b"Date:\r "), (b"--\r\n", b"--")],
)
def test_every_line_ends_in_crlf(was: bytes, instead: bytes) -> None:
    assert "a line does not end in CRLF" in against(letter().replace(was, instead))


def test_a_line_has_998_characters_at_most() -> None:
    for length, found in ((998, ()), (999, ("a line is longer than 998 characters",))):
        assert against(b"X-Long: ".ljust(length, b"x") + b"\r\n" + letter()) == found


def test_a_byte_that_is_not_ascii_is_told() -> None:
    content = letter().replace(b"Oktober", "Ökt".encode())
    assert against(content) == ("a byte is not ASCII",)


def test_a_line_of_the_head_stands_there_once() -> None:
    assert against(b"Subject: x\r\n" + letter()) == ("the letter has 2 `Subject` lines, not one",)
    gone = letter().replace(b"Subject: Oktober\r\n", b"")
    assert against(gone) == ("the letter has 0 `Subject` lines, not one",)


def test_nobody_else_is_written_to() -> None:
    assert against(b"Cc: x@y.se\r\n" + letter()) == ("the letter has a `Cc` line",)
    assert against(letter().replace(b"To: ", b"Tu: ")) == (
        "the letter has 0 `To` lines, not one",
        f"its `To` line says nobody, not {SOCIAL.email}",
    )
    other = letter().replace(SOCIAL.email.encode(), b"x@y.se")
    assert against(other) == (f"its `To` line says x@y.se, not {SOCIAL.email}",)


def test_the_letter_says_its_own_department_and_month() -> None:
    assert against(letter().replace(b"2026-10", b"2026-11")) == (
        "the letter is about 2026-11, not 2026-10",
    )
    school = letter().replace(b"X-Compliance-Department: ", b"X-Compliance-Department: x")
    assert len(against(school)) == 1
    assert "not for `Socialförvaltningen`" in against(school)[0]


def test_what_the_parser_cannot_read_is_not_sent() -> None:
    (told,) = against(letter().replace(b'text/plain; charset="utf-8"', b"text/plain; charset=xx"))
    assert told.startswith("the letter cannot be read: LookupError: ")


# ── the parts ──────────────────────────────────────────────────────────────────


def test_a_part_that_nobody_can_check_is_told() -> None:
    told = against(letter().replace(b"text/plain", b"text/calendar"))
    assert told == ("a part is text/calendar, which cannot be checked",)


def test_a_damaged_part_is_told() -> None:
    content = letter().replace(b"U2Ug", b"U2!Ug")
    assert against(content) == ("a part is damaged: InvalidBase64CharactersDefect",)


def test_the_text_names_no_other_department() -> None:
    told = against(letter(text=f"Hej\n{SCHOOL.title.upper()}\n{SOCIAL.title}"))
    assert told == (f"the text names `{SCHOOL.title.upper()}`, which is not of {SOCIAL.title}",)


def test_a_letter_names_its_reader_where_it_is_read() -> None:
    rows = [("Förvaltning", "Enhet", "Datum"), (SOCIAL.title, OURS, DAY)]
    told = (f"the letter does not name {SOCIAL.title}",)
    assert against(letter(PROVEN, rows)) == told
    assert against(letter(None, rows, text=SOCIAL.title)) == told


@pytest.mark.parametrize(
    "html",
    [
        f"<th>{OURS}</th>",
        f"<th> <b>{OURS.upper()}</b></th>",
        "<th>Försörj<b>nings</b>stöd</th>",
        "<th>Försörj</i>ningsstöd</th>",
        f"<table><tr><th><b>{OURS}</th></tr>",
        "<th>F&ouml;rs&ouml;rj<br>ningsst&#246;d</th>",
        f'<tr data-unit="{OURS}"><td>1</td></tr>',
    ],
)
def test_a_row_of_the_readers_own_unit_is_proof(html: str) -> None:
    assert against(letter(NAMES_READER + html)) == ()


@pytest.mark.parametrize(
    "html",
    [
        "",
        f"<td>{OURS}</td>",
        "<th>Leverantör</th>",
        "<th>Försörj</th>ningsstöd",
        f'<tr data-department="{SOCIAL.title}">',
        '<tr data-unit="">',
        "<tr data-unit>",
        f'<tr title="{OURS}">',
    ],
)
def test_nothing_else_is_proof(html: str) -> None:
    assert against(letter(NAMES_READER + html)) == (NOTHING_PROVEN,)


@pytest.mark.parametrize(
    ("html", "told"),
    [
        (f"<th>{THEIRS}</th>", f"the letter has a row for `{THEIRS}`, which is not theirs"),
        (f"<tr><th>Enhet<th>{THEIRS}</th>", f"the letter has a row for `{THEIRS}`, which is not theirs"),
        (f'<tr data-unit="{THEIRS}"/>', f"the letter has unit `{THEIRS}`, which is not theirs"),
        ('<tr data-unit="Okänd">', "the letter has unit `Okänd`, which is not theirs"),
        (f'<i data-department="{CARE.title}">', f"a mark in the letter says `{CARE.title}`"),
        (f"<td>x<br>{CARE.title}</td>", f"the letter names `{CARE.title}`, which is not of {SOCIAL.title}"),
        ("<td>Vård- och <b>omsorgsförvaltningen</b></td>", f"the letter names `{CARE.title}`, which is not of {SOCIAL.title}"),
    ],
)  # fmt: skip
def test_what_the_page_has_of_others_is_told(html: str, told: str) -> None:
    assert against(letter(NAMES_READER + PROVEN + html)) == (told,)


def test_a_page_that_ends_within_a_letter_is_read_to_its_end() -> None:
    html = (
        "<p>Socialf&ouml;rvaltningen</p><th>F&ouml;rs&ouml;rjningsst&ouml;d</th>"
        "<p>V&aring;rd- och omsorgsf&oumlrvaltningen"
    )
    content = letter(html, cte="7bit").replace(b"ningen\r\n\r\n", b"ningen\r\n")
    assert against(content) == (f"the letter names `{CARE.title}`, which is not of {SOCIAL.title}",)


def test_a_department_that_is_called_as_the_letters_speak_stops_nobodys() -> None:
    units = (*house.HOUSE.units, Unit("Inköp", "Inköp"))
    owners = Owners.of([*house.HOUSE.organisation, "Inköp"], units, own_words())
    rows = [
        ("Summering",),
        ("INKÖP", 3),
        ("Förvaltning", "Enhet", "Datum"),
        (SOCIAL.title, OURS, DAY),
    ]
    said = letter(f"{NAMES_READER}<th>Inköp</th><td>Inköp</td>", rows, text="Inköp\n1 kr")
    assert against(said, owners=owners) == ()
    # Its postings are still told from others'.
    rows.append(("Inköp", "Inköp", DAY))
    assert against(letter(NAMES_READER, rows), owners=owners) == ("sheet S1, row 5 is of `Inköp`",)


def test_others_units_may_be_spoken_of_outside_the_rows() -> None:
    assert against(letter(f"{NAMES_READER}{PROVEN}<td>{THEIRS}</td>")) == ()


def test_a_long_name_is_told_in_eighty_characters() -> None:
    long = "x  " * 50
    told = against(letter(f'{NAMES_READER}{PROVEN}<tr data-unit="{long}">'))
    assert told == (f"the letter has unit `{'x ' * 40}`, which is not theirs",)


# ── the workbook ───────────────────────────────────────────────────────────────

HEAD = ("Förvaltning", "Enhet", "Datum", "Leverantör")
OWN = (SOCIAL.title, OURS, DAY, "Acme AB")


def told_of(*rows: Sequence[object]) -> tuple[str, ...]:
    """What the workbook alone gives reason for: the page proves nothing and names nobody else."""
    return against(letter(NAMES_READER, rows))


def test_a_workbook_that_cannot_be_read_is_told() -> None:
    message = letter(NAMES_READER + PROVEN, [HEAD]).replace(b"UEsDB", b"AAAAA")
    (told,) = against(message)
    assert told.startswith("the workbook cannot be read: ")


def test_a_row_of_the_readers_unit_and_day_is_proof_and_a_head_alone_is_none() -> None:
    assert told_of(HEAD, OWN) == ()
    assert told_of(HEAD) == (NOTHING_PROVEN,)
    assert told_of(("Department", "Unit", "Date"), OWN[:3]) == ()


def test_a_later_sheet_is_read_like_the_first() -> None:
    rows = [HEAD, (SCHOOL.title, THEIRS, DAY, "x")]
    told = against(letter(NAMES_READER, [HEAD, OWN], rows))
    assert told == (f"sheet S2, row 2 is of `{SCHOOL.title}`",)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ((SCHOOL.title, THEIRS, DAY), f"is of `{SCHOOL.title}`"),
        (("", OURS, DAY), "is of ``"),
        (("", OURS, ""), "is of ``"),
        (("", "", DAY), "is of ``"),
        ((SOCIAL.title, "", DAY), "has no unit and day, so nobody can say whose it is"),
        ((SOCIAL.title, OURS, ""), "has no unit and day, so nobody can say whose it is"),
        ((SOCIAL.title, OURS, "2026-10-14"), "has no unit and day, so nobody can say whose it is"),
        ((SOCIAL.title, 5.0, DAY), "has no unit and day, so nobody can say whose it is"),
    ],
)
def test_a_row_that_is_not_the_readers_is_told(row: Sequence[object], told: str) -> None:
    assert told_of(HEAD, OWN, row) == (f"sheet S1, row 3 {told}",)


@pytest.mark.parametrize(("unit", "owner"), [(THEIRS, SCHOOL.title), ("Okänd", "nobody")])
def test_a_row_of_a_unit_that_was_anothers_that_day_is_told(unit: str, owner: str) -> None:
    assert told_of(HEAD, OWN, (SOCIAL.title, unit, DAY)) == (
        f"sheet S1, row 3: unit `{unit}` was of {owner} on 2026-10-14",
    )


def test_a_sum_and_a_blank_row_are_nobodys_rows() -> None:
    assert told_of(HEAD, OWN, (), ("", "", "", "Summa"), ("", "", "Summa")) == ()


def test_a_sum_of_the_readers_own_is_theirs_and_proves_nothing() -> None:
    assert told_of(HEAD, OWN, (SOCIAL.title, "", "")) == ()
    assert told_of(HEAD, (SOCIAL.title, "", "")) == (NOTHING_PROVEN,)


def test_a_sum_of_others_is_told() -> None:
    assert told_of(HEAD, OWN, (SCHOOL.title, "", "")) == (
        f"sheet S1, row 3 is of `{SCHOOL.title}`",
    )


def test_a_day_with_an_hour_is_that_day() -> None:
    rows = [HEAD, (CARE.title, "Måltidsservice", datetime(2026, 1, 1, 12, 30), "Acme AB")]
    assert against(letter(f"<p>{CARE.title}</p>", rows, reader=CARE), reader=CARE) == ()


def test_a_table_without_units_is_read_by_its_departments() -> None:
    assert told_of(("Förvaltning", "Datum"), (SCHOOL.title, DAY)) == (
        f"sheet S1, row 2 is of `{SCHOOL.title}`",
        NOTHING_PROVEN,
    )


def test_a_table_of_units_without_departments_has_none_of_others() -> None:
    own = letter(NAMES_READER + PROVEN, [("Enhet", "Kronor"), (OURS, 1.5), ("Summa", 2.5)])
    assert against(own) == ()
    theirs = letter(NAMES_READER + PROVEN, [("Enhet", "Kronor"), (5.5, 1.5), (THEIRS, 1.5)])
    assert against(theirs) == (f"sheet S1, row 3: unit `{THEIRS}` is not theirs",)


def test_above_a_table_no_other_department_is_named() -> None:
    assert told_of((SCHOOL.title,), (5.5, THEIRS), HEAD, OWN) == (
        f"sheet S1, row 1 names `{SCHOOL.title}`, which is not of {SOCIAL.title}",
    )


def test_a_vendor_called_unit_is_no_new_head() -> None:
    rows = (HEAD, (*OWN[:3], "Enhet"), (SCHOOL.title, THEIRS, DAY, "x"))
    assert told_of(*rows) == (f"sheet S1, row 3 is of `{SCHOOL.title}`",)


def test_a_second_table_below_the_first_has_a_head_of_its_own() -> None:
    turned = ("Datum", "Enhet", "Förvaltning")
    assert told_of(HEAD, OWN, (), turned, (DAY, OURS, SOCIAL.title)) == ()


def test_of_two_columns_with_the_same_head_the_first_counts() -> None:
    assert told_of((*HEAD, "Unit"), (*OWN, THEIRS)) == ()


def test_two_spellings_of_one_department_are_one() -> None:
    owners = replace(OWNERS, departments=OWNERS.departments | {SOCIAL.title.upper()})
    assert against(letter(), owners=owners) == ()
