"""The jobs: what the CLI's verbs, the schedule and the UI's buttons run."""

import dagster as dg

from pipeline.defs.catch_up import past_reports
from pipeline.defs.deliveries import deliveries, send_job
from pipeline.defs.published import published
from pipeline.defs.reports import report_job
from pipeline.defs.retention import clean_up_job

__all__ = ["catch_up_job", "clean_up_job", "daily_job", "refresh_job", "report_job", "send_job"]

refresh_job = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.assets(published).upstream(),
    description="Read what is new, build, check and publish.",
)
daily_job = dg.define_asset_job(
    "daily",
    selection=dg.AssetSelection.assets(deliveries).upstream(),
    description="Refresh, then render and send everything that is due.",
)
catch_up_job = dg.define_asset_job(
    "catch_up",
    selection=dg.AssetSelection.assets(past_reports).upstream(),
    description="Make the reports of a day that was missed, by a refresh as of that day.",
)
