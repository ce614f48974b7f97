"""What becomes of one delivery: held, skipped, or composed, stored, claimed and handed over.

The order is what makes a kill at any point harmless: the mail is on disk before the claim, the
claim is committed before the transport is asked, `data_started` before its first byte leaves. A
failure is the outcome of its own delivery and never of another. Which deliveries there are is left
to `planning.py`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from pipeline import fsio
from pipeline.delivery import gate
from pipeline.delivery.deliveries import Deliveries
from pipeline.delivery.desk import Desk
from pipeline.delivery.letters import Edition
from pipeline.delivery.planning import Selection, parcel
from pipeline.delivery.schedule import is_late
from pipeline.delivery.states import Delivery, State, StoredMail
from pipeline.delivery.transport import Transport
from pipeline.errors import MilepostError
from pipeline.tenant import Recipient, Tenant
from pipeline.workspace import Workspace

_REASONS = 5


@dataclass(frozen=True)
class DeliveryOutcome:
    """What a run did with one delivery, or would do in a dry run."""

    tenant: str
    report: str
    as_of: date
    recipient: str
    state: State
    reason: str
    due: datetime | None = None
    late: bool = False
    message_id: str | None = None
    evidence: str | None = None
    test: bool = False


class Dispatch:
    """One run over the planned deliveries."""

    def __init__(
        self,
        ws: Workspace,
        selection: Selection,
        record: Deliveries,
        transport: Transport,
        desk: Desk,
        now: datetime,
    ) -> None:
        self._ws = ws
        self._selection = selection
        self._record = record
        self._transport = transport
        self._desk = desk
        self._now = now

    def foresee(self, delivery: Delivery) -> DeliveryOutcome:
        """What would become of it, as far as can be told without rendering."""
        if delivery.state is State.SKIPPED:
            return self._outcome(delivery)
        obstacle = self._obstacle(delivery)
        state, reason = (State.HELD, obstacle) if obstacle else (State.QUEUED, "would be sent")
        return self._outcome(delivery, state, reason)

    def settle(self, delivery: Delivery) -> DeliveryOutcome:
        """Send it, hold it or skip it."""
        if delivery.state is State.SKIPPED:
            return self._outcome(delivery)
        if obstacle := self._obstacle(delivery):
            return self._hold(delivery, obstacle)
        try:
            mail = self._stored(delivery) or self._make(delivery)
        except OSError as error:
            # The disk's fault and not the data's: it is tried again as it is.
            return self._outcome(self._move(delivery, State.QUEUED, fsio.trouble(error)))
        except MilepostError as error:
            return self._hold(delivery, str(error))
        if mail is None:
            reason = "nothing happened in the period, and when_empty is skip"
            return self._outcome(self._move(self._queue(delivery), State.SKIPPED, reason))
        return self._hand_over(delivery, *mail)

    def _obstacle(self, delivery: Delivery) -> str | None:
        _, recipient = self._who(delivery)
        return gate.personal_obstacle(recipient) or gate.obstacle(self._ws, delivery.key)

    def _hold(self, delivery: Delivery, reason: str) -> DeliveryOutcome:
        reason = _brief(reason)
        if (delivery.state, delivery.reason) != (State.HELD, reason):
            delivery = self._move(delivery, State.HELD, reason)
        return self._outcome(delivery)

    def _stored(self, delivery: Delivery) -> tuple[bytes, StoredMail] | None:
        """The mail of an earlier attempt, if it is still there and whole: it is resent as it is."""
        if delivery.mail is None:
            return None
        try:
            data = self._ws.path(delivery.mail.path).read_bytes()
        except FileNotFoundError:
            return None
        whole = hashlib.sha256(data).hexdigest() == delivery.mail.sha256
        return (data, delivery.mail) if whole else None

    def _make(self, delivery: Delivery) -> tuple[bytes, StoredMail] | None:
        tenant, recipient = self._who(delivery)
        key = delivery.key
        edition = Edition(
            message_id=delivery.message_id,
            # A mail dated days back is sorted below the fold, and nobody sees it.
            dated=self._now if self._is_late(delivery) else delivery.due,
            late_since=delivery.due if self._is_late(delivery) else None,
        )
        data = self._desk.mail(key, tenant, recipient, edition)
        if data is None:
            return None
        name = f"{key.period.isoformat()}-{key.report}-{key.digest[:16]}.eml"
        path = self._ws.path("state", "mail", tenant.id, name)
        fsio.write_bytes(path, data)
        relative = path.relative_to(self._ws.root).as_posix()
        return data, StoredMail(relative, hashlib.sha256(data).hexdigest())

    def _hand_over(self, delivery: Delivery, data: bytes, mail: StoredMail) -> DeliveryOutcome:
        tenant, _ = self._who(delivery)
        under_way = self._record.move(
            self._queue(delivery), State.CLAIMED, self._now, "a sender works on it", mail=mail
        )

        def data_starts() -> None:
            nonlocal under_way
            under_way = self._move(under_way, State.DATA_STARTED, "the first byte leaves")

        result = self._transport.deliver(parcel(under_way, tenant), data, data_starts)
        sent = result.state is State.SENT
        done = self._record.move(
            under_way,
            result.state,
            self._now,
            "" if sent else result.detail,
            evidence=result.detail if sent else None,
        )
        return self._outcome(done)

    def _queue(self, delivery: Delivery) -> Delivery:
        """Out of hold, where it was held: what held it has cleared."""
        if delivery.state is State.HELD:
            return self._move(delivery, State.QUEUED, "what held it has cleared")
        return delivery

    def _move(self, delivery: Delivery, state: State, reason: str) -> Delivery:
        return self._record.move(delivery, state, self._now, reason)

    def _is_late(self, delivery: Delivery) -> bool:
        tenant, _ = self._who(delivery)
        return delivery.promised and is_late(tenant, delivery.due, self._now)

    def _who(self, delivery: Delivery) -> tuple[Tenant, Recipient]:
        key = delivery.key
        tenant = self._selection.tenants[key.tenant]
        recipients = tenant.reports[key.report].recipients
        return tenant, next(r for r in recipients if r.email.lower() == key.recipient)

    def _outcome(
        self, delivery: Delivery, state: State | None = None, reason: str | None = None
    ) -> DeliveryOutcome:
        key = delivery.key
        return DeliveryOutcome(
            tenant=key.tenant,
            report=key.report,
            as_of=key.period,
            recipient=key.recipient,
            state=state or delivery.state,
            reason=delivery.reason if reason is None else reason,
            due=delivery.due,
            late=self._is_late(delivery),
            message_id=delivery.message_id,
            evidence=delivery.evidence,
        )


def _brief(reason: str) -> str:
    """The reason on one line; a report of thousands of documents can fail for each of them."""
    first, *others = (line.strip() for line in reason.strip().splitlines() or [""])
    more = [f"and {len(others) - _REASONS} more"] if len(others) > _REASONS else []
    return " ".join([first, "; ".join([*others[:_REASONS], *more])]).strip()
