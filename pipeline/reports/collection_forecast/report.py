"""The forecast of collections, week by week, and what the one of twelve weeks ago was worth.

Falling due is the contract's word; expected is what buyers have done so far applied to it. Where
there is too little to learn from nothing is expected, and the report says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.reports.drawing.xlsx import Kind, Sheet, SheetColumn
from pipeline.reports.payload import Frozen, Money, Payload
from pipeline.reports.realty.narrowing import narrowed
from pipeline.reports.report import Inputs, Key, ReportModule

Row = Mapping[str, Any]

_ZERO = Decimal("0.00")
_LARGE = Decimal("0.01")
_PROJECT = "coalesce(p.project_name, t.project_id) as project"
_OF_PROJECT = "left join projects p on p.project_id = t.project_id"
_ITEMS = """
    select {project}, t.kind, t.label, a.unit_number as unit,
        coalesce(a.booking_code, t.booking_id) as booking, a.customer_name as customer, t.amount,
        t.due_on as due, t.days_overdue as days, t.expected_amount as expected, t.is_stuck as stuck
    from collection_items t
    left join booking_accounts a
        on a.booking_id = t.booking_id and a.customer_id = t.customer_id
    {of_project}
    where {condition}
    order by t.amount desc, t.item_id
"""


class WeekOf(Frozen):
    """`project` None: all of them. `came`: of a forecast made then, what was received of it."""

    project: str | None
    week: int
    first: date
    last: date
    falling_due: Money
    expected: Money | None
    came: Money | None = None


class ForecastItem(Frozen):
    project: str
    kind: str
    label: str
    unit: str | None
    booking: str | None
    customer: str | None
    amount: Money
    due: date | None
    days: int
    expected: Money | None
    stuck: bool


class Forecast(Frozen):
    """`large`: items above one percent of all. `learned`: whether anything is expected at all."""

    narrowed: tuple[str, ...]
    has_items: bool
    learned: bool
    falling_due: Money
    expected: Money | None
    total: Money
    weeks: tuple[WeekOf, ...]
    by_project: tuple[WeekOf, ...]
    large: tuple[ForecastItem, ...]
    stuck: tuple[ForecastItem, ...]
    stuck_total: Money
    last_forecast: tuple[WeekOf, ...]
    items: tuple[ForecastItem, ...]


class CollectionForecast(ReportModule[Forecast]):
    """One forecast per tenant, of all projects or of one."""

    schema = "collection_forecast/1"
    content = Forecast

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, Forecast]]:
        condition, values = narrowed(inputs, "t.project_id")
        said = {"condition": condition, "project": _PROJECT, "of_project": _OF_PROJECT}
        rows = inputs.published.rows(_ITEMS.format(**said), values)
        items = tuple(ForecastItem(**row) for row in rows)
        weeks = _weeks(inputs, "collection_weeks", condition, values)
        past = _weeks(inputs, "collection_quality", condition, values)
        total = sum((item.amount for item in items), _ZERO)
        stuck = tuple(item for item in items if item.stuck)
        all_weeks = _together(weeks)
        yield (
            (),
            Forecast(
                narrowed=inputs.asked.selection.described(),
                has_items=bool(items),
                learned=any(week.expected is not None for week in weeks),
                falling_due=sum((week.falling_due for week in weeks), _ZERO),
                expected=_sum(week.expected for week in weeks),
                total=total,
                weeks=all_weeks,
                by_project=tuple(weeks) if len({week.project for week in weeks}) > 1 else (),
                large=tuple(
                    item for item in items if item.amount > total * _LARGE and not item.stuck
                ),
                stuck=stuck,
                stuck_total=sum((item.amount for item in stuck), _ZERO),
                last_forecast=_together(past),
                items=items,
            ),
        )

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        content = self._said(payload)
        note = None if content.learned else NOT_LEARNED
        yield _sheet("Weeks", _WEEK, content.weeks, note)
        if content.by_project:
            yield _sheet("By project", (("Project", "text", "project"), *_WEEK), content.by_project)
        yield _sheet("Items", _ITEM, content.items)
        came: tuple[tuple[str, Kind, str], ...] = (("Came", "money", "came"),)
        yield _sheet("Last forecast", (*_WEEK, *came), content.last_forecast)


NOT_LEARNED = (
    "Nothing is expected: fewer than thirty instalments fell due in the year to learn from."
)
_WEEK: tuple[tuple[str, Kind, str], ...] = (
    ("Week", "number", "week"),
    ("From", "date", "first"),
    ("To", "date", "last"),
    ("Falling due", "money", "falling_due"),
    ("Expected", "money", "expected"),
)
_ITEM: tuple[tuple[str, Kind, str], ...] = (
    ("Project", "text", "project"),
    ("State", "text", "kind"),
    ("Item", "text", "label"),
    ("Unit", "text", "unit"),
    ("Booking", "text", "booking"),
    ("Customer", "text", "customer"),
    ("Amount", "money", "amount"),
    ("Due", "date", "due"),
    ("Days overdue", "number", "days"),
    ("Expected in 12 weeks", "money", "expected"),
    ("Stuck", "flag", "stuck"),
)


def _weeks(
    inputs: Inputs, table: str, condition: str, values: Mapping[str, Any]
) -> Sequence[WeekOf]:
    came = "t.received_amount" if table == "collection_quality" else "null"
    rows = inputs.published.rows(
        f"select {_PROJECT}, t.week, t.from_date as first, t.to_date as last,"  # noqa: S608
        f" t.falling_due_amount as falling_due, t.expected_amount as expected, {came} as came"
        f" from {table} t {_OF_PROJECT} where {condition} order by project, t.week",
        dict(values),
    )
    return [WeekOf(**row) for row in rows]


def _together(weeks: Sequence[WeekOf]) -> tuple[WeekOf, ...]:
    """The weeks of all projects."""
    found = []
    for number in sorted({week.week for week in weeks}):
        own = [week for week in weeks if week.week == number]
        found.append(
            WeekOf(
                project=None,
                week=number,
                first=own[0].first,
                last=own[0].last,
                falling_due=sum((week.falling_due for week in own), _ZERO),
                expected=_sum(week.expected for week in own),
                came=_sum(week.came for week in own),
            )
        )
    return tuple(found)


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    """None if one is not known."""
    found = list(values)
    known = [value for value in found if value is not None]
    return sum(known, _ZERO) if found and len(known) == len(found) else None


def _sheet(
    name: str,
    columns: Sequence[tuple[str, Kind, str]],
    rows: Sequence[Frozen],
    note: str | None = None,
) -> Sheet:
    return Sheet(
        name,
        [SheetColumn(title, kind) for title, kind, _ in columns],
        [[getattr(row, field) for _, _, field in columns] for row in rows],
        note=note,
    )
