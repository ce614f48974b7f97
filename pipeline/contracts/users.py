"""Users: the sales people, so that reports can print names and teams instead of ids."""

from pipeline.contracts.model import Contract, boolean, identifier, text

USERS = Contract(
    entity="users",
    source_table="users",
    about="The sales people: one row a person. Without it, reports print owners as they are"
    " written in the other files.",
    optional=True,
    own_columns=(
        identifier(),
        text("name", "name as reports print it", required=True),
        text("email", "e-mail address"),
        text("team", "team"),
        text("manager_id", "whom the person reports to: a users.id"),
        boolean("is_active", "whether the person still works there"),
    ),
)
