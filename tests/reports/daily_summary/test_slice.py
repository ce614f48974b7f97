"""A slice of the daily summary: its figures are those of its leads, counted in another way, and
everything chosen is the whole to the letter.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from pipeline.config.registry import load_registry
from pipeline.config.settings import Settings
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError
from pipeline.publish.reader import Published, open_published
from pipeline.reports.build import render_report
from pipeline.reports.payload import Payload
from pipeline.reports.request import ReportRequest
from pipeline.reports.selection import Selection
from tests.reports.conftest import DEMO_AS_OF
from tests.reports.making import payload_of, render, render_in_worker, summary_of
from tests.reports.reading import figures, visible

TENANT = "skyline"
CASES = (
    Selection(owner="Shreya Gupta"),
    Selection(source="referral"),
    Selection(owner="LAVANYA atluri", campaign="always-on SEARCH"),
)
COUNTED = ("new_leads", "site_visits", "bookings", "booked_amount", "engagement_completed")


class Everything(Selection):
    """Asked for as a part, and yet the whole."""

    def __bool__(self) -> bool:
        return True


@pytest.fixture
def published(organisations: Workspace) -> Iterator[Published]:
    with open_published(organisations, TENANT) as opened:
        yield opened


def summary(ws: Workspace, selection: Selection, tenant: str = TENANT) -> Payload:
    return payload_of(ws, tenant, "daily_summary", selection=selection)


def test_everything_chosen_is_the_published_whole_to_the_letter(
    organisations: Workspace, organisation: str
) -> None:
    whole = summary_of(payload_of(organisations, organisation, "daily_summary"))
    part = summary_of(summary(organisations, Everything(), organisation))
    for tile in part.tiles:
        (published,) = [one for one in whole.tiles if one.name == tile.name]
        if tile.flow:
            assert tile == published
        else:
            assert (tile.name, tile.value) == (published.name, published.value)
    assert {tile.name for tile in part.tiles} == {*COUNTED, "pending_follow_ups"}
    same = (
        "days",
        "chart_text",
        "month",
        "mature_month",
        "follow_ups",
        "waiting",
        "deliveries",
        "subject",
        "trust",
        "silent_since",
    )
    for name in same:
        assert getattr(part, name) == getattr(whole, name), name
    nothing_owed = {"newly_overdue": part.movers.newly_overdue}
    assert part.movers == whole.movers.model_copy(update=nothing_owed)
    assert part.movers.newly_overdue.total == 0
    assert part.dues is None


def _events(published: Published, selection: Selection) -> Mapping[str, Counter[Any]]:
    """What happened by day to the leads of a slice, row by row."""
    zone = ZoneInfo("Asia/Kolkata")

    def wanted(lead: Mapping[str, Any]) -> bool:
        return all(
            value.lower() in [str(lead[column] or "").lower() for column in columns]
            for value, columns in (
                (selection.owner, ("owner_name",)),
                (selection.source, ("source_code", "source_name")),
                (selection.campaign, ("campaign_id", "campaign_name")),
            )
            if value is not None
        )

    leads = {lead["lead_id"]: lead for lead in published.rows("SELECT * FROM leads")}
    mine = {key for key, lead in leads.items() if wanted(lead)}

    def of(table: str) -> list[dict[str, Any]]:
        rows = published.rows(f"SELECT * FROM {table}")
        return [row for row in rows if row["lead_id"] in mine]

    bookings = [row for row in of("bookings") if row["is_gross"]]
    booked: Counter[date] = Counter()
    for row in bookings:
        booked[row["booking_date"]] += row["booking_amount"]
    return {
        "new_leads": Counter(leads[key]["lead_date"] for key in mine),
        "site_visits": Counter(
            row["milestone_date"]
            for row in of("milestones")
            if row["milestone_type"] in ("site_visit", "revisit")
        ),
        "bookings": Counter(row["booking_date"] for row in bookings),
        "booked_amount": booked,
        "engagement_completed": Counter(
            row["engagement_date"].astimezone(zone).date()
            for row in of("engagement")
            if row["status"] == "completed"
        ),
        "pending_follow_ups": Counter(row["state"] for row in of("follow_ups")),
    }


@pytest.mark.parametrize("selection", CASES, ids=str)
def test_a_slice_is_what_its_rows_say(
    organisations: Workspace, published: Published, selection: Selection
) -> None:
    content = summary_of(summary(organisations, selection))
    events = _events(published, selection)
    assert sum(events["new_leads"].values()) > 10
    today, month = DEMO_AS_OF, DEMO_AS_OF.replace(day=1)
    tiles = {tile.name: tile for tile in content.tiles}
    for name in COUNTED:
        by_day, tile = events[name], tiles[name]
        assert tile.value == by_day[today]
        assert tile.previous_day.base == by_day[today - timedelta(days=1)]
        assert tile.same_weekday.base == by_day[today - timedelta(days=7)]
        assert tile.to_date == sum(n for day, n in by_day.items() if month <= day <= today)
        before = date(2026, 2, 1)
        assert tile.last_month.base == sum(n for day, n in by_day.items() if before <= day < month)
    pending = events["pending_follow_ups"]
    assert tiles["pending_follow_ups"].value == sum(pending.values())
    ups = content.follow_ups
    states = [pending[state] for state in ("overdue", "due_today", "undated")]
    assert [ups.overdue, ups.due_today, ups.undated] == states
    assert [(day.new_leads, day.bookings) for day in content.days] == [
        (events["new_leads"][day.day], events["bookings"][day.day]) for day in content.days
    ]
    assert content.month is not None
    assert content.month.leads == tiles["new_leads"].to_date
    assert content.month.steps[0].reached == content.month.leads


def test_the_owners_add_up_to_the_whole(organisations: Workspace, published: Published) -> None:
    whole = summary_of(payload_of(organisations, TENANT, "daily_summary"))
    names = [r["owner_name"] for r in published.rows("SELECT DISTINCT owner_name FROM leads")]
    parts = [summary_of(summary(organisations, Selection(owner=n))) for n in names if n]
    unowned = _events(published, Selection(owner=""))
    assert len(parts) > 3
    for number, tile in enumerate(parts[0].tiles):
        if not tile.flow:
            continue
        (published_tile,) = [one for one in whole.tiles if one.name == tile.name]
        rest = sum(n for day, n in unowned[tile.name].items() if day >= date(2026, 3, 1))
        of_owners = sum(_amount(part.tiles[number].to_date) for part in parts)
        of_no_lead = _amount(published_tile.to_date) - of_owners - rest
        # Bookings without a lead are in the whole alone.
        assert of_no_lead == _without_lead(published, tile.name), tile.name
    ups = sum(part.follow_ups.overdue for part in parts) + unowned["pending_follow_ups"]["overdue"]
    assert ups == whole.follow_ups.overdue


def _amount(figure: object) -> Decimal:
    assert figure is not None
    return Decimal(str(figure))


def _without_lead(published: Published, name: str) -> Decimal | int:
    table, day, figure, condition = {
        "new_leads": ("leads", "lead_date", "count(*)", "true"),
        "bookings": ("bookings", "booking_date", "count(*)", "is_gross"),
        "booked_amount": (
            "bookings",
            "booking_date",
            "coalesce(sum(booking_amount), 0)",
            "is_gross",
        ),
        "site_visits": (
            "milestones",
            "milestone_date",
            "count(*)",
            "milestone_type IN ('site_visit', 'revisit')",
        ),
        "engagement_completed": (
            "engagement",
            "timezone('Asia/Kolkata', engagement_date)",
            "count(*)",
            "status = 'completed'",
        ),
    }[name]
    found: Decimal | int = published.rows(
        f"SELECT {figure} AS n FROM {table} WHERE {condition} AND {day} >= DATE '2026-03-01' AND"
        " (lead_id IS NULL OR lead_id NOT IN (SELECT lead_id FROM leads))"
    )[0]["n"]
    return found


def test_the_mail_says_at_its_head_whose_it_is_and_what_it_leaves_out(
    organisations: Workspace, tmp_path: Path
) -> None:
    payload = summary(organisations, CASES[0])
    files = render_in_worker(payload, tmp_path, "html", "text", "pdf")
    html, text = visible(files["html"]), files["text"].decode()
    (tmp_path / "mail.pdf").write_bytes(files["pdf"])
    paper = " ".join(page.extract_text() for page in PdfReader(tmp_path / "mail.pdf").pages)
    for said in (html, text, paper):
        words = " ".join(said.split())
        assert "Only: owner Shreya Gupta" in words[:600]
        assert "Left out: collections, outstanding balance and overdue payments" in words
        assert "COLLECTIONS" not in words.upper().replace("LEFT OUT: COLLECTIONS", "")
        assert "n/a" not in words
    assert figures(html) == figures(text)
    assert max(map(len, text.split("LEADS AND BOOKINGS")[0].splitlines())) <= 78
    assert summary_of(payload).subject.startswith("Skyline Homes, owner Shreya Gupta · 31 Mar · ")
    assert (
        "Only:"
        not in render(payload_of(organisations, TENANT, "daily_summary"), "text")["text"].decode()
    )


def test_a_name_that_no_lead_has_is_an_error_that_says_who_there_is(
    organisations: Workspace,
) -> None:
    with pytest.raises(ConfigError, match=r"no lead has the owner 'Nobody'; there are: .*Shreya G"):
        summary(organisations, Selection(owner="Nobody"))
    with pytest.raises(ConfigError, match="no lead has the campaign"):
        summary(organisations, Selection(owner="Shreya Gupta", campaign="No such"))


def test_a_slice_is_made_once_and_beside_the_whole(
    organisations: Workspace, tmp_path: Path
) -> None:
    home, settings = Workspace(tmp_path), Settings(home=tmp_path)
    shutil.copytree(organisations.tenants_dir, home.tenants_dir)
    registry = load_registry(organisations)

    def made(selection: Selection) -> SimpleNamespace:
        (one,) = [
            artifact
            for artifact in render_report(
                home,
                registry,
                settings,
                ReportRequest(
                    TENANT,
                    "daily_summary",
                    formats=("text",),
                    selection=selection,
                    figures=organisations,
                ),
            )
            if artifact.format == "text"
        ]
        return SimpleNamespace(path=one.path, stat=one.path.stat().st_mtime_ns)

    first, other = made(CASES[0]), made(CASES[1])
    assert made(CASES[0]) == first
    assert first.path != other.path
    assert "on_demand" in first.path.as_posix()
    with pytest.raises(ConfigError, match="no lead has the owner 'Nobody'"):
        made(Selection(owner="Nobody"))
