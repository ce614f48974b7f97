"""Which reports there are, and what may be asked of each: the rows of all packages, collected.

A row (`spec` of the report's package) is the contract with the models: loading a report against a
build that lacks one of its tables or columns fails and names it, before anything is rendered; a
test holds the rows against dbt's contracts. This module reads no data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.core.errors import BuildError, ConfigError
from pipeline.reports.brokerage_statement.spec import REPORT as BROKERAGE_STATEMENT
from pipeline.reports.collection_forecast.spec import REPORT as COLLECTION_FORECAST
from pipeline.reports.collections.spec import REPORT as COLLECTIONS
from pipeline.reports.customer_statement.spec import REPORT as CUSTOMER_STATEMENT
from pipeline.reports.daily_summary.spec import REPORT as DAILY_SUMMARY
from pipeline.reports.demand_book.spec import REPORT as DEMAND_BOOK
from pipeline.reports.demand_letter.spec import REPORT as DEMAND_LETTER
from pipeline.reports.interest_memo.spec import REPORT as INTEREST_MEMO
from pipeline.reports.lead_timeline.spec import REPORT as LEAD_TIMELINE
from pipeline.reports.lists.spec import REPORTS as LISTS
from pipeline.reports.reminder.spec import REPORT as REMINDER
from pipeline.reports.report import Report
from pipeline.reports.rera_pack.spec import REPORT as RERA_PACK
from pipeline.reports.sales_dashboard.spec import REPORT as SALES_DASHBOARD
from pipeline.reports.selection import Selection
from pipeline.reports.statement_book.spec import REPORT as STATEMENT_BOOK
from pipeline.reports.unit_inventory.spec import REPORT as UNIT_INVENTORY
from pipeline.reports.unit_statement.spec import REPORT as UNIT_STATEMENT

CATALOGUE: Mapping[str, Report] = {
    report.name: report
    for report in (
        DAILY_SUMMARY,
        SALES_DASHBOARD,
        LEAD_TIMELINE,
        CUSTOMER_STATEMENT,
        STATEMENT_BOOK,
        *LISTS,
        DEMAND_LETTER,
        DEMAND_BOOK,
        COLLECTIONS,
        REMINDER,
        UNIT_STATEMENT,
        INTEREST_MEMO,
        UNIT_INVENTORY,
        BROKERAGE_STATEMENT,
        RERA_PACK,
        COLLECTION_FORECAST,
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
