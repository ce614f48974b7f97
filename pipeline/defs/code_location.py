"""Everything that Dagster is given: assets, checks, jobs, schedules, sensors, resources.

The instance loads it by `pipeline.definitions`; `run` takes its jobs from here.
"""

import dagster as dg

from pipeline.core.private_files import keep_private
from pipeline.defs.catch_up import past_reports
from pipeline.defs.deliveries import deliveries
from pipeline.defs.inbox_sensor import inbox_sensor
from pipeline.defs.instance import stored_errors
from pipeline.defs.jobs import (
    catch_up_job,
    clean_up_job,
    daily_job,
    refresh_job,
    report_job,
    send_job,
)
from pipeline.defs.models import models
from pipeline.defs.published import data_checks, published, tenant_figures
from pipeline.defs.raw import landing, registry
from pipeline.defs.reports import REPORT_ASSETS
from pipeline.defs.resources import build_resources
from pipeline.defs.schedules import hourly_refresh, nightly_clean_up
from pipeline.defs.sensors import failed_runs, owed_reports

stored_errors.install()
keep_private()  # the daemon's runs begin here, and not at a command

defs = dg.Definitions(
    assets=[
        registry,
        landing,
        models,
        published,
        tenant_figures,
        *REPORT_ASSETS,
        deliveries,
        past_reports,
    ],
    asset_checks=[data_checks],
    jobs=[refresh_job, daily_job, catch_up_job, report_job, send_job, clean_up_job],
    schedules=[hourly_refresh, nightly_clean_up],
    sensors=[inbox_sensor, owed_reports, failed_runs],
    resources=build_resources(),
    executor=dg.in_process_executor,
)
