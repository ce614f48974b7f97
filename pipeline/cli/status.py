"""`milepost status`: per tenant, what its figures are as of, what is wrong, delivered and due."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from pipeline.config.registry import load_registry
from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.core.errors import MilepostError, contained
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import State
from pipeline.delivery.schedule.owed import next_due
from pipeline.landing.control.status import landing_status
from pipeline.landing.sidecars.file_states import unread_files
from pipeline.publish import layout
from pipeline.publish.reader import open_published

_RECENT = timedelta(days=7)


def workspace_status(ws: Workspace, now: datetime) -> dict[str, Any]:
    """One row a tenant; then the deliveries that wait or failed, and what is due next."""
    tenants = load_registry(ws).tenants
    with Deliveries(ws.deliveries_file, rehearsal=True) as record:
        unread = Counter(each.tenant for each in unread_files(ws))
        rows = [_tenant_row(ws, tenant, record, unread[tenant.id]) for tenant in tenants.values()]
        waiting = [
            {
                "id": delivery.id,
                "tenant": delivery.key.tenant,
                "report": delivery.key.report,
                "as_of": delivery.key.period,
                "recipient": delivery.key.recipient,
                "state": delivery.state.value,
                "reason": delivery.reason,
            }
            for delivery in record.open()
            if delivery.key.is_owed
        ]
        recorded = _recorded(record, now)
    due = [
        {
            "tenant": owed.subscription.tenant,
            "report": owed.subscription.report,
            "recipient": owed.subscription.recipient,
            "at": owed.tick.due.astimezone(tenants[owed.subscription.tenant].zone),
        }
        for owed in next_due(tenants, now)
    ]
    return {
        "workspace": str(ws.root),
        "tenants": rows,
        **landing_status(ws),
        "not_delivered": waiting,
        **recorded,
        "due_next": due,
    }


def _recorded(record: Deliveries, now: datetime) -> dict[str, Any]:
    """What people were told lately, and who gets no mail."""
    told = [
        {"at": notice.at, "notice": notice.subject}
        for notice in record.notices.notices_since(now - _RECENT)
    ]
    suppressed = [
        {
            "recipient": one.recipient,
            "tenant": one.tenant or "any",
            "report": one.report or "any",
            "reason": one.reason,
        }
        for one in record.notices.suppressions()
    ]
    return {"told_lately": told, "suppressed": suppressed}


def _tenant_row(ws: Workspace, tenant: Tenant, record: Deliveries, unread: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "tenant": tenant.id,
        "as_of": None,
        "build": None,
        "state": "no build yet",
    }
    held = layout.held(ws, tenant.id)
    try:
        with contained(tenant.id):
            row |= _figures(ws, tenant.id)
    except MilepostError as error:
        # One tenant's trouble: the others' rows are shown all the same.
        row["state"] = f"HELD: {error}"
        held = None
    row["files_not_read"] = unread
    sent = [
        one for one in record.of_tenant(tenant.id) if one.state is State.SENT and one.key.is_owed
    ]
    row |= {"sent": len(sent), "last_sent": max((one.updated_at for one in sent), default=None)}
    if held:
        row["state"] = f"HELD: {held.summary()}"
    elif (override := layout.override(ws, tenant.id)) and override.as_of == row["as_of"]:
        row["state"] = f"UNVERIFIED: {', '.join(override.checks)}: {override.because}"
    return row


def _figures(ws: Workspace, tenant: str) -> dict[str, Any]:
    """What the current build says of itself; nothing before the first. Its files are not hashed:
    there may be many tenants, and no figure of a report is told here."""
    if layout.current_manifest(ws, tenant) is None:
        return {}
    with open_published(ws, tenant, hashed=False) as published:
        [checks] = published.rows(
            "SELECT count(*) AS checks, count(*) FILTER (WHERE failures > 0) AS findings"
            " FROM data_checks"
        )
        [quarantine] = published.rows(
            "SELECT coalesce(sum(rows), 0)::BIGINT AS rows FROM quarantine_summary"
        )
        row = {"as_of": published.as_of, "build": published.build_id, "state": "published"}
    return {**row, **checks, "quarantined": quarantine["rows"]}
