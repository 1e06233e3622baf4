"""A municipality with letters to send, and a real mail server that can be told to misbehave.

The server is aiosmtpd on the loopback, with TLS, a certificate made here and a login; `faults` says
at which step of which connection it falls silent, cuts the line, or answers 4xx or 5xx.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import email
import functools
import ipaddress
import ssl
import tempfile
import threading
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from compliance.letters import Attachment, Letter, message
from compliance.rule_entries import Department, Unit
from compliance.workbook import Column, Properties, Sheet, write_workbook
from compliance.workspace import Workspace

MONTH = date(2026, 10, 1)
SENDER = "inkop@bjorkvik.example"
PASSWORD = "hemligt åäö"
TOKEN = "a-good-token"
STEPS = ("connect", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "body", "accepted")
FAULTS = ("silence", "cut", "451 4.3.0 later", "550 5.7.1 no")


# ── the server ────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Sink:
    """What has reached the server, and how it is told to behave."""

    faults: dict[str, list[str | None]] = field(default_factory=dict)
    accepted: list[tuple[str, str, bytes]] = field(default_factory=list)  # id, reader, bytes
    logins: list[object] = field(default_factory=list)
    connections: int = 0
    unknown_readers: set[str] = field(default_factory=set)
    transports: list[Any] = field(default_factory=list)

    def next(self, step: str) -> str | None:
        waiting = self.faults.get(step)
        return waiting.pop(0) if waiting else None

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """How many times each letter has reached each reader."""
        return Counter((id, reader) for id, reader, _ in self.accepted)


class _CutError(Exception):
    """The server has gone away."""


class _Server(SMTP):
    def __init__(self, sink: Sink, **options: Any) -> None:
        self.sink = sink
        super().__init__(_Handler(sink), authenticator=_authenticate(sink), **options)

    def connection_made(self, transport: Any) -> None:
        self.sink.transports.append(transport)
        super().connection_made(transport)

    async def _stumble(self, step: str) -> bool:
        """Misbehave as told; whether the command was answered by that."""
        fault = self.sink.next(step)
        if fault is None:
            return False
        if fault == "silence":
            await asyncio.sleep(30)
        if fault in ("silence", "cut"):
            if self.transport is not None:
                self.transport.abort()
            raise _CutError
        await self.push(fault)
        return True

    async def _handle_client(self) -> None:
        self.sink.connections += 1
        with contextlib.suppress(_CutError, ConnectionError, asyncio.CancelledError):
            if not await self._stumble("connect"):
                await super()._handle_client()
            else:
                self.transport.close()

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._stumble("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self._stumble("STARTTLS"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._stumble("AUTH"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str) -> None:
        if not await self._stumble("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:
        if not await self._stumble("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if not await self._stumble("DATA"):
            await super().smtp_DATA(arg)


class _Handler:
    def __init__(self, sink: Sink) -> None:
        self.sink = sink

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.sink.unknown_readers:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: _Server, session: Session, envelope: Envelope) -> str:
        # Before: the server has all the bytes and has not taken the letter over. After: it has.
        fault = self.sink.next("body")
        if fault in ("silence", "cut"):
            if fault == "silence":
                await asyncio.sleep(30)
            server.transport.abort()
            raise _CutError
        if fault:
            return fault
        content = bytes(envelope.content or b"")
        id = str(email.message_from_bytes(content)["Message-ID"])
        for reader in envelope.rcpt_tos:
            self.sink.accepted.append((id, reader, content))
        fault = self.sink.next("accepted")
        if fault in ("silence", "cut"):
            if fault == "silence":
                await asyncio.sleep(30)
            server.transport.abort()
            raise _CutError
        return "250 2.0.0 taken over as 4711"

    async def handle_exception(self, error: Exception) -> str:
        raise error

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        answer = await server.challenge_auth("") if len(args) < 2 else args[1]
        raw = base64.b64decode(answer) if isinstance(answer, str) else answer
        good = raw == f"user={SENDER}\1auth=Bearer {TOKEN}\1\1".encode()
        self.sink.logins.append(raw)
        if not good:
            await server.challenge_auth('{"status":"401"}')
        return AuthResult(success=good, handled=False)


def _authenticate(sink: Sink) -> Any:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        sink.logins.append((mechanism, data.login))
        good = data.login == SENDER.encode() and data.password == PASSWORD.encode()
        return AuthResult(success=good, handled=False)

    return check


@dataclass(frozen=True)
class Running:
    """A server at work on the loopback."""

    port: int
    sink: Sink


@contextlib.contextmanager
def serving(
    sink: Sink | None = None, *, security: str = "starttls", login: bool = True
) -> Iterator[Running]:
    """Run a server in a thread; `security` is starttls, tls or none."""
    sink = sink or Sink()
    loop = asyncio.new_event_loop()
    context = server_context()
    options: dict[str, Any] = {
        "hostname": "relay.bjorkvik.example",
        "loop": loop,
        "enable_SMTPUTF8": False,
    }
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True, "auth_required": login}
    else:
        options["auth_require_tls"] = False

    def make() -> _Server:
        with warnings.catch_warnings():
            # A line that is encrypted from its start looks like an open one to the server.
            warnings.simplefilter("ignore", UserWarning)
            return _Server(sink, **options)

    server = loop.run_until_complete(
        loop.create_server(make, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    )
    loop.set_exception_handler(lambda *_: None)  # cut lines are what we are here for
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield Running(server.sockets[0].getsockname()[1], sink)
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server, sink), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stop(server: asyncio.Server, sink: Sink) -> None:
    server.close()
    for transport in sink.transports:
        transport.abort()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)


# ── certificates ──────────────────────────────────────────────────────────────────────────────────


@functools.cache
def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        file.write_bytes(_certificates()[1])
        context.load_cert_chain(file)
    return context


def trusted(folder: Path) -> Path:
    """Write the certificate that the server's is signed with."""
    return _written(folder / "ca.pem", _certificates()[0])


def untrusted(folder: Path) -> Path:
    """Write a certificate of somebody else."""
    return _written(folder / "other-ca.pem", _certificate("Somebody else", None)[0])


def _written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


@functools.cache
def _certificates() -> tuple[bytes, bytes]:
    ca, ca_key, name = _certificate("Björkvik CA", None)
    cert, key, _ = _certificate("localhost", (name, ca_key))
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return ca, cert + pem


def _certificate(
    common: str, issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None
) -> tuple[bytes, ec.EllipticCurvePrivateKey, x509.Name]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    now = dt.datetime.now(dt.UTC)
    signer = issuer[1] if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer[0] if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if issuer is None:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
                key_encipherment=False, data_encipherment=False, key_agreement=False,
                encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )  # fmt: skip
    else:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    pem = builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return pem, key, name


# ── the house ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Rules:
    """What sending needs of the rules."""

    departments: tuple[Department, ...]
    units: tuple[Unit, ...]

    @property
    def organisation(self) -> Mapping[str, Department]:
        return {department.title: department for department in self.departments}


def department(
    title: str, *, email: str | None = None, copies: tuple[str, ...] = (), language: str = "sv"
) -> Department:
    slug = "".join(c for c in title.casefold() if c.isascii() and c.isalnum()) or "x"
    address = f"{slug}@bjorkvik.example" if email is None else email
    return Department(slug, title, f"Chef för {title}", address, language, copies)


SOCIAL, SCHOOL, CARE = (
    department("Socialförvaltningen"),
    department("Barn- och utbildningsförvaltningen"),
    department("Vård- och omsorgsförvaltningen", copies=("controller@bjorkvik.example",)),
)
HOUSE = Rules(
    (SOCIAL, SCHOOL, CARE),
    (
        *(Unit(d.title, d.title) for d in (SOCIAL, SCHOOL, CARE)),
        Unit("Försörjningsstöd", SOCIAL.title),
        Unit("Grundskola norr", SCHOOL.title),
        Unit("Hemtjänst söder", CARE.title),
        Unit("Måltidsservice", SCHOOL.title, None, date(2025, 12, 31)),
        Unit("Måltidsservice", CARE.title, date(2026, 1, 1), None),
    ),
)  # fmt: skip

Posting = tuple[date, str, str, str, float]  # day, department, unit, vendor, kronor


def postings(title: str, rules: Rules = HOUSE, *, kronor: float = 1000.0) -> list[Posting]:
    """One posting a unit that the department has in the month."""
    day = date(2026, 10, 14)
    return [
        (day, title, unit.name, "Acme Bygg AB", kronor)
        for unit in rules.units
        if unit.department == title and (unit.first or date.min) <= day <= (unit.last or date.max)
    ]


def eml(
    reader: Department, rows: list[Posting], *, month: date = MONTH, subject: str = "", html: str = "",
    to: str | None = None, sender: str = SENDER, number: str = "12345678",
) -> bytes:  # fmt: skip
    """One letter, made by the code that makes them all."""
    with tempfile.TemporaryDirectory() as folder:
        report = f"{month:%Y-%m}/{number}"
        book = write_workbook(Path(folder) / "evidence.xlsx", _book(rows, f"Rapport {report}"))
        attached = Attachment("underlag.xlsx", book.read_bytes())
    return message(
        Letter(
            subject=subject or f"Utan giltigt avtal i oktober: {len(rows)} rader",
            html=html or _html(reader.title, rows, report),
            text=f"{reader.title}\n\nSe bilagan.\n.\n..en rad som börjar med punkt\n{report}.\n",
            department=reader.title,
            month=month,
            day=date(2026, 11, 5),
            to_name=reader.manager,
            to_address=reader.email if to is None else to,
            from_name="Björkviks kommun",
            from_address=sender,
            attachments=(attached,),
        )
    )


def _html(title: str, rows: list[Posting], report: str) -> str:
    lines = "".join(f'<tr><th scope="row">{r[2]}</th><td>{r[4]}</td></tr>' for r in rows)
    return (
        f"<html><body><p>{title}, Björkvik</p><table>{lines}</table><p>{report}</p></body></html>"
    )


def _book(rows: list[Posting], comment: str) -> Properties:
    columns = [
        Column("Datum", "date"), Column("Leverantör"), Column("Förvaltning"), Column("Enhet"),
        Column("Kronor", "amount", is_summed=True),
    ]  # fmt: skip
    cells = [[day, vendor, title, unit, kronor] for day, title, unit, vendor, kronor in rows]
    sheet = Sheet(
        "Månadens konteringar", "Postings", columns, cells, title="Underlag", total="Summa"
    )
    return Properties("Underlag", "Björkvik", comment, date(2026, 11, 5), (sheet,))


@functools.cache
def house_letters() -> Mapping[str, bytes]:
    return {d.title: eml(d, postings(d.title)) for d in HOUSE.departments}


def settings_text(server_port: int, folder: Path, **changed: str) -> str:
    """Return [delivery] for a server on that port; `changed` replaces a line, or drops it ('')."""
    lines = {
        "method": '"smtp"',
        "host": '"localhost"',
        "port": str(server_port),
        "security": '"starttls"',
        "user": f'"{SENDER}"',
        "password_env": '"COMPLIANCE_TEST_PASSWORD"',
        "ca_file": f'"{trusted(folder)}"',
        "from": f'"{SENDER}"',
        "allowed_domains": '["bjorkvik.example"]',
        "timeout_seconds": "0.4",
        "pause_seconds": "0",
    } | changed
    body = "\n".join(f"{name} = {value}" for name, value in lines.items() if value)
    return f'[organisation]\nname = "Björkviks kommun"\n\n[delivery]\n{body}\n'


def workspace(
    root: Path, server_port: int, letters: Mapping[str, bytes] | None = None, **changed: str
) -> Workspace:
    """Make a workspace with a month's letters in it."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "compliance.toml").write_text(settings_text(server_port, root, **changed), "utf-8")
    put_letters(root, house_letters() if letters is None else letters)
    return Workspace.open(root)


def put_letters(root: Path, letters: Mapping[str, bytes]) -> None:
    folder = root / "output" / "reports" / f"{MONTH:%Y-%m}"
    folder.mkdir(parents=True, exist_ok=True)
    for number, title in enumerate(sorted(letters)):
        (folder / f"letter-{number}.eml").write_bytes(letters[title])
