"""The content of a customer's statement of account: the models of its payload.

Positive balances are what the customer owes (Dr). How the figures come about is `account`'s, how
they look is the template's.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pipeline.reports.figures.ageing import Ageing
from pipeline.reports.payload import Frozen, Money

Kind = Literal["invoice", "payment", "credit_note", "debit_note", "adjustment"]


class Party(Frozen):
    """The customer as addressed. The PAN is masked here, so that no payload holds it whole."""

    customer_id: str
    code: str
    name: str
    business_name: str | None = None
    address: tuple[str, ...] = ()
    contact_name: str | None = None
    email: str | None = None
    phone: str | None = None
    gstin: str | None = None
    pan_masked: str | None = None
    credit_days: int = 0


class BookingLine(Frozen):
    code: str
    booked_on: date
    units: int | None = None
    unit_type: str | None = None
    status: str


class Line(Frozen):
    """One ledger entry. `balance` is after it, `before` is what a page that begins with it brings
    forward; positive is what the customer owes. `entered` is given on back-dated rows alone.
    """

    entry_id: str
    day: date
    kind: Kind
    voucher: str
    reference: str | None = None
    particulars: str | None = None
    due: date | None = None
    days_overdue: int | None = None
    debit: Money
    credit: Money
    before: Money
    balance: Money
    entered: date | None = None


class Summary(Frozen):
    """Opening + invoices + debit notes + refunds − payments − credit notes + adjustments = closing.

    By type and not by sign; `refunds` are payments that went the other way. What entries say to be
    TDS, interest, forfeitures, waivers or transfers has a row of its own and is in no other; debits
    count, so credits of these are below zero.
    """

    opening: Money
    invoices: Money
    debit_notes: Money
    refunds: Money
    payments: Money
    credit_notes: Money
    adjustments: Money
    tds: Money = Decimal("0.00")
    interest: Money = Decimal("0.00")
    forfeitures: Money = Decimal("0.00")
    waivers: Money = Decimal("0.00")
    transfers: Money = Decimal("0.00")
    closing: Money
    total_debit: Money
    total_credit: Money
    overdue: Money
    not_due: Money
    unapplied_credit: Money
    last_payment_date: date | None = None
    last_payment_amount: Money | None = None


class DueNow(Frozen):
    """What of the balance is to be paid now. `interest` of it was billed as such; `tds_open` is
    awaited as certificates and in no other amount here; `next_amount` falls due on `next_due`.
    """

    amount: Money
    interest: Money = Decimal("0.00")
    tds_open: Money = Decimal("0.00")
    not_due: Money
    next_due: date | None = None
    next_amount: Money | None = None


class AgeingTotal(Ageing):
    total: Money


class OpenItem(Frozen):
    """What is left of a debit, or (negative) of a credit that no debit has used."""

    voucher: str
    day: date
    kind: Kind
    due: date | None = None
    days_overdue: int | None = None
    original: Money
    open: Money


Cause = Literal["entered", "changed", "reversed", "cancelled", "deleted", "re-dated", "moved"]


class AllocatedPart(Frozen):
    voucher: str
    amount: Money


class CreditAllocation(Frozen):
    """A payment or credit of the period, and the debits that it was set against."""

    voucher: str
    day: date
    kind: Kind
    method: Literal["explicit", "derived"]
    parts: tuple[AllocatedPart, ...]


class Proof(Frozen):
    """What was compared. The first two sums hold, or there would be no statement."""

    stored_balances: int
    stored_balances_differing: int
    excluded_entries: int


class Restated(Frozen):
    """An entry of before the period that became known, or another one, only in it: what it was when
    the last statement closed, and what it is. Positive is what is owed.
    """

    day: date
    kind: Kind
    voucher: str
    cause: Cause
    known: date
    was: Money
    amount: Money


class Statement(Frozen):
    """The content of a `customer_statement` payload.

    `restated`: earlier statements said otherwise, by these entries. `last_closing` and they add up
    to the opening balance.
    """

    number: str
    first: date
    last: date
    customer: Party
    bookings: tuple[BookingLine, ...]
    summary: Summary
    due: DueNow
    lines: tuple[Line, ...]
    ageing: AgeingTotal
    open_items: tuple[OpenItem, ...]
    settlements: tuple[CreditAllocation, ...]
    proof: Proof
    last_closing: Money
    restated: tuple[Restated, ...] = ()
