"""A corrected letter says what has changed since the one before it, and nothing that has not."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import mail_house as house
import pytest
from mail_house import SOCIAL

from compliance.correction import correction


def letter(subject: str) -> bytes:
    message = EmailMessage(email.policy.SMTP)
    message["Subject"] = subject
    message["Message-ID"] = "<a@b.se>"
    message.set_content("Hej")
    return message.as_bytes()


def words(content: bytes) -> str:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return str(message.get_content())


def test_a_second_correction_under_the_same_headline_does_not_say_that_it_changed() -> None:
    first = correction(
        letter("12 %"), letter("12 %"), number=1, sent_on="2026-01-01", language="sv"
    )
    again = correction(letter("12 %"), first, number=2, sent_on="2026-01-02", language="sv")
    assert "Rubriken var" not in words(again)


def test_a_second_correction_quotes_the_headline_that_the_first_one_had() -> None:
    first = correction(
        letter("13 %"), letter("12 %"), number=1, sent_on="2026-01-01", language="sv"
    )
    again = correction(letter("14 %"), first, number=2, sent_on="2026-01-02", language="sv")
    assert "Rubriken var ”13 %” och är nu ”14 %”." in words(again)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "sv",
            "1 rader har kommit till (2\u00a0469\u00a0135,00 kr), 1 har fallit bort (1\u00a0000,00 kr)",
        ),
        ("en", "1 rows were added (SEK 2,469,135.00), 1 fell away (SEK 1,000.00)"),
    ],
)
def test_kronor_are_written_as_the_letters_language_does(language: str, told: str) -> None:
    rows = house.postings(SOCIAL.title)
    changed = house.eml(SOCIAL, [*rows[1:], (*rows[0][:4], 2469135.0)])
    made = correction(
        changed, house.eml(SOCIAL, rows), number=1, sent_on="2026-01-01", language=language
    )
    message = email.message_from_bytes(made, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    text = message.get_body(("plain",))
    assert text is not None
    assert told in text.get_content()


def test_rows_that_lie_in_no_workbook_are_not_called_the_same() -> None:
    whole = house.eml(SOCIAL, house.postings(SOCIAL.title))
    for new, old in ((letter("a"), letter("a")), (letter("a"), whole), (whole, letter("a"))):
        made = correction(new, old, number=1, sent_on="2026-01-01", language="sv")
        text = email.message_from_bytes(made, policy=email.policy.default)
        assert isinstance(text, EmailMessage)
        body = text.get_body(("plain",))
        assert body is not None
        assert "Raderna har inte kunnat jämföras" in body.get_content()
        assert "desamma" not in body.get_content()
        assert "rader har" not in body.get_content()
