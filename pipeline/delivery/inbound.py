"""Mail that comes back: bounces, and requests to be taken off a list.

Three hard bounces suppress an address; a request from the address itself is honoured at once. A
bounce counts if it names one of our own mails and its recipient, once for each mail; a request, if
it carries the mark of a mail that went there and the mail server did not find its sender false.
Both are told to the operators. Where that mail is read is in `mail.yaml` (`incoming`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr

from pipeline.delivery.notices import Notice, listing
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import Delivery, State, Subscription
from pipeline.delivery.transport.mailboxes import MailFolder

HARD_BOUNCES = 3
_REQUEST = re.compile(
    r"unsubscribe (?P<report>[a-z_]+) (?P<tenant>[a-z0-9_-]+) (?P<who>\S+@\S+)"
    r"(?: (?P<mark>[0-9a-f]{20})\b)?"
)
# What a server in front of us says of the sender, in the header that it puts on top.
_FORGED = re.compile(r"\bdmarc\s*=\s*fail")
_FAILED = re.compile(r"\b(?:spf|dkim)\s*=\s*(?:fail|permerror)")
_PASSED = re.compile(r"\b(?:dmarc|dkim|spf)\s*=\s*pass")
_MESSAGE_ID = re.compile(r"^message-id:\s*(<[^>\s]+>)", re.IGNORECASE | re.MULTILINE)
_REFUSED_ADDRESS = re.compile(r"^RCPT: 5\d\d")


def read_inbound(record: Deliveries, folder: MailFolder, now: datetime) -> list[Notice]:
    """Take note of what has newly come in; the notices that follow from it.

    Raises MilepostError if the folder cannot be read.
    """
    notices: list[Notice] = []
    for message in folder.messages():
        identity = hashlib.sha256(message.as_bytes()).hexdigest()
        if message.get_content_type() == "multipart/report":
            notices += _bounce(record, message, now)
        else:
            notices += _request(record, message, identity, now)
    return notices


def count_refusals(record: Deliveries, now: datetime) -> list[Notice]:
    """An address that the server itself refuses counts like a bounce of it."""
    notices: list[Notice] = []
    for row in record.in_states(State.DEAD):
        if _REFUSED_ADDRESS.match(row.reason) and row.key.is_owed:
            one = f"{row.message_id}:{row.attempts}"
            notices += _count(record, row, one, row.reason, now)
    return notices


def _bounce(record: Deliveries, message: EmailMessage, now: datetime) -> Iterator[Notice]:
    """One mail comes back once, whatever names it how often, and from whom it was sent to."""
    status, detail, recipient = _verdict(message)
    original = _original_id(message)
    row = record.by_message_id(original) if original else None
    if row is not None and status.startswith("5") and recipient == row.key.recipient:
        yield from _count(record, row, f"bounce of {row.message_id}", detail, now)


def _count(
    record: Deliveries, row: Delivery, identity: str, detail: str, now: datetime
) -> Iterator[Notice]:
    who = row.key.recipient
    if not record.notices.came_in(identity, "bounce", who, detail, now):
        return
    bounces = record.notices.bounces(who)
    if len(bounces) < HARD_BOUNCES:
        return
    record.notices.suppress(
        Subscription("", "", who), f"{len(bounces)} hard bounces: {detail}", now
    )
    yield Notice(
        kind="suppressed",
        about=(f"suppressed:{who}:{bounces[0]}:{len(bounces) // HARD_BOUNCES}",),
        subject=f"SUPPRESSED · {who} gets no more mail: {len(bounces)} hard bounces",
        body=(
            f"Mail to {who} came back {len(bounces)} times:\n\n{listing(bounces)}\n\n"
            "Nothing more is sent there, so that the server's standing does not suffer.\n"
            "What to do: correct or remove the address in the tenant file. If it works again:"
            f" `milepost deliveries allow {who}`.\n"
        ),
    )


def _request(
    record: Deliveries, message: EmailMessage, identity: str, now: datetime
) -> Iterator[Notice]:
    asked = _REQUEST.search(" ".join(str(message["Subject"] or "").lower().split()))
    if asked is None:
        return
    report, tenant, who = asked["report"], asked["tenant"], asked["who"]
    if not record.notices.came_in(identity, "unsubscribe", who, f"{tenant} {report}", now):
        return
    _, sender = parseaddr(str(message["From"] or ""))
    doubt = _doubt(record, message, sender, asked)
    if doubt:
        yield Notice(
            kind="unsubscribe",
            about=(f"unsubscribe:{identity}",),
            subject=f"UNSUBSCRIBE · {sender or 'somebody'} asks to take {who} off {report}",
            body=(
                f"{sender or 'Somebody'} asks that {who} gets no more {report} of {tenant}. Because"
                f" {doubt}, nothing was changed.\nWhat to do: ask"
                f" them, then `milepost deliveries suppress {who} --tenant {tenant} --report"
                f" {report}`, or leave it.\n"
            ),
        )
        return
    record.notices.suppress(
        Subscription(tenant, report, who), f"unsubscribed on {now:%Y-%m-%d}", now
    )
    yield Notice(
        kind="unsubscribe",
        about=(f"unsubscribe:{identity}",),
        subject=f"UNSUBSCRIBED · {who} from {report} of {tenant}",
        body=(
            f"{who} asked to get no more {report} of {tenant}, and gets none.\nWhat to do: remove"
            " the address from the tenant file. If it was a mistake:"
            f" `milepost deliveries allow {who}`.\n"
        ),
    )


def _doubt(record: Deliveries, message: EmailMessage, sender: str, asked: re.Match[str]) -> str:
    """Why the request is not followed by itself; empty if it is surely the address's own."""
    report, tenant, who = asked["report"], asked["tenant"], asked["who"]
    if sender.lower() != who:
        return "the request is not from that address"
    if not record.key.is_request_mark(asked["mark"] or "", report, tenant, who):
        return "the request does not carry the mark of a mail that was sent there"
    said = message.get_all("Authentication-Results") or []
    newest = " ".join(str(said[0]).lower().split()) if said else ""
    if _FORGED.search(newest) or (_FAILED.search(newest) and not _PASSED.search(newest)):
        return "the mail server says that the sender is not who they say they are"
    return ""


def _verdict(message: EmailMessage) -> tuple[str, str, str]:
    """The status of a delivery report (5.1.1), what the server said, and of which address; empty
    if it has none."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            for block in part.get_payload():
                if str(block["Action"] or "").strip().lower() == "failed":  # type: ignore[index]
                    status = str(block["Status"] or "").strip()  # type: ignore[index]
                    said = str(block["Diagnostic-Code"] or status)  # type: ignore[index]
                    final = str(block["Final-Recipient"] or "")  # type: ignore[index]
                    address = final.rpartition(";")[2].strip().strip("<>").lower()
                    return status, " ".join(said.split()), address
    return "", "", ""


def _original_id(message: EmailMessage) -> str | None:
    """The Message-ID of the mail that came back, from the part that quotes it."""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            quoted = part.get_payload(0)
            return str(quoted["Message-ID"] or "").strip() or None  # type: ignore[index]
        if kind == "text/rfc822-headers":
            found = _MESSAGE_ID.search(str(part.get_payload(decode=False)))
            return found[1] if found else None
    return None
