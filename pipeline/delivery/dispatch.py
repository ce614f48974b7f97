"""What becomes of each delivery: held, skipped, or composed, stored and given to the courier.

The order is what makes a kill at any point harmless: the mail is on disk before the claim, the
claim is committed before the transport is asked, `data_started` before its first byte leaves. A
failure is the outcome of its own delivery and never of another. Which deliveries there are is left
to `planning.py`, the way out to `courier.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from pipeline import fsio
from pipeline.delivery import gate
from pipeline.delivery.courier import Courier, read_mail
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

    def settle(self, deliveries: Sequence[Delivery]) -> list[DeliveryOutcome]:
        """Send, hold or skip each of them; what failed before goes after what did not."""
        outcomes: dict[int, DeliveryOutcome] = {}
        with Courier(self._ws, self._record, self._transport, self._now) as courier:
            for delivery in sorted(deliveries, key=lambda one: one.retry_at is not None):
                done = partial(self._note, outcomes)
                found = self._prepare(delivery)
                if isinstance(found, DeliveryOutcome):
                    outcomes[delivery.id] = found
                    continue
                row, mail = found
                tenant, _ = self._who(row)
                courier.take(row, parcel(row, tenant), mail, done)
        return [outcomes[delivery.id] for delivery in deliveries]

    def _note(self, outcomes: dict[int, DeliveryOutcome], delivery: Delivery) -> None:
        outcomes[delivery.id] = self._outcome(delivery)

    def _prepare(self, delivery: Delivery) -> DeliveryOutcome | tuple[Delivery, StoredMail]:
        """The row out of hold and its mail on the disk; or what became of it."""
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
        return self._queue(delivery), mail

    def _obstacle(self, delivery: Delivery) -> str | None:
        _, recipient = self._who(delivery)
        return gate.personal_obstacle(recipient) or gate.obstacle(self._ws, delivery.key)

    def _hold(self, delivery: Delivery, reason: str) -> DeliveryOutcome:
        reason = _brief(reason)
        if (delivery.state, delivery.reason) != (State.HELD, reason):
            delivery = self._move(delivery, State.HELD, reason)
        return self._outcome(delivery)

    def _stored(self, delivery: Delivery) -> StoredMail | None:
        """The mail of an earlier attempt, if it is still there and whole: it is resent as it is."""
        mail = delivery.mail
        return mail if mail and read_mail(self._ws, mail) is not None else None

    def _make(self, delivery: Delivery) -> StoredMail | None:
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
        return StoredMail(relative, hashlib.sha256(data).hexdigest())

    def _queue(self, delivery: Delivery) -> Delivery:
        """Out of hold, where it was held: what held it has cleared."""
        if delivery.state is State.HELD:
            return self._move(delivery, State.QUEUED, "what held it has cleared")
        return delivery

    def _move(self, delivery: Delivery, state: State, reason: str) -> Delivery:
        return self._record.move(delivery, state, self._now, reason)

    def _is_late(self, delivery: Delivery) -> bool:
        tenant = self._selection.tenants.get(delivery.key.tenant)
        if tenant is None or not delivery.promised:
            return False
        return is_late(tenant, delivery.due, self._now)

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
