"""Two machines on one workspace, their clocks an hour apart, while the clocks change: one report a
local day."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipeline.core.calendar import local_yesterday
from pipeline.core.errors import BusyError
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import State

HOUR = timedelta(hours=1)
# Zone, a schedule in the hour that is skipped or comes twice, and both changes of 2026 (UTC).
CHANGES = {
    "Europe/London": ("15 1 * * *", "2026-03-29T01", "2026-10-25T01"),
    "America/New_York": ("15 2 * * *", "2026-03-08T07", "2026-11-01T06"),
    "Australia/Lord_Howe": ("15 2 * * *", "2026-04-04T15", "2026-10-03T15:30"),
    "America/Santiago": ("15 0 * * *", "2026-04-05T03", "2026-09-06T04"),
    "Asia/Beirut": ("15 0 * * *", "2026-03-28T22", "2026-10-24T21"),
}


@pytest.mark.parametrize("change", [1, 2], ids=["forwards-or-back", "and-the-other-way"])
@pytest.mark.parametrize("name", CHANGES)
def test_two_clocks_an_hour_apart_send_one_report_a_local_day(
    world: Any, tools: SimpleNamespace, name: str, change: int
) -> None:
    cron, zone = CHANGES[name][0], ZoneInfo(name)
    changed = datetime.fromisoformat(CHANGES[name][change]).replace(tzinfo=UTC)
    assert (changed - HOUR).astimezone(zone).utcoffset() != changed.astimezone(zone).utcoffset()
    report = tools.report(cron, "head@skyline.example")
    world.registry = tools.registry(tools.tenant(timezone=name, reports={"daily_summary": report}))

    times = [changed + n * HOUR for n in range(-10, 44)]
    context = multiprocessing.get_context("fork")
    both = context.Barrier(2)

    def machine(ahead: timedelta) -> None:
        for time in times:
            both.wait(60)
            if not ahead:  # the one with the right time refreshes, too
                world.publish(local_yesterday(zone, time))
            both.wait(60)
            with suppress(BusyError):  # the other one is at it
                world.send(now=time + ahead)

    machines = [context.Process(target=machine, args=(ahead,)) for ahead in (0 * HOUR, HOUR)]
    for one in machines:
        one.start()
    for one in machines:
        one.join()
    assert [one.exitcode for one in machines] == [0, 0]

    with Deliveries(world.ws.deliveries_file) as record:
        rows = [row for row in record.in_states(*State) if not row.key.is_notice]
    sent = Counter(row.key.period for row in rows if row.state is State.SENT)
    first, last = times[0].astimezone(zone).date(), times[-1].astimezone(zone).date()
    days = {first + timedelta(days=n) for n in range((last - first).days - 1)}
    assert max(sent.values()) == 1
    assert len(world.outbox()) == len(sent)
    # Of every local day whose morning both clocks have seen, its report.
    assert {day.isoformat() for day in days} <= {str(day) for day in sent}
