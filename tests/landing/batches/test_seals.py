"""A bit that flips in a landed file is found before a build, and its batch is named."""

import os
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.contracts import CONTRACTS
from pipeline.core.errors import BuildError
from pipeline.landing.batches import compaction
from pipeline.landing.batches.seals import is_whole, seal_of, write_seal
from pipeline.landing.control.damage import verify_landed
from tests.landing.conftest import House

DAY = timedelta(days=1)


@pytest.fixture
def landed(house: House) -> House:
    """Two tenants' users, one of whose rows is bad, and a day later one more of tidewater."""
    house.put("skyline/users.csv", "id,name,team", "U1,Asha,T", "B,,")
    house.put("tidewater/users.csv", "id,name,team", "U1,Ravi,T")
    house.ingest()
    house.put("tidewater/users-2.csv", "id,name,team", "U2,Mira,T")
    house.ingest()
    verify_landed(house.ws, house.now)
    return house


def batch_files(house: House, folder: str = "raw") -> list[Path]:
    named = house.batches("users")
    return [house.ws.path(folder, "users", f"{name}.parquet") for name in named]


def flip(file: Path, place: int, *, quietly: bool) -> None:
    stat = file.stat()
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)
    if quietly:  # as a disk that forgets
        os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize("folder", ["raw", "quarantine"])
def test_any_flipped_byte_is_found_and_its_batch_and_tenants_are_named(
    landed: House, folder: str
) -> None:
    file = batch_files(landed, folder)[0]
    whole = file.read_bytes()
    for place in range(0, len(whole), 97):
        flip(file, place, quietly=False)
        with pytest.raises(BuildError, match=f"{folder}/users/{file.name}.*") as said:
            verify_landed(landed.ws, landed.now)
        assert "backup" in str(said.value)
        file.write_bytes(whole)
    flip(file, 40, quietly=False)
    with pytest.raises(
        BuildError, match=r"rows of skyline, tidewater, from skyline/users.csv, tidewater/users.csv"
    ):
        verify_landed(landed.ws, landed.now)


def test_a_disk_that_forgets_a_bit_is_found_within_a_day_and_by_a_full_refresh_at_once(
    landed: House,
) -> None:
    flip(batch_files(landed)[1], 40, quietly=True)
    with pytest.raises(BuildError, match="from .*users-2.csv"):
        verify_landed(landed.ws, landed.now, full=True)
    with pytest.raises(BuildError, match="from .*users-2.csv"):
        verify_landed(landed.ws, landed.now + DAY)


def test_what_was_found_whole_is_not_read_again_the_same_day(
    landed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def is_read(path: Path) -> bool:
        read.append(path)
        return True

    monkeypatch.setattr("pipeline.landing.control.damage.is_whole", is_read)
    verify_landed(landed.ws, landed.now + timedelta(hours=1))
    assert read == []
    verify_landed(landed.ws, landed.now + DAY)
    assert len(read) == 2 * len(landed.batches("users"))


def test_a_damaged_seal_is_damage(landed: House) -> None:
    seal = seal_of(batch_files(landed)[0])
    seal.write_bytes(b"\xff" + seal.read_bytes()[1:])
    with pytest.raises(BuildError):
        verify_landed(landed.ws, landed.now, full=True)


def test_a_workspace_of_a_version_without_seals_is_sealed_as_it_is(landed: House) -> None:
    for file in batch_files(landed):
        seal_of(file).unlink()
    verify_landed(landed.ws, landed.now, full=True)
    flip(batch_files(landed)[0], 40, quietly=False)
    with pytest.raises(BuildError):
        verify_landed(landed.ws, landed.now)


def test_pages_carry_checksums(landed: House) -> None:
    file = batch_files(landed)[0]
    with pq.ParquetFile(file, page_checksum_verification=True) as parquet:
        column = parquet.metadata.row_group(0).column(0)
    flip(file, column.data_page_offset + column.total_compressed_size - 3, quietly=False)
    with (
        pq.ParquetFile(file, page_checksum_verification=True) as parquet,
        pytest.raises(OSError, match="CRC"),
    ):
        parquet.read()


def test_merged_files_are_sealed_and_damage_is_not_merged(
    landed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "_FEWEST", 2)
    flip(batch_files(landed)[0], 40, quietly=True)
    with pytest.raises(BuildError, match="not as it was written"):
        compaction.compact(landed.ws, CONTRACTS["users"], landed.now + 30 * DAY)
    flip(batch_files(landed)[0], 40, quietly=True)
    assert compaction.compact(landed.ws, CONTRACTS["users"], landed.now + 30 * DAY)
    verify_landed(landed.ws, landed.now, full=True)
    for folder in ("raw", "quarantine"):
        stems = {path.stem for path in landed.ws.path(folder, "users").glob("*.sha256")}
        assert stems == set(landed.batches("users"))


def test_killed_between_seal_and_file_both_are_good(tmp_path: Path) -> None:
    final, new = tmp_path / "b.parquet", tmp_path / "new"
    final.write_bytes(b"old")
    is_whole(final)
    new.write_bytes(b"new")
    write_seal(new, final)
    assert is_whole(final)
    new.replace(final)
    assert is_whole(final)
