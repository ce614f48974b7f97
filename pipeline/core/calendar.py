"""All date arithmetic: local days, periods, fiscal years, comparisons of like with like.

Days are a tenant's local days. Nothing here reads the clock: the caller passes `now` or `as_of`.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, order=True)
class Period:
    """The local days from `first` to `last`, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a period cannot end ({self.last}) before it begins ({self.first})")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def after(self) -> date:
        """The first day after the period: [first, after) is the half-open form."""
        return self.last + timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def local_today(zone: ZoneInfo, now: datetime) -> date:
    """The local day in which the instant `now` (aware) falls."""
    return now.astimezone(zone).date()


def local_yesterday(zone: ZoneInfo, now: datetime) -> date:
    """The last local day that is complete at `now`: the as-of date unless told otherwise."""
    return local_today(zone, now) - timedelta(days=1)


def local_day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants [begin, end) of a local day in UTC; 23 or 25 hours apart when clocks change.

    Each bound is the first instant of its day: where the local midnight does not exist, the
    instant at which the clocks jump over it.
    """
    return _first_instant(day, zone), _first_instant(day + timedelta(days=1), zone)


def _first_instant(day: date, zone: ZoneInfo) -> datetime:
    midnight = datetime.combine(day, time.min, tzinfo=zone)
    # fold=0: the earlier of two midnights; where the clocks jump over midnight, the jump itself.
    return midnight.astimezone(UTC)


def days_in_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def add_months(day: date, months: int) -> date:
    """The same day `months` later or earlier; the month's last day where it has no such day."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month0 + 1, 1)
    return first.replace(day=min(day.day, days_in_month(first)))


def month(day: date) -> Period:
    """The calendar month of `day`."""
    return Period(day.replace(day=1), day.replace(day=days_in_month(day)))


def month_to_date(as_of: date) -> Period:
    return Period(as_of.replace(day=1), as_of)


def same_days_last_month(as_of: date) -> Period:
    """Day 1 to d of last month, d = min(as_of's day, the length of that month)."""
    last = add_months(as_of, -1)
    return Period(last.replace(day=1), last)


def previous_period(period: Period) -> Period:
    """The period of exactly as many days that ends the day before."""
    last = period.first - timedelta(days=1)
    return Period(last - timedelta(days=period.days - 1), last)


def fiscal_year(day: date, start_month: int) -> Period:
    """The fiscal year of `day`, beginning on the first of `start_month` (1 to 12)."""
    year = day.year if day.month >= start_month else day.year - 1
    first = date(year, start_month, 1)
    return Period(first, add_months(first, 12) - timedelta(days=1))


def fiscal_year_to_date(as_of: date, start_month: int) -> Period:
    return Period(fiscal_year(as_of, start_month).first, as_of)


def fiscal_quarter(day: date, start_month: int) -> Period:
    """The quarter of the fiscal year that `day` falls in."""
    year = fiscal_year(day, start_month)
    months_in = (day.year - year.first.year) * 12 + day.month - year.first.month
    first = add_months(year.first, months_in // 3 * 3)
    return Period(first, add_months(first, 3) - timedelta(days=1))
