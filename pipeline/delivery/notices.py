"""Notices to people: something needs an operator or a tenant's owner, said once, with advice.

A notice is remembered by what it is about, so the same thing is not said twice, and travels as a
delivery of its own through the same record. What is worth one is found by `watch.py` and others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address

from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.core.errors import BusyError
from pipeline.core.locking import exclusive
from pipeline.delivery.mail.headers import address
from pipeline.delivery.mail.message import NO_SENDER, Header, Letter, compose, message_id
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import (
    NOTICE,
    OPERATOR,
    Delivery,
    DeliveryKey,
    State,
    StoredMail,
    digest,
)
from pipeline.delivery.schedule.owed import quiet_until
from pipeline.delivery.sender import Sender
from pipeline.delivery.transport.config import MailConfig
from pipeline.delivery.transport.factory import MailSystem
from pipeline.delivery.transport.outbox import Parcel

# Notices of this kind are a tenant's own: they wait for the end of its quiet hours.
ALERT = "alert"
# Without an operator in mail.yaml notices are written for whoever looks into the outbox.
NOBODY = "operator@outbox.invalid"


@dataclass(frozen=True)
class Notice:
    """`about` are the single things that it says; what was said before is not said again.

    `tenant` is whose it is, `to_owner` whether that tenant's owner is told beside the operators,
    `readers` who is told in their place.
    """

    kind: str
    about: tuple[str, ...]
    subject: str
    body: str
    tenant: str = OPERATOR
    to_owner: bool = False
    readers: tuple[str, ...] = ()


def raise_notice(
    record: Deliveries,
    notice: Notice,
    config: MailConfig,
    tenants: Mapping[str, Tenant],
    now: datetime,
) -> bool:
    """Write the notice down for its readers; False if all of it was said before."""
    kind = f"{ALERT}-" if notice.kind == ALERT else ""
    name = NOTICE + kind + digest(notice.kind, *notice.about)[:16]
    with record.transaction():
        if not record.notices.keep_notice(
            name, notice.kind, notice.tenant, notice.subject, notice.body, notice.about, now
        ):
            return False
        readers = [(OPERATOR, reader) for reader in config.operators or (NOBODY,)]
        owner = tenants[notice.tenant].mailing.owner if notice.tenant in tenants else None
        if notice.to_owner and owner:
            readers.append((notice.tenant, owner))
        if notice.readers:
            readers = [(notice.tenant, reader) for reader in notice.readers]
        for whose, reader in readers:
            key = DeliveryKey(whose, name, now.date(), reader.lower())
            sender = _sender(whose, config, tenants)
            record.add(
                key, now, message_id(record.key.digest(key.digest), sender), now, promised=False
            )
    return True


def send_notices(
    ws: Workspace,
    record: Deliveries,
    mail_system: MailSystem,
    tenants: Mapping[str, Tenant],
    now: datetime,
) -> None:
    """Deliver every notice that waits, unless another process does. A sender that hangs does not
    keep them back: they have a lock of their own.
    """
    with suppress(BusyError), exclusive(ws.path("state", "notices.lock"), now, "send of notices"):
        _send(ws, record, mail_system, tenants, now)


def _send(
    ws: Workspace,
    record: Deliveries,
    mail_system: MailSystem,
    tenants: Mapping[str, Tenant],
    now: datetime,
) -> None:
    rows = [
        row
        for row in record.in_states(State.QUEUED)
        if row.key.is_notice and (row.retry_at is None or row.retry_at <= now)
        if not _waits_for_morning(row, tenants, now)
    ]
    with Sender(ws, record, mail_system.transport, now) as sending:
        for row in rows:
            sender = _sender(row.key.tenant, mail_system.config, tenants)
            mail = row.mail or _write(ws, record, mail_system, row, sender)
            parcel = Parcel(row.key, row.message_id, sender, row.key.recipient)
            sending.take(row, parcel, mail, lambda _: None)


def _waits_for_morning(row: Delivery, tenants: Mapping[str, Tenant], now: datetime) -> bool:
    """Whether it is an alert in the quiet hours of its tenant; what operators are told never is."""
    tenant = tenants.get(row.key.tenant)
    is_alert = row.key.report.startswith(f"{NOTICE}{ALERT}-")
    return is_alert and tenant is not None and quiet_until(tenant, now) is not None


def _write(
    ws: Workspace, record: Deliveries, mail_system: MailSystem, row: Delivery, sender: str
) -> StoredMail:
    subject, body = record.notices.notice(row.key.report)
    header = Header(
        message_id=row.message_id,
        dated=row.created_at,
        sender=Address("Milepost", addr_spec=sender),
        recipient=address(row.key.recipient),
        reply_to=None,
        unsubscribe=None,
        request_mark="",
        tenant=row.key.tenant,
        report="notice",
        as_of=row.key.period,
        build_id="none",
    )
    data = mail_system.sign(compose(header, Letter(subject, body)), sender, row.created_at)
    name = f"{row.key.period.isoformat()}-{row.key.digest[:24]}.eml"
    path = ws.path("state", "mail", "notices", name)
    atomic_files.write_bytes(path, data)
    return StoredMail(path.relative_to(ws.root).as_posix(), hashlib.sha256(data).hexdigest())


def _sender(whose: str, config: MailConfig, tenants: Mapping[str, Tenant]) -> str:
    tenant = tenants.get(whose)
    if tenant and tenant.email:
        return tenant.email.sender
    return config.sender or NO_SENDER


def listing(lines: Sequence[str], shown: int = 20) -> str:
    """Lines of a notice's body, cut with a count."""
    more = [f"  and {len(lines) - shown} more"] if len(lines) > shown else []
    return "\n".join([*(f"  {line}" for line in lines[:shown]), *more])
