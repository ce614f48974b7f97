"""The first tab of the dashboard: the eleven KPIs, the ratios beside them, and thirteen months.

Values and earlier values come from `v_kpi_dashboard`, sparklines from the daily tables. A column
that is NULL where it may not be is a figure that could not be computed, and is shown as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.core.calendar import add_months, same_days_last_month
from pipeline.reports.figures.changes import Change, Figure, Kind, Value, compare, figure, ratio
from pipeline.reports.figures.kpis import ELEVEN, Kpi
from pipeline.reports.payload import Frozen, Money

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

SPARKLINE_DAYS = 30
MONTHS = 12

# What stands small under a KPI, because the one figure alone can mislead.
_BESIDE: Mapping[str, Sequence[tuple[str, str, Kind]]] = {
    "new_leads": (("leads_in_new_status_asof", "still in status new", "count"),),
    "converted_leads": (("converted_leads_net", "net of cancellations", "count"),),
    "active_customers": (("customers_status_active", "with status active", "count"),),
    "total_bookings": (
        ("bookings_cancelled", "cancelled", "count"),
        ("net_bookings", "net", "count"),
        ("pending_bookings", "pending, not counted", "count"),
    ),
    "booked_amount": (
        ("cancelled_amount", "cancelled", "money"),
        ("net_booked_amount", "net", "money"),
        ("refunds_promised", "refunds promised", "money"),
    ),
    "outstanding_balance": (
        ("receivable", "receivable", "money"),
        ("customer_credits", "customers’ credits", "money"),
    ),
    "engagement_this_month": (("engagement_leads_touched", "leads touched", "count"),),
    "pending_follow_ups": (
        ("follow_ups_overdue", "overdue", "count"),
        ("follow_ups_due_today", "due that day", "count"),
        ("follow_ups_undated", "without a date", "count"),
    ),
}
# A month to date starts again from nothing: its sparkline shows the days themselves.
_DAILY_COLUMN: Mapping[str, str] = {
    "new_leads": "new_leads",
    "engagement_this_month": "engagement_completed",
}


class Beside(Frozen):
    name: str
    title: str
    kind: Kind
    value: Value | None


class KpiCard(Frozen):
    """One KPI: its value, how it changed, what belongs beside it, and the last thirty days."""

    name: str
    title: str
    definition: str
    value: Figure
    changes: tuple[Change, ...]
    beside: tuple[Beside, ...]
    sparkline: tuple[Value | None, ...]


class Ratio(Frozen):
    """A ratio with the two figures that it is made of."""

    name: str
    numerator_name: str
    denominator_name: str
    title: str
    definition: str
    value: Figure
    numerator: Value | None
    denominator: Value | None
    kind: Kind


class Month(Frozen):
    """What a month brought. `partial`: the as-of month, which is not over."""

    month: date
    new_leads: int
    site_visits: int
    bookings: int
    cancellations: int
    net_bookings: int
    net_value: Money
    invoiced: Money
    receipts: Money
    partial: bool


class Overview(Frozen):
    kpis: tuple[KpiCard, ...]
    ratios: tuple[Ratio, ...]
    months: tuple[Month, ...]
    first_day: date


def read_overview(published: Published, as_of: date) -> Overview:
    row = published.rows("SELECT * FROM v_kpi_dashboard")
    now = row[0] if row else {}
    first_day = as_of - timedelta(days=SPARKLINE_DAYS - 1)
    lines = _sparklines(published, first_day, as_of)
    return Overview(
        kpis=tuple(_card(kpi, now, lines[kpi.name], as_of) for kpi in ELEVEN),
        ratios=_ratios(now),
        months=read_months(published, as_of),
        first_day=first_day,
    )


def read_months(published: Published, as_of: date) -> tuple[Month, ...]:
    """The as-of month and the eleven before it, oldest first."""
    rows = published.rows(
        "SELECT CAST(date_trunc('month', date) AS DATE) AS month, sum(new_leads) AS new_leads,"
        " sum(site_visits) AS site_visits, sum(bookings) AS bookings,"
        " sum(cancellations) AS cancellations, sum(bookings) - sum(cancellations) AS net_bookings,"
        " sum(booked_amount) - sum(cancelled_amount) AS net_value, sum(invoiced) AS invoiced,"
        " sum(receipts) AS receipts FROM daily_activity"
        " WHERE date BETWEEN $first AND $as_of GROUP BY 1 ORDER BY 1",
        {"first": add_months(as_of.replace(day=1), 1 - MONTHS), "as_of": as_of},
    )
    this_month = as_of.replace(day=1)
    is_over = add_months(this_month, 1) == as_of + timedelta(days=1)
    return tuple(Month(**row, partial=row["month"] == this_month and not is_over) for row in rows)


def _card(kpi: Kpi, now: Mapping[str, Any], line: Sequence[Value | None], as_of: date) -> KpiCard:
    value = now.get(kpi.name)
    # No leads at all is the one reason why a conversion rate may be missing.
    defined = kpi.kind != "rate" or now.get("total_leads") != 0
    return KpiCard(
        name=kpi.name,
        title=kpi.title,
        definition=kpi.definition,
        value=figure(kpi.kind, value, defined=defined),
        changes=_changes(kpi, now, as_of),
        beside=tuple(
            Beside(name=name, title=title, kind=kind, value=now.get(name))
            for name, title, kind in _BESIDE.get(kpi.name, ())
        ),
        sparkline=tuple(line),
    )


def _changes(kpi: Kpi, now: Mapping[str, Any], as_of: date) -> tuple[Change, ...]:
    """A level against the day before and a week before; a month to date against the last one."""
    value, is_rate = now.get(kpi.name), kpi.kind == "rate"
    better = kpi.higher_is_better
    if kpi.flow:
        before = same_days_last_month(as_of)
        earlier = now.get(f"{kpi.name}_mtd_last_month")
        return (compare(value, earlier, before.first, before.last, higher_is_better=better),)
    days = ((1, "previous_day"), (7, "same_weekday_last_week"))
    return tuple(
        compare(
            value,
            now.get(f"{kpi.name}_{name}"),
            as_of - timedelta(days=back),
            higher_is_better=better,
            is_rate=is_rate,
        )
        for back, name in days
    )


def _sparklines(
    published: Published, first: date, as_of: date
) -> Mapping[str, Sequence[Value | None]]:
    period = {"first": first, "as_of": as_of}
    between = "WHERE date BETWEEN $first AND $as_of ORDER BY date"
    levels = published.rows(f"SELECT * FROM v_kpi_daily {between}", period)  # noqa: S608
    flows = published.rows(f"SELECT * FROM daily_activity {between}", period)  # noqa: S608
    return {
        kpi.name: [row[_DAILY_COLUMN[kpi.name]] for row in flows]
        if kpi.name in _DAILY_COLUMN
        else [row[kpi.name] for row in levels]
        for kpi in ELEVEN
    }


def _ratios(now: Mapping[str, Any]) -> tuple[Ratio, ...]:
    def made(name: str, title: str, definition: str, kind: Kind, over: str, under: str) -> Ratio:
        numerator, denominator = now.get(over), now.get(under)
        value = ratio(numerator, denominator)
        return Ratio(
            name=name,
            numerator_name=over,
            denominator_name=under,
            title=title,
            definition=definition,
            value=value,
            numerator=numerator,
            denominator=denominator,
            kind=kind,
        )

    return (
        made(
            "lead_quality",
            "Lead quality",
            "qualified ÷ all leads",
            "count",
            "qualified_leads",
            "total_leads",
        ),
        made(
            "collected",
            "Collected of billed",
            "payments ÷ invoices, ever",
            "money",
            "paid",
            "invoiced",
        ),
        made(
            "cancelled_share",
            "Cancelled of booked",
            "cancelled ÷ gross bookings",
            "count",
            "bookings_cancelled",
            "total_bookings",
        ),
        made(
            "open_engaged",
            "Open leads engaged",
            "with any engagement ÷ open leads",
            "count",
            "open_leads_engaged",
            "open_leads",
        ),
    )
