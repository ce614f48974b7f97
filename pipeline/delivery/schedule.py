"""What is owed: pure arithmetic from schedules, clocks and what the record has seen to.

A schedule's times are wall-clock times of the tenant's zone, so a day of 23 or 25 hours has each of
them once, and a report covers whole local days: one report a local day, however many ticks it has.
The orchestrator fires only the newest missed tick; catching up is done here. What the record holds,
and sending, is left to `send.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

from pipeline.calendar import local_day_bounds
from pipeline.delivery.states import Subscription
from pipeline.tenant import Tenant

# Older ticks than this are recorded as skipped once there is a newer one: nobody wants thirty daily
# mails after a month's absence, but everybody wants the monthly one.
CATCH_UP = timedelta(days=7)
# A new subscription begins with the tick of the last day, so that set-up in the afternoon shows a
# mail.
LOOK_BACK = timedelta(days=1)
# A run takes minutes, a held tenant clears within the hour: only after that is a report called
# late.
LATE_AFTER = timedelta(hours=1)

# The largest jump of a zone's clock that the search for ticks has to reach over (Samoa skipped a
# day).
_LARGEST_JUMP = timedelta(hours=25)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, order=True)
class Tick:
    """A time at which a schedule wants its report, and the last day the report then covers."""

    due: datetime
    as_of: date


@dataclass(frozen=True, order=True)
class Owed:
    """A report that an address is to have.

    `promised`: the address was on the list when it was due, so that it can be late. `too_old`: past
    the catch-up age and followed by a newer one, only to be recorded.
    """

    tick: Tick
    subscription: Subscription
    promised: bool = True
    too_old: bool = False


def is_late(due: datetime, now: datetime) -> bool:
    return now - due > LATE_AFTER


def is_too_old(due: datetime, now: datetime) -> bool:
    """Whether a tick is past catching up, provided that there is a newer one."""
    return now - due > CATCH_UP


def subscriptions(tenants: Mapping[str, Tenant]) -> list[Subscription]:
    """Every address of every report of these tenants, in a fixed order."""
    return sorted(
        Subscription(tenant.id, report, recipient.email)
        for tenant in tenants.values()
        for report, config in tenant.reports.items()
        for recipient in config.recipients
    )


def owed(
    tenants: Mapping[str, Tenant],
    covered: Mapping[Subscription, datetime],
    now: datetime,
    *,
    as_of: date | None = None,
) -> list[Owed]:
    """What is owed at `now` and not yet covered, in the order of the ticks.

    With `as_of`, exactly the reports that the schedules want for that local day, however old,
    covered or not (the record knows what it has), provided the day is over in the tenant's zone.
    """
    found = []
    for subscription in subscriptions(tenants):
        tenant = tenants[subscription.tenant]
        schedule = tenant.reports[subscription.report].schedule
        if as_of is not None:
            ticks = _ticks_of_day(schedule, tenant.zone, as_of, now)
            found += [Owed(tick, subscription, promised=False) for tick in ticks]
        elif subscription in covered:
            ticks = list(ticks_between(schedule, tenant.zone, covered[subscription], now))
            found += [
                Owed(tick, subscription, too_old=tick != ticks[-1] and is_too_old(tick.due, now))
                for tick in ticks
            ]
        else:
            # A new address gets the newest tick of the last day at most, not a week of old reports.
            ticks = list(ticks_between(schedule, tenant.zone, now - LOOK_BACK, now))
            found += [Owed(tick, subscription, promised=False) for tick in ticks[-1:]]
    return sorted(found)


def next_tick(schedule: str, zone: ZoneInfo, now: datetime) -> Tick | None:
    """The first tick after `now`; None if the schedule has none within four years."""
    horizon = now + timedelta(days=4 * 366)
    return next(ticks_between(schedule, zone, now, horizon), None)


def next_due(tenants: Mapping[str, Tenant], now: datetime) -> list[Owed]:
    """For each subscription its next tick after `now`, soonest first: what is not due yet."""
    found = []
    for subscription in subscriptions(tenants):
        tenant = tenants[subscription.tenant]
        tick = next_tick(tenant.reports[subscription.report].schedule, tenant.zone, now)
        found += [Owed(tick, subscription)] if tick else []
    return sorted(found)


def ticks_between(
    schedule: str, zone: ZoneInfo, after: datetime, until: datetime
) -> Iterator[Tick]:
    """The first tick of each local day, for ticks in (after, until].

    The cron runs over wall-clock times without a zone and each is then placed in the zone: a time
    that the clocks skip comes when they have jumped, one that they show twice comes the first time.
    """
    wall = after.astimezone(zone).replace(tzinfo=None) - _LARGEST_JUMP
    times = croniter(schedule, wall, max_years_between_matches=5)
    seen: date | None = None
    for local in _wall_times(times):
        due = local.replace(tzinfo=zone).astimezone(UTC)
        if due > until + _LARGEST_JUMP:
            return
        if local.date() == seen or due.astimezone(zone).date() != local.date():
            continue  # a second tick of the day, or a day that the zone never had
        seen = local.date()
        if after < due <= until:
            yield Tick(due, _day_before(local.date(), zone))


def _wall_times(times: croniter) -> Iterator[datetime]:
    while True:
        try:
            yield times.get_next(datetime)
        except CroniterBadDateError:
            return  # a date that does not come, such as 31 February


def _ticks_of_day(schedule: str, zone: ZoneInfo, as_of: date, now: datetime) -> list[Tick]:
    """The tick that wants the report of `as_of`, once that day is over; its hour may yet come."""
    _, over = local_day_bounds(as_of, zone)
    if now < over:
        return []
    following = over.astimezone(zone).date()
    begin, end = local_day_bounds(following, zone)
    return list(ticks_between(schedule, zone, begin - _MOMENT, end - _MOMENT))


def _day_before(day: date, zone: ZoneInfo) -> date:
    """The local day before `day`, by the clock: a zone may lack the date that subtraction gives."""
    begin, _ = local_day_bounds(day, zone)
    return (begin - _MOMENT).astimezone(zone).date()
