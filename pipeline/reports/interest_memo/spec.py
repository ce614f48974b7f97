"""Interest memos: their row in the catalogue, with the published columns that they read.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.realty.columns import BOOKING, CUSTOMER, PARTY, PROJECT, UNIT
from pipeline.reports.report import Report, ReportModule, Tables

_TABLES: Tables = {
    "booking_accounts": (
        *("booking_id", "customer_id", "project_id", "owner_name", "interest_accrued"),
        *("interest_dropped", "interest_billed", "interest_unbilled", "interest_per_day"),
        "open_interest",
    ),
    "bookings": (*BOOKING, "lender"),
    "customers": CUSTOMER,
    "units": UNIT,
    "projects": PROJECT,
    "instalments": ("instalment_id", "booking_id", "number", "label", "amount", "tax_amount"),
    "interest_lines": (
        *("instalment_id", "booking_id", "customer_id", "from_date", "to_date", "open_amount"),
        *("rate_percent", "days", "interest", "is_dropped"),
    ),
    "tds_awaited": ("booking_id",),
    "booking_parties": PARTY,
    "tds_by_party": ("booking_id",),
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.interest_memo.report import InterestMemos

    return InterestMemos()


REPORT = Report(
    name="interest_memo",
    title="Interest memo",
    audience="collections, for the buyers",
    per="customer",
    load=_module,
    templates={"pdf": "interest_memo.html.jinja", "html": "interest_memo.html.jinja"},
    stylesheets=("theme.css", "page.css", "letter.css"),
    tables=_TABLES,
    other_formats=("html",),
    filters=("owner", "project"),
)
