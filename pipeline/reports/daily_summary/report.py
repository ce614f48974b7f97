"""The daily e-mail: what yesterday brought, what moved, what to do, and how far to trust it.

This module gathers the parts into one frozen payload; the e-mail (HTML and text) and the PDF are
renderings of it. The parts are made where they belong: `activity`, `cohorts`, `movers`,
`worklists`, `quality`; the words by `narrative`. Sending it is `delivery`'s.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pipeline.core.calendar import add_months
from pipeline.reports.daily_summary import activity, narrative, slice
from pipeline.reports.daily_summary.activity import Day, Tile
from pipeline.reports.daily_summary.movers import Movers, read_movers
from pipeline.reports.daily_summary.narrative_facts import gather_facts
from pipeline.reports.drawing import charts, vega
from pipeline.reports.drawing.colour import WHITE, readable
from pipeline.reports.drawing.formats import Formats, formats
from pipeline.reports.drawing.inlining import mail_html, mail_text
from pipeline.reports.figures.changes import Listing
from pipeline.reports.figures.cohorts import Cohort, read_cohorts
from pipeline.reports.figures.kpis import DAILY_TILES
from pipeline.reports.figures.lead_scores import ScoredLead, scored_leads
from pipeline.reports.figures.quality import Quality, read_quality
from pipeline.reports.figures.worklists import (
    LateDelivery,
    OverdueFollowUps,
    WaitingLead,
    late_deliveries,
    read_follow_ups,
    waiting_leads,
)
from pipeline.reports.freshness import silent_since, sources
from pipeline.reports.payload import Envelope, Frozen, Money, Payload
from pipeline.reports.report import Inputs, Key, ReportModule

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

_FOLLOW_UPS_SHOWN = 10
_LEADS_SHOWN = 5
_DELIVERIES_SHOWN = 5
_LIKELY_SHOWN = 3
_COHORT_MONTHS = 18
# In mail narrower than its column, so that its numbers can still be read on a telephone.
_CHART_WIDTH = {"html": 460, "pdf": 720}


class Dues(Frozen):
    """What customers owe at the as-of date and how late it is."""

    receivable: Money
    overdue: Money
    beyond_90: Money


class SummaryContent(Frozen):
    """Everything the mail says.

    `quiet`: the data is in, and nothing whatever happened on the day; what a tenant then wants
    to get is in its `when_empty`. `narrowed`: to what, for one recipient's slice.
    """

    narrowed: tuple[str, ...] = ()
    subject: str
    preheader: str
    headline: str
    quiet: bool
    silent_since: datetime | None
    tiles: tuple[Tile, ...]
    days: tuple[Day, ...]
    chart_text: str
    month: Cohort | None
    mature_month: Cohort | None
    movers: Movers
    follow_ups: OverdueFollowUps
    waiting: Listing[WaitingLead]
    likely: Listing[ScoredLead]
    deliveries: Listing[LateDelivery]
    dues: Dues | None
    trust: Quality


class DailySummary(ReportModule[SummaryContent]):
    """One summary per tenant and day, of the whole or of a slice."""

    schema = "daily_summary/2"
    content = SummaryContent

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, SummaryContent]]:
        """One summary per tenant and day, of the whole or of a slice."""
        envelope, published = inputs.envelope, inputs.published
        f = formats(envelope.locale, envelope.currency)
        if inputs.asked.selection:
            slice.narrow(inputs)
        days = activity.read_days(published, envelope.as_of)
        month, mature_month = _cohorts(inputs)
        parts: dict[str, Any] = {
            "silent_since": silent_since(envelope.freshness, envelope.as_of, envelope.timezone),
            "tiles": activity.tiles(days, slice.TILES if inputs.asked.selection else DAILY_TILES),
            "days": activity.fortnight(days),
            "month": month,
            "mature_month": mature_month,
            "movers": read_movers(published, envelope.as_of),
            "follow_ups": read_follow_ups(published, _FOLLOW_UPS_SHOWN),
            "waiting": waiting_leads(published, envelope.as_of, envelope.timezone, _LEADS_SHOWN),
            "likely": scored_leads(published, _LIKELY_SHOWN, only_hot=True),
            "deliveries": late_deliveries(published, envelope.as_of, _DELIVERIES_SHOWN),
            "dues": _dues(published),
            "trust": read_quality(published),
        }
        facts = gather_facts(inputs, days, parts)
        yield (
            (),
            SummaryContent(
                **parts,
                narrowed=inputs.asked.selection.described(),
                subject=narrative.subject(facts, f),
                preheader=narrative.preheader(facts, f),
                headline=narrative.headline(facts, f),
                quiet=_nothing_happened(parts),
                chart_text=_chart_text(parts["days"], f),
            ),
        )

    def context(self, payload: Payload, format_: str) -> Mapping[str, Any]:
        """The chart as data: URI (a picture for mail, lines for PDF), and the freshness."""
        content, envelope = self._said(payload), payload.envelope
        # Fourteen zeros are a sentence, not a chart.
        wanted = format_ in _CHART_WIDTH and any(d.new_leads or d.bookings for d in content.days)
        return {
            "chart": _drawn(_chart(content, envelope, _CHART_WIDTH[format_]), format_)
            if wanted
            else "",
            "sources": [source.model_dump() for source in sources(envelope.freshness)],
        }

    def finish(self, payload: Payload, format_: str, text: str) -> str:  # noqa: ARG002
        if format_ == "text":
            return mail_text(text)
        return mail_html(text) if format_ == "html" else text


def _drawn(chart: vega.Chart, format_: str) -> str:
    kind, data = ("svg+xml", chart.svg().encode()) if format_ == "pdf" else ("png", chart.png())
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _chart(content: SummaryContent, envelope: Envelope, width: int) -> vega.Chart:
    f = formats(envelope.locale, envelope.currency)
    earlier: list[charts.Role] = ["soft"] * (len(content.days) - 1)
    panels = [
        charts.Panel(
            title, values, [f.number(value) for value in values], [*earlier, "brand"], height
        )
        for title, values, height in (
            ("New leads", [day.new_leads for day in content.days], 64),
            ("Bookings", [day.bookings for day in content.days], 36),
        )
    ]
    labels = [_day_label(day.day, day is content.days[0], f) for day in content.days]
    brand = readable(envelope.branding.color, WHITE)
    return charts.columns(panels, labels, brand, content.chart_text, width=width)


def _day_label(day: date, is_first: bool, f: Formats) -> str:
    """`Thu` above `18`; the month where the row begins and where it changes."""
    return f"{f.weekday(day)}\n{f.day_month(day) if is_first or day.day == 1 else day.day}"


def _chart_text(days: Sequence[Day], f: Formats) -> str:
    """The chart's figures as text: it stands in for the picture wherever that is not shown."""
    if not days:
        return ""
    span = f"{f.weekday(days[0].day)} {f.day_month(days[0].day)} to"
    span += f" {f.weekday(days[-1].day)} {f.day_month(days[-1].day)}"
    if not any(day.new_leads or day.bookings for day in days):
        return f"No leads or bookings from {span}."
    leads = ", ".join(f.number(day.new_leads) for day in days)
    bookings = ", ".join(f.number(day.bookings) for day in days)
    return f"Day by day, {span}. New leads: {leads}. Bookings: {bookings}."


def _cohorts(inputs: Inputs) -> tuple[Cohort | None, Cohort | None]:
    """This month's leads so far, and the newest month that has had its time to book."""
    as_of = inputs.envelope.as_of
    since = add_months(as_of.replace(day=1), -_COHORT_MONTHS)
    cohorts = read_cohorts(inputs.published, inputs.tenant.funnel, since)
    this_month = next((c for c in cohorts if c.first_month == as_of.replace(day=1)), None)
    mature = next((c for c in reversed(cohorts) if c.mature and c.leads), None)
    return this_month, mature


def _dues(published: Published) -> Dues | None:
    rows = published.rows(
        "SELECT receivable, overdue_total AS overdue,"
        " days_91_120 + days_over_120 AS beyond_90 FROM receivables"
    )
    return Dues.model_validate(rows[0]) if rows else None


def _nothing_happened(parts: Mapping[str, Any]) -> bool:
    flows = [tile.value for tile in parts["tiles"] if tile.flow]
    # Silent sources are the opposite of a quiet day: then the whole mail goes out and warns.
    return (
        parts["silent_since"] is None
        and not any(value is None or value for value in flows)
        and not parts["movers"].cancellations.total
    )
