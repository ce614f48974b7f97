"""RERA packs: their row in the catalogue, with the published columns that they read.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.report import Report, ReportModule, Tables

_TABLES: Tables = {
    "projects": ("project_id", "project_code", "project_name", "rera_number"),
    "units": (
        *("unit_id", "project_id", "tower", "floor", "unit_number", "unit_type", "carpet_sqft"),
        *("list_price", "status", "booking_id"),
    ),
    "booking_accounts": ("booking_id", "booking_amount", "received_base"),
    "designated_account": (
        *("project_id", "month", "received_amount", "tax_amount", "net_amount"),
        *("designated_percent", "designated_amount"),
    ),
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.rera_pack.report import ReraPacks

    return ReraPacks()


REPORT = Report(
    name="rera_pack",
    title="RERA pack",
    audience="finance, quarterly",
    per="customer",
    load=_module,
    templates={},
    tables=_TABLES,
    spreadsheet=True,
    filters=("project",),
)
