"""Unit statements: their row in the catalogue, with the published columns that they read.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.realty.columns import BOOKING, CUSTOMER, PARTY, PROJECT, UNIT
from pipeline.reports.report import Report, ReportModule, Tables

_TABLES: Tables = {
    "booking_accounts": (
        *("booking_id", "customer_id", "status", "project_id", "owner_name", "not_due", "overdue"),
        *("open_tds", "open_interest", "open_other", "unapplied_credit", "balance", "due_now"),
        *("interest_unbilled", "interest_per_day", "to_be_demanded", "received_percent"),
    ),
    "bookings": (*BOOKING, "lender"),
    "customers": CUSTOMER,
    "units": UNIT,
    "projects": PROJECT,
    "instalments": (
        *("instalment_id", "booking_id", "customer_id", "number", "label", "state", "total"),
        *("tax_amount", "tds_amount", "received_cash", "received_tds", "open_cash", "due_date"),
        *("waived_on", "stage_completed_date", "stage_planned_date", "expected_date"),
        "days_overdue",
    ),
    "ledger_entries": (
        *("entry_id", "customer_id", "booking_id", "instalment_id", "ledger_code", "ledger_date"),
        *("transaction_type", "purpose", "debit_amount", "credit_amount", "tax_amount"),
        *("due_date", "description", "is_effective", "entry_order"),
    ),
    "interest_lines": ("instalment_id", "booking_id"),
    "tds_awaited": (
        *("instalment_id", "booking_id", "payment_date", "awaited", "statement_due"),
        *("certificate_due", "days_overdue"),
    ),
    "booking_parties": PARTY,
    "tds_by_party": ("instalment_id", "booking_id"),
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.unit_statement.report import UnitStatements

    return UnitStatements()


REPORT = Report(
    name="unit_statement",
    title="Statement of the unit",
    audience="finance, for the buyers of a flat",
    per="customer",
    load=_module,
    templates={"pdf": "unit_statement.html.jinja", "html": "unit_statement.html.jinja"},
    stylesheets=("theme.css", "page.css", "letter.css"),
    tables=_TABLES,
    other_formats=("html",),
    filters=("owner", "project"),
    has_period=True,
)
