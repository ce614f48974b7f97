"""Campaigns: what was run to bring leads, when, for how much and with what hope."""

from pipeline.contracts.model import (
    Column,
    Contract,
    Type,
    choice,
    date,
    identifier,
    money,
    text,
)

CAMPAIGNS = Contract(
    entity="campaigns",
    source_table="sales_campaigns",
    about="What is run to bring leads: one row a campaign.",
    own_columns=(
        identifier(),
        text("campaign_code", "the code that people use for it", required=True),
        text("campaign_name", "name as reports print it", required=True),
        choice(
            "campaign_type",
            "kind of campaign",
            (
                "email",
                "social",
                "referral",
                "event",
                "digital",
                "traditional",
                "direct",
                "outbound",
            ),
            required=True,
        ),
        text("description", "what it is"),
        date("start_date", "first day", required=True),
        date("end_date", "last day"),
        money("budget", "money set aside; not what was spent (that is campaign_spend)"),
        Column("expected_roi", Type.PERCENT, "hoped-for return on the money spent, in percent"),
        text("assigned_to", "who runs it: a users.id or a name"),
        choice(
            "status",
            "where it stands",
            ("active", "inactive", "completed", "paused"),
            required=True,
        ),
    ),
)
