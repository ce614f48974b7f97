"""Stages: the milestones of construction on which instalments fall due."""

from pipeline.contracts.model import Contract, date, identifier, text

STAGES = Contract(
    entity="stages",
    source_table="property_project_milestone",
    about="What is built when: one row a stage of a project or of a tower.",
    optional=True,
    own_columns=(
        identifier(),
        text("project_id", "the project: a projects.id", required=True),
        text("tower", "the tower; empty means the whole project"),
        text("stage_name", "its name", required=True),
        date("planned_date", "when it is to be complete"),
        date("completed_date", "when it was certified complete"),
    ),
)
