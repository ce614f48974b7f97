"""A run killed between any two steps leaves nothing half, and the next one makes it good."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("interrupted.py")


def run(house, moment: int) -> int:
    return subprocess.run(
        [sys.executable, SCRIPT, house.ws.root, str(moment)], capture_output=True, check=False
    ).returncode


def state(house) -> list:
    frames = [house.raw("users"), house.raw("leads"), house.quarantine("users")]
    return [frame.drop("batch_id", "ingested_at") for frame in frames]


@pytest.fixture
def delivered(house):
    house.put("skyline/users.csv", "id,name", "U1,Asha", "U2,", "U3,Meena", "U3,Meena R.")
    house.put("tidewater/users.csv", "id,name", "U1,Tom")
    house.put("skyline/leads.csv", "id,status,created_at", "L1,new,2026-01-05")
    return house


# The steps of the two batches: leads with nothing to drop, users with duplicates and bad rows.
@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(2, id="leads written"),
        pytest.param(7, id="leads quarantined, not committed"),
        pytest.param(9, id="leads committed"),
        pytest.param(14, id="users compared"),
        pytest.param(17, id="users quarantined, not committed"),
        pytest.param(19, id="all committed"),
    ],
)
def test_killed_at_any_moment_and_run_again(delivered, moment):
    house = delivered
    assert run(house, moment) == -signal.SIGKILL
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


def test_the_moments_are_those_of_a_whole_run(delivered):
    assert run(delivered, 21) == 0
