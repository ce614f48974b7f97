"""Alerts on published figures: told once a crossing, whatever is killed or runs twice."""

from __future__ import annotations

import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.config.alerts import FIGURES, Alert, WorkingHours
from pipeline.delivery.alerts import working_time
from pipeline.publish import layout
from pipeline.publish.dictionary import dictionary
from pipeline.publish.layout import Manifest, TableEntry
from tests.delivery.test_kill import Steps, in_child

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST = date(2026, 3, 31)
ZONE = ZoneInfo("Asia/Kolkata")
OVERDUE = {"figure": "overdue_total", "above": 20_000_000}
BOSS = {"owner": "boss@skyline.example"}
LAST_LEAD = datetime(2026, 3, 30, 13, 30, tzinfo=UTC)  # 19:00 of a Monday


def watched(world: Any, tools: SimpleNamespace, *alerts: dict[str, Any], **changes: Any) -> Any:
    """The world, whose tenant asked for these alerts and has no reports."""
    mailing = changes.pop("mailing", BOSS)
    tenant = tools.tenant(alerts=list(alerts), mailing=mailing, reports={}, **changes)
    world.registry = tools.registry(tenant)
    return world


def publish(world: Any, as_of: date = FIRST, last: datetime = LAST_LEAD, **figures: float) -> None:
    """A build as of this day, whose dashboard has these figures."""
    build = layout.builds_dir(world.ws, "skyline") / f"f-{as_of}-{len(figures)}"
    build.mkdir(parents=True, exist_ok=True)
    values: dict[str, float | None] = dict.fromkeys(
        ("overdue_total", "bookings_cancelled", "total_bookings", "net_bookings")
    )
    tables = {
        "v_kpi_dashboard": pa.table({name: [n] for name, n in (values | figures).items()}),
        "leads": pa.table({"created_at": pa.array([last], pa.timestamp("us", tz="UTC"))}),
    }
    for name, table in tables.items():
        pyarrow.parquet.write_table(table, build / f"{name}.parquet")
    entries = {name: TableEntry(rows=1, fingerprint="x") for name in tables}
    manifest = Manifest(tenant="skyline", build_id=build.name, as_of=as_of, tables=entries)
    (build / layout.MANIFEST).write_text(manifest.model_dump_json())
    link = layout.current_link(world.ws, "skyline")
    link.unlink(missing_ok=True)
    link.symlink_to(build)


def mails(world: Any) -> list[tuple[str, str]]:
    return sorted((to, subject) for to, subject, _ in world.notices())


def test_a_figure_beyond_its_bound_is_told_once_until_it_comes_back_and_goes_again(
    world: Any, tools: SimpleNamespace
) -> None:
    watched(world, tools, OVERDUE)
    for day, overdue in enumerate([1e7, 3e7, 4e7, 2e7, 1e7, 5e7, 6e7]):
        publish(world, FIRST + day * DAY, overdue_total=overdue)
        for again in range(3):
            world.send(now=world.now + day * DAY + again * HOUR)
    told = "ALERT · Skyline Homes · Overdue total is {} as of {}, above ₹2 Cr"
    assert mails(world) == [
        ("boss@skyline.example", told.format("₹3 Cr", "1 Apr 2026")),
        ("boss@skyline.example", told.format("₹5 Cr", "5 Apr 2026")),
    ]
    assert "`overdue_total above 20000000`" in world.notices()[0][2]


def test_a_rate_and_a_bound_below_are_told_as_the_tenant_writes_them(
    world: Any, tools: SimpleNamespace
) -> None:
    watched(
        world,
        tools,
        {"figure": "cancellation_rate", "above": 0.1},
        {"figure": "net_bookings", "below": 5, "name": "Too few bookings"},
    )
    publish(world, bookings_cancelled=3, total_bookings=20, net_bookings=4)
    world.send()
    assert [subject for _, subject in mails(world)] == [
        "ALERT · Skyline Homes · Cancellation rate is 15.0% as of 31 Mar 2026, above 10.0%",
        "ALERT · Skyline Homes · Too few bookings",
    ]


def test_a_figure_that_is_not_there_is_beyond_nothing(world: Any, tools: SimpleNamespace) -> None:
    watched(world, tools, OVERDUE, {"figure": "cancellation_rate", "above": 0.1})
    publish(world, bookings_cancelled=0, total_bookings=0)
    world.send()
    world.publish(FIRST)  # a build without such a table
    world.send()
    assert mails(world) == []


def test_a_day_made_up_for_later_says_nothing_about_today(
    world: Any, tools: SimpleNamespace
) -> None:
    watched(world, tools, OVERDUE)
    publish(world, FIRST, overdue_total=3e7)
    world.send()
    publish(world, FIRST - DAY, overdue_total=1e7)
    world.send(now=world.now + HOUR)
    publish(world, FIRST + DAY, overdue_total=3e7)
    world.send(now=world.now + DAY)
    assert len(mails(world)) == 1


def test_silence_is_told_once_and_ends_with_the_next_lead(
    world: Any, tools: SimpleNamespace
) -> None:
    watched(world, tools, {"no_lead_for_hours": 24})
    for day in range(6):
        publish(world, FIRST + day * DAY, LAST_LEAD)
        world.send(now=world.now + day * DAY)
    # Ten working hours a day from Tuesday on: 24 are full on Thursday, the third.
    told = (
        "ALERT · Skyline Homes · No lead came since 30 Mar 2026, 19:00:"
        " 30 working hours up to the end of 2 Apr 2026"
    )
    assert [subject for _, subject in mails(world)] == [told]
    later = LAST_LEAD + 5 * DAY
    for day in range(6, 12):
        publish(world, FIRST + day * DAY, later)
        world.send(now=world.now + day * DAY)
    assert len(mails(world)) == 2


def test_an_alert_waits_for_the_end_of_the_quiet_hours(world: Any, tools: SimpleNamespace) -> None:
    quiet = {"begin": "21:00", "end": "09:30"}
    watched(world, tools, OVERDUE, mailing={**BOSS, "quiet_hours": quiet})
    publish(world, overdue_total=3e7)
    for hours in (0, 1):  # 08:00 and 09:00
        world.send(now=world.now + hours * HOUR)
        assert mails(world) == []
    for hours in (2, 3):
        world.send(now=world.now + hours * HOUR)
    assert len(mails(world)) == 1


def test_its_recipients_are_told_and_nobody_else(world: Any, tools: SimpleNamespace) -> None:
    two = ["a@skyline.example", "b@skyline.example"]
    watched(world, tools, {**OVERDUE, "recipients": two})
    publish(world, overdue_total=3e7)
    world.send()
    assert [to for to, _ in mails(world)] == two


def test_killed_at_any_step_each_reader_is_told_once(
    world: Any, tools: SimpleNamespace, tmp_path: Path
) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc to name the file of a descriptor")
    addresses = ["a@skyline.example", "b@skyline.example"]
    kills = 0
    for at in range(1, 100):
        each = tools.World(type(world.ws)(tmp_path / f"killed-{at}"), world.registry, world.now)
        watched(each, tools, {**OVERDUE, "recipients": addresses})
        publish(each, overdue_total=3e7)
        steps = Steps(each.ws.root, at=at)

        def run(each: Any = each, steps: Steps = steps) -> None:
            steps.install()
            each.send()

        ended = in_child(run)
        each.send(now=each.now + HOUR)
        each.send(now=each.now + 2 * HOUR)
        assert [to for to, _ in mails(each)] == addresses, f"killed at step {at}"
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        kills += 1
    assert kills > 10


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 1)),
    st.integers(0, 60 * 24 * 9),
    st.integers(0, 60 * 24 * 9),
)
def test_working_time_adds_up(begin: datetime, first: int, second: int) -> None:
    start = begin.replace(tzinfo=UTC)
    middle = start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    hours = WorkingHours()
    parts = working_time(start, middle, ZONE, hours) + working_time(middle, end, ZONE, hours)
    whole = working_time(start, end, ZONE, hours)
    assert abs(parts - whole) < timedelta(milliseconds=1)
    assert timedelta() <= whole <= end - start + timedelta(milliseconds=1)


def test_working_time_knows_free_days_and_clocks_that_change() -> None:
    week = WorkingHours()
    monday = datetime(2026, 3, 30, tzinfo=ZONE)
    assert working_time(monday, monday + 7 * DAY, ZONE, week) == 60 * HOUR
    berlin = ZoneInfo("Europe/Berlin")
    night = WorkingHours(begin="01:00", end="05:00", days=("sun",))
    spring = datetime(2026, 3, 29, tzinfo=berlin)
    assert working_time(spring, spring + DAY, berlin, night) == 3 * HOUR


def test_every_figure_that_can_be_watched_is_published() -> None:
    there = {column.name for column in dictionary()["v_kpi_dashboard"].columns}
    assert set(FIGURES) - there == {"cancellation_rate"}


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        ({}, "figure with above or below, or no_lead_for_hours"),
        ({"figure": "overdue", "above": 1}, "expected one of overdue_total"),
        ({"figure": "overdue_total"}, "one of above and below"),
        ({"figure": "overdue_total", "above": 1, "below": 0}, "one of above and below"),
        ({"no_lead_for_hours": 24, "above": 1}, "figure with above or below"),
        ({"no_lead_for_hours": 0}, "greater than or equal to 1"),
        (
            {"no_lead_for_hours": 9, "working_hours": {"begin": "19:00", "end": "09:00"}},
            "expected a time after begin",
        ),
    ],
)
def test_an_alert_that_says_nothing_clear_is_an_error(alert: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Alert.model_validate(alert)


def test_an_alert_goes_to_allowed_domains_and_is_there_once(tools: SimpleNamespace) -> None:
    with pytest.raises(ValidationError, match="recipients elsewhere: x@other.example"):
        tools.tenant(
            email={"sender": "r@skyline.example", "allowed_domains": ["skyline.example"]},
            alerts=[{**OVERDUE, "recipients": ["x@other.example"]}],
        )
    with pytest.raises(ValidationError, match="each alert once"):
        tools.tenant(alerts=[OVERDUE, {**OVERDUE, "name": "again"}])
