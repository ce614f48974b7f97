"""What the versions of a lead's record prove: since when, until when, and nothing planned."""

from typing import Any

import pytest

from tests.dbt_project.conftest import Query
from tests.dbt_project.scenario import (
    Row,
    Scenario,
    booking,
    contact,
    customer,
    day,
    instant,
    lead,
    milestone,
)

AS_OF = day("2026-03-31")


def version(
    key: str,
    status: str,
    changed: str | None,
    landed: str = "2026-03-30T01:00",
    **values: Any,
) -> Row:
    """A version of a lead that was made on 1 March."""
    row = lead(key, "2026-03-01T04:00", status, ingested_at=instant(landed), **values)
    return row | {"updated_at": instant(changed) if changed else None}


LEADS = [
    # A change of telephone numbers moves no date, nor does a further step.
    version("repeats", "qualified", "2026-03-05T04:00"),
    version("repeats", "qualified", "2026-03-10T04:00", phone="+91 1"),
    version("repeats", "converted", "2026-03-15T04:00"),
    version("repeats", "converted", "2026-03-20T04:00", phone="+91 2"),
    # An earlier status takes the proof back, a loss does not.
    version("back", "converted", "2026-03-05T04:00"),
    version("back", "contacted", "2026-03-06T04:00"),
    version("gone", "negotiation", "2026-03-05T04:00"),
    version("gone", "lost", "2026-03-08T04:00"),
    # The proof that comes first counts, of whichever kind.
    version("both", "converted", "2026-03-05T04:00"),
    # Not said when: of the day before it landed.
    version("silent", "new", None),
    version("silent", "converted", None, landed="2026-03-11T01:00"),
    # Nothing planned takes anything away.
    version("planned", "qualified", "2026-03-05T04:00"),
    # Told after the day: what was known by then stands.
    version("later", "new", "2026-03-05T04:00"),
    version("later", "lost", "2026-04-01T04:00"),
    # The first proof of the loss, since the last re-engagement.
    version("lost", "lost", "2026-03-20T04:00"),
    version("again", "lost", "2026-03-20T04:00"),
    # "Call again tomorrow", said after today's call.
    version("tomorrow", "contacted", "2026-03-30T05:00", next_action_date=AS_OF),
    version("called", "contacted", "2026-03-30T05:00", next_action_date=AS_OF),
    version("visited", "contacted", "2026-03-30T05:00", next_action_date=AS_OF),
    version("visited_after", "contacted", "2026-03-29T05:00", next_action_date=AS_OF),
    version("kept", "contacted", "2026-03-10T05:00", next_action_date=day("2026-03-12")),
    version("kept", "contacted", "2026-03-20T05:00", next_action_date=day("2026-03-12")),
    version("overtaken", "contacted", "2026-03-10T05:00", next_action_date=day("2026-03-12")),
    version("overtaken", "contacted", "2026-03-20T05:00", next_action_date=day("2026-04-12")),
    version("backdated", "contacted", "2026-03-25T05:00", next_action_date=day("2026-03-05")),
    # Lost for a while: nobody was to call then, and the history says so.
    version("reopened", "contacted", "2026-03-02T05:00", next_action_date=day("2026-03-04")),
    version("reopened", "lost", "2026-03-10T05:00", next_action_date=day("2026-03-04")),
    version("reopened", "contacted", "2026-03-20T05:00", next_action_date=day("2026-03-04")),
]
RECORDS = Scenario(
    AS_OF,
    [
        {
            "leads": LEADS,
            "customers": [customer("k")],
            "bookings": [
                booking("b", "k", "2026-03-09", "10", lead_id="both"),
                booking("p", "k", "2026-04-09", "10", "pending", lead_id="planned"),
            ],
            "milestones": [
                milestone("m1", "planned", "booking", "2026-04-01"),
                milestone("m2", "lost", "contacted", "2026-03-12", status_after="lost"),
                milestone("m3", "lost", "contacted", "2026-03-16", status_after="lost"),
                milestone("m4", "again", "contacted", "2026-03-12", status_after="lost"),
                milestone("m5", "again", "reengaged", "2026-03-14"),
                milestone("m6", "again", "contacted", "2026-03-18", status_after="lost"),
                milestone("m7", "visited", "site_visit", "2026-03-30"),
                milestone("m8", "visited_after", "site_visit", "2026-03-30"),
            ],
            "engagement": [
                contact("e1", "tomorrow", "2026-03-30T04:00"),
                contact("e2", "called", "2026-03-30T06:00"),
                contact("e3", "kept", "2026-03-11T06:00"),
            ],
        }
    ],
)
SCENARIOS = {"records": RECORDS}


@pytest.fixture(scope="module")
def leads(query: Query) -> dict[str, Row]:
    rows = query("select * from leads where tenant_id = 'records'")
    return {row["lead_id"]: row for row in rows}


@pytest.mark.parametrize(
    ("lead_id", "figure", "expected"),
    [
        ("repeats", "qualified_date", "2026-03-05"),
        ("repeats", "converted_date", "2026-03-15"),
        ("back", "converted_date", None),
        ("back", "qualified_date", None),
        ("gone", "qualified_date", "2026-03-05"),
        ("gone", "lost_date", "2026-03-08"),
        ("both", "converted_date", "2026-03-05"),
        ("silent", "converted_date", "2026-03-10"),
        ("planned", "qualified_date", "2026-03-05"),
        ("planned", "converted_date", None),
        ("later", "lost_date", None),
        ("lost", "lost_date", "2026-03-12"),
        ("again", "lost_date", "2026-03-18"),
    ],
)
def test_the_first_proof_dates_it(
    leads: dict[str, Row], lead_id: str, figure: str, expected: str | None
) -> None:
    assert leads[lead_id][figure] == (day(expected) if expected else None)


def test_the_status_is_that_of_the_day(leads: dict[str, Row]) -> None:
    assert leads["later"]["status"] == "new"
    assert leads["back"]["status"] == "contacted"


def test_what_was_done_before_an_action_was_set_answers_nothing(query: Query) -> None:
    rows = query("select lead_id from follow_ups where tenant_id = 'records' order by 1")
    assert [row["lead_id"] for row in rows] == ["backdated", "reopened", "tomorrow", "visited"]


@pytest.mark.parametrize(
    ("on", "pending"),
    [
        ("2026-03-04", 1),
        # Reopened's is closed by the loss. Of the two due on the 12th one was done on the 11th.
        ("2026-03-09", 1),
        ("2026-03-10", 0),
        ("2026-03-12", 1),
        ("2026-03-19", 1),
        # The one of the 12th is put off, and reopened is open again.
        ("2026-03-20", 1),
        # Set on the 25th for the 5th: it cannot pend before it was made.
        ("2026-03-24", 1),
        ("2026-03-25", 2),
        ("2026-03-31", 4),
    ],
)
def test_history_says_what_the_builds_of_those_days_said(
    query: Query, on: str, pending: int
) -> None:
    (row,) = query(
        "select pending_follow_ups from v_kpi_daily where tenant_id = 'records' and date = ?",
        day(on),
    )
    assert row["pending_follow_ups"] == pending
