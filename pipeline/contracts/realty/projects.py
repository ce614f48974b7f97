"""Projects: what is being built and sold, when it was promised, and its own account."""

from pipeline.contracts.model import Contract, date, identifier, text

PROJECTS = Contract(
    entity="projects",
    source_table="property_project",
    about="What is built and sold: one row a project.",
    optional=True,
    own_columns=(
        identifier(),
        text("project_code", "the short name that people use for it"),
        text("project_name", "its name", required=True),
        text("rera_number", "its number in the state's RERA register"),
        text("city", "city"),
        text("state", "state"),
        date("launch_date", "when its sale began"),
        date("promised_date", "possession, as registered"),
        date("oc_date", "occupancy certificate"),
        text("gst_number", "GST number that its invoices carry"),
        text("account_name", "name of the account that buyers pay into"),
        text("account_number", "its number"),
        text("bank", "its bank"),
        text("ifsc", "its IFSC"),
    ),
)
