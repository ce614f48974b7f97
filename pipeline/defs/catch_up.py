"""A past day's reports, made by a refresh as of that day because nobody made them at its time.

They are rendered and left; sending them, in order and marked LATE, is the next daily run's.
"""

from datetime import date

import dagster as dg

from pipeline.core.errors import MilepostError
from pipeline.defs.published import published
from pipeline.defs.reports import materialization
from pipeline.defs.resources import MilepostResource
from pipeline.delivery.gate import Cause
from pipeline.delivery.rendering import renderer, slice_sent
from pipeline.delivery.send import send_due
from pipeline.reports.workers.pool import kept_workers


class PastConfig(dg.Config):
    """as_of: the day that was missed."""

    as_of: str


@dg.asset(
    key=["past_reports"],
    group_name="delivery",
    deps=[published],
    description="The owed reports of a day that was missed, rendered as of that day.",
)
def past_reports(
    context: dg.AssetExecutionContext, config: PastConfig, milepost: MilepostResource
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Render what is owed of the day. A report that fails stays owed, and the mail says why."""
    ws, registry, day = milepost.workspace, milepost.registry(), date.fromisoformat(config.as_of)
    render = renderer(ws, registry, milepost.settings)
    waiting = send_due(ws, registry, now=milepost.settings.now(), render=render, dry_run=True)
    owed = {
        (one.tenant, one.report, slice_sent(registry.tenant(one.tenant), one.report, one.recipient))
        for one in waiting
        if one.as_of == day and one.cause not in (Cause.HELD, Cause.UNMADE, Cause.UNMAKEABLE)
    }
    failed = []
    in_order = sorted(owed, key=lambda one: (one[0], one[1], str(one[2])))
    with kept_workers():
        for tenant, report, selection in in_order:
            try:
                made = render(registry.tenant(tenant), report, day, selection)
            except MilepostError as error:
                failed.append(f"{tenant}/{report}: {error}")
                continue
            context.log_event(materialization(tenant, report, made))
    return dg.MaterializeResult(
        metadata={"day": config.as_of, "reports": len(owed) - len(failed), "failed": failed}
    )
