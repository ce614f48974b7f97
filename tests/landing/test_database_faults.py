"""F7 and F11: writers that commit late with clocks that differ, and a server that keeps falling."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pymysql
import pytest

from pipeline.config.workspace import Workspace
from pipeline.landing.batches.batches import read_batches
from pipeline.sources.databases import saved_parts, table_reading
from pipeline.sources.databases.extract import Running
from pipeline.sources.databases.session import Lost
from pipeline.sources.databases.table import Plan
from pipeline.sources.databases.table_reading import Reading
from tests.crm import URL, Crm, new_crm
from tests.landing import killed_reading

SYNCS = 10
WRITERS = 4
# How far writers' clocks are off, in minutes.
SKEWS = (0, 5, -5, 2)


@pytest.fixture(params=["postgres", "mariadb"])
def crm(
    request: pytest.FixtureRequest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Crm]:
    server = request.getfixturevalue(request.param)
    with new_crm(server, "faults", workspace, monkeypatch) as crm:
        # As a large table: never whole after the first time.
        crm.configure("skyline", "tidewater", timezone="UTC", whole_below=0, reconcile_hours=1000)
        crm.create("leads")
        yield crm


class Writer(threading.Thread):
    """Inserts, updates, deletes softly and (if it may) for good; sometimes commits late."""

    def __init__(self, crm: Crm, number: int, stop: threading.Event) -> None:
        super().__init__()
        self._crm, self._number, self._stopped = crm, number, stop
        self._random = random.Random(number)
        self._mine: list[str] = []
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            connection = self._crm.connect(autocommit=False)
            while not self._stopped.is_set():
                for _ in range(self._random.randint(1, 5)):
                    connection.execute(self._statement())
                # The next transaction's timestamps pass this one's before it commits.
                if self._random.random() < 0.3:
                    time.sleep(0.15)
                connection.raw.commit()
                time.sleep(0.01)
            connection.raw.close()
        except (psycopg.Error, pymysql.Error) as problem:
            self.problem = problem

    def _now(self) -> str:
        at = datetime.now(UTC) + timedelta(minutes=SKEWS[self._number])
        # To the second: many rows with equal timestamps.
        return f"'{at:%Y-%m-%d %H:%M:%S}{'+00' if self._crm.is_postgres else ''}'"

    def _statement(self) -> str:
        now, kind = self._now(), self._random.random()
        if kind < 0.6 or not self._mine:
            number = len(self._mine)
            key = f"{self._number:08}-0000-4000-8000-{number:012}"
            self._mine.append(key)
            tenant = self._random.choice(["skyline", "tidewater"])
            return (
                "INSERT INTO sales_leads (id, tenant_id, status, created_at, updated_at) VALUES"
                f" ('{key}', '{tenant}', 'new', {now}, {now})"
            )
        key = self._random.choice(self._mine)
        if kind < 0.95:
            chance = self._random.randint(0, 100)
            change = f"probability = {chance}, updated_at = {now}"
        else:
            change = f"deleted_at = {now}, updated_at = {now}"
        return f"UPDATE sales_leads SET {change} WHERE id = '{key}'"


def busy(crm: Crm, syncs: int) -> None:
    """Sync again and again while writers write, and once more when they have stopped."""
    stop = threading.Event()
    writers = [Writer(crm, number, stop) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(syncs - 1):
            crm.ingest(entities=["leads"])
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert [writer.problem for writer in writers] == [None] * WRITERS
    crm.ingest(entities=["leads"])


def differences(crm: Crm) -> int:
    """Live rows that are not the same at the source and here."""
    there = crm.execute(
        "SELECT tenant_id, id, probability FROM sales_leads WHERE deleted_at IS NULL"
    )
    rows = crm.newest("leads").select("tenant_id", "id", "probability").rows()
    assert len(there) > 50
    return len({(tenant, str(key), chance) for tenant, key, chance in there} ^ set(rows))


def test_nothing_is_missing_under_writers_that_commit_late_with_clocks_that_differ(
    crm: Crm,
) -> None:
    busy(crm, SYNCS)
    assert len(crm.raw("leads")) > len(crm.newest("leads"))
    assert differences(crm) == 0
    # Deleted for good: found by comparing, once that is due.
    crm.execute("DELETE FROM sales_leads WHERE probability > 50")
    crm.configure(timezone="UTC", whole_below=0, reconcile_hours=0)
    crm.ingest(entities=["leads"])
    assert differences(crm) == 0


def test_a_naive_watermark_would_lose_rows(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test of the test above: with the newest timestamp as the bound, it fails."""
    monkeypatch.setattr(table_reading, "lower_bound", lambda watermark, _: watermark)
    monkeypatch.setattr(
        table_reading, "safe_watermark", lambda clock, newest, earlier: newest or earlier
    )
    busy(crm, SYNCS)
    assert differences(crm) > 0


def fill(crm: Crm, rows: int) -> None:
    keys = (f"{number:08}-0000-4000-8000-000000000000" for number in range(rows))
    values = ", ".join(
        f"('{key}', 'skyline', 'new', '2026-01-05 10:00:00', '2026-01-05 10:00:00')" for key in keys
    )
    crm.execute(
        f"INSERT INTO sales_leads (id, tenant_id, status, created_at, updated_at) VALUES {values}"
    )


# Whole parts are landed while the next are read; with few rows there is one part at the end.
@pytest.mark.parametrize("part_rows", [700, 250_000])
def test_a_server_that_falls_in_mid_extract_loses_and_doubles_nothing(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, full: bool, part_rows: int
) -> None:
    """F11: every reading is cut off by a crash of the server, at another place each time."""
    monkeypatch.setattr(saved_parts, "PART_ROWS", part_rows)
    crashes = 20 if full else 3
    rows = 1000 * (crashes + 1)
    fill(crm, rows)
    batches = {"left": crashes, "until": 3}
    keep = Reading._keep

    def keep_and_crash(self: Reading, batch: pa.RecordBatch, found: Plan) -> None:
        # Piece by piece, so that there is a middle to fall in.
        for start in range(0, len(batch), 500):
            batches["until"] -= 1
            if batches["left"] and batches["until"] < 0:
                batches["left"] -= 1
                batches["until"] = batches["left"] % 3
                crm.server.restart(crash=True)
                raise Lost("the server fell")
            keep(self, batch.slice(start, 500), found)

    monkeypatch.setattr(Reading, "_keep", keep_and_crash)
    result = crm.ingest(entities=["leads"])
    assert batches["left"] == 0
    assert result.sources[0].trouble == ()
    raw = crm.raw("leads")
    assert (len(raw), raw["id"].n_unique()) == (rows, rows)
    newest: Any = raw["updated_at"].max()
    watermarks = [
        read.watermark for batch in read_batches(crm.ws, "leads") for read in batch.tables
    ]
    assert all(watermark is not None and watermark <= newest for watermark in watermarks)


def test_rows_land_while_more_of_them_are_read(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_parts, "PART_ROWS", 100)
    fill(crm, 3000)
    followed = []
    begun = Running.begun

    def noting(self: Running) -> Any:
        found = begun(self)
        assert found is not None
        followed.append(not found.is_complete)
        return found

    monkeypatch.setattr(Running, "begun", noting)
    keep = Reading._keep

    def keep_slices(self: Reading, batch: pa.RecordBatch, found: Plan) -> None:
        for start in range(0, len(batch), 130):
            keep(self, batch.slice(start, 130), found)

    monkeypatch.setattr(Reading, "_keep", keep_slices)
    result = crm.ingest(entities=["leads"])
    assert followed == [True]
    assert crm.raw("leads")["id"].n_unique() == len(crm.raw("leads")) == 3000
    assert [(total.source_rows, total.difference) for total in result.totals] == [(3000, 0)]
    assert not crm.ws.path("state", "reading", "crm", "leads").exists()
    assert crm.ingest(entities=["leads"]).batches == {}


def test_a_large_tables_reading_that_is_killed_goes_on_behind_its_last_key(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = 10_000
    fill(crm, rows)
    command = [sys.executable, killed_reading.__file__, str(crm.ws.root), "6"]
    killed = subprocess.run(command, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert crm.raw("leads").is_empty()
    # Meanwhile the source lives on: a row before and one behind the last key.
    key = "0000{:04}-0000-4000-8000-00000000000a"
    for number in (5, 9500):
        crm.execute(
            "INSERT INTO sales_leads (id, tenant_id, status, created_at, updated_at) VALUES"
            f" ('{key.format(number)}', 'skyline', 'new', now(), now())"
        )
    monkeypatch.setattr(table_reading, "LARGE", 0)
    read = []
    keep = Reading._keep

    def counting(self: Reading, batch: pa.RecordBatch, found: Plan) -> None:
        read.append(len(batch))
        keep(self, batch, found)

    monkeypatch.setattr(Reading, "_keep", counting)
    crm.ingest(entities=["leads"])
    assert sum(read) == rows - 6000 + 1
    assert crm.raw("leads")["id"].n_unique() == len(crm.raw("leads")) == rows + 1
    assert not crm.ws.path("state", "reading", "crm", "leads").exists()
    crm.ingest(entities=["leads"])
    assert differences(crm) == 0


def test_a_server_that_dies_while_rows_flow_is_noticed(crm: Crm) -> None:
    """A real break of a running connection, not one between two statements."""
    fill(crm, 20_000)
    killer = threading.Timer(0.02, lambda: crm.server.restart(crash=True))
    killer.start()
    result = crm.ingest(entities=["leads"])
    killer.join()
    assert result.sources[0].trouble == ()
    assert crm.raw("leads")["id"].n_unique() == len(crm.raw("leads")) == 20_000


def test_what_landed_before_a_failure_stays_and_the_watermark_with_it(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(crm, 10)
    crm.ingest(entities=["leads"])
    before = crm.raw("leads")
    monkeypatch.setattr("pipeline.sources.databases.extract._TRIES", 1)
    crm.server.stop(crash=True)
    try:
        result = crm.ingest(entities=["leads"])
    finally:
        with suppress(RuntimeError):
            crm.server.restart()
    assert "no connection" in result.sources[0].trouble[0]
    assert crm.raw("leads").equals(before)
    crm.execute("UPDATE sales_leads SET probability = 1, updated_at = '2026-01-06 10:00:00'")
    crm.ingest(entities=["leads"])
    assert set(crm.newest("leads")["probability"]) == {Decimal(1)}


def test_a_server_that_dies_for_good_in_mid_read_makes_its_source_wait_and_no_other(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also MariaDB's driver, which then reads from a socket that is none any more."""
    values = ", ".join(
        f"('{number:08}-0000-4000-8000-{number:012}', 'skyline', 'new', '2026-01-05 10:00:00')"
        for number in range(60_000)
    )
    crm.execute(f"INSERT INTO sales_leads (id, tenant_id, status, created_at) VALUES {values}")
    inbox = crm.ws.inbox_root / "tidewater"
    inbox.mkdir(parents=True)
    (inbox / "users.csv").write_text("id,name\nU1,Asha\n")
    (inbox / "users.csv.done").touch()
    keep = Reading._keep

    def keep_and_die(self: Reading, batch: pa.RecordBatch, found: Plan) -> None:
        keep(self, batch, found)
        crm.server.stop(crash=True)

    monkeypatch.setattr(Reading, "_keep", keep_and_die)
    monkeypatch.setattr("pipeline.sources.databases.extract._TRIES", 1)
    try:
        result = crm.ingest(entities=["leads", "users"])
    finally:
        crm.server.restart()
    (state,) = result.sources
    assert "no connection" in state.trouble[0]
    assert [file.path for file in result.with_status("landed")] == ["tidewater/users.csv"]
    monkeypatch.undo()
    crm.monkeypatch.setenv(URL, crm.server.url(crm.database))
    assert crm.ingest(entities=["leads"]).counts["skyline", "leads"].landed == 60_000
