"""The published columns that the reports of finance and operations read, as `columns` has those of
sales.
"""

from pipeline.reports.columns import Tables

CUSTOMER_STATEMENT: Tables = {
    "customers": (
        "customer_id", "customer_code", "customer_name", "business_name",
        "primary_contact_name", "primary_email", "primary_phone", "billing_address",
        "billing_city", "billing_state", "billing_country", "billing_zip", "pan_number",
        "gst_number", "credit_days", "current_balance",
    ),
    "bookings": (
        "customer_id", "booking_id", "booking_code", "booking_date", "unit_type",
        "unit_count", "units_booked", "status_asof",
    ),
    "ledger_entries": (
        "entry_id", "customer_id", "ledger_code", "ledger_date", "transaction_type",
        "reference_document_type", "reference_document_id", "debit_amount",
        "credit_amount", "running_balance", "balance_after", "due_date", "description",
        "remarks", "entered_date", "is_effective", "exclusion_reason", "is_back_dated",
        "entry_order",
    ),
    "ledger_open_items": (
        "customer_id", "entry_id", "ledger_code", "ledger_date", "due_date",
        "transaction_type", "original_amount", "open_amount", "days_overdue",
        "ageing_bucket",
    ),
    "ledger_allocations": (
        "customer_id", "credit_entry_id", "debit_entry_id", "amount", "method",
    ),
    "v_customer_ledger_summary": (
        "customer_id", "outstanding_balance", "not_due", "days_1_30", "days_31_60",
        "days_61_90", "days_91_120", "days_over_120", "unapplied_credit",
        "last_payment_date", "last_payment_amount",
    ),
}  # fmt: skip

_DUES = (
    "customer_id", "customer_code", "customer_name", "outstanding_balance", "not_due",
    "days_1_30", "days_31_60", "days_61_90", "days_91_120", "days_over_120",
    "unapplied_credit", "oldest_days_overdue", "last_payment_date", "last_payment_amount",
)  # fmt: skip

STATEMENT_BOOK: Tables = {"v_customer_ledger_summary": _DUES}

RECEIVABLES: Tables = {
    "receivables": (
        "receivable", "customer_credits", "closing", "not_due", "days_1_30", "days_31_60",
        "days_61_90", "days_91_120", "days_over_120", "unapplied_credit", "overdue_total",
        "customers_with_dues", "invoiced", "paid", "collection_pct",
    ),
    "v_customer_ledger_summary": _DUES,
    "customers": ("customer_id", "primary_phone", "primary_email"),
    "bookings": (
        "customer_id", "lead_id", "owner_name", "source_code", "campaign_id", "unit_type",
        "is_gross",
    ),
    "leads": ("lead_id", "source_name", "campaign_name"),
    "ledger_open_items": (
        "customer_id", "entry_id", "ledger_code", "ledger_date", "due_date", "transaction_type",
        "original_amount", "open_amount", "days_overdue",
    ),
}  # fmt: skip

BOOKING_REGISTER: Tables = {
    "bookings": (
        "booking_id", "booking_code", "customer_name", "booking_date", "booking_amount",
        "unit_type", "unit_count", "units_booked", "delivery_date", "status_asof", "is_gross",
        "is_cancelled", "cancelled_on", "cancellation_reason", "cancellation_refund_amount",
        "is_delivery_overdue", "owner_name", "source_code", "campaign_id", "lead_id",
    ),
    "leads": ("lead_id", "source_name", "campaign_name"),
}  # fmt: skip

DATA_QUALITY: Tables = {
    "data_checks": (
        "check_name", "severity", "is_blocking", "failures", "sample", "owner_hint",
        "description",
    ),
    "quarantine_summary": (
        "entity", "source_file", "rows", "first_seen", "last_seen", "top_reason",
    ),
    "source_freshness": (
        "entity", "source_name", "last_ingested_at", "newest_record_at", "rows",
    ),
}  # fmt: skip

_VIEWS = (
    "v_kpi_dashboard", "v_kpi_daily", "v_lead_funnel_analysis", "v_lead_source_performance",
    "v_campaign_performance", "v_booking_summary", "v_customer_ledger_summary",
    "v_lead_milestone_timeline", "v_engagement_stats", "v_lead_scores", "v_lead_score_quality",
)  # fmt: skip
WORKBOOK: Tables = dict.fromkeys(_VIEWS, ("tenant_id",))
