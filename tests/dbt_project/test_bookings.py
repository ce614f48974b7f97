"""Bookings: as of a day, by month, units; campaigns with spend; engagement."""

from decimal import Decimal

import pytest

from tests.dbt_project.conftest import Failures, Query
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

BOOKINGS = scenario(
    day("2026-03-31"),
    customers=[customer("k1")],
    leads=[lead("l1", "2026-01-01T04:00", assigned_to="Ravi")],
    bookings=[
        booking("live", "k1", "2026-01-10", "100", lead_id="l1", unit_type="2BHK", units_booked=1),
        booking("done", "k1", "2026-01-11", "50", "completed", delivery_date=day("2026-02-01")),
        booking("late", "k1", "2026-01-12", "60", "on_hold", delivery_date=day("2026-03-30")),
        booking("due", "k1", "2026-01-12", "61", delivery_date=day("2026-03-31")),
        booking("maybe", "k1", "2026-01-12", "70", "pending"),
        booking("off", "k1", "2026-01-20", "20", "cancelled", cancellation_date=day("2026-02-05"))
        | {"cancellation_refund_amount": "15", "unit_type": "2BHK", "units_booked": 1},
        # Cancelled the day after: live on the day.
        booking("soon", "k1", "2026-02-20", "30", "cancelled", cancellation_date=day("2026-04-01")),
        booking(
            "today", "k1", "2026-02-20", "31", "cancelled", cancellation_date=day("2026-03-31")
        ),
        # Without a date the record's last change tells; before the booking, the booking does.
        booking("undated", "k1", "2026-02-21", "32", "cancelled")
        | {"updated_at": instant("2026-03-09T20:00")},
        booking("before", "k1", "2026-02-22", "33", "cancelled")
        | {"cancellation_date": day("2026-02-01"), "cancellation_refund_amount": "40"},
        booking("dated", "k1", "2026-02-23", "34", cancellation_date=day("2026-03-01"))
        | {"unit_count": 1, "units_booked": 2},
        booking("orphan", "k9", "2026-02-24", "35", lead_id="l9"),
        booking("future", "k1", "2026-04-01", "1000"),
    ],
)

AVAILABILITY = scenario(
    day("2026-04-15"),
    customers=[customer("k1")],
    bookings=[
        booking(f"n{n}", "k1", f"2026-0{n}-10", "1", unit_type="2BHK", units_booked=2)
        | {"units_available": 20 - 2 * n}
        for n in range(1, 4)
    ]
    + [
        booking("a", "k1", "2026-04-02", "1", unit_type="2BHK", units_booked=1, units_available=13)
        | {"created_at": instant("2026-04-02T09:00")},
        booking("b", "k1", "2026-04-02", "1", unit_type="2BHK", units_booked=1, units_available=12)
        | {"created_at": instant("2026-04-02T10:00")},
        booking("c", "k1", "2026-02-01", "1", "cancelled", unit_type="2BHK", units_booked=1)
        | {"cancellation_date": day("2026-03-02")},
        booking("d", "k1", "2026-02-01", "1", unit_type="Plot", units_available=7),
        booking("e", "k1", "2026-04-16", "1", unit_type="Plot", units_available=6),
    ],
)

CAMPAIGNS = scenario(
    day("2026-03-31"),
    customers=[customer("k1")],
    campaigns=[
        {
            "id": key,
            "campaign_code": key,
            "campaign_name": key.title(),
            "campaign_type": "digital",
            "start_date": day("2026-01-01"),
            "status": "active",
            "budget": "1000",
        }
        for key in ("search", "print", "idle")
    ],
    campaign_spend=[
        {"id": "s1", "campaign_id": "search", "spend_date": day("2026-01-05"), "amount": "100.00"},
        {"id": "s2", "campaign_id": "search", "spend_date": day("2026-03-31"), "amount": "100.01"},
        {"id": "s3", "campaign_id": "search", "spend_date": day("2026-04-01"), "amount": "999.00"},
        {"id": "s4", "campaign_id": "stray", "spend_date": day("2026-01-05"), "amount": "7.00"},
    ],
    leads=[
        lead("l1", "2026-01-10T04:00", campaign_id="search"),
        lead("l2", "2026-01-11T04:00", "lost", campaign_id="search"),
        lead("l3", "2026-01-12T04:00", campaign_id="search"),
        lead("l4", "2026-01-12T04:00", campaign_id="print"),
        lead("l5", "2026-01-12T04:00", campaign_id="unknown"),
        lead("l6", "2026-01-12T04:00"),
    ],
    milestones=[
        milestone("m1", "l1", "site_visit", "2026-01-15"),
        milestone("m2", "l1", "revisit", "2026-01-16"),
        milestone("m3", "l3", "site_visit", "2026-01-16"),
    ],
    bookings=[
        booking("b1", "k1", "2026-02-01", "500", lead_id="l1"),
        booking("b2", "k1", "2026-02-02", "300", "cancelled", lead_id="l3")
        | {"cancellation_date": day("2026-03-01")},
        booking("b3", "k1", "2026-02-03", "40", lead_id="l6"),
        booking("b4", "k1", "2026-02-04", "9"),
    ],
)

# Money beyond what a double holds: 2^53 cents is 90 trillion.
HUGE = scenario(
    day("2026-03-31"),
    customers=[customer("k1")],
    bookings=[
        booking("b1", "k1", "2026-01-01", "999999999999999.98"),
        booking("b2", "k1", "2026-01-02", "999999999999999.99"),
    ],
)

ENGAGEMENT = scenario(
    day("2026-03-31"),
    leads=[lead("l1", "2026-01-01T04:00")],
    users=[{"id": "u1", "name": "Meera Nair"}],
    engagement=[
        contact("c1", "l1", "2026-03-01T04:00", assigned_to="u1", duration_seconds=60)
        | {"response_received": True, "engagement_channel": "phone"},
        contact("c2", "l1", "2026-03-02T04:00", assigned_to="u1", duration_seconds=121)
        | {"engagement_channel": "phone", "status": "completed"},
        contact("c3", "l1", "2026-03-03T04:00", assigned_to="u1", status="failed")
        | {"response_received": True, "engagement_channel": "phone"},
        contact("m1", "l1", "2026-03-04T04:00", "meeting_scheduled"),
        # The last evening of February in London is March in India; the day after does not count.
        contact("e1", "l1", "2026-02-28T19:00", "email_sent"),
        contact("e2", "l1", "2026-03-31T18:29:59", "email_sent", status="pending"),
        contact("e3", "l1", "2026-03-31T18:30", "email_sent"),
        contact("x1", "l9", "2026-03-02T04:00"),
    ],
)

SCENARIOS = {
    "bookings": BOOKINGS,
    "availability": AVAILABILITY,
    "campaigns": CAMPAIGNS,
    "huge": HUGE,
    "engagement": ENGAGEMENT,
}


@pytest.fixture(scope="module")
def bookings(query: Query) -> dict[str, Row]:
    rows = query("select * from bookings where tenant_id = 'bookings'")
    return {row["booking_id"]: row for row in rows}


def test_bookings_of_tomorrow_are_not_there(bookings: dict[str, Row]) -> None:
    assert "future" not in bookings


def test_a_booking_cancelled_later_is_live_on_the_day(bookings: dict[str, Row]) -> None:
    soon = bookings["soon"]
    assert (soon["status"], soon["status_asof"]) == ("confirmed", "confirmed")
    assert (soon["cancelled_on"], soon["cancellation_date"]) == (None, None)
    assert bookings["soon"]["is_live"]
    assert not bookings["today"]["is_live"]


def test_live_and_gross(bookings: dict[str, Row]) -> None:
    live = {key for key, row in bookings.items() if row["is_live"]}
    assert live == {"live", "done", "late", "due", "soon", "dated", "orphan"}
    assert {key for key, row in bookings.items() if not row["is_gross"]} == {"maybe"}


def test_the_day_from_which_a_cancellation_counts(bookings: dict[str, Row]) -> None:
    days = {key: row["cancelled_on"] for key, row in bookings.items() if row["is_cancelled"]}
    assert days == {
        "off": day("2026-02-05"),
        "today": day("2026-03-31"),
        "undated": day("2026-03-10"),
        "before": day("2026-02-22"),
    }


def test_overdue_delivery(bookings: dict[str, Row]) -> None:
    assert {key for key, row in bookings.items() if row["is_delivery_overdue"]} == {"late"}


def test_unknown_customers_are_named_so(bookings: dict[str, Row]) -> None:
    assert bookings["orphan"]["customer_name"] == "Unknown"
    assert bookings["orphan"]["quality_flags"] == "unknown_lead,unknown_customer"


def test_findings_about_bookings(failures: Failures) -> None:
    assert failures("bookings") == {
        "booking_unknown_customer": 1,
        "booking_unknown_lead": 1,
        "booking_without_lead": 10,
        "booking_cancelled_without_date": 1,
        "booking_date_without_cancellation": 1,
        "booking_cancelled_before_booked": 1,
        "booking_refund_above_amount": 1,
        "booking_units_above_count": 1,
        "booking_after_as_of": 1,
        "lead_conversion_signals_disagree": 1,
        "lead_without_milestones": 1,
    }


def test_months_are_gross_cancelled_and_net(query: Query) -> None:
    rows = query("select * from booking_months where tenant_id = 'bookings' order by month")
    told = [
        (
            str(r["month"])[:7],
            r["gross_amount"],
            r["cancelled_amount"],
            r["net_amount"],
            r["net_units"],
        )
        for r in rows
    ]
    assert told == [
        ("2026-01", 291, 0, 291, 2),
        ("2026-02", 195, 53, 142, 1),
        ("2026-03", 0, 63, -63, 0),
    ]
    (kpi,) = query("select * from v_kpi_dashboard where tenant_id = 'bookings'")
    assert (kpi["booked_amount"], kpi["cancelled_amount"], kpi["net_booked_amount"]) == (
        486,
        116,
        370,
    )
    assert (kpi["total_bookings"], kpi["bookings_cancelled"], kpi["net_bookings"]) == (11, 4, 7)
    assert (kpi["pending_bookings"], kpi["refunds_promised"]) == (1, 55)


def test_the_summary_goes_by_the_status_of_the_day(query: Query) -> None:
    rows = query("select * from v_booking_summary where tenant_id = 'bookings'")
    told = {
        (str(row["booking_month"])[:7], row["status"], row["unit_type"]): (
            row["booking_count"],
            row["total_booking_amount"],
            row["avg_booking_amount"],
        )
        for row in rows
    }
    assert told["2026-01", "confirmed", "2BHK"] == (1, 100, 100)
    assert told["2026-02", "confirmed", "(none)"] == (3, 99, 33)
    assert told["2026-02", "cancelled", "(none)"] == (3, 96, 32)


def test_an_average_of_huge_amounts_is_exact_to_the_cent(query: Query) -> None:
    (row,) = query("select * from v_booking_summary where tenant_id = 'huge'")
    assert row["total_booking_amount"] == Decimal("1999999999999999.97")
    # Half a cent rounds away from zero.
    assert row["avg_booking_amount"] == Decimal("999999999999999.99")


def test_availability_is_the_newest_snapshot(query: Query) -> None:
    rows = query(
        "select * from unit_availability where tenant_id = 'availability' order by unit_type"
    )
    assert [(r["unit_type"], r["units_available"], r["observed_on"]) for r in rows] == [
        ("2BHK", 12, day("2026-04-02")),
        ("Plot", 7, day("2026-02-01")),
    ]
    # Six units in three months less one cancelled, of which one more was booked: 2 + 3 + 2 - 1.
    assert (rows[0]["net_units_3_months"], rows[0]["months_of_inventory"]) == (6, 6)
    assert rows[1]["months_of_inventory"] is None


@pytest.fixture(scope="module")
def campaigns(query: Query) -> dict[str, Row]:
    rows = query("select * from v_campaign_performance where tenant_id = 'campaigns'")
    return {row["campaign_id"]: row for row in rows}


def test_campaigns_and_what_has_none_are_rows(campaigns: dict[str, Row]) -> None:
    totals = {key: row["total_leads"] for key, row in campaigns.items()}
    assert totals == {
        "search": 3,
        "print": 1,
        "idle": 0,
        "unknown": 1,
        "stray": 0,
        "(unattributed)": 1,
    }
    assert campaigns["unknown"]["campaign_name"] == "Unmapped: unknown"


def test_cost_and_return_come_from_spend(campaigns: dict[str, Row]) -> None:
    row = campaigns["search"]
    assert row["spend"] == Decimal("200.01")
    assert row["cost_per_lead"] == Decimal("66.67")
    assert row["cost_per_site_visit"] == Decimal("66.67")
    assert row["cost_per_qualified_lead"] == Decimal("100.01")  # 100.005 goes up
    assert row["cost_per_booking"] == Decimal("200.01")
    assert (row["booked_value"], row["net_booked_value"]) == (800, 500)
    assert row["roas"] == pytest.approx(500 / 200.01)
    assert row["roi_pct"] == pytest.approx((500 - 200.01) / 200.01 * 100)
    assert row["roi_on_budget_pct"] == pytest.approx(-50)


def test_a_budget_is_not_spend(campaigns: dict[str, Row]) -> None:
    for key in ("print", "idle"):
        row = campaigns[key]
        assert row["budget"] == 1000
        assert {row[c] for c in ("spend", "cost_per_lead", "roas", "roi_pct")} == {None}


def test_value_without_a_campaign_is_unattributed(campaigns: dict[str, Row], query: Query) -> None:
    assert campaigns["(unattributed)"]["booked_value"] == 49
    (kpi,) = query("select * from v_kpi_dashboard where tenant_id = 'campaigns'")
    assert sum(row["booked_value"] for row in campaigns.values()) == kpi["booked_amount"]
    assert sum(row["net_booked_value"] for row in campaigns.values()) == kpi["net_booked_amount"]
    assert sum(row["total_leads"] for row in campaigns.values()) == kpi["total_leads"]


def test_engagement_by_type(query: Query) -> None:
    rows = query(
        "select * from v_engagement_stats where tenant_id = 'engagement' and lead_id = 'l1'"
    )
    stats = {row["engagement_type"]: row for row in rows}
    calls = stats["call_made"]
    assert (calls["engagement_count"], calls["completed_count"]) == (3, 2)
    assert (calls["responses_received"], calls["answered_count"]) == (2, 1)
    assert (calls["response_rate"], calls["avg_duration_seconds"]) == (0.5, 90.5)
    # A meeting is not answered, and a pending e-mail cannot have been.
    assert stats["meeting_scheduled"]["response_rate"] is None
    assert (stats["email_sent"]["engagement_count"], stats["email_sent"]["answerable_count"]) == (
        2,
        1,
    )
    assert stats["email_sent"]["last_engagement"] == instant("2026-03-31T18:29:59")


def test_engagement_of_the_month_is_that_of_the_tenants_month(
    query: Query, failures: Failures
) -> None:
    (kpi,) = query("select * from v_kpi_dashboard where tenant_id = 'engagement'")
    assert kpi["engagement_this_month"] == 5
    assert (kpi["engagement_pending"], kpi["engagement_failed"]) == (1, 1)
    assert kpi["engagement_leads_touched"] == 2
    assert (kpi["open_leads"], kpi["open_leads_engaged"]) == (1, 1)
    assert failures("engagement")["engagement_unknown_lead"] == 1


def test_engagement_by_month_owner_type_and_channel(query: Query) -> None:
    rows = query(
        "select * from engagement_months"
        " where tenant_id = 'engagement' and owner_name = 'Meera Nair'"
    )
    assert len(rows) == 1
    assert (rows[0]["month"], rows[0]["engagement_channel"]) == (day("2026-03-01"), "phone")
    assert (rows[0]["engagement_count"], rows[0]["response_rate"]) == (3, 0.5)
