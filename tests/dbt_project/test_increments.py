"""Refreshes in any splits give what one full build gives; the newest version of a row counts.

Each tenant here gets a history of versions over three refreshes: some rows come late, some come
again changed or of another lead, some deleted; and its day, zone, funnel or registration changes
on the way. `whole_<seed>` gets the last versions only, at once, under the last terms.
"""

import random
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest

from tests.dbt_project.conftest import Query, Rows
from tests.dbt_project.scenario import (
    Row,
    Scenario,
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
# So many that a refresh leaves some alone, and others have one row of one entity to be built for.
LEADS = 24
CUSTOMERS = 12
Versions = dict[str, list[list[Row]]]


def history(seed: int) -> Versions:
    """Entity -> refresh -> the rows that arrive with it; three refreshes."""
    draw = random.Random(seed)
    # Every other tenant keeps its ledger by booking.
    plans = seed % 2 == 1

    def some_day() -> date:
        return day("2026-01-01") + timedelta(days=draw.randrange(95))

    def fresh(entity: str, number: int) -> Row:
        key, of, on = f"{entity[0]}{number}", f"l{draw.randrange(LEADS)}", some_day().isoformat()
        match entity:
            case "leads":
                status = draw.choice(["new", "lost", "converted"])
                changed = {"updated_at": instant(f"{some_day()}T20:00")}
                named = {
                    "assigned_to": f"u{draw.randrange(2)}",
                    "campaign_id": f"c{draw.randrange(2)}",
                    "source": f"s{draw.randrange(2)}",
                    "customer_id": f"k{draw.randrange(CUSTOMERS)}",
                }
                row = lead(f"l{number}", f"{on}T05:00", status)
                return row | draw.choice([{}, changed]) | draw.choice([{}, named])
            case "customers":
                return customer(f"k{number}", credit_days=draw.randrange(40))
            case "milestones":
                kind = draw.choice(["contacted", "site_visit", "demo", "booking", "reengaged"])
                due = {"follow_up_required": True, "follow_up_date": some_day()}
                return milestone(key, of, kind, on) | draw.choice([{}, due])
            case "engagement":
                done = {"status": draw.choice(["completed", "failed"]), "duration_seconds": number}
                return contact(key, of, f"{on}T20:00", assigned_to=f"u{draw.randrange(2)}") | done
            case "users":
                return {"id": f"u{number}", "name": draw.choice(["Meera", "Ravi"])}
            case "campaigns":
                name = draw.choice(["Spring", "Diwali"])
                return {"id": f"c{number}", "campaign_code": f"C{number}", "campaign_name": name}
            case "lead_sources":
                channel = draw.choice(["online", "offline"])
                named = {"source_name": "Web", "source_type": "digital", "channel": channel}
                return {"id": f"x{number}", "source_code": f"s{number}"} | named
            case "instalments":
                of = f"b{draw.randrange(12)}"
                asked: Row = {"demand_date": some_day(), "due_date": some_day()}
                voucher: Row = {"demand_voucher": f"V-l{draw.randrange(20)}"}
                plan: Row = {"id": key, "booking_id": of, "number": number, "label": "Slab"}
                plan |= {"amount": str(draw.randrange(1, 9)), "stage_id": f"s{draw.randrange(3)}"}
                waived = {"waived_on": some_day()}
                return plan | draw.choice([asked, asked | voucher, asked | waived, {}])
            case "stages":
                done = draw.choice([{}, {"completed_date": some_day()}])
                return {"id": f"s{number}", "project_id": "p0", "stage_name": "Slab"} | done
            case "units":
                where = {"project_id": "p0", "unit_number": str(number)}
                return {"id": f"n{number}", "status": "available"} | where
            case "interest_rates":
                rate = {"valid_from": some_day(), "rate_percent": str(draw.randrange(5, 20))}
                return {"id": f"r{number}", **rate}
            case "bookings":
                gone = {"status": "cancelled", "updated_at": instant(f"{some_day()}T20:00")}
                dated = gone | {"cancellation_date": some_day()}
                row = booking(key, f"k{draw.randrange(CUSTOMERS)}", on, "10", lead_id=of)
                taken = {"transferred_from": f"b{draw.randrange(12)}"}
                own = draw.choice([{}, {"unit_id": f"n{draw.randrange(3)}"}, taken])
                return row | own | draw.choice([{}, {}, gone, dated])
            case _:
                kind = draw.choice(["invoice", "payment"])
                names = {"reference_document_id": f"V-l{draw.randrange(20)}"}
                undone = names | {"status": "reversed"}
                row = entry(
                    key, f"k{draw.randrange(CUSTOMERS)}", on, kind, str(draw.randrange(1, 9))
                )
                flat: Row = {"booking_id": f"b{draw.randrange(12)}", "value_date": some_day()}
                part: Row = {"reference_document_type": "instalment"}
                part |= {"reference_document_id": f"i{draw.randrange(12)}"}
                about = draw.choice([{}, flat, part, flat | part]) if plans else {}
                certified = {"purpose": "tds"} if plans and kind == "payment" else {}
                more = draw.choice([about, about | certified])
                return row | draw.choice([{}, names, undone]) | more

    sizes = {"leads": LEADS, "customers": CUSTOMERS, "milestones": 24, "engagement": 12}
    sizes |= {"bookings": 12, "ledger_entries": 20}
    if plans:
        sizes |= {"instalments": 12, "stages": 3, "units": 3, "interest_rates": 2}
    # All that carry a name are built anew where it changes: not in every history.
    if draw.random() < 0.5:
        sizes |= {"users": 2, "campaigns": 2, "lead_sources": 2}
    versions: Versions = {}
    for entity, size in sizes.items():
        refreshes: list[list[Row]] = [[], [], []]
        for number in range(size):
            arrivals = sorted(draw.sample(range(3), k=draw.choice([1, 1, 1, 1, 2, 3])))
            for arrival in arrivals:
                row = fresh(entity, number)
                if arrival == arrivals[-1] and draw.random() < 0.15:
                    row["deleted_at"] = instant("2026-03-01T04:00")
                refreshes[arrival].append(row)
        versions[entity] = refreshes
    return versions


def in_refreshes(versions: Versions) -> Scenario:
    return Scenario(
        AS_OF,
        [{entity: rows[number] for entity, rows in versions.items()} for number in range(3)],
    )


def at_once(versions: Versions) -> Scenario:
    """Only the last version of every row but leads, in one batch."""
    last = {
        entity: list({row["id"]: row for arrived in refreshes for row in arrived}.values())
        for entity, refreshes in versions.items()
    }
    # A lead's earlier versions date what later ones repeat.
    last["leads"] = [row for arrived in versions["leads"] for row in arrived]
    return Scenario(AS_OF, [last])


FUNNEL = {"lead_generated": 0, "demo": 1, "site_visit": 2, "booking": 3}
# What else changes between refreshes; each tenant ends as the whole one does.
CHANGES: list[dict[int, dict[str, object]]] = [
    {},
    {0: {"as_of": day("2026-02-10")}, 1: {"as_of": day("2026-03-01")}},
    {0: {"as_of": day("2026-04-20")}, 1: {"as_of": day("2026-02-28")}},
    {0: {"zone": "America/Sao_Paulo"}, 1: {"zone": "Europe/London"}},
    {0: {"stages": FUNNEL}, 1: {"stages": FUNNEL}},
    {0: {"realty": {"tds": {"threshold": 5, "percent": 50}}}},
    {0: {"registered": False}},
    {1: {"registered": False}},
]
SEEDS = range(4 * len(CHANGES))
SCENARIOS = {
    f"split_{seed}": replace(in_refreshes(history(seed)), before=CHANGES[seed % len(CHANGES)])
    for seed in SEEDS
} | {f"whole_{seed}": at_once(history(seed)) for seed in SEEDS}
# In the registry at first, and not any more.
SCENARIOS["gone"] = Scenario(
    AS_OF, [at_once(history(99)).batches[0]], registered=False, before={0: {"registered": True}}
)
# Say when and from where rows came, which differs by design.
ARRIVAL = {"source_freshness", "ledger_entry_states"}
BATCH = {"batch_id"}


@pytest.mark.parametrize("seed", SEEDS)
def test_refreshes_give_what_one_build_gives(
    query: Query, warehouse: duckdb.DuckDBPyConnection, seed: int
) -> None:
    for table in set(published_tables(warehouse)) - ARRIVAL:
        split = rows_of(query, table, f"split_{seed}", BATCH)
        assert split == rows_of(query, table, f"whole_{seed}", BATCH), table


@pytest.mark.parametrize("table", ["engagement", "milestones"])
def test_fingerprints_say_what_is_published_however_it_came(query: Query, table: str) -> None:
    def fingerprinted(kind: str) -> Rows:
        return query(
            "select split_part(tenant_id, '_', 2) as seed, sum(row_count) as row_count,"
            f" sum(fingerprint)::varchar as fingerprint from fingerprints.{table}"
            f" where tenant_id like '{kind}_%' group by tenant_id order by tenant_id"
        )

    counted = query(
        f"select split_part(tenant_id, '_', 2) as seed, count(*) as row_count from marts.{table}"
        " where tenant_id like 'split_%' group by tenant_id order by tenant_id"
    )
    assert fingerprinted("split") == fingerprinted("whole")
    assert [(row["seed"], row["row_count"]) for row in fingerprinted("split")] == [
        (row["seed"], row["row_count"]) for row in counted
    ]
    parts = query(f"select distinct part from fingerprints.{table} where tenant_id like 'split_%'")
    assert len(parts) == 3


def test_a_deleted_version_stays_in_base_and_counts_nowhere(query: Query) -> None:
    (row,) = query(
        "select count(*) as kept, count(deleted_at) as deleted from base_milestones"
        " where tenant_id like 'split_%'"
    )
    assert (row["kept"], row["deleted"] > 0) == (24 * len(SEEDS), True)
    (row,) = query(
        "select count(*) as counted from stg_milestones join base_milestones as base"
        " on stg_milestones.tenant_id = base.tenant_id and stg_milestones.milestone_id = base.id"
        " where base.deleted_at is not null"
    )
    assert row["counted"] == 0
