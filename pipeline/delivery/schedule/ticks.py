"""The times at which a report is wanted, from crons, a zone and holidays.

A cron's times are wall-clock times of the tenant's zone, so a day of 23 or 25 hours has each of
them once, and a report covers whole local days: one report a local day, however many crons or ticks
it has. What is owed of it is left to `owed.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

from pipeline.core.calendar import local_day_bounds

# The largest jump of a zone's clock that the search for ticks has to reach over (Samoa skipped a
# day).
_LARGEST_JUMP = timedelta(hours=25)
_LONGEST_HOLIDAYS = timedelta(days=31)
_HORIZON = timedelta(days=4 * 366)
_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, order=True)
class Tick:
    """A time at which a schedule wants its report, and the last day the report then covers."""

    due: datetime
    as_of: date


@dataclass(frozen=True)
class Timetable:
    """One or more crons on a zone's clock.

    A tick on a holiday moves to the same time of the next day that is none, unless the timetable
    has a tick until then anyway: a daily report pauses, a monthly one is not lost.
    """

    crons: tuple[str, ...]
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def between(self, after: datetime, until: datetime) -> Iterator[Tick]:
        """The first tick of each local day, for ticks in (after, until]."""
        reach = _LARGEST_JUMP + (_LONGEST_HOLIDAYS if self.holidays else timedelta(0))
        waiting: tuple[date, Tick] | None = None
        for local in self._first_of_each_day(after - reach, until):
            tick = self._tick(local)
            if waiting and waiting[0] < local.date():
                yield from self._within(waiting[1], after, until)
            waiting = None
            if local.date() in self.holidays:
                day = self._working_day(local.date())
                waiting = day, Tick(wall_time(day, local.time(), self.zone), tick.as_of)
            else:
                yield from self._within(tick, after, until)
        if waiting:
            yield from self._within(waiting[1], after, until)

    def next_after(self, now: datetime) -> Tick | None:
        """The first tick after `now`; None if there is none within four years."""
        return next(self.between(now, now + _HORIZON), None)

    def of_day(self, as_of: date, now: datetime) -> list[Tick]:
        """The tick that wants the report of `as_of`, once that day is over; its hour may yet come.

        Holidays do not matter: whoever asks for a day by its date gets it.
        """
        _, over = local_day_bounds(as_of, self.zone)
        if now < over:
            return []
        begin, end = local_day_bounds(over.astimezone(self.zone).date(), self.zone)
        plain = Timetable(self.crons, self.zone)
        return list(plain.between(begin - _MOMENT, end - _MOMENT))

    def _first_of_each_day(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Wall-clock times, without a zone; each is placed in the zone later.

        A time that the clocks skip comes when they have jumped, one that they show twice comes the
        first time. Goes on a little beyond `until`, so that a moved tick meets the next one.
        """
        wall = after.astimezone(self.zone).replace(tzinfo=None)
        limit = until.astimezone(self.zone).replace(tzinfo=None) + _LARGEST_JUMP
        seen: date | None = None
        for local in merge(*(_wall_times(cron, wall) for cron in self.crons)):
            if local > limit:
                return
            placed = local.replace(tzinfo=self.zone).astimezone(UTC).astimezone(self.zone)
            if local.date() == seen or placed.date() != local.date():
                continue  # a second tick of the day, or a day that the zone never had
            seen = local.date()
            yield local

    def _tick(self, local: datetime) -> Tick:
        due = local.replace(tzinfo=self.zone).astimezone(UTC)
        begin, _ = local_day_bounds(local.date(), self.zone)
        # The day before by the clock: a zone may lack the date that subtraction gives.
        return Tick(due, (begin - _MOMENT).astimezone(self.zone).date())

    def _working_day(self, day: date) -> date:
        while day in self.holidays:
            day += _DAY
        return day

    def _within(self, tick: Tick, after: datetime, until: datetime) -> Iterator[Tick]:
        if after < tick.due <= until:
            yield tick


def wall_time(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a zone's clocks show `clock` on `day`."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _wall_times(cron: str, wall: datetime) -> Iterator[datetime]:
    times = croniter(cron, wall, max_years_between_matches=5)
    while True:
        try:
            yield times.get_next(datetime)
        except CroniterBadDateError:
            return  # a date that does not come, such as 31 February
