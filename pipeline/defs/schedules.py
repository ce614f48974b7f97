"""What happens by the clock: figures kept fresh each hour, old things removed each night.

What is owed to whom is asked more often, by `sensors.py`.
"""

import dagster as dg

from pipeline.core.calendar import local_yesterday
from pipeline.defs.dead_runs import is_busy
from pipeline.defs.jobs import clean_up_job, refresh_job
from pipeline.defs.resources import MilepostResource
from pipeline.publish import layout


@dg.schedule(
    job=refresh_job,
    cron_schedule="15 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every hour: refresh if a tenant's figures do not reach its yesterday.",
)
def hourly_refresh(
    context: dg.ScheduleEvaluationContext, milepost: MilepostResource
) -> dg.RunRequest | dg.SkipReason:
    if is_busy(context.instance):
        return dg.SkipReason("a run is under way")
    now = milepost.settings.now()
    behind = []
    for tenant in milepost.registry().tenants.values():
        manifest = layout.whole_manifest(milepost.workspace, tenant.id)
        if manifest is None or manifest.as_of < local_yesterday(tenant.zone, now):
            behind.append(tenant.id)
    if not behind:
        return dg.SkipReason("every tenant's figures reach its yesterday")
    return dg.RunRequest(tags={"milepost/behind": str(len(behind))})


nightly_clean_up = dg.ScheduleDefinition(
    name="nightly_clean_up",
    job=clean_up_job,
    cron_schedule="40 21 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night: what is older than MILEPOST_KEEP_DAYS goes.",
)
