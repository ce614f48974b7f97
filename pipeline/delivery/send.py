"""`send_due`: delivers what is owed, or a test copy, or says what it would deliver.

One sender at a time per workspace, under an OS lock: whatever the record shows as under way when a
run begins was left by a process that died, and is settled first. What is owed is left to
`planning.py`, one delivery to `dispatch.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime

from pipeline.config.registry import Registry
from pipeline.config.workspace import Workspace
from pipeline.core import atomic_files
from pipeline.core.calendar import local_yesterday
from pipeline.core.errors import BusyError, MilepostError
from pipeline.delivery.alerts import find_alerts
from pipeline.delivery.dispatch import DeliveryOutcome, Dispatch
from pipeline.delivery.gate import Cause
from pipeline.delivery.inbound import count_refusals, read_inbound
from pipeline.delivery.mail.composer import Composer
from pipeline.delivery.notices import Notice, raise_notice, send_notices
from pipeline.delivery.planning import plan, resolve_interrupted, select
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.sole_writer import sole_writer
from pipeline.delivery.rendering import Render
from pipeline.delivery.test_copies import TestCopies
from pipeline.delivery.transport.factory import MailSystem, open_mail_system
from pipeline.delivery.transport.mailboxes import mail_folder
from pipeline.delivery.watch import find_notices

__all__ = ["DeliveryOutcome", "Render", "send_due"]


def send_due(
    ws: Workspace,
    registry: Registry,
    *,
    now: datetime,
    render: Render,
    tenant: str | None = None,
    report: str | None = None,
    as_of: date | None = None,
    to: str | None = None,
    dry_run: bool = False,
    mail_system: MailSystem | None = None,
) -> list[DeliveryOutcome]:
    """Deliver everything that is owed and not yet delivered, to everybody it is owed to.

    `as_of` asks for the reports that the schedules want for that day, however old. `to` sends a
    test copy of each chosen report there instead, recorded as such. A dry run works on a copy
    of the record, renders nothing and writes nothing; `queued` then means that it would go.
    `render` makes or finds the artifacts (`rendering.renderer`); `mail_system` is the one of
    `mail.yaml` unless given.

    Raises BusyError if another process is sending, ConfigError for an unknown tenant or report.
    """
    selection = select(registry, tenant, report, as_of)
    mail_system = mail_system or open_mail_system(ws)
    transport = mail_system.transport
    composer = Composer(ws, render, mail_system.sign)
    if to is not None and dry_run:
        return TestCopies(ws, composer, transport, now, None).send(selection, to)
    if dry_run:
        with Deliveries(ws.deliveries_file, rehearsal=True) as record:
            resolve_interrupted(record, registry, transport, now)
            dispatch = Dispatch(ws, selection, record, transport, composer, now)
            return [dispatch.foresee(row) for row in plan(record, selection, now)]
    with sole_writer(ws, now) as record:
        for folder in (ws.path("outbox"), ws.path("state", "mail")):
            atomic_files.remove_leftovers(folder)
        resolve_interrupted(record, registry, transport, now)
        if to is not None:
            return TestCopies(ws, composer, transport, now, record).send(selection, to)
        notices = _read_inbound(ws, record, mail_system, now)
        dispatch = Dispatch(ws, selection, record, transport, composer, now)
        outcomes = dispatch.settle(plan(record, selection, now))
        _tell(ws, record, mail_system, registry, notices, now)
        return outcomes


def _tell(
    ws: Workspace,
    record: Deliveries,
    mail_system: MailSystem,
    registry: Registry,
    notices: Sequence[Notice],
    now: datetime,
) -> None:
    """Raise these notices and those that the record gives rise to, and send what waits of them."""
    found = [*notices, *count_refusals(record, now)]
    found += find_alerts(ws, record, registry.tenants, now)
    for notice in [*found, *find_notices(ws, record, registry.tenants, now)]:
        raise_notice(record, notice, mail_system.config, registry.tenants, now)
    send_notices(ws, record, mail_system, registry.tenants, now)


def watch(ws: Workspace, registry: Registry, *, now: datetime, render: Render) -> None:
    """Write down what is owed and what stands in its way, and tell people what they must know.

    Sends no report. For the clockwork, which looks more often than there is something to send.
    Another process that is sending does the same at its end, if it comes to one: while it sends,
    only what is overdue is told.
    """
    mail_system = open_mail_system(ws)
    selection = select(registry, None, None, None)
    composer = Composer(ws, render, mail_system.sign)
    try:
        with sole_writer(ws, now) as record:
            dispatch = Dispatch(ws, selection, record, mail_system.transport, composer, now)
            dispatch.hold_back(plan(record, selection, now))
            _tell(ws, record, mail_system, registry, (), now)
    except BusyError:
        with Deliveries(ws.deliveries_file, rehearsal=True) as copy:
            plan(copy, selection, now)
            late = [
                one
                for one in find_notices(ws, copy, registry.tenants, now)
                if one.kind == "overdue"
            ]
        with Deliveries(ws.deliveries_file) as record:
            for notice in late:
                raise_notice(record, notice, mail_system.config, registry.tenants, now)
            send_notices(ws, record, mail_system, registry.tenants, now)


def newest_day(registry: Registry, now: datetime) -> date:
    """The last day that is over for some tenant: what an ordinary refresh makes."""
    days = [local_yesterday(tenant.zone, now) for tenant in registry.tenants.values()]
    return max(days, default=now.date())


def days_to_make(outcomes: Iterable[DeliveryOutcome], newest: date) -> list[date]:
    """The past days (before `newest`) whose reports wait only for a refresh as of them, in order,
    or can be made of what is published and not after the next refresh.

    `outcomes` are those of a dry run.
    """
    helps = (Cause.BEHIND, Cause.UNMADE, Cause.PASSING)
    waiting = [one for one in outcomes if one.promised and one.cause in helps]
    return sorted({one.as_of for one in waiting if one.as_of < newest})


def tell(ws: Workspace, registry: Registry, notice: Notice, now: datetime) -> bool:
    """Raise one notice and send it at once; False if it was said before.

    It waits in the record if another process is sending.
    """
    mail_system = open_mail_system(ws)
    with Deliveries(ws.deliveries_file) as record:
        new = raise_notice(record, notice, mail_system.config, registry.tenants, now)
    with suppress(BusyError), sole_writer(ws, now) as record:
        send_notices(ws, record, mail_system, registry.tenants, now)
    return new


def _read_inbound(
    ws: Workspace, record: Deliveries, mail_system: MailSystem, now: datetime
) -> list[Notice]:
    """Bounces and requests that came in. A mailbox that does not answer stops no mail."""
    if mail_system.config.incoming is None:
        return []
    folder = mail_folder(ws, mail_system.config.incoming)
    try:
        return read_inbound(record, folder, now)
    except MilepostError as error:
        return [
            Notice(
                kind="incoming",
                about=(f"incoming:{folder.name}:{now.date()}",),
                subject=f"INCOMING · bounces cannot be read: {folder.name}",
                body=(
                    f"{error}\n\nBounces and requests to unsubscribe wait there unseen.\n"
                    "What to do: check `incoming` in mail.yaml; `milepost doctor` tries it.\n"
                ),
            )
        ]
