"""Demand letters: their row in the catalogue, with the published columns that they read.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.realty.columns import BOOKING, CUSTOMER, PARTY, PROJECT, UNIT
from pipeline.reports.report import Report, ReportModule, Tables

DEMANDS: Tables = {
    "instalments": (
        *("instalment_id", "booking_id", "customer_id", "project_id", "number", "label"),
        *("stage_id", "stage_name", "stage_completed_date", "state", "amount", "tax_amount"),
        *("total", "tds_amount", "received_cash", "received_tds", "open_cash", "demand_date"),
        *("due_date", "demand_voucher", "days_overdue"),
    ),
    "bookings": (*BOOKING, "lender"),
    "booking_accounts": (
        *("booking_id", "customer_id", "booking_amount", "demanded", "received_cash"),
        *("received_tds", "balance", "to_be_demanded"),
    ),
    "customers": CUSTOMER,
    "units": UNIT,
    "projects": PROJECT,
}
_TABLES: Tables = {
    **DEMANDS,
    "interest_lines": (
        *("instalment_id", "booking_id", "to_date", "open_amount", "rate_percent", "interest"),
        "is_dropped",
    ),
    "tds_awaited": (
        *("instalment_id", "booking_id", "payment_date", "awaited", "statement_due"),
        *("certificate_due", "days_overdue"),
    ),
    "booking_parties": PARTY,
    "tds_by_party": ("instalment_id", "booking_party_id", "booking_id", "tds_amount"),
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.demand_letter.report import DemandLetters

    return DemandLetters()


REPORT = Report(
    name="demand_letter",
    title="Demand for payment",
    audience="collections, for the buyers",
    per="customer",
    load=_module,
    templates={"pdf": "demand_letter.html.jinja", "html": "demand_letter.html.jinja"},
    stylesheets=("theme.css", "page.css", "letter.css"),
    tables=_TABLES,
    filters=("project",),
    has_period=True,
)
