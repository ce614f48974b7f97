"""The booking register: every booking of the period with what became of it, and the sums by month.

The period is the fiscal year to date unless days were asked for. Gross bookings are counted in the
month they were made, cancellations in the month they happened, whenever the booking was made; so
the register lists both, and net is the one less the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from pipeline.core import calendar
from pipeline.core.calendar import Period
from pipeline.reports.drawing.xlsx import Sheet, SheetColumn
from pipeline.reports.payload import Frozen, Money, Payload
from pipeline.reports.report import Inputs, Key, ReportModule
from pipeline.reports.selection import BOOKINGS

_UNITS = "coalesce(units_booked, unit_count)"


class RegisterEntry(Frozen):
    """One booking. `cancelled_on`, `refund`: if it was cancelled by the as-of day.

    The fields are in the order of the spreadsheet's columns.
    """

    booked_on: date
    code: str
    customer: str | None
    unit_type: str | None
    units: int | None
    value: Money
    status: str
    owner: str | None
    source: str | None
    campaign: str | None
    delivery: date | None
    delivery_overdue: bool
    cancelled_on: date | None
    reason: str | None
    refund: Money | None


class Sums(Frozen):
    """Gross less cancelled is net, in numbers and in value. `month` None: all of the period."""

    month: date | None = None
    gross: int
    gross_value: Money
    cancelled: int
    cancelled_value: Money
    net: int
    net_value: Money


class Register(Frozen):
    """`entries`: booked in the period, newest first; `earlier`: booked before it, cancelled in it.
    `not_counted` of them are pending or not yet bookings, and in no sum.
    """

    first: date
    last: date
    narrowed: tuple[str, ...]
    total: Sums
    months: tuple[Sums, ...]
    entries: tuple[RegisterEntry, ...]
    earlier: tuple[RegisterEntry, ...]
    not_counted: int


class BookingRegister(ReportModule[Register]):
    """One register per tenant and period."""

    schema = "booking_register/1"
    content = Register

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, Register]]:
        as_of, start = inputs.envelope.as_of, inputs.tenant.fiscal_year_start
        period = inputs.asked.selection.period(calendar.fiscal_year_to_date(as_of, start))
        condition, values = inputs.asked.selection.where()
        found = inputs.published.rows(
            f"select *, {_UNITS} as units from {BOOKINGS} where {condition}"  # noqa: S608
            " and (booking_date between $first and $last or cancelled_on between $first and $last)"
            " order by booking_date desc, booking_code desc, booking_id",
            {**values, "first": period.first, "last": period.last},
        )
        booked = [row for row in found if row["booking_date"] in period]
        earlier = [row for row in found if row["booking_date"] not in period and row["is_gross"]]
        months = [_sums(found, month) for month in _months(period)]
        register = Register(
            first=period.first,
            last=period.last,
            narrowed=inputs.asked.selection.described(),
            total=_sums(found, period).model_copy(update={"month": None}),
            months=tuple(month for month in months if month.gross or month.cancelled),
            entries=tuple(map(_entry, booked)),
            earlier=tuple(map(_entry, earlier)),
            not_counted=sum(not row["is_gross"] for row in booked),
        )
        yield (), register

    def sheets(self, payload: Payload) -> Iterable[Sheet]:
        register = self._said(payload)
        yield Sheet("Bookings", _COLUMNS, [_cells(entry) for entry in register.entries])
        if register.earlier:
            yield Sheet(
                "Cancelled later",
                _COLUMNS,
                [_cells(entry) for entry in register.earlier],
                note="Booked before the period, cancelled in it.",
            )
        yield Sheet(
            "By month",
            (
                SheetColumn("Month", "date"),
                SheetColumn("Booked", "number"),
                SheetColumn("Booked value", "money"),
                SheetColumn("Cancelled", "number"),
                SheetColumn("Cancelled value", "money"),
                SheetColumn("Net", "number"),
                SheetColumn("Net value", "money"),
            ),
            [(month.month, *_figures(month)) for month in register.months],
            sums=(None, *_figures(register.total)),
            note=f"Bookings made and cancelled from {register.first} to {register.last}.",
        )


_COLUMNS = (
    SheetColumn("Booked on", "date"),
    SheetColumn("Booking"),
    SheetColumn("Customer"),
    SheetColumn("Unit type"),
    SheetColumn("Units", "number"),
    SheetColumn("Value", "money"),
    SheetColumn("Status"),
    SheetColumn("Owner"),
    SheetColumn("Source"),
    SheetColumn("Campaign"),
    SheetColumn("Delivery", "date"),
    SheetColumn("Delivery overdue", "flag"),
    SheetColumn("Cancelled on", "date"),
    SheetColumn("Reason"),
    SheetColumn("Refund", "money"),
)


def _cells(entry: RegisterEntry) -> Sequence[Any]:
    return tuple(entry.model_dump().values())


def _figures(sums: Sums) -> tuple[Any, ...]:
    return (
        sums.gross,
        sums.gross_value,
        sums.cancelled,
        sums.cancelled_value,
        sums.net,
        sums.net_value,
    )


def _months(period: Period) -> Iterator[Period]:
    first = period.first
    while first <= period.last:
        month = calendar.month(first)
        yield Period(first, min(month.last, period.last))
        first = month.after


def _sums(rows: Sequence[dict[str, Any]], period: Period) -> Sums:
    counted = [row for row in rows if row["is_gross"]]
    gross = [row["booking_amount"] for row in counted if row["booking_date"] in period]
    cancelled = [
        row["booking_amount"]
        for row in counted
        if row["is_cancelled"] and row["cancelled_on"] and row["cancelled_on"] in period
    ]
    return Sums(
        month=period.first.replace(day=1),
        gross=len(gross),
        gross_value=sum(gross),
        cancelled=len(cancelled),
        cancelled_value=sum(cancelled),
        net=len(gross) - len(cancelled),
        net_value=sum(gross) - sum(cancelled),
    )


def _entry(row: dict[str, Any]) -> RegisterEntry:
    return RegisterEntry(
        code=row["booking_code"],
        customer=row["customer_name"],
        booked_on=row["booking_date"],
        unit_type=row["unit_type"],
        units=row["units"],
        value=row["booking_amount"],
        status=row["status_asof"],
        owner=row["owner_name"],
        source=row["source_name"] or row["source_code"],
        campaign=row["campaign_name"] or row["campaign_id"],
        delivery=row["delivery_date"],
        delivery_overdue=bool(row["is_delivery_overdue"]),
        cancelled_on=row["cancelled_on"] if row["is_cancelled"] else None,
        reason=row["cancellation_reason"] if row["is_cancelled"] else None,
        refund=row["cancellation_refund_amount"] if row["is_cancelled"] else None,
    )
