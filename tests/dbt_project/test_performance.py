"""How long leads wait, what owners bring, what is cancelled and what is collected."""

import pytest

from tests.dbt_project.conftest import Failures, Query, Rows
from tests.dbt_project.scenario import (
    Row,
    booking,
    contact,
    customer,
    day,
    entry,
    instant,
    lead,
    milestone,
    scenario,
)

STAGES = scenario(
    day("2026-03-31"),
    leads=[
        lead("steady", "2026-01-01T04:00"),
        lead("waiting", "2026-01-01T04:00"),
        lead("lost", "2026-01-01T04:00", "lost", updated_at=instant("2026-02-01T04:00")),
        lead("lost_early", "2026-01-01T04:00", "lost", updated_at=instant("2026-01-02T04:00")),
        lead("back", "2026-01-01T04:00"),
    ],
    milestones=[
        milestone("a1", "steady", "contacted", "2026-01-02"),
        milestone("a2", "steady", "site_visit", "2026-01-04"),
        milestone("a3", "steady", "revisit", "2026-01-10"),
        milestone("a4", "steady", "booking", "2026-01-20"),
        milestone("b1", "waiting", "contacted", "2026-03-21"),
        milestone("c1", "lost", "contacted", "2026-01-22"),
        milestone("d1", "lost_early", "contacted", "2026-01-06"),
        milestone("e1", "back", "contacted", "2026-01-10"),
        milestone("e2", "back", "cancellation", "2026-01-13"),
        milestone("e3", "back", "reengaged", "2026-03-01"),
        milestone("e4", "back", "contacted", "2026-03-11"),
    ],
)
RESPONSES = scenario(
    day("2026-03-31"),
    "UTC",
    leads=[
        lead("at_once", "2026-03-01T10:00", assigned_to="u1"),
        lead("next_day", "2026-03-02T10:00", assigned_to="u1"),
        lead("late", "2026-03-03T10:00"),
        lead("never", "2026-03-04T10:00", assigned_to="Ravi"),
        lead("just_now", "2026-03-31T23:30", assigned_to="u1"),
        lead("backwards", "2026-03-05T10:00"),
    ],
    users=[{"id": "u1", "name": "Meera", "team": "North"}, {"id": "u2", "name": "Idle"}],
    engagement=[
        contact("e1", "at_once", "2026-03-01T11:00", assigned_to="u1", response_received=True),
        contact("e2", "next_day", "2026-03-03T10:00", assigned_to="u1"),
        contact("e3", "late", "2026-03-04T10:00:01", assigned_to="u9"),
        contact("e4", "never", "2026-03-04T10:05", status="failed"),
        contact("e5", "backwards", "2026-03-05T09:00"),
        contact("e6", "at_once", "2026-03-05T11:00", "meeting_scheduled", assigned_to="u1"),
    ],
    bookings=[
        booking("b1", "k", "2026-03-10", "100", lead_id="at_once"),
        booking("b2", "k", "2026-02-10", "40", "cancelled", lead_id="at_once")
        | {"cancellation_date": day("2026-03-11"), "cancellation_reason": " Loan refused "}
        | {"cancellation_refund_amount": "25", "units_booked": 2, "unit_type": "Villa"},
        booking("b3", "k", "2026-03-12", "7"),
        booking("b4", "k", "2026-03-12", "9", "cancelled", cancellation_date=day("2026-03-15")),
        booking("b5", "k", "2026-03-12", "9", "cancelled", cancellation_date=day("2026-04-15")),
    ],
)
COLLECTING = scenario(
    day("2026-03-31"),
    customers=[customer("k1"), customer("k2"), customer("k3", credit_days=10)],
    ledger_entries=[
        entry("1", "k1", "2026-01-10", "invoice", "100"),
        entry("2", "k1", "2026-02-10", "payment", "30"),
        entry("3", "k1", "2026-03-05", "payment", "60"),
        # An advance of another customer pays nothing here.
        entry("4", "k2", "2026-02-10", "payment", "500"),
        # Falls due within the month by its terms, and just after it.
        entry("5", "k3", "2026-02-25", "invoice", "50"),
        entry("6", "k3", "2026-03-25", "invoice", "80"),
    ],
)
SCENARIOS = {"stages": STAGES, "responses": RESPONSES, "collecting": COLLECTING}


def only(rows: Rows) -> Row:
    (row,) = rows
    return row


def test_time_in_stage(query: Query, failures: Failures) -> None:
    rows = query("select * from v_time_in_stage where tenant_id = 'stages' order by stage_rank")
    assert [row["stage_name"] for row in rows] == [
        "Lead Generated",
        "Contacted",
        "Site Visit",
        "Demo",
        "Proposal",
        "Negotiation",
    ]
    contacted, visited = rows[1], rows[2]
    # Over: 2, 10, 3 and -4 days (lost before the contact); open: 10 and 20 days.
    assert (contacted["completed_spells"], contacted["lost_spells"]) == (4, 2)
    assert (contacted["median_days"], contacted["negative_spells"]) == (2.5, 1)
    assert (contacted["open_spells"], contacted["median_open_days"]) == (2, 15)
    assert contacted["longest_open_days"] == 20
    # Visit and revisit are one stay of sixteen days.
    assert (visited["completed_spells"], visited["median_days"]) == (1, 16)
    assert failures("stages")["stage_left_before_entered"] == 1


def test_first_response(query: Query) -> None:
    row = only(query("select * from v_first_response where tenant_id = 'responses'"))
    assert (row["month"], row["leads"], row["responded_leads"]) == (day("2026-03-01"), 6, 4)
    # Half an hour old at the end of the day: not due within the hour, nor within the day.
    # Two were answered before their record was made: at once.
    assert (row["responded_1h"], row["due_1h"]) == (3, 5)
    assert (row["responded_24h"], row["due_24h"]) == (4, 5)
    assert (row["unanswered_leads"], row["oldest_unanswered_days"]) == (2, 27)
    assert row["median_first_response_hours"] == 1
    kpi = only(query("select * from v_kpi_dashboard where tenant_id = 'responses'"))
    assert (kpi["first_response_1h_rate"], kpi["first_response_24h_rate"]) == (0.6, 0.8)
    assert (kpi["unanswered_leads"], kpi["oldest_unanswered_days"]) == (2, 27)


def test_owners_add_up_and_idle_ones_are_there(query: Query) -> None:
    rows = query("select * from v_owner_performance where tenant_id = 'responses'")
    owners = {row["owner_name"]: row for row in rows}
    assert set(owners) == {"Meera", "Idle", "Ravi", "(none)", "u9"}
    meera = owners["Meera"]
    assert (meera["team"], meera["total_leads"], meera["open_leads"]) == ("North", 3, 2)
    assert (meera["bookings"], meera["bookings_mtd"], meera["net_bookings"]) == (2, 1, 1)
    assert (meera["booked_value"], meera["booked_value_mtd"]) == (140, 100)
    assert (meera["engagement_completed"], meera["engagement_completed_mtd"]) == (3, 3)
    assert meera["response_rate"] == 0.5
    assert (owners["(none)"]["total_leads"], owners["(none)"]["booked_value"]) == (2, 25)
    assert (owners["Idle"]["total_leads"], owners["Idle"]["conversion_rate"]) == (0, None)
    assert sum(row["total_leads"] for row in rows) == 6


def test_cancellations_by_month_and_reason(query: Query) -> None:
    rows = query("select * from v_cancellations where tenant_id = 'responses' order by reason")
    assert [
        (row["reason"], row["cancelled_count"], row["cancelled_amount"], row["refunds_promised"])
        for row in rows
    ] == [("(none)", 1, 9, 0), ("Loan refused", 1, 40, 25)]
    assert (rows[1]["cancelled_units"], rows[1]["median_days_held"]) == (2, 29)
    rows = query("select * from booking_months where tenant_id = 'responses' order by month")
    assert [
        (row["gross_count"], row["since_cancelled_count"], row["cancelled_count"]) for row in rows
    ] == [(1, 1, 0), (4, 1, 2)]
    assert [row["cancellation_rate"] for row in rows] == [1, 0.25]
    assert [row["cancelled_to_booked"] for row in rows] == [0, 0.5]


def test_absorption_by_unit_type(query: Query) -> None:
    rows = query("select * from booking_unit_months where tenant_id = 'responses' order by all")
    assert [
        (str(row["month"])[:7], row["unit_type"], row["units"], row["net_units"]) for row in rows
    ] == [("2026-02", "Villa", 2, 2), ("2026-03", "(none)", 0, 0), ("2026-03", "Villa", 0, -2)]
    villa = only(
        query(
            "select * from unit_availability where tenant_id = 'responses' and unit_type = 'Villa'"
        )
    )
    assert (villa["units_available"], villa["net_units"], villa["net_units_3_months"]) == (
        None,
        0,
        2,
    )


def test_collection_efficiency(query: Query) -> None:
    row = only(query("select * from receivables where tenant_id = 'collecting'"))
    assert (row["overdue_at_month_start"], row["falling_due_mtd"]) == (70, 50)
    assert (row["receipts_mtd"], row["collection_efficiency_pct"]) == (60, 50)
    assert (row["customers_invoiced"], row["invoiced_per_customer"]) == (2, 115)


@pytest.mark.parametrize(
    ("figure", "right", "legacy"),
    [
        ("total_bookings", 5, 3),
        ("booked_amount", 165, 116),
        ("new_leads", 6, 6),
        ("engagement_this_month", 5, 6),
    ],
)
def test_the_old_figure_stands_beside_the_right_one(
    query: Query, figure: str, right: int, legacy: int
) -> None:
    kpi = only(query("select * from v_kpi_dashboard where tenant_id = 'responses'"))
    assert (kpi[figure], kpi[f"{figure}_legacy"]) == (right, legacy)
