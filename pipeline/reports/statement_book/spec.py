"""The statement book: its row in the catalogue, with the published columns that it reads.

A build without one of these columns is refused with its name, before anything is rendered. What
the report says is `report`'s.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.report import Report, ReportModule, Tables

_TABLES: Tables = {
    "v_customer_ledger_summary": (
        "customer_id",
        "customer_code",
        "customer_name",
        "outstanding_balance",
        "days_1_30",
        "days_31_60",
        "days_61_90",
        "days_91_120",
        "days_over_120",
    )
}


def _module() -> ReportModule[Any]:
    # Not above: a worker loads the one report that it renders.
    from pipeline.reports.statement_book.report import StatementBook

    return StatementBook()


REPORT = Report(
    name="statement_book",
    title="Statements of account",
    audience="finance, all customers in one file",
    per="tenant",
    load=_module,
    templates={"pdf": "statement_book.html.jinja"},
    stylesheets=("theme.css", "page.css", "list.css"),
    tables=_TABLES,
    binds="customer_statement",
)
