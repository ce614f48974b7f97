"""Customers: who has an account, how to reach and to bill them, and on which terms."""

from pipeline.contracts.model import Contract, choice, identifier, integer, money, text

CUSTOMERS = Contract(
    entity="customers",
    source_table="sales_customers",
    about="Those who have an account with the tenant: one row a customer.",
    own_columns=(
        identifier(),
        text("customer_code", "the number that people use for the customer"),
        text("customer_name", "name as it stands on a statement", required=True),
        text("business_name", "registered business name"),
        text("business_type", "kind of business"),
        text("primary_contact_name", "the person to write to"),
        text("primary_email", "that person's e-mail address"),
        text("primary_phone", "that person's telephone number"),
        text("billing_address", "street address for bills"),
        text("billing_city", "city"),
        text("billing_state", "state"),
        text("billing_country", "country"),
        text("billing_zip", "postal code, kept as text"),
        text("pan_number", "permanent account number (PAN)"),
        text("gst_number", "GST identification number"),
        money("credit_limit", "the most that the customer may owe"),
        integer("credit_days", "days from a bill to its due date where the bill names none"),
        text("payment_terms", "terms in words"),
        text("customer_category", "the tenant's own grouping"),
        choice("status", "whether business goes on", ("active", "inactive", "blocked")),
        money(
            "current_balance",
            "what the source says the customer owes",
            signed=True,
        ),
    ),
)
