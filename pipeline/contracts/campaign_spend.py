"""Campaign spend: what a campaign cost, day by day. The one entity that the old system lacks."""

from pipeline.contracts.model import Contract, SoftRule, date, identifier, money, text

CAMPAIGN_SPEND = Contract(
    entity="campaign_spend",
    source_table=None,
    about="What a campaign cost: one row a payment or a day. Without it, cost and return on"
    " investment of a campaign are not computed: a budget is not spend.",
    optional=True,
    own_columns=(
        identifier(),
        text("campaign_id", "the campaign: a campaigns.id", required=True),
        date("spend_date", "the day on which it was spent", required=True),
        money("amount", "how much", required=True),
        text("note", "what for"),
    ),
    soft_rules=(SoftRule("unknown_campaign", "the campaign_id is no campaign of the tenant"),),
)
