"""The published columns that each report reads: what `catalogue` holds its rows to.

A report that selects a whole view still names here the columns it uses, so that a build without
one of them is refused with its name instead of failing in the middle.
"""

from collections.abc import Mapping

Tables = Mapping[str, tuple[str, ...]]

DAILY_SUMMARY: Tables = {
    "daily_activity": (
        "date", "new_leads", "site_visits", "bookings", "booked_amount",
        "cancellations", "receipts", "engagement_completed",
    ),
    "v_kpi_daily": ("date", "pending_follow_ups", "outstanding_balance"),
    "v_lead_funnel_analysis": (
        "month", "total_leads", "mature", "reached_lead_generated",
        "reached_contacted", "reached_site_visit", "reached_demo",
        "reached_proposal", "reached_negotiation", "reached_booking",
    ),
    "leads": (
        "lead_id", "lead_code", "lead_name", "phone", "source_code", "source_name",
        "campaign_id", "campaign_name", "owner_name", "lead_date", "created_at", "stage_rank",
        "reached_rank", "is_converted", "is_lost", "first_response_at",
    ),
    "bookings": (
        "booking_code", "lead_id", "customer_name", "booking_date", "booking_amount",
        "unit_type", "units_booked", "delivery_date", "is_gross",
        "is_cancelled", "cancelled_on", "cancellation_reason",
        "cancellation_refund_amount", "is_delivery_overdue", "owner_name",
    ),
    "customers": ("customer_id", "customer_code", "customer_name"),
    "ledger_open_items": (
        "customer_id", "due_date", "open_amount", "days_overdue", "ageing_bucket",
    ),
    "receivables": (
        "receivable", "overdue_total", "days_91_120", "days_over_120",
    ),
    "follow_ups": (
        "lead_id", "lead_name", "phone", "owner_name", "follow_up_date", "state",
        "days_overdue", "notes", "source_name",
    ),
    "v_lead_scores": (
        "lead_id", "lead_name", "owner_name", "source_name", "stage_name", "waited_days",
        "booking_probability", "score", "band", "compared_leads", "compared_booked",
        "source_odds_ratio",
    ),
    "milestones": ("lead_id", "milestone_type", "milestone_date"),
    "engagement": ("lead_id", "engagement_date", "status"),
    "data_checks": (
        "check_name", "severity", "is_blocking", "failures", "sample", "owner_hint",
        "description",
    ),
    "quarantine_summary": ("entity", "source_file", "rows", "top_reason"),
}  # fmt: skip

SALES_DASHBOARD: Tables = {
    "v_kpi_dashboard": (
        "total_leads", "new_leads", "qualified_leads", "converted_leads",
        "conversion_rate", "active_customers", "total_bookings", "booked_amount",
        "outstanding_balance", "engagement_this_month", "pending_follow_ups",
        "new_leads_mtd_last_month", "engagement_this_month_mtd_last_month",
        "leads_in_new_status_asof", "converted_leads_net", "customers_status_active",
        "bookings_cancelled", "net_bookings", "pending_bookings", "cancelled_amount",
        "net_booked_amount", "refunds_promised", "receivable", "customer_credits",
        "engagement_leads_touched", "follow_ups_overdue", "follow_ups_due_today",
        "follow_ups_undated", "paid", "invoiced", "open_leads", "open_leads_engaged",
    ),
    "v_kpi_daily": (
        "date", "total_leads", "qualified_leads", "converted_leads",
        "conversion_rate", "active_customers", "total_bookings", "booked_amount",
        "outstanding_balance", "pending_follow_ups",
    ),
    "daily_activity": (
        "date", "new_leads", "site_visits", "bookings", "booked_amount",
        "cancellations", "cancelled_amount", "invoiced", "receipts",
        "engagement_completed",
    ),
    "v_lead_funnel_analysis": (
        "month", "total_leads", "mature", "leads_new", "leads_contacted",
        "leads_qualified", "leads_negotiation", "leads_converted", "leads_lost",
        "reached_lead_generated", "reached_contacted", "reached_site_visit",
        "reached_demo", "reached_proposal", "reached_negotiation", "reached_booking",
    ),
    "v_lead_source_performance": (
        "source_type", "source_code", "source_name", "subsource_name", "channel",
        "total_leads", "qualified_leads", "converted_leads", "lost_leads",
        "conversion_rate", "booked_value", "median_days_to_booking",
    ),
    "v_campaign_performance": (
        "campaign_id", "campaign_code", "campaign_name", "campaign_type",
        "total_leads", "qualified_leads", "converted_customers", "conversion_rate",
        "budget", "spend", "cost_per_lead", "cost_per_site_visit", "cost_per_booking",
        "net_booked_value", "roas", "roi_pct", "expected_roi", "roi_on_budget_pct",
    ),
    "bookings": (
        "booking_code", "customer_name", "booking_date", "booking_amount",
        "unit_type", "units_booked", "delivery_date", "status_asof", "is_gross", "is_live",
        "is_cancelled", "cancelled_on", "cancellation_reason", "cancellation_refund_amount",
        "is_delivery_overdue", "owner_name", "source_code", "campaign_id",
    ),
    "v_lead_scores": (
        "lead_id", "lead_name", "owner_name", "source_name", "stage_name", "waited_days",
        "booking_probability", "score", "band", "compared_leads", "compared_booked",
        "source_odds_ratio",
    ),
    "v_lead_score_quality": (
        "scored_on", "band", "leads", "expected_bookings", "booked_leads",
    ),
    "milestones": ("lead_id", "milestone_type", "milestone_date"),
    "engagement": ("lead_id", "engagement_date", "status"),
    "booking_months": (
        "month", "gross_count", "gross_amount", "cancelled_count",
        "cancelled_amount", "net_count", "net_amount",
    ),
    "unit_availability": (
        "unit_type", "units_available", "observed_on", "months_of_inventory",
    ),
    "booking_unit_months": ("month", "unit_type", "net_units", "net_amount"),
    "v_cancellations": (
        "month", "reason", "cancelled_count", "cancelled_amount", "cancelled_units",
        "refunds_promised", "refunds_stated",
    ),
    "v_time_in_stage": (
        "stage_rank", "stage_name", "completed_spells", "lost_spells", "median_days", "p90_days",
        "open_spells", "median_open_days", "longest_open_days", "negative_spells",
    ),
    "v_first_response": (
        "month", "leads", "responded_leads", "median_first_response_hours",
        "p90_first_response_hours", "responded_1h", "due_1h", "responded_24h", "due_24h",
        "unanswered_leads", "oldest_unanswered_days", "within_1h_rate", "within_24h_rate",
    ),
    "v_owner_performance": (
        "owner_id", "owner_name", "team", "is_active", "total_leads", "new_leads_mtd",
        "open_leads", "qualified_leads", "converted_leads", "conversion_rate", "net_bookings",
        "net_booked_value", "median_days_to_booking", "site_visits", "engagement_completed_mtd",
        "response_rate", "median_first_response_hours", "unanswered_leads", "follow_ups_overdue",
        "follow_ups_due_today", "oldest_follow_up_date",
    ),
    "receivables": (
        "receivable", "customer_credits", "closing", "not_due", "days_1_30",
        "days_31_60", "days_61_90", "days_91_120", "days_over_120",
        "unapplied_credit", "overdue_total", "customers_with_dues", "invoiced",
        "paid", "collection_pct", "overdue_at_month_start", "falling_due_mtd", "receipts_mtd",
        "collection_efficiency_pct",
    ),
    "v_customer_ledger_summary": (
        "customer_id", "customer_code", "customer_name", "outstanding_balance",
        "not_due", "days_1_30", "days_31_60", "days_61_90", "days_91_120",
        "days_over_120", "unapplied_credit", "last_payment_date",
        "last_payment_amount",
    ),
    "leads": (
        "lead_id", "lead_code", "lead_name", "phone", "source_code", "source_name",
        "campaign_id", "owner_name", "lead_date", "created_at", "status", "stage_rank",
        "reached_rank", "is_qualified", "is_converted", "is_converted_net", "is_lost",
        "days_to_booking", "engagement_count", "first_response_at",
    ),
    "follow_ups": (
        "lead_id", "lead_name", "phone", "owner_name", "follow_up_date", "state",
        "days_overdue", "notes", "source_name",
    ),
    "data_checks": (
        "check_name", "severity", "is_blocking", "failures", "sample", "owner_hint",
        "description",
    ),
    "quarantine_summary": ("entity", "source_file", "rows", "top_reason"),
}  # fmt: skip

LEAD_TIMELINE: Tables = {
    "leads": (
        "lead_id", "lead_code", "lead_name", "company_name", "phone", "email", "owner_name",
        "source_name", "subsource_name", "campaign_name", "status", "lead_date", "created_at",
        "converted_date", "lost_date", "booked_value", "first_response_hours", "next_action_date",
        "attempt_count", "quality_flags",
    ),
    "milestones": (
        "milestone_id", "lead_id", "milestone_type", "milestone_date", "milestone_time",
        "notes", "location_name", "status_before", "status_after", "visited_by",
        "duration_minutes", "outcome", "metadata", "created_at", "quality_flags",
    ),
    "v_lead_milestone_timeline": (
        "milestone_id", "stage_rank", "attempt", "milestone_number", "days_since_lead",
    ),
    "engagement": (
        "engagement_id", "lead_id", "engagement_type", "engagement_date", "engagement_channel",
        "subject", "notes", "status", "response_received", "response_notes", "assigned_to",
        "duration_seconds",
    ),
    "v_engagement_stats": (
        "lead_id", "engagement_type", "engagement_count", "completed_count", "answered_count",
        "response_rate", "last_engagement",
    ),
    "bookings": (
        "lead_id", "booking_code", "booking_date", "booking_amount", "unit_type", "status_asof",
        "is_cancelled", "cancelled_on", "cancellation_reason",
    ),
    "follow_ups": ("lead_id", "follow_up_date", "days_overdue", "notes"),
    "v_owner_performance": ("owner_id", "owner_name"),
}  # fmt: skip
