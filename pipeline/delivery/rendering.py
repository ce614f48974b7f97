"""The artifacts of a report as of a day: made from the current build, or as they were left.

A report of the published day is made now, which costs little where nothing changed. An earlier day
can only be sent as it was rendered then: the current build no longer knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from pipeline.config.registry import Registry
from pipeline.config.settings import Settings
from pipeline.config.tenant import Recipient, Tenant
from pipeline.config.workspace import Workspace
from pipeline.core.errors import MilepostError
from pipeline.publish import layout
from pipeline.reports.artifacts import INDEX, Artifact, artifacts_of, is_intact, read_index
from pipeline.reports.build import ON_DEMAND, render_report
from pipeline.reports.request import ReportRequest
from pipeline.reports.selection import EVERYTHING, Selection

Render = Callable[[Tenant, str, date, Selection], Sequence[Artifact]]
"""Makes or finds the artifacts of a report as of a day, or of a slice of it; MilepostError says why
it cannot."""

# What a report's mail consists of, apart from what the tenant file wants attached.
BODY_FORMATS = dict.fromkeys(("daily_summary", "collections"), ("html", "text"))


def renderer(ws: Workspace, registry: Registry, settings: Settings) -> Render:
    """The ordinary `Render` of a workspace."""

    def render(
        tenant: Tenant, report: str, as_of: date, selection: Selection
    ) -> Sequence[Artifact]:
        manifest = layout.current_manifest(ws, tenant.id)
        if manifest is not None and manifest.as_of != as_of:
            return stored(ws, tenant.id, report, as_of, selection)
        formats = wanted_formats(tenant, report)
        asked = ReportRequest(tenant.id, report, as_of, formats=formats, selection=selection)
        return render_report(ws, registry, settings, asked)

    return render


def wanted_formats(tenant: Tenant, report: str) -> tuple[str, ...] | None:
    """The formats of the tenant file and those the mail itself needs; None for all there are."""
    config = tenant.reports.get(report)
    if config is None or not config.formats:
        return None
    return tuple(dict.fromkeys((*BODY_FORMATS.get(report, ()), *config.formats)))


def slice_of(recipient: Recipient) -> Selection:
    """What of a report this recipient is to see; everything for most."""
    if recipient.filter is None:
        return EVERYTHING
    wanted = recipient.filter
    return Selection(
        owner=wanted.assigned_to,
        source=wanted.source,
        campaign=wanted.campaign,
        project=wanted.project,
    )


def slice_sent(tenant: Tenant, report: str, address: str) -> Selection:
    """What of the report the tenant's recipient of this address (in lower case) is to see."""
    recipients = tenant.reports[report].recipients
    return next(slice_of(one) for one in recipients if one.email.lower() == address)


def was_rendered(
    ws: Workspace, tenant: str, report: str, as_of: date, selection: Selection = EVERYTHING
) -> bool:
    """Whether it was made as of this day; what lies there may still be damaged."""
    return any(_folder(ws, tenant, report, as_of, selection).rglob(INDEX))


def stored(
    ws: Workspace, tenant: str, report: str, as_of: date, selection: Selection = EVERYTHING
) -> list[Artifact]:
    """What lies in `artifacts/` of that day; MilepostError if that is not whole."""
    folder = _folder(ws, tenant, report, as_of, selection)
    found: list[Artifact] = []
    for index_file in sorted(folder.rglob(INDEX)):
        index = read_index(index_file.parent)
        if index is None or not is_intact(index_file.parent, index):
            raise MilepostError(
                f"{index_file.parent.relative_to(ws.root)} is not as it was rendered;"
                f" run `milepost refresh --as-of {as_of}`"
            )
        found += artifacts_of(index_file.parent, index)
    return found


def _folder(ws: Workspace, tenant: str, report: str, as_of: date, selection: Selection) -> Path:
    if selection:
        return ws.artifacts(tenant, ON_DEMAND, as_of, report, selection.slug())
    return ws.artifacts(tenant, report, as_of)
