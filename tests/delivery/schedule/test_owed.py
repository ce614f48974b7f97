"""What is owed: one report a local day, whatever the clocks do; nothing missed, nothing twice."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.delivery.record.states import Subscription
from pipeline.delivery.schedule import owed as schedule
from pipeline.delivery.schedule.owed import Owed
from pipeline.delivery.schedule.ticks import Tick, Timetable

HEAD = Subscription("skyline", "daily_summary", "head@skyline.example")
DAY = timedelta(days=1)

# Where clocks change: at 1, 2, 3 o'clock and at midnight, by an hour and by half an hour; and one
# zone where they do not.
ZONES = (
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Beirut",
    "Asia/Kolkata",
)


def at(zone: ZoneInfo, day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize("zone_name", ZONES)
@pytest.mark.parametrize(
    "cron", ["0 8 * * *", "30 2 * * *", "30 1 * * *", "0 0 * * *", "15 */6 * * *"]
)
def test_one_report_a_local_day_through_a_year_of_clock_changes(cron: str, zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    ticks = list(
        Timetable((cron,), zone).between(at(zone, date(2025, 12, 31)), at(zone, date(2027, 1, 1)))
    )
    first = ticks[0].as_of
    assert [tick.as_of for tick in ticks] == [first + n * DAY for n in range(366)]
    assert all(tick.due.astimezone(zone).date() == tick.as_of + DAY for tick in ticks)
    assert [tick.due for tick in ticks] == sorted({tick.due for tick in ticks})


def test_a_day_that_a_zone_skipped_has_no_report_and_the_day_before_is_not_lost() -> None:
    apia = ZoneInfo("Pacific/Apia")
    ticks = Timetable(("0 8 * * *",), apia).between(
        datetime(2011, 12, 29, tzinfo=UTC), datetime(2012, 1, 1, 23, tzinfo=UTC)
    )
    assert [t.as_of.day for t in ticks] == [28, 29, 31, 1]


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.lists(st.integers(0, 60 * 24 * 40), min_size=1, max_size=12),
    st.lists(
        st.sampled_from(["0 8 * * *", "0 8 * * 1-6", "15 */6 * * *", "0 6 1 * *"]),
        min_size=1,
        max_size=2,
    ),
    st.frozensets(st.dates(date(2026, 3, 1), date(2026, 4, 12)), max_size=8),
)
def test_looking_often_or_seldom_finds_the_same_ticks(
    zone_name: str, minutes: list[int], crons: list[str], holidays: frozenset[date]
) -> None:
    """Cutting a span anywhere loses no report and gives none twice, over both clock changes."""
    zone = ZoneInfo(zone_name)
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    cuts = [begin, *(begin + timedelta(minutes=m) for m in sorted(minutes)), begin + 41 * DAY]
    times = Timetable(tuple(crons), zone, holidays)
    whole = [t.as_of for t in times.between(cuts[0], cuts[-1])]
    parts = [
        tick.as_of
        for after, until in itertools.pairwise(cuts)
        for tick in times.between(after, until)
    ]
    assert parts == whole
    assert len(set(whole)) == len(whole)


def test_a_holiday_pauses_a_daily_report_and_moves_a_monthly_one() -> None:
    zone = ZoneInfo("Asia/Kolkata")
    holidays = frozenset({date(2026, 4, 1), date(2026, 4, 2)})

    def ticks(*crons: str) -> list[tuple[int, int]]:
        found = Timetable(crons, zone, holidays).between(
            at(zone, date(2026, 3, 30)), at(zone, date(2026, 4, 4))
        )
        return [(t.due.astimezone(zone).day, t.as_of.day) for t in found]

    assert ticks("0 8 * * *") == [(31, 30), (3, 2), (4, 3)]
    assert ticks("0 8 1 * *") == [(3, 31)]
    assert ticks("0 8 1 * *", "0 8 3 * *") == [(3, 2)]


def test_several_schedules_are_one_report_a_day() -> None:
    zone = ZoneInfo("Asia/Kolkata")
    times = Timetable(("0 8 * * 1-5", "30 10 * * 6", "0 18 * * *"), zone)
    ticks = times.between(at(zone, date(2026, 4, 2)), at(zone, date(2026, 4, 5), 23))
    assert [t.due.astimezone(zone).strftime("%a %H:%M") for t in ticks] == [
        *("Fri 08:00", "Sat 10:30", "Sun 18:00")
    ]


def test_quiet_hours_end_in_the_morning_and_are_not_called_late(tools: SimpleNamespace) -> None:
    tenant = tools.tenant(mailing={"quiet_hours": {"begin": "21:00", "end": "09:30"}})
    eight = datetime(2026, 4, 1, 2, 30, tzinfo=UTC)
    half_past_nine = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
    assert schedule.quiet_until(tenant, eight) == half_past_nine
    assert schedule.quiet_until(tenant, half_past_nine) is None
    late_evening = datetime(2026, 4, 1, 16, 0, tzinfo=UTC)
    assert schedule.quiet_until(tenant, late_evening) == half_past_nine + DAY
    assert not schedule.is_late(tenant, eight, half_past_nine)
    assert schedule.is_late(tenant, eight, half_past_nine + timedelta(minutes=61))


def test_the_deadline_is_the_next_time_the_clocks_show_latest(tools: SimpleNamespace) -> None:
    tenant = tools.tenant(mailing={"latest": "11:00"})
    eight = datetime(2026, 4, 1, 2, 30, tzinfo=UTC)
    assert schedule.deadline(tenant, eight) == datetime(2026, 4, 1, 5, 30, tzinfo=UTC)
    evening = datetime(2026, 4, 1, 12, 30, tzinfo=UTC)
    assert schedule.deadline(tenant, evening) == datetime(2026, 4, 2, 5, 30, tzinfo=UTC)
    assert schedule.deadline(tools.tenant(), eight) == eight + timedelta(hours=2)


def test_three_days_down_each_day_is_owed_once_and_in_order(tools: SimpleNamespace) -> None:
    tenants = tools.registry(tools.tenant()).tenants
    eight = datetime(2026, 4, 1, 2, 30, tzinfo=UTC)
    owed = schedule.owed(tenants, {HEAD: eight}, eight + 3 * DAY)
    assert [o.tick.as_of for o in owed] == [date(2026, 4, d) for d in (1, 2, 3)]
    assert all(o.promised and not o.too_old for o in owed)
    assert schedule.owed(tenants, {HEAD: owed[-1].tick.due}, eight + 3 * DAY) == []


def test_what_is_overtaken_is_too_old_but_the_newest_never_is(tools: SimpleNamespace) -> None:
    daily = tools.registry(tools.tenant()).tenants
    eight = datetime(2026, 4, 1, 2, 30, tzinfo=UTC)
    owed = schedule.owed(daily, {HEAD: eight}, eight + 30 * DAY)
    assert [o.too_old for o in owed] == [True] * 22 + [False] * 8
    monthly = tools.registry(
        tools.tenant(reports={"daily_summary": tools.report("0 8 1 * *", "head@skyline.example")})
    ).tenants
    [late] = schedule.owed(monthly, {HEAD: eight}, eight + 50 * DAY)
    assert (late.tick.as_of, late.too_old) == (date(2026, 4, 30), False)


def test_a_new_address_gets_the_newest_report_of_the_last_day(tools: SimpleNamespace) -> None:
    tenants = tools.registry(tools.tenant()).tenants
    afternoon = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
    tick = Tick(datetime(2026, 4, 1, 2, 30, tzinfo=UTC), date(2026, 3, 31))
    assert schedule.owed(tenants, {}, afternoon) == [Owed(tick, HEAD, promised=False)]
    monday = tools.registry(
        tools.tenant(reports={"daily_summary": tools.report("0 8 * * 1", "head@skyline.example")})
    ).tenants
    assert schedule.owed(monday, {}, afternoon) == []  # a Wednesday


def test_a_clock_that_went_back_owes_nothing(tools: SimpleNamespace) -> None:
    tenants = tools.registry(tools.tenant()).tenants
    eight = datetime(2026, 4, 1, 2, 30, tzinfo=UTC)
    assert schedule.owed(tenants, {HEAD: eight}, eight - timedelta(hours=1)) == []
    assert schedule.owed(tenants, {HEAD: eight}, eight) == []


def test_asking_by_date_follows_the_schedule_but_not_the_hour(tools: SimpleNamespace) -> None:
    tenants = tools.registry(
        tools.tenant(reports={"daily_summary": tools.report("0 8 * * 1-6", "head@skyline.example")})
    ).tenants
    morning = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)  # 06:30, before the tick

    def asked(as_of: date) -> list[date]:
        owed = schedule.owed(tenants, {HEAD: morning}, morning, as_of=as_of)
        return [o.tick.as_of for o in owed]

    assert asked(date(2026, 3, 31)) == [date(2026, 3, 31)]
    assert asked(date(2018, 11, 30)) == [date(2018, 11, 30)]
    assert asked(date(2026, 3, 28)) == []  # its tick would be on a Sunday
    assert asked(date(2026, 4, 1)) == []  # the day is not over


def test_next_due_is_sorted_and_knows_the_day_it_will_cover(tools: SimpleNamespace) -> None:
    tenants = tools.registry(
        tools.tenant("skyline"), tools.tenant("olist", timezone="America/Sao_Paulo")
    ).tenants
    due = schedule.next_due(tenants, datetime(2026, 4, 1, 2, 30, tzinfo=UTC))
    assert [(o.subscription.tenant, o.tick.as_of) for o in due] == [
        ("olist", date(2026, 3, 31)),
        ("skyline", date(2026, 4, 1)),
    ]
    assert Timetable(("0 0 31 2 *",), ZoneInfo("UTC")).next_after(due[0].tick.due) is None
