"""The daily summary: its row in the catalogue, with the published columns that it reads.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.report import Report, ReportModule, Tables

_TABLES: Tables = {
    "daily_activity": (
        "date",
        "new_leads",
        "site_visits",
        "bookings",
        "booked_amount",
        "cancellations",
        "receipts",
        "engagement_completed",
    ),
    "v_kpi_daily": ("date", "pending_follow_ups", "outstanding_balance"),
    "v_lead_funnel_analysis": (
        "month",
        "total_leads",
        "mature",
        "reached_lead_generated",
        "reached_contacted",
        "reached_site_visit",
        "reached_demo",
        "reached_proposal",
        "reached_negotiation",
        "reached_booking",
    ),
    "leads": (
        "lead_id",
        "lead_code",
        "lead_name",
        "phone",
        "source_code",
        "source_name",
        "campaign_id",
        "campaign_name",
        "owner_name",
        "lead_date",
        "created_at",
        "stage_rank",
        "reached_rank",
        "is_converted",
        "is_lost",
        "first_response_at",
    ),
    "bookings": (
        "booking_code",
        "lead_id",
        "customer_name",
        "booking_date",
        "booking_amount",
        "unit_type",
        "units_booked",
        "delivery_date",
        "is_gross",
        "is_cancelled",
        "cancelled_on",
        "cancellation_reason",
        "cancellation_refund_amount",
        "is_delivery_overdue",
        "owner_name",
    ),
    "customers": ("customer_id", "customer_code", "customer_name"),
    "ledger_open_items": (
        "customer_id",
        "due_date",
        "open_amount",
        "days_overdue",
        "ageing_bucket",
    ),
    "receivables": (
        "receivable",
        "overdue_total",
        "days_91_120",
        "days_over_120",
    ),
    "follow_ups": (
        "lead_id",
        "lead_name",
        "phone",
        "owner_name",
        "follow_up_date",
        "state",
        "days_overdue",
        "notes",
        "source_name",
    ),
    "v_lead_scores": (
        "lead_id",
        "lead_name",
        "owner_name",
        "source_name",
        "stage_name",
        "waited_days",
        "booking_probability",
        "score",
        "band",
        "compared_leads",
        "compared_booked",
        "source_odds_ratio",
    ),
    "milestones": ("lead_id", "milestone_type", "milestone_date"),
    "engagement": ("lead_id", "engagement_date", "status"),
    "data_checks": (
        "check_name",
        "severity",
        "is_blocking",
        "failures",
        "sample",
        "owner_hint",
        "description",
    ),
    "quarantine_summary": ("entity", "source_file", "rows", "top_reason"),
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.daily_summary.report import DailySummary

    return DailySummary()


REPORT = Report(
    name="daily_summary",
    title="Daily summary",
    audience="sales managers, each morning",
    per="tenant",
    load=_module,
    templates={
        "html": "daily_summary.html.jinja",
        "text": "daily_summary.txt.jinja",
        "pdf": "daily_summary.pdf.jinja",
    },
    stylesheets=("theme.css", "page.css", "daily_summary.css"),
    tables=_TABLES,
    filters=("owner", "source", "campaign"),
)
