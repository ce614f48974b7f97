"""Instalments: the payment plan of each booking, demanded or still to come."""

from pipeline.contracts.model import Contract, choice, date, identifier, integer, money, text

INSTALMENTS = Contract(
    entity="instalments",
    source_table="payment_schedule",
    about="The plan of payments: one row an instalment of a booking.",
    optional=True,
    own_columns=(
        identifier(),
        text("booking_id", "the booking: a bookings.id", required=True),
        integer("number", "its place in the plan"),
        text("label", "what it is called on a demand", required=True),
        text("stage_id", "the stage on which it falls due: a stages.id"),
        choice("kind", "what it is; empty means instalment", ("instalment", "charge", "deposit")),
        money("amount", "without tax", required=True),
        money("tax_amount", "the tax on it"),
        date("expected_date", "when it is expected to be demanded, if no stage says so"),
        integer("due_days", "days from the demand to the due date"),
        date("demand_date", "the day of the demand; empty as long as there is none"),
        date("due_date", "when it is to be paid"),
        text("demand_voucher", "the ledger_code of its invoice; several may share one"),
        date("waived_on", "from when it need not be paid"),
    ),
)
