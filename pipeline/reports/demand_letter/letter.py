"""One demand letter out of the rows of its booking: `assemble` is pure.

Earlier dues are other instalments of the booking that are overdue; their interest is that of the
published lines, dropped ones left out, and a day more costs what the newest open line says.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pipeline.config.tenant import Tenant
from pipeline.reports.demand_letter.content import (
    AwaitedCertificate,
    BookingAccount,
    Deduction,
    Demand,
    DemandLetter,
    EarlierDue,
)
from pipeline.reports.demand_letter.demands import Demanded, Row
from pipeline.reports.payload import Branding
from pipeline.reports.realty.bookings import OfBooking
from pipeline.reports.realty.buyers import head_of, in_order
from pipeline.reports.realty.interest import per_day
from pipeline.reports.realty.paying import pay_to
from pipeline.reports.realty.tds_rules import rule_of, rules_from

_ZERO = Decimal("0.00")


def assemble(
    demanded: Demanded, booking: OfBooking, branding: Branding, tenant: Tenant, as_of: date
) -> DemandLetter:
    """The letter of one instalment, as of the day."""
    row = demanded.row
    reference = " ".join(filter(None, (row["unit_number"], row["booking_code"])))
    return DemandLetter(
        instalment_id=row["instalment_id"],
        number=demanded.number,
        head=head_of(row, booking.parties),
        this=_demand(row, booking, as_of),
        deductions=_deductions(row, booking),
        earlier=_earlier(row, booking, as_of),
        awaited=awaited_certificates(booking),
        account=BookingAccount(
            value=row["booking_amount"] or _ZERO,
            demanded=row["demanded"] or _ZERO,
            received_cash=row["account_cash"] or _ZERO,
            received_tds=row["account_tds"] or _ZERO,
            balance=row["balance"] or _ZERO,
            to_be_demanded=row["to_be_demanded"] or _ZERO,
        ),
        pay_to=pay_to(row, branding, tenant, row["open_cash"], reference or demanded.number),
        rules=rules_from(row["demand_date"]),
        lender=row["lender"],
    )


def _deductions(row: Row, booking: OfBooking) -> tuple[Deduction, ...]:
    """By everybody who buys; by the customer alone where nobody is recorded."""
    tds = {
        share["booking_party_id"]: share["tds_amount"]
        for share in booking.tds_shares
        if share["instalment_id"] == row["instalment_id"]
    }
    if not tds:
        name = row["customer_name"] or "Unknown customer"
        return (Deduction(name=name, share_percent=None, tds=row["tds_amount"]),)
    return tuple(
        Deduction(
            name=party["party_name"],
            share_percent=party["share_percent"],
            tds=tds.get(party["booking_party_id"], _ZERO),
        )
        for party in in_order(booking.parties)
    )


def _demand(row: Row, booking: OfBooking, as_of: date) -> Demand:
    return Demand(
        label=row["label"],
        stage=row["stage_name"],
        certified_on=row["stage_completed_date"],
        demanded_on=row["demand_date"],
        due=row["due_date"],
        amount=row["amount"],
        tax=row["tax_amount"] or _ZERO,
        total=row["total"],
        tds=row["tds_amount"],
        to_transfer=row["total"] - row["tds_amount"],
        received=row["received_cash"] + row["received_tds"],
        open_cash=row["open_cash"],
        days_overdue=row["days_overdue"] or 0,
        interest=interest_of(row, booking.interest, as_of)[0],
    )


def _earlier(row: Row, booking: OfBooking, as_of: date) -> tuple[EarlierDue, ...]:
    found = [
        one
        for one in booking.instalments
        if one["state"] == "overdue" and one["instalment_id"] != row["instalment_id"]
    ]
    lines = []
    for one in sorted(found, key=lambda one: (one["due_date"], one["number"] or 0)):
        interest, a_day = interest_of(one, booking.interest, as_of)
        lines.append(
            EarlierDue(
                label=one["label"],
                due=one["due_date"],
                days=one["days_overdue"],
                open_cash=one["open_cash"],
                interest=interest,
                interest_per_day=a_day,
            )
        )
    return tuple(lines)


def interest_of(instalment: Row, interest: Sequence[Row], as_of: date) -> tuple[Decimal, Decimal]:
    """What its lines that are not dropped add up to, and what a day more costs."""
    lines = [
        line
        for line in interest
        if line["instalment_id"] == instalment["instalment_id"] and not line["is_dropped"]
    ]
    still = sum(
        (line["open_amount"] * line["rate_percent"] for line in lines if line["to_date"] == as_of),
        Decimal(0),
    )
    return sum((line["interest"] for line in lines), _ZERO), per_day(still)


def awaited_certificates(booking: OfBooking) -> tuple[AwaitedCertificate, ...]:
    """Those that the booking's payments left out, with the forms of their day; oldest first."""
    labels = {one["instalment_id"]: one["label"] for one in booking.instalments}
    found = []
    for row in sorted(booking.awaited, key=lambda row: (row["payment_date"], row["instalment_id"])):
        rule = rule_of(row["payment_date"])
        found.append(
            AwaitedCertificate(
                label=labels.get(row["instalment_id"], row["instalment_id"]),
                paid_on=row["payment_date"],
                awaited=row["awaited"],
                statement=rule.statement,
                statement_due=row["statement_due"],
                certificate=rule.certificate,
                certificate_due=row["certificate_due"],
                days_overdue=row["days_overdue"] or 0,
            )
        )
    return tuple(found)
