"""Follow-ups: what asks for one, what satisfies it, when a lead needs none, and their history."""

import pytest

from tests.dbt_project.conftest import Query, Rows
from tests.dbt_project.scenario import (
    Row,
    booking,
    contact,
    customer,
    day,
    instant,
    lead,
    milestone,
    scenario,
)


def visit(of: str, on: str, due: str | None = None, key: str = "v", **values: object) -> Row:
    """A site visit that asks for a follow-up."""
    asked = {"follow_up_required": True, "follow_up_date": day(due) if due else None}
    return milestone(f"{key}-{of}", of, "site_visit", on, **asked, **values)


NAMES = (
    "overdue",
    "today",
    "tomorrow",
    "undated",
    "undated_done",
    "visited",
    "day_before",
    "two_before",
    "called",
    "failed_call",
    "same_day_call",
    "due_same_day",
    "same_day_later",
    "not_asked",
    "date_alone",
    "lost",
    "booked",
    "reopened",
    "twice",
    "own",
    "own_and_visit",
    "own_done",
    "evening",
)
FOLLOW_UPS = scenario(
    day("2026-03-31"),
    leads=[
        lead(
            name,
            "2026-01-01T04:00",
            "lost" if name == "lost" else "contacted",
            updated_at=instant("2026-03-01T04:00" if "own" in name else "2026-03-20T04:00"),
            next_action_date=day("2026-03-15") if name.startswith("own") else None,
            next_action_notes="Send the plan" if name.startswith("own") else None,
            assigned_to="Ravi",
        )
        for name in NAMES
    ],
    customers=[customer("k1")],
    milestones=[
        visit("overdue", "2026-03-01", "2026-03-10", notes="Wants a corner plot"),
        visit("today", "2026-03-01", "2026-03-31"),
        visit("tomorrow", "2026-03-01", "2026-04-01"),
        visit("undated", "2026-03-01"),
        visit("undated_done", "2026-03-01"),
        milestone("d-undated_done", "undated_done", "demo", "2026-03-01"),
        # A milestone satisfies from the day before it is due.
        visit("visited", "2026-03-01", "2026-03-10"),
        milestone("d-visited", "visited", "demo", "2026-03-12"),
        visit("day_before", "2026-03-01", "2026-03-10"),
        milestone("d-day_before", "day_before", "demo", "2026-03-09"),
        visit("two_before", "2026-03-01", "2026-03-10"),
        milestone("d-two_before", "two_before", "demo", "2026-03-08"),
        visit("called", "2026-03-01", "2026-03-10"),
        visit("failed_call", "2026-03-01", "2026-03-10"),
        # A call on the day of the visit does not satisfy what is due the day after …
        visit("same_day_call", "2026-03-01", "2026-03-02"),
        # … but one that was due that very day.
        visit("due_same_day", "2026-03-01", "2026-03-01"),
        visit("same_day_later", "2026-03-01", "2026-03-02", milestone_time="10:00:00"),
        milestone("d-same_day_later", "same_day_later", "demo", "2026-03-01")
        | {"milestone_time": "11:00:00"},
        milestone("n-not_asked", "not_asked", "site_visit", "2026-03-01")
        | {"follow_up_required": False, "follow_up_date": day("2026-03-05")},
        milestone("n-date_alone", "date_alone", "site_visit", "2026-03-01")
        | {"follow_up_date": day("2026-03-05")},
        visit("lost", "2026-03-01", "2026-03-10"),
        visit("booked", "2026-03-01", "2026-03-10"),
        visit("reopened", "2026-03-01", "2026-03-02"),
        milestone("c-reopened", "reopened", "cancellation", "2026-03-03"),
        milestone("r-reopened", "reopened", "reengaged", "2026-03-20"),
        visit("reopened", "2026-03-21", "2026-03-25", key="w"),
        visit("twice", "2026-03-01", "2026-03-20"),
        visit("twice", "2026-03-05", "2026-03-25", key="w"),
        visit("own_and_visit", "2026-03-01", "2026-03-20"),
        milestone("d-own_done", "own_done", "demo", "2026-03-14"),
        visit("evening", "2026-03-01", "2026-03-10"),
    ],
    bookings=[
        booking("b1", "k1", "2026-03-05", "10", lead_id="booked"),
        booking("b2", "k1", "2026-03-02", "10", "cancelled", lead_id="reopened")
        | {"cancellation_date": day("2026-03-03")},
    ],
    engagement=[
        contact("e1", "called", "2026-03-09T05:00"),
        contact("e2", "failed_call", "2026-03-12T05:00", status="failed"),
        contact("e3", "same_day_call", "2026-03-01T08:00"),
        contact("e4", "due_same_day", "2026-03-01T08:00"),
        # The evening of the 8th in UTC is the 9th in India.
        contact("e5", "evening", "2026-03-08T19:00"),
    ],
)

SCENARIOS = {"follow_ups": FOLLOW_UPS}

PENDING = {
    "overdue": ["overdue"],
    "today": ["due_today"],
    "undated": ["undated"],
    "two_before": ["overdue"],
    "failed_call": ["overdue"],
    "same_day_call": ["overdue"],
    "date_alone": ["overdue"],
    "reopened": ["overdue"],
    "twice": ["overdue", "overdue"],
    "own": ["overdue"],
    "own_and_visit": ["overdue"],
}


@pytest.fixture(scope="module")
def pending(query: Query) -> Rows:
    return query("select * from follow_ups where tenant_id = 'follow_ups' order by all")


@pytest.mark.parametrize("name", NAMES)
def test_pending_follow_ups_of_each_lead(pending: Rows, name: str) -> None:
    assert [row["state"] for row in pending if row["lead_id"] == name] == PENDING.get(name, [])


def test_what_the_worklist_says(pending: Rows) -> None:
    (row,) = [row for row in pending if row["lead_id"] == "overdue"]
    assert (row["origin"], row["milestone_id"]) == ("milestone", "v-overdue")
    assert (row["days_overdue"], row["notes"]) == (21, "Wants a corner plot")
    assert row["owner_name"] == "Ravi"
    (own,) = [row for row in pending if row["lead_id"] == "own"]
    assert (own["origin"], own["milestone_id"], own["notes"]) == ("lead", None, "Send the plan")
    assert own["follow_up_date"] == day("2026-03-15")


def test_one_task_is_not_counted_twice(pending: Rows) -> None:
    (row,) = [row for row in pending if row["lead_id"] == "own_and_visit"]
    assert row["origin"] == "milestone"


def test_the_split_is_the_whole(query: Query) -> None:
    (kpi,) = query("select * from v_kpi_dashboard where tenant_id = 'follow_ups'")
    assert kpi["pending_follow_ups"] == sum(map(len, PENDING.values())) == 12
    assert kpi["follow_ups_overdue"] == 10
    assert (kpi["follow_ups_due_today"], kpi["follow_ups_undated"]) == (1, 1)


def test_history_of_one_lead(query: Query) -> None:
    """Until the visit's follow-up falls due, the lead's own next action is the one that counts."""
    rows = query(
        "select day, pending_count from int_follow_up_days where tenant_id = 'follow_ups'"
        " and lead_id = 'own_and_visit' order by day"
    )
    assert [(str(row["day"]), row["pending_count"]) for row in rows] == [
        ("2026-03-15", 1),
        ("2026-03-20", 1),
    ]


@pytest.mark.parametrize(
    ("on", "count"),
    [
        # One without a date from the day of its visit; its twin is satisfied that very day.
        ("2026-03-01", 1),
        ("2026-03-02", 2),
        ("2026-03-09", 3),
        # Five more fall due, of a lead that is lost on the 20th and one visited on the 12th too.
        ("2026-03-10", 8),
        ("2026-03-11", 8),
        ("2026-03-12", 7),
        ("2026-03-15", 9),
        ("2026-03-20", 9),
        ("2026-03-25", 11),
        ("2026-03-31", 12),
    ],
)
def test_history_counts_only_what_was_due(query: Query, on: str, count: int) -> None:
    (row,) = query(
        "select pending_follow_ups from v_kpi_daily where tenant_id = 'follow_ups' and date = ?",
        day(on),
    )
    assert row["pending_follow_ups"] == count
