"""How large published tables are cut into files, so that a build writes only what changed.

Two tables are cut by batch, as the models of schema `fingerprints` say. Those named here are cut by
month: most of what a day changes lies in the newest months. A small table is one file.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

# Table -> the date or time that moves on when something happens to a row of it.
BY_MONTH: Final[Mapping[str, str]] = {
    "engagement_months": "month",
    "instalments": "due_date",
    "interest_lines": "to_date",
    "ledger_allocations": "credit_date",
    "ledger_entries": "ledger_date",
    "v_engagement_stats": "last_engagement",
    "v_lead_milestone_timeline": "milestone_date",
}
# Months up to the as-of day's that have a part each; before them a year has one.
RECENT_MONTHS = 3
# Rows of one tenant below which writing them all costs less than opening more files.
WORTH_CUTTING = 2_000
UNDATED = "undated"
# The part of a table cut by batch in which a tenant has no rows.
NO_ROWS = "empty"


def month_of(column: str) -> str:
    """SQL for the first day of the UTC month of a date or time, null for null."""
    # Through microseconds: DuckDB's own cast of a time with zone takes thrice as long.
    return f"date_trunc('month', make_timestamp(epoch_us({column})))::DATE"


def part_of(month: date | None, as_of: date) -> str:
    """The part that holds the rows of a month."""
    if month is None:
        return UNDATED
    age = (as_of.year - month.year) * 12 + as_of.month - month.month
    return f"{month:%Y-%m}" if age < RECENT_MONTHS else f"{month:%Y}"


def months_of(part: str, as_of: date) -> list[date | None]:
    """The months whose rows a part holds, as their first days; the reverse of `part_of`."""
    if part == UNDATED:
        return [None]
    months = [date(int(part[:4]), number, 1) for number in range(1, 13)]
    return [month for month in months if part_of(month, as_of) == part]
