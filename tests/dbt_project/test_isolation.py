"""Tenants beside each other: with equal keys in every table, each has the rows it has alone.

`twin_a` and `twin_b` share every id, code and name; `alone_a` and `alone_b` have the same rows
under ids that nobody shares. A join or window that forgets the tenant mixes the twins alone. `c`
and `d` have units and instalments as well.
"""

import re
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
    instant,
    lead,
    milestone,
)

AS_OF = day("2026-03-31")
KEYS = {"id", "lead_id", "customer_id", "campaign_id", "assigned_to", "source", "source_code"} | {
    *("reference_document_id", "ledger_code", "project_id", "unit_id", "stage_id", "booking_id"),
    *("demand_voucher", "channel_partner_id", "transferred_from"),
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
            entry("g1", "k1", on[12], "invoice", str(300 + shift))
            | {"created_at": instant(f"{on[14]}T04:00")},
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


def flats(shift: int) -> Tables:
    """Two flats, one of them cancelled and one taken over; one twin paid enough for brokerage."""
    on = [f"2026-0{1 + shift}-{n:02}" for n in range(1, 29)]

    def plan(key: str, of: str, amount: int, **values: object) -> Row:
        return {"id": key, "booking_id": of, "number": 1, "label": "Slab"} | {
            "amount": str(amount + 1000 * shift),
            "tax_amount": "5000",
            "demand_date": day("2025-11-05"),
            "due_date": day("2025-11-20"),
            "demand_voucher": f"INV-{key}",
            **values,
        }

    def invoice(key: str, of: str, amount: int) -> Row:
        due = {"due_date": day("2025-11-20"), "ledger_code": f"INV-{key}"}
        return (
            entry(f"inv-{key}", of, "2025-11-05", "invoice", str(amount + 5000 + 1000 * shift))
            | due
        )

    deal: Row = {"agreement_date": day("2025-11-04"), "channel_partner_id": "cp1", "unit_id": "n1"}
    gone: Row = {"cancellation_date": day(on[4]), "agreement_date": day("2025-11-04")}
    return {
        "projects": [{"id": "p1", "project_name": ["Lake", "Hill"][shift]}],
        "units": [
            {"id": f"n{n}", "project_id": "p1", "unit_number": f"{'AB'[shift]}{n}"}
            | {"status": "blocked", "blocked_until": day(on[0]), "list_price": f"{50 + shift}"}
            | {"unit_type": ["2BHK", "Plot"][shift]}
            for n in (1, 2 + shift)
        ],
        "stages": [
            {"id": "t1", "project_id": "p1", "stage_name": ["Slab", "Roof"][shift]}
            | {"completed_date": day(on[5])}
        ],
        "bookings": [
            booking("b3", "k1", "2025-11-01", str(6000000 + shift), **deal),
            booking("b4", "k2", "2025-11-02", str(7000000 + shift), "cancelled", **gone),
            booking("b5", "k4", on[8], str(6000000 + shift), transferred_from="b3"),
        ],
        "instalments": [
            plan("i1", "b3", [100000, 2000000][shift]),
            plan("i2", "b5", 200000, demand_date=None, demand_voucher=None, stage_id="t1"),
            plan("i3", "b4", 300000),
            plan("i4", "b5", 400000, demand_voucher=None),
        ],
        "ledger_entries": [
            invoice("i1", "k1", [100000, 2000000][shift]),
            invoice("i3", "k2", 300000),
            entry("pi4", "k4", on[9], "payment", str(9000 + shift))
            | {"reference_document_type": "instalment", "reference_document_id": "i4"},
            entry("di4", "k4", on[9], "debit_note", str(405000 + 1000 * shift))
            | {"reference_document_type": "instalment", "reference_document_id": "i4"},
            entry("note", "k4", on[9], "debit_note", str(70 + shift), purpose="interest"),
            *(
                entry(f"pay-{key}", of, "2025-12-20", "payment", str(amount + shift))
                | {"reference_document_id": f"INV-{key}"}
                for key, of, amount in (("i1", "k1", [50000, 1500000][shift]), ("i3", "k2", 50000))
            ),
        ],
        "interest_rates": [
            {"id": "r1", "valid_from": day("2025-01-01"), "rate_percent": str(10 + shift)}
        ],
        "booking_parties": [
            {"id": f"y{n}", "booking_id": "b5", "party_name": f"Y{n}"}
            | {"share_percent": [["60", "40"], ["50", "50"]][shift][n]}
            for n in range(2)
        ],
        "channel_partners": [
            {"id": "cp1", "partner_name": "Nest", "brokerage_percent": str(1 + shift)}
        ],
        "brokerage_entries": [
            {"id": "be1", "channel_partner_id": "cp1", "booking_id": "b3", "kind": "payment"}
            | {"entry_date": day(on[7]), "amount": str(10 + shift)}
        ],
    }


def everything(shift: int) -> Tables:
    """Both together."""
    told, more = tables(shift), flats(shift)
    return {
        name: [*told.get(name, ()), *more.get(name, ())]
        for name in [*told, *(set(more) - set(told))]
    }


def renamed(told: Tables, suffix: str) -> Tables:
    """The same rows with every key made unique to the tenant."""

    def rename(row: Row) -> Row:
        return {
            name: value + suffix if name in KEYS and value is not None else value
            for name, value in row.items()
        }

    return {entity: [rename(row) for row in rows] for entity, rows in told.items()}


PAIRS = {("a", "b"): tables, ("c", "d"): everything}
SCENARIOS = {
    f"{kind}_{twin}": Scenario(AS_OF, [renamed(told(shift), suffix)])
    for pair, told in PAIRS.items()
    for shift, twin in enumerate(pair)
    for kind, suffix in (("twin", ""), ("alone", f"~{twin}"))
}


# Of rows and tables that no scenario of these has.
NEVER = {
    "quarantine_summary",
    "findings_figures",
    "findings_realty_proofs",
    "findings_ids",
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
        return re.sub("~[abcd]", "", value) if isinstance(value, str) else value

    rows = query(f'select * exclude (tenant_id) from "{table}" where tenant_id = ?', tenant)
    skip = {"name"} if table == "tenants" else without
    return sorted(
        repr({name: plain(value) for name, value in row.items() if name not in skip})
        for row in rows
    )


@pytest.mark.parametrize("twin", ["a", "b", "c", "d"])
def test_equal_keys_change_no_row(
    query: Query, warehouse: duckdb.DuckDBPyConnection, twin: str
) -> None:
    for table in published_tables(warehouse):
        alone = rows_of(query, table, f"alone_{twin}")
        assert rows_of(query, table, f"twin_{twin}") == alone, table


def test_every_table_has_rows_of_some_twins(
    query: Query, warehouse: duckdb.DuckDBPyConnection
) -> None:
    empty = [
        table
        for table in published_tables(warehouse)
        if not all(rows_of(query, table, f"twin_{twin}") for twin in "cd")
    ]
    assert set(empty) <= NEVER


def test_the_twins_differ_wherever_they_have_rows(
    query: Query, warehouse: duckdb.DuckDBPyConnection
) -> None:
    for first, second in PAIRS:
        same = [
            table
            for table in published_tables(warehouse)
            if (rows := rows_of(query, table, f"twin_{first}"))
            and rows == rows_of(query, table, f"twin_{second}")
        ]
        assert set(same) <= {"source_freshness", "tenants"}


def test_no_table_has_a_row_of_a_tenant_that_is_not_registered(
    query: Query, warehouse: duckdb.DuckDBPyConnection
) -> None:
    for table in published_tables(warehouse):
        rows = query(
            f'select distinct tenant_id from "{table}"'
            " where tenant_id is null or tenant_id not in (select tenant_id from tenants)"
        )
        assert rows == [], table
