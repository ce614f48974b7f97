"""The inventory: its row in the catalogue, with the published columns that it reads.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.report import Report, ReportModule, Tables

_TABLES: Tables = {
    "units": (
        *("unit_id", "project_id", "project_name", "tower", "floor", "unit_number", "unit_type"),
        *("list_price", "status", "unit_value", "booking_id", "live_bookings", "blocked_until"),
        "is_block_expired",
    ),
    "inventory": ("project_id", "tower", "unit_type", "status", "units", "unit_value"),
    "unit_velocity": (
        *("project_id", "unit_type", "unsold_units", "unsold_value", "net_units_3_months"),
        *("units_per_month", "months_of_inventory", "quarters_of_inventory"),
    ),
    "booking_accounts": (
        *("booking_id", "booking_code", "customer_name", "project_id", "project_name"),
        *("unit_number", "booking_date", "booking_amount", "received_percent"),
    ),
    "projects": ("project_id", "project_code", "project_name"),
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.unit_inventory.report import InventoryReport

    return InventoryReport()


REPORT = Report(
    name="unit_inventory",
    title="Inventory",
    audience="sales heads, weekly",
    per="tenant",
    load=_module,
    templates={"pdf": "unit_inventory.html.jinja", "html": "unit_inventory.html.jinja"},
    stylesheets=("theme.css", "page.css", "list.css", "unit_inventory.css"),
    tables=_TABLES,
    spreadsheet=True,
    filters=("project",),
)
