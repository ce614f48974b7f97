"""Leads: people or companies that may buy, with where they came from and how far they got."""

from decimal import Decimal

from pipeline.contracts.model import (
    Column,
    Contract,
    SoftRule,
    Type,
    boolean,
    choice,
    date,
    identifier,
    text,
)

LEADS = Contract(
    entity="leads",
    source_table="sales_leads",
    about="People or companies that may buy: one row a lead.",
    requires_created_at=True,
    own_columns=(
        identifier(),
        text("lead_code", "the number that people use for the lead"),
        text("first_name", "first name"),
        text("last_name", "last name"),
        text("email", "e-mail address"),
        text("phone", "telephone number, as written"),
        text("company_name", "company"),
        text("industry", "industry"),
        choice(
            "status",
            "where the lead stands today",
            ("new", "contacted", "qualified", "negotiation", "converted", "lost"),
            required=True,
        ),
        Column(
            "probability",
            Type.PERCENT,
            "chance of winning as the owner sees it",
            low=Decimal(0),
            high=Decimal(100),
            descriptive=True,
        ),
        text("source", "where the lead came from: a lead_sources.source_code"),
        text("campaign_id", "the campaign that brought it: a campaigns.id"),
        text("assigned_to", "its owner: a users.id or a name"),
        date("assigned_date", "since when the owner has it"),
        boolean("converted_to_customer", "whether it became a customer"),
        text("customer_id", "the customer it became: a customers.id"),
        date("next_action_date", "when the owner means to act next"),
        text("next_action_notes", "what the owner means to do"),
    ),
    soft_rules=(
        SoftRule("unknown_source", "the source is no source_code of the tenant's lead_sources"),
        SoftRule("unknown_campaign", "the campaign_id is no campaign of the tenant"),
        SoftRule("unknown_customer", "the customer_id is no customer of the tenant"),
    ),
)
