"""Interest rates: what late payment costs a year, from which day."""

from pipeline.contracts.model import Contract, date, identifier, percent, text

INTEREST_RATES = Contract(
    entity="interest_rates",
    source_table=None,
    about="What late payment costs: one row a rate and the day from which it holds.",
    optional=True,
    own_columns=(
        identifier(),
        text("project_id", "the project: a projects.id; empty means all"),
        date("valid_from", "the first day on which it holds", required=True),
        percent("rate_percent", "the rate a year", required=True),
        text("note", "what it is made of"),
    ),
)
