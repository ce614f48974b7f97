"""The content of a unit statement: the models of its payload.

Positive balances are what the buyer owes. How the figures come about is `account`'s, how they look
is the template's.
"""

from __future__ import annotations

from datetime import date

from pipeline.reports.demand_letter.content import AwaitedCertificate
from pipeline.reports.payload import Frozen, Money
from pipeline.reports.realty.buyers import BookingHead
from pipeline.reports.realty.paying import PayTo


class DueOfBooking(Frozen):
    """`now` = overdue + interest + other; with what is not due, TDS awaited and unapplied credit it
    is the balance.
    """

    now: Money
    overdue: Money
    interest: Money
    other: Money
    not_due: Money
    tds_awaited: Money
    unapplied_credit: Money
    balance: Money


class Movement(Frozen):
    """One ledger entry of the booking. `balance` is after it."""

    day: date
    kind: str
    voucher: str
    particulars: str | None
    due: date | None
    debit: Money
    credit: Money
    balance: Money


class RowsOfPeriod(Frozen):
    """Opening + invoices + interest + forfeited + refunds + transfers + waived + other − received −
    tds = closing. `gst` is within invoices; None where the source does not say it of each.
    """

    opening: Money
    invoices: Money
    gst: Money | None
    received: Money
    tds: Money
    interest: Money
    forfeited: Money
    refunds: Money
    transfers: Money
    waived: Money
    other: Money
    closing: Money


class PlanLine(Frozen):
    """An instalment. `when`: the day that counts for its state, and what that day is."""

    number: int | None
    label: str
    total: Money
    tds: Money
    received: Money
    open_cash: Money
    state: str
    when: date | None
    what: str
    days_overdue: int


class UnitStatement(Frozen):
    """The content of a `unit_statement` payload."""

    number: str
    first: date
    last: date
    status: str
    head: BookingHead
    due: DueOfBooking
    falling_due: tuple[PlanLine, ...]
    awaited: tuple[AwaitedCertificate, ...]
    rows: RowsOfPeriod
    movements: tuple[Movement, ...]
    plan: tuple[PlanLine, ...]
    interest_unbilled: Money
    interest_per_day: Money
    to_be_demanded: Money
    received_percent: Money | None
    pay_to: PayTo | None
