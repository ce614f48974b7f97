"""When things happen: the window of the demo, the seasons of the year, weekdays and hours.

Times are whole seconds since 1970 on the tenant's own clock (India has no daylight saving), so a
day is `time // DAY`. Who does what at these times is left to the other modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from pipeline.core.calendar import add_months
from pipeline.demo.draws import Draws, Floats, Ints

HOUR = 3600
DAY = 24 * HOUR
NEVER = np.int64(1) << np.int64(60)

# January … December. The festive months from Navaratri to Diwali carry the year, the monsoon is
# slow, and
# March brings those who buy before the fiscal year ends.
ENQUIRIES_BY_MONTH = (1.0, 1.02, 1.1, 1.0, 0.96, 0.78, 0.7, 0.84, 0.98, 1.38, 1.27, 0.93)
CLOSING_BY_MONTH = (1.0, 1.0, 1.12, 1.05, 0.95, 0.85, 0.8, 0.95, 0.95, 1.22, 1.18, 0.95)
# Monday … Sunday.
ENQUIRIES_BY_WEEKDAY = (1.0, 0.95, 0.93, 0.96, 1.0, 1.22, 1.18)
BUSINESS_BY_WEEKDAY = (1.15, 1.12, 1.1, 1.08, 1.0, 0.62, 0.28)
# Midnight … 23:00: people look at homes in the lunch break and after dinner.
ENQUIRIES_BY_HOUR = (
    4,
    2,
    1,
    1,
    1,
    2,
    5,
    12,
    25,
    45,
    62,
    70,
    66,
    60,
    52,
    54,
    60,
    64,
    62,
    60,
    64,
    58,
    36,
    14,
)
_OPENS, _CLOSES = 9 * HOUR + 1800, 19 * HOUR + 1800


@dataclass(frozen=True)
class Window:
    """The simulated days, `first` to `last`, both included, as days since 1970."""

    first: int
    last: int

    @classmethod
    def months_until(cls, as_of: date, months: int = 18) -> Window:
        """`months` calendar months, the current one counted."""
        return cls(day_number(add_months(as_of, 1 - months).replace(day=1)), day_number(as_of))

    @property
    def begin(self) -> int:
        return self.first * DAY

    @property
    def end(self) -> int:
        """The first second after the window."""
        return (self.last + 1) * DAY

    @property
    def days(self) -> int:
        return self.last - self.first + 1


def day_number(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def weekday(day: Any) -> Any:
    """0 = Monday."""
    return (day + 3) % 7


def months_of(day: Ints) -> Ints:
    """0 = January."""
    months: Ints = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    return months


def enquiry_times(draws: Draws, window: Window, n: int, *, growth: float, business: bool) -> Ints:
    """n enquiry times in order, busier by season, weekday and hour; `growth` = last ÷ first day."""
    days = np.arange(window.first, window.last + 1)
    by_weekday = BUSINESS_BY_WEEKDAY if business else ENQUIRIES_BY_WEEKDAY
    trend = 1.0 + (growth - 1.0) * (days - window.first) / max(1, window.days - 1)
    noise = draws.between(0.6, 1.4, len(days))
    weights = (
        np.array(ENQUIRIES_BY_MONTH)[months_of(days)]
        * np.array(by_weekday)[weekday(days)]
        * trend
        * noise
    )
    day = days[draws.pick(weights, n)]
    hour = draws.pick(np.array(ENQUIRIES_BY_HOUR, dtype=np.float64), n)
    return np.sort(day * DAY + hour * HOUR + draws.below(HOUR, n))


def closing_season(time: Ints) -> Floats:
    """How ready people are to sign at that time of the year, 1 on average."""
    return np.array(CLOSING_BY_MONTH)[months_of(time // DAY)]


def office_time(draws: Draws, time: Ints, business: bool = False) -> Ints:
    """The same moment if the office is open, else the next morning's first hour or so.

    `business` = the customers are companies, which are rarely reached at a weekend.
    """
    second = time % DAY
    morning = _OPENS + draws.below(5400, len(time))
    early = second < _OPENS
    late = second >= _CLOSES
    moved: Ints = np.where(
        early, time - second + morning, np.where(late, time - second + DAY + morning, time)
    )
    return after_weekend(draws, moved) if business else moved


def in_daytime(draws: Draws, time: Ints) -> Ints:
    """The same moment between ten in the morning and eight in the evening, else later, by day."""
    second = time % DAY
    by_day: Ints = 10 * HOUR + draws.below(8 * HOUR, len(time))
    wait = np.where(second < 10 * HOUR, 0, np.where(second >= 20 * HOUR, DAY, -1))
    moved: Ints = np.where(wait < 0, time, time - second + wait + by_day)
    return moved


def after_weekend(draws: Draws, time: Ints) -> Ints:
    """Most of what would fall on a weekend, on the Monday after at the same hour."""
    day = weekday(time // DAY)
    moved: Ints = time + np.where((day >= 5) & draws.chance(0.85, len(time)), (7 - day) * DAY, 0)
    return moved


def working_day(day: Ints) -> Ints:
    """The day, or Monday for a Sunday: accounts do not post on Sundays."""
    open_day: Ints = day + (weekday(day) == 6)
    return open_day


def visit_time(draws: Draws, time: Ints, weekend: float) -> Ints:
    """A visit on or after `time`: that day, or with probability `weekend` the next Saturday or
    Sunday.
    """
    n = len(time)
    day = time // DAY
    to_saturday = (5 - weekday(day)) % 7
    to_sunday = (6 - weekday(day)) % 7
    u = draws.uniform(n)
    wait = np.where(u < weekend * 0.48, to_saturday, np.where(u < weekend, to_sunday, 0))
    slot = draws.pick((14, 22, 18, 6, 6, 12, 16, 12, 5), n) + 10
    at = (day + wait) * DAY + slot * HOUR + draws.below(4, n) * 900
    # A visit is never before what led to it: the same hour a day later then.
    moved: Ints = np.where(at <= time, at + DAY, at)
    return moved
