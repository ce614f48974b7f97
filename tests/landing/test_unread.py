"""What is refused, waits or is all in quarantine is seen, since when and why, until mended."""

import os

import polars as pl
import pytest

from pipeline.config.registry import load_registry
from pipeline.config.settings import Settings
from pipeline.contracts import Contract
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.watch import find_notices
from pipeline.doctor.finding import Patient
from pipeline.doctor.sources import examine
from pipeline.landing.control.status import landing_status
from pipeline.landing.sidecars.file_states import unread_files
from pipeline.landing.validation.validate import Block, Context, Validated, validate
from tests.landing.conftest import House

LEADS = "id,status,created_at"


def seen(house: House) -> dict[str, tuple[str, str]]:
    return {each.file: (each.state, each.since) for each in unread_files(house.ws)}


def side_table(house: House) -> pl.DataFrame:
    return pl.read_parquet(house.ws.raw("files_not_read") / "newest.parquet")


def test_a_refused_file_is_seen_since_when_until_it_is_mended(house: House) -> None:
    house.put("skyline/leads.csv", LEADS, "L1,new,2026-01-05")
    house.put("skyline/users.csv", "id,fullname", "U1,Asha")
    result = house.ingest()
    assert result.unread == 1
    first = seen(house)
    assert list(first) == ["skyline/users.csv"]
    house.ingest()
    assert seen(house) == first
    (row,) = side_table(house).rows(named=True)
    assert (row["tenant_id"], row["is_only_data"], row["entity"]) == ("skyline", False, "users")
    (shown,) = landing_status(house.ws)["files_not_read"]
    assert "no column name" in shown["why"]
    house.put("skyline/users.csv", "id,name", "U1,Asha")
    assert house.ingest().unread == 0
    assert seen(house) == {}
    assert side_table(house).is_empty()


def test_who_has_nothing_else_is_told_apart(house: House) -> None:
    house.put("skyline/leads.csv", LEADS, "L1,new,2026-01-05")
    house.put("tidewater/leads.csv", "id,fullname", "L1,Asha")
    house.put("skyline/leads_2.csv", "id,fullname", "L1,Asha")
    house.ingest()
    only = dict(side_table(house).select("source_file", "is_only_data").rows())
    assert only == {"skyline/leads_2.csv": False, "tidewater/leads.csv": True}


def test_a_file_of_which_every_row_is_quarantined_is_seen_as_long_as_it_lies_there(
    house: House,
) -> None:
    house.put("skyline/leads.csv", LEADS, "L1,Open,2026-01-05", "L2,Shut,2026-01-05")
    assert house.ingest().unread == 1
    assert house.ingest().unread == 1
    assert seen(house)["skyline/leads.csv"][0] == "in quarantine"


def test_a_young_file_waits_without_an_alarm(house: House) -> None:
    house.ws.sources_file.write_text("inbox: {settle_seconds: 60}\n")
    house.put("skyline/leads.csv", LEADS, "L1,new,2026-01-05")
    assert house.ingest().unread == 0
    assert seen(house)["skyline/leads.csv"][0] == "waiting"


@pytest.mark.parametrize("end", [b"L2,new,2026-01-06", b"Total,2\n", b"Total,2"])
def test_a_file_without_a_proper_end_is_read_once_it_has_long_been_the_same(
    house: House, end: bytes
) -> None:
    house.ws.sources_file.write_text("inbox: {settle_seconds: 10}\n")
    path = house.put("skyline/leads.csv", LEADS, "L1,new,2026-01-05", end)
    changed = path.stat().st_mtime
    os.utime(path, (changed - 200, changed - 200))
    (file,) = house.ingest(entities=["leads"]).files
    assert file.status == "waiting"
    os.utime(path, (changed - 301, changed - 301))
    (file,) = house.ingest(entities=["leads"]).files
    assert file.status == "landed"
    landed = house.raw("leads")["id"].to_list()
    assert landed == (["L1", "L2"] if end.startswith(b"L2") else ["L1"])
    assert len(house.quarantine("leads")) == (0 if end.startswith(b"L2") else 1)


def test_of_entities_that_were_not_looked_at_what_was_known_stays(house: House) -> None:
    house.put("skyline/leads.csv", "id", "L1")
    house.ingest()
    house.ingest(entities=["users"])
    assert list(seen(house)) == ["skyline/leads.csv"]


def test_the_doctor_names_it_and_the_operator_is_told_once(house: House) -> None:
    house.put("tidewater/leads.csv", "id,fullname", "L1,Asha")
    house.ingest()
    registry = load_registry(house.ws)
    patient = Patient(house.ws, registry, Settings(home=house.ws.root))
    (says,) = [each.says for each in examine(patient) if "is refused" in each.says]
    assert "tidewater/leads.csv" in says
    assert "no other data" in says
    with Deliveries(house.ws.deliveries_file) as record:
        (notice,) = find_notices(house.ws, record, registry.tenants, house.now)
        assert notice.kind == "unread"
        assert "tidewater/leads.csv (Tidewater), refused since" in notice.body
        record.notices.keep_notice(
            "n", notice.kind, notice.tenant, notice.subject, notice.body, notice.about, house.now
        )
        assert find_notices(house.ws, record, registry.tenants, house.now) == []


def test_whatever_a_library_raises_over_a_file_refuses_that_file_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_over(block: Block, contract: Contract, context: Context) -> Validated:
        if "raise" in block.rows.columns:
            raise pl.exceptions.PanicException("of the library")
        return validate(block, contract, context)

    monkeypatch.setattr("pipeline.landing.reading.judge.validate", fail_over)
    house.put("skyline/users.csv", "id,name,raise", "U1,Asha,x")
    house.put("skyline/users_2.csv", "id,name", "U2,Ravi")
    house.put("tidewater/users.csv", "id,name", "U3,Meera")
    result = house.ingest(entities=["users"])
    assert sorted(house.raw("users")["id"]) == ["U2", "U3"]
    (refused,) = result.with_status("refused")
    assert (refused.path, "PanicException" in refused.message) == ("skyline/users.csv", True)
