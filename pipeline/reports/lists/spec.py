"""The small lists: their rows in the catalogue, with the published columns that each reads.

A build without one of these columns is refused with its name, before anything is rendered. What a
list says is its module's.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.report import Report, ReportModule, Tables
from pipeline.reports.selection import BOOKING_FILTERS

_STYLESHEETS = ("theme.css", "page.css", "list.css")

_DUES = (
    "customer_id",
    "customer_code",
    "customer_name",
    "outstanding_balance",
    "not_due",
    "days_1_30",
    "days_31_60",
    "days_61_90",
    "days_91_120",
    "days_over_120",
    "unapplied_credit",
    "oldest_days_overdue",
    "last_payment_date",
    "last_payment_amount",
)

_RECEIVABLES: Tables = {
    "receivables": (
        "receivable",
        "customer_credits",
        "closing",
        "not_due",
        "days_1_30",
        "days_31_60",
        "days_61_90",
        "days_91_120",
        "days_over_120",
        "unapplied_credit",
        "overdue_total",
        "customers_with_dues",
        "invoiced",
        "paid",
        "collection_pct",
    ),
    "v_customer_ledger_summary": _DUES,
    "customers": ("customer_id", "primary_phone", "primary_email"),
    "bookings": (
        "customer_id",
        "lead_id",
        "owner_name",
        "source_code",
        "campaign_id",
        "unit_type",
        "is_gross",
    ),
    "leads": ("lead_id", "source_name", "campaign_name"),
    "booking_accounts": ("customer_id", "due_now", "next_due_date"),
    "ledger_open_items": (
        "customer_id",
        "entry_id",
        "ledger_code",
        "ledger_date",
        "due_date",
        "transaction_type",
        "original_amount",
        "open_amount",
        "days_overdue",
    ),
}

_BOOKING_REGISTER: Tables = {
    "bookings": (
        "booking_id",
        "booking_code",
        "customer_name",
        "booking_date",
        "booking_amount",
        "unit_type",
        "unit_count",
        "units_booked",
        "delivery_date",
        "status_asof",
        "is_gross",
        "is_cancelled",
        "cancelled_on",
        "cancellation_reason",
        "cancellation_refund_amount",
        "is_delivery_overdue",
        "owner_name",
        "source_code",
        "campaign_id",
        "lead_id",
    ),
    "leads": ("lead_id", "source_name", "campaign_name"),
}

_VIEWS = (
    "v_kpi_dashboard",
    "v_kpi_daily",
    "v_lead_funnel_analysis",
    "v_lead_source_performance",
    "v_campaign_performance",
    "v_booking_summary",
    "v_customer_ledger_summary",
    "v_lead_milestone_timeline",
    "v_engagement_stats",
    "v_lead_scores",
    "v_lead_score_quality",
)
_WORKBOOK: Tables = dict.fromkeys(_VIEWS, ("tenant_id",))

_DATA_QUALITY: Tables = {
    "data_checks": (
        "check_name",
        "severity",
        "is_blocking",
        "failures",
        "sample",
        "owner_hint",
        "description",
    ),
    "quarantine_summary": (
        "entity",
        "source_file",
        "rows",
        "first_seen",
        "last_seen",
        "top_reason",
    ),
    "source_freshness": (
        "entity",
        "source_name",
        "last_ingested_at",
        "newest_record_at",
        "rows",
    ),
}


# Below, each module is imported when its report is made: a worker loads the one that it renders.


def _receivables() -> ReportModule[Any]:
    from pipeline.reports.lists.receivables import ReceivablesList

    return ReceivablesList()


def _booking_register() -> ReportModule[Any]:
    from pipeline.reports.lists.booking_register import BookingRegister

    return BookingRegister()


def _workbook() -> ReportModule[Any]:
    from pipeline.reports.lists.workbook import ViewWorkbook

    return ViewWorkbook()


def _data_quality() -> ReportModule[Any]:
    from pipeline.reports.lists.data_quality import DataQualityList

    return DataQualityList()


REPORTS = (
    Report(
        name="receivables",
        title="Receivables",
        audience="finance",
        per="tenant",
        load=_receivables,
        templates={"pdf": "receivables.html.jinja"},
        stylesheets=_STYLESHEETS,
        tables=_RECEIVABLES,
        spreadsheet=True,
        filters=BOOKING_FILTERS,
    ),
    Report(
        name="booking_register",
        title="Booking register",
        audience="sales operations",
        per="tenant",
        load=_booking_register,
        templates={"pdf": "booking_register.html.jinja"},
        stylesheets=_STYLESHEETS,
        tables=_BOOKING_REGISTER,
        spreadsheet=True,
        filters=BOOKING_FILTERS,
        has_period=True,
    ),
    Report(
        name="workbook",
        title="Workbook",
        audience="analysts",
        per="tenant",
        load=_workbook,
        templates={},
        tables=_WORKBOOK,
        spreadsheet=True,
    ),
    Report(
        name="data_quality",
        title="Data quality",
        audience="operators and tenant administrators",
        per="tenant",
        load=_data_quality,
        templates={"html": "data_quality.html.jinja"},
        tables=_DATA_QUALITY,
        spreadsheet=True,
    ),
)
