"""The dashboard page: one self-contained HTML file with a section for each question people ask.

This module gathers the sections into one frozen payload. Each is read where it belongs:
`overview`, `cohorts`, `marketing`, `bookings`, `dues`, `team`, `worklists`, `quality`; its charts
are in `charts`. The page works from disk, without a network and without JavaScript.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pipeline.core.calendar import add_months
from pipeline.reports.drawing.formats import formats
from pipeline.reports.figures.cohorts import (
    Cohort,
    read_cohorts,
    read_stage_times,
    together,
)
from pipeline.reports.figures.lead_scores import (
    score_quality,
    scored_leads,
)
from pipeline.reports.figures.quality import read_quality
from pipeline.reports.figures.worklists import (
    late_deliveries,
    list_follow_ups,
    read_owners,
    waiting_leads,
)
from pipeline.reports.freshness import sources
from pipeline.reports.payload import Payload
from pipeline.reports.report import Inputs, Key, ReportModule
from pipeline.reports.sales_dashboard import charts as drawn
from pipeline.reports.sales_dashboard.bookings import read_bookings
from pipeline.reports.sales_dashboard.content import (
    DashboardContent,
    FunnelSection,
    StatusMonth,
    WorkList,
)
from pipeline.reports.sales_dashboard.dues import read_dues
from pipeline.reports.sales_dashboard.filter_rows import MONTHS, read_filter_rows
from pipeline.reports.sales_dashboard.marketing import (
    read_campaigns,
    read_sources,
)
from pipeline.reports.sales_dashboard.overview import read_overview
from pipeline.reports.sales_dashboard.script_data import chart_runtime, packed, script_settings
from pipeline.reports.sales_dashboard.team import read_team

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

_COHORTS = 12
_FOLLOW_UPS_LISTED = 100
_LEADS_LISTED = 50
_DELIVERIES_LISTED = 50

TABS = (
    ("overview", "KPI overview"),
    ("funnel", "Funnel"),
    ("sources", "Sources"),
    ("campaigns", "Campaigns"),
    ("bookings", "Bookings"),
    ("receivables", "Receivables"),
    ("team", "Team"),
    ("follow-ups", "Follow-ups"),
    ("data-quality", "Data quality"),
)


class SalesDashboard(ReportModule[DashboardContent]):
    """One page per tenant."""

    schema = "sales_dashboard/4"
    content = DashboardContent

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, DashboardContent]]:
        """One page per tenant."""
        published, as_of = inputs.published, inputs.envelope.as_of
        zone = inputs.envelope.timezone
        yield (
            (),
            DashboardContent(
                overview=read_overview(published, as_of),
                funnel=_funnel(inputs),
                sources=read_sources(published),
                campaigns=read_campaigns(published),
                bookings=read_bookings(published, as_of),
                late_deliveries=late_deliveries(published, as_of, _DELIVERIES_LISTED),
                dues=read_dues(published),
                team=read_team(published, as_of),
                work=WorkList(
                    owners=read_owners(published),
                    follow_ups=list_follow_ups(published, _FOLLOW_UPS_LISTED),
                    waiting=waiting_leads(published, as_of, zone, _LEADS_LISTED),
                    likely=scored_leads(published, _LEADS_LISTED),
                    score_quality=score_quality(published),
                ),
                trust=read_quality(published),
                facts=read_filter_rows(published, as_of, zone),
            ),
        )

    def context(self, payload: Payload, format_: str) -> Mapping[str, Any]:
        """The charts as SVG text, the tabs, when each source last delivered, and for the page what
        its script needs.
        """
        content, envelope = self._said(payload), payload.envelope
        f = formats(envelope.locale, envelope.currency)
        charts = drawn.all_charts(content, f, envelope.branding.color)
        shared = {
            "charts": {
                **drawn.sparklines(content.overview),
                # Paper is never narrow.
                **{
                    name: chart.svg()
                    for name, chart in charts.items()
                    if format_ == "html" or not name.endswith("_narrow")
                },
            },
            "palette": drawn.palette(envelope.branding.color),
            "shown_bars": drawn.BARS_SHOWN,
            "tabs": [{"id": name, "title": title} for name, title in TABS],
            "sources_of_data": [source.model_dump() for source in sources(envelope.freshness)],
        }
        if format_ != "html":
            return shared
        settings = script_settings(content, envelope, charts, f, drawn.BARS_SHOWN)
        facts = packed(content.facts.model_dump_json())
        return shared | {"settings": settings, "facts": facts, "runtime": chart_runtime()}


def _funnel(inputs: Inputs) -> FunnelSection:
    first = add_months(inputs.envelope.as_of.replace(day=1), 1 - MONTHS)
    cohorts = read_cohorts(inputs.published, inputs.tenant.funnel, first)
    mature = [cohort for cohort in cohorts if cohort.mature and cohort.leads]
    return FunnelSection(
        cohorts=cohorts[-_COHORTS:],
        mature=together(mature[-_COHORTS:]),
        mature_months=tuple(cohort.first_month for cohort in mature[-_COHORTS:]),
        statuses=_statuses(inputs.published, cohorts[-_COHORTS:]),
        stages=read_stage_times(inputs.published),
    )


def _statuses(published: Published, cohorts: tuple[Cohort, ...]) -> tuple[StatusMonth, ...]:
    if not cohorts:
        return ()
    rows = published.rows(
        "SELECT month, leads_new AS new, leads_contacted AS contacted,"
        " leads_qualified AS qualified, leads_negotiation AS negotiation,"
        " leads_converted AS converted, leads_lost AS lost, total_leads AS total"
        " FROM v_lead_funnel_analysis WHERE month >= $first ORDER BY month",
        {"first": cohorts[0].first_month},
    )
    return tuple(StatusMonth.model_validate(row) for row in rows)
