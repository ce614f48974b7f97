"""The lead timeline: its row in the catalogue, with the published columns that it reads.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.report import Report, ReportModule, Tables

_TABLES: Tables = {
    "leads": (
        "lead_id",
        "lead_code",
        "lead_name",
        "company_name",
        "phone",
        "email",
        "owner_name",
        "source_name",
        "subsource_name",
        "campaign_name",
        "status",
        "lead_date",
        "created_at",
        "converted_date",
        "lost_date",
        "booked_value",
        "first_response_hours",
        "next_action_date",
        "attempt_count",
        "quality_flags",
    ),
    "milestones": (
        "milestone_id",
        "lead_id",
        "milestone_type",
        "milestone_date",
        "milestone_time",
        "notes",
        "location_name",
        "status_before",
        "status_after",
        "visited_by",
        "duration_minutes",
        "outcome",
        "metadata",
        "created_at",
        "quality_flags",
    ),
    "v_lead_milestone_timeline": (
        "milestone_id",
        "stage_rank",
        "attempt",
        "milestone_number",
        "days_since_lead",
    ),
    "engagement": (
        "engagement_id",
        "lead_id",
        "engagement_type",
        "engagement_date",
        "engagement_channel",
        "subject",
        "notes",
        "status",
        "response_received",
        "response_notes",
        "assigned_to",
        "duration_seconds",
    ),
    "v_engagement_stats": (
        "lead_id",
        "engagement_type",
        "engagement_count",
        "completed_count",
        "answered_count",
        "response_rate",
        "last_engagement",
    ),
    "bookings": (
        "lead_id",
        "booking_code",
        "booking_date",
        "booking_amount",
        "unit_type",
        "status_asof",
        "is_cancelled",
        "cancelled_on",
        "cancellation_reason",
    ),
    "follow_ups": ("lead_id", "follow_up_date", "days_overdue", "notes"),
    "v_owner_performance": ("owner_id", "owner_name"),
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.lead_timeline.report import LeadTimeline

    return LeadTimeline()


REPORT = Report(
    name="lead_timeline",
    title="Lead timeline",
    audience="sales executives, for one lead",
    per="lead",
    load=_module,
    templates={"html": "lead_timeline.html.jinja", "pdf": "lead_timeline.pdf.jinja"},
    stylesheets=("theme.css", "page.css", "lead_timeline.css"),
    tables=_TABLES,
)
