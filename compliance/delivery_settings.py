"""How may letters leave this house? [delivery] in compliance.toml, read strictly.

Nothing is guessed: no section means that nothing is ever sent, encryption is left out only by
saying so, a domain that is not listed gets no mail, and a secret that stands in the file is refused
(it comes from the environment, a file or a command). Opens no connection.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from email.errors import MessageError
from email.headerregistry import Address
from pathlib import Path

from compliance.errors import ComplianceError, Place, RuleError, nearest, raise_all
from compliance.workspace import SETTINGS_FILE, Workspace

METHODS = ("relay", "smtp", "folder")
SECURITY = ("starttls", "tls", "none")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}

# `reply_to`, `contact` and `report_url` are words in the letters, written by the report.
_SHARED = frozenset(
    {"send", "method", "from", "reply_to", "contact", "report_url", "allowed_domains"}
    | {"test_recipient"}
)
_LINE = frozenset({"host", "port", "security", "ca_file", "timeout_seconds", "pause_seconds"})
_SECRETS = ("password_env", "password_file", "token_env", "token_file", "token_command")
_KNOWN: Mapping[str, frozenset[str]] = {
    "relay": _SHARED | _LINE,
    "smtp": _SHARED | _LINE | {"user", *_SECRETS},
    "folder": _SHARED | {"folder"},
}
_ADDRESS = re.compile(r"[!-~]+@[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_TOKEN_SECONDS = 60


@dataclass(frozen=True)
class Secret:
    """Where a password or token is found; never the secret itself."""

    kind: str  # password | token
    source: str  # env | file | command
    where: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeliverySettings:
    """What [delivery] says."""

    is_on: bool  # `compliance run` sends; `compliance send --send` does in any case
    method: str
    sender: str
    allowed_domains: tuple[str, ...]
    test_recipient: str = ""
    host: str = ""
    port: int = 0
    security: str = "starttls"
    ca_file: Path | None = None
    timeout_seconds: float = 30
    pause_seconds: float = 1
    user: str = ""
    secret: Secret | None = None
    folder: Path | None = None
    root: Path = field(default=Path())

    def allows(self, address: str) -> bool:
        """Tell whether the address is of a listed domain (a subdomain must be listed itself)."""
        return is_address(address) and address.rpartition("@")[2].casefold() in self.allowed_domains


def is_address(text: str) -> bool:
    """Tell whether this is one plain ASCII address: what every mail server takes."""
    if not _ADDRESS.fullmatch(text) or any(sign in text for sign in '<>,;:"()[]\\'):
        return False
    try:
        return Address(addr_spec=text).addr_spec == text
    except (ValueError, IndexError, MessageError):  # the parser gives up in more than one way
        return False


def settings_of(workspace: Workspace) -> DeliverySettings | None:
    """Read [delivery]; None when there is none. Raises RuleError, or Problems with all of them."""
    if not workspace.settings.delivery:
        return None
    reader = _Reader(workspace.settings.delivery)
    method = reader.choice("method", METHODS)
    raise_all(reader.errors)  # which keys belong here depends on it
    found = _settings(reader, workspace.root, method)
    raise_all(reader.errors)
    return found


def reveal(settings: DeliverySettings) -> str:
    """Return the password or token now, from where the settings say.

    Raises RuleError when it is not there; the message never holds any part of it.
    """
    secret = settings.secret
    if secret is None:
        return ""
    try:
        text = _SOURCES[secret.source](secret, settings.root)
    except (OSError, UnicodeDecodeError, subprocess.SubprocessError) as error:
        raise _no_secret(secret, type(error).__name__) from None
    if not text.strip():
        raise _no_secret(secret, "it is empty")
    return text.strip("\r\n ")


def _from_environment(secret: Secret, root: Path) -> str:
    del root
    return os.environ.get(secret.where, "")


def _from_file(secret: Secret, root: Path) -> str:
    return (root / secret.where).read_text("utf-8")


def _from_command(secret: Secret, root: Path) -> str:
    done = subprocess.run(  # the workspace's owner wrote it, as a list and for no shell
        secret.arguments, cwd=root, capture_output=True, check=True, timeout=_TOKEN_SECONDS
    )
    return done.stdout.decode()


_SOURCES = {"env": _from_environment, "file": _from_file, "command": _from_command}


def _no_secret(secret: Secret, why: str) -> RuleError:
    return RuleError(
        f"the {secret.kind} is not to be had from {secret.source} {secret.where}",
        at=Place(SETTINGS_FILE, column=f"{secret.kind}_{secret.source}"),
        why=why,
        fix=f"see that {secret.where} gives it to the user that runs this program",
    )


class _Reader:
    """Typed answers from the section; what cannot be used is collected."""

    def __init__(self, section: Mapping[str, object]) -> None:
        self.section = section
        self.errors: list[ComplianceError] = []

    def refuse(self, key: str, what: str, *, fix: str, why: str = "") -> None:
        place = Place(SETTINGS_FILE, column=key)
        self.errors.append(RuleError(f"[delivery] {what}", at=place, why=why, fix=fix))

    def text(self, key: str, *, required: bool = False) -> str:
        value = self.section.get(key)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.refuse(key, f"does not say `{key}` as text", fix=f'write {key} = "…"')
            return ""
        return value.strip()

    def choice(self, key: str, allowed: tuple[str, ...], default: str = "") -> str:
        value = self.text(key, required=not default) or default
        if value and value not in allowed:
            self.refuse(key, f"`{key}` is `{value}`", fix=nearest(value, allowed))
        return value if value in allowed else allowed[0]

    def flag(self, key: str) -> bool:
        value = self.section.get(key, False)
        if not isinstance(value, bool):
            self.refuse(key, f"`{key}` is {value!r}", fix=f"write {key} = true or false")
        return value is True

    def seconds(self, key: str, default: float, low: float, high: float) -> float:
        value = self.section.get(key, default)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float | Decimal)
            or not low <= value <= high
        ):
            self.refuse(
                key, f"`{key}` is {value!r}", fix=f"write seconds between {low:g} and {high:g}"
            )
            return default
        return float(value)

    def port(self, security: str) -> int:
        value = self.section.get("port", _PORTS[security])
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
            self.refuse("port", f"`port` is {value!r}", fix=f"write port = {_PORTS[security]}")
            return _PORTS[security]
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.section.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(x, str) for x in value):
            self.refuse(key, f"does not list `{key}`", fix=f'write {key} = ["…"]')
            return ()
        return tuple(str(item).strip() for item in value)


def _settings(reader: _Reader, root: Path, method: str) -> DeliverySettings:
    _check_keys(reader, method, _KNOWN[method])
    security = _security(reader, method) if method != "folder" else "none"
    ca_file, folder = reader.text("ca_file"), ""
    if method == "folder":
        folder = reader.text("folder", required=True)
    secret = _secret(reader, root) if method == "smtp" else None
    return DeliverySettings(
        is_on=reader.flag("send"),
        method=method,
        sender=_sender(reader),
        allowed_domains=_domains(reader),
        test_recipient=_address(reader, "test_recipient"),
        host=reader.text("host", required=True) if method != "folder" else "",
        port=reader.port(security),
        security=security,
        ca_file=root / ca_file if ca_file else None,
        timeout_seconds=reader.seconds("timeout_seconds", 30, 0.1, 600),
        pause_seconds=reader.seconds("pause_seconds", 1, 0, 600),
        user=reader.text("user", required=True) if method == "smtp" else "",
        secret=secret,
        folder=root / folder if folder else None,
        root=root,
    )


def _check_keys(reader: _Reader, method: str, known: Collection[str]) -> None:
    for key in reader.section:
        if key in ("password", "token", "secret"):
            reader.refuse(
                key,
                f"holds `{key}` itself",
                why="this file is copied, backed up and shown; a secret in it is none",
                fix=f"write {key}_env or {key}_file, and change the secret: it has been seen",
            )
        elif key not in known:
            reader.refuse(key, f"has no `{key}` with method `{method}`", fix=nearest(key, known))


def _sender(reader: _Reader) -> str:
    reader.text("from", required=True)
    for key in ("reply_to", "contact"):
        _address(reader, key)
    reader.text("report_url")
    return _address(reader, "from")


def _address(reader: _Reader, key: str) -> str:
    written = reader.text(key)
    if written and not is_address(written):
        reader.refuse(key, f"`{written}` is no address", fix=f'write {key} = "name@example.se"')
    return written


def _domains(reader: _Reader) -> tuple[str, ...]:
    found = tuple(domain.casefold() for domain in reader.texts("allowed_domains"))
    for domain in found:
        if not _DOMAIN.fullmatch(domain):
            reader.refuse("allowed_domains", f"`{domain}` is no domain", fix='write "example.se"')
    return found


def _security(reader: _Reader, method: str) -> str:
    if method == "relay" and "security" not in reader.section:
        reader.refuse(
            "security",
            "does not say `security` of the relay",
            why="a relay takes mail without a login; that its line may be open is for you to say",
            fix='write security = "starttls" or "tls", or openly "none"',
        )
    security = reader.choice("security", SECURITY, "starttls")
    if method == "smtp" and security == "none":
        reader.refuse(
            "security",
            "would send a password over an open line",
            fix='write security = "starttls" or "tls"',
        )
    return security


def _secret(reader: _Reader, root: Path) -> Secret | None:
    given = [key for key in _SECRETS if key in reader.section]
    if len(given) != 1:
        reader.refuse(
            given[1] if given else "password_env",
            "names no password or token" if not given else f"names {len(given)} secrets",
            fix="write one of " + ", ".join(_SECRETS),
        )
        return None
    kind, _, source = given[0].partition("_")
    if source != "command":
        where = reader.text(given[0], required=True)
        if source == "file" and where:
            _check_mode(reader, given[0], root / where)
        return Secret(kind, source, where)
    arguments = reader.texts(given[0])
    return Secret(kind, source, shlex.join(arguments[:1]), arguments)


def _check_mode(reader: _Reader, key: str, file: Path) -> None:
    if file.exists() and file.stat().st_mode & 0o077:
        reader.refuse(
            key,
            f"keeps a secret in {file.name}, which others may read",
            fix=f"chmod 600 {file.name}",
        )
