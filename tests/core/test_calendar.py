from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core import calendar
from pipeline.core.calendar import Period

KOLKATA = ZoneInfo("Asia/Kolkata")
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))


def test_yesterday_is_the_tenants_own() -> None:
    now = datetime(2026, 3, 31, 18, 29, tzinfo=UTC)  # 23:59 in Kolkata, 19:29 in London
    assert calendar.local_yesterday(KOLKATA, now) == date(2026, 3, 30)
    later = now + timedelta(minutes=1)
    assert calendar.local_yesterday(KOLKATA, later) == date(2026, 3, 31)
    assert calendar.local_yesterday(ZoneInfo("Europe/London"), later) == date(2026, 3, 30)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Kolkata", date(2026, 3, 29), 24),
        ("Europe/London", date(2026, 3, 29), 23),
        ("Europe/London", date(2026, 10, 25), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # the clocks jump over midnight itself
        ("America/Sao_Paulo", date(2018, 2, 17), 25),  # and back over it: 23:00 comes twice
        ("America/Havana", date(2024, 11, 3), 25),  # midnight comes twice
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ],
)
def test_a_local_day_has_the_hours_it_has(zone: str, day: date, hours: float) -> None:
    begin, end = calendar.local_day_bounds(day, ZoneInfo(zone))
    assert end - begin == timedelta(hours=hours)


@given(days, st.sampled_from(["Asia/Kolkata", "Europe/London", "America/Havana", "UTC"]))
def test_local_days_follow_without_gap_and_hold_their_first_instant(
    day: date, zone_name: str
) -> None:
    zone = ZoneInfo(zone_name)
    begin, end = calendar.local_day_bounds(day, zone)
    assert begin.astimezone(zone).date() == day
    assert (begin - timedelta(microseconds=1)).astimezone(zone).date() < day
    assert calendar.local_day_bounds(day + timedelta(days=1), zone)[0] == end


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        (date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
        (date(2028, 3, 30), date(2028, 2, 1), date(2028, 2, 29)),
        (date(2026, 4, 17), date(2026, 3, 1), date(2026, 3, 17)),
        (date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
    ],
)
def test_month_to_date_compares_with_the_same_days_of_last_month(
    as_of: date, first: date, last: date
) -> None:
    assert calendar.same_days_last_month(as_of) == Period(first, last)
    assert calendar.month_to_date(as_of).last == as_of


@given(days)
def test_comparison_never_has_more_days_than_the_month_to_date(day: date) -> None:
    now, before = calendar.month_to_date(day), calendar.same_days_last_month(day)
    assert before.days <= now.days
    assert before.last < now.first


@given(days, st.integers(0, 400))
def test_previous_period_has_as_many_days_and_touches(first: date, length: int) -> None:
    period = Period(first, first + timedelta(days=length))
    previous = calendar.previous_period(period)
    assert previous.days == period.days
    assert previous.after == period.first


@pytest.mark.parametrize(
    ("day", "start", "first", "last"),
    [
        (date(2026, 3, 31), 4, date(2025, 4, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), 4, date(2026, 4, 1), date(2027, 3, 31)),
        (date(2026, 12, 31), 1, date(2026, 1, 1), date(2026, 12, 31)),
        (date(2026, 1, 15), 7, date(2025, 7, 1), date(2026, 6, 30)),
    ],
)
def test_fiscal_year_begins_where_the_tenant_says(
    day: date, start: int, first: date, last: date
) -> None:
    assert calendar.fiscal_year(day, start) == Period(first, last)


@given(days, st.integers(1, 12))
def test_a_fiscal_year_is_four_quarters(day: date, start: int) -> None:
    year = calendar.fiscal_year(day, start)
    quarter = calendar.fiscal_quarter(day, start)
    assert day in quarter
    quarters = [quarter_start := year.first]
    while (quarter_start := calendar.fiscal_quarter(quarter_start, start).after) in year:
        quarters.append(quarter_start)
    assert len(quarters) == 4
    assert quarter_start == year.after


def test_a_period_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        Period(date(2026, 1, 2), date(2026, 1, 1))
