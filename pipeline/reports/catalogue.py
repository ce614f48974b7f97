"""Which reports there are: a row each, and the published columns it reads.

The row is the contract with the models: loading a report against a build that lacks one of its
tables or columns fails and names it, before anything is rendered; a test holds the rows against
dbt's contracts. What a report says is in its module; this module reads no data.

The module of a report has:
    SCHEMA: str                          "customer_statement/1"
    Content: type[Frozen]                the content model
    contents(request: Request) -> Iterator[tuple[tuple[str, ...], Content]]
                                         folder key (empty for one per tenant) and content; may
                                         leave out what `request.keeps` says lies there already
and may have, for the worker that renders:
    context(payload: Payload, format: str) -> Mapping[str, Any]
                                         more template variables: charts as SVG text or data: URI
    finish(payload: Payload, format: str, text: str) -> str
                                         last step on HTML or text (inlining of CSS for mail)
    files(payload: Payload, format: str) -> Mapping[str, bytes]
                                         more files beside that format's (PNG for mail), by name
    sheets(payload: Payload) -> Iterable[Sheet]
                                         the tables of its XLSX
    attachments(payload: Payload) -> Mapping[str, bytes]
                                         files inside the archive PDF, by name
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.core.errors import BuildError, ConfigError
from pipeline.reports.columns import DAILY_SUMMARY, LEAD_TIMELINE, SALES_DASHBOARD
from pipeline.reports.finance_columns import (
    BOOKING_REGISTER,
    CUSTOMER_STATEMENT,
    DATA_QUALITY,
    RECEIVABLES,
    STATEMENT_BOOK,
    WORKBOOK,
)
from pipeline.reports.report import Report, Request
from pipeline.reports.selection import FILTERS, Selection

__all__ = [
    "CATALOGUE",
    "Report",
    "Request",
    "check_columns",
    "check_formats",
    "check_selection",
    "find_report",
]

LISTS = ("theme.css", "page.css", "list.css")

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
            filters=("owner", "source", "campaign"),
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
            templates={
                "pdf": "customer_statement.html.jinja",
                "html": "customer_statement.html.jinja",
                "archive": "customer_statement.html.jinja",
            },
            stylesheets=("theme.css", "page.css", "customer_statement.css"),
            tables=CUSTOMER_STATEMENT,
            other_formats=("html", "xlsx", "archive"),
            spreadsheet=True,
            has_period=True,
        ),
        Report(
            name="statement_book",
            room="statement_book",
            title="Statements of account",
            audience="finance, all customers in one file",
            per="tenant",
            templates={"pdf": "statement_book.html.jinja"},
            stylesheets=LISTS,
            tables=STATEMENT_BOOK,
            binds="customer_statement",
        ),
        Report(
            name="receivables",
            room="lists.receivables",
            title="Receivables",
            audience="finance",
            per="tenant",
            templates={"pdf": "receivables.html.jinja"},
            stylesheets=LISTS,
            tables=RECEIVABLES,
            spreadsheet=True,
            filters=FILTERS,
        ),
        Report(
            name="booking_register",
            room="lists.booking_register",
            title="Booking register",
            audience="sales operations",
            per="tenant",
            templates={"pdf": "booking_register.html.jinja"},
            stylesheets=LISTS,
            tables=BOOKING_REGISTER,
            spreadsheet=True,
            filters=FILTERS,
            has_period=True,
        ),
        Report(
            name="workbook",
            room="lists.workbook",
            title="Workbook",
            audience="analysts",
            per="tenant",
            templates={},
            tables=WORKBOOK,
            spreadsheet=True,
        ),
        Report(
            name="data_quality",
            room="lists.data_quality",
            title="Data quality",
            audience="operators and tenant administrators",
            per="tenant",
            templates={"html": "data_quality.html.jinja"},
            tables=DATA_QUALITY,
            spreadsheet=True,
        ),
    )
}


def find_report(name: str) -> Report:
    """ConfigError lists the reports there are if `name` is none of them."""
    if name not in CATALOGUE:
        raise ConfigError(f"no report {name!r}; there are {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def check_formats(report: Report, formats: Iterable[str] | None) -> tuple[str, ...]:
    """The formats to render, by default all; `json` is the payload, which every report has.

    ConfigError for a format that the report does not have.
    """
    asked = tuple(dict.fromkeys(report.usual_formats if formats is None else formats))
    unknown = [name for name in asked if name not in (*report.formats, "json")]
    if unknown:
        raise ConfigError(
            f"{report.name} has no format {', '.join(unknown)};"
            f" it has {', '.join(report.formats)} and json"
        )
    return tuple(name for name in asked if name != "json")


def check_selection(report: Report, selection: Selection) -> None:
    """ConfigError if the report cannot be narrowed to what was asked for."""
    beyond = [name for name in selection.filters if name not in report.filters]
    if (selection.first or selection.last) and not report.has_period:
        beyond.insert(0, "days")
    if beyond:
        able = [row.name for row in CATALOGUE.values() if set(beyond) <= row.narrows_to]
        raise ConfigError(
            f"{report.name} cannot be narrowed to {', '.join(beyond)};"
            f" {', '.join(able) or 'no report'} can"
        )


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
