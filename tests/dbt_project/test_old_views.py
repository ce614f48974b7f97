"""The `_legacy` columns against the source system's own views, run by PostgreSQL on random tenants.

Equal on every seed: whoever compares our figures with the old ones finds the old ones, to the cent.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from tests.dbt_project.random_histories import LAST, random_tables
from tests.dbt_project.scenario import Scenario
from tests.servers import Server

SEEDS, ALL_SEEDS, TENANTS = 5, 100, 10
ZONE = "Asia/Kolkata"
# Everything has happened by then, cancellations included; the old views know no other day.
AS_OF = max(LAST, date(2026, 4, 20))
Rows = list[tuple[Any, ...]]


@cache
def random_scenarios(full: bool) -> dict[str, Scenario]:
    names = [
        f"old_{seed}_{tenant}"
        for seed in range(ALL_SEEDS if full else SEEDS)
        for tenant in range(TENANTS)
    ]
    return {name: Scenario(AS_OF, [random_tables(name)], ZONE) for name in names}


@pytest.fixture(scope="module")
def old(postgres: Server, full: bool) -> Iterator[psycopg.Connection]:
    """A connection to the old views over the rows of every random tenant."""
    with psycopg.connect(postgres.url()) as connection:
        connection.execute("create schema old_views")
        connection.execute(f"set search_path = old_views; set timezone = '{ZONE}'")
        connection.execute(Path(__file__).with_name("old_views.sql").read_text())
        for tenant, told in random_scenarios(full).items():
            for entity, rows in told.batches[0].items():
                _insert(connection, entity, [{"tenant_id": tenant, **row} for row in rows])
        yield connection
        connection.rollback()


def _insert(connection: psycopg.Connection, entity: str, rows: list[dict[str, Any]]) -> None:
    columns = [
        name
        for (name,) in connection.execute(
            "select column_name from information_schema.columns"
            " where table_schema = 'old_views' and table_name = %s",
            [entity],
        )
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"insert into {entity} ({', '.join(columns)})"
            f" values ({', '.join(['%s'] * len(columns))})",
            [[row.get(column) for column in columns] for row in rows],
        )


def told(rows: Rows) -> Counter[tuple[Any, ...]]:
    """The rows with their repetitions; numbers of any type compare by value, to the cent."""

    def plain(value: Any) -> Any:
        if isinstance(value, Decimal | float):
            return round(Decimal(str(value)), 2)
        return value

    return Counter(tuple(plain(value) for value in row) for row in rows)


@pytest.fixture(scope="module")
def compare(
    old: psycopg.Connection, warehouse: duckdb.DuckDBPyConnection
) -> Callable[[str, str], None]:
    """`compare(theirs, ours)`: two queries that must give the same rows, however often each."""

    reader = warehouse.cursor()
    reader.execute("SET search_path = 'marts,reporting'")
    of_these = "tenant_id like 'old\\_%' escape '\\'"

    def run(theirs: str, ours: str) -> None:
        expected = told(old.execute(theirs).fetchall())
        found = told(reader.execute(ours.replace("{ours}", of_these)).fetchall())
        assert expected
        assert found - expected == expected - found == Counter()

    return run


STATUSES = ("new", "contacted", "qualified", "negotiation", "converted", "lost")


def test_lead_funnel(compare: Callable[[str, str], None]) -> None:
    columns = [f"leads_{status}" for status in STATUSES] + ["total_leads", "conversion_rate"]
    compare(
        f"select tenant_id, month, {', '.join(columns)} from lead_funnel",
        f"select tenant_id, month, {', '.join(f'{name}_legacy' for name in columns)}"
        " from v_lead_funnel_analysis where {ours} and total_leads_legacy > 0",
    )


def test_lead_sources(compare: Callable[[str, str], None]) -> None:
    counts = ["total_leads", "qualified_leads", "converted_leads", "lost_leads"]
    compare(
        f"select tenant_id, source_code, source_name, subsource_name, {', '.join(counts)},"
        " conversion_rate from lead_sources_performance",
        "select tenant_id, nullif(source_code, '(none)'),"
        " case when source_type not in ('(none)', '(unmapped)') then source_name end,"
        " subsource_name,"
        f" {', '.join(f'{name}_legacy' for name in counts)}, conversion_rate_legacy"
        " from v_lead_source_performance where {ours} and total_leads_legacy > 0",
    )


def test_campaigns(compare: Callable[[str, str], None], old: psycopg.Connection) -> None:
    # Ours keeps the campaign whose leads are all deleted, with none.
    columns = "tenant_id, campaign_id, total_leads"
    compare(
        f"select {columns}, converted_customers, lost_leads, conversion_rate"
        " from campaign_performance where total_leads > 0",
        f"select {columns}, converted_customers_legacy, lost_leads_legacy, conversion_rate_legacy"
        " from v_campaign_performance where {ours} and total_leads > 0"
        " and campaign_code is not null",
    )


def test_bookings(compare: Callable[[str, str], None]) -> None:
    compare(
        "select tenant_id, booking_month, status, booking_count, total_booking_amount,"
        " coalesce(total_units_booked, 0) from booking_summary",
        "select tenant_id, booking_month, status, sum(booking_count), sum(total_booking_amount),"
        " sum(total_units_booked) from v_booking_summary where {ours} group by all",
    )


def test_the_average_booking(compare: Callable[[str, str], None]) -> None:
    compare(
        "select tenant_id, date_trunc('month', booking_date)::date, status, unit_type,"
        " round(avg(booking_amount), 2) from bookings where deleted_at is null group by 1, 2, 3, 4",
        "select tenant_id, booking_month, status, nullif(unit_type, '(none)'), avg_booking_amount"
        " from v_booking_summary where {ours}",
    )


def test_customer_ledger(compare: Callable[[str, str], None]) -> None:
    columns = ["total_invoiced", "total_paid", "total_credit_notes", "outstanding_balance"]
    columns.append("total_transactions")
    compare(
        f"select tenant_id, customer_id, customer_name, {', '.join(columns)} from customer_ledger",
        f"select tenant_id, customer_id, customer_name, {', '.join(f'{c}_legacy' for c in columns)}"
        " from v_customer_ledger_summary where {ours} and exists (select 1 from ledger_entries as e"
        " where e.tenant_id = v_customer_ledger_summary.tenant_id and e.status = 'active'"
        " and e.customer_id = v_customer_ledger_summary.customer_id)",
    )


def test_milestone_timeline(compare: Callable[[str, str], None]) -> None:
    # The old window leaves ties to chance: which of two milestones of a day comes first is ours to
    # say, so what follows is compared apart from what it follows on. Names of deleted leads are not
    # shown any more.
    compare(
        "select tenant_id, lead_id, milestone_date, next_milestone_date, days_to_next_milestone"
        " from milestone_timeline",
        "select tenant_id, lead_id, milestone_date, next_milestone_date, days_to_next_milestone"
        " from v_lead_milestone_timeline where {ours}",
    )
    columns = (
        "tenant_id, lead_id, milestone_type, milestone_date, notes, status_before, status_after"
    )
    compare(
        f"select {columns}, milestone_time::text from milestone_timeline",
        f"select {columns}, milestone_time from v_lead_milestone_timeline where {{ours}}",
    )
    compare(
        "select t.tenant_id, t.lead_id, t.first_name, t.email from milestone_timeline as t"
        " join leads on t.lead_id = leads.id and leads.deleted_at is null",
        "select tenant_id, lead_id, first_name, email from v_lead_milestone_timeline"
        " where {ours} and days_since_lead is not null",
    )


def test_dashboard(compare: Callable[[str, str], None]) -> None:
    kpis = [
        "total_leads",
        "new_leads",
        "qualified_leads",
        "converted_leads",
        "conversion_rate",
        "total_bookings",
        "booked_amount",
        "outstanding_balance",
        "engagement_this_month",
        "pending_follow_ups",
    ]
    compare(
        f"select tenant_id, {', '.join(kpis)} from dashboard('{AS_OF}')",
        f"select tenant_id, {', '.join(f'{kpi}_legacy' for kpi in kpis)}"
        " from v_kpi_dashboard where {ours}",
    )
