"""What somebody should do today: follow-ups overdue, leads nobody answered, deliveries past due.

Shared by the daily summary (the ten most pressing) and the dashboard (the list). Every list says
how many rows there are in all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipeline.core.calendar import local_day_bounds
from pipeline.reports.figures.changes import Listing
from pipeline.reports.payload import Frozen, Money

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

ANSWER_WITHIN = timedelta(hours=24)


class FollowUp(Frozen):
    lead_id: str
    lead: str
    phone: str | None
    source: str | None
    owner: str | None
    due: date | None
    days_overdue: int | None
    state: str
    notes: str | None


class OwnerFollowUps(Frozen):
    """One person's overdue follow-ups: how many, since when, and the rows that are shown."""

    owner: str | None
    overdue: int
    oldest: date
    rows: tuple[FollowUp, ...]


class OverdueFollowUps(Frozen):
    """Counts of all pending ones; the oldest overdue by owner, who has waited longest first."""

    overdue: int
    due_today: int
    undated: int
    oldest_days: int | None
    owners: tuple[OwnerFollowUps, ...]
    shown: int


class OwnerWork(Frozen):
    """How many pending follow-ups one person has, by state."""

    owner: str | None
    overdue: int
    due_today: int
    undated: int
    oldest: date | None


class WaitingLead(Frozen):
    """A lead that came in more than a day ago and that nobody has answered."""

    code: str | None
    lead: str
    phone: str | None
    source: str | None
    owner: str | None
    created_at: datetime
    hours: int


class LateDelivery(Frozen):
    code: str
    customer: str
    unit_type: str | None
    delivery_date: date
    days_late: int
    amount: Money


PENDING = (
    "SELECT lead_id, coalesce(lead_name, 'Unnamed lead') AS lead, phone, source_name AS source,"
    " owner_name AS owner, follow_up_date AS due, days_overdue, state, notes FROM follow_ups"
)
PENDING_ORDER = "state <> 'overdue', state <> 'due_today', due, owner, lead, lead_id"
UNANSWERED = (
    "FROM leads WHERE first_response_at IS NULL AND created_at <= $deadline AND stage_rank = 0"
    " AND NOT coalesce(is_lost, false) AND NOT coalesce(is_converted, false)"
)


def read_follow_ups(published: Published, limit: int) -> OverdueFollowUps:
    """The `limit` oldest overdue ones, under their owners; every owner is counted."""
    owners = published.rows(
        "SELECT owner_name AS owner, count(*) AS overdue, min(follow_up_date) AS oldest"
        " FROM follow_ups WHERE state = 'overdue' GROUP BY 1 ORDER BY oldest, overdue DESC, owner"
    )
    rows = published.rows(
        f"{PENDING} WHERE state = 'overdue' ORDER BY due, owner, lead, lead_id LIMIT $limit",
        {"limit": limit},
    )
    states = {
        row["state"]: row["n"]
        for row in published.rows("SELECT state, count(*) AS n FROM follow_ups GROUP BY 1")
    }
    return OverdueFollowUps(
        overdue=states.get("overdue", 0),
        due_today=states.get("due_today", 0),
        undated=states.get("undated", 0),
        oldest_days=rows[0]["days_overdue"] if rows else None,
        owners=_by_owner(owners, [FollowUp.model_validate(row) for row in rows]),
        shown=len(rows),
    )


def read_owners(published: Published) -> tuple[OwnerWork, ...]:
    """Everybody with a pending follow-up, the most overdue first."""
    rows = published.rows(
        "SELECT owner_name AS owner, count(*) FILTER (state = 'overdue') AS overdue,"
        " count(*) FILTER (state = 'due_today') AS due_today,"
        " count(*) FILTER (state = 'undated') AS undated, min(follow_up_date) AS oldest"
        " FROM follow_ups GROUP BY 1 ORDER BY overdue DESC, due_today DESC, owner"
    )
    return tuple(OwnerWork.model_validate(row) for row in rows)


def list_follow_ups(published: Published, limit: int) -> Listing[FollowUp]:
    """All pending ones, overdue first and oldest first, then today's, then the undated."""
    rows = published.rows(
        f"{PENDING} ORDER BY {PENDING_ORDER} LIMIT $limit",
        {"limit": limit},
    )
    return Listing[FollowUp](
        rows=tuple(FollowUp.model_validate(row) for row in rows),
        total=_count(published, "FROM follow_ups", {}),
    )


def answer_deadline(as_of: date, timezone: str) -> datetime:
    """Who came in by then should have been answered by the end of the as-of day."""
    _, end = local_day_bounds(as_of, ZoneInfo(timezone))
    return end - ANSWER_WITHIN


def waiting_leads(
    published: Published, as_of: date, timezone: str, limit: int
) -> Listing[WaitingLead]:
    """Newest first: a lead of yesterday can still be won, one of last year is gone."""
    deadline: dict[str, Any] = {"deadline": answer_deadline(as_of, timezone)}
    end = deadline["deadline"] + ANSWER_WITHIN
    rows = published.rows(
        "SELECT lead_code AS code, coalesce(lead_name, 'Unnamed lead') AS lead, phone,"
        " source_name AS source, owner_name AS owner, created_at"
        f" {UNANSWERED} ORDER BY created_at DESC, lead_id LIMIT $limit",
        deadline | {"limit": limit},
    )
    return Listing[WaitingLead](
        rows=tuple(WaitingLead(**row, hours=_hours(end, row["created_at"])) for row in rows),
        total=_count(published, UNANSWERED, deadline),
    )


def late_deliveries(published: Published, as_of: date, limit: int) -> Listing[LateDelivery]:
    rows = published.rows(
        "SELECT booking_code AS code, customer_name AS customer, unit_type, delivery_date,"
        " booking_amount AS amount FROM bookings WHERE is_delivery_overdue"
        " ORDER BY delivery_date, booking_code LIMIT $limit",
        {"limit": limit},
    )
    return Listing[LateDelivery](
        rows=tuple(
            LateDelivery(**row, days_late=(as_of - row["delivery_date"]).days) for row in rows
        ),
        total=_count(published, "FROM bookings WHERE is_delivery_overdue", {}),
    )


def _by_owner(
    owners: Sequence[dict[str, Any]], rows: Sequence[FollowUp]
) -> tuple[OwnerFollowUps, ...]:
    def owner(row: FollowUp) -> str:
        return row.owner or ""

    shown = {name: tuple(group) for name, group in groupby(sorted(rows, key=owner), key=owner)}
    return tuple(OwnerFollowUps(**row, rows=shown.get(row["owner"] or "", ())) for row in owners)


def _count(published: Published, what: str, parameters: dict[str, Any]) -> int:
    count: int = published.rows(f"SELECT count(*) AS n {what}", parameters)[0]["n"]
    return count


def _hours(end: datetime, created_at: datetime) -> int:
    return int((end - created_at).total_seconds() // 3600)
