"""What the dashboard says: the model of its payload, a section of the page a field.

The charts and the script's data are drawn from it (`charts`, `script_data`); reading it from the
published build is `report`'s and the sections' own.
"""

from __future__ import annotations

from datetime import date

from pipeline.reports.figures.changes import Listing
from pipeline.reports.figures.cohorts import Cohort, StageTime
from pipeline.reports.figures.lead_scores import ScoredLead, ScoreQuality
from pipeline.reports.figures.quality import Quality
from pipeline.reports.figures.worklists import FollowUp, LateDelivery, OwnerWork, WaitingLead
from pipeline.reports.payload import Frozen
from pipeline.reports.sales_dashboard.bookings import Bookings
from pipeline.reports.sales_dashboard.dues import ReceivableDues
from pipeline.reports.sales_dashboard.filter_rows import FilterRows
from pipeline.reports.sales_dashboard.marketing import Campaigns, Sources
from pipeline.reports.sales_dashboard.overview import Overview
from pipeline.reports.sales_dashboard.team import TeamSection


class StatusMonth(Frozen):
    """Where the leads of one month are now, by their current status."""

    month: date
    new: int
    contacted: int
    qualified: int
    negotiation: int
    converted: int
    lost: int
    total: int


class FunnelSection(Frozen):
    """`mature`: the last twelve cohorts that had their time, as one; None if there is none yet."""

    cohorts: tuple[Cohort, ...]
    mature: Cohort | None
    mature_months: tuple[date, ...]
    statuses: tuple[StatusMonth, ...]
    stages: tuple[StageTime, ...]


class WorkList(Frozen):
    owners: tuple[OwnerWork, ...]
    follow_ups: Listing[FollowUp]
    waiting: Listing[WaitingLead]
    likely: Listing[ScoredLead]
    score_quality: ScoreQuality | None


class DashboardContent(Frozen):
    overview: Overview
    funnel: FunnelSection
    sources: Sources
    campaigns: Campaigns
    bookings: Bookings
    late_deliveries: Listing[LateDelivery]
    dues: ReceivableDues | None
    team: TeamSection
    work: WorkList
    trust: Quality
    facts: FilterRows
