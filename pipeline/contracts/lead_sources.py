"""Lead sources: the catalogue of where leads come from, as the tenant groups it."""

from pipeline.contracts.model import Contract, boolean, choice, identifier, text

LEAD_SOURCES = Contract(
    entity="lead_sources",
    source_table="sales_lead_sources",
    about="Where leads come from: one row a source and subsource.",
    own_columns=(
        identifier(),
        text("source_code", "what leads.source refers to", required=True),
        text("source_name", "name as reports print it", required=True),
        choice(
            "source_type",
            "group of sources",
            (
                "website",
                "email",
                "phone",
                "referral",
                "event",
                "social",
                "direct",
                "digital",
                "traditional",
                "partner",
            ),
            required=True,
        ),
        text("subsource_name", "finer division of the source"),
        text("channel", "the medium through which it reaches people"),
        boolean("is_active", "whether it is still in use"),
        text("description", "what it is"),
    ),
)
