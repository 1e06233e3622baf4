"""Did the server take the letter: yes, no, not yet, or can nobody know?

One connection a run, encrypted and with the server's certificate checked unless the settings say
openly that there is no encryption. Whatever happens before the letter itself is asked for leaves
nothing with the server; only between the first byte of the letter and the server's answer can it be
unknown. Protocol: RFC 5321, 3207 (STARTTLS), 4954 (AUTH); XOAUTH2 as Microsoft and Google have it.
Keeps no record and tries nothing twice.
"""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from compliance.delivery_settings import DeliverySettings

Ending = Literal["sent", "refused", "deferred", "unknown"]
_DOTS = re.compile(rb"^\.", re.MULTILINE)
# A server that keeps sending a byte before each timeout is cut off after this many of them.
_TIMEOUTS_A_LETTER = 6
_TROUBLE = (OSError, smtplib.SMTPException, ValueError)


class LineError(Exception):
    """There is no line: nothing was handed over, and nothing can be until it is mended."""


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended, and what was said."""

    state: Ending
    detail: str


class Line:
    """A connection that is opened when first needed and kept until it breaks."""

    def __init__(self, settings: DeliverySettings, secret: str) -> None:
        self._settings, self._secret = settings, secret
        self._server: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect, encrypt and log in. Raises LineError, saying at which step it failed."""
        if self._server is not None:
            return
        step = "connect"
        try:
            server = self._connected()
            self._server = server
            with self._within_time():
                step = "EHLO"
                _expect(server.ehlo(_name()), 2)
                if self._settings.security == "starttls":
                    step = "STARTTLS"
                    server.starttls(context=self._trust())
                    step = "EHLO after STARTTLS"
                    _expect(server.ehlo(_name()), 2)
                if self._settings.secret is not None:
                    step = "login"
                    self._log_in(server)
        except _TROUBLE as error:
            self._drop()
            raise LineError(f"{step}: {_told(error)}") from None

    def send(
        self, sender: str, recipient: str, content: bytes, about_to_leave: Callable[[], None]
    ) -> Outcome:
        """Hand over one letter to one address; `about_to_leave` is called before its first byte.

        `content` has CRLF line ends and ends in one. Raises LineError when there is no line.
        """
        self.open()
        with self._within_time():
            refusal = self._introduce(sender, recipient)
        if refusal is not None:
            return refusal
        about_to_leave()
        with self._within_time():
            return self._hand_over(content)

    def close(self) -> None:
        """Say goodbye, if there is anybody to say it to."""
        if self._server is not None:
            try:
                self._server.quit()
            except _TROUBLE:
                self._drop()  # every letter has its answer by now
        self._server = None

    def _introduce(self, sender: str, recipient: str) -> Outcome | None:
        """Name sender and reader; None when the server is ready for the letter."""
        server = self._open_server()
        try:
            code, text = server.mail(sender)
            if code // 100 == 2:
                code, text = server.rcpt(recipient)
            if code // 100 == 2:
                return None
            if code != 421:
                server.rset()
        except _TROUBLE as error:
            self._drop()
            return Outcome("deferred", f"before the letter left: {_told(error)}")
        if code == 421:
            self._drop()
        return _answered(code, text, unclear="deferred")

    def _hand_over(self, content: bytes) -> Outcome:
        server = self._open_server()
        try:
            code, text = server.docmd("DATA")
        except _TROUBLE as error:
            self._drop()
            return Outcome("deferred", f"before the letter left: {_told(error)}")
        if code != 354:
            self._drop()  # whatever state the server thinks it is in, the next letter starts anew
            return _answered(code, text, unclear="deferred")
        try:
            server.send(_DOTS.sub(b"..", content) + b".\r\n")
            code, text = server.getreply()
        except _TROUBLE as error:
            self._drop()
            return Outcome("unknown", f"after the letter left: {_told(error)}")
        return _answered(code, text, unclear="unknown")

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        name, seconds = _name(), settings.timeout_seconds
        if settings.security == "tls":
            return smtplib.SMTP_SSL(
                settings.host, settings.port, name, timeout=seconds, context=self._trust()
            )
        return smtplib.SMTP(settings.host, settings.port, name, timeout=seconds)

    def _trust(self) -> ssl.SSLContext:
        """The system's authorities, or those of `ca_file`; there is no way to trust everybody."""
        file = self._settings.ca_file
        return ssl.create_default_context(cafile=str(file) if file else None)

    def _log_in(self, server: smtplib.SMTP) -> None:
        user, secret = self._settings.user, self._secret
        offered = server.esmtp_features.get("auth", "").upper().split()
        if self._settings.secret and self._settings.secret.kind == "token":
            code, text = server.docmd(
                "AUTH", "XOAUTH2 " + _coded(f"user={user}\1auth=Bearer {secret}\1\1")
            )
            if code == 334:  # the reason for a refusal; an empty answer ends the exchange
                code, text = server.docmd("")
        elif "PLAIN" in offered:
            code, text = server.docmd("AUTH", "PLAIN " + _coded(f"\0{user}\0{secret}"))
        elif "LOGIN" in offered:
            code, text = server.docmd("AUTH", "LOGIN")
            for answer in (user, secret):
                _expect((code, text), 3)
                code, text = server.docmd(_coded(answer))
        else:
            raise smtplib.SMTPException(f"the server offers no login we know: {offered}")
        _expect((code, text), 2)

    @contextmanager
    def _within_time(self) -> Iterator[None]:
        limit = self._settings.timeout_seconds * _TIMEOUTS_A_LETTER
        timer = threading.Timer(limit, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        server = self._server
        if server is not None and server.sock is not None:
            with suppress(OSError):  # it may be gone already
                server.sock.shutdown(socket.SHUT_RDWR)

    def _open_server(self) -> smtplib.SMTP:
        if self._server is None:
            raise LineError("the line was lost")
        return self._server

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = None


def _name() -> str:
    return socket.gethostname() or "localhost"


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _expect(answer: tuple[int, bytes], hundreds: int) -> None:
    code, text = answer
    if code // 100 != hundreds:
        raise smtplib.SMTPResponseException(code, text)


def _answered(code: int, text: bytes, *, unclear: Ending) -> Outcome:
    detail = f"{code} {_plain(text)}"
    endings: dict[int, Ending] = {2: "sent", 4: "deferred", 5: "refused"}
    return Outcome(endings.get(code // 100, unclear), detail)


def _told(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {_plain(text if isinstance(text, bytes) else text.encode())}"
    if isinstance(error, TimeoutError):
        return "the server was silent"
    return f"{type(error).__name__}: {error}".strip(": ")


def _plain(text: bytes) -> str:
    return " ".join(text.decode("ascii", "replace").split())
