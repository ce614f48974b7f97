"""A year of days: everything stays bounded, nothing goes twice, nothing is owed at the end."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from pipeline.config.settings import Settings, wall_clock
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import State
from pipeline.delivery.retention import clean_up
from pipeline.delivery.transport.smtp import SmtpTransport
from pipeline.publish import layout
from pipeline.publish.publish import publish
from tests.delivery.smtp_peer import Peer
from tests.delivery.transport.test_smtp import server_of
from tests.publish import test_publish

S = State
DAY = timedelta(days=1)
KEEP_RUNS = 5


def clean(world: Any, now: Any, keep: int = 30, record: int = 62) -> Any:
    return clean_up(world.ws, now, keep_days=keep, keep_record_days=record)


def files(world: Any, *parts: str) -> list[Path]:
    return [path for path in world.ws.path(*parts).rglob("*") if path.is_file()]


def test_what_is_old_goes_and_what_is_open_stays(world: Any, tools: SimpleNamespace) -> None:
    world.send()
    world.hold("skyline", date(2026, 4, 1))
    world.send(now=world.now + DAY)  # held, and it stays owed
    removed = clean(world, world.now + 100 * DAY)
    assert (removed.artifact_folders, removed.mails) == (1, 4)  # with the notice's, in both places
    assert removed.deliveries == 2  # what was sent, and the notice; the newest is held
    with Deliveries(world.ws.deliveries_file) as record:
        [row] = record.in_states(*S)
        assert (row.state, row.key.period) == (S.HELD, date(2026, 4, 1))
        assert record.covered()
    assert clean(world, world.now + 100 * DAY).deliveries == 0


def test_the_newest_delivery_stays_so_that_nothing_is_owed_again(world: Any) -> None:
    world.send()
    assert clean(world, world.now + 500 * DAY, record=400).deliveries == 0
    assert world.send() == []


@dg.job
def a_run() -> None:
    pass


@pytest.mark.slow
def test_a_year_of_days_is_bounded(
    world: Any, tools: SimpleNamespace, full: bool, tmp_path: Path, monkeypatch: Any
) -> None:
    """Twenty tenants, a report a day each, through publish, record, mail, retention and Dagster."""
    from pipeline.defs.retention import remove_runs

    days, keep = (365, 30) if full else (20, 15)
    names = [f"t{n:02}" for n in range(20 if full else 3)]
    world.registry = tools.registry(*(tools.tenant(name) for name in names))
    monkeypatch.setattr("os.sync", lambda: None)
    settings = Settings(home=world.ws.root, threads=1, memory_limit="1GB", keep_builds=3)
    home = tmp_path / "dagster"
    home.mkdir()
    sizes = []
    with Peer().running() as peer, dg.DagsterInstance.local_temp(str(home)) as instance:
        transport = SmtpTransport(server_of(peer, timeout_seconds=5.0, answer_seconds=5.0))
        for number in range(days):
            as_of, now = date(2026, 3, 31) + number * DAY, world.now + number * DAY
            world.publish(as_of)
            if number % 7 == 0:  # the real thing, which prunes, once a week
                monkeypatch.setattr(test_publish, "AS_OF", as_of)
                test_publish.write_warehouse(world.ws, dict.fromkeys(names, number + 1))
                publish(world.ws, settings)
            world.send(now=now, transport=transport)
            clean(world, now, keep=keep, record=62)
            if number % 2 == 0:
                a_run.execute_in_process(instance=instance)
            if instance.get_runs_count() > KEEP_RUNS:  # the clock of runs is the machine's
                [oldest] = instance.get_run_records(limit=1, ascending=True)
                just_after = oldest.create_timestamp + timedelta(microseconds=1)
                remove_runs(instance, home, min(just_after, wall_clock()))
            sizes.append(
                {
                    "builds": len(list(world.ws.published_root.glob("t*/builds/*"))),
                    "artifacts": len(list(world.ws.path("artifacts").glob("*/*/*"))),
                    "mails": len(files(world, "state", "mail")),
                    "runs": instance.get_runs_count(),
                    "run files": len(list((home / "history" / "runs").glob("*-*.db"))),
                }
            )
    assert max(Counter(peer.ids).values()) == 1
    assert len(peer.accepted) == days * len(names)
    with Deliveries(world.ws.deliveries_file) as record:
        assert record.open() == []
        kept = len(record.in_states(*S))
    most = {name: max(size[name] for size in sizes) for name in sizes[0]}
    assert kept <= (63 + 1) * len(names)
    assert most["builds"] <= (3 + 6) * len(names)
    assert most["artifacts"] <= (keep + 1) * len(names)
    assert most["mails"] <= (keep + 1) * len(names)
    assert most["runs"] <= KEEP_RUNS
    assert most["run files"] <= KEEP_RUNS + 1
    manifest = layout.current_manifest(world.ws, names[0])
    assert manifest is not None
    assert manifest.as_of == date(2026, 3, 31) + (days - 1) * DAY


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
