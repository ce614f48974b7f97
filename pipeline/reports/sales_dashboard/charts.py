"""The dashboard's charts: what each shows, and the sentence that says the same.

A chart of months comes twice, twelve months for a wide screen and six for a telephone, because a
drawing that is only shrunk cannot be read. How charts are drawn is in `drawing.charts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from pipeline.reports.drawing.charts import Panel, Role, Row, bars, columns, tint
from pipeline.reports.drawing.colour import DARK_PAPER, WHITE, mix, readable
from pipeline.reports.drawing.formats import Formats
from pipeline.reports.drawing.vega import Chart, sparkline
from pipeline.reports.figures.cohorts import Cohort
from pipeline.reports.figures.worklists import OwnerWork
from pipeline.reports.sales_dashboard.bookings import Bookings
from pipeline.reports.sales_dashboard.content import DashboardContent
from pipeline.reports.sales_dashboard.dues import ReceivableDues
from pipeline.reports.sales_dashboard.marketing import UNATTRIBUTED, Campaigns, Sources
from pipeline.reports.sales_dashboard.overview import Overview

BARS_SHOWN = 8
_WIDE, _NARROW = 720, 320
_NARROW_MONTHS = 6
_Series = tuple[str, Sequence[int | Decimal], Callable[[int | Decimal], str], Sequence[Role], int]


def all_charts(content: DashboardContent, f: Formats, color: str) -> Mapping[str, Chart]:
    """By name. A section without figures has no chart, and its name is not there."""
    brand = readable(color, WHITE)
    drawn: dict[str, Chart] = {}
    for suffix, width, months in (("wide", _WIDE, 12), ("narrow", _NARROW, _NARROW_MONTHS)):
        if content.overview.months:
            drawn[f"months_{suffix}"] = _months(content.overview, f, brand, width, months)
        if content.bookings.months:
            drawn[f"bookings_{suffix}"] = _bookings(content.bookings, f, brand, width, months)
    if content.funnel.mature:
        drawn["funnel"] = _funnel(content.funnel.mature, f, brand)
    if any(row.leads for row in content.sources.listing.rows):
        drawn["sources"] = _sources(content.sources, f, brand)
    if any(row.net_value for row in content.campaigns.listing.rows):
        drawn["campaigns"] = _campaigns(content.campaigns, f, brand)
    if content.dues:
        drawn["ageing"] = _ageing(content.dues, f, brand)
    if any(owner.overdue for owner in content.work.owners):
        drawn["owners"] = _owners(content.work.owners, f, brand)
    return drawn


def sparklines(overview: Overview) -> Mapping[str, str]:
    """SVG text by `line_` and the KPI's name."""
    return {
        f"line_{kpi.name}": sparkline([None if v is None else float(v) for v in kpi.sparkline])
        for kpi in overview.kpis
    }


def palette(color: str) -> Mapping[str, str]:
    """The colours in the drawings that the page changes on a dark screen."""
    brand = readable(color, WHITE)
    return {
        "brand": brand,
        "soft": tint(brand),
        "soft_dark": mix(readable(color, DARK_PAPER), DARK_PAPER, 0.45),
    }


def _months(overview: Overview, f: Formats, brand: str, width: int, count: int) -> Chart:
    months = overview.months[-count:]
    roles = _last_stands_out(len(months))
    return _panels(
        [month.month for month in months],
        [
            ("New leads", [m.new_leads for m in months], f.number, roles, 64),
            ("Bookings, net", [m.net_bookings for m in months], f.number, roles, 48),
            ("Booked value, net", [m.net_value for m in months], f.short_money, roles, 64),
        ],
        f,
        brand,
        width,
    )


def _bookings(bookings: Bookings, f: Formats, brand: str, width: int, count: int) -> Chart:
    months = bookings.months[-count:]
    size = len(months)
    return _panels(
        [month.month for month in months],
        [
            ("Gross", [m.gross_value for m in months], f.short_money, ["soft"] * size, 72),
            ("Cancelled", [m.cancelled_value for m in months], f.short_money, ["bad"] * size, 40),
            ("Net", [m.net_value for m in months], f.short_money, ["brand"] * size, 72),
        ],
        f,
        brand,
        width,
    )


def _panels(
    months: Sequence[date], series: Sequence[_Series], f: Formats, brand: str, width: int
) -> Chart:
    panels = [
        Panel(title, [float(v) for v in values], [write(v) for v in values], roles, height)
        for title, values, write, roles, height in series
    ]
    said = [f"{panel.title}: {', '.join(panel.texts)}." for panel in panels]
    names = [f.month(month) for month in months]
    labels = [_month_label(name, index == 0) for index, name in enumerate(names)]
    text = " ".join([f"By month, {names[0]} to {names[-1]}.", *said])
    return columns(panels, labels, brand, text, width=width)


def _month_label(name: str, is_first: bool) -> str:
    """`Sep` above `2025`, the year where the row begins and where it changes; 09/2025 as it is."""
    month, _, year = name.partition(" ")
    return f"{month}\n{year}" if is_first or month == "Jan" else month


def _funnel(cohort: Cohort, f: Formats, brand: str) -> Chart:
    rows = [
        Row(
            step.title,
            step.reached,
            f"{f.number(step.reached)} · {f.percent(step.of_leads.value)}",
        )
        for step in cohort.steps
    ]
    span = f"{f.month(cohort.first_month)} to {f.month(cohort.last_month)}"
    return _bars(rows, brand, f"Leads of {span} by the stage they reached.")


def _sources(sources: Sources, f: Formats, brand: str) -> Chart:
    rows = [
        Row(
            f"{row.name}, {row.subsource}" if row.subsource else row.name,
            row.leads,
            f"{f.number(row.leads)} · {f.percent(row.conversion_rate.value)}",
        )
        for row in sources.listing.rows[:BARS_SHOWN]
    ]
    return _bars(rows, brand, "Leads by source, with the share that converted.")


def _campaigns(campaigns: Campaigns, f: Formats, brand: str) -> Chart:
    rows = [
        Row(row.name, float(row.net_value), f.short_money(row.net_value), _campaign_role(row.name))
        for row in campaigns.listing.rows[:BARS_SHOWN]
    ]
    return _bars(rows, brand, "Net booked value by campaign.")


def _campaign_role(name: str) -> Role:
    return "muted" if name == UNATTRIBUTED else "brand"


def _ageing(dues: ReceivableDues, f: Formats, brand: str) -> Chart:
    roles: dict[str, Role] = {
        "not_due": "soft",
        "days_91_120": "bad",
        "days_over_120": "bad",
        "unapplied_credit": "muted",
    }
    rows = [
        Row(b.title, float(b.amount), f.short_money(b.amount), roles.get(b.name, "brand"))
        for b in dues.buckets
    ]
    return _bars(rows, brand, "What customers owe by days overdue.")


def _owners(owners: Sequence[OwnerWork], f: Formats, brand: str) -> Chart:
    rows = [
        Row(owner.owner or "Nobody assigned", owner.overdue, f.number(owner.overdue))
        for owner in owners[:BARS_SHOWN]
    ]
    return _bars(rows, brand, "Overdue follow-ups by owner.")


def _bars(rows: Sequence[Row], brand: str, what: str) -> Chart:
    said = "; ".join(f"{row.name}: {row.text}" for row in rows)
    return bars(rows, brand, f"{what} {said}.")


def _last_stands_out(count: int) -> list[Role]:
    earlier: list[Role] = ["soft"] * (count - 1)
    return [*earlier, "brand"]
