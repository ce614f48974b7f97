"""Bookings for the dashboard: by status, by month, why cancelled, and how fast each type sells.

A booking counts as gross by its booking date whatever became of it; a cancellation counts in the
month of the cancellation. "Units available" is a figure typed on a booking: the newest one, never
a sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipeline.core.calendar import add_months
from pipeline.reports.figures.changes import Figure, Listing, figure, first_rows, ratio
from pipeline.reports.payload import Frozen, Money

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

MONTHS = 12
ABSORPTION_MONTHS = 6
_LISTED = 50
_REASONS_LISTED = 100
_STATUSES = ("confirmed", "on_hold", "completed", "cancelled", "pending")


class StatusRow(Frozen):
    """Bookings of one status as of the day. Pending ones are not counted as gross."""

    status: str
    bookings: int
    units: int
    value: Money


class BookingMonth(Frozen):
    month: date
    gross: int
    gross_value: Money
    cancelled: int
    cancelled_value: Money
    net: int
    net_value: Money


class UnitRow(Frozen):
    """One unit type. `months_of_inventory`: available ÷ mean net units of three whole months."""

    unit_type: str
    bookings: int
    units: int
    net_value: Money
    available: int | None
    observed_on: date | None
    months_of_inventory: Figure


class ReasonRow(Frozen):
    """The bookings cancelled for one reason, ever. `stated`: those with a refund said, be it 0."""

    reason: str
    cancelled: int
    share: Figure
    value: Money
    units: int
    refunds: Money
    stated: int


class AbsorptionRow(Frozen):
    """Units booked less units cancelled: in each of `Bookings.absorption_months`, and in twelve."""

    unit_type: str
    months: tuple[int, ...]
    units: int
    net_value: Money


class BookingRow(Frozen):
    code: str
    customer: str
    booked_on: date
    unit_type: str | None
    status: str
    owner: str | None
    delivery_date: date | None
    late: bool
    value: Money


class Bookings(Frozen):
    statuses: tuple[StatusRow, ...]
    months: tuple[BookingMonth, ...]
    units: tuple[UnitRow, ...]
    reasons: Listing[ReasonRow]
    absorption_months: tuple[date, ...]
    absorption: tuple[AbsorptionRow, ...]
    latest: Listing[BookingRow]


def read_bookings(published: Published, as_of: date) -> Bookings:
    this_month = as_of.replace(day=1)
    shown = tuple(add_months(this_month, -ago) for ago in range(ABSORPTION_MONTHS - 1, -1, -1))
    return Bookings(
        statuses=_statuses(published),
        months=_months(published, as_of),
        units=_units(published),
        reasons=read_reasons(published),
        absorption_months=shown,
        absorption=_absorption(published, add_months(this_month, 1 - MONTHS), shown),
        latest=_latest(published),
    )


def read_reasons(published: Published) -> Listing[ReasonRow]:
    """The commonest first; the sums of all months of `v_cancellations`."""
    rows = published.rows(
        "SELECT reason, sum(cancelled_count) AS cancelled, sum(cancelled_amount) AS value,"
        " sum(cancelled_units) AS units, sum(refunds_promised) AS refunds,"
        " sum(refunds_stated) AS stated FROM v_cancellations GROUP BY reason"
        " ORDER BY cancelled DESC, value DESC, reason"
    )
    total = sum(row["cancelled"] for row in rows)
    return first_rows(
        [ReasonRow(**row, share=ratio(row["cancelled"], total)) for row in rows], _REASONS_LISTED
    )


def _absorption(
    published: Published, first: date, shown: Sequence[date]
) -> tuple[AbsorptionRow, ...]:
    """The unit types of which anything was booked or cancelled since `first`."""
    rows = published.rows(
        "SELECT unit_type, month, net_units, net_amount FROM booking_unit_months"
        " WHERE month >= $first",
        {"first": first},
    )
    kinds: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        kinds.setdefault(row["unit_type"], []).append(row)
    found = [
        AbsorptionRow(
            unit_type=unit_type,
            months=tuple(
                sum(row["net_units"] for row in moved if row["month"] == month) for month in shown
            ),
            units=sum(row["net_units"] for row in moved),
            net_value=sum((row["net_amount"] for row in moved), Decimal(0)),
        )
        for unit_type, moved in kinds.items()
    ]
    return tuple(sorted(found, key=lambda row: (-row.units, row.unit_type)))


def _statuses(published: Published) -> tuple[StatusRow, ...]:
    rows = published.rows(
        "SELECT status_asof AS status, count(*) AS bookings,"
        " coalesce(sum(units_booked), 0) AS units, sum(booking_amount) AS value"
        " FROM bookings GROUP BY 1"
    )
    found = {row["status"]: StatusRow.model_validate(row) for row in rows}
    return tuple(found[status] for status in _STATUSES if status in found)


def _months(published: Published, as_of: date) -> tuple[BookingMonth, ...]:
    """The last twelve months, oldest first; those before the first booking are not there."""
    rows = published.rows(
        "SELECT month, gross_count AS gross, gross_amount AS gross_value,"
        " cancelled_count AS cancelled, cancelled_amount AS cancelled_value, net_count AS net,"
        " net_amount AS net_value FROM booking_months WHERE month >= $first ORDER BY month",
        {"first": add_months(as_of.replace(day=1), 1 - MONTHS)},
    )
    return tuple(BookingMonth.model_validate(row) for row in rows)


def _units(published: Published) -> tuple[UnitRow, ...]:
    sold = published.rows(
        "SELECT coalesce(unit_type, '(none)') AS unit_type, count(*) AS bookings,"
        " coalesce(sum(units_booked), 0) AS units, sum(booking_amount) AS net_value"
        " FROM bookings WHERE is_net GROUP BY 1 ORDER BY net_value DESC, unit_type"
    )
    left = {
        row["unit_type"]: row
        for row in published.rows(
            "SELECT unit_type, units_available, observed_on, months_of_inventory"
            " FROM unit_availability"
        )
    }
    return tuple(_unit(row, left.get(row["unit_type"], {})) for row in sold)


def _unit(sold: Mapping[str, Any], left: Mapping[str, Any]) -> UnitRow:
    return UnitRow(
        **sold,
        available=left.get("units_available"),
        observed_on=left.get("observed_on"),
        # Nothing sold in three months: the stock lasts for ever, which is no number.
        months_of_inventory=figure("rate", left.get("months_of_inventory"), defined=not left),
    )


def _latest(published: Published) -> Listing[BookingRow]:
    rows: Sequence[dict[str, Any]] = published.rows(
        "SELECT booking_code AS code, customer_name AS customer, booking_date AS booked_on,"
        " unit_type, status_asof AS status, owner_name AS owner, delivery_date,"
        " is_delivery_overdue AS late, booking_amount AS value FROM bookings"
        " WHERE status_asof <> 'pending'"
        " ORDER BY booking_date DESC, booking_code DESC LIMIT $limit",
        {"limit": _LISTED},
    )
    total = published.rows("SELECT count(*) AS n FROM bookings WHERE status_asof <> 'pending'")[0][
        "n"
    ]
    return Listing[BookingRow](
        rows=tuple(BookingRow.model_validate(row) for row in rows), total=total
    )
