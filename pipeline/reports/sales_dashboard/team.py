"""How soon leads are answered, and what each owner has, did and brought, for the dashboard.

Shares within an hour or a day are over leads whose hour or day is over; medians are over answered
leads alone, and medians of months or owners are never combined into one.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pipeline.core.calendar import add_months
from pipeline.reports.figures.changes import Figure, Listing, figure, first_rows, ratio
from pipeline.reports.payload import Frozen, Money, Rate

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

MONTHS = 12
NOBODY = "(none)"
_LISTED = 100


class ResponseMonth(Frozen):
    """The leads that came in in one month. `oldest_days` is None if none is unanswered."""

    month: date
    leads: int
    answered: int
    median_hours: Rate | None
    p90_hours: Rate | None
    within_1h: Figure
    within_24h: Figure
    unanswered: int
    oldest_days: int | None


class FirstResponse(Frozen):
    """`within_1h` and `within_24h` of the months shown; `unanswered` of all leads."""

    months: tuple[ResponseMonth, ...]
    within_1h: Figure
    within_24h: Figure
    unanswered: int
    oldest_days: int | None


class OwnerRow(Frozen):
    """One owner. `key` is the name as the filters know it, empty for what nobody owns."""

    key: str
    name: str | None
    team: str | None
    active: bool | None
    leads: int
    new_leads: int
    open: int
    qualified: int
    converted: int
    conversion_rate: Figure
    net_bookings: int
    net_value: Money
    median_days_to_booking: Rate | None
    site_visits: int
    engagement: int
    response_rate: Figure
    median_response_hours: Rate | None
    unanswered: int
    overdue: int
    due_today: int
    oldest: date | None


class TeamSection(Frozen):
    response: FirstResponse
    owners: Listing[OwnerRow]


def read_team(published: Published, as_of: date) -> TeamSection:
    return TeamSection(response=_response(published, as_of), owners=_owners(published))


def _response(published: Published, as_of: date) -> FirstResponse:
    rows = published.rows(
        "SELECT * FROM v_first_response WHERE month >= $first ORDER BY month",
        {"first": add_months(as_of.replace(day=1), 1 - MONTHS)},
    )
    waiting = published.rows(
        "SELECT coalesce(sum(unanswered_leads), 0) AS unanswered,"
        " max(oldest_unanswered_days) AS oldest_days FROM v_first_response"
    )[0]

    def share(hours: str) -> Figure:
        return ratio(
            sum(row[f"responded_{hours}"] for row in rows), sum(row[f"due_{hours}"] for row in rows)
        )

    return FirstResponse(
        months=tuple(_month(row) for row in rows),
        within_1h=share("1h"),
        within_24h=share("24h"),
        **waiting,
    )


def _month(row: dict[str, Any]) -> ResponseMonth:
    return ResponseMonth(
        month=row["month"],
        leads=row["leads"],
        answered=row["responded_leads"],
        median_hours=row["median_first_response_hours"],
        p90_hours=row["p90_first_response_hours"],
        within_1h=figure("rate", row["within_1h_rate"], defined=row["due_1h"] > 0),
        within_24h=figure("rate", row["within_24h_rate"], defined=row["due_24h"] > 0),
        unanswered=row["unanswered_leads"],
        oldest_days=row["oldest_unanswered_days"],
    )


def _owners(published: Published) -> Listing[OwnerRow]:
    """Everybody, also who has no lead and the leads of nobody: the rows are the whole."""
    rows = published.rows(
        "SELECT * FROM v_owner_performance"
        " ORDER BY net_booked_value DESC, total_leads DESC, owner_name, owner_id"
    )
    return first_rows([_owner(row) for row in rows], _LISTED)


def _owner(row: dict[str, Any]) -> OwnerRow:
    nobody = row["owner_id"] == NOBODY
    return OwnerRow(
        key="" if nobody else row["owner_name"],
        name=None if nobody else row["owner_name"],
        team=row["team"],
        active=row["is_active"],
        leads=row["total_leads"],
        new_leads=row["new_leads_mtd"],
        open=row["open_leads"],
        qualified=row["qualified_leads"],
        converted=row["converted_leads"],
        conversion_rate=figure("rate", row["conversion_rate"], defined=row["total_leads"] > 0),
        net_bookings=row["net_bookings"],
        net_value=row["net_booked_value"],
        median_days_to_booking=row["median_days_to_booking"],
        site_visits=row["site_visits"],
        engagement=row["engagement_completed_mtd"],
        # Null is nothing to be answered, which is no rate.
        response_rate=figure("rate", row["response_rate"], defined=False),
        median_response_hours=row["median_first_response_hours"],
        unanswered=row["unanswered_leads"],
        overdue=row["follow_ups_overdue"],
        due_today=row["follow_ups_due_today"],
        oldest=row["oldest_follow_up_date"],
    )
