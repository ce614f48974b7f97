"""Which reports there are: a row each, and the published columns it reads.

The row is the contract with the models: loading a report against a build that lacks one of its
tables or columns fails and names it, before anything is rendered; a test holds the rows against
dbt's contracts. What a report says is in its module; this module reads no data.

The module of a report has:
    SCHEMA: str                          "customer_statement/1"
    Content: type[Frozen]                the content model
    contents(request: Request) -> Iterator[tuple[tuple[str, ...], Content]]
                                         folder key (empty for one per tenant) and content
and may have, for the worker that renders:
    context(payload: Payload, format: str) -> Mapping[str, Any]
                                         more template variables: charts as SVG text or data: URI
    finish(payload: Payload, format: str, text: str) -> str
                                         last step on HTML or text (inlining of CSS for mail)
    files(payload: Payload, format: str) -> Mapping[str, bytes]
                                         more files beside that format's (PNG for mail), by name
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal

from pipeline.errors import BuildError, ConfigError
from pipeline.publish.reader import Published
from pipeline.reports.columns import DAILY_SUMMARY, LEAD_TIMELINE, SALES_DASHBOARD
from pipeline.reports.payload import Envelope
from pipeline.tenant import Tenant

EXTENSIONS: Mapping[str, str] = {"html": "html", "text": "txt", "pdf": "pdf"}


@dataclass(frozen=True)
class Report:
    """One report: `templates` by format, and the columns it reads by table."""

    name: str
    title: str
    audience: str
    per: Literal["tenant", "customer", "lead"]
    templates: Mapping[str, str]
    tables: Mapping[str, tuple[str, ...]]
    stylesheets: tuple[str, ...] = ("theme.css", "page.css")
    pdf_variant: str | None = "pdf/ua-1"

    @property
    def formats(self) -> tuple[str, ...]:
        return tuple(self.templates)

    def file_name(self, format_: str) -> str:
        """The name of a format's file in the artefact folder: `daily_summary.txt`."""
        return f"{self.name}.{EXTENSIONS[format_]}"

    @property
    def module(self) -> ModuleType:
        """The report's module; imported when first needed."""
        return importlib.import_module(f"pipeline.reports.{self.name}")


@dataclass(frozen=True)
class Request:
    """What a report's module gets: the tenant's published build alone, and what was asked for."""

    tenant: Tenant
    envelope: Envelope
    published: Published
    customer: str | None = None
    lead: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


CATALOGUE: Mapping[str, Report] = {
    report.name: report
    for report in (
        Report(
            name="daily_summary",
            title="Daily summary",
            audience="sales managers, each morning",
            per="tenant",
            templates={
                "html": "daily_summary.html.jinja",
                "text": "daily_summary.txt.jinja",
                "pdf": "daily_summary.pdf.jinja",
            },
            stylesheets=("theme.css", "page.css", "daily_summary.css"),
            tables=DAILY_SUMMARY,
        ),
        Report(
            name="sales_dashboard",
            title="Sales dashboard",
            audience="everybody",
            per="tenant",
            templates={
                "html": "sales_dashboard.html.jinja",
                "pdf": "sales_dashboard.pdf.jinja",
            },
            stylesheets=("theme.css", "page.css", "sales_dashboard.css"),
            tables=SALES_DASHBOARD,
        ),
        Report(
            name="lead_timeline",
            title="Lead timeline",
            audience="sales executives, for one lead",
            per="lead",
            templates={"html": "lead_timeline.html.jinja", "pdf": "lead_timeline.pdf.jinja"},
            stylesheets=("theme.css", "page.css", "lead_timeline.css"),
            tables=LEAD_TIMELINE,
        ),
        Report(
            name="customer_statement",
            title="Statement of account",
            audience="finance, for the customer",
            per="customer",
            templates={"pdf": "customer_statement.html.jinja"},
            stylesheets=("theme.css", "page.css", "customer_statement.css"),
            tables={
                "customers": (
                    "customer_id", "customer_code", "customer_name", "business_name",
                    "primary_contact_name", "primary_email", "primary_phone", "billing_address",
                    "billing_city", "billing_state", "billing_country", "billing_zip", "pan_number",
                    "gst_number", "credit_days", "current_balance",
                ),
                "bookings": (
                    "customer_id", "booking_id", "booking_code", "booking_date", "unit_type",
                    "unit_count", "units_booked", "status_asof",
                ),
                "ledger_entries": (
                    "entry_id", "customer_id", "ledger_code", "ledger_date", "transaction_type",
                    "reference_document_type", "reference_document_id", "debit_amount",
                    "credit_amount", "running_balance", "balance_after", "due_date", "description",
                    "remarks", "entered_date", "is_effective", "exclusion_reason", "is_back_dated",
                    "entry_order",
                ),
                "ledger_open_items": (
                    "customer_id", "entry_id", "ledger_code", "ledger_date", "due_date",
                    "transaction_type", "original_amount", "open_amount", "days_overdue",
                    "ageing_bucket",
                ),
                "ledger_allocations": (
                    "customer_id", "credit_entry_id", "debit_entry_id", "amount", "method",
                ),
                "v_customer_ledger_summary": (
                    "customer_id", "outstanding_balance", "not_due", "days_1_30", "days_31_60",
                    "days_61_90", "days_91_120", "days_over_120", "unapplied_credit",
                    "last_payment_date", "last_payment_amount",
                ),
            },
        ),
    )
}  # fmt: skip


def find_report(name: str) -> Report:
    """ConfigError lists the reports there are if `name` is none of them."""
    if name not in CATALOGUE:
        raise ConfigError(f"no report {name!r}; there are {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def check_formats(report: Report, formats: Iterable[str] | None) -> tuple[str, ...]:
    """The formats to render, by default all; `json` is the payload, which every report has.

    ConfigError for a format that the report does not have.
    """
    asked = tuple(dict.fromkeys(report.formats if formats is None else formats))
    unknown = [name for name in asked if name not in (*report.formats, "json")]
    if unknown:
        raise ConfigError(
            f"{report.name} has no format {', '.join(unknown)};"
            f" it has {', '.join(report.formats)} and json"
        )
    return tuple(name for name in asked if name != "json")


def check_columns(report: Report, available: Mapping[str, Iterable[str]]) -> None:
    """Raise BuildError naming every table and column the report needs that `available` lacks."""
    missing = []
    for table, columns in report.tables.items():
        if table not in available:
            missing.append(table)
            continue
        there = set(available[table])
        missing.extend(f"{table}.{column}" for column in columns if column not in there)
    if missing:
        raise BuildError(
            f"{report.name} needs what the published build does not have: {', '.join(missing)};"
            " run `milepost refresh`, or mend the model or the catalogue row"
        )
