"""The tenants as rows that the models read."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl

from pipeline.config.registry import load_registry
from pipeline.landing.sidecars.registry import land_registry
from tests.landing.conftest import House

AS_OF = {"skyline": date(2026, 3, 31), "tidewater": date(2026, 3, 30)}


def land(house: House, as_of: Mapping[str, date] = AS_OF, hours: int = 0) -> str:
    return land_registry(
        house.ws, load_registry(house.ws), as_of, house.now + timedelta(hours=hours)
    )


def files(house: House, entity: str) -> list[str]:
    return sorted(path.stem for path in house.ws.raw(entity).glob("*.parquet"))


def test_a_row_a_tenant_as_of_its_own_day(house: House) -> None:
    batch = land(house)
    rows = pl.read_parquet(house.ws.raw("tenants") / f"{batch}.parquet")
    days = rows.select("as_of_end_at", "month_start_at")
    assert days.row(0) == (
        datetime(2026, 3, 31, 18, 30, tzinfo=UTC),
        datetime(2026, 2, 28, 18, 30, tzinfo=UTC),
    )
    # London's clocks have gone forward the day before.
    assert days.row(1) == (datetime(2026, 3, 30, 23, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    assert rows["zone_shifts"].to_list() == [None, None]
    assert rows.drop("ingested_at", "zone_shifts", *days.columns).rows() == [
        ("skyline", "Skyline Homes", date(2026, 3, 31), "Asia/Kolkata", "INR", "en_IN", 4, batch),
        ("tidewater", "Tidewater", date(2026, 3, 30), "Europe/London", "GBP", "en_GB", 4, batch),
    ]
    assert rows["ingested_at"].to_list() == [house.now] * 2


def test_the_stages_of_the_funnel_and_a_revisit_is_a_site_visit(house: House) -> None:
    house.tenant("tidewater", "name: T\nfunnel: [lead_generated, site_visit, booking]\n")
    batch = land(house)
    stages = pl.read_parquet(house.ws.raw("tenant_stages") / f"{batch}.parquet")
    ranks = stages.select("milestone_type", "stage_rank", "stage_name")
    assert ranks.filter(stages["tenant_id"] == "tidewater").rows() == [
        ("lead_generated", 0, "lead_generated"),
        ("site_visit", 1, "site_visit"),
        ("revisit", 1, "site_visit"),
        ("booking", 2, "booking"),
    ]
    assert ranks.filter(stages["tenant_id"] == "skyline")["stage_rank"].to_list() == [
        *(0, 1, 2, 2, 3, 4, 5, 6)
    ]


def test_another_refresh_of_the_same_day_lands_nothing(house: House) -> None:
    batch = land(house)
    assert land(house, hours=1) == batch
    later = land(house, {**AS_OF, "skyline": date(2026, 4, 1)}, hours=2)
    assert files(house, "tenants") == files(house, "tenant_stages") == [batch, later]
    house.tenant("skyline", "name: Skyline Homes Ltd\n")
    assert land(house, {**AS_OF, "skyline": date(2026, 4, 1)}, hours=3) > later


def test_going_back_to_an_earlier_day_is_news(house: House) -> None:
    earlier = {**AS_OF, "skyline": date(2026, 3, 1)}
    assert land(house, earlier) < land(house, hours=1) < land(house, earlier, hours=2)


def test_a_run_that_died_between_the_two_files_is_made_good(house: House) -> None:
    batch = land(house)
    (house.ws.raw("tenants") / f"{batch}.parquet").unlink()
    again = land(house)
    assert again > batch
    assert files(house, "tenants") == [again]


def test_what_a_tenant_says_under_realty(house: House) -> None:
    said = "{tds: {percent: 0.1}, reminders: [5], brokerage: {steps: []}}"
    house.tenant("tidewater", f"name: T\nrealty: {said}\n")
    batch = land(house)
    rules = pl.read_parquet(house.ws.raw("tenant_realty") / f"{batch}.parquet")
    assert rules["tenant_id"].to_list() == ["skyline", "tidewater"]
    assert rules["tds_percent"].to_list() == [Decimal(1), Decimal("0.1")]
    assert rules["tds_threshold"].to_list() == [5_000_000] * 2
    steps = pl.read_parquet(house.ws.raw("tenant_realty_steps") / f"{batch}.parquet")
    assert steps.filter(steps["tenant_id"] == "tidewater").rows() == [
        ("tidewater", "reminder", 1, 5, None, None, None, batch)
    ]
    (brokerage,) = steps.filter(
        (steps["tenant_id"] == "skyline") & (steps["kind"] == "brokerage")
    ).rows()
    assert brokerage == ("skyline", "brokerage", 1, None, 20, True, 100, batch)


def test_a_workspace_from_before_these_tables_gets_them(house: House) -> None:
    batch = land(house)
    (house.ws.raw("tenant_realty") / f"{batch}.parquet").unlink()
    again = land(house, hours=1)
    assert again > batch
    assert again in files(house, "tenant_realty")
