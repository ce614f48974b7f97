"""Units: the flats, shops and plots of a project, sold or not."""

from pipeline.contracts.model import Contract, area, choice, date, identifier, integer, money, text

UNITS = Contract(
    entity="units",
    source_table="property_unit",
    about="What can be sold: one row a unit.",
    optional=True,
    own_columns=(
        identifier(),
        text("project_id", "the project: a projects.id", required=True),
        text("tower", "tower, wing or block"),
        integer("floor", "floor; below zero is under the ground"),
        text("unit_number", "the number on its door", required=True),
        text("unit_type", "kind of unit (2BHK, plot, office …)"),
        area("carpet_sqft", "carpet area"),
        area("saleable_sqft", "saleable area"),
        money("list_price", "today's price without taxes"),
        choice(
            "status",
            "where it stands; a live booking outweighs it",
            ("available", "blocked", "sold", "not_for_sale"),
            required=True,
        ),
        date("blocked_until", "the last day of the block"),
    ),
)
