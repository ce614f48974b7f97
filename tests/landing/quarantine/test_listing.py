"""What is open in quarantine, and how it gets closed."""

from datetime import timedelta
from typing import Any

import polars as pl

from pipeline.landing.quarantine.listing import Reason, quarantined_rows, summarise
from tests.landing.conftest import House

HEADER = "id,name,email"


def test_an_open_row_says_what_is_wrong_and_where(house: House) -> None:
    house.put("skyline/users.csv", HEADER, "U1,Asha,", "U2,,ravi@x")
    house.ingest()
    (row,) = quarantined_rows(house.ws)
    assert (row.tenant, row.entity, row.source_file, row.source_row, row.record_key) == (
        "skyline",
        "users",
        "skyline/users.csv",
        3,
        "U2",
    )
    assert row.original == {"id": "U2", "name": None, "email": "ravi@x"}
    assert row.reasons == (Reason("name", "required", "a value is required"),)
    assert row.since == house.now


def test_a_row_is_closed_when_its_id_lands_or_its_file_is_read_again(house: House) -> None:
    house.put("skyline/users.csv", HEADER, "U1,,", ",Ravi,", "U3,,")
    house.put("skyline/users_2.csv", HEADER, "U4,,", ",Meena,")
    house.ingest()
    assert len(quarantined_rows(house.ws)) == 5
    house.put("skyline/users_3.csv", HEADER, "U4,Farah,")
    house.put("skyline/users.csv", HEADER, "U1,Asha,", "U2,Ravi,", "U3,,x")
    house.ingest()
    assert [(row.source_file, row.record_key) for row in quarantined_rows(house.ws)] == [
        ("skyline/users_2.csv", None),
        ("skyline/users.csv", "U3"),
    ]
    done = quarantined_rows(house.ws, resolved=True)
    assert [(row.source_file, row.record_key) for row in done] == [
        ("skyline/users.csv", "U1"),
        ("skyline/users.csv", None),
        ("skyline/users.csv", "U3"),
        ("skyline/users_2.csv", "U4"),
    ]
    # When, and by which batch; the first that did, whatever comes later.
    first, second = house.batches("users")
    assert {(row.batch_id, row.resolved_by) for row in done} == {(first, second)}
    assert {row.resolved_at - row.since for row in done if row.resolved_at} == {timedelta(hours=1)}
    house.put("skyline/users_4.csv", HEADER, "U1,Asha R,")
    house.ingest()
    assert quarantined_rows(house.ws, resolved=True) == done


def test_the_models_are_told_which_rows_were_dealt_with(house: House) -> None:
    def told() -> list[tuple[Any, ...]]:
        rows = pl.read_parquet(house.ws.raw("quarantine_resolved") / "newest.parquet")
        return rows.select("entity", "source_file", "source_row", "resolved_by").rows()

    house.put("skyline/users.csv", HEADER, "U1,,", "U2,,")
    house.put("skyline/customers.csv", "id,customer_name", "C1,")
    house.ingest()
    assert told() == []
    house.put("skyline/users_2.csv", HEADER, "U1,Asha,")
    batch = house.ingest().batches["users"]
    wanted = [("users", "skyline/users.csv", 2, batch)]
    assert told() == wanted
    # Whoever loses the list, or is killed before it is written, has it again.
    (house.ws.raw("quarantine_resolved") / "newest.parquet").write_bytes(b"cut")
    house.ingest()
    assert told() == wanted
    house.put("skyline/customers.csv", "id,customer_name", "C1,Asha")
    later = house.ingest().batches["customers"]
    assert told() == [("customers", "skyline/customers.csv", 2, later), *wanted]


def test_the_same_id_of_another_tenant_closes_nothing(house: House) -> None:
    house.put("skyline/users.csv", HEADER, "U1,,")
    house.ingest()
    house.put("tidewater/users.csv", HEADER, "U1,Tom,")
    house.ingest()
    assert [row.tenant for row in quarantined_rows(house.ws)] == ["skyline"]


def test_by_tenant_and_entity(house: House) -> None:
    house.put("skyline/users.csv", HEADER, "U1,,")
    house.put("tidewater/users.csv", HEADER, "U1,,")
    house.put("tidewater/customers.csv", "id,customer_name", "C1,")
    house.ingest()
    assert len(quarantined_rows(house.ws)) == 3
    assert len(quarantined_rows(house.ws, tenant="tidewater")) == 2
    (row,) = quarantined_rows(house.ws, tenant="tidewater", entities=["customers"])
    assert row.record_key == "C1"


def test_the_summary_counts_by_file_and_names_the_commonest_reason(house: House) -> None:
    house.put("skyline/users.csv", HEADER, "U1,,", "U2,,", "U3", "U4,x,y")
    house.put("tidewater/users.csv", HEADER, "U1,,")
    house.ingest()
    found = summarise(quarantined_rows(house.ws))
    assert [(s.tenant, s.entity, s.source_file, s.rows, s.top_reason) for s in found] == [
        ("skyline", "users", "skyline/users.csv", 3, "name: required"),
        ("tidewater", "users", "tidewater/users.csv", 1, "name: required"),
    ]
    assert {(s.first_seen, s.last_seen) for s in found} == {(house.now, house.now)}


def test_an_attempt_that_did_not_happen_is_not_listed(house: House) -> None:
    house.put("skyline/users.csv", HEADER, "U1,,")
    batch = house.ingest().batches["users"]
    (house.ws.raw("users") / f"{batch}.parquet").unlink()
    assert quarantined_rows(house.ws) == []


def test_nothing_in_quarantine(house: House) -> None:
    assert quarantined_rows(house.ws) == []
    house.ingest()
    assert summarise(quarantined_rows(house.ws)) == []
