"""Figures as of an earlier day: what happened after it changes nothing, and history agrees."""

from datetime import date, timedelta
from functools import cache

import pytest

from tests.dbt_project.conftest import Query
from tests.dbt_project.random_histories import LAST, busy_day, random_tables, with_versions
from tests.dbt_project.scenario import Row, Scenario, Tables, instant
from tests.dbt_project.test_isolation import rows_of

SEEDS, ALL_SEEDS = 12, 200
ZONE = "UTC"
ONWARD = ["new", "contacted", "qualified", "negotiation", "converted", "lost"]
LATEST = instant("2026-04-30T00:00")
# The same tables, less what says how many rows lie after the day.
TABLES = (
    "v_kpi_dashboard",
    "v_kpi_daily",
    "daily_activity",
    "v_customer_ledger_summary",
    "customers",
    "ledger_open_items",
    "ledger_allocations",
    "receivables",
    "v_lead_funnel_analysis",
    "v_lead_source_performance",
    "v_campaign_performance",
    "v_owner_performance",
    "follow_ups",
    "v_time_in_stage",
    "v_first_response",
    "booking_months",
    "booking_unit_months",
    "v_booking_summary",
    "v_cancellations",
    "v_engagement_stats",
    "engagement_months",
    "unit_availability",
    "v_lead_milestone_timeline",
    "milestones",
    "engagement",
    "v_lead_scores",
    "leads",
    "lead_conversion_exceptions",
    "bookings",
    "ledger_entries",
)
KPIS = (
    "total_leads new_leads qualified_leads converted_leads converted_leads_net active_customers"
    " total_bookings booked_amount bookings_cancelled outstanding_balance engagement_this_month"
    " pending_follow_ups"
)


def _day(seed: int) -> date:
    return busy_day(f"asof_{seed}", seed + 4)


def _all_rows(seed: int) -> Tables:
    """Without what a record only says of today, which is what a reversed entry was before."""
    tables = with_versions(f"asof_{seed}", random_tables(f"asof_{seed}"))
    leads = _onward(list(tables["leads"]))
    ledger = [row for row in tables["ledger_entries"] if "-e" in row["id"]]
    return {**tables, "leads": leads, "ledger_entries": ledger}


def _onward(leads: list[Row]) -> list[Row]:
    """Dated versions: a lead's first is that of its creation, and none takes a status back.

    Each landed when it was made.
    """
    told: list[Row] = []
    last: dict[str, Row] = {}
    for row in leads:
        before = last.get(row["id"])
        status = max(row["status"], before["status"], key=ONWARD.index) if before else "new"
        changed = max(row["updated_at"] or LATEST, before["updated_at"]) if before else None
        said = {"status": status, "updated_at": changed or row["created_at"]}
        told.append(row | said | {"ingested_at": said["updated_at"]})
        last[row["id"]] = told[-1]
    return told


def _until(tables: Tables, day: date) -> Tables:
    """The rows as a source would have had them at the end of the day."""
    dated = {
        "leads": lambda row: row["updated_at"].date(),
        "milestones": lambda row: row["milestone_date"],
        "engagement": lambda row: row["engagement_date"].date(),
        "bookings": lambda row: row["booking_date"],
        "ledger_entries": lambda row: row["ledger_date"],
    }
    kept = {
        entity: [row for row in rows if entity not in dated or dated[entity](row) <= day]
        for entity, rows in tables.items()
    }
    # A lead may have come by its first milestone before its record was made.
    early = {m["lead_id"] for m in kept["milestones"] if m["milestone_type"] == "lead_generated"}
    # A deletion takes a lead out of all days, and with it what belongs to it.
    leads = [
        row
        for row in tables["leads"]
        if row in kept["leads"]
        or row["deleted_at"]
        or (row["id"] in early and row["updated_at"] == row["created_at"])
    ]
    bookings = [_booked_until(row, day) for row in kept["bookings"]]
    return {**kept, "leads": leads, "bookings": bookings}


def _booked_until(row: Row, day: date) -> Row:
    changed = row.get("updated_at")
    gone = row.get("cancellation_date") or (changed.date() if changed else row["booking_date"])
    if row["status"] != "cancelled" or gone <= day or row["booking_date"] > day:
        return row
    return row | {"status": "confirmed", "cancellation_date": None, "cancellation_reason": None}


@cache
def random_scenarios(full: bool) -> dict[str, Scenario]:
    told = {}
    for seed in range(ALL_SEEDS if full else SEEDS):
        tables, day = _all_rows(seed), _day(seed)
        told[f"early_{seed}"] = Scenario(day, [tables], ZONE)
        told[f"cut_{seed}"] = Scenario(day, [_until(tables, day)], ZONE)
        told[f"late_{seed}"] = Scenario(LAST + timedelta(days=1), [tables], ZONE)
    return told


@pytest.fixture(scope="module")
def seeds(full: bool) -> range:
    return range(ALL_SEEDS if full else SEEDS)


@pytest.mark.parametrize("table", TABLES)
def test_what_comes_after_the_day_changes_nothing(query: Query, seeds: range, table: str) -> None:
    for seed in seeds:
        early, cut = (rows_of(query, table, f"{kind}_{seed}") for kind in ("early", "cut"))
        assert early == cut, seed


def test_the_history_of_a_later_day_says_what_the_build_of_that_day_said(
    query: Query, seeds: range
) -> None:
    """Wherever nothing was corrected: no deletion, no status taken back, all rows dated."""
    figures = KPIS.replace(" ", ", ")
    for seed in seeds:
        told = query(f"select {figures} from v_kpi_dashboard where tenant_id = ?", f"cut_{seed}")
        assert told == query(
            f"select {figures} from v_kpi_daily where tenant_id = ? and date = ?",
            f"late_{seed}",
            _day(seed),
        ), seed
