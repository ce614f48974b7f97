"""Test copies: the real mail, marked [TEST], to one address that the operator names.

The record of the real recipients is neither read nor written: a test copy can be sent before, after
and instead of a delivery. It also goes while a tenant is held, and says so, because that is when
somebody wants to look.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime

from pipeline.config.tenant import Recipient, Tenant
from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.core.errors import ConfigError, MilepostError
from pipeline.delivery import gate
from pipeline.delivery.dispatch import DeliveryOutcome
from pipeline.delivery.mail.composer import Composer
from pipeline.delivery.mail.content import Edition
from pipeline.delivery.mail.headers import address
from pipeline.delivery.mail.message import message_id
from pipeline.delivery.planning import Chosen, sender
from pipeline.delivery.record.states import DeliveryKey, State
from pipeline.delivery.transport.outbox import Parcel, Transport
from pipeline.publish import layout


@dataclass(frozen=True)
class TestCopies:
    """The means of sending test copies; `dry_run` only says what would go."""

    __test__ = False  # the name is the product's word, not a test class of pytest

    ws: Workspace
    composer: Composer
    transport: Transport
    now: datetime
    dry_run: bool

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
        manifest = layout.current_manifest(self.ws, tenant.id)
        if manifest is None:
            reason = "nothing is published yet: run `milepost refresh`"
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
        return outcome if self.dry_run else self._attempt(outcome, key, tenant, recipient)

    def _attempt(
        self, outcome: DeliveryOutcome, key: DeliveryKey, tenant: Tenant, recipient: Recipient
    ) -> DeliveryOutcome:
        try:
            mail = self._compose(key, tenant, recipient)
        except MilepostError as error:
            return replace(outcome, state=State.HELD, reason=str(error))
        except OSError as error:
            return replace(outcome, reason=atomic_files.trouble(error))
        if mail is None:
            return replace(outcome, state=State.SKIPPED, reason="nothing happened in the period")
        name, data = mail
        parcel = Parcel(key, name, sender(tenant), recipient.email, test=True)
        result = self.transport.deliver(parcel, data, lambda: None)
        sent = result.state is State.SENT
        return replace(
            outcome,
            state=result.state,
            reason="" if sent else result.detail,
            message_id=name,
            evidence=result.detail if sent else None,
        )

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
        name = message_id(hashlib.sha256(draft).hexdigest(), sender(tenant))
        edition = replace(edition, message_id=name)
        data = self.composer.mail(key, tenant, recipient, edition)
        return (name, data) if data else None
