"""Reminders: their row in the catalogue, with the published columns that they read.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.realty.columns import BOOKING, CUSTOMER, PARTY, PROJECT, UNIT
from pipeline.reports.report import Report, ReportModule, Tables

_TABLES: Tables = {
    "booking_accounts": (
        *("booking_id", "customer_id", "project_id", "owner_name", "overdue", "open_interest"),
        "oldest_days_overdue",
    ),
    "bookings": (*BOOKING, "lender"),
    "customers": CUSTOMER,
    "units": UNIT,
    "projects": PROJECT,
    "instalments": (
        *("instalment_id", "booking_id", "customer_id", "number", "label", "state", "due_date"),
        *("days_overdue", "open_cash"),
    ),
    "interest_lines": (
        *("instalment_id", "booking_id", "to_date", "open_amount", "rate_percent", "interest"),
        "is_dropped",
    ),
    "tds_awaited": ("booking_id",),
    "booking_parties": PARTY,
    "tds_by_party": ("booking_id",),
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.reminder.report import Reminders

    return Reminders()


REPORT = Report(
    name="reminder",
    title="Reminder",
    audience="collections, for the buyers",
    per="customer",
    load=_module,
    templates={"pdf": "reminder.html.jinja", "html": "reminder.html.jinja"},
    stylesheets=("theme.css", "page.css", "letter.css"),
    tables=_TABLES,
    filters=("owner", "project"),
)
