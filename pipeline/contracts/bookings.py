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
        money("booking_amount", "what it is worth", required=True),
        text("unit_type", "kind of unit (2BHK, plot, office …)"),
        integer("unit_count", "units that the booking is about"),
        integer("units_booked", "units booked of them"),
        integer("units_available", "units of the type left that day: a snapshot, never summed"),
        date("delivery_date", "promised delivery"),
        choice(
            "status",
            "where it stands",
            ("confirmed", "pending", "cancelled", "completed", "on_hold"),
            required=True,
        ),
        date("cancellation_date", "the day on which it was cancelled"),
        text("cancellation_reason", "why it was cancelled"),
        money("cancellation_refund_amount", "what is to be paid back"),
        text("notes", "notes"),
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
