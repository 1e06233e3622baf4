"""How does a finished page of HTML become a letter that any mail program can open?

HTML and text in, one message as bytes out: CSS inlined for Word's engine, the trend drawn as a
picture inside the message, fixed boundaries and identity, so that the same letter always has the
same bytes (Exchange drops a repeated Message-ID; the bytes sent are the .eml written here). Knows
no figure, no clock and no network.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from importlib import resources

import css_inline
import resvg_py

XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_ATTACHMENT = 3_000_000  # bytes; a larger workbook stays where the report lies
_FONTS = ("OpenSans-Regular.ttf", "OpenSans-Semibold.ttf")
_HOME = "compliance.invalid"  # where an identity without a sender's domain lives (RFC 2606)


@dataclass(frozen=True)
class Attachment:
    """A file that goes with the letter."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """One department's letter. Addresses are as the rules give them; an empty one is left out."""

    subject: str
    html: str
    text: str
    department: str
    month: date
    day: date  # what the letter is dated by: the data, never the clock
    to_name: str = ""
    to_address: str = ""
    from_name: str = ""
    from_address: str = ""
    reply_to: str = ""
    picture: bytes = b""
    cid: str = ""
    attachments: tuple[Attachment, ...] = field(default=())


def inlined(html: str) -> str:
    """Return the page with its style sheet written into its elements; nothing is fetched.

    A `<style data-css-inline="keep">` stays: the few rules that only newer programs read.
    """
    inliner = css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)
    return str(inliner.inline(html))


def picture(svg: str, width: int) -> bytes:
    """Draw an SVG as PNG at twice its width, with our own fonts: the same bytes on every server."""
    folder = resources.files("compliance.words") / "fonts"
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            width=2 * width,
            skip_system_fonts=True,
            font_files=[str(folder / name) for name in _FONTS],
            font_family="Open Sans",
            sans_serif_family="Open Sans",
        )
    )


def message(letter: Letter) -> bytes:
    """Return the letter as it is sent: pure ASCII, lines of at most 998 characters, CRLF.

    Raises ValueError for an address that is not one; deliver.py refuses those before.
    """
    content = EmailMessage(policy=SMTP)
    _put(content, "Subject", _one_line(letter.subject))
    if letter.from_address:
        content["From"] = _address(letter.from_name, letter.from_address)
    if letter.to_address:
        content["To"] = _address(letter.to_name, letter.to_address)
    if letter.reply_to:
        content["Reply-To"] = _address("", letter.reply_to)
    content["Date"] = format_datetime(datetime.combine(letter.day, time(6), UTC))
    identity = _identity(letter)
    domain = letter.from_address.rpartition("@")[2] or _HOME
    content["Message-ID"] = f"<{identity}@{domain}>"
    # Whose letter it is, for the check before it is sent (owners.py).
    _put(content, "X-Compliance-Department", _one_line(letter.department))
    content["X-Compliance-Month"] = f"{letter.month:%Y-%m}"
    content["Auto-Submitted"] = "auto-generated"
    content["X-Auto-Response-Suppress"] = "All"
    # A reader that wraps plain text breaks at plain blanks only.
    content.set_content(letter.text.replace("\u00a0", " "), cte="quoted-printable")
    content.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    if letter.picture:
        _last_part(content).add_related(
            letter.picture, "image", "png", cid=f"<{letter.cid}>", filename="trend.png",
            disposition="inline",
        )  # fmt: skip
    for attachment in letter.attachments:
        content.add_attachment(
            attachment.content, maintype="application", subtype=XLSX, filename=attachment.name
        )
    _fix_boundaries(content, identity)
    return content.as_bytes()


def _put(content: EmailMessage, name: str, text: str) -> None:
    """Add a header that its reader gets back to the sign.

    The stdlib folds a long one so that a blank is lost or doubled; in encoded words the blanks
    stand inside the words (RFC 2047). What survives keeps its bytes: they were sent before.
    """
    content[name] = text
    alone = EmailMessage(policy=SMTP)
    alone[name] = text
    read = email.message_from_bytes(alone.as_bytes(), policy=email.policy.default)
    if str(read[name]) != text:
        del content[name]
        content.set_raw(name, Header(text, "utf-8", header_name=name).encode())


def _last_part(content: EmailMessage) -> EmailMessage:
    part = list(content.iter_parts())[-1]
    assert isinstance(part, EmailMessage)  # add_alternative made it
    return part


def _one_line(text: str) -> str:
    """Header text without line breaks and control signs, so that no name can add a header.

    An encoded word (`=?utf-8?Q?=0D=0A…?=`) that a name brings along would be decoded, line breaks
    and all, when the header is folded: its opening is parted.
    """
    text = re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text).replace("=?", "= ?")
    return text.replace("\u00a0", " ").strip()


def _address(name: str, address: str) -> Address:
    return Address(display_name=_one_line(name), addr_spec=_one_line(address))


def _identity(letter: Letter) -> str:
    """Return what tells this letter from every other: month, department, reader and content."""
    digest = hashlib.sha256()
    for part in (
        letter.month.isoformat(), letter.department, letter.to_address, letter.subject,
        letter.html, letter.text, *(a.name for a in letter.attachments),
    ):  # fmt: skip
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    for content in (letter.picture, *(a.content for a in letter.attachments)):
        digest.update(hashlib.sha256(content).digest())
    return f"{letter.month:%Y%m}.{digest.hexdigest()[:32]}"


def _fix_boundaries(content: MIMEPart, identity: str) -> None:
    for number, part in enumerate(content.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{number}_{identity}")
