"""The lead timeline: everything that is recorded of one lead, in one chronology.

Milestones, engagement and bookings are told in the order they happened, in the tenant's local time,
with the days between them; above them stand who the lead is, how far it came and what is still
owed to it. The report is made for one lead at a time, when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipeline.core.errors import ConfigError
from pipeline.reports.artifacts import folder_name
from pipeline.reports.drawing.colour import WHITE, readable
from pipeline.reports.figures.cohorts import STAGE_TITLES
from pipeline.reports.freshness import sources
from pipeline.reports.lead_timeline.events import Event, in_words, read_events
from pipeline.reports.payload import Frozen, Money, Payload, Rate
from pipeline.reports.report import Inputs, Key, ReportModule

if TYPE_CHECKING:
    from pipeline.publish.reader import Published


class Stage(Frozen):
    """A stage of the tenant's funnel: when the lead first stood there, and days since it came."""

    title: str
    reached_on: date | None
    days_from_lead: int | None
    skipped: bool


class EngagementLine(Frozen):
    title: str
    count: int
    completed: int
    answered: int
    response_rate: Rate | None
    last: datetime


class FollowUpDue(Frozen):
    due: date | None
    days_overdue: int | None
    notes: str | None


class TimelineContent(Frozen):
    """`flags`: what is odd about the recorded data, in words."""

    code: str | None
    name: str
    company: str | None
    phone: str | None
    email: str | None
    owner: str | None
    source: str | None
    campaign: str | None
    status: str | None
    lead_date: date
    created_at: datetime
    converted_date: date | None
    lost_date: date | None
    booked_value: Money
    first_response_hours: Rate | None
    next_action_date: date | None
    attempts: int
    stages: tuple[Stage, ...]
    events: tuple[Event, ...]
    engagement: tuple[EngagementLine, ...]
    follow_ups: tuple[FollowUpDue, ...]
    flags: tuple[str, ...]

    @property
    def last_day(self) -> date | None:
        return self.events[-1].day if self.events else None


class LeadTimeline(ReportModule[TimelineContent]):
    """The one lead that was asked for."""

    schema = "lead_timeline/1"
    content = TimelineContent

    def contents(self, inputs: Inputs) -> Iterator[tuple[Key, TimelineContent]]:
        """The one lead's timeline. ConfigError if none was named, or there is none of that name."""
        published = inputs.published
        lead = _find(published, inputs.asked.lead)
        key = folder_name(lead["lead_code"], lead["lead_id"])
        yield (key,), _content(inputs, lead)

    def context(self, payload: Payload, format_: str) -> Mapping[str, Any]:  # noqa: ARG002
        content = self._said(payload)
        return {
            "sources": [source.model_dump() for source in sources(payload.envelope.freshness)],
            "silent_days": (payload.envelope.as_of - content.last_day).days
            if content.last_day
            else None,
            "dark_brand": readable(payload.envelope.branding.color, "#14181d"),
            "light_brand": readable(payload.envelope.branding.color, WHITE),
        }


def _find(published: Published, name: str | None) -> dict[str, Any]:
    if not name:
        raise ConfigError("lead_timeline is made for one lead: say which by its code or id")
    found = published.rows(
        "SELECT * FROM leads WHERE lead_id = $name OR lead_code = $name"
        " ORDER BY lead_id <> $name, lead_id",
        {"name": name},
    )
    if not found:
        raise ConfigError(f"{published.tenant} has no lead with the code or id {name!r}")
    if len(found) > 1 and found[0]["lead_id"] != name:
        ids = ", ".join(row["lead_id"] for row in found[:5])
        raise ConfigError(f"{len(found)} leads have the code {name!r}; say which by id: {ids}")
    return found[0]


def _content(inputs: Inputs, lead: Mapping[str, Any]) -> TimelineContent:
    published, zone = inputs.published, ZoneInfo(inputs.envelope.timezone)
    who = {"id": lead["lead_id"]}
    milestones = published.rows(
        "SELECT m.* REPLACE (nullif(concat_ws(',', m.quality_flags,"
        " CASE WHEN t.days_since_lead < 0 THEN 'milestone_before_lead' END), '') AS quality_flags),"
        " t.stage_rank, t.attempt, t.milestone_number FROM milestones AS m"
        " JOIN v_lead_milestone_timeline AS t USING (milestone_id) WHERE m.lead_id = $id"
        " ORDER BY t.milestone_number",
        who,
    )
    return TimelineContent(
        code=lead["lead_code"],
        name=lead["lead_name"],
        company=lead["company_name"],
        phone=lead["phone"],
        email=lead["email"],
        owner=lead["owner_name"],
        source=", ".join(n for n in (lead["source_name"], lead["subsource_name"]) if n) or None,
        campaign=lead["campaign_name"],
        status=lead["status"],
        lead_date=lead["lead_date"],
        created_at=lead["created_at"],
        converted_date=lead["converted_date"],
        lost_date=lead["lost_date"],
        booked_value=lead["booked_value"],
        first_response_hours=lead["first_response_hours"],
        next_action_date=lead["next_action_date"],
        attempts=lead["attempt_count"],
        stages=_stages(inputs.tenant.funnel, milestones, lead["lead_date"]),
        events=read_events(published, milestones, who, zone),
        engagement=_engagement(published, who),
        follow_ups=_follow_ups(published, who),
        flags=_flags([lead, *milestones]),
    )


def _stages(
    funnel: Sequence[str], milestones: Sequence[Mapping[str, Any]], lead_date: date
) -> tuple[Stage, ...]:
    """The first time that the lead stood at each stage; passed over if it went further."""
    first: dict[int, date] = {}
    for row in milestones:
        if row["stage_rank"] is not None:
            day = first.get(row["stage_rank"], row["milestone_date"])
            first[row["stage_rank"]] = min(day, row["milestone_date"])
    first.setdefault(0, lead_date)
    furthest = max(first)
    return tuple(
        Stage(
            title="Lead" if rank == 0 else STAGE_TITLES.get(name, in_words(name)),
            reached_on=first.get(rank),
            days_from_lead=(first[rank] - lead_date).days if rank in first else None,
            skipped=rank not in first and rank < furthest,
        )
        for rank, name in enumerate(funnel)
    )


def _engagement(published: Published, who: Mapping[str, str]) -> tuple[EngagementLine, ...]:
    rows = published.rows(
        "SELECT engagement_type, engagement_count AS count, completed_count AS completed,"
        " answered_count AS answered, response_rate, last_engagement AS last"
        " FROM v_engagement_stats WHERE lead_id = $id ORDER BY count DESC, engagement_type",
        dict(who),
    )
    return tuple(EngagementLine(title=in_words(row.pop("engagement_type")), **row) for row in rows)


def _follow_ups(published: Published, who: Mapping[str, str]) -> tuple[FollowUpDue, ...]:
    rows = published.rows(
        "SELECT follow_up_date AS due, days_overdue, notes FROM follow_ups WHERE lead_id = $id"
        " ORDER BY due NULLS LAST, notes",
        dict(who),
    )
    return tuple(FollowUpDue.model_validate(row) for row in rows)


def _flags(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    names = {name for row in rows for name in (row["quality_flags"] or "").split(",") if name}
    return tuple(in_words(name) for name in sorted(names))
