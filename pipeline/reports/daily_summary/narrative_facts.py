"""What the narrative's rules look at, taken from the parts of the daily summary.

The only step between the figures that the mail shows and the sentences above them, so that both
say the same. The rules themselves are in `narrative`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.core.calendar import previous_period
from pipeline.reports.daily_summary import activity
from pipeline.reports.daily_summary.activity import Days
from pipeline.reports.daily_summary.movers import cancelled_amount
from pipeline.reports.daily_summary.narrative import NarrativeFacts, Week
from pipeline.reports.figures.kpis import CONVERSATIONS, NEW_LEADS, SITE_VISITS, Kpi
from pipeline.reports.report import Inputs

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

_WEEKLY: Mapping[Kpi, str] = {
    NEW_LEADS: "new leads",
    SITE_VISITS: "site visits",
    CONVERSATIONS: "calls and meetings",
}


def gather_facts(inputs: Inputs, days: Days, parts: Mapping[str, Any]) -> NarrativeFacts:
    envelope = inputs.envelope
    tiles = {tile.name: tile for tile in parts["tiles"]}
    movers, dues, follow_ups = parts["movers"], parts["dues"], parts["follow_ups"]
    gone = movers.cancellations
    return NarrativeFacts(
        tenant=", ".join([envelope.branding.name, *inputs.asked.selection.described()]),
        as_of=envelope.as_of,
        timezone=envelope.timezone,
        marks=envelope.marks,
        new_leads=tiles["new_leads"].value,
        new_leads_before=tiles["new_leads"].previous_day.base,
        bookings=tiles["bookings"].value,
        booked_amount=tiles["booked_amount"].value,
        bookings_to_date=tiles["bookings"].to_date,
        bookings_last_month=tiles["bookings"].last_month.base,
        weeks=_weeks(days),
        follow_ups_overdue=follow_ups.overdue,
        oldest_follow_up_days=follow_ups.oldest_days,
        waiting_leads=parts["waiting"].total,
        cancelled=gone.total,
        cancelled_amount=cancelled_amount(inputs.published, envelope.as_of),
        cancellation_reason=gone.rows[0].reason if gone.total == 1 else None,
        overdue=dues.overdue if dues else None,
        overdue_beyond_90=dues.beyond_90 if dues else None,
        late_deliveries=parts["deliveries"].total,
        failed_checks=[
            c.description or c.name for c in parts["trust"].failed if c.severity == "error"
        ],
        last_lead_at=_last_lead(inputs.published),
        silent_since=parts["silent_since"],
    )


def _weeks(days: Days) -> tuple[Week, ...]:
    week = activity.last_seven_days(days.as_of)
    totals = [
        (title, days.total(kpi, week), days.total(kpi, previous_period(week)))
        for kpi, title in _WEEKLY.items()
    ]
    return tuple(
        Week(title, int(now), int(before))
        for title, now, before in totals
        if now is not None and before is not None
    )


def _last_lead(published: Published) -> datetime | None:
    latest: datetime | None = published.rows("SELECT max(created_at) AS at FROM leads")[0]["at"]
    return latest
