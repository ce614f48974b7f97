"""Test copies: the real mail, marked [TEST], to one address that the operator names.

What is owed to the real recipients is neither read nor changed: a test copy can be sent before,
after and instead of a delivery, and is in the record as what it is. It goes to where the tenant's
mail may go, `email.allowed_domains`, and nowhere else. It also goes while a tenant is held, and
says so, because that is when somebody wants to look.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime

from pipeline.config.tenant import Recipient, Tenant
from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.core.errors import ConfigError, MilepostError, contained
from pipeline.delivery import gate
from pipeline.delivery.dispatch import DeliveryOutcome
from pipeline.delivery.mail.composer import Composer
from pipeline.delivery.mail.content import Edition
from pipeline.delivery.mail.headers import address
from pipeline.delivery.mail.message import message_id
from pipeline.delivery.planning import Chosen, sender
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import TEST, Delivery, DeliveryKey, State
from pipeline.delivery.transport.outbox import Parcel, Result, Transport
from pipeline.publish import layout


@dataclass(frozen=True)
class TestCopies:
    """The means of sending test copies; without a `record` it is only said what would go.

    Whoever gives a record is its sole writer.
    """

    __test__ = False  # the name is the product's word, not a test class of pytest

    ws: Workspace
    composer: Composer
    transport: Transport
    now: datetime
    record: Deliveries | None

    def send(self, selection: Chosen, to: str) -> list[DeliveryOutcome]:
        """One copy to `to` of each chosen report, as of the chosen day or the newest published one.

        Raises ConfigError if `to` is not an address.
        """
        try:
            address(to)
        except MilepostError as error:
            raise ConfigError(str(error)) from None
        return [
            self._send_one(tenant, report, selection.as_of, Recipient.model_construct(email=to))
            for tenant in selection.tenants.values()
            for report in tenant.reports
        ]

    def _send_one(
        self, tenant: Tenant, report: str, as_of: date | None, recipient: Recipient
    ) -> DeliveryOutcome:
        manifest = layout.whole_manifest(self.ws, tenant.id)
        reason = _not_allowed(tenant, recipient.email)
        if manifest is None:
            reason = reason or "nothing is published yet: run `milepost refresh`"
        if reason or manifest is None:
            day = as_of or self.now.astimezone(tenant.zone).date()
            return DeliveryOutcome(
                tenant.id, report, day, recipient.email, State.HELD, reason, test=True
            )
        key = DeliveryKey(tenant.id, report, as_of or manifest.as_of, recipient.email)
        outcome = DeliveryOutcome(
            *(tenant.id, report, key.period, recipient.email, State.QUEUED),
            reason="a test copy would be sent",
            test=True,
        )
        if self.record is None:
            return outcome
        return self._attempt(self.record, outcome, key, tenant, recipient)

    def _attempt(
        self,
        record: Deliveries,
        outcome: DeliveryOutcome,
        key: DeliveryKey,
        tenant: Tenant,
        recipient: Recipient,
    ) -> DeliveryOutcome:
        try:
            with contained(f"{tenant.id}: {key.report}"):
                mail = self._compose(key, tenant, recipient)
        except MilepostError as error:
            return replace(outcome, state=State.HELD, reason=str(error))
        except OSError as error:
            return replace(outcome, reason=atomic_files.trouble(error))
        if mail is None:
            return replace(outcome, state=State.SKIPPED, reason="nothing happened in the period")
        name, data = mail
        parcel = Parcel(key, name, sender(tenant), recipient.email, test=True)
        result = self._deliver(record, parcel, data)
        sent = result.state is State.SENT
        return replace(
            outcome,
            state=result.state,
            reason="" if sent else result.detail,
            message_id=name,
            evidence=result.detail if sent else None,
        )

    def _deliver(self, record: Deliveries, parcel: Parcel, data: bytes) -> Result:
        """Hand it over as `sender.py` does, each step in the record before it is taken."""
        row = self._new_row(record, parcel)
        row = record.move(row, State.CLAIMED, self.now, "a sender works on it")

        def data_starts() -> None:
            nonlocal row
            row = record.move(row, State.DATA_STARTED, self.now, "the first byte leaves")

        result = self.transport.deliver(parcel, data, data_starts)
        sent = result.state is State.SENT
        row = record.move(
            *(row, result.state, self.now, "" if sent else result.detail),
            evidence=result.detail if sent else None,
        )
        if row.state is State.QUEUED:
            again = f"a test copy is not tried again by itself: {row.reason}"
            record.move(row, State.SKIPPED, self.now, again)
        return result

    def _new_row(self, record: Deliveries, parcel: Parcel) -> Delivery:
        """A row of its own for each copy; the second of the same content has the same mail."""
        key = replace(parcel.key, report=f"{TEST}{parcel.key.report}")
        while record.get(key):
            key = replace(key, version=key.version + 1)
        known = record.by_message_id(parcel.message_id)
        name = f"{parcel.message_id}#{key.version}" if known else parcel.message_id
        return record.add(key, self.now, name, self.now, promised=False)

    def _digest(self, draft: bytes) -> str:
        said = hashlib.sha256(draft).hexdigest()
        return self.record.key.digest("test", said) if self.record else said

    def _compose(
        self, key: DeliveryKey, tenant: Tenant, recipient: Recipient
    ) -> tuple[str, bytes] | None:
        """Message-ID and bytes. The id follows from the content: what has changed is a new mail."""
        found = gate.obstacle(self.ws, tenant, key, self.now)
        held = found.reason if found else None
        edition = Edition("<test@milepost>", self.now, test=True, held=held)
        draft = self.composer.mail(key, tenant, recipient, edition)
        if draft is None:
            return None
        name = message_id(self._digest(draft), sender(tenant))
        edition = replace(edition, message_id=name)
        data = self.composer.mail(key, tenant, recipient, edition)
        return (name, data) if data else None


def _not_allowed(tenant: Tenant, to: str) -> str:
    """Why the tenant's reports may not go to this address; empty if they may."""
    if tenant.email is None or tenant.email.allows(to):
        return ""
    domains = ", ".join(tenant.email.allowed_domains)
    return f"email.allowed_domains of {tenant.id} has {domains}, and {to} is elsewhere"
