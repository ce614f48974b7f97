"""What becomes of each delivery: held, skipped, or composed, stored and given to the sender.

The order is what makes a kill at any point harmless: the mail is on disk before the claim, the
claim is committed before the transport is asked, `data_started` before its first byte leaves. A
failure is the outcome of its own delivery and never of another. Which deliveries there are is left
to `planning.py`, the way out to `sender.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from pipeline.config.tenant import Recipient, Tenant
from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.core.calendar import local_yesterday
from pipeline.core.errors import MilepostError, contained
from pipeline.delivery import gate
from pipeline.delivery.gate import Cause, Obstacle
from pipeline.delivery.mail.composer import Composer
from pipeline.delivery.mail.content import Edition
from pipeline.delivery.planning import Chosen, parcel
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import Delivery, State, StoredMail
from pipeline.delivery.rendering import slice_of, was_rendered
from pipeline.delivery.schedule.owed import deadline, is_late, quiet_until
from pipeline.delivery.sender import Sender, read_mail
from pipeline.delivery.transport.outbox import Transport
from pipeline.publish import layout

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
    cause: Cause | None = None
    promised: bool = True
    marks: tuple[str, ...] = ()


class Dispatch:
    """One run over the planned deliveries."""

    def __init__(
        self,
        ws: Workspace,
        selection: Chosen,
        record: Deliveries,
        transport: Transport,
        composer: Composer,
        now: datetime,
    ) -> None:
        self._ws = ws
        self._selection = selection
        self._record = record
        self._transport = transport
        self._desk = composer
        self._now = now

    def foresee(self, delivery: Delivery) -> DeliveryOutcome:
        """What would become of it, as far as can be told without rendering."""
        if delivery.state is State.SKIPPED:
            return self._outcome(delivery)
        found = self._obstacle(delivery)
        if found is None or self._may_be_partial(delivery, found):
            ready = self._outcome(delivery, State.QUEUED, "would be sent")
            return replace(ready, cause=None if found else self._passing(delivery))
        return replace(self._outcome(delivery, _held_as(found), found.reason), cause=found.cause)

    def settle(self, deliveries: Sequence[Delivery]) -> list[DeliveryOutcome]:
        """Send, hold or skip each of them; what failed before goes after what did not."""
        outcomes: dict[int, DeliveryOutcome] = {}
        with Sender(self._ws, self._record, self._transport, self._now) as sender:
            for delivery in sorted(deliveries, key=lambda one: one.retry_at is not None):
                done = partial(self._note, outcomes)
                found = self._prepare(delivery)
                if isinstance(found, DeliveryOutcome):
                    outcomes[delivery.id] = found
                    continue
                row, mail = found
                tenant, _ = self._who(row)
                sender.take(row, parcel(row, tenant), mail, done)
        return [outcomes[delivery.id] for delivery in deliveries]

    def hold_back(self, deliveries: Sequence[Delivery]) -> None:
        """Write down what may not go now and why, and send nothing."""
        for delivery in deliveries:
            found = self._obstacle(delivery) if delivery.state is not State.SKIPPED else None
            if found and not self._may_be_partial(delivery, found):
                self._hold(delivery, found)

    def _note(self, outcomes: dict[int, DeliveryOutcome], delivery: Delivery) -> None:
        outcomes[delivery.id] = self._outcome(delivery)

    def _prepare(self, delivery: Delivery) -> DeliveryOutcome | tuple[Delivery, StoredMail]:
        """The row out of hold and its mail on the disk; or what became of it."""
        if delivery.state is State.SKIPPED:
            return self._outcome(delivery)
        found = self._obstacle(delivery)
        if found and not self._may_be_partial(delivery, found):
            return self._hold(delivery, found)
        try:
            with contained(f"{delivery.key.tenant}: {delivery.key.report}"):
                mail = self._stored(delivery) or self._make(delivery, found)
        except OSError as error:
            # The disk's fault and not the data's: it is tried again as it is.
            return self._outcome(self._move(delivery, State.QUEUED, atomic_files.trouble(error)))
        except MilepostError as error:
            return self._hold(delivery, Obstacle(Cause.UNMAKEABLE, str(error)))
        if mail is None:
            reason = "nothing happened in the period, and when_empty is skip"
            return self._outcome(self._move(self._queue(delivery), State.SKIPPED, reason))
        return self._queue(delivery), mail

    def _obstacle(self, delivery: Delivery) -> Obstacle | None:
        tenant, recipient = self._who(delivery)
        key, selection = delivery.key, slice_of(recipient)
        if found := gate.personal_obstacle(key.report, selection):
            return found
        try:
            with contained(f"{key.tenant}: {key.report}"):
                found = gate.obstacle(self._ws, tenant, key, self._now, selection)
        except MilepostError as error:
            found = Obstacle(Cause.UNMAKEABLE, str(error))
        if found:
            return found
        if until := quiet_until(tenant, self._now):
            clock = until.astimezone(tenant.zone)
            return Obstacle(Cause.QUIET, f"quiet hours until {clock:%H:%M}")
        return None

    def _passing(self, delivery: Delivery) -> Cause | None:
        """Whether the published figures are of its day for now only, and it is not made of them."""
        tenant, recipient = self._who(delivery)
        key = delivery.key
        made = delivery.mail or was_rendered(
            self._ws, key.tenant, key.report, key.period, slice_of(recipient)
        )
        behind = key.period < local_yesterday(tenant.zone, self._now)
        return Cause.PASSING if behind and not made else None

    def _may_be_partial(self, delivery: Delivery, found: Obstacle) -> bool:
        """Whether older figures may go out in the place of those that stand in the way."""
        tenant, _ = self._who(delivery)
        return (
            tenant.mailing.when_held == "partial"
            and found.cause in (Cause.HELD, Cause.STALE, Cause.BEHIND)
            and self._now >= deadline(tenant, delivery.due)
            and quiet_until(tenant, self._now) is None
            and layout.whole_manifest(self._ws, tenant.id) is not None
        )

    def _hold(self, delivery: Delivery, found: Obstacle) -> DeliveryOutcome:
        reason = _brief(found.reason)
        if found.cause is Cause.QUIET:  # nothing is wrong, and the record need not know
            return replace(self._outcome(delivery, reason=reason), cause=found.cause)
        if found.cause is Cause.UNMADE and not delivery.promised and not self._selection.as_of:
            # Not worth a refresh: nobody was on the list for it when it was due.
            before = "it is of before the address was on the list"
            return self._outcome(self._move(delivery, State.SKIPPED, before))
        if (delivery.state, delivery.reason) != (State.HELD, reason):
            delivery = self._move(delivery, State.HELD, reason)
        return replace(self._outcome(delivery), cause=found.cause)

    def _stored(self, delivery: Delivery) -> StoredMail | None:
        """The mail of an earlier attempt, if it is still there and whole: it is resent as it is."""
        mail = delivery.mail
        return mail if mail and read_mail(self._ws, mail) is not None else None

    def _make(self, delivery: Delivery, found: Obstacle | None) -> StoredMail | None:
        """Write the mail and store it; `found` is what stands in the way of the whole report."""
        tenant, recipient = self._who(delivery)
        key = delivery.key
        late = self._is_late(delivery)
        edition = Edition(
            message_id=delivery.message_id,
            # A mail dated days back is sorted below the fold, and nobody sees it.
            dated=self._now if late or found else delivery.due,
            late_since=delivery.due if late else None,
            partial=found.reason if found else None,
            since=self._record.last_sent(key),
        )
        figures = key
        if found:
            manifest = layout.whole_manifest(self._ws, tenant.id)
            figures = replace(key, period=manifest.as_of) if manifest else key
        data = self._desk.mail(figures, tenant, recipient, edition)
        if data is None:
            return None
        name = f"{key.period.isoformat()}-{key.report}-{key.digest[:16]}.eml"
        path = self._ws.path("state", "mail", tenant.id, name)
        atomic_files.write_bytes(path, data)
        relative = path.relative_to(self._ws.root).as_posix()
        marks = tuple(m for m, applies in (("LATE", late), ("PARTIAL", found)) if applies)
        return StoredMail(relative, hashlib.sha256(data).hexdigest(), marks)

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
            promised=delivery.promised,
            marks=delivery.marks,
        )


def _held_as(found: Obstacle) -> State:
    return State.QUEUED if found.cause is Cause.QUIET else State.HELD


def _brief(reason: str) -> str:
    """The reason on one line; a report of thousands of documents can fail for each of them."""
    first, *others = (line.strip() for line in reason.strip().splitlines() or [""])
    more = [f"and {len(others) - _REASONS} more"] if len(others) > _REASONS else []
    return " ".join([first, "; ".join([*others[:_REASONS], *more])]).strip()
