"""Answers that come later, deleted leads, pending bookings, leads without milestones."""

from typing import Any

import duckdb
import pytest

from tests.dbt_project.conftest import Query
from tests.dbt_project.scenario import (
    Row,
    Scenario,
    Tables,
    booking,
    contact,
    customer,
    day,
    entry,
    instant,
    lead,
    milestone,
)
from tests.dbt_project.test_isolation import published_tables, rows_of

AS_OF = day("2026-03-31")
NOON = "2026-03-30T06:00"


def _with_lead(gone: bool) -> Tables:
    """A tenant with a lead, and one beside it that is deleted with all that belongs to it."""
    deleted = instant("2026-03-20T04:00") if gone else None
    leads = [lead("l", "2026-03-01T04:00", source="web")]
    rows: dict[str, list[Row]] = {
        "leads": leads,
        "customers": [customer("k")],
        "bookings": [booking("b", "k", "2026-03-09", "10", lead_id="x" if gone else None)],
        "milestones": [milestone("m", "l", "contacted", "2026-03-02")],
        "engagement": [contact("e", "l", NOON)],
        "ledger_entries": [entry("v", "k", "2026-03-10", "invoice", "10")],
    }
    if gone:
        leads.append(lead("x", "2026-03-01T04:00", "converted", deleted_at=deleted, source="fair"))
        asks = {"follow_up_required": True}
        rows["milestones"].append(milestone("mx", "x", "site_visit", "2026-03-03", **asks))
        rows["engagement"].append(contact("ex", "x", NOON, assigned_to="Ravi", duration_seconds=9))
    return rows


def _first_not_yet(rows: Tables) -> Scenario:
    """The lead is deleted by the second refresh."""
    before = {**rows, "leads": [row | {"deleted_at": None} for row in rows["leads"]]}
    return Scenario(AS_OF, [before, {"leads": [rows["leads"][-1]]}])


PENDING = [
    booking("late", "k", "2026-01-01", "5", "pending", delivery_date=day("2026-02-01"))
    | {"unit_type": "2BHK", "units_available": 7, "units_booked": 1},
    booking("known", "k", "2025-12-01", "5", unit_type="2BHK", units_available=9),
]
SCENARIOS = {
    "dead_lead": Scenario(AS_OF, [_with_lead(gone=True)]),
    "dead_later": _first_not_yet(_with_lead(gone=True)),
    "no_lead": Scenario(AS_OF, [_with_lead(gone=False)]),
    "answers": Scenario(
        AS_OF,
        [
            {
                "leads": [lead("l", "2026-03-01T04:00")],
                "engagement": [
                    contact("now", "l", NOON, response_received=True)
                    | {"response_date": instant("2026-03-31T18:29:59"), "response_notes": "Yes"},
                    contact("then", "l", NOON, response_received=True)
                    | {"response_date": instant("2026-03-31T18:30:00"), "response_notes": "Yes"},
                    contact("undated", "l", NOON, response_received=True),
                ],
            }
        ],
    ),
    "pending_only": Scenario(AS_OF, [{"customers": [customer("k")], "bookings": PENDING}]),
    "records_only": Scenario(
        AS_OF,
        [
            {
                "leads": [
                    lead("open", "2026-03-01T04:00"),
                    lead(
                        "lost", "2026-03-01T04:00", "lost", updated_at=instant("2026-03-05T04:00")
                    ),
                    lead("won", "2026-03-01T04:00", "converted")
                    | {"updated_at": instant("2026-03-09T04:00")},
                ]
            }
        ],
    ),
    "short_funnel": Scenario(
        AS_OF,
        [
            {
                "leads": [lead(f"l{n}", "2026-03-01T04:00") for n in range(4)],
                "milestones": [
                    milestone("a", "l0", "site_visit", "2026-03-02"),
                    milestone("b", "l1", "site_visit", "2026-03-02"),
                    milestone("c", "l1", "negotiation", "2026-03-03"),
                    milestone("d", "l1", "booking", "2026-03-04"),
                ],
            }
        ],
        stages={"lead_generated": 0, "site_visit": 1, "negotiation": 2, "booking": 3},
    ),
    "other_order": Scenario(
        AS_OF,
        [
            {
                "leads": [lead(f"l{n}", "2026-03-01T04:00") for n in range(4)],
                "milestones": [
                    milestone("a", "l0", "demo", "2026-03-02"),
                    milestone("b", "l1", "demo", "2026-03-02"),
                    milestone("c", "l1", "site_visit", "2026-03-03"),
                ],
            }
        ],
        stages={"lead_generated": 0, "demo": 1, "site_visit": 2, "booking": 3},
    ),
}
# The check says that a booking has no lead, of the one as of the other.
WHEN_IT_LANDED = {"source_freshness"}


@pytest.mark.parametrize("tenant", ["dead_lead", "dead_later"])
def test_what_belongs_to_a_deleted_lead_counts_nowhere(
    query: Query, warehouse: duckdb.DuckDBPyConnection, tenant: str
) -> None:
    for table in set(published_tables(warehouse)) - WHEN_IT_LANDED:
        found = rows_of(query, table, tenant, {"batch_id"})
        assert found == rows_of(query, table, "no_lead", {"batch_id"}), table


def test_fingerprints_leave_out_what_belongs_to_a_deleted_lead(query: Query) -> None:
    for table in ("engagement", "milestones"):
        rows = query(
            f"select tenant_id, sum(row_count) as n from fingerprints.{table}"
            " where tenant_id in ('dead_lead', 'dead_later', 'no_lead') group by all"
        )
        assert {row["n"] for row in rows} == {1}, table


def test_an_answer_counts_from_its_moment_on(query: Query) -> None:
    (row,) = query("select * from v_engagement_stats where tenant_id = 'answers'")
    assert (row["answered_count"], row["responses_received"]) == (2, 2)
    rows = query("select * from engagement where tenant_id = 'answers' order by engagement_id")
    told = {row["engagement_id"]: row for row in rows}
    assert told["now"]["response_received"]
    assert (told["then"]["response_received"], told["then"]["response_notes"]) == (False, None)
    assert told["then"]["response_date"] is None
    assert told["undated"]["response_received"]


def test_pending_bookings_are_in_no_list_but_their_own(query: Query) -> None:
    (row,) = query("select * from unit_availability where tenant_id = 'pending_only'")
    assert (row["units_available"], row["observed_on"]) == (9, day("2025-12-01"))
    rows = query("select * from bookings where tenant_id = 'pending_only' and is_delivery_overdue")
    assert rows == []


def test_leads_without_milestones_wait_too(query: Query) -> None:
    (funnel,) = query(
        "select * from v_lead_funnel_analysis where tenant_id = 'records_only' and total_leads > 0"
    )
    assert (funnel["reached_lead_generated"], funnel["touched_lead_generated"]) == (3, 0)
    rows = query("select * from v_time_in_stage where tenant_id = 'records_only'")
    first = min(rows, key=lambda row: row["stage_rank"])
    assert (first["open_spells"], first["longest_open_days"]) == (1, 30)
    assert (first["completed_spells"], first["lost_spells"], first["median_days"]) == (2, 1, 6)
    leads = query("select lead_id, stage_name from leads where tenant_id = 'records_only'")
    assert {row["stage_name"] for row in leads} == {"Lead Generated"}


@pytest.mark.parametrize(
    ("tenant", "rates"),
    [
        ("short_funnel", {"site_visit": 0.5, "negotiation": 0.5, "booking": 1, "contacted": None}),
        # By the tenant's own order: the demo comes before the visit.
        ("other_order", {"demo": 0.5, "site_visit": 0.5, "booking": 0}),
    ],
)
def test_a_step_is_from_the_stage_before_it_in_the_tenants_funnel(
    query: Query, tenant: str, rates: dict[str, Any]
) -> None:
    (row,) = query(
        "select * from v_lead_funnel_analysis where tenant_id = ? and total_leads > 0", tenant
    )
    assert {stage: row[f"step_rate_{stage}"] for stage in rates} == rates
