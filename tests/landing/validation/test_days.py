"""Days out of instants, and days that no contract takes: one row's affair on every path."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.landing.validation.days import days_of, read_dates
from pipeline.landing.validation.dialect import Dialect
from pipeline.landing.validation.typed import as_text
from tests.landing.conftest import House

KOLKATA, LONDON = ZoneInfo("Asia/Kolkata"), ZoneInfo("Europe/London")
TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2070, 1, 1))


@given(TIMES, st.sampled_from([KOLKATA, LONDON]))
def test_an_instant_is_the_tenant_s_local_day(at: datetime, local: ZoneInfo) -> None:
    instant = at.replace(microsecond=0, tzinfo=UTC)
    text = pl.Series([instant.isoformat()])
    found = read_dates(text, pl.Series(["t"]), Dialect(KOLKATA, local=local))
    assert found.item() == instant.astimezone(local).date()


@given(TIMES)
def test_a_time_without_a_zone_is_of_the_source_s_clock(at: datetime) -> None:
    at = at.replace(microsecond=0)
    text = pl.Series([at.isoformat(sep=" ")])
    found = read_dates(text, pl.Series(["t"]), Dialect(ZoneInfo("UTC"), local=KOLKATA)).item()
    is_midnight = at.time() == at.time().min
    expected = at.date() if is_midnight else (at + timedelta(hours=5, minutes=30)).date()
    assert found == expected


def test_each_tenant_of_a_table_has_its_own_days() -> None:
    instants = pl.Series([datetime(2026, 9, 12, 20, 15, tzinfo=UTC)] * 3)
    dialect = Dialect(
        ZoneInfo("UTC"), local={"east": KOLKATA, "west": ZoneInfo("America/New_York")}
    )
    days = days_of(instants, pl.Series(["east", "west", None]), dialect)
    assert days.to_list() == [date(2026, 9, 13), date(2026, 9, 12), date(2026, 9, 12)]


@given(st.integers(-(2**31) + 1, 2**31 - 1))
def test_any_day_that_a_column_can_hold_has_a_text(days: int) -> None:
    assert as_text(pl.Series([days], dtype=pl.Int32).cast(pl.Date)).item()


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(["ms", "us", "ns"]))
def test_any_moment_that_a_column_can_hold_has_a_text(
    number: int, unit: Literal["ms", "us", "ns"]
) -> None:
    assert as_text(pl.Series([number], dtype=pl.Int64).cast(pl.Datetime(unit))).item()


ENDS_32, ENDS_64 = (-(2**31), 2**31 - 1), (-(2**63) + 10**9, 2**63 - 1)
TYPES = [
    *[(pa.date32(), end) for end in (*ENDS_32, 157_000)],
    *[(pa.date64(), end // 86_400_000 * 86_400_000) for end in ENDS_64],
    *[(pa.timestamp(unit), end) for unit in ("ms", "us", "ns") for end in ENDS_64],
    *[(pa.timestamp(unit, "UTC"), end) for unit in ("ms", "us") for end in ENDS_64],
]


@pytest.mark.parametrize(("kind", "number"), TYPES)
def test_a_day_out_of_range_in_parquet_is_one_row_s_affair(
    house: House, kind: pa.DataType, number: int
) -> None:
    size = pa.int32() if pa.types.is_date32(kind) else pa.int64()
    day = 20_000 if pa.types.is_date32(kind) else _same_day(kind)
    days = pa.array([day, number, None], size).cast(kind)
    table = pa.table(
        {
            "id": ["M1", "M2", "M3"],
            "lead_id": ["L", "L", "L"],
            "milestone_type": ["demo"] * 3,
            "milestone_date": days,
            "follow_up_date": days,
            "created_at": days,
        }
    )
    stream = io.BytesIO()
    pq.write_table(table, stream, coerce_timestamps=None)
    house.put("skyline/milestones.parquet", stream.getvalue())
    house.put("tidewater/users.csv", "id,name", "U1,Asha")
    house.ingest()
    assert house.raw("milestones").select("id", "milestone_date").rows() == [
        ("M1", date(2024, 10, 4))
    ]
    bad = dict(house.quarantine("milestones").select("record_key", "reason_text").rows())
    assert set(bad) == {"M2", "M3"}
    assert "milestone_date" in bad["M2"]
    assert house.raw("users")["id"].to_list() == ["U1"]


def _same_day(kind: pa.DataType) -> int:
    if pa.types.is_date64(kind):
        return 20_000 * 86_400_000
    return 20_000 * 86_400 * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]


TEXTS = [
    *("2400-01-01", "9999-12-31", "0001-01-01", "1969-12-31", "99999999", "99999", "00000"),
    *("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2400-01-01 10:00:00"),
    *("99999.999999", "-1", "+294276-12-31", "31/12/2400", "2026-02-30", "infinity"),
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("form", ["ISO", "DD/MM/YYYY"])
def test_a_day_out_of_range_in_text_is_one_row_s_affair(house: House, text: str, form: str) -> None:
    house.ws.sources_file.write_text(f"inbox: {{settle_seconds: 0, date_format: {form}}}\n")
    header = "id,lead_id,milestone_type,milestone_date,created_at"
    house.put("skyline/milestones.csv", header, "M1,L,demo,2026-01-05,", f"M2,L,demo,{text},{text}")
    house.ingest()
    assert house.raw("milestones")["id"].to_list() == ["M1"]
    assert "milestone_date" in house.quarantine("milestones")["reason_text"].item()


@pytest.mark.parametrize(
    "kind", ["decimal256", "duration", "list", "half", "binary", "large", "map"]
)
def test_a_column_of_a_type_that_some_library_does_not_know_stops_nobody(
    house: House, kind: str
) -> None:
    strange = {
        "decimal256": pa.array([Decimal("1.50")], pa.decimal256(60, 2)),
        "duration": pa.array([5], pa.duration("s")),
        "list": pa.array([[1, None]], pa.list_(pa.int8())),
        "half": pa.array([1.5], pa.float32()).cast(pa.float16()),
        "binary": pa.array([b"\xff\x00"], pa.binary()),
        "large": pa.array(["x"], pa.large_string()),
        "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8())),
    }[kind]
    stream = io.BytesIO()
    pq.write_table(pa.table({"id": ["U1"], "name": ["Asha"], "strange": strange}), stream)
    house.put("skyline/users.parquet", stream.getvalue())
    house.put("tidewater/users.csv", "id,name", "U2,Ravi")
    house.ingest()
    assert sorted(house.raw("users")["id"]) == ["U1", "U2"]
