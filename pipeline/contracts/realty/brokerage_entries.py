"""Brokerage entries: what partners invoiced, were paid and gave back."""

from pipeline.contracts.model import Contract, choice, date, identifier, money, text

BROKERAGE_ENTRIES = Contract(
    entity="brokerage_entries",
    source_table="broker_commission_payout",
    about="What partners invoiced, were paid and gave back: one row an entry.",
    optional=True,
    own_columns=(
        identifier(),
        text("channel_partner_id", "the partner: a channel_partners.id", required=True),
        text("booking_id", "the booking: a bookings.id"),
        date("entry_date", "the day to which it belongs", required=True),
        choice("kind", "what it is", ("invoice", "payment", "recovery"), required=True),
        text("voucher", "the partner's invoice number, or that of the payment"),
        money("amount", "without GST, before TDS", required=True),
        money("gst_amount", "GST on it"),
        money("tds_amount", "tax deducted from it"),
    ),
)
