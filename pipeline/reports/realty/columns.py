"""The published columns that the head of every paper about a booking reads, by table."""

CUSTOMER = (
    *("customer_id", "customer_code", "customer_name", "primary_email", "primary_phone"),
    *("pan_number", "billing_address", "billing_city", "billing_state", "billing_country"),
    "billing_zip",
)
UNIT = ("unit_id", "tower", "unit_number", "unit_type", "carpet_sqft")
PROJECT = (
    *("project_id", "project_code", "project_name", "rera_number"),
    *("account_name", "account_number", "bank", "ifsc"),
)
BOOKING = ("booking_id", "booking_code", "booking_date", "unit_id", "unit_type", "pay_to_account")
PARTY = (
    *("booking_party_id", "booking_id", "place", "party_name", "pan_number", "email", "phone"),
    "share_percent",
)
