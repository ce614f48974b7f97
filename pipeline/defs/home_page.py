"""The UI's first page: each tenant with its last reports, figures, checks and re-run buttons.

Dagster's own first page shows runs, and its catalogue a hundred tables; somebody who looks for one
tenant's report finds it here. Every link leads into Dagster's pages or to a rendered file.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipeline.config.registry import load_registry
from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.core.errors import MilepostError, contained
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import State
from pipeline.landing.sidecars.file_states import unread_files
from pipeline.publish import layout
from pipeline.publish.reader import open_published
from pipeline.reports.artifacts import PAYLOAD, read_index
from pipeline.reports.catalogue import CATALOGUE
from pipeline.reports.drawing.templating import render_template

# Where the web server shows what lies in the workspace's folder of that name.
ARTIFACTS = "artifacts"


def home_page(ws: Workspace) -> str:
    """The page as HTML. Plain figures of the published builds and of the delivery record."""
    tenants = load_registry(ws).tenants
    with Deliveries(ws.deliveries_file, rehearsal=True) as record:
        rows = [_tenant(ws, tenant, record) for tenant in tenants.values()]
    context = {
        "workspace": ws.root.name,
        "tenants": rows,
        "checks_link": checks_link(),
        "unread": [asdict(each) for each in unread_files(ws)],
    }
    return render_template("ui/home.html.jinja", context, locale="en_GB", currency="INR")


def figures_link(tenant: str) -> str:
    """Dagster's page of a tenant's current build: headline figures and findings."""
    return f"/assets/tenant_figures?view=partitions&partition={tenant}"


def checks_link() -> str:
    """Dagster's page of the newest checks, and of each tenant's by its name."""
    return "/assets/tenant_figures?view=checks"


def report_link(tenant: str, report: str) -> str:
    """Dagster's page of a tenant's report: its history, its figures and the button."""
    return f"/assets/reports/{report}?view=partitions&partition={tenant}"


def file_link(ws: Workspace, path: Path) -> str:
    """A rendered file as the web server shows it."""
    return f"/{path.relative_to(ws.root).as_posix()}"


def _tenant(ws: Workspace, tenant: Tenant, record: Deliveries) -> dict[str, Any]:
    held = layout.held(ws, tenant.id)
    row: dict[str, Any] = {
        "id": tenant.id,
        "name": tenant.name,
        "as_of": None,
        "held": held.summary() if held else None,
        "checks": 0,
        "findings": 0,
        "link": figures_link(tenant.id),
    }
    try:
        with contained(tenant.id):
            row |= _figures(ws, tenant.id)
    except MilepostError as error:
        row["held"] = str(error)
    sent = _last_sent(record, tenant.id)
    row["reports"] = [
        {**_report(ws, tenant.id, name), "sent": sent.get(name)}
        for name in CATALOGUE
        if name in tenant.reports or (ws.path(ARTIFACTS, tenant.id, name)).is_dir()
    ]
    return row


def _figures(ws: Workspace, tenant: str) -> dict[str, Any]:
    """The current build's day and how many of its checks found something; nothing before one."""
    manifest = layout.current_manifest(ws, tenant)
    if manifest is None:
        return {}
    with open_published(ws, tenant, hashed=False) as published:
        [checks] = published.rows(
            "SELECT count(*) AS checks, count(*) FILTER (WHERE failures > 0) AS findings"
            " FROM data_checks"
        )
    return {"as_of": manifest.as_of, **checks}


def _last_sent(record: Deliveries, tenant: str) -> dict[str, datetime]:
    """When each report last went out."""
    sent: dict[str, datetime] = {}
    for one in record.of_tenant(tenant):
        if one.state is State.SENT and one.key.is_owed:
            sent[one.key.report] = max(one.updated_at, sent.get(one.key.report, one.updated_at))
    return sent


def _report(ws: Workspace, tenant: str, name: str) -> dict[str, Any]:
    days = sorted(_days(ws.path(ARTIFACTS, tenant, name)), reverse=True)
    folder = ws.artifacts(tenant, name, days[0]) if days else None
    index = read_index(folder) if folder else None
    return {
        "title": CATALOGUE[name].title,
        "link": report_link(tenant, name),
        "as_of": days[0] if days else None,
        "documents": sum((one / PAYLOAD).exists() for one in folder.iterdir()) if folder else 0,
        "files": [
            {"format": entry.format, "link": file_link(ws, folder / entry.name)}
            for entry in index.files
            if entry.name != PAYLOAD
        ]
        if folder and index
        else [],
    }


def _days(folder: Path) -> Iterator[date]:
    """The days of which something was rendered."""
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            yield date.fromisoformat(path.name)
        except ValueError:
            continue  # not a day's folder, so not a report of the schedule's
