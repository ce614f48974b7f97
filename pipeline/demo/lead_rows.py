"""The lead and milestone tables: codes, names, statuses, next actions, notes."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.demo.draws import Ints, Streams, gather
from pipeline.demo.follow_ups import FollowUpRows
from pipeline.demo.journey import Attempts
from pipeline.demo.leads import Leads, Staff
from pipeline.demo.milestones import STATUSES, TYPES, Milestones, visit_details
from pipeline.demo.money.sales import Sales
from pipeline.demo.people import firm_names
from pipeline.demo.profile import Profile
from pipeline.demo.seasons import DAY, HOUR, NEVER, Window
from pipeline.demo.tables import blank, clock, codes, days, integers, times

_NOTES: tuple[tuple[str, ...], ...] = (
    ("Enquiry received", "Asked for the brochure", "Asked for a call back"),
    (
        "Budget confirmed",
        "Comparing with two other projects",
        "Will discuss with family",
        "Asked for a later call",
        "Interested, wants a visit",
    ),
    (
        "Liked the layout",
        "Liked the location, worried about traffic",
        "Came with family",
        "Wants a higher floor",
    ),
    ("Second visit with parents", "Checked the unit again", "Brought a friend who is an engineer"),
    ("Sample unit shown", "Video walk-through for family abroad"),
    ("Cost sheet explained", "Proposal for two units compared"),
    (
        "Asked for a waiver of floor rise",
        "Discussing payment plan",
        "Final price agreed but for parking",
    ),
    ("Token received, application signed", "Booked during the visit"),
    ("Wishes to withdraw, refund explained", "Cancelled by the customer"),
    ("Came back through a reminder", "Called again on their own"),
)
_ACTIONS = (
    "Call back",
    "Send cost sheet",
    "Confirm the visit",
    "Share loan options",
    "Call after office hours",
)
# What a salesperson types as probability in each status.
_PROBABILITY = np.array([10, 20, 40, 70, 100, 0])


def lead_statuses(leads: Leads, milestones: Milestones, attempts: tuple[Attempts, ...]) -> Ints:
    """Where each lead stands now: what its last milestone says, or lost since."""
    last = milestones.last_of_lead()
    status = np.zeros(len(leads), np.int64)
    status[milestones.lead[last]] = milestones.after[last]
    latest = np.zeros(len(leads), np.int64)
    latest[milestones.lead[last]] = milestones.attempt[last]
    for one in attempts:
        lost = (one.closed < NEVER) & (latest[one.lead] == one.number)
        status[one.lead[lost]] = STATUSES.index("lost")
    return status


def lead_table(
    streams: Streams,
    profile: Profile,
    window: Window,
    leads: Leads,
    status: Ints,
    names: dict[str, pl.Series],
    staff: Staff,
    campaign_ids: pl.Series,
    customer_of_lead: pl.Series,
    last_touch: Ints,
) -> pl.DataFrame:
    draws, n = streams("lead table"), len(leads)
    source_codes = [s.code for s in profile.sources]
    firm = draws.chance(0.85 if profile.business else 0.12, n)
    firms = firm_names(draws, n)
    next_action = _next_actions(streams, window, leads, status, last_touch)
    updated = np.maximum(last_touch, leads.time + HOUR)
    assigned = leads.time + draws.below(HOUR // 2, n)
    hunch = np.where(status < STATUSES.index("converted"), draws.below(4, n) * 5, 0)
    return pl.DataFrame(
        {
            "id": leads.ids,
            "lead_code": codes(f"{profile.prefix}-L-", n),
            "first_name": names["first"],
            "last_name": names["last"],
            "email": blank(names["email"], draws.chance(0.14, n)),
            "phone": blank(names["phone"], draws.chance(0.02, n)),
            "company_name": blank(firms["name"], ~firm),
            "industry": blank(firms["industry"], ~firm),
            "status": gather(STATUSES, status),
            "probability": (_PROBABILITY[status] + hunch).clip(0, 100),
            "source": gather(source_codes, leads.source),
            "campaign_id": gather(campaign_ids, leads.campaign),
            "assigned_to": staff.ids.gather(leads.owner),
            "assigned_date": days(assigned // DAY),
            "converted_to_customer": customer_of_lead.is_not_null(),
            "customer_id": customer_of_lead,
            "next_action_date": days(next_action),
            "next_action_notes": blank(draws.choice(_ACTIONS, n), next_action < 0),
            "created_at": times(leads.time),
            "updated_at": times(np.minimum(updated, window.end - 1)),
            "deleted_at": times(np.full(n, -1)),
        }
    )


def _next_actions(
    streams: Streams, window: Window, leads: Leads, status: Ints, last_touch: Ints
) -> Ints:
    """The day of the next action on some open leads, -1 on the others; a few days are past."""
    draws, n = streams("next actions"), len(leads)
    ahead = window.last + 1 + draws.below(9, n)
    stale = np.maximum(last_touch, leads.time) // DAY + 2 + draws.below(4, n)
    planned = np.where(draws.chance(0.06, n) & (stale <= window.last), stale, ahead)
    has_action = draws.chance(np.where(status == STATUSES.index("new"), 0.6, 0.3), n)
    return np.where(has_action & (status < STATUSES.index("converted")), planned, -1)


def customers_of_leads(leads: Leads, sales: Sales, customer_ids: pl.Series) -> pl.Series:
    """Per lead the id of the customer it became, or null; not while the booking is pending."""
    customer = np.full(len(leads), -1, np.int64)
    bought = (sales.lead >= 0) & ~sales.pending
    customer[sales.lead[bought]] = sales.customer[bought]
    return gather(customer_ids, customer)


def milestone_table(
    streams: Streams,
    profile: Profile,
    window: Window,
    leads: Leads,
    staff: Staff,
    milestones: Milestones,
    follow_ups: FollowUpRows,
) -> pl.DataFrame:
    draws, n = streams("milestone table"), len(milestones)
    visit = visit_details(streams, profile, milestones, leads.project[milestones.lead])
    sizes = np.array([len(pool) for pool in _NOTES])
    note = (np.cumsum(sizes) - sizes)[milestones.kind] + draws.below(sizes[milestones.kind], n)
    noted = draws.chance(0.55, n)
    visited = visit["minutes"].is_not_null().to_numpy()
    # A visit is noted within two hours, a talk within ten minutes, an enquiry as it comes in.
    slowness = np.where(visited, 2 * HOUR, np.where(milestones.kind == 0, 0, 600))
    wait = (slowness * draws.uniform(n)).astype(np.int64)
    created = np.minimum(milestones.time + wait, window.end - 1)
    owner = staff.ids.gather(leads.owner[milestones.lead])
    return pl.DataFrame(
        {
            "id": streams("milestone ids").ids(n),
            "lead_id": leads.ids.gather(milestones.lead),
            "milestone_type": gather(TYPES, milestones.kind),
            "milestone_date": days(milestones.time // DAY),
            "milestone_time": clock(milestones.time),
            "notes": gather([text for pool in _NOTES for text in pool], np.where(noted, note, -1)),
            "location_latitude": visit["latitude"],
            "location_longitude": visit["longitude"],
            "location_name": visit["place"],
            "status_before": gather(STATUSES, milestones.before),
            "status_after": gather(STATUSES, milestones.after),
            "visited_by": blank(owner, ~visited),
            "duration_minutes": visit["minutes"],
            "outcome": visit["outcome"],
            "follow_up_date": days(follow_ups.day),
            "follow_up_required": follow_ups.required,
            "metadata": visit["metadata"],
            "created_at": times(created),
            "updated_at": times(created),
        }
    )


__all__ = ["customers_of_leads", "integers", "lead_statuses", "lead_table", "milestone_table"]
