"""Data that nobody here made lands whole: the counts and sums of its published answers."""

import shutil
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.landing.conftest import House

OLIST = {
    "leads": 8_000,
    "milestones": 8_842,
    "bookings": 4_518,
    "ledger_entries": 9_232,
    "customers": 380,
    "campaigns": 495,
    "lead_sources": 10,
}
ONLINE_RETAIL = {"customers": 4_372, "ledger_entries": 22_190}


@pytest.fixture
def landed(house: House, shared_data: Path) -> House:
    house.tenant("olist", "name: Olist\ntimezone: America/Sao_Paulo\ncurrency: BRL\n")
    house.tenant("online_retail", "name: Retail\ntimezone: Europe/London\ncurrency: GBP\n")
    for tenant in ("olist", "online_retail"):
        shutil.copytree(shared_data / tenant, house.ws.inbox(tenant))
        (house.ws.inbox(tenant) / "expected.json").unlink()
    return house


def test_every_row_lands_and_none_twice(landed: House) -> None:
    result = landed.ingest()
    counts = {key: count.landed for key, count in result.counts.items()}
    assert counts == {
        **{("olist", entity): rows for entity, rows in OLIST.items()},
        **{("online_retail", entity): rows for entity, rows in ONLINE_RETAIL.items()},
    }
    assert all(count.rows_read == count.landed for count in result.counts.values())
    assert {file.status for file in result.files} == {"landed"}
    assert {file.status for file in landed.ingest().files} == {"known"}

    ledger = landed.raw("ledger_entries").group_by("tenant_id", "transaction_type")
    sums = ledger.agg(pl.col("debit_amount").sum(), pl.col("credit_amount").sum())
    assert sorted(sums.rows()) == [
        ("olist", "invoice", Decimal("775815.63"), Decimal("0.00")),
        ("olist", "payment", Decimal("0.00"), Decimal("775833.92")),
        ("online_retail", "credit_note", Decimal("0.00"), Decimal("611342.09")),
        ("online_retail", "invoice", Decimal("8911407.90"), Decimal("0.00")),
    ]
    flags = landed.raw("ledger_entries")["quality_flags"].value_counts()
    assert sorted(flags.rows(), key=repr) == [("zero_amount", 4), (None, 9_232 + 22_190 - 4)]
