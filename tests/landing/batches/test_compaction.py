"""Old small batches become one file with the same rows, killed or not."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from pipeline.contracts import CONTRACTS
from pipeline.core.errors import MilepostError
from pipeline.landing.batches import compaction as module
from pipeline.landing.batches.batches import read_batches
from pipeline.landing.batches.compaction import compact, members_of
from pipeline.landing.quarantine.listing import quarantined_rows
from tests.landing.conftest import House

pytestmark = pytest.mark.slow

USERS = CONTRACTS["users"]


BATCHES = 4


class Killed(BaseException):
    pass


@pytest.fixture
def old(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Some batches, one an hour: the same two records change, one row is bad, one is new."""
    monkeypatch.setattr("pipeline.landing.ingest.compact", lambda *_: [])
    for number in range(BATCHES):
        house.put(
            "skyline/users.csv",
            "id,name,team",
            f"U1,Asha {number},",
            f"U2,Ravi,T{number}",
            f"B{number},,",
            f"N{number},New,",
        )
        house.ingest()
    monkeypatch.undo()
    monkeypatch.setattr(module, "_FEWEST", 3)
    return house


def state(house: House) -> tuple[object, ...]:
    order = ["batch_id", "source_row"]
    batches = read_batches(house.ws, "users")
    return (
        house.raw("users").sort(order).rows(),
        house.quarantine("users").sort(order).rows(),
        [(batch.batch_id, batch.ingested_at, batch.files) for batch in batches],
        [row.record_key for row in quarantined_rows(house.ws)],
    )


def test_the_rows_and_what_is_known_of_them_stay(old: House) -> None:
    before = state(old)
    later = old.now + timedelta(days=30)
    assert len(compact(old.ws, USERS, later)) == 1
    assert len(old.batches("users")) == 1
    assert state(old) == before
    assert compact(old.ws, USERS, later) == []


def test_young_batches_are_left_alone(old: House) -> None:
    assert compact(old.ws, USERS, old.now + timedelta(days=7)) == []
    assert len(old.batches("users")) == BATCHES


def test_after_it_nothing_lands_again_and_the_newest_version_is_the_last(old: House) -> None:
    compact(old.ws, USERS, old.now + timedelta(days=30))
    newest = old.newest("users")
    assert newest.filter(id="U1")["name"].to_list() == ["Asha 3"]
    assert old.ingest().batches == {}
    # What returns after a change is a new version: of a merged file the newest must be known.
    old.put("skyline/users.csv", "id,name,team", "U1,Asha 3,", "U2,Ravi,T1", "")
    counts = old.counts()["skyline", "users"]
    assert (counts.unchanged, counts.landed) == (1, 1)


@pytest.mark.parametrize("step", ["_write", "sync_folder"])
@pytest.mark.parametrize("time", [1, 2, 3])
def test_killed_at_any_point_the_next_ingest_finishes_it(
    old: House, monkeypatch: pytest.MonkeyPatch, step: str, time: int
) -> None:
    before = state(old)
    later = old.now + timedelta(days=30)
    calls = iter(range(1, 100))
    real = getattr(module, step)

    def mortal(*arguments: Any, **options: Any) -> Any:
        if next(calls) == time:
            raise Killed
        return real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(module, step, mortal)
        with suppress(Killed):
            compact(old.ws, USERS, later)
    # Whatever was killed, what is said of the batches is the same even before it is finished.
    assert state(old)[2] == before[2]
    old.ingest(now=later)
    compact(old.ws, USERS, later)
    assert state(old) == before
    assert len(old.batches("users")) == 1
    quarantine = {path.name for path in old.ws.quarantine("users").glob("*.parquet")}
    assert quarantine == {path.name for path in old.ws.raw("users").glob("*.parquet")}


def test_a_merge_that_would_change_rows_is_not_made(
    old: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = module._frames
    monkeypatch.setattr(module, "_frames", lambda *a: (frame.head(-1) for frame in frames(*a)))
    with pytest.raises(MilepostError, match="would have changed its rows"):
        compact(old.ws, USERS, old.now + timedelta(days=30))
    assert len(old.batches("users")) == BATCHES


def test_a_merged_file_of_merged_files_says_of_all(old: House) -> None:
    compact(old.ws, USERS, old.now + timedelta(days=30))
    for number in range(3):
        old.put("skyline/users_2.csv", "id,name", f"M{number},More")
        old.ingest()
    before = state(old)
    compact(old.ws, USERS, old.now + timedelta(days=60))
    (name,) = old.batches("users")
    assert len(members_of(old.ws.raw("users") / f"{name}.parquet")) == BATCHES + 3
    assert state(old) == before
