"""The forecast: its row in the catalogue, with the published columns that it reads.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.report import Report, ReportModule, Tables

_WEEKS = ("project_id", "week", "from_date", "to_date", "falling_due_amount", "expected_amount")
_TABLES: Tables = {
    "collection_weeks": _WEEKS,
    "collection_quality": (*_WEEKS, "received_amount"),
    "collection_items": (
        *("item_id", "kind", "label", "booking_id", "customer_id", "project_id", "amount"),
        *("due_on", "days_overdue", "expected_amount", "is_stuck"),
    ),
    "booking_accounts": (
        *("booking_id", "customer_id", "booking_code", "unit_number", "customer_name"),
    ),
    "projects": ("project_id", "project_code", "project_name"),
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.collection_forecast.report import CollectionForecast

    return CollectionForecast()


REPORT = Report(
    name="collection_forecast",
    title="Collections of the next 12 weeks",
    audience="finance, on Mondays",
    per="tenant",
    load=_module,
    templates={"pdf": "collection_forecast.html.jinja"},
    stylesheets=("theme.css", "page.css", "list.css"),
    tables=_TABLES,
    spreadsheet=True,
    filters=("project",),
)
