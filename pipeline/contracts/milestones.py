"""Milestones: the steps of a lead's life, with place, outcome and the follow-up they ask for."""

from decimal import Decimal

import polars as pl

from pipeline.contracts.model import (
    Column,
    Contract,
    SoftRule,
    Type,
    boolean,
    choice,
    date,
    identifier,
    integer,
    text,
)

MILESTONES = Contract(
    entity="milestones",
    source_table="sales_lead_milestones",
    about="The steps of a lead's life: one row a step that was taken.",
    own_columns=(
        identifier(),
        text("lead_id", "the lead: a leads.id", required=True),
        choice(
            "milestone_type",
            "which step; cancellation and reengaged are exit and re-entry, not stages",
            (
                "lead_generated",
                "contacted",
                "site_visit",
                "revisit",
                "demo",
                "proposal",
                "negotiation",
                "booking",
                "cancellation",
                "reengaged",
            ),
            required=True,
        ),
        date("milestone_date", "the local day on which it was taken", required=True),
        Column("milestone_time", Type.CLOCK, "the local time of day"),
        text("notes", "what was said"),
        Column(
            "location_latitude",
            Type.COORDINATE,
            "latitude in degrees, north positive",
            low=Decimal(-90),
            high=Decimal(90),
        ),
        Column(
            "location_longitude",
            Type.COORDINATE,
            "longitude in degrees, east positive",
            low=Decimal(-180),
            high=Decimal(180),
        ),
        text("location_name", "the place in words"),
        text("status_before", "the lead's status before"),
        text("status_after", "the lead's status after"),
        text("visited_by", "who went along: a users.id or a name"),
        integer("duration_minutes", "how long it took, in minutes"),
        choice("outcome", "how it went", ("positive", "neutral", "negative"), descriptive=True),
        date("follow_up_date", "by when to come back to the lead"),
        boolean("follow_up_required", "whether somebody has to come back to the lead"),
        Column("metadata", Type.JSON, "anything else, as JSON"),
    ),
    soft_rules=(
        SoftRule(
            "follow_up_without_date",
            "a follow-up is required but has no date",
            pl.col("follow_up_required") & pl.col("follow_up_date").is_null(),
        ),
        SoftRule("unknown_lead", "the lead_id is no lead of the tenant"),
        SoftRule("milestone_before_lead", "it is dated before the lead was made"),
    ),
)
