"""Dagster's entry point: `dagster dev -m pipeline.definitions`."""

import dagster as dg

from pipeline.defs.deliveries import deliveries
from pipeline.defs.jobs import daily_job, refresh_job, report_job, send_job
from pipeline.defs.models import models
from pipeline.defs.published import published, tenant_figures
from pipeline.defs.raw import landing, registry
from pipeline.defs.reports import REPORT_ASSETS
from pipeline.defs.resources import build_resources
from pipeline.defs.schedules import daily_tick, hourly_refresh

defs = dg.Definitions(
    assets=[registry, landing, models, published, tenant_figures, *REPORT_ASSETS, deliveries],
    jobs=[refresh_job, daily_job, report_job, send_job],
    schedules=[daily_tick, hourly_refresh],
    resources=build_resources(),
    executor=dg.in_process_executor,
)
