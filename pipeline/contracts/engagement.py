"""Engagement: what was sent to, said to or agreed with a lead, and whether an answer came."""

import polars as pl

from pipeline.contracts.model import (
    Contract,
    SoftRule,
    boolean,
    choice,
    identifier,
    integer,
    text,
    timestamp,
)

ENGAGEMENT = Contract(
    entity="engagement",
    source_table="sales_lead_engagement",
    about="What was sent to or said with a lead: one row a contact.",
    own_columns=(
        identifier(),
        text("lead_id", "the lead: a leads.id", required=True),
        choice(
            "engagement_type",
            "what was done",
            (
                "email_sent",
                "call_made",
                "message_sent",
                "meeting_scheduled",
                "proposal_sent",
                "quote_sent",
            ),
            required=True,
        ),
        timestamp("engagement_date", "when it was done", required=True),
        choice(
            "engagement_channel",
            "through which medium",
            ("email", "phone", "sms", "whatsapp", "in_person", "video"),
            descriptive=True,
        ),
        text("subject", "what it was about"),
        text("notes", "what was said"),
        choice("status", "whether it took place", ("completed", "pending", "failed")),
        boolean("response_received", "whether the lead answered"),
        timestamp("response_date", "when the lead answered"),
        text("response_notes", "what the lead answered"),
        text("assigned_to", "who did it: a users.id or a name"),
        integer("duration_seconds", "how long it took, in seconds"),
    ),
    soft_rules=(
        SoftRule(
            "response_before_engagement",
            "the answer is dated before the contact",
            pl.col("response_date") < pl.col("engagement_date"),
        ),
        SoftRule(
            "response_without_date",
            "an answer was received but has no date",
            pl.col("response_received") & pl.col("response_date").is_null(),
        ),
        SoftRule("unknown_lead", "the lead_id is no lead of the tenant"),
    ),
)
