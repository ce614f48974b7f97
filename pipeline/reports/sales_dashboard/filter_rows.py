"""What the dashboard's filters count: small rows of numbers, for a page without a server.

Leads that agree in everything a figure looks at are one row with their number, so a hundred
thousand leads are a few hundred kilobytes. Days are numbers from `zero`; leads that came in before
it share the day −1, so a period begins at `zero` at the earliest or has no beginning, and either is
exact. What is counted from these rows is defined in `reports_templates/dashboard/figures.js`; the
tests hold its answers against the published views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.core.calendar import add_months, local_day_bounds
from pipeline.reports.figures.lead_scores import SCORE_ORDER, SCORED
from pipeline.reports.figures.worklists import PENDING, PENDING_ORDER, UNANSWERED, answer_deadline
from pipeline.reports.payload import Frozen
from pipeline.reports.sales_dashboard.bookings import read_reasons

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

# As far back as the funnel's mature cohorts reach.
MONTHS = 24
STATUSES = ("new", "contacted", "qualified", "negotiation", "converted", "lost")
BOOKING_STATUSES = ("confirmed", "on_hold", "completed", "cancelled", "pending")
STATES = ("overdue", "due_today", "undated")
# The page carries names and telephone numbers of so many rows of a list, and counts all of them.
LISTED = 500
NOBODY = "Nobody assigned"
NO_UNIT = "(none)"

# Flags of a lead, added up.
QUALIFIED, CONVERTED, CONVERTED_NET, LOST, ENGAGED = 1, 2, 4, 8, 16
# Flags of a booking.
GROSS, LIVE, LATE = 1, 2, 4
_LEAD_DIMENSIONS = ("owner", "source", "campaign")


class Dimension(Frozen):
    """What can be chosen: `keys` stand in the address of the page, `labels` on it."""

    name: str
    title: str
    keys: tuple[str, ...]
    labels: tuple[str, ...]


class Table(Frozen):
    """Columns of one length by name. `texts` may end early: they are only those of the first rows.

    `owner`, `source`, `campaign` and `unit` are places in the dimension's keys, a day is a number
    from `zero`, money is in hundredths, a missing number is None.
    """

    numbers: Mapping[str, tuple[int | None, ...]]
    texts: Mapping[str, tuple[str | None, ...]] = {}


class FilterRows(Frozen):
    """leads: day, status (place in STATUSES), reached (the furthest stage, its place in the
    funnel), flags, wait (days to booking), n (how many).
    bookings, one a row, newest first: booked, cancelled and delivery (days), status (place in
    BOOKING_STATUSES), flags, units, amount, refund (None if none was stated), reason of the
    cancellation (place among `bookings.read_reasons`); code, customer.
    visits of twelve months: day, n. engagement of the month to date: n, leads.
    follow_ups, one a row as the list has them: state (place in STATES), due; lead, phone,
    notes, source_text. waiting, one a row, newest first: came_in (minutes, local time), hours;
    lead, phone, source_text. likely, one a row, likeliest first: score (percent), days, alike,
    booked; lead, phone, source_text, stage, effect.
    """

    zero: date
    dimensions: tuple[Dimension, ...]
    leads: Table
    bookings: Table
    visits: Table
    engagement: Table
    follow_ups: Table
    waiting: Table
    likely: Table


def read_filter_rows(published: Published, as_of: date, timezone: str) -> FilterRows:
    this_month = as_of.replace(day=1)
    zero = add_months(this_month, 1 - MONTHS)
    dimensions = _dimensions(published)
    zone = ZoneInfo(timezone)
    reader = _Reader(
        published,
        {
            "zero": zero,
            "since": add_months(this_month, -11),
            "month_start": local_day_bounds(this_month, zone)[0],
            "end": local_day_bounds(as_of, zone)[1],
            "deadline": answer_deadline(as_of, timezone),
            "timezone": timezone,
            "reasons": [row.reason for row in read_reasons(published).rows],
            **{dimension.name: list(dimension.keys) for dimension in dimensions},
        },
    )
    return FilterRows(
        zero=zero,
        dimensions=dimensions,
        leads=reader.table(_LEADS),
        bookings=reader.table(_BOOKINGS),
        visits=reader.table(_VISITS),
        engagement=reader.table(_ENGAGEMENT),
        follow_ups=reader.table(_FOLLOW_UPS, texts=LISTED),
        waiting=reader.table(_WAITING, texts=LISTED),
        likely=reader.table(_LIKELY, texts=LISTED),
    )


def places(names: Sequence[str], alias: str = "leads") -> str:
    """SQL for the columns of dimensions as places in their keys (`alias`: where they stand)."""
    return ", ".join(f"{_PLACES[name].format(alias=alias)} AS {name}" for name in names)


_PLACES: Mapping[str, str] = {
    "owner": "list_position($owner, coalesce({alias}.owner_name, '')) - 1",
    "source": "list_position($source, coalesce({alias}.source_code, '(none)')) - 1",
    "campaign": "list_position($campaign, coalesce({alias}.campaign_id, '(unattributed)')) - 1",
    "unit": "list_position($unit, coalesce({alias}.unit_type, '(none)')) - 1",
}
_OF_LEAD = places(_LEAD_DIMENSIONS)
_STATUS = f"list_position({list(STATUSES)}, leads.status) - 1"
_LEADS = f"""
    SELECT greatest(-1, datediff('day', $zero, leads.lead_date)) AS day, {_OF_LEAD},
        {_STATUS} AS status, coalesce(leads.reached_rank, -1) AS reached,
        {QUALIFIED} * CAST(leads.is_qualified AS INT)
        + {CONVERTED} * CAST(leads.is_converted AS INT)
        + {CONVERTED_NET} * CAST(leads.is_converted_net AS INT)
        + {LOST} * CAST(leads.is_lost AS INT)
        + {ENGAGED} * CAST(leads.engagement_count > 0 AS INT) AS flags,
        leads.days_to_booking AS wait, count(*) AS n
    FROM leads GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 (constants)
_BOOKINGS = f"""
    SELECT datediff('day', $zero, bookings.booking_date) AS booked,
        CASE WHEN bookings.is_cancelled THEN datediff('day', $zero, bookings.cancelled_on) END
            AS cancelled,
        datediff('day', $zero, bookings.delivery_date) AS delivery,
        {places((*_LEAD_DIMENSIONS, "unit"), "bookings")},
        list_position({list(BOOKING_STATUSES)},
            replace(bookings.status_asof, 'transferred', 'confirmed')) - 1 AS status,
        {GROSS} * CAST(bookings.is_gross AS INT) + {LIVE} * CAST(bookings.is_net AS INT)
        + {LATE} * CAST(bookings.is_delivery_overdue AS INT) AS flags,
        coalesce(bookings.units_booked, 0) AS units,
        CAST(CAST(bookings.booking_amount AS DECIMAL(38, 2)) * 100 AS BIGINT) AS amount,
        CAST(CAST(bookings.cancellation_refund_amount AS DECIMAL(38, 2)) * 100 AS BIGINT) AS refund,
        CASE WHEN bookings.is_cancelled THEN list_position($reasons,
            coalesce(nullif(trim(bookings.cancellation_reason), ''), '(none)')) - 1 END AS reason,
        bookings.booking_code AS code, bookings.customer_name AS customer
    FROM bookings ORDER BY bookings.booking_date DESC, bookings.booking_code DESC
"""  # noqa: S608 (constants)
_VISITS = f"""
    SELECT datediff('day', $zero, milestones.milestone_date) AS day, {_OF_LEAD}, count(*) AS n
    FROM milestones LEFT JOIN leads USING (tenant_id, lead_id)
    WHERE milestones.milestone_type IN ('site_visit', 'revisit')
        AND milestones.milestone_date >= $since
    GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 (constants)
_ENGAGEMENT = f"""
    SELECT {_OF_LEAD}, count(*) AS n, count(DISTINCT engagement.lead_id) AS leads
    FROM engagement LEFT JOIN leads USING (tenant_id, lead_id)
    WHERE engagement.status = 'completed' AND engagement.engagement_date >= $month_start
        AND engagement.engagement_date < $end
    GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 (constants)
_FOLLOW_UPS = f"""
    SELECT list_position({list(STATES)}, pending.state) - 1 AS state,
        datediff('day', $zero, pending.due) AS due, {_OF_LEAD},
        pending.lead, pending.phone, pending.notes, pending.source AS source_text
    FROM (SELECT *, row_number() OVER (ORDER BY {PENDING_ORDER}) AS place FROM ({PENDING}))
        AS pending LEFT JOIN leads USING (lead_id)
    ORDER BY pending.place
"""  # noqa: S608 (constants)
_WAITING = f"""
    SELECT {_OF_LEAD}, datediff('minute', $zero, timezone($timezone, created_at)) AS came_in,
        CAST(floor(epoch($end - created_at) / 3600) AS INT) AS hours,
        coalesce(lead_name, 'Unnamed lead') AS lead, phone, source_name AS source_text
    {UNANSWERED} ORDER BY created_at DESC, lead_id
"""

_LIKELY = f"""
    SELECT {_OF_LEAD}, scored.score, scored.days, scored.alike, scored.booked,
        scored.lead, scored.phone, scored.source AS source_text, scored.stage, scored.effect
    FROM (SELECT *, row_number() OVER (ORDER BY {SCORE_ORDER}) AS place FROM ({SCORED})) AS scored
        JOIN leads USING (lead_id)
    ORDER BY scored.place
"""  # noqa: S608 (constants)


class _Reader:
    """Runs a query with those of the parameters that it mentions, its result as columns."""

    def __init__(self, published: Published, parameters: Mapping[str, Any]) -> None:
        self._published = published
        self._parameters = parameters

    def table(self, sql: str, texts: int | None = None) -> Table:
        used = {name: value for name, value in self._parameters.items() if f"${name}" in sql}
        frame = pl.DataFrame(self._published.query(sql, used).to_arrow_table())
        text = [name for name, type_ in frame.schema.items() if type_ == pl.String]
        return Table(
            numbers={n: tuple(frame[n].to_list()) for n in frame.columns if n not in text},
            texts={n: tuple(frame[n].head(texts or frame.height).to_list()) for n in text},
        )


def _dimensions(published: Published) -> tuple[Dimension, ...]:
    """Sources and campaigns in the order of their tables, people and unit types by name."""
    owners = published.rows(
        "SELECT DISTINCT coalesce(owner_name, '') AS key FROM (SELECT owner_name FROM leads"
        " UNION ALL SELECT owner_name FROM bookings) ORDER BY key = '', key"
    )
    units = published.rows(
        f"SELECT DISTINCT coalesce(unit_type, '{NO_UNIT}') AS key FROM bookings ORDER BY key"  # noqa: S608 (a constant)
    )
    # A code can be listed twice; its leads are with the row that has them, which comes first.
    sources = published.rows(
        "SELECT source_code AS key, concat_ws(', ', source_name, subsource_name) AS label"
        " FROM v_lead_source_performance"
        " ORDER BY total_leads DESC, source_name, subsource_name, source_code"
    )
    campaigns = published.rows(
        "SELECT campaign_id AS key, campaign_name AS label FROM v_campaign_performance"
        " ORDER BY net_booked_value DESC, total_leads DESC, campaign_name, campaign_id"
    )
    return (
        _dimension("owner", "Owner", [(r["key"], r["key"] or NOBODY) for r in owners]),
        _dimension("source", "Source", [(r["key"] or "(none)", r["label"]) for r in sources]),
        _dimension("campaign", "Campaign", [(r["key"], r["label"]) for r in campaigns]),
        _dimension("unit", "Unit type", [(r["key"], r["key"]) for r in units]),
    )


def _dimension(name: str, title: str, values: Sequence[tuple[str, str]]) -> Dimension:
    return Dimension(
        name=name,
        title=title,
        keys=tuple(key for key, _ in values),
        labels=tuple(label for _, label in values),
    )
