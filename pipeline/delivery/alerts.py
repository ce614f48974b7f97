"""Alerts that a tenant asked for, found in its published figures: each once a crossing.

What was crossed when is in the record, among what was told, so that a run that is killed or comes
twice tells nothing twice. A figure that comes back within its bound and leaves it again is another
crossing; silence ends with the next lead. How an alert travels is left to `notices.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipeline.config.alerts import Alert, WorkingHours
from pipeline.config.tenant import Tenant
from pipeline.config.workspace import Workspace
from pipeline.delivery.notices import ALERT, Notice
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.publish import layout
from pipeline.publish.dictionary import dictionary
from pipeline.publish.reader import Published, open_published
from pipeline.reports.drawing.formats import formats

_FIGURES = "v_kpi_dashboard"
_COUNTED = {"cancellation_rate": "bookings_cancelled::DOUBLE / nullif(total_bookings, 0)"}
_CROSSED, _BACK = "crossed", "back"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Longer silence needs no further counting.
_LONGEST = timedelta(days=400)


def find_alerts(
    ws: Workspace, record: Deliveries, tenants: Mapping[str, Tenant], now: datetime
) -> list[Notice]:
    """The alerts that are due by what is published now; notes which figures came back."""
    found: list[Notice] = []
    for tenant in tenants.values():
        if tenant.alerts and layout.current_manifest(ws, tenant.id) is not None:
            with open_published(ws, tenant.id) as published:
                found += _of_tenant(published, record, tenant, now)
    return found


def _of_tenant(
    published: Published, record: Deliveries, tenant: Tenant, now: datetime
) -> Iterator[Notice]:
    for alert in tenant.alerts:
        table = _FIGURES if alert.figure else "leads"
        if table not in published.manifest.tables:
            continue  # a build of code that knew no such table
        if alert.figure:
            notice = _crossing(published, record, tenant, alert, now)
        else:
            notice = _silence(published, tenant, alert)
        if notice is not None:
            yield notice


def _crossing(
    published: Published, record: Deliveries, tenant: Tenant, alert: Alert, now: datetime
) -> Notice | None:
    expression = _COUNTED.get(str(alert.figure), f'"{alert.figure}"')
    rows = published.rows(f"SELECT {expression} AS value FROM {_FIGURES}")  # noqa: S608 - of a list
    value = float(rows[0]["value"]) if rows and rows[0]["value"] is not None else None
    beyond = value is not None and _is_beyond(alert, value)
    start = f"alert:{tenant.id}:{alert.rule}:"
    last = record.notices.last_said(start)
    if last is not None and last.split()[0] > published.as_of.isoformat():
        return None  # a day made up for later says nothing about today
    was_beyond = last is not None and last.endswith(_CROSSED)
    if beyond and not was_beyond:
        about = f"{start}{published.as_of} {_CROSSED}"
        return _notice(tenant, alert, about, _told_figure(tenant, alert, value, published.as_of))
    if was_beyond and not beyond:
        record.notices.mark_said(f"{start}{published.as_of} {_BACK}", now)
    return None


def _is_beyond(alert: Alert, value: float) -> bool:
    if alert.above is not None:
        return value > alert.above
    return alert.below is not None and value < alert.below


def _silence(published: Published, tenant: Tenant, alert: Alert) -> Notice | None:
    [row] = published.rows("SELECT max(created_at) AS last FROM leads")
    last = row["last"]
    if last is None or alert.no_lead_for_hours is None:
        return None
    end = datetime.combine(published.as_of + timedelta(days=1), time.min, tenant.zone)
    waited = working_time(last, end, tenant.zone, alert.working_hours)
    if waited < timedelta(hours=alert.no_lead_for_hours):
        return None
    values = formats(tenant.locale, tenant.currency)
    told = (
        f"No lead came since {values.moment(last, tenant.timezone)}:"
        f" {waited / timedelta(hours=1):.0f} working hours up to the end of"
        f" {values.date(published.as_of)}"
    )
    return _notice(tenant, alert, f"alert:{tenant.id}:{alert.rule}:{last.isoformat()}", told)


def working_time(begin: datetime, end: datetime, zone: ZoneInfo, hours: WorkingHours) -> timedelta:
    """How much of the time between two instants lies in the working hours, 400 days at most."""
    begin = max(begin, end - _LONGEST)
    opens, closes = time.fromisoformat(hours.begin), time.fromisoformat(hours.end)
    day, total = begin.astimezone(zone).date(), timedelta()
    while day <= end.astimezone(zone).date():
        if _DAYS[day.weekday()] in hours.days:
            # Through timestamps: where clocks change, wall times subtract to the wrong length.
            first = max(begin.timestamp(), datetime.combine(day, opens, zone).timestamp())
            last = min(end.timestamp(), datetime.combine(day, closes, zone).timestamp())
            total += timedelta(seconds=max(0.0, last - first))
        day += timedelta(days=1)
    return total


def _told_figure(tenant: Tenant, alert: Alert, value: float | None, as_of: date) -> str:
    side, bound = ("above", alert.above) if alert.above is not None else ("below", alert.below)
    day = formats(tenant.locale, tenant.currency).date(as_of)
    figure = str(alert.figure).replace("_", " ").capitalize()
    shown, beyond = (_shown(tenant, alert, number) for number in (value, bound))
    return f"{figure} is {shown} as of {day}, {side} {beyond}"


def _shown(tenant: Tenant, alert: Alert, value: float | None) -> str:
    """The value as the tenant writes it, by what the figure counts in."""
    values = formats(tenant.locale, tenant.currency)
    units = {column.name: column.unit for column in dictionary()[_FIGURES].columns}
    unit = units.get(str(alert.figure), "fraction")
    if unit == "money":
        return values.short_money(value)
    if unit.startswith("fraction"):
        return values.percent(value)
    return values.percentage(value) if unit == "percent" else values.number(value)


def _notice(tenant: Tenant, alert: Alert, about: str, told: str) -> Notice:
    owner = (tenant.mailing.owner,) if tenant.mailing.owner else ()
    look = f"describe {alert.figure}" if alert.figure in _dashboard() else "describe leads"
    return Notice(
        kind=ALERT,
        about=(about,),
        subject=f"ALERT · {tenant.name} · {alert.name or told}",
        body=(
            f"{told}.\n\nThis is told once each time. The alert is `{alert.rule}` in the tenant"
            f" file of {tenant.name}.\nTo look: milepost {look} --tenant {tenant.id} says how it is"
            " counted and gives a query.\n"
        ),
        tenant=tenant.id,
        readers=alert.recipients or owner,
    )


def _dashboard() -> set[str]:
    return {column.name for column in dictionary()[_FIGURES].columns}
