"""Who and what moved: sources and campaigns up and down, bookings, cancellations, new overdues.

Sources and campaigns compare the seven days to as-of with the seven before, so that each weekday
is in both; a single day of a single source is mostly chance. Bookings and cancellations are the
day's own.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pipeline.core.calendar import previous_period
from pipeline.reports.daily_summary.activity import last_seven_days
from pipeline.reports.figures.changes import Change, Listing, compare, first_rows
from pipeline.reports.payload import Frozen, Money

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

# One lead more or less is no movement.
SMALLEST_MOVE = 2
_SHOWN = 3
_LISTED = 5


class Mover(Frozen):
    """A source or campaign: its leads of the last seven days against the seven before."""

    name: str
    leads: int
    change: Change


class NewBooking(Frozen):
    code: str
    customer: str
    unit_type: str | None
    units: int | None
    amount: Money
    owner: str | None


class CancellationLine(Frozen):
    code: str
    customer: str
    amount: Money
    booked_on: date
    reason: str | None
    refund: Money | None


class NewlyOverdue(Frozen):
    """A customer who had nothing overdue the day before. `amount`: what fell overdue."""

    code: str | None
    customer: str
    amount: Money
    due_date: date


class Movers(Frozen):
    first: date
    last: date
    sources: tuple[Mover, ...]
    campaigns: tuple[Mover, ...]
    bookings: Listing[NewBooking]
    cancellations: Listing[CancellationLine]
    newly_overdue: Listing[NewlyOverdue]


def read_movers(published: Published, as_of: date) -> Movers:
    week = last_seven_days(as_of)
    return Movers(
        first=week.first,
        last=week.last,
        sources=_moved(published, "source_name", as_of),
        campaigns=_moved(published, "campaign_name", as_of),
        bookings=_bookings(published, as_of),
        cancellations=_cancellations(published, as_of),
        newly_overdue=_newly_overdue(published),
    )


def _moved(
    published: Published, column: Literal["source_name", "campaign_name"], as_of: date
) -> tuple[Mover, ...]:
    """The largest moves, ups first; a lead of no campaign moves no campaign."""
    week = last_seven_days(as_of)
    before = previous_period(week)
    rows = published.rows(
        f"SELECT {column} AS name, count(*) FILTER (lead_date >= $first) AS leads,"  # noqa: S608 (one of two literals)
        " count(*) FILTER (lead_date < $first) AS earlier"
        f" FROM leads WHERE lead_date BETWEEN $since AND $last AND {column} IS NOT NULL"
        f" AND {column} <> '(unattributed)' GROUP BY 1",
        {"since": before.first, "first": week.first, "last": week.last},
    )
    movers = [_mover(row, before.first, before.last) for row in rows]
    ups = sorted(
        (m for m in movers if _size(m) >= SMALLEST_MOVE), key=lambda m: (-_size(m), m.name)
    )
    downs = sorted(
        (m for m in movers if _size(m) <= -SMALLEST_MOVE), key=lambda m: (_size(m), m.name)
    )
    return (*ups[:_SHOWN], *downs[:_SHOWN])


def _mover(row: dict[str, Any], first: date, last: date) -> Mover:
    change = compare(row["leads"], row["earlier"], first, last, higher_is_better=True)
    return Mover(name=row["name"], leads=row["leads"], change=change)


def _size(mover: Mover) -> int:
    return int(mover.change.difference or 0)


def _bookings(published: Published, as_of: date) -> Listing[NewBooking]:
    rows = published.rows(
        "SELECT booking_code AS code, customer_name AS customer, unit_type, units_booked AS units,"
        " booking_amount AS amount, owner_name AS owner FROM bookings"
        " WHERE is_gross AND booking_date = $as_of ORDER BY booking_amount DESC, booking_code",
        {"as_of": as_of},
    )
    return first_rows([NewBooking.model_validate(row) for row in rows], _LISTED)


def cancelled_amount(published: Published, as_of: date) -> Decimal:
    """What all cancellations of the day are worth, shown or not."""
    (row,) = published.rows(
        "SELECT coalesce(sum(booking_amount), 0) AS amount FROM bookings"
        " WHERE is_cancelled AND cancelled_on = $as_of",
        {"as_of": as_of},
    )
    return Decimal(row["amount"])


def _cancellations(published: Published, as_of: date) -> Listing[CancellationLine]:
    rows = published.rows(
        "SELECT booking_code AS code, customer_name AS customer, booking_amount AS amount,"
        " booking_date AS booked_on, cancellation_reason AS reason,"
        " cancellation_refund_amount AS refund FROM bookings"
        " WHERE is_cancelled AND cancelled_on = $as_of"
        " ORDER BY booking_amount DESC, booking_code",
        {"as_of": as_of},
    )
    return first_rows([CancellationLine.model_validate(row) for row in rows], _LISTED)


def _newly_overdue(published: Published) -> Listing[NewlyOverdue]:
    """Customers whose oldest overdue item is one day late: yesterday's due date was missed."""
    rows = published.rows(
        "SELECT c.customer_code AS code, coalesce(c.customer_name, 'Unknown customer') AS customer,"
        " sum(i.open_amount) AS amount, min(i.due_date) AS due_date"
        " FROM ledger_open_items AS i LEFT JOIN customers AS c USING (tenant_id, customer_id)"
        " WHERE i.open_amount > 0 AND i.days_overdue > 0 AND i.ageing_bucket <> 'unapplied_credit'"
        " GROUP BY i.customer_id, c.customer_code, c.customer_name"
        " HAVING max(i.days_overdue) = 1 ORDER BY amount DESC, i.customer_id"
    )
    return first_rows([NewlyOverdue.model_validate(row) for row in rows], _LISTED)
