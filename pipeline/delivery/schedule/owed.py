"""What is owed: pure arithmetic from schedules, clocks and what the record has seen to.

The orchestrator fires only the newest missed tick; catching up is done here. The times themselves
are `ticks.py`'s, what the record holds, and sending, `send.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pipeline.config.tenant import Tenant
from pipeline.delivery.record.states import Subscription
from pipeline.delivery.schedule.ticks import Tick, Timetable, wall_time

# A new subscription begins with the tick of the last day, so that set-up in the afternoon shows a
# mail.
LOOK_BACK = timedelta(days=1)
# A run takes minutes, a held tenant clears within the hour: only after that is a report called
# late.
LATE_AFTER = timedelta(hours=1)
# Unless the tenant says by when it wants its reports.
OVERDUE_AFTER = timedelta(hours=2)


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


def is_late(tenant: Tenant, due: datetime, now: datetime) -> bool:
    """Whether a report that was due then goes out late; waiting for quiet hours to end is not."""
    return now - (quiet_until(tenant, due) or due) > LATE_AFTER


def is_too_old(tenant: Tenant, due: datetime, now: datetime) -> bool:
    """Whether a tick is past catching up, provided that there is a newer one.

    Nobody wants thirty daily mails after a month's absence, but everybody wants the monthly one.
    """
    return now - due > timedelta(days=tenant.mailing.max_age_days)


def quiet_until(tenant: Tenant, now: datetime) -> datetime | None:
    """When the tenant's quiet hours end, if `now` is in them; otherwise None."""
    quiet, local = tenant.mailing.quiet_hours, now.astimezone(tenant.zone)
    if quiet is None or not quiet.contains(local.time()):
        return None
    end = time.fromisoformat(quiet.end)
    day = local.date() + timedelta(days=local.time() >= end)
    return wall_time(day, end, tenant.zone)


def deadline(tenant: Tenant, due: datetime) -> datetime:
    """When a report that is due then is overdue: at the tenant's `latest`, or two hours on."""
    start = quiet_until(tenant, due) or due
    if tenant.mailing.latest is None:
        return start + OVERDUE_AFTER
    latest, local = time.fromisoformat(tenant.mailing.latest), start.astimezone(tenant.zone)
    day = local.date() + timedelta(days=local.time() > latest)
    return wall_time(day, latest, tenant.zone)


def timetable(tenant: Tenant, report: str) -> Timetable:
    """When the tenant wants the report."""
    crons = tenant.reports[report].schedule
    return Timetable(crons, tenant.zone, frozenset(tenant.mailing.holidays))


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
        times = timetable(tenant, subscription.report)
        if as_of is not None:
            found += [Owed(t, subscription, promised=False) for t in times.of_day(as_of, now)]
        elif subscription in covered:
            ticks = list(times.between(covered[subscription], now))
            found += [
                Owed(t, subscription, too_old=t != ticks[-1] and is_too_old(tenant, t.due, now))
                for t in ticks
            ]
        else:
            # A new address gets the newest tick of the last day at most, not a week of old reports.
            ticks = list(times.between(now - LOOK_BACK, now))
            found += [Owed(tick, subscription, promised=False) for tick in ticks[-1:]]
    return sorted(found)


def next_due(tenants: Mapping[str, Tenant], now: datetime) -> list[Owed]:
    """For each subscription its next tick after `now`, soonest first: what is not due yet."""
    found = []
    for subscription in subscriptions(tenants):
        tick = timetable(tenants[subscription.tenant], subscription.report).next_after(now)
        found += [Owed(tick, subscription)] if tick else []
    return sorted(found)
