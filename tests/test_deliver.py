"""Each letter reaches its reader once, or somebody is told; whatever the mail server does."""

from __future__ import annotations

import email
import email.policy
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import mail_house as house
import pytest
from mail_house import CARE, HOUSE, MONTH, SCHOOL, SENDER, SOCIAL, Running, Sink

from compliance import cli, deliver, lock, pipeline, verbs
from compliance.deliver import Delivery
from compliance.delivery_settings import settings_of
from compliance.errors import DeliveryError, Problems, RuleError, UsageError
from compliance.journal import Journal
from compliance.report.paths import page_name
from compliance.rule_entries import Unit
from compliance.scaffold import scaffold
from compliance.workspace import Workspace

ALL = 4  # three managers, and one controller who gets a copy


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPLIANCE_TEST_PASSWORD", house.PASSWORD)


@pytest.fixture
def server() -> Iterator[Running]:
    with house.serving() as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, server: Running) -> Workspace:
    return house.workspace(tmp_path / "w", server.port)


def sent(workspace: Workspace, **asked: tuple[str, ...]) -> Delivery | DeliveryError:
    try:
        return deliver.send(workspace, HOUSE, MONTH, **asked)  # type: ignore[arg-type]  # test doubles
    except DeliveryError as error:
        return error


def states(workspace: Workspace) -> list[str]:
    return sorted(known.state for known in Journal(workspace.history).known().values())


def test_every_letter_is_sent_over_one_encrypted_line_byte_for_byte(
    place: Workspace, server: Running
) -> None:
    outcome = sent(place)

    assert isinstance(outcome, Delivery)
    assert len(outcome.done) == ALL
    assert server.sink.connections == 1
    assert server.sink.logins == [("PLAIN", SENDER.encode())]
    files = {file.read_bytes() for file in place.output.rglob("*.eml")}
    assert {content for _, _, content in server.sink.accepted} == files
    readers = {reader for _, reader, _ in server.sink.accepted}
    assert readers == {SOCIAL.email, SCHOOL.email, CARE.email, "controller@bjorkvik.example"}


def test_a_second_run_sends_nothing(place: Workspace, server: Running) -> None:
    sent(place)
    again = sent(place)

    assert isinstance(again, Delivery)
    assert not again.done
    assert {planned.action for planned in again.planned} == {"sent"}
    assert max(server.sink.counts.values()) == 1


def test_showing_the_plan_sends_nothing_and_writes_nothing(
    place: Workspace, server: Running
) -> None:
    lines = deliver.plan(place, HOUSE, MONTH)

    assert [line.action for line in lines] == ["send"] * ALL
    assert all(line.address in str(line) for line in lines)
    assert server.sink.connections == 0
    assert not place.history.exists()


def test_a_later_answer_is_deferred_and_the_next_run_sends_it(
    place: Workspace, server: Running
) -> None:
    server.sink.faults["body"] = ["451 4.7.0 greylisted"]
    first = sent(place)

    assert isinstance(first, DeliveryError)
    assert first.exit_code == 6
    assert "deferred" in str(first)
    assert "greylisted" in str(first)
    assert states(place) == ["deferred", "sent", "sent", "sent"]
    assert isinstance(sent(place), Delivery)
    assert sorted(server.sink.counts.values()) == [1] * ALL


def test_a_definite_no_is_refused_and_the_others_are_sent(
    place: Workspace, server: Running
) -> None:
    # Partial refusal: the manager of the care department gets the letter, the copy does not.
    server.sink.unknown_readers.add("controller@bjorkvik.example")
    outcome = sent(place)

    assert isinstance(outcome, DeliveryError)
    assert "controller@bjorkvik.example" in str(outcome)
    assert "550 5.1.1 no such user" in str(outcome)
    assert CARE.email not in str(outcome)
    assert states(place) == ["refused", "sent", "sent", "sent"]
    server.sink.unknown_readers.clear()
    assert isinstance(sent(place), Delivery)
    assert sorted(server.sink.counts.values()) == [1] * ALL


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("password_env", '"COMPLIANCE_WRONG_PASSWORD"', "login: 535"),
        ("ca_file", "untrusted", "STARTTLS: SSLCertVerificationError"),
        ("host", '"127.0.0.2"', "connect: ConnectionRefusedError"),
    ],
)
def test_without_a_line_nothing_leaves_and_every_letter_waits(
    tmp_path: Path, server: Running, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, told: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("COMPLIANCE_WRONG_PASSWORD", "gissat")
    if value == "untrusted":
        value = f'"{house.untrusted(tmp_path)}"'
    place = house.workspace(tmp_path / "w", server.port, **{setting: value})
    outcome = sent(place)

    assert isinstance(outcome, DeliveryError)
    assert told in str(outcome)
    assert states(place) == ["deferred"] * ALL
    assert not server.sink.accepted
    assert server.sink.connections <= 1  # one try is enough to know, and wrong logins lock accounts


def test_a_server_without_starttls_gets_neither_password_nor_letter(tmp_path: Path) -> None:
    with house.serving(security="none", login=False) as running:
        outcome = sent(house.workspace(tmp_path, running.port))

        assert "STARTTLS: SMTPNotSupportedError" in str(outcome)
        assert not running.sink.logins
        assert not running.sink.accepted


def test_a_relay_without_login_is_used_when_that_is_said_openly(tmp_path: Path) -> None:
    relay = {"method": '"relay"', "user": "", "password_env": "", "security": '"none"'}
    with house.serving(security="none", login=False) as running:
        outcome = sent(house.workspace(tmp_path, running.port, **relay))

        assert isinstance(outcome, Delivery)
        assert len(running.sink.accepted) == ALL


def test_a_line_that_is_encrypted_from_its_start_works(tmp_path: Path) -> None:
    with house.serving(security="tls") as running:
        outcome = sent(house.workspace(tmp_path, running.port, security='"tls"'))

        assert isinstance(outcome, Delivery)
        assert len(running.sink.accepted) == ALL


def test_a_token_from_a_command_logs_in_and_a_bad_one_does_not(
    tmp_path: Path, server: Running
) -> None:
    good = {"password_env": "", "token_command": f'["printf", "%s", "{house.TOKEN}"]'}
    assert isinstance(sent(house.workspace(tmp_path / "good", server.port, **good)), Delivery)

    bad = tmp_path / "bad" / "token"
    bad.parent.mkdir()
    bad.write_text("no-such-token\n")
    bad.chmod(0o600)
    place = house.workspace(tmp_path / "bad", server.port, password_env="", token_file='"token"')
    outcome = sent(place)
    assert "login: 535" in str(outcome)
    assert "no-such-token" not in str(outcome)
    assert states(place) == ["deferred"] * ALL


def test_letters_are_left_in_a_pickup_folder_with_their_readers_in_front(tmp_path: Path) -> None:
    text = (
        '[organisation]\nname = "B"\n[delivery]\nmethod = "folder"\nfolder = "pickup"\n'
        f'from = "{SENDER}"\nallowed_domains = ["bjorkvik.example"]\n'
    )
    place = house.workspace(tmp_path, 1)
    (tmp_path / "compliance.toml").write_text(text)
    place = Workspace.open(tmp_path)
    assert isinstance(sent(place), Delivery)
    assert isinstance(sent(place), Delivery)

    files = list((tmp_path / "pickup").iterdir())
    assert len(files) == ALL
    readers = {email.message_from_bytes(file.read_bytes())["X-Receiver"] for file in files}
    assert readers == {SOCIAL.email, SCHOOL.email, CARE.email, "controller@bjorkvik.example"}


@pytest.mark.parametrize("step", house.STEPS)
@pytest.mark.parametrize("fault", ["silence", "cut"])
def test_a_line_lost_at_any_step_is_told_as_it_was(
    place: Workspace, server: Running, step: str, fault: str
) -> None:
    server.sink.faults[step] = [fault]
    start = time.monotonic()
    sent(place)

    assert time.monotonic() - start < 10
    counts = server.sink.counts
    for known in Journal(place.history).known().values():
        times = counts[known.message_id, known.address]
        if step in ("body", "accepted") and known.state != "sent":
            assert known.state == "unknown"
            assert times == (1 if step == "accepted" else 0)
        else:
            assert times == (1 if known.state == "sent" else 0), known


def test_what_may_have_arrived_is_sent_again_only_by_an_operator_and_with_the_same_bytes(
    place: Workspace, server: Running
) -> None:
    server.sink.faults["accepted"] = ["cut"]
    sent(place)
    [lost] = [k for k in Journal(place.history).known().values() if k.state == "unknown"]

    again = sent(place)
    assert isinstance(again, DeliveryError)
    assert lost.id in str(again)
    assert max(server.sink.counts.values()) == 1

    assert isinstance(sent(place, resend=(lost.id,)), Delivery)
    assert server.sink.counts[lost.message_id, lost.address] == 2
    one, other = [c for id, _, c in server.sink.accepted if id == lost.message_id][-2:]
    assert one == other


def test_without_send_only_what_an_operator_names_is_settled_or_sent(
    place: Workspace, server: Running
) -> None:
    server.sink.faults["accepted"] = ["cut"]
    server.sink.faults["RCPT"] = ["451 later", "451 later"]
    sent(place)
    known = Journal(place.history).known().values()
    [lost] = [k for k in known if k.state == "unknown"]
    one, other = [k for k in known if k.state == "deferred"]

    noted = deliver.send(place, HOUSE, MONTH, arrived=(lost.id,), only_named=True)
    assert (noted.done, noted.waiting) == ((), 2)
    again = deliver.send(place, HOUSE, MONTH, resend=(one.id,), only_named=True)
    assert [done.id for done in again.done] == [one.id]
    assert again.waiting == 1
    deliver.send(place, HOUSE, MONTH, drop=(other.id,), only_named=True)
    assert states(place) == ["dropped", "sent", "sent", "sent"]
    assert len(server.sink.accepted) == ALL - 1


def test_the_command_line_mails_the_rest_with_send_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def seen(*_: object, only_named: bool) -> list[str]:
        asked.append(only_named)
        return []

    monkeypatch.setattr(verbs, "send", seen)
    for options in (["--drop", "x"], ["--drop", "x", "--send"], ["--send"]):
        assert cli.main(["send", "sample_data/workspace", *options]) == 0
    assert asked == [True, False, False]


def test_an_operator_who_found_the_letter_says_so_and_nothing_is_sent(
    place: Workspace, server: Running
) -> None:
    server.sink.faults["accepted"] = ["cut"]
    sent(place)
    [lost] = [k for k in Journal(place.history).known().values() if k.state == "unknown"]

    assert isinstance(sent(place, arrived=(lost.id,)), Delivery)
    assert max(server.sink.counts.values()) == 1
    assert states(place) == ["sent"] * ALL


def test_an_id_that_fits_nothing_is_refused_with_the_nearest(place: Workspace) -> None:
    sent(place)
    id = next(iter(Journal(place.history).known()))
    with pytest.raises(UsageError, match="no delivery `2610-xxxxxxxx`"):
        deliver.send(place, HOUSE, MONTH, resend=("2610-xxxxxxxx",))
    with pytest.raises(UsageError, match="is changed"):
        deliver.send(place, HOUSE, MONTH, correct=(id,))
    with pytest.raises(UsageError, match="is unknown"):
        deliver.send(place, HOUSE, MONTH, arrived=(id,))


def test_changed_content_goes_out_only_as_a_correction_that_says_what_changed(
    place: Workspace, server: Running
) -> None:
    sent(place)
    rows = house.postings(SOCIAL.title)
    changed = [*rows[1:], (*rows[0][:4], 2500.0)]
    letters = {**house.house_letters(), SOCIAL.title: house.eml(SOCIAL, changed, subject="Nytt")}
    house.put_letters(place.root, letters)

    quiet = sent(place)
    assert isinstance(quiet, Delivery)
    [waiting] = [p for p in quiet.planned if p.action == "changed"]
    assert len(server.sink.accepted) == ALL

    assert isinstance(sent(place, correct=(waiting.id,)), Delivery)
    assert len(server.sink.accepted) == ALL + 1
    letter = email.message_from_bytes(server.sink.accepted[-1][2], policy=email.policy.default)
    assert letter["Subject"] == "Rättelse: Nytt"
    assert letter["In-Reply-To"] == waiting.known.message_id
    assert letter["Message-ID"] != letter["In-Reply-To"]
    for kind in ("plain", "html"):
        text = " ".join(letter.get_body((kind,)).get_content().split())
        assert "1 rader har kommit till (2 500,00 kr), 1 har fallit bort (1 000,00 kr)" in text
    assert "rättar det som skickades" in letter.get_body(("plain",)).get_content()

    again = sent(place)
    assert isinstance(again, Delivery)
    assert not again.done
    assert {p.action for p in again.planned} == {"sent"}


def test_another_report_number_alone_makes_no_letter_another(
    place: Workspace, server: Running
) -> None:
    """It changes with every input of the house; the department's own rows are the same."""

    def put(number: str, kronor: float = 1000.0) -> None:
        house.put_letters(
            place.root,
            {
                d.title: house.eml(d, house.postings(d.title, kronor=kronor), number=number)
                for d in HOUSE.departments
            },
        )

    put("11111111")
    sent(place)
    put("2222abcd")
    assert {p.action for p in deliver.plan(place, HOUSE, MONTH)} == {"sent"}

    put("33333333", 7.0)
    changed = [p for p in deliver.plan(place, HOUSE, MONTH) if p.action == "changed"]
    assert len(changed) == ALL
    sent(place, correct=tuple(p.id for p in changed))
    assert len(server.sink.accepted) == 2 * ALL
    put("4444abcd", 7.0)
    assert {p.action for p in deliver.plan(place, HOUSE, MONTH)} == {"sent"}
    put("4444abcd", 8.0)
    assert {p.action for p in deliver.plan(place, HOUSE, MONTH)} == {"changed"}


def test_a_correction_that_did_not_get_through_goes_out_as_it_was_made(
    place: Workspace, server: Running
) -> None:
    sent(place)
    rows = house.postings(SOCIAL.title, kronor=7.0)
    house.put_letters(place.root, {**house.house_letters(), SOCIAL.title: house.eml(SOCIAL, rows)})
    [waiting] = [p for p in deliver.plan(place, HOUSE, MONTH) if p.action == "changed"]
    server.sink.faults["RCPT"] = ["451 later"]
    assert isinstance(sent(place, correct=(waiting.id,)), DeliveryError)
    assert isinstance(sent(place), Delivery)

    assert len(server.sink.accepted) == ALL + 1
    assert b"In-Reply-To" in server.sink.accepted[-1][2]


def test_a_letter_that_went_to_a_former_manager_is_not_sent_to_the_next_one_unasked(
    place: Workspace, server: Running
) -> None:
    sent(place)
    new = replace(SOCIAL, email="ny@bjorkvik.example")
    rules = replace(HOUSE, departments=(new, SCHOOL, CARE))
    letters = {**house.house_letters(), new.title: house.eml(new, house.postings(new.title))}
    house.put_letters(place.root, letters)
    with pytest.raises(DeliveryError, match="moved") as error:
        deliver.send(place, rules, MONTH)
    assert len(server.sink.accepted) == ALL

    id = next(p.id for p in deliver.plan(place, rules, MONTH) if p.action == "moved")
    assert id in str(error.value)
    deliver.send(place, rules, MONTH, resend=(id,))
    assert server.sink.accepted[-1][1] == "ny@bjorkvik.example"


def test_a_letter_that_its_former_manager_got_can_be_given_up(
    place: Workspace, server: Running
) -> None:
    sent(place)
    new = replace(SOCIAL, email="ny@bjorkvik.example")
    rules = replace(HOUSE, departments=(new, SCHOOL, CARE))
    letters = {**house.house_letters(), new.title: house.eml(new, house.postings(new.title))}
    house.put_letters(place.root, letters)
    [moved] = [p for p in deliver.plan(place, rules, MONTH) if p.action == "moved"]
    assert f"--resend {moved.id}" in str(moved)
    assert f"--drop {moved.id}" in str(moved)

    assert isinstance(deliver.send(place, rules, MONTH, drop=(moved.id,)), Delivery)
    assert not deliver.send(place, rules, MONTH).done
    assert "dropped" in states(place)
    assert len(server.sink.accepted) == ALL

    deliver.send(place, rules, MONTH, resend=(moved.id,))  # it is sent all the same
    assert server.sink.accepted[-1][1:] == ("ny@bjorkvik.example", letters[new.title])


@pytest.mark.parametrize("email", [SOCIAL.email, "ny@bjorkvik.example"])
def test_a_renamed_department_gets_the_letter_of_a_month_once(
    place: Workspace, server: Running, email: str
) -> None:
    sent(place)
    new = replace(SOCIAL, title="Omsorgen", formerly=(SOCIAL.title,), email=email)
    units = (*(replace(u, department=new.title) if u.department == SOCIAL.title else u
               for u in HOUSE.units), Unit(new.title, new.title))  # fmt: skip
    rules = replace(HOUSE, departments=(new, SCHOOL, CARE), units=units)
    letter = house.eml(new, house.postings(new.title, rules))
    house.put_letters(
        place.root,
        {**{d: c for d, c in house.house_letters().items() if d != SOCIAL.title}, "Å": letter},
    )
    [line] = [p for p in deliver.plan(place, rules, MONTH) if p.department == new.title]
    if email == SOCIAL.email:
        assert line.action == "changed"
        deliver.send(place, rules, MONTH)
        assert len(server.sink.accepted) == ALL
        deliver.send(place, rules, MONTH, correct=(line.id,))
        assert {p.action for p in deliver.plan(place, rules, MONTH)} == {"sent"}
        assert len(server.sink.accepted) == ALL + 1
    else:
        assert line.action == "moved"
        assert f"{SOCIAL.email} was sent it" in str(line)


def test_a_new_reader_is_told_apart_before_the_letter_goes(
    place: Workspace, server: Running
) -> None:
    sent(place)
    new = replace(SOCIAL, email="ny@bjorkvik.example")
    rules = replace(HOUSE, departments=(new, SCHOOL, CARE))
    month = date(2026, 11, 1)
    folder = place.output / "reports" / "2026-11"
    folder.mkdir()
    for reader in rules.departments:
        rows = [(month, *row[1:]) for row in house.postings(reader.title)]
        (folder / f"{reader.id}.eml").write_bytes(house.eml(reader, rows, month=month))
    lines = {line.address: str(line) for line in deliver.plan(place, rules, month)}
    assert "a new reader: the letter of 2026-10 went to" in lines["ny@bjorkvik.example"]
    assert sum("new reader" in line for line in lines.values()) == 1
    deliver.send(place, rules, month)
    assert "ny@bjorkvik.example" in {reader for _, reader, _ in server.sink.accepted}


def test_a_foreign_domain_gets_no_mail(place: Workspace, server: Running) -> None:
    away = replace(SOCIAL, email="chef@bjorkvik.example.com")
    letters = {**house.house_letters(), away.title: house.eml(away, house.postings(away.title))}
    house.put_letters(place.root, letters)
    with pytest.raises(DeliveryError, match="not of an allowed domain"):
        deliver.send(place, replace(HOUSE, departments=(away, SCHOOL, CARE)), MONTH)
    assert len(server.sink.accepted) == ALL - 1


def test_the_test_recipient_gets_each_letter_and_the_readers_none(
    tmp_path: Path, server: Running
) -> None:
    testing = {"test_recipient": '"jag@bjorkvik.example"'}
    place = house.workspace(tmp_path / "w", server.port, **testing)
    assert isinstance(sent(place), Delivery)
    assert {reader for _, reader, _ in server.sink.accepted} == {"jag@bjorkvik.example"}
    assert len(server.sink.accepted) == 3

    # The rehearsal is no delivery: the real run still sends every letter.
    assert isinstance(sent(house.workspace(tmp_path / "w", server.port)), Delivery)
    assert len(server.sink.accepted) == 3 + ALL


def test_two_spellings_of_one_address_get_one_letter(place: Workspace, server: Running) -> None:
    twice = replace(SOCIAL, copies=(SOCIAL.email.upper(), "kopia@bjorkvik.example"))
    deliver.send(place, replace(HOUSE, departments=(twice, SCHOOL, CARE)), MONTH)
    assert len(server.sink.accepted) == ALL + 1
    assert SOCIAL.email in {reader for _, reader, _ in server.sink.accepted}


def test_a_rehearsal_to_the_readers_own_address_does_not_send_the_letter_again(
    tmp_path: Path, server: Running
) -> None:
    place = house.workspace(tmp_path / "w", server.port)
    assert isinstance(sent(place), Delivery)
    testing = house.workspace(tmp_path / "w", server.port, test_recipient=f'"{SOCIAL.email}"')
    for _ in range(2):
        assert isinstance(sent(testing), Delivery)
    assert len(server.sink.accepted) == ALL + 3
    assert isinstance(sent(house.workspace(tmp_path / "w", server.port)), Delivery)
    assert len(server.sink.accepted) == ALL + 3


def test_a_rehearsal_that_an_older_journal_has_under_a_real_id_hides_no_delivery(
    place: Workspace, server: Running
) -> None:
    sent(place)
    journal = Journal(place.history)
    for known in journal.known().values():
        journal.write(replace(known, is_test=True), "sent")
    sent(place)
    assert len(server.sink.accepted) == ALL


def test_a_department_without_address_or_letter_is_listed_and_gets_nothing(
    place: Workspace, server: Running
) -> None:
    mute = house.department("Kulturförvaltningen", email="")
    idle = house.department("Räddningstjänsten")
    rules = replace(HOUSE, departments=(*HOUSE.departments, mute, idle))
    done = deliver.send(place, rules, MONTH)
    told = {p.department: p.action for p in done.planned}
    assert told["Kulturförvaltningen"] == "no reader"
    assert told["Räddningstjänsten"] == "no letter"
    assert len(server.sink.accepted) == ALL


@pytest.mark.parametrize(
    "title",
    [
        "Kultur, fritid och samhallsutveckling norr och soder om an",
        "Parker i norra området, södra Björkvik området vården",
        "Miljö-  och byggförvaltningen\u00a0i Björkvik",
    ],
)
def test_a_department_with_a_long_title_gets_its_letter(
    place: Workspace, server: Running, title: str
) -> None:
    long = house.department(title, email="lang@bjorkvik.example")
    rules = replace(
        HOUSE, departments=(*HOUSE.departments, long), units=(*HOUSE.units, Unit(title, title))
    )
    letters = {**house.house_letters(), title: house.eml(long, house.postings(title, rules))}
    house.put_letters(place.root, letters)
    deliver.send(place, rules, MONTH)
    assert "lang@bjorkvik.example" in {reader for _, reader, _ in server.sink.accepted}


def test_a_headline_comes_through_to_the_sign() -> None:
    for number in range(200):
        headline = (
            f"x{'x' * (number % 50)} bara {number} tkr,för lite, {'y' * (number % 7)} för året"
        )
        read = email.message_from_bytes(
            house.eml(SOCIAL, [], subject=headline), policy=email.policy.default
        )
        assert read["Subject"] == headline


def test_a_department_with_a_page_and_no_letter_is_an_incomplete_delivery(
    place: Workspace, server: Running
) -> None:
    [file] = [
        f
        for f in place.output.rglob("*.eml")
        if f.read_bytes() == house.house_letters()[SOCIAL.title]
    ]
    file.unlink()
    (file.parent / page_name(SOCIAL.title, "en", "sv")).write_text("<p>")
    with pytest.raises(DeliveryError, match=f"{SOCIAL.email} .*: no letter .* where its page is"):
        deliver.send(place, HOUSE, MONTH)
    assert len(server.sink.accepted) == ALL - 1


def test_a_month_without_any_letter_is_an_incomplete_delivery(tmp_path: Path) -> None:
    place = house.workspace(tmp_path, 1, letters={})
    with pytest.raises(DeliveryError, match="3 letters of 2026-10"):
        deliver.send(
            place, replace(HOUSE, departments=(SOCIAL, SCHOOL, replace(CARE, copies=()))), MONTH
        )


def test_a_killed_sender_leaves_a_letter_that_nobody_sends_again(
    place: Workspace, server: Running
) -> None:
    server.sink.faults["accepted"] = [None, "silence"]
    child = os.fork()
    if child == 0:  # dies while it waits for the answer to its second letter
        with lock.held(place):
            deliver.send(place, HOUSE, MONTH)
        os._exit(0)
    deadline = time.monotonic() + 10
    while len(server.sink.accepted) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert states(place).count("sending") == 1

    with lock.held(place) as died:
        assert died is not None
        assert died.pid == child
        outcome = sent(place)
    assert isinstance(outcome, DeliveryError)
    assert "the program was stopped while sending it" in str(outcome)
    assert states(place) == ["sent", "sent", "sent", "unknown"]
    assert sorted(server.sink.counts.values()) == [1] * ALL


def test_three_silences_in_a_row_leave_the_server_alone(place: Workspace, server: Running) -> None:
    server.sink.faults["MAIL"] = ["silence"] * 9
    assert "got no answer" in str(sent(place))
    assert server.sink.connections == 3
    assert states(place) == ["deferred"] * ALL


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"password": '"hemligt"'}, "holds `password` itself"),
        ({"security": '"none"'}, "a password over an open line"),
        ({"method": '"relay"', "user": "", "password_env": "", "security": ""}, "does not say `security`"),
        ({"metod": '"smtp"'}, "did you mean `method`?"),
        ({"allowed_domains": ""}, "does not list `allowed_domains`"),
        ({"allowed_domains": '["*"]'}, "`*` is no domain"),
        ({"from": '"Inköp <inkop@bjorkvik.example>"'}, "is no address"),
        ({"reply_to": '"åsa@å.example"'}, "is no address"),
        ({"token_env": '"T"'}, "names 2 secrets"),
        ({"password_env": ""}, "names no password or token"),
        ({"port": "70000"}, "`port` is 70000"),
        ({"timeout_seconds": "0"}, "`timeout_seconds` is 0"),
        ({"send": '"yes"'}, "`send` is 'yes'"),
        ({"user": ""}, "does not say `user`"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(
    tmp_path: Path, changed: dict[str, str], told: str
) -> None:
    place = house.workspace(tmp_path, 25, letters={}, **changed)
    with pytest.raises((RuleError, Problems)) as error:
        deliver.plan(place, HOUSE, MONTH)
    assert told in str(error.value)
    assert "hemligt" not in str(error.value)


def test_a_wrong_method_is_one_error(tmp_path: Path) -> None:
    place = house.workspace(tmp_path, 25, letters={}, method='"smpt"')
    with pytest.raises(RuleError) as error:
        deliver.plan(place, HOUSE, MONTH)
    assert "`method` is `smpt`" in str(error.value)
    assert "did you mean `smtp`?" in str(error.value)


@pytest.mark.parametrize(
    "setting", [{"from": '"Upphandling <inkop@example.se>"'}, {"reply_to": '"upphandling"'}]
)
def test_a_report_refuses_settings_that_its_letters_cannot_take(
    tmp_path: Path, setting: dict[str, str]
) -> None:
    place = house.workspace(tmp_path, 25, letters={}, **setting)
    with pytest.raises(
        RuleError, match=r"compliance\.toml, key `(from|reply_to)`: .* is no address"
    ):
        pipeline.report(place, MONTH, None, lambda _: None)


def test_a_password_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0o644)
    place = house.workspace(tmp_path, 25, letters={}, password_env="", password_file='"secret"')
    with pytest.raises(RuleError, match="which others may read"):
        deliver.plan(place, HOUSE, MONTH)


def test_without_delivery_settings_the_plan_is_shown_and_nothing_can_be_sent(
    tmp_path: Path,
) -> None:
    house.workspace(tmp_path, 25)
    (tmp_path / "compliance.toml").write_text('[organisation]\nname = "B"\n')
    place = Workspace.open(tmp_path)
    assert {line.action for line in deliver.plan(place, HOUSE, MONTH)} == {"send"}
    with pytest.raises(RuleError, match="nothing says how letters leave"):
        deliver.send(place, HOUSE, MONTH)


@pytest.mark.parametrize("delivery", ["", "[delivery] set later"])
def test_a_letter_without_sender_is_told_in_one_reason(tmp_path: Path, delivery: str) -> None:
    unsigned = {
        d.title: house.eml(d, house.postings(d.title), sender="") for d in HOUSE.departments
    }
    place = house.workspace(tmp_path, 25, letters=unsigned)
    if not delivery:
        (tmp_path / "compliance.toml").write_text('[organisation]\nname = "B"\n')
        place = Workspace.open(tmp_path)
    planned = deliver.plan(place, HOUSE, MONTH)
    assert {(line.action, line.reasons) for line in planned} == {
        (
            "stopped",
            ("it was written before a sender was set; run `compliance report --month 2026-10`",),
        )
        if delivery
        else ("stopped", ("no sender is set",))
    }
    missing = deliver.not_set(place)
    assert bool(missing) is not bool(delivery)
    assert delivery or "[delivery]" in missing


def test_the_delivery_that_init_shows_can_be_meant(tmp_path: Path) -> None:
    scaffold(tmp_path / "new", demo=False)
    file = tmp_path / "new" / "compliance.toml"
    head, _, shown = file.read_text("utf-8").partition("# [delivery]")
    assert deliver.not_set(Workspace.open(file.parent))
    shown = "\n".join(line.removeprefix("# ") for line in f"# [delivery]{shown}".splitlines())
    file.write_text(head + shown, "utf-8")
    found = settings_of(Workspace.open(file.parent))
    assert found is not None
    assert found.allows(found.sender)
    assert not found.is_on


def test_a_missing_password_sends_nothing_and_names_where_it_should_be(
    place: Workspace, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMPLIANCE_TEST_PASSWORD")
    with pytest.raises(RuleError, match="from env COMPLIANCE_TEST_PASSWORD"):
        deliver.send(place, HOUSE, MONTH)
    assert not server.sink.accepted
    assert states(place) == ["queued"] * ALL


def test_a_sink_that_misbehaves_is_a_sink_that_counts() -> None:
    sink = Sink(faults={"MAIL": ["cut", None]})
    assert [sink.next("MAIL"), sink.next("MAIL"), sink.next("MAIL")] == ["cut", None, None]


def test_a_pickup_folder_that_is_not_there_defers_every_letter(tmp_path: Path) -> None:
    text = (
        '[organisation]\nname = "B"\n[delivery]\nmethod = "folder"\nfolder = "/no/such/share"\n'
        f'from = "{SENDER}"\nallowed_domains = ["bjorkvik.example"]\n'
    )
    house.workspace(tmp_path, 1)
    (tmp_path / "compliance.toml").write_text(text)
    place = Workspace.open(tmp_path)
    assert "there is no folder /no/such/share" in str(sent(place))
    assert states(place) == ["deferred"] * ALL


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("a@bjorkvik.example", True),
        ("a@BJORKVIK.example", True),
        ("a@sub.bjorkvik.example", False),
        ("a@bjorkvik.example.com", False),
        ("åsa@bjorkvik.example", False),
        ("a@b@bjorkvik.example", False),
        ("a,b@bjorkvik.example", False),
        ("a b@bjorkvik.example", False),
        ("@bjorkvik.example", False),
        ("bjorkvik.example", False),
        ("a\r\nRCPT TO:<x@y.se>@bjorkvik.example", False),
    ],
)
def test_only_plain_addresses_of_a_listed_domain_are_allowed(
    tmp_path: Path, address: str, allowed: bool
) -> None:
    settings = settings_of(house.workspace(tmp_path, 25, letters={}))
    assert settings is not None
    assert settings.allows(address) is allowed


def test_a_letter_that_an_operator_gave_up_is_owed_no_more_and_can_still_be_sent(
    place: Workspace, server: Running
) -> None:
    server.sink.unknown_readers.add("controller@bjorkvik.example")
    sent(place)
    [owed] = deliver.owed(place, HOUSE, [MONTH])
    assert "1 letter of 2026-10 was not delivered" in str(owed)
    [refused] = [k for k in Journal(place.history).known().values() if k.state == "refused"]

    assert isinstance(sent(place, drop=(refused.id,)), Delivery)
    assert deliver.owed(place, HOUSE, [MONTH]) == ()
    assert "dropped" in states(place)

    server.sink.unknown_readers.clear()
    assert isinstance(sent(place, resend=(refused.id,)), Delivery)
    assert states(place) == ["sent"] * ALL


def test_nothing_is_owed_to_an_address_that_its_department_has_no_longer(
    place: Workspace, server: Running
) -> None:
    server.sink.unknown_readers.add("controller@bjorkvik.example")
    sent(place)
    rules = replace(HOUSE, departments=(SOCIAL, SCHOOL, replace(CARE, copies=())))
    assert deliver.owed(place, rules, [MONTH]) == ()


def test_only_what_waits_can_be_given_up(place: Workspace) -> None:
    sent(place)
    id = next(iter(Journal(place.history).known()))
    with pytest.raises(UsageError, match="is queued or refused or deferred or unknown"):
        deliver.send(place, HOUSE, MONTH, drop=(id,))
