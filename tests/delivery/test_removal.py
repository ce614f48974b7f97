"""A tenant leaves, and the next one of its name begins with nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from pipeline.config.registry import load_registry
from pipeline.config.workspace import Workspace
from pipeline.core.errors import BusyError, ConfigError
from pipeline.delivery import removal
from pipeline.delivery.record.deliveries import Deliveries
from pipeline.delivery.record.states import DeliveryKey, State
from pipeline.landing.batches.batches import read_batches
from pipeline.landing.control.damage import verify_landed
from pipeline.landing.ingest import ingest
from pipeline.landing.sidecars.registry import land_registry

DAY = date(2026, 3, 31)


@pytest.fixture
def office(workspace: Workspace, now: Any) -> Workspace:
    """Two tenants with rows, bad rows, a build, reports, mails and a record."""
    workspace.sources_file.write_text("inbox: {settle_seconds: 0}\n")
    for number, tenant in enumerate(("skyline", "tidewater")):
        (workspace.tenants_dir / f"{tenant}.yaml").write_text(f"name: {tenant} Homes\n")
        for day in (1, 2):
            file = workspace.inbox(tenant) / f"users-{day}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"id,name,team\nU{day},Asha-of-{tenant},T\nB{day},,of-{tenant}\n")
        for folder in ("artifacts", "outbox", "published", "state/mail"):
            file = workspace.path(folder, tenant, "builds", "b1", "file")
            file.parent.mkdir(parents=True)
            file.write_text(f"Asha-of-{tenant}")
            file.parent.chmod(0o555)
        with Deliveries(workspace.deliveries_file) as record:
            key = DeliveryKey(tenant, "daily_summary", DAY, f"head@{tenant}.example")
            record.add(key, now, f"<{number}@x>", now)
            record.subscribe(key.subscription, now)
    registry = load_registry(workspace)
    ingest(workspace, registry, now=now)
    land_registry(workspace, registry, dict.fromkeys(registry.tenants, DAY), now)
    workspace.warehouse_file.parent.mkdir()
    workspace.warehouse_file.write_text("of-skyline and of-tidewater")
    return workspace


def holding(ws: Workspace, word: str) -> list[str]:
    """Files of the workspace with this word in them, in columns that are packed too."""
    found = []
    for path in sorted(ws.root.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data += str(pl.read_parquet(path).rows()).encode()
            data += str(pq.read_metadata(path).metadata).encode()
        if word.encode() in data:
            found.append(path.relative_to(ws.root).as_posix())
    return found


def test_nothing_of_it_stays_and_everything_of_the_others(office: Workspace, now: Any) -> None:
    others = holding(office, "of-tidewater")
    foreseen = removal.foreseen(office, "skyline")
    assert {row["where"]: row["rows"] for row in foreseen["rows"]} == {
        "raw/users": 2,
        "quarantine/users": 2,
    }
    assert holding(office, "of-skyline"), "to say what goes changes nothing"
    removal.remove(office, "skyline", now)
    assert holding(office, "of-skyline") == []
    assert holding(office, "of-tidewater") == [one for one in others if "warehouse" not in one]
    verify_landed(office, now, full=True)
    [batch] = read_batches(office, "users")[:1]
    assert {counts.tenant for counts in batch.files} == {"tidewater"}
    with Deliveries(office.deliveries_file) as record:
        assert {row.key.tenant for row in record.in_states(*State)} == {"tidewater"}
        assert {one.tenant for one in record.covered()} == {"tidewater"}
    assert list(load_registry(office).tenants) == ["tidewater"]
    with pytest.raises(ConfigError, match="nothing of a tenant 'skyline'"):
        removal.foreseen(office, "skyline")


def test_what_the_others_land_goes_on(office: Workspace, now: Any) -> None:
    removal.remove(office, "skyline", now)
    results = ingest(office, load_registry(office), now=now + timedelta(hours=1)).files
    assert {one.status for one in results} <= {"known"}, "their files are not read again"


def test_it_waits_for_a_refresh(office: Workspace, now: Any) -> None:
    lock = office.refresh_lock_file
    hold = f"import fcntl, sys; f = open({str(lock)!r}, 'a'); fcntl.flock(f, fcntl.LOCK_EX);"
    with subprocess.Popen(
        [sys.executable, "-c", f"{hold} print(1, flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout
        assert other.stdin
        other.stdout.readline()
        with pytest.raises(BusyError):
            removal.remove(office, "skyline", now)
        other.stdin.close()
    assert holding(office, "of-skyline")


def test_an_id_whose_rows_are_anothers_is_refused_until_told(office: Workspace, now: Any) -> None:
    file = office.tenants_dir / "skyline.yaml"
    text = file.read_text()
    file.unlink()
    registry = load_registry(office)
    later = now + timedelta(hours=1)
    land_registry(office, registry, dict.fromkeys(registry.tenants, DAY), later)
    file.write_text(text)
    back = load_registry(office)
    with pytest.raises(ConfigError, match="raw holds rows of skyline from before.*tenant remove"):
        removal.check_returning(office, back)
    removal.keep(office, "skyline")
    removal.check_returning(office, back)
    removal.remove(office, "skyline", now)
    file.write_text(text)
    removal.check_returning(office, back)


def test_the_first_refresh_knows_nobody_and_a_new_tenant_has_no_rows(
    office: Workspace, now: Any
) -> None:
    removal.check_returning(office, load_registry(office))
    (office.tenants_dir / "new.yaml").write_text("name: New\n")
    removal.check_returning(office, load_registry(office))
    for path in office.raw("tenants").glob("*.parquet"):
        path.unlink()
    removal.check_returning(office, load_registry(office))
