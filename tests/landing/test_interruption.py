"""A run killed between any two steps leaves nothing half, and the next one makes it good."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.landing.conftest import House

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).with_name("interrupted.py")


def run(house: House, step: str, time: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(house.ws.root), step, str(time)]
    return subprocess.run(command, capture_output=True, check=False, text=True)


def state(house: House) -> list[pl.DataFrame]:
    frames = [house.raw("users"), house.raw("leads"), house.quarantine("users")]
    return [frame.drop("batch_id", "ingested_at") for frame in frames]


@pytest.fixture
def delivered(house: House) -> House:
    house.put("skyline/users.csv", "id,name", "U1,Asha", "U2,", "U3,Meena", "U3,Meena R.")
    house.put("tidewater/users.csv", "id,name", "U1,Tom")
    house.put("skyline/leads.csv", "id,status,created_at", "L1,new,2026-01-05")
    return house


# Leads come first and lose nothing; of the users some are duplicates and some are bad.
@pytest.mark.parametrize(
    ("step", "time"),
    [
        pytest.param("verify", 1, id="leads written"),
        pytest.param("commit", 2, id="leads quarantined, not committed"),
        pytest.param("landed_result", 1, id="leads committed"),
        pytest.param("conflict_rows", 1, id="users compared"),
        pytest.param("commit", 4, id="users quarantined, not committed"),
        pytest.param("landed_result", 2, id="all committed"),
    ],
)
def test_killed_at_any_step_and_run_again(delivered: House, step: str, time: int) -> None:
    house = delivered
    killed = run(house, step, time)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    for entity in ("leads", "users"):
        raw, quarantine = house.ws.raw(entity), house.ws.quarantine(entity)
        committed = {path.name for path in raw.glob("*.parquet")}
        assert committed <= {path.name for path in quarantine.glob("*.parquet")}
    house.ingest()
    resumed = state(house)
    for folder in (house.ws.raw_root, house.ws.quarantine_root):
        shutil.rmtree(folder)
    house.ingest()
    for after_the_kill, undisturbed in zip(resumed, state(house), strict=True):
        assert after_the_kill.equals(undisturbed)
    assert not house.ws.path("state", "ingest").exists()
