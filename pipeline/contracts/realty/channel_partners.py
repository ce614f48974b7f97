"""Channel partners: brokers who bring buyers."""

from pipeline.contracts.model import Contract, identifier, percent, text

CHANNEL_PARTNERS = Contract(
    entity="channel_partners",
    source_table="broker_profile",
    about="Who brings buyers: one row a broker.",
    optional=True,
    own_columns=(
        identifier(),
        text("partner_code", "the number that people use for the partner"),
        text("partner_name", "name as it stands on a statement", required=True),
        text("rera_number", "number as an agent in the RERA register"),
        text("pan_number", "permanent account number (PAN)"),
        text("gst_number", "GST identification number"),
        text("email", "where the statement goes"),
        percent("brokerage_percent", "brokerage where a booking names none"),
    ),
)
