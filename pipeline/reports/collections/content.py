"""The content of the collections report: the models of its payload.

Which rows make a list is `reading`'s, how the mail says them the templates'.
"""

from __future__ import annotations

from datetime import date

from pipeline.reports.payload import Frozen, Money


class ReceivedMoney(Frozen):
    """What came on the as-of day, and in its month so far."""

    cash_today: Money
    tds_today: Money
    cash_month: Money
    tds_month: Money


class OfFlat(Frozen):
    """Whose flat a line is about, and whom to call."""

    unit: str | None
    tower: str | None
    project: str | None
    booking: str
    customer: str | None
    phone: str | None
    owner: str | None


class FallingDue(OfFlat):
    label: str
    due: date
    open_cash: Money


class Overdue(OfFlat):
    """An instalment that is overdue. `reminder`: on the oldest of a booking, the step that its days
    have reached; `reminder_due`: that it reached it on this very day.
    """

    label: str
    stage: str | None
    due: date
    days: int
    open_cash: Money
    interest: Money
    interest_per_day: Money
    reminder: str | None
    reminder_due: bool
    last_payment_date: date | None
    last_payment_amount: Money | None


class LateCertificate(OfFlat):
    label: str
    paid_on: date
    awaited: Money
    certificate: str
    certificate_due: date
    days: int


class Milestone(Frozen):
    """A stage that is complete, with what of it was not demanded yet."""

    project: str | None
    tower: str | None
    stage: str
    certified_on: date
    days: int
    instalments: int
    total: Money


class OpenRefund(OfFlat):
    cancelled_on: date | None
    refund_due: Money
    paid: Money
    open: Money
    days: int


class OpenInterest(OfFlat):
    """Interest of a booking: billed and not paid, accrued and not billed, a day more."""

    open: Money
    unbilled: Money
    per_day: Money


class Collections(Frozen):
    """`plans`: whether there are instalments at all; `quiet`: nothing to say and nothing to do."""

    narrowed: tuple[str, ...]
    plans: bool
    quiet: bool
    subject: str
    headline: str
    received: ReceivedMoney
    overdue_total: Money
    overdue_bookings: int
    falling_due: tuple[FallingDue, ...]
    overdue: tuple[Overdue, ...]
    certificates: tuple[LateCertificate, ...]
    milestones: tuple[Milestone, ...]
    refunds: tuple[OpenRefund, ...]
    interest: tuple[OpenInterest, ...]
