"""How far along a tenant's goals are on the as-of day.

A month's goal is held against the month to date, a day's against the as-of day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from pipeline.config.tenant import Tenant
from pipeline.publish.reader import Published
from pipeline.reports.drawing.formats import Formats, formats

_MONEY = ("booked_amount", "receipts", "invoiced")


@dataclass(frozen=True)
class GoalProgress:
    """One goal. `day` of `days` is where the as-of day is in its month; 1 of 1 for a day's goal."""

    figure: str
    period: Literal["month", "day"]
    goal: Decimal
    so_far: Decimal
    day: int
    days: int

    @property
    def share(self) -> Decimal:
        """What part of the goal is there, 1 where it is reached."""
        return self.so_far / self.goal

    @property
    def expected(self) -> Decimal:
        """What would be there by now if every day brought the same."""
        return self.goal * self.day / self.days

    def told(self, values: Formats) -> str:
        """As in "72 % of the month's goal on day 18 of 30"."""
        when = f" on day {self.day} of {self.days}" if self.period == "month" else ""
        return f"{values.percent(self.share, 0)} of the {self.period}'s goal{when}"

    def shown(self, values: Formats, amount: Decimal) -> str:
        """An amount of the figure as the tenant writes it."""
        return values.short_money(amount) if self.figure in _MONEY else values.number(amount)


def progress(published: Published, tenant: Tenant) -> tuple[GoalProgress, ...]:
    """Every goal of the tenant as of the build's day, in the order of its file."""
    as_of = published.as_of
    days = monthrange(as_of.year, as_of.month)[1]
    found: list[GoalProgress] = []
    for figure, goal in tenant.goals.items():
        for period, wanted in (("month", goal.month), ("day", goal.day)):
            if wanted is None:
                continue
            first = as_of.replace(day=1) if period == "month" else as_of
            brought = _brought(published, figure, first, as_of)
            place = (as_of.day, days) if period == "month" else (1, 1)
            kind: Literal["month", "day"] = "month" if period == "month" else "day"
            found.append(GoalProgress(figure, kind, Decimal(repr(wanted)), brought, *place))
    return tuple(found)


def rows(published: Published, tenant: Tenant) -> Iterator[dict[str, str]]:
    """The goals as lines of a list, in the tenant's notation."""
    values = formats(tenant.locale, tenant.currency)
    for one in progress(published, tenant):
        yield {
            "figure": one.figure,
            "period": one.period,
            "goal": one.shown(values, one.goal),
            "so_far": one.shown(values, one.so_far),
            "by_now": one.shown(values, one.expected),
            "progress": one.told(values),
        }


def _brought(published: Published, figure: str, first: date, last: date) -> Decimal:
    [row] = published.rows(
        f'SELECT coalesce(sum("{figure}"), 0) AS n FROM daily_activity'  # noqa: S608 - of a list
        " WHERE date BETWEEN ? AND ?",
        [first, last],
    )
    return Decimal(row["n"])
