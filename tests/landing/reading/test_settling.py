"""A file that somebody is still writing to is left alone until he is done."""

import os
from pathlib import Path

import pytest

from pipeline.config.registry import load_registry
from pipeline.landing.reading.seen_files import SeenFiles
from pipeline.landing.reading.settling import settled
from pipeline.sources.files.inbox import find_files
from tests.landing.conftest import House


@pytest.fixture
def slow(house: House) -> House:
    house.ws.sources_file.write_text("inbox: {settle_seconds: 60}\n")
    return house


def statuses(house: House) -> list[str]:
    return [file.status for file in house.ingest().files]


def back_date(path: Path, seconds: int) -> None:
    at = path.stat().st_mtime - seconds
    os.utime(path, (at, at))


def test_a_young_file_waits_and_says_why(slow: House) -> None:
    path = slow.put("skyline/users.csv", "id,name", "U1,Asha")
    (file,) = slow.ingest().files
    assert (file.status, "has not changed for 60 s" in file.message) == ("waiting", True)
    back_date(path, 61)
    assert statuses(slow) == ["landed"]


def test_a_mark_vouches_for_a_young_file(slow: House) -> None:
    path = slow.put("skyline/users.csv", "id,name", "U1,Asha")
    path.with_name("users.csv.done").touch()
    assert statuses(slow) == ["landed"]


def test_a_date_in_the_future_does_not_make_a_file_wait_for_it(slow: House) -> None:
    back_date(slow.put("skyline/users.csv", "id,name", "U1,Asha"), -3600)
    assert statuses(slow) == ["landed"]


def test_what_was_read_before_does_not_wait_again(slow: House) -> None:
    back_date(slow.put("skyline/users.csv", "id,name", "U1,Asha"), 61)
    assert statuses(slow) == ["landed"]
    assert statuses(slow) == ["known"]


def test_a_writer_that_goes_on_while_we_wait_is_noticed(house: House) -> None:
    house.ws.sources_file.write_text("inbox: {settle_seconds: 2}\n")
    growing = house.put("skyline/users.csv", "id,name", "U1,Asha")
    house.put("skyline/users_2.csv", "id,name", "U2,Ravi")
    files, _ = find_files(house.ws, load_registry(house.ws), ["users"])
    pauses = []

    def append(seconds: float) -> None:
        pauses.append(seconds)
        with growing.open("a") as stream:
            stream.write("U3,Meena\n")

    with SeenFiles(house.ws) as seen_files:
        ready, waiting = settled(files, seen_files, append)
    assert [file.name for file in ready] == ["skyline/users_2.csv"]
    assert [result.path for result in waiting] == ["skyline/users.csv"]
    assert 0 < pauses[0] <= 2


def test_a_file_is_hashed_anew_only_if_it_looks_different(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = house.put("skyline/users.csv", "id,name", "U1,Asha")
    back_date(path, 100)
    house.ingest()
    monkeypatch.setattr(
        "pipeline.landing.reading.seen_files.fingerprint", lambda _: pytest.fail("hashed")
    )
    assert statuses(house) == ["known"]
    monkeypatch.undo()
    house.put("skyline/users.csv", "id,name", "U1,Asha Rao")
    assert statuses(house) == ["landed"]
