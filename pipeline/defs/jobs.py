"""The jobs: what the CLI's verbs, the schedule and the UI's buttons run."""

import dagster as dg

from pipeline.defs.deliveries import deliveries, send_job
from pipeline.defs.published import published
from pipeline.defs.reports import report_job

__all__ = ["daily_job", "refresh_job", "report_job", "send_job"]

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
