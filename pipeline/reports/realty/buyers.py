"""Who bought which flat: what stands in the head of every paper about a booking.

PANs are masked here, so that no payload holds one whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.reports.customer_statement.account import mask_pan
from pipeline.reports.payload import Frozen, Money

Row = Mapping[str, Any]

# The columns of a head, and where they stand: b, c, u and p are joined to whatever has a booking.
HEAD = """
    b.booking_code, b.booking_date, b.pay_to_account, b.lender,
    c.customer_code, c.customer_name, c.primary_email, c.primary_phone, c.pan_number,
    c.billing_address, c.billing_city, c.billing_state, c.billing_country, c.billing_zip,
    u.tower, u.unit_number, coalesce(u.unit_type, b.unit_type) as unit_type, u.carpet_sqft,
    p.project_name, p.rera_number, p.account_name, p.account_number, p.bank, p.ifsc
"""


class Buyer(Frozen):
    """One of those who buy together."""

    name: str
    pan_masked: str | None
    email: str | None
    phone: str | None
    share_percent: Decimal | None


class Flat(Frozen):
    """The flat, and where it is."""

    booking: str
    booked_on: date | None
    project: str | None
    rera_number: str | None
    tower: str | None
    number: str | None
    type: str | None
    carpet_sqft: Money | None


class BookingHead(Frozen):
    """To whom a paper goes, and about which flat."""

    customer_code: str
    buyers: tuple[Buyer, ...]
    address: tuple[str, ...]
    flat: Flat


def head_of(row: Row, parties: Sequence[Row]) -> BookingHead:
    """The head of a paper to everybody who buys; to the customer where nobody is recorded."""
    buyers = [
        Buyer(
            name=party["party_name"],
            pan_masked=mask_pan(party["pan_number"]),
            email=party["email"],
            phone=party["phone"],
            share_percent=party["share_percent"],
        )
        for party in in_order(parties)
    ]
    alone = Buyer(
        name=row["customer_name"] or "Unknown customer",
        pan_masked=mask_pan(row["pan_number"]),
        email=row["primary_email"],
        phone=row["primary_phone"],
        share_percent=None,
    )
    return BookingHead(
        customer_code=row["customer_code"] or row["customer_id"],
        buyers=tuple(buyers) or (alone,),
        address=_address(row),
        flat=Flat(
            booking=row["booking_code"] or row["booking_id"],
            booked_on=row["booking_date"],
            project=row["project_name"],
            rera_number=row["rera_number"],
            tower=row["tower"],
            number=row["unit_number"],
            type=row["unit_type"],
            carpet_sqft=row["carpet_sqft"],
        ),
    )


def in_order(parties: Sequence[Row]) -> list[Row]:
    return sorted(parties, key=lambda party: (party["place"], party["booking_party_id"]))


def _address(row: Row) -> tuple[str, ...]:
    city = " ".join(part for part in (row["billing_city"], row["billing_zip"]) if part)
    place = ", ".join(filter(None, (city, row["billing_state"], row["billing_country"])))
    return tuple(part for part in (row["billing_address"], place) if part)
