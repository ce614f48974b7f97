"""Reminders due today: one for each booking whose oldest overdue instalment reaches a step.

The last step is a notice. It is made like the others, but says on its face that a person decides
whether it leaves: no mail carries it to a buyer by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.reports.collections.reading import reminder
from pipeline.reports.demand_letter.content import EarlierDue
from pipeline.reports.demand_letter.letter import interest_of
from pipeline.reports.payload import Frozen, Money
from pipeline.reports.realty.bookings import OfBooking, Row, accounts, of_bookings
from pipeline.reports.realty.buyers import BookingHead, head_of
from pipeline.reports.realty.paying import PayTo, pay_to
from pipeline.reports.report import Inputs, Key, ReportModule

_ZERO = Decimal("0.00")


class Reminder(Frozen):
    """`step`: 1, 2, …; `is_notice`: the last of them. `days`: of the oldest instalment."""

    number: str
    head: BookingHead
    name: str
    step: int
    is_notice: bool
    days: int
    dues: tuple[EarlierDue, ...]
    overdue: Money
    interest: Money
    interest_per_day: Money
    open_interest: Money
    pay_to: PayTo | None


class Reminders(ReportModule[Reminder]):
    """A letter for each reminder that is due on the as-of day."""

    schema = "reminder/1"
    content = Reminder

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, Reminder]]:
        days = ", ".join(str(step) for step in inputs.tenant.realty.reminders)
        found = accounts(inputs, f"a.overdue > 0 and a.oldest_days_overdue in ({days})")
        rows = of_bookings(inputs, [account["booking_id"] for _, account in found])
        for folder, account in found:
            yield (folder,), _reminder(inputs, account, rows[account["booking_id"]])


def _reminder(inputs: Inputs, account: Row, booking: OfBooking) -> Reminder:
    steps, as_of = inputs.tenant.realty.reminders, inputs.envelope.as_of
    step = steps.index(account["oldest_days_overdue"]) + 1
    code = account["booking_code"] or account["booking_id"]
    dues = tuple(_dues(account, booking, inputs))
    quote = " ".join(filter(None, (account["unit_number"], account["booking_code"])))
    return Reminder(
        number=f"{inputs.tenant.id.upper()}/{code}/R{step}/{as_of:%Y%m%d}",
        head=head_of(account, booking.parties),
        name=reminder(account["oldest_days_overdue"], steps) or "Reminder",
        step=step,
        is_notice=step == len(steps),
        days=account["oldest_days_overdue"],
        dues=dues,
        overdue=account["overdue"],
        interest=sum((one.interest for one in dues), _ZERO),
        interest_per_day=sum((one.interest_per_day for one in dues), _ZERO),
        open_interest=account["open_interest"],
        pay_to=pay_to(
            account, inputs.envelope.branding, inputs.tenant, account["overdue"], quote or code
        ),
    )


def _dues(account: Row, booking: OfBooking, inputs: Inputs) -> Iterator[EarlierDue]:
    own = [
        row
        for row in booking.instalments
        if row["state"] == "overdue" and row["customer_id"] == account["customer_id"]
    ]
    for row in sorted(own, key=lambda row: (row["due_date"], row["number"] or 0)):
        interest, a_day = interest_of(row, booking.interest, inputs.envelope.as_of)
        yield EarlierDue(
            label=row["label"],
            due=row["due_date"],
            days=row["days_overdue"],
            open_cash=row["open_cash"],
            interest=interest,
            interest_per_day=a_day,
        )
