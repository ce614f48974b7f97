"""A customer's statement: its row in the catalogue, with the published columns that it reads.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.report import Report, ReportModule, Tables

_TABLES: Tables = {
    "customers": (
        "customer_id",
        "customer_code",
        "customer_name",
        "business_name",
        "primary_contact_name",
        "primary_email",
        "primary_phone",
        "billing_address",
        "billing_city",
        "billing_state",
        "billing_country",
        "billing_zip",
        "pan_number",
        "gst_number",
        "credit_days",
        "current_balance",
    ),
    "bookings": (
        "customer_id",
        "booking_id",
        "booking_code",
        "booking_date",
        "unit_type",
        "unit_count",
        "units_booked",
        "status_asof",
    ),
    "ledger_entry_states": (
        "entry_id",
        "state_number",
        "known_on",
        "customer_id",
        "ledger_code",
        "ledger_date",
        "transaction_type",
        "state",
        "movement",
    ),
    "ledger_entries": (
        "entry_id",
        "customer_id",
        "ledger_code",
        "ledger_date",
        "transaction_type",
        "reference_document_type",
        "reference_document_id",
        "debit_amount",
        "credit_amount",
        "running_balance",
        "balance_after",
        "due_date",
        "description",
        "remarks",
        "entered_date",
        "is_effective",
        "exclusion_reason",
        "is_back_dated",
        "entry_order",
        "purpose",
    ),
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
        "ageing_bucket",
    ),
    "ledger_allocations": (
        "customer_id",
        "credit_entry_id",
        "debit_entry_id",
        "amount",
        "method",
    ),
    "v_customer_ledger_summary": (
        "customer_id",
        "outstanding_balance",
        "not_due",
        "days_1_30",
        "days_31_60",
        "days_61_90",
        "days_91_120",
        "days_over_120",
        "unapplied_credit",
        "last_payment_date",
        "last_payment_amount",
    ),
    "booking_accounts": (
        "customer_id",
        "booking_id",
        "not_due",
        "open_tds",
        "open_interest",
        "due_now",
        "next_due_date",
    ),
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.customer_statement.report import CustomerStatement

    return CustomerStatement()


REPORT = Report(
    name="customer_statement",
    title="Statement of account",
    audience="finance, for the customer",
    per="customer",
    load=_module,
    templates={
        "pdf": "customer_statement.html.jinja",
        "html": "customer_statement.html.jinja",
        "archive": "customer_statement.html.jinja",
    },
    stylesheets=("theme.css", "page.css", "customer_statement.css"),
    tables=_TABLES,
    other_formats=("html", "xlsx", "archive"),
    spreadsheet=True,
    has_period=True,
)
