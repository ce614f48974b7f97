"""What happened to one lead, as events: milestones, engagement, bookings and their cancellations.

Each kind of row becomes one kind of event with a title, a day, a time where one was recorded, and
details as labels and texts; then they are put in order. What else a timeline says is
`report`'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from pipeline.reports.payload import Frozen, Money

if TYPE_CHECKING:
    from pipeline.publish.reader import Published

Kind = Literal["milestone", "engagement", "booking", "cancellation"]


class Event(Frozen):
    """One thing that happened. `days_since`: since the event before it, None for the first.

    `details` are labels and texts in the order they are shown; `tone` is how it went, if that is
    known; `time` is absent where none was recorded.
    """

    kind: Kind
    title: str
    day: date
    time: str | None
    who: str | None
    details: tuple[tuple[str, str], ...]
    amount: Money | None = None
    tone: Literal["good", "bad", "neutral"] = "neutral"
    days_since: int | None = None
    attempt: int | None = None


def read_events(
    published: Published,
    milestones: Sequence[Mapping[str, Any]],
    who: Mapping[str, str],
    zone: ZoneInfo,
) -> tuple[Event, ...]:
    """In order of day and time, each with the days since the one before. `who`: {"id": lead_id}."""
    people = {
        row["owner_id"]: row["owner_name"]
        for row in published.rows("SELECT owner_id, owner_name FROM v_owner_performance")
    }
    engagement = published.rows(
        "SELECT * FROM engagement WHERE lead_id = $id ORDER BY engagement_date, engagement_id",
        dict(who),
    )
    bookings = published.rows(
        "SELECT * FROM bookings WHERE lead_id = $id ORDER BY booking_date, booking_code", dict(who)
    )
    events = [_milestone(row, people) for row in milestones]
    events += [_contact(row, people, zone) for row in engagement]
    events += [event for row in bookings for event in _booking(row)]
    # Stable: what has no time of its own stays after the day's others, in its order of recording.
    events.sort(key=lambda event: (event.day, event.time is None, event.time or ""))
    before = [None, *events[:-1]]
    return tuple(
        event.model_copy(update={"days_since": (event.day - earlier.day).days})
        if earlier
        else event
        for event, earlier in zip(events, before, strict=False)
    )


def _milestone(row: Mapping[str, Any], people: Mapping[str, str]) -> Event:
    changed = row["status_before"] != row["status_after"] and row["status_after"]
    tones: Mapping[str | None, Literal["good", "bad"]] = {"positive": "good", "negative": "bad"}
    return Event(
        kind="milestone",
        title=in_words(row["milestone_type"]),
        day=row["milestone_date"],
        time=row["milestone_time"][:5] if row["milestone_time"] else None,
        who=people.get(row["visited_by"], row["visited_by"]),
        details=_details(
            ("Place", row["location_name"]),
            ("Duration", _minutes(row["duration_minutes"])),
            ("Outcome", row["outcome"]),
            (
                "Status",
                f"{row['status_before'] or 'none'} → {row['status_after']}" if changed else None,
            ),
            ("Note", row["notes"]),
            ("Recorded", _recorded(row["metadata"])),
        ),
        tone=tones.get(row["outcome"], "neutral"),
        attempt=row["attempt"],
    )


def _contact(row: Mapping[str, Any], people: Mapping[str, str], zone: ZoneInfo) -> Event:
    local = row["engagement_date"].astimezone(zone)
    seconds, status = row["duration_seconds"], row["status"]
    answered = "yes" if row["response_received"] else None
    return Event(
        kind="engagement",
        title=in_words(row["engagement_type"]),
        day=local.date(),
        time=f"{local:%H:%M}",
        who=people.get(row["assigned_to"], row["assigned_to"]),
        details=_details(
            ("Subject", row["subject"]),
            ("Channel", (row["engagement_channel"] or "").replace("_", " ")),
            ("Duration", _minutes(round(seconds / 60) or 1) if seconds else None),
            ("Status", status if status != "completed" else None),
            ("Answered", row["response_notes"] or answered),
            ("Note", row["notes"]),
        ),
        tone="bad" if status == "failed" else "good" if answered else "neutral",
    )


def _booking(row: Mapping[str, Any]) -> Iterator[Event]:
    units = _details(("Unit", row["unit_type"]), ("Status", in_words(row["status_asof"])))
    yield Event(
        kind="booking",
        title=f"Booking {row['booking_code']}",
        day=row["booking_date"],
        time=None,
        who=None,
        details=units,
        amount=row["booking_amount"],
        tone="good",
    )
    if row["is_cancelled"] and row["cancelled_on"]:
        yield Event(
            kind="cancellation",
            title=f"Booking {row['booking_code']} cancelled",
            day=row["cancelled_on"],
            time=None,
            who=None,
            details=_details(("Reason", row["cancellation_reason"] or "none recorded")),
            amount=row["booking_amount"],
            tone="bad",
        )


def _details(*pairs: tuple[str, str | None]) -> tuple[tuple[str, str], ...]:
    return tuple((label, text) for label, text in pairs if text)


def _recorded(metadata: str | None) -> str | None:
    """The extra answers of a milestone, as `name: value` each; as it is if it is no JSON object."""
    if not metadata:
        return None
    try:
        values = json.loads(metadata)
    except json.JSONDecodeError:
        return metadata
    if not isinstance(values, dict):
        return metadata
    said = {True: "yes", False: "no", None: "none"}
    return "; ".join(
        f"{in_words(name).lower()}: {said[value] if isinstance(value, bool | None) else value}"
        for name, value in values.items()
    )


def _minutes(minutes: int | None) -> str | None:
    if minutes is None:
        return None
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def in_words(name: str) -> str:
    """`site_visit` as a title: Site visit."""
    return name.replace("_", " ").capitalize()
