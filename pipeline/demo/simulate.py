"""One tenant's eighteen months, from enquiries to balanced ledgers: the order in which things are
decided.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.demo.draws import Streams
from pipeline.demo.engagement import engagement_table, last_completed, make_engagement
from pipeline.demo.follow_ups import make_follow_ups
from pipeline.demo.journey import Attempts, first_attempts, second_attempts
from pipeline.demo.lead_rows import (
    customers_of_leads,
    lead_statuses,
    lead_table,
    milestone_table,
)
from pipeline.demo.leads import Leads, make_leads, make_staff
from pipeline.demo.marketing import campaign_runs, marketing_tables
from pipeline.demo.milestones import make_milestones
from pipeline.demo.money.bookings import (
    booking_table,
    buyer_names,
    contact_details,
    customer_table,
    unit_labels,
)
from pipeline.demo.money.ledger import ledger_table, make_ledger
from pipeline.demo.money.sales import Sales, make_sales
from pipeline.demo.people import person_names
from pipeline.demo.profile import Profile
from pipeline.demo.seasons import NEVER, Window


def simulate(profile: Profile, window: Window, seed: int) -> dict[str, pl.DataFrame]:
    """Every table of the tenant, by entity, with the contract's columns as far as they are known.

    Days and timestamps are the tenant's local ones; money is exact; rows are in order of time.
    """
    streams = Streams(seed, profile.id)
    staff = make_staff(streams, profile, window)
    runs = campaign_runs(profile, window)
    campaign_ids = streams("campaign ids").ids(len(runs))
    leads = make_leads(streams, profile, window, staff, runs)
    attempts = _attempts(streams, profile, window, leads)

    sales = make_sales(streams, profile, window, leads, attempts)
    booking_ids = streams("booking ids").ids(len(sales))
    customer_ids = streams("customer ids").ids(sales.customers)
    units = unit_labels(profile, sales)
    ledger = make_ledger(streams, profile, window, sales, booking_ids, units)

    milestones = make_milestones(streams, profile, window, attempts)
    engagement = make_engagement(streams, profile, window, attempts)
    status = lead_statuses(leads, milestones, attempts)
    last_touch = last_completed(engagement, len(leads))
    follow_ups = make_follow_ups(streams, window, milestones, last_touch, status)

    names, buyers = _people(streams, profile, len(leads), sales)
    customer_of_lead = customers_of_leads(leads, sales, customer_ids)
    owner_of_lead = staff.ids.gather(leads.owner)
    return {
        "users": staff.table,
        **marketing_tables(streams, profile, window, runs, campaign_ids, staff.ids),
        "leads": lead_table(
            streams,
            profile,
            window,
            leads,
            status,
            names,
            staff,
            campaign_ids,
            customer_of_lead,
            last_touch,
        ),
        "customers": customer_table(streams, profile, sales, ledger, buyers, customer_ids),
        "milestones": milestone_table(
            streams, profile, window, leads, staff, milestones, follow_ups
        ),
        "engagement": engagement_table(streams, window, engagement, leads.ids, owner_of_lead),
        "bookings": booking_table(
            streams, profile, window, sales, ledger, leads, booking_ids, customer_ids
        ),
        "ledger_entries": ledger_table(ledger.entries, customer_ids),
    }


def _attempts(
    streams: Streams, profile: Profile, window: Window, leads: Leads
) -> tuple[Attempts, ...]:
    first = first_attempts(streams, profile, window, leads)
    ended = np.minimum(first.closed, first.cancelled)
    over = np.flatnonzero(ended < NEVER)
    return first, second_attempts(streams, profile, window, leads, first.lead[over], ended[over])


def _people(
    streams: Streams, profile: Profile, leads: int, sales: Sales
) -> tuple[dict[str, pl.Series], dict[str, pl.Series]]:
    """Names and contacts of the leads and of the buyers, most of whom are leads."""

    def make(topic: str, n: int) -> dict[str, pl.Series]:
        names = person_names(streams(f"{topic} names"), profile, n)
        return contact_details(streams, f"{topic} contacts", names)

    names = make("lead", leads)
    return names, buyer_names(sales, names, make("buyer", sales.customers))
