"""A lead's timeline: all that is recorded, in order, and nothing of another lead."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.config.registry import load_registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError
from pipeline.publish.reader import open_published
from pipeline.reports.build import render_report
from pipeline.reports.lead_timeline.report import TimelineContent
from pipeline.reports.request import ReportRequest
from tests.reports.making import payload_of, render

TENANT = "skyline"
KINDS = {"milestone": "milestones", "engagement": "engagement", "booking": "bookings"}


@pytest.fixture(scope="module")
def leads(organisations: Workspace) -> list[str]:
    """Leads of every sort: booked and cancelled, tried again, odd in the data, hardly begun."""
    with open_published(organisations, TENANT) as published:
        wanted = [
            "SELECT lead_id FROM leads WHERE attempt_count > 1 AND is_converted",
            "SELECT lead_id FROM bookings WHERE is_cancelled",
            "SELECT lead_id FROM leads WHERE quality_flags IS NOT NULL",
            "SELECT lead_id FROM leads WHERE engagement_count = 0",
            "SELECT lead_id FROM follow_ups WHERE state = 'overdue'",
            "SELECT lead_id FROM leads ORDER BY engagement_count DESC",
        ]
        return [published.rows(f"{sql} LIMIT 1")[0]["lead_id"] for sql in wanted]


def content_of(ws: Workspace, lead: str) -> TimelineContent:
    content = payload_of(ws, TENANT, "lead_timeline", lead=lead).content
    assert isinstance(content, TimelineContent)
    return content


def test_everything_recorded_is_there_once_and_in_order(
    organisations: Workspace, leads: list[str]
) -> None:
    for lead in leads:
        content = content_of(organisations, lead)
        with open_published(organisations, TENANT) as published:
            for kind, table in KINDS.items():
                rows = published.rows(
                    f"SELECT count(*) AS n FROM {table} WHERE lead_id = $id", {"id": lead}
                )
                assert sum(event.kind == kind for event in content.events) == rows[0]["n"]
        days = [event.day for event in content.events]
        assert days == sorted(days)
        gaps = [event.days_since or 0 for event in content.events]
        assert sum(gaps) == (days[-1] - days[0]).days
        same_day = [(e.day, e.time) for e in content.events if e.time]
        assert same_day == sorted(same_day)


def test_times_are_the_tenants(organisations: Workspace) -> None:
    with open_published(organisations, TENANT) as published:
        row = published.rows(
            "SELECT lead_id, engagement_date FROM engagement"
            " WHERE hour(engagement_date) >= 19 AND lead_id IS NOT NULL LIMIT 1"
        )[0]
    local = row["engagement_date"] + timedelta(hours=5, minutes=30)
    events = content_of(organisations, row["lead_id"]).events
    assert any((e.day, e.time) == (local.date(), f"{local:%H:%M}") for e in events)
    assert local.date() != row["engagement_date"].date(), "it is past midnight in India"


def test_stages_are_dated_by_their_first_milestone(
    organisations: Workspace, leads: list[str]
) -> None:
    for lead in leads:
        content = content_of(organisations, lead)
        with open_published(organisations, TENANT) as published:
            first = {
                row["stage_rank"]: row["day"]
                for row in published.rows(
                    "SELECT stage_rank, min(milestone_date) AS day FROM v_lead_milestone_timeline"
                    " WHERE lead_id = $id AND stage_rank IS NOT NULL GROUP BY 1",
                    {"id": lead},
                )
            }
        reached = {
            rank: stage.reached_on for rank, stage in enumerate(content.stages) if stage.reached_on
        }
        assert reached == first
        skipped = {rank for rank, stage in enumerate(content.stages) if stage.skipped}
        assert skipped == set(range(max(first))) - set(first)


def test_page_and_paper_say_every_event(
    organisations: Workspace, leads: list[str], tmp_path: Path
) -> None:
    payload = payload_of(organisations, TENANT, "lead_timeline", lead=leads[0])
    html = render(payload, "html")["html"].decode()
    assert isinstance(payload.content, TimelineContent)
    events = payload.content.events
    assert html.count('<li class="event ') == len(events)
    assert html.count("Attempt ") == len({event.attempt for event in events if event.attempt}) - 1
    assert len(html.encode()) < 400_000
    assert not re.findall(r'(?:src|href)="(?!data:|#)', html)
    assert "<script" not in html


def test_it_is_asked_for_by_code_and_kept_beside_others(
    organisations: Workspace, leads: list[str]
) -> None:
    settings = Settings(home=organisations.root, workers=1)
    registry = load_registry(organisations)

    def made(lead: str) -> list[str]:
        return [
            str(one.path)
            for one in render_report(
                organisations,
                registry,
                settings,
                ReportRequest(TENANT, "lead_timeline", lead=lead),
            )
        ]

    first = made("SKY-L-000274")
    assert [path.rsplit("/", 2)[1:] for path in first] == [
        ["sky-l-000274", "lead_timeline.html"],
        ["sky-l-000274", "lead_timeline.pdf"],
        ["sky-l-000274", "payload.json"],
    ]
    assert made(leads[1]) != first
    assert made("SKY-L-000274") == first


@pytest.mark.parametrize(
    ("lead", "said"), [(None, "for one lead"), ("NOBODY", "no lead with the code or id 'NOBODY'")]
)
def test_a_lead_that_is_not_there_is_named(
    organisations: Workspace, lead: str | None, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        payload_of(organisations, TENANT, "lead_timeline", lead=lead)


def test_a_lead_with_nothing_but_its_row(organisations: Workspace) -> None:
    with open_published(organisations, TENANT) as published:
        row = published.rows("SELECT lead_id FROM leads LIMIT 1")[0]
    payload = payload_of(organisations, TENANT, "lead_timeline", lead=row["lead_id"])
    bare = payload.content.model_copy(
        update={
            "events": (),
            "engagement": (),
            "follow_ups": (),
            "status": None,
            "owner": None,
            "name": "محمد العربي",
            "first_response_hours": None,
            "lead_date": date(2026, 1, 1),
        }
    )
    html = render(payload.model_copy(update={"content": bare}), "html")["html"].decode()
    assert "Nothing is recorded of this lead" in html
    assert "<bdi>محمد العربي</bdi>" in html
