"""One e-mail from its parts: headers, bodies, pictures, attachments; the same bytes each time.

Everything that comes from data is cleaned here: no text can begin a header, become a second address
or lead a file name out of its folder. Boundaries follow from the Message-ID and the date from the
caller, so composing again gives the same bytes. What the mail says is in `letters.py`.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from urllib.parse import quote

from pipeline.delivery.states import digest
from pipeline.errors import MilepostError

# Used where a tenant has no `email` section; a real server would refuse it, the outbox does not
# mind.
NO_SENDER = "milepost@outbox.invalid"

_INLINE_IMAGE = re.compile(
    r"""(?P<before><img\b[^>]*?\bsrc\s*=\s*)(?P<quote>["'])"""
    r"""data:image/(?P<type>png|jpeg|gif);base64,(?P<data>[A-Za-z0-9+/=\s]+)(?P=quote)""",
    re.IGNORECASE,
)
_JOINERS = "\u200c\u200d"  # Indic scripts and emoji need them; all other invisible characters go
# Longer parameters are cut into numbered pieces (RFC 2231), which some mail programs do not join.
_LONGEST_FILE_NAME = 80


class _Unfolded(UnstructuredHeader, BaseHeader):
    """A header for machines: folding would make encoded words of a long token, unreadable there."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
for _name in (
    *("message-id", "list-unsubscribe"),
    *("x-milepost-tenant", "x-milepost-report", "x-milepost-as-of", "x-milepost-build"),
):
    _HEADERS.map_to_type(_name, _Unfolded)

# Bodies as quoted-printable or base64: a relay without 8BITMIME must not have to rewrite them.
POLICY = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)


@dataclass(frozen=True)
class Attachment:
    """A file of the mail. `media_type` as in "application/pdf"."""

    name: str
    data: bytes
    media_type: str


@dataclass(frozen=True)
class Letter:
    """What a mail says. Pictures in `html` are `data:` URIs and become `cid:` parts."""

    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Header:
    """Who sends what to whom, and when; `dated` in the zone in which it is to be read."""

    message_id: str
    dated: datetime
    sender: Address
    recipient: Address
    reply_to: Address | None
    unsubscribe: str
    tenant: str
    report: str
    as_of: date
    build_id: str


def compose(header: Header, letter: Letter) -> bytes:
    """The mail as it goes over the wire (CRLF, 7-bit)."""
    message = EmailMessage(policy=POLICY)
    message["Date"] = format_datetime(header.dated)
    message["From"] = header.sender
    message["To"] = header.recipient
    if header.reply_to:
        message["Reply-To"] = header.reply_to
    message["Subject"] = one_line(letter.subject)
    message["Message-ID"] = _token(header.message_id)
    message["Auto-Submitted"] = "auto-generated"
    # Exchange answers with out-of-office notes to anything that does not say so.
    message["X-Auto-Response-Suppress"] = "All"
    message["List-Unsubscribe"] = _unsubscribe(header)
    message["X-Milepost-Tenant"] = _token(header.tenant)
    message["X-Milepost-Report"] = _token(header.report)
    message["X-Milepost-As-Of"] = header.as_of.isoformat()
    message["X-Milepost-Build"] = _token(header.build_id)
    _add_bodies(message, letter)
    for attachment in letter.attachments:
        main, _, sub = attachment.media_type.partition("/")
        message.add_attachment(
            attachment.data, maintype=main, subtype=sub, filename=file_name(attachment.name)
        )
    _settle_parts(message, header.message_id)
    return message.as_bytes()


def address(addr_spec: str, name: str | None = None) -> Address:
    """One mailbox; MilepostError for what is none or more than one."""
    try:
        found = Address(one_line(name or ""), addr_spec=addr_spec)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise MilepostError(f"{addr_spec!r} is not an e-mail address: {error}") from None
    if not addr_spec.isascii():
        raise MilepostError(f"{addr_spec!r}: only addresses in ASCII can be sent to")
    return found


def message_id(key_digest: str, sender: str) -> str:
    """The Message-ID of a delivery: its key's hash at the sender's domain."""
    return f"<{key_digest[:40]}@{sender.rpartition('@')[2].lower()}>"


def one_line(text: str) -> str:
    """`text` as a header can hold it: no line break of any kind, no control, no lone surrogate."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text)
    return " ".join(kept.split())


def _token(text: str) -> str:
    return one_line(text).encode("ascii", "replace").decode("ascii")


def file_name(text: str) -> str:
    """A name that is only a name: no folder, no hidden file, nothing invisible, not too long."""
    flat = unicodedata.normalize("NFC", one_line(text.replace("\\", "/").rpartition("/")[2]))
    kept = "".join(c if _in_file_name(c) else "_" for c in flat).strip(" .-_")
    stem, dot, suffix = kept.rpartition(".")
    if not stem or len(suffix) > 8:
        stem, dot, suffix = kept, "", ""
    return (stem[: _LONGEST_FILE_NAME - len(suffix)].strip(" .") + dot + suffix) or "attachment"


def _in_file_name(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN" or character in " ._-()+," + _JOINERS


def _unsubscribe(header: Header) -> str:
    subject = quote(f"unsubscribe {header.report} {header.tenant} {header.recipient.addr_spec}")
    return f"<mailto:{quote(header.unsubscribe, safe='@+')}?subject={subject}>"


def _add_bodies(message: EmailMessage, letter: Letter) -> None:
    message.set_content(_sendable(letter.text))
    if letter.html is None:
        return
    html, images = _cut_images(_sendable(letter.html))
    message.add_alternative(html, subtype="html")
    *_, part = message.iter_parts()
    for cid, kind, data in images:
        part.add_related(data, "image", kind, cid=f"<{cid}>", disposition="inline")


def _cut_images(html: str) -> tuple[str, list[tuple[str, str, bytes]]]:
    """`html` with `cid:` in place of its pictures, and each picture once: (cid, type, bytes).

    Mail programs do not show `data:` URIs; a browser that opens the artefact does.
    """
    images: dict[str, tuple[str, str, bytes]] = {}

    def cut(match: re.Match[str]) -> str:
        try:
            data = base64.b64decode("".join(match["data"].split()), validate=True)
        except binascii.Error:
            return match[0]
        cid = f"{digest(data.hex())[:24]}@milepost"
        images[cid] = (cid, match["type"].lower(), data)
        return f"{match['before']}{match['quote']}cid:{cid}{match['quote']}"

    return _INLINE_IMAGE.sub(cut, html), list(images.values())


def _sendable(text: str) -> str:
    """Lone surrogates cannot be written as UTF-8; one in a name must not lose the whole mail."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _settle_parts(message: EmailMessage, message_id: str) -> None:
    """Fixed boundaries instead of random ones, and MIME-Version once instead of on every part."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            # "=_" occurs in no quoted-printable or base64 body, so no content can contain it.
            part.set_boundary(f"=_{digest(message_id, number)[:32]}")
        if part is not message:
            del part["MIME-Version"]
