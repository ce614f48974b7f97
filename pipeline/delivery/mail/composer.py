"""The composer makes a report's letter once and addresses it to each of its recipients.

What the letter says is left to `content.py`, how a mail is written to `message.py`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from pipeline.config.tenant import Recipient, Tenant
from pipeline.config.workspace import Workspace
from pipeline.core.errors import MilepostError
from pipeline.delivery.mail.content import DayLine, Edition, days_told, mark, write_letter
from pipeline.delivery.mail.headers import address
from pipeline.delivery.mail.message import NO_SENDER, Header, Letter, compose
from pipeline.delivery.mail.report_files import ReportFiles
from pipeline.delivery.record.states import DeliveryKey
from pipeline.delivery.record.workspace_key import WorkspaceKey
from pipeline.delivery.rendering import Render, slice_of
from pipeline.delivery.transport.signing import Sign, unsigned
from pipeline.reports.selection import Selection

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Draft:
    """What everybody who gets a report is written. `letter` is None if nothing is to be sent."""

    letter: Letter | None
    build_id: str
    days: tuple[DayLine, ...] = ()


class Composer:
    """Writes the mails of a run, one report after the other."""

    def __init__(self, ws: Workspace, render: Render, sign: Sign = unsigned) -> None:
        self._ws = ws
        self._render = render
        self._sign = sign
        self._key = WorkspaceKey(ws.state)
        # Only the last report's: deliveries come report by report, and drafts hold attachments.
        self._report: tuple[str, str, date] | None = None
        self._drafts: dict[Selection, Draft | MilepostError | OSError] = {}

    def mail(
        self, key: DeliveryKey, tenant: Tenant, recipient: Recipient, edition: Edition
    ) -> bytes | None:
        """The finished mail, or None if the tenant wants none (`when_empty: skip`).

        Raises MilepostError if the report cannot be made or an address is none, and OSError if the
        disk fails; nothing else, so that one report's bug does not stop the other tenants' mail.
        """
        draft = self._draft(key, tenant, slice_of(recipient))
        if draft.letter is None:
            return None
        try:
            request = self._key.request_mark(key.report, tenant.id, recipient.email)
            header = _header(key, tenant, recipient, edition, draft.build_id, request)
            mail = compose(header, mark(draft.letter, tenant, key.period, edition, draft.days))
            return self._sign(mail, header.sender.addr_spec, edition.dated)
        except (MilepostError, OSError):
            raise
        except Exception as error:
            raise _internal(error, key) from error

    def _draft(self, key: DeliveryKey, tenant: Tenant, selection: Selection) -> Draft:
        """The draft for all who get this slice of the report, made once."""
        name = (key.tenant, key.report, key.period)
        if self._report != name:
            self._report, self._drafts = name, {}
        if selection not in self._drafts:
            self._drafts[selection] = self._write(key, tenant, selection)
        draft = self._drafts[selection]
        if isinstance(draft, Exception):
            raise draft
        return draft

    def _write(
        self, key: DeliveryKey, tenant: Tenant, selection: Selection
    ) -> Draft | MilepostError | OSError:
        # A failure is kept like a draft: what cannot be made is not tried for every recipient.
        try:
            artifacts = self._render(tenant, key.report, key.period, selection)
            report_files = ReportFiles(
                self._ws, tenant, key.report, key.period, artifacts, selection
            )
            letter = write_letter(report_files, tenant.reports.get(key.report))
            return Draft(letter, report_files.build_id, days_told(report_files) if letter else ())
        except (MilepostError, OSError) as error:
            return error
        except Exception as error:  # noqa: BLE001 (logged whole, and raised for every recipient)
            return _internal(error, key)


def _header(
    key: DeliveryKey,
    tenant: Tenant,
    recipient: Recipient,
    edition: Edition,
    build_id: str,
    mark: str,
) -> Header:
    identity = tenant.email
    sender = identity.sender if identity else NO_SENDER
    reply_to = (identity and identity.reply_to) or (tenant.contact and tenant.contact.email)
    return Header(
        message_id=edition.message_id,
        dated=edition.dated.astimezone(tenant.zone),
        sender=address(sender, (identity and identity.sender_name) or tenant.name),
        recipient=address(recipient.email, recipient.name),
        reply_to=address(reply_to) if reply_to else None,
        unsubscribe=(identity and identity.unsubscribe) or reply_to or sender,
        request_mark=mark,
        tenant=tenant.id,
        report=key.report,
        as_of=key.period,
        build_id=build_id,
    )


def _internal(error: Exception, key: DeliveryKey) -> MilepostError:
    log.error("%s of %s could not be made", key.report, key.tenant, exc_info=error)
    return MilepostError(f"internal error, {type(error).__name__}: {error}")
