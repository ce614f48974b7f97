"""Booking parties: who buys together, and with what share."""

from pipeline.contracts.model import Contract, identifier, percent, text

BOOKING_PARTIES = Contract(
    entity="booking_parties",
    source_table="joint_applicant",
    about="Who buys together: one row a buyer of a booking. Without one the customer buys alone.",
    optional=True,
    own_columns=(
        identifier(),
        text("booking_id", "the booking: a bookings.id", required=True),
        text("party_name", "name as it stands on a demand", required=True),
        text("pan_number", "permanent account number (PAN)"),
        text("email", "e-mail address"),
        text("phone", "telephone number"),
        percent("share_percent", "share of the unit, and so of the tax to deduct"),
    ),
)
