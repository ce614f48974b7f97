"""The clockwork: a tick that sends what is owed, and one that keeps the figures fresh.

Both ask the record and the published builds what is missing and start a run only for that, so a
tick that was missed is made up for by the next one.
"""

import dagster as dg

from pipeline.calendar import local_yesterday
from pipeline.defs.jobs import daily_job, refresh_job
from pipeline.defs.resources import MilepostResource
from pipeline.delivery.artefacts import renderer
from pipeline.delivery.send import DeliveryOutcome, send_due
from pipeline.delivery.states import State
from pipeline.publish import layout
from pipeline.workspace import Workspace


@dg.schedule(
    job=daily_job,
    cron_schedule="*/10 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every ten minutes: refresh and send if a report is owed.",
)
def daily_tick(milepost: MilepostResource) -> dg.RunRequest | dg.SkipReason:
    registry = milepost.registry()
    waiting = send_due(
        milepost.workspace,
        registry,
        now=milepost.settings.now(),
        render=renderer(milepost.workspace, registry, milepost.settings),
        dry_run=True,
    )
    ready = [one for one in waiting if _would_go(milepost.workspace, one)]
    if not ready:
        return dg.SkipReason("no report is owed")
    return dg.RunRequest(tags={"milepost/owed": str(len(ready))})


def _would_go(ws: Workspace, outcome: DeliveryOutcome) -> bool:
    """Whether a run would send it: it is queued, or waits only for newer figures."""
    manifest = layout.current_manifest(ws, outcome.tenant)
    waits_for_refresh = manifest is None or manifest.as_of < outcome.as_of
    return outcome.state is State.QUEUED or (outcome.state is State.HELD and waits_for_refresh)


@dg.schedule(
    job=refresh_job,
    cron_schedule="15 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every hour: refresh if a tenant's figures do not reach its yesterday.",
)
def hourly_refresh(milepost: MilepostResource) -> dg.RunRequest | dg.SkipReason:
    now = milepost.settings.now()
    behind = []
    for tenant in milepost.registry().tenants.values():
        manifest = layout.current_manifest(milepost.workspace, tenant.id)
        if manifest is None or manifest.as_of < local_yesterday(tenant.zone, now):
            behind.append(tenant.id)
    if not behind:
        return dg.SkipReason("every tenant's figures reach its yesterday")
    return dg.RunRequest(tags={"milepost/behind": str(len(behind))})
