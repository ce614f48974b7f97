"""Whole columns of times by the one database of zones, as Python's zoneinfo has each of them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import TZPATH, ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.zones import to_local, to_utc
from pipeline.landing.sidecars.zone_shifts import agrees, zone_shifts

ZONES = (
    *("Asia/Kolkata", "Europe/London", "America/Vancouver", "America/Winnipeg"),
    *("Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Gaza"),
)
EPOCH = datetime(1970, 1, 1)
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 30))


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def as_micros(at: datetime) -> int:
    return micros(at.replace(tzinfo=None))


@given(st.sampled_from(ZONES), st.lists(TIMES, min_size=1, max_size=20))
def test_local_times_become_the_instants_that_zoneinfo_gives(
    key: str, times: list[datetime]
) -> None:
    zone = ZoneInfo(key)
    found = to_utc(np.array([micros(each) for each in times]), zone)
    expected = [
        micros(each.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)) for each in times
    ]
    assert found.tolist() == expected


@given(st.sampled_from(ZONES), st.lists(TIMES, min_size=1, max_size=20))
def test_instants_become_the_local_times_that_zoneinfo_gives(
    key: str, times: list[datetime]
) -> None:
    zone = ZoneInfo(key)
    found = to_local(np.array([micros(each) for each in times]), zone)
    expected = [
        micros(each.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)) for each in times
    ]
    assert found.tolist() == expected


def test_what_no_calendar_has_raises_nothing() -> None:
    extremes = np.array([-(2**63) + 10**15, 2**63 - 10**15])
    assert len(to_utc(extremes, ZoneInfo("Europe/London"))) == 2
    assert len(to_local(extremes[:0], ZoneInfo("Europe/London"))) == 0


def test_the_machine_s_own_files_are_not_looked_at() -> None:
    assert TZPATH == ()


@pytest.mark.parametrize("key", ZONES)
def test_the_models_are_told_of_the_zones_that_their_engine_has_otherwise(key: str) -> None:
    assert agrees(key) == (zone_shifts(key) is None)
