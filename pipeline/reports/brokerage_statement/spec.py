"""Brokerage statements: their row in the catalogue, with the published columns that they read.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.report import Report, ReportModule, Tables

_TABLES: Tables = {
    "brokerage": (
        *("channel_partner_id", "booking_id", "partner_code", "partner_name", "rera_number"),
        *("gst_number", "email", "booking_code", "customer_name", "status", "project_id"),
        *("unit_number", "booking_date", "booking_amount", "agreement_date", "received_percent"),
        *("brokerage_percent", "brokerage", "earned", "invoiced", "invoiced_gst", "invoiced_tds"),
        *("paid", "recovered", "earned_on", "payable", "recoverable"),
    ),
    "projects": ("project_id", "project_code", "project_name"),
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.brokerage_statement.report import BrokerageStatements

    return BrokerageStatements()


REPORT = Report(
    name="brokerage_statement",
    title="Brokerage statement",
    audience="finance, for channel partners",
    per="customer",
    load=_module,
    templates={"pdf": "brokerage_statement.html.jinja"},
    stylesheets=("theme.css", "page.css", "list.css"),
    tables=_TABLES,
    spreadsheet=True,
    filters=("project",),
)
