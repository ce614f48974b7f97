"""The daily summary's slice: what belongs to the leads of an owner, source or campaign.

The tables that the summary reads are covered by temporary ones of the same names in the report's
own connection, so a part is counted by the queries that count the whole. Everything is counted from
published rows; with every lead chosen the figures are the published ones (a test). Customers'
accounts have no owner, and are empty here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pipeline.core.errors import ConfigError
from pipeline.reports.daily_summary.activity import LOOK_BACK
from pipeline.reports.figures.kpis import DAILY_TILES, OUTSTANDING, RECEIPTS
from pipeline.reports.report import Inputs, Tables
from pipeline.reports.selection import COLUMNS

TILES = tuple(kpi for kpi in DAILY_TILES if kpi not in (RECEIPTS, OUTSTANDING))
"""The figures that a part of the company has; pending follow-ups of the as-of day alone."""

# What was published stays reachable under this name.
_WHOLE = "memory.main"
_NAMED = 20


def narrow(inputs: Inputs) -> None:
    """Cover the published tables by those of the selection asked for, until it is closed.

    ConfigError for an owner, source or campaign that no lead has.
    """
    published, selection = inputs.published, inputs.asked.selection
    tables = inputs.report.tables
    for name, value in selection.filters.items():
        _check_known(inputs, name, value)
    condition, values = selection.where()
    of_slice = "lead_id IN (SELECT lead_id FROM temp.leads)" if values else "true"
    since = {"since": inputs.envelope.as_of - timedelta(days=LOOK_BACK)}
    zone = {"timezone": inputs.envelope.timezone}
    # Each is made of those before it.
    covers: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
        ("leads", _rows(tables, "leads", condition), values),
        ("bookings", _rows(tables, "bookings", of_slice), {}),
        ("follow_ups", _rows(tables, "follow_ups", of_slice), {}),
        ("v_lead_scores", _rows(tables, "v_lead_scores", of_slice), {}),
        ("receivables", _rows(tables, "receivables", "false"), {}),
        ("ledger_open_items", _rows(tables, "ledger_open_items", "false"), {}),
        ("daily_activity", _ACTIVITY.format(of_slice=of_slice), since | zone),
        ("v_kpi_daily", _LEVELS, {"as_of": inputs.envelope.as_of}),
        ("v_lead_funnel_analysis", _funnel(inputs.tenant.funnel), {}),
    )
    for name, sql, parameters in covers:
        published.query(f"CREATE TEMP TABLE {name} AS {sql}", dict(parameters))


def _rows(tables: Tables, table: str, condition: str) -> str:
    columns = ", ".join(("tenant_id", *tables[table]))
    return f"SELECT {columns} FROM {_WHOLE}.{table} WHERE {condition}"  # noqa: S608 (constants)


def _check_known(inputs: Inputs, name: str, value: str) -> None:
    columns = COLUMNS[name]
    either = " OR ".join(f"lower({column}) = lower($value)" for column in columns)
    sql = f"SELECT 1 FROM leads WHERE {either} LIMIT 1"  # noqa: S608 (constants)
    if inputs.published.rows(sql, {"value": value}):
        return
    there = inputs.published.rows(
        f"SELECT {columns[-1]} AS name, count(*) AS n FROM leads"  # noqa: S608 (constants)
        f" WHERE {columns[-1]} IS NOT NULL GROUP BY 1 ORDER BY n DESC, name"
    )
    names = ", ".join(str(row["name"]) for row in there[:_NAMED]) or "none"
    more = f" and {len(there) - _NAMED} more" if len(there) > _NAMED else ""
    raise ConfigError(f"no lead has the {name} {value!r}; there are: {names}{more}")


def _funnel(stages: tuple[str, ...]) -> str:
    # When a month is mature is the tenant's usual time to book, for whomever.
    reached = ", ".join(
        f"count(*) FILTER (leads.reached_rank >= {rank}) AS reached_{stage}"
        for rank, stage in enumerate(stages)
    )
    return (
        f"SELECT cohorts.month, cohorts.mature, count(leads.lead_id) AS total_leads, {reached}"  # noqa: S608 (stages are checked against a fixed list by the registry)
        f" FROM {_WHOLE}.v_lead_funnel_analysis AS cohorts LEFT JOIN temp.leads AS leads"
        " ON date_trunc('month', leads.lead_date) = cohorts.month GROUP BY ALL"
    )


_LEVELS = """
    SELECT CAST($as_of AS DATE) AS date, count(*) AS pending_follow_ups,
        CAST(NULL AS DECIMAL(18, 2)) AS outstanding_balance
    FROM temp.follow_ups
"""
_ACTIVITY = f"""
    WITH days AS (SELECT date FROM {_WHOLE}.daily_activity WHERE date >= $since),
    came AS (
        SELECT lead_date AS date, count(*) AS new_leads
        FROM temp.leads WHERE lead_date >= $since GROUP BY 1
    ),
    visited AS (
        SELECT milestone_date AS date, count(*) AS site_visits
        FROM {_WHOLE}.milestones WHERE milestone_type IN ('site_visit', 'revisit')
            AND milestone_date >= $since AND {{of_slice}}
        GROUP BY 1
    ),
    booked AS (
        SELECT booking_date AS date, count(*) AS bookings, sum(booking_amount) AS booked_amount
        FROM temp.bookings WHERE is_gross AND booking_date >= $since GROUP BY 1
    ),
    gone AS (
        SELECT cancelled_on AS date, count(*) AS cancellations
        FROM temp.bookings WHERE is_gross AND is_cancelled AND cancelled_on >= $since GROUP BY 1
    ),
    talked AS (
        SELECT CAST(timezone($timezone, engagement_date) AS DATE) AS date,
            count(*) AS engagement_completed
        FROM {_WHOLE}.engagement WHERE status = 'completed'
            AND engagement_date >= CAST($since AS DATE) - INTERVAL 2 DAY AND {{of_slice}}
        GROUP BY 1
    )
    SELECT date, coalesce(new_leads, 0) AS new_leads, coalesce(site_visits, 0) AS site_visits,
        coalesce(bookings, 0) AS bookings, coalesce(booked_amount, 0) AS booked_amount,
        coalesce(cancellations, 0) AS cancellations,
        coalesce(engagement_completed, 0) AS engagement_completed
    FROM days LEFT JOIN came USING (date) LEFT JOIN visited USING (date)
        LEFT JOIN booked USING (date) LEFT JOIN gone USING (date) LEFT JOIN talked USING (date)
"""  # noqa: S608 (constants)
