"""The collections report: its row in the catalogue, with the published columns that it reads.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.report import Report, ReportModule, Tables

_TABLES: Tables = {
    "booking_accounts": (
        *("booking_id", "customer_id", "booking_code", "customer_name", "primary_phone"),
        *("project_id", "project_name", "tower", "unit_number", "owner_name", "open_interest"),
        *("interest_unbilled", "interest_per_day", "last_payment_date", "last_payment_amount"),
        "oldest_days_overdue",
    ),
    "instalments": (
        *("instalment_id", "booking_id", "customer_id", "label", "stage_id", "stage_name"),
        *("state", "total", "open_cash", "due_date", "days_overdue"),
    ),
    "interest_lines": (
        *("instalment_id", "to_date", "open_amount", "rate_percent", "interest", "is_dropped"),
    ),
    "tds_awaited": (
        *("instalment_id", "booking_id", "customer_id", "credit_entry_id", "payment_date"),
        *("awaited", "certificate_due", "days_overdue"),
    ),
    "stages": ("stage_id", "tower", "stage_name", "completed_date", "days_since_completed"),
    "cancellation_settlements": (
        *("booking_id", "customer_id", "cancelled_on", "refund_due_amount", "refund_paid"),
        *("refund_open_amount", "days_open"),
    ),
    "ledger_entries": (
        *("booking_id", "ledger_date", "value_date", "transaction_type", "purpose"),
        *("credit_amount", "is_effective"),
    ),
    "projects": ("project_id", "project_code", "project_name"),
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.collections.report import CollectionsReport

    return CollectionsReport()


REPORT = Report(
    name="collections",
    title="Collections",
    audience="collections, every morning",
    per="tenant",
    load=_module,
    templates={"html": "collections.html.jinja", "text": "collections.txt.jinja"},
    tables=_TABLES,
    spreadsheet=True,
    filters=("owner", "project"),
)
