"""The eleven figures through time, against a naive calculation of each day."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.dbt_project.conftest import Failures, Query
from tests.dbt_project.scenario import (
    Row,
    Scenario,
    booking,
    contact,
    customer,
    day,
    entry,
    lead,
    milestone,
    scenario,
)

AS_OF = day("2026-03-31")
FIRST = day("2025-01-01")


def random_tenant(seed: int) -> Scenario:
    """A small tenant in UTC with bookings, cancellations and a ledger over fifteen months."""
    draw = random.Random(seed)

    def some_day() -> str:
        return (FIRST + timedelta(days=draw.randrange(460))).isoformat()

    leads = [lead(f"l{n}", f"{some_day()}T12:00", campaign_id="c1") for n in range(12)]
    customers = [
        customer(f"k{n}", status=draw.choice(["active", "active", "inactive", None]))
        for n in range(5)
    ]
    bookings = []
    for n in range(14):
        made = some_day()
        status = draw.choice(["confirmed", "completed", "cancelled", "cancelled", "pending"])
        values: Row = {"lead_id": draw.choice([None, "l1", "l2", "l3", "l4"])}
        if status == "cancelled":
            values["cancellation_date"] = day(made) + timedelta(days=draw.randrange(120))
        bookings.append(
            booking(f"b{n}", f"k{draw.randrange(6)}", made, f"{draw.randrange(1, 9999)}.50")
            | values
            | {"status": status}
        )
    entries = [
        entry(f"e{n}", f"k{draw.randrange(6)}", some_day(), kind, draw.choice(["10", "20.25"]))
        for n, kind in enumerate(draw.choices(["invoice", "payment", "credit_note"], k=40))
    ]
    milestones = [
        milestone(f"m{n}", f"l{draw.randrange(12)}", kind, some_day())
        for n, kind in enumerate(draw.choices(["contacted", "site_visit", "booking"], k=15))
    ]
    contacts = [
        contact(f"x{n}", "l1", f"{some_day()}T10:00", status=draw.choice(["completed", "pending"]))
        for n in range(20)
    ]
    return Scenario(
        AS_OF,
        [
            {
                "leads": leads,
                "customers": customers,
                "bookings": bookings,
                "ledger_entries": entries,
                "milestones": milestones,
                "engagement": contacts,
            }
        ],
        zone="UTC",
    )


RANDOM = {f"random_{seed}": random_tenant(seed) for seed in range(6)}
MONTHS = scenario(
    AS_OF,
    "UTC",
    leads=[
        lead(f"{month}-{number}", f"{month}-{number}T12:00")
        for month, days in (("2026-02", 28), ("2026-03", 31))
        for number in [f"{n:02}" for n in range(1, days + 1)]
    ]
    + [lead("ages ago", "2019-05-05T12:00")],
)
NOTHING = scenario(AS_OF)
SCENARIOS = {**RANDOM, "months": MONTHS, "nothing": NOTHING}


def naive_days(told: Scenario) -> Iterator[dict[str, object]]:
    """The figures of every third day of the last 400, each counted anew from the rows."""
    tables = told.batches[0]
    firsts = {row["id"]: row["created_at"].date() for row in tables["leads"]}
    for back in range(0, 401, 3):
        today = AS_OF - timedelta(days=back)
        made = [b for b in tables["bookings"] if b["status"] != "pending"]
        made = [b for b in made if b["booking_date"] <= today]
        gone = [b for b in made if b["status"] == "cancelled" and b["cancellation_date"] <= today]
        live = [b for b in made if b not in gone]
        balances: dict[str, Decimal] = {}
        for row in tables["ledger_entries"]:
            if row["ledger_date"] <= today:
                movement = Decimal(row["debit_amount"]) - Decimal(row["credit_amount"])
                balances[row["customer_id"]] = balances.get(row["customer_id"], 0) + movement
        active = {row["id"] for row in tables["customers"] if row["status"] in ("active", None)}
        busy = {b["customer_id"] for b in live} | {key for key, value in balances.items() if value}
        known = {key for key, came in firsts.items() if came <= today}
        steps = [m for m in tables["milestones"] if m["milestone_date"] <= today]
        converted = {m["lead_id"] for m in steps if m["milestone_type"] == "booking"}
        converted |= {b["lead_id"] for b in made}
        qualified = {m["lead_id"] for m in steps if m["milestone_type"] == "site_visit"} | converted
        month = today.replace(day=1)
        yield {
            "date": today,
            "total_leads": len(known),
            "new_leads": sum(month <= came <= today for came in firsts.values()),
            "qualified_leads": len(qualified & known),
            "converted_leads": len(converted & known),
            "converted_leads_net": len({b["lead_id"] for b in live} & known),
            "active_customers": len(active & busy),
            "total_bookings": len(made),
            "booked_amount": sum(Decimal(b["booking_amount"]) for b in made),
            "bookings_cancelled": len(gone),
            "outstanding_balance": sum(balances.values()),
            "engagement_this_month": sum(
                month <= c["engagement_date"].date() <= today and c["status"] == "completed"
                for c in tables["engagement"]
            ),
        }


@pytest.mark.parametrize("tenant", sorted(RANDOM))
def test_history_equals_a_naive_count_of_each_day(query: Query, tenant: str) -> None:
    rows = query("select * from v_kpi_daily where tenant_id = ?", tenant)
    history = {row["date"]: row for row in rows}
    for expected in naive_days(RANDOM[tenant]):
        found = history[expected["date"]]
        assert {name: found[name] for name in expected} == expected


def test_no_proof_fails_for_any_tenant(query: Query) -> None:
    rows = query(
        "select * from data_checks where severity = 'error' and failures > 0"
        " and check_name <> 'files_not_read'"
    )
    assert rows == []


def test_there_are_400_days_back_and_no_gap(query: Query) -> None:
    (row,) = query(
        "select count(*) as days, min(date) as first, max(date) as last from v_kpi_daily"
        " where tenant_id = 'months'"
    )
    assert row == {"days": 401, "first": AS_OF - timedelta(days=400), "last": AS_OF}
    (row,) = query("select count(*) as days from daily_activity where tenant_id = 'nothing'")
    assert row["days"] == 401


def test_month_to_date_stands_beside_the_same_days_of_last_month(query: Query) -> None:
    (kpi,) = query("select * from v_kpi_dashboard where tenant_id = 'months'")
    assert (kpi["total_leads"], kpi["new_leads"]) == (60, 31)
    # The 31st of March is held against the whole of February.
    assert (kpi["new_leads_mtd"], kpi["new_leads_mtd_last_month"]) == (31, 28)
    assert (kpi["new_leads_previous_day"], kpi["new_leads_same_weekday_last_week"]) == (30, 24)
    assert (kpi["total_leads_previous_day"], kpi["total_leads_same_weekday_last_week"]) == (59, 53)


def test_what_lies_before_the_history_is_in_its_stock_and_not_in_its_flow(query: Query) -> None:
    (row,) = query("select * from v_kpi_daily where tenant_id = 'months' order by date limit 1")
    assert (row["total_leads"], row["new_leads"]) == (1, 0)
    (row,) = query("select sum(new_leads) as leads from daily_activity where tenant_id = 'months'")
    assert row["leads"] == 59


def test_a_tenant_without_rows_has_zeros_and_no_rates(query: Query, failures: Failures) -> None:
    (kpi,) = query("select * from v_kpi_dashboard where tenant_id = 'nothing'")
    assert kpi["as_of_date"] == date(2026, 3, 31)
    rates = {name: value for name, value in kpi.items() if value is None}
    undefined = ("rate", "pct", "per_", "median", "p90", "oldest")
    assert all(any(word in name for word in undefined) for name in rates)
    assert not any(kpi[name] for name in kpi if name not in (*rates, "tenant_id", "as_of_date"))
    assert failures("nothing") == {}
