"""Text that is made, or broken, to be more than a machine can hold: refused, in bounded memory."""

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.landing.conftest import House

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).with_name("ingest_once.py")
HEADER = b"id,name\n"
HUGE = 300_000_000


def long_line(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(b'{"id": "' if path.suffix == ".jsonl" else HEADER)
        for _ in range(HUGE // 10_000_000):
            stream.write(b"x" * 10_000_000)
        stream.write(b"\n")


def no_header(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(HUGE)


def bomb(path: Path) -> None:
    block = gzip.compress((b"U1," + b"x" * 500 + b"\n") * 10_000)
    path.write_bytes(gzip.compress(HEADER) + block * 300)


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        pytest.param("users.csv", long_line, "longer than 32 MB", id="a line in CSV"),
        pytest.param("users.jsonl", long_line, "longer than 32 MB", id="a line in JSON Lines"),
        pytest.param("users.csv", no_header, "no line break in its first 32 MB", id="no line"),
        pytest.param("users.csv.gz", bomb, "which no honest export does", id="a bomb"),
    ],
)
def test_more_than_memory_holds_is_refused_in_bounded_memory(
    house: House, name: str, make: Callable[[Path], None], says: str
) -> None:
    path = house.put(f"skyline/{name}")
    make(path)
    house.put("tidewater/users.csv", "id,name", "U1,Tom")
    command = [sys.executable, str(SCRIPT), str(house.ws.root)]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    path.unlink()
    assert says in said
    kilobytes = int(said.split()[-2])
    assert kilobytes / 1024 < 1200
    # It stopped nobody else.
    assert house.raw("users")["tenant_id"].to_list() == ["tidewater"]


def test_short_rows_are_read_in_smaller_pieces(house: House) -> None:
    rows = 900_000
    house.put("skyline/users.csv", HEADER + b"".join(b"%d,x\n" % n for n in range(rows)))
    assert house.counts()["skyline", "users"].landed == rows
