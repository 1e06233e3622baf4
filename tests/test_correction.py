"""A corrected letter says what has changed since the one before it, and nothing that has not."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

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
