"""One e-mail from its parts: headers, bodies, pictures, attachments; the same bytes each time.

Everything that comes from data is made harmless: no text can begin a header, become a second
address or lead a file name out of its folder. Boundaries follow from the letter and the date from
the caller, so composing again gives the same bytes. What the mail says is in `content.py`.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from pipeline.delivery.mail.headers import address_header, one_line, text_header, token_header
from pipeline.delivery.record.states import digest

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
_DAY = re.compile(r"[ _-]*\d{4}-\d{2}-\d{2}$")
# Bodies as quoted-printable or base64: a relay without 8BITMIME must not have to rewrite them.
POLICY = SMTP.clone(cte_type="7bit")


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
    """Who sends what to whom, and when; `dated` in the zone in which it is to be read.

    `request_mark`: by what a request to unsubscribe is known to answer this mail.
    """

    message_id: str
    dated: datetime
    sender: Address
    recipient: Address
    reply_to: Address | None
    unsubscribe: str | None
    request_mark: str
    tenant: str
    report: str
    as_of: date
    build_id: str


def compose(header: Header, letter: Letter) -> bytes:
    """The mail as it goes over the wire (CRLF, 7-bit)."""
    lines = [*_header_lines(header, letter.subject), ""]
    return "\r\n".join(lines).encode("ascii") + _mime(letter)


@lru_cache(maxsize=1)
def _mime(letter: Letter) -> bytes:
    """The MIME headers and the body: the same for all recipients, so written once."""
    message = EmailMessage(policy=POLICY)
    _add_bodies(message, letter)
    for attachment in letter.attachments:
        main, _, sub = attachment.media_type.partition("/")
        message.add_attachment(
            attachment.data,
            maintype=main,
            subtype=sub,
            filename=file_name(attachment.name),
            params={"charset": "utf-8"} if main == "text" else None,
        )
    _number_parts(message, letter)
    return message.as_bytes()


def _header_lines(header: Header, subject: str) -> Iterator[str]:
    yield token_header("Date", format_datetime(header.dated))
    yield address_header("From", header.sender)
    yield address_header("To", header.recipient)
    if header.reply_to:
        yield address_header("Reply-To", header.reply_to)
    yield text_header("Subject", subject)
    yield token_header("Message-ID", header.message_id)
    yield token_header("Auto-Submitted", "auto-generated")
    # Exchange answers with out-of-office notes to anything that does not say so.
    yield token_header("X-Auto-Response-Suppress", "All")
    if header.unsubscribe:
        yield token_header("List-Unsubscribe", _unsubscribe(header, header.unsubscribe))
    yield token_header("X-Milepost-Tenant", header.tenant)
    yield token_header("X-Milepost-Report", header.report)
    yield token_header("X-Milepost-As-Of", header.as_of.isoformat())
    yield token_header("X-Milepost-Build", header.build_id)


def message_id(key_digest: str, sender: str) -> str:
    """The Message-ID of a delivery: the digest, by the workspace's key, at the sender's domain."""
    return f"<{key_digest[:40]}@{sender.rpartition('@')[2].lower()}>"


def file_name(text: str) -> str:
    """A name that is only a name: no folder, no hidden file, nothing invisible, not too long."""
    flat = unicodedata.normalize("NFC", one_line(text.replace("\\", "/").rpartition("/")[2]))
    kept = "".join(c if _in_file_name(c) else "_" for c in flat).strip(" .-_")
    stem, dot, suffix = kept.rpartition(".")
    if not stem or len(suffix) > 8:
        stem, dot, suffix = kept, "", ""
    # The day at the end says which of many it is, so what is before it is cut.
    day = _DAY.search(stem)
    end = day[0] if day else ""
    room = _LONGEST_FILE_NAME - len(suffix)
    if len(stem) > room:
        stem = stem[: room - len(end)].strip(" .-_") + end
    return (stem.strip(" .") + dot + suffix) or "attachment"


def _in_file_name(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN" or character in " ._-()+," + _JOINERS


def _unsubscribe(header: Header, mailbox: str) -> str:
    whom = f"{header.report} {header.tenant} {header.recipient.addr_spec}"
    words = f"unsubscribe {whom} {header.request_mark}"
    subject = quote(one_line(words))
    return f"<mailto:{quote(mailbox, safe='@+')}?subject={subject}>"


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

    Mail programs do not show `data:` URIs; a browser that opens the artifact does.
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


def _number_parts(message: EmailMessage, letter: Letter) -> None:
    """Fixed boundaries instead of random ones, and MIME-Version once instead of on every part."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            # "=_" occurs in no quoted-printable or base64 body, so no content can contain it.
            part.set_boundary(f"=_{digest(letter.subject, letter.text, number)[:32]}")
        if part is not message:
            del part["MIME-Version"]
