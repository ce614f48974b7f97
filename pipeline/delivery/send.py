"""`send_due`: delivers what is owed, or a test copy, or says what it would deliver.

One sender at a time per workspace, under an OS lock: whatever the record shows as under way when a
run begins was left by a process that died, and is settled first. What is owed is left to
`planning.py`, one delivery to `dispatch.py`.
"""

from __future__ import annotations

from datetime import date, datetime

from pipeline import fsio
from pipeline.delivery.artefacts import Render
from pipeline.delivery.deliveries import Deliveries
from pipeline.delivery.desk import Desk
from pipeline.delivery.dispatch import DeliveryOutcome, Dispatch
from pipeline.delivery.outlet import Outlet, open_outlet
from pipeline.delivery.planning import plan, select, settle_interrupted
from pipeline.delivery.testcopy import TestCopies
from pipeline.delivery.transport import Transport
from pipeline.locking import exclusive
from pipeline.tenants import Registry
from pipeline.workspace import Workspace

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
    outlet: Outlet | None = None,
    transport: Transport | None = None,
) -> list[DeliveryOutcome]:
    """Deliver everything that is owed and not yet delivered, to everybody it is owed to.

    `as_of` asks for the reports that the schedules want for that day, however old. `to` sends a
    test copy of each chosen report there instead, which no record shows. A dry run works on a copy
    of the record, renders nothing and writes nothing; `queued` then means that it would go.
    `render` makes or finds the artefacts (`artefacts.renderer`); `outlet` is the one of `mail.yaml`
    unless given, and `transport` its transport.

    Raises BusyError if another process is sending, ConfigError for an unknown tenant or report.
    """
    selection = select(registry, tenant, report, as_of)
    outlet = outlet or open_outlet(ws)
    transport = transport or outlet.transport
    desk = Desk(ws, render, outlet.sign)
    if to is not None:
        return TestCopies(ws, desk, transport, now, dry_run).send(selection, to)
    if dry_run:
        with Deliveries(ws.deliveries_file, rehearsal=True) as record:
            settle_interrupted(record, registry, transport, now)
            dispatch = Dispatch(ws, selection, record, transport, desk, now)
            return [dispatch.foresee(row) for row in plan(record, selection, now)]
    with (
        exclusive(ws.path("state", "send.lock"), now, "send"),
        Deliveries(ws.deliveries_file) as record,
    ):
        for folder in (ws.path("outbox"), ws.path("state", "mail")):
            fsio.remove_leftovers(folder)
        settle_interrupted(record, registry, transport, now)
        dispatch = Dispatch(ws, selection, record, transport, desk, now)
        return dispatch.settle(plan(record, selection, now))
