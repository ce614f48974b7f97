"""The content of a demand letter: the models of its payload.

How the figures come about is the models' of realty; which rows make a letter is `demands`', how it
looks is the template's.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.reports.payload import Frozen, Money
from pipeline.reports.realty.buyers import BookingHead
from pipeline.reports.realty.paying import PayTo
from pipeline.reports.realty.tds_rules import TdsRule


class Deduction(Frozen):
    """What one of the buyers is to deduct of the instalment."""

    name: str
    share_percent: Decimal | None
    tds: Money


class Demand(Frozen):
    """The instalment. `to_transfer` is the total without TDS, `open_cash` what of it is left."""

    label: str
    stage: str | None
    certified_on: date | None
    demanded_on: date
    due: date | None
    amount: Money
    tax: Money
    total: Money
    tds: Money
    to_transfer: Money
    received: Money
    open_cash: Money
    days_overdue: int
    interest: Money


class EarlierDue(Frozen):
    """Another instalment that is overdue; interest to the as-of day, and for a day more."""

    label: str
    due: date
    days: int
    open_cash: Money
    interest: Money
    interest_per_day: Money


class AwaitedCertificate(Frozen):
    """TDS that a payment left out, and of which no certificate came."""

    label: str
    paid_on: date
    awaited: Money
    statement: str
    statement_due: date
    certificate: str
    certificate_due: date
    days_overdue: int


class BookingAccount(Frozen):
    """The booking's account on the as-of day."""

    value: Money
    demanded: Money
    received_cash: Money
    received_tds: Money
    balance: Money
    to_be_demanded: Money


class DemandLetter(Frozen):
    """The content of a `demand_letter` payload."""

    instalment_id: str
    number: str
    head: BookingHead
    this: Demand
    deductions: tuple[Deduction, ...]
    earlier: tuple[EarlierDue, ...]
    awaited: tuple[AwaitedCertificate, ...]
    account: BookingAccount
    pay_to: PayTo | None
    rules: tuple[TdsRule, ...]
    lender: str | None
