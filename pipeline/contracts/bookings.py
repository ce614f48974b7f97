"""Bookings: what customers agreed to buy, its units, its delivery and its cancellation."""

import polars as pl

from pipeline.contracts.model import (
    Contract,
    SoftRule,
    choice,
    date,
    identifier,
    integer,
    money,
    percent,
    text,
)

_CANCELLED = pl.col("status") == "cancelled"

BOOKINGS = Contract(
    entity="bookings",
    source_table="sales_bookings",
    about="What customers agreed to buy: one row a booking.",
    own_columns=(
        identifier(),
        text("customer_id", "who buys: a customers.id", required=True),
        text("lead_id", "the lead it came from: a leads.id"),
        text("booking_code", "the number that people use for it", required=True),
        date("booking_date", "the day on which it was agreed", required=True),
        money(
            "booking_amount", "what it is worth: the consideration, without taxes", required=True
        ),
        text("unit_type", "kind of unit (2BHK, plot, office …)"),
        integer("unit_count", "units that the booking is about"),
        integer("units_booked", "units booked of them"),
        integer("units_available", "units of the type left that day: a snapshot, never summed"),
        date("delivery_date", "promised delivery"),
        choice(
            "status",
            "where it stands",
            ("confirmed", "pending", "cancelled", "completed", "on_hold", "transferred"),
            required=True,
        ),
        date("cancellation_date", "the day on which it was cancelled"),
        text("cancellation_reason", "why it was cancelled"),
        money("cancellation_refund_amount", "what is to be paid back"),
        text("notes", "notes"),
        text("unit_id", "the unit: a units.id"),
        date("agreement_date", "the day on which the agreement was registered"),
        date("possession_date", "the day on which the unit was handed over"),
        money("stamp_value", "what the unit is worth for stamp duty; TDS goes by the higher one"),
        percent(
            "interest_percent", "interest a year that this contract fixes; else interest_rates"
        ),
        text("pay_to_account", "the account number that this buyer alone pays into"),
        text("lender", "the bank that lends the buyer the money"),
        text("channel_partner_id", "who brought the buyer: a channel_partners.id"),
        percent("brokerage_percent", "brokerage of this booking; else the partner's"),
        text("transferred_from", "the booking that this one took over: a bookings.id"),
    ),
    soft_rules=(
        SoftRule(
            "cancelled_without_date",
            "the booking is cancelled but has no cancellation date",
            _CANCELLED & pl.col("cancellation_date").is_null(),
        ),
        SoftRule(
            "cancellation_date_without_status",
            "the booking has a cancellation date but is not cancelled",
            ~_CANCELLED & pl.col("cancellation_date").is_not_null(),
        ),
        SoftRule(
            "refund_above_amount",
            "the refund is higher than the booking amount",
            pl.col("cancellation_refund_amount") > pl.col("booking_amount"),
        ),
        SoftRule(
            "units_above_count",
            "more units are booked than the booking is about",
            pl.col("units_booked") > pl.col("unit_count"),
        ),
        SoftRule("booking_without_lead", "the booking names no lead", pl.col("lead_id").is_null()),
        SoftRule("unknown_lead", "the lead_id is no lead of the tenant"),
        SoftRule("unknown_customer", "the customer_id is no customer of the tenant"),
    ),
)
