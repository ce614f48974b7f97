"""The content of a demand letter: the models of its payload.

How the figures come about is the models' of realty; which rows make a letter is `demands`', how it
looks is the template's. PANs are masked here, so that no payload holds one whole.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.reports.payload import Frozen, Money
from pipeline.reports.realty.paying import PayTo
from pipeline.reports.realty.tds_rules import TdsRule


class Addressee(Frozen):
    """One of those who buy together. `tds`: what this one is to deduct of the instalment."""

    name: str
    pan_masked: str | None
    email: str | None
    phone: str | None
    share_percent: Decimal | None
    tds: Money


class Unit(Frozen):
    """The flat, and where it is."""

    booking: str
    booked_on: date | None
    project: str | None
    rera_number: str | None
    tower: str | None
    number: str | None
    type: str | None
    carpet_sqft: Money | None


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
    customer_code: str
    address: tuple[str, ...]
    parties: tuple[Addressee, ...]
    unit: Unit
    this: Demand
    earlier: tuple[EarlierDue, ...]
    awaited: tuple[AwaitedCertificate, ...]
    account: BookingAccount
    pay_to: PayTo | None
    rules: tuple[TdsRule, ...]
    lender: str | None
