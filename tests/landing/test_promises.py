"""What is promised of an ingest, whatever happens: F10, F12, F14, and a kill at any moment."""

import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.contracts import Type
from pipeline.contracts.model import INSTANT
from pipeline.landing.validation.dialect import Dialect
from pipeline.landing.validation.typed import adopt, as_text
from pipeline.landing.validation.values import read_values
from tests.landing.conftest import House

SCRIPT = Path(__file__).with_name("ingest_once.py")
HEADER = "id,customer_id,ledger_code,ledger_date,transaction_type,debit_amount"


def ledger(rows: int, tag: str = "E") -> list[str]:
    return [
        f"{tag}{n},C{n % 50},V,2026-01-{1 + n % 28:02},{'invoice' if n % 3 else 'someday'},{n}.05"
        for n in range(rows)
    ]


def everything(house: House) -> list[pl.DataFrame]:
    """Raw and quarantine as sets of rows."""
    frames = []
    for entity in ("ledger_entries", "users"):
        raw = house.raw(entity).drop("batch_id", "ingested_at")
        bad = house.quarantine(entity).drop("batch_id", "ingested_at")
        frames += [raw.sort("source_file", "source_row"), bad.sort("source_file", "source_row")]
    return frames


@pytest.mark.slow
def test_killed_at_any_moment_and_run_again(house: House, full: bool) -> None:
    """`kill -9` at random points: raw and quarantine equal the undisturbed run's."""
    house.put("skyline/ledger_entries.csv", HEADER, *ledger(60_000))
    house.put("tidewater/ledger_entries_2.csv", HEADER, *ledger(20_000, "T"), *ledger(50, "T"))
    house.put("skyline/users.csv", "id,name", "U1,Asha", "U2,", "U1,Asha Rao")
    begin = time.monotonic()
    house.ingest()
    lasts = time.monotonic() - begin
    wanted = everything(house)
    choice = random.Random(5)
    killed = 0
    for _ in range(30 if full else 3):
        for root in (house.ws.raw_root, house.ws.quarantine_root, house.ws.state):
            shutil.rmtree(root)
        with subprocess.Popen(
            [sys.executable, SCRIPT, house.ws.root], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(choice.random() * lasts)
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
        house.ingest(now=house.now)
        for found, expected in zip(everything(house), wanted, strict=True):
            assert found.equals(expected)
        assert not house.ws.path("state", "ingest").exists()
    assert killed


def test_delivered_again_renamed_corrected_and_in_any_order_it_is_one_content(
    house: House, full: bool
) -> None:
    """F12: one logical hash, whatever the order in which the files come."""
    files = {
        "users_a.csv": ["id,name,team", "U1,Asha,North", "U2,Ravi,South"],
        "users_b.csv": ["id,name,team", "U3,Meena,", "U4,Farah,East"],
        "users_b_again.csv": ["id,name,team", "U3,Meena,", "U4,Farah,East"],
        "users_c.csv.gz": ["name,id,team", "Tom,U5,West", "Asha,U1,North"],
    }
    correction = ["id,name,team", "U2,Ravi K,South", "U5,Tom,North"]
    found = set()
    for seed in range(20 if full else 5):
        order = list(files.items())
        random.Random(seed).shuffle(order)
        for root in (house.ws.raw_root, house.ws.quarantine_root, house.ws.inbox_root):
            shutil.rmtree(root, ignore_errors=True)
        for number, (name, lines) in enumerate(order):
            # By itself or together with the next; under a name of its own each time.
            house.put(f"skyline/users_{seed}_{number}_{name.removeprefix('users_')}", *lines)
            if random.Random(seed * 100 + number).random() < 0.5:
                house.ingest()
        house.ingest()
        house.put(f"skyline/users_{seed}_z.csv", *correction)
        house.ingest()
        found.add(house.newest("users").write_csv())
    assert len(found) == 1


KINDS = {
    "required": lambda n: f"B{n},,V,2026-01-05,invoice,1",
    "date": lambda n: f"B{n},C,V,05/01/2026,invoice,1",
    "number": lambda n: f"B{n},C,V,2026-01-05,invoice,1 000",
    "enumeration": lambda n: f"B{n},C,V,2026-01-05,Invoice,1",
    "negative": lambda n: f"B{n},C,V,2026-01-05,invoice,-1",
    "decimals": lambda n: f"B{n},C,V,2026-01-05,invoice,1.005",
    "early": lambda n: f"B{n},C,V,1969-12-31,invoice,1",
    "late": lambda n: f"B{n},C,V,2077-01-01,invoice,1",
    "too large": lambda n: f"B{n},C,V,2026-01-05,invoice,99999999999999999.00",
    "fields": lambda n: f"B{n},C,V,2026-01-05,invoice,1,extra",
    "nul": lambda n: f"B{n},C\0,V,2026-01-05,invoice,1",
    "no id": lambda n: f",C{n},V,2026-01-05,invoice,1",
}


def test_ten_thousand_bad_rows_of_a_hundred_thousand_each_with_its_reason(house: House) -> None:
    """F10: 90,000 land, 10,000 wait, and the counts add up."""
    makers = list(KINDS.values())
    lines = [
        makers[n // 10 % len(makers)](n) if n % 10 == 0 else f"G{n},C,V,2026-01-05,invoice,{n}.10"
        for n in range(100_000)
    ]
    house.put("skyline/ledger_entries.csv", HEADER, *lines)
    counts = house.counts()["skyline", "ledger_entries"]
    assert (counts.landed, counts.quarantined, counts.rows_read) == (90_000, 10_000, 100_000)
    bad = house.quarantine("ledger_entries")
    assert bad["source_row"].to_list() == [n + 2 for n in range(0, 100_000, 10)]
    assert bad["source_file"].unique().to_list() == ["skyline/ledger_entries.csv"]
    assert bad.filter(pl.col("reason_text").str.len_chars() < 10).is_empty()


AMOUNTS = st.decimals(Decimal(0), Decimal("999999999999999.99"), places=2, allow_nan=False)


@given(st.lists(AMOUNTS, min_size=1, max_size=50))
def test_money_is_exact_to_fifteen_digits_through_every_type(amounts: list[Decimal]) -> None:
    """F14, ingest's half: text, decimals and a spreadsheet's floats."""
    dialect = Dialect(ZoneInfo("UTC"))
    exact = pl.Series("a", amounts, dtype=pl.Decimal(18, 2))
    wide = pl.Series("a", amounts, dtype=pl.Decimal(30, 5))
    for column in (exact.cast(pl.String), as_text(exact), as_text(wide)):
        assert read_values(Type.MONEY, column, dialect).to_list() == amounts
    # A double holds fifteen digits: thirteen before the mark and two behind it.
    small = [amount for amount in amounts if amount < Decimal(10) ** 13]
    floats = pl.Series("a", [float(amount) for amount in small], dtype=pl.Float64)
    assert read_values(Type.MONEY, as_text(floats), dialect).to_list() == small


MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2070, 1, 1))
ZONES = st.sampled_from(
    ["Asia/Kolkata", "Europe/London", "America/Sao_Paulo", "Australia/Lord_Howe"]
)


def adopted(values: pl.Series, dialect: Dialect) -> list[datetime | None]:
    found = adopt(Type.TIMESTAMP, values, dialect)
    assert found is not None
    return found.to_list()


@settings(max_examples=100)
@given(st.lists(MOMENTS, min_size=1, max_size=30), ZONES)
def test_timestamps_are_the_same_to_the_microsecond_as_text_and_typed(
    moments: list[datetime], name: str
) -> None:
    """DST included: what comes twice is the first, what is skipped comes after the gap."""
    zone = ZoneInfo(name)
    dialect = Dialect(zone)
    naive = pl.Series("t", moments, dtype=pl.Datetime("us"))
    instants = [at.replace(tzinfo=zone).astimezone(UTC) for at in moments]
    assert adopted(naive, dialect) == instants
    assert read_values(Type.TIMESTAMP, as_text(naive), dialect).to_list() == instants
    aware = pl.Series("t", instants, dtype=INSTANT)
    nanoseconds = aware.dt.cast_time_unit("ns").dt.convert_time_zone(name)
    for column in (aware, nanoseconds):
        assert adopted(column, dialect) == instants
        assert read_values(Type.TIMESTAMP, as_text(column), dialect).to_list() == instants


def test_a_clock_hour_that_comes_twice_is_the_first_and_a_skipped_one_comes_after_the_gap() -> None:
    dialect = Dialect(ZoneInfo("Europe/London"))
    naive = pl.Series([datetime(2026, 10, 25, 1, 30), datetime(2026, 3, 29, 1, 30)])
    assert adopted(naive.dt.cast_time_unit("us"), dialect) == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize("at", [2**62, -(2**62)])
def test_a_databases_infinity_is_no_timestamp_and_no_crash(at: int) -> None:
    values = pl.Series("t", [at, 0], dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
    assert adopt(Type.TIMESTAMP, values, Dialect(ZoneInfo("UTC"))) is None
    assert as_text(values).to_list() == ["infinity", "1970-01-01T00:00:00.000000+00:00"]


def test_a_cell_of_ten_megabytes_is_read_or_quoted_in_short(house: House) -> None:
    huge = "x" * 10_000_000
    house.put("skyline/users.csv", "id,name,is_active", f"U1,{huge},true", f"U2,Ravi,{huge}")
    house.ingest()
    assert house.raw("users")["name"].str.len_bytes().to_list() == [10_000_000]
    (bad,) = house.quarantine("users").rows(named=True)
    assert len(bad["reason_text"]) < 300
