"""From a database to raw: PostgreSQL and MariaDB, the same rows, as they are."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipeline.config.registry import load_registry
from pipeline.config.workspace import Workspace
from pipeline.landing.quarantine.listing import quarantined_rows
from pipeline.landing.result import RowCounts
from pipeline.sources.databases import table_reading
from pipeline.sources.databases.connect import connect
from pipeline.sources.databases.extract_types import SourceTotal
from pipeline.sources.databases.session import Unreadable
from tests.crm import Crm, new_crm

L1, L2, L3 = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))


@pytest.fixture(params=["postgres", "mariadb"])
def crm(
    request: pytest.FixtureRequest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Crm]:
    server = request.getfixturevalue(request.param)
    with new_crm(server, "tables", workspace, monkeypatch) as crm:
        crm.configure("skyline", "tidewater")
        yield crm


def lead(crm: Crm, key: str, tenant: str = "skyline", **values: str) -> str:
    columns = {
        "id": f"'{key}'",
        "tenant_id": f"'{tenant}'",
        "status": "'new'",
        "created_at": "'2026-01-05 10:00:00'",
        "updated_at": "'2026-01-05 10:00:00'",
        **values,
    }
    return f"INSERT INTO sales_leads ({', '.join(columns)}) VALUES ({', '.join(columns.values())})"


def test_rows_land_as_they_are_with_every_type(crm: Crm) -> None:
    crm.create()
    zone = "+05:30" if crm.is_postgres else ""
    backslash = "\\" if crm.is_postgres else "\\\\"
    crm.execute(
        lead(
            crm,
            L1,
            first_name=f"'Åsa {backslash} O''Brien'",
            probability="33.3333",
            converted_to_customer="true",
            assigned_date="'2026-01-06'",
            created_at=f"'2026-01-05 10:00:00.123456{zone}'",
        ),
        "INSERT INTO sales_lead_milestones (id, tenant_id, lead_id, milestone_type, milestone_date,"
        " milestone_time, metadata, location_latitude, duration_minutes) VALUES"
        f" ('{L2}', 'tidewater', '{L1}', 'site_visit', '2026-01-07', '09:05:00',"
        """ '{"rooms": [1, 2], "note": "é"}', 12.9715987, 45)""",
        "INSERT INTO sales_account_ledgers (id, tenant_id, customer_id, ledger_code, ledger_date,"
        f" transaction_type, debit_amount) VALUES ('{L3}', 'skyline', '{L1}', 'V1', '2026-01-08',"
        " 'invoice', 9999999999999999.99)",
    )
    result = crm.ingest()
    assert [file for file in result.files if file.status == "refused"] == []
    (row,) = crm.raw("leads").rows(named=True)
    assert (row["tenant_id"], row["id"], row["source_system"]) == ("skyline", L1, "crm")
    assert row["first_name"] == "Åsa \\ O'Brien"
    assert row["probability"] == Decimal("33.3333")
    assert row["converted_to_customer"] is True
    assert row["assigned_date"] == date(2026, 1, 6)
    assert row["created_at"] == datetime(2026, 1, 5, 4, 30, 0, 123456, tzinfo=UTC)
    (row,) = crm.raw("milestones").rows(named=True)
    assert (row["tenant_id"], row["milestone_time"]) == ("tidewater", "09:05:00")
    assert json.loads(row["metadata"]) == {"rooms": [1, 2], "note": "é"}
    assert row["location_latitude"] == Decimal("12.9715987")
    (row,) = crm.raw("ledger_entries").rows(named=True)
    assert row["debit_amount"] == Decimal("9999999999999999.99")


def test_white_space_is_dropped_and_an_empty_value_is_none(crm: Crm) -> None:
    crm.create("leads")
    crm.execute(lead(crm, L1, first_name="''", last_name="' Rao '", email="'  '", phone="'1'"))
    crm.ingest(entities=["leads"])
    (row,) = crm.raw("leads").select("first_name", "last_name", "email", "phone").rows()
    assert row == (None, "Rao", None, "1")


def test_what_did_not_change_does_not_land_again(crm: Crm) -> None:
    crm.create("leads")
    crm.execute(lead(crm, L1), lead(crm, L2, "tidewater"))
    assert crm.ingest(entities=["leads"]).counts == {
        ("skyline", "leads"): RowCounts(rows_read=1, landed=1),
        ("tidewater", "leads"): RowCounts(rows_read=1, landed=1),
    }
    assert crm.ingest(entities=["leads"]).batches == {}
    crm.execute(f"UPDATE sales_leads SET status = 'lost' WHERE id = '{L1}'")
    assert crm.ingest(entities=["leads"]).counts["skyline", "leads"] == RowCounts(1, 1)


def test_only_what_changed_is_read_of_a_large_table(crm: Crm) -> None:
    crm.configure(whole_below=1)
    crm.create("leads")
    crm.execute(lead(crm, L1), lead(crm, L2, updated_at="'2026-03-01 10:00:00'"))
    crm.ingest(entities=["leads"])
    crm.execute(lead(crm, L3, updated_at="'2026-03-01 09:55:00'"))
    # Ten minutes of overlap: it commits later than its timestamp says, but not by more.
    counts = crm.ingest(entities=["leads"]).counts["skyline", "leads"]
    assert counts == RowCounts(rows_read=2, landed=1, unchanged=1)
    crm.execute(f"UPDATE sales_leads SET deleted_at = '2026-03-02 10:00:00' WHERE id = '{L1}'")
    assert crm.ingest(entities=["leads"]).counts["skyline", "leads"].landed == 1
    assert crm.newest("leads")["id"].to_list() == [L2, L3]


def test_a_row_that_is_gone_lands_as_deleted_and_comes_back(crm: Crm) -> None:
    crm.create("leads")
    crm.execute(lead(crm, L1), lead(crm, L2))
    crm.ingest(entities=["leads"])
    crm.execute(f"DELETE FROM sales_leads WHERE id = '{L1}'")
    counts = crm.ingest(entities=["leads"]).counts["skyline", "leads"]
    assert counts == RowCounts(rows_read=1, unchanged=1, deleted=1)
    assert crm.newest("leads")["id"].to_list() == [L2]
    assert crm.ingest(entities=["leads"]).batches == {}
    crm.execute(lead(crm, L1))
    assert crm.ingest(entities=["leads"]).counts["skyline", "leads"].landed == 1
    assert crm.newest("leads")["id"].to_list() == [L1, L2]


def test_a_large_table_is_compared_with_the_source_once_a_day(crm: Crm) -> None:
    crm.configure(whole_below=1)
    crm.create("leads")
    crm.execute(lead(crm, L1), lead(crm, L2), lead(crm, L3, updated_at="'2026-03-01 10:00:00'"))
    crm.ingest(entities=["leads"])
    crm.execute(
        f"DELETE FROM sales_leads WHERE id = '{L1}'",
        # Changed by hand, past every trigger: no timestamp tells of it.
        f"UPDATE sales_leads SET status = 'lost' WHERE id = '{L2}'",
    )
    assert crm.ingest(entities=["leads"]).batches == {}
    crm.configure(whole_below=1, reconcile_hours=0)
    counts = crm.ingest(entities=["leads"]).counts["skyline", "leads"]
    assert counts == RowCounts(rows_read=2, landed=1, unchanged=1, deleted=1)


def test_a_bad_row_goes_to_quarantine_once_and_is_resolved_by_being_mended_or_deleted(
    crm: Crm,
) -> None:
    crm.create("leads")
    bad = {"probability": "140", "first_name": "'Ravi'"}
    crm.execute(lead(crm, L1, **bad), lead(crm, L2, **bad), lead(crm, L3))
    counts = crm.ingest(entities=["leads"]).counts["skyline", "leads"]
    assert counts == RowCounts(rows_read=3, landed=1, quarantined=2)
    (first, _) = quarantined_rows(crm.ws)
    assert (first.record_key, first.source_file) == (L1, "crm:sales_leads")
    assert first.original["probability"] == "140.0000"
    assert first.reasons[0].column == "probability"
    assert crm.ingest(entities=["leads"]).batches == {}
    crm.execute(
        f"UPDATE sales_leads SET probability = 40 WHERE id = '{L1}'",
        f"UPDATE sales_leads SET probability = 150 WHERE id = '{L2}'",
    )
    crm.ingest(entities=["leads"])
    (row,) = quarantined_rows(crm.ws)
    assert (row.record_key, row.original["probability"]) == (L2, "150.0000")
    assert crm.newest("leads")["id"].to_list() == [L1, L3]
    crm.execute(f"DELETE FROM sales_leads WHERE id = '{L2}'")
    crm.ingest(entities=["leads"])
    assert quarantined_rows(crm.ws) == []


def test_a_landed_row_that_breaks_is_not_taken_for_deleted(crm: Crm) -> None:
    crm.create("leads")
    crm.execute(lead(crm, L1), lead(crm, L2))
    crm.ingest(entities=["leads"])
    crm.execute(f"UPDATE sales_leads SET probability = 140 WHERE id = '{L1}'")
    for _ in range(2):
        crm.ingest(entities=["leads"])
        assert crm.newest("leads")["id"].to_list() == [L1, L2]


def test_the_sources_own_count_and_sum_are_compared_with_the_warehouses(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.create("ledger_entries")
    values = ", ".join(
        f"('{key}', '{tenant}', 'C', 'V', '2026-01-08', 'invoice', {amount})"
        for key, tenant, amount in (
            (L1, "skyline", "0.10"),
            (L2, "skyline", "-5"),
            (L3, "tidewater", "9999999999999999.99"),
        )
    )
    crm.execute(
        "INSERT INTO sales_account_ledgers (id, tenant_id, customer_id, ledger_code, ledger_date,"
        f" transaction_type, debit_amount) VALUES {values}"
    )
    totals = {total.tenant: total for total in crm.ingest(entities=["ledger_entries"]).totals}
    skyline = totals["skyline"]
    assert (skyline.source_rows, skyline.warehouse_rows, skyline.quarantined_rows) == (2, 1, 1)
    assert all(total.agrees for total in totals.values())
    assert json.loads(crm.ws.path("state", "sources.json").read_text())["totals"][0]["tenant"]
    # The models are told as well, and of what is missing.
    names = ["tenant_id", "source_system", "source_rows", "row_difference", "money_difference"]
    told = crm.raw("source_totals").select(names)
    assert told.rows() == [("skyline", "crm", 2, 0, None), ("tidewater", "crm", 1, 0, None)]
    totals_of = table_reading._totals

    def one_more(*arguments: Any) -> dict[str, SourceTotal]:
        found = totals_of(*arguments)["skyline"]
        sums = {**found.sums, "debit_amount": found.sums["debit_amount"] + Decimal("0.01")}
        return {"skyline": replace(found, rows=found.rows + 1, sums=sums)}

    monkeypatch.setattr(table_reading, "_totals", one_more)
    crm.ingest(entities=["ledger_entries"])
    wrong = ("skyline", "crm", 3, 1, "debit_amount 0.01")
    assert crm.raw("source_totals").select(names).rows()[0] == wrong


def test_a_table_of_another_name_and_other_columns_needs_no_code(crm: Crm) -> None:
    key = '"Lead No"' if crm.is_postgres else "`Lead No`"
    crm.execute(
        f"CREATE TABLE people (org varchar(10), {key} varchar(20) PRIMARY KEY, stage varchar(20),"
        " made_on date, status int)",
        "INSERT INTO people VALUES ('A', 'L-1', 'Closed Won', '2026-01-05', 7),"
        " ('X', 'L-3', 'new', '2026-01-06', 8), ('B', 'L-2', 'odd', '2026-01-06', 8)",
    )
    crm.configure(
        tables={"leads": "people"},
        tenant_column="org",
        tenants={"skyline": "A", "tidewater": "B"},
        columns={"leads": {"id": "Lead No", "status": "stage", "created_at": "made_on"}},
        values={"leads": {"status": {"Closed Won": "converted"}}},
    )
    crm.ingest(entities=["leads"])
    (row,) = crm.raw("leads").rows(named=True)
    assert (row["tenant_id"], row["id"], row["status"]) == ("skyline", "L-1", "converted")
    # A day alone is its midnight in the declared zone; the table's own status is nobody's.
    assert row["created_at"] == datetime(2026, 1, 4, 18, 30, tzinfo=UTC)
    assert json.loads(row["extra"]) == {"status (status)": "7"}
    (bad,) = quarantined_rows(crm.ws)
    assert (bad.tenant, bad.original["stage"]) == ("tidewater", "odd")


def test_rows_of_nobody_are_quarantined_where_all_tenants_are_wanted(crm: Crm) -> None:
    crm.configure(tenants="all")
    crm.create("leads")
    crm.execute(lead(crm, L1), lead(crm, L2, "acme"))
    crm.ingest(entities=["leads"])
    assert crm.raw("leads")["id"].to_list() == [L1]
    (row,) = quarantined_rows(crm.ws)
    assert (row.tenant, row.reasons[0].rule) == ("acme", "tenant")
    assert crm.ingest(entities=["leads"]).batches == {}


def test_a_missing_table_or_column_is_named_and_stops_no_other(crm: Crm) -> None:
    crm.create("leads", "users", "customers")
    crm.execute(
        "ALTER TABLE sales_customers DROP COLUMN customer_name",
        "ALTER TABLE sales_leads DROP COLUMN industry",
        "ALTER TABLE sales_leads ADD COLUMN campaign_note varchar(50)",
        lead(crm, L1, campaign_note="'from the fair'"),
    )
    result = crm.ingest()
    trouble = {file.entity: file.message for file in result.with_status("refused")}
    assert "sales_customers has no column customer_name" in trouble["customers"]
    assert "there is no table sales_bookings" in trouble["bookings"]
    assert "users" not in trouble
    (row,) = crm.raw("leads").rows(named=True)
    assert row["industry"] is None
    assert json.loads(row["extra"]) == {"campaign_note": "from the fair"}
    (leads,) = [file for file in result.with_status("landed") if file.entity == "leads"]
    assert leads.unknown_columns == ("campaign_note",)
    assert "industry" in leads.absent_columns


def test_a_new_column_or_tenant_makes_the_table_be_read_whole(crm: Crm) -> None:
    crm.configure("skyline", "tidewater", whole_below=1, tenants=["skyline"])
    crm.create("leads")
    crm.execute(lead(crm, L1), lead(crm, L2, "tidewater"))
    crm.ingest(entities=["leads"])
    assert crm.newest("leads")["tenant_id"].to_list() == ["skyline"]
    crm.configure(whole_below=1, tenants=["skyline", "tidewater"])
    crm.ingest(entities=["leads"])
    assert crm.newest("leads")["tenant_id"].to_list() == ["skyline", "tidewater"]
    crm.execute("ALTER TABLE sales_leads ADD COLUMN grade varchar(5) DEFAULT 'A'")
    crm.ingest(entities=["leads"])
    assert crm.newest("leads")["extra"].to_list() == ['{"grade":"A"}'] * 2


def test_an_emptied_table_deletes_nothing_unless_that_is_meant(crm: Crm) -> None:
    crm.create("users")
    many = ", ".join(f"('{n:08}-0000-4000-8000-000000000000', 'skyline', 'N')" for n in range(150))
    crm.execute(f"INSERT INTO users (id, tenant_id, name) VALUES {many}")
    crm.configure("skyline", tables={"users": "users"})
    crm.ingest(entities=["users"])
    crm.execute("DELETE FROM users")
    result = crm.ingest(entities=["users"])
    assert "has no rows of skyline any more, though 150 landed" in result.sources[0].trouble[0]
    assert len(crm.newest("users")) == 150
    crm.configure("skyline", tables={"users": "users"}, may_be_empty=["users"])
    crm.ingest(entities=["users"])
    assert crm.newest("users").is_empty()


def test_a_database_that_cannot_be_reached_is_named_and_stops_no_inbox(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.sources.databases.extract._TRIES", 1)
    nowhere = crm.server.url().replace(f":{crm.server.port}", ":1")
    monkeypatch.setenv("MILEPOST_TEST_CRM_URL", nowhere)
    inbox = crm.ws.inbox("skyline")
    inbox.mkdir(parents=True)
    (inbox / "users.csv").write_text("id,name\nU1,Asha\n")
    result = crm.ingest()
    assert "source crm: no connection" in result.sources[0].trouble[0]
    assert len(result.sources[0].trouble) == 1
    assert len(crm.raw("users")) == 1


def test_zone_less_times_need_a_declared_zone(crm: Crm) -> None:
    crm.configure(timezone=None)
    crm.create("users")
    naive = "timestamp" if crm.is_postgres else "datetime"
    crm.execute(
        "CREATE TABLE times (id varchar(9) PRIMARY KEY, tenant_id varchar(9), name varchar(9),"
        f" created_at {naive})"
    )
    crm.configure(timezone=None, tables={"users": "times"})
    (problem,) = crm.ingest(entities=["users"]).with_status("refused")
    assert "timestamps without a zone (created_at)" in problem.message
    crm.execute(
        "INSERT INTO times VALUES ('1', 'skyline', 'N', '2026-10-25 01:30:00'),"
        " ('2', 'skyline', 'N', '2026-03-29 01:30:00')"
    )
    crm.configure(timezone="Europe/London", tables={"users": "times"})
    crm.ingest(entities=["users"])
    assert crm.newest("users")["created_at"].to_list() == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # twice: the first
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),  # skipped: after the gap
    ]


def test_the_session_cannot_write(crm: Crm) -> None:
    crm.create("users")
    source = load_registry(crm.ws).databases()["crm"]
    with connect("crm", source) as session, pytest.raises(Unreadable, match="read-only|READ ONLY"):
        session.rows("DELETE FROM users")
    assert crm.execute("SELECT count(*) FROM users") == [(0,)]
