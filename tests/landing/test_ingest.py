"""From inbox to raw: what lands, what does not land twice, and what is said of it."""

import json
import re
import shutil
from datetime import timedelta
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts import CONTRACTS, Contract
from pipeline.core.errors import ConfigError, MilepostError
from pipeline.landing.batches.batches import CONTRACT_BATCH, METADATA_KEY, read_batches
from pipeline.landing.batches.schema import QUARANTINE, raw_schema
from pipeline.landing.comparison.key_file import SCHEMA, KeyFile
from pipeline.landing.result import RowCounts
from tests.landing.conftest import House

USERS = ["id,name,team", "U1,Asha,North", "U2,Ravi,South", "U3,Meena,"]
LEDGER = "id,customer_id,ledger_code,ledger_date,transaction_type,debit_amount,credit_amount"


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda c: c.entity)
def test_before_any_delivery_each_folder_holds_the_whole_schema(
    house: House, contract: Contract
) -> None:
    result = house.ingest()
    assert (result.batches, result.files) == ({}, ())
    raw = house.ws.raw(contract.entity)
    assert [path.stem for path in raw.glob("*")] == [CONTRACT_BATCH]
    assert house.raw(contract.entity).schema == pl.Schema(raw_schema(contract))
    assert house.quarantine(contract.entity).schema == pl.Schema(QUARANTINE)


def test_rows_land_with_where_they_come_from(house: House) -> None:
    house.put("skyline/users.csv", *USERS)
    result = house.ingest()
    rows = house.raw("users")
    assert rows.select("tenant_id", "id", "name", "team", "source_file", "source_row").rows() == [
        ("skyline", "U1", "Asha", "North", "skyline/users.csv", 2),
        ("skyline", "U2", "Ravi", "South", "skyline/users.csv", 3),
        ("skyline", "U3", "Meena", None, "skyline/users.csv", 4),
    ]
    assert rows["batch_id"].unique().to_list() == [result.batches["users"]]
    assert rows["source_system"].unique().to_list() == ["inbox"]
    assert rows["ingested_at"].unique().to_list() == [house.now]


def test_a_source_of_leads_keeps_its_own_name(house: House) -> None:
    house.put(
        "skyline/lead_sources.csv", "id,source_code,source_name,source_type", "1,g,Google,digital"
    )
    house.ingest()
    assert house.raw("lead_sources")["source_name"].to_list() == ["Google"]


def test_all_tenants_and_files_of_an_entity_make_one_batch(house: House) -> None:
    house.put("skyline/users.csv", *USERS)
    house.put("skyline/users_2.csv.gz", "id,name", "U4,Farah")
    house.put("tidewater/users.csv", "name,id", "Tom,U1")
    result = house.ingest()
    assert house.batches("users") == [result.batches["users"]]
    assert result.counts == {
        ("skyline", "users"): RowCounts(rows_read=4, landed=4),
        ("tidewater", "users"): RowCounts(rows_read=1, landed=1),
    }
    assert house.raw("users").filter(tenant_id="tidewater")["name"].to_list() == ["Tom"]


def test_only_the_entities_that_are_asked_for(house: House) -> None:
    house.put("skyline/users.csv", *USERS)
    assert house.counts(entities=["leads"]) == {}
    with pytest.raises(ConfigError, match="no entity invoices; there are leads"):
        house.ingest(entities=["invoices"])


def test_a_file_lands_once_under_whatever_name(house: House) -> None:
    house.put("skyline/users.csv", *USERS)
    house.put("skyline/users_copy.csv", *USERS)
    first = house.ingest()
    assert [(file.path, file.status, file.message) for file in first.files] == [
        ("skyline/users_copy.csv", "known", "has the content of skyline/users.csv"),
        ("skyline/users.csv", "landed", ""),
    ]
    (house.ws.inbox("skyline") / "users.csv").rename(house.ws.inbox("skyline") / "users_may.csv")
    again = house.ingest()
    assert (again.batches, {file.status for file in again.files}) == ({}, {"known"})
    assert len(house.raw("users")) == 3


def test_the_same_file_of_another_tenant_is_another_delivery(house: House) -> None:
    house.put("skyline/users.csv", *USERS)
    house.ingest()
    house.put("tidewater/users.csv", *USERS)
    assert house.counts() == {("tidewater", "users"): RowCounts(rows_read=3, landed=3)}


def test_a_corrected_file_lands_its_new_rows(house: House) -> None:
    house.put("skyline/users.csv", *USERS)
    house.ingest()
    house.put("skyline/users.csv", *USERS[:2], "U2,Ravi,East", "U3,Meena,", "U4,Farah,North")
    assert house.counts() == {("skyline", "users"): RowCounts(rows_read=4, landed=2, unchanged=2)}
    assert house.newest("users")["team"].to_list() == ["North", "East", None, "North"]
    assert len(house.raw("users")) == 5


def test_another_spelling_of_the_same_content_is_no_change(house: House) -> None:
    house.put("skyline/ledger_entries.csv", LEDGER, "1,C1,V1,2026-01-05,payment,0,100.50")
    house.ingest()
    house.put(
        "skyline/ledger_entries.csv",
        f"credit_amount,remarks,{LEDGER.removesuffix(',credit_amount')}",
        "0100.5000,, 1 ,C1,V1,20260105,payment,0.00",
    )
    assert house.counts() == {("skyline", "ledger_entries"): RowCounts(rows_read=1, unchanged=1)}


def test_what_landed_with_other_row_hashes_is_known_by_its_values(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of DuckDB may compute others, and another contract does."""
    with monkeypatch.context() as earlier:
        earlier.setattr(
            "pipeline.landing.comparison.row_hash.raw_schema", lambda _: {"id": pl.String()}
        )
        for module in ("compare", "row_hash"):
            other = f"pipeline.landing.comparison.{module}.row_hash_sql"
            earlier.setattr(other, lambda _: "hash(id, 'of an earlier day')")
        house.put("skyline/users.csv", *USERS)
        house.ingest()
    # As an older contract would have left it: without a column that came later.
    [path] = [
        path for path in house.ws.raw("users").glob("*.parquet") if "contract" not in path.name
    ]
    old = pq.read_table(path)
    pq.write_table(old.drop_columns("deleted_at"), path)
    house.put("skyline/users.csv", *USERS[:2], "U2,Ravi,East", "U3,Meena,", "U4,Farah,North")
    assert house.counts() == {("skyline", "users"): RowCounts(rows_read=4, landed=2, unchanged=2)}
    first, second = read_batches(house.ws, "users")
    assert first.hashed_as != second.hashed_as


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60)), max_size=60))
def test_repeated_keys_are_found_in_all_files_but_refused_ones(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.landing.comparison.key_file._SORTED", 8)
        numbers = KeyFile(tmp_path_factory.mktemp("numbers") / "numbers.arrow")
        for file, key in rows:
            numbers.add(pa.table([[file], [key * 2**40 + key], [0]], schema=SCHEMA))
        for refused in ([], [1]):
            live = [key for file, key in rows if file not in refused]
            assert numbers.have_equal_keys(refused) == (len(set(live)) < len(live))


def test_a_change_of_an_unknown_column_is_a_change(house: House) -> None:
    house.put("skyline/users.csv", "id,name,floor", "U1,Asha,1")
    first = house.ingest()
    house.put("skyline/users.csv", "id,name,floor", "U1,Asha,2")
    house.ingest()
    assert first.files[0].unknown_columns == ("floor",)
    assert house.raw("users")["extra"].to_list() == ['{"floor":"1"}', '{"floor":"2"}']


def test_content_that_comes_back_after_a_change_or_a_deletion_is_a_new_version(
    house: House,
) -> None:
    header = "id,name,deleted_at"
    for row in ("U1,Asha,", "U1,Asha Rao,", "U1,Asha,", "U1,Asha,2026-03-01T10:00:00Z", "U1,Asha,"):
        # Empty lines make each delivery another file without changing the row.
        house.put("skyline/users.csv", header, row, "", *[""] * len(house.batches("users")))
        assert house.counts()["skyline", "users"] == RowCounts(rows_read=1, landed=1)
    assert house.newest("users").select("name", "deleted_at").rows() == [("Asha", None)]


def test_equal_copies_are_one_row_and_of_others_the_last_stands(house: House) -> None:
    house.put("skyline/users.csv", "id,name", "U1,Asha", "U2,Ravi", "U2,Ravi ", "U1,Asha Rao")
    house.put("skyline/users_2.csv", "id,name", "U3,Meena", " U1,Asha", "U1,Asha R.")
    house.put("tidewater/users.csv", "id,name", "U1,Tom", "U2,Una", "U1,Tom")
    assert house.counts() == {
        ("skyline", "users"): RowCounts(rows_read=7, landed=3, duplicates=2, quarantined=2),
        ("tidewater", "users"): RowCounts(rows_read=3, landed=2, duplicates=1),
    }
    assert house.newest("users")["name"].to_list() == ["Asha R.", "Ravi", "Meena", "Tom", "Una"]
    quarantined = house.quarantine("users")
    assert quarantined.select("source_file", "source_row", "record_key", "original").rows() == [
        ("skyline/users.csv", 5, "U1", '{"id":"U1","name":"Asha Rao"}'),
        ("skyline/users_2.csv", 3, "U1", '{"id":" U1","name":"Asha"}'),
    ]
    assert quarantined["reason_text"][0] == (
        "id: row 4 of skyline/users_2.csv has the same id and other content, and is the later one"
    )


def test_a_row_that_a_later_one_replaces_is_quarantined_even_if_it_landed_before(
    house: House,
) -> None:
    house.put("skyline/users.csv", "id,name", "U1,Asha")
    house.ingest()
    house.put("skyline/users.csv", "id,name", "U1,Asha", "U1,Asha Rao")
    assert house.counts()["skyline", "users"] == RowCounts(rows_read=2, landed=1, quarantined=1)
    assert house.quarantine("users")["source_row"].to_list() == [2]


def test_the_order_of_rows_does_not_matter_to_what_stands(house: House) -> None:
    rows = [f"U{number},Name {number % 7},Team {number % 3}" for number in range(500)]
    house.put("skyline/users.csv", "id,name,team", *rows)
    house.put("tidewater/users_b.csv", "team,id,name", *(f"T,U{n},Name" for n in range(0, 500, 2)))
    house.put("tidewater/users_a.csv", "id,name,team", *(f"U{n},Name,T" for n in range(499, 0, -2)))
    house.ingest()
    once = house.newest("users")
    shutil.rmtree(house.ws.inbox_root)
    house.put("tidewater/users.csv.gz", "id,name,team", *(f"U{n},Name,T" for n in range(500)))
    house.put("skyline/users_x.csv", "id,name,team", *reversed(rows))
    counts = house.counts()
    assert {count.landed for count in counts.values()} == {0}
    assert house.newest("users").equals(once)


def test_a_file_that_is_refused_or_waits_stops_no_other(house: House) -> None:
    house.put("skyline/users.csv", *USERS)
    house.put("skyline/users_cut.csv", b"id,name\nU6,Whole\nU7,Cut o")
    house.put("skyline/users_short.csv", *USERS, "U8")
    house.put("skyline/users_wrong.csv", "id,fullname", "U9,X")
    house.put("skyline/users_bytes.csv", b"id,name\nU9,X\n", b"U10,Jos\xe9\n")
    house.put("skyline/customers.ods", "PK")
    house.put("skyline/staff.csv", *USERS)
    result = house.ingest()
    assert [
        (file.path, file.status, re.split(": ?", file.message)[0]) for file in result.files
    ] == [
        (
            "skyline/customers.ods",
            "refused",
            "its name ends with none of .csv, .csv.gz, .tsv, .tsv.gz, .jsonl, .jsonl.gz, .xlsx,"
            " .parquet",
        ),
        (
            "skyline/staff.csv",
            "refused",
            "its name begins with none of " + ", ".join(CONTRACTS),
        ),
        ("skyline/users_bytes.csv", "refused", "is not UTF-8"),
        (
            "skyline/users_cut.csv",
            "waiting",
            "does not end with a line break",
        ),
        ("skyline/users_short.csv", "waiting", "has too few fields in its last row (5)"),
        (
            "skyline/users_wrong.csv",
            "refused",
            "has no column name, which every file of users needs (its name begins with users); its"
            " header is",
        ),
        ("skyline/users.csv", "landed", ""),
    ]
    assert house.raw("users")["id"].to_list() == ["U1", "U2", "U3"]
    assert house.quarantine("users").is_empty()


def test_rows_of_a_file_that_turns_out_cut_do_not_count_as_anyones_duplicates(house: House) -> None:
    house.put("skyline/users.csv", *USERS)
    house.put("skyline/users_2.csv", *USERS[:3], 'U3,"Meena', "U4,x", "")
    assert house.counts() == {("skyline", "users"): RowCounts(rows_read=3, landed=3)}
    house.put("skyline/users_2.csv", *USERS[:3], 'U3,"Meena",', "U4,x,")
    assert house.counts() == {("skyline", "users"): RowCounts(rows_read=4, landed=1, unchanged=3)}


def test_a_short_last_row_of_a_complete_file_is_a_bad_row(house: House) -> None:
    house.put("skyline/users.csv", *USERS, "Total 3")
    (house.ws.inbox("skyline") / "users.csv.done").touch()
    assert house.counts()["skyline", "users"] == RowCounts(rows_read=4, landed=3, quarantined=1)
    (row,) = house.quarantine("users").rows(named=True)
    assert (row["source_row"], row["record_key"], row["original"]) == (
        5,
        None,
        '{"line": "Total 3"}',
    )
    assert json.loads(row["reasons"]) == [
        {"column": None, "rule": "fields", "message": "the row has 1 fields, the header 3"}
    ]


def test_a_file_of_bad_rows_alone_is_known_too(house: House) -> None:
    house.put("skyline/users.csv", "id,name", "U1,", "U2,")
    assert house.counts()["skyline", "users"] == RowCounts(rows_read=2, quarantined=2)
    assert house.raw("users").is_empty()
    assert [file.status for file in house.ingest().files] == ["known"]
    assert len(house.quarantine("users")) == 2


def test_a_batch_says_what_it_read_and_what_became_of_it_to_the_paisa(house: House) -> None:
    big = "9999999999999999.99"
    house.put(
        "skyline/ledger_entries.csv",
        LEDGER,
        f"1,C1,V1,2026-01-05,invoice,{big},",
        f"2,C1,V2,2026-01-06,invoice,{big},0",
        "2,C1,V2,2026-01-06,invoice,7.25,0",
        "3,C1,V3,2026-01-07,payment,,0.10",
        "3,C1,V3,2026-01-07,payment,,0.10",
        "4,C1,V4,2026-01-08,payment,,-3.05",
        "5,C1,V5,someday,payment,,11.11",
    )
    result = house.ingest()
    assert result.counts["skyline", "ledger_entries"] == RowCounts(
        rows_read=7, landed=3, duplicates=1, quarantined=3
    )
    (batch,) = read_batches(house.ws, "ledger_entries")
    (file,) = batch.files
    assert (file.tenant, file.path) == ("skyline", "skyline/ledger_entries.csv")
    amounts = {
        name: {part: Decimal(amount) for part, amount in parts.items()}
        for name, parts in file.sums.items()
    }
    assert amounts["debit_amount"] == {
        "read": 2 * Decimal(big) + Decimal("7.25"),
        "landed": Decimal(big) + Decimal("7.25"),
        "unchanged": 0,
        "duplicates": 0,
        "quarantined": Decimal(big),
        "deleted": 0,
    }
    assert amounts["credit_amount"] == {
        "read": Decimal("8.26"),
        "landed": Decimal("0.10"),
        "unchanged": 0,
        "duplicates": Decimal("0.10"),
        "quarantined": Decimal("8.06"),
        "deleted": 0,
    }
    for folder in (house.ws.raw, house.ws.quarantine):
        path = folder("ledger_entries") / f"{batch.batch_id}.parquet"
        said = json.loads(pq.read_metadata(path).metadata[METADATA_KEY.encode()])
        assert (said["entity"], said["batch_id"]) == ("ledger_entries", batch.batch_id)
        assert said["files"][0]["sha256"] == file.sha256


def test_batches_sort_by_time_even_if_the_clock_went_back(house: House) -> None:
    house.put("skyline/users.csv", *USERS)
    house.ingest(now=house.now)
    for step, hours in enumerate((-5, -5, 3)):
        house.put("skyline/users.csv", *USERS, f"U1{step},New,")
        house.ingest(now=house.now + timedelta(hours=hours))
    stamps = [batch.partition("-")[0] for batch in house.batches("users")]
    assert stamps == [
        "20260401T023000000000",
        "20260401T023000000001",
        "20260401T023000000002",
        "20260401T053000000000",
    ]


def test_the_same_deliveries_at_the_same_time_give_the_same_bytes(house: House) -> None:
    content = []
    for _ in range(2):
        house.put("skyline/users.csv", *USERS)
        house.put("tidewater/users.csv", *USERS[:2], USERS[1], "U1,,")
        result = house.ingest(now=house.now)
        path = house.ws.raw("users") / f"{result.batches['users']}.parquet"
        content.append(path.read_bytes())
        shutil.rmtree(house.ws.raw_root)
    assert content[0] == content[1]


def test_what_an_interrupted_run_left_is_removed(house: House) -> None:
    house.ingest()
    unfinished = [
        house.ws.path("state", "ingest", "rows.parquet"),
        house.ws.raw("users") / ".20260101T000000000000-abcdef.parquet.0123.milepost-tmp",
        house.ws.quarantine("users") / "20260101T000000000000-abcdef.parquet",
    ]
    for path in unfinished:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    house.ingest()
    assert not [path for path in unfinished if path.exists()]
    assert not house.ws.path("state", "ingest").exists()


def test_a_damaged_raw_file_is_named(house: House) -> None:
    house.put("skyline/users.csv", *USERS)
    batch = house.ingest().batches["users"]
    path = house.ws.raw("users") / f"{batch}.parquet"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(MilepostError, match=f"{batch}.parquet cannot be read.*Restore it"):
        house.ingest()


def test_the_contract_file_follows_the_contract(house: House) -> None:
    house.ingest()
    path = house.ws.raw("users") / f"{CONTRACT_BATCH}.parquet"
    whole = path.read_bytes()
    old = pl.read_parquet(path).drop("team")
    pq.write_table(old.to_arrow(), path)
    house.ingest()
    assert path.read_bytes() == whole


def test_pieces_of_a_large_file_make_the_same_batch(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f'U{n},"Name, {n}\n of two lines",{"" if n % 50 else "x,"}' for n in range(3000)]
    house.put("skyline/users.csv", "id,name,team", *rows)
    whole = house.ingest(now=house.now)
    frames = house.newest("users"), house.quarantine("users")
    shutil.rmtree(house.ws.raw_root)
    monkeypatch.setattr("pipeline.sources.files.delimited.PIECE", 1000)
    pieces = house.ingest(now=house.now, threads=3)
    assert pieces == whole
    assert house.newest("users").equals(frames[0])
    assert house.quarantine("users").equals(frames[1])


def test_a_file_that_changes_while_it_is_read_waits(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = house.put("skyline/users.csv", *USERS)
    monkeypatch.setattr("pipeline.sources.files.inbox.Fingerprint.still_holds", lambda *_: False)
    (file,) = house.ingest().files
    assert (file.path, file.status) == (f"skyline/{path.name}", "waiting")
    assert house.raw("users").is_empty()


def test_a_batch_that_does_not_hold_what_was_counted_is_not_committed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.put("skyline/users.csv", *USERS, USERS[1])
    monkeypatch.setattr(
        "pipeline.landing.comparison.row_outcomes.RowOutcomes.any_landing", lambda *_: False
    )
    with pytest.raises(RuntimeError, match="users: counted .* was written"):
        house.ingest()
    assert house.batches("users") == []
    monkeypatch.undo()
    assert house.counts()["skyline", "users"].landed == 3


def test_columns_that_come_and_go_are_said_once(house: House) -> None:
    def drift(header: str, row: str) -> list[object]:
        house.put("skyline/users.csv", header, row)
        [file] = house.ingest().files
        return [file.new_columns, file.gone_columns]

    assert drift("id,name,team,floor", "U1,Asha,North,1") == [("floor",), ()]
    assert drift("id,name,team,floor", "U2,Ravi,North,1") == [(), ()]
    assert drift("id,name,floor,desk", "U3,Meena,1,2") == [("desk",), ("team",)]
    assert drift("id,name,floor", "U4,Farah,1") == [(), ()]
    assert drift("id,name,team,desk", "U5,Om,East,1") == [(), ()]
    assert drift("id,name", "U6,Lata") == [(), ("team",)]


def test_small_files_that_are_judged_together_come_out_as_each_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several tenants, with bad, short and unreadable rows, and files that are no use."""
    house.tenant("harbor", "name: Harbor\n")
    kinds = ["U{n},Asha {n},North", "U{n},,North", "U{n},x", "U{n}, Om ,", "U1,Other {n},East"]
    for number in range(30):
        tenant = ("skyline", "harbor")[number % 2]
        rows = [kinds[(number + n) % len(kinds)].format(n=number * 10 + n) for n in range(7)]
        header = "id,name,team" if number % 7 else "team,name,id,tenant_id"
        rows += [f"East,Ravi,R{number},{('skyline', 'other')[number % 3 > 0]}"] * (not number % 7)
        kept: dict[int, list[str | bytes]] = {11: [b"U98,\xff,\n", "U99,Last,"], 20: ["U99,cut"]}
        endings = kept.get(number, [])
        house.put(f"{tenant}/users_{number}.csv", header, *rows, *endings)
    together = house.ingest(now=house.now)
    frames = house.raw("users"), house.quarantine("users")
    shutil.rmtree(house.ws.raw_root)
    monkeypatch.setattr("pipeline.landing.reading.read._SMALL", -1)
    assert house.ingest(now=house.now) == together
    assert {file.status for file in together.files} == {"landed", "refused", "waiting"}
    assert frames[1].height > 50
    for before, after in zip(frames, (house.raw("users"), house.quarantine("users")), strict=True):
        assert after.equals(before)
