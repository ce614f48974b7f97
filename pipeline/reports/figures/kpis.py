"""The KPIs by name: what each is called, what it means, and whether more of it is good news.

Titles and definitions are printed on the dashboard and in the mail, so the wording here is what
people read; the figures themselves are computed by the models (`v_kpi_daily`, `daily_activity`).
"""

from dataclasses import dataclass

from pipeline.reports.figures.changes import Kind


@dataclass(frozen=True)
class Kpi:
    """One KPI. `flow`: counted per day and added up; otherwise a level at a day's end.

    `higher_is_better` is None where a change is neither good nor bad news by itself.
    """

    name: str
    title: str
    kind: Kind
    definition: str
    flow: bool = False
    higher_is_better: bool | None = True


# What happens in a day; the columns of `daily_activity`.
NEW_LEADS = Kpi(
    "new_leads",
    "New leads",
    "count",
    "Leads whose first record, or first “lead generated” milestone, is of that day.",
    flow=True,
)
SITE_VISITS = Kpi(
    "site_visits", "Site visits", "count", "Site visits and revisits recorded.", flow=True
)
BOOKINGS = Kpi(
    "bookings",
    "Bookings",
    "count",
    "Bookings by booking date, whether or not they were cancelled later; pending ones apart.",
    flow=True,
)
BOOKED_VALUE = Kpi(
    "booked_amount",
    "Booked value",
    "money",
    "Value of the bookings of that day, before later cancellations.",
    flow=True,
)
RECEIPTS = Kpi(
    "receipts", "Collections", "money", "Payments entered in the customers' ledgers.", flow=True
)
CONVERSATIONS = Kpi(
    "engagement_completed",
    "Calls, messages, meetings",
    "count",
    "Completed engagement with leads, of every type and channel.",
    flow=True,
)
CANCELLATIONS = Kpi(
    "cancellations",
    "Cancellations",
    "count",
    "Bookings by the day they were cancelled.",
    flow=True,
    higher_is_better=False,
)

# What is so at the end of a day; columns of `v_kpi_daily`.
FOLLOW_UPS = Kpi(
    "pending_follow_ups",
    "Pending follow-ups",
    "count",
    "Follow-ups due by the day and not met by a later milestone or completed engagement, on leads"
    " neither lost nor booked: overdue, due today and undated ones.",
    higher_is_better=False,
)
OUTSTANDING = Kpi(
    "outstanding_balance",
    "Outstanding balance",
    "money",
    "Debits less credits of all effective ledger entries. Receivables and customers' credits are"
    " shown apart, since netting hides dues.",
    higher_is_better=False,
)

DAILY_TILES = (
    NEW_LEADS,
    SITE_VISITS,
    BOOKINGS,
    BOOKED_VALUE,
    CONVERSATIONS,
    RECEIPTS,
    FOLLOW_UPS,
    OUTSTANDING,
)

# The eleven of the dashboard, in the order that people know them; columns of `v_kpi_daily`.
ELEVEN = (
    Kpi(
        "total_leads",
        "Total leads",
        "count",
        "All leads that had come in by the end of the day. Deleted ones are not counted.",
    ),
    Kpi(
        "new_leads",
        "New leads this month",
        "count",
        "Leads that came in from the first of the month to the day, by the earlier of their first"
        " record and their first “lead generated” milestone.",
        flow=True,
    ),
    Kpi(
        "qualified_leads",
        "Qualified leads",
        "count",
        "Leads that ever reached a site visit or a later stage, or ever had the status qualified,"
        " negotiation or converted. A probability is no evidence.",
    ),
    Kpi(
        "converted_leads",
        "Converted leads",
        "count",
        "Leads with a booking milestone, a booking that is not pending, or the status converted;"
        " later cancellations do not undo it.",
    ),
    Kpi(
        "conversion_rate",
        "Conversion rate",
        "rate",
        "Converted leads ÷ total leads. Recent leads are still open; the funnel shows the"
        " rate by month of arrival.",
    ),
    Kpi(
        "active_customers",
        "Active customers",
        "count",
        "Customers with status active and a live booking or a balance that is not zero.",
    ),
    Kpi(
        "total_bookings",
        "Bookings, gross",
        "count",
        "Bookings that are confirmed, on hold, completed or cancelled, by booking date. Pending"
        " ones are not counted; net is less the cancelled ones.",
    ),
    Kpi(
        "booked_amount",
        "Booked value, gross",
        "money",
        "Value of the gross bookings. Cancelled value and refunds are shown apart.",
    ),
    OUTSTANDING,
    Kpi(
        "engagement_this_month",
        "Engagement this month",
        "count",
        "Completed calls, messages, meetings, proposals and quotes from the first of the month to"
        " the day.",
        flow=True,
    ),
    FOLLOW_UPS,
)
