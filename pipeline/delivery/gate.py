"""Whether a tenant's report may be mailed now, or why not.

Figures that failed a blocking check, that are stale, or that do not reach the day that is owed, go
to nobody. Holding, letting go, and sending older figures in their place is left to `dispatch.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.delivery.record.states import DeliveryKey
from pipeline.delivery.rendering import was_rendered
from pipeline.publish import layout
from pipeline.publish.integrity import damaged_files
from pipeline.publish.reader import open_published
from pipeline.reports.catalogue import CATALOGUE, find_report
from pipeline.reports.selection import EVERYTHING, Selection


class Cause(StrEnum):
    """What kind of thing stands in the way."""

    HELD = "held"  # a blocking finding about the data
    DAMAGED = "damaged"  # a published file is not as it was written: no figure of it goes out
    STALE = "stale"  # no source has delivered for too long
    BEHIND = "behind"  # the figures do not reach the day: a refresh may help
    UNMADE = "unmade"  # a past day that was not made at its time: a refresh as of it helps
    PASSING = "passing"  # it can go now, but a refresh would move on from its day: make it first
    UNMAKEABLE = "unmakeable"  # the report itself failed
    QUIET = "quiet"  # quiet hours: it waits, and nothing is wrong


@dataclass(frozen=True)
class Obstacle:
    """Why a report may not go out now, for people."""

    cause: Cause
    reason: str


def obstacle(
    ws: Workspace,
    tenant: Tenant,
    key: DeliveryKey,
    now: datetime,
    selection: Selection = EVERYTHING,
) -> Obstacle | None:
    """Why the report may not go out now; None if the tenant's data is no reason against it."""
    try:
        manifest = layout.current_manifest(ws, key.tenant)
    except layout.DamagedBuild as error:
        return Obstacle(Cause.DAMAGED, str(error))
    rendered = was_rendered(ws, key.tenant, key.report, key.period, selection)
    past = manifest is not None and manifest.as_of > key.period
    if past and rendered:
        return None  # it passed when it was made
    if held := layout.held(ws, key.tenant):
        return Obstacle(Cause.HELD, f"data of {held.as_of} is held: {held.summary()}")
    if manifest is None:
        return Obstacle(Cause.BEHIND, "nothing is published yet: run `milepost refresh`")
    if manifest.as_of < key.period:
        reason = f"data reaches {manifest.as_of} only: run `milepost refresh`"
        return Obstacle(Cause.BEHIND, reason)
    if past:
        # The current build does not know what the figures were then.
        reason = f"it was not made at its time: run `milepost refresh --as-of {key.period}`"
        return Obstacle(Cause.UNMADE, reason)
    link = layout.current_link(ws, key.tenant)
    if damaged := damaged_files(link, manifest):
        return Obstacle(Cause.DAMAGED, str(layout.DamagedBuild(link.resolve(), *damaged)))
    return _stale(ws, tenant, now)


def personal_obstacle(report: str, selection: Selection) -> Obstacle | None:
    """Why a recipient of this slice cannot have the report; None if they can."""
    possible = find_report(report).filters
    if set(selection.filters) <= set(possible):
        return None
    # Sending the whole report to someone meant to see a slice would show them the others'.
    sliced = [name for name, row in CATALOGUE.items() if set(selection.filters) <= set(row.filters)]
    return Obstacle(
        Cause.UNMAKEABLE,
        f"the {report} cannot be narrowed to {' and '.join(selection.described())}, and the whole"
        f" is not for this recipient; reports that can: {', '.join(sliced) or 'none'}",
    )


def _stale(ws: Workspace, tenant: Tenant, now: datetime) -> Obstacle | None:
    hours = tenant.mailing.fresh_within_hours
    if hours is None:
        return None
    with open_published(ws, tenant.id) as published:
        [row] = published.rows("SELECT max(last_ingested_at) AS newest FROM source_freshness")
    newest = row["newest"]
    if newest is not None and now - newest <= timedelta(hours=hours):
        return None
    since = f"since {newest:%Y-%m-%d %H:%M} UTC" if newest else "ever"
    return Obstacle(Cause.STALE, f"no source has delivered anything {since}")
