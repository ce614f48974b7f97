"""Tenants beside each other: with equal keys in every table, each has the rows it has alone.

`twin_a` and `twin_b` share every id, code and name; `alone_a` and `alone_b` have the same rows
under ids that nobody shares. A join or window that forgets the tenant mixes the twins alone.
"""

from collections.abc import Collection

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
    lead,
    milestone,
)

AS_OF = day("2026-03-31")
KEYS = {"id", "lead_id", "customer_id", "campaign_id", "assigned_to", "source", "source_code"} | {
    "reference_document_id",
    "ledger_code",
}


def tables(shift: int) -> Tables:
    """A bit of everything; `shift` makes the dates, amounts and statuses of a twin its own."""
    on = [f"2026-0{1 + shift}-{n:02}" for n in range(1, 29)]
    status = ["converted", "lost"][shift]
    return {
        "users": [{"id": "u1", "name": ["Meera", "Ravi"][shift]}],
        "lead_sources": [
            {"id": "s1", "source_code": "web", "source_name": ["Web", "Site"][shift]}
            | {"source_type": ["website", "digital"][shift]}
        ],
        "campaigns": [
            {"id": "c1", "campaign_code": "C1", "campaign_name": ["Spring", "Summer"][shift]}
            | {"campaign_type": "digital", "start_date": day(on[0]), "status": "active"}
        ],
        "campaign_spend": [
            {"id": "p1", "campaign_id": "c1", "spend_date": day(on[3]), "amount": str(100 + shift)}
        ],
        "customers": [
            customer("k1", credit_days=30 * shift, status=["active", "inactive"][shift]),
            customer("k2", credit_days=10),
        ],
        "leads": [
            lead("l1", f"{on[0]}T04:00", status, source="web", campaign_id="c1", assigned_to="u1"),
            lead("l2", f"{on[1]}T04:00", source="web", next_action_date=day(on[9 + shift])),
            lead(f"l{3 + shift}", f"{on[2]}T04:00", customer_id="k1"),
            lead("l5", f"{on[2]}T04:00", assigned_to="u1"),
            lead("l6", f"{on[2]}T04:00", ["new", "converted"][shift]),
        ],
        "milestones": [
            milestone("m1", "l1", ["site_visit", "contacted"][shift], on[4])
            | {"follow_up_required": True, "follow_up_date": day(on[8])},
            milestone("m2", "l1", ["booking", "reengaged"][shift], on[10 + shift]),
            milestone("m3", "l2", "demo", on[6], milestone_time=f"1{shift}:00:00"),
            milestone(f"m{4 + shift}", "l2", "proposal", on[7]),
            milestone("m7", "l5", "site_visit", on[8 + shift])
            | {"follow_up_required": True, "follow_up_date": day(on[18 + shift])},
            milestone("m8", "l6", ["booking", "demo"][shift], on[9]),
        ],
        "engagement": [
            contact("e1", "l1", f"{on[5]}T04:00", duration_seconds=60 + shift, assigned_to="u1"),
            contact("e2", "l2", f"{on[6 + shift]}T04:00", ["email_sent", "call_made"][shift]),
            contact(f"e{3 + shift}", "l2", f"{on[9]}T04:00", response_received=True),
        ],
        "bookings": [
            booking("b1", "k1", on[12], str(1000 + shift), lead_id="l1", unit_type="2BHK")
            | {"units_available": 5 + shift, "units_booked": 1},
            booking("b2", "k2", on[13], "500", "cancelled")
            | {"cancellation_date": day(on[20 + shift])},
        ],
        "ledger_entries": [
            entry("g1", "k1", on[12], "invoice", str(300 + shift)),
            entry("g2", "k1", on[14], "invoice", "200", reference_document_id="doc"),
            entry("g3", "k1", on[15], "payment", "150", reference_document_id=["g1", "doc"][shift]),
            entry("g4", "k2", on[15], "invoice", "80", status="reversed"),
            # What undoes it in one tenant is a different matter in the other.
            entry("g5", "k2", on[16], "adjustment", ["-80", "-70"][shift])
            | {"reference_document_id": "g4"},
            entry(f"g{6 + shift}", "k2", on[17], "payment", str(10 + shift)),
            entry(f"g{8 + shift}", "k3", on[18], "payment", "0"),
        ],
    }


def renamed(told: Tables, suffix: str) -> Tables:
    """The same rows with every key made unique to the tenant."""

    def rename(row: Row) -> Row:
        return {
            name: value + suffix if name in KEYS and value is not None else value
            for name, value in row.items()
        }

    return {entity: [rename(row) for row in rows] for entity, rows in told.items()}


SCENARIOS = {
    "twin_a": Scenario(AS_OF, [tables(0)]),
    "twin_b": Scenario(AS_OF, [tables(1)]),
    "alone_a": Scenario(AS_OF, [renamed(tables(0), "~a")]),
    "alone_b": Scenario(AS_OF, [renamed(tables(1), "~b")]),
}


# Of rows and tables that no scenario of these has.
NEVER = {
    "quarantine_summary",
    "findings_figures",
    "findings_ledger_proofs",
    "findings_sources",
    "v_lead_score_quality",
}


def published_tables(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        name
        for (name,) in warehouse.execute(
            "select table_name from information_schema.tables"
            " where table_schema in ('marts', 'reporting', 'quality') order by 1"
        ).fetchall()
    ]


def rows_of(
    query: Query, table: str, tenant: str, without: Collection[str] = frozenset()
) -> list[str]:
    def plain(value: object) -> object:
        return value.replace("~a", "").replace("~b", "") if isinstance(value, str) else value

    rows = query(f'select * exclude (tenant_id) from "{table}" where tenant_id = ?', tenant)
    skip = {"name"} if table == "tenants" else without
    return sorted(
        repr({name: plain(value) for name, value in row.items() if name not in skip})
        for row in rows
    )


@pytest.mark.parametrize("twin", ["a", "b"])
def test_equal_keys_change_no_row(
    query: Query, warehouse: duckdb.DuckDBPyConnection, twin: str
) -> None:
    empty = []
    for table in published_tables(warehouse):
        alone = rows_of(query, table, f"alone_{twin}")
        assert rows_of(query, table, f"twin_{twin}") == alone, table
        if not alone:
            empty.append(table)
    assert set(empty) <= NEVER


def test_the_twins_differ_wherever_they_have_rows(
    query: Query, warehouse: duckdb.DuckDBPyConnection
) -> None:
    same = [
        table
        for table in published_tables(warehouse)
        if rows_of(query, table, "twin_a") == rows_of(query, table, "twin_b")
    ]
    assert set(same) <= NEVER | {
        "source_freshness",
        "tenants",
    }


def test_no_table_has_a_row_of_a_tenant_that_is_not_registered(
    query: Query, warehouse: duckdb.DuckDBPyConnection
) -> None:
    for table in published_tables(warehouse):
        rows = query(
            f'select distinct tenant_id from "{table}"'
            " where tenant_id is null or tenant_id not in (select tenant_id from tenants)"
        )
        assert rows == [], table
