"""What a day brought and how it compares: the tiles and the fortnight of the daily summary.

Flows are added up from `daily_activity`, levels are read from `v_kpi_daily`; both have a row for
every day. A day that has no row makes its figure unavailable, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.core.calendar import Period, month_to_date, same_days_last_month
from pipeline.reports.figures.changes import Change, Kind, Value, compare
from pipeline.reports.figures.kpis import DAILY_TILES, Kpi
from pipeline.reports.payload import Frozen

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

FORTNIGHT = 14
# Reaches the first of last month from the last of this one, and a fortnight beyond.
LOOK_BACK = 76


class Tile(Frozen):
    """One KPI of the day. `to_date`: the month's total of a flow, None for a level."""

    name: str
    title: str
    kind: Kind
    flow: bool
    value: Value | None
    previous_day: Change
    same_weekday: Change
    to_date: Value | None
    last_month: Change


class Day(Frozen):
    """One day of the fortnight."""

    day: date
    new_leads: int
    bookings: int


@dataclass(frozen=True)
class Days:
    """Daily rows by date: the flows of each day, and the levels at its end."""

    as_of: date
    flows: Mapping[date, Mapping[str, Any]]
    levels: Mapping[date, Mapping[str, Any]]

    def value(self, kpi: Kpi, day: date) -> Value | None:
        rows = self.flows if kpi.flow else self.levels
        found: Value | None = rows[day][kpi.name] if day in rows else None
        return found

    def total(self, kpi: Kpi, period: Period) -> Value | None:
        """The flow added up over the period; None if a day of it is missing."""
        values = [self.value(kpi, day) for day in _days(period)]
        return None if None in values else sum(values)  # type: ignore[arg-type]


def read_days(published: Published, as_of: date) -> Days:
    since = {"since": as_of - timedelta(days=LOOK_BACK), "as_of": as_of}
    flows = published.rows(
        "SELECT * FROM daily_activity WHERE date BETWEEN $since AND $as_of ORDER BY date", since
    )
    levels = published.rows(
        "SELECT date, pending_follow_ups, outstanding_balance FROM v_kpi_daily"
        " WHERE date BETWEEN $since AND $as_of ORDER BY date",
        since,
    )
    return Days(as_of, {r["date"]: r for r in flows}, {r["date"]: r for r in levels})


def tiles(days: Days, kpis: Sequence[Kpi] = DAILY_TILES) -> tuple[Tile, ...]:
    return tuple(_tile(days, kpi) for kpi in kpis)


def fortnight(days: Days) -> tuple[Day, ...]:
    """The days up to as-of that there are rows for, oldest first."""
    period = Period(days.as_of - timedelta(days=FORTNIGHT - 1), days.as_of)
    rows = [days.flows[day] for day in _days(period) if day in days.flows]
    return tuple(
        Day(day=row["date"], new_leads=row["new_leads"], bookings=row["bookings"]) for row in rows
    )


def last_seven_days(as_of: date) -> Period:
    return Period(as_of - timedelta(days=6), as_of)


def _tile(days: Days, kpi: Kpi) -> Tile:
    today = days.value(kpi, days.as_of)
    to_date, last_month = _months(days, kpi, today)

    def against(day: date) -> Change:
        earlier = days.value(kpi, day)
        return compare(today, earlier, day, higher_is_better=kpi.higher_is_better)

    return Tile(
        name=kpi.name,
        title=kpi.title,
        kind=kpi.kind,
        flow=kpi.flow,
        value=today,
        previous_day=against(days.as_of - timedelta(days=1)),
        same_weekday=against(days.as_of - timedelta(days=7)),
        to_date=to_date,
        last_month=last_month,
    )


def _months(days: Days, kpi: Kpi, today: Value | None) -> tuple[Value | None, Change]:
    """A flow's month to date against the same days of last month; a level against the last."""
    before = same_days_last_month(days.as_of)
    better = kpi.higher_is_better
    if not kpi.flow:
        earlier = days.value(kpi, before.last)
        return None, compare(today, earlier, before.last, higher_is_better=better)
    to_date = days.total(kpi, month_to_date(days.as_of))
    earlier = days.total(kpi, before)
    return to_date, compare(to_date, earlier, before.first, before.last, higher_is_better=better)


def _days(period: Period) -> Iterable[date]:
    return (period.first + timedelta(days=back) for back in range(period.days))
