"""Leads: when they came, qualified, converted or were lost; where they came from; the funnel."""

import pytest

from tests.dbt_project.conftest import Failures, Query
from tests.dbt_project.scenario import (
    Row,
    Scenario,
    booking,
    contact,
    customer,
    day,
    instant,
    lead,
    milestone,
    scenario,
)

LEADS = scenario(
    day("2026-03-31"),
    lead_sources=[
        {"id": "s1", "source_code": "web", "source_name": "Website", "source_type": "website"},
        {"id": "s2", "source_code": "fair", "source_name": "Fair", "source_type": "event"},
        {"id": "s3", "source_code": "ref", "source_name": "Friends", "source_type": "referral"}
        | {"subsource_name": "staff"},
        {"id": "s4", "source_code": "ref", "source_name": "Friends", "source_type": "referral"}
        | {"subsource_name": "buyers"},
    ],
    users=[{"id": "u1", "name": "Meera Nair"}],
    customers=[customer("k1")],
    leads=[
        # 20:00 UTC is the next day in India.
        lead("evening", "2026-01-31T20:00", source="web", assigned_to="u1", first_name="Anu"),
        lead("imported", "2026-02-10T04:00", source="web", assigned_to="Ravi", lead_code="LD-2"),
        lead("early", "2026-03-05T04:00", source="nowhere"),
        lead("tomorrow", "2026-03-31T19:00", source="web"),
        lead("sourceless", "2026-03-31T18:00"),
        lead("milestoned", "2026-01-05T04:00", source="ref"),
        lead("booked", "2026-01-06T04:00", source="ref", customer_id="k1"),
        lead("pending", "2026-01-06T04:00"),
        lead("by_status", "2026-01-07T04:00", "converted", updated_at=instant("2026-02-01T04:00")),
        lead(
            "later_status", "2026-01-07T04:00", "converted", updated_at=instant("2026-04-01T04:00")
        ),
        lead("won_later", "2026-01-07T04:00", "converted", updated_at=instant("2026-01-07T04:00")),
        lead("negotiating", "2026-01-08T04:00", "negotiation"),
        lead("was_qualified", "2026-01-08T04:00", "contacted", probability="90"),
        lead("talked", "2026-01-08T04:00", "contacted"),
        lead("likely", "2026-01-08T04:00", "contacted", probability="99"),
        lead("lost", "2026-01-09T04:00", "lost", updated_at=instant("2026-02-02T04:00")),
        lead("gone", "2026-01-09T04:00", customer_id="nobody", campaign_id="nothing"),
        lead("deleted", "2026-01-09T04:00", deleted_at=instant("2026-01-10T04:00")),
    ],
    milestones=[
        milestone("m1", "imported", "lead_generated", "2026-02-03"),
        milestone("m2", "early", "site_visit", "2026-03-01", status_after="contacted"),
        milestone("m3", "milestoned", "booking", "2026-02-20"),
        milestone("m4", "won_later", "booking", "2026-04-02"),
        milestone("m5", "was_qualified", "contacted", "2026-01-20", status_before="Qualified"),
        milestone("m8", "talked", "contacted", "2026-01-21", status_after="Negotiation"),
        milestone("m6", "lost", "contacted", "2026-01-12", status_after="lost"),
        milestone("m7", "stranger", "contacted", "2026-01-12"),
    ],
    bookings=[
        booking("b1", "k1", "2026-02-25", "100", lead_id="booked"),
        booking("b2", "k1", "2026-02-25", "70", "pending", lead_id="pending"),
    ],
    engagement=[
        contact("e1", "evening", "2026-02-01T02:30", status="failed"),
        contact("e2", "evening", "2026-02-01T03:30", response_received=True),
        contact("e3", "imported", "2026-02-09T04:00"),
        contact("e4", "early", "2026-03-31T19:00"),
    ],
)

FUNNEL = scenario(
    day("2026-03-31"),
    customers=[customer("k1")],
    leads=[lead(f"l{n}", "2026-01-05T04:00") for n in range(1, 6)],
    milestones=[
        *(milestone(f"g{n}", f"l{n}", "lead_generated", "2026-01-05") for n in range(1, 5)),
        # Straight to the proposal: it reached what lies before, and touched none of it.
        milestone("a1", "l1", "proposal", "2026-01-20"),
        # Visited thrice: one lead, not three.
        milestone("b1", "l2", "site_visit", "2026-01-10", milestone_time="10:00:00"),
        milestone("b2", "l2", "revisit", "2026-01-12"),
        milestone("b3", "l2", "revisit", "2026-01-14"),
        # Lost, came back and booked: the booking is of the second attempt.
        milestone("c1", "l3", "contacted", "2026-01-06"),
        milestone("c2", "l3", "reengaged", "2026-03-01"),
        milestone("c3", "l3", "site_visit", "2026-03-02"),
        milestone("c4", "l3", "booking", "2026-03-03"),
        # One day, no times: the order is that of the stages, with re-entry first.
        milestone("d4", "l4", "negotiation", "2026-02-01"),
        milestone("d3", "l4", "demo", "2026-02-01"),
        milestone("d2", "l4", "cancellation", "2026-02-01"),
        milestone("d1", "l4", "contacted", "2026-02-01", milestone_time="23:00:00"),
        milestone("d5", "l4", "booking", "2026-04-01"),
    ],
)

# A funnel of its own: the demo comes before the visit, and there is no proposal.
OWN_FUNNEL = Scenario(
    day("2026-03-31"),
    [
        {
            "leads": [lead("l1", "2026-01-05T04:00"), lead("l2", "2026-01-05T04:00")],
            "milestones": [
                milestone("m1", "l1", "demo", "2026-01-06"),
                milestone("m2", "l1", "proposal", "2026-01-07"),
                milestone("m3", "l2", "site_visit", "2026-01-07"),
            ],
        }
    ],
    stages={"lead_generated": 0, "demo": 1, "site_visit": 2, "revisit": 2, "booking": 3},
)

# Thirty bookings, three days after the lead each but the slowest four: the 90th percentile is 3.
MATURITY = scenario(
    day("2026-03-03"),
    leads=[lead(f"l{n}", "2026-01-10T04:00") for n in range(30)]
    + [lead("f1", "2026-02-10T04:00"), lead("m1", "2026-03-01T04:00")],
    milestones=[
        milestone(f"m{n}", f"l{n}", "booking", "2026-01-13" if n < 28 else "2026-03-01")
        for n in range(30)
    ],
)

SCENARIOS = {
    "leads": LEADS,
    "funnel": FUNNEL,
    "own_funnel": OWN_FUNNEL,
    "maturity": MATURITY,
}


@pytest.fixture(scope="module")
def leads(query: Query) -> dict[str, Row]:
    return {row["lead_id"]: row for row in query("select * from leads where tenant_id = 'leads'")}


def test_a_lead_comes_on_its_local_day_or_with_its_first_milestone(leads: dict[str, Row]) -> None:
    assert leads["evening"]["lead_date"] == day("2026-02-01")
    assert leads["imported"]["lead_date"] == day("2026-02-03")
    # Only `lead_generated` moves it: the visit before it was made is a finding.
    assert leads["early"]["lead_date"] == day("2026-03-05")


def test_leads_of_tomorrow_and_deleted_ones_are_not_there(leads: dict[str, Row]) -> None:
    assert {"tomorrow", "deleted"} & set(leads) == set()
    assert leads["sourceless"]["lead_date"] == day("2026-03-31")


@pytest.mark.parametrize(
    ("lead_id", "qualified", "converted"),
    [
        ("evening", None, None),
        ("early", "2026-03-01", None),
        ("milestoned", "2026-02-20", "2026-02-20"),
        ("booked", "2026-02-25", "2026-02-25"),
        ("pending", None, None),
        ("by_status", "2026-02-01", "2026-02-01"),
        ("later_status", None, None),
        # The booking planned for April takes nothing away from what the record says.
        ("won_later", "2026-01-07", "2026-01-07"),
        ("negotiating", "2026-01-08", None),
        ("was_qualified", "2026-01-20", None),
        ("talked", "2026-01-21", None),
        ("likely", None, None),
    ],
)
def test_proofs_of_qualification_and_conversion(
    leads: dict[str, Row], lead_id: str, qualified: str | None, converted: str | None
) -> None:
    row = leads[lead_id]
    assert row["qualified_date"] == (day(qualified) if qualified else None)
    assert row["converted_date"] == (day(converted) if converted else None)
    assert (row["is_qualified"], row["is_converted"]) == (bool(qualified), bool(converted))


def test_only_a_live_booking_converts_net(leads: dict[str, Row]) -> None:
    assert {key for key, row in leads.items() if row["is_converted_net"]} == {"booked"}
    assert leads["booked"]["booked_value"] == 100


def test_signals_that_disagree_are_listed(query: Query) -> None:
    rows = query("select * from lead_conversion_exceptions where tenant_id = 'leads'")
    signs = {
        row["lead_id"]: (
            row["has_booking_milestone"],
            row["has_booking"],
            row["has_converted_status"],
        )
        for row in rows
    }
    assert signs == {
        "milestoned": (True, False, False),
        "booked": (False, True, False),
        "by_status": (False, False, True),
        "won_later": (False, False, True),
    }


def test_the_day_of_a_loss_is_the_milestones(leads: dict[str, Row]) -> None:
    assert (leads["lost"]["is_lost"], leads["lost"]["lost_date"]) == (True, day("2026-01-12"))


def test_names_owners_and_sources(leads: dict[str, Row]) -> None:
    assert leads["evening"]["owner_name"] == "Meera Nair"
    assert leads["imported"]["owner_name"] == "Ravi"
    assert leads["evening"]["lead_name"] == "Anu"
    assert leads["imported"]["lead_name"] == "LD-2"
    assert leads["early"]["source_name"] == "Unmapped: nowhere"
    assert leads["sourceless"]["source_name"] == "(none)"


def test_first_response_is_the_first_completed_engagement(leads: dict[str, Row]) -> None:
    assert leads["evening"]["first_response_hours"] == 7.5
    # Before the lead was made: known, but no waiting time.
    assert leads["imported"]["first_response_at"] == instant("2026-02-09T04:00")
    # Answered the day before its record was made.
    assert leads["imported"]["first_response_hours"] == 0
    # After the day.
    assert leads["early"]["first_response_at"] is None


def test_findings_about_leads(failures: Failures) -> None:
    assert failures("leads") == {
        "lead_unknown_source": 1,
        "lead_unknown_campaign": 1,
        "lead_unknown_customer": 1,
        "lead_conversion_signals_disagree": 4,
        "lead_without_milestones": 10,
        "source_code_repeated": 1,
        "milestone_unknown_lead": 1,
        "milestone_before_lead": 1,
        "milestone_after_as_of": 1,
        "engagement_before_lead": 1,
    }


def test_a_source_without_leads_stays_and_none_is_grouped_away(query: Query) -> None:
    rows = query("select * from v_lead_source_performance where tenant_id = 'leads'")
    totals = {(row["source_code"], row["subsource_name"]): row["total_leads"] for row in rows}
    assert totals == {
        ("web", None): 2,
        ("fair", None): 0,
        ("ref", "buyers"): 2,
        ("ref", "staff"): 0,
        ("nowhere", None): 1,
        ("(none)", None): 11,
    }
    booked = {row["source_code"]: row["booked_value"] for row in rows if row["booked_value"]}
    assert booked == {"ref": 100}
    (empty,) = [row for row in rows if row["source_code"] == "fair"]
    assert empty["conversion_rate"] is None


def reached(query: Query, tenant: str, kind: str = "reached") -> Row:
    (row,) = query(
        "select * from v_lead_funnel_analysis where tenant_id = ? and total_leads > 0", tenant
    )
    return {
        name.removeprefix(f"{kind}_"): value
        for name, value in row.items()
        if name.startswith(f"{kind}_")
    }


def test_reached_counts_leads_and_never_widens(query: Query) -> None:
    assert reached(query, "funnel") == {
        # One of them without any milestone.
        "lead_generated": 5,
        "contacted": 4,
        "site_visit": 3,
        "demo": 2,
        "proposal": 2,
        "negotiation": 1,
        "booking": 0,
    }
    assert reached(query, "funnel", "touched") == {
        "lead_generated": 4,
        "contacted": 2,
        "site_visit": 1,
        "demo": 1,
        "proposal": 1,
        "negotiation": 1,
        "booking": 0,
    }


def test_a_booking_after_re_entry_is_told_apart(query: Query) -> None:
    (row,) = query(
        "select * from v_lead_funnel_analysis where tenant_id = 'funnel' and total_leads > 0"
    )
    assert (row["reengaged_leads"], row["reengaged_booked_leads"]) == (1, 1)
    assert (row["converted_leads"], row["reached_booking"]) == (1, 0)


def test_milestones_of_one_day_stand_in_order(query: Query) -> None:
    rows = query(
        "select * from v_lead_milestone_timeline where tenant_id = 'funnel' and lead_id = 'l4'"
        " order by milestone_number"
    )
    assert [row["milestone_id"] for row in rows] == ["g4", "d1", "d3", "d4", "d2"]
    assert [row["days_to_next_milestone"] for row in rows] == [27, 0, 0, 0, None]
    assert [row["days_since_lead"] for row in rows] == [0, 27, 27, 27, 27]


def test_attempts_are_numbered(query: Query) -> None:
    rows = query(
        "select milestone_id, attempt from v_lead_milestone_timeline"
        " where tenant_id = 'funnel' and lead_id = 'l3'"
    )
    attempts = {row["milestone_id"]: row["attempt"] for row in rows}
    assert attempts == {"g3": 1, "c1": 1, "c2": 2, "c3": 2, "c4": 2}
    (row,) = query("select * from leads where tenant_id = 'funnel' and lead_id = 'l3'")
    assert (row["attempt_count"], row["stage_name"], row["reached_rank"]) == (2, "Booking", 1)


def test_a_tenant_may_order_its_stages(query: Query, failures: Failures) -> None:
    assert reached(query, "own_funnel") == {
        "lead_generated": 2,
        "demo": 2,
        "site_visit": 1,
        "booking": 0,
        "contacted": None,
        "proposal": None,
        "negotiation": None,
    }
    assert "funnel_is_monotone" not in failures("own_funnel")
    rows = query("select lead_id, is_qualified from leads where tenant_id = 'own_funnel'")
    assert {row["lead_id"]: row["is_qualified"] for row in rows} == {"l1": False, "l2": True}


def test_a_cohort_matures_with_the_days_that_bookings_take(query: Query) -> None:
    rows = query(
        "select month, mature, days_to_mature from v_lead_funnel_analysis"
        " where tenant_id = 'maturity' and total_leads > 0 order by 1"
    )
    assert [row["days_to_mature"] for row in rows] == [3, 3, 3]
    # February ended three days before the as-of day, which is just enough.
    assert [row["mature"] for row in rows] == [True, True, False]


def test_with_few_bookings_a_cohort_matures_in_ninety_days(query: Query) -> None:
    (row,) = query(
        "select * from v_lead_funnel_analysis where tenant_id = 'funnel' and total_leads > 0"
    )
    assert (row["days_to_mature"], row["mature"]) == (90, False)


def test_the_last_twelve_months_are_there_without_leads(query: Query) -> None:
    (row,) = query(
        "select count(*) as months, min(month) as first from v_lead_funnel_analysis"
        " where tenant_id = 'funnel'"
    )
    assert row == {"months": 12, "first": day("2025-04-01")}


def test_no_leads_means_no_rate(query: Query) -> None:
    rows = query(
        "select conversion_rate, conversion_rate_legacy from v_lead_funnel_analysis"
        " where tenant_id = 'funnel' and total_leads = 0"
    )
    assert {tuple(row.values()) for row in rows} == {(None, None)}
