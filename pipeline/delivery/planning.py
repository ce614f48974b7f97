"""From the schedules to the rows of the record: what a run of `send` has to see to.

Works on the record alone and renders nothing, so that a dry run does exactly this on a copy. When a
report is due is left to `schedule/owed.py`, what becomes of a row to `send.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from pipeline.config.registry import Registry
from pipeline.config.tenant import Tenant
from pipeline.core.errors import ConfigError
from pipeline.delivery.mail.message import NO_SENDER, message_id
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.notices_and_suppressions import Suppression
from pipeline.delivery.record.states import (
    TEST,
    Delivery,
    DeliveryKey,
    State,
    Subscription,
)
from pipeline.delivery.schedule import owed as schedule
from pipeline.delivery.transport.outbox import Parcel, Transport

# How long a mail may stay uncertain before it is resent where the tenant wants that: a copy that
# only took its time should not meet a second one.
RESEND_AFTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Chosen:
    """The part of the registry that a run is about; None where nothing was chosen."""

    tenants: Mapping[str, Tenant]
    tenant: str | None = None
    report: str | None = None
    as_of: date | None = None

    def covers(self, subscription: Subscription) -> bool:
        """Whether the run is about this subscription, be it in the registry (still) or not."""
        return self.tenant in (None, subscription.tenant) and self.report in (
            None,
            subscription.report,
        )

    def covers_delivery(self, delivery: Delivery) -> bool:
        key = delivery.key
        return key.is_owed and self.covers(key.subscription) and self.as_of in (None, key.period)


class Unwanted:
    """Addresses that are to get nothing, or nothing of one report."""

    def __init__(self, suppressions: Iterable[Suppression]) -> None:
        self._why = {Subscription(s.tenant, s.report, s.recipient): s.reason for s in suppressions}

    def why(self, who: Subscription) -> str | None:
        """Why this subscription gets no mail; None if it does."""
        everything = Subscription("", "", who.recipient)
        reason = self._why.get(who) or self._why.get(everything)
        return f"suppressed: {reason}" if reason else None


def select(
    registry: Registry, tenant: str | None, report: str | None, as_of: date | None
) -> Chosen:
    """Narrow the registry; ConfigError for a tenant that is not there or a report that none has."""
    chosen = {tenant: registry.tenant(tenant)} if tenant else dict(registry.tenants)
    if report:
        chosen = {
            name: found.model_copy(update={"reports": {report: found.reports[report]}})
            for name, found in chosen.items()
            if report in found.reports
        }
        if not chosen:
            raise ConfigError(
                f"no report {report!r} in {f'tenant {tenant!r}' if tenant else 'any tenant file'};"
                " add it under `reports` with a schedule and recipients"
            )
    return Chosen(MappingProxyType(chosen), tenant, report, as_of)


def parcel(delivery: Delivery, tenant: Tenant | None) -> Parcel:
    """What the transport knows the delivery by."""
    key = delivery.key
    if key.is_test:
        key = replace(key, report=key.report.removeprefix(TEST), version=1)
    return Parcel(
        *(key, delivery.message_id, sender(tenant), key.recipient), test=delivery.key.is_test
    )


def sender(tenant: Tenant | None) -> str:
    return tenant.email.sender if tenant and tenant.email else NO_SENDER


def resolve_interrupted(
    record: Deliveries, registry: Registry, transport: Transport, now: datetime
) -> None:
    """Settle what a sender that died left under way, and ask again about what is uncertain.

    The caller holds the lock: no sender lives.
    """
    for delivery in record.in_states(State.CLAIMED):
        record.move(delivery, State.QUEUED, now, "the sender died before any of it had left")
    for delivery in record.in_states(State.DATA_STARTED, State.UNCERTAIN):
        tenant = registry.tenants.get(delivery.key.tenant)
        began = record.began(delivery)
        found = transport.look_up(parcel(delivery, tenant), began, now)
        state, reason = found.state, found.detail
        if delivery.state is State.DATA_STARTED:
            reason = f"the sender died while it left: {reason}"
        elif state is State.UNCERTAIN:
            resend = tenant is not None and tenant.mailing.uncertain == "resend"
            if not resend or now - began < RESEND_AFTER:
                continue
            state, reason = State.QUEUED, f"resent, as the tenant wants it: {delivery.reason}"
        sent = state is State.SENT
        record.move(delivery, state, now, reason, evidence=found.detail if sent else None)
    for delivery in record.in_states(State.QUEUED):
        if delivery.key.is_test:
            record.move(delivery, State.SKIPPED, now, "a test copy is not tried again by itself")


def plan(record: Deliveries, selection: Chosen, now: datetime) -> list[Delivery]:
    """Write down everything owed; returns the rows that this run has to see to, in order.

    Those are the queued and held ones, and the ones that it has just given up as skipped.
    """
    with record.transaction():
        current = set(schedule.subscriptions(selection.tenants))
        known = record.covered()
        unwanted = Unwanted(record.notices.suppressions())
        given_up = list(_give_up(record, selection, current, unwanted, now))
        record.unsubscribe(s for s in known if selection.covers(s) and s not in current)
        for owed in schedule.owed(selection.tenants, known, now, as_of=selection.as_of):
            row = _write_down(record, selection, owed, unwanted, now)
            given_up += [row] if row.state is State.SKIPPED and row.created_at == now else []
        if selection.as_of is None:
            for subscription in current:
                record.subscribe(subscription, now)
    waiting = filter(selection.covers_delivery, record.in_states(State.QUEUED, State.HELD))
    return [*given_up, *(row for row in waiting if row.retry_at is None or row.retry_at <= now)]


def _write_down(
    record: Deliveries,
    selection: Chosen,
    owed: schedule.Owed,
    unwanted: Unwanted,
    now: datetime,
) -> Delivery:
    who = owed.subscription
    key = DeliveryKey(who.tenant, who.report, owed.tick.as_of, who.recipient)
    tenant = selection.tenants[who.tenant]
    name = message_id(record.key.digest(key.digest), sender(tenant))
    reason = unwanted.why(who) or (_too_old(tenant) if owed.too_old else "")
    state = State.SKIPPED if reason else State.QUEUED
    row = record.add(
        key, owed.tick.due, name, now, promised=owed.promised, state=state, reason=reason
    )
    asked = selection.as_of is not None and not unwanted.why(who)
    if row.state is State.SKIPPED and asked:
        return record.move(row, State.QUEUED, now, "asked for by its date")
    return row


def _give_up(
    record: Deliveries,
    selection: Chosen,
    current: set[Subscription],
    unwanted: Unwanted,
    now: datetime,
) -> Iterator[Delivery]:
    """Skip what waits for an address that is gone or suppressed, and what a newer report has long
    overtaken."""
    newest = record.newest_due()
    for row in filter(selection.covers_delivery, record.in_states(State.QUEUED, State.HELD)):
        who = row.key.subscription
        if who not in current:
            yield record.move(row, State.SKIPPED, now, "no longer a recipient of this report")
            continue
        if why := unwanted.why(who):
            yield record.move(row, State.SKIPPED, now, why)
            continue
        tenant = selection.tenants[who.tenant]
        overtaken = row.promised and row.due < newest[who]
        if overtaken and schedule.is_too_old(tenant, row.due, now):
            why = f"; it was {row.state}: {row.reason}" if row.reason else ""
            yield record.move(row, State.SKIPPED, now, _too_old(tenant) + why)


def _too_old(tenant: Tenant) -> str:
    return f"not sent within {tenant.mailing.max_age_days} days, and there is a newer one"
